#include "kpi/store.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "kpi/json.h"
#include "text/bigram.h"

namespace musubi::kpi::store {
namespace {

constexpr std::size_t kChunk = 50;  // rows fetched by one IN list
constexpr std::size_t kHits = 1'000'000;

std::string text_of(std::string_view text) { return std::string(text); }

KpiStatus status_from(const std::string& word) {
  return word == "set" ? KpiStatus::kSet : word == "not_set" ? KpiStatus::kNotSet : KpiStatus::kNone;
}

void add_text(std::string& out, const Text& text) { out += text.ja + "\n" + text.en + "\n"; }
void add_text(std::string& out, const std::optional<Text>& text) {
  if (text) add_text(out, *text);
}

std::string searched_text(const Measure& m) {
  std::string out = m.number + "\n";
  add_text(out, m.title);
  for (const Kpi* kpi : {&m.progress, &m.effect}) {
    add_text(out, kpi->text);
    add_text(out, kpi->due);
  }
  if (m.target) {
    add_text(out, m.target->text);
    add_text(out, m.target->unit);
  }
  for (const auto& milestone : m.milestones) add_text(out, milestone.text);
  if (m.baseline) add_text(out, m.baseline->text);
  for (const auto& system : m.systems) out += system + "\n";
  add_text(out, m.doubt);
  return out;
}

}  // namespace

std::string row_id(std::string_view table, std::string_view plan, std::string_view number, std::int64_t revision) {
  std::string name = text_of(table) + "\n" + text_of(plan) + "\n" + text_of(number) + "\n" + std::to_string(revision);
  auto digest = crypto::sha256(name);
  return to_hex(crypto::bytes(digest).substr(0, 16));
}

Result<std::vector<std::string>> plans(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT DISTINCT plan_id FROM kpi_plan ORDER BY plan_id LIMIT 1000"));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.text(0));
  return out;
}

Result<std::optional<SignOff>> newest_sign_off(db::Reader& reader, std::string_view plan, std::optional<Time> before) {
  auto rows = TRY(
      reader.query("SELECT s.edition, r.idx, r.at, s.row_salt FROM kpi_record r JOIN kpi_sign_off s ON s.plan_id = r.plan_id AND "
                   "s.revision = r.revision WHERE r.plan_id = $1 AND r.what = 'sign_off' AND r.at < $2 ORDER BY r.idx DESC LIMIT 1",
                   {text_of(plan), before ? before->us : INT64_MAX}));
  if (rows.empty()) return std::optional<SignOff>();
  return std::optional(SignOff{rows[0].text(0), rows[0].integer(1), Time{rows[0].integer(2)}, rows[0].blob(3)});
}

Result<std::int64_t> sign_offs(db::Reader& reader, std::string_view plan) {
  auto rows = TRY(reader.query("SELECT count(*) FROM kpi_sign_off WHERE plan_id = $1", {text_of(plan)}));
  return rows[0].integer(0);
}

Result<std::int64_t> newest_cutoff(db::Reader& reader, std::string_view plan, std::optional<Time> before) {
  auto rows = TRY(reader.query("SELECT idx FROM kpi_record WHERE plan_id = $1 AND at < $2 ORDER BY idx DESC LIMIT 1",
                               {text_of(plan), before ? before->us : INT64_MAX}));
  return rows.empty() ? 0 : rows[0].integer(0) + 1;
}

Result<std::optional<HeaderRow>> header(db::Reader& reader, std::string_view plan, std::int64_t cutoff) {
  auto rows =
      TRY(reader.query("SELECT p.content, p.revision, r.idx FROM kpi_record r JOIN kpi_plan p ON p.plan_id = r.plan_id AND "
                       "p.revision = r.revision WHERE r.plan_id = $1 AND r.what = 'plan' AND r.idx < $2 ORDER BY r.idx DESC LIMIT 1",
                       {text_of(plan), cutoff}));
  if (rows.empty()) return std::optional<HeaderRow>();
  return std::optional(HeaderRow{rows[0].text(0), rows[0].integer(1), rows[0].integer(2)});
}

Result<std::optional<PlanHeader>> header_row(db::Reader& reader, std::string_view plan, std::int64_t revision) {
  auto rows = TRY(reader.query("SELECT content FROM kpi_plan WHERE id = $1", {row_id("kpi_plan", plan, "", revision)}));
  if (rows.empty() || rows[0].is_null(0)) return std::optional<PlanHeader>();
  return std::optional(TRY(stored_header(rows[0].text(0))));
}

Result<std::vector<SignOff>> all_sign_offs(db::Reader& reader, std::string_view plan) {
  auto rows =
      TRY(reader.query("SELECT s.edition, r.idx, r.at, s.row_salt FROM kpi_record r JOIN kpi_sign_off s ON s.plan_id = r.plan_id AND "
                       "s.revision = r.revision WHERE r.plan_id = $1 AND r.what = 'sign_off' ORDER BY r.idx DESC LIMIT 200",
                       {text_of(plan)}));
  std::vector<SignOff> out;
  for (const auto& row : rows) out.push_back({row.text(0), row.integer(1), Time{row.integer(2)}, row.blob(3)});
  return out;
}

Result<std::vector<EntryRow>> entries(db::Reader& reader, std::string_view plan, std::int64_t cutoff) {
  std::vector<EntryRow> out;
  const db::Value parameters[] = {text_of(plan), cutoff};
  TRY(
      reader.scan("SELECT m.number, m.section, m.field, m.title_ja, m.title_en, m.progress_status, m.effect_status, m.has_target, "
                  "m.digest, m.revision, m.kind, r.idx, r.at FROM (SELECT number AS newest_number, max(idx) AS newest FROM kpi_record "
                  "WHERE plan_id = $1 AND what = 'measure' AND idx < $2 GROUP BY number) n JOIN kpi_record r ON r.idx = n.newest "
                  "JOIN kpi_measure m ON m.plan_id = r.plan_id AND m.number = r.number AND m.revision = r.revision",
                  parameters, [&](const db::Row& row) -> Result<void> {
                    EntryRow one;
                    Entry& e = one.entry;
                    e.number = row.text(0);
                    e.section = row.text(1);
                    e.field = row.text(2);
                    e.title = {row.text(3), row.text(4)};
                    e.progress = status_from(row.text(5));
                    e.effect = status_from(row.text(6));
                    e.has_target = row.integer(7) != 0;
                    e.digest = row.text(8);
                    e.revision = row.integer(9);
                    one.withdrawn = row.text(10) == "withdrawn";
                    e.record = row.integer(11);
                    e.at = Time{row.integer(12)};
                    out.push_back(std::move(one));
                    return {};
                  }));
  return out;
}

Result<std::vector<Measure>> measures(db::Reader& reader, std::string_view plan, const std::vector<Entry>& entries) {
  static const std::string sql = [] {
    std::string text = "SELECT id, content FROM kpi_measure WHERE id IN (";
    for (std::size_t i = 1; i <= kChunk; ++i) text += (i > 1 ? ", $" : "$") + std::to_string(i);
    return text + ")";
  }();
  std::vector<Measure> out(entries.size());
  for (std::size_t first = 0; first < entries.size(); first += kChunk) {
    std::size_t count = std::min(kChunk, entries.size() - first);
    std::map<std::string, std::size_t> place;
    std::vector<db::Value> ids;
    for (std::size_t i = first; i < first + count; ++i) {
      std::string id = row_id("kpi_measure", plan, entries[i].number, entries[i].revision);
      place[id] = i;
      ids.emplace_back(std::move(id));
    }
    ids.resize(kChunk, ids.back());  // one statement for every length
    for (const auto& row : TRY(reader.query(sql, ids))) out[place[row.text(0)]] = TRY(stored_measure(row.maybe_text(1).value_or("")));
  }
  return out;
}

Result<std::vector<RevisionRow>> revisions(db::Reader& reader, std::string_view plan, std::string_view number, std::int64_t cutoff) {
  auto rows = TRY(
      reader.query("SELECT m.kind, m.revision, r.idx, r.at, m.content FROM kpi_record r JOIN kpi_measure m ON m.plan_id = r.plan_id "
                   "AND m.number = r.number AND m.revision = r.revision WHERE r.plan_id = $1 AND r.what = 'measure' AND r.number = $2 "
                   "AND r.idx < $3 ORDER BY r.idx DESC LIMIT 1000",
                   {text_of(plan), text_of(number), cutoff}));
  std::vector<RevisionRow> out;
  for (const auto& row : rows) out.push_back({row.text(0), row.integer(1), row.integer(2), Time{row.integer(3)}, row.maybe_text(4)});
  std::reverse(out.begin(), out.end());
  return out;
}

bool searchable(std::string_view text) { return !text::query_terms(text).phrases.empty(); }

std::vector<db::Reader::Phrase> phrases_of(std::string_view text) {
  std::vector<db::Reader::Phrase> out;
  for (auto& phrase : text::query_terms(text).phrases) out.push_back({std::move(phrase.tokens), phrase.prefix});
  return out;
}

Result<std::set<std::int64_t>> search(db::Reader& reader, std::string_view text) {
  auto hits = TRY(reader.search(kSearch, phrases_of(text), kHits));
  return std::set<std::int64_t>(hits.begin(), hits.end());
}

Result<void> put_header(db::Transaction& tx, const PlanHeader& header, std::int64_t revision) {
  return tx.put("kpi_plan", {{"id", row_id("kpi_plan", header.id, "", revision)},
                             {"plan_id", header.id},
                             {"revision", revision},
                             {"content", canonical_json(to_json(header))}});
}

Result<void> put_measure(db::Transaction& tx, std::string_view plan, const Measure& measure, EntryKind kind, std::int64_t revision) {
  std::string content = canonical_json(to_json(measure));
  return tx.put("kpi_measure", {{"id", row_id("kpi_measure", plan, measure.number, revision)},
                                {"plan_id", text_of(plan)},
                                {"number", measure.number},
                                {"revision", revision},
                                {"kind", text_of(kind_name(kind))},
                                {"section", measure.section},
                                {"field", measure.field},
                                {"title_ja", measure.title.ja},
                                {"title_en", measure.title.en},
                                {"progress_status", text_of(status_word(measure.progress.status))},
                                {"effect_status", text_of(status_word(measure.effect.status))},
                                {"has_target", std::int64_t(measure.has_target())},
                                {"digest", measure_digest(measure)},
                                {"content", content}});
}

Result<void> put_withdrawal(db::Transaction& tx, std::string_view plan, const Entry& entry, std::int64_t revision) {
  return tx.put("kpi_measure", {{"id", row_id("kpi_measure", plan, entry.number, revision)},
                                {"plan_id", text_of(plan)},
                                {"number", entry.number},
                                {"revision", revision},
                                {"kind", text_of(kind_name(EntryKind::kWithdrawn))},
                                {"section", entry.section},
                                {"field", entry.field},
                                {"title_ja", entry.title.ja},
                                {"title_en", entry.title.en},
                                {"progress_status", text_of(status_word(entry.progress))},
                                {"effect_status", text_of(status_word(entry.effect))},
                                {"has_target", std::int64_t(entry.has_target)},
                                {"digest", std::string()},
                                {"content", db::Value()}});
}

Result<void> put_sign_off(db::Transaction& tx, std::string_view plan, std::int64_t revision, std::string_view edition,
                          std::size_t measures) {
  return tx.put("kpi_sign_off", {{"id", row_id("kpi_sign_off", plan, "", revision)},
                                 {"plan_id", text_of(plan)},
                                 {"revision", revision},
                                 {"edition", text_of(edition)},
                                 {"measures", std::int64_t(measures)}});
}

Result<void> add_known(db::Transaction& tx, const Known& known) {
  TRY(tx.execute("INSERT INTO kpi_record (idx, plan_id, what, number, revision, at) VALUES ($1, $2, $3, $4, $5, $6)",
                 {known.index, known.plan, known.what, known.number, known.revision, known.at.us}));
  return {};
}

Result<void> index_measure(db::Transaction& tx, std::int64_t record, const Measure& measure) {
  return tx.index_text(kSearch, record, indexed_words(measure));
}

std::vector<std::string> indexed_words(const Measure& measure) { return text::bigrams(searched_text(measure)); }

Result<void> forget_known(db::Transaction& tx) {
  auto rows = TRY(tx.query("SELECT idx FROM kpi_record WHERE what = 'measure'"));
  for (const auto& row : rows) TRY(tx.unindex_text(kSearch, row.integer(0)));
  TRY(tx.execute("DELETE FROM kpi_record"));
  return {};
}

Result<std::vector<Known>> known(db::Reader& reader, std::int64_t from, std::size_t limit) {
  auto rows = TRY(reader.query("SELECT idx, plan_id, what, number, revision, at FROM kpi_record WHERE idx >= $1 ORDER BY idx LIMIT $2",
                               {from, std::int64_t(limit)}));
  std::vector<Known> out;
  for (const auto& row : rows)
    out.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.integer(4), Time{row.integer(5)}});
  return out;
}

Result<std::optional<Measure>> measure_row(db::Reader& reader, std::string_view plan, std::string_view number, std::int64_t revision) {
  auto rows = TRY(reader.query("SELECT content FROM kpi_measure WHERE id = $1", {row_id("kpi_measure", plan, number, revision)}));
  if (rows.empty() || rows[0].is_null(0)) return std::optional<Measure>();
  return std::optional(TRY(stored_measure(rows[0].text(0))));
}

Result<std::string> keep_upload(db::Transaction& tx, std::string_view content, Time now) {
  auto digest = crypto::sha256(content);
  std::string id = to_hex(crypto::bytes(digest));
  TRY(tx.execute("DELETE FROM kpi_upload WHERE id = $1 OR at < $2", {id, now.us - kUploadLife_us}));
  TRY(tx.execute("INSERT INTO kpi_upload (id, at, content) VALUES ($1, $2, $3)", {id, now.us, text_of(content)}));
  TRY(tx.execute("DELETE FROM kpi_upload WHERE id NOT IN (SELECT id FROM kpi_upload ORDER BY at DESC, id LIMIT $1)", {kUploads}));
  return id;
}

Result<std::optional<std::string>> upload(db::Reader& reader, std::string_view id, Time now) {
  auto rows = TRY(reader.query("SELECT content FROM kpi_upload WHERE id = $1 AND at >= $2", {text_of(id), now.us - kUploadLife_us}));
  return rows.empty() ? std::optional<std::string>() : std::optional(rows[0].text(0));
}

Result<void> drop_upload(db::Transaction& tx, std::string_view id) {
  TRY(tx.execute("DELETE FROM kpi_upload WHERE id = $1", {text_of(id)}));
  return {};
}

}  // namespace musubi::kpi::store
