// Values in and out, snapshots, full text: what a statement may rely on, the same on both back ends.
#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "db/db_test_support.h"
#include "db/stored_texts.h"
#include "db/unfound.h"

namespace musubi::db {
namespace {

class ValuesTest : public testing::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    open(options(town_schema()));
    auto made = store->create("town");
    ASSERT_OK(made);
    db = *made;
  }
  void TearDown() override {
    db.reset();
    StoreTest::TearDown();
  }
  std::shared_ptr<Database> db;
};

TEST_P(ValuesTest, EveryValueComesBackAsItWent) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max(), kMin = std::numeric_limits<std::int64_t>::min();
  std::string bytes("\0\x01\xff\0'\\", 6);
  std::vector<std::vector<Value>> rows = {
      {std::int64_t(1), std::string("日本語 'quoted' \\ \"x\" 😀"), kMax, 0.1, blob(bytes)},
      {std::int64_t(2), Value(), Value(), Value(), Value()},
      {std::int64_t(3), std::string(), kMin, -1e308, blob("")},
      {std::int64_t(4), std::string(100'000, 'a'), std::int64_t(0), 0.0, blob(std::string(300'000, '\0'))},
      {std::int64_t(5), std::string("e\u0301ー"), std::int64_t(-1), 5e-324, blob("x")}};
  for (const auto& row : rows)
    ASSERT_OK(db->write([&](Transaction& tx) {
      return tx.execute("INSERT INTO town_note (id, body, big, ratio, bytes) VALUES ($1, $2, $3, $4, $5)", row);
    }));
  auto read = db->read([](Reader& r) { return r.query("SELECT id, body, big, ratio, bytes FROM town_note ORDER BY id"); });
  ASSERT_OK(read);
  ASSERT_EQ(read->size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t c = 0; c < 5; ++c) EXPECT_EQ(read.value()[i].at(c), rows[i][c]) << i << "," << c;
}

TEST_P(ValuesTest, TextWithNulOrBrokenUtf8IsRefused) {
  for (const std::string& text : {std::string("a\0b", 3), std::string("\xff"), std::string("\xed\xa0\x80")}) {
    EXPECT_ERROR(db->write([&](Transaction& tx) { return note(tx, 1, text); }), "db.bad_text");
    EXPECT_ERROR(db->write([&](Transaction& tx) {
      return tx.put("town_pair", {{"a", text}, {"b", std::int64_t(1)}});
    }),
                 "db.bad_text");
    EXPECT_ERROR(db->read([&](Reader& r) { return r.query("SELECT 1 FROM town_note WHERE body = $1", {text}); }), "db.bad_text");
  }
  EXPECT_EQ(count(*db), 0);
}

TEST_P(ValuesTest, ParametersMayRepeatAndTypesAreKept) {
  auto rows = db->read([](Reader& r) {
    return r.query("SELECT CAST($2 AS TEXT), CAST($1 AS BIGINT), CAST($2 AS TEXT), count(*), sum(big) FROM town_note",
                   {std::int64_t(7), std::string("x")});
  });
  ASSERT_OK(rows);
  EXPECT_EQ(rows.value()[0].text(0), "x");
  EXPECT_EQ(rows.value()[0].integer(1), 7);
  EXPECT_EQ(rows.value()[0].text(2), "x");
  EXPECT_EQ(rows.value()[0].integer(3), 0);
  EXPECT_TRUE(rows.value()[0].is_null(4));
}

TEST_P(ValuesTest, SumsAndComparisonsGiveIntegers) {
  ASSERT_OK(db->write([](Transaction& tx) { return tx.execute("INSERT INTO town_note (id, big) VALUES (1, 40), (2, 2)"); }));
  auto rows = db->read([](Reader& r) { return r.query("SELECT sum(big), max(big) > 3, length('abc'), 1 FROM town_note"); });
  ASSERT_OK(rows);
  EXPECT_EQ(rows.value()[0].integer(0), 42);
  EXPECT_EQ(rows.value()[0].integer(1), 1);
  EXPECT_EQ(rows.value()[0].integer(2), 3);
  EXPECT_EQ(rows.value()[0].integer(3), 1);
}

TEST_P(ValuesTest, AColumnHoldsWhatItsTypeSays) {
  EXPECT_FALSE(db->write([](Transaction& tx) {
                   return tx.execute("INSERT INTO town_note (id, big) VALUES (1, $1)", {std::string("many")});
                 }).ok());
  EXPECT_FALSE(db->write([](Transaction& tx) {
                   return tx.execute("INSERT INTO town_note (id, bytes) VALUES (1, $1)", {std::string("text")});
                 }).ok());
  EXPECT_EQ(count(*db), 0);
}

TEST_P(ValuesTest, TextIsOrderedByItsBytes) {
  for (const char* name : {"b", "a", "B", "あ", "ア", "亜"})
    ASSERT_OK(db->write([&](Transaction& tx) { return tx.put("town_pair", {{"a", std::string(name)}, {"b", std::int64_t(1)}}); }));
  auto rows = db->read([](Reader& r) { return r.query("SELECT a FROM town_pair ORDER BY a"); });
  std::string order;
  for (const Row& row : *rows) order += row.text(0);
  EXPECT_EQ(order, "Babあア亜");
}

TEST_P(ValuesTest, AReadSeesOneMoment) {
  ASSERT_OK(db->write([](Transaction& tx) { return note(tx, 1); }));
  auto seen = db->read([&](Reader& r) -> Result<std::vector<std::int64_t>> {
    std::vector<std::int64_t> counts;
    for (int i = 0; i < 3; ++i) {
      counts.push_back(TRY(r.query("SELECT count(*) FROM town_note"))[0].integer(0));
      std::thread([&] { ASSERT_OK(db->write([&](Transaction& tx) { return note(tx, 10 + i); })); }).join();
    }
    return counts;
  });
  ASSERT_OK(seen);
  EXPECT_EQ(*seen, (std::vector<std::int64_t>{1, 1, 1}));
  EXPECT_EQ(count(*db), 4);
}

TEST_P(ValuesTest, AReaderCannotWrite) {
  EXPECT_FALSE(db->read([](Reader& r) { return r.query("DELETE FROM town_note RETURNING id"); }).ok());
  EXPECT_EQ(count(*db), 0);  // and the reader is still of use
}

TEST_P(ValuesTest, AClosureSeesItsOwnWrites) {
  auto seen = db->write([](Transaction& tx) -> Result<std::int64_t> {
    TRY(note(tx, 1));
    TRY(note(tx, 2));
    return TRY(tx.query("SELECT count(*) FROM town_note"))[0].integer(0);
  });
  ASSERT_OK(seen);
  EXPECT_EQ(*seen, 2);
}

TEST_P(ValuesTest, AScanIsBoundedInMemoryAndMayWriteOnTheWay) {
  ASSERT_OK(db->write([](Transaction& tx) -> Result<void> {
    for (int i = 0; i < 5000; ++i) TRY(note(tx, i));
    return {};
  }));
  std::int64_t sum = 0;
  ASSERT_OK(db->read([&](Reader& r) -> Result<std::int64_t> {
    TRY(r.scan("SELECT id FROM town_note WHERE id >= $1", std::vector<Value>{std::int64_t(10)}, [&](const Row& row) -> Result<void> {
      sum += row.integer(0);
      return {};
    }));
    return sum;
  }));
  EXPECT_EQ(sum, 4999 * 5000 / 2 - 45);
  int rows = 0;
  auto stopped = db->read([&](Reader& r) -> Result<int> {
    TRY(r.scan("SELECT id FROM town_note", {}, [&](const Row&) -> Result<void> {
      if (++rows == 10) return refused();
      return {};
    }));
    return 0;
  });
  EXPECT_ERROR(stopped, "town.refused");
  EXPECT_EQ(rows, 10);
  ASSERT_OK(db->write([&](Transaction& tx) -> Result<void> {
    return tx.scan("SELECT id FROM town_note WHERE id < 3 ORDER BY id", {}, [&](const Row& row) {
      return tx.put("town_pair", {{"a", std::string("from")}, {"b", row.integer(0)}});
    });
  }));
  EXPECT_EQ(count(*db, "town_pair"), 3);
}

std::vector<std::string> bigrams(const std::vector<std::string>& characters) {
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i + 1 < characters.size(); ++i) tokens.push_back(characters[i] + characters[i + 1]);
  return tokens;
}

class FullTextTest : public ValuesTest {
 protected:
  std::vector<std::int64_t> search(std::vector<Reader::Phrase> phrases, std::size_t limit = 100) {
    auto found = db->read([&](Reader& r) { return r.search("town_search", phrases, limit); });
    EXPECT_TRUE(found.ok()) << found.error().message.en;
    return found.ok() ? *found : std::vector<std::int64_t>{-1};
  }
  void index(std::int64_t id, std::vector<std::string> tokens) {
    ASSERT_OK(db->write([&](Transaction& tx) { return tx.index_text("town_search", id, tokens); }));
  }
};

using Ids = std::vector<std::int64_t>;

TEST_P(FullTextTest, FindsEverySubstringOfJapaneseBigrams) {
  // 60 documents over a small alphabet with marks; every two-character and four-character substring is the truth.
  const std::vector<std::string> alphabet = {"東", "京", "都", "市", "か", "が", "ー", "ッ", "ル", "々", "\u3099", "a", "7"};
  std::vector<std::vector<std::string>> documents;
  unsigned seed = 12345;
  auto next = [&] { return seed = seed * 1103515245 + 12345, (seed >> 16) & 0x7fff; };
  for (int d = 0; d < 60; ++d) {
    std::vector<std::string> characters;
    for (int i = 0; i < 40; ++i) characters.push_back(alphabet[next() % alphabet.size()]);
    documents.push_back(characters);
  }
  ASSERT_OK(db->write([&](Transaction& tx) -> Result<void> {
    for (std::size_t d = 0; d < documents.size(); ++d) TRY(tx.index_text("town_search", std::int64_t(d + 1), bigrams(documents[d])));
    return {};
  }));
  for (std::size_t length : {2u, 4u})
    for (int trial = 0; trial < 60; ++trial) {
      const auto& from = documents[next() % documents.size()];
      std::size_t at = next() % (from.size() - length);
      std::vector<std::string> wanted(from.begin() + long(at), from.begin() + long(at + length));
      Ids truth;
      for (std::size_t d = documents.size(); d-- > 0;)
        if (std::search(documents[d].begin(), documents[d].end(), wanted.begin(), wanted.end()) != documents[d].end())
          truth.push_back(std::int64_t(d + 1));
      EXPECT_EQ(search({{bigrams(wanted), false}}), truth);
    }
}

TEST_P(FullTextTest, RowsThatTheirOwnWordsDoNotFindAreTold) {
  const std::vector<std::vector<std::string>> documents = {
      {"町本", "本町", "7", "a"}, {"町本", "本町", "8"}, {"町本", "本町", "7"}, {"only"}, {"町本", "本町", "9"}};
  for (std::size_t d = 0; d < documents.size(); ++d) index(std::int64_t(d) + 10, documents[d]);
  auto unfound = [&](std::size_t postings_at_once) {
    return db
        ->read([&](Reader& reader) -> Result<Ids> {
          Unfound check(reader, "town_search", postings_at_once);
          for (std::size_t d = 0; d < documents.size(); ++d) {
            const Reader::Phrase phrases[] = {{documents[d], false}, {documents[d], true}, {{}, false}};
            TRY(check.expect(std::int64_t(d) + 10, phrases));
          }
          return check.rows();
        })
        .value();
  };
  for (std::size_t at_once : {1u, 5u, 1000u}) EXPECT_EQ(unfound(at_once), (Ids{})) << at_once;
  index(11, {"本町", "町本", "8"});  // the same words in another order
  index(13, {"onl"});
  ASSERT_OK(db->write([](Transaction& tx) { return tx.unindex_text("town_search", 14); }));
  index(99, {"町本", "本町"});  // nobody expects it
  for (std::size_t at_once : {1u, 5u, 1000u}) EXPECT_EQ(unfound(at_once), (Ids{11, 13, 14})) << at_once;
}

TEST_P(FullTextTest, WordsThatAreKeptOtherwiseAreTold) {
  std::map<std::int64_t, std::vector<std::string>> documents;
  for (std::int64_t row = 1; row <= 1200; ++row) documents[row * 3] = {"町本", "it's", "a\\b", "w" + std::to_string(row), "町本"};
  documents[2000 * 3] = std::vector<std::string>(1000, "ます");  // several vectors on PostgreSQL
  ASSERT_OK(db->write([&](Transaction& tx) -> Result<void> {
    for (const auto& [row, tokens] : documents) TRY(tx.index_text("town_search", row, tokens));
    return {};
  }));
  auto unlike = [&] {
    return db
        ->read([&](Reader& reader) -> Result<Ids> {
          StoredTexts check(reader, "town_search");
          for (const auto& [row, tokens] : documents) TRY(check.expect(row, tokens));
          return check.unlike();
        })
        .value();
  };
  EXPECT_EQ(unlike(), (Ids{}));
  index(6, {"町本", "it's", "a\\b", "w2", "町本", "more"});
  index(7, {"nobody's"});
  index(9000, {"nobody's"});
  ASSERT_OK(db->write([](Transaction& tx) { return tx.unindex_text("town_search", 1803); }));
  index(6000, std::vector<std::string>(1001, "ます"));
  for (std::int64_t row : {INT64_MIN, INT64_MIN + 1, std::int64_t(-1), INT64_MAX}) index(row, {"nobody's"});
  EXPECT_EQ(unlike(), (Ids{INT64_MIN, INT64_MIN + 1, -1, 6, 7, 1803, 6000, 9000, INT64_MAX}));
}

// Two rows of one number, or an index that lies of their order.
TEST_P(FullTextTest, RowsOutOfOrderAreTold) {
  const std::vector<std::string> tokens = {"町本", "本町"};
  for (std::int64_t row : {5, 6, 7}) index(row, tokens);
  auto told = db->read([&](Reader& reader) -> Result<std::pair<Ids, Ids>> {
    StoredTexts stored(reader, "town_search");
    Unfound unfound(reader, "town_search");
    const Reader::Phrase phrases[] = {{tokens, false}};
    for (std::int64_t row : {5, 6, 6, 5, 7}) {
      TRY(stored.expect(row, tokens));
      TRY(unfound.expect(row, phrases));
    }
    return std::pair(TRY(stored.unlike()), TRY(unfound.rows()));
  });
  ASSERT_OK(told);
  EXPECT_EQ(told->first, (Ids{5, 6}));
  EXPECT_EQ(told->second, (Ids{5})) << "twice the same is one";
}

TEST_P(FullTextTest, PhrasesPrefixesReplacementAndRemoval) {
  index(1, {"aa", "bb", "cc"});
  index(2, {"bb", "aa", "ccc"});
  index(3, {"it's", "c++", "\"x\"", "a\\b", "p*", "(q)"});
  EXPECT_EQ(search({{{"aa"}, false}}), (Ids{2, 1}));
  EXPECT_EQ(search({{{"aa", "bb"}, false}}), (Ids{1}));
  EXPECT_EQ(search({{{"aa"}, false}, {{"cc"}, false}}), (Ids{1}));
  EXPECT_EQ(search({{{"cc"}, true}}), (Ids{2, 1}));
  EXPECT_EQ(search({{{"aa", "cc"}, true}}), (Ids{2}));
  EXPECT_EQ(search({{{"it's"}, false}}), (Ids{3}));
  EXPECT_EQ(search({{{"c++", "\"x\"", "a\\b", "p*", "(q)"}, false}}), (Ids{3}));
  EXPECT_EQ(search({{{"c"}, false}}), (Ids{}));
  EXPECT_EQ(search({}), (Ids{3, 2, 1}));
  EXPECT_EQ(search({}, 2), (Ids{3, 2}));
  EXPECT_EQ(search({{{"aa"}, false}}, 1), (Ids{2}));
  index(2, {"dd"});
  EXPECT_EQ(search({{{"aa"}, false}}), (Ids{1}));
  EXPECT_EQ(search({{{"dd"}, false}}), (Ids{2}));
  ASSERT_OK(db->write([](Transaction& tx) { return tx.unindex_text("town_search", 1); }));
  EXPECT_EQ(search({{{"aa"}, false}}), (Ids{}));
  ASSERT_OK(db->write([](Transaction& tx) { return tx.unindex_text("town_search", 99); }));
  EXPECT_ERROR(db->write([](Transaction& tx) { return tx.index_text("town_search", 4, std::vector<std::string>{"a b"}); }),
               "db.bad_token");
}

TEST_P(FullTextTest, LongAndRepetitiveTextsAreFoundWhole) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 40'000; ++i) tokens.push_back(i % 2 ? "ます" : "w" + std::to_string(i));
  index(1, tokens);
  index(2, std::vector<std::string>(1000, "ます"));
  for (std::size_t at : {0u, 498u, 15'990u, 16'384u, 39'990u})
    EXPECT_EQ(search({{{tokens.begin() + long(at), tokens.begin() + long(at) + 6}, false}}), (Ids{1})) << at;
  EXPECT_EQ(search({{{"w2"}, false}, {{"w39998"}, false}}), (Ids{1}));
  EXPECT_EQ(search({{std::vector<std::string>(64, "ます"), false}}), (Ids{2}));
  EXPECT_EQ(search({{{"ます"}, false}}), (Ids{2, 1}));
}

INSTANTIATE_TEST_SUITE_P(Both, ValuesTest, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);
INSTANTIATE_TEST_SUITE_P(Both, FullTextTest, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

}  // namespace
}  // namespace musubi::db
