#include "text/normalise.h"

#include <gtest/gtest.h>

namespace musubi::text {
namespace {

TEST(Normalise, KatakanaForm) {
  for (const char* typed : {"あおばぱーく", "ｱｵﾊﾞﾊﾟｰｸ", "アオバパーク"}) EXPECT_EQ(katakana_form(typed), "アオバパーク") << typed;
  EXPECT_EQ(katakana_form("青葉 ＡＢｃ ゝゞ"), "青葉 abc ヽヾ");
}

TEST(Normalise, SearchFormFoldsWidthAndCase) {
  const char* cases[][2] = {{"ＡＢＣ", "abc"},
                            {"ｶﾞｽ", "ガス"},
                            {"㈱結び", "(株)結び"},
                            {"Straße", "strasse"},
                            {"①", "1"},
                            {"葛\xF3\xA0\x84\x80城", "葛城"},
                            {"か\xE3\x82\x99", "が"},
                            {"", ""},
                            {"が", "が"},
                            {"ガ", "ガ"}};
  for (auto& [text, form] : cases) EXPECT_EQ(search_form(text), form);
  EXPECT_EQ(search_form("a\xff"
                        "b"),
            "a\xEF\xBF\xBD"
            "b");
}

TEST(Normalise, NumbersInFullWidth) {
  EXPECT_EQ(half_width_digits("－１，２３４．５円"), "-1,234.5円");
  EXPECT_EQ(read_integer(" １，２３４　"), 1234);
  EXPECT_EQ(read_integer("-12"), -12);
  EXPECT_EQ(read_integer("+1,234,567"), 1234567);
  for (auto text : {"", "-", "1.5", "1,23", "1234,567", ",123", "1,", "十", "--1", "+-1", "9223372036854775808", "1 2", "1,234,56"})
    EXPECT_EQ(read_integer(text), std::nullopt) << text;
}

TEST(Normalise, SpacesAndLength) {
  EXPECT_EQ(trim("　 山田 太郎\t\n"), "山田 太郎");
  EXPECT_EQ(trim("　 "), "");
  EXPECT_EQ(collapse_spaces("　山田　 太郎\n"), "山田 太郎");
  EXPECT_EQ(code_points("𠮷野家"), 3u);
  EXPECT_EQ(first_code_points("𠮷野家", 2), "𠮷野");
  EXPECT_EQ(first_code_points("𠮷", 9), "𠮷");
}

TEST(Normalise, CleanInput) {
  EXPECT_EQ(clean_input("　か\xE3\x82\x99く ").value(), "がく");
  EXPECT_EQ(clean_input("a\r\nb\rc\td", Lines::kMany).value(), "a\nb\nc\td");
  EXPECT_EQ(clean_input("a\nb").error().name, "text.control_character");
  EXPECT_EQ(clean_input("ab\x07").error().message.en, "Character 3 is a control character. Remove it.");
  EXPECT_EQ(clean_input("a\xE2\x80\xAE"
                        "b")
                .error()
                .name,
            "text.control_character");
  EXPECT_EQ(clean_input("\xff").error().name, "text.not_utf8");
  EXPECT_FALSE(clean_input(std::string("a\0b", 3), Lines::kMany).ok());
}

}  // namespace
}  // namespace musubi::text
