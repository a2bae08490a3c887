// All SQL of kpi, a function a statement. Cutoffs are record indexes: a state holds what records below them say.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "db/transaction.h"
#include "kpi/kpi.h"

namespace musubi::kpi::store {

inline constexpr std::string_view kSearch = "kpi_search";

// Opaque, the same for the same row: keys stand in manifests for ever.
std::string row_id(std::string_view table, std::string_view plan, std::string_view number, std::int64_t revision);

struct Known {  // a row of kpi_record
  std::int64_t index = 0;
  std::string plan, what, number;
  std::int64_t revision = 0;
  Time at;
  bool operator==(const Known&) const = default;
};

Result<std::vector<std::string>> plans(db::Reader& reader);
Result<std::optional<SignOff>> newest_sign_off(db::Reader& reader, std::string_view plan, std::optional<Time> before);
Result<std::int64_t> sign_offs(db::Reader& reader, std::string_view plan);
// One beyond the newest record of the plan; 0 where there is none.
Result<std::int64_t> newest_cutoff(db::Reader& reader, std::string_view plan, std::optional<Time> before);

struct HeaderRow {
  std::string content;
  std::int64_t revision = 0, record = 0;
};
Result<std::optional<HeaderRow>> header(db::Reader& reader, std::string_view plan, std::int64_t cutoff);

Result<std::optional<PlanHeader>> header_row(db::Reader& reader, std::string_view plan, std::int64_t revision);
Result<std::vector<SignOff>> all_sign_offs(db::Reader& reader, std::string_view plan);  // newest first, at most 200

struct EntryRow {
  Entry entry;
  bool withdrawn = false;
};
// The newest entry of each number below the cutoff, withdrawn ones too; in no order.
Result<std::vector<EntryRow>> entries(db::Reader& reader, std::string_view plan, std::int64_t cutoff);
Result<std::vector<Measure>> measures(db::Reader& reader, std::string_view plan, const std::vector<Entry>& entries);

struct RevisionRow {
  std::string kind;
  std::int64_t revision = 0, record = 0;
  Time at;
  std::optional<std::string> content;
};
Result<std::vector<RevisionRow>> revisions(db::Reader& reader, std::string_view plan, std::string_view number,
                                           std::int64_t cutoff);  // oldest first

std::vector<db::Reader::Phrase> phrases_of(std::string_view text);
Result<std::set<std::int64_t>> search(db::Reader& reader, std::string_view text);  // record indexes
bool searchable(std::string_view text);                                            // holds a letter or a digit

Result<void> put_header(db::Transaction& tx, const PlanHeader& header, std::int64_t revision);
Result<void> put_measure(db::Transaction& tx, std::string_view plan, const Measure& measure, EntryKind kind, std::int64_t revision);
Result<void> put_withdrawal(db::Transaction& tx, std::string_view plan, const Entry& entry, std::int64_t revision);
Result<void> put_sign_off(db::Transaction& tx, std::string_view plan, std::int64_t revision, std::string_view edition,
                          std::size_t measures);

Result<void> add_known(db::Transaction& tx, const Known& known);
Result<void> index_measure(db::Transaction& tx, std::int64_t record, const Measure& measure);
std::vector<std::string> indexed_words(const Measure& measure);  // what index_measure gives to full text
Result<void> forget_known(db::Transaction& tx);                  // empties kpi_record and kpi_search
Result<std::vector<Known>> known(db::Reader& reader, std::int64_t from, std::size_t limit);
Result<std::optional<Measure>> measure_row(db::Reader& reader, std::string_view plan, std::string_view number, std::int64_t revision);

// Erasure: texts of a row give way to a mark; a row that is not there is passed over.
Result<void> erase_header(db::Transaction& tx, std::string_view plan, std::int64_t revision);
Result<void> erase_measure(db::Transaction& tx, const Known& known);       // and the titles that a withdrawal took over from it
Result<void> renew_sign_offs(db::Transaction& tx, std::string_view plan);  // new salts: states kept in memory by them end
Result<void> drop_uploads(db::Transaction& tx);

// Uploads: named by their content, kept for a day, at most kUploads.
inline constexpr std::int64_t kUploads = 20;
inline constexpr std::int64_t kUploadLife_us = 24LL * 3600 * 1'000'000;
Result<std::string> keep_upload(db::Transaction& tx, std::string_view content, Time now);
Result<std::optional<std::string>> upload(db::Reader& reader, std::string_view id, Time now);  // none once it has expired
Result<void> drop_upload(db::Transaction& tx, std::string_view id);

}  // namespace musubi::kpi::store
