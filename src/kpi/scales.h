// Scales of judgement that an organisation makes for itself, beside those of the binary: steps, how near is near, rules. Saved,
// revised and withdrawn by an officer, each as a record whose body is the scale. A sheet that was judged keeps the revision that
// it was judged by.
//
// Any thread; no state of its own. Each act is one transaction of a row and its record.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "evidence/record.h"
#include "evidence/verify.h"
#include "kpi/duties.h"
#include "kpi/judgement.h"
#include "kpi/rules.h"

namespace musubi::kpi {

inline constexpr std::size_t kMaxScales = 50, kMaxScaleBytes = 256 << 10;

struct ScaleRevision {
  EntryKind kind = EntryKind::kEntered;
  std::int64_t revision = 0, record = 0;
  Time at;
  std::string actor;
};

struct ScaleOutcome {
  EntryKind kind = EntryKind::kEntered;  // entered or revised
  bool changed = false;
  std::int64_t before = 0;  // newest revision there was: what an officer looked at
};

class Scales {
 public:
  // Every act asks `mandate` under the write lock. Errors of all acts: sheet.not_your_post.
  explicit Scales(db::Database& database, Mandate mandate = {}) : database_(database), mandate_(std::move(mandate)) {}

  // Those of the binary, then those of this organisation that are not withdrawn, by id; with `as_of` those of the end of that day.
  Result<std::vector<Scale>> list(std::optional<text::Date> as_of = std::nullopt);
  // The newest revision, withdrawn or not; or that revision. Errors: scale.unknown.
  Result<Scale> find(std::string_view id, std::optional<std::int64_t> revision = std::nullopt);
  Result<std::vector<ScaleRevision>> history(std::string_view id);  // newest first; of the binary: none

  // Errors: scale.of_binary (Code::kConflict), scale.changed (`expected` is no longer the newest revision), scale.too_many.
  Result<ScaleOutcome> import_scale(const Scale& scale, std::string_view actor, std::optional<std::int64_t> expected = std::nullopt);
  Result<ScaleOutcome> preview(const Scale& scale);  // the same, writing nothing
  // Errors: scale.unknown, scale.of_binary, scale.changed.
  Result<void> withdraw(std::string_view id, std::string_view actor, std::int64_t expected);

 private:
  db::Database& database_;
  Mandate mandate_;
};

std::span<const evidence::RecordType> scale_record_types();
Result<std::vector<Scale>> all_scales(db::Reader& reader, std::optional<Time> before = std::nullopt);

// Which scale of the organisation's own a sheet is read with, when its header stands in record `header` and the view ends before
// record `cutoff` and before that time: the revision that its judgement names, if it was there before
// the header; else the newest one then of the scale that it
// names; without a judgement the one of its fiscal year among those that state years. Nothing: those of the binary decide.
struct ScaleMoment {
  std::int64_t header = 0, cutoff = INT64_MAX;
  std::optional<Time> before = {};
};
Result<std::shared_ptr<const Scale>> own_scale_for(db::Reader& reader, const SheetHeader& header, const ScaleMoment& moment);

// What the judgement names that is not there: the scale, its revision, the step. What `before` said already may stay.
Result<std::vector<Fault>> faults_of_scale(db::Reader& reader, const Sheet& sheet, const Sheet* before);

// For those of Sheets: kpi_scale_record compared with the records, and made anew from them.
Result<std::vector<evidence::Finding>> verify_scale_records(db::Reader& reader);
Result<void> rebuild_scale_records(db::Transaction& tx);

// For Plans::erase_rows: blanks the texts of those of these records that hold a scale. Steps and rules stay, since sheets were
// judged by them. Returns the tables whose rows it changed.
Result<std::vector<std::string>> erase_scales(db::Transaction& tx, std::span<const std::uint64_t> records);

}  // namespace musubi::kpi
