#include "kpi/plan_draft.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "kpi/erased.h"
#include "kpi/json.h"
#include "kpi/plan_copy.h"
#include "kpi/state.h"
#include "kpi/store.h"
#include "kpi/with_rules.h"

namespace musubi::kpi {
namespace {

Error faulty(std::vector<Fault> faults) {
  std::string count = std::to_string(faults.size());
  return Error{Code::kInvalid,
               "plan.faults",
               {"計画に誤りが " + count + " 件あります。何も保存していません。すべて直してから、もう一度保存してください。",
                "The plan has " + count + " fault(s). Nothing was saved. Correct them all and save again."},
               std::move(faults)};
}

Error changed_meanwhile() {
  return Error{
      Code::kConflict,
      "plan.changed_meanwhile",
      {"確認した後に、下書きがほかの操作で変わりました。何も行っていません。新しい下書きを見直してから、もう一度行ってください。",
       "The draft was changed by another act after you looked at it. Nothing was done. Review the new draft, then try again."},
      {}};
}

Error nothing_new() {
  return Error{Code::kConflict,
               "plan.nothing_new",
               {"下書きは変わらないので、何も保存していません。", "The draft stays as it is, so nothing was saved."},
               {}};
}

Error conflict(const std::vector<CellConflict>& conflicts) {
  std::vector<Fault> faults;
  for (const auto& one : conflicts)
    faults.push_back({one.cell,
                      {"ほかの人の値「" + one.theirs + "」、あなたの値「" + one.mine + "」、元の値「" + one.base + "」",
                       "theirs: \"" + one.theirs + "\", yours: \"" + one.mine + "\", before: \"" + one.base + "\""}});
  return Error{
      Code::kConflict,
      "plan.conflict",
      {"同じ欄を、ほかの人が先に別の値へ変えました。何も保存していません。下の欄をどうするか決めて、もう一度保存してください。",
       "Somebody else has changed the same cells to other values. Nothing was saved. Decide on the cells below, then save again."},
      std::move(faults)};
}

struct Draft {
  PlanDocument document;
  std::map<std::string, std::int64_t> revisions;  // of withdrawn measures too
  std::vector<std::string> drafts;                // numbers that are newer than the last sign-off
  bool header_draft = false;
};

Result<Draft> read_draft(db::Reader& reader, std::string_view plan) {
  Draft out;
  auto header = TRY(store::header(reader, plan, INT64_MAX));
  if (!header) return unknown_plan(plan);
  out.document.header = TRY(stored_header(header->content));
  auto sign_off = TRY(store::newest_sign_off(reader, plan, std::nullopt));
  std::int64_t signed_below = sign_off ? sign_off->record : -1;
  out.header_draft = header->record > signed_below;
  std::vector<Entry> entries;
  for (auto& row : TRY(store::entries(reader, plan, INT64_MAX))) {
    out.revisions[row.entry.number] = row.entry.revision;
    if (row.entry.record > signed_below) out.drafts.push_back(row.entry.number);
    if (!row.withdrawn) entries.push_back(std::move(row.entry));
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return number_less(a.number, b.number); });
  out.document.measures = TRY(store::measures(reader, plan, entries));
  return out;
}

Measure* find(PlanDocument& document, std::string_view number) {
  for (auto& one : document.measures)
    if (one.number == number) return &one;
  return nullptr;
}

bool has(const std::vector<Fault>& all, const Fault& one) {
  return std::any_of(all.begin(), all.end(),
                     [&](const Fault& other) { return other.where == one.where && other.message.ja == one.message.ja; });
}

// Of the measure at that place, with pointers into it.
std::vector<Fault> faults_of_measure(const PlanDocument& document, const Measure& measure) {
  std::size_t at = std::size_t(&measure - document.measures.data());
  const std::string start = "/measures/" + std::to_string(at);
  std::vector<Fault> out;
  for (auto& fault : faults_of(document))
    if (fault.where == start || fault.where.starts_with(start + "/"))
      out.push_back({fault.where.substr(start.size()), std::move(fault.message)});
  return out;
}

// Of the heading, and those that its change brings into measures: a section was taken out that still has some.
std::vector<Fault> faults_of_heading(const PlanDocument& document, const std::vector<Fault>& before) {
  std::vector<Fault> out;
  for (auto& fault : faults_of(document)) {
    if (fault.where == "/measures") continue;  // stands in the way of the sign-off only
    if (!fault.where.starts_with("/measures/")) {
      out.push_back(std::move(fault));
    } else if (!has(before, fault)) {
      std::size_t at = 0;
      std::from_chars(fault.where.data() + 10, fault.where.data() + fault.where.size(), at);
      const std::string& number = document.measures[at].number;
      out.push_back({fault.where.ends_with("/section") ? "/sections" : "/fields",
                     {"施策" + number + "：" + fault.message.ja, "Measure " + number + ": " + fault.message.en}});
    }
  }
  return out;
}

Result<json::object> read_part(db::Reader& reader, std::string_view plan, std::string_view number, std::int64_t revision) {
  if (number.empty()) {
    auto header = TRY(store::header_row(reader, plan, revision));
    if (header) return to_json(*header);
  } else {
    auto measure = TRY(store::measure_row(reader, plan, number, revision));
    if (measure) return to_json(*measure);
  }
  return unknown_measure(plan, number);
}

// The edit laid over what stands, with the faults of that part.
Result<std::vector<Fault>> lay_over(db::Reader& reader, Draft& draft, const PlanEdit& edit) {
  const std::string plan = draft.document.header.id;
  Measure* measure = edit.number.empty() ? nullptr : find(draft.document, edit.number);
  if (!edit.number.empty() && !measure) return unknown_measure(plan, edit.number);
  json::object base = TRY(read_part(reader, plan, edit.number, edit.base));
  json::object theirs = measure ? to_json(*measure) : to_json(draft.document.header);
  Merged merged = merge_cells(base, theirs, *edit.edited);
  if (!merged.conflicts.empty()) return conflict(merged.conflicts);
  std::vector<Fault> faults, before = faults_of(draft.document);
  if (measure) {
    *measure = read_measure(merged.part, "", faults);
    if (measure->number != edit.number) faults.push_back({"/number", {"番号は変えられません。", "Numbers cannot be changed."}});
  } else {
    draft.document.header = read_header(merged.part, faults);
    if (draft.document.header.id != plan) faults.push_back({"/id", {"id は変えられません。", "The id cannot be changed."}});
  }
  for (auto& fault : measure ? faults_of_measure(draft.document, *measure) : faults_of_heading(draft.document, before))
    if (std::none_of(faults.begin(), faults.end(), [&](const Fault& one) { return one.where == fault.where; }))
      faults.push_back(std::move(fault));
  return faults;
}

Result<ImportOutcome> changed(Result<ImportOutcome> outcome) {
  if (outcome.ok() && !outcome->changed()) return nothing_new();
  return outcome;
}

// Every part of a plan whose id is free.
Result<ImportOutcome> begin_with(db::Transaction& tx, const PlanDocument& document, std::string_view actor) {
  std::vector<Fault> faults;
  read_header(to_json(document.header), faults);
  faults = with_rules(std::move(faults), faults_of_heading(document, faults_of(document)));
  if (!faults.empty()) return faulty(std::move(faults));
  if (TRY(store::newest_cutoff(tx, document.header.id, std::nullopt)) != 0)
    return Error{Code::kConflict,
                 "plan.exists",
                 {"同じ id の計画がもうあります。別の id にしてください。", "There is a plan of that id already. Choose another id."},
                 {{"/id", {"この id はもう使われています。", "This id is in use."}}}};
  std::set<std::string> parts = {""};
  for (const auto& measure : document.measures) parts.insert(measure.number);
  return import_parts(tx, document, actor, parts);
}

}  // namespace

Result<ImportOutcome> PlanDraft::begin(const PlanHeader& header, std::string_view actor) {
  return database_.write([&](db::Transaction& tx) { return begin_with(tx, {header, {}}, actor); });
}

Result<ImportOutcome> PlanDraft::copy(std::string_view plan, const PlanHeader& heading, std::string_view actor) {
  return database_.write([&](db::Transaction& tx) -> Result<ImportOutcome> {
    return begin_with(tx, plan_copy(TRY(read_draft(tx, plan)).document, heading), actor);
  });
}

Result<std::string> PlanDraft::add(std::string_view plan, Measure measure, std::string_view actor) {
  return database_.write([&](db::Transaction& tx) -> Result<std::string> {
    Draft draft = TRY(read_draft(tx, plan));
    long last = 0;
    for (const auto& [number, unused] : draft.revisions) {
      std::size_t dash = number.find('-');
      if (number.substr(0, dash) != measure.section) continue;
      long n = 0;
      std::from_chars(number.data() + dash + 1, number.data() + number.size(), n);
      last = std::max(last, n);
    }
    measure.number = measure.section + "-" + std::to_string(last + 1);
    if (measure.locator == Text{}) measure.locator = {"施策" + measure.number, "measure " + measure.number};
    draft.document.measures.push_back(measure);
    std::vector<Fault> faults;
    read_measure(to_json(measure), "", faults);
    faults = with_rules(std::move(faults), faults_of_measure(draft.document, draft.document.measures.back()));
    if (draft.document.measures.size() > kMaxMeasures)
      faults.push_back({"", {"施策は5,000件までです。", "At most 5,000 measures are allowed."}});
    if (!faults.empty()) return faulty(std::move(faults));
    TRY(import_parts(tx, draft.document, actor, {measure.number}));
    return measure.number;
  });
}

Result<ImportOutcome> PlanDraft::edit(std::string_view plan, const PlanEdit& edit, std::string_view actor) {
  return database_.write([&](db::Transaction& tx) -> Result<ImportOutcome> {
    Draft draft = TRY(read_draft(tx, plan));
    if (!edit.edited) {
      Measure* gone = find(draft.document, edit.number);
      if (!gone) return unknown_measure(plan, edit.number);
      if (draft.revisions[edit.number] != edit.base) return changed_meanwhile();
      draft.document.measures.erase(draft.document.measures.begin() + (gone - draft.document.measures.data()));
      return changed(import_parts(tx, draft.document, actor, {edit.number}));
    }
    auto faults = TRY(lay_over(tx, draft, edit));
    if (!faults.empty()) return faulty(std::move(faults));
    return changed(import_parts(tx, draft.document, actor, {edit.number}));
  });
}

Result<ImportOutcome> PlanDraft::undo(std::string_view plan, std::string_view number, std::int64_t revision, std::string_view actor) {
  return database_.write([&](db::Transaction& tx) -> Result<ImportOutcome> {
    Draft draft = TRY(read_draft(tx, plan));
    auto revisions = TRY(store::revisions(tx, plan, number, INT64_MAX));
    if (revisions.empty()) return unknown_measure(plan, number);
    if (revisions.back().revision != revision) return changed_meanwhile();
    std::string key(number);
    if (std::find(draft.drafts.begin(), draft.drafts.end(), key) == draft.drafts.end()) return nothing_new();
    std::optional<Measure> before;
    if (revisions.size() > 1) before = TRY(store::measure_row(tx, plan, number, revisions[revisions.size() - 2].revision));
    if (before && erased(before->title))
      return faulty({{"", {"前の内容は消去されたので、戻せません。", "What stood there before was erased and cannot be put back."}}});
    auto& all = draft.document.measures;
    std::erase_if(all, [&](const Measure& one) { return one.number == number; });
    if (before) all.push_back(std::move(*before));
    return changed(import_parts(tx, draft.document, actor, {key}));
  });
}

Result<ImportOutcome> PlanDraft::discard(std::string_view plan, std::string_view expected_edition, std::string_view actor) {
  return database_.write([&](db::Transaction& tx) -> Result<ImportOutcome> {
    auto now = TRY(load_state(tx, plan, View{.drafts = true}));
    if (now->edition != expected_edition) return changed_meanwhile();
    auto before = TRY(load_state(tx, plan, View{}));
    Draft draft = TRY(read_draft(tx, plan));
    PlanDocument document{before->header, {}};
    for (const auto& measure : TRY(load_measures(tx, plan, before->entries))) document.measures.push_back(*measure);
    std::set<std::string> parts(draft.drafts.begin(), draft.drafts.end());
    if (draft.header_draft) parts.insert("");
    return changed(import_parts(tx, document, actor, parts));
  });
}

Result<PlanHeading> PlanDraft::heading(std::string_view plan) {
  return database_.read([&](db::Reader& reader) -> Result<PlanHeading> {
    auto row = TRY(store::header(reader, plan, INT64_MAX));
    if (!row) return unknown_plan(plan);
    PlanHeading out;
    out.header = TRY(stored_header(row->content));
    out.revision = row->revision;
    return out;
  });
}

Result<json::object> PlanDraft::part_at(std::string_view plan, std::string_view number, std::int64_t revision) {
  return database_.read([&](db::Reader& reader) { return read_part(reader, plan, number, revision); });
}

}  // namespace musubi::kpi
