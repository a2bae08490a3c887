#include "app/case_words.h"

#include "procedures/pack.h"
#include "procedures/values.h"

namespace musubi::app {
namespace {

const procedures::Pack* pack_of(const records::Case& subject) {
  const auto* pack = procedures::embedded_pack(subject.pack_version.substr(0, subject.pack_version.find('/')));
  const auto* procedure = pack ? pack->procedure(subject.procedure) : nullptr;
  return procedure && subject.pack_version == pack->id + "/" + std::to_string(procedure->version) ? pack : nullptr;
}

}  // namespace

std::vector<records::AnswerWords> answer_words(const records::Case& subject, const records::Form& form,
                                               std::span<const procedures::Member> members) {
  const auto* pack = pack_of(subject);
  procedures::Surroundings around{{}, {members.begin(), members.end()}};
  std::vector<records::AnswerWords> out;
  for (const auto& answer : form.answers) {
    records::AnswerWords words{{answer.value, answer.value}, {answer.source, answer.source}};
    const auto* field = pack ? pack->field(answer.key) : nullptr;
    const auto* value = form.data.if_contains(answer.key);
    if (field && value) words.value = procedures::show_labelled(*field, *value, around);
    for (const auto& member : members)
      if (member.title.ja == answer.source) words.source = member.title;
    out.push_back(std::move(words));
  }
  return out;
}

}  // namespace musubi::app
