#include "kpi/plan_form_lines.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "kpi/sheet_cell.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_words.h"
#include "kpi/taken.h"
#include "text/normalise.h"
#include "web/messages/plan_lines.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Input;
using web::Language;

constexpr std::size_t kMoreRows = 1;
constexpr std::string_view kBetween = " / ";  // of the two languages of words
constexpr std::string_view kBreak = "⏎";      // a line break in them

std::string str(std::string_view text) { return std::string(text); }
std::string row_name(const std::string& kpi, std::size_t row) { return kpi + "-row" + std::to_string(row); }

std::vector<IndicatorKind> kinds_of(const std::string& kpi) {
  if (kpi == kSheetRows)
    return {IndicatorKind::kOutcome,     IndicatorKind::kShortOutcome, IndicatorKind::kMidOutcome,
            IndicatorKind::kLongOutcome, IndicatorKind::kOutput,       IndicatorKind::kActivity};
  if (kpi == "effect")
    return {IndicatorKind::kEffect, IndicatorKind::kOutcome, IndicatorKind::kShortOutcome, IndicatorKind::kMidOutcome,
            IndicatorKind::kLongOutcome};
  return {IndicatorKind::kProgress, IndicatorKind::kActivity, IndicatorKind::kOutput};
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) text.replace(at, what.size(), with);
  return text;
}

std::string shown(const std::optional<SheetValue>& value, Language l) {
  if (!value || value->number) return replaced(value_words(value, l), "\n", kBreak);
  return value->text ? replaced(value->text->ja + str(kBetween) + value->text->en, "\n", kBreak) : "";
}

std::string shown_years(const Line& line, Language l) {
  std::string out;
  for (const auto& [year, values] : line.yearly)
    if (values.target) out += std::to_string(year) + " " + shown(values.target, l) + "\n";
  return out;
}

constexpr std::string_view kTexts[] = {"-ja",     "-en",    "-unit-ja",    "-unit-en",    "-baseline",  "-baseline_year",
                                       "-yearly", "-final", "-final_year", "-not_set-ja", "-not_set-en"};
bool written(const FollowUpForm& form, const std::string& name) {
  return std::any_of(std::begin(kTexts), std::end(kTexts),
                     [&](std::string_view end) { return !text::trim(form.value(name + str(end))).empty(); });
}

// A row that was there without any of these texts: that they are empty does not say that it shall go.
bool shows_no_text(const Line& line) {
  return !line.title && !line.unit && !line.baseline && !line.baseline_year && !line.final_target && !line.final_year &&
         !line.not_set_due &&
         std::none_of(line.yearly.begin(), line.yearly.end(), [](const auto& one) { return one.second.target.has_value(); });
}

Line new_line(const std::string& kpi) {
  Line out;
  out.kind = kinds_of(kpi)[0];
  return out;
}

web::Field choice(FollowUpForm& form, const std::string& name, std::string_view label, std::string now) {
  return form.field(Input::kSelect, name, label, std::move(now));
}

void choices(FollowUpForm& form, std::vector<web::Field>& out, const std::string& name, const std::string& kpi, const Line& now,
             const std::vector<Indicator>& known, Language l) {
  out.push_back(choice(form, name + "-kind", t::plan_lines_kind(l), str(word_of(kIndicatorKinds, now.kind))));
  auto kinds = kinds_of(kpi);
  if (std::find(kinds.begin(), kinds.end(), now.kind) == kinds.end()) kinds.push_back(now.kind);
  for (IndicatorKind one : kinds) out.back().options.push_back({str(word_of(kIndicatorKinds, one)), str(kind_title(one, l))});
  out.push_back(choice(form, name + "-nature", t::plan_lines_nature(l), str(word_of(kNatures, now.nature))));
  out.back().options = {{"numeric", str(t::plan_lines_numeric(l))},
                        {"milestone", str(t::plan_lines_milestone(l))},
                        {"qualitative", str(t::plan_lines_qualitative(l))}};
  out.push_back(choice(form, name + "-direction", t::plan_lines_direction(l), str(word_of(kDirections, now.direction))));
  out.back().options = {{"up", str(t::plan_lines_up(l))}, {"down", str(t::plan_lines_down(l))}, {"keep", str(t::plan_lines_keep(l))}};
  out.push_back(choice(form, name + "-gathering", t::plan_lines_gathering(l), str(word_of(kGatherings, now.gathering))));
  out.back().options = {
      {"last", str(t::plan_lines_last(l))}, {"sum", str(t::plan_lines_sum(l))}, {"mean", str(t::plan_lines_mean(l))}};
  out.push_back(choice(form, name + "-computed", t::plan_lines_computed(l), now.computed));
  out.back().options.push_back({"", str(t::plan_lines_typed(l))});
  bool there = now.computed.empty();
  for (const auto& one : known) {
    there = there || one.id == now.computed;
    out.back().options.push_back({one.id, t::plan_lines_computed_in(l, {web::pick(one.title, l), web::pick(one.unit, l)})});
  }
  if (!there) out.back().options.push_back({now.computed, now.computed});
  if (kpi == kSheetRows) return;  // a sheet says it of the indicator
  web::Field box = form.field(Input::kCheckboxes, name + "-primary", t::plan_lines_primary(l), now.primary ? "true" : "");
  box.options = {{"true", str(t::plan_lines_primary_yes(l))}};
  out.push_back(std::move(box));
}

web::Field row_field(FollowUpForm& form, const std::string& kpi, std::size_t row, const Line& now, const std::vector<Indicator>& known,
                     Language l) {
  const std::string name = row_name(kpi, row);
  web::Field group{Input::kParts, name,
                   kpi == kSheetRows ? t::plan_lines_row_n(l, {std::int64_t(row + 1)})
                   : kpi == "effect" ? t::plan_lines_effect_n(l, {std::int64_t(row + 1)})
                                     : t::plan_lines_progress_n(l, {std::int64_t(row + 1)}),
                   str(t::plan_lines_hint(l))};
  group.required = false;
  for (const auto& fault : form.faults)
    if (fault.where == name) group.errors.push_back(web::pick(fault.message, l));
  auto& out = group.parts;
  auto text = [&](const char* end, std::string_view label, std::string value) {
    out.push_back(form.field(Input::kText, name + end, label, std::move(value)));
  };
  auto year = [](std::optional<int> one) { return one ? std::to_string(*one) : std::string(); };
  text("-ja", t::plan_lines_title_ja(l), now.title ? now.title->ja : "");
  text("-en", t::plan_lines_title_en(l), now.title ? now.title->en : "");
  text("-unit-ja", t::plan_lines_unit_ja(l), now.unit ? now.unit->ja : "");
  text("-unit-en", t::plan_lines_unit_en(l), now.unit ? now.unit->en : "");
  choices(form, out, name, kpi, now, known, l);
  text("-baseline", t::plan_lines_baseline(l), shown(now.baseline, l));
  text("-baseline_year", t::plan_lines_baseline_year(l), year(now.baseline_year));
  out.push_back(form.field(Input::kTextarea, name + "-yearly", t::plan_lines_yearly(l), shown_years(now, l)));
  out.back().hint = t::plan_lines_yearly_hint(l);
  text("-final", t::plan_lines_final(l), shown(now.final_target, l));
  text("-final_year", t::plan_lines_final_year(l), year(now.final_year));
  text("-not_set-ja", t::plan_lines_not_set_ja(l), now.not_set_due ? now.not_set_due->ja : "");
  text("-not_set-en", t::plan_lines_not_set_en(l), now.not_set_due ? now.not_set_due->en : "");
  return group;
}

// ---- Back from the form ----

Text in_figures() {
  return {"数値の行です。数で書いてください。言葉の目標は、行の種類を節目か定性にします。",
          "This is a row of figures: write a number. For a target in words, make it a milestone or qualitative."};
}

// A number with its bound, or words in both languages; what the form showed stays as it was.
std::optional<SheetValue> read_value(FollowUpForm& form, const std::string& where, const std::string& typed, const Line& line,
                                     const std::optional<SheetValue>& before, Language l) {
  const std::string clean(text::trim(typed));
  if (clean.empty()) return std::nullopt;
  if (before && clean == text::trim(shown(before, l))) return before;
  auto fault = [&](Text message) -> std::optional<SheetValue> {
    form.faults.push_back({where, std::move(message)});
    return std::nullopt;
  };
  if (line.nature != Nature::kNumeric) {
    auto at = clean.find(kBetween);
    if (at == clean.npos)
      return fault({"日本語と英語を「 / 」で区切って書いてください。", "Write Japanese and English, parted by \" / \"."});
    return SheetValue{
        .number = {},
        .text = Text{replaced(clean.substr(0, at), kBreak, "\n"), replaced(clean.substr(at + kBetween.size()), kBreak, "\n")}};
  }
  auto read = read_figure(Shown{clean}, CellFigure{}, line, l);
  if (!read.ok()) return fault(read.error().message);
  if (!read->value) return std::nullopt;
  if (!read->value->number || read->value->text || read->provisional || read->revised || read->latest_known_year)
    return fault(in_figures());
  return read->value;
}

std::optional<int> read_year_field(FollowUpForm& form, const std::string& where) {
  const std::string typed(text::trim(form.value(where)));
  if (typed.empty()) return std::nullopt;
  auto year = text::read_fiscal_year(typed);
  if (year.ok()) return *year;
  form.faults.push_back({where, year.error().message});
  return std::nullopt;
}

Text in_line(std::size_t n, const Text& message) {
  return {std::to_string(n) + "行目：" + message.ja, "Line " + std::to_string(n) + ": " + message.en};
}

// One line of "令和8年度 40以上": the year, then the value.
void read_year_target(FollowUpForm& form, const std::string& where, std::size_t n, std::string_view typed, const Line& before,
                      Line& line, Language l) {
  std::size_t end = typed.size(), next = typed.size();
  for (std::string_view space : {" ", "\t", "　", ":", "："})
    if (auto at = typed.find(space); at < end) end = at, next = at + space.size();
  auto year = text::read_fiscal_year(typed.substr(0, end));
  if (!year.ok()) {
    form.faults.push_back({where, in_line(n, year.error().message)});
    return;
  }
  auto stood = before.yearly.find(*year);
  const std::size_t faults = form.faults.size();
  auto value =
      read_value(form, where, str(typed.substr(next)), line, stood == before.yearly.end() ? std::nullopt : stood->second.target, l);
  for (std::size_t i = faults; i < form.faults.size(); ++i) form.faults[i].message = in_line(n, form.faults[i].message);
  if (!value && faults == form.faults.size())
    form.faults.push_back({where, in_line(n, {"年度の後に目標を書いてください。", "Write the target after the year."})});
  if (value && line.yearly[*year].target)
    form.faults.push_back({where, in_line(n, {"同じ年度が二度書かれています。", "This year stands twice."})});
  if (value) line.yearly[*year].target = value;
}

void read_years(FollowUpForm& form, const std::string& where, const Line& before, Line& line, Language l) {
  for (auto& [year, values] : line.yearly) values.target.reset();
  std::string all = form.value(where);
  std::size_t n = 0;
  for (std::size_t from = 0; from <= all.size();) {
    auto end = std::min(all.find('\n', from), all.size());
    auto one = text::trim(std::string_view(all).substr(from, end - from));
    from = end + 1;
    if (++n > kMaxYears) {
      if (one.empty()) continue;
      form.faults.push_back({where, {"年度は60までです。", "At most 60 years are allowed."}});
      break;
    }
    if (!one.empty()) read_year_target(form, where, n, one, before, line, l);
  }
  std::erase_if(line.yearly, [](const auto& one) { return one.second == YearValues{}; });
}

template <class E, std::size_t N>
E chosen(FollowUpForm& form, const std::string& where, const std::array<std::string_view, N>& words, E otherwise) {
  std::string given = form.value(where);
  if (given.empty()) return otherwise;
  if (auto found = from_word<E>(words, given)) return *found;
  form.faults.push_back({where, {"一覧から選んでください。", "Choose one of the list."}});
  return otherwise;
}

// New rows: the KPI itself is the first one, its parts have numbers that no other row has, also one that somebody else added meanwhile.
std::string next_sub(const std::set<std::string>& taken) {
  if (taken.empty()) return "";
  for (std::size_t n = taken.size() + 1;; ++n)
    if (!taken.contains(std::to_string(n))) return std::to_string(n);
}

Line read_row(FollowUpForm& form, const std::string& name, const Line& before, const std::vector<Indicator>& known, Language l) {
  Line line = before;
  line.title = form.words(name);
  line.unit = form.words(name + "-unit");
  line.kind = chosen(form, name + "-kind", kIndicatorKinds, before.kind);
  line.nature = chosen(form, name + "-nature", kNatures, before.nature);
  line.direction = chosen(form, name + "-direction", kDirections, before.direction);
  line.gathering = chosen(form, name + "-gathering", kGatherings, before.gathering);
  line.computed = form.value(name + "-computed");
  line.primary = form.value(name + "-primary") == "true";
  line.baseline = read_value(form, name + "-baseline", form.value(name + "-baseline"), line, before.baseline, l);
  line.baseline_year = read_year_field(form, name + "-baseline_year");
  read_years(form, name + "-yearly", before, line, l);
  line.final_target = read_value(form, name + "-final", form.value(name + "-final"), line, before.final_target, l);
  line.final_year = read_year_field(form, name + "-final_year");
  line.not_set_due = form.words(name + "-not_set");
  const Indicator* indicator = find_indicator(known, line.computed);
  if (indicator && !measures_in(*indicator, line.unit))
    form.faults.push_back({name + "-computed",
                           {"指標の単位は「" + indicator->unit.ja + "」です。行の単位を同じにしてください。",
                            "The indicator is in \"" + indicator->unit.en + "\". Give the row the same unit."}});
  if (!line.computed.empty() && !indicator && line.computed != before.computed)
    form.faults.push_back({name + "-computed", {"一覧から選んでください。", "Choose one of the list."}});
  return line;
}

}  // namespace

void line_fields(FollowUpForm& form, std::vector<web::Field>& out, const std::string& kpi, const RowsOver<Line>& now,
                 const std::vector<Indicator>& known, Language l) {
  auto name = [&](std::size_t i) { return row_name(kpi, i); };
  const std::size_t n = rows_drawn(form, now, kMoreRows, kMaxLines, name, [&](std::size_t i) { return written(form, name(i)); });
  for (std::size_t i = 0; i < n; ++i) {
    auto at = row_at(form, name(i), i, now);
    put_name(out, name(i), at);
    out.push_back(row_field(form, kpi, i, at.row ? *at.row : new_line(kpi), known, l));
  }
}

PostedLines read_lines(FollowUpForm& form, const std::string& kpi, const RowsOver<Line>& before, const std::vector<Indicator>& known,
                       Language l) {
  PostedLines out;
  if (rows_unnamed(form, before, kMaxLines, [&](std::size_t i) { return row_name(kpi, i); })) {
    form.faults.push_back({row_name(kpi, 0), open_anew()});
    return out;
  }
  std::set<std::string> taken = before.keys();
  for (std::size_t i = 0; i < kMaxLines; ++i)
    if (auto key = form.given(row_name(kpi, i) + "-name")) taken.insert(*key);
  for (std::size_t i = 0; i < kMaxLines; ++i) {
    const std::string name = row_name(kpi, i);
    auto at = row_at(form, name, i, before);
    if (!written(form, name) && !(at.row && shows_no_text(*at.row))) continue;
    Line line = at.row ? *at.row : new_line(kpi);
    if (!at.row) line.sub = at.key ? *at.key : next_sub(taken);
    taken.insert(line.sub);
    out.lines.push_back(read_row(form, name, line, known, l));
    out.rows.push_back(i);
  }
  return out;
}

std::string line_field(const std::string& kpi, const std::vector<std::size_t>& rows, std::string_view where) {
  std::size_t at = 0;
  auto [end, error] = std::from_chars(where.data() + std::min<std::size_t>(1, where.size()), where.data() + where.size(), at);
  if (error != std::errc() || at >= rows.size()) return kpi;
  const std::string name = row_name(kpi, rows[at]);
  std::string_view member(end, std::size_t(where.data() + where.size() - end));
  for (auto [pointer, field] : {std::pair{"/unit", "-unit"}, {"/not_set_due", "-not_set"}, {"/title", ""}})
    if (member.starts_with(pointer)) return name + field + (member.ends_with("/en") ? "-en" : "-ja");
  for (std::string_view one :
       {"kind", "nature", "direction", "computed", "baseline_year", "baseline", "yearly", "final_year", "final"})
    if (member.starts_with("/" + str(one))) return name + "-" + str(one);
  return name;
}

}  // namespace musubi::kpi
