#include "app/case_words.h"

#include <gtest/gtest.h>

#include "procedures/pack.h"

namespace musubi::app {
namespace {

TEST(CaseWords, ChoicesDaysAndTownsInBothLanguagesWhileTheVersionIsThePacks) {
  const auto* pack = procedures::embedded_pack("demo.moving");
  ASSERT_TRUE(pack);
  const auto* procedure = pack->procedure("moving-in");
  ASSERT_TRUE(procedure);
  std::vector<procedures::Member> members = {{"aoba", {"青葉町", "Aoba Town"}, "municipality", ""}};
  records::Case subject;
  subject.procedure = procedure->id;
  subject.pack_version = "demo.moving/" + std::to_string(procedure->version);
  records::Form form;
  form.answers = {{"from_town", {"前の町", "Town before"}, "青葉町", "typed", {}},
                  {"birth_date", {"生年月日", "Date of birth"}, "1990年（平成2年）4月1日", "青葉町", {}},
                  {"unknown", {"ほか", "Other"}, "そのまま", "typed", {}}};
  form.data = {{"from_town", "aoba"}, {"birth_date", "1990-04-01"}, {"unknown", "x"}};
  auto words = answer_words(subject, form, members);
  ASSERT_EQ(words.size(), 3u);
  EXPECT_EQ(words[0].value.en, "Aoba Town");
  EXPECT_EQ(words[0].value.ja, "青葉町");
  EXPECT_EQ(words[1].value.en, "1 April 1990");
  EXPECT_EQ(words[1].source.en, "Aoba Town");
  EXPECT_EQ(words[2].value.en, "そのまま");
  subject.pack_version = "demo.moving/0";
  EXPECT_EQ(answer_words(subject, form, members)[1].value.en, "1990年（平成2年）4月1日") << "a form of before stands as it is kept";
}

}  // namespace
}  // namespace musubi::app
