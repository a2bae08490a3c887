// Sheets of evaluation of one organisation: import, change by cell, the way from draft to publication, and every way of
// reading them.
//
// Any thread; no state of its own but a cache of what was published. Each act is one transaction of change and records; a
// crash leaves the act done or not begun. Reading takes one snapshot per call.
#pragma once

#include <map>
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
#include "kpi/duties.h"
#include "kpi/kpi.h"
#include "kpi/sheet_edit.h"
#include "kpi/sheet_lint.h"
#include "kpi/sheet_rules.h"

namespace musubi::kpi {

enum class RouteStep { kReviewed, kApproved, kReturned, kPublished };
std::string_view step_word(RouteStep step);  // "reviewed"

struct RouteEntry {
  RouteStep step = RouteStep::kReviewed;
  std::int64_t revision = 0, record = 0;  // revision: its counter in the sheet
  std::string edition, actor, remark;
  Time at;
  std::string mark = {};  // the row's random salt
};

struct SheetPart {
  PartKey key;
  std::int64_t revision = 0, record = 0;
  Time at;
  std::string digest;
  bool draft = false;  // other than in the last publication
};

struct SheetState {
  Sheet sheet;
  std::string edition;
  std::vector<SheetPart> parts;           // in order
  std::vector<PartKey> withdrawn;         // since the last publication, also those that it did not have
  std::optional<RouteEntry> publication;  // the newest within the view
  std::vector<RouteEntry> route;          // of this very edition, oldest first; of a published one up to its publication
  bool has_drafts() const;                // it is another edition than the published one, or none is
  const SheetPart* part(const PartKey& key) const;
  const SheetIndicator* indicator(std::string_view number) const;
};
using SharedSheet = std::shared_ptr<const SheetState>;

struct SheetRevision {
  PartKey key;
  EntryKind kind = EntryKind::kEntered;
  std::int64_t revision = 0, record = 0;
  Time at;
  std::string actor;
  bool draft = false;
  bool withheld = false;        // it, or the one before it, tells what the public may not see (hidden.h): no changes
  std::vector<Change> changes;  // against the revision before
};

std::span<const evidence::RecordType> sheet_record_types();
const evidence::RecordType& sheet_record_type(RouteStep step);

class Sheets {
 public:
  // Every act asks `mandate` under the write lock, before anything else. Errors of all acts: sheet.not_your_post.
  explicit Sheets(db::Database& database, Mandate mandate = {}) : database_(database), mandate_(std::move(mandate)) {}

  // Errors: sheet.faults with every fault; sheet.changed_meanwhile (`expected_edition` is no longer the draft's).
  Result<SheetImport> import_sheet(const Sheet& sheet, std::string_view actor,
                                   std::optional<std::string> expected_edition = std::nullopt);
  Result<SheetImport> preview(const Sheet& sheet);  // the same, writing nothing

  // Puts `edited`, which was made from revision `base`, in the place of the part. Cells that others changed meanwhile
  // stay. Errors: sheet.unknown, sheet.unknown_part, sheet.conflict (Code::kConflict, a fault for each cell that both
  // changed; nothing is written), sheet.nothing_new, sheet.faults.
  Result<SheetEdit> edit(std::string_view sheet, const PartKey& part, std::int64_t base, const json::object& edited,
                         std::string_view actor);
  // The same for several parts at once, all or none. Errors: as edit, and sheet.changed_meanwhile.
  Result<SheetMerge> merge(std::string_view sheet, const std::vector<PartEdit>& edits, std::string_view actor,
                           std::string_view expected_edition);
  Result<SheetMerge> preview_merge(std::string_view sheet, const std::vector<PartEdit>& edits);  // conflicts are in what it returns
  // The sheet that these revisions make. Errors: sheet.unknown, sheet.unknown_edition (one is not there, or is another).
  Result<Sheet> sheet_at(std::string_view sheet, const std::vector<PartBase>& parts);
  // A part as it was in that revision. Errors: sheet.unknown_part.
  Result<json::object> part_at(std::string_view sheet, const PartKey& part, std::int64_t revision);

  // A part that the sheet does not have, under a number that none of its kind ever had on it. Errors: sheet.unknown, sheet.faults
  // (pointers into the part; "/number" where it was had).
  Result<SheetEdit> add(std::string_view sheet, const PartKey& part, const json::object& added, std::string_view actor);
  // Takes an indicator or a programme off the draft. Errors: sheet.unknown, sheet.unknown_part, sheet.changed_meanwhile (`base` is no
  // longer its revision), sheet.faults (what the others would name then).
  Result<SheetEdit> take_out(std::string_view sheet, const PartKey& part, std::int64_t base, std::string_view actor);
  // Puts what stood before the newest revision back, as a revision of its own; also of a part that was taken out. Only of what was
  // not published. Errors: as take_out, and sheet.nothing_new.
  Result<SheetEdit> undo(std::string_view sheet, const PartKey& part, std::int64_t revision, std::string_view actor);

  // One step of the way: draft, reviewed, approved by another officer, published; or returned with a remark. Errors:
  // sheet.changed_meanwhile, sheet.nothing_new, sheet.wrong_step (Code::kConflict), sheet.same_officer (Code::kForbidden),
  // sheet.remarks_open (the lint speaks and nobody answers it), sheet.remark_missing, sheet.faults (on approval and publication: a
  // figure was taken, and not published yet, whose small figures officers hid since).
  // The post by which the officer may stands in the record.
  Result<RouteEntry> take_step(std::string_view sheet, RouteStep step, std::string_view actor, std::string_view expected_edition,
                               std::string_view remark);

  // Errors of all readers: sheet.unknown, sheet.not_published (nothing public yet, or not on that day).
  Result<std::vector<SharedSheet>> list(const View& view);  // by fiscal year, newest first; what the view lacks is left out
  // Of that list, all that name this measure of a plan; also some that do not, or no longer.
  Result<std::vector<SharedSheet>> naming(std::string_view plan, std::string_view number, const View& view);
  Result<SharedSheet> state(std::string_view sheet, const View& view);
  Result<std::vector<SheetRevision>> history(std::string_view sheet, std::optional<PartKey> part, const View& view);  // newest first
  Result<std::vector<Remark>> remarks(std::string_view sheet);                                                        // of the draft

  // As those of Plans.
  static Result<std::set<std::uint64_t>> published(db::Reader& reader, std::span<const evidence::Record> records);
  static Result<std::vector<std::string>> erase_rows(db::Transaction& tx, std::span<const std::uint64_t> records);
  static Result<std::vector<evidence::Finding>> verify_derived(db::Reader& reader);
  static Result<std::size_t> rebuild_derived(db::Transaction& tx);

 private:
  db::Database& database_;
  Mandate mandate_;
};

}  // namespace musubi::kpi
