#include "procedures/values.h"

#include <gtest/gtest.h>

#include "procedures/guide.h"

namespace musubi::procedures {
namespace {

const Surroundings kAround{{2026, 11, 21},
                           {{"aoba", {"青葉町", "Aoba"}, "municipality", ""},
                            {"minato", {"みなと市", "Minato"}, "municipality", ""},
                            {"water", {"水道", "Water"}, "company", ""}}};

const Pack& pack() { return embedded_packs()[0]; }

http::Query posted(std::initializer_list<std::pair<std::string, std::string>> pairs) {
  http::Query out;
  for (const auto& [name, value] : pairs) out.add(name, value);
  return out;
}

// The value, or the English faults in brackets.
std::string take(const Field& field, const http::Query& query) {
  json::value value = read_value(field, query, "x");
  std::vector<Fault> faults;
  check_value(field, value, field.required, kAround, "x", faults);
  std::string out;
  for (const auto& fault : faults) out += "[" + fault.where + ": " + fault.message.en + "]";
  return faults.empty() ? canonical_json(value) : out;
}

Field of(FieldType type) {
  Field field;
  field.type = type;
  field.label = {"項目", "Field"};
  return field;
}

TEST(Values, DatesInBothCounts) {
  Field date = of(FieldType::kDate);
  date.earliest_days = -20000;
  date.latest_days = 30;
  EXPECT_EQ(take(date, posted({{"x-year", "2026"}, {"x-month", "1"}, {"x-day", "2"}})), "\"2026-01-02\"");
  EXPECT_EQ(take(date, posted({{"x-era", "令和"}, {"x-year", "８"}, {"x-month", "１"}, {"x-day", "２"}})), "\"2026-01-02\"");
  EXPECT_EQ(take(date, posted({{"x-era", "平成"}, {"x-year", "元年"}, {"x-month", "1月"}, {"x-day", "8日"}})), "\"1989-01-08\"");
  EXPECT_EQ(take(date, posted({{"x", "2026-01-02"}})), "\"2026-01-02\"");
  EXPECT_NE(take(date, posted({{"x-era", "昭和"}, {"x-year", "65"}, {"x-month", "1"}, {"x-day", "1"}})).find("era ended"),
            std::string::npos);
  EXPECT_NE(take(date, posted({{"x-year", "2026"}, {"x-month", "2"}, {"x-day", "30"}})).find("no day"), std::string::npos);
  EXPECT_NE(take(date, posted({{"x-year", "2027"}, {"x-month", "2"}, {"x-day", "1"}})).find("up to 21 December 2026"),
            std::string::npos);
  EXPECT_EQ(take(date, posted({})), "[x: Enter a date.]");
  // In words of the boxes that are there to fill.
  EXPECT_EQ(take(date, posted({{"x-year", "2026"}, {"x-month", ""}, {"x-day", ""}})), "[x: Enter the month and the day as well.]");
  EXPECT_EQ(take(date, posted({{"x-era", "令和"}, {"x-year", ""}, {"x-month", "6"}, {"x-day", "1"}})), "[x: Enter the year as well.]");
  for (const char* year : {"abc", "8"})
    EXPECT_EQ(take(date, posted({{"x-year", year}, {"x-month", "6"}, {"x-day", "1"}})),
              "[x: Enter year, month and day in numbers; a year without an era has four digits, such as 2019.]");
  // What was typed comes back, era and all.
  EXPECT_EQ(canonical_json(read_value(date, posted({{"x-era", "昭和"}, {"x-year", "65"}, {"x-month", "1"}, {"x-day", "1"}}), "x")),
            "\"昭和65-01-01\"");
}

// 𠮷 (outside the BMP), 葛 with a variation selector, 﨑 and the compatibility ideograph 神: as typed, to the byte.
TEST(Values, VariantCharactersStayAsTyped) {
  Field name = of(FieldType::kPersonName);
  for (const char* written : {"\U00020BB7野", "葛\U000E0100城", "神\uFA11", "\uFA19田", "\U0002F81A", "髙橋"})
    EXPECT_EQ(take(name, posted({{"x-family", written}, {"x-family_kana", "ア"}})),
              "{\"family\":\"" + std::string(written) + "\",\"family_kana\":\"ア\",\"given\":\"\",\"given_kana\":\"\"}")
        << written;
  EXPECT_EQ(take(name, posted({{"x-family", "か\u3099"}, {"x-family_kana", "ア"}})).find("か\u3099"), std::string::npos)
      << "a letter and its mark become one";
}

TEST(Values, ANameWithAllFaultsIsToldThemAllAtOnce) {
  Field name = of(FieldType::kPersonName);
  auto many = [](const char* letter, int count) {
    std::string out;
    while (count-- > 0) out += letter;
    return out;
  };
  // What is counted are characters, not bytes or halves of pairs.
  EXPECT_EQ(take(name, posted({{"x-family", many("\U00020BB7", 60)}, {"x-family_kana", many("ア", 60)}})).find('['),
            std::string::npos);
  EXPECT_NE(
      take(name, posted({{"x-family", many("\U00020BB7", 61)}, {"x-family_kana", "ア"}})).find("at most 60 characters (there are 61)"),
      std::string::npos);
  auto faults = take(name, posted({{"x-family", many("葛\U000E0100", 31)},
                                   {"x-given", "花\u202E子"},
                                   {"x-family_kana", many("カ", 60) + "AB"},
                                   {"x-given_kana", "\xED\xA0\x81\xED\xB0\x80"}}));
  for (const char* part : {"x-family: Use at most 60", "x-given: Character 2 is a control", "x-family_kana: Use at most 60",
                           "x-family_kana: Write it in katakana", "x-given_kana: A part of this cannot be read"})
    EXPECT_NE(faults.find(part), std::string::npos) << part << " in " << faults;
}

TEST(Values, NamesKeepTheirCharactersAndKanaBecomesOne) {
  Field name = of(FieldType::kPersonName);
  auto typed = posted({{"x-family", " 渡邉󠄂 "}, {"x-given", "さくら"}, {"x-family_kana", "ﾜﾀﾅﾍﾞ"}, {"x-given_kana", "さくら"}});
  EXPECT_EQ(take(name, typed), "{\"family\":\"渡邉󠄂\",\"family_kana\":\"ワタナベ\",\"given\":\"さくら\",\"given_kana\":\"サクラ\"}");
  EXPECT_NE(take(name, posted({{"x-family", "青葉"}, {"x-family_kana", "AOBA"}})).find("katakana"), std::string::npos);
  EXPECT_NE(take(name, posted({{"x-family", std::string(300, 'a')}, {"x-family_kana", "ア"}})).find("at most 60"), std::string::npos);
  EXPECT_NE(take(name, posted({{"x-family", "a\x01"}, {"x-family_kana", "ア"}})), "");
  EXPECT_EQ(take(name, posted({})), "[x: Enter an answer.]");
  EXPECT_EQ(take(name, posted({{"x-family", "青葉"}, {"x-family_kana", "アオバ"}})).front(), '{');  // one name alone is a name
}

TEST(Values, NumbersCodesAndPhones) {
  Field number = of(FieldType::kNumber);
  number.max = 10;
  EXPECT_EQ(take(number, posted({{"x", "１０"}})), "10");
  EXPECT_NE(take(number, posted({{"x", "11"}})).find("up to 10"), std::string::npos);
  EXPECT_NE(take(number, posted({{"x", "ten"}})).find("whole number"), std::string::npos);
  EXPECT_EQ(take(of(FieldType::kPostalCode), posted({{"x", "〒１００ー０００１"}})), "\"100-0001\"");
  EXPECT_NE(take(of(FieldType::kPostalCode), posted({{"x", "100-001"}})).find("seven digits"), std::string::npos);
  EXPECT_EQ(take(of(FieldType::kPhone), posted({{"x", "０９０－００００－００００"}})), "\"090-0000-0000\"");
  EXPECT_NE(take(of(FieldType::kPhone), posted({{"x", "12345"}})).find("10 or 11"), std::string::npos);
  EXPECT_EQ(take(of(FieldType::kEmail), posted({{"x", "hanako@example.jp"}})), "\"hanako@example.jp\"");
  for (auto bad : {"hanako", "@example.jp", "a@b", "a b@example.jp", "a@@example.jp", "a@.jp"})
    EXPECT_EQ(take(of(FieldType::kEmail), posted({{"x", bad}})).front(), '[') << bad;
}

// Number, branch, code: digits that name something are no quantity.
TEST(Values, DigitsStayAsTyped) {
  Field digits = *pack().field("bank_number");
  EXPECT_EQ(take(digits, posted({{"x", "0012345"}})), "\"0012345\"");
  EXPECT_EQ(take(digits, posted({{"x", " ００１－２３４５ "}})), "\"0012345\"");
  EXPECT_EQ(show_value(digits, "0012345", kAround).ja, "0012345");
  EXPECT_EQ(show_value(digits, 12345, kAround).en, "12345") << "as forms of before hold it";
  EXPECT_EQ(take(digits, posted({{"x", "00123456"}})), "[x: Enter 1 to 7 digits (there are 8).]");
  EXPECT_EQ(take(digits, posted({{"x", "12-a"}})), "[x: Enter digits only.]");
  EXPECT_EQ(take(digits, posted({})), "[x: Enter an answer.]");
  digits.min = 7;
  EXPECT_EQ(take(digits, posted({{"x", "123"}})), "[x: Enter 7 digits (there are 3).]");
}

TEST(Values, ChoicesAndMembersComeFromTheirLists) {
  Field member = of(FieldType::kMember);
  member.member_kind = "municipality";
  EXPECT_EQ(take(member, posted({{"x", "aoba"}})), "\"aoba\"");
  EXPECT_EQ(take(member, posted({{"x", "water"}})).front(), '[');  // of another kind
  Field choices = of(FieldType::kChoices);
  choices.choices = {{"a", {"あ", "A"}, {}}, {"b", {"い", "B"}, {}}};
  EXPECT_EQ(take(choices, posted({{"x", "a"}, {"x", "b"}, {"x", "a"}})), "[\"a\",\"b\"]");
  EXPECT_EQ(take(choices, posted({{"x", "c"}})).front(), '[');
  choices.required = false;
  EXPECT_EQ(take(choices, posted({})), "[]");
}

TEST(Values, FilesShowTheirTrueType) {
  EXPECT_EQ(sniff("%PDF-1.7"), "pdf");
  EXPECT_EQ(sniff("\x89PNG\r\n\x1a\n"), "png");
  EXPECT_EQ(sniff("\xFF\xD8\xFF\xE0"), "jpeg");
  EXPECT_EQ(sniff("<html>%PDF-"), "");
}

json::object answers() { return {{"from_town", "aoba"}, {"to_town", "minato"}, {"move_date", "2026-12-01"}}; }

TEST(Guide, AsksOnlyWhatMattersThenLists) {
  const Event& event = *pack().event("moving");
  Guided first = guide(pack(), event, {}, {}, kAround);
  ASSERT_TRUE(first.question);
  EXPECT_EQ(first.question->id, "from_town");
  EXPECT_EQ(first.of, 4u);
  EXPECT_EQ(guide(pack(), event, answers(), {}, kAround).question->id, "about");
  Guided list = guide(pack(), event, answers(), {"about"}, kAround);
  ASSERT_FALSE(list.question);
  std::vector<std::string> ids;
  for (const auto& one : list.list) ids.push_back(one.procedure->id);
  EXPECT_EQ(ids, (std::vector<std::string>{"move-out", "moving-in"}));
  json::object all = answers();
  all["about"] = json::array{"children", "insurance", "water"};
  ids.clear();
  Guided everything = guide(pack(), event, all, {}, kAround);
  for (const auto& one : everything.list) ids.push_back(one.procedure->id);
  EXPECT_EQ(ids, (std::vector<std::string>{"water-start", "move-out", "moving-in", "health-insurance", "child-allowance"}));
  EXPECT_EQ(text::iso_date(*everything.list[0].due), "2026-11-28");
  EXPECT_EQ(everything.list[0].recipient.id, "water");
  EXPECT_EQ(everything.list[2].recipient.id, "minato");
  EXPECT_EQ(everything.elsewhere.size(), 3u);
}

TEST(Guide, StopsWithAReasonAndRefusesBadAnswers) {
  const Event& event = *pack().event("moving");
  json::object same = answers();
  same["to_town"] = "aoba";
  EXPECT_TRUE(guide(pack(), event, same, {}, kAround).stop);
  json::object nowhere = answers();
  nowhere["to_town"] = "atlantis";
  Guided wrong = guide(pack(), event, nowhere, {}, kAround);
  ASSERT_TRUE(wrong.question);
  EXPECT_EQ(wrong.question->id, "to_town");
  EXPECT_EQ(wrong.faults.size(), 1u);
}

TEST(Values, ValuesOfAnEntryStandUnderTheirLabels) {
  const Field& children = *pack().field("children_list");
  json::value value = json::array{
      json::object{{"name", json::object{{"family", "港"}, {"given", "一郎"}}}, {"birth_date", "2019-07-20"}, {"together", "yes"}}};
  Text shown = show_labelled(children, value, kAround);
  EXPECT_EQ(shown.en, "Child's name: 港 一郎, Child's date of birth: 20 July 2019, Will the child live with you? Yes");
  EXPECT_EQ(shown.ja, "子どもの氏名：港 一郎、子どもの生年月日：2019年（令和元年）7月20日、一緒に住みますか：はい");
  EXPECT_EQ(show_value(children, value, kAround).en, "港 一郎, 20 July 2019, Yes") << "as corrections and cases keep it";
}

TEST(Values, AMunicipalityIsNamedWithItsDistrictOrItsWard) {
  for (const char* typed : {"横浜市", "神奈川県横浜市", "横浜市中区", "横浜市港北区", "横浜市中村区"})
    EXPECT_TRUE(lies_in(typed, "横浜市")) << typed;
  for (const char* typed : {"川崎市中区", "横浜市区", "横浜市中区本町", "横浜市中区西区", "横浜市川崎市中区", "横浜"})
    EXPECT_FALSE(lies_in(typed, "横浜市")) << typed;
  EXPECT_TRUE(lies_in("山里郡みなと町", "みなと町"));
  EXPECT_FALSE(lies_in("青葉町", "みなと町"));
}

TEST(Values, ACorrectionToNothingSaysSo) {
  EXPECT_EQ(correction_text(of(FieldType::kGroup), json::array{}, kAround), "－");
  EXPECT_EQ(correction_text(of(FieldType::kText), json::value(nullptr), kAround), "－");
  EXPECT_EQ(correction_text(of(FieldType::kText), "青葉", kAround), "青葉");
}

TEST(Guide, FindsByPlainWords) {
  EXPECT_EQ(find_events(pack(), "引越").size(), 1u);
  EXPECT_EQ(find_events(pack(), "ＭＯＶＩＮＧ").size(), 1u);
  EXPECT_EQ(find_procedures(pack(), "国保").size(), 1u);
  EXPECT_EQ(find_procedures(pack(), "").size(), 5u);  // the one that the system starts is not among them
  EXPECT_TRUE(find_procedures(pack(), "飛行機").empty());
}

}  // namespace
}  // namespace musubi::procedures
