#include "support/log_world.h"

#include <cstdio>
#include <cstdlib>

#include "base/file.h"
#include "embedded/evidence_schema.h"

namespace musubi::testing {
namespace {

constexpr std::string_view kTownSql = R"(
-- @evidenced v1 key(id) columns(id, name, amount, weight, seal)
CREATE TABLE town_act (
  id TEXT PRIMARY KEY,
  name TEXT,
  amount INTEGER,
  weight REAL,
  seal BLOB,
  row_salt BLOB NOT NULL
);

-- @working
CREATE TABLE town_note (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL
);
)";

constexpr std::string_view kFacts[] = {"amount"};
constexpr evidence::RecordType kActed{"town.acted", 1, evidence::Visibility::kOfficers, "行為", "Act", kFacts};
constexpr evidence::RecordType kLeaf{"town.leaf", 1, evidence::Visibility::kPublic, "葉", "Leaf", {}};

template <class T>
T must(Result<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s: %s\n", result.error().name.c_str(), result.error().message.en.c_str());
    std::abort();
  }
  return std::move(result).value();
}

}  // namespace

db::Schema town_schema() {
  static const embedded::File town[] = {{"001_init.sql", kTownSql}};
  db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()}, {"town", town}};
  return must(db::read_schema(modules));
}

std::shared_ptr<crypto::NoteSigner> town_signer(const std::string& path, const std::string& name) {
  auto key = file_exists(path) ? must(crypto::load_signer(path)) : must(crypto::create_signer(path, crypto::Algorithm::kEd25519));
  return std::make_shared<crypto::NoteSigner>(must(crypto::NoteSigner::create(name, std::move(key))));
}

void add_town_log(db::StoreOptions& options, const evidence::LogKeys& keys, Clock& clock) {
  options.schema = town_schema();
  options.make_listener = [keys, &clock](db::Database& database, db::Reader& reader) -> Result<std::unique_ptr<db::CommitListener>> {
    return std::unique_ptr<db::CommitListener>(TRY(evidence::Log::load(database, reader, keys, clock)));
  };
}

Result<std::shared_ptr<db::Database>> open_town(db::Store& store, const std::string& id, const std::string& origin) {
  auto there = store.organisation(id);
  if (there.ok() || there.error().name != "org.unknown") {
    if (!there.ok() || !evidence::Log::of(**there).origin().empty()) return there;
  }
  auto database = there.ok() ? *there : TRY(store.create(id));
  TRY(database->write([&](db::Transaction& tx) { return evidence::Log::of(tx).open_log(tx, {origin, {}, {}}, "installer"); }));
  return database;
}

Result<evidence::Appended> act(db::Transaction& tx, const std::string& id, const std::string& text, const std::string& stream) {
  TRY(tx.put(
      "town_act",
      {{"id", id}, {"name", text}, {"amount", std::int64_t(text.size())}, {"weight", 0.5}, {"seal", db::blob("seal of " + id)}}));
  json::value body = nullptr;
  if (!text.empty()) body = json::object{{"id", id}, {"text", text}};
  return evidence::append(tx, {kActed, stream, "officer-1", "", {{"amount", std::int64_t(text.size())}}, body});
}

Result<evidence::Appended> leaf(db::Transaction& tx, const std::string& stream) {
  return evidence::append(tx, {kLeaf, stream, "clock"});
}

std::vector<crypto::NoteVerifier> published_keys(db::Database& database) {
  auto rows =
      must(database.read([](db::Reader& reader) { return reader.query("SELECT verifier_key FROM evidence_key ORDER BY since"); }));
  std::vector<crypto::NoteVerifier> keys;
  for (const auto& row : rows) keys.push_back(must(crypto::NoteVerifier::parse(row.text(0))));
  return keys;
}

}  // namespace musubi::testing
