#include "kpi/sheet_xlsx.h"

#include <gtest/gtest.h>

#include <functional>

#include "document/xlsx.h"
#include "kpi/sheet_pack.h"
#include "kpi/sheet_xlsx_read.h"
#include "kpi/test_sheet.h"
#include "kpi/test_workbook.h"
#include "support/store_fixture.h"

namespace musubi::kpi {
namespace {

using document::CellAt;
using document::Value;
using web::Language;

// The workbook of small_sheet() with something done to it, read back.
class SheetXlsxTest : public ::testing::Test {
 protected:
  SheetXlsxTest() : sheet_(small_sheet()) { remake(); }
  void remake() { book_ = sheet_workbook(state_of(sheet_), Language::ja); }
  document::Sheet& form(Language l = Language::ja) { return book_.sheets[l == Language::ja ? 0 : 1]; }
  CellAt at(const std::string& row, const std::string& column, Language l = Language::ja) {
    return cell_by_keys(form(l), row, column);
  }
  void type(const std::string& row, const std::string& column, Value value, Language l = Language::ja) {
    auto& cell = form(l).cells[at(row, column, l)];
    cell.value = std::move(value);
    cell.formula.reset();
  }
  ReadSheet read() {
    auto read = read_sheet_workbook(book_, sheet_);
    EXPECT_TRUE(read.ok()) << (read.ok() ? ""
                                         : read.error().message.en +
                                               (read.error().faults.empty()
                                                    ? ""
                                                    : " " + read.error().faults[0].where + " " + read.error().faults[0].message.en));
    return read.ok() ? *read : ReadSheet{};
  }
  std::vector<Fault> faults() {
    auto read = read_sheet_workbook(book_, sheet_);
    EXPECT_FALSE(read.ok());
    if (read.ok()) return {};
    EXPECT_EQ(read.error().name, "sheet_file.faults") << read.error().message.en;
    for (const auto& fault : read.error().faults) EXPECT_TRUE(!fault.message.ja.empty() && !fault.message.en.empty());
    return read.error().faults;
  }
  std::optional<SheetValue> actual(const ReadSheet& read, std::size_t i, int year) {
    return read.sheet.indicators[i].lines[0].yearly.at(year).actual;
  }

  Sheet sheet_;
  document::Workbook book_;
};

TEST(SheetXlsxRound, EveryPackComesBackAsItWas) {
  std::vector<Sheet> all = embedded_sheets();
  all.push_back(small_sheet());
  ASSERT_GE(all.size(), 4u);
  for (const auto& sheet : all) {
    for (Language first : {Language::ja, Language::en}) {
      auto bytes = sheet_xlsx(state_of(sheet), first);
      ASSERT_OK(bytes);
      EXPECT_EQ(*bytes, *sheet_xlsx(state_of(sheet), first)) << "the same bytes each time";
      auto book = document::read_xlsx(*bytes);
      ASSERT_OK(book);
      auto made = read_made_from(*book);
      ASSERT_OK(made);
      EXPECT_EQ(made->sheet, sheet.header.id);
      EXPECT_EQ(made->parts.size(), 1 + sheet.indicators.size() + sheet.programmes.size());
      EXPECT_EQ(made->edition, edition_of(sheet));
      auto read = read_sheet_workbook(*book, sheet);
      ASSERT_OK(read);
      EXPECT_TRUE(read->cells.empty()) << read->cells[0].where << " " << read->cells[0].before << " -> " << read->cells[0].after;
      EXPECT_EQ(read->sheet, sheet);
    }
  }
}

TEST_F(SheetXlsxTest, TheFormIsTheOfficialOne) {
  EXPECT_EQ(form().name, "評価書");
  EXPECT_TRUE(form().page.landscape && form().page.area && form().page.repeated_rows);
  EXPECT_TRUE(form().column_hidden(0)) << "keys of rows";
  EXPECT_TRUE(book_.sheets[2].hidden) << "what it was made from";
  auto mark = at("i/2/0/t", "mark"), first = at("i/2/0/t", "final");
  EXPECT_EQ(std::get<std::string>(form().find(mark)->value), "ロ");
  EXPECT_EQ(std::get<double>(form().find(first)->value), 20) << "a figure is a number";
  EXPECT_EQ(book_.styles[form().find(first)->style].format, "General\"以上\"");
  EXPECT_EQ(std::get<std::string>(form().find(at("i/1/0/t", "number"))->value), "①") << "primary";
  for (std::uint32_t row = 0; row < 200; ++row) {
    const auto* key = form().find({row, 0});
    EXPECT_TRUE(!key || !std::get<std::string>(key->value).starts_with('@') || form().row_hidden(row)) << row;
  }
}

TEST_F(SheetXlsxTest, WhatPeopleType) {
  struct Typed {
    Value value;
    SheetValue wanted;
  };
  const auto number = [](double n, Bound bound = Bound::kExactly, bool cumulative = false) {
    return SheetValue{n, bound, cumulative, {}};
  };
  const Typed all[] = {{1046.5, number(1046.5)},
                       {std::string("1,046.5"), number(1046.5)},
                       {std::string("１，０４６．５"), number(1046.5)},
                       {std::string("△5"), number(-5)},
                       {std::string("▲５"), number(-5)},
                       {std::string(" 7件 "), number(7)},
                       {std::string("7 items"), number(7)},
                       {std::string("30以上"), number(30, Bound::kAtLeast)},
                       {std::string("30 or more"), number(30, Bound::kAtLeast)},
                       {std::string("約30"), number(30, Bound::kAbout)},
                       {std::string("30（累計）"), number(30, Bound::kExactly, true)},
                       {std::string("30以下 (cumulative)"), number(30, Bound::kAtMost, true)}};
  for (const auto& one : all) {
    remake();
    type("i/3/0/a", "y2023", one.value);
    auto read = this->read();
    ASSERT_EQ(read.cells.size(), 1u);
    EXPECT_EQ(actual(read, 2, 2023), one.wanted) << read.cells[0].after;
    EXPECT_EQ(read.cells[0].where, document::cell_name("評価書", at("i/3/0/a", "y2023")));
    EXPECT_EQ(read.cells[0].what.ja, "測定指標3 2023年度 実績");
    EXPECT_EQ(read.cells[0].before, "4");
    EXPECT_EQ(read.cells[0].part, (PartKey{PartKind::kIndicator, "3"}));
  }
}

TEST_F(SheetXlsxTest, UnitsThatHoldAScale) {
  struct Typed {
    const char *unit, *words;
    std::optional<double> wanted;  // nothing: refused
  };
  for (const auto& [unit, words, wanted] : {Typed{"億円", "500億円", 500},
                                            {"億円", "▲500億円", -500},
                                            {"億円", "500 億円", 500},
                                            {"億円", "５００億円", 500},
                                            {"億円", "500", 500},
                                            {"億枚", "1.5億枚", 1.5},
                                            {"千件", "12千件", 12},
                                            {"万アクセス", "30万アクセス", 30},
                                            {"億円", "500億", {}},
                                            {"億円", "500円", {}},
                                            {"%", "2千%", {}},
                                            {"%", "97.4%", 97.4},
                                            {"億円", "500万円", {}},
                                            {"億円", "3億2,000万円", {}},
                                            {"円", "500億円", {}},
                                            {"万円", "3億2,000万円", 32000}}) {
    sheet_.indicators[2].lines[0].unit = Text{unit, "unit"};
    remake();
    type("i/3/0/a", "y2023", std::string(words));
    if (wanted)
      EXPECT_EQ(actual(read(), 2, 2023), (SheetValue{*wanted, Bound::kExactly, false, {}})) << words;
    else
      EXPECT_EQ(faults().size(), 1u) << words;
  }
}

TEST_F(SheetXlsxTest, ANumberKeepsTheBoundThatItsCellShows) {
  type("i/1/0/t", "final", 45.0);
  auto read = this->read();
  EXPECT_EQ(read.sheet.indicators[0].lines[0].final_target, (SheetValue{45, Bound::kAtLeast, false, {}}));
  EXPECT_EQ(read.cells[0].after, "45以上");
  type("i/1/0/t", "final", std::string("ちょうど45"));
  EXPECT_EQ(this->read().sheet.indicators[0].lines[0].final_target, (SheetValue{45, Bound::kExactly, false, {}}));
  type("i/1/0/t", "final", std::string("30"));
  EXPECT_TRUE(this->read().cells.empty()) << "the same number as a text is no change";
}

TEST_F(SheetXlsxTest, MarksOfActuals) {
  type("i/3/0/a", "y2023", std::string("12（速報）（2022年度の値）"));
  auto year = this->read().sheet.indicators[2].lines[0].yearly.at(2023);
  EXPECT_TRUE(year.provisional);
  EXPECT_EQ(year.latest_known_year, 2022);
  type("i/3/0/t", "y2023", std::string("12（速報）"));
  EXPECT_EQ(faults().size(), 1u) << "a target is not provisional";
}

TEST_F(SheetXlsxTest, YearsDaysMoneyAndChoices) {
  type("i/1/0/a", "base", std::string("平成29年度"));
  type("i/1/0/a", "final", std::string("R5"));
  type("b/initial", "y2023", std::string("△１，２３４千円"));
  type("b/executed", "y2023", Value());
  type("h/month", "v", document::DateTime{2024, 9, 1, 0});
  type("i/1/0/t", "mark", std::string("ﾛ"));
  type("f/1", "fate", std::string("Replaced"));
  type("f/1", "fate_note", std::string("新しい指標"));
  type("f/1", "fate_note", std::string("A new one"), Language::en);
  type("p/1", "indicators", std::string("1、4"));
  type("p/1", "r2023", 31.0);
  auto read = this->read();
  const auto& one = read.sheet.indicators[0];
  EXPECT_EQ(one.lines[0].baseline_year, 2017);
  EXPECT_EQ(one.lines[0].final_year, 2023);
  EXPECT_EQ(one.mark, Mark::kNear);
  EXPECT_EQ(one.fate, Fate::kReplaced);
  EXPECT_EQ(one.fate_note, (Text{"新しい指標", "A new one"}));
  EXPECT_EQ(read.sheet.header.budget[0].amount, -1234);
  EXPECT_EQ(read.sheet.header.budget.size(), 4u) << "an emptied amount is gone";
  EXPECT_EQ(read.sheet.header.month, "2024-09");
  EXPECT_EQ(read.sheet.programmes[0].indicators, (std::vector<std::string>{"1", "4"}));
  EXPECT_EQ(read.sheet.programmes[0].review_numbers.at(2023), "0031") << "a number lost its zeros; it is the same";
  EXPECT_EQ(read.cells.size(), 9u);
}

TEST_F(SheetXlsxTest, DaysAsSerials) {
  sheet_.header.cabinet_policies = {{{"計画", "Plan"}, "2019-06-14"}};
  remake();
  type("c/0", "date", 43'630.0);
  EXPECT_TRUE(read().cells.empty()) << "the same day, its format lost";
  type("c/0", "date", 42'885.0);
  EXPECT_EQ(read().sheet.header.cabinet_policies[0].date, "2017-05-30");
  type("c/0", "date", std::string("平成29年5月30日"));
  EXPECT_EQ(read().sheet.header.cabinet_policies[0].date, "2017-05-30");
  type("c/0", "date", std::string("いつか"));
  EXPECT_EQ(faults().size(), 1u);
}

TEST_F(SheetXlsxTest, WhatALogicModelSaysInWordsAndLastingIds) {
  sheet_.header.nodes = {{"n1", Stage::kActivity, {"研修", "Training"}, {}},
                         {"n2", Stage::kShort, {"信頼", "Trust"}, {}, Text{"数えるものがない", "There is nothing to count"}},
                         {"n3", Stage::kShort, {"技能", "Skills"}, {"1"}}};
  sheet_.header.links = {{"n1", "n2", {"理由", "why"}}};
  sheet_.header.no_stages = Text{"一段で足りる", "One is enough"};
  sheet_.indicators[0].id = "aoba.online-use";
  ASSERT_TRUE(faults_of(sheet_).empty());
  for (Language first : {Language::ja, Language::en}) {
    auto bytes = sheet_xlsx(state_of(sheet_), first);
    ASSERT_OK(bytes);
    auto back = document::read_xlsx(*bytes);
    ASSERT_OK(back);
    auto same = read_sheet_workbook(*back, sheet_);
    ASSERT_OK(same);
    EXPECT_TRUE(same->cells.empty());
    EXPECT_EQ(same->sheet, sheet_);
  }
  remake();
  type("l/1", "qualitative", Value());
  type("l/1", "qualitative", Value(), Language::en);
  type("l/2", "qualitative", std::string("試験をしない"));
  type("l/2", "qualitative", std::string("Nobody is tested"), Language::en);
  type("h/no_stages", "v", std::string("分けられない"));
  type("i/2/0/t", "id", std::string("aoba.waiting"));
  auto read = this->read();
  EXPECT_FALSE(read.sheet.header.nodes[1].qualitative);
  EXPECT_EQ(read.sheet.header.nodes[2].qualitative, (Text{"試験をしない", "Nobody is tested"}));
  EXPECT_EQ(read.sheet.header.no_stages, (Text{"分けられない", "One is enough"}));
  EXPECT_EQ(read.sheet.indicators[0].id, "aoba.online-use");
  EXPECT_EQ(read.sheet.indicators[1].id, "aoba.waiting");
  type("l/0", "qualitative", std::string("活動には書けない"));
  type("l/0", "qualitative", std::string("Not of an activity"), Language::en);
  type("i/3/0/t", "id", std::string("aoba.waiting"));
  EXPECT_GE(faults().size(), 2u);
}

TEST_F(SheetXlsxTest, FoundByKeysWhereverTheyStand) {
  type("i/2/0/a", "y2022", 11.0);
  document::Sheet moved = form();
  moved.name = "作業中";
  moved.cells.clear();
  moved.merged.clear();
  const auto from = at("i/1/0/t", "final").row, to = at("i/4/0/a", "final").row;
  for (auto& [where, cell] : form().cells) {  // rows of indicators the other way round, all further down, two columns in front
    CellAt now = where;
    if (now.row >= from && now.row <= to) now.row = from + to - now.row;
    moved.cells[{now.row + 5, now.column + 2}] = cell;
  }
  form() = moved;
  for (auto& [where, cell] : form().cells)  // headings in other words
    if (auto* words = std::get_if<std::string>(&cell.value); words && *words == "目標（値）") *words = "ゴール";
  auto read = this->read();
  ASSERT_EQ(read.cells.size(), 1u);
  EXPECT_EQ(actual(read, 1, 2022)->number, 11);
  EXPECT_TRUE(read.cells[0].where.starts_with("作業中!")) << read.cells[0].where;
}

TEST_F(SheetXlsxTest, BothFormsMustAgree) {
  type("i/3/0/a", "y2023", 9.0, Language::en);
  EXPECT_EQ(actual(read(), 2, 2023)->number, 9) << "the English form counts as well";
  type("i/3/0/a", "y2023", 9.0);
  EXPECT_EQ(read().cells.size(), 2u);
  type("i/3/0/a", "y2023", 8.0);
  auto all = faults();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_TRUE(all[0].where.starts_with("'Evaluation sheet'!")) << all[0].where;
  remake();
  type("f/3", "factor", std::string("利用が伸びない。"));
  all = faults();
  ASSERT_EQ(all.size(), 1u) << "no English words";
  EXPECT_EQ(all[0].where, document::cell_name("Evaluation sheet", at("f/3", "factor", Language::en)));
  type("f/3", "factor", std::string("Use does not grow."), Language::en);
  EXPECT_EQ(read().sheet.indicators[2].factor, (Text{"利用が伸びない。", "Use does not grow."}));
}

struct Wrong {
  const char* what;
  const char* row;
  const char* column;
  Value value;
};

TEST_F(SheetXlsxTest, EveryFaultWithItsCellAtOnce) {
  const Wrong all[] = {{"scale", "i/1/0/a", "y2022", std::string("3万")},
                       {"unit", "i/1/0/a", "y2023", std::string("30人")},
                       {"percent", "i/1/0/t", "y2022", std::string("30%")},
                       {"two numbers", "i/1/0/t", "y2023", std::string("10～20")},
                       {"grouping", "i/2/0/a", "y2022", std::string("1,23")},
                       {"less than", "i/2/0/t", "final", std::string("30未満")},
                       {"a day", "i/2/0/a", "y2023", document::DateTime{2024, 3, 4, 0}},
                       {"truth", "i/2/0/t", "y2022", true},
                       {"formula", "i/2/0/t", "y2023", document::CellFault{"#DIV/0!"}},
                       {"no era", "i/3/0/a", "base", 29.0},
                       {"no such mark", "i/3/0/t", "mark", std::string("A")},
                       {"number twice", "i/3/0/t", "number", std::string("2")},
                       {"another number", "p/2", "number", std::string("7")},
                       {"not whole", "b/total", "y2023", 1.5},
                       {"unit of money", "b/initial", "y2023", std::string("5百万円")},
                       {"no month", "h/month", "v", std::string("夏")},
                       {"a list", "p/1", "indicators", std::string("1, 1")}};
  for (const auto& one : all) type(one.row, one.column, one.value);
  form().cells[at("i/4/0/a", "y2022")].formula = "A1+1";
  form().cells[at("i/4/0/a", "y2022")].value = Value();
  std::set<std::string> where;
  for (const auto& fault : faults()) where.insert(fault.where);
  EXPECT_EQ(where.size(), std::size(all) + 1);
  for (const auto& one : all) EXPECT_TRUE(where.contains(document::cell_name("評価書", at(one.row, one.column)))) << one.what;
}

TEST_F(SheetXlsxTest, PercentagesOnlyWhereTheUnitIsOne) {
  auto percent = [&] {
    auto& cell = form().cells[at("i/1/0/a", "y2023")];
    cell.value = 0.974;
    cell.style = book_.style(document::percent());
  };
  percent();
  EXPECT_EQ(faults().size(), 1u);
  sheet_.indicators[0].lines[0].unit = Text{"%", "%"};
  remake();
  percent();
  EXPECT_EQ(actual(read(), 0, 2023)->number, 97.4);
  type("i/1/0/a", "y2023", std::string("９７．４％"));
  form().cells[at("i/1/0/a", "y2023")].style = 0;
  EXPECT_EQ(actual(read(), 0, 2023)->number, 97.4);
}

TEST_F(SheetXlsxTest, RowsAndColumnsThatAreGoneTwiceOrOwn) {
  auto cell = at("i/2/0/t", "final");
  form().put({cell.row, 0}, std::string("-"));
  EXPECT_EQ(faults().size(), 1u) << "a row is gone";
  remake();
  form().put({at("i/2/0/a", "final").row, 0}, std::string("i/2/0/t"));
  EXPECT_EQ(faults().size(), 2u) << "one stands twice, another is gone";
  remake();
  std::erase_if(form().cells, [&](auto& one) { return one.first.column == cell.column; });
  EXPECT_GE(faults().size(), 1u) << "a column is gone";
  remake();
  form().put({cell.row + 500, 4}, std::string("足した行"));
  auto own = faults();
  ASSERT_EQ(own.size(), 1u);
  EXPECT_TRUE(own[0].where.ends_with("!E" + std::to_string(cell.row + 501))) << own[0].where;
  remake();
  form().put({cell.row, 0}, std::string("i/99/0/t"));
  EXPECT_EQ(faults().size(), 2u) << "a row of another sheet";
  remake();
  book_.sheets.push_back(form());
  EXPECT_EQ(faults().size(), 1u) << "the form twice";
}

TEST_F(SheetXlsxTest, MergedCellsHideValues) {
  auto first = at("i/2/0/t", "y2022"), second = at("i/2/0/t", "y2023");
  form().merged.push_back({first, second});
  auto all = faults();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].where, document::cell_name("評価書", second));
  EXPECT_NE(all[0].message.en.find(document::to_text(document::Range{first, second})), std::string::npos);
}

TEST_F(SheetXlsxTest, ALogicModelThatRunsInACircle) {
  auto& h = sheet_.header;
  h.nodes = {{"a", Stage::kOutput, {"甲", "A"}, {"1"}}, {"b", Stage::kOutput, {"乙", "B"}, {}}};
  h.links = {{"a", "b", {"理由", "Reason"}}, {"a", "b", {"理由", "Reason"}}};
  remake();
  EXPECT_TRUE(read().cells.empty());
  type("k/1", "from", std::string("b"));
  type("k/1", "to", std::string("a"));
  auto all = faults();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_NE(all[0].message.en.find("circle"), std::string::npos);
  type("i/1/0/a", "y2022", std::string("3万"));
  EXPECT_EQ(faults().size(), 2u) << "the circle stands beside what cannot be read";
  type("i/1/0/a", "y2022", 31.0);
  type("k/1", "to", std::string("z"));
  all = faults();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].where, document::cell_name("評価書", at("k/1", "to")));
}

TEST_F(SheetXlsxTest, NotAFileOfOurs) {
  document::Workbook other;
  other.sheets.emplace_back().name = "Sheet1";
  EXPECT_ERROR(read_made_from(other), "sheet_file.no_keys");
  EXPECT_ERROR(read_sheet_workbook(other, sheet_), "sheet_file.no_keys");
  document::Workbook version = book_;
  version.sheets[2].put({0, 1}, double(kFormVersion + 1));
  EXPECT_ERROR(read_made_from(version), "sheet_file.another_version");
  document::Workbook broken = book_;
  broken.sheets[2].put({4, 2}, std::string("x"));
  EXPECT_ERROR(read_made_from(broken), "sheet_file.no_keys");
  std::erase_if(form().cells, [](auto& one) { return one.first.column == 0; });
  std::erase_if(form(Language::en).cells, [](auto& one) { return one.first.column == 0; });
  EXPECT_ERROR(read_sheet_workbook(book_, sheet_), "sheet_file.no_keys");  // the column of keys is gone
}

}  // namespace
}  // namespace musubi::kpi
