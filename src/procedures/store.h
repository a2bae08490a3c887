// All SQL of procedures, a function a statement.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/transaction.h"
#include "procedures/procedures.h"

namespace musubi::procedures::store {

// The stream of a filing's records.
inline std::string filing_stream(std::string_view reference) { return "procedures/filing/" + std::string(reference); }

// Drafts. A person's are found by the person; another's draft is not there.
struct DraftRow {
  Basket basket;
  std::optional<std::string> signing;
};
Result<std::optional<DraftRow>> draft(db::Reader& reader, std::string_view id);
Result<std::vector<DraftRow>> drafts(db::Reader& reader, std::string_view person);  // the newest first
Result<void> add_draft(db::Transaction& tx, const Basket& basket);
Result<void> put_draft(db::Transaction& tx, const Basket& basket);  // the next revision; a waiting signature is forgotten
Result<void> keep_signing(db::Transaction& tx, std::string_view id, std::string_view signing);
Result<void> drop_draft(db::Transaction& tx, std::string_view id);
Result<void> drop_amendments(db::Transaction& tx, std::string_view person, std::string_view reference);  // drafts that put it right
Result<void> drop_drafts_before(db::Transaction& tx, Time limit);

struct DraftFile {
  std::string field;
  std::string content;
};
Result<std::vector<DraftFile>> draft_files(db::Reader& reader, std::string_view draft);
Result<std::int64_t> draft_file_bytes(db::Reader& reader, std::string_view draft, std::string_view but_field);
Result<void> put_draft_file(db::Transaction& tx, std::string_view draft, std::string_view field, std::string_view content);
Result<void> drop_draft_file(db::Transaction& tx, std::string_view draft, std::string_view field);

struct BasketRow {
  std::string id;
  std::optional<std::string> person, jws;
  std::string event, pack;
  std::int64_t pack_version = 0;
  Time submitted_at;
};
Result<std::optional<BasketRow>> basket(db::Reader& reader, std::string_view id);
Result<void> put_basket(db::Transaction& tx, const BasketRow& row);

struct FilingRow {
  Filing filing;
  std::optional<std::string> person;
  std::string salt;   // of its digest; "" once erased
  std::string files;  // JSON array; "" once erased
  bool erased = false;
};
Result<std::optional<FilingRow>> filing(db::Reader& reader, std::string_view reference);
Result<std::vector<FilingRow>> filings_of(db::Reader& reader, std::string_view person);  // the newest first, at most 500
Result<std::vector<FilingRow>> filings_in(db::Reader& reader, std::string_view basket);
Result<void> put_filing(db::Transaction& tx, const FilingRow& row);
// Number and receipt, from the bodies of the filing's records; none once those are erased.
Result<void> recall(db::Reader& reader, Filing& filing);

struct Origin {
  std::vector<std::string> further;  // codes, as the form's entries point to them
  json::object sources;  // {field: {organisation, item, at, record}}; of a contested one also contest (the reason) and told
};
Result<Origin> origin(db::Reader& reader, std::string_view reference);
Result<void> put_origin(db::Transaction& tx, std::string_view reference, const Origin& origin);
Result<void> erase_origin(db::Transaction& tx, std::string_view reference);

Result<std::vector<StatusLine>> statuses(db::Reader& reader, std::string_view filing);  // the oldest first, with what bodies add
Result<void> erase_statuses(db::Transaction& tx, std::string_view filing);
Result<std::int64_t> add_status(db::Transaction& tx, std::string_view filing, const StatusLine& line);  // its number, from 1

}  // namespace musubi::procedures::store
