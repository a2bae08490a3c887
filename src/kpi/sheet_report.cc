#include "kpi/sheet_report.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/log.h"
#include "kpi/cells.h"
#include "kpi/json.h"
#include "kpi/judgement.h"
#include "kpi/line_rules.h"
#include "kpi/reported_text.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_rules.h"

namespace musubi::kpi {
namespace {

using Faults = std::vector<Fault>;

constexpr double kSafeNumber = double(std::int64_t(1) << 53);

void shorten(std::optional<Text>& words) {
  if (words) words = reported_title(std::move(*words));
}
void shorten(std::optional<SheetValue>& value) {
  if (value) shorten(value->text);
}

// What is told of a row. Where a computed actual came from is proven by the publisher's own page.
Line told_line(Line line) {
  shorten(line.title);
  shorten(line.unit);
  shorten(line.baseline);
  shorten(line.final_target);
  for (auto& [year, values] : line.yearly) {
    shorten(values.target);
    shorten(values.actual);
    values.origin.reset();
    values.typed_reason.reset();
  }
  line.not_set_due.reset();
  line.note.reset();
  line.computed.clear();
  line.primary = false;
  return line;
}

json::object indicator_json(const SheetIndicator& one, const ToldMarks& marks) {
  json::object out{{"number", one.number}, {"title", to_json(one.title)}};
  if (!one.id.empty()) out["id"] = one.id;
  if (one.mark) out["mark"] = word_of(kMarks, *one.mark);
  if (marks.computed) out["computed"] = word_of(kMarks, *marks.computed);
  out["result"] = result_word(one.mark ? one.mark : marks.computed);
  out["year_missed"] = marks.year_missed;
  json::array lines;
  for (const auto& line : one.lines) lines.push_back(to_json(line));
  out["lines"] = std::move(lines);
  return out;
}

// Those of its members that are known here.
json::value only(const json::value& value, std::initializer_list<std::string_view> members) {
  const json::object* object = value.if_object();
  if (!object) return value;
  json::object out;
  for (auto member : members)
    if (const json::value* found = object->if_contains(member)) out[member] = *found;
  return out;
}

void known_values(json::value& value, std::initializer_list<std::string_view> members) {
  if (!value.is_object()) return;
  for (auto member : members)
    if (json::value* found = value.get_object().if_contains(member)) *found = only(*found, {"number", "bound", "cumulative", "text"});
}

json::value known_line(const json::value& value) {
  json::value line = only(value, {"sub", "title", "kind", "nature", "direction", "gathering", "unit", "baseline", "baseline_year",
                                  "yearly", "final", "final_year"});
  known_values(line, {"baseline", "final"});
  if (!line.is_object() || !line.get_object().contains("yearly")) return line;
  if (auto* yearly = line.get_object()["yearly"].if_object())
    for (auto& year : *yearly) {
      year.value() = only(year.value(), {"target", "actual", "latest_known_year", "provisional", "revised"});
      known_values(year.value(), {"target", "actual"});
    }
  return line;
}

bool is_digest(const std::string& text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// What stands in data as it is, so that no spreadsheet program takes it for a formula.
bool valid_step(std::string_view id) {
  auto word = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !id.empty() && word(id.front()) &&
         std::all_of(id.begin(), id.end(), [&](char c) { return word(c) || c == '-' || c == '_' || c == '.'; });
}

// Nothing where no reader would take it. Steps of an own scale may be named in any words: they are told by their place on it.
std::optional<Judgement> told_judgement(const Sheet& sheet) {
  const auto& judgement = sheet.header.judgement;
  if (!judgement || !valid_plan_id(judgement->scale)) return std::nullopt;
  if (valid_step(judgement->step)) return Judgement{judgement->scale, judgement->step, {}, {}};
  const Scale* scale = judged_by(sheet);
  const ScaleStep* step = scale ? scale->step(judgement->step) : nullptr;
  if (!step) return std::nullopt;
  return Judgement{judgement->scale, "step-" + std::to_string(step - scale->steps.data() + 1), {}, {}};
}

class SheetsReader {
 public:
  explicit SheetsReader(Faults& faults) : faults_(faults) {}

  std::vector<ReportedSheet> read(ObjectReader& report) && {
    std::vector<ReportedSheet> out;
    made_in_ = year_of(report);
    report.array("sheets", false, kReportedSheets, [&](const json::value& value, std::string where) {
      ObjectReader reader(value, where, faults_);
      if (!value.is_object()) return;
      ReportedSheet read = sheet(reader, where);
      if (read.sheet.header.fiscal_year <= made_in_ + kReportedSheetAhead) out.push_back(std::move(read));
    });
    if (indicators_ > kReportedIndicators || lines_ > kReportedLines)
      report.fault("sheets", {"測定指標は合わせて" + std::to_string(kReportedIndicators) + "件、その行は" +
                                  std::to_string(kReportedLines) + "行までです。",
                              "At most " + std::to_string(kReportedIndicators) + " indicators with " + std::to_string(kReportedLines) +
                                  " rows are allowed in all."});
    return out;
  }

 private:
  ReportedSheet sheet(ObjectReader& reader, const std::string& where) {
    ReportedSheet out;
    SheetHeader& h = out.sheet.header;
    h.id = reader.string("id", 120);
    if (!h.id.empty() && !valid_plan_id(h.id))
      reader.fault("id", {"表の id として読めません。", "This is no id of a sheet."});
    else if (!sheets_.insert(h.id).second)
      reader.fault("id", {"同じ表がもう一度あります。", "This sheet is there twice."});
    h.form = word<SheetForm>(reader, "form", kForms, true).value_or(SheetForm::kEvaluation);
    h.fiscal_year = int(std::clamp<std::int64_t>(reader.optional_integer("fiscal_year").value_or(0), 0, INT32_MAX));
    check_year(h.fiscal_year, where + "/fiscal_year", faults_);
    within(reader, "policy", true, [&](ObjectReader& policy) {
      h.policy_number = policy.string("number", 16);
      h.policy_title = words(policy, "title");
    });
    h.source_publisher = words(reader, "publisher");
    out.edition = reader.string("edition", 64);
    if (!out.edition.empty() && !is_digest(out.edition))
      reader.fault("edition", {"版のハッシュ値ではありません。", "This is no digest of an edition."});
    within(reader, "judgement", false, [&](ObjectReader& judgement) {
      Judgement read{judgement.string("scale", 120), judgement.string("step", 60), {}, {}};
      if (valid_plan_id(read.scale) && valid_step(read.step)) h.judgement = std::move(read);  // else its words alone
      out.step = words(judgement, "title");
    });
    indicators(reader, out);
    return out;
  }

  void indicators(ObjectReader& reader, ReportedSheet& out) {
    std::set<std::string> places, ids;
    reader.array("indicators", true, kMaxSheetIndicators, [&](const json::value& value, std::string where) {
      ObjectReader one(value, where, faults_);
      if (!value.is_object()) return;
      SheetIndicator read;
      read.number = one.string("number", 16);
      if (!read.number.empty() && !valid_part_number(read.number))
        one.fault("number", {"指標の番号として読めません。", "This is no number of an indicator."});
      else if (!places.insert(place_id(out.sheet.header.id, read.number)).second)
        one.fault("number", {"同じ番号の指標がもう一つあります。", "Another indicator has this number."});
      read.id = one.optional_string("id", kMaxIndicatorId).value_or("");
      if (!read.id.empty() && !valid_indicator_id(read.id))
        one.fault("id", {"指標の id として読めません。", "This is no id of an indicator."});
      else if (!read.id.empty() && !ids.insert(read.id).second)
        one.fault("id", {"同じ id の指標がもう一つあります。", "Another indicator has this id."});
      read.title = words(one, "title");
      ToldMarks marks = read_marks(one, read);
      read_lines(one, read, where);
      ++indicators_;
      out.sheet.indicators.push_back(std::move(read));
      out.marks.push_back(marks);
    });
    if (out.sheet.indicators.empty()) reader.fault("indicators", {"測定指標がひとつもありません。", "There is no indicator."});
  }

  ToldMarks read_marks(ObjectReader& one, SheetIndicator& into) {
    ToldMarks out;
    into.mark = word<Mark>(one, "mark", kMarks, false);
    out.computed = word<Mark>(one, "computed", kMarks, false);
    out.year_missed = one.boolean("year_missed", false);
    std::string result = one.string("result", 16);
    if (!result.empty() && result != result_word(into.mark ? into.mark : out.computed))
      one.fault("result", {"達成の欄や計算した値と合わない結果です。", "This is not the result that the marks give."});
    return out;
  }

  void read_lines(ObjectReader& one, SheetIndicator& into, const std::string& where) {
    one.array("lines", true, kMaxLines, [&](const json::value& value, std::string at) {
      into.lines.push_back(told_line(read_line(known_line(value), std::move(at), faults_)));
    });
    lines_ += into.lines.size();
    if (into.lines.empty()) one.fault("lines", {"行がひとつもありません。", "There is no row."});
    check_lines(into.lines, where + "/lines", faults_);
    for (auto& line : into.lines) pass_over_far(line);
  }

  // Years that no honest report speaks of would stand before all others.
  void pass_over_far(Line& line) const {
    std::erase_if(line.yearly, [&](const auto& one) { return one.first > made_in_ + kReportedTargetAhead; });
    for (auto at = line.yearly.upper_bound(made_in_ + kReportedActualAhead); at != line.yearly.end();) {
      at->second.actual.reset();
      at = at->second.target ? std::next(at) : line.yearly.erase(at);
    }
  }

  // The fiscal year in which the report was made; where it does not say so, no year is too far (its reader has a fault).
  static int year_of(ObjectReader& report) {
    const json::value* at = report.find("at");
    auto time = at && at->is_string() ? parse_rfc3339(std::string(at->get_string())) : Result<Time>(Error{});
    return time.ok() ? fiscal_year_of(month_of(*time)) : kLastYear;
  }

  Text words(ObjectReader& reader, std::string_view key) {
    std::size_t before = faults_.size();
    Text out = reported_title(reader.text(key, kMaxTextBytes));
    if (faults_.size() == before) check_text(out, reader.at(key), faults_);
    return out;
  }

  template <class E, std::size_t N>
  static std::optional<E> word(ObjectReader& reader, std::string_view key, const std::array<std::string_view, N>& all, bool required) {
    auto given = required ? reader.string(key, 32) : reader.optional_string(key, 32).value_or("");
    if (given.empty()) return std::nullopt;
    auto found = from_word<E>(all, given);
    if (!found) reader.fault(key, {"知らない語です。", "This word is not known."});
    return found;
  }

  template <class F>
  void within(ObjectReader& reader, std::string_view key, bool required, F read) {
    const json::value* value = reader.find(key);
    if (!value && required) reader.fault(key, {"必須の項目がありません。", "This member is required."});
    if (!value) return;
    ObjectReader inner(*value, reader.at(key), faults_);
    if (value->is_object()) read(inner);
  }

  Faults& faults_;
  std::set<std::string> sheets_;
  int made_in_ = kLastYear;
  std::size_t indicators_ = 0, lines_ = 0;
};

bool readable(const json::object& sheet) {
  json::value report = json::object{{"sheets", json::array{sheet}}};
  Faults faults;
  check_report_form(report, faults);
  ObjectReader reader(report, "", faults);
  read_reported_sheets(reader, faults);
  return faults.empty();
}

bool can_be_kept(const json::value& value, std::size_t depth) {
  if (depth > kReportDepth) return false;
  if (const auto* object = value.if_object())
    return std::all_of(object->begin(), object->end(), [&](const auto& one) { return can_be_kept(one.value(), depth + 1); });
  if (const auto* array = value.if_array())
    return std::all_of(array->begin(), array->end(), [&](const auto& one) { return can_be_kept(one, depth + 1); });
  return !value.is_number() || std::abs(value.to_number<double>()) < kSafeNumber;
}

}  // namespace

ReportedSheet told_of(const SheetState& state) {
  const SheetHeader& h = state.sheet.header;
  MarkRules rules = mark_rules(state.sheet);
  ReportedSheet out;
  SheetHeader& told = out.sheet.header;
  told.id = h.id;
  told.form = h.form;
  told.fiscal_year = h.fiscal_year;
  told.policy_number = h.policy_number;
  told.policy_title = reported_title(h.policy_title);
  told.source_publisher = reported_title(h.source_publisher);
  out.edition = state.edition;
  told.judgement = told_judgement(state.sheet);
  if (told.judgement) {
    const Scale* scale = judged_by(state.sheet);
    const ScaleStep* step = scale ? scale->step(h.judgement->step) : nullptr;
    out.step = reported_title(step ? step->title : Text{h.judgement->step, h.judgement->step});
  }
  for (const auto& one : state.sheet.indicators) {
    SheetIndicator& indicator = out.sheet.indicators.emplace_back();
    indicator.number = one.number;
    indicator.id = one.id;
    indicator.title = reported_title(one.title);
    indicator.mark = one.mark;
    for (const auto& line : one.lines) indicator.lines.push_back(told_line(line));
    out.marks.push_back({compute_mark(one, h.fiscal_year, rules).mark, !missed_years(one, h.fiscal_year, rules).empty()});
  }
  return out;
}

json::object to_json(const ReportedSheet& told) {
  const SheetHeader& h = told.sheet.header;
  json::object out{{"id", h.id},
                   {"form", word_of(kForms, h.form)},
                   {"fiscal_year", h.fiscal_year},
                   {"policy", json::object{{"number", h.policy_number}, {"title", to_json(h.policy_title)}}},
                   {"publisher", to_json(h.source_publisher)},
                   {"edition", told.edition}};
  if (h.judgement)
    out["judgement"] =
        json::object{{"scale", h.judgement->scale}, {"step", h.judgement->step}, {"title", to_json(told.step.value_or(Text{}))}};
  json::array indicators;
  for (std::size_t i = 0; i < told.sheet.indicators.size(); ++i)
    indicators.push_back(indicator_json(told.sheet.indicators[i], told.marks[i]));
  out["indicators"] = std::move(indicators);
  return out;
}

Result<json::array> sheets_to_report(db::Database& database) {
  json::array out;
  std::size_t bytes = 0, indicators = 0, lines = 0, left_out = 0;
  const auto newest_first = TRY(Sheets(database).list(View{}));
  for (std::size_t i = 0; i < newest_first.size(); ++i) {
    ReportedSheet told = told_of(*newest_first[i]);
    json::object sheet = to_json(told);
    std::size_t more_bytes = canonical_json(sheet).size(), more_lines = 0, more = told.sheet.indicators.size();
    for (const auto& one : told.sheet.indicators) more_lines += one.lines.size();
    if (out.size() == kReportedSheets || bytes + more_bytes > kReportedSheetsBytes || indicators + more > kReportedIndicators ||
        lines + more_lines > kReportedLines) {  // an older one in its place would pass for the newest
      left_out += newest_first.size() - i;
      break;
    }
    if (!readable(sheet)) {
      ++left_out;
      continue;
    }
    bytes += more_bytes;
    indicators += more;
    lines += more_lines;
    out.push_back(std::move(sheet));
  }
  if (left_out > 0) log::warn("kpi.sheets_not_reported", {{"organisation", database.organisation()}, {"sheets", left_out}});
  return out;
}

std::vector<ReportedSheet> read_reported_sheets(ObjectReader& report, Faults& faults) { return SheetsReader(faults).read(report); }

void check_report_form(const json::value& report, Faults& faults) {
  const json::object* object = report.if_object();
  if (!object) return;  // its reader says so
  for (const auto& member : *object)
    if (!can_be_kept(member.value(), 2))
      faults.push_back(
          {"/" + std::string(member.key()),
           {"深すぎる入れ子か、大きすぎる数があります。", "It is nested too deeply, or holds a number that is too large."}});
}

}  // namespace musubi::kpi
