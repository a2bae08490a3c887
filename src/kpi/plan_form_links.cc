// Which national measures a measure serves: found in the nation's list where it is known here, else written as numbers. Part of
// plan_form.h.
#include <algorithm>
#include <set>

#include "http/problem.h"
#include "kpi/json.h"
#include "kpi/pages.h"
#include "kpi/plan_form.h"
#include "text/normalise.h"
#include "web/messages/coverage.h"
#include "web/messages/kpi.h"
#include "web/messages/plan_form.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Request;
using http::Response;
using web::Html;
using web::Input;
using web::Language;
using web::Markup;

constexpr std::size_t kShown = 50;

std::string str(std::string_view text) { return std::string(text); }

struct Desk {
  PlanDesk plan;
  MeasureView view;
  std::optional<PlanDocument> national;  // nothing where its list is not known here
  std::string self() const { return plan.asked.urls.measure(plan.id(), view.entry.number) + "/serves"; }
};

// Signed off here, or part of the binary.
Result<std::optional<PlanDocument>> known_plan(const Asked& asked, const std::string& id) {
  if (id.empty()) return std::optional<PlanDocument>();
  auto here = asked.plans().document(id, View{});
  if (here.ok()) return std::optional(std::move(*here));
  if (here.error().code != Code::kNotFound) return here.error();
  for (const auto& plan : embedded_plans())
    if (plan.header.id == id) return std::optional(plan);
  return std::optional<PlanDocument>();
}

Result<Desk> desk_of(const RouteContext& context, const Request& request) {
  Desk out;
  out.plan = TRY(plan_desk_of(context, request));
  out.view = TRY(out.plan.asked.plans().measure(out.plan.id(), request.parameter("number"), View{.drafts = true}));
  out.national = TRY(known_plan(out.plan.asked, out.plan.heading.header.serves_plan));
  return out;
}

bool holds(const Measure& m, const std::vector<std::string>& words) {
  std::string all = m.number + " " + m.title.ja + " " + m.title.en;
  for (const auto* kpi : {&m.progress, &m.effect})
    if (kpi->text) all += " " + kpi->text->ja + " " + kpi->text->en;
  all = text::search_form(all);
  return std::all_of(words.begin(), words.end(),
                     [&](const std::string& word) { return all.find(text::search_form(word)) != all.npos; });
}

// Those that are served already, then those that the words find: what is ticked is never lost by a search.
struct Found {
  std::vector<web::Option> options;
  std::size_t matching = 0, shown = 0;  // beside those that are served
};
Found find(const Desk& desk, const std::vector<std::string>& served, const std::string& words) {
  Language l = desk.plan.asked.language;
  Found out;
  std::set<std::string> there(served.begin(), served.end());
  for (const auto& number : served) {
    auto known = std::find_if(desk.national->measures.begin(), desk.national->measures.end(),
                              [&](const Measure& one) { return one.number == number; });
    out.options.push_back({number, known == desk.national->measures.end() ? number : number + " " + web::pick(known->title, l)});
  }
  auto typed = typed_words(words);
  for (const auto& one : desk.national->measures) {
    if (there.contains(one.number) || !holds(one, typed)) continue;
    if (++out.matching > kShown) continue;
    ++out.shown;
    out.options.push_back({one.number, one.number + " " + web::pick(one.title, l)});
  }
  return out;
}

Markup search_form(const Desk& desk, const std::string& words) {
  Language l = desk.plan.asked.language;
  web::Form out{desk.self(), {{Input::kText, "q", str(t::plan_links_words(l)), "", {words}}}, str(t::plan_links_find(l))};
  out.method = "get";
  out.fields[0].required = false;
  out.secondary = true;
  return web::form(out, l);
}

Result<Response> draw(const RouteContext& context, const Request& request, const Desk& desk, const std::vector<std::string>& served,
                      std::int64_t base, const std::vector<Fault>& faults, Markup above, int status) {
  Language l = desk.plan.asked.language;
  std::string words(request.query.get("q", "")), back = desk.plan.asked.urls.measure(desk.plan.id(), desk.view.entry.number);
  web::Page page = new_page(desk.plan.asked, request, t::plan_links_title(l, {desk.view.entry.number}));
  page.breadcrumbs.push_back({web::pick(desk.view.header.title, l), desk.plan.plan_url()});
  page.breadcrumbs.push_back({desk.view.entry.number + " " + web::pick(desk.view.measure.title, l), back});
  page.has_errors = status != 200;
  Html main;
  main.markup(above);
  const std::string& national = desk.plan.heading.header.serves_plan;
  if (national.empty()) {
    page.main = main.markup(web::paragraph(t::plan_links_none(l)))
                    .raw("<p>")
                    .markup(web::link(t::plan_head_edit(l), desk.plan.plan_url() + "/edit"))
                    .raw("</p>\n")
                    .take();
    return answer(context, request, page, status);
  }
  page.lead = t::plan_links_lead(l, {desk.national ? web::pick(desk.national->header.title, l) : national});
  web::Form out{desk.self(),
                {hidden_field("base", std::to_string(base))},
                str(t::plan_save(l)),
                context.csrf_token(request),
                "post",
                {str(t::kpi_cancel(l)), back}};
  web::Field field{Input::kCheckboxes, "serves", str(t::coverage_serves(l)), "", served};
  field.required = false;
  if (desk.national) {
    main.markup(search_form(desk, words));
    Found found = find(desk, served, words);
    if (found.matching > found.shown)
      main.markup(web::paragraph(t::plan_links_shown(l, {.n = std::int64_t(found.shown), .total = std::int64_t(found.matching)})));
    if (found.matching == 0) main.markup(web::paragraph(t::coverage_nothing(l)));
    field.options = std::move(found.options);
  } else {
    std::string numbers;
    for (const auto& one : served) numbers += (numbers.empty() ? "" : " ") + one;
    field = {Input::kText, "serves", str(t::plan_links_numbers(l)), str(t::plan_links_numbers_hint(l)), {numbers}};
    field.required = false;
  }
  for (const auto& fault : faults) field.errors.push_back(web::pick(fault.message, l));
  out.fields.push_back(std::move(field));
  page.main = main.markup(web::form(out, l)).take();
  return answer(context, request, page, status);
}

// Ticked boxes, or numbers that were typed; each once, in order.
std::vector<std::string> posted_numbers(const http::Form& posted) {
  std::vector<std::string> out;
  for (const auto& value : posted.all("serves"))
    for (auto& number : typed_words(text::half_width_digits(value)))
      if (std::find(out.begin(), out.end(), number) == out.end()) out.push_back(std::move(number));
  std::sort(out.begin(), out.end(), number_less);
  return out;
}

}  // namespace

Result<Response> measure_links_page(const RouteContext& context, Request& request) {
  Desk desk = TRY(desk_of(context, request));
  return draw(context, request, desk, desk.view.measure.serves, desk.view.entry.revision, {}, {}, 200);
}

Result<Response> measure_links_post(const RouteContext& context, Request& request) {
  Desk desk = TRY(desk_of(context, request));
  http::Form posted = TRY(request.form());
  const std::string& number = desk.view.entry.number;
  std::int64_t base = posted_integer(posted, "base");
  PlanDraft draft(*desk.plan.asked.database);
  std::vector<Fault> unread;
  Measure edited = read_measure(TRY(draft.part_at(desk.plan.id(), number, base)), "", unread);
  edited.serves = posted_numbers(posted);
  std::vector<Fault> faults;
  if (desk.national)
    for (const auto& one : edited.serves)
      if (std::none_of(desk.national->measures.begin(), desk.national->measures.end(),
                       [&](const Measure& m) { return m.number == one; }))
        faults.push_back({"serves", {"国の計画に施策「" + one + "」はありません。", "The national plan has no measure " + one + "."}});
  if (!faults.empty()) return draw(context, request, desk, edited.serves, base, faults, {}, 422);
  auto done = draft.edit(desk.plan.id(), {number, base, to_json(edited)}, context.actor(request));
  if (done.ok() || done.error().name == "plan.nothing_new")
    return http::redirect(desk.plan.asked.urls.measure(desk.plan.id(), number));
  const Error& error = done.error();
  if (error.name == "plan.faults") return draw(context, request, desk, edited.serves, base, error.faults, {}, 422);
  if (error.name != "plan.conflict") return error;
  desk = TRY(desk_of(context, request));
  return draw(context, request, desk, edited.serves, desk.view.entry.revision, {},
              trouble_notice(conflict_in_words(error, desk.plan.asked.language), request.target, desk.plan.asked.language), 409);
}

}  // namespace musubi::kpi
