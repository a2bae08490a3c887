// A whole installation in a temporary folder: made, used, opened again, copied, damaged.

#include "app/installation.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "app/test_town.h"
#include "app/wiring.h"
#include "base/file.h"
#include "evidence/log.h"
#include "kpi/kpi.h"
#include "kpi/sheets.h"
#include "kpi/test_follow_up.h"
#include "kpi/test_plan.h"
#include "kpi/test_sheet.h"
#include "support/fault_vfs.h"
#include "support/raw_sql.h"
#include "support/store_fixture.h"
#include "trust/certificates.h"

namespace musubi::app {
namespace {

class TownOfFiles : public Town {};  // what happens to files of the embedded store
INSTANTIATE_TEST_SUITE_P(Both, Town, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);
INSTANTIATE_TEST_SUITE_P(One, TownOfFiles, ::testing::Values(testing::BackEnd::kSqlite), testing::back_end_name);

TEST_P(Town, IsMadeOnceAndOpensAgain) {
  ASSERT_OK(create("minato"));
  EXPECT_ERROR(create("minato"), "org.exists");
  reopen();
  EXPECT_EQ(installation->title("minato").en, "Minato Town");
  auto database = installation->store().organisation("minato");
  ASSERT_OK(database);
  EXPECT_EQ(evidence::Log::of(**database).origin(), "example.jp/minato");
  auto report = installation->verify("minato", {});
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean());
  EXPECT_EQ(report->records, 5u);
}

TEST_P(Town, NamesOfItsOwnPathsAreRefused) {
  for (const char* id : {"static", "health", "explain"}) EXPECT_ERROR(create(id), "org.reserved");
  EXPECT_ERROR(create("Bad Name"), "identity.bad_organisation");  // its log would bear the name, too
  EXPECT_ERROR(installation->create_organisation({"Bad Name", {"municipality", {"町", "Town"}}, "example.jp/bad", "管理者"}),
               "org.bad_id");
  EXPECT_FALSE(file_exists(config.data + "/static/keys"));
}

TEST_P(Town, WhatIsRefusedLeavesNothing) {
  identity::Organisation good{"municipality", {"みなと町", "Minato Town"}};
  struct Case {
    NewOrganisation wanted;
    std::size_t faults;
  };
  for (const auto& c : {Case{{"minato", {"zoo", good.title}, "", "管理者"}, 1}, Case{{"minato", {"zoo", {"", ""}}, "a b", ""}, 5},
                        Case{{"minato", good, "a b", "管理者"}, 1}, Case{{"minato", good, "", ""}, 1}}) {
    auto refused = installation->create_organisation(c.wanted);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().faults.size(), c.faults) << "all at once";
    EXPECT_FALSE(file_exists(config.data + "/minato"));
    EXPECT_TRUE(installation->store().organisations().value().empty());
  }
  ASSERT_OK(create("minato"));
}

TEST_P(Town, ASecondProcessMayReadButNotWrite) {
  ASSERT_OK(create("minato"));
  auto second = Installation::open(config, Opening::kServe);
  ASSERT_EQ(second.ok() ? "" : second.error().name, "app.busy");
  for (const auto& text : {second.error().message.ja, second.error().message.en})
    EXPECT_NE(text.find("kill -TERM " + std::to_string(::getpid())), text.npos) << text;
  auto reading = Installation::open(config, Opening::kRead);
  ASSERT_OK(reading);
  auto report = (*reading)->verify("minato", {});
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean());
}

TEST_P(Town, AnAttemptCutShortIsTakenUp) {
  auto keys =
      trust::create_keys(trust::keys_folder(config.data, "minato"), "example.jp/minato", "minato", installation->clock().now());
  ASSERT_OK(keys);
  ASSERT_OK(installation->store().create("minato"));  // and then it stopped
  ASSERT_OK(create("minato"));
  EXPECT_EQ(installation->verify("minato", {})->records, 5u);
}

TEST_P(TownOfFiles, GoesOnFromABackupUnderANewName) {
  ASSERT_OK(create("minato"));
  auto database = installation->store().organisation("minato").value();
  ASSERT_OK(evidence::Log::of(*database).keep_checkpoint());
  std::string backup = folder.path() + "/backup.db";
  ASSERT_OK(database->backup_to(backup));
  database.reset();
  config.data = folder.path() + "/elsewhere";
  reopen();
  ASSERT_OK(installation->restore_organisation({"minato", backup}));
  auto report = installation->verify("minato", {});
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean()) << report->findings[0].where;
  EXPECT_TRUE(report->origin.starts_with("example.jp/minato/2-")) << report->origin;  // and a random end
  auto roots = installation->store().organisation("minato").value()->read(
      [](db::Reader& reader) { return trust::certificates_pem(reader, "root"); });
  EXPECT_EQ(crypto::parse_pem_chain(*roots)->size(), 2u) << "the old root judges old stamps";
}

TEST_P(Town, TheFirstLinkStandsInAPrivateFile) {
  ASSERT_OK(create("minato"));
  ASSERT_OK(installation->keep_first_sign_in("minato", "http://127.0.0.1:8080/minato/sign-in/x"));
  struct stat status {};
  ASSERT_EQ(::stat(installation->first_sign_in_path("minato").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  installation->drop_expired_first_sign_ins();
  EXPECT_TRUE(file_exists(installation->first_sign_in_path("minato")));
  timespec old[2] = {{status.st_mtim.tv_sec - 24 * 3600, 0}, {status.st_mtim.tv_sec - 24 * 3600, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, installation->first_sign_in_path("minato").c_str(), old, 0), 0);
  installation->drop_expired_first_sign_ins();
  EXPECT_FALSE(file_exists(installation->first_sign_in_path("minato")));
  ASSERT_OK(installation->keep_first_sign_in("minato", "http://127.0.0.1:8080/minato/sign-in/x"));
  installation->drop_first_sign_in("minato");
  EXPECT_FALSE(file_exists(installation->first_sign_in_path("minato")));
}

TEST_P(Town, EveryPublicPageAnswers) {
  ASSERT_OK(create("minato"));
  Wiring wiring(*installation);
  wiring.set_base_url("http://127.0.0.1:8080");
  for (const char* target : {"/",
                             "/index.json",
                             "/index.csv",
                             "/minato",
                             "/health",
                             "/metrics",
                             "/openapi.json",
                             "/explain",
                             "/explain.json",
                             "/explain.csv",
                             "/problems/db.locked",
                             "/accessibility",
                             "/privacy",
                             "/gallery",
                             "/schemas/plan.schema.json",
                             "/robots.txt",
                             "/favicon.svg",
                             "/minato/sign-in",
                             "/minato/plans",
                             "/minato/log",
                             "/minato/log/checkpoint",
                             "/minato/log/tsa.pem"}) {
    for (auto language : {Language::ja, Language::en}) {
      http::Request request;
      request.target = target;
      request.id = "01";
      request.headers.add("Accept-Language", language == Language::ja ? "ja" : "en");
      ASSERT_TRUE(http::parse_target(request).ok());
      EXPECT_EQ(wiring.router().dispatch(request).status, 200) << target;
    }
  }
}

TEST_P(Town, OnlyTheDemoSaysThatItIsOne) {
  ASSERT_OK(create("minato"));
  Wiring wiring(*installation);
  auto has_banner = [&](const char* target) {
    http::Request request;
    request.target = target;
    request.id = "01";
    EXPECT_TRUE(http::parse_target(request).ok());
    return wiring.router().dispatch(request).bytes().find("class=\"banner\"") != std::string_view::npos;
  };
  std::string marker = installation->folder("minato") + "/demo";
  for (const char* target : {"/minato", "/minato/plans", "/minato/kpi"}) {
    EXPECT_FALSE(has_banner(target)) << target;
    ASSERT_OK(replace_file(marker, "example.jp/aoba\n", 0644));
    EXPECT_FALSE(has_banner(target)) << target << ": another organisation's";
    ASSERT_OK(replace_file(marker, "fictional\n", 0644));
    EXPECT_FALSE(has_banner(target)) << target << ": a demo's log has a demo's name";
    auto origin = (*installation->keys("minato"))->origin;
    ASSERT_OK(replace_file(marker, origin.substr(0, origin.rfind('/')) + "\n", 0644));
    EXPECT_TRUE(has_banner(target)) << target << ": restored from one";
    ASSERT_OK(replace_file(marker, (*installation->keys("minato"))->origin + "\n", 0644));
    EXPECT_TRUE(has_banner(target)) << target;
    std::filesystem::remove(marker);
  }
}

TEST_P(Town, SchemasOfPacksAreServedAsTheyAre) {
  Wiring wiring(*installation);
  auto get = [&](std::string target) {
    http::Request request;
    request.target = std::move(target);
    request.id = "01";
    EXPECT_TRUE(http::parse_target(request).ok());
    return wiring.router().dispatch(request);
  };
  for (const char* kind : {"indicators", "permits", "plan", "procedures", "scale", "sheet"}) {
    std::string name = std::string(kind) + ".schema.json";
    auto response = get("/schemas/" + name);
    EXPECT_EQ(response.status, 200) << kind;
    EXPECT_EQ(response.body, read_file(std::string(MUSUBI_SOURCE_DIR) + "/packs/schemas/" + name, 1 << 20).value());
  }
  EXPECT_EQ(get("/schemas/plan").status, 404);
}

TEST_P(Town, ADraftIsNotReadInTheLog) {
  ASSERT_OK(create("minato"));
  auto database = installation->store().organisation("minato").value();
  auto draft = kpi::Plans(*database).import_plan(kpi::small_plan(), "officer-aaaaaa");
  ASSERT_OK(draft);
  Wiring wiring(*installation);
  auto ask = [&](const std::string& target) {
    http::Request request;
    request.target = target;
    request.id = "01";
    EXPECT_TRUE(http::parse_target(request).ok());
    return wiring.router().dispatch(request);
  };
  std::string entry = "/minato/log/records/" + std::to_string(draft->records.back());
  auto titles_in = [&](const std::string& target) {
    auto body = ask(target).body;
    return body.find("避難所") != body.npos || body.find("kpi.measure_entered") != body.npos ||
           body.find("aoba.data-plan") != body.npos;
  };
  EXPECT_EQ(ask(entry).status, 403);
  EXPECT_EQ(ask(entry + ".json").status, 403);
  for (const char* target : {"/minato/log", "/minato/log/records.json"}) EXPECT_FALSE(titles_in(target)) << target;
  EXPECT_EQ(ask(entry + "/receipt").status, 200) << "that it exists can be proven all the same";
  ASSERT_OK(kpi::Plans(*database).sign_off("aoba.data-plan", "officer-aaaaaa", draft->edition));
  EXPECT_EQ(ask(entry).status, 200);
  EXPECT_EQ(ask(entry + ".json").status, 200);
  EXPECT_TRUE(titles_in("/minato/log/records.json"));
}

// Findings are public with the follow-up; what the review of a sheet says of them is so no earlier.
TEST_P(Town, AReviewTellsNobodyOfFindingsThatAreNotPublished) {
  ASSERT_OK(create("minato"));
  auto database = installation->store().organisation("minato").value();
  ASSERT_OK(kpi::Plans(*database).sign_off(kpi::kPlan, "officer-bbbbbb",
                                           kpi::Plans(*database).import_plan(kpi::small_plan(), "officer-aaaaaa").value().edition));
  kpi::FollowUps follow_ups(*database);
  ASSERT_OK(follow_ups.set_schedule(kpi::kPlan, kpi::small_schedule(), 0, kpi::administrator()));
  ASSERT_OK(follow_ups.open_finding(kpi::kPlan, "1-1", "officer-bbbbbb", {"様式を示すこと", "Show a form"}));
  kpi::Sheets sheets(*database);
  kpi::Sheet sheet = kpi::small_sheet();
  sheet.indicators[0].measures = {{kpi::kPlan, "1-1"}};
  Wiring wiring(*installation);
  auto reviewed = [&] {  // what everybody reads of the newest review, once the sheet is published
    EXPECT_TRUE(sheets.import_sheet(sheet, "officer-aaaaaa").ok());
    std::string edition = sheets.state(sheet.header.id, kpi::View{.drafts = true}).value()->edition;
    EXPECT_EQ(sheets.take_step(sheet.header.id, kpi::RouteStep::kReviewed, "officer-aaaaaa", edition, "").error().name,
              "sheet.remarks_open");
    std::int64_t review = 0;
    for (auto [step, actor] : {std::pair{kpi::RouteStep::kReviewed, "officer-aaaaaa"},
                               {kpi::RouteStep::kApproved, "officer-bbbbbb"},
                               {kpi::RouteStep::kPublished, "officer-bbbbbb"}}) {
      auto done = sheets.take_step(sheet.header.id, step, actor, edition, "確かめた");
      EXPECT_TRUE(done.ok());
      if (done.ok() && step == kpi::RouteStep::kReviewed) review = done->record;
    }
    http::Request request;
    request.target = "/minato/log/records/" + std::to_string(review) + ".json";
    request.id = "01";
    EXPECT_TRUE(http::parse_target(request).ok());
    auto response = wiring.router().dispatch(request);
    EXPECT_EQ(response.status, 200);
    EXPECT_NE(response.bytes().find("kpi.sheet_reviewed"), std::string_view::npos);
    EXPECT_NE(response.bytes().find("確かめた"), std::string_view::npos);
    return response.bytes().find("finding_not_followed") != std::string_view::npos;
  };
  EXPECT_FALSE(reviewed());
  ASSERT_OK(follow_ups.publish(kpi::kPlan, follow_ups.state(kpi::kPlan, kpi::View{.drafts = true}).value().cutoff,
                               kpi::lead("officer-bbbbbb")));
  sheet.indicators[0].title.en = "Share of procedures on line";
  EXPECT_TRUE(reviewed()) << "by then everybody can read the finding";
}

struct FaultyDisk {
  FaultyDisk() { disk.reset(), disk.set_default(true); }
  ~FaultyDisk() { disk.reset(), disk.set_default(false); }
  testing::FaultVfs& disk = testing::FaultVfs::instance();
};

// Whoever watches the server learns of it, and everybody else goes on reading.
TEST_P(TownOfFiles, AfterAFailedSyncHealthSaysThatItRefuses) {
  installation.reset();
  FaultyDisk faulty;
  reopen();
  ASSERT_OK(create("minato"));
  auto wiring = std::make_unique<Wiring>(*installation);
  auto ask = [&](const std::string& target) {
    http::Request request;
    request.target = target;
    request.id = "01";
    EXPECT_TRUE(http::parse_target(request).ok());
    return wiring->router().dispatch(request);
  };
  auto health = [&](int status) {
    auto response = ask("/health");
    EXPECT_EQ(response.status, status);
    auto value = parse_json(response.bytes()).value();
    EXPECT_EQ(value.at("ok"), status == 200);
    return json::serialize(value.at("refusing"));
  };
  auto appoint = [&] {
    return installation->store().organisation("minato").value()->write([&](db::Transaction& tx) {
      return identity::appoint(tx, "佐藤", identity::Role::kOfficer, "operator", installation->clock().now());
    });
  };
  ASSERT_OK(appoint());
  EXPECT_EQ(health(200), "[]");
  faulty.disk.fail(testing::FaultVfs::Call::kSync, 1, testing::FaultVfs::kForever);
  ASSERT_FALSE(appoint().ok());
  faulty.disk.reset();  // healthy again, which nobody can tell
  EXPECT_EQ(health(503), "[\"minato\"]");
  EXPECT_ERROR(appoint(), "db.refusing");
  EXPECT_EQ(ask("/minato/log/checkpoint").status, 200);
  wiring.reset();
  reopen();
  wiring = std::make_unique<Wiring>(*installation);
  ASSERT_OK(appoint());
  EXPECT_EQ(health(200), "[]");
  EXPECT_TRUE(installation->verify("minato", {})->clean());
  wiring.reset();
  installation.reset();
}

TEST(DataFolder, WhatIsNoFolderIsNamed) {
  testing::TemporaryFolder folder;
  Config config;
  config.data = folder.path() + "/file";
  ASSERT_OK(replace_file(config.data, "x", 0600));
  for (auto opening : {Opening::kServe, Opening::kRead}) {
    auto opened = Installation::open(config, opening);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().name, "app.data_no_folder");
    EXPECT_NE(opened.error().message.ja.find(config.data), std::string::npos);
  }
}

TEST_P(Town, AnEmptyInstallationTellsTheFirstStep) {
  Wiring wiring(*installation);
  http::Request request;
  request.target = "/";
  ASSERT_TRUE(http::parse_target(request).ok());
  EXPECT_NE(wiring.router().dispatch(request).body.find("musubi org create"), std::string::npos);
}

}  // namespace
}  // namespace musubi::app
