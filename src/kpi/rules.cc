#include "kpi/rules.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/hash.h"
#include "kpi/erased.h"
#include "kpi/json.h"
#include "kpi/line_rules.h"
#include "text/normalise.h"

namespace musubi::kpi {
namespace {

std::pair<long, long> parts(std::string_view number) {
  std::size_t dash = std::min(number.find('-'), number.size());
  long section = 0, measure = 0;
  std::from_chars(number.data(), number.data() + dash, section);
  if (dash < number.size()) std::from_chars(number.data() + dash + 1, number.data() + number.size(), measure);
  return {section, measure};
}

std::string digest_of(const json::value& value) { return to_hex(crypto::bytes(crypto::sha256(canonical_json(value)))); }

using Members = std::vector<std::pair<std::string, std::string>>;

void flatten(const json::value& value, const std::string& path, Members& out) {
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object)
      flatten(member.value(), path.empty() ? std::string(member.key()) : path + "/" + std::string(member.key()), out);
  } else if (const auto* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) flatten((*array)[i], path + "/" + std::to_string(i), out);
  } else if (const auto* string = value.if_string()) {
    out.emplace_back(path, std::string(*string));
  } else {
    out.emplace_back(path, canonical_json(value));
  }
}

template <class T>
int rank(const std::vector<T>& all, const std::string& id) {
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].id == id) return int(i);
  return int(all.size());
}

}  // namespace

bool number_less(std::string_view a, std::string_view b) {
  auto x = parts(a), y = parts(b);
  return x != y ? x < y : a < b;
}

bool Measure::has_target() const {
  auto of = [](const Kpi& one) {
    return std::any_of(one.lines.begin(), one.lines.end(), [](const Line& line) { return kpi::has_target(line); });
  };
  return (target && target->role == "target") || of(progress) || of(effect);
}

std::string measure_digest(const Measure& measure) { return digest_of(to_json(measure)); }

std::string edition_of(const PlanHeader& header, const std::map<std::string, std::string>& digest_by_number) {
  json::object measures;
  for (const auto& [number, digest] : digest_by_number) measures[number] = digest;
  return digest_of(json::object{{"header", to_json(header)}, {"measures", std::move(measures)}});
}

std::string edition_of(const PlanDocument& document) {
  std::map<std::string, std::string> digests;
  for (const auto& measure : document.measures) digests[measure.number] = measure_digest(measure);
  return edition_of(document.header, digests);
}

std::vector<Change> changes(const Measure& before, const Measure& after) {
  Members old_members, new_members;
  flatten(to_json(before), "", old_members);
  flatten(to_json(after), "", new_members);
  std::map<std::string_view, std::string_view> old_values, new_values;
  for (const auto& [path, value] : old_members) old_values[path] = value;
  for (const auto& [path, value] : new_members) new_values[path] = value;
  std::vector<Change> out;
  for (const auto& [path, value] : new_members) {
    auto old = old_values.find(path);
    if (old == old_values.end())
      out.push_back({path, "", value});
    else if (old->second != value)
      out.push_back({path, std::string(old->second), value});
  }
  for (const auto& [path, value] : old_members)
    if (!new_values.contains(path)) out.push_back({path, value, ""});
  return out;
}

std::string_view kind_name(EntryKind kind) {
  switch (kind) {
    case EntryKind::kEntered: return "entered";
    case EntryKind::kRevised: return "revised";
    case EntryKind::kWithdrawn: break;
  }
  return "withdrawn";
}

Entry entry_of(const Measure& measure) {
  Entry entry;
  entry.number = measure.number;
  entry.section = measure.section;
  entry.field = measure.field;
  entry.title = measure.title;
  entry.progress = measure.progress.status;
  entry.effect = measure.effect.status;
  entry.has_target = measure.has_target();
  entry.digest = measure_digest(measure);
  return entry;
}

std::string_view name_of(Status status) {
  switch (status) {
    case Status::kKpiNotSet: return "kpi_not_set";
    case Status::kProgressNotSet: return "progress_not_set";
    case Status::kEffectNotSet: return "effect_not_set";
    case Status::kKpiNone: return "kpi_none";
    case Status::kKpiSet: return "kpi_set";
    case Status::kTarget: return "target";
    case Status::kNoTarget: return "no_target";
    case Status::kDraft: break;
  }
  return "draft";
}

bool matches(const Entry& entry, Status status) {
  bool progress_open = entry.progress == KpiStatus::kNotSet, effect_open = entry.effect == KpiStatus::kNotSet;
  switch (status) {
    case Status::kKpiNotSet: return progress_open || effect_open;
    case Status::kProgressNotSet: return progress_open;
    case Status::kEffectNotSet: return effect_open;
    case Status::kKpiNone: return entry.progress == KpiStatus::kNone || entry.effect == KpiStatus::kNone;
    case Status::kKpiSet: return entry.progress == KpiStatus::kSet && entry.effect == KpiStatus::kSet;
    case Status::kTarget: return entry.has_target;
    case Status::kNoTarget: return !entry.has_target;
    case Status::kDraft: break;
  }
  return entry.draft;
}

Counts count(const std::vector<Entry>& entries) {
  Counts counts;
  counts.total = entries.size();
  for (const Entry& entry : entries) {
    ++counts.by_field_section[{entry.field, entry.section}];
    ++counts.by_field[entry.field];
    ++counts.by_section[entry.section];
    for (Status status : kStatuses) {
      if (!matches(entry, status)) continue;
      ++counts.by_status[status];
      ++counts.section_status[entry.section][status];
    }
  }
  return counts;
}

Time end_of_day_jst(text::Date day) {
  using namespace std::chrono;
  sys_days date{year_month_day{year{day.year}, month{unsigned(day.month)}, std::chrono::day{unsigned(day.day)}}};
  auto end = sys_time<microseconds>(date) + days{1} - hours{9};
  return Time{end.time_since_epoch().count()};
}

Difference compare(const PlanHeader* header_now, const std::vector<Entry>& entries_now, const PlanDocument& document) {
  std::map<std::string_view, const Entry*> now;
  for (const Entry& entry : entries_now) now[entry.number] = &entry;
  Difference difference;
  difference.header_changed = !header_now || *header_now != document.header;
  for (std::size_t i = 0; i < document.measures.size(); ++i) {
    auto found = now.find(document.measures[i].number);
    if (found == now.end()) {
      difference.entered.push_back(i);
      continue;
    }
    if (found->second->digest == measure_digest(document.measures[i]) && !erased(found->second->title))
      ++difference.unchanged;
    else
      difference.revised.push_back(i);
    now.erase(found);
  }
  for (const auto& [number, entry] : now) difference.withdrawn.emplace_back(number);
  std::sort(difference.withdrawn.begin(), difference.withdrawn.end(), number_less);
  return difference;
}

std::vector<const Entry*> select(const std::vector<Entry>& all, const PlanHeader& header, const PlanQuery& query) {
  auto among = [](const std::vector<std::string>& wanted, const std::string& id) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), id) != wanted.end();
  };
  std::vector<const Entry*> entries;
  for (const Entry& entry : all)
    if (among(query.fields, entry.field) && among(query.sections, entry.section) &&
        std::all_of(query.statuses.begin(), query.statuses.end(), [&](Status s) { return matches(entry, s); }))
      entries.push_back(&entry);
  auto by = [&](auto key) {
    std::stable_sort(entries.begin(), entries.end(),
                     [&](const Entry* a, const Entry* b) { return query.descending ? key(*b) < key(*a) : key(*a) < key(*b); });
  };
  switch (query.order) {
    case Order::kNumber:
      if (query.descending) std::reverse(entries.begin(), entries.end());
      break;
    case Order::kTitle: by([](const Entry& e) { return text::search_form(e.title.ja); }); break;
    case Order::kField: by([&](const Entry& e) { return rank(header.fields, e.field); }); break;
    case Order::kProgress: by([](const Entry& e) { return int(e.progress); }); break;
    case Order::kEffect: by([](const Entry& e) { return int(e.effect); }); break;
    case Order::kTarget: by([](const Entry& e) { return !e.has_target; }); break;
    case Order::kRecord: by([](const Entry& e) { return e.record; }); break;
  }
  return entries;
}

}  // namespace musubi::kpi
