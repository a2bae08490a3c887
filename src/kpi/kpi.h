// Plans of one organisation: import, sign-off, and every way of reading them. The only header that others include.
//
// Any thread; no state of its own. Each act is one transaction of change and records; a crash leaves the act done or
// not begun. Reading takes one snapshot per call.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "evidence/record.h"
#include "evidence/verify.h"
#include "kpi/pack.h"
#include "kpi/plan.h"
#include "kpi/rules.h"

namespace musubi::kpi {

// Which state of a plan: the newest that was signed off, or with drafts the newest there is; as known at the end of a
// day in Asia/Tokyo where one is given.
struct View {
  bool drafts = false;
  std::optional<text::Date> as_of;
};

struct SignOff {
  std::string edition;
  std::int64_t record = 0;
  Time at;
  std::string mark = {};  // the row's random salt: no other sign-off of any organisation has it
};

struct PlanState {
  PlanHeader header;
  std::int64_t header_record = 0;
  bool header_draft = false;
  std::string edition;                 // of this very state
  std::optional<SignOff> sign_off;     // the newest one within the view
  std::vector<Entry> entries;          // by number
  std::vector<std::string> withdrawn;  // drafts only: of what was signed off
  bool has_drafts() const;
};

struct PlanSummary {
  PlanHeader header;
  std::string edition;
  std::optional<SignOff> sign_off;
  std::size_t measures = 0, not_set = 0, no_target = 0;
  bool has_drafts = false;
  std::int64_t record = 0;  // of the sign-off, or of the header while there is none
};

// Read by many requests at once, so shared and never changed.
using SharedMeasure = std::shared_ptr<const Measure>;

struct PlanPage {
  std::shared_ptr<const PlanState> state;
  std::vector<Entry> entries;           // of this page
  std::vector<SharedMeasure> measures;  // the same, whole
  std::size_t total = 0;                // that pass the filters
};

struct MeasureView {
  PlanHeader header;
  std::string edition;
  Entry entry;
  Measure measure;
  std::optional<std::string> previous, next;  // numbers beside it
};

struct Revision {
  EntryKind kind = EntryKind::kEntered;
  std::int64_t revision = 0;
  std::int64_t record = 0;
  Time at;
  std::string actor;  // code
  bool draft = false;
  std::optional<Measure> measure;  // nothing where withdrawn
  std::vector<Change> changes;     // against the revision before
};

struct ImportOutcome {
  std::string plan;
  std::string edition;                                   // of the draft after the import
  std::string edition_before;                            // empty where the plan was not there
  std::vector<std::string> entered, revised, withdrawn;  // numbers
  std::size_t unchanged = 0;
  bool header_changed = false;
  std::vector<std::int64_t> records;
  bool changed() const { return header_changed || !entered.empty() || !revised.empty() || !withdrawn.empty(); }
};

// For the pages that show records and the figures that count them.
std::span<const evidence::RecordType> record_types();

class Plans {
 public:
  explicit Plans(db::Database& database) : database_(database) {}

  // Errors: plan.bad_id, plan.unusable (numbers missing, ill-formed or twice, beyond a limit: nothing could be kept under
  // a name; a row newly names an indicator that is not here, or not of its unit), plan.changed_meanwhile (`expected_edition`
  // is given and no longer the draft's). Other faults may be imported: they stand in the way of the sign-off.
  Result<ImportOutcome> import_plan(const PlanDocument& document, std::string_view actor,
                                    std::optional<std::string> expected_edition = std::nullopt);
  Result<ImportOutcome> preview(const PlanDocument& document);  // the same, writing nothing

  // The officer's act that makes the draft public. `expected_edition` is what the officer saw. Errors: plan.unknown,
  // plan.changed_meanwhile (Code::kConflict), plan.nothing_new (Code::kConflict), plan.faults_open with all faults.
  Result<SignOff> sign_off(std::string_view plan, std::string_view actor, std::string_view expected_edition);

  // Errors of all readers: plan.unknown, plan.not_signed_off (nothing public yet, or not on that day),
  // plan.unknown_measure. `list` leaves out what is not there in the view.
  Result<std::vector<PlanSummary>> list(const View& view);
  Result<PlanState> state(std::string_view plan, const View& view);
  Result<PlanPage> find(std::string_view plan, const View& view, const PlanQuery& query);
  // The same where the query can only be understood with the plan's own fields and sections.
  using MakeQuery = std::function<Result<PlanQuery>(const PlanHeader&)>;
  Result<PlanPage> find(std::string_view plan, const View& view, const MakeQuery& make);
  Result<PlanDocument> document(std::string_view plan, const View& view);
  Result<MeasureView> measure(std::string_view plan, std::string_view number, const View& view);
  Result<std::vector<Revision>> history(std::string_view plan, std::string_view number, const View& view);  // newest first

  // For evidence::RouteContext::published: entries and headers are public once a sign-off came after them.
  static Result<std::set<std::uint64_t>> published(db::Reader& reader, std::span<const evidence::Record> records);

  // An evidence::EraseRows: the texts of the plan's own rows, what full text found by them, and waiting uploads. Numbers,
  // statuses and digests stay, so that editions that were signed off remain what they are.
  static Result<std::vector<std::string>> erase_rows(db::Transaction& tx, std::span<const std::uint64_t> records);

  // For evidence::VerifyOptions::derived: kpi_record and kpi_search against rows and records.
  static Result<std::vector<evidence::Finding>> verify_derived(db::Reader& reader);
  // Makes both anew from the rows and records. Returns how many records it found.
  static Result<std::size_t> rebuild_derived(db::Transaction& tx);

 private:
  db::Database& database_;
};

}  // namespace musubi::kpi
