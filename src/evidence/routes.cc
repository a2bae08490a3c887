#include "evidence/routes.h"

#include "base/encoding.h"
#include "evidence/log.h"
#include "evidence/receipt.h"

namespace musubi::evidence {
namespace {

constexpr std::string_view kImmutable = "public, max-age=31536000, immutable";
constexpr std::string_view kFresh = "no-cache";
constexpr std::string_view kPrivate = "private, no-store";  // an officer's view must not stay in a shared cache
constexpr std::size_t kRecordsBytes = 4 << 20;

Result<std::shared_ptr<db::Database>> database_of(const RouteContext& context, const http::Request& request) {
  return context.store.organisation(request.parameter("org"));
}

// Decimal without leading zeros, below 2^53.
std::optional<std::uint64_t> number(std::string_view digits) {
  if (digits.empty() || digits.size() > 15 || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + std::uint64_t(c - '0');
  }
  return value;
}

Error unknown_record() {
  return Error{Code::kNotFound,
               "evidence.unknown_record",
               {"その番号の記録はありません。番号は 0 から始まる整数です。",
                "There is no record of this number. Numbers are whole and begin at 0."},
               {}};
}

constexpr std::string_view kBodyReadFacts[] = {"records"};
constexpr std::size_t kBodiesAtOnce = 100;  // that are not everybody's
constexpr RecordType kBodyRead{"evidence.body_read", 1, Visibility::kOfficers, "記録の本文の閲覧", "Bodies of records read",
                               kBodyReadFacts};

// What this module writes names numbers alone; what is published one day holds nothing personal.
bool may_be_personal(const RouteContext& context, const Record& record) {
  if (!record.body || record.type.starts_with("evidence.")) return false;
  auto type = context.types.find(record.type);
  return type == context.types.end() || type->second->visibility == Visibility::kOfficers;
}

// One record for an answer, durable before it is given.
Result<void> note_bodies(const RouteContext& context, const http::Request& request, db::Database& database, std::vector<Record> read) {
  std::erase_if(read, [&](const Record& one) { return !may_be_personal(context, one); });
  if (read.empty() || !context.actor) return {};
  json::array indexes;
  for (const auto& one : read) indexes.emplace_back(std::to_string(one.index));
  std::string who = context.actor(request);
  return database.write([&](db::Transaction& tx) -> Result<void> {
    std::string stream = context.note_read ? TRY(context.note_read(tx, request.parameter("org"), read)) : "evidence/read";
    TRY(append(
        tx, {kBodyRead,
             std::move(stream),
             who,
             "",
             {{"records", std::int64_t(read.size())}},
             json::object{{"records", indexes},
                          {"ground", json::object{{"ja", "管理者によるログの点検"}, {"en", "an administrator's look at the log"}}}}}));
    return {};
  });
}

Result<http::Response> checkpoint(const RouteContext& context, http::Request& request) {
  auto database = TRY(database_of(context, request));
  std::string note = Log::of(*database).checkpoint();
  if (note.empty())
    return Error{Code::kNotFound, "evidence.log_empty", {"このログにはまだ記録がありません。", "This log holds no record yet."}, {}};
  auto response = http::text(std::move(note));
  response.cache(kFresh).etag_of_body();
  return response;
}

Result<http::Response> tile(const RouteContext& context, http::Request& request) {
  auto path = parse_tile_path(request.parameter("tile"));
  if (!path)
    return Error{Code::kNotFound,
                 "evidence.no_tile",
                 {"タイルの書き方は tile/段/番号 または tile/entries/番号 です（C2SP tlog-tiles）。",
                  "A tile is written tile/LEVEL/NUMBER or tile/entries/NUMBER (C2SP tlog-tiles)."},
                 {}};
  auto database = TRY(database_of(context, request));
  Log& log = Log::of(*database);
  auto bytes = TRY(path->level < 0 ? log.entries(path->number, path->width) : log.tile(path->level, path->number, path->width));
  auto response = http::bytes(std::move(bytes), "application/octet-stream");
  response.compress = false;
  response.cache(kImmutable);
  return response;
}

Result<std::vector<std::string>> verifier_keys(db::Database& database) {
  return database.read([](db::Reader& reader) -> Result<std::vector<std::string>> {
    std::vector<std::string> keys;
    for (const auto& row : TRY(reader.query("SELECT verifier_key FROM evidence_key ORDER BY status, since DESC LIMIT 1000")))
      keys.push_back(row.text(0));
    return keys;
  });
}

Result<http::Response> keys(const RouteContext& context, http::Request& request) {
  auto database = TRY(database_of(context, request));
  std::string out;
  for (const auto& key : TRY(verifier_keys(*database))) out += key + "\n";
  auto response = http::text(std::move(out));
  response.cache(kFresh).etag_of_body();
  return response;
}

Result<http::Response> consistency(const RouteContext& context, http::Request& request) {
  auto from = number(request.query.get("from").value_or("")), to = number(request.query.get("to").value_or(""));
  std::vector<Fault> faults;
  Text needed{"0 以上の整数が必要です。", "A whole number of 0 or more is needed."};
  if (!from) faults.push_back({"from", needed});
  if (!to) faults.push_back({"to", needed});
  if (!faults.empty())
    return Error{Code::kInvalid, "evidence.bad_range", {"from と to を指定してください。", "Give from and to."}, faults};
  auto database = TRY(database_of(context, request));
  json::array hashes;
  for (const auto& hash : TRY(Log::of(*database).consistency(*from, *to))) hashes.emplace_back(to_base64(crypto::bytes(hash)));
  return http::json(json::object{{"from", std::int64_t(*from)}, {"to", std::int64_t(*to)}, {"proof", hashes}});
}

// A receipt shows neither who nor what: anyone may have it.
Result<http::Response> receipt(const RouteContext& context, http::Request& request) {
  auto index = number(request.parameter("index"));
  if (!index) return unknown_record();
  auto database = TRY(database_of(context, request));
  auto response = http::text(TRY(Log::of(*database).receipt(*index)));
  response.cache(kFresh).header("Content-Disposition",
                                "attachment; filename=\"" + request.parameter("org") + "-" + std::to_string(*index) + ".receipt\"");
  return response;
}

Result<http::Response> record_json(const RouteContext& context, http::Request& request) {
  auto record = TRY(visible_record(context, request));
  auto database = TRY(database_of(context, request));
  std::string proof = TRY(Log::of(*database).receipt(record.index));
  auto response = http::json(record_bundle(record, proof, TRY(verifier_keys(*database))));
  if (context.is_officer(request))
    response.cache(kPrivate);
  else
    response.cache(kFresh).etag_of_body();
  return response;
}

// The record stream for readers outside: public records in commit order, from any position.
Result<http::Response> records_json(const RouteContext& context, http::Request& request) {
  auto from = number(request.query.get("from").value_or("0")), limit = number(request.query.get("limit").value_or("100"));
  std::vector<Fault> faults;
  if (!from) faults.push_back({"from", {"0 以上の整数が必要です。", "A whole number of 0 or more is needed."}});
  if (!limit || *limit < 1 || *limit > 1000)
    faults.push_back({"limit", {"1 以上 1000 以下の整数が必要です。", "A whole number of 1 to 1000 is needed."}});
  if (!faults.empty())
    return Error{Code::kInvalid,
                 "evidence.bad_range",
                 {"from は 0 以上、limit は 1〜1000 の整数です。", "from is a whole number of 0 or more, limit one of 1 to 1000."},
                 faults};
  auto database = TRY(database_of(context, request));
  std::set<std::uint64_t> everybodys;
  auto records = TRY(database->read([&](db::Reader& reader) -> Result<std::vector<Record>> {
    auto found = TRY(read_records(reader, *from, *limit));
    everybodys = TRY(public_records(context, reader, found));
    return found;
  }));
  json::array items;
  std::vector<Record> read;
  bool officer = context.is_officer(request);
  std::uint64_t next = *from;
  std::size_t bytes = 0;
  for (const auto& record : records) {
    bytes += record.head.size() + (record.body ? record.body->size() : 0);
    bool open = officer || everybodys.contains(record.index);
    bool on_record = open && !everybodys.contains(record.index);
    // The reader goes on from `next`. What is written of a look grows with the persons whom the bodies are about.
    if ((bytes > kRecordsBytes && next > *from) || (on_record && read.size() >= kBodiesAtOnce)) break;
    next = record.index + 1;
    json::object item{{"index", std::to_string(record.index)}};
    if (open) item["head"] = record.head;
    if (open && record.body) item["body"] = *record.body;
    if (on_record) read.push_back(record);
    items.push_back(std::move(item));
  }
  TRY(note_bodies(context, request, *database, std::move(read)));
  auto response = http::json(json::object{{"from", std::to_string(*from)}, {"next", std::to_string(next)}, {"records", items}});
  if (officer) response.cache(kPrivate);
  return response;
}

http::Handler bind(Result<http::Response> (*handler)(const RouteContext&, http::Request&), const RouteContext& context) {
  return [handler, &context](http::Request& request) { return handler(context, request); };
}

}  // namespace

Result<std::set<std::uint64_t>> public_records(const RouteContext& context, db::Reader& reader, std::span<const Record> records) {
  std::set<std::uint64_t> all;
  std::vector<Record> asked;
  for (const auto& record : records) {
    auto type = context.types.find(record.type);
    if (type == context.types.end()) continue;
    if (type->second->visibility == Visibility::kPublic) all.insert(record.index);
    if (type->second->visibility == Visibility::kOncePublished) asked.push_back(record);
  }
  if (!asked.empty() && context.published) all.merge(TRY(context.published(reader, asked)));
  return all;
}

Result<Record> visible_record(const RouteContext& context, const http::Request& request) {
  auto index = number(request.parameter("index"));
  if (!index) return unknown_record();
  auto database = TRY(database_of(context, request));
  bool open = false;
  auto record = TRY(database->read([&](db::Reader& reader) -> Result<std::optional<Record>> {
    auto found = TRY(find_record(reader, *index));
    if (found) open = TRY(public_records(context, reader, {&*found, 1})).contains(*index);
    return found;
  }));
  if (!record) return unknown_record();
  if (!open && !context.is_officer(request))
    return Error{Code::kForbidden,
                 "evidence.not_public",
                 {"この記録の内容は公開されていません。存在と改ざんのないことは、受領証で誰でも確かめられます。",
                  "The content of this record is not public. Anyone can still prove by its receipt that it exists and is unaltered."},
                 {}};
  if (!open) TRY(note_bodies(context, request, *database, {*record}));
  return std::move(*record);
}

const RecordType& body_read_type() { return kBodyRead; }

std::vector<http::Route> log_routes(const RouteContext& context) {
  using http::Access, http::Method;
  auto get = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en, std::string_view type) {
    return http::Route{Method::get, pattern, Access::kPublic, bind(handler, context), ja, en, {{}, {type}}};
  };
  return {
      get("/{org}/log/checkpoint", checkpoint, "署名済みチェックポイント", "Signed checkpoint (C2SP tlog-checkpoint)", "text/plain"),
      get("/{org}/log/tile/{tile...}", tile, "ハッシュと葉のタイル", "Tiles of hashes and entries (C2SP tlog-tiles)",
          "application/octet-stream"),
      get("/{org}/log/keys", keys, "検証鍵の一覧", "Verifier keys, a line each (C2SP signed-note)", "text/plain"),
      get("/{org}/log/consistency", consistency, "二つの件数の間の整合証明", "Consistency proof between two sizes (RFC 9162 2.1.4)",
          "application/json"),
      get("/{org}/log/records/{index}/receipt", receipt, "記録の受領証", "Receipt of a record (C2SP tlog-proof)", "text/plain"),
      get("/{org}/log/records/{index}.json", record_json, "記録と証明の束", "Record with its proofs", "application/json"),
      get("/{org}/log/records.json", records_json, "記録の流れ", "Record stream from any position", "application/json"),
  };
}

}  // namespace musubi::evidence
