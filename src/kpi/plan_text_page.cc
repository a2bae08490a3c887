#include "kpi/plan_text_page.h"

#include "kpi/json.h"
#include "kpi/pages.h"
#include "kpi/rules.h"
#include "kpi/store.h"
#include "web/form.h"
#include "web/messages/kpi.h"
#include "web/respond.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Input;
using web::Language;

std::string str(std::string_view text) { return std::string(text); }
std::string page_url(const Asked& asked) { return asked.urls.plans() + "/from-text"; }

web::Form text_form(const RouteContext& context, const http::Request& request, const Asked& asked, const PlanTextHead& head) {
  Language l = asked.language;
  web::Form form{page_url(asked),
                 {{Input::kFile, "text", str(t::kpi_text_file(l)), str(t::kpi_text_file_hint(l))},
                  {Input::kText, "id", str(t::kpi_text_id(l)), "", {head.id}},
                  {Input::kText, "title", str(t::kpi_text_plan_title(l)), "", {head.title}},
                  {Input::kText, "date", str(t::kpi_text_date(l)), "", {head.date}}},
                 str(t::kpi_text_submit(l)),
                 context.csrf_token(request)};
  form.fields[0].accept = "text/plain,.txt";
  return form;
}

Result<http::Response> draw_form(const RouteContext& context, http::Request& request, const Asked& asked, const web::Form& form,
                                 int status) {
  web::Page page = new_page(asked, request, str(t::kpi_text_title(asked.language)));
  page.lead = t::kpi_text_lead(asked.language);
  page.has_errors = web::has_errors(form);
  page.main = web::form(form, asked.language);
  return answer(context, request, page, status);
}

web::Markup remarks_table(const PlanText& text, const Asked& asked) {
  Language l = asked.language;
  if (text.remarks.empty()) return web::paragraph(t::kpi_text_remarks_none(l));
  web::Table table{{"remarks",
                    str(t::kpi_text_remarks(l)),
                    {{"line", str(t::kpi_line(l)), web::Kind::kNumber},
                     {"measure", str(t::kpi_measure(l))},
                     {"remark", str(t::kpi_text_remarks(l))}}}};
  for (const auto& remark : text.remarks)
    if (table.rows.size() < web::kMaxPerPage)
      table.rows.push_back({{std::to_string(remark.line)}, {remark.measure}, {web::pick(remark.message, l)}});
  table.total = table.rows.size();
  table.query.per_page = web::kMaxPerPage;
  Html html;
  html.markup(web::table(table, page_url(asked), l));
  if (const std::size_t all = text.remarks.size() + text.more; all > table.rows.size())
    html.markup(web::paragraph(t::kpi_text_remarks_cut(l, {.n = std::int64_t(table.rows.size()), .total = std::int64_t(all)})));
  return html.take();
}

web::Markup counts_table(const PlanText& text, const Asked& asked) {
  Language l = asked.language;
  web::Table table{{"lines",
                    str(t::kpi_text_lines(l)),
                    {{"kind", str(t::kpi_text_kind(l))}, {"n", str(t::kpi_text_count(l)), web::Kind::kNumber}}}};
  for (const auto& [kind, n] : text.counts) table.rows.push_back({{web::pick(kind_title(kind), l)}, {std::to_string(n)}});
  table.total = table.rows.size();
  table.query.per_page = web::kMaxPerPage;
  return web::table(table, page_url(asked), l);
}

// Which line was taken for what, with its words, to be held against the document.
web::Markup runs_table(const PlanText& text, const Asked& asked) {
  constexpr std::size_t kShown = 100;
  Language l = asked.language;
  web::Table table{{"runs",
                    str(t::kpi_text_runs(l)),
                    {{"line", str(t::kpi_line(l))},
                     {"kind", str(t::kpi_text_kind(l))},
                     {"measure", str(t::kpi_measure(l))},
                     {"words", str(t::kpi_text_words(l))}}}};
  const auto runs = runs_of(text);
  for (const auto& run : runs)
    if (table.rows.size() < kShown)
      table.rows.push_back({{std::to_string(run.first) + (run.last == run.first ? "" : "–" + std::to_string(run.last))},
                            {web::pick(kind_title(run.kind), l)},
                            {run.measure},
                            {run.words}});
  table.total = table.rows.size();
  table.query.per_page = web::kMaxPerPage;
  Html html;
  html.markup(web::table(table, page_url(asked), l));
  if (runs.size() > table.rows.size())
    html.markup(web::paragraph(t::kpi_text_runs_cut(l, {.n = std::int64_t(table.rows.size()), .total = std::int64_t(runs.size())})));
  return html.take();
}

}  // namespace

Result<http::Response> plan_text_page(const RouteContext& context, http::Request& request, bool) {
  Asked asked = TRY(read_asked(context, request, true));
  return draw_form(context, request, asked,
                   text_form(context, request, asked, {"", text::iso_date(text::jst_date(context.clock.now())), "", ""}), 200);
}

Result<http::Response> plan_text_post(const RouteContext& context, http::Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  Language l = asked.language;
  http::Form posted = TRY(request.form());
  PlanTextHead head{std::string(posted.get("id", "")), std::string(posted.get("date", "")), std::string(posted.get("title", "")),
                    asked.urls.org};
  web::Form form = text_form(context, request, asked, head);
  const auto* file = posted.file("text");
  const auto refuse = [&](const std::vector<Fault>& faults) {
    for (const auto& fault : faults) {
      const auto field =
          std::find_if(form.fields.begin(), form.fields.end(), [&](const auto& one) { return one.name == fault.where; });
      if (field != form.fields.end())
        field->errors.push_back(web::pick(fault.message, l));
      else
        form.fields[0].errors.push_back(
            (fault.where.empty() ? "" : web::pick(Text{fault.where + " 行目：", "Line " + fault.where + ": "}, l)) +
            web::pick(fault.message, l));
    }
    return draw_form(context, request, asked, form, 422);
  };
  if (!file || file->content.empty()) {
    form.fields[0].errors = {str(t::kpi_text_missing(l))};
    return refuse(faults_of(head));
  }
  auto read = read_plan_text(file->content, head);
  if (!read.ok() && read.error().name != "plan_text.bad_head") form.fields[0].errors = {web::pick(read.error().message, l)};
  if (!read.ok()) return refuse(read.error().faults);
  web::Page page = new_page(asked, request, t::kpi_text_read(l, {std::int64_t(read->document.measures.size())}));
  page.breadcrumbs.push_back({str(t::kpi_text_title(l)), page_url(asked)});
  Html main;
  main.raw("<h2>")
      .text(t::kpi_text_remarks(l))
      .raw("</h2>\n")
      .markup(remarks_table(*read, asked))
      .raw("<h2>")
      .text(t::kpi_text_lines(l))
      .raw("</h2>\n")
      .markup(counts_table(*read, asked))
      .markup(runs_table(*read, asked));
  const std::string pack = canonical_json(pack_of(read->document));
  if (!faults_of(read->document).empty() || pack.size() > kMaxPackBytes) {
    main.markup(web::notice(t::kpi_text_faulty(l), {}, web::Tone::kWarning));
    page.main = main.take();
    return answer(context, request, page, 422);
  }
  ImportOutcome outcome = TRY(asked.plans().preview(read->document));
  Time now = context.clock.now();
  std::string id = TRY(asked.database->write([&](db::Transaction& tx) { return store::keep_upload(tx, pack, now); }));
  main.markup(web::paragraph(t::kpi_text_not_yet(l)))
      .markup(web::form({asked.urls.plans() + "/import",
                         {{Input::kHidden, "upload", "", "", {id}}, {Input::kHidden, "edition", "", "", {outcome.edition_before}}},
                         str(t::kpi_preview_submit(l)),
                         context.csrf_token(request),
                         "post",
                         {str(t::kpi_cancel(l)), page_url(asked)}},
                        l));
  page.main = main.take();
  return answer(context, request, page);
}

}  // namespace musubi::kpi
