#include "procedures/pack.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "procedures/pack_rules.h"

namespace musubi::procedures {
namespace {

std::string moving() {
  std::ifstream file(MUSUBI_SOURCE_DIR "/packs/demo/moving/pack.json");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  auto at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  if (at != text.npos) text.replace(at, from.size(), to);
  return text;
}

std::size_t line_with(const std::string& text, std::string_view part) {
  auto at = text.find(part);
  EXPECT_NE(at, text.npos) << part;
  return std::size_t(std::count(text.begin(), text.begin() + std::ptrdiff_t(std::min(at, text.size())), '\n')) + 1;
}

TEST(Pack, TheDemoPackHasNoFault) {
  auto pack = read_pack(moving());
  ASSERT_TRUE(pack.ok()) << pack.error().faults[0].where << " " << pack.error().faults[0].message.en;
  EXPECT_EQ(pack->id, "demo.moving");
  EXPECT_EQ(pack->events.at(0).questions.size(), 4u);
  std::vector<std::string> ids;
  for (const auto& procedure : pack->procedures) ids.push_back(procedure.id);
  EXPECT_EQ(ids,
            (std::vector<std::string>{"move-out", "moving-in", "health-insurance", "child-allowance", "water-start", "correction"}));
  ASSERT_TRUE(pack->field("movers"));
  EXPECT_EQ(pack->field("movers")->source->item, "person.household");
  EXPECT_TRUE(pack->procedure("correction")->by_system);
  EXPECT_EQ(embedded_packs().size(), 1u);
}

struct Case {
  std::string_view from, to, pointer, says;
};

TEST(Pack, EachFaultWithItsPlace) {
  const Case cases[] = {
      {"\"type\": \"person_name\"", "\"type\": \"name\"", "/fields/4/type", "no type of field"},
      {"\"field\": \"from_town\"", "\"field\": \"no_town\"", "/roles/0/field", "no field called"},
      {"\"field\": \"from_town\"", "\"field\": \"move_date\"", "/roles/0/field", "type member"},
      {"\"when\": \"about = water\"", "\"when\": \"about = gas\"", "/events/0/list/1/when", "never hold"},
      {"\"when\": \"about = water\"", "\"when\": \"about = \"", "/events/0/list/1/when", "cannot be read"},
      {"\"when\": \"about = water\"", "\"when\": \"new_head = me\"", "/events/0/list/1/when", "questions only"},
      {"{\"procedure\": \"move-out\", ", "{\"procedure\": \"move-away\", ", "/events/0/list/0/procedure", "no procedure called"},
      {"\"id\": \"move-out-accepted\"", "\"id\": \"Move Out\"", "/procedures/0/decision/id", "lower-case"},
      {"{to_town} での手続", "{to_city} での手続", "/procedures/0/decision/body/2", "Nothing in this form fills"},
      {"\"after\": [\"move-out\"]", "\"after\": [\"moving-in\"]", "/procedures/1/after", "circle"},
      {"\"latest_days\": 180", "\"latest_days\": -500", "/fields/2/earliest_days", "later than"},
      {"\"musubi_pack\": 1", "\"musubi_pack\": 2", "/musubi_pack", "must be 1"},
      {"\"recipient\": \"origin\"", "\"recipient\": \"mars\"", "/procedures/0/recipient", "no role called"},
      {"\"standard_days\": 1,", "\"standard_days\": \"one\",", "/procedures/0/standard_days", "integer"},
      {"\"accept\": [\"pdf\", \"png\", \"jpeg\"]", "\"accept\": [\"exe\"]", "/fields/16/accept/0", "pdf, png or jpeg"},
  };
  const std::string good = moving();
  for (const auto& one : cases) {
    std::string text = with(good, one.from, one.to);
    auto faults = check_pack(text);
    ASSERT_FALSE(faults.empty()) << one.to;
    EXPECT_EQ(faults[0].pointer, one.pointer) << one.to << ": " << faults[0].message.en;
    EXPECT_NE(faults[0].message.en.find(one.says), std::string::npos) << faults[0].message.en;
    EXPECT_FALSE(faults[0].message.ja.empty());
    EXPECT_LE(faults[0].line, std::size_t(std::count(text.begin(), text.end(), '\n')) + 1);
  }
}

TEST(Pack, AllFaultsAtOnceByLine) {
  std::string text =
      with(with(with(moving(), "\"type\": \"person_name\"", "\"type\": \"name\""), "\"when\": \"about = water\"", "\"when\": \"(\""),
           "\"recipient\": \"water\"", "\"receiver\": \"water\"");
  auto faults = check_pack(text);
  ASSERT_EQ(faults.size(), 4u);
  EXPECT_EQ(faults[0].line, line_with(text, "\"type\": \"name\""));
  EXPECT_EQ(faults[1].line, line_with(text, "\"when\": \"(\""));
  EXPECT_EQ(faults[2].pointer, "/procedures/4/recipient");  // missing: shown where the procedure stands
  EXPECT_EQ(faults[3].pointer, "/procedures/4/receiver");
  EXPECT_EQ(faults[3].line, line_with(text, "\"receiver\""));
}

TEST(Pack, PermitsMustCoverWhatIsFetched) {
  std::string text = moving();
  for (auto at = text.find("\"person.birth_date\", "); at != text.npos; at = text.find("\"person.birth_date\", ")) text.erase(at, 21);
  auto pack = read_pack(text);
  ASSERT_FALSE(pack.ok());
  EXPECT_NE(pack.error().faults[0].message.en.find("permit"), std::string::npos) << pack.error().faults[0].message.en;
}

TEST(Pack, OtherTextsAreNoPacks) {
  EXPECT_EQ(check_pack("{").size(), 1u);
  EXPECT_EQ(check_pack("{\n\n]")[0].line, 3u);
  EXPECT_FALSE(check_pack("[]").empty());
  EXPECT_FALSE(is_procedures_pack("{\"kind\":\"plan\"}"));
  EXPECT_TRUE(is_procedures_pack("{\"kind\":\"procedures\"}"));
  EXPECT_FALSE(is_procedures_pack("x"));
}

TEST(Pack, Ids) {
  for (std::string_view good : {"a", "move-out", "new_head", "x9"}) EXPECT_TRUE(valid_id(good)) << good;
  for (std::string_view bad : {"", "-a", "a-", "a--b", "9a", "A", "a b", "あ"}) EXPECT_FALSE(valid_id(bad)) << bad;
  EXPECT_TRUE(valid_pack_id("demo.moving"));
  EXPECT_FALSE(valid_pack_id("demo"));
}

}  // namespace
}  // namespace musubi::procedures
