// Posts that draft, review, approve and publish sheets: stated as records, held to by every act, told on pages.
#include "kpi/duties.h"

#include <algorithm>

#include "kpi/duty_pages.h"
#include "kpi/pages_test_support.h"
#include "kpi/scales.h"
#include "kpi/sheet_json.h"
#include "kpi/store.h"
#include "kpi/test_sheet.h"

namespace musubi::kpi {
namespace {

constexpr const char* kBase = "/aoba/office/sheets/aoba.sheet-2023";
const std::vector<std::string> kKnown = {"planner", "head", "mayor"};

class DutiesTest : public KpiPagesTest {
 protected:
  void SetUp() override {
    KpiPagesTest::SetUp();
    context_->posts = [](const std::string&) {
      return std::vector<PostWords>{
          {"planner", {"企画係", "Planner"}}, {"head", {"企画課長", "Head of planning"}}, {"mayor", {"町長", "Mayor"}}};
    };
    context_->posts_of = [this](const std::string&, const std::string&) {
      if (++looks_ == restate_at_) say({{{{"mayor"}, {"mayor"}, {"mayor"}, {"mayor"}}}}, restated_);
      return mine_;
    };
    context_->is_administrator = [this](const http::Request&) { return administrator_; };
  }
  std::string get(const std::string& target) { return std::string(send(http::Method::get, target).bytes()); }
  int step(const char* act) {
    auto state = sheets().state("aoba.sheet-2023", View{.drafts = true}).value();
    return send(http::Method::post, std::string(kBase) + "/review",
                {{"act", act}, {"edition", state->edition}, {"remark", "理由がある"}})
        .status;
  }
  std::int64_t say(SheetDuties duties, std::int64_t expected) {
    auto done = state_duties(*database, duties, kKnown, "officer-admin", expected);
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().message.en);
    return done.ok() ? *done : -1;
  }
  static SheetDuties chain() { return {{{{"planner"}, {"head"}, {"head", "mayor"}, {"mayor"}}}}; }

  std::vector<std::string> mine_;
  bool administrator_ = false;
  int looks_ = 0, restate_at_ = 0;  // at which look at the officer's posts an administrator states others
  std::int64_t restated_ = 0;       // over which revision
  std::unique_ptr<http::Router> router_;
};

TEST_P(DutiesTest, StatedAndChangedAsRecords) {
  EXPECT_FALSE(database->read([](db::Reader& reader) { return sheet_duties(reader); })->stated());
  EXPECT_EQ(say(chain(), 0), 1);
  auto now = database->read([](db::Reader& reader) { return sheet_duties(reader); });
  ASSERT_OK(now);
  EXPECT_EQ(now->posts, chain().posts);
  EXPECT_EQ(now->by(Duty::kApprove, {"mayor"}), "mayor");
  EXPECT_EQ(now->by(Duty::kDraft, {"mayor"}), std::nullopt);
  EXPECT_EQ(state_duties(*database, chain(), kKnown, "officer-admin", 0).error().name, "sheet.duties_changed");
  EXPECT_EQ(state_duties(*database, chain(), kKnown, "officer-admin", 1).error().name, "sheet.duties_same");
  auto unknown = state_duties(*database, {{{{"ghost"}, {}, {}, {"ghoul"}}}}, kKnown, "officer-admin", 1);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().faults.size(), 2u) << "every fault at once";
  // What could not be read back is not written; a post that was ticked twice counts once.
  SheetDuties crowd;
  std::vector<std::string> crowd_known;
  for (std::size_t i = 0; i <= kMaxDutyPosts; ++i) crowd_known.push_back("post-" + std::to_string(i));
  crowd.posts[0] = crowd_known;
  auto many = state_duties(*database, crowd, crowd_known, "officer-admin", 1);
  ASSERT_FALSE(many.ok());
  EXPECT_EQ(many.error().faults[0].where, "draft");
  SheetDuties twice = chain();
  twice.posts[0].push_back(twice.posts[0][0]);
  EXPECT_EQ(state_duties(*database, twice, kKnown, "officer-admin", 1).error().name, "sheet.duties_same");
  EXPECT_EQ(say({}, 1), 2);
  EXPECT_EQ(duty_history(*database)->size(), 2u);
  expect_clean();
}

TEST_P(DutiesTest, EachStepIsForItsPosts) {
  ASSERT_OK(sheets().import_sheet(small_sheet(), "officer-aaaaaa"));
  say(chain(), 0);
  auto logic = [&] { return send(http::Method::post, std::string(kBase) + "/judgement", {{"base", "1"}, {"step", ""}}).status; };
  mine_ = {"mayor"};
  EXPECT_EQ(logic(), 403);
  EXPECT_EQ(send(http::Method::post, std::string(kBase) + "/indicators/1/same", {{"x", "y"}}).status, 403);
  EXPECT_EQ(send(http::Method::post, std::string(kBase) + "/logic", {{"x", "y"}}).status, 403);
  EXPECT_EQ(send(http::Method::post, "/aoba/office/sheets/import", {{"upload", "x"}}).status, 403);
  EXPECT_EQ(step("review"), 403);
  EXPECT_NE(get(std::string(kBase) + "/review").find("企画課長"), std::string::npos) << "who does it is told";
  EXPECT_EQ(get(std::string(kBase) + "/review").find("value=\"review\""), std::string::npos) << "no button that refuses";
  mine_ = {"planner"};
  EXPECT_EQ(logic(), 303);
  mine_ = {"head"};
  EXPECT_EQ(step("review"), 303);
  EXPECT_EQ(step("approve"), 403) << "the post allows it, but two officers are needed";
  EXPECT_EQ(step("publish"), 403);
  actor_ = "officer-bbbbbb";
  mine_ = {"planner"};
  EXPECT_EQ(step("return"), 403);
  mine_ = {"mayor"};
  EXPECT_EQ(step("approve"), 303);
  EXPECT_EQ(step("publish"), 303);
  auto published = database->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 1, "kpi.sheet_published"); });
  ASSERT_OK(published);
  ASSERT_EQ(published->size(), 1u);
  EXPECT_NE((*published)[0].body->find("\"post\":\"mayor\""), std::string::npos);
}

// The officer is let in, an administrator states other posts, and then comes the act: it is refused, whichever it is.
TEST_P(DutiesTest, PostsRestatedBeforeTheActCount) {
  ASSERT_OK(sheets().import_sheet(small_sheet(), "officer-aaaaaa"));
  ASSERT_EQ(step("review"), 303);
  actor_ = "officer-bbbbbb";
  for (const char* act : {"approve", "publish"}) ASSERT_EQ(step(act), 303);
  Scale scale = embedded_scales()[0];
  scale.id = "aoba.own";
  ASSERT_OK(Scales(*database).import_scale(scale, "officer-aaaaaa"));
  scale.title = {"別の題", "Another title"};
  Sheet other = small_sheet();
  other.header.id = "aoba.other";
  auto waiting = [&](const std::string& text) {
    return database->write([&](db::Transaction& tx) { return store::keep_upload(tx, text, clock.now()); }).value();
  };
  json::object edit{{"part", "header"}, {"number", ""}, {"base", 1}, {"content", to_json(small_sheet().header)}};
  const std::string edits = canonical_json(json::object{{"sheet", "aoba.sheet-2023"}, {"edits", json::array{std::move(edit)}}});
  const std::string base = kBase, all = "/aoba/office/sheets";
  struct Act {
    std::string target;
    web::Parameters fields;
    int looks = 2;  // at the door, and by the mandate
  };
  const web::Parameters indicator = {{"number", "9"},        {"goal", "open"},
                                     {"title-ja", "指標"},   {"title-en", "An indicator"},
                                     {"row-row0-ja", "行"},  {"row-row0-en", "A row"},
                                     {"row-row0-final", "5"}},
                        head = {{"id", "aoba.first"},        {"form", "evaluation"},     {"year", "2024"},
                                {"month", "2025-08"},        {"policy_number", "2"},     {"printed-ja", "青葉2"},
                                {"printed-en", "Aoba 2"},    {"policy-ja", "政策"},      {"policy-en", "A policy"},
                                {"field-ja", "分野"},        {"field-en", "A field"},    {"office-ja", "課"},
                                {"office-en", "Office"},     {"author-ja", "課長"},      {"author-en", "Head"},
                                {"publisher-ja", "町"},      {"publisher-en", "A town"}, {"unit-ja", "千円"},
                                {"unit-en", "thousand yen"}, {"goal1-ja", "目標"},       {"goal1-en", "A goal"},
                                {"goal2-ja", "二つ目"},      {"goal2-en", "A second"},   {"title-ja", "指標"},
                                {"title-en", "Indicator"},   {"row-row0-ja", "行"},      {"row-row0-en", "A row"},
                                {"row-row0-final", "5"}},
                        programme = {{"number", "9"}, {"title-ja", "手段"}, {"title-en", "A programme"}};
  const Act acts[] = {
      {base + "/judgement", {{"base", "1"}, {"step", ""}}},
      {base + "/indicators/1/edit", {{"base", "1"}, {"v-2023-number", "34"}}},
      {base + "/indicators/1/same", {{"base", "1"}, {"act", "apart"}}},
      {base + "/logic", {{"base", "1"}, {"act", "no_stages"}, {"no_stages-ja", "一つだけ"}, {"no_stages-en", "one alone"}}},
      {base + "/grounds", {{"base", "1"}, {"owners", "企画課長 | Head of planning"}}},
      {all + "/new", head},
      {base + "/edit", with(with(with(head, "base", "1"), "goal1-name", "online"), "goal2-name", "open")},
      {base + "/new-indicator", indicator},
      {base + "/indicators/4/rows", with(with(indicator, "base", "1"), "row-row0-name", "")},
      {base + "/indicators/4/remove", {{"revision", "1"}}},
      {base + "/indicators/4/undo", {{"revision", "1"}}},
      {base + "/new-programme", programme},
      {base + "/programmes/1/edit", with(programme, "base", "1")},
      {base + "/programmes/1/remove", {{"revision", "1"}}},
      {base + "/programmes/1/undo", {{"revision", "1"}}},
      {base + "/next", {{"id", "aoba.sheet-2024"}, {"form", "evaluation"}}},
      {base + "/upload/merge", {{"upload", waiting(edits)}}},
      {all + "/import", {{"upload", waiting(canonical_json(pack_of(other)))}, {"edition", ""}}},
      {all + "/scales/import", {{"upload", waiting(canonical_json(pack_of(scale)))}, {"before", "1"}}},
      {all + "/scales/aoba.own/withdraw", {{"revision", "1"}}},
      {base + "/review", {{"act", "review"}, {"edition", "x"}}, 1},
  };
  auto records = [&] { return database->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 1000); })->size(); };
  mine_ = {"planner", "head"};
  std::int64_t revision = 0;
  for (const auto& act : acts) {
    restated_ = revision = say(chain(), revision);
    looks_ = 0;
    restate_at_ = act.looks;
    auto before = records();
    auto response = send(http::Method::post, act.target, act.fields);
    EXPECT_EQ(response.status, 403) << act.target << response.bytes();
    EXPECT_NE(response.bytes().find("町長"), std::string_view::npos) << act.target << " says who does it now";
    EXPECT_EQ(records(), before + 1) << act.target << ": the statement alone";
    ++revision;
  }
}

TEST_P(DutiesTest, WhatAwaitsWhom) {
  ASSERT_OK(sheets().import_sheet(small_sheet(), "officer-aaaaaa"));
  auto told = [&](std::vector<std::string> posts) { return sheet_notices(*database, posts, web::Language::en).value().html; };
  EXPECT_EQ(told(kKnown), "") << "nothing is stated: nobody in particular";
  say(chain(), 0);
  EXPECT_NE(told({"head"}).find("aoba.sheet-2023/review"), std::string::npos);
  EXPECT_EQ(told({"mayor"}), "");
  mine_ = {"mayor"};
  EXPECT_NE(get("/aoba/office/sheets/waiting.json").find("\"total\":0"), std::string::npos);
  mine_ = {"head"};
  EXPECT_NE(get("/aoba/office/sheets/waiting.json").find("\"duty\":\"review\""), std::string::npos);
  EXPECT_EQ(get("/aoba/office/sheets/waiting.csv"), "sheet,duty\r\naoba.sheet-2023,review\r\n");
  EXPECT_EQ(step("review"), 303);
  EXPECT_NE(told({"mayor"}).find("Approve"), std::string::npos);
  EXPECT_EQ(told({"planner"}), "");
  EXPECT_EQ(step("return"), 303);
  EXPECT_NE(told({"planner"}).find("aoba.sheet-2023"), std::string::npos);
}

TEST_P(DutiesTest, AdministratorsStateThem) {
  const std::string page = "/aoba/office/sheets/duties";
  web::Parameters fields = {{"revision", "0"}, {"review", "head"}, {"approve", "head"}, {"approve", "mayor"}};
  EXPECT_EQ(send(http::Method::post, page, fields).status, 403);
  EXPECT_EQ(get(page).find("<form"), get(page).npos) << "nothing to fill in";
  administrator_ = true;
  EXPECT_NE(get(page).find("name=\"approve\""), std::string::npos);
  EXPECT_EQ(send(http::Method::post, page, fields).status, 303);
  EXPECT_NE(get(page + ".json").find("\"approve\":[\"head\",\"mayor\"]"), std::string::npos);
  EXPECT_NE(get(page).find(page + ".csv"), std::string::npos);
  const std::string table = get(page + ".csv");
  for (const char* row : {"draft,下書きを作り、直す,", ",head,", ",mayor,"})
    EXPECT_NE(table.find(row), table.npos) << row << "\n" << table;
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 1 + 1 + 1 + 2 + 1) << "a duty and a post a row\n" << table;
  EXPECT_EQ(send(http::Method::post, page, fields).status, 409) << "stated since";
  fields[0].second = "1";
  fields.emplace_back("publish", "ghost");
  EXPECT_EQ(send(http::Method::post, page, fields).status, 422);
}

TEST_P(DutiesTest, AsStatedOnAPastDay) {
  const std::string page = "/aoba/office/sheets/duties", day = "?as_of=2024-04-11";
  clock.set(at("2024-04-11T10:00:00+09:00"));
  EXPECT_EQ(say(chain(), 0), 1);
  const std::string then = get(page + ".csv");
  SheetDuties other = chain();
  other.posts[0] = {"mayor"};
  clock.set(at("2024-04-12T10:00:00+09:00"));
  EXPECT_EQ(say(other, 1), 2);
  administrator_ = true;
  EXPECT_EQ(get(page + ".csv" + day), then);
  EXPECT_NE(get(page + ".csv"), then);
  EXPECT_NE(get(page + ".json" + day).find("\"draft\":[\"planner\"]"), std::string::npos);
  EXPECT_NE(get(page + ".json" + day).find("\"revision\":1"), std::string::npos);
  EXPECT_NE(get(page + ".json?as_of=2024-04-10").find("\"draft\":[]"), std::string::npos) << "nothing was stated yet";
  EXPECT_NE(get(page + ".json?as_of=2024-04-12").find("\"draft\":[\"mayor\"]"), std::string::npos);
  const std::string past = get(page + day);
  EXPECT_EQ(past.find("<form"), past.npos) << "a past day is not acted upon";
  EXPECT_NE(past.find("2024-04-11"), past.npos);
  EXPECT_EQ(past.find("2024-04-12"), past.npos) << "what came later";
  EXPECT_NE(past.find("の時点の内容です"), past.npos);
  EXPECT_EQ(send(http::Method::get, page + "?as_of=soon").status, 400);
}

INSTANTIATE_TEST_SUITE_P(Both, DutiesTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
