// A small plan for tests: two sections, two fields, three measures of different states.
#pragma once

#include "kpi/plan.h"

namespace musubi::kpi {

inline PlanDocument small_plan() {
  PlanDocument plan;
  plan.header = {"aoba.data-plan",
                 "2024-04-01",
                 {"青葉町データ活用計画", "Aoba Town data plan"},
                 {"町の計画です。", "The plan of the town."},
                 {"青葉町データ活用計画", "Aoba Town data plan"},
                 {"青葉町", "Aoba Town"},
                 "2024-04-01",
                 {{"life", {"くらし", "Daily life"}}, {"work", {"しごと", "Work"}}},
                 {{"1", {"手続", "Procedures"}, Text{"第10条", "Article 10"}}, {"2", {"オープンデータ", "Open data"}, std::nullopt}}};
  Measure one{"1-1",
              "1",
              "life",
              {"引越し手続のオンライン化", "Moving house on line"},
              {KpiStatus::kSet, Text{"オンライン利用率", "Share of filings on line"}, std::nullopt},
              {KpiStatus::kNotSet, std::nullopt, Text{"2024年度中に検討", "To be considered in fiscal 2024"}},
              Target{{"利用率 50 %", "50 % on line"}, 50.0, Text{"%", "%"}, 2025, "target"},
              {{{"開始", "Begin"}, "FY2019"}},
              Baseline{{"利用率 12 %", "12 % on line"}, "2023"},
              {"e-gov"},
              {"施策1-1", "measure 1-1"},
              std::nullopt};
  Measure two{"1-2",
              "1",
              "work",
              {"事業者向け窓口の一本化", "One counter for companies"},
              {KpiStatus::kNotSet, std::nullopt, std::nullopt},
              {KpiStatus::kNotSet, std::nullopt, Text{"2025年度", "Fiscal 2025"}},
              std::nullopt,
              {},
              std::nullopt,
              {},
              {"施策1-2", "measure 1-2"},
              std::nullopt};
  Measure three{"2-1",
                "2",
                "life",
                {"避難所データの公開", "Shelter data published"},
                {KpiStatus::kSet, Text{"公開した件数", "Data sets published"}, std::nullopt},
                {KpiStatus::kNone, std::nullopt, std::nullopt},
                std::nullopt,
                {},
                std::nullopt,
                {},
                {"施策2-1", "measure 2-1"},
                Text{"頁が読めない", "The page cannot be read"}};
  plan.measures = {one, two, three};
  return plan;
}

}  // namespace musubi::kpi
