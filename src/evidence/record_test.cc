#include "evidence/record.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "base/encoding.h"
#include "evidence/log_test_support.h"
#include "support/raw_sql.h"

namespace musubi::evidence {
namespace {

class RecordTest : public LogTest {};
INSTANTIATE_TEST_SUITE_P(Both, RecordTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

TEST_P(RecordTest, IsStoredAsItWasCommitted) {
  auto done = do_act("a\"b", "本文 \n text");
  ASSERT_OK(done);
  auto record = database->read([&](db::Reader& reader) { return find_record(reader, done->index); }).value().value();
  EXPECT_EQ(record.type, "town.acted");
  EXPECT_EQ(record.stream, "town/acts");
  EXPECT_EQ(record.counter, 1u);
  EXPECT_EQ(record.at, clock.now());
  EXPECT_EQ(record.body, "{\"id\":\"a\\\"b\",\"text\":\"本文 \\n text\"}");
  auto digest = to_base64(crypto::bytes(crypto::sha256(record.manifest)));
  EXPECT_EQ(record.head, "{\"actor\":\"officer-1\",\"at\":\"" + record.at.rfc3339() + "\",\"facts\":{\"amount\":13},\"manifest\":\"" +
                             digest + "\",\"n\":1,\"stream\":\"town/acts\",\"type\":\"town.acted\",\"v\":1}");
  EXPECT_EQ(record.head_salt.size(), 16u);
  EXPECT_EQ(record.body_salt->size(), 16u);
  EXPECT_EQ(crypto::bytes(body_commitment(*record.body_salt, *record.body)), record.body_commitment);
  EXPECT_EQ(record.leaf_hash, crypto::bytes(leaf_hash(record.entry())));
  auto lines = parse_manifest(record.manifest).value();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].table, "town_act");
  EXPECT_EQ(lines[0].key, "[\"a\\\"b\"]");
  EXPECT_TRUE(lines[0].put);
}

TEST_P(RecordTest, AreReadFromAnyPosition) {
  for (int i = 0; i < 12; ++i) ASSERT_OK(do_act("r" + std::to_string(i), i % 2 ? "text" : "", i % 3 ? "town/a" : "town/b"));
  add_leaves(2);
  auto read = [&](std::uint64_t from, std::size_t limit, std::string_view type = {}) {
    std::vector<std::uint64_t> out;
    auto records = database->read([&](db::Reader& reader) { return read_records(reader, from, limit, type); });
    for (const auto& record : records.value()) out.push_back(record.index);
    return out;
  };
  EXPECT_EQ(read(0, 3), (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_EQ(read(12, 100), (std::vector<std::uint64_t>{12, 13, 14}));
  EXPECT_EQ(read(5, 3, "town.acted"), (std::vector<std::uint64_t>{5, 6, 7}));
  EXPECT_EQ(read(0, 9, "evidence.log_opened"), (std::vector<std::uint64_t>{0}));
  EXPECT_TRUE(read(15, 10).empty());
  EXPECT_EQ(read(0, 0).size(), 1u);  // a limit is clamped to 1..1000
  auto stream = database->read([](db::Reader& reader) { return read_stream(reader, "town/b", 2, 10); }).value();
  ASSERT_EQ(stream.size(), 3u);
  EXPECT_EQ(stream[0].counter, 2u);
  EXPECT_EQ(stream[2].counter, 4u);
}

TEST_P(RecordTest, CursorsMoveWithTheEffect) {
  auto at = [&] { return database->read([](db::Reader& reader) { return cursor(reader, "kpi"); }).value(); };
  EXPECT_EQ(at(), 0u);
  ASSERT_OK(database->write([](db::Transaction& tx) { return move_cursor(tx, "kpi", 7); }));
  EXPECT_EQ(at(), 7u);
  auto undone = database->write([](db::Transaction& tx) -> Result<void> {
    TRY(move_cursor(tx, "kpi", 9));
    return Error{Code::kConflict, "test.refused", {"", ""}, {}};
  });
  EXPECT_ERROR(undone, "test.refused");
  EXPECT_EQ(at(), 7u);
  reopen();
  EXPECT_EQ(at(), 7u);
  ASSERT_OK(database->write([](db::Transaction& tx) { return move_cursor(tx, "kpi", 8); }));
  EXPECT_EQ(at(), 8u);
}

// An act under an idempotency key, as an entry point writes it.
Result<std::string> once(db::Database& database, const std::string& key, const std::string& request, std::atomic<int>& acted) {
  return database.write([&](db::Transaction& tx) -> Result<std::string> {
    if (auto before = TRY(replay(tx, key, request))) return *before;
    auto appended = TRY(act(tx, key, request));
    std::string answer = std::to_string(appended.index);
    TRY(remember(tx, key, request, answer, Time{1}));
    ++acted;
    return answer;
  });
}

TEST_P(RecordTest, AnIdempotencyKeyGivesOneLeaf) {
  std::atomic<int> acted{0};
  auto first = once(*database, "k1", "request", acted);
  ASSERT_OK(first);
  EXPECT_EQ(once(*database, "k1", "request", acted).value(), *first);
  EXPECT_ERROR(once(*database, "k1", "another request", acted), "idempotency.reused");
  reopen();
  EXPECT_EQ(once(*database, "k1", "request", acted).value(), *first);
  EXPECT_ERROR(once(*database, "k1", "another request", acted), "idempotency.reused");
  EXPECT_ERROR(once(*database, "", "request", acted), "idempotency.bad_key");
  EXPECT_ERROR(once(*database, std::string(201, 'k'), "request", acted), "idempotency.bad_key");
  EXPECT_EQ(acted, 1);
  EXPECT_EQ(log().size(), 2u);
}

TEST_P(RecordTest, DigestsOfErasedRequestsAreForgottenAndOldAnswersSwept) {
  std::atomic<int> acted{0};
  auto first = once(*database, "case/1/a", "the form of Hanako", acted), other = once(*database, "case/10/a", "another form", acted);
  ASSERT_OK(database->write([](db::Transaction& tx) { return forget_requests(tx, "case/1/"); }));
  auto digests =
      database->read([](db::Reader& reader) { return reader.query("SELECT request_digest FROM evidence_idempotency ORDER BY key"); })
          .value();
  EXPECT_TRUE(digests[0].blob(0).empty());
  EXPECT_EQ(digests[1].blob(0).size(), 32u);
  EXPECT_EQ(once(*database, "case/1/a", "the form of Hanako", acted).value(), *first) << "still done once";
  EXPECT_ERROR(once(*database, "case/10/a", "the form of Hanako", acted), "idempotency.reused");
  EXPECT_EQ(acted, 2);
  auto keys = [&] {
    return database->read([](db::Reader& reader) { return reader.query("SELECT count(*) FROM evidence_idempotency"); })
        .value()[0]
        .integer(0);
  };
  for (int day : {20, 40}) {
    ASSERT_OK(database->write(
        [&](db::Transaction& tx) { return remember(tx, "later/" + std::to_string(day), "x", "y", Time{day * 86'400'000'000LL}); }));
    EXPECT_EQ(keys(), day == 20 ? 3 : 2);
  }
}

TEST_P(RecordTest, ThreadsWithTheSameKeyGetTheSameAnswer) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> acted{0};
    std::vector<std::string> answers(4);
    std::vector<std::thread> threads;
    for (auto& answer : answers)
      threads.emplace_back([&] { answer = once(*database, "key " + std::to_string(round), "request", acted).value(); });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(acted, 1);
    for (const auto& answer : answers) EXPECT_EQ(answer, answers[0]);
  }
  EXPECT_EQ(log().size(), 21u);
  expect_clean();
}

// A damaged file must be told of, not stop the process.
TEST_P(RecordTest, DamagedColumnsAreErrorsNotCrashes) {
  if (on_postgres()) GTEST_SKIP() << "PostgreSQL keeps the types of columns";
  ASSERT_OK(do_act("a", "text"));
  close();
  musubi::testing::loosen_types(folder.path() + "/data/town/musubi.db");
  reopen();
  auto damaged = [&] {  // besides the tables that are not as they were made
    auto found = verified().findings;
    return std::any_of(found.begin(), found.end(), [](const auto& one) { return one.kind != "schema"; });
  };
  for (const char* column : {"stream", "counter", "type", "at", "head", "head_salt", "manifest", "body_commitment", "leaf_hash"}) {
    std::string set = std::string("UPDATE evidence_record SET ") + column;
    auto kept = database->read(
        [&](db::Reader& reader) { return reader.query(std::string("SELECT ") + column + " FROM evidence_record WHERE idx = 1"); });
    bool number = std::holds_alternative<std::int64_t>((*kept)[0].at(0));
    db::Value wrong = number ? db::Value(std::string("twelve")) : db::Value(std::int64_t(12));
    if (std::holds_alternative<std::string>((*kept)[0].at(0))) wrong = db::blob("\xff");
    ASSERT_OK(database->write([&](db::Transaction& tx) { return tx.execute(set + " = $1 WHERE idx = 1", {wrong}); }));
    SCOPED_TRACE(column);
    EXPECT_ERROR(database->read([](db::Reader& reader) { return find_record(reader, 1); }), "evidence.damaged");
    EXPECT_TRUE(damaged()) << column;
    auto entries = log().entries(0, 2);
    bool in_entry = std::string(column).starts_with("head") || std::string(column).starts_with("body");
    EXPECT_EQ(entries.ok(), !in_entry) << column;
    reopen();  // it loads, whatever is damaged
    open_for_verify();
    ASSERT_OK(database->write([&](db::Transaction& tx) { return tx.execute(set + " = $1 WHERE idx = 1", {(*kept)[0].at(0)}); }));
    reopen();
    EXPECT_FALSE(damaged());
  }
}

TEST(Formats, RowDigestsTellTypesAndLengthsApart) {
  db::Table table{"t", db::TableKind::kEvidenced, 1, {"a"}, {"a", "b"}};
  db::Table later = table, other = table;
  later.version = 2;
  other.name = "t2";
  std::vector<std::vector<db::Value>> rows = {{std::string("ab"), std::string("c")},
                                              {std::string("a"), std::string("bc")},
                                              {std::string("ab"), db::blob("c")},
                                              {std::string("1"), std::int64_t(1)},
                                              {std::string("1"), 1.0},
                                              {std::string("1"), std::string("1")},
                                              {std::string("1"), db::Value()},
                                              {std::string("1"), std::string()},
                                              {std::string("1"), db::blob("")},
                                              {std::string("1"), std::int64_t(-1)},
                                              {std::string("1"), -1.0}};
  std::set<std::string> seen;
  for (const auto& row : rows)
    for (const auto* t : {&table, &later, &other})
      EXPECT_TRUE(seen.insert(to_hex(crypto::bytes(row_digest("0123456789abcdef", *t, row)))).second);
  EXPECT_EQ(seen.size(), rows.size() * 3);
  EXPECT_NE(row_digest("0123456789abcdef", table, rows[0]), row_digest("0123456789abcdeF", table, rows[0]));
  // As docs/formats/record.md spells it out.
  std::string spelled = "musubi/row/v1\n0123456789abcdef";
  spelled += std::string("T\0\0\0\1t", 6) + std::string("\0\0\0\1", 4) + std::string("\0\0\0\2", 4);
  spelled += std::string("T\0\0\0\2ab", 7) + std::string("B\0\0\0\1c", 6);
  EXPECT_EQ(row_digest("0123456789abcdef", table, rows[2]), crypto::sha256(spelled));
  std::string integers = "musubi/row/v1\n0123456789abcdef";
  integers += std::string("T\0\0\0\1t", 6) + std::string("\0\0\0\1", 4) + std::string("\0\0\0\2", 4);
  integers += std::string(
                  "T\0\0\0\1"
                  "1",
                  6) +
              "I" + std::string(8, '\xff');
  EXPECT_EQ(row_digest("0123456789abcdef", table, rows[9]), crypto::sha256(integers));
}

TEST(Formats, CommitmentsAreOverLabelSaltAndBytes) {
  EXPECT_EQ(head_commitment("salt", "head"), crypto::sha256("musubi/head/v1\nsalthead"));
  EXPECT_EQ(body_commitment("salt", "head"), crypto::sha256("musubi/body/v1\nsalthead"));
  auto entry = encode_entry(head_commitment("s", "h"), std::string(32, 'b'));
  EXPECT_EQ(entry, "\x01" + std::string(crypto::bytes(head_commitment("s", "h"))) + std::string(32, 'b'));
}

TEST(Formats, ManifestKeysAreCanonical) {
  std::vector<db::Value> key{std::int64_t(-7), std::string("a b\n\"c"), db::blob("\xff")};
  EXPECT_EQ(manifest_key(key), "[\"-7\",\"a b\\n\\\"c\",\"base64:/w==\"]");
}

TEST(Formats, ManifestsAreReadStrictly) {
  std::string digest = to_base64(std::string(32, 'd'));
  std::string put = "put t 1 [\"a b\"] " + digest + "\n", remove = "remove t 12 [\"a b\"]\n";
  auto lines = parse_manifest(put + remove);
  ASSERT_TRUE(lines.ok());
  ASSERT_EQ(lines->size(), 2u);
  EXPECT_EQ((*lines)[0].key, "[\"a b\"]");
  EXPECT_EQ((*lines)[0].digest, std::string(32, 'd'));
  EXPECT_EQ((*lines)[1].key, "[\"a b\"]");
  EXPECT_EQ((*lines)[1].version, 12);
  EXPECT_FALSE((*lines)[1].put);
  EXPECT_TRUE(parse_manifest("")->empty());
  for (std::string bad :
       {std::string("\n"), std::string("put"), std::string("put t 1 [\"a\"]\n"), put.substr(0, put.size() - 1),
        "set t 1 [\"a\"] " + digest + "\n", "put t one [\"a\"] " + digest + "\n", "put t -1 [\"a\"] " + digest + "\n",
        "put t 01 [\"a\"] " + digest + "\n", "put t 9999999999 [\"a\"] " + digest + "\n", "put  1 [\"a\"] " + digest + "\n",
        "put t 1 a " + digest + "\n", "put t 1 [\"a\"] " + digest + "=\n", "put t 1 [\"a\"] " + digest.substr(4) + "\n",
        std::string("remove t 1\n"), std::string("remove t 1 \n"), std::string("remove t 1 [\n"), put + "x", " " + put,
        put + "\n" + put})
    EXPECT_EQ(parse_manifest(bad).ok(), false) << bad;
}

}  // namespace
}  // namespace musubi::evidence
