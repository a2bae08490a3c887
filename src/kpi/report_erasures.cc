#include "kpi/report_erasures.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/log.h"
#include "kpi/json.h"
#include "kpi/report.h"
#include "kpi/rules.h"
#include "kpi/sheet_rules.h"

namespace musubi::kpi {
namespace {

using Kind = ErasedPlace::Kind;

const Text kErased{"（消去済み）", "(erased)"};  // as blank_texts writes it
constexpr std::pair<Kind, std::string_view> kKinds[] = {{Kind::kPlan, "plan"}, {Kind::kSheet, "sheet"}, {Kind::kScale, "scale"}};

// Where records of a module stand: what is erased there, and what makes it public.
struct Source {
  Kind kind;
  std::string table, id;
  std::string shown;   // `what` of the record that shows what stands below it
  std::string erased;  // condition on `what`
};
const Source kPlans{Kind::kPlan, "kpi_record", "plan_id", "sign_off", "what IN ('plan', 'measure')"};
const Source kSheets{Kind::kSheet, "kpi_sheet_record", "sheet_id", "published", "what IN ('header', 'indicator')"};

struct Place {
  std::int64_t index = 0;
  Time at;
};
Result<std::optional<Place>> first_after(db::Reader& reader, const Source& source, const std::string& id, const std::string& what,
                                         const std::string& number, std::int64_t index) {
  auto rows = TRY(reader.query("SELECT idx, at FROM " + source.table + " WHERE " + source.id +
                                   " = $1 AND what = $2 AND number = $3 AND idx > $4 ORDER BY idx LIMIT 1",
                               {id, what, number, index}));
  return rows.empty() ? std::optional<Place>() : std::optional(Place{rows[0].integer(0), Time{rows[0].integer(1)}});
}

// Until when reports told the words of this record; nothing where they never did.
Result<std::optional<Time>> told_until(db::Reader& reader, const Source& source, const std::string& id, const std::string& what,
                                       const std::string& number, std::int64_t index, Time erased) {
  auto shown = TRY(first_after(reader, source, id, source.shown, "", index));
  auto next = TRY(first_after(reader, source, id, what, number, index));
  if (!shown || (next && next->index < shown->index)) return std::optional<Time>();
  auto gone = next ? TRY(first_after(reader, source, id, source.shown, "", next->index)) : std::nullopt;
  return std::optional(gone ? gone->at : erased);
}

using ByPlace = std::map<ErasedPlace, Time>;

Result<void> add_all(db::Reader& reader, const Source& source, ByPlace& into) {
  const auto rows = TRY(reader.query("SELECT r." + source.id + ", r.what, r.number, r.idx, e.at FROM " + source.table +
                                     " r JOIN evidence_erasure e ON e.idx = r.idx WHERE r." + source.erased +
                                     " ORDER BY e.at DESC, r.idx DESC LIMIT " + std::to_string(kReportedErasures)));
  for (const auto& row : rows) {
    const std::string id = row.text(0), number = row.text(2);
    if (auto until = TRY(told_until(reader, source, id, row.text(1), number, row.integer(3), Time{row.integer(4)}))) {
      Time& at = into[{source.kind, id, number}];
      at = std::max(at, *until);
    }
  }
  return {};
}

Result<void> add_scales(db::Reader& reader, ByPlace& into) {
  for (const auto& row : TRY(reader.query("SELECT s.scale, MAX(e.at) FROM kpi_scale_record s JOIN evidence_erasure e ON e.idx = s.idx "
                                          "GROUP BY s.scale ORDER BY 2 DESC LIMIT 200")))
    into[{Kind::kScale, row.text(0), ""}] = Time{row.integer(1)};
  return {};
}

std::set<ErasedPlace> marked(const Report& report) {
  std::set<ErasedPlace> out;
  for (const auto& plan : report.plans) {
    if (plan.title == kErased) out.insert({Kind::kPlan, plan.id, ""});
    for (const auto& measure : plan.measures)
      if (measure.title == kErased) out.insert({Kind::kPlan, plan.id, measure.number});
  }
  for (const auto& told : report.sheets) {
    const SheetHeader& h = told.sheet.header;
    if (h.policy_title == kErased) out.insert({Kind::kSheet, h.id, ""});
    if (told.step == kErased && h.judgement) out.insert({Kind::kScale, h.judgement->scale, ""});
    for (const auto& one : told.sheet.indicators)
      if (one.title == kErased) out.insert({Kind::kSheet, h.id, one.number});
  }
  return out;
}

bool is(const json::object& object, std::string_view key, const std::string& value) {
  const auto* found = object.if_contains(key);
  return found && found->is_string() && std::string_view(found->get_string()) == value;
}
void blank(json::object& object, std::string_view key) {
  if (auto* found = object.if_contains(key)) blank_texts(*found);
}
void blank_numbered(json::object& object, std::string_view key, const std::string& number) {
  auto* all = object.if_contains(key);
  if (!all || !all->is_array()) return;
  for (auto& one : all->get_array())
    if (one.is_object() && is(one.get_object(), "number", number)) blank_texts(one);
}

// `one`: a plan or a sheet.
void blank(json::object& one, const ErasedPlace& place) {
  if (place.kind == Kind::kScale) {
    auto* judgement = one.if_contains("judgement");
    if (judgement && judgement->is_object() && is(judgement->get_object(), "scale", place.id)) blank_texts(*judgement);
    return;
  }
  if (!is(one, "id", place.id)) return;
  const bool plan = place.kind == Kind::kPlan;
  if (!place.number.empty()) return blank_numbered(one, plan ? "measures" : "indicators", place.number);
  for (auto key : plan ? std::vector{"title"} : std::vector{"policy", "publisher"}) blank(one, key);
}

// Member `name` of the report, where one of these places stands in it.
void blank_member(std::string& report, std::string_view name, const std::vector<const ErasedPlace*>& places) {
  const std::string_view text = member_text(report, name);
  const bool named = std::any_of(places.begin(), places.end(), [&](const ErasedPlace* one) {
    return text.find(canonical_json_string(one->id)) != std::string_view::npos;
  });
  if (!named) return;
  auto value = parse_json(text, JsonLimits{text.size(), kReportDepth});
  if (!value.ok() || !value->is_array()) return;
  for (auto& one : value->get_array())
    if (one.is_object())
      for (const auto* place : places) blank(one.get_object(), *place);
  report.replace(std::size_t(text.data() - report.data()), text.size(), canonical_json(*value));
}

}  // namespace

Result<json::array> erasures_to_report(db::Database& database) {
  const ByPlace all = TRY(database.read([](db::Reader& reader) -> Result<ByPlace> {
    ByPlace out;
    for (const auto* source : {&kPlans, &kSheets}) TRY(add_all(reader, *source, out));
    TRY(add_scales(reader, out));
    return out;
  }));
  std::vector<std::pair<Time, const ErasedPlace*>> newest;
  for (const auto& [place, until] : all) newest.emplace_back(until, &place);
  std::stable_sort(newest.begin(), newest.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  if (newest.size() > kReportedErasures) {
    log::warn("kpi.erasures_not_reported", {{"organisation", database.organisation()}, {"places", newest.size() - kReportedErasures}});
    newest.resize(kReportedErasures);
  }
  std::sort(newest.begin(), newest.end(), [](const auto& a, const auto& b) { return *a.second < *b.second; });
  json::array out;
  for (const auto& [until, place] : newest) {
    json::object one{{kKinds[std::size_t(place->kind)].second, place->id}, {"until", until.rfc3339()}};
    if (!place->number.empty()) one["number"] = place->number;
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<Erasure> read_erasures(ObjectReader& report, std::vector<Fault>& faults) {
  std::vector<Erasure> out;
  report.array("erased", false, kReportedErasures, [&](const json::value& value, std::string where) {
    ObjectReader one(value, where, faults);
    if (!value.is_object()) return;
    for (auto [kind, word] : kKinds) {
      if (!one.find(word)) continue;
      Erasure read{{kind, one.string(word, 120), one.optional_string("number", 19).value_or("")}, {}};
      if (kind != Kind::kScale && !valid_plan_id(read.place.id)) one.fault(word, {"id として読めません。", "This is no id."});
      const std::string text = one.string("until", 40);
      auto until = parse_rfc3339(text);
      if (until.ok())
        read.until = *until;
      else if (!text.empty())
        one.fault("until", until.error().message);
      out.push_back(std::move(read));
    }
  });
  return out;
}

std::vector<Erasure> new_erasures(const Report* kept, const Report& fresh) {
  ByPlace before;
  if (kept)
    for (const auto& one : kept->erasures) before[one.place] = std::max(before[one.place], one.until);
  std::vector<Erasure> out;
  for (const auto& one : fresh.erasures)
    if (auto found = before.find(one.place); found == before.end() || found->second < one.until) out.push_back(one);
  const auto marked_before = kept ? marked(*kept) : std::set<ErasedPlace>();
  for (const auto& place : marked(fresh))
    if (!marked_before.contains(place)) out.push_back({place, fresh.at});
  return out;
}

std::string without_words(std::string report, Time at, std::span<const Erasure> erased) {
  std::vector<const ErasedPlace*> plans, sheets;
  for (const auto& one : erased)
    if (at <= one.until) (one.place.kind == Kind::kPlan ? plans : sheets).push_back(&one.place);
  blank_member(report, "plans", plans);
  blank_member(report, "sheets", sheets);
  return report;
}

std::string_view member_text(std::string_view object, std::string_view name) {
  std::size_t from = 0, depth = 0;
  for (std::size_t i = 0; i < object.size(); ++i) {
    const char c = object[i];
    if (c == '"') {
      const std::size_t start = i + 1;
      for (i = start; i < object.size() && object[i] != '"'; ++i)
        if (object[i] == '\\') ++i;
      if (from == 0 && depth == 1 && object.substr(std::min(i, object.size())).starts_with("\":") &&
          object.substr(start, i - start) == name)
        from = i + 2;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']' || c == ',') {
      if (c != ',' && depth-- == 0) return {};
      const bool ends = c == ',' ? depth == 1 : depth == 0;
      if (from != 0 && ends) return object.substr(from, i - from);
    }
  }
  return {};
}

}  // namespace musubi::kpi
