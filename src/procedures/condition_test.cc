#include "procedures/condition.h"

#include <gtest/gtest.h>

namespace musubi::procedures {
namespace {

json::object answers() {
  return {{"about", json::array{"children", "water"}},
          {"insurance", "left"},
          {"from", "aoba"},
          {"to", "minato"},
          {"persons", 3},
          {"empty", ""},
          {"movers", json::array{json::object{}, json::object{}}}};
}

bool holds(std::string_view text) {
  auto condition = Condition::parse(text);
  EXPECT_TRUE(condition.ok()) << text << ": " << (condition.ok() ? "" : condition.error().message.en);
  return condition.ok() && condition->holds(answers());
}

TEST(Condition, SaysWhatAnOfficialMeans) {
  const std::pair<std::string_view, bool> cases[] = {
      {"insurance = left", true},
      {"insurance = national", false},
      {"insurance != national", true},
      {"about = children", true},
      {"about = pets", false},
      {"about != pets", true},
      {"not about = water", false},
      {"not not about = water", true},
      {"present(insurance)", true},
      {"present(empty)", false},
      {"present(nothing)", false},
      {"same(from, to)", false},
      {"same(from, from)", true},
      {"same(nothing, nothing)", false},
      {"persons >= 3 and persons < 4", true},
      {"persons > 3", false},
      {"persons <= 2", false},
      {"movers >= 2", true},
      {"persons = 3", true},
      {"nothing = x", false},
      {"nothing != x", true},
      {"nothing > 0", false},
      {"insurance = national or about = water and from = aoba", true},
      {"(insurance = national or about = water) and from = minato", false},
      {"notice = x or orange = y", false},  // words that begin like operators
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(holds(text), expected) << text;
  EXPECT_TRUE(Condition().holds({}));
}

TEST(Condition, RefusesWhatItCannotRead) {
  for (std::string_view text : {"", "insurance", "insurance =", "= left", "(a = b", "a = b)", "a = b c = d", "present()", "same(a)",
                                "persons > many", "a = b and", "not", "a == b", "a = b or or c = d", "日本 = x"}) {
    auto condition = Condition::parse(text);
    ASSERT_FALSE(condition.ok()) << text;
    EXPECT_EQ(condition.error().name, "pack.bad_condition");
  }
  EXPECT_FALSE(Condition::parse(std::string(40, '(') + "a = b" + std::string(40, ')')).ok());
  std::string deep;
  for (int i = 0; i < 60; ++i) deep += "not ";
  EXPECT_FALSE(Condition::parse(deep + "a = b").ok());
  EXPECT_FALSE(Condition::parse("a = " + std::string(600, 'b')).ok());
}

TEST(Condition, NamesItsFieldsAndWords) {
  auto condition = Condition::parse("a = x and (not b != y or same(c, a)) and present(d) and e > 4");
  ASSERT_TRUE(condition.ok());
  EXPECT_EQ(condition->fields(), (std::vector<std::string>{"a", "b", "c", "d", "e"}));
  EXPECT_EQ(condition->words(), (std::vector<std::pair<std::string, std::string>>{{"a", "x"}, {"b", "y"}}));
}

}  // namespace
}  // namespace musubi::procedures
