// The acts: import and sign-off. Each is one closure: rows, records and what is derived from them commit together.
#include "kpi/kpi.h"

#include <algorithm>

#include "evidence/record.h"
#include "kpi/definitions.h"
#include "kpi/duties.h"
#include "kpi/follow_ups.h"
#include "kpi/json.h"
#include "kpi/plan_copy.h"
#include "kpi/report.h"
#include "kpi/scales.h"
#include "kpi/sheets.h"
#include "kpi/state.h"
#include "kpi/store.h"
#include "kpi/taken.h"

namespace musubi::kpi {
namespace {

using evidence::RecordType;
using evidence::Visibility;

constexpr std::string_view kPlanFacts[] = {"plan", "version", "revision"};
constexpr std::string_view kMeasureFacts[] = {"plan",  "number",          "revision",      "section",
                                              "field", "progress_status", "effect_status", "has_target"};
constexpr std::string_view kSignOffFacts[] = {"plan", "revision", "edition", "measures"};

constexpr RecordType kTypes[] = {
    {"kpi.plan_entered", 1, Visibility::kOncePublished, "計画の登録", "Plan entered", kPlanFacts},
    {"kpi.measure_entered", 1, Visibility::kOncePublished, "施策の登録", "Measure entered", kMeasureFacts},
    {"kpi.measure_revised", 1, Visibility::kOncePublished, "施策の改定", "Measure revised", kMeasureFacts},
    {"kpi.measure_withdrawn", 1, Visibility::kOncePublished, "施策の取下げ", "Measure withdrawn", kMeasureFacts},
    {"kpi.plan_signed_off", 1, Visibility::kPublic, "計画の確定", "Plan signed off", kSignOffFacts},
};
enum TypeIndex { kPlanEntered, kMeasureEntered, kMeasureRevised, kMeasureWithdrawn, kPlanSignedOff };

Error changed_meanwhile() {
  return Error{
      Code::kConflict,
      "plan.changed_meanwhile",
      {"確認した後に、下書きがほかの操作で変わりました。何も行っていません。新しい下書きを見直してから、もう一度行ってください。",
       "The draft was changed by another act after you looked at it. Nothing was done. Review the new draft, then try again."},
      {}};
}

Result<void> usable(db::Reader& reader, const PlanDocument& document) {
  auto faults = unusable_of(document);
  for (auto& one : TRY(faults_of_computed(reader, document))) faults.push_back(std::move(one));
  if (faults.empty()) return {};
  if (!valid_plan_id(document.header.id))
    return Error{Code::kInvalid,
                 "plan.bad_id",
                 {"計画の id が使えません。例: japan.basic-plan-2019", "The plan's id cannot be used. Example: japan.basic-plan-2019"},
                 std::move(faults)};
  return Error{Code::kInvalid,
               "plan.unusable",
               {"このままでは保存できない誤りがあります。すべて直してから、もう一度読み込んでください。",
                "There are faults with which the plan cannot be kept. Correct them all and import it again."},
               std::move(faults)};
}

// One import inside its transaction: what it compares with, and how it writes.
class Import {
 public:
  // Of these parts alone where `only` is given: numbers of measures, "" for the heading.
  Import(db::Reader& reader, const PlanDocument& document, const std::set<std::string>* only = nullptr)
      : reader_(reader), document_(document), only_(only) {}

  Result<ImportOutcome> compare_with(std::optional<std::string> expected_edition) {
    const std::string& plan = document_.header.id;
    outcome_.plan = plan;
    for (auto& row : TRY(store::entries(reader_, plan, INT64_MAX))) {
      revision_[row.entry.number] = row.entry.revision;
      if (!row.withdrawn) now_.push_back(std::move(row.entry));
    }
    std::optional<PlanHeader> header;
    if (auto row = TRY(store::header(reader_, plan, INT64_MAX))) {
      header = TRY(stored_header(row->content));
      header_revision_ = row->revision;
      std::map<std::string, std::string> digests;
      for (const auto& entry : now_) digests[entry.number] = entry.digest;
      outcome_.edition_before = edition_of(*header, digests);
    }
    if (expected_edition && *expected_edition != outcome_.edition_before) return changed_meanwhile();
    difference_ = compare(header ? &*header : nullptr, now_, document_);
    if (only_) leave_others();
    outcome_.edition = edition_after(header);
    outcome_.header_changed = difference_.header_changed;
    outcome_.unchanged = difference_.unchanged;
    outcome_.withdrawn = difference_.withdrawn;
    for (auto i : difference_.entered) outcome_.entered.push_back(document_.measures[i].number);
    for (auto i : difference_.revised) outcome_.revised.push_back(document_.measures[i].number);
    return outcome_;
  }

  Result<ImportOutcome> write(db::Transaction& tx, std::string_view actor) {
    if (difference_.header_changed) TRY(write_header(tx, actor));
    for (auto i : difference_.entered) TRY(write_measure(tx, document_.measures[i], EntryKind::kEntered, actor));
    for (auto i : difference_.revised) TRY(write_measure(tx, document_.measures[i], EntryKind::kRevised, actor));
    for (const auto& entry : now_)
      if (std::binary_search(difference_.withdrawn.begin(), difference_.withdrawn.end(), entry.number, number_less))
        TRY(write_withdrawal(tx, entry, actor));
    return outcome_;
  }

 private:
  void leave_others() {
    auto other = [&](std::size_t i) { return !only_->contains(document_.measures[i].number); };
    std::erase_if(difference_.entered, other);
    std::erase_if(difference_.revised, other);
    std::erase_if(difference_.withdrawn, [&](const std::string& number) { return !only_->contains(number); });
    difference_.header_changed = difference_.header_changed && only_->contains("");
  }

  // Of what is written and what stays, by the digests that stand in the rows: texts may have been erased.
  std::string edition_after(const std::optional<PlanHeader>& header) const {
    std::map<std::string, std::string> digests;
    for (const auto& entry : now_) digests[entry.number] = entry.digest;
    for (const auto& number : difference_.withdrawn) digests.erase(number);
    for (const auto* written : {&difference_.entered, &difference_.revised})
      for (auto i : *written) digests[document_.measures[i].number] = measure_digest(document_.measures[i]);
    return edition_of(difference_.header_changed || !header ? document_.header : *header, digests);
  }

  Result<void> know(db::Transaction& tx, std::uint64_t index, std::string what, std::string number, std::int64_t revision) {
    auto record = TRY(evidence::find_record(tx, index));
    CHECK(record);
    outcome_.records.push_back(std::int64_t(index));
    return store::add_known(tx, {std::int64_t(index), document_.header.id, std::move(what), std::move(number), revision, record->at});
  }

  Result<void> write_header(db::Transaction& tx, std::string_view actor) {
    std::int64_t revision = header_revision_ + 1;
    TRY(store::put_header(tx, document_.header, revision));
    auto appended = TRY(
        evidence::append(tx, {.type = kTypes[kPlanEntered],
                              .stream = plan_stream(document_.header.id),
                              .actor = std::string(actor),
                              .facts = {{"plan", document_.header.id}, {"version", document_.header.version}, {"revision", revision}},
                              .body = to_json(document_.header)}));
    return know(tx, appended.index, "plan", "", revision);
  }

  json::object facts(const Entry& entry, std::int64_t revision) const {
    return {{"plan", document_.header.id},
            {"number", entry.number},
            {"revision", revision},
            {"section", entry.section},
            {"field", entry.field},
            {"progress_status", status_word(entry.progress)},
            {"effect_status", status_word(entry.effect)},
            {"has_target", entry.has_target}};
  }

  Result<void> write_measure(db::Transaction& tx, const Measure& measure, EntryKind kind, std::string_view actor) {
    std::int64_t revision = ++revision_[measure.number];
    TRY(store::put_measure(tx, document_.header.id, measure, kind, revision));
    auto appended = TRY(evidence::append(tx, {.type = kTypes[kind == EntryKind::kEntered ? kMeasureEntered : kMeasureRevised],
                                              .stream = measure_stream(document_.header.id, measure.number),
                                              .actor = std::string(actor),
                                              .facts = facts(entry_of(measure), revision),
                                              .body = to_json(measure)}));
    TRY(store::index_measure(tx, std::int64_t(appended.index), measure));
    return know(tx, appended.index, "measure", measure.number, revision);
  }

  Result<void> write_withdrawal(db::Transaction& tx, const Entry& entry, std::string_view actor) {
    std::int64_t revision = ++revision_[entry.number];
    TRY(store::put_withdrawal(tx, document_.header.id, entry, revision));
    auto appended = TRY(evidence::append(tx, {.type = kTypes[kMeasureWithdrawn],
                                              .stream = measure_stream(document_.header.id, entry.number),
                                              .actor = std::string(actor),
                                              .facts = facts(entry, revision),
                                              .body = json::object{{"number", entry.number}}}));
    return know(tx, appended.index, "measure", entry.number, revision);
  }

  db::Reader& reader_;
  const PlanDocument& document_;
  const std::set<std::string>* only_;
  std::vector<Entry> now_;
  std::map<std::string, std::int64_t> revision_;
  std::int64_t header_revision_ = 0;
  Difference difference_;
  ImportOutcome outcome_;
};

json::object sign_off_body(const PlanState& state) {
  json::array measures;
  for (const auto& entry : state.entries)
    measures.push_back(json::object{{"number", entry.number}, {"record", entry.record}, {"digest", entry.digest}});
  return {{"plan", state.header.id},
          {"edition", state.edition},
          {"header_record", state.header_record},
          {"measures", std::move(measures)}};
}

Error nothing_new() {
  return Error{Code::kConflict,
               "plan.nothing_new",
               {"前回の確定のあと、何も変わっていません。確定は不要です。",
                "Nothing has changed since the last sign-off. There is nothing to sign off."},
               {}};
}

Error faults_open(std::vector<Fault> faults) {
  std::string count = std::to_string(faults.size());
  return Error{
      Code::kInvalid,
      "plan.faults_open",
      {"下書きに直すところが " + count + " 件残っているため、確定できません。すべて直してから、もう一度確定してください。",
       "The draft still has " + count + " thing(s) to set right and cannot be signed off. Correct them all, then sign off again."},
      std::move(faults)};
}

}  // namespace

std::span<const RecordType> record_types() {
  static const std::vector<RecordType> all = [] {
    std::vector<RecordType> types(std::begin(kTypes), std::end(kTypes));
    for (const auto& type : report_record_types()) types.push_back(type);
    for (const auto& type : sheet_record_types()) types.push_back(type);
    for (const auto& type : definition_record_types()) types.push_back(type);
    for (const auto& type : scale_record_types()) types.push_back(type);
    for (const auto& type : duty_record_types()) types.push_back(type);
    for (const auto& type : follow_up_record_types()) types.push_back(type);
    return types;
  }();
  return all;
}

Result<ImportOutcome> Plans::import_plan(const PlanDocument& document, std::string_view actor,
                                         std::optional<std::string> expected_edition) {
  return database_.write([&](db::Transaction& tx) -> Result<ImportOutcome> {
    TRY(usable(tx, document));
    Import import(tx, document);
    TRY(import.compare_with(expected_edition));
    return import.write(tx, actor);
  });
}

Result<ImportOutcome> import_parts(db::Transaction& tx, const PlanDocument& document, std::string_view actor,
                                   const std::set<std::string>& only) {
  Import import(tx, document, &only);
  TRY(import.compare_with(std::nullopt));
  return import.write(tx, actor);
}

Result<ImportOutcome> Plans::preview(const PlanDocument& document) {
  return database_.read([&](db::Reader& reader) -> Result<ImportOutcome> {
    TRY(usable(reader, document));
    return Import(reader, document).compare_with(std::nullopt);
  });
}

Result<SignOff> Plans::sign_off(std::string_view plan, std::string_view actor, std::string_view expected_edition) {
  return database_.write([&](db::Transaction& tx) -> Result<SignOff> {
    auto shared = TRY(load_state(tx, plan, View{.drafts = true}));
    const PlanState& state = *shared;
    if (state.edition != expected_edition) return changed_meanwhile();
    if (!state.has_drafts()) return nothing_new();
    auto measures = TRY(store::measures(tx, plan, state.entries));
    PlanDocument document{state.header, std::move(measures)};
    auto faults = faults_before_sign_off(document);
    if (!faults.empty()) return faults_open(std::move(faults));
    std::int64_t revision = TRY(store::sign_offs(tx, plan)) + 1;
    TRY(store::put_sign_off(tx, plan, revision, state.edition, state.entries.size()));
    auto appended = TRY(evidence::append(tx, {.type = kTypes[kPlanSignedOff],
                                              .stream = plan_stream(plan),
                                              .actor = std::string(actor),
                                              .facts = {{"plan", plan},
                                                        {"revision", revision},
                                                        {"edition", state.edition},
                                                        {"measures", std::int64_t(state.entries.size())}},
                                              .body = sign_off_body(state)}));
    auto record = TRY(evidence::find_record(tx, appended.index));
    CHECK(record);
    auto index = std::int64_t(appended.index);
    TRY(store::add_known(tx, {index, std::string(plan), "sign_off", "", revision, record->at}));
    return SignOff{state.edition, index, record->at};
  });
}

}  // namespace musubi::kpi
