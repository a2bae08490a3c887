#include "kpi/export.h"

#include "kpi/json.h"
#include "text/csv.h"

namespace musubi::kpi {
namespace {

json::value as_of_json(const View& view) { return view.as_of ? json::value(text::iso_date(*view.as_of)) : json::value(nullptr); }

json::value sign_off_json(const std::optional<SignOff>& sign_off, const Urls& urls) {
  if (!sign_off) return nullptr;
  return json::object{{"edition", sign_off->edition},
                      {"at", sign_off->at.rfc3339()},
                      {"record", sign_off->record},
                      {"links", json::object{{"record", urls.record(sign_off->record)}, {"receipt", urls.receipt(sign_off->record)}}}};
}

json::object entry_json(std::string_view plan, const Entry& entry, const Measure& measure, const Urls& urls) {
  json::object object = to_json(measure);
  object["digest"] = entry.digest;
  object["revision"] = entry.revision;
  object["record"] = entry.record;
  object["at"] = entry.at.rfc3339();
  if (urls.office) object["draft"] = entry.draft;
  std::string self = urls.measure(plan, entry.number);
  object["links"] = json::object{{"self", self + ".json"},
                                 {"page", self},
                                 {"history", self + "/history.json"},
                                 {"record", urls.record(entry.record)},
                                 {"receipt", urls.receipt(entry.record)}};
  return object;
}

template <class T>
Text title_of(const std::vector<T>& all, const std::string& id) {
  for (const auto& one : all)
    if (one.id == id) return one.title;
  return {};
}

std::optional<Text> law_of(const PlanHeader& header, const std::string& section) {
  for (const auto& one : header.sections)
    if (one.id == section) return one.law_article;
  return std::nullopt;
}

std::string number_text(double value) { return canonical_json(json::value(value)); }

void add(std::vector<std::string>& row, const Text& text) { row.insert(row.end(), {text.ja, text.en}); }
void add(std::vector<std::string>& row, const std::optional<Text>& text) { add(row, text.value_or(Text{})); }

std::vector<std::string> csv_row(const PlanHeader& header, std::string_view edition, const Entry& e, const Measure& m) {
  std::vector<std::string> row = {header.id, std::string(edition), m.number, m.section};
  add(row, title_of(header.sections, m.section));
  row.push_back(m.field);
  add(row, title_of(header.fields, m.field));
  add(row, m.title);
  for (const Kpi* kpi : {&m.progress, &m.effect}) {
    row.emplace_back(status_word(kpi->status));
    add(row, kpi->text);
    add(row, kpi->due);
  }
  const Target target = m.target.value_or(Target{});
  row.push_back(m.target ? target.role : "");
  add(row, target.text);
  row.push_back(target.value ? number_text(*target.value) : "");
  add(row, target.unit);
  row.push_back(target.fiscal_year ? std::to_string(*target.fiscal_year) : "");
  add(row, m.baseline ? m.baseline->text : Text{});
  row.push_back(m.baseline ? m.baseline->as_of.value_or("") : "");
  Text milestones;
  std::string by, systems;
  for (const auto& milestone : m.milestones) {
    bool first = &milestone == m.milestones.data();
    milestones.ja += (first ? "" : " | ") + milestone.text.ja;
    milestones.en += (first ? "" : " | ") + milestone.text.en;
    by += (first ? "" : " | ") + milestone.by.value_or("");
  }
  for (const auto& system : m.systems) systems += (systems.empty() ? "" : " ") + system;
  add(row, milestones);
  row.insert(row.end(), {by, systems});
  add(row, m.locator);
  add(row, m.doubt);
  std::string serves;
  for (const auto& number : m.serves) serves += (serves.empty() ? "" : " ") + number;
  row.insert(row.end(), {std::to_string(e.revision), std::to_string(e.record), e.at.rfc3339(), e.digest, header.serves_plan, serves});
  add(row, law_of(header, m.section));
  return row;
}

json::object status_counts(const std::map<Status, std::size_t>& counts) {
  json::object object;
  for (Status status : kStatuses) {
    if (status == Status::kDraft) continue;
    auto found = counts.find(status);
    object[name_of(status)] = found == counts.end() ? 0 : std::int64_t(found->second);
  }
  return object;
}

}  // namespace

json::object plans_json(const std::vector<PlanSummary>& plans, const Urls& urls) {
  json::array list;
  for (const auto& plan : plans) {
    std::string self = urls.plan(plan.header.id);
    json::object one{{"id", plan.header.id},
                     {"version", plan.header.version},
                     {"title", to_json(plan.header.title)},
                     {"publisher", to_json(plan.header.source_publisher)},
                     {"edition", plan.edition},
                     {"measures", plan.measures},
                     {"kpi_not_set", plan.not_set},
                     {"no_target", plan.no_target},
                     {"sign_off", sign_off_json(plan.sign_off, urls)}};
    if (urls.office) one["drafts"] = plan.has_drafts;
    one["links"] = json::object{{"self", self + ".json"}, {"page", self}, {"csv", self + ".csv"}};
    list.push_back(std::move(one));
  }
  return {{"total", plans.size()}, {"plans", std::move(list)}};
}

std::string plans_csv(const std::vector<PlanSummary>& plans) {
  text::CsvWriter csv;
  csv.row({"plan", "version", "title_ja", "title_en", "edition", "measures", "kpi_not_set", "no_target", "signed_off_at", "record"});
  for (const auto& p : plans)
    csv.row({p.header.id, p.header.version, p.header.title.ja, p.header.title.en, p.edition, std::to_string(p.measures),
             std::to_string(p.not_set), std::to_string(p.no_target), p.sign_off ? p.sign_off->at.rfc3339() : "",
             std::to_string(p.record)});
  return csv.take();
}

json::object plan_json(const PlanPage& page, const View& view, const Paging& paging, const Urls& urls) {
  json::array measures;
  const std::string& plan = page.state->header.id;
  for (std::size_t i = 0; i < page.entries.size(); ++i) measures.push_back(entry_json(plan, page.entries[i], *page.measures[i], urls));
  json::object header = to_json(page.state->header);
  return {
      {"plan", plan},
      {"edition", page.state->edition},
      {"as_of", as_of_json(view)},
      {"total", page.total},
      {"page", paging.page},
      {"per_page", paging.per_page},
      {"measures", std::move(measures)},
      {"version", page.state->header.version},
      {"title", to_json(page.state->header.title)},
      {"fields", header["fields"]},
      {"sections", header["sections"]},
      {"period", page.state->header.first_year ? header["period"] : json::value(nullptr)},
      {"sign_off", sign_off_json(page.state->sign_off, urls)},
      {"links",
       json::object{{"page", urls.plan(plan)}, {"csv", urls.plan(plan) + ".csv"}, {"summary", urls.plan(plan) + "/summary.json"}}}};
}

json::object measure_json(const MeasureView& view, const View& asked, const Urls& urls) {
  json::object object{{"plan", view.header.id}, {"edition", view.edition}, {"as_of", as_of_json(asked)}};
  for (auto& member : entry_json(view.header.id, view.entry, view.measure, urls)) object[member.key()] = member.value();
  if (auto law = law_of(view.header, view.measure.section)) object["law_article"] = to_json(*law);
  object["links"].as_object()["targets"] = urls.targets(view.header.id) + ".json?measure=" + view.entry.number;
  return object;
}

json::object history_json(std::string_view plan, std::string_view number, const std::vector<Revision>& history, const Urls& urls) {
  json::array revisions;
  for (const auto& revision : history) {
    json::array changes;
    for (const auto& change : revision.changes)
      changes.push_back(json::object{{"member", change.member}, {"before", change.before}, {"after", change.after}});
    json::object one{{"revision", revision.revision},
                     {"kind", kind_name(revision.kind)},
                     {"record", revision.record},
                     {"at", revision.at.rfc3339()},
                     {"actor", revision.actor},
                     {"changes", std::move(changes)},
                     {"links", json::object{{"record", urls.record(revision.record)}, {"receipt", urls.receipt(revision.record)}}}};
    if (urls.office) one["draft"] = revision.draft;
    one["measure"] = revision.measure ? json::value(to_json(*revision.measure)) : json::value(nullptr);
    revisions.push_back(std::move(one));
  }
  return {{"plan", plan}, {"number", number}, {"total", history.size()}, {"revisions", std::move(revisions)}};
}

std::string history_csv(std::string_view plan, std::string_view number, const std::vector<Revision>& history) {
  text::CsvWriter csv({.guard_formulas = true});
  csv.row({"plan", "number", "revision", "kind", "at", "actor", "draft", "member", "before", "after", "record"});
  for (const auto& one : history) {
    auto row = [&](const Change& change) {
      csv.row({std::string(plan), std::string(number), std::to_string(one.revision), std::string(kind_name(one.kind)),
               one.at.rfc3339(), one.actor, one.draft ? "true" : "false", change.member, change.before, change.after,
               std::to_string(one.record)});
    };
    for (const auto& change : one.changes) row(change);
    if (one.changes.empty()) row({});
  }
  return csv.take();
}

json::object summary_json(const PlanState& state, const View& view, const Urls& urls) {
  Counts counts = count(state.entries);
  json::array cells, sections;
  for (const auto& [key, n] : counts.by_field_section)
    cells.push_back(json::object{{"field", key.first}, {"section", key.second}, {"measures", n}});
  for (const auto& section : state.header.sections) {
    json::object one = status_counts(counts.section_status[section.id]);
    one["section"] = section.id;
    one["measures"] = counts.by_section[section.id];
    sections.push_back(std::move(one));
  }
  return {{"plan", state.header.id},
          {"edition", state.edition},
          {"as_of", as_of_json(view)},
          {"measures", counts.total},
          {"by_status", status_counts(counts.by_status)},
          {"by_section", std::move(sections)},
          {"by_field_section", std::move(cells)},
          {"sign_off", sign_off_json(state.sign_off, urls)}};
}

std::string summary_csv(const PlanState& state) {
  std::map<std::pair<std::string, std::string>, std::vector<Entry>> groups;
  for (const auto& entry : state.entries) groups[{entry.field, entry.section}].push_back(entry);
  text::CsvWriter csv;
  csv.row({"plan", "edition", "field", "section", "measures", "kpi_not_set", "progress_not_set", "effect_not_set", "kpi_none",
           "kpi_set", "target", "no_target"});
  for (const auto& [key, entries] : groups) {
    Counts counts = count(entries);
    std::vector<std::string> row = {state.header.id, state.edition, key.first, key.second, std::to_string(entries.size())};
    for (Status status : kStatuses)
      if (status != Status::kDraft) row.push_back(std::to_string(counts.by_status[status]));
    csv.row(row);
  }
  return csv.take();
}

std::string measures_csv(const PlanHeader& header, std::string_view edition, const std::vector<Entry>& entries,
                         const std::vector<SharedMeasure>& measures) {
  text::CsvWriter csv;
  csv.row({"plan",
           "edition",
           "number",
           "section",
           "section_ja",
           "section_en",
           "field",
           "field_ja",
           "field_en",
           "title_ja",
           "title_en",
           "progress_status",
           "progress_ja",
           "progress_en",
           "progress_due_ja",
           "progress_due_en",
           "effect_status",
           "effect_ja",
           "effect_en",
           "effect_due_ja",
           "effect_due_en",
           "target_role",
           "target_ja",
           "target_en",
           "target_value",
           "target_unit_ja",
           "target_unit_en",
           "target_fiscal_year",
           "baseline_ja",
           "baseline_en",
           "baseline_as_of",
           "milestones_ja",
           "milestones_en",
           "milestones_by",
           "systems",
           "locator_ja",
           "locator_en",
           "doubt_ja",
           "doubt_en",
           "revision",
           "record",
           "at",
           "digest",
           "serves_plan",
           "serves",
           "law_article_ja",
           "law_article_en"});
  for (std::size_t i = 0; i < entries.size(); ++i) csv.row(csv_row(header, edition, entries[i], *measures[i]));
  return csv.take();
}

}  // namespace musubi::kpi
