#include "procedures/guide.h"

#include <algorithm>

#include "text/normalise.h"

namespace musubi::procedures {
namespace {

// What holds every word; kana and width do not matter.
bool matches(std::string_view text, const std::vector<std::string>& parts) {
  std::string all;
  for (const auto& part : parts) all += text::search_form(part) + "\n";
  std::string wanted = text::search_form(text::collapse_spaces(text));
  for (std::size_t at = 0; at < wanted.size();) {
    std::size_t end = std::min(wanted.find(' ', at), wanted.size());
    if (all.find(wanted.substr(at, end - at)) == all.npos) return false;
    at = end + 1;
  }
  return true;
}

// Stable: deadlines first, then what must come first is pulled before what needs it.
void put_in_order(std::vector<Listed>& list) {
  std::stable_sort(list.begin(), list.end(), [](const Listed& a, const Listed& b) {
    return a.due && b.due ? *a.due < *b.due : a.due.has_value() && !b.due.has_value();
  });
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (std::size_t moves = 0; moves < list.size(); ++moves) {
      auto later = std::find_if(list.begin() + std::ptrdiff_t(i) + 1, list.end(), [&](const Listed& other) {
        const auto& after = list[i].procedure->after;
        return std::find(after.begin(), after.end(), other.procedure->id) != after.end();
      });
      if (later == list.end()) break;
      std::rotate(list.begin() + std::ptrdiff_t(i), later, later + 1);
    }
  }
}

bool decided_by(const Condition& when, const json::object& answers) {
  auto fields = when.fields();
  return std::all_of(fields.begin(), fields.end(), [&](const std::string& id) { return answers.contains(id); });
}

}  // namespace

Member member_in_role(const Pack& pack, const std::string& role_id, const json::object& answers, const std::vector<Member>& members) {
  const Role* role = pack.role(role_id);
  if (!role) return {};
  const Member* only = nullptr;
  std::string wanted;
  if (auto* value = role->field.empty() ? nullptr : answers.if_contains(role->field))
    if (auto* text = value->if_string()) wanted = std::string(*text);
  for (const auto& member : members) {
    if (member.kind != role->kind) continue;
    if (!role->field.empty() && member.id == wanted) return member;
    if (role->field.empty()) {
      if (only) return {};  // more than one, and nobody was asked which
      only = &member;
    }
  }
  return only ? *only : Member{};
}

std::optional<text::Date> due_date(const Procedure& procedure, const json::object& answers) {
  if (!procedure.deadline) return std::nullopt;
  auto* value = answers.if_contains(procedure.deadline->field);
  auto* text = value ? value->if_string() : nullptr;
  if (!text) return std::nullopt;
  auto day = text::parse_date(std::string_view(*text));
  if (!day.ok()) return std::nullopt;
  auto noon = parse_rfc3339(text::iso_date(*day) + "T12:00:00+09:00");
  if (!noon.ok()) return std::nullopt;
  std::int64_t days = procedure.deadline->before ? -procedure.deadline->days : procedure.deadline->days;
  return text::jst_date(Time{noon->us + days * 86'400'000'000});
}

Guided guide(const Pack& pack, const Event& event, const json::object& given, const std::set<std::string>& asked,
             const Surroundings& around) {
  Guided out;
  out.of = event.questions.size();
  for (std::size_t i = 0; i < event.questions.size(); ++i) {
    const Field* field = pack.field(event.questions[i]);
    if (!field || !field->when.holds(out.answers)) continue;
    out.number = i + 1;
    const json::value* value = given.if_contains(field->id);
    bool shown = (value && !is_empty_value(*value)) || asked.contains(field->id);
    if (shown) check_value(*field, value ? *value : json::value(nullptr), field->required, around, field->id, out.faults);
    if (!shown || !out.faults.empty()) {
      out.question = field;
      return out;
    }
    out.answers[field->id] = value && !value->is_null() ? *value : json::value(json::array());
    for (const auto& stop : event.stops)
      if (decided_by(stop.when, out.answers) && stop.when.holds(out.answers)) {
        out.stop = &stop;
        return out;
      }
  }
  for (const auto& offer : event.list) {
    const Procedure* procedure = pack.procedure(offer.procedure);
    if (!procedure || !offer.when.holds(out.answers)) continue;
    out.list.push_back({procedure, offer.why, member_in_role(pack, procedure->recipient, out.answers, around.members),
                        due_date(*procedure, out.answers)});
  }
  put_in_order(out.list);
  for (const auto& other : event.elsewhere)
    if (other.when.holds(out.answers)) out.elsewhere.push_back(&other);
  return out;
}

std::vector<const Procedure*> find_procedures(const Pack& pack, std::string_view text) {
  std::vector<const Procedure*> out;
  for (const auto& p : pack.procedures) {
    if (p.by_system) continue;
    std::vector<std::string> parts = {p.title.ja, p.title.en, p.summary.ja,     p.summary.en,
                                      p.who.ja,   p.who.en,   p.legal_basis.ja, p.legal_basis.en};
    parts.insert(parts.end(), p.words.begin(), p.words.end());
    if (matches(text, parts)) out.push_back(&p);
  }
  return out;
}

std::vector<const Event*> find_events(const Pack& pack, std::string_view text) {
  std::vector<const Event*> out;
  for (const auto& e : pack.events) {
    std::vector<std::string> parts = {e.title.ja, e.title.en, e.summary.ja, e.summary.en};
    parts.insert(parts.end(), e.words.begin(), e.words.end());
    if (matches(text, parts)) out.push_back(&e);
  }
  return out;
}

}  // namespace musubi::procedures
