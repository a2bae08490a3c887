#include "kpi/sheet_lint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "kpi/judgement.h"
#include "kpi/marks.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_rules.h"
#include "text/normalise.h"

namespace musubi::kpi {
namespace {

constexpr double kCopied = 0.9;
constexpr std::size_t kWorthComparing = 30;  // bytes: shorter sentences are alike by chance

constexpr std::array<std::string_view, 22> kDoing = {"開催",          "実施回数",      "実施件数",
                                                     "研修",          "セミナー",      "説明会",
                                                     "配布",          "策定",          "構築数",
                                                     "公表数",        "公表件数",      "作成数",
                                                     "作成件数",      "講習",          "number of seminars",
                                                     "seminars held", "meetings held", "training sessions",
                                                     "courses held",  "leaflets",      "guidelines published",
                                                     "events held"};
constexpr std::array<std::string_view, 8> kSurvey = {"満足度",       "アンケート", "意識調査",      "実感する",
                                                     "satisfaction", "survey",     "questionnaire", "opinion poll"};

bool is_outcome(IndicatorKind kind) { return kind >= IndicatorKind::kOutcome; }

template <std::size_t N>
bool says(const std::string& text, const std::array<std::string_view, N>& words) {
  std::string form = text::search_form(text);
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return form.find(text::search_form(word)) != form.npos; });
}

std::string title_of(const SheetIndicator& one, const Line& line) {
  std::string out = one.title.ja + "\n" + one.title.en;
  if (line.title) out += "\n" + line.title->ja + "\n" + line.title->en;
  return out;
}

std::string place(const SheetIndicator& one) { return "indicator/" + one.number; }
std::string place(const SheetIndicator& one, std::size_t line) { return place(one) + "/lines/" + std::to_string(line); }

bool same_name(const Text& a, const Text& b) { return a == b || likeness(a.ja, b.ja) >= kCopied; }

// By lasting id; by name where one of them has none.
const SheetIndicator* same_indicator(const Sheet* sheet, const SheetIndicator& one) {
  if (!sheet) return nullptr;
  const SheetIndicator* named = nullptr;
  for (const auto& other : sheet->indicators) {
    const bool ids = !other.id.empty() && !one.id.empty();
    if (ids && other.id == one.id) return &other;
    if (!ids && !named && same_name(other.title, one.title)) named = &other;
  }
  return named;
}

int decimals(double value) {
  std::string digits = number_text(value);
  std::size_t point = digits.find('.');
  return point == digits.npos ? 0 : int(digits.size() - point - 1);
}

class Lint {
 public:
  Lint(const Sheet& sheet, const Sheet* previous, const std::vector<OpenFindings>& open)
      : sheet_(sheet), previous_(previous), open_(open), rules_(mark_rules(sheet)) {}

  std::vector<Remark> run() {
    for (const auto& one : sheet_.indicators) {
      for (std::size_t i = 0; i < one.lines.size(); ++i) line(one, i);
      if (evaluation()) marked(one);
    }
    surveys();
    copied();
    if (previous_) gone();
    for (const auto& one : open_) left_open(one);
    sums();
    if (evaluation()) judged();
    return std::move(out_);
  }

 private:
  bool evaluation() const { return sheet_.header.form == SheetForm::kEvaluation; }
  void say(std::string_view rule, std::string where, Text message) {
    out_.push_back({std::string(rule), std::move(where), std::move(message)});
  }

  void line(const SheetIndicator& one, std::size_t i) {
    const Line& line = one.lines[i];
    bool figures = line.final_target && line.final_target->number;
    bool yearly = std::any_of(line.yearly.begin(), line.yearly.end(),
                              [](const auto& year) { return year.second.target && year.second.target->number; });
    if ((figures || yearly) && !line.baseline)
      say("baseline_missing", place(one, i) + "/baseline",
          {"数値の目標があるのに、基準値がありません。始まりの値か状態を書いてください。",
           "There is a target in figures but no baseline. Give the value or the state it began from."});
    if (is_outcome(line.kind) && (says(title_of(one, line), kDoing) || (line.unit && line.unit->ja == "回")))
      say("output_as_outcome", place(one, i) + "/kind",
          {"行ったことの数が成果とされています。何が変わったかを測るか、種類をアウトプットにしてください。",
           "What was done is named as outcome. Measure what changed, or call it an output."});
    if (auto now = line.yearly.find(sheet_.header.fiscal_year);
        !line.computed.empty() && now != line.yearly.end() && now->second.actual)
      if (!now->second.origin && !now->second.typed_reason)
        say("typed_not_computed", place(one, i) + "/yearly/" + std::to_string(now->first) + "/actual",
            {"指標「" + line.computed +
                 "」が計算する行の実績が、手で書かれています。計算した値を使うか、使わない理由を書いてください。",
             "The indicator " + line.computed +
                 " computes this row, but its actual was typed. Take the computed figure, or say why it is not used."});
    for (const auto& [year, values] : line.yearly)
      if (values.target && values.target->number)
        mean(one, i, *values.target->number, year, "/yearly/" + std::to_string(year) + "/target");
    if (figures) mean(one, i, *line.final_target->number, line.final_year.value_or(sheet_.header.fiscal_year), "/final");
  }

  // Figures before the year, with those of the sheet before.
  void mean(const SheetIndicator& one, std::size_t i, double target, int year, const std::string& cell) {
    std::map<int, double> past;
    auto add = [&](const Line& line) {
      if (line.baseline && line.baseline->number && line.baseline_year && *line.baseline_year < year)
        past[*line.baseline_year] = *line.baseline->number;
      for (const auto& [at, values] : line.yearly)
        if (at < year && values.actual && values.actual->number && !values.actual->cumulative) past[at] = *values.actual->number;
    };
    if (const auto* before = same_indicator(previous_, one))
      for (const auto& line : before->lines)
        if (line.sub == one.lines[i].sub) add(line);
    add(one.lines[i]);
    std::set<double> distinct;
    double sum = 0;
    int fine = decimals(target);  // as fine as the figures: a mean of 9.65 is not 10
    for (const auto& [at, value] : past) {
      distinct.insert(value);
      sum += value;
      fine = std::max(fine, decimals(value));
    }
    if (past.size() < 2 || distinct.size() < 2) return;
    double middle = sum / double(past.size());
    if (std::abs(middle - target) >= 0.5 * std::pow(10, -fine) || distinct.contains(target)) return;
    std::string number = number_text(target);
    say("target_is_mean", place(one, i) + cell,
        {"目標の " + number + " は、それまでの値の平均と同じです。なぜこの値なのかを書くか、目標を見直してください。",
         "The target of " + number + " is the mean of the figures before it. Say why it is this value, or set another."});
  }

  void marked(const SheetIndicator& one) {
    ComputedMark computed = compute_mark(one, sheet_.header.fiscal_year, rules_);
    auto mark = one.mark ? one.mark : computed.mark;
    if (!one.mark)
      say("mark_missing", place(one) + "/mark",
          computed.mark ? Text{"達成の欄が空です。計算では「" + std::string(mark_sign(*computed.mark)) + "」です。",
                               "There is no mark. The figures say " + std::string(mark_sign(*computed.mark)) + "."}
                        : Text{"達成の欄が空で、数値からも決まりません。実績か判断を入れてください。",
                               "There is no mark, and the figures do not decide. Enter the actual or a mark."});
    bool missed = mark == Mark::kNear || mark == Mark::kFar;
    if (missed && !one.factor)
      say("finding_not_followed", place(one) + "/factor",
          {"目標に届かなかった理由がありません。", "There is no reason why the target was missed."});
    if (missed && !one.fate)
      say("finding_not_followed", place(one) + "/fate",
          {"目標に届かなかった指標を、この後どうするかがありません。",
           "It is not said what becomes of the indicator that was missed."});
    if (one.mark_reason) return;
    for (const auto& other : disagreements(one, sheet_.header.fiscal_year, rules_))
      if (other.kind != DisagreementKind::kYearMissed)
        say("mark_unexplained", place(one) + "/mark_reason",
            {"達成の判断が数値や文と違います。理由を書いてください。" + other.why.ja,
             "The mark is not what figures or prose say. Give the reason. " + other.why.en});
  }

  void surveys() {
    for (std::size_t g = 0; g < sheet_.header.goals.size(); ++g) {
      std::size_t outcomes = 0, surveys = 0;
      for (const auto& one : sheet_.indicators)
        for (const auto& line : one.lines) {
          if (one.goal != sheet_.header.goals[g].id || !is_outcome(line.kind)) continue;
          ++outcomes;
          surveys += says(title_of(one, line), kSurvey);
        }
      if (outcomes && outcomes == surveys)
        say("only_survey", "header/goals/" + std::to_string(g),
            {"この施策目標の成果は、意識や満足度の調査だけです。実際の変化を測る指標を加えてください。",
             "The only outcomes of this goal are surveys. Add one that measures what really changed."});
    }
  }

  void compare(const std::optional<Text>& now, const std::optional<Text>& before, const std::string& where) {
    if (!now || !before || now->ja.size() < kWorthComparing || likeness(now->ja, before->ja) < kCopied) return;
    say("text_copied", where,
        {"前の表の文とほとんど同じです。今回のことを書いてください。",
         "It is almost the sentence of the sheet before. Write what is true this time."});
  }

  void copied() {
    std::vector<const SheetIndicator*> written;
    for (const auto& one : sheet_.indicators) {
      if (const auto* before = same_indicator(previous_, one)) {
        compare(one.factor, before->factor, place(one) + "/factor");
        compare(one.mark_reason, before->mark_reason, place(one) + "/mark_reason");
      }
      if (!one.factor || one.factor->ja.size() < kWorthComparing) continue;
      for (const auto* other : written)
        if (likeness(other->factor->ja, one.factor->ja) >= kCopied) {
          say("text_copied", place(one) + "/factor",
              {"指標「" + other->number + "」の理由とほとんど同じです。",
               "It is almost the reason of indicator " + other->number + "."});
          break;
        }
      written.push_back(&one);
    }
    if (!previous_) return;
    const auto &now = sheet_.header, &before = previous_->header;
    compare(now.next, before.next, "header/next");
    if (now.judgement && before.judgement) compare(now.judgement->grounds, before.judgement->grounds, "header/judgement/grounds");
    for (std::size_t g = 0; g < now.goals.size(); ++g)
      for (const auto& old : before.goals) {
        if (old.id != now.goals[g].id) continue;
        compare(now.goals[g].factor, old.factor, "header/goals/" + std::to_string(g) + "/factor");
        compare(now.goals[g].next, old.next, "header/goals/" + std::to_string(g) + "/next");
      }
  }

  void gone() {
    MarkRules rules = mark_rules(*previous_);
    for (const auto& old : previous_->indicators) {
      auto mark = mark_of(old, previous_->header.fiscal_year, rules);
      if ((mark != Mark::kNear && mark != Mark::kFar) || (old.fate && *old.fate != Fate::kKept) || same_indicator(&sheet_, old))
        continue;
      say("finding_not_followed", "",
          {"前の表で届かなかった指標「" + old.number + " " + old.title.ja + "」が、扱いの説明なしに消えています。",
           "Indicator " + old.number + " (" + old.title.en + "), missed on the sheet before, is gone without a word."});
    }
  }

  // Told once a measure, where the sheet names it first.
  void left_open(const OpenFindings& open) {
    std::string where;
    auto look = [&](const std::vector<PlanMeasure>& all, const std::string& part) {
      auto found = std::find(all.begin(), all.end(), open.measure);
      if (where.empty() && found != all.end()) where = part + "/measures/" + std::to_string(found - all.begin());
    };
    for (const auto& one : sheet_.indicators) look(one.measures, place(one));
    for (const auto& one : sheet_.programmes) look(one.measures, "programme/" + one.number);
    if (where.empty() || open.count == 0) return;
    const std::string count = std::to_string(open.count), number = open.measure.number;
    say("finding_not_followed", where,
        {"施策 " + number + " のフォローアップに、対応が済んでいない指摘が " + count +
             " 件あります。対応して済みにするか、そのままでよい理由を書いてください。",
         "The follow-up of measure " + number + " has " + count +
             " open finding(s). See to them and close them, or say why they may stay open."});
    out_.back().officers_only = open.published == 0;
    out_.back().since = open.newest;
  }

  void sums() {
    for (const auto& sum : check_sums(sheet_)) {
      if (sum.reconciles()) continue;
      std::string year = std::to_string(sum.fiscal_year), printed = std::to_string(sum.printed),
                  computed = std::to_string(sum.computed);
      say("sums_differ", "header/money",
          sum.of_programmes ? Text{year + "年度：達成手段の合計 " + computed + " が、政策の " + printed + " と合いません。",
                                   "Fiscal " + year + ": the programmes come to " + computed + ", the policy prints " + printed + "."}
                            : Text{year + "年度：a+b+c は " + computed + " ですが、合計は " + printed + " です。",
                                   "Fiscal " + year + ": a + b + c is " + computed + ", the total is " + printed + "."});
    }
    executed(sheet_.header.budget, "header/money");
    for (const auto& one : sheet_.programmes) executed(one.amounts, "programme/" + one.number);
  }

  void executed(const std::vector<Amount>& all, const std::string& where) {
    for (const auto& done : all)
      for (const auto& had : all)
        if (done.kind == AmountKind::kExecuted && had.kind == AmountKind::kTotal && done.fiscal_year == had.fiscal_year &&
            done.amount > had.amount) {
          std::string year = std::to_string(done.fiscal_year);
          say("sums_differ", where,
              {year + "年度：執行額が予算額を超えています。", "Fiscal " + year + ": more was executed than there was."});
        }
  }

  void judged() {
    const auto& judgement = sheet_.header.judgement;
    const Scale* scale = scale_of(sheet_);
    if (!judgement) {
      say("judgement_unexplained", "header/judgement", {"目標達成度合いの判断がありません。", "There is no overall judgement."});
      return;
    }
    if (!scale || !scale->step(judgement->step)) {
      say("judgement_unexplained", "header/judgement/step",
          {"判断の区分が、知られている区分の表にありません。", "The judgement is no step of a known scale."});
      return;
    }
    auto drafted = draft_judgement(sheet_, *scale);
    if (drafted && drafted->step != judgement->step && !judgement->override_reason) {
      const ScaleStep* step = scale->step(drafted->step);
      say("judgement_unexplained", "header/judgement/override_reason",
          {"規則では「" + step->title.ja + "」です。違う判断の理由を書いてください。",
           "The rules say: " + step->title.en + ". Give the reason for another judgement."});
    }
  }

  const Sheet& sheet_;
  const Sheet* previous_;
  const std::vector<OpenFindings>& open_;
  MarkRules rules_;
  std::vector<Remark> out_;
};

}  // namespace

bool same_policy(const Sheet& a, const Sheet& b) {
  if (same_name(a.header.policy_title, b.header.policy_title)) return true;
  return std::any_of(a.indicators.begin(), a.indicators.end(), [&](const SheetIndicator& one) {
    return !one.id.empty() &&
           std::any_of(b.indicators.begin(), b.indicators.end(), [&](const auto& other) { return other.id == one.id; });
  });
}

double likeness(std::string_view a, std::string_view b) {
  auto pairs = [](std::string_view text) {
    std::multiset<std::string> out;
    std::vector<std::string> letters;
    std::string form = text::search_form(text);
    for (std::size_t i = 0; i < form.size();) {
      std::size_t length = 1;
      while (i + length < form.size() && (static_cast<unsigned char>(form[i + length]) & 0xC0) == 0x80) ++length;
      if (form[i] != ' ' && form[i] != '\n') letters.push_back(form.substr(i, length));
      i += length;
    }
    for (std::size_t i = 0; i + 1 < letters.size(); ++i) out.insert(letters[i] + letters[i + 1]);
    return out;
  };
  auto x = pairs(a), y = pairs(b);
  if (x.empty() || y.empty()) return a == b ? 1 : 0;
  std::vector<std::string> both;
  std::set_intersection(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(both));
  return 2.0 * double(both.size()) / double(x.size() + y.size());
}

std::vector<Remark> lint(const Sheet& sheet, const Sheet* previous, const std::vector<OpenFindings>& open) {
  return Lint(sheet, previous, open).run();
}

}  // namespace musubi::kpi
