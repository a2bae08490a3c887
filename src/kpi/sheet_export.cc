#include "kpi/sheet_export.h"

#include "kpi/json.h"
#include "kpi/judgement.h"
#include "kpi/sheet_json.h"
#include "text/csv.h"

namespace musubi::kpi {
namespace {

json::value mark_json(std::optional<Mark> mark) { return mark ? json::value(word_of(kMarks, *mark)) : json::value(nullptr); }
std::string mark_word(std::optional<Mark> mark) { return mark ? std::string(word_of(kMarks, *mark)) : std::string(); }

json::value publication_json(const std::optional<RouteEntry>& publication, const SheetUrls& urls) {
  if (!publication) return nullptr;
  return json::object{
      {"edition", publication->edition},
      {"at", publication->at.rfc3339()},
      {"record", publication->record},
      {"links", json::object{{"record", urls.record(publication->record)}, {"receipt", urls.receipt(publication->record)}}}};
}

json::array disagreements_json(const std::vector<Disagreement>& all) {
  json::array out;
  for (const auto& one : all)
    out.push_back(json::object{{"indicator", one.indicator},
                               {"kind", disagreement_word(one.kind)},
                               {"official", mark_json(one.official)},
                               {"computed", mark_json(one.computed)},
                               {"why", to_json(one.why)}});
  return out;
}

json::array sums_json(const Sheet& sheet) {
  json::array out;
  for (const auto& sum : check_sums(sheet))
    out.push_back(json::object{{"fiscal_year", sum.fiscal_year},
                               {"kind", word_of(kAmountKinds, sum.kind)},
                               {"of", sum.of_programmes ? "programmes" : "budget"},
                               {"printed", sum.printed},
                               {"computed", sum.computed},
                               {"reconciles", sum.reconciles()}});
  return out;
}

json::object evidence_json(const SheetPart* part, const SheetUrls& urls) {
  if (!part) return {};
  return {{"revision", part->revision},
          {"record", part->record},
          {"at", part->at.rfc3339()},
          {"digest", part->digest},
          {"links", json::object{{"record", urls.record(part->record)}, {"receipt", urls.receipt(part->record)}}}};
}

std::string flag(bool value) { return value ? "true" : "false"; }

class Values {
 public:
  explicit Values(const SheetState& state) : state_(state), rules_(mark_rules(state.sheet)) {
    csv_.row({"sheet",         "sheet_fiscal_year",
              "policy_number", "policy_ja",
              "policy_en",     "goal",
              "indicator",     "line",
              "title_ja",      "title_en",
              "line_title_ja", "line_title_en",
              "kind",          "primary",
              "unit_ja",       "unit_en",
              "value_of",      "fiscal_year",
              "number",        "bound",
              "cumulative",    "text_ja",
              "text_en",       "latest_known_year",
              "provisional",   "revised",
              "mark",          "computed_mark",
              "fate",          "record",
              "indicator_id",  "computed_by",
              "counted",       "records",
              "definition",    "computed_at",
              "reason_ja",     "reason_en",
              "reported_by",   "reported_of",
              "reports"});
  }
  void add(const SheetIndicator& one) {
    for (const auto& line : one.lines) {
      if (line.baseline) row(one, line, "baseline", line.baseline_year, *line.baseline, {});
      for (const auto& [year, values] : line.yearly) {
        if (values.target) row(one, line, "target", year, *values.target, {});
        if (values.actual) row(one, line, "actual", year, *values.actual, values);
      }
      if (line.final_target) row(one, line, "final", line.final_year, *line.final_target, {});
    }
  }
  std::string take() { return csv_.take(); }

 private:
  void row(const SheetIndicator& one, const Line& line, const char* of, std::optional<int> year, const SheetValue& value,
           const YearValues& marks) {
    const auto& h = state_.sheet.header;
    const SheetPart* part = state_.part({PartKind::kIndicator, one.number});
    Text unit = line.unit.value_or(Text{}), words = value.text.value_or(Text{}), title = line.title.value_or(Text{}),
         reason = marks.typed_reason.value_or(Text{});
    const auto& origin = marks.origin;
    const std::optional<OfReports> reports = origin ? origin->reported : std::nullopt;
    csv_.row({h.id,
              std::to_string(h.fiscal_year),
              h.policy_number,
              h.policy_title.ja,
              h.policy_title.en,
              one.goal,
              one.number,
              line.sub,
              one.title.ja,
              one.title.en,
              title.ja,
              title.en,
              std::string(word_of(kIndicatorKinds, line.kind)),
              flag(one.primary),
              unit.ja,
              unit.en,
              of,
              year ? std::to_string(*year) : "",
              value.number ? number_text(*value.number) : "",
              std::string(word_of(kBounds, value.bound)),
              flag(value.cumulative),
              words.ja,
              words.en,
              marks.latest_known_year ? std::to_string(*marks.latest_known_year) : "",
              flag(marks.provisional),
              flag(marks.revised),
              mark_word(one.mark),
              mark_word(compute_mark(one, h.fiscal_year, rules_).mark),
              one.fate ? std::string(word_of(kFates, *one.fate)) : "",
              part ? std::to_string(part->record) : "",
              one.id,
              origin ? origin->indicator : "",
              origin ? std::to_string(origin->n) : "",
              origin ? std::to_string(origin->records) : "",
              origin ? origin->definition : "",
              origin ? origin->at.rfc3339() : "",
              reason.ja,
              reason.en,
              reports ? std::to_string(reports->organisations) : "",
              reports ? std::to_string(reports->of) : "",
              reports ? reports->digest : ""});
  }

  const SheetState& state_;
  MarkRules rules_;
  text::CsvWriter csv_;
};

}  // namespace

SheetFigures figures_of(const Sheet& sheet) {
  MarkRules rules = mark_rules(sheet);
  MarkCounts counts = count_marks(sheet, rules);
  SheetFigures out{sheet.indicators.size(),
                   counts.of(Mark::kReached),
                   counts.of(Mark::kNear),
                   counts.of(Mark::kFar),
                   counts.of(Mark::kNotDue),
                   counts.unmarked,
                   0,
                   0,
                   0};
  for (const auto& one : sheet.indicators) {
    out.missed += is_missed(one, sheet.header.fiscal_year, rules);
    out.year_missed += !missed_years(one, sheet.header.fiscal_year, rules).empty();
    out.no_target += !has_target(one);
  }
  return out;
}

std::optional<std::int64_t> yen_of(const SheetHeader& header, AmountKind kind) {
  std::int64_t unit = header.money_unit.ja == "円"       ? 1
                      : header.money_unit.ja == "千円"   ? 1000
                      : header.money_unit.ja == "百万円" ? 1'000'000
                                                         : 0;
  if (unit == 0) return std::nullopt;
  for (const auto& one : header.budget)
    if (one.fiscal_year == header.fiscal_year && one.kind == kind && one.amount < kMaxAmount / 1000) return one.amount * unit;
  return std::nullopt;
}

json::object sheets_json(const std::vector<SharedSheet>& sheets, const SheetUrls& urls) {
  json::array list;
  for (const auto& state : sheets) {
    const auto& h = state->sheet.header;
    SheetFigures f = figures_of(state->sheet);
    std::string self = urls.sheet(h.id);
    auto initial = yen_of(h, AmountKind::kInitial), executed = yen_of(h, AmountKind::kExecuted);
    list.push_back(json::object{{"id", h.id},
                                {"form", word_of(kForms, h.form)},
                                {"policy_number", h.policy_number},
                                {"policy", to_json(h.policy_title)},
                                {"field", to_json(h.field)},
                                {"fiscal_year", h.fiscal_year},
                                {"judgement", h.judgement ? json::value(h.judgement->step) : json::value(nullptr)},
                                {"indicators", f.indicators},
                                {"reached", f.reached},
                                {"near", f.near},
                                {"far", f.far},
                                {"not_due", f.not_due},
                                {"unmarked", f.unmarked},
                                {"missed", f.missed},
                                {"no_target", f.no_target},
                                {"year_missed", f.year_missed},
                                {"initial_yen", initial ? json::value(std::to_string(*initial)) : json::value(nullptr)},
                                {"executed_yen", executed ? json::value(std::to_string(*executed)) : json::value(nullptr)},
                                {"edition", state->edition},
                                {"publication", publication_json(state->publication, urls)},
                                {"links", json::object{{"self", self + ".json"}, {"page", self}, {"csv", self + ".csv"}}}});
  }
  return {{"total", sheets.size()}, {"sheets", std::move(list)}};
}

std::string sheets_csv(const std::vector<SharedSheet>& sheets) {
  text::CsvWriter csv;
  csv.row({"sheet",      "form",        "policy_number", "policy_ja",    "policy_en", "fiscal_year",  "judgement",
           "indicators", "reached",     "near",          "far",          "not_due",   "unmarked",     "missed",
           "no_target",  "year_missed", "initial_yen",   "executed_yen", "edition",   "published_at", "record"});
  for (const auto& state : sheets) {
    const auto& h = state->sheet.header;
    SheetFigures f = figures_of(state->sheet);
    auto yen = [&](AmountKind kind) {
      auto amount = yen_of(h, kind);
      return amount ? std::to_string(*amount) : std::string();
    };
    auto n = [](std::size_t value) { return std::to_string(value); };
    csv.row({h.id,
             std::string(word_of(kForms, h.form)),
             h.policy_number,
             h.policy_title.ja,
             h.policy_title.en,
             std::to_string(h.fiscal_year),
             h.judgement ? h.judgement->step : "",
             n(f.indicators),
             n(f.reached),
             n(f.near),
             n(f.far),
             n(f.not_due),
             n(f.unmarked),
             n(f.missed),
             n(f.no_target),
             n(f.year_missed),
             yen(AmountKind::kInitial),
             yen(AmountKind::kExecuted),
             state->edition,
             state->publication ? state->publication->at.rfc3339() : "",
             state->publication ? std::to_string(state->publication->record) : ""});
  }
  return csv.take();
}

json::object indicator_json(const SheetState& state, const SheetIndicator& one, const SheetUrls& urls) {
  const auto& h = state.sheet.header;
  MarkRules rules = mark_rules(state.sheet);
  ComputedMark computed = compute_mark(one, h.fiscal_year, rules);
  json::object out = to_json(one);
  json::array missed;
  for (const auto& year : missed_years(one, h.fiscal_year, rules))
    missed.push_back(
        json::object{{"line", year.sub}, {"fiscal_year", year.fiscal_year}, {"target", year.target}, {"actual", year.actual}});
  out["computed"] = json::object{{"mark", mark_json(computed.mark)},
                                 {"words_left", computed.words_left},
                                 {"why", to_json(computed.why)},
                                 {"missed_years", std::move(missed)},
                                 {"missed", is_missed(one, h.fiscal_year, rules)},
                                 {"has_target", has_target(one)}};
  out["disagreements"] = disagreements_json(disagreements(one, h.fiscal_year, rules));
  out["evidence"] = evidence_json(state.part({PartKind::kIndicator, one.number}), urls);
  std::string self = urls.indicator(h.id, one.number);
  out["links"] = json::object{{"self", self + ".json"}, {"page", self}, {"csv", self + ".csv"}, {"sheet", urls.sheet(h.id) + ".json"}};
  return out;
}

json::object sheet_json(const SheetState& state, const View& view, const SheetUrls& urls) {
  const auto& h = state.sheet.header;
  json::object out = to_json(h);
  json::array indicators, programmes;
  for (const auto& one : state.sheet.indicators) indicators.push_back(indicator_json(state, one, urls));
  for (const auto& one : state.sheet.programmes) programmes.push_back(to_json(one));
  out["indicators"] = std::move(indicators);
  out["programmes"] = std::move(programmes);
  out["edition"] = state.edition;
  out["as_of"] = view.as_of ? json::value(text::iso_date(*view.as_of)) : json::value(nullptr);
  if (urls.office) out["state"] = state.has_drafts() ? "draft" : "published";
  out["publication"] = publication_json(state.publication, urls);
  out["disagreements"] = disagreements_json(disagreements(state.sheet, mark_rules(state.sheet)));
  out["sums"] = sums_json(state.sheet);
  const Scale* scale = scale_of(state.sheet);
  auto drafted = scale && h.form == SheetForm::kEvaluation ? draft_judgement(state.sheet, *scale) : std::nullopt;
  out["drafted_judgement"] =
      drafted ? json::value(json::object{{"scale", scale->id}, {"step", drafted->step}, {"grounds", to_json(drafted->grounds)}})
              : json::value(nullptr);
  if (drafted && scale->revision > 0) out["drafted_judgement"].as_object()["scale_revision"] = scale->revision;
  std::string self = urls.sheet(h.id);
  out["links"] = json::object{{"self", self + ".json"},
                              {"page", self},
                              {"csv", self + ".csv"},
                              {"programmes", urls.programmes(h.id) + ".json"},
                              {"history", self + "/history.json"}};
  return out;
}

json::object programmes_json(const SheetState& state, const SheetUrls& urls) {
  json::array list;
  for (const auto& one : state.sheet.programmes) {
    json::object programme = to_json(one);
    programme["evidence"] = evidence_json(state.part({PartKind::kProgramme, one.number}), urls);
    list.push_back(std::move(programme));
  }
  return {{"sheet", state.sheet.header.id},         {"edition", state.edition},      {"unit", to_json(state.sheet.header.money_unit)},
          {"total", state.sheet.programmes.size()}, {"programmes", std::move(list)}, {"sums", sums_json(state.sheet)}};
}

json::object sheet_history_json(std::string_view sheet, const std::vector<SheetRevision>& history, const SheetUrls& urls) {
  json::array list;
  for (const auto& one : history) {
    json::array changes;
    for (const auto& change : one.changes)
      changes.push_back(json::object{{"cell", change.member}, {"before", change.before}, {"after", change.after}});
    json::object revision{{"part", part_word(one.key.kind)},
                          {"number", one.key.number},
                          {"kind", kind_name(one.kind)},
                          {"revision", one.revision},
                          {"record", one.record},
                          {"at", one.at.rfc3339()},
                          {"actor", one.actor},
                          {"changes", std::move(changes)}};
    if (urls.office) revision["draft"] = one.draft;
    if (one.withheld)
      revision["withheld"] = true;  // nor may its record be opened
    else
      revision["links"] = json::object{{"record", urls.record(one.record)}, {"receipt", urls.receipt(one.record)}};
    list.push_back(std::move(revision));
  }
  return {{"sheet", sheet}, {"total", history.size()}, {"revisions", std::move(list)}};
}

std::string sheet_history_csv(std::string_view sheet, const std::vector<SheetRevision>& history) {
  text::CsvWriter csv({.guard_formulas = true});
  csv.row({"sheet", "part", "number", "revision", "kind", "at", "actor", "draft", "cell", "before", "after", "record", "withheld"});
  for (const auto& one : history) {
    auto row = [&](const Change& change) {
      csv.row({std::string(sheet), std::string(part_word(one.key.kind)), one.key.number, std::to_string(one.revision),
               std::string(kind_name(one.kind)), one.at.rfc3339(), one.actor, one.draft ? "true" : "false", change.member,
               change.before, change.after, std::to_string(one.record), one.withheld ? "true" : "false"});
    };
    for (const auto& change : one.changes) row(change);
    if (one.changes.empty()) row({});
  }
  return csv.take();
}

std::string values_csv(const SheetState& state, std::string_view number) {
  Values values(state);
  for (const auto& one : state.sheet.indicators)
    if (number.empty() || one.number == number) values.add(one);
  return values.take();
}

std::string programmes_csv(const SheetState& state) {
  text::CsvWriter csv;
  csv.row({"sheet", "programme", "title_ja", "title_en", "start_year", "indicators", "review_number", "review_year", "fiscal_year",
           "kind", "amount", "unit_ja", "unit_en", "record", "owner_ja", "owner_en", "laws"});
  const auto& h = state.sheet.header;
  for (const auto& one : state.sheet.programmes) {
    std::string serves, review, review_year;
    for (const auto& number : one.indicators) serves += (serves.empty() ? "" : " ") + number;
    if (!one.review_numbers.empty()) {
      review = one.review_numbers.rbegin()->second;
      review_year = std::to_string(one.review_numbers.rbegin()->first);
    }
    std::string laws;
    for (const auto& law : one.laws) laws += (laws.empty() ? "" : "; ") + law.title.ja + (law.id.empty() ? "" : " (" + law.id + ")");
    const SheetPart* part = state.part({PartKind::kProgramme, one.number});
    for (const auto& amount : one.amounts)
      csv.row({h.id, one.number, one.title.ja, one.title.en, one.start_year ? std::to_string(*one.start_year) : "", serves, review,
               review_year, std::to_string(amount.fiscal_year), std::string(word_of(kAmountKinds, amount.kind)),
               std::to_string(amount.amount), h.money_unit.ja, h.money_unit.en, part ? std::to_string(part->record) : "",
               one.owner ? one.owner->ja : "", one.owner ? one.owner->en : "", laws});
  }
  return csv.take();
}

}  // namespace musubi::kpi
