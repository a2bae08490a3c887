// What stands after the indicators: goals, follow-up, judgement, programmes, logic model, references. Part of sheet_layout_maker.h.
#include "kpi/judgement.h"
#include "kpi/sheet_layout_maker.h"

namespace musubi::kpi {
namespace {

using std::size_t;
using std::uint32_t;

Text both(const std::string& ja, const std::string& en) { return {ja, en}; }
std::string n(size_t value) { return std::to_string(value); }

}  // namespace

void LayoutMaker::goals() {
  title(evaluation_ ? both("施策目標の分析と次期目標等への反映の方向性", "Goals: analysis and what follows for the next ones")
                    : both("施策目標", "Goals"));
  const uint32_t factor = kBase, next = final_;
  keys("g", {{kGoal, "title"}, {factor, "factor"}, {next, "next"}});
  LayoutRow& head = row("-");
  fixed(head, kGoal, factor - kGoal, Look::kHeading, {"施策目標", "Goal"});
  fixed(head, factor, next - factor, Look::kHeading, {"目標達成の要因分析", "Analysis"});
  fixed(head, next, last_ - next + 1, Look::kHeading, {"次期目標等への反映の方向性", "What follows for the next goals"});
  for (size_t i = 0; i < sheet_.header.goals.size(); ++i) {
    const Goal& goal = sheet_.header.goals[i];
    std::string key = "g/" + goal.id, path = "goals/" + n(i);
    Text what = both("施策目標「" + goal.title.ja + "」", "Goal \"" + goal.title.en + "\"");
    LayoutRow& to = row(key);
    put(to, kGoal, factor - kGoal,
        needed_text_field({key, "title", {}, path + "/title", what}, [i](Sheet& s) -> Text& { return s.header.goals[i].title; }));
    put(to, factor, next - factor,
        text_field({key, "factor", {}, path + "/factor", joined(what, {"要因分析", "analysis"})},
                   [i](Sheet& s) -> std::optional<Text>& { return s.header.goals[i].factor; }));
    put(to, next, last_ - next + 1,
        text_field({key, "next", {}, path + "/next", joined(what, {"次期への反映", "what follows"})},
                   [i](Sheet& s) -> std::optional<Text>& { return s.header.goals[i].next; }));
  }
}

void LayoutMaker::follow_up() {
  title({"測定指標ごとの分析と今後", "Indicators: why, and what becomes of them"});
  keys("f", {{kRow, "factor"}, {kFirstYearColumn, "fate"}, {final_, "fate_note"}, {final_ + 1, "mark_reason"}});
  LayoutRow& head = row("-");
  fixed(head, kGoal, kRow - kGoal, Look::kHeading, {"測定指標", "Indicator"});
  fixed(head, kRow, kFirstYearColumn - kRow, Look::kHeading, {"要因", "Why"});
  fixed(head, kFirstYearColumn, final_ - kFirstYearColumn, Look::kHeading, {"今後の扱い", "What becomes of it"});
  fixed(head, final_, 1, Look::kHeading, {"今後の説明", "About it"});
  fixed(head, final_ + 1, last_ - final_, Look::kHeading, {"数値と違う判断の理由", "Why not what the figures say"});
  for (size_t i = 0; i < sheet_.indicators.size(); ++i) {
    const auto& one = sheet_.indicators[i];
    std::string key = "f/" + one.number;
    LayoutRow to{key};
    fixed(to, kGoal, kRow - kGoal, Look::kLabel, both(one.number + " " + one.title.ja, one.number + " " + one.title.en));
    put(to, kRow, kFirstYearColumn - kRow,
        text_field(place(i, key, "factor", "factor", {"要因", "why"}), indicator_text(i, &SheetIndicator::factor)));
    put(to, kFirstYearColumn, final_ - kFirstYearColumn,
        maybe_enum_field<Fate>(place(i, key, "fate", "fate", {"今後の扱い", "what becomes of it"}), titles_of<Fate, 5>(fate_title),
                               kFates, [i](Sheet& s) -> std::optional<Fate>& { return s.indicators[i].fate; }));
    put(to, final_, 1,
        text_field(place(i, key, "fate_note", "fate_note", {"今後の説明", "about it"}),
                   indicator_text(i, &SheetIndicator::fate_note)));
    put(to, final_ + 1, last_ - final_,
        text_field(place(i, key, "mark_reason", "mark_reason", {"数値と違う判断の理由", "why not what the figures say"}),
                   indicator_text(i, &SheetIndicator::mark_reason)));
    out_.rows.push_back(std::move(to));
  }
}

void LayoutMaker::judgement() {
  const auto& h = sheet_.header;
  title({"評価結果", "Judgement"});
  const Scale* scale = judged_by(sheet_);
  if (scale) {
    std::vector<Text> steps;
    std::vector<std::string> ids;
    for (const auto& step : scale->steps) {
      steps.push_back(step.title);
      ids.push_back(step.id);
    }
    auto get = [ids](const Sheet& s) -> std::optional<size_t> {
      auto found = std::find(ids.begin(), ids.end(), s.header.judgement->step);
      return found == ids.end() ? std::nullopt : std::optional(size_t(found - ids.begin()));
    };
    auto set = [ids](Sheet& s, std::optional<size_t> chosen) { s.header.judgement->step = ids[*chosen]; };
    labelled("step", {{{"各行政機関共通区分", "Judgement"},
                       [&](Place place) { return choice_field(std::move(place), steps, ids, true, get, set); },
                       "judgement/step"}});
    labelled("grounds", {{{"判断根拠", "Grounds"},
                          [](Place place) {
                            return needed_text_field(std::move(place), [](Sheet& s) -> Text& { return s.header.judgement->grounds; });
                          },
                          "judgement/grounds"}});
    labelled("override", {{{"規則と違う判断の理由", "Why not what the rules say"},
                           [](Place place) {
                             return text_field(std::move(place),
                                               [](Sheet& s) -> std::optional<Text>& { return s.header.judgement->override_reason; });
                           },
                           "judgement/override_reason"}});
  }
  if (h.stance) {
    labelled(
        "stance",
        {{{"予算要求への反映（区分）", "Budget request (class)"},
          [](Place place) {
            return string_field(std::move(place), [](Sheet& s) -> std::string& { return s.header.stance->category; });
          },
          "stance/category"},
         {{"反映の内容", "Stance"},
          [](Place place) { return needed_text_field(std::move(place), [](Sheet& s) -> Text& { return s.header.stance->title; }); },
          "stance/title"}});
    for (size_t i = 0; i < h.stance->notes.size(); ++i)
      labelled("note/" + n(i), {{{"反映の説明" + n(i + 1), "About the stance " + n(i + 1)},
                                 [i](Place place) {
                                   return needed_text_field(std::move(place),
                                                            [i](Sheet& s) -> Text& { return s.header.stance->notes[i]; });
                                 },
                                 "stance/notes/" + n(i)}});
  }
}

namespace {
bool has_owners(const Sheet& sheet) {
  return std::any_of(sheet.programmes.begin(), sheet.programmes.end(), [](const auto& one) { return one.owner.has_value(); });
}
}  // namespace

// Of the columns that follow one another: number, name, year, amounts, indicators, review numbers, texts.
void LayoutMaker::programmes() {
  title({"達成手段（" + sheet_.header.money_unit.ja + "）", "Programmes (" + sheet_.header.money_unit.en + ")"});
  auto amount_names = titles_of<AmountKind, 6>(amount_title);
  std::vector<std::pair<std::string, Text>> columns;
  for (const auto& [year, kind] : money_)
    columns.emplace_back("a" + std::to_string(year) + "-" + std::string(word_of(kAmountKinds, kind)),
                         joined(fiscal_year_text(year), amount_names[size_t(kind)]));
  columns.emplace_back("indicators", both("関連する測定指標", "Indicators served"));
  for (int year : reviews_)
    columns.emplace_back("r" + std::to_string(year),
                         both(fiscal_year_text(year).ja + "行政事業レビュー事業番号", "Review number " + fiscal_year_text(year).en));
  if (has_owners(sheet_)) columns.emplace_back("owner", Text{"担当する職", "Owner"});
  for (auto [key, text] : {std::pair{"outcome", Text{"成果指標", "Outcome indicator"}},
                           {"activity", Text{"活動指標", "Activity indicator"}},
                           {"contribution", Text{"施策目標への寄与", "Contribution"}},
                           {"doubt", Text{"確かでない点", "Doubt"}},
                           {"locator", Text{"出典の箇所", "Place in the source"}}})
    columns.emplace_back(key, text);
  std::vector<std::pair<uint32_t, std::string>> places = {{kNumber, "number"}, {kTitle, "title"}, {kRow, "start_year"}};
  for (size_t i = 0; i < columns.size(); ++i) places.emplace_back(kBase + uint32_t(i), columns[i].first);
  keys("p", places);
  LayoutRow& head = row("-");
  fixed(head, kNumber, 2, Look::kHeading, {"達成手段", "Programme"});
  fixed(head, kRow, 1, Look::kHeading, {"開始年度", "Start"});
  for (size_t i = 0; i < columns.size(); ++i) fixed(head, kBase + uint32_t(i), 1, Look::kHeading, columns[i].second);
  std::vector<std::string> numbers;
  for (const auto& one : sheet_.programmes) numbers.push_back(one.number);
  for (size_t k = 0; k < sheet_.programmes.size(); ++k) programme(k, numbers);
}

void LayoutMaker::programme(size_t k, const std::vector<std::string>& numbers) {
  const auto& one = sheet_.programmes[k];
  std::string key = "p/" + one.number;
  LayoutRow to{key};
  auto at = [&](const std::string& column, std::string path, const Text& what) {
    return Place{key,
                 column,
                 {PartKind::kProgramme, one.number},
                 std::move(path),
                 joined({"達成手段(" + one.number + ")", "Programme (" + one.number + ")"}, what)};
  };
  std::vector<std::string> others;
  for (const auto& number : numbers)
    if (number != one.number) others.push_back(number);
  put(to, kNumber, 1, number_field(at("number", "number", {"番号", "number"}), one.number, false, std::move(others)), Look::kLabel);
  put(to, kTitle, 1,
      needed_text_field(at("title", "title", {"名", "title"}), [k](Sheet& s) -> Text& { return s.programmes[k].title; }));
  put(to, kRow, 1,
      year_field(at("start_year", "start_year", {"開始年度", "start"}),
                 [k](Sheet& s) -> std::optional<int>& { return s.programmes[k].start_year; }),
      Look::kFigure);
  uint32_t column = kBase;
  auto amount_names = titles_of<AmountKind, 6>(amount_title);
  for (const auto& [year, kind] : money_)
    put(to, column++, 1,
        amount_field(
            at("a" + std::to_string(year) + "-" + std::string(word_of(kAmountKinds, kind)),
               amount_path("amounts", one.amounts, year, kind), joined(fiscal_year_text(year), amount_names[size_t(kind)])),
            [k](Sheet& s) -> std::vector<Amount>& { return s.programmes[k].amounts; }, year, kind),
        Look::kFigure);
  put(to, column++, 1,
      list_field(at("indicators", "indicators", {"関連する測定指標", "indicators served"}),
                 [k](Sheet& s) -> std::vector<std::string>& { return s.programmes[k].indicators; }));
  for (int year : reviews_)
    put(to, column++, 1,
        review_field(
            at("r" + std::to_string(year), "review_numbers/" + std::to_string(year),
               joined(fiscal_year_text(year), {"事業番号", "review number"})),
            [k](Sheet& s) -> std::map<int, std::string>& { return s.programmes[k].review_numbers; }, year),
        Look::kText);
  if (has_owners(sheet_))
    put(to, column++, 1, text_field(at("owner", "owner", {"担当する職", "owner"}), [k](Sheet& s) -> std::optional<Text>& {
          return s.programmes[k].owner;
        }));
  for (auto [id, title, member] : {std::tuple{"outcome", Text{"成果指標", "outcome"}, &Programme::outcome},
                                   {"activity", Text{"活動指標", "activity"}, &Programme::activity},
                                   {"contribution", Text{"寄与", "contribution"}, &Programme::contribution},
                                   {"doubt", Text{"確かでない点", "doubt"}, &Programme::doubt}})
    put(to, column++, 1,
        text_field(at(id, id, title), [k, m = member](Sheet& s) -> std::optional<Text>& { return s.programmes[k].*m; }));
  put(to, column++, 1, needed_text_field(at("locator", "locator", {"出典の箇所", "place in the source"}), [k](Sheet& s) -> Text& {
        return s.programmes[k].locator;
      }));
  out_.rows.push_back(std::move(to));
}

void LayoutMaker::logic() {
  const auto& h = sheet_.header;
  if (h.nodes.empty()) return;
  title({"ロジックモデル", "Logic model"});
  keys("l", {{kGoal, "id"}, {kTitle, "title"}, {kFirstYearColumn, "stage"}, {final_, "indicators"}, {final_ + 1, "qualitative"}});
  LayoutRow& head = row("-");
  fixed(head, kGoal, 2, Look::kHeading, {"記号", "Id"});
  fixed(head, kTitle, kFirstYearColumn - kTitle, Look::kHeading, {"要素", "Element"});
  fixed(head, kFirstYearColumn, final_ - kFirstYearColumn, Look::kHeading, {"段階", "Stage"});
  fixed(head, final_, 1, Look::kHeading, {"測定指標", "Indicators"});
  fixed(head, final_ + 1, last_ - final_, Look::kHeading, {"数値で測らない理由", "Why no figure measures it"});
  for (size_t i = 0; i < h.nodes.size(); ++i) {
    std::string key = "l/" + n(i), path = "logic/nodes/" + n(i);
    Text what = both("要素「" + h.nodes[i].id + "」", "Element " + h.nodes[i].id);
    LayoutRow& to = row(key);
    fixed(to, kGoal, 2, Look::kLabel, both(h.nodes[i].id, h.nodes[i].id));
    put(to, kTitle, kFirstYearColumn - kTitle,
        needed_text_field({key, "title", {}, path + "/title", what}, [i](Sheet& s) -> Text& { return s.header.nodes[i].title; }));
    put(to, kFirstYearColumn, final_ - kFirstYearColumn,
        enum_field<Stage>({key, "stage", {}, path + "/stage", joined(what, {"段階", "stage"})}, kStageTitles, kStages,
                          [i](Sheet& s) -> Stage& { return s.header.nodes[i].stage; }));
    put(to, final_, 1,
        list_field({key, "indicators", {}, path + "/indicators", joined(what, {"測定指標", "indicators"})},
                   [i](Sheet& s) -> std::vector<std::string>& { return s.header.nodes[i].indicators; }));
    put(to, final_ + 1, last_ - final_,
        text_field({key, "qualitative", {}, path + "/qualitative", joined(what, {"数値で測らない理由", "why no figure measures it"})},
                   [i](Sheet& s) -> std::optional<Text>& { return s.header.nodes[i].qualitative; }));
  }
  labelled(
      "no_stages",
      {{{"アウトカムを段階に分けない理由", "Why the outcomes have no stages"}, maybe(&SheetHeader::no_stages), "logic/no_stages"}});
  keys("k", {{kGoal, "from"}, {kTitle, "to"}, {kRow, "reason"}});
  LayoutRow& links = row("-");
  fixed(links, kGoal, 2, Look::kHeading, {"から", "From"});
  fixed(links, kTitle, 1, Look::kHeading, {"へ", "To"});
  fixed(links, kRow, last_ - kRow + 1, Look::kHeading, {"理由", "Reason"});
  for (size_t i = 0; i < h.links.size(); ++i) {
    std::string key = "k/" + n(i), path = "logic/links/" + n(i);
    Text what = both("つながり" + n(i + 1), "Link " + n(i + 1));
    LayoutRow& to = row(key);
    put(to, kGoal, 2, string_field({key, "from", {}, path + "/from", joined(what, {"から", "from"})}, [i](Sheet& s) -> std::string& {
          return s.header.links[i].from;
        }));
    put(to, kTitle, 1, string_field({key, "to", {}, path + "/to", joined(what, {"へ", "to"})}, [i](Sheet& s) -> std::string& {
          return s.header.links[i].to;
        }));
    put(to, kRow, last_ - kRow + 1,
        needed_text_field({key, "reason", {}, path + "/reason", joined(what, {"理由", "reason"})},
                          [i](Sheet& s) -> Text& { return s.header.links[i].reason; }));
  }
}

void LayoutMaker::rest() {
  title({"参考", "References"});
  if (evaluation_) {
    labelled("next", {{{"今後の方向", "What is next"}, maybe(&SheetHeader::next), "next"}});
    labelled("effects", {{{"税制・法令・組織・定員への影響", "Effects on tax, law, posts"}, maybe(&SheetHeader::effects), "effects"}});
    labelled("experts",
             {{{"学識経験を有する者の知見等の活用", "Use of experts' knowledge"}, maybe(&SheetHeader::experts), "experts"}});
    labelled("material", {{{"評価に使用した資料等", "Material"}, maybe(&SheetHeader::material), "material"}});
  }
  labelled("doubt", {{{"確かでない点", "Doubt"}, maybe(&SheetHeader::doubt), "doubt"}});
  labelled("source", {{{"出典", "Source"}, needed(&SheetHeader::source_title), "source/title"},
                      {{"公表者", "Publisher"}, needed(&SheetHeader::source_publisher), "source/publisher"}});
  labelled("locator", {{{"出典の箇所", "Place in the source"}, needed(&SheetHeader::locator), "source/locator"}});
}

void LayoutMaker::widths() {
  out_.widths = {8, 16, 6, 24, 18, 13, 7};
  while (out_.widths.size() < final_) out_.widths.push_back(15);
  if (evaluation_)
    out_.widths.insert(out_.widths.end(), {20, 7, 9});
  else
    out_.widths.insert(out_.widths.end(), {15, 26, 20, 26});
  while (out_.widths.size() < aside_ + extras().size()) out_.widths.push_back(out_.widths.size() < aside_ ? 15 : 22);
}

}  // namespace musubi::kpi
