#include "kpi/sheet_layout.h"

#include "kpi/judgement.h"
#include "kpi/sheet_layout_maker.h"

namespace musubi::kpi {
namespace {

using std::size_t;
using std::uint32_t;
using web::Language;

Text both(const std::string& ja, const std::string& en) { return {ja, en}; }
std::string n(size_t value) { return std::to_string(value); }

}  // namespace

const std::array<Text, 4> kMarkTitles = {{{"イ", "イ"}, {"ロ", "ロ"}, {"ハ", "ハ"}, {"－", "－"}}};
const std::array<Text, 3> kNatureTitles = {{{"数値", "Figures"}, {"里程標", "Milestone"}, {"言葉", "Words"}}};
const std::array<Text, 3> kDirectionTitles = {{{"上げる", "Up"}, {"下げる", "Down"}, {"保つ", "Keep"}}};
const std::array<Text, 3> kGatheringTitles = {{{"最後の年", "Last year"}, {"合計", "Sum"}, {"平均", "Mean"}}};
const std::array<Text, 5> kStageTitles = {{{"活動", "Activity"},
                                           {"アウトプット", "Output"},
                                           {"短期アウトカム", "Short-term outcome"},
                                           {"中期アウトカム", "Mid-term outcome"},
                                           {"長期アウトカム", "Long-term outcome"}}};

Text fiscal_year_text(int year) { return {year_words(year, Language::ja), year_words(year, Language::en)}; }
Text joined(const Text& a, const Text& b) { return {a.ja + " " + b.ja, a.en + ", " + b.en}; }

LayoutMaker::LayoutMaker(const Sheet& sheet) : sheet_(sheet), evaluation_(sheet.header.form == SheetForm::kEvaluation) {
  auto all = years_of(sheet);
  std::set<int> years(all.begin(), all.end());
  years.insert(sheet.header.fiscal_year);
  years_.assign(years.begin(), years.end());
  final_ = kFirstYearColumn + uint32_t(years_.size());
  last_ = evaluation_ ? final_ + 2 : final_ + 3;
  std::set<std::pair<int, AmountKind>> money;
  std::set<int> reviews;
  for (const auto& one : sheet.programmes) {
    for (const auto& amount : one.amounts) money.insert({amount.fiscal_year, amount.kind});
    for (const auto& [year, number] : one.review_numbers) reviews.insert(year);
  }
  money_.assign(money.begin(), money.end());
  reviews_.assign(reviews.begin(), reviews.end());
  if (!sheet.programmes.empty()) last_ = std::max(last_, kBase + uint32_t(money_.size() + reviews_.size()) + 5);
}

SheetLayout LayoutMaker::run() {
  header();
  budget();
  cabinet();
  indicators();
  if (evaluation_) {
    goals();
    follow_up();
    judgement();
  } else {
    programmes();
    goals();
  }
  if (evaluation_ && !sheet_.programmes.empty()) programmes();
  logic();
  rest();
  widths();
  out_.last_printed = last_;
  return std::move(out_);
}

void LayoutMaker::title(const Text& text) {
  row("-");
  fixed(row("-"), kGoal, last_, Look::kTitle, text);
}

void LayoutMaker::keys(const std::string& table, const std::vector<std::pair<uint32_t, std::string>>& columns) {
  LayoutRow& to = row("@" + table);
  for (const auto& [column, key] : columns) fixed(to, column, 1, Look::kFixed, {key, key});
}

Place LayoutMaker::header_place(const std::string& key, const std::string& column, std::string path, Text what) const {
  return {"h/" + key, column, {PartKind::kHeader, ""}, std::move(path), std::move(what)};
}

void LayoutMaker::labelled(const std::string& key, const std::vector<Labelled>& all) {
  LayoutRow& to = row("h/" + key);
  uint32_t from = kGoal;
  for (size_t i = 0; i < all.size(); ++i) {
    bool last = i + 1 == all.size();
    uint32_t value = i == 0 ? uint32_t(kTitle) : uint32_t(kFirstYearColumn) + 1, until = last ? last_ : uint32_t(kWhich) - 1;
    fixed(to, from, value - from, Look::kLabel, all[i].label);
    put(to, value, until - value + 1, all[i].make(header_place(key, i == 0 ? "v" : "w", all[i].path, all[i].label)));
    from = uint32_t(kWhich);
  }
}

std::function<SheetField(Place)> LayoutMaker::needed(Text SheetHeader::*member) {
  return
      [member](Place place) { return needed_text_field(std::move(place), [member](Sheet& s) -> Text& { return s.header.*member; }); };
}

std::function<SheetField(Place)> LayoutMaker::maybe(std::optional<Text> SheetHeader::*member) {
  return [member](Place place) {
    return text_field(std::move(place), [member](Sheet& s) -> std::optional<Text>& { return s.header.*member; });
  };
}

void LayoutMaker::header() {
  const auto& h = sheet_.header;
  keys("h", {{kTitle, "v"}, {kFirstYearColumn + 1, "w"}});
  Text form = evaluation_ ? both("主要な政策に係る評価書（" + fiscal_year_text(h.fiscal_year).ja + "実施政策）",
                                 "Evaluation sheet of a main policy (" + fiscal_year_text(h.fiscal_year).en + ")")
                          : both("主要な政策に係る政策評価の事前分析表（" + fiscal_year_text(h.fiscal_year).ja + "実施政策）",
                                 "Pre-analysis sheet of a main policy (" + fiscal_year_text(h.fiscal_year).en + ")");
  fixed(row("-"), kGoal, last_, Look::kTitle, form);
  labelled("printed", {{{"番号", "Number"}, needed(&SheetHeader::printed_number), "printed_number"}});
  labelled("policy",
           {{{"政策（政策" + h.policy_number + "）", "Policy " + h.policy_number}, needed(&SheetHeader::policy_title), "policy/title"},
            {{"分野", "Field"}, needed(&SheetHeader::field), "policy/field"}});
  labelled("outcome", {{{"基本目標【達成すべき目標】", "Aim: what shall be reached"}, maybe(&SheetHeader::outcome), "outcome"}});
  labelled("office", {{{"担当部局課室名", "Offices"}, needed(&SheetHeader::office), "office"},
                      {{"作成責任者名", "Responsible post"}, needed(&SheetHeader::author_post), "author_post"}});
  owners();
  Text month = evaluation_ ? both("政策評価実施時期", "Evaluated in") : both("政策評価実施予定時期", "Evaluation planned for");
  labelled("month",
           {{month, [](Place place) { return month_field(std::move(place), [](Sheet& s) -> std::string& { return s.header.month; }); },
             "month"},
            {{"予算の単位", "Unit of money"}, needed(&SheetHeader::money_unit), "money/unit"}});
}

// Only what the sheet states has a row: sheets without owners and laws keep the layout they had.
void LayoutMaker::owners() {
  const auto& h = sheet_.header;
  for (size_t i = 0; i < h.owners.size(); ++i)
    labelled("owner/" + n(i),
             {{{"担当する職" + n(i + 1), "Owner " + n(i + 1)},
               [i](Place place) { return needed_text_field(std::move(place), [i](Sheet& s) -> Text& { return s.header.owners[i]; }); },
               "owners/" + n(i)}});
  for (size_t i = 0; i < h.laws.size(); ++i) {
    std::vector<Labelled> row = {
        {{"関係法令" + n(i + 1), "Law " + n(i + 1)},
         [i](Place place) { return needed_text_field(std::move(place), [i](Sheet& s) -> Text& { return s.header.laws[i].title; }); },
         "laws/" + n(i) + "/title"}};
    if (!h.laws[i].id.empty())
      row.push_back(
          {{"法令 ID", "Law id"},
           [i](Place place) { return string_field(std::move(place), [i](Sheet& s) -> std::string& { return s.header.laws[i].id; }); },
           "laws/" + n(i) + "/id"});
    labelled("law/" + n(i), row);
  }
}

void LayoutMaker::budget() {
  std::set<int> years;
  std::set<AmountKind> kinds = {AmountKind::kTotal, AmountKind::kExecuted};
  for (const auto& one : sheet_.header.budget) {
    years.insert(one.fiscal_year);
    kinds.insert(one.kind);
  }
  years.insert(sheet_.header.fiscal_year);
  if (evaluation_) kinds.insert({AmountKind::kInitial, AmountKind::kSupplementary, AmountKind::kCarryOver});
  title(
      {"政策の予算額・執行額等（" + sheet_.header.money_unit.ja + "）", "Budget and execution (" + sheet_.header.money_unit.en + ")"});
  std::vector<std::pair<uint32_t, std::string>> columns;
  uint32_t column = kFirstYearColumn;
  for (int year : years) columns.emplace_back(column++, "y" + std::to_string(year));
  keys("b", columns);
  LayoutRow& head = row("-");
  fixed(head, kGoal, kFirstYearColumn - kGoal, Look::kHeading, {"区分", "Kind"});
  column = kFirstYearColumn;
  for (int year : years) fixed(head, column++, 1, Look::kHeading, fiscal_year_text(year));
  last_ = std::max(last_, column - 1);
  for (AmountKind kind : kinds) {
    std::string word(word_of(kAmountKinds, kind));
    Text name = titles_of<AmountKind, 6>(amount_title)[size_t(kind)];
    LayoutRow& to = row("b/" + word);
    fixed(to, kGoal, kFirstYearColumn - kGoal, Look::kLabel, name);
    column = kFirstYearColumn;
    for (int year : years)
      put(to, column++, 1,
          amount_field(
              {"b/" + word,
               "y" + std::to_string(year),
               {PartKind::kHeader, ""},
               amount_path("money/budget", sheet_.header.budget, year, kind),
               joined(name, fiscal_year_text(year))},
              [](Sheet& s) -> std::vector<Amount>& { return s.header.budget; }, year, kind),
          Look::kFigure);
  }
}

std::string LayoutMaker::amount_path(const std::string& of, const std::vector<Amount>& all, int year, AmountKind kind) {
  for (size_t i = 0; i < all.size(); ++i)
    if (all[i].fiscal_year == year && all[i].kind == kind) return of + "/" + n(i) + "/amount";
  return of;
}

void LayoutMaker::cabinet() {
  const auto& all = sheet_.header.cabinet_policies;
  if (all.empty()) return;
  title({"政策に関係する内閣の重要政策（施政方針演説等のうち主なもの）", "Related policies of the Cabinet"});
  keys("c", {{kGoal, "title"}, {kFirstYearColumn, "date"}});
  LayoutRow& head = row("-");
  fixed(head, kGoal, kFirstYearColumn - kGoal, Look::kHeading, {"施政方針演説等の名称", "Name"});
  fixed(head, kFirstYearColumn, 2, Look::kHeading, {"年月日", "Date"});
  for (size_t i = 0; i < all.size(); ++i) {
    std::string key = "c/" + n(i), path = "cabinet_policies/" + n(i);
    Text what = both("内閣の重要政策" + n(i + 1), "Cabinet policy " + n(i + 1));
    LayoutRow& to = row(key);
    put(to, kGoal, kFirstYearColumn - kGoal, needed_text_field({key, "title", {}, path + "/title", what}, [i](Sheet& s) -> Text& {
          return s.header.cabinet_policies[i].title;
        }));
    put(to, kFirstYearColumn, 2,
        day_field({key, "date", {}, path + "/date", joined(what, {"年月日", "date"})},
                  [i](Sheet& s) -> std::optional<std::string>& { return s.header.cabinet_policies[i].date; }),
        Look::kFigure);
  }
}

std::vector<Aside> LayoutMaker::extras() const {
  std::vector<Aside> out = {{"primary", {"主要", "Primary"}},
                            {"kind", {"種類", "Kind"}},
                            {"nature", {"性質", "Nature"}},
                            {"direction", {"望ましい向き", "Better"}},
                            {"gathering", {"年の合わせ方", "Years gathered"}},
                            {"not_set_due", {"未設定（いつまでに定めるか）", "Not yet set (by when)"}},
                            {"note", {"注記", "Note"}}};
  if (evaluation_)
    out.insert(out.end(), {{"reason", {"選定理由", "Reason for choice"}},
                           {"causal_link", {"因果関係", "Causal link"}},
                           {"target_basis", {"目標の根拠", "Basis of the target"}},
                           {"in_words", {"本文での判断", "Mark in the prose"}}});
  out.insert(out.end(), {{"doubt", {"確かでない点", "Doubt"}},
                         {"locator", {"出典の箇所", "Place in the source"}},
                         {"id", {"年度をまたぐ id", "Lasting id"}}});
  return out;
}

void LayoutMaker::indicator_headings() {
  title({"測定指標（数字に○を付した測定指標は、主要な測定指標）", "Indicators (those with a ring are primary)"});
  std::vector<std::pair<uint32_t, std::string>> columns = {{kNumber, "number"}, {kTitle, "title"}, {kRow, "line"}, {kBase, "base"}};
  for (size_t i = 0; i < years_.size(); ++i) columns.emplace_back(kFirstYearColumn + uint32_t(i), "y" + std::to_string(years_[i]));
  columns.emplace_back(final_, "final");
  if (evaluation_)
    columns.emplace_back(final_ + 1, "mark");
  else
    columns.insert(columns.end(), {{final_ + 1, "reason"}, {final_ + 2, "causal_link"}, {final_ + 3, "target_basis"}});
  aside_ = last_ + 2;
  uint32_t aside = aside_;
  for (const auto& extra : extras()) columns.emplace_back(aside++, extra.key);
  keys("i", columns);
  uint32_t first = uint32_t(at());
  LayoutRow& top = row("-");
  fixed(top, kGoal, 1, Look::kHeading, {"施策目標", "Goal"}, 2);
  fixed(top, kNumber, 3, Look::kHeading, {"測定指標", "Indicator"}, 2);
  fixed(top, kBase, 1, Look::kHeading, {"基準（値）", "Baseline"});
  fixed(top, kWhich, 1 + uint32_t(years_.size()), Look::kHeading,
        {"年度ごとの目標（値）／年度ごとの実績（値）", "Targets / actuals by year"});
  fixed(top, final_, 1, Look::kHeading, {"目標（値）", "Target"});
  if (evaluation_) {
    fixed(top, final_ + 1, 1, Look::kHeading, {"達成", "Mark"}, 2);
    fixed(top, final_ + 2, 1, Look::kHeading, {"（数値からの計算）", "(from figures)"}, 2);
  } else {
    fixed(top, final_ + 1, 3, Look::kHeading,
          {"測定指標の選定理由、施策目標と測定指標の関係性（因果関係）及び目標（値）の設定の根拠",
           "Reason for choice, causal link, basis of the target"});
  }
  fixed(top, aside_, uint32_t(extras().size()), Look::kAside, {"様式の外（印刷されません）", "Beside the form (not printed)"});
  LayoutRow& low = row("-");
  fixed(low, kBase, 1, Look::kHeading, {"【年度】", "[year]"});
  fixed(low, kWhich, 1, Look::kHeading, {"区分", "Row"});
  for (size_t i = 0; i < years_.size(); ++i)
    fixed(low, kFirstYearColumn + uint32_t(i), 1, Look::kHeading, fiscal_year_text(years_[i]));
  fixed(low, final_, 1, Look::kHeading, {"【年度】", "[year]"});
  if (!evaluation_) {
    const Text heads[] = {{"選定理由", "Reason"}, {"因果関係", "Causal link"}, {"設定の根拠", "Basis"}};
    for (uint32_t i = 0; i < 3; ++i) fixed(low, final_ + 1 + i, 1, Look::kHeading, heads[i]);
  }
  aside = aside_;
  for (const auto& extra : extras()) fixed(low, aside++, 1, Look::kAside, extra.title);
  out_.heading = {first, first + 1};
}

void LayoutMaker::indicators() {
  indicator_headings();
  std::vector<std::string> numbers;
  for (const auto& one : sheet_.indicators) numbers.push_back(one.number);
  for (size_t i = 0; i < sheet_.indicators.size(); ++i) {
    const auto& one = sheet_.indicators[i];
    size_t first = at();
    for (size_t j = 0; j < one.lines.size(); ++j) line(i, j);
    indicator(i, numbers, first, uint32_t(at() - first));
  }
  goal_cells();
}

Place LayoutMaker::place(size_t i, const std::string& row_key, const std::string& column, std::string path, const Text& what) const {
  const std::string& number = sheet_.indicators[i].number;
  return {
      row_key, column, {PartKind::kIndicator, number}, std::move(path), joined({"測定指標" + number, "Indicator " + number}, what)};
}

void LayoutMaker::line(size_t i, size_t j) {
  const Line& one = sheet_.indicators[i].lines[j];
  std::string key = "i/" + sheet_.indicators[i].number + "/" + n(j), path = "lines/" + n(j);
  Text sub = one.sub.empty() ? Text{} : both("(" + one.sub + ")", "(" + one.sub + ")");
  auto what = [&](Text text) { return one.sub.empty() ? text : joined(sub, text); };
  Text base = what({"基準（値）", "baseline"}), last = what({"目標（値）", "target"}), target = what({"目標", "target"}),
       actual = what({"実績", "actual"});
  LayoutRow top{key + "/t"}, low{key + "/a"};
  put(top, kRow, 1,
      text_field(place(i, top.key, "line", path + "/title", what({"行の名", "row"})),
                 [i, j](Sheet& s) -> std::optional<Text>& { return s.indicators[i].lines[j].title; }));
  put(low, kRow, 1,
      text_field(place(i, low.key, "line", path + "/unit", what({"単位", "unit"})),
                 [i, j](Sheet& s) -> std::optional<Text>& { return s.indicators[i].lines[j].unit; }));
  put(top, kBase, 1, figure_field(place(i, top.key, "base", path + "/baseline", base), i, j, LineCell::kBaseline), Look::kFigure);
  put(low, kBase, 1,
      year_field(place(i, low.key, "base", path + "/baseline_year", joined(base, {"年度", "year"})),
                 [i, j](Sheet& s) -> std::optional<int>& { return s.indicators[i].lines[j].baseline_year; }),
      Look::kFigure);
  fixed(top, kWhich, 1, Look::kLabel, {"目標", "Target"});
  fixed(low, kWhich, 1, Look::kLabel, {"実績", "Actual"});
  for (size_t k = 0; k < years_.size(); ++k) {
    std::string year = std::to_string(years_[k]), yearly = path + "/yearly/" + year;
    put(top, kFirstYearColumn + uint32_t(k), 1,
        figure_field(place(i, top.key, "y" + year, yearly + "/target", joined(fiscal_year_text(years_[k]), target)), i, j,
                     LineCell::kTarget, years_[k]),
        Look::kFigure);
    put(low, kFirstYearColumn + uint32_t(k), 1,
        figure_field(place(i, low.key, "y" + year, yearly + "/actual", joined(fiscal_year_text(years_[k]), actual)), i, j,
                     LineCell::kActual, years_[k]),
        Look::kFigure);
  }
  put(top, final_, 1, figure_field(place(i, top.key, "final", path + "/final", last), i, j, LineCell::kFinal), Look::kFigure);
  put(low, final_, 1,
      year_field(place(i, low.key, "final", path + "/final_year", joined(last, {"年度", "year"})),
                 [i, j](Sheet& s) -> std::optional<int>& { return s.indicators[i].lines[j].final_year; }),
      Look::kFigure);
  line_extras(top, i, j, path);
  out_.rows.push_back(std::move(top));
  out_.rows.push_back(std::move(low));
}

uint32_t LayoutMaker::aside(const std::string& key) const {
  auto all = extras();
  return aside_ + uint32_t(std::find_if(all.begin(), all.end(), [&](auto& one) { return one.key == key; }) - all.begin());
}

Text LayoutMaker::aside_title(const std::string& key) const {
  auto all = extras();
  return std::find_if(all.begin(), all.end(), [&](auto& one) { return one.key == key; })->title;
}

void LayoutMaker::line_extras(LayoutRow& to, size_t i, size_t j, const std::string& path) {
  auto at = [&](const std::string& key) { return place(i, to.key, key, path + "/" + key, aside_title(key)); };
  put(to, aside("kind"), 1,
      enum_field<IndicatorKind>(at("kind"), titles_of<IndicatorKind, 8>(kind_title), kIndicatorKinds,
                                [i, j](Sheet& s) -> IndicatorKind& { return s.indicators[i].lines[j].kind; }));
  put(to, aside("nature"), 1, enum_field<Nature>(at("nature"), kNatureTitles, kNatures, [i, j](Sheet& s) -> Nature& {
        return s.indicators[i].lines[j].nature;
      }));
  put(to, aside("direction"), 1, enum_field<Direction>(at("direction"), kDirectionTitles, kDirections, [i, j](Sheet& s) -> Direction& {
        return s.indicators[i].lines[j].direction;
      }));
  put(to, aside("gathering"), 1, enum_field<Gathering>(at("gathering"), kGatheringTitles, kGatherings, [i, j](Sheet& s) -> Gathering& {
        return s.indicators[i].lines[j].gathering;
      }));
  put(to, aside("not_set_due"), 1,
      text_field(at("not_set_due"), [i, j](Sheet& s) -> std::optional<Text>& { return s.indicators[i].lines[j].not_set_due; }));
  put(to, aside("note"), 1,
      text_field(at("note"), [i, j](Sheet& s) -> std::optional<Text>& { return s.indicators[i].lines[j].note; }));
}

Member<std::optional<Text>> LayoutMaker::indicator_text(size_t i, std::optional<Text> SheetIndicator::*member) {
  return [i, member](Sheet& s) -> std::optional<Text>& { return s.indicators[i].*member; };
}

void LayoutMaker::indicator(size_t i, const std::vector<std::string>& numbers, size_t first, uint32_t rows) {
  const auto& one = sheet_.indicators[i];
  std::vector<std::string> others;
  for (const auto& number : numbers)
    if (number != one.number) others.push_back(number);
  LayoutRow& to = out_.rows[first];
  const std::string key = to.key;
  auto text = [&](uint32_t column, const std::string& id, Text what, std::optional<Text> SheetIndicator::*member, uint32_t over) {
    put(to, column, 1, text_field(place(i, key, id, id, what), indicator_text(i, member)), Look::kText, over);
  };
  put(to, kNumber, 1, number_field(place(i, key, "number", "number", {"番号", "number"}), one.number, one.primary, std::move(others)),
      Look::kLabel, rows);
  put(to, kTitle, 1,
      needed_text_field(place(i, key, "title", "title", {"名", "title"}), [i](Sheet& s) -> Text& { return s.indicators[i].title; }),
      Look::kText, rows);
  if (evaluation_) {
    put(to, final_ + 1, 1,
        maybe_enum_field<Mark>(place(i, key, "mark", "mark", {"達成", "mark"}), kMarkTitles, kMarks,
                               [i](Sheet& s) -> std::optional<Mark>& { return s.indicators[i].mark; }),
        Look::kFigure, rows);
    auto computed = compute_mark(one, sheet_.header.fiscal_year, mark_rules(sheet_)).mark;
    std::string sign = computed ? std::string(mark_sign(*computed)) : "";
    fixed(to, final_ + 2, 1, Look::kLabel, {sign, sign}, rows);
    put(to, aside("in_words"), 1,
        maybe_enum_field<Mark>(place(i, key, "in_words", "in_words", aside_title("in_words")), kMarkTitles, kMarks,
                               [i](Sheet& s) -> std::optional<Mark>& { return s.indicators[i].in_words; }));
  }
  uint32_t column = final_ + 1;
  for (auto [id, member] : {std::pair{"reason", &SheetIndicator::reason},
                            {"causal_link", &SheetIndicator::causal_link},
                            {"target_basis", &SheetIndicator::target_basis}}) {
    const Text titles[] = {{"選定理由", "reason for choice"}, {"因果関係", "causal link"}, {"目標の根拠", "basis of the target"}};
    text(evaluation_ ? aside(id) : column, id, titles[column - final_ - 1], member, evaluation_ ? 1 : rows);
    ++column;
  }
  put(to, aside("primary"), 1, flag_field(place(i, key, "primary", "primary", aside_title("primary")), [i](Sheet& s) -> bool& {
        return s.indicators[i].primary;
      }));
  text(aside("doubt"), "doubt", aside_title("doubt"), &SheetIndicator::doubt, 1);
  put(to, aside("locator"), 1, needed_text_field(place(i, key, "locator", "locator", aside_title("locator")), [i](Sheet& s) -> Text& {
        return s.indicators[i].locator;
      }));
  put(to, aside("id"), 1,
      string_field(place(i, key, "id", "id", aside_title("id")), [i](Sheet& s) -> std::string& { return s.indicators[i].id; }));
}

void LayoutMaker::goal_cells() {
  size_t begin = out_.heading.second + 1;
  for (size_t i = 0, first = begin; i < sheet_.indicators.size();) {
    size_t rows = 0, j = i;
    for (; j < sheet_.indicators.size() && sheet_.indicators[j].goal == sheet_.indicators[i].goal; ++j)
      rows += 2 * sheet_.indicators[j].lines.size();
    Text words;
    for (const auto& goal : sheet_.header.goals)
      if (goal.id == sheet_.indicators[i].goal) words = goal.title;
    if (rows > 0) fixed(out_.rows[first], kGoal, 1, Look::kLabel, words, uint32_t(rows));
    first += rows;
    i = j;
  }
}

SheetLayout layout_of(const Sheet& sheet) { return LayoutMaker(sheet).run(); }

}  // namespace musubi::kpi
