// All SQL of sheets, a function a statement. Cutoffs are record indexes: a state holds what records below them say.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/transaction.h"
#include "kpi/sheets.h"

namespace musubi::kpi::store {

struct SheetKnown {  // a row of kpi_sheet_record; `what` is a part_word or a step_word
  std::int64_t index = 0;
  std::string sheet, what, number;
  std::int64_t revision = 0;
  Time at;
  bool operator==(const SheetKnown&) const = default;
};

Result<std::vector<std::string>> sheets(db::Reader& reader);
// One beyond the newest record of the sheet; 0 where there is none.
Result<std::int64_t> sheet_cutoff(db::Reader& reader, std::string_view sheet, std::optional<Time> before);
Result<std::optional<RouteEntry>> newest_publication(db::Reader& reader, std::string_view sheet, std::optional<Time> before);
Result<std::vector<RouteEntry>> route(db::Reader& reader, std::string_view sheet, std::int64_t from, std::int64_t cutoff);  // by index
Result<std::int64_t> steps(db::Reader& reader, std::string_view sheet);

struct PartRow {
  PartKey key;
  EntryKind kind = EntryKind::kEntered;
  std::int64_t revision = 0, record = 0;
  Time at;
  std::string digest;
  std::optional<std::string> content;  // nothing where withdrawn
};
bool erased(const PartRow& row);  // its words are gone; its digest is that of the words
// The newest row of each part below the cutoff, withdrawn ones too; in no order.
Result<std::vector<PartRow>> parts(db::Reader& reader, std::string_view sheet, std::int64_t cutoff);
Result<std::vector<PartRow>> revisions(db::Reader& reader, std::string_view sheet, std::optional<PartKey> part,
                                       std::int64_t cutoff);  // oldest first
// Revisions and publications of the sheet, in the order they were written; of the contents those alone that hold what was taken from an
// indicator (a member "origin").
struct ToldPart {
  std::int64_t record = 0;
  std::string what, number;  // what: a part_word or "published"
  std::optional<std::string> content;
};
Result<std::vector<ToldPart>> told_parts(db::Reader& reader, std::string_view sheet);
Result<std::optional<std::string>> part_content(db::Reader& reader, std::string_view sheet, const PartKey& part,
                                                std::int64_t revision);

Result<void> put_part(db::Transaction& tx, std::string_view sheet, const PartRow& row);
Result<void> put_step(db::Transaction& tx, std::string_view sheet, const RouteEntry& entry);

Result<void> add_sheet_known(db::Transaction& tx, const SheetKnown& known);
Result<void> forget_sheet_known(db::Transaction& tx);
Result<std::vector<SheetKnown>> sheet_known(db::Reader& reader, std::int64_t from, std::size_t limit);

// Erasure: texts of a row give way to a mark; a row that is not there is passed over.
Result<void> erase_part(db::Transaction& tx, const SheetKnown& known);
Result<void> erase_step(db::Transaction& tx, const SheetKnown& known);
Result<void> renew_publications(db::Transaction& tx, std::string_view sheet);  // new salts: states kept in memory by them end

}  // namespace musubi::kpi::store
