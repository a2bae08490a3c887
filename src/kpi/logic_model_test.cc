#include "kpi/logic_model.h"

#include <set>

#include "kpi/pages_test_support.h"
#include "kpi/sheet_json.h"
#include "kpi/test_sheet.h"
#include "text/csv.h"

namespace musubi::kpi {
namespace {

constexpr const char* kSheet = "aoba.sheet-2023";
constexpr const char* kLogic = "/aoba/office/sheets/aoba.sheet-2023/logic";

class LogicModelTest : public KpiPagesTest {
 protected:
  void SetUp() override {
    KpiPagesTest::SetUp();
    if (HasFatalFailure()) return;
    ASSERT_OK(sheets().import_sheet(small_sheet(), "officer-aaaaaa"));
  }
  http::Response post(const web::Parameters& fields, web::Language language = web::Language::ja) {
    return send(http::Method::post, kLogic, fields, language);
  }
  http::Response add_node(int base, const char* stage, const char* title, const char* indicators = "", const char* why = "") {
    return post({{"base", std::to_string(base)},
                 {"act", "add_node"},
                 {"stage", stage},
                 {"title-ja", title},
                 {"title-en", title},
                 {"indicators", indicators},
                 {"qualitative-ja", why},
                 {"qualitative-en", why}});
  }
  http::Response add_link(int base, const char* from, const char* to, web::Language language = web::Language::ja) {
    return post({{"base", std::to_string(base)},
                 {"act", "add_link"},
                 {"from", from},
                 {"to", to},
                 {"reason-ja", "理由"},
                 {"reason-en", "Reason"}},
                language);
  }
  SheetHeader now() { return sheets().state(kSheet, View{.drafts = true}).value()->sheet.header; }
  std::size_t revisions() { return sheets().history(kSheet, PartKey{PartKind::kHeader, ""}, View{.drafts = true}).value().size(); }
};

TEST_P(LogicModelTest, ElementsAndLinksByForm) {
  EXPECT_NE(get(kLogic).find("ロジックモデルはまだありません"), std::string::npos);
  EXPECT_EQ(add_node(1, "activity", "研修を開く").status, 303);
  EXPECT_EQ(add_node(2, "output", "受講した職員", "4").status, 303);
  EXPECT_EQ(add_node(3, "short", "手続が早くなる", "1、2", "").status, 303);
  EXPECT_EQ(add_link(4, "n1", "n2").status, 303);
  EXPECT_EQ(add_link(5, "n2", "n3").status, 303);
  std::string page = get(kLogic);
  for (const char* words : {"<svg role=\"img\"", "研修を開く", "短期アウトカム・指標 1、2", "理由", "class=\"way\"",
                            "/indicators/2\">2</a>", "name=\"base\" value=\"6\""})
    EXPECT_NE(page.find(words), page.npos) << words;
  EXPECT_EQ(page.find("style="), page.npos);
  auto data = parse_json(get(std::string(kLogic) + ".json")).value();
  EXPECT_EQ(data.at("logic").at("links").as_array().size(), 2u);
  EXPECT_EQ(data.at("logic").at("nodes").at(2).at("stage"), "short");
  auto rows = text::read_csv(get(std::string(kLogic) + ".csv")).value().rows;
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1][3], "研修を開く");
  EXPECT_NE(get("/aoba/office/sheets/aoba.sheet-2023/indicators/2").find("短期アウトカム：<a href"), std::string::npos)
      << "an indicator says where it stands";
  EXPECT_EQ(post({{"base", "6"}, {"act", "remove_node"}, {"remove_node", "n2"}}).status, 303);
  EXPECT_EQ(now().nodes.size(), 2u);
  EXPECT_TRUE(now().links.empty()) << "links of an element go with it";
  EXPECT_EQ(add_node(7, "short", "信頼", "", "数えるものがない").status, 303);
  EXPECT_EQ(now().nodes.back().id, "n4") << "an id is not used twice while a later one stands";
  EXPECT_EQ(post({{"base", "8"}, {"act", "no_stages"}, {"no_stages-ja", "一段で足りる"}, {"no_stages-en", "One is enough"}}).status,
            303);
  for (const char* words : {"数えるものがない", "一段で足りる"}) EXPECT_NE(get(kLogic).find(words), std::string::npos) << words;
  EXPECT_EQ(revisions(), 9u) << "each act a revision";
  EXPECT_EQ(post({{"base", "9"}, {"act", "remove_link"}, {"remove_link", "n1>n2"}}).status, 303) << "what is gone is no fault";
  EXPECT_EQ(revisions(), 9u);
  expect_clean();
}

TEST_P(LogicModelTest, AnElementIsRewrittenAndKeepsItsNameAndLinks) {
  ASSERT_EQ(add_node(1, "activity", "研修を開く").status, 303);
  ASSERT_EQ(add_node(2, "output", "受講した職員", "4").status, 303);
  ASSERT_EQ(add_link(3, "n1", "n2").status, 303);
  EXPECT_NE(get(kLogic).find("logic?element=n2"), std::string::npos);
  std::string page = get(std::string(kLogic) + "?element=n2");
  for (const char* words : {"name=\"element\" value=\"n2\"", "受講した職員</textarea>", "name=\"new_indicators\""})
    EXPECT_NE(page.find(words), page.npos) << words;
  EXPECT_EQ(get(std::string(kLogic) + "?element=n9").find("name=\"element\""), std::string::npos);
  auto edit = [&](int base, const char* stage, const char* title, const char* indicators, const char* why) {
    return post({{"base", std::to_string(base)},
                 {"act", "edit_node"},
                 {"element", "n2"},
                 {"new_stage", stage},
                 {"new_title-ja", title},
                 {"new_title-en", title},
                 {"new_indicators", indicators},
                 {"new_qualitative-ja", why},
                 {"new_qualitative-en", why}});
  };
  ASSERT_EQ(edit(4, "short", "身についた技能", "1 2", "数えない").status, 303);
  ASSERT_EQ(now().nodes.size(), 2u);
  EXPECT_EQ(now().nodes[1],
            (LogicNode{"n2", Stage::kShort, {"身についた技能", "身についた技能"}, {"1", "2"}, Text{"数えない", "数えない"}}));
  EXPECT_EQ(now().links.size(), 1u);
  auto back = edit(5, "activity", "題", "99", "理由");
  EXPECT_EQ(back.status, 422) << "an unknown indicator, a reason on no outcome";
  for (const char* words : {"測定指標「99」は", "アウトカムに限ります", "value=\"99\"", "href=\"#field-new_indicators\""})
    EXPECT_TRUE(says(back, words)) << words;
  EXPECT_EQ(edit(5, "short", "", "", "").status, 422) << "no title";
  // Two at once: one changes the title, the other, from the same revision, the stage. Both stay; the same cell is a conflict.
  actor_ = "officer-bbbbbb";
  ASSERT_EQ(edit(5, "short", "技能", "1 2", "数えない").status, 303);
  actor_ = "officer-aaaaaa";
  ASSERT_EQ(edit(5, "mid", "身についた技能", "1 2", "数えない").status, 303);
  EXPECT_EQ(now().nodes[1].title.ja, "技能");
  EXPECT_EQ(now().nodes[1].stage, Stage::kMid);
  auto conflict = edit(5, "short", "別の技能", "1 2", "");
  EXPECT_EQ(conflict.status, 409);
  for (const char* words : {"別の技能</textarea>", "logic/nodes/1/title", "name=\"base\" value=\"7\"", "value=\"mid\" selected"})
    EXPECT_TRUE(says(conflict, words)) << words << conflict.bytes();
  ASSERT_EQ(post({{"base", "7"}, {"act", "remove_node"}, {"remove_node", "n2"}}).status, 303);
  EXPECT_TRUE(says(edit(8, "short", "技能", "", ""), "この要素はもうありません"));
  expect_clean();
}

TEST_P(LogicModelTest, ThePublicSeesWhatWasPublished) {
  ASSERT_EQ(add_node(1, "activity", "研修を開く").status, 303);
  ASSERT_EQ(add_node(2, "output", "受講した職員", "4").status, 303);
  ASSERT_EQ(add_link(3, "n1", "n2").status, 303);
  publish_sheet();
  ASSERT_EQ(add_node(4, "short", "まだ公表しない").status, 303);
  for (const char* target : {"/aoba/sheets/aoba.sheet-2023", "/aoba/sheets/aoba.sheet-2023/logic"}) {
    std::string page = get(target);
    EXPECT_NE(page.find("<svg role=\"img\" aria-labelledby=\"logic-title"), page.npos) << target;
    EXPECT_NE(page.find("受講した職員"), page.npos);
    EXPECT_EQ(page.find("まだ公表しない"), page.npos);
    EXPECT_EQ(page.find("<form method=\"post\""), page.npos);
  }
  EXPECT_EQ(
      parse_json(get("/aoba/sheets/aoba.sheet-2023.json"), JsonLimits{8 << 20, 32}).value().at("logic").at("nodes").as_array().size(),
      2u);
}

TEST_P(LogicModelTest, WhatCannotBeIsRefusedWithEveryFault) {
  ASSERT_EQ(add_node(1, "output", "一").status, 303);
  ASSERT_EQ(add_node(2, "output", "二").status, 303);
  ASSERT_EQ(add_node(3, "activity", "三").status, 303);
  ASSERT_EQ(add_link(4, "n1", "n2").status, 303);
  auto circle = add_link(5, "n2", "n1");
  EXPECT_EQ(circle.status, 422);
  EXPECT_TRUE(says(circle, "一（n1） → 二（n2） → 一（n1）")) << circle.bytes();
  EXPECT_TRUE(says(add_link(5, "n2", "n1", web::Language::en), "runs in a circle"));
  EXPECT_TRUE(says(circle, "理由</textarea>")) << "what was typed stays";
  EXPECT_TRUE(says(add_link(5, "n1", "n3"), "前の段階へ戻って"));
  EXPECT_TRUE(says(add_link(5, "n1", "n2"), "このつながりはもうあります"));
  EXPECT_EQ(post({{"base", "5"}, {"act", "add_link"}, {"from", "n9"}, {"to", "n8"}, {"reason-ja", ""}, {"reason-en", ""}}).status,
            422);
  auto node = add_node(5, "output", "題", "99", "理由");
  EXPECT_EQ(node.status, 422);
  EXPECT_TRUE(says(node, "測定指標「99」は")) << node.bytes();
  EXPECT_TRUE(says(node, "アウトカムに限ります"));
  EXPECT_EQ(add_node(5, "nonsense", "題").status, 422);
  EXPECT_EQ(add_node(5, "output", "").status, 422);
  EXPECT_EQ(now().links.size(), 1u);
  EXPECT_EQ(revisions(), 5u) << "nothing was written";
  EXPECT_EQ(add_link(9, "n1", "n2").status, 404) << "a revision that never was";
}

TEST_P(LogicModelTest, TwoAnalystsAtOnce) {
  ASSERT_EQ(add_node(1, "activity", "研修を開く").status, 303);
  ASSERT_EQ(add_node(2, "output", "受講した職員").status, 303);
  actor_ = "officer-bbbbbb";
  ASSERT_EQ(add_node(3, "short", "手続が早くなる").status, 303);
  actor_ = "officer-aaaaaa";
  EXPECT_EQ(add_node(3, "short", "誤りが減る").status, 303) << "from the same revision as the other: both stay";
  EXPECT_EQ(add_link(3, "n1", "n2").status, 303) << "nor does a link get in the way";
  ASSERT_EQ(now().nodes.size(), 4u);
  EXPECT_EQ(now().nodes[2].title.ja, "手続が早くなる");
  EXPECT_EQ(now().nodes[3].title.ja, "誤りが減る");
  EXPECT_EQ(now().links.size(), 1u);
  ASSERT_EQ(revisions(), 6u);
  // One takes an element out to which the other leads a link.
  ASSERT_EQ(post({{"base", "6"}, {"act", "remove_node"}, {"remove_node", "n3"}}).status, 303);
  auto lost = add_link(6, "n2", "n3");
  EXPECT_EQ(lost.status, 422);
  EXPECT_TRUE(says(lost, "そのような要素はありません"));
  // The same link, each with a reason of their own.
  ASSERT_EQ(add_link(7, "n2", "n4").status, 303);
  web::Parameters other = {{"base", "7"}, {"act", "add_link"},       {"from", "n2"},
                           {"to", "n4"},  {"reason-ja", "別の理由"}, {"reason-en", "Another reason"}};
  auto conflict = post(other);
  EXPECT_EQ(conflict.status, 409);
  for (const char* words : {"別の理由</textarea>", "logic/links/n2&gt;n4", "name=\"base\" value=\"8\""})
    EXPECT_TRUE(says(conflict, words)) << words;
  EXPECT_EQ(revisions(), 8u);
  expect_clean();
}

TEST_P(LogicModelTest, AnElementThatIsAnotherOneByNowIsNotMeant) {
  ASSERT_EQ(add_node(1, "activity", "研修を開く").status, 303);
  ASSERT_EQ(add_node(2, "output", "受講した職員").status, 303);
  ASSERT_EQ(post({{"base", "3"}, {"act", "remove_node"}, {"remove_node", "n2"}}).status, 303);
  ASSERT_EQ(add_node(4, "output", "別の要素").status, 303);
  EXPECT_EQ(now().nodes.back().id, "n3") << "n2 may stand in an open form";
  EXPECT_EQ(add_link(3, "n1", "n2").status, 422) << "it is gone";
  SheetHeader changed = now();
  changed.nodes.back().title = {"書き換えた要素", "Rewritten"};
  ASSERT_OK(sheets().edit(kSheet, PartKey{PartKind::kHeader, ""}, 5, to_json(changed), "officer-bbbbbb"));
  for (const auto& late : {add_link(5, "n1", "n3"), post({{"base", "5"}, {"act", "remove_node"}, {"remove_node", "n3"}})}) {
    EXPECT_EQ(late.status, 409);
    for (const char* words : {"logic/nodes/n3", "書き換えた要素", "name=\"base\" value=\"6\""})
      EXPECT_TRUE(says(late, words)) << words;
  }
  EXPECT_EQ(revisions(), 6u) << "nothing was written";
  EXPECT_EQ(add_link(6, "n1", "n3").status, 303);
}

TEST_P(LogicModelTest, TheHistoryNamesWhatCameAndWent) {
  ASSERT_EQ(add_node(1, "activity", "研修を開く").status, 303);
  ASSERT_EQ(add_node(2, "output", "受講した職員").status, 303);
  ASSERT_EQ(post({{"base", "3"}, {"act", "remove_node"}, {"remove_node", "n1"}}).status, 303);
  auto history = sheets().history(kSheet, PartKey{PartKind::kHeader, ""}, View{.drafts = true}).value();
  ASSERT_EQ(history[0].changes.size(), 1u) << "the element behind it did not change";
  EXPECT_EQ(history[0].changes[0].member, "logic/nodes/n1");
  EXPECT_EQ(history[0].changes[0].before, "研修を開く / 研修を開く");
  EXPECT_EQ(history[0].changes[0].after, "");
}

SheetHeader model(std::vector<LogicNode> nodes, std::vector<std::pair<const char*, const char*>> links) {
  SheetHeader h;
  h.nodes = std::move(nodes);
  for (auto [from, to] : links) h.links.push_back({from, to, {"理由", "why"}});
  return h;
}

TEST(LogicDrawing, RowsByStage) {
  SheetHeader h =
      model({{"a", Stage::kActivity, {"あ", "a"}, {}}, {"b", Stage::kOutput, {"い", "b"}, {}}, {"c", Stage::kOutput, {"う", "c"}, {}}},
            {{"a", "b"}, {"b", "c"}, {"b", "x"}});
  LogicDrawing drawing = lay_out(h);
  ASSERT_EQ(drawing.boxes.size(), 3u);
  EXPECT_LT(drawing.boxes[0].y, drawing.boxes[1].y);
  EXPECT_EQ(drawing.boxes[1].y, drawing.boxes[2].y);
  ASSERT_EQ(drawing.ways.size(), 2u) << "a link to nowhere is not drawn";
  EXPECT_FALSE(drawing.ways[0].aside);
  EXPECT_TRUE(drawing.ways[1].aside);
}

TEST(LogicDrawing, ALinkPastAStageDoesNotRunBehindABox) {
  SheetHeader h =
      model({{"a", Stage::kActivity, {"あ", "a"}, {}}, {"b", Stage::kOutput, {"い", "b"}, {}}, {"c", Stage::kShort, {"う", "c"}, {}}},
            {{"a", "b"}, {"b", "c"}, {"a", "c"}});
  LogicDrawing drawing = lay_out(h);
  const auto& past = drawing.ways[2].points;
  ASSERT_EQ(past.size(), 4u);
  for (std::size_t i = 1; i < 3; ++i) EXPECT_GT(std::abs(past[i].first - drawing.boxes[1].x), 100.0) << "beside the box of b";
}

TEST(LogicDrawing, FewLinksCross) {
  SheetHeader h = model({{"a", Stage::kActivity, {"あ", "a"}, {}},
                         {"b", Stage::kActivity, {"い", "b"}, {}},
                         {"c", Stage::kOutput, {"う", "c"}, {}},
                         {"d", Stage::kOutput, {"え", "d"}, {}}},
                        {{"a", "d"}, {"b", "c"}});
  LogicDrawing drawing = lay_out(h);
  EXPECT_EQ(drawing.boxes[0].x < drawing.boxes[1].x, drawing.boxes[3].x < drawing.boxes[2].x);
  // Two ways over a stage do not twist around each other.
  SheetHeader twisted = model({{"a", Stage::kActivity, {"あ", "a"}, {}},
                               {"b", Stage::kActivity, {"い", "b"}, {}},
                               {"c", Stage::kOutput, {"う", "c"}, {}},
                               {"d", Stage::kShort, {"え", "d"}, {}},
                               {"e", Stage::kShort, {"お", "e"}, {}}},
                              {{"a", "c"}, {"c", "d"}, {"b", "d"}, {"a", "e"}});
  LogicDrawing untwisted = lay_out(twisted);
  const auto &over = untwisted.ways[2].points, &beside = untwisted.ways[3].points;
  for (std::size_t i = 1; i < over.size(); ++i) EXPECT_EQ(over[i].first < beside[i].first, over[0].first < beside[0].first) << i;
  std::set<std::pair<double, double>> places;
  for (const auto& box : drawing.boxes) EXPECT_TRUE(places.insert({box.x, box.y}).second) << "no two boxes in one place";
}

INSTANTIATE_TEST_SUITE_P(Both, LogicModelTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
