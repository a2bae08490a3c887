// Tampering: every column of every evidence table and of an evidenced table of a module, one at a time, with raw SQL. Each change must be named, at the right place; the untouched store is clean.
#include "evidence/verify.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/encoding.h"
#include "crypto/tsp.h"
#include "crypto/x509.h"
#include "evidence/erase.h"
#include "evidence/log_test_support.h"
#include "evidence/online.h"
#include "support/postgres_cluster.h"
#include "support/raw_sql.h"

namespace musubi::evidence {
namespace {

namespace fs = std::filesystem;
using db::Value;

std::string digits(const Value& value) { return std::to_string(std::get<std::int64_t>(value)); }

// One change in the value: a bit of a byte, one unit of a number, something where nothing was.
Value flipped(const std::string& column, const Value& value, std::mt19937& random) {
  if (std::holds_alternative<std::monostate>(value)) {
    if (column == "stamp" || column == "previous_root") return db::blob("x");
    return column == "previous_origin" ? Value(std::string("x")) : Value(std::int64_t(1));
  }
  if (auto* n = std::get_if<std::int64_t>(&value)) return *n ^ (std::int64_t(1) << (12 + random() % 28));  // not onto a neighbour
  if (auto* d = std::get_if<double>(&value)) return *d + 0.25;
  if (auto* t = std::get_if<std::string>(&value)) {
    std::string out = *t;
    if (out.empty()) return std::string("x");
    std::size_t at = random() % out.size();
    while (out[at] & '\x80') at = (at + 1) % out.size();  // PostgreSQL stores no broken UTF-8; every text here has an ASCII byte
    out[at] = out[at] == 'a' ? 'b' : 'a';
    return out;
  }
  if (auto* b = std::get_if<db::Blob>(&value)) {
    std::string out = b->bytes;
    if (out.empty()) return db::blob("x");
    out[random() % out.size()] ^= char(1 << random() % 8);
    return db::Blob{out};
  }
  return {};
}

class TamperTest : public LogTest {
 protected:
  void SetUp() override {
    LogTest::SetUp();
    if (HasFatalFailure()) return;
    seed = std::random_device()();
    if (auto* given = std::getenv("MUSUBI_SEED")) seed = unsigned(std::atoll(given));
    std::printf("MUSUBI_SEED=%u\n", seed);
    random.seed(seed);
    fill();
    if (HasFatalFailure()) return;
    close();
    file = folder.path() + "/data/town/musubi.db";
    keep("pristine");
    ASSERT_EQ(findings(), std::vector<std::string>{});
  }

  // 620 records: acts with and without body, replaced and removed rows, two keys, three kept checkpoints, one of them
  // stamped, an erasure.
  void fill() {
    ASSERT_OK(log().keep_checkpoint());
    for (int i = 0; i < 40; ++i)
      ASSERT_OK(do_act("r" + std::to_string(i % 35), i % 5 ? "text " + std::to_string(i) : "", "town/s" + std::to_string(i % 3)));
    stamp();
    add_leaves(560);
    auto second = musubi::testing::town_signer(folder.path() + "/second.pem");
    ASSERT_OK(database->write([&](db::Transaction& tx) { return Log::of(tx).announce_key(tx, second, "admin"); }));
    ASSERT_OK(erase(*database, {{7, 8}, "mistake", "officer", {}}, folder.path() + "/list"));
    ASSERT_OK(log().keep_checkpoint());
    for (int i = 0; i < 17; ++i) ASSERT_OK(do_act("late" + std::to_string(i), "late text"));
    ASSERT_OK(log().keep_checkpoint());
  }

  void stamp() {
    ASSERT_OK(log().keep_checkpoint());
    std::shared_ptr<crypto::Signer> root_key =
        crypto::create_signer(folder.path() + "/root.pem", crypto::Algorithm::kEcdsaP256).value();
    std::shared_ptr<crypto::Signer> tsa_key = crypto::create_signer(folder.path() + "/tsa.pem", crypto::Algorithm::kEcdsaP256).value();
    Time from = clock.now(), until{from.us + 86'400'000'000};
    auto root = crypto::create_root(*root_key, {"Town", "Root"}, from);
    ASSERT_OK(root);
    auto leaf = crypto::issue_tsa(*root_key, *root, tsa_key->public_key(), {"Town", "TSA"}, from, until);
    ASSERT_OK(leaf);
    roots = root->pem();
    auto authority = crypto::TimeStampAuthority::create(tsa_key, *leaf, {"1.2.3.4", 1'000'000, {}});
    ASSERT_OK(authority);
    Time at{from.us + 5'000'000};
    auto request = crypto::make_time_stamp_req(crypto::sha256(log().checkpoint()), "", true);
    auto token = crypto::token_of(authority->answer(request, at, "\x01").der);
    ASSERT_OK(token);
    ASSERT_OK(log().keep_stamp(log().size(), *token, at));
  }

  // Opens the file as it stands and verifies; "kind where" each.
  std::vector<std::string> findings() {
    open_for_verify();
    VerifyOptions options;
    options.tsa_roots_pem = roots;
    std::vector<std::string> out;
    for (const auto& finding : verified(options).findings) out.push_back(finding.kind + " " + finding.where);
    close();
    return out;
  }
  db::Rows sql(const std::string& text, const std::vector<Value>& parameters = {}) {
    return on_postgres() ? musubi::testing::raw_postgres(postgres(), "musubi_town", text, parameters)
                         : musubi::testing::raw_sql(file, text, parameters);
  }
  // Keeps the data as it stands under this name; lays it back.
  void keep(const std::string& name) {
    if (on_postgres())
      musubi::testing::keep_postgres(postgres(), "musubi_town", name);
    else
      fs::copy_file(file, folder.path() + "/" + name + ".db", fs::copy_options::overwrite_existing);
  }
  void lay_back(const std::string& name) {
    if (on_postgres())
      musubi::testing::lay_back_postgres(postgres(), "musubi_town", name);
    else
      fs::copy_file(folder.path() + "/" + name + ".db", file, fs::copy_options::overwrite_existing);
  }
  void pristine() { lay_back("pristine"); }
  void expect_named(const std::string& expected, const std::string& what) {
    auto found = findings();
    bool named = std::any_of(found.begin(), found.end(), [&](const std::string& f) { return f.starts_with(expected); });
    std::string all;
    for (const auto& f : found) all += "\n  " + f;
    EXPECT_TRUE(named) << what << ": expected " << expected << ", found" << all;
    EXPECT_LE(found.size(), 20u) << what << " is named too often:" << all;
    pristine();
  }

  unsigned seed = 0;
  std::mt19937 random;
  std::string file, roots;
};
INSTANTIATE_TEST_SUITE_P(Both, TamperTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

// What only the bytes of an SQLite file can hold: any type in any column.
class TamperedTypesTest : public TamperTest {};
INSTANTIATE_TEST_SUITE_P(Sqlite, TamperedTypesTest, ::testing::Values(musubi::testing::BackEnd::kSqlite),
                         musubi::testing::back_end_name);

TEST_P(TamperTest, EveryColumnOfEveryTable) {
  struct Target {
    std::string table, key;
    std::vector<std::string> columns;
    std::function<std::string(const Value&)> where;  // from the key's value
  };
  auto row_of = [](std::string table) {
    return [table](const Value& key) { return "row table " + table + " key " + manifest_key({&key, 1}); };
  };
  auto with = [](std::string before, std::string after = "") {
    return [before, after](const Value& key) { return before + digits(key) + after; };
  };
  std::vector<Target> targets = {
      {"evidence_record", "idx", {"leaf_hash"}, with("leaf record ", " (")},
      {"evidence_record", "idx", {"head_salt", "head", "body_commitment"}, with("leaf record ", " (")},
      {"evidence_record", "idx", {"stream", "counter", "type", "at"}, with("head record ")},
      {"evidence_record", "idx", {"manifest"}, with("manifest record ", " (")},
      {"evidence_record", "idx", {"idx"}, with("leaf record ")},
      {"evidence_body", "idx", {"salt", "body", "idx"}, with("body record ", " (")},
      {"evidence_checkpoint", "size", {"note", "n"}, with("checkpoint checkpoint ")},
      {"evidence_checkpoint", "size", {"stamped_at", "stamp"}, with("stamp checkpoint ")},
      {"evidence_log",
       "id",
       {"id", "origin", "previous_origin", "previous_size", "previous_root", "row_salt"},
       row_of("evidence_log")},
      {"evidence_key", "key_id", {"key_id", "verifier_key", "status", "since", "row_salt"}, row_of("evidence_key")},
      {"evidence_erasure", "idx", {"idx", "ground", "at", "row_salt"}, row_of("evidence_erasure")},
      {"town_act", "id", {"id", "name", "amount", "weight", "seal", "row_salt"}, row_of("town_act")},
  };
  for (const auto& target : targets)
    for (const auto& column : target.columns)
      for (int round = 0; round < 3; ++round) {
        auto rows = sql("SELECT " + target.key + ", " + column + " FROM " + target.table + " ORDER BY " + target.key);
        const auto& row = rows[random() % rows.size()];
        sql("UPDATE " + target.table + " SET " + column + " = ? WHERE " + target.key + " = ?",
            {flipped(column, row.at(1), random), row.at(0)});
        expect_named(target.where(row.at(0)), target.table + "." + column);
      }
}

TEST_P(TamperedTypesTest, EveryColumnWithAnotherType) {
  std::vector<std::pair<std::string, std::vector<std::string>>> tables = {
      {"evidence_record", {"stream", "counter", "type", "at", "head", "head_salt", "manifest", "body_commitment", "leaf_hash"}},
      {"evidence_body", {"salt", "body"}},
      {"evidence_node", {"level", "idx", "hash", "tile"}},
      {"evidence_checkpoint", {"n", "note", "stamp", "stamped_at"}},
      {"evidence_log", {"origin", "previous_origin", "previous_size", "previous_root", "row_salt"}},
      {"evidence_key", {"key_id", "verifier_key", "status", "since", "row_salt"}},
      {"evidence_erasure", {"ground", "at", "row_salt"}},
      {"town_act", {"id", "name", "amount", "weight", "seal", "row_salt"}}};
  musubi::testing::loosen_types(file);
  keep("pristine");
  auto loosened = findings();  // of the tables that are not as they were made
  for (const auto& one : loosened) EXPECT_TRUE(one.starts_with("schema table ")) << one;
  std::vector<Value> values = {std::string("not it"), db::blob("\xff\xfe"), 0.5, std::int64_t(-3), std::string(), db::blob("")};
  for (const auto& [table, columns] : tables)
    for (const auto& column : columns)
      for (const auto& value : values) {
        auto rows = sql("SELECT MIN(rowid) FROM " + table + " WHERE typeof(" + column + ") <> typeof(?)", {value});
        if (rows[0].is_null(0)) continue;
        sql("UPDATE " + table + " SET " + column + " = ? WHERE rowid = ?", {value, rows[0].at(0)});
        auto found = findings();
        const std::string counted = "schema column " + table + "." + column;
        std::erase(found, counted);  // beside it the log itself says something
        EXPECT_GT(found.size(), loosened.size()) << table << "." << column << " as value " << value.index();
        // Opening it to serve must not stop the process either.
        close();
        auto serving = options(musubi::testing::town_schema());
        musubi::testing::add_town_log(serving, {{signer}}, clock);
        open(std::move(serving));
        if (auto served = store->organisation("town"); served.ok()) static_cast<void>(against_data(**served).ok());
        close();
        pristine();
      }
}

// What an index leads to is what pages show, so that its bytes count as those of its table do.
TEST_P(TamperedTypesTest, BytesOfEveryIndex) {
  auto pages =
      sql("SELECT name, pgoffset, pgsize FROM dbstat WHERE pagetype = 'leaf' AND ncell > 0 AND name IN "
          "(SELECT name FROM sqlite_schema WHERE type = 'index')");
  ASSERT_GT(pages.size(), 5u);
  for (const auto& place : pages) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    std::string page(std::size_t(place.integer(2)), '\0');
    bytes.seekg(place.integer(1));
    bytes.read(page.data(), std::streamsize(page.size()));
    auto number = [&](std::size_t at) { return std::size_t(std::uint8_t(page[at])) << 8 | std::uint8_t(page[at + 1]); };
    // A leaf of an index: the count of its entries at 3, where each begins from 8 on; an entry is its length and as many bytes.
    std::size_t entry = number(8 + 2 * (random() % number(3))), length = std::uint8_t(page[entry]);
    ASSERT_LT(length, 0x80u) << "a length of more than one byte";
    std::size_t at = entry + length;
    bytes.seekp(place.integer(1) + std::int64_t(at));
    bytes.put(char(page[at] ^ 1));
    bytes.close();
    auto found = findings();
    EXPECT_TRUE(std::any_of(found.begin(), found.end(),
                            [](const std::string& one) { return one.starts_with("index index ") || one.starts_with("storage "); }))
        << place.text(0) << " at " << at << " of its page";
    pristine();
  }
}

// What nobody's migration made can change rows, or hide them, behind everybody's back.
TEST_P(TamperTest, TablesIndexesAndTriggers) {
  auto index = on_postgres() ? sql("SELECT CAST(indexname AS TEXT) FROM pg_indexes WHERE schemaname = 'musubi_town' AND indexdef "
                                   "NOT LIKE 'CREATE UNIQUE%' ORDER BY 1")
                             : sql("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1");
  ASSERT_FALSE(index.empty());
  auto name = index[0].text(0);
  struct Change {
    std::string expected, sqlite, postgres, undo;
  };
  std::vector<Change> changes = {
      {"schema table planted", "CREATE TABLE planted (a TEXT)", "", "DROP TABLE planted"},
      {"schema view planted", "CREATE VIEW planted AS SELECT 1 AS a", "", "DROP VIEW planted"},
      {"schema index planted", "CREATE INDEX planted ON town_act (name)", "", "DROP INDEX planted"},
      {on_postgres() ? "schema column town_act.planted" : "schema table town_act", "ALTER TABLE town_act ADD COLUMN planted TEXT", "",
       "ALTER TABLE town_act DROP COLUMN planted"},
      {"schema trigger planted", "CREATE TRIGGER planted AFTER INSERT ON town_act BEGIN DELETE FROM town_act WHERE amount = 7; END",
       "CREATE TRIGGER planted BEFORE UPDATE ON town_act FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
       "DROP TRIGGER planted" + std::string(on_postgres() ? " ON town_act" : "")},
      {"schema index " + name, "DROP INDEX " + name, "", ""}};
  if (on_postgres()) {
    changes.push_back({"schema rule planted", "", "CREATE RULE planted AS ON DELETE TO town_act DO INSTEAD NOTHING",
                       "DROP RULE planted ON town_act"});
    changes.push_back({"schema row security of town_act", "", "ALTER TABLE town_act ENABLE ROW LEVEL SECURITY",
                       "ALTER TABLE town_act DISABLE ROW LEVEL SECURITY"});
    changes.push_back({"schema function planted", "", "CREATE FUNCTION planted() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                       "DROP FUNCTION planted()"});
  }
  std::rotate(changes.begin() + 5, changes.begin() + 6, changes.end());  // what is not undone comes last
  for (const auto& change : changes) {
    sql(on_postgres() && !change.postgres.empty() ? change.postgres : change.sqlite);
    auto found = findings();
    EXPECT_EQ(std::count(found.begin(), found.end(), change.expected), 1) << change.expected;
    EXPECT_LE(found.size(), 2u) << change.expected;  // a table with its column
    if (!change.undo.empty()) sql(change.undo);
    if (!on_postgres()) pristine();
  }
}

class TamperedIndexTest : public TamperTest {};
INSTANTIATE_TEST_SUITE_P(Postgres, TamperedIndexTest, ::testing::Values(musubi::testing::BackEnd::kPostgres),
                         musubi::testing::back_end_name);

TEST_P(TamperedIndexTest, ARowThatAnIndexDoesNotHave) {
  if (!musubi::testing::postgres_wanted()) GTEST_SKIP();
  auto lose = [&] {
    const std::string ready = "UPDATE pg_index SET indisready = $ WHERE indexrelid = CAST('musubi_town.town_act_pkey' AS regclass)";
    run_on_postgres(std::string(ready).replace(ready.find('$'), 1, "false"));
    sql("INSERT INTO town_act SELECT 'unindexed', name, amount, weight, seal, row_salt FROM town_act WHERE id = 'r3'");
    run_on_postgres(std::string(ready).replace(ready.find('$'), 1, "true"));
  };
  lose();
  for (const auto& finding : findings()) EXPECT_FALSE(finding.starts_with("index ")) << "without amcheck nobody looks: " << finding;
  pristine();
  run_on_postgres("CREATE EXTENSION amcheck");
  ASSERT_EQ(findings(), std::vector<std::string>{});
  lose();
  expect_named("index index town_act_pkey", "a row past the index");
}

TEST_P(TamperTest, NodesOfTheTree) {
  auto nodes = sql("SELECT level, idx, hash, tile FROM evidence_node");
  ASSERT_EQ(nodes.size(), 2u);
  for (const auto& node : nodes) {
    std::string where = "node tile level " + digits(node.at(0)) + " node " + digits(node.at(1));
    sql("UPDATE evidence_node SET hash = ? WHERE idx = ?", {flipped("hash", node.at(2), random), node.at(1)});
    expect_named(where, "hash");
    sql("UPDATE evidence_node SET tile = ? WHERE idx = ?", {flipped("tile", node.at(3), random), node.at(1)});
    expect_named(where, "tile");
    sql("DELETE FROM evidence_node WHERE idx = ?", {node.at(1)});
    expect_named(where, "removed");
    for (const char* column : {"level", "idx"}) {
      sql(std::string("UPDATE evidence_node SET ") + column + " = 77 WHERE idx = ?", {node.at(1)});
      expect_named(where, column);
    }
  }
  for (auto [level, idx] : {std::pair{1, 2}, {1, -1}, {2, 0}, {9, 0}, {0, 3}, {-4, 0}}) {
    sql("INSERT INTO evidence_node VALUES (?, ?, ?, ?)", {std::int64_t(level), std::int64_t(idx), nodes[0].at(2), nodes[0].at(3)});
    expect_named(level == 0 || level < 0 ? "node table evidence_node" : "node tile level", "added at level " + std::to_string(level));
  }
}

TEST_P(TamperTest, RecordsRemovedAddedAndSwapped) {
  auto last = sql("SELECT MAX(idx) FROM evidence_record")[0].integer(0);
  sql("DELETE FROM evidence_record WHERE idx = 33");
  expect_named("leaf record 33", "a record removed");
  sql("DELETE FROM evidence_record WHERE idx BETWEEN 300 AND 310");
  expect_named("leaf record 300 to 310", "records removed");
  sql("DELETE FROM evidence_record WHERE idx = 0");
  expect_named("leaf record 0", "the first record removed");
  sql("DELETE FROM evidence_record WHERE idx = ?", {last});
  expect_named("checkpoint checkpoint " + std::to_string(last + 1), "cut at the end");
  sql("DELETE FROM evidence_record WHERE idx > ?", {last - 3});
  sql("DELETE FROM evidence_body WHERE idx > ?", {last - 3});
  expect_named("checkpoint checkpoint " + std::to_string(last + 1), "cut at the end with the bodies");
  for (std::int64_t at : {last + 1, last + 1000, std::int64_t(-5), std::int64_t(INT64_MAX), std::int64_t(1) << 50}) {
    sql("INSERT INTO evidence_record SELECT ?, stream, counter + 5000, type, at, head, head_salt, manifest, body_commitment, "
        "leaf_hash "
        "FROM evidence_record WHERE idx = 100",
        {at});
    expect_named(at == last + 1 || at == last + 1000 || at == std::int64_t(1) << 50 ? "head record " + std::to_string(at)
                                                                                    : "leaf record " + std::to_string(at),
                 "a record added at " + std::to_string(at));
  }
  sql("UPDATE evidence_record SET idx = -1 WHERE idx = 50");
  sql("UPDATE evidence_record SET idx = 50 WHERE idx = 51");
  sql("UPDATE evidence_record SET idx = 51 WHERE idx = -1");
  expect_named("checkpoint checkpoint", "two records swapped");
}

TEST_P(TamperTest, BodiesRemovedAddedAndSwapped) {
  for (const char* what : {"body", "salt", "body, salt"}) {
    auto rows = sql("SELECT body, salt FROM evidence_body WHERE idx IN (2, 3) ORDER BY idx");
    for (int i : {0, 1}) {
      if (std::string(what) != "salt")
        sql("UPDATE evidence_body SET body = ? WHERE idx = ?", {rows[std::size_t(1 - i)].at(0), std::int64_t(2 + i)});
      if (std::string(what) != "body")
        sql("UPDATE evidence_body SET salt = ? WHERE idx = ?", {rows[std::size_t(1 - i)].at(1), std::int64_t(2 + i)});
    }
    expect_named("body record 3 (town.acted", what);
  }
  sql("DELETE FROM evidence_body WHERE idx = 4");
  expect_named("body record 4 (town.acted", "removed without an order");
  const char* add = "INSERT INTO evidence_body VALUES (?, ?, ?)";
  const Value nought = db::blob(std::string(1, '\0'));
  sql(add, {std::int64_t(100), nought, nought});
  expect_named("body record 100 (town.leaf", "added to a record that has none");
  sql(add, {std::int64_t(7), nought, nought});
  expect_named("body record 7 (town.acted", "added to an erased one");
  for (std::int64_t stray : {5000, -2}) {
    sql(add, {stray, nought, nought});
    expect_named("body body " + std::to_string(stray), "stray");
  }
  // Hiding a removal behind a forged order is seen, too.
  sql("DELETE FROM evidence_body WHERE idx = 4");
  sql("INSERT INTO evidence_erasure VALUES (4, 'ground', 1, ?)", {db::blob(std::string(16, 's'))});
  expect_named("row table evidence_erasure key [\"4\"]", "forged order");
}

TEST_P(TamperTest, RowsRemovedAndAdded) {
  for (const char* table : {"evidence_log", "evidence_key", "evidence_erasure", "town_act"}) {
    auto key = std::string(table) == "evidence_log"   ? "id"
               : std::string(table) == "evidence_key" ? "key_id"
               : std::string(table) == "town_act"     ? "id"
                                                      : "idx";
    auto rows = sql(std::string("SELECT ") + key + " FROM " + table);
    Value gone = rows[random() % rows.size()].at(0);
    sql(std::string("DELETE FROM ") + table + " WHERE " + key + " = ?", {gone});
    expect_named(std::string("row table ") + table + " key " + manifest_key({&gone, 1}), "removed");
  }
  sql("INSERT INTO town_act VALUES ('forged', 'a', 1, 0.5, ?, ?)", {db::blob("seal"), db::blob(std::string(16, 's'))});
  expect_named("row table town_act key [\"forged\"]", "added");
  sql("INSERT INTO town_act SELECT 'copied', name, amount, weight, seal, row_salt FROM town_act WHERE id = 'r3'");
  expect_named("row table town_act key [\"copied\"]", "copied");
  // The state before the last change of a row, with its own salt, is not the state now.
  sql("DELETE FROM town_act WHERE id = 'r1'");
  sql("INSERT INTO town_act SELECT 'r1', name, amount, weight, seal, row_salt FROM town_act WHERE id = 'r2'");
  expect_named("row table town_act key [\"r1\"]", "another row under its key");
}

TEST_P(TamperTest, KeptCheckpoints) {
  auto kept = sql("SELECT size, note FROM evidence_checkpoint ORDER BY size");
  ASSERT_EQ(kept.size(), 4u);
  sql("DELETE FROM evidence_checkpoint WHERE size = ?", {kept[1].at(0)});
  expect_named("checkpoint checkpoint " + digits(kept[2].at(0)), "one in the middle removed");
  for (std::int64_t size : {std::int64_t(0), std::int64_t(-8), std::int64_t(90'000), kept[1].integer(0) + 1}) {
    sql("UPDATE evidence_checkpoint SET size = ? WHERE size = ?", {size, kept[1].at(0)});
    expect_named("checkpoint checkpoint " + std::to_string(size), "size changed");
  }
  sql("UPDATE evidence_checkpoint SET note = ? WHERE size = ?", {kept[0].at(1), kept[1].at(0)});
  expect_named("checkpoint checkpoint " + digits(kept[1].at(0)), "another checkpoint's note");
  // A second key signed the last note: no byte of either line may change unseen.
  std::string note = kept[3].text(1);
  for (std::size_t i = note.find("\n\n"); i < note.size(); i += on_postgres() ? 29 : 3) {
    if (on_postgres() && (note[i] & '\x80')) continue;  // it stores no broken UTF-8
    std::string bad = note;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    sql("UPDATE evidence_checkpoint SET note = ? WHERE size = ?", {bad, kept[3].at(0)});
    expect_named("checkpoint checkpoint " + digits(kept[3].at(0)), "byte " + std::to_string(i));
  }
  auto stamp = sql("SELECT stamp FROM evidence_checkpoint WHERE stamp IS NOT NULL")[0].blob(0);
  sql("UPDATE evidence_checkpoint SET stamp = ?, stamped_at = 1 WHERE size = ?", {db::blob(stamp), kept[3].at(0)});
  expect_named("stamp checkpoint " + digits(kept[3].at(0)), "another checkpoint's stamp");
}

TEST_P(TamperTest, EveryByteOfAStamp) {
  auto row = sql("SELECT stamp, size FROM evidence_checkpoint WHERE stamp IS NOT NULL")[0];
  int unseen = 0;
  for (std::size_t i = 0; i < row.blob(0).size(); i += 1 + random() % (on_postgres() ? 200 : 24)) {
    std::string bad = row.blob(0);
    bad[i] ^= char(1 << random() % 8);
    sql("UPDATE evidence_checkpoint SET stamp = ? WHERE size = ?", {db::blob(bad), row.at(1)});
    bool named = !findings().empty();
    if (!named) std::printf("byte %zu of %zu of the token changed unseen\n", i, bad.size());
    unseen += !named;
    pristine();
  }
  EXPECT_EQ(unseen, 0);
}

// Someone with the database but not the keys rebuilds leaf and nodes: the signed roots tell, and any reader's checkpoint.
TEST_P(TamperTest, ARebuiltTreeIsRefused) {
  open_for_verify();
  auto record = database->read([](db::Reader& reader) { return find_record(reader, 20); }).value().value();
  close();
  auto newest = sql("SELECT note FROM evidence_checkpoint ORDER BY size DESC LIMIT 1")[0].text(0);
  auto forged = record;
  forged.head.replace(forged.head.find("officer-1"), 9, "officer-2");
  sql("UPDATE evidence_record SET head = ?, leaf_hash = ? WHERE idx = 20",
      {db::blob(forged.head), db::blob(crypto::bytes(leaf_hash(forged.entry())))});
  auto leaves = sql("SELECT leaf_hash FROM evidence_record WHERE idx < 256 ORDER BY idx");
  std::vector<Digest> hashes;
  for (const auto& leaf : leaves) hashes.push_back(crypto::digest_from(leaf.blob(0)));
  Tile tile;
  for (const auto& hash : hashes) tile.push(hash);
  sql("UPDATE evidence_node SET hash = ?, tile = ? WHERE idx = 0",
      {db::blob(crypto::bytes(tree_hash(hashes))), db::blob(KeptTile::encode(tile))});
  keep("forged");
  expect_named("checkpoint checkpoint 41", "rebuilt");  // the first kept one that covers record 20
  lay_back("forged");
  sql("DELETE FROM evidence_checkpoint");  // and the kept ones taken away: then who holds one elsewhere tells
  open_for_verify();
  VerifyOptions held;
  held.newest_note = newest;
  auto report = verified(held);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_TRUE(report.findings[0].where.starts_with("checkpoint held elsewhere")) << report.findings[0].where;
  close();
}

TEST_P(TamperTest, FindingsAreBounded) {
  sql("UPDATE evidence_record SET leaf_hash = ?", {db::blob("x")});
  open_for_verify();
  VerifyOptions few;
  few.findings_limit = 10;
  auto report = verified(few);
  EXPECT_EQ(report.findings.size(), 10u);
  EXPECT_GT(report.more, 500u);
}

}  // namespace
}  // namespace musubi::evidence
