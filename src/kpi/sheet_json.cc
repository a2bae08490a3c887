// Writing. Absent members are left out, so that the canonical form of a struct is one.
#include "kpi/sheet_json.h"

#include "kpi/json.h"

namespace musubi::kpi {
namespace {

void put(json::object& out, std::string_view key, const std::optional<Text>& text) {
  if (text) out[key] = to_json(*text);
}
void put(json::object& out, std::string_view key, const std::optional<int>& number) {
  if (number) out[key] = *number;
}
void put(json::object& out, std::string_view key, const std::optional<SheetValue>& value) {
  if (value) out[key] = to_json(*value);
}

json::array strings(const std::vector<std::string>& values) {
  json::array out;
  for (const auto& value : values) out.emplace_back(value);
  return out;
}

json::array amounts(const std::vector<Amount>& all) {
  json::array out;
  for (const auto& one : all)
    out.push_back(json::object{{"fiscal_year", one.fiscal_year}, {"kind", word_of(kAmountKinds, one.kind)}, {"amount", one.amount}});
  return out;
}

json::object goal_json(const Goal& goal) {
  json::object out{{"id", goal.id}, {"title", to_json(goal.title)}};
  put(out, "factor", goal.factor);
  put(out, "next", goal.next);
  return out;
}

json::array laws_json(const std::vector<Law>& laws) {
  json::array out;
  for (const auto& law : laws) {
    json::object one{{"title", to_json(law.title)}};
    if (!law.id.empty()) one["id"] = law.id;
    out.push_back(std::move(one));
  }
  return out;
}

json::object judgement_json(const Judgement& judgement) {
  json::object out{{"scale", judgement.scale}, {"step", judgement.step}, {"grounds", to_json(judgement.grounds)}};
  put(out, "override_reason", judgement.override_reason);
  if (judgement.scale_revision) out["scale_revision"] = *judgement.scale_revision;
  return out;
}

json::object stance_json(const Stance& stance) {
  json::array notes;
  for (const auto& note : stance.notes) notes.push_back(to_json(note));
  return {{"category", stance.category}, {"title", to_json(stance.title)}, {"notes", std::move(notes)}};
}

json::object logic_json(const SheetHeader& h) {
  json::array nodes, links;
  for (const auto& node : h.nodes) {
    json::object one{{"id", node.id},
                     {"stage", word_of(kStages, node.stage)},
                     {"title", to_json(node.title)},
                     {"indicators", strings(node.indicators)}};
    put(one, "qualitative", node.qualitative);
    nodes.push_back(std::move(one));
  }
  for (const auto& link : h.links)
    links.push_back(json::object{{"from", link.from}, {"to", link.to}, {"reason", to_json(link.reason)}});
  json::object out{{"nodes", std::move(nodes)}, {"links", std::move(links)}};
  put(out, "no_stages", h.no_stages);
  return out;
}

}  // namespace

std::string_view mark_sign(Mark mark) {
  constexpr std::array<std::string_view, 4> kSigns = {"イ", "ロ", "ハ", "－"};
  return word_of(kSigns, mark);
}

json::object to_json(const SheetValue& value) {
  json::object out;
  if (value.number) out["number"] = *value.number;
  if (value.bound != Bound::kExactly) out["bound"] = word_of(kBounds, value.bound);
  if (value.cumulative) out["cumulative"] = true;
  put(out, "text", value.text);
  return out;
}

json::object to_json(const YearValues& year) {
  json::object out;
  put(out, "target", year.target);
  put(out, "actual", year.actual);
  put(out, "latest_known_year", year.latest_known_year);
  if (year.provisional) out["provisional"] = true;
  if (year.revised) out["revised"] = true;
  if (year.origin) out["origin"] = to_json(*year.origin);
  put(out, "typed_reason", year.typed_reason);
  return out;
}

json::object to_json(const Line& line) {
  json::object out{{"kind", word_of(kIndicatorKinds, line.kind)},
                   {"nature", word_of(kNatures, line.nature)},
                   {"direction", word_of(kDirections, line.direction)}};
  if (!line.sub.empty()) out["sub"] = line.sub;
  put(out, "title", line.title);
  if (line.gathering != Gathering::kLast) out["gathering"] = word_of(kGatherings, line.gathering);
  put(out, "unit", line.unit);
  put(out, "baseline", line.baseline);
  put(out, "baseline_year", line.baseline_year);
  json::object yearly;
  for (const auto& [year, values] : line.yearly) yearly[std::to_string(year)] = to_json(values);
  out["yearly"] = std::move(yearly);
  put(out, "final", line.final_target);
  put(out, "final_year", line.final_year);
  put(out, "not_set_due", line.not_set_due);
  put(out, "note", line.note);
  if (!line.computed.empty()) out["computed"] = line.computed;
  if (line.primary) out["primary"] = true;
  return out;
}

json::object to_json(const SheetIndicator& one) {
  json::object out{{"number", one.number}, {"goal", one.goal}, {"title", to_json(one.title)}, {"primary", one.primary}};
  json::array lines;
  for (const auto& line : one.lines) lines.push_back(to_json(line));
  out["lines"] = std::move(lines);
  put(out, "reason", one.reason);
  put(out, "causal_link", one.causal_link);
  put(out, "target_basis", one.target_basis);
  if (one.mark) out["mark"] = word_of(kMarks, *one.mark);
  put(out, "mark_reason", one.mark_reason);
  if (one.in_words) out["in_words"] = word_of(kMarks, *one.in_words);
  put(out, "factor", one.factor);
  if (one.fate) out["fate"] = word_of(kFates, *one.fate);
  put(out, "fate_note", one.fate_note);
  put(out, "doubt", one.doubt);
  out["locator"] = to_json(one.locator);
  if (!one.id.empty()) out["id"] = one.id;
  if (!one.measures.empty()) out["measures"] = to_json(one.measures);
  return out;
}

json::object to_json(const Programme& one) {
  json::object out{{"number", one.number},
                   {"title", to_json(one.title)},
                   {"amounts", amounts(one.amounts)},
                   {"indicators", strings(one.indicators)},
                   {"locator", to_json(one.locator)}};
  put(out, "start_year", one.start_year);
  json::object reviews;
  for (const auto& [year, number] : one.review_numbers) reviews[std::to_string(year)] = number;
  out["review_numbers"] = std::move(reviews);
  put(out, "outcome", one.outcome);
  put(out, "activity", one.activity);
  put(out, "contribution", one.contribution);
  put(out, "owner", one.owner);
  if (!one.laws.empty()) out["laws"] = laws_json(one.laws);
  if (!one.measures.empty()) out["measures"] = to_json(one.measures);
  put(out, "doubt", one.doubt);
  return out;
}

json::object to_json(const SheetHeader& h) {
  json::object policy{{"number", h.policy_number}, {"title", to_json(h.policy_title)}, {"field", to_json(h.field)}};
  json::array goals, cabinet;
  for (const auto& goal : h.goals) goals.push_back(goal_json(goal));
  for (const auto& one : h.cabinet_policies) {
    json::object policy_json{{"title", to_json(one.title)}};
    if (one.date) policy_json["date"] = *one.date;
    cabinet.push_back(std::move(policy_json));
  }
  json::object out{
      {"id", h.id},
      {"form", word_of(kForms, h.form)},
      {"printed_number", to_json(h.printed_number)},
      {"policy", std::move(policy)},
      {"fiscal_year", h.fiscal_year},
      {"goals", std::move(goals)},
      {"money", json::object{{"unit", to_json(h.money_unit)}, {"budget", amounts(h.budget)}}},
      {"office", to_json(h.office)},
      {"author_post", to_json(h.author_post)},
      {"month", h.month},
      {"cabinet_policies", std::move(cabinet)},
      {"source",
       json::object{{"title", to_json(h.source_title)}, {"publisher", to_json(h.source_publisher)}, {"locator", to_json(h.locator)}}}};
  put(out, "outcome", h.outcome);
  put(out, "next", h.next);
  put(out, "effects", h.effects);
  put(out, "experts", h.experts);
  put(out, "material", h.material);
  if (h.judgement) out["judgement"] = judgement_json(*h.judgement);
  if (h.stance) out["stance"] = stance_json(*h.stance);
  if (!h.nodes.empty() || !h.links.empty() || h.no_stages) out["logic"] = logic_json(h);
  put(out, "doubt", h.doubt);
  json::array owners;
  for (const auto& owner : h.owners) owners.push_back(to_json(owner));
  if (!owners.empty()) out["owners"] = std::move(owners);
  if (!h.laws.empty()) out["laws"] = laws_json(h.laws);
  return out;
}

json::object pack_of(const Sheet& sheet) {
  json::object pack{{"musubi_pack", 1}, {"kind", "sheet"}};
  for (const auto& member : to_json(sheet.header)) pack[member.key()] = member.value();
  json::array indicators, programmes;
  for (const auto& one : sheet.indicators) indicators.push_back(to_json(one));
  for (const auto& one : sheet.programmes) programmes.push_back(to_json(one));
  pack["indicators"] = std::move(indicators);
  pack["programmes"] = std::move(programmes);
  return pack;
}

}  // namespace musubi::kpi
