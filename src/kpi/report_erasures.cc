#include "kpi/report_erasures.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "kpi/json.h"
#include "kpi/report.h"
#include "kpi/rules.h"
#include "kpi/sheet_rules.h"

namespace musubi::kpi {
namespace {

using Kind = ErasedPlace::Kind;

const Text kErased{"（消去済み）", "(erased)"};  // as blank_texts writes it
constexpr std::pair<Kind, std::string_view> kKinds[] = {{Kind::kPlan, "plan"}, {Kind::kSheet, "sheet"}, {Kind::kScale, "scale"}};

constexpr std::string_view kAll = "*";

// Where records of a module stand: what is erased there, and what makes it public.
struct Source {
  Kind kind;
  std::string table, id;
  std::string shown;   // `what` of the record that shows what stands below it
  std::string erased;  // condition on r, a record
};
const Source kPlans{Kind::kPlan, "kpi_record", "plan_id", "sign_off",
                    "r.what IN ('plan', 'measure') AND r.plan_id IN (SELECT plan_id FROM kpi_plan WHERE content LIKE "
                    "'%\"serves_plan\":\"%')"};  // of others nothing is told
const Source kSheets{Kind::kSheet, "kpi_sheet_record", "sheet_id", "published", "r.what IN ('header', 'indicator')"};

// By place: until when reports told its words (those of a record until what came next was shown, else until it was erased), and how
// many records it was. Not of records that were never the newest when something was shown.
std::string places_sql(const Source& source) {
  auto first = [&](const std::string& what, const std::string& condition) {
    return "(SELECT " + what + " FROM " + source.table + " o WHERE o." + source.id + " = " + condition + ")";
  };
  const std::string& id = source.id;
  const std::string shown = " AND o.what = '" + source.shown + "' AND o.number = '' AND o.idx > ";
  const std::string records =
      "SELECT r." + id + ", r.number, e.at AS erased, " + first("MIN(o.idx)", "r." + id + shown + "r.idx") + " AS shown_idx, " +
      first("MIN(o.idx)", "r." + id + " AND o.what = r.what AND o.number = r.number AND o.idx > r.idx") + " AS next_idx FROM " +
      source.table + " r JOIN evidence_erasure e ON e.idx = r.idx WHERE " + source.erased;
  return "SELECT t." + id + ", t.number, MAX(COALESCE(" + first("o.at", "t." + id + shown + "t.next_idx ORDER BY o.idx LIMIT 1") +
         ", t.erased)), COUNT(*) FROM (" + records + ") t WHERE t.shown_idx IS NOT NULL AND (t.next_idx IS NULL OR t.next_idx > " +
         "t.shown_idx) GROUP BY t." + id + ", t.number";
}

struct Told {
  Time until;
  std::int64_t records = 0;
};
using ByPlace = std::map<ErasedPlace, Told>;

void add(ByPlace& into, const ErasedPlace& place, const Told& told) {
  Told& one = into.try_emplace(place, Told{told.until, 0}).first->second;
  one.until = std::max(one.until, told.until);
  one.records += told.records;
}

Result<ByPlace> all_places(db::Reader& reader) {
  ByPlace out;
  auto take = [&](Kind kind, const std::string& sql) {
    return reader.scan(sql, {}, [&](const db::Row& row) -> Result<void> {
      add(out, {kind, row.text(0), row.text(1)}, {Time{row.integer(2)}, row.integer(3)});
      return {};
    });
  };
  for (const auto* source : {&kPlans, &kSheets}) TRY(take(source->kind, places_sql(*source)));
  TRY(take(
      Kind::kScale,
      "SELECT s.scale, '', MAX(e.at), COUNT(*) FROM kpi_scale_record s JOIN evidence_erasure e ON e.idx = s.idx GROUP BY s.scale"));
  return out;
}

// Where there are too many, several become the wider one that holds them: first where it holds most.
void together(ByPlace& places, ErasedPlace (*wider)(const ErasedPlace&)) {
  std::map<ErasedPlace, std::size_t> sizes;
  for (const auto& [place, told] : places) ++sizes[wider(place)];
  std::vector<std::pair<std::size_t, ErasedPlace>> largest;
  for (const auto& [place, size] : sizes) largest.emplace_back(size, place);
  std::stable_sort(largest.begin(), largest.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::set<ErasedPlace> chosen;
  std::size_t left = places.size();
  for (const auto& [size, place] : largest) {
    if (left <= kReportedErasures || size == 1) break;
    left -= size - 1;
    chosen.insert(place);
  }
  ByPlace out;
  for (const auto& [place, told] : places) {
    const ErasedPlace one = wider(place);
    add(out, chosen.contains(one) ? one : place, told);
  }
  places = std::move(out);
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

std::string string_in(const json::object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}
void blank(json::object& object, std::string_view key) {
  if (auto* found = object.if_contains(key)) blank_texts(*found);
}
bool holds(const std::optional<Time>& until, Time at) { return until && at <= *until; }

}  // namespace

Result<json::array> erasures_to_report(db::Database& database) {
  ByPlace places = TRY(database.read([](db::Reader& reader) { return all_places(reader); }));
  together(places, [](const ErasedPlace& one) { return ErasedPlace{one.kind, one.id, "", true}; });
  together(places, [](const ErasedPlace& one) { return ErasedPlace{one.kind, std::string(kAll), "", true}; });
  json::array out;
  for (const auto& [place, told] : places) {
    json::object one{{kKinds[std::size_t(place.kind)].second, place.id}, {"until", told.until.rfc3339()}, {"records", told.records}};
    if (!place.number.empty()) one["number"] = place.number;
    if (place.whole) one["whole"] = true;
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
      Erasure read{{kind, one.string(word, 120), one.optional_string("number", 19).value_or(""), one.boolean("whole", false)},
                   {},
                   one.optional_integer("records").value_or(1)};
      const bool all = read.place.whole && read.place.id == kAll;
      if (kind != Kind::kScale && !all && !valid_plan_id(read.place.id)) one.fault(word, {"id として読めません。", "This is no id."});
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
    for (const auto& one : kept->erasures) {
      Told& known = before[one.place];
      known = {std::max(known.until, one.until), std::max(known.records, one.records)};
    }
  std::vector<Erasure> out;
  for (const auto& one : fresh.erasures) {
    auto known = before.find(one.place);
    if (known == before.end() || known->second.until < one.until || known->second.records < one.records) out.push_back(one);
  }
  const auto marked_before = kept ? marked(*kept) : std::set<ErasedPlace>();
  for (const auto& place : marked(fresh))
    if (!marked_before.contains(place)) out.push_back({place, fresh.at, 1});
  return out;
}

ErasedWords::ErasedWords(const std::vector<Erasure>& erased) {
  for (const auto& one : erased) {
    Places& places = places_[{one.place.kind, one.place.id}];
    ids_.insert(canonical_json_string(one.place.id));
    auto later = [&](std::optional<Time>& until) { until = std::max(until.value_or(one.until), one.until); };
    if (one.place.whole)
      later(places.whole);
    else if (one.place.number.empty())
      later(places.heading);
    else if (auto [part, fresh] = places.parts.emplace(one.place.number, one.until); !fresh)
      part->second = std::max(part->second, one.until);
    until_ = std::max(until_, one.until);
  }
}

std::vector<const ErasedWords::Places*> ErasedWords::of(Kind kind, const std::string& id) const {
  std::vector<const Places*> out;
  for (const auto& one : {id, std::string(kAll)})
    if (auto found = places_.find({kind, one}); found != places_.end()) out.push_back(&found->second);
  return out;
}

void ErasedWords::blank(json::object& one, Kind kind, Time at) const {
  for (const auto* places : of(kind, string_in(one, "id"))) {
    const bool whole = holds(places->whole, at);
    if (whole || holds(places->heading, at))
      for (auto key : kind == Kind::kPlan ? std::vector{"title"} : std::vector{"policy", "publisher"}) kpi::blank(one, key);
    auto* parts = one.if_contains(kind == Kind::kPlan ? "measures" : "indicators");
    if (!parts || !parts->is_array()) continue;
    for (auto& part : parts->get_array()) {
      if (!part.is_object()) continue;
      auto found = places->parts.find(string_in(part.get_object(), "number"));
      if (whole || (found != places->parts.end() && at <= found->second)) blank_texts(part);
    }
  }
  auto* judgement = one.if_contains("judgement");
  if (!judgement || !judgement->is_object()) return;
  for (const auto* places : of(Kind::kScale, string_in(judgement->get_object(), "scale")))
    if (holds(places->whole, at) || holds(places->heading, at)) blank_texts(*judgement);
}

// Whether the text has one of them as an "id" or a "scale"; most reports of most days have none.
bool ErasedWords::named_in(std::string_view member) const {
  if (ids_.contains(canonical_json_string(kAll))) return true;
  for (std::string_view key : {"\"id\":", "\"scale\":"})
    for (auto at = member.find(key); at != member.npos; at = member.find(key, at)) {
      const std::size_t start = at += key.size();
      if (start == member.size() || member[start] != '"') continue;
      for (++at; at < member.size() && member[at] != '"'; ++at)
        if (member[at] == '\\') ++at;
      if (ids_.contains(member.substr(start, at + 1 - start))) return true;
    }
  return false;
}

void ErasedWords::blank_member(std::string& report, Kind kind, Time at) const {
  const std::string_view text = member_text(report, kind == Kind::kPlan ? "plans" : "sheets");
  if (!named_in(text)) return;
  auto value = parse_json(text, JsonLimits{text.size(), kReportDepth});
  if (!value.ok() || !value->is_array()) return;
  for (auto& one : value->get_array())
    if (one.is_object()) blank(one.get_object(), kind, at);
  report.replace(std::size_t(text.data() - report.data()), text.size(), canonical_json(*value));
}

std::string ErasedWords::without(std::string report, Time at) const {
  if (until_ < at) return report;
  for (Kind kind : {Kind::kPlan, Kind::kSheet}) blank_member(report, kind, at);
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
