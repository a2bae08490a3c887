#include "procedures/store.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "evidence/record.h"
#include "procedures/json.h"

namespace musubi::procedures::store {
namespace {

std::string str(std::string_view text) { return std::string(text); }

constexpr const char* kDraftColumns = "id, person, revision, created_at, updated_at, content, signing";

Result<DraftRow> draft_row(const db::Row& row) {
  DraftRow out;
  out.basket = TRY(basket_from(row.text(5)));
  out.basket.id = row.text(0);
  out.basket.person = row.text(1);
  out.basket.revision = row.integer(2);
  out.basket.created_at = Time{row.integer(3)};
  out.basket.updated_at = Time{row.integer(4)};
  out.signing = row.maybe_text(6);
  return out;
}

constexpr const char* kFilingColumns =
    "reference, basket, person, procedure, version, recipient, form, salt, files, state, filed_at, changed_at";

Result<json::object> object_from(const std::string& text) {
  auto value = parse_json(text, JsonLimits{8 << 20, 32});
  if (!value.ok() || !value->is_object())
    return Error{Code::kCorrupt,
                 "procedures.damaged",
                 {"保存された届出が読めません。`musubi verify` で調べてください。",
                  "A stored filing cannot be read. Run `musubi verify` to find the damage."},
                 {}};
  return value->get_object();
}

Result<FilingRow> filing_row(const db::Row& row) {
  FilingRow out;
  Filing& f = out.filing;
  f.reference = row.text(0);
  f.basket = row.text(1);
  out.person = row.maybe_text(2);
  f.procedure = row.text(3);
  f.version = row.integer(4);
  f.recipient = row.text(5);
  out.erased = row.is_null(6);
  if (!out.erased) f.form = TRY(object_from(row.text(6)));
  if (!row.is_null(7)) out.salt = row.blob(7);
  out.files = row.maybe_text(8).value_or("");
  f.state = row.text(9);
  f.filed_at = Time{row.integer(10)};
  f.changed_at = Time{row.integer(11)};
  return out;
}

// Of the records of one filing, the oldest first; those that are not erased.
Result<std::vector<json::object>> bodies_of(db::Reader& reader, std::string_view reference) {
  std::vector<json::object> out;
  for (const auto& record : TRY(evidence::read_stream(reader, filing_stream(reference), 1, 1000)))
    if (record.body) out.push_back(TRY(object_from(*record.body)));
  return out;
}

Result<std::vector<FilingRow>> filing_rows(const db::Rows& rows) {
  std::vector<FilingRow> out;
  for (const auto& row : rows) out.push_back(TRY(filing_row(row)));
  return out;
}

}  // namespace

Result<std::optional<DraftRow>> draft(db::Reader& reader, std::string_view id) {
  auto rows = TRY(reader.query(str("SELECT ") + kDraftColumns + " FROM procedures_draft WHERE id = $1", {str(id)}));
  if (rows.empty()) return std::optional<DraftRow>();
  return std::optional(TRY(draft_row(rows[0])));
}

Result<std::vector<DraftRow>> drafts(db::Reader& reader, std::string_view person) {
  auto rows = TRY(
      reader.query(str("SELECT ") + kDraftColumns + " FROM procedures_draft WHERE person = $1 ORDER BY updated_at DESC, id LIMIT 100",
                   {str(person)}));
  std::vector<DraftRow> out;
  for (const auto& row : rows) out.push_back(TRY(draft_row(row)));
  return out;
}

Result<void> add_draft(db::Transaction& tx, const Basket& b) {
  TRY(tx.execute(
      "INSERT INTO procedures_draft (id, person, revision, created_at, updated_at, content) VALUES ($1, $2, $3, $4, $5, $6)",
      {b.id, b.person, b.revision, b.created_at.us, b.updated_at.us, json::serialize(to_json(b))}));
  return {};
}

Result<void> put_draft(db::Transaction& tx, const Basket& b) {
  TRY(tx.execute("UPDATE procedures_draft SET revision = $2, updated_at = $3, content = $4, signing = NULL WHERE id = $1",
                 {b.id, b.revision, b.updated_at.us, json::serialize(to_json(b))}));
  return {};
}

Result<void> keep_signing(db::Transaction& tx, std::string_view id, std::string_view signing) {
  TRY(tx.execute("UPDATE procedures_draft SET signing = $2 WHERE id = $1", {str(id), str(signing)}));
  return {};
}

Result<void> drop_draft(db::Transaction& tx, std::string_view id) {
  TRY(tx.execute("DELETE FROM procedures_draft_file WHERE draft = $1", {str(id)}));
  TRY(tx.execute("DELETE FROM procedures_draft WHERE id = $1", {str(id)}));
  return {};
}

Result<void> drop_amendments(db::Transaction& tx, std::string_view person, std::string_view reference) {
  for (const auto& row : TRY(drafts(tx, person)))
    if (row.basket.amends == reference) TRY(drop_draft(tx, row.basket.id));
  return {};
}

Result<void> drop_drafts_before(db::Transaction& tx, Time limit) {
  TRY(tx.execute("DELETE FROM procedures_draft_file WHERE draft IN (SELECT id FROM procedures_draft WHERE updated_at < $1)",
                 {limit.us}));
  TRY(tx.execute("DELETE FROM procedures_draft WHERE updated_at < $1", {limit.us}));
  return {};
}

Result<std::vector<DraftFile>> draft_files(db::Reader& reader, std::string_view draft) {
  auto rows =
      TRY(reader.query("SELECT field, content FROM procedures_draft_file WHERE draft = $1 ORDER BY field LIMIT 20", {str(draft)}));
  std::vector<DraftFile> out;
  for (const auto& row : rows) out.push_back({row.text(0), row.blob(1)});
  return out;
}

Result<std::int64_t> draft_file_bytes(db::Reader& reader, std::string_view draft, std::string_view but_field) {
  auto rows = TRY(reader.query("SELECT bytes FROM procedures_draft_file WHERE draft = $1 AND field <> $2 LIMIT 100",
                               {str(draft), str(but_field)}));
  std::int64_t sum = 0;
  for (const auto& row : rows) sum += row.integer(0);
  return sum;
}

Result<void> drop_draft_file(db::Transaction& tx, std::string_view draft, std::string_view field) {
  TRY(tx.execute("DELETE FROM procedures_draft_file WHERE draft = $1 AND field = $2", {str(draft), str(field)}));
  return {};
}

Result<void> put_draft_file(db::Transaction& tx, std::string_view draft, std::string_view field, std::string_view content) {
  TRY(drop_draft_file(tx, draft, field));
  TRY(tx.execute("INSERT INTO procedures_draft_file (draft, field, bytes, content) VALUES ($1, $2, $3, $4)",
                 {str(draft), str(field), std::int64_t(content.size()), db::blob(content)}));
  return {};
}

Result<std::optional<BasketRow>> basket(db::Reader& reader, std::string_view id) {
  auto rows = TRY(
      reader.query("SELECT id, person, event, pack, pack_version, jws, submitted_at FROM procedures_basket WHERE id = $1", {str(id)}));
  if (rows.empty()) return std::optional<BasketRow>();
  const auto& row = rows[0];
  return std::optional(
      BasketRow{row.text(0), row.maybe_text(1), row.maybe_text(5), row.text(2), row.text(3), row.integer(4), Time{row.integer(6)}});
}

Result<void> put_basket(db::Transaction& tx, const BasketRow& row) {
  return tx.put("procedures_basket", {{"id", row.id},
                                      {"person", db::optional_text(row.person)},
                                      {"event", row.event},
                                      {"pack", row.pack},
                                      {"pack_version", row.pack_version},
                                      {"jws", db::optional_text(row.jws)},
                                      {"submitted_at", row.submitted_at.us}});
}

Result<std::optional<FilingRow>> filing(db::Reader& reader, std::string_view reference) {
  auto rows = TRY(reader.query(str("SELECT ") + kFilingColumns + " FROM procedures_filing WHERE reference = $1", {str(reference)}));
  if (rows.empty()) return std::optional<FilingRow>();
  return std::optional(TRY(filing_row(rows[0])));
}

Result<std::vector<FilingRow>> filings_of(db::Reader& reader, std::string_view person) {
  return filing_rows(TRY(reader.query(
      str("SELECT ") + kFilingColumns + " FROM procedures_filing WHERE person = $1 ORDER BY filed_at DESC, reference LIMIT 500",
      {str(person)})));
}

Result<std::vector<FilingRow>> filings_in(db::Reader& reader, std::string_view basket) {
  return filing_rows(TRY(reader.query(
      str("SELECT ") + kFilingColumns + " FROM procedures_filing WHERE basket = $1 ORDER BY reference LIMIT 500", {str(basket)})));
}

Result<void> recall(db::Reader& reader, Filing& f) {
  for (const auto& body : TRY(bodies_of(reader, f.reference))) {
    if (std::string number = string_at(body, "number"); !number.empty()) f.number = number;
    if (auto* receipt = body.if_contains("receipt"); receipt && receipt->is_object()) f.receipt = receipt->get_object();
  }
  return {};
}

Result<void> put_filing(db::Transaction& tx, const FilingRow& row) {
  const Filing& f = row.filing;
  db::Value none;
  return tx.put("procedures_filing", {{"reference", f.reference},
                                      {"basket", f.basket},
                                      {"person", db::optional_text(row.person)},
                                      {"procedure", f.procedure},
                                      {"version", f.version},
                                      {"recipient", f.recipient},
                                      {"form", row.erased ? none : db::Value(canonical_json(f.form))},
                                      {"salt", row.erased ? none : db::blob(row.salt)},
                                      {"files", row.erased ? none : db::Value(row.files)},
                                      {"state", f.state},
                                      {"filed_at", f.filed_at.us},
                                      {"changed_at", f.changed_at.us}});
}

Result<Origin> origin(db::Reader& reader, std::string_view reference) {
  auto rows = TRY(reader.query("SELECT further, sources FROM procedures_origin WHERE reference = $1", {str(reference)}));
  if (rows.empty() || rows[0].is_null(0) || rows[0].is_null(1)) return Origin{};
  return Origin{strings_at(TRY(object_from(rows[0].text(0))), "further"), TRY(object_from(rows[0].text(1)))};
}

Result<void> put_origin(db::Transaction& tx, std::string_view reference, const Origin& origin) {
  return tx.put("procedures_origin", {{"reference", str(reference)},
                                      {"further", json::serialize(json::object{{"further", strings(origin.further)}})},
                                      {"sources", json::serialize(origin.sources)}});
}

Result<void> erase_origin(db::Transaction& tx, std::string_view reference) {
  if (TRY(tx.query("SELECT 1 FROM procedures_origin WHERE reference = $1", {str(reference)})).empty()) return {};
  return tx.put("procedures_origin", {{"reference", str(reference)}, {"further", db::Value()}, {"sources", db::Value()}});
}

Result<std::vector<StatusLine>> statuses(db::Reader& reader, std::string_view filing) {
  auto rows = TRY(reader.query(
      "SELECT state, text_ja, text_en, extra, at FROM procedures_status WHERE filing = $1 ORDER BY serial LIMIT 1000", {str(filing)}));
  std::vector<StatusLine> out;
  for (const auto& row : rows) {
    StatusLine line{row.text(0), {row.maybe_text(1).value_or(""), row.maybe_text(2).value_or("")}, Time{row.integer(4)}, {}};
    if (auto extra = row.maybe_text(3)) line.extra = TRY(object_from(*extra));
    out.push_back(std::move(line));
  }
  for (const auto& body : TRY(bodies_of(reader, filing)))
    if (auto serial = integer_at(body, "status"); serial >= 1 && serial <= std::int64_t(out.size()))
      for (std::string_view key : {"notice", "notice_withdrawn"})
        if (auto* found = body.if_contains(key)) out[std::size_t(serial - 1)].extra[key] = *found;
  return out;
}

Result<void> erase_statuses(db::Transaction& tx, std::string_view filing) {
  auto rows =
      TRY(tx.query("SELECT id, serial, state, at FROM procedures_status WHERE filing = $1 ORDER BY serial LIMIT 1000", {str(filing)}));
  for (const auto& row : rows)
    TRY(tx.put("procedures_status", {{"id", row.text(0)},
                                     {"filing", str(filing)},
                                     {"serial", row.integer(1)},
                                     {"state", row.text(2)},
                                     {"text_ja", db::Value()},
                                     {"text_en", db::Value()},
                                     {"extra", db::Value()},
                                     {"at", row.integer(3)}}));
  return {};
}

Result<std::int64_t> add_status(db::Transaction& tx, std::string_view filing, const StatusLine& line) {
  auto rows = TRY(tx.query("SELECT serial FROM procedures_status WHERE filing = $1 ORDER BY serial DESC LIMIT 1", {str(filing)}));
  std::int64_t serial = rows.empty() ? 1 : rows[0].integer(0) + 1;
  TRY(tx.put("procedures_status", {{"id", to_hex(crypto::random_bytes(16))},
                                   {"filing", str(filing)},
                                   {"serial", serial},
                                   {"state", line.state},
                                   {"text_ja", line.text.ja},
                                   {"text_en", line.text.en},
                                   {"extra", json::serialize(line.extra)},
                                   {"at", line.at.us}}));
  return serial;
}

}  // namespace musubi::procedures::store
