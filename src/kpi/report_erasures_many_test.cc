// More erasures than a report tells one by one: none is dropped, and finding them costs no more questions.
#include <set>

#include "kpi/store.h"
#include "kpi/test_report_erasures.h"

namespace musubi::kpi {
namespace {

class ManyErasuresTest : public ReportErasuresTest {
 protected:
  // Records that are erased, of a plan that serves a national one, as one order leaves them.
  void erased_measures(const std::vector<std::pair<std::string, std::string>>& measures) {
    clock.advance_us(1'000'000);
    ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
      std::int64_t index = -1'000'000;  // before what there is
      std::set<std::string> plans;
      auto record = [&](const std::string& plan, const char* what, const std::string& number) {
        return tx.execute("INSERT INTO kpi_record (idx, plan_id, what, number, revision, at) VALUES ($1, $2, $3, $4, 1, $5)",
                          {index++, plan, std::string(what), number, clock.now().us});
      };
      for (const auto& [plan, number] : measures) {
        TRY(tx.put("evidence_erasure", {{"idx", index}, {"ground", "request"}, {"at", clock.now().us}}));
        TRY(record(plan, "measure", number));
        plans.insert(plan);
      }
      for (const auto& plan : plans) {
        TRY(record(plan, "sign_off", ""));
        PlanHeader header = small_plan().header;
        header.id = plan;
        header.serves_plan = "japan.data-plan";
        if (plan != "aoba.data-plan") TRY(store::put_header(tx, header, 1));
      }
      TRY(evidence::append(tx, {kOpened, "records/case/erased", "service", {}, {}}));
      return {};
    }));
  }
};

std::vector<std::pair<std::string, std::string>> many(int plans, int measures) {
  std::vector<std::pair<std::string, std::string>> out;
  for (int plan = 0; plan < plans; ++plan)
    for (int measure = 1; measure <= measures; ++measure)
      out.emplace_back(plan == 0 ? "aoba.data-plan" : "aoba.plan-" + std::to_string(plan), "9-" + std::to_string(measure));
  return out;
}

// None is dropped, not the first of them either: the parts of the plan that has most are told as one.
TEST_P(ManyErasuresTest, MoreThanAReportTellsOneByOne) {
  day(1);
  auto signed_off = sign_local("山田太郎");
  keep(report());
  day(2);
  sign_local("見守り");
  keep(report());
  day(3);
  erase({record_of(signed_off, kMeasure)});
  erased_measures(many(1, 2100));
  const auto told = report().at("erased").as_array();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].at("plan"), "aoba.data-plan");
  EXPECT_EQ(told[0].at("whole"), true);
  EXPECT_EQ(told[0].at("records"), 2101);
  keep(report());
  EXPECT_FALSE(says("山田太郎"));
  EXPECT_EQ(title_on(""), "見守り") << "not what is told now";
}

TEST_P(ManyErasuresTest, MoreThanAReportTellsPlanByPlan) {
  day(1);
  auto signed_off = sign_local("山田太郎");
  keep(report());
  day(2);
  erase({record_of(signed_off, kMeasure)});
  auto all = many(700, 3);
  all.pop_back();
  erased_measures(all);
  auto told = report().at("erased").as_array();
  EXPECT_LE(told.size(), kReportedErasures);
  EXPECT_EQ(told[0].at("whole"), true) << "of those with most the first";
  EXPECT_FALSE(told.back().as_object().contains("whole")) << "no more than need be";
  keep(report());
  EXPECT_FALSE(says("山田太郎"));
  EXPECT_EQ(*read_report(report())->erasures.begin(), (Erasure{{ErasedPlace::Kind::kPlan, "aoba.data-plan", "", true},
                                                               parse_rfc3339(std::string(told[0].at("until").as_string())).value(),
                                                               4}));
}

TEST_P(ManyErasuresTest, MoreThanAReportTellsAtAll) {
  day(1);
  auto signed_off = sign_local("山田太郎");
  keep(report());
  day(2);
  erase({record_of(signed_off, kMeasure)});
  erased_measures(many(2100, 1));
  auto told = report().at("erased").as_array();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].at("plan"), "*");
  keep(report());
  EXPECT_FALSE(says("山田太郎"));
}

class CountingReader final : public db::Reader {
 public:
  explicit CountingReader(db::Reader& inner) : inner_(inner) {}
  Result<db::Rows> query(std::string_view sql, db::Parameters with) override { return ++asked, inner_.query(sql, with); }
  Result<void> scan(std::string_view sql, db::Parameters with, const std::function<Result<void>(const db::Row&)>& each) override {
    return ++asked, inner_.scan(sql, with, each);
  }
  Result<std::vector<std::int64_t>> search(std::string_view index, std::span<const Phrase> phrases, std::size_t limit) override {
    return inner_.search(index, phrases, limit);
  }
  int asked = 0;

 private:
  db::Reader& inner_;
};
class CountedReads final : public Forwarding {
 public:
  using Forwarding::Forwarding;
  int asked = 0;

 private:
  Result<void> read_erased(std::function<Result<void>(db::Reader&)> closure) override {
    return inner_.read([&](db::Reader& reader) -> Result<void> {
      CountingReader counting(reader);
      auto done = closure(counting);
      asked += counting.asked;
      return done;
    });
  }
};

// A report is made while the nation waits.
TEST_P(ManyErasuresTest, ThousandsAreFoundByAsManyQueriesAsOne) {
  erased_measures(many(3, 500));
  CountedReads counted(*database);
  auto told = erasures_to_report(counted);
  ASSERT_OK(told);
  EXPECT_EQ(told->size(), 1000u) << "aoba.data-plan serves none";
  EXPECT_EQ(counted.asked, 3);
}

INSTANTIATE_TEST_SUITE_P(Both, ManyErasuresTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
