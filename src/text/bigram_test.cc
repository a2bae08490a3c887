#include "text/bigram.h"

#include <gtest/gtest.h>

#include <random>

#include "text/normalise.h"

namespace musubi::text {
namespace {

using Tokens = std::vector<std::string>;

TEST(Bigram, Tokens) {
  const std::pair<const char*, Tokens> cases[] = {{"東京都", {"東京", "京都", "都"}},
                                                  {"京", {"京"}},
                                                  {"令和2年度", {"令和", "和", "2", "年度", "度"}},
                                                  {"COVID-19 とデータ", {"covid", "19", "とデ", "デー", "ータ", "タ"}},
                                                  {"ﾃﾞｰﾀ", {"デー", "ータ", "タ"}},
                                                  {"東京、大阪", {"東京", "京", "大阪", "阪"}},
                                                  {"𠮷野", {"𠮷野", "野"}},
                                                  {"한국어", {"한국", "국어", "어"}},
                                                  {"佐々木", {"佐々", "々木", "木"}},
                                                  {"\xEE\x80\x80田", {"\xEE\x80\x80田", "田"}},
                                                  {"naïve", {"naïve"}},
                                                  {"", {}},
                                                  {"、。 !", {}}};
  for (auto& [text, tokens] : cases) EXPECT_EQ(bigrams(text), tokens) << text;
  EXPECT_EQ(bigrams("東京都", Use::kQuery), (Tokens{"東京", "京都"}));
  EXPECT_EQ(bigrams("京", Use::kQuery), (Tokens{"京"}));
  EXPECT_EQ(bigrams(std::string(100, 'a')), (Tokens{std::string(64, 'a')}));
}

TEST(Bigram, QueryTerms) {
  const QueryTerms terms = query_terms("　東京都 「2 年」 Ｗｅｂ");
  ASSERT_EQ(terms.phrases.size(), 3u);
  EXPECT_EQ(terms.phrases[0].tokens, (Tokens{"東京", "京都"}));
  EXPECT_FALSE(terms.phrases[0].prefix);
  EXPECT_EQ(terms.phrases[1].tokens, (Tokens{"2", "年"}));
  EXPECT_TRUE(terms.phrases[1].prefix);
  EXPECT_EQ(terms.phrases[2].tokens, (Tokens{"web"}));
  EXPECT_EQ(fts5_match(terms), "\"東京\" + \"京都\" AND \"2\" + \"年\" * AND \"web\"");
  EXPECT_EQ(tsquery(terms), "('東京' <-> '京都') & ('2' <-> '年':*) & ('web')");
  EXPECT_TRUE(query_terms(" \" ' * -- ").phrases.empty());
  EXPECT_EQ(fts5_match(query_terms("")), "");
  std::string many;
  for (int i = 0; i < 100; ++i) many += "a" + std::to_string(i) + " ";
  EXPECT_EQ(query_terms(many).phrases.size(), 16u);
}

bool matches(const Tokens& document, const Phrase& phrase) {
  const std::size_t n = phrase.tokens.size();
  for (std::size_t at = 0; at + n <= document.size(); ++at) {
    bool same = true;
    for (std::size_t k = 0; k < n && same; ++k)
      same = phrase.prefix && k + 1 == n ? document[at + k].starts_with(phrase.tokens[k]) : document[at + k] == phrase.tokens[k];
    if (same) return true;
  }
  return false;
}

// Recall and precision against plain substring search, for every substring of Japanese text without marks or words.
TEST(Bigram, FindsExactlyTheSubstrings) {
  std::mt19937 random(20191120);
  const std::string alphabet[] = {"東", "京", "都", "大", "あ", "ア", "ー"};
  auto text = [&](std::size_t length) {
    std::string out;
    for (std::size_t i = 0; i < length; ++i) out += alphabet[random() % std::size(alphabet)];
    return out;
  };
  for (int round = 0; round < 3000; ++round) {
    const std::string document = text(1 + random() % 12);
    const std::string query = text(1 + random() % 4);
    const QueryTerms terms = query_terms(query);
    ASSERT_EQ(terms.phrases.size(), 1u);
    EXPECT_EQ(matches(bigrams(document), terms.phrases[0]), document.find(query) != std::string::npos) << document << " / " << query;
  }
}

TEST(Bigram, FindsAcrossKinds) {
  const Tokens document = bigrams("第2回東京2020大会の記録。HTML版");
  for (auto query : {"東京2020", "京2020大", "2020", "2回", "第2", "回東京", "録", "HTML", "html版", "記録 大会", "記録。HTML"}) {
    for (const Phrase& phrase : query_terms(query).phrases) EXPECT_TRUE(matches(document, phrase)) << query;
  }
  for (auto query : {"202", "大会東京", "東2020", "録の"}) EXPECT_FALSE(matches(document, query_terms(query).phrases[0])) << query;
}

}  // namespace
}  // namespace musubi::text
