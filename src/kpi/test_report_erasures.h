// An organisation that reports to itself under another name, and erases what it had told.
#pragma once

#include <string>
#include <vector>

#include "document/deflate.h"
#include "evidence/erase.h"
#include "kpi/report.h"
#include "kpi/test_past.h"

namespace musubi::kpi {

class ReportErasuresTest : public PastTest {
 protected:
  void SetUp() override {
    PastTest::SetUp();
    if (HasFatalFailure()) return;
    PlanDocument national = small_plan();
    national.header.id = "japan.data-plan";
    sign_plan(national);
  }
  ImportOutcome sign_plan(const PlanDocument& plan) {
    auto imported = import(plan);
    EXPECT_TRUE(plans().sign_off(plan.header.id, "officer-bbbbbb", imported.edition).ok());
    return imported;
  }
  ImportOutcome sign_local(const char* title, const char* heading = "計画") {
    PlanDocument plan = small_plan();
    plan.header.serves_plan = "japan.data-plan";
    plan.header.title = {heading, heading};
    plan.measures[0].title = {title, title};
    plan.measures[0].serves = {"1-1"};
    return sign_plan(plan);
  }
  void erase(std::vector<std::int64_t> records) {
    evidence::ErasureOrder order{{}, "request", "operator", [](db::Transaction& tx, std::span<const std::uint64_t> all) {
                                   auto touched = Plans::erase_rows(tx, all);
                                   auto sheets = Sheets::erase_rows(tx, all);
                                   if (touched.ok() && sheets.ok()) touched->insert(touched->end(), sheets->begin(), sheets->end());
                                   return sheets.ok() ? touched : sheets;
                                 }};
    for (auto index : records) order.indexes.push_back(std::uint64_t(index));
    ASSERT_OK(evidence::erase(*database, order, folder.path() + "/erasures"));
  }
  void day(int number) { clock.set(Time{at("2024-05-01T10:00:00+09:00").us + (number - 1) * 86'400'000'000LL}); }
  json::object report() {
    clock.advance_us(1'000'000);
    auto made = make_report(*database, clock.now());
    EXPECT_TRUE(made.ok());
    return made.ok() ? *made : json::object{};
  }
  void keep(const json::object& report) {
    auto kept = keep_report(*database, "minato", {"港市", "Minato City"}, report, "service");
    ASSERT_OK(kept);
    EXPECT_TRUE(*kept);
  }
  // What the organisation's reports say, wherever they are kept.
  std::string kept() {
    auto all = database->read([](db::Reader& reader) -> Result<std::string> {
      std::string out;
      for (const auto& row : TRY(reader.query("SELECT content FROM kpi_report"))) out += row.text(0);
      for (const auto& row : TRY(reader.query("SELECT content FROM kpi_report_past")))
        out += document::inflated(row.blob(0), kKeptBytes).value();
      return out;
    });
    return all.ok() ? *all : all.error().message.en;
  }
  bool says(const std::string& words) { return kept().find(words) != std::string::npos; }
  std::string title_on(const std::string& as_of) {
    auto data = json_of("/aoba/plans/japan.data-plan/coverage.json" + as_of);
    return std::string(data.at("measures").at(0).at("served_by").at(0).at("title").at("en").as_string());
  }
  std::int64_t record_of(const ImportOutcome& outcome, const std::string& stream) {
    for (auto index : outcome.records) {
      auto record = database->read([&](db::Reader& reader) { return evidence::find_record(reader, std::uint64_t(index)); });
      if (record.ok() && *record && (*record)->stream == stream) return index;
    }
    ADD_FAILURE() << stream;
    return 0;
  }
};

inline constexpr const char* kMeasure = "kpi/plan/aoba.data-plan/measure/1-1";

}  // namespace musubi::kpi
