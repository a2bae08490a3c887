#include "records/store.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "records/rules.h"
#include "text/bigram.h"

namespace musubi::records::store {
namespace {

std::string str(std::string_view text) { return std::string(text); }

constexpr std::string_view kNoticeColumns =
    "SELECT code, case_id, kind, title_ja, title_en, outcome, issued_at, valid_until, document, digest, jws, stamp, withdrawn_at "
    "FROM records_notice ";

Notice notice_of(const db::Row& row) {
  Notice notice{row.text(0), row.text(1),          row.text(2),  {row.text(3), row.text(4)},
                row.text(5), Time{row.integer(6)}, std::nullopt, row.maybe_text(8),
                row.text(9), row.text(10),         row.blob(11), std::nullopt};
  if (auto day = row.maybe_text(7))
    if (auto date = text::parse_date(*day); date.ok()) notice.valid_until = *date;
  if (auto at = row.maybe_integer(12)) notice.withdrawn_at = Time{*at};
  return notice;
}

}  // namespace

Result<std::int64_t> next_number(db::Reader& reader, int fiscal_year) {
  auto rows = TRY(reader.query("SELECT number FROM records_case WHERE number >= $1 AND number < $2 ORDER BY number DESC LIMIT 1",
                               {fiscal_year * kYear, (fiscal_year + 1) * kYear}));
  return rows.empty() ? fiscal_year * kYear + 1 : rows[0].integer(0) + 1;
}

Result<std::optional<std::string>> known_secret(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT secret FROM records_secret WHERE id = 1"));
  return rows.empty() ? std::optional<std::string>() : std::optional(rows[0].blob(0));
}

Result<std::string> secret(db::Transaction& tx) {
  if (auto known = TRY(known_secret(tx))) return *known;
  std::string made = crypto::random_bytes(32);
  TRY(tx.execute("INSERT INTO records_secret (id, secret) VALUES (1, $1)", {db::blob(made)}));
  return made;
}

Result<void> put_terms(db::Transaction& tx, const Terms& terms) {
  if (!TRY(tx.query("SELECT 1 FROM records_terms WHERE id = $1", {terms.id})).empty()) return {};
  return tx.put("records_terms", {{"id", terms.id},
                                  {"procedure", terms.procedure},
                                  {"title_ja", terms.title.ja},
                                  {"title_en", terms.title.en},
                                  {"content", terms.content}});
}

Result<std::optional<Terms>> terms(db::Reader& reader, std::string_view id) {
  auto rows = TRY(reader.query("SELECT procedure, title_ja, title_en, content FROM records_terms WHERE id = $1", {str(id)}));
  if (rows.empty()) return std::optional<Terms>();
  return std::optional(TRY(read_terms(str(id), rows[0].text(0), {rows[0].text(1), rows[0].text(2)}, rows[0].text(3))));
}

Result<void> put_case(db::Transaction& tx, const CaseRow& row) {
  const Case& c = row.subject;
  std::int64_t number = c.fiscal_year * kYear + c.serial;
  return tx.put("records_case", {{"id", c.id},
                                 {"number", number},
                                 {"procedure", c.procedure},
                                 {"terms", row.terms},
                                 {"pack_version", c.pack_version},
                                 {"portal", c.portal},
                                 {"reference", row.reference},
                                 {"online", std::int64_t(c.online)},
                                 {"state", str(state_word(c.state))},
                                 {"open", std::int64_t(is_open(c.state))},
                                 {"step", std::int64_t(c.step)},
                                 {"post", c.at().post},
                                 {"officer", c.officer},
                                 {"proposal", c.proposal},
                                 {"version", c.version},
                                 {"form_revision", c.form_revision},
                                 {"filed_at", c.filed_at.us},
                                 {"opened_at", c.opened_at.us},
                                 {"step_at", c.step_at.us},
                                 {"due_at", c.due_at ? c.due_at->us : kNotDue_us},
                                 {"closed_at", c.closed_at ? db::Value(c.closed_at->us) : db::Value()}});
}

Result<std::optional<CaseRow>> case_row(db::Reader& reader, std::string_view id) {
  auto rows = TRY(reader.query(
      "SELECT number, procedure, terms, pack_version, portal, reference, online, state, step, officer, proposal, version, "
      "form_revision, filed_at, opened_at, step_at, due_at, closed_at FROM records_case WHERE id = $1",
      {str(id)}));
  if (rows.empty()) return std::optional<CaseRow>();
  const db::Row& row = rows[0];
  auto terms = TRY(store::terms(reader, row.text(2)));
  auto state = state_from(row.text(7));
  if (!terms || !state || std::size_t(row.integer(8)) >= terms->route.size())
    return Error{Code::kCorrupt,
                 "records.damaged",
                 {"案件の行が読めません。管理者に musubi verify を頼んでください。",
                  "The row of the case cannot be read. Ask the administrator to run musubi verify."},
                 {}};
  CaseRow found;
  Case& c = found.subject;
  c.id = str(id);
  c.fiscal_year = int(row.integer(0) / kYear);
  c.serial = row.integer(0) % kYear;
  c.procedure = row.text(1);
  c.title = terms->title;
  c.pack_version = row.text(3);
  c.route = std::move(terms->route);
  c.decision = std::move(terms->decision);
  c.standard_days = terms->standard_days;
  c.effect = terms->effect;
  c.portal = row.text(4);
  c.online = row.integer(6) != 0;
  c.state = *state;
  c.step = std::size_t(row.integer(8));
  c.officer = row.text(9);
  c.proposal = row.text(10);
  c.version = row.integer(11);
  c.form_revision = row.integer(12);
  c.filed_at = Time{row.integer(13)};
  c.opened_at = Time{row.integer(14)};
  c.step_at = Time{row.integer(15)};
  if (row.integer(16) != kNotDue_us) c.due_at = Time{row.integer(16)};
  if (auto at = row.maybe_integer(17)) c.closed_at = Time{*at};
  found.terms = row.text(2);
  found.reference = row.text(5);
  return std::optional(std::move(found));
}

Result<std::optional<std::string>> case_by_reference(db::Reader& reader, std::string_view digest) {
  auto rows = TRY(reader.query("SELECT id FROM records_case WHERE reference = $1", {str(digest)}));
  return rows.empty() ? std::optional<std::string>() : std::optional(rows[0].text(0));
}

Result<std::vector<std::string>> cases_of(db::Reader& reader, std::string_view person, std::size_t limit) {
  auto rows = TRY(reader.query("SELECT case_id FROM records_applicant WHERE person = $1 ORDER BY case_id DESC LIMIT $2",
                               {str(person), std::int64_t(limit)}));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.text(0));
  return out;
}

Result<void> put_applicant(db::Transaction& tx, std::string_view id, const Applicant& applicant) {
  return tx.put("records_applicant", {{"case_id", str(id)},
                                      {"person", applicant.person},
                                      {"further", canonical_json(strings(applicant.further))},
                                      {"name", applicant.name},
                                      {"kana", applicant.kana}});
}

Result<std::optional<Applicant>> applicant(db::Reader& reader, std::string_view id) {
  auto rows = TRY(reader.query("SELECT person, further, name, kana FROM records_applicant WHERE case_id = $1", {str(id)}));
  if (rows.empty()) return std::optional<Applicant>();
  return std::optional(
      Applicant{rows[0].text(0), read_strings(rows[0].text(1)), rows[0].text(2), rows[0].text(3), rows[0].text(0).empty()});
}

Result<void> put_form(db::Transaction& tx, std::string_view id, std::int64_t revision, std::string_view content, Time at) {
  return tx.put("records_form", {{"case_id", str(id)}, {"revision", revision}, {"content", str(content)}, {"at", at.us}});
}

Result<std::optional<Form>> form(db::Reader& reader, std::string_view id, std::int64_t revision) {
  auto rows = TRY(reader.query("SELECT content, at FROM records_form WHERE case_id = $1 AND revision = $2", {str(id), revision}));
  if (rows.empty()) return std::optional<Form>();
  return std::optional(TRY(read_form(revision, rows[0].text(0), Time{rows[0].integer(1)})));
}

Result<void> put_file(db::Transaction& tx, std::string_view id, std::int64_t number, std::int64_t revision, const Attachment& file) {
  return tx.put("records_file", {{"case_id", str(id)},
                                 {"number", number},
                                 {"revision", revision},
                                 {"name", file.name},
                                 {"media_type", file.media_type},
                                 {"bytes", std::int64_t(file.content.size())},
                                 {"content", db::blob(file.content)}});
}

Result<std::vector<FileEntry>> files(db::Reader& reader, std::string_view id) {
  auto rows = TRY(reader.query(
      "SELECT number, name, media_type, bytes FROM records_file WHERE case_id = $1 ORDER BY number LIMIT 1000", {str(id)}));
  std::vector<FileEntry> out;
  for (const auto& row : rows) out.push_back({row.integer(0), row.text(1), row.text(2), row.integer(3)});
  return out;
}

Result<std::optional<Attachment>> file(db::Reader& reader, std::string_view id, std::int64_t number) {
  auto rows =
      TRY(reader.query("SELECT name, media_type, content FROM records_file WHERE case_id = $1 AND number = $2", {str(id), number}));
  if (rows.empty()) return std::optional<Attachment>();
  return std::optional(Attachment{rows[0].text(0), rows[0].text(1), rows[0].blob(2)});
}

Result<void> put_message(db::Transaction& tx, std::string_view id, const Message& message) {
  return tx.put("records_message", {{"case_id", str(id)},
                                    {"number", message.number},
                                    {"from_applicant", std::int64_t(message.from_applicant)},
                                    {"officer", message.officer},
                                    {"text", message.text},
                                    {"at", message.at.us}});
}

Result<std::vector<Message>> messages(db::Reader& reader, std::string_view id) {
  auto rows =
      TRY(reader.query("SELECT number, from_applicant, officer, text, at FROM records_message WHERE case_id = $1 "
                       "ORDER BY number LIMIT 1000",
                       {str(id)}));
  std::vector<Message> out;
  for (const auto& row : rows) out.push_back({row.integer(0), row.integer(1) != 0, row.text(2), row.text(3), Time{row.integer(4)}});
  return out;
}

Result<void> put_notice(db::Transaction& tx, const Notice& notice) {
  return tx.put("records_notice", {{"code", notice.code},
                                   {"case_id", notice.case_id},
                                   {"kind", notice.kind},
                                   {"title_ja", notice.title.ja},
                                   {"title_en", notice.title.en},
                                   {"outcome", notice.outcome},
                                   {"issued_at", notice.issued_at.us},
                                   {"valid_until", notice.valid_until ? db::Value(text::iso_date(*notice.valid_until)) : db::Value()},
                                   {"document", db::optional_text(notice.document)},
                                   {"digest", notice.digest},
                                   {"jws", notice.jws},
                                   {"stamp", db::blob(notice.stamp)},
                                   {"withdrawn_at", notice.withdrawn_at ? db::Value(notice.withdrawn_at->us) : db::Value()}});
}

Result<std::optional<Notice>> notice(db::Reader& reader, std::string_view code) {
  auto rows = TRY(reader.query(str(kNoticeColumns) + "WHERE code = $1", {str(code)}));
  return rows.empty() ? std::optional<Notice>() : std::optional(notice_of(rows[0]));
}

Result<std::vector<Notice>> notices(db::Reader& reader, std::string_view id) {
  auto rows = TRY(reader.query(str(kNoticeColumns) + "WHERE case_id = $1 ORDER BY issued_at DESC LIMIT 100", {str(id)}));
  std::vector<Notice> out;
  for (const auto& row : rows) out.push_back(notice_of(row));
  return out;
}

std::vector<std::string> indexed_words(std::int64_t number, const Text& title, std::string_view procedure,
                                       const Applicant& applicant) {
  Text shown = number_text(number);
  std::string words = shown.ja + "\n" + shown.en + "\n" + title.ja + "\n" + title.en + "\n" + str(procedure) + "\n" + applicant.name +
                      "\n" + applicant.kana;
  return text::bigrams(words);
}

Result<void> index_case(db::Transaction& tx, std::int64_t number, const Text& title, std::string_view procedure,
                        const Applicant& applicant) {
  return tx.index_text(kSearch, number, indexed_words(number, title, procedure, applicant));
}

Result<void> empty_index(db::Transaction& tx, std::int64_t number) { return tx.unindex_text(kSearch, number); }

std::vector<db::Reader::Phrase> phrases_of(std::string_view text) {
  std::vector<db::Reader::Phrase> out;
  for (auto& phrase : text::query_terms(text).phrases) out.push_back({std::move(phrase.tokens), phrase.prefix});
  return out;
}

Result<std::vector<std::int64_t>> search(db::Reader& reader, std::string_view text, std::size_t limit) {
  auto phrases = phrases_of(text);
  if (phrases.empty()) return std::vector<std::int64_t>();
  return reader.search(kSearch, phrases, limit);
}

}  // namespace musubi::records::store
