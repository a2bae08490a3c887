#include "kpi/marks.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kpi/sheet_json.h"
#include "text/numbers.h"

namespace musubi::kpi {
namespace {

constexpr double kSlack = 1e-9;                  // 0.1 + 0.2 is 0.3 here
const Text kErased{"（消去済み）", "(erased)"};  // two erased texts are not the same words

std::string in(int year) { return std::to_string(year); }

std::string grouped(double value) { return text::grouped(number_text(value)); }

Text year_text(int year) { return {in(year) + "年度", "fiscal " + in(year)}; }

Text value_text(const SheetValue& value) {
  if (!value.number) return value.text.value_or(Text{});
  std::string number = grouped(*value.number);
  switch (value.bound) {
    case Bound::kAtLeast: return {number + "以上", number + " or more"};
    case Bound::kAtMost: return {number + "以下", number + " or less"};
    case Bound::kAbout: return {number + "程度", "about " + number};
    case Bound::kExactly: break;
  }
  return {number, number};
}

// What the years up to the final one come to.
std::optional<double> gathered(const Line& line, int until) {
  double sum = 0;
  std::size_t n = 0;
  std::optional<double> last;
  for (const auto& [year, values] : line.yearly) {
    if (year > until || !values.actual || !values.actual->number) continue;
    last = *values.actual->number;
    sum += *last;
    ++n;
  }
  if (!last) return std::nullopt;
  if (line.gathering == Gathering::kSum) return sum;
  return line.gathering == Gathering::kMean ? sum / double(n) : *last;
}

// The year that has an actual; nothing where there is none.
const YearValues* told(const Line& line, int year) {
  auto at = line.yearly.find(year);
  return at == line.yearly.end() || !at->second.actual ? nullptr : &at->second;
}

// Of its own year, and final.
bool is_settled(const YearValues& year) { return !year.provisional && !year.latest_known_year; }

// A sum that no year to come can take below its target.
bool reached_early(const Line& line, double sum, const MarkRules& rules) {
  return line.gathering == Gathering::kSum && !lower_is_better(line, line.final_target->bound) &&
         reach(sum, *line.final_target, line, rules).reached;
}

Text with_sub(const Line& line, Text why) {
  if (line.sub.empty()) return why;
  return {"（" + line.sub + "）" + why.ja, "(" + line.sub + ") " + why.en};
}

Text gathered_words(const Line& line) {
  if (line.gathering == Gathering::kSum) return {"年ごとの実績の合計", "the sum of the years' actuals"};
  if (line.gathering == Gathering::kMean) return {"年ごとの実績の平均", "the mean of the years' actuals"};
  return {"実績", "the actual"};
}

Text held_words(const Line& line, const YearValues& year) {
  Text out = gathered_words(line);
  if (year.latest_known_year) {
    Text of = year_text(*year.latest_known_year);
    out.ja += "（" + of.ja + "の値）";
    out.en += " (of " + of.en + ")";
  }
  if (year.provisional) {
    out.ja += "（速報）";
    out.en += " (provisional)";
  }
  return out;
}

void mark_figures(const Line& line, const YearValues& year, double actual, const MarkRules& rules, LineMark& out) {
  const SheetValue& target = *line.final_target;
  Reach got = reach(actual, target, line, rules);
  out.mark = got.reached ? Mark::kReached : got.share && *got.share >= rules.near - kSlack ? Mark::kNear : Mark::kFar;
  out.exceeded = got.reached && got.share && *got.share >= rules.exceeded - kSlack;
  if (line.baseline && line.baseline->number) {
    double base = *line.baseline->number;
    out.worse_than_baseline = lower_is_better(line, target.bound) ? actual > base + kSlack : actual < base - kSlack;
  }
  Text what = held_words(line, year), aim = value_text(target);
  std::string number = grouped(actual);
  if (got.reached) {
    out.why = {what.ja + "は " + number + " で、目標の " + aim.ja + " に届いた。",
               what.en + " is " + number + ", which reaches the target of " + aim.en + "."};
    return;
  }
  std::string share = got.share ? grouped(std::round(*got.share * 1000) / 10) : "";
  std::string near = number_text(rules.near * 100);
  out.why = {what.ja + "は " + number + " で、目標の " + aim.ja + " に届かない" +
                 (share.empty() ? "" : "（" + share + "%、「近い」は " + near + "% から）") + "。",
             what.en + " is " + number + " and misses the target of " + aim.en +
                 (share.empty() ? "" : " (" + share + " %, near is from " + near + " %)") + "."};
}

// Why a target is not due; nothing where it is.
std::optional<Text> not_due(const Line& line, int final_year, int fiscal_year, const MarkRules& rules) {
  Text year = year_text(final_year);
  if (final_year > fiscal_year)
    return Text{"目標の" + year.ja + "がまだ来ていない", "its target is of " + year.en + ", which is still to come"};
  const YearValues* values = told(line, final_year);
  if (!rules.monitored || !line.final_target || (values && is_settled(*values))) return std::nullopt;
  if (values && values->provisional)
    return Text{"目標の" + year.ja + "の実績はまだ速報", "its target is of " + year.en + ", whose actual is still provisional"};
  return Text{"目標の" + year.ja + "の実績がまだない", "its target is of " + year.en + ", which has no actual yet"};
}

void mark_not_due(const Line& line, Text why, int fiscal_year, const MarkRules& rules, LineMark& out) {
  out.mark = Mark::kNotDue;
  out.why = std::move(why);
  out.actual = gathered(line, fiscal_year);
  if (out.actual && line.final_target && line.final_target->number && reach(*out.actual, *line.final_target, line, rules).reached) {
    std::string number = grouped(*out.actual);
    out.why.ja += "。ただし" + gathered_words(line).ja + " " + number + " はもう最終目標に届いている";
    out.why.en += "; yet " + gathered_words(line).en + " of " + number + " reaches the final target already";
  }
  out.why.ja += "。";
  out.why.en += ".";
}

LineMark mark_line(const Line& line, int fiscal_year, const MarkRules& rules) {
  LineMark out;
  out.sub = line.sub;
  if (!line.final_target && !line.final_year) {
    out.why = line.not_set_due ? Text{"目標は未設定。", "The target is not yet set."}
                               : Text{"最終目標のない行。", "A row without a final target."};
    return out;
  }
  int final_year = line.final_year.value_or(fiscal_year);
  if (auto why = not_due(line, final_year, fiscal_year, rules)) {
    mark_not_due(line, std::move(*why), fiscal_year, rules, out);
    return out;
  }
  if (!line.final_target) {
    out.in_words = true;
    out.why = {"最終目標の値がない。", "There is no value of the final target."};
    return out;
  }
  const YearValues* values = told(line, final_year);
  auto figures = gathered(line, final_year);
  const bool of_its_year = values && values->actual->number;
  if (line.final_target->number && figures && (of_its_year || reached_early(line, *figures, rules))) {
    out.actual = figures;
    mark_figures(line, of_its_year ? *values : YearValues{}, *figures, rules, out);
    return out;
  }
  const std::optional<Text> words = values ? values->actual->text : std::nullopt;
  if (!line.final_target->number && words && line.final_target->text == words && *words != kErased) {
    out.mark = Mark::kReached;
    out.why = {"実績は目標と同じ言葉「" + words->ja + "」。", "The actual is the target in the same words: " + words->en + "."};
    return out;
  }
  out.in_words = true;
  out.why = line.final_target->number
                ? Text{"目標年度の実績の数値がない。", "There is no figure for the year of the target."}
                : Text{"目標が言葉なので、計算では決まらない。", "The target is in words: figures cannot decide."};
  return out;
}

void join(Text& to, const Text& more) {
  to.ja += more.ja;
  to.en += (to.en.empty() ? "" : " ") + more.en;
}

Text sentence(Text text) {
  if (!text.en.empty() && text.en[0] >= 'a' && text.en[0] <= 'z') text.en[0] = char(text.en[0] - 'a' + 'A');
  return text;
}

bool reached_or_not_due(Mark mark) { return mark == Mark::kReached || mark == Mark::kNotDue; }

}  // namespace

std::string number_text(double value) { return canonical_json(json::value(value == 0 ? 0.0 : value)); }

bool lower_is_better(const Line& line, Bound bound) {
  return bound == Bound::kAtMost || (bound != Bound::kAtLeast && line.direction == Direction::kDown);
}

Reach reach(double actual, const SheetValue& target, const Line& line, const MarkRules& rules) {
  Reach out;
  double aim = target.number.value_or(0), slack = kSlack * std::max(1.0, std::abs(aim));
  bool lower = lower_is_better(line, target.bound);
  double room = target.bound == Bound::kAbout ? std::abs(aim) * rules.about : 0;
  out.reached = lower ? actual <= aim + room + slack : actual >= aim - room - slack;
  if (rules.from_baseline && line.baseline && line.baseline->number) {
    double way = aim - *line.baseline->number;
    if (std::abs(way) > slack) out.share = (actual - *line.baseline->number) / way;
  } else if (lower ? actual > slack && aim > 0 : aim > slack) {
    out.share = lower ? aim / actual : actual / aim;
  }
  return out;
}

ComputedMark compute_mark(const SheetIndicator& indicator, int fiscal_year, const MarkRules& rules) {
  ComputedMark out;
  bool not_due = false;
  for (const auto& line : indicator.lines) {
    LineMark one = mark_line(line, fiscal_year, rules);
    not_due = not_due || one.mark == Mark::kNotDue;
    out.words_left = out.words_left || one.in_words;
    out.worse_than_baseline = out.worse_than_baseline || one.worse_than_baseline;
    if (one.mark || one.in_words) join(out.why, sentence(with_sub(line, one.why)));
    out.lines.push_back(std::move(one));
  }
  if (not_due) {
    out.mark = Mark::kNotDue;
    return out;
  }
  bool figures = false;
  out.exceeded = true;
  for (const auto& one : out.lines) {
    if (!one.mark) continue;
    figures = true;
    if (!out.mark || *one.mark > *out.mark) out.mark = one.mark;  // the worst row decides
    out.exceeded = out.exceeded && one.exceeded;
  }
  out.exceeded = out.exceeded && figures;
  if (out.why.ja.empty()) out.why = {"最終目標がない。", "There is no final target."};
  return out;
}

std::optional<Mark> mark_of(const SheetIndicator& indicator, int fiscal_year, const MarkRules& rules) {
  return indicator.mark ? indicator.mark : compute_mark(indicator, fiscal_year, rules).mark;
}

std::string_view result_word(std::optional<Mark> mark) {
  if (!mark) return "no_mark";
  return *mark == Mark::kReached ? "reached" : *mark == Mark::kNotDue ? "not_due" : "missed";
}

std::vector<MissedYear> missed_years(const SheetIndicator& indicator, int fiscal_year, const MarkRules& rules) {
  std::vector<MissedYear> out;
  for (const auto& line : indicator.lines)
    for (const auto& [year, values] : line.yearly) {
      if (year > fiscal_year || !values.target || !values.actual || !values.target->number || !values.actual->number) continue;
      if (rules.monitored && !is_settled(values)) continue;
      if (!reach(*values.actual->number, *values.target, line, rules).reached)
        out.push_back({line.sub, year, *values.target->number, *values.actual->number});
    }
  return out;
}

bool has_target(const SheetIndicator& indicator) {
  return std::any_of(indicator.lines.begin(), indicator.lines.end(), [](const Line& line) {
    return line.final_target ||
           std::any_of(line.yearly.begin(), line.yearly.end(), [](auto& one) { return one.second.target.has_value(); });
  });
}

bool is_missed(const SheetIndicator& indicator, int fiscal_year, const MarkRules& rules) {
  auto mark = mark_of(indicator, fiscal_year, rules);
  return mark == Mark::kNear || mark == Mark::kFar;
}

std::string_view disagreement_word(DisagreementKind kind) {
  constexpr std::array<std::string_view, 3> kWords = {"mark", "year_missed", "prose"};
  return word_of(kWords, kind);
}

std::vector<Disagreement> disagreements(const SheetIndicator& indicator, int fiscal_year, const MarkRules& rules) {
  std::vector<Disagreement> out;
  ComputedMark computed = compute_mark(indicator, fiscal_year, rules);
  if (indicator.mark && computed.mark && *indicator.mark != *computed.mark)
    out.push_back({indicator.number, DisagreementKind::kMark, indicator.mark, computed.mark, computed.why});
  if (indicator.mark && reached_or_not_due(*indicator.mark)) {
    Text why;
    for (const auto& missed : missed_years(indicator, fiscal_year, rules)) {
      Line line;
      line.sub = missed.sub;
      std::string target = number_text(missed.target), actual = number_text(missed.actual);
      join(why,
           sentence(with_sub(line, {in(missed.fiscal_year) + "年度は目標 " + target + " に対して " + actual + "。",
                                    "fiscal " + in(missed.fiscal_year) + ": " + actual + " against a target of " + target + "."})));
    }
    if (!why.ja.empty()) out.push_back({indicator.number, DisagreementKind::kYearMissed, indicator.mark, computed.mark, why});
  }
  auto held = indicator.mark ? indicator.mark : computed.mark;
  if (indicator.in_words && held && *indicator.in_words != *held) {
    std::string said(mark_sign(*indicator.in_words)), by(mark_sign(*held));
    out.push_back({indicator.number,
                   DisagreementKind::kProse,
                   indicator.mark,
                   computed.mark,
                   {indicator.mark ? "達成の欄は「" + by + "」、評価の文は「" + said + "」に当たる。"
                                   : "評価の文は「" + said + "」に当たるが、数値では「" + by + "」。" + computed.why.ja,
                    indicator.mark ? "The mark is " + by + ", yet the prose amounts to " + said + "."
                                   : "The prose amounts to " + said + ", yet the figures say " + by + ". " + computed.why.en}});
  }
  return out;
}

std::vector<Disagreement> disagreements(const Sheet& sheet, const MarkRules& rules) {
  std::vector<Disagreement> out;
  for (const auto& indicator : sheet.indicators)
    for (auto& one : disagreements(indicator, sheet.header.fiscal_year, rules)) out.push_back(std::move(one));
  return out;
}

}  // namespace musubi::kpi
