#include "evidence/record.h"

#include <algorithm>
#include <bit>

#include "base/encoding.h"
#include "evidence/log.h"

namespace musubi::evidence {
namespace {

constexpr std::string_view kHeadLabel = "musubi/head/v1\n";
constexpr std::string_view kBodyLabel = "musubi/body/v1\n";
constexpr std::string_view kRowLabel = "musubi/row/v1\n";
constexpr char kEntryVersion = 1;
constexpr std::string_view kColumns =
    "r.idx, r.stream, r.counter, r.type, r.at, r.head, r.head_salt, r.manifest, r.body_commitment, r.leaf_hash, b.salt, b.body "
    "FROM evidence_record r LEFT JOIN evidence_body b ON b.idx = r.idx ";

crypto::Digest commit(std::string_view label, std::string_view salt, std::string_view bytes) {
  crypto::Sha256 hash;
  hash.update(label);
  hash.update(salt);
  hash.update(bytes);
  return hash.finish();
}

void put_bytes(std::string& out, char tag, std::string_view bytes) {
  out.push_back(tag);
  put_be32(out, std::uint32_t(bytes.size()));
  out += bytes;
}

// Types and lengths are written, so that no two rows share an encoding.
void put_value(std::string& out, const db::Value& value) {
  if (std::holds_alternative<std::monostate>(value)) {
    out.push_back('N');
  } else if (auto* integer = std::get_if<std::int64_t>(&value)) {
    out.push_back('I');
    put_be64(out, std::uint64_t(*integer));
  } else if (auto* real = std::get_if<double>(&value)) {
    out.push_back('R');
    put_be64(out, std::bit_cast<std::uint64_t>(*real));
  } else if (auto* text = std::get_if<std::string>(&value)) {
    put_bytes(out, 'T', *text);
  } else {
    put_bytes(out, 'B', std::get<db::Blob>(value).bytes);
  }
}

// A damaged file may hold any type in any column: reading says so, it does not stop the process.
bool take(const db::Value& value, std::string& out) {
  auto* text = std::get_if<std::string>(&value);
  if (text) out = *text;
  return text;
}

bool take_bytes(const db::Value& value, std::string& out) {
  auto* blob = std::get_if<db::Blob>(&value);
  if (blob) out = blob->bytes;
  return blob;
}

bool take_number(const db::Value& value, std::uint64_t& out) {
  auto* integer = std::get_if<std::int64_t>(&value);
  if (integer) out = std::uint64_t(*integer);
  return integer;
}

Error damaged(std::string_view where) {
  return Error{Code::kCorrupt,
               "evidence.damaged",
               {std::string(where) + " の列の型が変わっています。musubi verify で調べてください。",
                "A column of " + std::string(where) + " has another type than it must have. Run musubi verify."},
               {}};
}

Result<Record> from_row(const db::Row& row) {
  Record record;
  std::uint64_t at = 0;
  bool good = take_number(row.at(0), record.index) && take(row.at(1), record.stream) && take_number(row.at(2), record.counter) &&
              take(row.at(3), record.type) && take_number(row.at(4), at) && take_bytes(row.at(5), record.head) &&
              take_bytes(row.at(6), record.head_salt) && take_bytes(row.at(7), record.manifest) &&
              take_bytes(row.at(8), record.body_commitment) && record.body_commitment.size() == 32 &&
              take_bytes(row.at(9), record.leaf_hash);
  record.at = Time{std::int64_t(at)};
  if (good && !row.is_null(10))
    good = take_bytes(row.at(10), record.body_salt.emplace()) && take_bytes(row.at(11), record.body.emplace());
  if (!good) return damaged("record " + std::to_string(record.index));
  return record;
}

Result<std::vector<Record>> from_rows(const db::Rows& rows) {
  std::vector<Record> records;
  records.reserve(rows.size());
  for (const auto& row : rows) records.push_back(TRY(from_row(row)));
  return records;
}

std::int64_t bounded(std::size_t limit) { return std::int64_t(std::clamp<std::size_t>(limit, 1, 1000)); }

Error bad_manifest() {
  return Error{Code::kCorrupt,
               "evidence.bad_manifest",
               {"記録の目録（manifest）が読めません。", "The manifest of a record cannot be read."},
               {}};
}

bool is_key(std::string_view key) { return key.size() > 2 && key.front() == '[' && key.back() == ']'; }

Result<ManifestLine> parse_manifest_line(std::string_view line) {
  std::vector<std::string_view> parts;
  while (parts.size() < 3) {  // the key may hold spaces: it lies between the third space and the last
    auto space = line.find(' ');
    if (space == line.npos) return bad_manifest();
    parts.push_back(line.substr(0, space));
    line.remove_prefix(space + 1);
  }
  ManifestLine out;
  out.put = parts[0] == "put";
  if (!out.put && parts[0] != "remove") return bad_manifest();
  out.table = parts[1];
  if (out.table.empty() || parts[2].empty() || parts[2].size() > 9 || parts[2][0] == '0') return bad_manifest();
  for (char c : parts[2]) {
    if (c < '0' || c > '9') return bad_manifest();
    out.version = out.version * 10 + (c - '0');
  }
  out.key = line;
  if (!out.put) return is_key(out.key) ? Result<ManifestLine>(std::move(out)) : bad_manifest();
  auto space = line.rfind(' ');
  if (space == line.npos) return bad_manifest();
  auto digest = from_base64(line.substr(space + 1));
  if (!digest || digest->size() != 32) return bad_manifest();
  out.key = line.substr(0, space);
  if (!is_key(out.key)) return bad_manifest();
  out.digest = *digest;
  return out;
}

}  // namespace

crypto::Digest head_commitment(std::string_view salt, std::string_view head) { return commit(kHeadLabel, salt, head); }
crypto::Digest body_commitment(std::string_view salt, std::string_view body) { return commit(kBodyLabel, salt, body); }

crypto::Digest row_digest(std::string_view salt, const db::Table& table, std::span<const db::Value> values) {
  std::string input(kRowLabel);
  input += salt;
  put_bytes(input, 'T', table.name);
  put_be32(input, std::uint32_t(table.version));
  put_be32(input, std::uint32_t(values.size()));
  for (const auto& value : values) put_value(input, value);
  return crypto::sha256(input);
}

std::string encode_entry(const crypto::Digest& head, std::string_view body_commitment) {
  std::string entry(1, kEntryVersion);
  entry += crypto::bytes(head);
  entry += body_commitment;
  return entry;
}

bool Record::had_body() const { return body_commitment != std::string(32, '\0'); }

std::string Record::entry() const { return encode_entry(head_commitment(head_salt, head), body_commitment); }

std::string manifest_key(std::span<const db::Value> key) {
  std::string out = "[";
  for (const auto& value : key) {
    if (out.size() > 1) out += ",";
    if (auto* integer = std::get_if<std::int64_t>(&value))
      out += "\"" + std::to_string(*integer) + "\"";
    else if (auto* text = std::get_if<std::string>(&value))
      out += canonical_json_string(*text);
    else if (auto* bytes = std::get_if<db::Blob>(&value))
      out += "\"base64:" + to_base64(bytes->bytes) + "\"";
    else
      CHECK(false);  // keys are integers, texts or bytes
  }
  return out + "]";
}

Result<std::vector<ManifestLine>> parse_manifest(std::string_view manifest) {
  std::vector<ManifestLine> lines;
  while (!manifest.empty()) {
    auto end = manifest.find('\n');
    if (end == manifest.npos) return bad_manifest();
    lines.push_back(TRY(parse_manifest_line(manifest.substr(0, end))));
    manifest.remove_prefix(end + 1);
  }
  return lines;
}

Result<Appended> append(db::Transaction& tx, Draft draft) { return Log::of(tx).append_record(tx, std::move(draft)); }

Result<std::optional<Record>> find_record(db::Reader& reader, std::uint64_t index) {
  auto rows = TRY(reader.query("SELECT " + std::string(kColumns) + "WHERE r.idx = $1", {std::int64_t(index)}));
  if (rows.empty()) return std::optional<Record>();
  return std::optional(TRY(from_row(rows[0])));
}

Result<std::vector<Record>> read_records(db::Reader& reader, std::uint64_t from, std::size_t limit, std::string_view type) {
  std::string select = "SELECT " + std::string(kColumns);
  if (type.empty())
    return from_rows(TRY(reader.query(select + "WHERE r.idx >= $1 ORDER BY r.idx LIMIT $2", {std::int64_t(from), bounded(limit)})));
  return from_rows(TRY(reader.query(select + "WHERE r.type = $3 AND r.idx >= $1 ORDER BY r.idx LIMIT $2",
                                    {std::int64_t(from), bounded(limit), std::string(type)})));
}

Result<std::vector<Record>> read_stream(db::Reader& reader, std::string_view stream, std::uint64_t from_counter, std::size_t limit) {
  return from_rows(
      TRY(reader.query("SELECT " + std::string(kColumns) + "WHERE r.stream = $1 AND r.counter >= $2 ORDER BY r.counter LIMIT $3",
                       {std::string(stream), std::int64_t(from_counter), bounded(limit)})));
}

namespace {

Result<std::vector<Head>> heads_of(const db::Rows& rows) {
  std::vector<Head> heads;
  heads.reserve(rows.size());
  for (const auto& row : rows) {
    std::uint64_t index = 0;
    std::uint64_t at = 0;
    const auto* stream = std::get_if<std::string>(&row.at(1));
    const auto* name = std::get_if<std::string>(&row.at(2));
    const auto* head = std::get_if<db::Blob>(&row.at(4));
    if (!take_number(row.at(0), index) || !take_number(row.at(3), at) || !stream || !name || !head) return damaged("record");
    heads.push_back({index, *stream, *name, Time{std::int64_t(at)}, head->bytes});
  }
  return heads;
}

}  // namespace

Result<std::vector<Head>> read_heads(db::Reader& reader, std::uint64_t from, std::size_t limit, std::string_view type) {
  static constexpr const char* kAll = "SELECT idx, stream, type, at, head FROM evidence_record WHERE idx >= $1 ORDER BY idx LIMIT $2";
  static constexpr const char* kOfType =
      "SELECT idx, stream, type, at, head FROM evidence_record WHERE type = $3 AND idx >= $1 ORDER BY idx LIMIT $2";
  auto rows = type.empty() ? TRY(reader.query(kAll, {std::int64_t(from), bounded(limit)}))
                           : TRY(reader.query(kOfType, {std::int64_t(from), bounded(limit), std::string(type)}));
  return heads_of(rows);
}

Result<void> scan_heads(db::Reader& reader, std::uint64_t from, std::uint64_t until, std::span<const std::string> types,
                        const std::function<Result<void>(const HeadView&)>& each) {
  // The type behind ||, so that the planner walks the log in its order instead of an index and a sort.
  std::string sql = "SELECT idx, stream, type, at, head, counter FROM evidence_record WHERE idx >= $1 AND idx < $2";
  std::vector<db::Value> parameters = {std::int64_t(from), std::int64_t(std::min<std::uint64_t>(until, INT64_MAX))};
  for (std::size_t i = 0; i < types.size(); ++i) {
    sql += (i == 0 ? " AND (type || '') IN ($" : ", $") + std::to_string(i + 3);
    parameters.emplace_back(types[i]);
  }
  sql += types.empty() ? " ORDER BY idx" : ") ORDER BY idx";
  return reader.scan(sql, parameters, [&](const db::Row& row) -> Result<void> {
    std::uint64_t index = 0, at = 0, counter = 0;
    const auto* stream = std::get_if<std::string>(&row.at(1));
    const auto* name = std::get_if<std::string>(&row.at(2));
    const auto* head = std::get_if<db::Blob>(&row.at(4));
    if (!take_number(row.at(0), index) || !take_number(row.at(3), at) || !take_number(row.at(5), counter) || !stream || !name || !head)
      return damaged("record");
    return each({index, counter, *stream, *name, head->bytes, Time{std::int64_t(at)}});
  });
}

Result<std::vector<Head>> read_stream_heads(db::Reader& reader, std::string_view stream, std::string_view type,
                                            std::uint64_t before_counter, std::size_t limit) {
  return heads_of(
      TRY(reader.query("SELECT idx, stream, type, at, head FROM evidence_record WHERE stream = $1 AND counter < $2 AND type = $3 "
                       "ORDER BY counter LIMIT $4",
                       {std::string(stream), std::int64_t(before_counter), std::string(type), bounded(limit)})));
}

Result<std::uint64_t> record_count(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT max(idx) FROM evidence_record"));
  std::uint64_t last = 0;
  if (rows.empty() || rows[0].is_null(0)) return 0;
  if (!take_number(rows[0].at(0), last)) return damaged("record");
  return last + 1;
}

Result<std::uint64_t> cursor(db::Reader& reader, std::string_view name) {
  auto rows = TRY(reader.query("SELECT position FROM evidence_cursor WHERE reader = $1", {std::string(name)}));
  std::uint64_t position = 0;
  if (!rows.empty() && !take_number(rows[0].at(0), position)) return damaged("cursor " + std::string(name));
  return position;
}

Result<void> move_cursor(db::Transaction& tx, std::string_view name, std::uint64_t position) {
  TRY(
      tx.execute("INSERT INTO evidence_cursor (reader, position) VALUES ($1, $2) "
                 "ON CONFLICT (reader) DO UPDATE SET position = excluded.position",
                 {std::string(name), std::int64_t(position)}));
  return {};
}

Result<std::optional<std::string>> replay(db::Transaction& tx, std::string_view key, std::string_view request) {
  if (key.empty() || key.size() > 200)
    return Error{Code::kInvalid,
                 "idempotency.bad_key",
                 {"操作の重複を見分ける鍵は 1〜200 バイトです。ページを読み込み直して、もう一度行ってください。",
                  "The key that tells a repeated act from a new one has 1 to 200 bytes. Load the page again and repeat the act."},
                 {}};
  auto rows = TRY(tx.query("SELECT request_digest, answer FROM evidence_idempotency WHERE key = $1", {std::string(key)}));
  if (rows.empty()) return std::optional<std::string>();
  std::string digest, answer;
  if (!take_bytes(rows[0].at(0), digest) || !take_bytes(rows[0].at(1), answer)) return damaged("table evidence_idempotency");
  if (!digest.empty() && digest != crypto::bytes(crypto::sha256(request)))
    return Error{Code::kConflict,
                 "idempotency.reused",
                 {"同じ鍵で、別の内容の操作がすでに行われています。ページを読み込み直して、もう一度行ってください。",
                  "Another act was done under the same key. Load the page again and repeat the act."},
                 {}};
  return std::optional(std::move(answer));
}

Result<void> remember(db::Transaction& tx, std::string_view key, std::string_view request, std::string_view answer, Time now) {
  TRY(tx.execute("INSERT INTO evidence_idempotency (key, request_digest, answer, at) VALUES ($1, $2, $3, $4)",
                 {std::string(key), db::blob(crypto::bytes(crypto::sha256(request))), db::blob(answer), now.us}));
  // A few at a time: twice as many as come.
  TRY(tx.execute(
      "DELETE FROM evidence_idempotency WHERE key IN (SELECT key FROM evidence_idempotency WHERE at < $1 ORDER BY at LIMIT 2)",
      {now.us - kRemembered_us}));
  return {};
}

Result<void> forget_requests(db::Transaction& tx, std::string_view prefix) {
  CHECK(prefix.ends_with('/'));
  std::string end(prefix);
  ++end.back();
  TRY(tx.execute("UPDATE evidence_idempotency SET request_digest = $3 WHERE key >= $1 AND key < $2",
                 {std::string(prefix), end, db::blob("")}));
  return {};
}

}  // namespace musubi::evidence
