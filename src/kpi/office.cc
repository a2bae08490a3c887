#include "kpi/office.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "kpi/cell_title.h"
#include "kpi/json.h"
#include "kpi/pack_pages.h"
#include "kpi/pages.h"
#include "kpi/plan_copy.h"
#include "kpi/plan_form.h"
#include "kpi/record_ways.h"
#include "kpi/state.h"
#include "kpi/store.h"
#include "web/form.h"
#include "web/messages.h"
#include "web/messages/kpi.h"
#include "web/messages/plan_form.h"
#include "web/respond.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

web::Form upload_form(const RouteContext& context, const http::Request& request, const Asked& asked) {
  Language l = asked.language;
  web::Form form{asked.urls.plans(),
                 {{web::Input::kFile, "pack", str(t::kpi_upload_label(l)), str(t::kpi_upload_hint(l))}},
                 str(t::kpi_upload_submit(l)),
                 context.csrf_token(request)};
  form.fields[0].accept = "application/json,.json";
  return form;
}

web::Form embedded_form(const RouteContext& context, const http::Request& request, const Asked& asked) {
  Language l = asked.language;
  web::Field field{web::Input::kSelect, "embedded", str(t::kpi_packs_label(l))};
  for (const auto& plan : embedded_plans()) field.options.push_back({plan.header.id, web::pick(plan.header.title, l)});
  return {asked.urls.plans(), {std::move(field)}, str(t::kpi_upload_submit(l)), context.csrf_token(request)};
}

Result<http::Response> draw_office(const RouteContext& context, http::Request& request, const Asked& asked, web::Form upload,
                                   web::Form embedded, int status) {
  Language l = asked.language;
  auto query = TRY(web::read_query(plans_shape(true, l), request.target));
  auto plans = TRY(asked.plans().list(asked.view));
  web::Page page{str(t::kpi_office(l)), l, request.target};
  page.lead = t::kpi_office_lead(l);
  page.json = page.csv = true;
  page.has_errors = web::has_errors(upload) || web::has_errors(embedded);
  Html main;
  main.markup(web::table(plans_table(context, request, asked, plans, std::move(query)), request.target, l));
  main.raw("<p>").markup(web::link(t::plan_new(l), asked.urls.plans() + "/new")).raw("</p>\n");
  main.raw("<h2>").text(t::kpi_upload_title(l)).raw("</h2>\n").markup(web::form(upload, l));
  main.raw("<p>").markup(web::link(t::kpi_text_title(l), asked.urls.plans() + "/from-text")).raw("</p>\n");
  if (!embedded_plans().empty()) main.raw("<h2>").text(t::kpi_packs_title(l)).raw("</h2>\n").markup(web::form(embedded, l));
  page.main = main.take();
  return answer(context, request, page, status);
}

Result<http::Response> draw_faults(const RouteContext& context, http::Request& request, const Asked& asked, const PackCheck& check) {
  Language l = asked.language;
  web::Page page = new_page(asked, request, str(t::kpi_faults_title(l)));
  page.lead = t::kpi_faults_lead(l, {std::int64_t(check.total)});
  page.has_errors = true;
  web::Table table = pack_faults_table(check, l);
  Html main;
  if (check.total > check.faults.size()) main.markup(web::paragraph(t::kpi_faults_shown(l, {std::int64_t(check.faults.size())})));
  main.markup(web::table(table, asked.urls.plans(), l));
  page.main = main.markup(web::form(upload_form(context, request, asked), l)).take();
  return answer(context, request, page, 422);
}

Markup number_list(const std::vector<std::string>& numbers, Language l) {
  std::string text = t::kpi_n_measures(l, {std::int64_t(numbers.size())});
  if (numbers.empty()) return web::escaped(text);
  std::string all;
  for (const auto& number : numbers) all += (all.empty() ? "" : ", ") + number;
  return web::details(text, web::escaped(all));
}

Markup outcome_list(const ImportOutcome& outcome, Language l) {
  web::SummaryRow rows[] = {{str(t::kpi_preview_header(l)), web::tag(outcome.header_changed ? t::kpi_changed(l) : t::kpi_unchanged(l),
                                                                     outcome.header_changed ? Tone::kInfo : Tone::kPlain)},
                            {str(t::kpi_preview_entered(l)), number_list(outcome.entered, l)},
                            {str(t::kpi_preview_revised(l)), number_list(outcome.revised, l)},
                            {str(t::kpi_preview_withdrawn(l)), number_list(outcome.withdrawn, l)},
                            {str(t::kpi_preview_unchanged(l)), web::escaped(t::kpi_n_measures(l, {std::int64_t(outcome.unchanged)}))},
                            {str(t::kpi_edition(l)), code_text(outcome.edition)}};
  return web::summary_list(rows, l);
}

// The text of the pack that was posted; nothing where none was chosen.
Result<std::optional<std::string>> posted_pack(const http::Form& form) {
  if (const auto* file = form.file("pack"); file && !file->content.empty()) return std::optional(file->content);
  if (auto id = form.get("embedded"))
    for (const auto& plan : embedded_plans())
      if (plan.header.id == *id) return std::optional(canonical_json(pack_of(plan)));
  return std::optional<std::string>();
}

// What stands in the way of the sign-off: "1-1 進捗KPI 2：…", linked to the form where it is set right.
Markup open_faults(const Asked& asked, const PlanDocument& document, std::vector<Fault> faults) {
  constexpr std::string_view kMeasures = "/measures/";
  Language l = asked.language;
  const std::string plan = asked.urls.plan(document.header.id);
  if (faults.size() > kShownFaults) faults.resize(kShownFaults);
  Html list;
  list.raw("<ul>\n");
  for (const auto& fault : faults) {
    std::string_view where = fault.where;
    std::string title(t::kpi_preview_header(l)), form = plan + "/edit";
    if (where == "/measures") {  // there is none
      title = t::plan_measure_add(l);
      form = plan + "/measures/new";
      where = {};
    } else if (where.starts_with(kMeasures)) {
      std::size_t at = 0;
      where.remove_prefix(kMeasures.size());
      auto [end, error] = std::from_chars(where.data(), where.data() + where.size(), at);
      CHECK(error == std::errc() && at < document.measures.size());
      title = document.measures[at].number;
      form = asked.urls.measure(document.header.id, title) + "/edit";
      where.remove_prefix(std::size_t(end - where.data()));
    }
    list.raw("<li>").markup(web::link(title, form));
    if (!where.empty()) list.text(" ").text(cell_title(where.substr(1), l));
    list.text(l == Language::ja ? "：" : ": ").text(web::pick(fault.message, l)).raw("</li>\n");
  }
  return web::notice(t::kpi_open_faults(l), list.raw("</ul>\n").take(), Tone::kError);
}

// Nothing to sign off, but their histories are where taking them out is undone.
Markup taken_out_list(const Asked& asked, const std::string& plan, const std::vector<std::string>& numbers) {
  Html html;
  html.raw("<h2>").text(t::plan_taken_out(asked.language)).raw("</h2>\n<ul>\n");
  for (std::size_t i = 0; i < std::min(numbers.size(), std::size_t(web::kMaxPerPage)); ++i)
    html.raw("<li>").markup(web::link(numbers[i], asked.urls.measure(plan, numbers[i]) + "/history")).raw("</li>\n");
  return html.raw("</ul>\n").take();
}

Result<http::Response> draw_review(const RouteContext& context, http::Request& request, const Asked& asked, const Error* error) {
  Language l = asked.language;
  std::string plan = request.parameter("plan");
  PlanState state = TRY(asked.plans().state(plan, View{.drafts = true}));
  PlanDocument document = TRY(asked.plans().document(plan, View{.drafts = true}));
  web::Page page = new_page(asked, request, t::kpi_sign_off_title(l, {web::pick(state.header.title, l)}));
  page.breadcrumbs.push_back({web::pick(state.header.title, l), asked.urls.plan(plan)});
  page.lead = state.has_drafts() ? t::kpi_sign_off_lead(l) : t::kpi_sign_off_nothing(l);
  Html main;
  if (error) {
    page.has_errors = true;
    main.markup(web::notice(web::pick(error->message, l), {}, Tone::kError));
  }
  auto faults = faults_before_sign_off(document);
  if (!faults.empty()) main.markup(open_faults(asked, document, faults));
  const RecordWays ways(context, request, asked.urls.org, state.sign_off ? state.sign_off->record : -1);
  web::Table table{{"drafts",
                    str(t::kpi_sign_off_changes(l)),
                    {{"number", str(t::kpi_measure(l)), web::Kind::kLink},
                     {"change", str(t::kpi_changes(l)), web::Kind::kTag},
                     {"record", str(t::kpi_record(l)), web::Kind::kLink}}}};
  auto add = [&](const std::string& number, const std::string& title, EntryKind kind, std::int64_t record) {
    table.rows.push_back(
        {{number, title, asked.urls.measure(plan, number) + "/history"},
         {str(kind_name(kind)), str(entry_kind_title(kind, l)), "", kind == EntryKind::kWithdrawn ? Tone::kWarning : Tone::kInfo},
         record < 0 ? web::Cell{""} : ways.cell(record)});
  };
  if (state.header_draft)
    table.rows.push_back({{plan, str(t::kpi_preview_header(l)), asked.urls.plan(plan)},
                          {"changed", str(t::kpi_changed(l)), "", Tone::kInfo},
                          ways.cell(state.header_record)});
  for (const auto& entry : state.entries)
    if (entry.draft && table.rows.size() < web::kMaxPerPage)
      add(entry.number, entry.number + " " + web::pick(entry.title, l),
          entry.revision == 1 ? EntryKind::kEntered : EntryKind::kRevised, entry.record);
  for (const auto& number : state.withdrawn)
    if (table.rows.size() < web::kMaxPerPage) add(number, number, EntryKind::kWithdrawn, -1);
  table.total = table.rows.size();
  table.query.per_page = web::kMaxPerPage;
  table.empty_text = t::kpi_sign_off_nothing(l);
  web::SummaryRow rows[] = {{str(t::kpi_measures(l)), web::escaped(t::kpi_n_measures(l, {std::int64_t(state.entries.size())}))},
                            {str(t::kpi_edition(l)), code_text(state.edition)}};
  main.markup(web::summary_list(rows, l));
  auto all = std::size_t(std::count_if(state.entries.begin(), state.entries.end(), [](const Entry& e) { return e.draft; })) +
             state.withdrawn.size() + state.header_draft;
  if (all > table.rows.size())
    main.markup(web::paragraph(t::kpi_sign_off_shown(l, {.n = std::int64_t(table.rows.size()), .total = std::int64_t(all)})));
  main.markup(web::table(table, asked.urls.plan(plan), l));
  auto gone = TRY(asked.database->read([&](db::Reader& reader) { return taken_out(reader, plan); }));
  if (!gone.empty()) main.markup(taken_out_list(asked, plan, gone));
  if (state.has_drafts() && faults.empty())
    main.markup(web::form({asked.urls.plan(plan) + "/sign-off",
                           {hidden("edition", state.edition)},
                           str(t::kpi_sign_off_submit(l)),
                           context.csrf_token(request),
                           "post",
                           {str(t::kpi_cancel(l)), asked.urls.plan(plan)}},
                          l));
  page.main = main.take();
  return answer(context, request, page, error ? http::status_of(*error) : 200);
}

}  // namespace

Result<http::Response> office_page(const RouteContext& context, http::Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  return draw_office(context, request, asked, upload_form(context, request, asked), embedded_form(context, request, asked), 200);
}

Result<http::Response> upload_pack(const RouteContext& context, http::Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  Language l = asked.language;
  http::Form posted = TRY(request.form());
  auto pack = TRY(posted_pack(posted));
  if (!pack) {
    web::Form form = upload_form(context, request, asked);
    web::Form embedded = embedded_form(context, request, asked);
    if (posted.get("embedded"))
      embedded.fields[0].errors = {str(t::form_choose_one(l))};
    else
      form.fields[0].errors = {str(t::kpi_upload_missing(l))};
    return draw_office(context, request, asked, std::move(form), std::move(embedded), 422);
  }
  auto document = read_plan(*pack);
  if (!document.ok()) return draw_faults(context, request, asked, locate_faults(*pack, document.error()));
  auto looked_at = asked.plans().preview(*document);
  if (!looked_at.ok() && looked_at.error().name == "plan.unusable")
    return draw_faults(context, request, asked, locate_faults(*pack, looked_at.error()));
  ImportOutcome outcome = TRY(std::move(looked_at));
  web::Page page = new_page(asked, request, t::kpi_preview_title(l, {web::pick(document->header.title, l)}));
  page.lead = outcome.changed() ? t::kpi_preview_lead(l) : t::kpi_preview_nothing(l);
  Html main;
  main.markup(outcome_list(outcome, l));
  if (outcome.changed()) {
    Time now = context.clock.now();
    std::string id = TRY(asked.database->write([&](db::Transaction& tx) { return store::keep_upload(tx, *pack, now); }));
    main.markup(web::form({asked.urls.plans() + "/import",
                           {hidden("upload", id), hidden("edition", outcome.edition_before)},
                           str(t::kpi_preview_submit(l)),
                           context.csrf_token(request),
                           "post",
                           {str(t::kpi_cancel(l)), asked.urls.plans()}},
                          l));
  }
  page.main = main.take();
  return answer(context, request, page);
}

Result<http::Response> import_pack(const RouteContext& context, http::Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  http::Form posted = TRY(request.form());
  std::string id(posted.get("upload", ""));
  std::string pack = TRY(waiting_pack(*asked.database, id, context.clock.now()));
  PlanDocument document = TRY(read_plan(pack));
  TRY(asked.plans().import_plan(document, context.actor(request), std::string(posted.get("edition", ""))));
  TRY(asked.database->write([&](db::Transaction& tx) { return store::drop_upload(tx, id); }));
  return http::redirect(asked.urls.plan(document.header.id) + "/sign-off");
}

Result<http::Response> sign_off_page(const RouteContext& context, http::Request& request) {
  return draw_review(context, request, TRY(read_asked(context, request, true)), nullptr);
}

Result<http::Response> sign_off_post(const RouteContext& context, http::Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  http::Form posted = TRY(request.form());
  std::string plan = request.parameter("plan");
  auto done = asked.plans().sign_off(plan, context.actor(request), posted.get("edition", ""));
  if (done.ok()) return http::redirect(Urls{asked.urls.org, false}.plan(plan));
  if (done.error().code == Code::kConflict || done.error().code == Code::kInvalid)
    return draw_review(context, request, asked, &done.error());
  return done.error();
}

}  // namespace musubi::kpi
