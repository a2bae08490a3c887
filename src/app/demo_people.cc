#include "app/demo_people.h"

namespace musubi::app {
namespace {

using identity::Resident;
using identity::Sex;

struct Name {
  const char* written;
  const char* kana;
};

const std::vector<Name> kFamilies = {
    {"佐藤", "サトウ"},   {"鈴木", "スズキ"},   {"高橋", "タカハシ"}, {"田中", "タナカ"},   {"伊藤", "イトウ"},
    {"渡辺", "ワタナベ"}, {"山本", "ヤマモト"}, {"中村", "ナカムラ"}, {"小林", "コバヤシ"}, {"加藤", "カトウ"},
    {"吉田", "ヨシダ"},   {"山田", "ヤマダ"},   {"佐々木", "ササキ"}, {"山口", "ヤマグチ"}, {"松本", "マツモト"},
    {"井上", "イノウエ"}, {"木村", "キムラ"},   {"林", "ハヤシ"},     {"斎藤", "サイトウ"}, {"清水", "シミズ"},
    {"山崎", "ヤマザキ"}, {"森", "モリ"},       {"池田", "イケダ"},   {"橋本", "ハシモト"}, {"阿部", "アベ"},
    {"石川", "イシカワ"}, {"小川", "オガワ"},   {"前田", "マエダ"},   {"岡田", "オカダ"},   {"長谷川", "ハセガワ"},
    {"藤田", "フジタ"},   {"後藤", "ゴトウ"},   {"近藤", "コンドウ"}, {"村上", "ムラカミ"}, {"遠藤", "エンドウ"},
    {"青木", "アオキ"},   {"坂本", "サカモト"}, {"福田", "フクダ"},   {"太田", "オオタ"},   {"西村", "ニシムラ"},
    {"藤井", "フジイ"},   {"岡本", "オカモト"}};
const std::vector<Name> kWomen = {{"花", "ハナ"},       {"陽子", "ヨウコ"}, {"美咲", "ミサキ"},   {"結衣", "ユイ"},
                                  {"さくら", "サクラ"}, {"恵子", "ケイコ"}, {"由美", "ユミ"},     {"真由美", "マユミ"},
                                  {"和子", "カズコ"},   {"幸子", "サチコ"}, {"裕子", "ユウコ"},   {"葵", "アオイ"},
                                  {"莉子", "リコ"},     {"七海", "ナナミ"}, {"京子", "キョウコ"}, {"明美", "アケミ"}};
const std::vector<Name> kMen = {{"太郎", "タロウ"}, {"健一", "ケンイチ"}, {"大輔", "ダイスケ"}, {"翔太", "ショウタ"},
                                {"蓮", "レン"},     {"誠", "マコト"},     {"隆", "タカシ"},     {"浩", "ヒロシ"},
                                {"直樹", "ナオキ"}, {"拓也", "タクヤ"},   {"悠斗", "ユウト"},   {"陽翔", "ハルト"},
                                {"清", "キヨシ"},   {"進", "ススム"},     {"学", "マナブ"},     {"亮", "リョウ"}};

text::Date born(Numbers& numbers, text::Date today, int age) {
  return {today.year - age - 1, numbers.below(12) + 1, numbers.below(28) + 1};
}

Resident person(Numbers& numbers, const Name& family, Sex sex, text::Date birth_date, const identity::Address& address,
                std::string relation) {
  Resident one;
  const Name& given = numbers.of(sex == Sex::kFemale ? kWomen : kMen);
  one.name = {family.written, given.written, family.kana, given.kana, {}};
  one.birth_date = birth_date;
  one.sex = sex;
  one.address = address;
  one.relation = std::move(relation);
  return one;
}

}  // namespace

const DemoTown kAoba{
    "aoba", {"青葉町", "Aoba Town"}, "999-10", {"桜丘一丁目", "桜丘二丁目", "若葉台", "中央一丁目", "中央二丁目", "川原", "山手"}};
const DemoTown kMinato{
    "minato", {"みなと町", "Minato Town"}, "999-20", {"港一丁目", "港二丁目", "港南", "浜通り", "汐見台", "本町一丁目", "本町二丁目"}};

std::uint64_t Numbers::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

identity::Address make_address(Numbers& numbers, const DemoTown& town) {
  int street = numbers.below(int(town.streets.size()));
  char postal[16];
  std::snprintf(postal, sizeof postal, "%s%02d", town.postal_prefix.c_str(), street + 1);
  std::string number = std::to_string(numbers.below(30) + 1) + "番" + std::to_string(numbers.below(20) + 1) + "号";
  std::string building =
      numbers.chance(30) ? "コーポ結 " + std::to_string((numbers.below(4) + 1) * 100 + numbers.below(8) + 1) + "号室" : "";
  return {postal, "海山県", town.title.ja, town.streets[std::size_t(street)] + number, building};
}

Household make_household(Numbers& numbers, const DemoTown& town, text::Date today) {
  Household all;
  auto address = make_address(numbers, town);
  const Name& family = numbers.of(kFamilies);
  int age = 22 + numbers.below(66);
  Sex sex = numbers.chance(62) ? Sex::kMale : Sex::kFemale;
  all.push_back(person(numbers, family, sex, born(numbers, today, age), address, "head"));
  int kind = numbers.below(100);
  bool couple = kind >= 38, alone_with_child = kind >= 32 && kind < 38;
  if (couple)
    all.push_back(person(numbers, family, sex == Sex::kMale ? Sex::kFemale : Sex::kMale,
                         born(numbers, today, std::max(20, age - 3 + numbers.below(6))), address, "spouse"));
  int children = alone_with_child ? 1 + numbers.below(2) : couple && age < 62 ? numbers.below(4) : 0;
  for (int i = 0; i < children; ++i) {
    int oldest = std::max(1, std::min(age - 21, 24));
    all.push_back(person(numbers, family, numbers.chance(50) ? Sex::kFemale : Sex::kMale, born(numbers, today, numbers.below(oldest)),
                         address, "child"));
  }
  text::Date since{today.year - 1 - numbers.below(std::max(1, std::min(30, age - 20))), numbers.below(12) + 1, numbers.below(28) + 1};
  std::string insurance = age >= 75 ? "elderly" : numbers.chance(35) ? "national" : "employee";
  for (auto& one : all) {
    one.since = std::max(since, one.birth_date);
    int own = today.year - one.birth_date.year;
    one.insurance = own >= 76 ? "elderly" : insurance == "elderly" ? "national" : insurance;
    one.child_allowance = children > 0 && &one == &all[0];
  }
  return all;
}

std::vector<Household> make_households(Numbers& numbers, const DemoTown& town, std::size_t persons, text::Date today) {
  std::vector<Household> all;
  for (std::size_t count = 0; count < persons;) {
    all.push_back(make_household(numbers, town, today));
    while (count + all.back().size() > persons) all.back().pop_back();
    count += all.back().size();
  }
  return all;
}

Household hanako(text::Date today) {
  identity::Address address{"999-1003", "海山県", kAoba.title.ja, "若葉台4番12号", "コーポ結 205号室"};
  Resident mother, child;
  mother.name = {"結城", "花子", "ユウキ", "ハナコ", {}};
  mother.birth_date = {1992, 4, 17};
  mother.sex = Sex::kFemale;
  mother.insurance = "national";
  mother.child_allowance = true;
  child.name = {"結城", "陽", "ユウキ", "ハル", {}};
  child.birth_date = {today.year - 4, 6, 2};
  child.sex = Sex::kMale;
  child.insurance = "national";
  child.relation = "child";
  for (auto* one : {&mother, &child}) {
    one->address = address;
    one->since = std::max(text::Date{today.year - 6, 3, 28}, one->birth_date);
  }
  return {mother, child};
}

Household taro(text::Date today) {
  Household all(3);
  const char* given[][2] = {{"太郎", "タロウ"}, {"さくら", "サクラ"}, {"海", "カイ"}};
  const text::Date born[] = {{1986, 9, 3}, {1988, 1, 24}, {today.year - 7, 7, 20}};
  const char* relations[] = {"head", "spouse", "child"};
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].name = {"港", given[i][0], "ミナト", given[i][1], {}};
    all[i].birth_date = born[i];
    all[i].sex = i == 1 ? Sex::kFemale : Sex::kMale;
    all[i].relation = relations[i];
    all[i].insurance = "national";
    all[i].child_allowance = i == 0;
    all[i].address = {"999-1001", "海山県", kAoba.title.ja, "桜丘一丁目7番2号", ""};
    all[i].since = std::max(text::Date{today.year - 9, 4, 1}, all[i].birth_date);
  }
  return all;
}

}  // namespace musubi::app
