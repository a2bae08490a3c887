// The form of one measure: new, or of one that is there; taking it out and undoing. Part of plan_form.h.
#include <charconv>
#include <utility>

#include "http/problem.h"
#include "kpi/json.h"
#include "kpi/marks.h"
#include "kpi/plan_form.h"
#include "kpi/plan_form_lines.h"
#include "kpi/sheet_json.h"
#include "kpi/state.h"
#include "text/normalise.h"
#include "web/messages/follow_up.h"
#include "web/messages/kpi.h"
#include "web/messages/plan_form.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Request;
using http::Response;
using web::Input;
using web::Language;
using web::Markup;

constexpr std::array<std::string_view, 3> kStatusWords = {"set", "not_set", "none"};
constexpr std::size_t kMoreMilestones = 2;

std::string str(std::string_view text) { return std::string(text); }
std::string milestone_name(std::size_t row) { return "milestone-" + std::to_string(row); }

// What a form is about: a measure of the draft as it was in one revision, or a new one.
struct Drawn {
  Measure measure;
  FormOver over = {};                 // base 0: new
  std::vector<Indicator> known = {};  // that may compute actuals
  RowsOver<Line> progress = {}, effect = {};
  bool fresh() const { return over.base == 0; }
};

const std::vector<Line>& progress_of(const Measure& m) { return m.progress.lines; }
const std::vector<Line>& effect_of(const Measure& m) { return m.effect.lines; }

Measure read_one(const json::object& part) {
  std::vector<Fault> unread;
  return read_measure(part, "", unread);
}

// ---- Fields ----

class Fields {
 public:
  Fields(FollowUpForm& form, web::Form& out, const PlanHeader& header, Language l) : form_(form), out_(out), h_(header), l_(l) {}

  void draw(const Drawn& drawn) {
    const Measure& m = drawn.measure;
    if (drawn.fresh()) choose("section", t::kpi_section(l_), m.section, sections());
    choose("field", t::kpi_field(l_), m.field, fields());
    words("title", t::plan_measure_title(l_), m.title, true);
    short_words(out_);
    kpi("progress", t::kpi_progress(l_), m.progress);
    line_fields(form_, out_.fields, "progress", drawn.progress, drawn.known, l_);
    kpi("effect", t::kpi_effect(l_), m.effect);
    line_fields(form_, out_.fields, "effect", drawn.effect, drawn.known, l_);
    words("target", t::kpi_target(l_), m.target ? std::optional(m.target->text) : std::nullopt, false);
    short_words(out_);
    text("target_value", t::plan_target_value(l_), m.target && m.target->value ? number_text(*m.target->value) : "");
    words("target_unit", t::plan_target_unit(l_), m.target ? m.target->unit : std::nullopt, false);
    short_words(out_);
    text("target_year", t::plan_target_year(l_), m.target && m.target->fiscal_year ? std::to_string(*m.target->fiscal_year) : "");
    out_.fields.back().hint = t::plan_year_hint(l_);
    for (std::size_t i = 0; i < rows(m); ++i) milestone(i, i < m.milestones.size() ? &m.milestones[i] : nullptr);
    words("baseline", t::kpi_baseline(l_), m.baseline ? std::optional(m.baseline->text) : std::nullopt, false);
    short_words(out_);
    when("baseline_as_of", t::kpi_baseline(l_), m.baseline ? m.baseline->as_of.value_or("") : "");
    std::string systems;
    for (const auto& one : m.systems) systems += (systems.empty() ? "" : " ") + one;
    text("systems", t::kpi_systems(l_), systems);
    out_.fields.back().hint = t::plan_systems_hint(l_);
    words("locator", t::kpi_locator(l_), m.locator == Text{} ? std::nullopt : std::optional(m.locator), !drawn.fresh());
    short_words(out_);
    for (const auto& fault : form_.faults)
      if (fault.where.empty()) out_.errors.push_back(web::pick(fault.message, l_));
  }

 private:
  void text(const char* name, std::string_view label, std::string now) {
    out_.fields.push_back(form_.field(Input::kText, name, label, std::move(now)));
  }
  void words(const std::string& name, std::string_view label, const std::optional<Text>& now, bool required) {
    form_.words(out_.fields, name, t::follow_words_ja(l_, {label}), t::follow_words_en(l_, {label}), now, required);
  }
  void when(const std::string& name, std::string_view label, const std::string& now) {
    out_.fields.push_back(form_.field(Input::kText, name, t::plan_when(l_, {label}), now));
    out_.fields.back().hint = t::plan_when_hint(l_);
  }
  void choose(const char* name, std::string_view label, const std::string& now, std::vector<web::Option> options) {
    out_.fields.push_back(form_.field(Input::kSelect, name, label, now, true));
    out_.fields.back().options = std::move(options);
  }
  std::vector<web::Option> sections() const {
    std::vector<web::Option> all;
    for (const auto& one : h_.sections) all.push_back({one.id, one.id + " " + web::pick(one.title, l_)});
    return all;
  }
  std::vector<web::Option> fields() const {
    std::vector<web::Option> all;
    for (const auto& one : h_.fields) all.push_back({one.id, web::pick(one.title, l_)});
    return all;
  }
  void kpi(const std::string& name, std::string_view title, const Kpi& now) {
    web::Field status =
        form_.field(Input::kSelect, name + "-status", t::plan_kpi_status(l_, {title}), str(status_word(now.status)), true);
    for (std::size_t i = 0; i < kStatusWords.size(); ++i)
      status.options.push_back({str(kStatusWords[i]), str(kpi_title(KpiStatus(i), l_))});
    out_.fields.push_back(std::move(status));
    words(name, t::plan_kpi_words(l_, {title}), now.text, false);
    words(name + "_due", t::plan_kpi_due(l_, {title}), now.due, false);
    short_words(out_);
  }
  // As many as there are and two more; what was posted in a row beyond stays there.
  std::size_t rows(const Measure& m) const {
    std::size_t n = m.milestones.size() + kMoreMilestones;
    for (std::size_t i = n; i < kMaxListed; ++i)
      if (!form_.value(milestone_name(i) + "-ja").empty() || !form_.value(milestone_name(i) + "-en").empty()) n = i + 1;
    return std::min(n, kMaxListed);
  }
  void milestone(std::size_t row, const Milestone* now) {
    std::string name = milestone_name(row), title = t::plan_milestone_n(l_, {std::int64_t(row + 1)});
    web::Field group{Input::kParts, name, title};
    group.required = false;
    group.parts.push_back(form_.field(Input::kText, name + "-ja", t::follow_words_ja(l_, {title}), now ? now->text.ja : ""));
    group.parts.push_back(form_.field(Input::kText, name + "-en", t::follow_words_en(l_, {title}), now ? now->text.en : ""));
    group.parts.push_back(form_.field(Input::kText, name + "-by", t::plan_when(l_, {title}), now ? now->by.value_or("") : ""));
    out_.fields.push_back(std::move(group));
  }

  FollowUpForm& form_;
  web::Form& out_;
  const PlanHeader& h_;
  Language l_;
};

// ---- Back from the form ----

struct Posted {
  Measure measure;
  std::vector<std::size_t> milestones;  // the form's row of each
  std::vector<std::size_t> progress_rows, effect_rows;
};

Kpi read_kpi(FollowUpForm& form, const std::string& name) {
  Kpi out;
  auto status = from_word<KpiStatus>(kStatusWords, form.value(name + "-status"));
  if (!status) form.faults.push_back({name + "-status", {"一覧から選んでください。", "Choose one of the list."}});
  out.status = status.value_or(KpiStatus::kNone);
  out.text = form.words(name);
  out.due = form.words(name + "_due");
  return out;
}

std::string typed(const FollowUpForm& form, const std::string& name) { return str(text::trim(form.value(name))); }

std::optional<Target> read_target(FollowUpForm& form, const std::optional<Target>& before) {
  Target out;
  if (before) out.role = before->role;
  auto words = form.words("target");
  out.unit = form.words("target_unit");
  out.value = form.number("target_value", out.unit.value_or(Text{}));
  if (std::string year = typed(form, "target_year"); !year.empty()) {
    auto read = text::read_fiscal_year(year);
    if (read.ok())
      out.fiscal_year = *read;
    else
      form.faults.push_back({"target_year", read.error().message});
  }
  if (!words && !out.value && !out.unit && !out.fiscal_year) return std::nullopt;
  out.text = words.value_or(Text{});
  return out;
}

// Laid over the measure as it was in the revision that the form was drawn from: what the form does not show stays.
Posted read_posted(FollowUpForm& form, const Drawn& drawn, Language l) {
  Posted out;
  Measure m = drawn.measure;
  if (drawn.fresh()) m.section = form.value("section");
  m.field = form.value("field");
  m.title = form.words("title").value_or(Text{});
  for (auto [name, kpi, before, rows] : {std::tuple{"progress", &m.progress, &drawn.progress, &out.progress_rows},
                                         {"effect", &m.effect, &drawn.effect, &out.effect_rows}}) {
    PostedLines lines = read_lines(form, name, *before, drawn.known, l);
    *kpi = read_kpi(form, name);
    kpi->lines = std::move(lines.lines);
    *rows = std::move(lines.rows);
  }
  m.target = read_target(form, m.target);
  m.milestones.clear();
  for (std::size_t i = 0; i < kMaxListed; ++i) {
    std::string name = milestone_name(i), by = typed(form, name + "-by");
    bool any = !by.empty() || !typed(form, name + "-ja").empty() || !typed(form, name + "-en").empty();
    if (!any) continue;
    m.milestones.push_back({form.words(name).value_or(Text{}), by.empty() ? std::nullopt : std::optional(by)});
    out.milestones.push_back(i);
  }
  auto baseline = form.words("baseline");
  std::string as_of = typed(form, "baseline_as_of");
  m.baseline.reset();
  if (baseline || !as_of.empty())
    m.baseline = Baseline{baseline.value_or(Text{}), as_of.empty() ? std::nullopt : std::optional(as_of)};
  m.systems = typed_words(form.value("systems"));
  m.locator = form.words("locator").value_or(Text{});
  out.measure = std::move(m);
  return out;
}

// "/progress_kpi/due/en" stands at the field "progress_due-en".
std::string field_of(const Posted& posted, std::string_view where) {
  for (auto [pointer, name, rows] :
       {std::tuple{"/progress_kpi/lines", "progress", &posted.progress_rows}, {"/effect_kpi/lines", "effect", &posted.effect_rows}})
    if (where.starts_with(pointer)) {
      std::string field = line_field(name, *rows, where.substr(std::string_view(pointer).size()));
      return field == name ? field + "-status" : field;
    }
  const char* end = where.ends_with("/en") ? "-en" : "-ja";
  for (auto [pointer, name] : {std::pair{"/progress_kpi/text", "progress"},
                               {"/progress_kpi/due", "progress_due"},
                               {"/effect_kpi/text", "effect"},
                               {"/effect_kpi/due", "effect_due"},
                               {"/target/text", "target"},
                               {"/target/unit", "target_unit"},
                               {"/baseline/text", "baseline"},
                               {"/source/locator", "locator"},
                               {"/title", "title"}})
    if (where.starts_with(pointer)) return str(name) + end;
  for (auto [pointer, name] : {std::pair{"/target/value", "target_value"},
                               {"/target/fiscal_year", "target_year"},
                               {"/baseline/as_of", "baseline_as_of"},
                               {"/systems", "systems"},
                               {"/section", "section"},
                               {"/field", "field"}})
    if (where.starts_with(pointer)) return name;
  constexpr std::string_view kMilestones = "/milestones/";
  if (!where.starts_with(kMilestones)) return "";
  std::size_t at = 0;
  std::from_chars(where.data() + kMilestones.size(), where.data() + where.size(), at);
  if (at >= posted.milestones.size()) return "";
  return milestone_name(posted.milestones[at]) + (where.ends_with("/by") ? "-by" : end);
}

// ---- Pages ----

std::string self_of(const PlanDesk& desk, const Drawn& drawn) {
  return drawn.fresh() ? desk.plan_url() + "/measures/new" : desk.asked.urls.measure(desk.id(), drawn.measure.number) + "/edit";
}

Response draw(const RouteContext& context, const Request& request, const PlanDesk& desk, const Drawn& drawn, FollowUpForm& form,
              Markup above, int status) {
  Language l = desk.asked.language;
  std::string back = drawn.fresh() ? desk.plan_url() : desk.asked.urls.measure(desk.id(), drawn.measure.number);
  web::Form out{self_of(desk, drawn), {}, str(t::plan_save(l)), context.csrf_token(request), "post", {str(t::kpi_cancel(l)), back}};
  put_over(out.fields, drawn.over);
  Fields(form, out, desk.heading.header, l).draw(drawn);
  std::string title = drawn.fresh() ? str(t::plan_measure_add(l))
                                    : str(t::plan_measure_edit(l)) + (l == Language::ja ? "：" : ": ") + drawn.measure.number;
  return draw_plan_form(context, request, desk.asked, &desk.heading, std::move(title), str(t::plan_measure_lead(l)), std::move(out),
                        std::move(above), status);
}

// Of the draft as it stands; a new one begins in the first section and field.
Result<Drawn> drawn_of(const PlanDesk& desk, const std::string& number) {
  Drawn out;
  out.known = TRY(desk.asked.database->read([](db::Reader& reader) { return definitions(reader); }));
  if (number.empty()) {
    const PlanHeader& h = desk.heading.header;
    out.measure.section = h.sections.empty() ? "" : h.sections[0].id;
    out.measure.field = h.fields.empty() ? "" : h.fields[0].id;
    return out;
  }
  auto view = TRY(desk.asked.plans().measure(desk.id(), number, View{.drafts = true}));
  out.measure = std::move(view.measure);
  out.over.base = view.entry.revision;
  out.progress.shown = progress_of(out.measure);
  out.effect.shown = effect_of(out.measure);
  return out;
}

std::string number_in(const Request& request) {
  return request.path_text().ends_with("/measures/new") ? std::string() : request.parameter("number");
}

// Where a new measure leads: to the national measures that it serves, where the plan serves a plan.
std::string after_adding(const PlanDesk& desk, const std::string& number) {
  return desk.asked.urls.measure(desk.id(), number) + (desk.heading.header.serves_plan.empty() ? "" : "/serves");
}

Result<Response> add(const RouteContext& context, Request& request, const PlanDesk& desk, FollowUpForm& form) {
  Drawn drawn = TRY(drawn_of(desk, ""));
  const Measure suggested = std::exchange(drawn.measure, {});
  Posted posted = read_posted(form, drawn, desk.asked.language);
  drawn.measure = suggested;
  auto where = [&](std::string_view pointer) { return field_of(posted, pointer); };
  if (!form.faults.empty()) {  // together with what the rules say
    Measure named = posted.measure;
    named.number = named.section + "-1";
    if (named.locator == Text{}) named.locator = {"施策", "measure"};
    PlanDocument alone{desk.heading.header, {named}};
    std::vector<Fault> of_measure;
    for (auto& fault : faults_of(alone))
      if (fault.where.starts_with("/measures/0/")) of_measure.push_back({fault.where.substr(11), fault.message});
    tell_at_fields(form, of_measure, where);
    return draw(context, request, desk, drawn, form, {}, 422);
  }
  auto done = PlanDraft(*desk.asked.database).add(desk.id(), posted.measure, context.actor(request));
  if (done.ok()) return http::redirect(after_adding(desk, *done));
  if (done.error().code != Code::kInvalid) return done.error();
  tell_at_fields(form, done.error().faults, where);
  return draw(context, request, desk, drawn, form, {}, 422);
}

Result<Response> change(const RouteContext& context, Request& request, const PlanDesk& desk, const std::string& number,
                        const http::Form& form_data, FollowUpForm& form) {
  Language l = desk.asked.language;
  PlanDraft draft(*desk.asked.database);
  Drawn drawn = TRY(drawn_of(desk, number));
  auto over = TRY(part_over(
      posted_over(form_data), [&](std::int64_t revision) { return draft.part_at(desk.id(), number, revision); }, read_one));
  drawn.progress = rows_over(over, drawn.measure, progress_of);
  drawn.effect = rows_over(over, drawn.measure, effect_of);
  drawn.measure = over.part;
  drawn.over = over.form;
  Posted posted = read_posted(form, drawn, l);
  auto where = [&](std::string_view pointer) { return field_of(posted, pointer); };
  if (!form.faults.empty()) {
    std::vector<Fault> of_measure;
    for (auto& fault : faults_of(PlanDocument{desk.heading.header, {posted.measure}}))
      if (fault.where.starts_with("/measures/0/")) of_measure.push_back({fault.where.substr(11), fault.message});
    tell_at_fields(form, of_measure, where);
    return draw(context, request, desk, drawn, form, {}, 422);
  }
  auto done = draft.edit(desk.id(), {number, over.form.base, to_json(posted.measure)}, context.actor(request));
  if (done.ok() || done.error().name == "plan.nothing_new") return http::redirect(desk.asked.urls.measure(desk.id(), number));
  const Error& error = done.error();
  if (error.name == "plan.faults") {
    tell_at_fields(form, error.faults, where);
    return draw(context, request, desk, drawn, form, {}, 422);
  }
  if (error.name != "plan.conflict") return error;
  Drawn now = TRY(drawn_of(desk, number));
  now.measure = read_one(over.mine_over(to_json(posted.measure), to_json(now.measure)));
  now.progress.shown = progress_of(now.measure);
  now.effect.shown = effect_of(now.measure);
  now.over = over.form.again(now.over.base);
  FollowUpForm fresh(nullptr, l);
  return draw(context, request, desk, now, fresh, trouble_notice(conflict_in_words(error, l), request.target, l), 409);
}

}  // namespace

Result<Response> measure_form_page(const RouteContext& context, Request& request) {
  PlanDesk desk = TRY(plan_desk_of(context, request));
  FollowUpForm form(nullptr, desk.asked.language);
  return draw(context, request, desk, TRY(drawn_of(desk, number_in(request))), form, {}, 200);
}

Result<Response> measure_form_post(const RouteContext& context, Request& request) {
  PlanDesk desk = TRY(plan_desk_of(context, request));
  http::Form posted = TRY(request.form());
  FollowUpForm form(&posted, desk.asked.language);
  std::string number = number_in(request);
  return number.empty() ? add(context, request, desk, form) : change(context, request, desk, number, posted, form);
}

Result<Response> measure_remove_post(const RouteContext& context, Request& request) {
  PlanDesk desk = TRY(plan_desk_of(context, request));
  http::Form posted = TRY(request.form());
  const std::string& number = request.parameter("number");
  TRY(PlanDraft(*desk.asked.database)
          .edit(desk.id(), {number, posted_integer(posted, "revision"), std::nullopt}, context.actor(request)));
  return http::redirect(desk.asked.urls.measure(desk.id(), number) + "/history");
}

Result<Response> measure_undo_post(const RouteContext& context, Request& request) {
  PlanDesk desk = TRY(plan_desk_of(context, request));
  http::Form posted = TRY(request.form());
  const std::string& number = request.parameter("number");
  TRY(PlanDraft(*desk.asked.database).undo(desk.id(), number, posted_integer(posted, "revision"), context.actor(request)));
  return http::redirect(desk.asked.urls.measure(desk.id(), number) + "/history");
}

}  // namespace musubi::kpi
