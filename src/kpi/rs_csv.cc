#include "kpi/rs_csv.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "kpi/judgement.h"
#include "kpi/marks.h"
#include "kpi/sheet_words.h"
#include "text/csv.h"

namespace musubi::kpi {
namespace {

using Row = std::vector<std::string>;

constexpr std::array<std::string_view, 6> kTables = {"1-2", "1-3", "2-1", "3-1", "3-2", "4-1"};
constexpr std::array<const char*, 13> kCommon = {
    "シート種別", "事業年度", "予算事業ID", "事業名", "府省庁の建制順", "政策所管府省庁", "府省庁", "局・庁", "部",
    "課",         "室",       "班",         "係"};
constexpr std::array<const char*, 19> kOverview = {"事業の目的",       "現状・課題",     "事業の概要",     "事業概要URL",
                                                   "事業区分",         "事業開始年度",   "開始年度不明",   "事業終了（予定）年度",
                                                   "終了予定なし",     "主要経費",       "備考",           "実施方法ー直接実施",
                                                   "実施方法ー補助",   "実施方法ー負担", "実施方法ー交付", "実施方法ー分担金・拠出金",
                                                   "実施方法ーその他", "旧事業番号",     "整理表表示順"};
constexpr std::array<const char*, 15> kGrounds = {"番号（政策・施策）",
                                                  "政策所管府省庁_P",
                                                  "政策",
                                                  "施策",
                                                  "政策・施策URL",
                                                  "番号（根拠法令）",
                                                  "法令名",
                                                  "法令番号",
                                                  "法令ID",
                                                  "条",
                                                  "項",
                                                  "号・号の細分",
                                                  "番号（関係する計画・通知等）",
                                                  "計画通知名",
                                                  "計画通知等URL"};
constexpr std::array<const char*, 31> kBudget = {"予算年度",
                                                 "当初予算（合計）",
                                                 "補正予算（合計）",
                                                 "前年度からの繰越し（合計）",
                                                 "予備費等（合計）",
                                                 "計（歳出予算現額合計）",
                                                 "執行額（合計）",
                                                 "執行率",
                                                 "翌年度への繰越し(合計）",
                                                 "翌年度要求額（合計）",
                                                 "主な増減理由",
                                                 "その他特記事項",
                                                 "会計区分",
                                                 "会計",
                                                 "勘定",
                                                 "当初予算",
                                                 "第1次補正予算",
                                                 "第2次補正予算",
                                                 "第3次補正予算",
                                                 "第4次補正予算",
                                                 "第5次補正予算",
                                                 "前年度から繰越し",
                                                 "予備費等1",
                                                 "予備費等2",
                                                 "予備費等3",
                                                 "予備費等4",
                                                 "歳出予算現額",
                                                 "執行額",
                                                 "翌年度要求額",
                                                 "要望額",
                                                 "備考"};
constexpr std::array<const char*, 15> kEffects = {"事業に関連するKPIが定められている閣議決定等の名称",
                                                  "事業に関連するKPIが定められている閣議決定等の該当箇所",
                                                  "事業に関連するKPIが定められている閣議決定等のURL",
                                                  "アクティビティ・アウトプット・アウトカムの番号",
                                                  "種別（アクティビティ・アウトプット・アウトカム）",
                                                  "アウトカムの期間",
                                                  "成果目標の種類",
                                                  "アクティビティ／活動目標／成果目標",
                                                  "活動指標／成果指標",
                                                  "単位",
                                                  "改善の上向き／下向き",
                                                  "成果実績及び目標値の根拠として用いた統計・データ名（出典）",
                                                  "定性的なアウトカム目標を設定している理由",
                                                  "定性的なアウトカムに関する成果実績",
                                                  "目標年度／目標値／実績値／達成率"};
constexpr std::array<const char*, 10> kLinks = {"派生元ーアクティビティ・アウトプット・アウトカムの番号",
                                                "派生元ー種別（アクティビティ・アウトプット・アウトカム）",
                                                "派生元ーアウトカムの期間",
                                                "派生元ーアクティビティの内容/ 活動目標／成果目標",
                                                "派生先ーアクティビティ・アウトプット・アウトカムの番号",
                                                "派生先ー種別（アクティビティ・アウトプット・アウトカム）",
                                                "派生先ーアウトカムの期間",
                                                "派生先ー 活動目標／成果目標",
                                                "後続アウトカムへのつながり",
                                                "アウトカムを複数段階で設定できない理由"};
constexpr std::array<const char*, 24> kReview = {"事業所管部局による点検・改善ー点検結果",
                                                 "事業所管部局による点検・改善ー改善の方向性",
                                                 "事業所管部局による点検・改善－目標年度における効果測定に関する評価",
                                                 "外部有識者による点検ー最終実施年度",
                                                 "外部有識者による点検ー点検対象",
                                                 "外部有識者による点検ー対象の理由",
                                                 "外部有識者による点検ー所見",
                                                 "公開プロセス結果概要",
                                                 "行政事業レビュー推進チームの所見",
                                                 "行政事業レビュー推進チームの所見の詳細",
                                                 "所見を踏まえた改善点／概算要求における反映状況",
                                                 "所見を踏まえた改善点／概算要求における反映状況の詳細",
                                                 "反映額（一般会計）",
                                                 "反映額（特別会計）－会計",
                                                 "反映額（特別会計）－勘定",
                                                 "反映額（特別会計）－反映額",
                                                 "過去に受けた指摘事項－区分",
                                                 "過去に受けた指摘事項－取りまとめ年度",
                                                 "過去に受けた指摘事項－取りまとめ内容",
                                                 "過去に受けた指摘事項－対応状況",
                                                 "その他の指摘事項－調査等の名称",
                                                 "その他の指摘事項－指摘年度",
                                                 "その他の指摘事項－指摘内容",
                                                 "その他の指摘事項－対応状況"};

// The review number of the sheet's year, else the newest: what names the programme in the review.
std::string review_number(const Sheet& sheet, const Programme& one) {
  auto found = one.review_numbers.find(sheet.header.fiscal_year);
  if (found != one.review_numbers.end()) return found->second;
  return one.review_numbers.empty() ? std::string() : one.review_numbers.rbegin()->second;
}

// Numbers of the review change from year to year; the key is the sheet and the number on it, which stay.
std::string programme_id(const Sheet& sheet, const Programme& one) { return sheet.header.id + "/" + one.number; }

// A row of as many cells as the table has columns, filled by name.
class RowMaker {
 public:
  RowMaker(const std::vector<std::string>& columns, const Sheet& sheet, const Programme& one)
      : columns_(columns), row_(columns.size()) {
    set("シート種別", "レビューシート");
    set("事業年度", std::to_string(sheet.header.fiscal_year));
    set("予算事業ID", programme_id(sheet, one));
    set("事業名", one.title.ja);
    set("政策所管府省庁", sheet.header.source_publisher.ja);
    set("府省庁", sheet.header.source_publisher.ja);
    set("局・庁", sheet.header.office.ja);
  }
  void set(std::string_view column, std::string value) {
    row_[std::size_t(std::find(columns_.begin(), columns_.end(), column) - columns_.begin())] = std::move(value);
  }
  const Row& row() const { return row_; }

 private:
  const std::vector<std::string>& columns_;
  Row row_;
};

std::string in_yen(std::int64_t amount, const Text& unit) {
  std::int64_t factor = unit.ja == "千円"     ? 1'000
                        : unit.ja == "百万円" ? 1'000'000
                        : unit.ja == "億円"   ? 100'000'000
                        : unit.ja == "円"     ? 1
                                              : 0;
  std::int64_t yen = 0;
  if (factor == 0 || __builtin_mul_overflow(amount, factor, &yen)) return {};
  return std::to_string(yen);
}

std::optional<std::int64_t> amount_of(const Programme& one, int year, AmountKind kind) {
  for (const auto& amount : one.amounts)
    if (amount.fiscal_year == year && amount.kind == kind) return amount.amount;
  return std::nullopt;
}

void overview(const Sheet& sheet, const Programme& one, const std::vector<std::string>& columns, text::CsvWriter& csv) {
  RowMaker row(columns, sheet, one);
  if (one.contribution) row.set("事業の目的", one.contribution->ja);
  if (one.start_year) row.set("事業開始年度", std::to_string(*one.start_year));
  row.set("開始年度不明", one.start_year ? "" : "1");
  if (one.doubt) row.set("備考", one.doubt->ja);
  row.set("旧事業番号", review_number(sheet, one));
  row.set("整理表表示順", one.number);
  csv.row(row.row());
}

// A row for the policy, one for each law (those of the policy where the programme names none), one for each plan.
void grounds(const Sheet& sheet, const Programme& one, const std::vector<std::string>& columns, text::CsvWriter& csv) {
  const SheetHeader& h = sheet.header;
  RowMaker policy(columns, sheet, one);
  policy.set("番号（政策・施策）", "1");
  policy.set("政策所管府省庁_P", h.source_publisher.ja);
  policy.set("政策", h.policy_title.ja);
  csv.row(policy.row());
  const auto& laws = one.laws.empty() ? h.laws : one.laws;
  for (std::size_t i = 0; i < laws.size(); ++i) {
    RowMaker row(columns, sheet, one);
    row.set("番号（根拠法令）", std::to_string(i + 1));
    row.set("法令名", laws[i].title.ja);
    row.set("法令ID", laws[i].id);
    csv.row(row.row());
  }
  for (std::size_t i = 0; i < h.cabinet_policies.size(); ++i) {
    RowMaker row(columns, sheet, one);
    row.set("番号（関係する計画・通知等）", std::to_string(i + 1));
    row.set("計画通知名", h.cabinet_policies[i].title.ja);
    csv.row(row.row());
  }
}

void budgets(const Sheet& sheet, const Programme& one, const std::vector<std::string>& columns, text::CsvWriter& csv) {
  std::set<int> years;
  for (const auto& amount : one.amounts) years.insert(amount.fiscal_year);
  for (int year : years) {
    RowMaker row(columns, sheet, one);
    row.set("予算年度", std::to_string(year));
    auto set = [&](const char* column, AmountKind kind) {
      if (auto amount = amount_of(one, year, kind)) row.set(column, in_yen(*amount, sheet.header.money_unit));
    };
    set("当初予算（合計）", AmountKind::kInitial);
    set("補正予算（合計）", AmountKind::kSupplementary);
    set("前年度からの繰越し（合計）", AmountKind::kCarryOver);
    set("計（歳出予算現額合計）", AmountKind::kTotal);
    set("執行額（合計）", AmountKind::kExecuted);
    if (auto request = amount_of(one, year + 1, AmountKind::kRequest))
      row.set("翌年度要求額（合計）", in_yen(*request, sheet.header.money_unit));
    auto total = amount_of(one, year, AmountKind::kTotal), executed = amount_of(one, year, AmountKind::kExecuted);
    if (total && executed && *total > 0)
      row.set("執行率", number_text(std::round(double(*executed) / double(*total) * 10'000) / 10'000));
    csv.row(row.row());
  }
}

std::pair<std::string, std::string> kind_of(const Line& line) {
  switch (line.kind) {
    case IndicatorKind::kProgress:
    case IndicatorKind::kActivity: return {"アクティビティ", ""};
    case IndicatorKind::kOutput: return {"アウトプット", ""};
    case IndicatorKind::kEffect:
    case IndicatorKind::kOutcome: return {"アウトカム", ""};
    case IndicatorKind::kShortOutcome: return {"アウトカム", "1.短期"};
    case IndicatorKind::kMidOutcome: return {"アウトカム", "2.中期"};
    case IndicatorKind::kLongOutcome: break;
  }
  return {"アウトカム", "3.長期"};
}

bool in_columns(int year) { return year >= kRsFirstYear && year <= kRsLastYear; }

// Four rows a row of figures: the year of the target, targets, actuals, the share reached.
void effect(RowMaker row, const SheetIndicator& indicator, const Line& line, text::CsvWriter& csv) {
  auto [kind, term] = kind_of(line);
  row.set("アクティビティ・アウトプット・アウトカムの番号", indicator.number + (line.sub.empty() ? "" : "-" + line.sub));
  row.set("種別（アクティビティ・アウトプット・アウトカム）", kind);
  row.set("アウトカムの期間", term);
  row.set("成果目標の種類", line.nature == Nature::kNumeric ? "定量的" : "定性的");
  row.set("活動指標／成果指標", indicator.title.ja + (line.title ? " " + line.title->ja : ""));
  if (line.unit) row.set("単位", line.unit->ja);
  row.set("改善の上向き／下向き", line.direction == Direction::kDown ? "下向き" : line.direction == Direction::kUp ? "上向き" : "");
  row.set("成果実績及び目標値の根拠として用いた統計・データ名（出典）", indicator.locator.ja);
  auto number = [](const std::optional<SheetValue>& value) { return value ? value->number : std::nullopt; };
  auto targets = [&](int year) {
    if (line.final_year == year && number(line.final_target)) return number(line.final_target);
    auto found = line.yearly.find(year);
    return found == line.yearly.end() ? std::nullopt : number(found->second.target);
  };
  std::set<int> years;
  for (const auto& [year, values] : line.yearly) years.insert(year);
  if (line.final_year) years.insert(*line.final_year);
  const std::array<const char*, 4> names = {"1.目標年度", "2.目標値", "3.実績値", "4.達成率"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    RowMaker one = row;
    one.set("目標年度／目標値／実績値／達成率", names[i]);
    for (int year : years) {
      if (!in_columns(year)) continue;
      auto found = line.yearly.find(year);
      auto target = targets(year), actual = found == line.yearly.end() ? std::nullopt : number(found->second.actual);
      std::string column = std::to_string(year), value;
      if (i == 0 && line.final_year == year) value = "1";
      if (i == 1 && target) value = number_text(*target);
      if (i == 2 && actual) value = number_text(*actual);
      if (i == 3 && target && actual && *target != 0) value = number_text(std::round(*actual / *target * 1000) / 10);
      one.set(column, value);
    }
    csv.row(one.row());
  }
}

void effects(const Sheet& sheet, const Programme& programme, const std::vector<std::string>& columns, text::CsvWriter& csv) {
  for (const auto& number : programme.indicators)
    for (const auto& indicator : sheet.indicators) {
      if (indicator.number != number) continue;
      RowMaker row(columns, sheet, programme);
      for (const auto& policy : sheet.header.cabinet_policies) {
        row.set("事業に関連するKPIが定められている閣議決定等の名称", policy.title.ja);
        break;
      }
      for (const auto& goal : sheet.header.goals)
        if (goal.id == indicator.goal) row.set("アクティビティ／活動目標／成果目標", goal.title.ja);
      for (const auto& line : indicator.lines) effect(row, indicator, line, csv);
    }
}

bool serves(const Programme& one, const std::string& indicator) {
  return std::find(one.indicators.begin(), one.indicators.end(), indicator) != one.indicators.end();
}

// The elements that name an indicator which the programme serves, with all that comes after them, or before them.
std::set<std::string> elements_from(const SheetHeader& h, const Programme& one, bool after) {
  std::set<std::string> out;
  for (const auto& node : h.nodes)
    if (std::any_of(node.indicators.begin(), node.indicators.end(), [&](const auto& number) { return serves(one, number); }))
      out.insert(node.id);
  for (bool more = true; std::exchange(more, false);)
    for (const auto& link : h.links)
      if (out.contains(after ? link.from : link.to)) more = out.insert(after ? link.to : link.from).second || more;
  return out;
}

std::pair<const char*, const char*> stage_words(Stage stage) {
  switch (stage) {
    case Stage::kActivity: return {"アクティビティ", ""};
    case Stage::kOutput: return {"アウトプット", ""};
    case Stage::kShort: return {"アウトカム", "1.短期"};
    case Stage::kMid: return {"アウトカム", "2.中期"};
    case Stage::kLong: break;
  }
  return {"アウトカム", "3.長期"};
}

// A row for each link of the logic model on a way through what the programme serves.
void links(const Sheet& sheet, const Programme& one, const std::vector<std::string>& columns, text::CsvWriter& csv) {
  const SheetHeader& h = sheet.header;
  const auto before = elements_from(h, one, false), after = elements_from(h, one, true);
  auto node = [&](const std::string& id) {
    return std::find_if(h.nodes.begin(), h.nodes.end(), [&](const auto& each) { return each.id == id; });
  };
  for (const auto& link : h.links) {
    auto within = [&](const auto& ways) { return ways.contains(link.from) && ways.contains(link.to); };
    auto from = node(link.from), to = node(link.to);
    if ((!within(before) && !within(after)) || from == h.nodes.end() || to == h.nodes.end()) continue;
    RowMaker row(columns, sheet, one);
    for (auto [end, first] : {std::pair{from, std::size_t(0)}, {to, std::size_t(4)}}) {
      auto [kind, term] = stage_words(end->stage);
      row.set(kLinks[first], end->id);
      row.set(kLinks[first + 1], kind);
      row.set(kLinks[first + 2], term);
      row.set(kLinks[first + 3], end->title.ja);
    }
    if (to->stage >= Stage::kShort) {
      row.set("後続アウトカムへのつながり", link.reason.ja);
      if (h.no_stages) row.set("アウトカムを複数段階で設定できない理由", h.no_stages->ja);
    }
    csv.row(row.row());
  }
}

std::string joined(std::string before, const std::string& more) { return before.empty() ? more : before + "／" + more; }

// What the sheet judges is the policy; of the programme's own are the indicators that it serves: each of them with its mark, where
// its target is due, and with why it was or was not reached.
void review(const Sheet& sheet, const Programme& one, const std::vector<std::string>& columns, text::CsvWriter& csv) {
  const SheetHeader& h = sheet.header;
  RowMaker row(columns, sheet, one);
  std::string result, due;
  if (h.judgement) {
    const Scale* scale = judged_by(sheet);
    const ScaleStep* step = scale ? scale->step(h.judgement->step) : nullptr;
    result = "政策の評価：" + (step ? step->title.ja + "。" : "") + h.judgement->grounds.ja;
  }
  for (const auto& indicator : sheet.indicators) {
    if (!serves(one, indicator.number)) continue;
    const std::string name = "測定指標" + indicator.number + "：";
    if (indicator.factor) result = joined(result, name + indicator.factor->ja);
    const auto mark = mark_of(indicator, h.fiscal_year, mark_rules(sheet));
    if (mark && *mark != Mark::kNotDue) due = joined(due, name + std::string(mark_title(*mark, web::Language::ja)));
  }
  row.set("事業所管部局による点検・改善ー点検結果", result);
  if (h.next) row.set("事業所管部局による点検・改善ー改善の方向性", "政策：" + h.next->ja);
  row.set("事業所管部局による点検・改善－目標年度における効果測定に関する評価", due);
  if (h.stance) {
    std::string stance = "政策：" + h.stance->category + " " + h.stance->title.ja;
    for (const auto& note : h.stance->notes) stance = joined(stance, note.ja);
    row.set("所見を踏まえた改善点／概算要求における反映状況の詳細", stance);
  }
  csv.row(row.row());
}

}  // namespace

std::span<const std::string_view> rs_tables() { return kTables; }

std::vector<std::string> rs_columns(std::string_view table) {
  std::vector<std::string> out(kCommon.begin(), kCommon.end());
  auto add = [&](const auto& columns) { out.insert(out.end(), columns.begin(), columns.end()); };
  if (table == "1-2")
    add(kOverview);
  else if (table == "1-3")
    add(kGrounds);
  else if (table == "2-1")
    add(kBudget);
  else if (table == "3-1") {
    add(kEffects);
    for (int year = kRsFirstYear; year <= kRsLastYear; ++year) out.push_back(std::to_string(year));
  } else if (table == "3-2") {
    add(kLinks);
  } else if (table == "4-1") {
    add(kReview);
  } else {
    out.clear();
  }
  return out;
}

std::optional<std::string> rs_csv(const Sheet& sheet, std::string_view table) {
  const auto columns = rs_columns(table);
  if (columns.empty()) return std::nullopt;
  text::CsvWriter csv(text::kSpreadsheet);
  csv.row(columns);
  for (const auto& one : sheet.programmes) {
    if (table == "1-2")
      overview(sheet, one, columns, csv);
    else if (table == "1-3")
      grounds(sheet, one, columns, csv);
    else if (table == "2-1")
      budgets(sheet, one, columns, csv);
    else if (table == "3-1")
      effects(sheet, one, columns, csv);
    else if (table == "3-2")
      links(sheet, one, columns, csv);
    else
      review(sheet, one, columns, csv);
  }
  return csv.take();
}

}  // namespace musubi::kpi
