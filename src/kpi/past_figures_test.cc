// Figures as known on a past day, what they stand on, and what these pages refuse.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "kpi/definitions.h"
#include "kpi/gather.h"
#include "kpi/log_root.h"
#include "kpi/report.h"
#include "kpi/test_indicators.h"
#include "kpi/test_past.h"
#include "web/static_files.h"

namespace musubi::kpi {
namespace {

class PastFiguresTest : public PastTest {};

// What a reader could have saved on that day is what is answered later, whatever was gathered meanwhile.
TEST_P(PastFiguresTest, APastDayIsWhatWasShownThen) {
  auto figure = [&](const std::string& id, const std::string& query) {
    json::object one = json_of("/aoba/kpi/" + id + ".json" + query);
    for (const char* name : {"stands_on", "url"}) one.erase(name);
    return canonical_json(one);
  };
  std::map<std::string, std::string> then;
  auto keep = [&](const std::string& day) {
    clock.set(at((day + "T23:59:59.999999+09:00").c_str()));
    for (const auto& one : embedded_indicators()) then[one.id + ".json?as_of=" + day] = figure(one.id, "");
    ASSERT_OK(Indicators(*database).catch_up(embedded_indicators(), 9));
  };
  filed("2024-04-11T10:00:00+09:00", 13);
  keep("2024-04-11");
  decided("2024-04-12T10:00:00+09:00", 1, 9);
  keep("2024-04-12");
  filed("2024-05-02T10:00:00+09:00", 8);
  decided("2024-05-02T11:00:00+09:00", 10, 7);
  keep("2024-05-02");
  clock.set(at("2024-06-01T10:00:00+09:00"));
  filed("2024-06-01T10:00:00+09:00", 20);
  for (int round = 0; round < 2; ++round) {
    for (const auto& [target, value] : then) {
      auto end = target.find(".json");
      EXPECT_EQ(figure(target.substr(0, end), target.substr(end + 5)), value) << target << " round " << round;
    }
    while (*Indicators(*database).catch_up(embedded_indicators())) {}
  }
  EXPECT_EQ(json_of("/aoba/kpi/decisions.json?as_of=2024-04-12").at("n"), 5);
  EXPECT_EQ(json_of("/aoba/office/kpi/decisions.json?as_of=2024-04-12").at("n"), 9) << "officers see every figure";
  EXPECT_EQ(json_of("/aoba/kpi/decisions.json").at("n"), 15);
  EXPECT_EQ(json_of("/aoba/kpi/decisions.json?as_of=2001-01-01").at("why"), "no_records");
}

TEST_P(PastFiguresTest, PageListAndCsvSayThatDay) {
  filed("2024-04-11T10:00:00+09:00", 10);
  filed("2024-06-01T10:00:00+09:00", 30);
  std::string page(get("/aoba/kpi/online-use-rate?as_of=2024-04-11").bytes());
  EXPECT_NE(page.find("As known on"), page.npos);
  EXPECT_NE(page.find("10 records"), page.npos);
  std::string list(get("/aoba/kpi?as_of=2024-04-11").bytes());
  EXPECT_NE(list.find("/aoba/kpi/online-use-rate?as_of=2024-04-11"), list.npos) << "the day goes on with the reader";
  EXPECT_NE(get("/aoba/kpi.csv?as_of=2024-04-11").bytes().find("online-use-rate,,,,100,10,"), std::string_view::npos);
  const std::string table(get("/aoba/kpi/online-use-rate.csv?as_of=2024-04-11").bytes());
  EXPECT_NE(table.find("online-use-rate,,,,100,10,," + find_indicator("online-use-rate")->formula.id() + ",11,"), table.npos) << table;
  EXPECT_EQ(json_of("/aoba/kpi.json?as_of=2024-04-11").at("stands_on").at("records"), 11);
  EXPECT_EQ(json_of("/aoba/kpi.json?as_of=2024-04-11").at("stands_on").at("as_of"), "2024-04-11");
}

TEST_P(PastFiguresTest, TheRecordsBehindAFigureAreThoseOfItsDay) {
  filed("2024-04-11T10:00:00+09:00", 13);
  decided("2024-04-12T10:00:00+09:00", 1, 9);
  decided("2024-05-02T11:00:00+09:00", 10, 4);
  clock.set(at("2024-06-01T10:00:00+09:00"));
  for (const char* indicator : {"decisions", "online-use-rate", "hours-open-p90"})
    for (const char* day : {"2024-04-11", "2024-04-12", "2024-05-02"}) {
      const std::string one = std::string("/aoba/office/kpi/") + indicator, query = std::string("?as_of=") + day;
      EXPECT_EQ(json_of(one + "/records.json" + query).at("total"), json_of(one + ".json" + query).at("n")) << indicator << " " << day;
    }
  std::string page(get("/aoba/office/kpi/decisions?as_of=2024-04-12").bytes());
  EXPECT_NE(page.find("/decisions/records?as_of=2024-04-12\""), page.npos);
  EXPECT_NE(page.find("/decisions/records?month=2024-04&amp;as_of=2024-04-12\""), page.npos);
  page = get("/aoba/office/kpi/decisions/records?as_of=2024-04-12&per_page=5").bytes();
  EXPECT_NE(page.find("As known on"), page.npos);
  EXPECT_NE(page.find("as_of=2024-04-12&amp;per_page=5&amp;page=2"), page.npos) << "paging stays in the day";
  EXPECT_EQ(get("/aoba/office/kpi/decisions/records?as_of=yesterday").status, 400);
}

TEST_P(PastFiguresTest, AListIsSortedByItsAddress) {
  filed("2024-04-11T10:00:00+09:00", 10);
  decided("2024-04-12T10:00:00+09:00", 1, 20);
  auto ids = [&](const std::string& target) {
    const auto answer = json_of(target);
    std::vector<std::string> out;
    for (const auto& one : answer.at("indicators").as_array()) out.emplace_back(one.at("id").as_string());
    return out;
  };
  const auto plain = ids("/aoba/kpi.json");
  const auto up = ids("/aoba/kpi.json?sort=n"), down = ids("/aoba/kpi.json?sort=-n");
  ASSERT_EQ(up.size(), plain.size());
  EXPECT_EQ(std::set(up.begin(), up.end()), std::set(plain.begin(), plain.end())) << "none is lost";
  auto place = [](const std::vector<std::string>& all, const char* id) { return std::find(all.begin(), all.end(), id) - all.begin(); };
  EXPECT_LT(place(up, "online-use-rate"), place(up, "decisions")) << "10 before 20";
  EXPECT_LT(place(down, "decisions"), place(down, "online-use-rate"));
  for (const char* list : {"/aoba/kpi", "/aoba/office/kpi"}) {
    std::string table(get(std::string(list) + ".csv?sort=-n").bytes()), page(get(std::string(list) + "?sort=-n").bytes());
    EXPECT_LT(table.find("\r\ndecisions,"), table.find("\r\nonline-use-rate,")) << list;
    page = page.substr(page.find("id=\"indicators\""));
    EXPECT_LT(page.find("/kpi/decisions\""), page.find("/kpi/online-use-rate\"")) << list;
    EXPECT_NE(page.find("aria-sort=\"descending\""), page.npos) << list;
    for (const char* bad : {"", ".json", ".csv"}) EXPECT_EQ(get(std::string(list) + bad + "?sort=odd").status, 422) << list << bad;
  }
}

TEST_P(PastFiguresTest, BeforeAnyRecordNothingRan) {
  filed("2024-04-11T10:00:00+09:00", 1);
  auto value = [&](const std::string& end) {
    return parse_json(get("/aoba/kpi/availability.json" + end).bytes()).value().as_object();
  };
  EXPECT_FALSE(value("").at("value").is_null());
  EXPECT_TRUE(value("?as_of=2020-01-01").at("value").is_null());
}

TEST_P(PastFiguresTest, WhatCannotBeAnsweredIsRefused) {
  for (const char* end : {"/aoba/kpi", "/aoba/kpi.json", "/aoba/kpi.csv", "/aoba/kpi/decisions", "/aoba/kpi/decisions.json",
                          "/aoba/kpi/decisions.csv", "/aoba/kpi/decisions/organisations.json", "/aoba/office/kpi.json"}) {
    EXPECT_EQ(get(end + std::string("?as_of=yesterday")).status, 400) << end;
    auto unknown = get(end + std::string("?asof=2024-04-11&month=2024-04"));
    EXPECT_EQ(unknown.status, 422) << end;
    EXPECT_NE(unknown.bytes().find("asof"), std::string_view::npos) << "every fault at once";
    EXPECT_NE(unknown.bytes().find("month"), std::string_view::npos);
  }
  EXPECT_EQ(get("/aoba/kpi?lang=en").status, 200);
  filed("2024-04-11T10:00:00+09:00", 6);
  auto report = make_report(*database, clock.now());
  ASSERT_OK(report);
  ASSERT_OK(keep_report(*database, "minato", {"港市", "Minato City"}, *report, "service"));
  EXPECT_EQ(get("/aoba/kpi.json").status, 200);
  EXPECT_EQ(get("/aoba/kpi.json?as_of=2024-04-11").status, 200) << "what others reported has its days, too";
}

// Defined on the 11th, revised on the 12th, withdrawn on the 13th, defined again on the 14th.
TEST_P(PastFiguresTest, APastDayHasTheDefinitionsOfThatDay) {
  auto define = [&](const char* day, const std::string& formula) {
    clock.set(at(day));
    auto pack = read_indicators(pack_text({definition_text("own-count", formula, false)}));
    ASSERT_OK(pack);
    ASSERT_OK(Definitions(*database).import_pack(*pack, {}, "officer-aaaaaa"));
  };
  filed("2024-04-10T10:00:00+09:00", 7);
  define("2024-04-11T12:00:00+09:00", R"({"kind":"count","records":"records.case_opened"})");
  filed("2024-04-11T13:00:00+09:00", 2);
  while (*Indicators(*database).catch_up(database->read([](db::Reader& reader) { return definitions(reader); }).value())) {}
  define("2024-04-12T12:00:00+09:00", R"({"kind":"count","records":"records.decided"})");
  decided("2024-04-12T13:00:00+09:00", 1, 3);
  clock.set(at("2024-04-13T12:00:00+09:00"));
  ASSERT_OK(Definitions(*database).withdraw("own-count", "officer-bbbbbb", 2));
  define("2024-04-14T12:00:00+09:00", R"({"kind":"count","records":"records.case_opened","where":{"online":false}})");
  clock.set(at("2024-06-01T10:00:00+09:00"));
  auto then = [&](const std::string& day) { return json_of("/aoba/office/kpi/own-count.json?as_of=" + day); };
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(then("2024-04-11").at("n"), 9);
    EXPECT_EQ(then("2024-04-11").at("revision"), 1);
    EXPECT_EQ(then("2024-04-12").at("n"), 3);
    EXPECT_EQ(then("2024-04-12").at("revision"), 2);
    EXPECT_EQ(then("2024-04-14").at("revision"), 4);
    EXPECT_EQ(json_of("/aoba/kpi/own-count.json").at("revision"), 4);
    for (const char* day : {"2024-04-10", "2024-04-13"})
      for (const char* page : {"/aoba/kpi/own-count.json", "/aoba/kpi/own-count", "/aoba/office/kpi/own-count.csv"}) {
        auto none = get(page + std::string("?as_of=") + day);
        EXPECT_EQ(none.status, 404) << page << day;
        if (!std::string_view(page).ends_with("json")) continue;
        EXPECT_NE(none.bytes().find("kpi.unknown_indicator"), std::string_view::npos) << none.bytes();
      }
    while (*Indicators(*database).catch_up(database->read([](db::Reader& reader) { return definitions(reader); }).value())) {}
  }
  EXPECT_EQ(get("/aoba/kpi?as_of=2024-04-13").bytes().find("own-count"), std::string_view::npos);
  EXPECT_NE(get("/aoba/kpi?as_of=2024-04-12").bytes().find("own-count?as_of=2024-04-12"), std::string_view::npos);
  EXPECT_NE(get("/aoba/kpi/own-count?as_of=2024-04-12").bytes().find("Revision of the definition"), std::string_view::npos);
  std::string office(get("/aoba/office/kpi/own-count?as_of=2024-04-12").bytes());
  EXPECT_EQ(office.find("/withdraw"), office.npos) << "a past day is not acted upon";
  EXPECT_NE(office.find("officer-aaaaaa"), office.npos);
  EXPECT_EQ(office.find("officer-bbbbbb"), office.npos) << "what came later";
  EXPECT_NE(get("/aoba/office/kpi/own-count").bytes().find("/withdraw"), std::string_view::npos);
}

TEST_P(PastFiguresTest, FiguresNameTheTreeTheyStandOn) {
  filed("2024-04-11T10:00:00+09:00", 300);
  filed("2024-06-01T10:00:00+09:00", 300);
  json::object then = json_of("/aoba/kpi/decisions.json?as_of=2024-04-11"), now = json_of("/aoba/kpi/decisions.json");
  const auto& stands_on = now.at("stands_on").as_object();
  std::string note = evidence::Log::of(*database).checkpoint();
  auto checkpoint = evidence::parse_checkpoint(note.substr(0, note.find("\n\n") + 1));
  ASSERT_OK(checkpoint);
  EXPECT_EQ(stands_on.at("records"), std::int64_t(checkpoint->size));
  EXPECT_EQ(stands_on.at("root").as_string(), to_base64(crypto::bytes(checkpoint->root)));
  EXPECT_EQ(stands_on.at("checkpoint").as_string(), "/aoba/log/checkpoint");
  const auto& past = then.at("stands_on").as_object();
  EXPECT_EQ(past.at("records"), 301);
  EXPECT_EQ(past.at("consistency").as_string(), "/aoba/log/consistency?from=301&to=601");
  auto root = from_base64(std::string(past.at("root").as_string()));
  auto proof = evidence::Log::of(*database).consistency(301, 601);
  ASSERT_TRUE(root && proof.ok());
  crypto::Digest digest{};
  ASSERT_EQ(root->size(), digest.size());
  std::copy(root->begin(), root->end(), digest.begin());
  EXPECT_TRUE(evidence::verify_consistency(301, 601, digest, checkpoint->root, *proof));
  std::string page(get("/aoba/kpi/decisions?as_of=2024-04-11").bytes());
  EXPECT_NE(page.find(std::string(past.at("root").as_string()).substr(0, 16)), page.npos);
  auto beyond = root_at(*database, 602);
  ASSERT_OK(beyond);
  EXPECT_FALSE(*beyond) << "no checkpoint covers it";
}

INSTANTIATE_TEST_SUITE_P(Both, PastFiguresTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
