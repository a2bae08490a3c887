#include "kpi/sheet_check.h"

#include <algorithm>
#include <charconv>

#include "kpi/measure_refs.h"
#include "kpi/scales.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_remarks.h"
#include "kpi/sheet_state.h"
#include "kpi/sheet_store.h"
#include "kpi/with_rules.h"

namespace musubi::kpi {
namespace {

constexpr std::string_view kIndicators = "/indicators/", kProgrammes = "/programmes/";

bool of_a_part(std::string_view pointer) { return pointer.starts_with(kIndicators) || pointer.starts_with(kProgrammes); }

// How remarks name a part: "indicator/3".
std::string own_of(const PartKey& part) { return std::string(part_word(part.kind)) + (part.number.empty() ? "" : "/" + part.number); }

// Of measures and scales that it names and that are not there.
Result<std::vector<Fault>> faults_of_named(db::Reader& reader, const Sheet& sheet, const Sheet* before) {
  auto faults = TRY(faults_of_measures(reader, sheet, before));
  for (auto& one : TRY(faults_of_scale(reader, sheet, before))) faults.push_back(std::move(one));
  return faults;
}

template <class Part>
std::string put(std::vector<Part>& all, Part part, std::string_view start, bool added) {
  auto at = added ? all.end() : std::find_if(all.begin(), all.end(), [&](const Part& one) { return one.number == part.number; });
  if (at == all.end())
    at = all.insert(all.end(), std::move(part));
  else
    *at = std::move(part);
  return std::string(start) + std::to_string(at - all.begin());
}

// In its place of the sheet, or beside the others; the pointer to it. `faults`: what cannot be read of it.
std::string put(Sheet& sheet, const PartKey& key, const json::object& part, bool added, std::vector<Fault>& faults) {
  if (key.kind == PartKind::kIndicator) return put(sheet.indicators, read_sheet_indicator(part, "", faults), kIndicators, added);
  if (key.kind == PartKind::kProgramme) return put(sheet.programmes, read_programme(part, "", faults), kProgrammes, added);
  sheet.header = read_sheet_header(part, faults);
  return "";
}

// What both made of it; where they met, what this one made.
Result<json::object> merged_part(db::Reader& reader, const SheetState& state, const PartEdit& edit) {
  auto base = TRY(store::part_content(reader, state.sheet.header.id, edit.part, edit.base));
  Parts now = parts_of(state.sheet);
  auto theirs = now.find(edit.part);
  if (!base || theirs == now.end()) return edit.edited;
  auto value = TRY(parse_json(*base, JsonLimits{kMaxEntryBytes * 2, 32}));
  Merged merged = merge_cells(value.as_object(), theirs->second, edit.edited);
  return merged.conflicts.empty() ? std::move(merged.part) : edit.edited;
}

// "/programmes/0/indicators/1" of a sheet whose first programme is number 3: "programme/3/indicators/1".
std::string place_of(const Sheet& sheet, std::string_view pointer) {
  const bool indicator = pointer.starts_with(kIndicators);
  pointer.remove_prefix((indicator ? kIndicators : kProgrammes).size());
  std::size_t i = 0;
  auto [end, error] = std::from_chars(pointer.data(), pointer.data() + pointer.size(), i);
  if (error != std::errc() || i >= (indicator ? sheet.indicators.size() : sheet.programmes.size())) return "";
  pointer.remove_prefix(std::size_t(end - pointer.data()));
  return (indicator ? "indicator/" + sheet.indicators[i].number : "programme/" + sheet.programmes[i].number) + std::string(pointer);
}

}  // namespace

Result<std::vector<Fault>> all_faults(db::Reader& reader, const Sheet& sheet, const Sheet* before, Recomputed& asked) {
  auto faults = faults_of(sheet);
  for (auto& one : TRY(faults_of_taken(reader, sheet, before, asked))) faults.push_back(std::move(one));
  for (auto& one : TRY(faults_of_named(reader, sheet, before))) faults.push_back(std::move(one));
  return faults;
}

Result<std::vector<Fault>> all_faults(db::Reader& reader, const Sheet& sheet, const Sheet* before) {
  Recomputed asked;
  return all_faults(reader, sheet, before, asked);
}

Result<std::vector<Fault>> faults_by_now(db::Reader& reader, const Sheet& sheet, const Sheet* before, Recomputed& asked) {
  auto faults = TRY(faults_of_taken(reader, sheet, before, asked));
  for (auto& one : TRY(faults_of_named(reader, sheet, before))) faults.push_back(std::move(one));
  return faults;
}

Result<std::vector<std::string>> numbers_had(db::Reader& reader, std::string_view sheet, PartKind kind) {
  std::vector<std::string> out;
  for (auto& row : TRY(store::parts(reader, sheet, INT64_MAX)))
    if (row.key.kind == kind) out.push_back(std::move(row.key.number));
  return out;
}

Fault number_taken(const std::string& number) {
  return {"/number",
          {"番号「" + number + "」は、この表で使われているか、前に使われました。別の番号にしてください。",
           "The number " + number + " is, or was, in use on this sheet. Choose another."}};
}

Result<std::vector<Fault>> faults_of_part(db::Reader& reader, std::string_view sheet, const PartEdit& edit) {
  auto state = TRY(load_sheet(reader, sheet, View{.drafts = true}));
  std::vector<Fault> out;
  const bool added = edit.base == 0;
  if (added) {
    auto had = TRY(numbers_had(reader, sheet, edit.part.kind));
    if (std::find(had.begin(), had.end(), edit.part.number) != had.end()) out.push_back(number_taken(edit.part.number));
  }
  Sheet whole = state->sheet;
  const std::string start = put(whole, edit.part, added ? edit.edited : TRY(merged_part(reader, *state, edit)), added, out);
  std::vector<Fault> ruled, elsewhere;
  for (auto& one : TRY(all_faults(reader, whole, &state->sheet))) {
    const bool own = start.empty() ? !of_a_part(one.where) : one.where == start || one.where.starts_with(start + "/");
    if (own) one.where = one.where.substr(start.size());
    (own ? ruled : elsewhere).push_back(std::move(one));
  }
  out = with_rules(std::move(out), std::move(ruled));
  if (elsewhere.empty()) return out;
  for (auto& one : faults_in_words(whole, {}, std::move(elsewhere))) out.push_back(std::move(one));
  return out;
}

std::vector<Fault> faults_in_words(const Sheet& sheet, const PartKey& part, std::vector<Fault> faults) {
  const SheetLayout layout = layout_of(sheet);
  for (auto& one : faults) {
    // Where a figure came from is no cell of its own.
    if (auto origin = one.where.find("/origin"); origin != std::string::npos) one.where.replace(origin, std::string::npos, "/actual");
    // "/indicators/0" alone is what a programme names; of an indicator of the sheet there is more.
    const bool named = part.kind == PartKind::kProgramme && std::count(one.where.begin(), one.where.end(), '/') == 2;
    const std::string place = of_a_part(one.where) && !named ? place_of(sheet, one.where) : own_of(part) + one.where;
    one = {"",
           {place_words(layout, place, web::Language::ja) + "：" + one.message.ja,
            place_words(layout, place, web::Language::en) + ": " + one.message.en}};
  }
  return faults;
}

std::string cell_in_words(const Sheet& sheet, const PartKey& part, std::string_view cell, web::Language l) {
  const Parts parts = parts_of(sheet);
  const auto found = parts.find(part);
  const std::string at = found == parts.end() ? std::string(cell) : by_place(found->second, cell);
  return place_words(layout_of(sheet), own_of(part) + "/" + at, l);
}

Error conflict_in_words(const Sheet& sheet, const PartKey& part, Error error, web::Language l) {
  for (auto& one : error.faults) one.where = cell_in_words(sheet, part, one.where, l);
  return error;
}

}  // namespace musubi::kpi
