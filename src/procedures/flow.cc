#include "procedures/flow.h"

#include <algorithm>

#include "procedures/guide.h"
#include "procedures/json.h"
#include "text/normalise.h"

namespace musubi::procedures {
namespace {

bool page_holds(const Pack& pack, const Field& field, const json::object& answers) {
  const FormPage* page = page_with(pack, field.id);
  return !page || page->when.holds(answers);
}

const FormUse* use_of(const Procedure& procedure, const std::string& field) {
  for (const auto& use : procedure.form)
    if (use.field == field) return &use;
  return nullptr;
}

bool in_form(const Pack& pack, const Procedure& procedure, const Field& field, const json::object& answers) {
  const FormUse* use = use_of(procedure, field.id);
  return use && use->when.holds(answers) && field.when.holds(answers) && (procedure.by_system || page_holds(pack, field, answers));
}

void check(const Pack& pack, const Basket& basket, const Field& field, const Surroundings& around, std::vector<Fault>& faults) {
  Need need = need_of(pack, basket.procedures, field, basket.answers);
  if (!need.used) return;
  auto* value = basket.answers.if_contains(field.id);
  check_value(field, value ? *value : json::value(nullptr), need.required, around, field.id, faults);
  check_within(pack, field, basket.answers, around, faults);
}

// Entries with "person" as an index into codes of this form alone.
json::array entries_of(const json::array& entries, const std::vector<std::string>& codes, bool with_person,
                       std::vector<std::string>& further) {
  json::array out;
  for (const auto& entry : entries) {
    auto* object = entry.if_object();
    if (!object) continue;
    json::object copy = *object;
    auto* index = copy.if_contains("person");
    std::optional<std::int64_t> at = index && index->is_int64() ? std::optional(index->get_int64()) : std::nullopt;
    copy.erase("person");
    if (with_person && at == -1) copy["person"] = -1;
    if (with_person && at && *at >= 0 && std::size_t(*at) < codes.size()) {
      copy["person"] = std::int64_t(further.size());
      further.push_back(codes[std::size_t(*at)]);
    }
    out.push_back(std::move(copy));
  }
  return out;
}

}  // namespace

Need need_of(const Pack& pack, const std::vector<std::string>& procedures, const Field& field, const json::object& answers) {
  Need need;
  for (const auto& id : procedures) {
    const Procedure* procedure = pack.procedure(id);
    if (!procedure || !in_form(pack, *procedure, field, answers)) continue;
    need.used = true;
    need.required = need.required || use_of(*procedure, field.id)->required.value_or(field.required);
  }
  return need;
}

const FormPage* page_with(const Pack& pack, std::string_view field) {
  for (const auto& page : pack.pages)
    if (std::find(page.fields.begin(), page.fields.end(), field) != page.fields.end()) return &page;
  return nullptr;
}

std::vector<const Field*> fields_of(const Pack& pack, const Basket& basket, const FormPage& page) {
  std::vector<const Field*> out;
  for (const auto& id : page.fields) {
    const Field* field = pack.field(id);
    if (field && need_of(pack, basket.procedures, *field, basket.answers).used) out.push_back(field);
  }
  return out;
}

std::vector<const FormPage*> pages_of(const Pack& pack, const Basket& basket) {
  std::vector<const FormPage*> out;
  for (const auto& page : pack.pages)
    if (!fields_of(pack, basket, page).empty()) out.push_back(&page);
  return out;
}

std::vector<std::string> form_fields(const Pack& pack, const Basket& basket) {
  std::vector<std::string> out;
  for (const auto& field : pack.fields)
    for (const auto& id : basket.procedures) {
      const Procedure* procedure = pack.procedure(id);
      if (!procedure || !use_of(*procedure, field.id)) continue;
      out.push_back(field.id);
      break;
    }
  return out;
}

void see_forms(const Pack& pack, Basket& basket) {
  basket.seen_fields = form_fields(pack, basket);
  basket.seen_titles.clear();
  for (const auto& id : basket.seen_fields) basket.seen_titles[id] = pack.field(id)->label;
}

Difference difference(const Pack& pack, const Basket& basket) {
  Difference out;
  auto now = form_fields(pack, basket);
  auto in = [](const std::vector<std::string>& all, const std::string& id) {
    return std::find(all.begin(), all.end(), id) != all.end();
  };
  for (const auto& id : now)
    if (!in(basket.seen_fields, id)) out.added.push_back(id);
  for (const auto& id : basket.seen_fields)
    if (!in(now, id)) out.removed.push_back(id);
  return out;
}

std::vector<Fault> faults_of_page(const Pack& pack, const Basket& basket, const FormPage& page, const Surroundings& around) {
  std::vector<Fault> faults;
  for (const auto* field : fields_of(pack, basket, page)) check(pack, basket, *field, around, faults);
  return faults;
}

std::vector<Fault> faults_of_basket(const Pack& pack, const Basket& basket, const Surroundings& around) {
  std::vector<Fault> faults;
  for (const auto& field : pack.fields) check(pack, basket, field, around, faults);
  return faults;
}

std::int64_t count_answers(const Field& field, const json::value& value) {
  if (is_empty_value(value)) return 0;
  if (field.type != FieldType::kGroup || !value.is_array()) return 1;
  std::int64_t count = 0;
  for (const auto& entry : value.get_array())
    for (const auto& inner : field.fields)
      if (auto* object = entry.if_object())
        if (auto* found = object->if_contains(inner.id); found && !is_empty_value(*found)) ++count;
  return count;
}

FilledForm fill_form(const Pack& pack, const Procedure& procedure, const Basket& basket) {
  FilledForm out;
  for (const auto& use : procedure.form) {
    const Field* field = pack.field(use.field);
    auto* value = basket.answers.if_contains(use.field);
    if (!field || !value || is_empty_value(*value) || !in_form(pack, procedure, *field, basket.answers)) continue;
    std::int64_t answers = count_answers(*field, *value);
    out.fields += answers;
    auto source = basket.sources.find(field->id);
    if (source != basket.sources.end() && source->second.contest.empty())
      out.fetched += std::min(answers, count_answers(*field, source->second.told));
    if (field->type == FieldType::kGroup && value->is_array())
      out.form[field->id] = entries_of(value->get_array(), basket.further, procedure.further == field->id, out.further);
    else
      out.form[field->id] = *value;
  }
  return out;
}

std::vector<Fault> faults_of_form(const Pack& pack, const Procedure& procedure, const json::object& form, const Surroundings& around) {
  std::vector<Fault> faults;
  for (const auto& member : form) {
    std::string id(member.key());
    if (!use_of(procedure, id)) faults.push_back({id, {"この様式にない項目です。", "This form has no such field."}});
  }
  for (const auto& use : procedure.form) {
    const Field* field = pack.field(use.field);
    if (!field) continue;
    auto* value = form.if_contains(use.field);
    // Conditions may lean on answers that other forms hold: what is absent there is simply not asked.
    bool decided = true;
    const FormPage* page = page_with(pack, field->id);
    for (const auto* when : {&use.when, &field->when, page ? &page->when : nullptr})
      if (when)
        for (const auto& id : when->fields()) decided = decided && use_of(procedure, id);
    bool used = decided && in_form(pack, procedure, *field, form);
    if (!value && !used) continue;
    check_value(*field, value ? *value : json::value(nullptr), used && use.required.value_or(field->required), around, field->id,
                faults);
    check_within(pack, *field, form, around, faults);
  }
  return faults;
}

std::string town_within(const Pack& pack, const Field& field, const json::object& answers, const Surroundings& around) {
  return field.within.empty() ? "" : member_in_role(pack, field.within, answers, around.members).title.ja;
}

void settle_municipality(const Pack& pack, const Field& field, json::object& answers, const Surroundings& around) {
  auto* value = field.within.empty() ? nullptr : answers.if_contains(field.id);
  auto* address = value ? value->if_object() : nullptr;
  if (!address) return;
  Member member = member_in_role(pack, field.within, answers, around.members);
  std::string typed = text::search_form(string_at(*address, "municipality"));
  if (!typed.empty() && typed == text::search_form(member.title.en)) (*address)["municipality"] = member.title.ja;
}

void check_within(const Pack& pack, const Field& field, const json::object& answers, const Surroundings& around,
                  std::vector<Fault>& faults) {
  auto* value = field.within.empty() ? nullptr : answers.if_contains(field.id);
  auto* address = value ? value->if_object() : nullptr;
  Member member = address ? member_in_role(pack, field.within, answers, around.members) : Member{};
  std::string typed = address ? string_at(*address, "municipality") : "";
  if (member.id.empty() || typed.empty() || lies_in(typed, member.title.ja)) return;
  faults.push_back(
      {field.id + "-municipality",
       {"「" + typed + "」は、届け先の「" + member.title.ja + "」ではありません。住所を直すか、案内で選んだ町を直してください。",
        "\"" + typed + "\" is not " + member.title.en + " (" + member.title.ja +
            "), which this goes to. Correct the address, or the town that you chose in the guide."}});
}

std::vector<Line> lines_of(const Pack& pack, const Procedure& procedure, const json::object& form, const json::object& sources,
                           const json::object& contests, const Surroundings& around) {
  auto title_of = [&](const std::string& id) {
    for (const auto& member : around.members)
      if (member.id == id) return member.title.ja;
    return id;
  };
  std::vector<Line> out;
  for (const auto& use : procedure.form) {
    const Field* field = pack.field(use.field);
    auto* value = form.if_contains(use.field);
    if (!field || !value) continue;
    Line line{field->id, field->label, show_value(*field, *value, around).ja, "typed", std::nullopt};
    auto* source = sources.if_contains(field->id);
    if (auto* object = source ? source->if_object() : nullptr) {
      line.source = title_of(string_at(*object, "organisation"));
      line.source_at = Time{integer_at(*object, "at")};
    }
    auto* contest = contests.if_contains(field->id);
    if (auto* object = contest ? contest->if_object() : nullptr)
      line.contest = Contest{title_of(string_at(*object, "organisation")), string_at(*object, "told"), string_at(*object, "reason")};
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace musubi::procedures
