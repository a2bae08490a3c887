#include "kpi/sheet_report.h"

#include <gtest/gtest.h>

#include "kpi/judgement.h"
#include "kpi/report.h"
#include "kpi/sheet_pack.h"
#include "kpi/test_sheet_report.h"
#include "support/store_fixture.h"

namespace musubi::kpi {
namespace {

Result<std::vector<ReportedSheet>> read(const json::array& sheets, const char* at = nullptr) {
  std::vector<Fault> faults;
  json::value report = json::object{{"sheets", sheets}};
  if (at) report.as_object()["at"] = at;
  check_report_form(report, faults);
  ObjectReader reader(report, "", faults);
  auto out = read_reported_sheets(reader, faults);
  if (faults.empty()) return out;
  return Error{Code::kInvalid, "test", {"", ""}, std::move(faults)};
}

TEST(SheetReport, WhatIsToldIsReadAsItWasTold) {
  std::vector<Sheet> all = embedded_sheets();
  all.push_back(small_sheet());
  for (const auto& sheet : all) {
    ReportedSheet told = told_of(*held(sheet));
    auto again = read({*parse_json(canonical_json(to_json(told)))});
    ASSERT_OK(again);
    EXPECT_EQ((*again)[0], told) << sheet.header.id;
    EXPECT_EQ(canonical_json(to_json((*again)[0])), canonical_json(to_json(told)));
  }
  ReportedSheet told = told_of(*held(small_sheet()));
  EXPECT_EQ(told.step->ja, "相当程度進展あり") << "in words: the reader need not know the scale";
  EXPECT_EQ(told.marks[1].computed, Mark::kNear);
  EXPECT_TRUE(told.marks[2].year_missed);
  EXPECT_EQ(to_json(told).at("indicators").at(2).at("result"), "not_due");
}

TEST(SheetReport, ARowTellsNoMoreThanItsFigures) {
  Sheet sheet = small_sheet();
  Line& line = sheet.indicators[0].lines[0];
  line.note = Text{"注", "A note"};
  line.computed = "online-use-rate";
  line.yearly[2023].typed_reason = Text{"理由", "A reason"};
  line.title = Text{std::string(), "x"};
  for (int i = 0; i < 200; ++i) line.title->ja += "題";
  json::object told = told_json(sheet);
  const auto& row = told.at("indicators").at(0).at("lines").at(0).as_object();
  for (const char* member : {"note", "computed"}) EXPECT_FALSE(row.contains(member)) << member;
  EXPECT_FALSE(row.at("yearly").at("2023").as_object().contains("typed_reason"));
  EXPECT_EQ(row.at("title").at("ja").as_string().size(), kReportedTitleBytes);
  EXPECT_FALSE(told.contains("programmes"));
}

TEST(SheetReport, EveryFaultWithItsPlace) {
  using Places = std::vector<std::string>;
  auto faults = [&](auto change) {
    json::object sheet = told_json(small_sheet());
    change(sheet);
    Places places;
    if (auto out = read({sheet}); !out.ok())
      for (const auto& fault : out.error().faults) {
        places.push_back(fault.where.substr(std::string("/sheets").size()));
        EXPECT_FALSE(fault.message.ja.empty() || fault.message.en.empty()) << fault.where;
      }
    return places;
  };
  auto indicator = [](json::object& sheet) -> json::object& { return sheet["indicators"].as_array()[0].as_object(); };
  auto line = [&](json::object& sheet) -> json::object& { return indicator(sheet)["lines"].as_array()[0].as_object(); };
  EXPECT_EQ(faults([](json::object&) {}), Places{});
  EXPECT_EQ(faults([](json::object& sheet) {
              sheet["id"] = "../x";
              sheet["form"] = "secret";
              sheet["fiscal_year"] = 12;
              sheet["edition"] = "abc";
              sheet["publisher"] = "words";
              sheet.erase("policy");
            }),
            (Places{"/0/id", "/0/form", "/0/fiscal_year", "/0/policy", "/0/publisher", "/0/edition"}));
  EXPECT_EQ(faults([](json::object& sheet) { sheet["indicators"] = json::array{}; }), Places{"/0/indicators"});
  EXPECT_EQ(faults([&](json::object& sheet) {
              indicator(sheet)["number"] = "../1";
              indicator(sheet)["id"] = "No Id";
              indicator(sheet)["mark"] = "great";
              indicator(sheet)["title"] = json::object{{"ja", "\x07"}, {"en", "x"}};
            }),
            (Places{"/0/indicators/0/number", "/0/indicators/0/id", "/0/indicators/0/title/ja", "/0/indicators/0/mark"}));
  EXPECT_EQ(faults([](json::object& sheet) {
              sheet["judgement"].as_object()["scale"] = 1;
              sheet["judgement"].as_object()["title"] = "words";
            }),
            (Places{"/0/judgement/scale", "/0/judgement/title"}));
  EXPECT_EQ(faults([&](json::object& sheet) { indicator(sheet)["result"] = "missed"; }), Places{"/0/indicators/0/result"});
  EXPECT_EQ(faults([&](json::object& sheet) { indicator(sheet)["number"] = "2"; }), Places{"/0/indicators/1/number"});
  EXPECT_EQ(faults([&](json::object& sheet) {
              for (auto& one : sheet["indicators"].as_array()) one.as_object()["id"] = "aoba.one";
            }),
            (Places{"/0/indicators/1/id", "/0/indicators/2/id", "/0/indicators/3/id"}));
  EXPECT_EQ(faults([&](json::object& sheet) { indicator(sheet)["lines"] = json::array{}; }), Places{"/0/indicators/0/lines"});
  EXPECT_EQ(faults([&](json::object& sheet) {
              line(sheet)["kind"] = "miracle";
              line(sheet)["baseline_year"] = 9999;
              line(sheet)["final"] = json::object{};
              line(sheet)["yearly"].as_object()["99"] = json::object{};
            }),
            (Places{"/0/indicators/0/lines/0/kind", "/0/indicators/0/lines/0/yearly/99", "/0/indicators/0/lines/0/baseline_year",
                    "/0/indicators/0/lines/0/final"}));
}

TEST(SheetReport, StepsAreToldByIdsThatNoSpreadsheetTakesForAFormula) {
  auto scale = std::make_shared<Scale>(*find_scale("japan.five-steps"));
  scale->id = "aoba.own-steps";
  scale->steps[1] = {"=順調", {"順調", "On track"}};
  Sheet sheet = small_sheet();
  sheet.ruled.scale = scale;
  sheet.header.judgement = Judgement{"aoba.own-steps", "=順調", {}, {}};
  ReportedSheet told = told_of(*held(sheet));
  EXPECT_EQ(told.sheet.header.judgement->step, "step-2") << "by its place";
  EXPECT_EQ(told.step->ja, "順調");
  ASSERT_OK(read({to_json(told)}));
  sheet.header.judgement->scale = "aoba.unknown";
  EXPECT_FALSE(told_of(*held(sheet)).sheet.header.judgement) << "no reader would take it";
}

// Programs of before told steps as their scale names them, and such reports are kept: neither a town nor a past day is lost for it.
TEST(SheetReport, AScaleOrStepThatIsNoIdIsPassedOver) {
  for (auto [member, told] : {std::pair{"step", "達成"}, {"step", "@sum"}, {"scale", "=1+1"}}) {
    json::object sheet = told_json(small_sheet());
    sheet["judgement"].as_object()[member] = told;
    auto all = read({sheet});
    ASSERT_OK(all);
    EXPECT_FALSE((*all)[0].sheet.header.judgement) << told;
    EXPECT_EQ((*all)[0].step->ja, "相当程度進展あり") << "its words stay";
  }
}

TEST(SheetReport, YearsThatNoHonestReportSpeaksOfArePassedOver) {
  Sheet sheet = small_sheet();
  auto& yearly = sheet.indicators[0].lines[0].yearly;
  yearly.clear();
  for (int year : {2025, 2026, 2027, 2028, 2040, 2056, 2057, 2999})
    yearly[year] = YearValues{.target = SheetValue{1.0}, .actual = SheetValue{2.0}};
  json::object told = told_json(sheet), next = told, far = told;
  next["id"] = "aoba.sheet-next";
  next["fiscal_year"] = 2031;
  far["id"] = "aoba.sheet-far";
  far["fiscal_year"] = 2032;
  auto all = read({told, next, far}, "2026-11-22T00:00:00Z");
  ASSERT_OK(all);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[1].sheet.header.id, "aoba.sheet-next");
  std::string kept;
  for (const auto& [year, values] : (*all)[0].sheet.indicators[0].lines[0].yearly)
    kept += std::to_string(year) + (values.target ? "t" : "") + (values.actual ? "a " : " ");
  EXPECT_EQ(kept, "2025ta 2026ta 2027ta 2028t 2040t 2056t ");
}

TEST(SheetReport, TwiceTooManyTooLargeAndUnknown) {
  json::object sheet = told_json(small_sheet());
  auto fault = [](const json::array& sheets) {
    auto out = read(sheets);
    return out.ok() ? std::string() : out.error().faults[0].where;
  };
  EXPECT_EQ(fault({sheet, sheet}), "/sheets/1/id");
  EXPECT_EQ(fault(json::array(kReportedSheets + 1, sheet)), "/sheets");
  json::array many, five_hundred;
  for (std::size_t i = 1; i <= kMaxSheetIndicators; ++i) {
    json::value one = sheet["indicators"].at(0);
    one.as_object()["number"] = std::to_string(i);
    five_hundred.push_back(std::move(one));
  }
  for (int i = 0; i < 5; ++i) {
    json::object another = sheet;
    another["id"] = "aoba.sheet-" + std::to_string(i);
    another["indicators"] = five_hundred;
    if (i == 4) { EXPECT_EQ(fault(many), ""); }
    many.push_back(std::move(another));
  }
  EXPECT_EQ(fault(many), "/sheets") << "each is small enough, all together are not";
  json::object newer = sheet;
  newer["members_of_a_newer_binary"] = 1;
  auto& line = newer["indicators"].as_array()[0].as_object()["lines"].as_array()[0].as_object();
  line["shade"] = "blue";
  line["baseline"].as_object()["error_bar"] = 2;
  line["yearly"].as_object()["2023"].as_object()["actual"].as_object()["source"] = "x";
  auto understood = read({newer});
  ASSERT_OK(understood);
  EXPECT_EQ((*understood)[0], told_of(*held(small_sheet())));
  line["shade"] = std::int64_t(1) << 60;
  EXPECT_EQ(fault({newer}), "/sheets") << "no canonical JSON";
  json::value deep = 1;
  for (int i = 0; i < 10; ++i) deep = json::array{deep};
  line["shade"] = deep;
  EXPECT_EQ(fault({newer}), "/sheets") << "what could not be read again";
}

}  // namespace
}  // namespace musubi::kpi
