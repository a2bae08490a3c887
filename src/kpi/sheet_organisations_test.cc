#include "kpi/sheet_organisations.h"

#include <algorithm>
#include <map>

#include "kpi/kpi_test_support.h"
#include "kpi/routes.h"
#include "kpi/sheet_json.h"
#include "kpi/test_sheet_report.h"
#include "kpi/told.h"
#include "text/csv.h"

namespace musubi::kpi {
namespace {

Report report_of(const std::string& organisation, const std::vector<Sheet>& sheets) {
  Report out;
  out.organisation = organisation;
  out.title = {organisation, organisation};
  for (const auto& sheet : sheets) out.sheets.push_back(told_of(*held(sheet)));
  return out;
}

// ---- Joining ----

std::vector<std::string> names_of(const SameIndicator& all) {
  std::vector<std::string> out;
  for (const auto& one : all)
    out.push_back((one.other ? one.other->organisation + ":" : "") + one.state->sheet.header.id + "/" + one.indicator->number +
                  (one.by_name ? " by name" : ""));
  return out;
}

std::string str(const json::value& value) { return std::string(value.as_string()); }

struct Joined {
  std::vector<SharedSheet> own;
  std::vector<OtherSheet> others;

  Joined(const std::vector<Sheet>& own_sheets, std::vector<Report> reports) : others(other_sheets(std::move(reports), "nation")) {
    for (const auto& sheet : own_sheets) own.push_back(held(sheet));
  }
  std::vector<std::string> of(const std::string& sheet, const std::string& number) const {
    std::vector<SameIndicator> all = {likes_of(own, sheet, number)};
    join_others(all, others);
    auto groups = same_indicators(own, 1);  // all at once say the same
    join_others(groups, others);
    bool found = false;
    for (const auto& group : groups) found = found || names_of(group) == names_of(all[0]);
    EXPECT_TRUE(found);
    return names_of(all[0]);
  }
  // By what each is joined with the first indicator of this own sheet.
  std::vector<std::string> links(const std::string& sheet) const {
    std::vector<SameIndicator> all = {likes_of(own, sheet, "1")};
    join_others(all, others);
    auto reference = std::find_if(all[0].begin(), all[0].end(),
                                  [&](const Placed& one) { return !one.other && one.state->sheet.header.id == sheet; });
    std::vector<std::string> out;
    for (const auto& one : all[0]) out.push_back(joined_by_name(*reference, one) ? "name" : "id");
    return out;
  }
};

using Names = std::vector<std::string>;

TEST(SheetOrganisations, AnIdOrAPlaceJoinsNeverAName) {
  Sheet nation = named("japan.sheet-2023");
  nation.indicators[1].id = "japan.waiting";
  Sheet aoba = named("aoba.sheet-2023"), mori = named("mori.sheet-2024", 2024);
  aoba.indicators[0].id = "japan.sheet-2023.indicator-1";
  mori.indicators[0].title = {"別の名前", "Another name"};
  mori.indicators[0].id = "japan.waiting";
  Joined joined({nation}, {report_of("aoba", {aoba}), report_of("mori", {mori}), report_of("nation", {nation})});
  EXPECT_EQ(joined.of("japan.sheet-2023", "1"), (Names{"japan.sheet-2023/1 by name", "aoba:aoba.sheet-2023/1"}));
  EXPECT_EQ(joined.of("japan.sheet-2023", "2"), (Names{"japan.sheet-2023/2", "mori:mori.sheet-2024/1"}));
  EXPECT_EQ(joined.of("japan.sheet-2023", "3"), Names{"japan.sheet-2023/3 by name"}) << "all three have one of that name";
}

TEST(SheetOrganisations, ThoseOfItsOtherYearsComeWithIt) {
  Sheet nation = named("japan.sheet-2023"), before = named("aoba.sheet-2022", 2022), after = named("aoba.sheet-2023");
  after.indicators[0].id = "japan.sheet-2023.indicator-1";
  Joined joined({nation}, {report_of("aoba", {before, after})});
  EXPECT_EQ(joined.of("japan.sheet-2023", "1"),
            (Names{"aoba:aoba.sheet-2022/1 by name", "japan.sheet-2023/1 by name", "aoba:aoba.sheet-2023/1"}));
  before.indicators[0].title = {"前の名前", "The name of before"};
  after.indicators[1].id = "aoba.sheet-2022.indicator-1";
  nation.indicators[2].id = "aoba.sheet-2022.indicator-1";  // the nation names the town's
  Joined named_by_nation({nation}, {report_of("aoba", {before, after})});
  EXPECT_EQ(named_by_nation.of("japan.sheet-2023", "3"),
            (Names{"aoba:aoba.sheet-2022/1", "aoba:aoba.sheet-2022/2 by name", "japan.sheet-2023/3", "aoba:aoba.sheet-2023/2"}));
}

TEST(SheetOrganisations, APlaceOfItsOwnIsMeantFirst) {
  Sheet nation = named("japan.sheet-2023"), alike = named("japan.sheet-2023");
  Sheet next = named("mori.sheet-2024", 2024);
  next.indicators[0].id = "japan.sheet-2023.indicator-1";
  Joined joined({nation}, {report_of("mori", {alike, next})});
  EXPECT_EQ(joined.of("japan.sheet-2023", "1"), Names{"japan.sheet-2023/1 by name"}) << "mori means its own sheet of that id";
}

TEST(SheetOrganisations, OthersChangeNothingAmongTheOwnOnes) {
  Sheet before = named("japan.sheet-2022", 2022), after = named("japan.sheet-2023");
  Sheet aoba = named("aoba.sheet"), mori = named("mori.sheet");
  aoba.indicators[0].id = "japan.sheet-2022.indicator-1";
  mori.indicators[0].id = "japan.sheet-2023.indicator-1";  // if these counted, the name would have two ids
  Joined joined({before, after}, {report_of("aoba", {aoba}), report_of("mori", {mori})});
  EXPECT_EQ(joined.of("japan.sheet-2022", "1"),
            (Names{"japan.sheet-2022/1 by name", "japan.sheet-2023/1 by name", "aoba:aoba.sheet/1", "mori:mori.sheet/1"}));
  EXPECT_EQ(joined.of("japan.sheet-2023", "4"), (Names{"japan.sheet-2022/4 by name", "japan.sheet-2023/4 by name"}));
  EXPECT_EQ(joined.links("japan.sheet-2022"), (Names{"name", "name", "id", "name"})) << "held against the one that aoba names";
  EXPECT_EQ(joined.links("japan.sheet-2023"), (Names{"name", "name", "name", "id"}));
}

TEST(SheetOrganisations, AnIdThatOwnOnesShareJoinsWithAllOfThem) {
  Sheet before = named("japan.sheet-2022", 2022), after = named("japan.sheet-2023"), last = named("japan.sheet-2024", 2024);
  before.indicators[0].id = after.indicators[0].id = "japan.online";  // that of 2024 comes in by its name
  Sheet aoba = named("aoba.sheet"), mori = named("mori.sheet"), mori_before = named("mori.sheet-2022", 2022);
  aoba.indicators[0].id = "japan.online";
  mori.indicators[0].id = "japan.sheet-2022.indicator-1";
  Joined joined({before, after, last}, {report_of("aoba", {aoba}), report_of("mori", {mori, mori_before})});
  EXPECT_EQ(joined.of("japan.sheet-2023", "1"), (Names{"japan.sheet-2022/1", "mori:mori.sheet-2022/1 by name", "japan.sheet-2023/1",
                                                       "aoba:aoba.sheet/1", "mori:mori.sheet/1", "japan.sheet-2024/1 by name"}));
  EXPECT_EQ(joined.links("japan.sheet-2023"), (Names{"id", "name", "id", "id", "id", "name"}));
  EXPECT_EQ(joined.links("japan.sheet-2024"), Names(6, "name"));
}

TEST(SheetOrganisations, FiguresAreThoseThatWereTold) {
  Sheet sheet = small_sheet();
  auto others = other_sheets({report_of("aoba", {sheet, named("aoba.sheet-2025", 2025)})}, "nation");
  ASSERT_EQ(others.size(), 2u);
  EXPECT_EQ(others[0].state->sheet.header.fiscal_year, 2025) << "the newest first";
  SheetFigures own = figures_of(sheet), told = figures_of(others[1]);
  for (auto part : {&SheetFigures::indicators, &SheetFigures::reached, &SheetFigures::near, &SheetFigures::far, &SheetFigures::not_due,
                    &SheetFigures::unmarked, &SheetFigures::missed, &SheetFigures::no_target, &SheetFigures::year_missed})
    EXPECT_EQ(told.*part, own.*part);
  EXPECT_GT(own.year_missed, 0u);
}

// ---- Reports and pages ----

class SheetOrganisationsTest : public KpiTest {
 protected:
  void SetUp() override {
    KpiTest::SetUp();
    if (HasFatalFailure()) return;
    context_ =
        std::make_unique<RouteContext>(RouteContext{*store, clock, [](const http::Request&) { return std::string("officer-aaaaaa"); },
                                                    [](const http::Request&) { return std::string("token"); },
                                                    [](const http::Request&, const std::string&) {
                                                      return web::Site{{"青葉町", "Aoba Town"}};
                                                    }});
    context_->site_of = [this](const std::string&, const std::string& other) {
      ++looked_up_[other];
      return other == "minato" ? std::string() : "https://" + other + ".example/" + other;
    };
    router_ = std::make_unique<http::Router>();
    router_->add(routes(*context_));
  }
  void TearDown() override {
    router_.reset();
    context_.reset();
    KpiTest::TearDown();
  }
  void publish(const Sheet& sheet) {
    ASSERT_OK(sheets().import_sheet(sheet, "officer-aaaaaa"));
    std::string edition = sheets().state(sheet.header.id, View{.drafts = true}).value()->edition;
    for (auto [step, actor] : {std::pair{RouteStep::kReviewed, "officer-aaaaaa"},
                               {RouteStep::kApproved, "officer-bbbbbb"},
                               {RouteStep::kPublished, "officer-bbbbbb"}})
      ASSERT_OK(sheets().take_step(sheet.header.id, step, actor, edition, "よい"));
  }
  // What a town that published these sheets says.
  void reports(const std::string& town, const std::vector<Sheet>& sheets) {
    clock.advance_us(1'000'000);
    auto report = make_report(*database, clock.now());
    ASSERT_OK(report);
    json::array told;
    for (const auto& sheet : sheets) told.push_back(told_json(sheet));
    (*report)["sheets"] = std::move(told);
    auto kept = keep_report(*database, town, {town + "町", town}, *report, "service");
    ASSERT_OK(kept);
    EXPECT_TRUE(*kept);
  }
  http::Response answer(const std::string& target, web::Language language = web::Language::ja) {
    http::Request request;
    request.target = target;
    EXPECT_TRUE(http::parse_target(request).ok());
    request.language = language;
    return router_->dispatch(request);
  }
  std::string get(const std::string& target, web::Language language = web::Language::ja) {
    auto response = answer(target, language);
    EXPECT_EQ(response.status, 200) << target << " " << response.bytes();
    return std::string(response.bytes());
  }
  json::value data(const std::string& target) { return parse_json(get(target)).value(); }
  std::map<std::string, int> looked_up_;  // sites, by organisation
  std::unique_ptr<RouteContext> context_;
  std::unique_ptr<http::Router> router_;
};

TEST_P(SheetOrganisationsTest, AReportHoldsWhatIsPublished) {
  auto before = make_report(*database, clock.now());
  ASSERT_OK(before);
  EXPECT_FALSE(before->contains("sheets"));
  ASSERT_OK(read_report(json::value(*before)));
  publish(small_sheet());
  Sheet draft = small_sheet();
  draft.indicators[0].title = {"下書き", "A draft"};
  ASSERT_OK(sheets().import_sheet(draft, "officer-aaaaaa"));
  ASSERT_OK(sheets().import_sheet(named("aoba.sheet-2024", 2024), "officer-aaaaaa"));
  auto made = make_report(*database, clock.now());
  ASSERT_OK(made);
  ASSERT_EQ(made->at("sheets").as_array().size(), 1u);
  auto read = read_report(*parse_json(canonical_json(*made)));
  ASSERT_OK(read);
  EXPECT_EQ(read->sheets[0], told_of(*sheets().state("aoba.sheet-2023", View{}).value())) << "as it was published";
  auto keep = [&] {
    clock.advance_us(60'000'000);
    auto kept = keep_report(*database, "minato", {"町", "Town"}, make_report(*database, clock.now()).value(), "service");
    EXPECT_TRUE(kept.ok());
    return kept.ok() && *kept;
  };
  EXPECT_TRUE(keep());
  EXPECT_FALSE(keep()) << "nothing new";
  publish(draft);
  EXPECT_TRUE(keep()) << "published anew";
  expect_clean();
}

// Of 60 years and more than a report takes.
Sheet large_sheet(int year) {
  Sheet large = named("aoba.sheet-" + std::to_string(year), year);
  Line line = test_line(IndicatorKind::kOutput, 1, {}, 5, year);
  for (int at = year - 59; at <= year; ++at) {
    line.yearly[at].target = SheetValue{1234567.25 + at, Bound::kAtLeast, false, {}};
    line.yearly[at].actual = SheetValue{7654321.75 + at, Bound::kAbout, false, {}};
  }
  for (auto& one : large.indicators) {
    one.lines.assign(16, line);
    for (std::size_t i = 0; i < one.lines.size(); ++i) one.lines[i].sub = i == 0 ? "" : std::to_string(i);
  }
  return large;
}

TEST_P(SheetOrganisationsTest, FromTheFirstThatIsTooLargeForAReportOnSheetsAreLeftOut) {
  publish(large_sheet(2021));
  publish(named("aoba.sheet-2020", 2020));
  publish(small_sheet());
  auto made = make_report(*database, clock.now());
  ASSERT_OK(made);
  ASSERT_EQ(made->at("sheets").as_array().size(), 1u) << canonical_json(told_json(large_sheet(2021))).size();
  EXPECT_EQ(made->at("sheets").at(0).at("id"), "aoba.sheet-2023");
  EXPECT_FALSE(made->at("series").as_object().empty());
  publish(large_sheet(2030));
  made = make_report(*database, clock.now());
  ASSERT_OK(made);
  EXPECT_FALSE(made->contains("sheets")) << "an older one would pass for the newest";
}

TEST_P(SheetOrganisationsTest, AHostileReportIsRefusedAndKeepsNobodyFromReading) {
  reports("minato", {small_sheet()});
  auto report = make_report(*database, clock.now());
  ASSERT_OK(report);
  auto refused = [&](const char* member, json::value value) {
    clock.advance_us(1'000'000);
    auto hostile = *report;
    hostile["at"] = clock.now().rfc3339();
    hostile[member] = std::move(value);
    auto kept = keep_report(*database, "mori", {"森", "Mori"}, hostile, "service");
    EXPECT_FALSE(kept.ok()) << member;
    EXPECT_TRUE(kept.ok() || kept.error().name == "kpi.bad_report") << kept.error().name;
  };
  refused("of_a_newer_binary", std::int64_t(1) << 60);
  refused("of_a_newer_binary", 1e300);
  json::value deep = 1;
  for (int i = 0; i < 60; ++i) deep = json::array{deep};
  refused("of_a_newer_binary", deep);
  refused("sheets", json::object{});
  refused("sheets", json::array{1});
  refused("sheets", json::array(kReportedSheets + 1, told_json(small_sheet())));
  auto all = all_told(database, std::nullopt);
  ASSERT_OK(all);
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ((*all)[0]->sheets.size(), 1u);
}

// What is no id is passed over, as an older program may have sent it: it stands in no cell of a table.
TEST_P(SheetOrganisationsTest, AStepThatIsNoIdIsPassedOver) {
  for (const char* member : {"scale", "step"}) {
    json::object formula = told_json(small_sheet());
    formula["judgement"].as_object()[member] = "=HYPERLINK(\"//x\")";
    clock.advance_us(1'000'000);
    auto report = make_report(*database, clock.now());
    ASSERT_OK(report);
    (*report)["sheets"] = json::array{formula};
    ASSERT_OK(keep_report(*database, "mori", {"森", "Mori"}, *report, "service"));
    const std::string table(get("/aoba/sheets/organisations.csv"));
    EXPECT_NE(table.find("mori"), table.npos);
    EXPECT_EQ(table.find("HYPERLINK"), table.npos) << member;
  }
}

TEST_P(SheetOrganisationsTest, OneIndicatorBesideThoseOfOthers) {
  Sheet own = named("japan.sheet-2023"), mori = named("mori.sheet-2023"), minato = named("minato.sheet-2024", 2024);
  mori.indicators[0].id = minato.indicators[0].id = "japan.sheet-2023.indicator-1";
  minato.indicators[0].lines[0].unit = Text{"=1+1<script>", "=minutes"};
  minato.indicators[0].lines[0].yearly[2023].actual = SheetValue{{}, Bound::kExactly, false, Text{"@1<script>", "-1+1"}};
  minato.header.policy_title = {"<b>港</b>", "Harbour"};
  publish(own);
  const std::string self = "/aoba/sheets/japan.sheet-2023/indicators/1/across";
  EXPECT_EQ(get(self).find("組織</th>"), std::string::npos) << "one organisation: no column for it";
  EXPECT_EQ(data("/aoba/sheets/across.json").at("total"), 0);
  reports("minato", {minato});
  reports("mori", {mori});
  std::string page = get(self);
  for (const char* words : {"<svg", "mori町", "minato町", "青葉町", "https://mori.example/mori/sheets/mori.sheet-2023/indicators/1",
                            "https://mori.example/mori/sheets/mori.sheet-2023\"", "定義が違い、比べられない", "&lt;b&gt;港", "達成",
                            "/aoba/sheets/japan.sheet-2023/indicators/1\""})
    EXPECT_NE(page.find(words), page.npos) << words;
  EXPECT_NE(page.find("=1+1&lt;script&gt;"), page.npos);
  for (const char* words : {"style=", "<b>港", "<script>", "sheets/minato.sheet-2024"})
    EXPECT_EQ(page.find(words), page.npos) << words;
  EXPECT_EQ(looked_up_, (std::map<std::string, int>{{"minato", 1}, {"mori", 1}})) << "each once";
  EXPECT_NE(get(self, web::Language::en).find("minutes"), std::string::npos);
  auto told = data(self + ".json");
  ASSERT_EQ(told.at("sheets").as_array().size(), 3u);
  EXPECT_EQ(told.at("id"), "japan.sheet-2023.indicator-1");
  EXPECT_EQ(told.at("sheets").at(1).at("organisation"), "mori");
  EXPECT_TRUE(told.at("sheets").at(1).at("comparable").as_bool());
  EXPECT_EQ(told.at("sheets").at(1).at("result"), "reached");
  EXPECT_EQ(told.at("sheets").at(1).at("joined_by"), "id");
  EXPECT_EQ(told.at("sheets").at(2).at("differs").at(0), "unit");
  auto rows = text::read_csv(get(self + ".csv")).value().rows;
  ASSERT_EQ(rows.size(), 1u + 3 * 2);
  EXPECT_EQ(rows[0][14], "organisation");
  EXPECT_EQ(rows[3][14], "mori");
  EXPECT_EQ(rows[3].back(), "reached");
  EXPECT_EQ(rows[5][4], "'=1+1<script>") << "a spreadsheet program must not take it for a formula";
  for (const auto& row : rows)
    for (const auto& cell : row) EXPECT_TRUE(cell.empty() || std::string("=+-@").find(cell[0]) == std::string::npos) << cell;
  auto list = data("/aoba/sheets/across.json");
  ASSERT_EQ(list.at("total"), 1);
  EXPECT_EQ(list.at("rows").at(0).at("organisations"), 3);
  EXPECT_EQ(list.at("rows").at(0).at("sheets"), 3);
  EXPECT_EQ(list.at("rows").at(0).at("indicator"), "japan.sheet-2023/1") << "the own one, though another is newer";
  EXPECT_NE(get("/aoba/sheets/across.csv").find("japan.sheet-2023/1"), std::string::npos);
}

TEST_P(SheetOrganisationsTest, WhatOthersStateIsNoLinkAmongTheOwnOnes) {
  publish(named("japan.sheet-2022", 2022));
  publish(named("japan.sheet-2023"));
  Sheet mori = named("mori.sheet-2023"), minato = named("minato.sheet-2023");
  mori.indicators[0].id = "japan.sheet-2022.indicator-1";
  minato.indicators[0].id = "japan.sheet-2023.indicator-1";
  reports("mori", {mori});
  reports("minato", {minato});
  const std::string self = "/aoba/sheets/japan.sheet-2023/indicators/1/across";
  auto told = data(self + ".json");
  std::map<std::string, std::string> links;
  for (const auto& one : told.at("sheets").as_array()) links[str(one.at("sheet"))] = str(one.at("joined_by"));
  EXPECT_EQ(
      links,
      (std::map<std::string, std::string>{
          {"japan.sheet-2022", "name"}, {"japan.sheet-2023", "name"}, {"minato.sheet-2023", "id"}, {"mori.sheet-2023", "name"}}));
  EXPECT_EQ(told.at("id"), "japan.sheet-2023.indicator-1");
  const auto rows = text::read_csv(get(self + ".csv")).value().rows;
  for (const auto& row : rows)
    if (auto found = links.find(row[0]); found != links.end()) { EXPECT_EQ(row[13], found->second) << row[0]; }
  EXPECT_EQ(data("/aoba/sheets/across.json").at("rows").at(0).at("joined"), "name");
}

TEST_P(SheetOrganisationsTest, OneTownPushesNobodyOffThePage) {
  Sheet own = named("japan.sheet-2023"), minato = named("minato.sheet-2023"), mori = named("mori.sheet-2029", 2029);
  publish(own);
  mori.indicators[0].id = minato.indicators[0].id = "japan.sheet-2023.indicator-1";
  for (int year = 1991; year <= 2020; ++year) mori.indicators[0].lines[0].yearly[year].actual = SheetValue{double(year)};
  for (int year = 2024; year <= 2050; ++year) mori.indicators[0].lines[0].yearly[year].target = SheetValue{double(year)};
  reports("minato", {minato});
  reports("mori", {mori, [&] {
                     Sheet again = mori;
                     again.header.id = "mori.sheet-2028";
                     again.header.fiscal_year = 2028;
                     return again;
                   }()});
  const std::string self = "/aoba/sheets/japan.sheet-2023/indicators/1/across";
  std::string page = get(self);
  std::string years = page.substr(page.find("id=\"years\""));
  years.resize(years.find("</table>"));
  auto rows_with = [&](const std::string& words) {
    std::size_t count = 0;
    for (std::size_t at = years.find(words); at != years.npos; at = years.find(words, at + 1)) ++count;
    return count;
  };
  EXPECT_EQ(rows_with("/aoba/sheets/japan.sheet-2023/indicators/1\""), 2u);
  EXPECT_LT(years.find("/aoba/sheets/japan.sheet-2023"), years.find("mori")) << "the own ones first";
  EXPECT_EQ(rows_with("minato町"), 2u);
  EXPECT_EQ(rows_with("sheets/mori.sheet-20"), 24u);
  EXPECT_NE(page.find("組織ごとに24行まで"), page.npos);
  EXPECT_NE(page.find("ここにない94行"), page.npos);
  EXPECT_EQ(data("/aoba/sheets/across.json").at("rows").at(0).at("years"), "2012–2023") << "by ten years of the own ones";
  std::string chart = page.substr(page.find("id=\"across-1"));
  chart.resize(chart.find("id=\"definitions\""));
  EXPECT_NE(chart.find("2012"), chart.npos);
  EXPECT_EQ(chart.find("1991"), chart.npos);
}

TEST_P(SheetOrganisationsTest, SheetsByOrganisation) {
  const std::string self = "/aoba/sheets/organisations";
  EXPECT_NE(get(self).find("まだ届いていません"), std::string::npos);
  EXPECT_NE(get(self).find("公表された評価の表はありません"), std::string::npos);
  EXPECT_EQ(get("/aoba/sheets").find(self), std::string::npos) << "nobody reports, and nothing is published";
  Sheet mori = named("mori.sheet-2024", 2024), before = named("mori.sheet-2023");
  before.indicators[0].mark = Mark::kFar;
  mori.header.form = SheetForm::kPreAnalysis;
  mori.header.judgement.reset();
  mori.header.policy_title = {"=森<b>", "Forest"};
  reports("mori", {before, mori});
  reports("minato", {named("minato.sheet-2023")});
  EXPECT_NE(get("/aoba/sheets").find(self), std::string::npos);
  publish(small_sheet());
  EXPECT_NE(get("/aoba/sheets").find(self), std::string::npos);
  EXPECT_NE(get("/aoba/sheets?as_of=2024-04-10").find(self + "?as_of=2024-04-10"), std::string::npos);
  std::string page = get(self);
  for (const char* words : {"https://mori.example/mori/sheets\"", "https://mori.example/mori/sheets/mori.sheet-2024\"",
                            "/aoba/sheets/aoba.sheet-2023\"", "相当程度進展あり", "minato町", "=森&lt;b&gt;", "事前分析表"})
    EXPECT_NE(page.find(words), page.npos) << words;
  EXPECT_EQ(page.find("まだ届いていません"), page.npos);
  EXPECT_EQ(page.find("style="), page.npos);
  auto all = data(self + ".json");
  ASSERT_EQ(all.at("total"), 4);
  EXPECT_EQ(all.at("rows").at(0).at("organisation"), "aoba") << "the own ones first";
  auto only = data(self + ".json?organisation=mori&sort=-missed");
  ASSERT_EQ(only.at("total"), 2);
  EXPECT_EQ(only.at("rows").at(0).at("sheet"), "mori.sheet-2023");
  EXPECT_EQ(only.at("rows").at(0).at("reached"), 1);
  EXPECT_EQ(only.at("rows").at(0).at("missed"), 2);
  EXPECT_EQ(only.at("rows").at(0).at("not_due"), 1);
  EXPECT_EQ(only.at("rows").at(0).at("judgement"), "considerable");
  EXPECT_TRUE(only.at("rows").at(1).at("judgement").is_null());
  EXPECT_EQ(data(self + ".json?fiscal_year=2024").at("total"), 1);
  EXPECT_EQ(data(self + ".json?q=%E6%A3%AE").at("total"), 1) << "森";
  EXPECT_EQ(data(self + ".json?per_page=1&page=2").at("rows").as_array().size(), 1u);
  EXPECT_EQ(answer(self + "?organisation=nobody").status, 422);
  auto rows = text::read_csv(get(self + ".csv")).value().rows;
  EXPECT_EQ(rows.size(), 5u);
  for (const char* end : {"", ".json", ".csv"}) {
    EXPECT_EQ(answer(self + end + "?as_of=yesterday").status, 400) << end;
    auto both = answer(self + end + "?as_of=yesterday&organisation=nobody");
    EXPECT_EQ(both.status, 422) << end;
    EXPECT_NE(both.bytes().find("as_of"), std::string::npos) << end;
  }
}

TEST_P(SheetOrganisationsTest, AsOthersHadReportedOnAPastDay) {
  constexpr std::int64_t kDay = 86'400'000'000;
  Sheet own = named("japan.sheet-2023"), mori = named("mori.sheet-2023");
  publish(own);
  const std::string before = text::iso_date(text::jst_date(clock.now()));
  clock.advance_us(kDay);
  mori.indicators[0].id = "japan.sheet-2023.indicator-1";
  reports("mori", {mori});
  const std::string first = text::iso_date(text::jst_date(clock.now()));
  clock.advance_us(kDay);
  mori.indicators[0].lines[0].unit = Text{"分", "minutes"};
  mori.indicators[0].mark = Mark::kFar;
  reports("mori", {mori, named("mori.sheet-2024", 2024)});
  clock.advance_us(kDay);
  const std::string one = "/aoba/sheets/japan.sheet-2023/indicators/1/across", all = "/aoba/sheets/organisations";
  auto sheets_on = [&](const std::string& day) { return data(all + ".json?as_of=" + day).at("total"); };
  EXPECT_EQ(sheets_on(before), 1);
  EXPECT_EQ(sheets_on(first), 2);
  EXPECT_EQ(data(all + ".json").at("total"), 3);
  EXPECT_EQ(data(one + ".json?as_of=" + before).at("sheets").as_array().size(), 1u);
  EXPECT_TRUE(data(one + ".json?as_of=" + first).at("sheets").at(1).at("comparable").as_bool());
  EXPECT_FALSE(data(one + ".json").at("sheets").at(1).at("comparable").as_bool());
  EXPECT_EQ(data("/aoba/sheets/across.json?as_of=" + before).at("total"), 0);
  EXPECT_EQ(data("/aoba/sheets/across.json?as_of=" + first).at("total"), 1);
  for (const auto& self : {one, all, std::string("/aoba/sheets/across")}) {
    std::string page = get(self + "?as_of=" + first);
    EXPECT_NE(page.find("href=\"" + self + "\""), page.npos) << "leads to the present: " << self;
    EXPECT_EQ(get(self).find("as_of=2"), std::string::npos) << self;
  }
  EXPECT_NE(get(all + "?as_of=" + first).find("https://mori.example/mori/sheets/mori.sheet-2023?as_of=" + first), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Both, SheetOrganisationsTest, ::testing::ValuesIn(musubi::testing::back_ends()),
                         musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
