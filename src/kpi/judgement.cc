#include "kpi/judgement.h"

#include <algorithm>
#include <limits>
#include <set>

#include "embedded/scale_packs.h"
#include "kpi/json.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_rules.h"
#include "kpi/with_rules.h"

namespace musubi::kpi {
namespace {

using Faults = std::vector<Fault>;

std::optional<Mark> maybe_mark(ObjectReader& reader, std::string_view key) {
  auto word = reader.optional_string(key, 16);
  if (!word) return std::nullopt;
  auto mark = from_word<Mark>(kMarks, *word);
  if (!mark || *mark == Mark::kNotDue)
    reader.fault(key, {"reached、near、far のいずれかを書いてください。", "Write reached, near or far."});
  return mark;
}

double share(ObjectReader& reader, std::string_view key, double otherwise, double most) {
  double value = reader.optional_number(key).value_or(otherwise);
  if (value < 0 || value > most) {
    std::string limit = number_text(most);
    reader.fault(key, {"0 から " + limit + " までの割合です。", "A share from 0 to " + limit + "."});
  }
  return value;
}

JudgementRule read_rule(const json::value& value, std::string where, Faults& faults) {
  ObjectReader reader(value, std::move(where), faults);
  JudgementRule rule;
  if (!value.is_object()) return rule;
  rule.step = reader.string("step", 60);
  rule.every = maybe_mark(reader, "every");
  rule.every_primary = maybe_mark(reader, "every_primary");
  rule.primary_exceeded = reader.boolean("primary_exceeded", false);
  rule.primary_worse = reader.boolean("primary_worse", false);
  rule.ground = reader.text("ground", kMaxTextBytes);
  reader.finish();
  return rule;
}

void read_members(ObjectReader& reader, Scale& scale, Faults& faults) {
  if (reader.optional_integer("musubi_pack") != 1) reader.fault("musubi_pack", {"1 が必要です。", "1 is needed."});
  if (reader.string("kind", 16) != "scale") reader.fault("kind", {"\"scale\" が必要です。", "\"scale\" is needed."});
  scale.id = reader.string("id", 120);
  scale.title = reader.text("title", kMaxTextBytes);
  scale.source = reader.text("source", kMaxTextBytes);
  for (auto [key, member] : {std::pair{"first_year", &scale.first_year}, {"last_year", &scale.last_year}})
    if (auto year = reader.optional_integer(key)) *member = int(std::clamp<std::int64_t>(*year, kFirstYear, kLastYear));
  if (const json::value* marks = reader.find("marks")) {
    ObjectReader rules(*marks, reader.at("marks"), faults);
    scale.marks = {share(rules, "near", 0.8, 1), share(rules, "about", 0.05, 1), share(rules, "exceeded", 1.2, 1000),
                   rules.boolean("from_baseline", false)};
    rules.finish();
  }
  reader.array("steps", true, 50, [&](const json::value& one, std::string where) {
    ObjectReader step(one, std::move(where), faults);
    scale.steps.push_back({step.string("id", 60), step.text("title", kMaxTextBytes)});
    step.finish();
  });
  reader.array("rules", true, 50,
               [&](const json::value& one, std::string where) { scale.rules.push_back(read_rule(one, std::move(where), faults)); });
}

// What the conditions look at: due indicators, and the primary ones among them.
struct Due {
  std::vector<Mark> all, primary;
  bool primary_exceeded = true, primary_figures = false, primary_worse = false;
};

Due due_of(const Sheet& sheet, const MarkRules& rules) {
  bool any_primary = std::any_of(sheet.indicators.begin(), sheet.indicators.end(), [](auto& one) { return one.primary; });
  Due due;
  for (const auto& one : sheet.indicators) {
    ComputedMark computed = compute_mark(one, sheet.header.fiscal_year, rules);
    auto mark = one.mark ? one.mark : computed.mark;
    if (!mark || *mark == Mark::kNotDue) continue;
    due.all.push_back(*mark);
    if (any_primary && !one.primary) continue;
    due.primary.push_back(*mark);
    due.primary_worse = due.primary_worse || computed.worse_than_baseline;
    if (!computed.mark) continue;
    due.primary_figures = true;
    due.primary_exceeded = due.primary_exceeded && computed.exceeded;
  }
  return due;
}

bool all_at_least(const std::vector<Mark>& marks, Mark worst) {
  return std::all_of(marks.begin(), marks.end(), [&](Mark mark) { return mark <= worst; });
}

bool holds(const JudgementRule& rule, const Due& due) {
  return (!rule.every || all_at_least(due.all, *rule.every)) &&
         (!rule.every_primary || all_at_least(due.primary, *rule.every_primary)) &&
         (!rule.primary_exceeded || (due.primary_figures && due.primary_exceeded)) && (!rule.primary_worse || due.primary_worse);
}

std::string numbers(const Sheet& sheet, const MarkRules& rules, std::initializer_list<Mark> wanted, bool primary, const char* comma) {
  std::string out;
  for (const auto& one : sheet.indicators) {
    auto mark = mark_of(one, sheet.header.fiscal_year, rules);
    if (mark && (!primary || one.primary) && std::find(wanted.begin(), wanted.end(), *mark) != wanted.end())
      out += (out.empty() ? "" : comma) + one.number;
  }
  return out;
}

Text grounds_of(const Sheet& sheet, const Scale& scale, const JudgementRule& rule) {
  MarkCounts counts = count_marks(sheet, scale.marks);
  auto n = [&](Mark mark) { return std::to_string(counts.of(mark)); };
  std::string total = std::to_string(counts.total());
  Text out{"測定指標" + total + "のうち、達成" + n(Mark::kReached) + "、目標に近い" + n(Mark::kNear) + "、遠い" + n(Mark::kFar) +
               "、期限前" + n(Mark::kNotDue) + "。",
           "Of " + total + " indicators " + n(Mark::kReached) + " were reached, " + n(Mark::kNear) + " came near, " + n(Mark::kFar) +
               " are far, " + n(Mark::kNotDue) + " are not due."};
  if (auto good = numbers(sheet, scale.marks, {Mark::kReached}, true, "、"); !good.empty()) {
    out.ja += "主要な指標で届いたもの：" + good + "。";
    out.en += " Primary ones reached: " + numbers(sheet, scale.marks, {Mark::kReached}, true, ", ") + ".";
  }
  if (auto missed = numbers(sheet, scale.marks, {Mark::kNear, Mark::kFar}, false, "、"); !missed.empty()) {
    out.ja += "届かなかったもの：" + missed + "。";
    out.en += " Missed: " + numbers(sheet, scale.marks, {Mark::kNear, Mark::kFar}, false, ", ") + ".";
  }
  const ScaleStep* step = scale.step(rule.step);
  out.ja += rule.ground.ja + "よって「" + (step ? step->title.ja : rule.step) + "」。";
  out.en += " " + rule.ground.en + " Hence: " + (step ? step->title.en : rule.step) + ".";
  return out;
}

Faults faults_of(const Scale& scale) {
  Faults faults;
  if (!valid_plan_id(scale.id))
    faults.push_back({"/id", {"id は「国や機関.名前」の形です。", "An id is a country or organisation, a dot and a name."}});
  std::set<std::string> seen;
  for (std::size_t i = 0; i < scale.steps.size(); ++i)
    if (!seen.insert(scale.steps[i].id).second)
      faults.push_back({"/steps/" + std::to_string(i) + "/id", {"二度書かれています。", "It stands twice."}});
  if (scale.first_year && scale.last_year && *scale.last_year < *scale.first_year)
    faults.push_back({"/last_year", {"最初の年度より前です。", "It is before the first year."}});
  if (scale.steps.empty()) faults.push_back({"/steps", {"段階がひとつもありません。", "There is no step."}});
  for (std::size_t i = 0; i < scale.rules.size(); ++i)
    if (!scale.steps.empty() && !scale.step("") && !scale.step(scale.rules[i].step))  // "" could not be read: it may be what is meant
      faults.push_back({"/rules/" + std::to_string(i) + "/step", {"そのような段階はありません。", "There is no such step."}});
  return faults;
}

}  // namespace

const ScaleStep* Scale::step(std::string_view id) const {
  for (const auto& one : steps)
    if (one.id == id) return &one;
  return nullptr;
}

Result<Scale> read_scale(std::string_view text) {
  auto value = TRY(parse_json(text, JsonLimits{1 << 20, 32}));
  Faults faults;
  Scale scale;
  ObjectReader reader(value, "", faults);
  read_members(reader, scale, faults);
  reader.finish();
  faults = with_rules(std::move(faults), faults_of(scale));
  if (faults.empty()) return scale;
  std::string count = std::to_string(faults.size());
  return Error{Code::kInvalid,
               "pack.faults",
               {"評価の区分のパックに誤りが " + count + " 件あります。すべて直してください。",
                "The pack of the scale has " + count + " fault(s). Correct them all."},
               std::move(faults)};
}

const std::vector<Scale>& embedded_scales() {
  static const std::vector<Scale> scales = [] {
    std::vector<Scale> out;
    for (const auto& file : embedded::scale_packs()) {
      auto scale = read_scale(file.bytes);
      CHECK(scale.ok());  // part of the binary, and a test reads each
      out.push_back(std::move(scale).value());
    }
    return out;
  }();
  return scales;
}

const Scale* find_scale(std::string_view id) {
  for (const auto& scale : embedded_scales())
    if (scale.id == id) return &scale;
  return nullptr;
}

json::object pack_of(const Scale& scale) {
  json::object out{{"musubi_pack", 1}, {"kind", "scale"}, {"id", scale.id}, {"title", to_json(scale.title)}};
  out["source"] = to_json(scale.source);
  if (scale.first_year) out["first_year"] = *scale.first_year;
  if (scale.last_year) out["last_year"] = *scale.last_year;
  out["marks"] = json::object{{"near", scale.marks.near},
                              {"about", scale.marks.about},
                              {"exceeded", scale.marks.exceeded},
                              {"from_baseline", scale.marks.from_baseline}};
  json::array steps, rules;
  for (const auto& step : scale.steps) steps.push_back(json::object{{"id", step.id}, {"title", to_json(step.title)}});
  for (const auto& rule : scale.rules) {
    json::object one{{"step", rule.step}};
    if (rule.every) one["every"] = word_of(kMarks, *rule.every);
    if (rule.every_primary) one["every_primary"] = word_of(kMarks, *rule.every_primary);
    if (rule.primary_exceeded) one["primary_exceeded"] = true;
    if (rule.primary_worse) one["primary_worse"] = true;
    one["ground"] = to_json(rule.ground);
    rules.push_back(std::move(one));
  }
  out["steps"] = std::move(steps);
  out["rules"] = std::move(rules);
  return out;
}

bool covers(const Scale& scale, int fiscal_year) {
  return scale.first_year.value_or(0) <= fiscal_year && fiscal_year <= scale.last_year.value_or(std::numeric_limits<int>::max());
}

const Scale* judged_by(const Sheet& sheet) {
  if (!sheet.header.judgement) return nullptr;
  const std::string& id = sheet.header.judgement->scale;
  return sheet.ruled.scale && sheet.ruled.scale->id == id ? sheet.ruled.scale.get() : find_scale(id);
}

const Scale* scale_of(const Sheet& sheet) {
  if (const Scale* named = judged_by(sheet)) return named;
  if (sheet.ruled.scale) return sheet.ruled.scale.get();
  for (const auto& scale : embedded_scales())
    if (covers(scale, sheet.header.fiscal_year)) return &scale;
  return nullptr;
}

MarkRules mark_rules(const Sheet& sheet) {
  const Scale* scale = scale_of(sheet);
  MarkRules rules = scale ? scale->marks : MarkRules{};
  rules.monitored = sheet.header.form == SheetForm::kPreAnalysis;
  return rules;
}

std::size_t MarkCounts::total() const {
  std::size_t sum = unmarked;
  for (auto n : by_mark) sum += n;
  return sum;
}

MarkCounts count_marks(const Sheet& sheet, const MarkRules& rules) {
  MarkCounts counts;
  for (const auto& one : sheet.indicators) {
    if (auto mark = mark_of(one, sheet.header.fiscal_year, rules))
      ++counts.by_mark[std::size_t(*mark)];
    else
      ++counts.unmarked;
  }
  return counts;
}

std::optional<DraftedJudgement> draft_judgement(const Sheet& sheet, const Scale& scale) {
  Due due = due_of(sheet, scale.marks);
  if (due.all.empty()) return std::nullopt;
  for (std::size_t i = 0; i < scale.rules.size(); ++i)
    if (holds(scale.rules[i], due)) return DraftedJudgement{scale.rules[i].step, i, grounds_of(sheet, scale, scale.rules[i])};
  return std::nullopt;
}

}  // namespace musubi::kpi
