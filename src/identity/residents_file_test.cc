#include "identity/residents_file.h"

#include <gtest/gtest.h>

#include "evidence/verify.h"
#include "identity/test_office.h"

namespace musubi::identity {
namespace {

const std::string kHead =
    "household,relation,family,given,family_kana,given_kana,birth_date,sex,postal_code,prefecture,municipality,street,building,since,"
    "insurance,child_allowance\n";
const std::string kHanako =
    "1,head,青葉,花子,アオバ,ハナコ,1990-04-01,female,999-1001,海山県,青葉町,桜丘1番1号,,2020-04-01,national,yes\n";
const std::string kIchiro =
    "1,子,青葉,一郎,あおば,ｲﾁﾛｳ,令和2年2月3日,男,999-1001,海山県,青葉町,桜丘1番1号,,令和2年4月1日,職場の健康保険,無\n";
const std::string kJiro =
    "2,世帯主,緑川,次郎,ミドリカワ,ジロウ,昭和40年5月6日,not_stated,999-1002,海山県,青葉町,若葉台2番2号,コーポ結 "
    "101号室,2001-01-01,,\n";

std::vector<std::string> faults_of(const std::string& csv) {
  std::vector<std::string> out;
  auto read = read_residents_file(csv);
  if (read.ok()) return out;
  for (const auto& fault : read.error().faults) {
    EXPECT_FALSE(fault.message.ja.empty() || fault.message.en.empty() || fault.message.ja == fault.message.en) << fault.where;
    out.push_back(fault.where + " " + fault.message.en.substr(0, fault.message.en.find(':')));
  }
  return out;
}

TEST(ResidentsFile, IsReadAsPeopleWriteIt) {
  auto read = read_residents_file("\xEF\xBB\xBF" + kHead + kIchiro + kJiro + kHanako);
  ASSERT_OK(read);
  ASSERT_EQ(read->size(), 3u);
  const auto& hanako = (*read)[0].person;  // of the first household, and its head
  EXPECT_EQ((*read)[0].line, 4u);
  EXPECT_EQ(hanako.name.full(), "青葉 花子");
  EXPECT_TRUE(hanako.child_allowance);
  const auto& ichiro = (*read)[1].person;
  EXPECT_EQ(ichiro.name.kana(), "アオバ イチロウ");
  EXPECT_EQ(ichiro.birth_date, (text::Date{2020, 2, 3}));
  EXPECT_EQ(ichiro.sex, Sex::kMale);
  EXPECT_EQ(ichiro.relation, "child");
  EXPECT_EQ(ichiro.insurance, "employee");
  EXPECT_EQ((*read)[2].person.relation, "head");
  EXPECT_EQ((*read)[2].person.insurance, "none");
}

TEST(ResidentsFile, EveryFaultIsNamedWithItsLine) {
  using Faults = std::vector<std::string>;
  EXPECT_EQ(faults_of(kHead + kHanako + ",cousin,,,xx,yy,2020-02-30,boy,9991001,,青葉町,,,soon,gold,perhaps\n"),
            (Faults{"3 birth_date", "3 since", "3 sex", "3 child_allowance", "3 household", "3 family", "3 given", "3 family_kana",
                    "3 given_kana", "3 postal_code", "3 prefecture", "3 street", "3 relation", "3 insurance", "3 relation"}));
  EXPECT_EQ(faults_of("household,family,weather,family\n1,a,b,c\n").size(), 13u)
      << "eleven columns are missing, one is unknown, one stands twice";
  EXPECT_EQ(faults_of(kHead + kHanako + kHanako), (Faults{"3 family", "3 relation"})) << "the same person twice, and two heads";
  EXPECT_EQ(faults_of(kHead + kIchiro), (Faults{"2 relation"})) << "a household without a head";
  EXPECT_EQ(faults_of(kHead), (Faults{"1 household"}));
  EXPECT_EQ(faults_of(""), (Faults{"1 household"}));
  std::string crowd = kHead + kHanako;
  for (int i = 0; i < 30; ++i)
    crowd += "1,child,青葉,子" + std::to_string(i) + ",アオバ,コ,2015-04-01,female,999-1001,海山県,青葉町,桜丘1番1号,,2020-04-01,,\n";
  EXPECT_EQ(faults_of(crowd), (Faults{"2 household"}));
  EXPECT_ERROR(read_residents_file(kHead + "1,head\n"), "csv.malformed");
  EXPECT_ERROR(read_residents_file(kHead + "\xff"), "csv.not_utf8");
}

class FileRegister : public Office {
 protected:
  Result<FileEntered> enter(const std::string& csv) {
    auto persons = TRY(read_residents_file(csv));
    return write([&](db::Transaction& tx) { return enter_residents_file(tx, persons, "operator"); });
  }
  std::uint64_t count() {
    return database->read([](db::Reader& reader) { return count_residents(reader); }).value();
  }
};
INSTANTIATE_TEST_SUITE_P(Both, FileRegister, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(FileRegister, AllComeOrNobody) {
  auto first = enter(kHead + kHanako);
  ASSERT_OK(first);
  EXPECT_EQ(first->persons, 1u);
  auto again = enter(kHead + kJiro + kHanako);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().name, "residents.bad_file");
  ASSERT_EQ(again.error().faults.size(), 1u);
  EXPECT_EQ(again.error().faults[0].where, "3");
  EXPECT_EQ(count(), 1u) << "nobody of a file with a fault";
  ASSERT_OK(enter(kHead + kJiro));
  EXPECT_EQ(count(), 2u);
}

TEST_P(FileRegister, MoreThanOneCallCanTake) {
  std::string csv = kHead;
  for (int i = 0; i < 700; ++i)
    for (const char* relation : {"head", "spouse"})
      csv += std::to_string(i) + "," + relation + ",山田,花" + std::to_string(i) + relation +
             ",ヤマダ,ハナ,1980-01-02,female,999-1001,海山県,青葉町,桜丘" + std::to_string(i) + "番,,2001-01-01,,\n";
  auto done = enter(csv);
  ASSERT_OK(done);
  EXPECT_EQ(done->persons, 1400u);
  EXPECT_EQ(done->households, 700u);
  EXPECT_EQ(count(), 1400u);
  auto found = database->read([](db::Reader& reader) { return search_residents(reader, {"花699head"}); }).value();
  ASSERT_EQ(found.residents.size(), 1u);
  EXPECT_EQ(database->read([&](db::Reader& reader) { return household_of(reader, found.residents[0].code); }).value().size(), 2u);
  auto report = evidence::verify(*database, {});
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean());
}

}  // namespace
}  // namespace musubi::identity
