// Procedures on offer: entered once for each version, closed, opened again.
#include "procedures/offers.h"

#include "evidence/log.h"
#include "procedures/fake_neighbours.h"

namespace musubi::procedures {
namespace {

class OffersTest : public ProceduresTest {
 protected:
  std::size_t enter(const std::vector<const Procedure*>& open) {
    auto entered = enter_offers(*databases["minato"], open, clock.now());
    EXPECT_TRUE(entered.ok()) << (entered.ok() ? "" : entered.error().message.en);
    return entered.ok() ? *entered : SIZE_MAX;
  }
  // "published moving-in 1", in the order of the log.
  std::vector<std::string> told() {
    auto records = databases["minato"]->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 100); });
    std::vector<std::string> out;
    for (const auto& record : *records) {
      if (!record.type.starts_with("procedures.")) continue;
      auto facts = parse_json(record.head)->get_object().at("facts").get_object();
      EXPECT_EQ(facts.contains("online"), record.type == "procedures.published");
      EXPECT_FALSE(record.body) << "nothing that could have to be erased";
      out.push_back(record.type.substr(11) + " " + std::string(facts.at("procedure").as_string()) + " " +
                    std::to_string(facts.at("version").as_int64()));
    }
    return out;
  }
};

using Told = std::vector<std::string>;

TEST_P(OffersTest, AnOfficeTakesWhatItsKindReceivesAndNothingThatTheSystemStarts) {
  std::set<std::string> towns, companies;
  for (const auto* one : procedures_for("municipality")) {
    towns.insert(one->id);
    EXPECT_FALSE(one->by_system);
  }
  for (const auto* one : procedures_for("company")) companies.insert(one->id);
  for (const char* id : {"move-out", "moving-in", "health-insurance", "child-allowance"}) EXPECT_TRUE(towns.contains(id)) << id;
  EXPECT_EQ(companies, (std::set<std::string>{"water-start"}));
  EXPECT_TRUE(procedures_for("linker").empty());
}

TEST_P(OffersTest, EnteredOnceForEachVersionClosedAndOpenedAgain) {
  Procedure in = *pack().procedure("moving-in"), out = *pack().procedure("move-out");
  in.version = out.version = 1;
  EXPECT_EQ(enter({&in, &out}), 2u);
  EXPECT_EQ(enter({&in, &out}), 0u);
  EXPECT_EQ(told(), (Told{"published move-out 1", "published moving-in 1"}));
  in.version = 2;
  EXPECT_EQ(enter({&in, &out}), 1u);
  EXPECT_EQ(enter({&in}), 1u);
  EXPECT_EQ(enter({&in}), 0u);
  EXPECT_EQ(enter({&in, &out}), 1u);
  EXPECT_EQ(enter({}), 2u);
  EXPECT_EQ(told(), (Told{"published move-out 1", "published moving-in 1", "published moving-in 2", "closed move-out 1",
                          "published move-out 1", "closed move-out 1", "closed moving-in 2"}));
  expect_clean();
}

INSTANTIATE_TEST_SUITE_P(Both, OffersTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::procedures
