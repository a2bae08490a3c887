#include "kpi/scale_pages.h"

#include <charconv>
#include <cmath>

#include "kpi/day.h"
#include "kpi/duty_pages.h"
#include "kpi/json.h"
#include "kpi/pack.h"
#include "kpi/pack_pages.h"
#include "kpi/pages.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_words.h"
#include "kpi/store.h"
#include "text/csv.h"
#include "web/form.h"
#include "web/messages/kpi.h"
#include "web/messages/scale.h"
#include "web/messages/sheet.h"
#include "web/respond.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Request;
using http::Response;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }
std::string list_path(const SheetUrls& urls) { return urls.sheets() + "/scales"; }
std::string percent(double share) { return number_text(std::round(share * 1000) / 10) + "%"; }

std::string years_of(const Scale& scale, Language l) {
  if (!scale.first_year && !scale.last_year) return str(t::scale_years_named(l));
  auto year = [&](const std::optional<int>& one) { return one ? year_words(*one, l) : std::string(); };
  return year(scale.first_year) + (l == Language::ja ? "～" : " to ") + year(scale.last_year);
}

std::string near_words(const Scale& scale, Language l) {
  return t::scale_near_of(l, {percent(scale.marks.near)}) +
         (scale.marks.from_baseline ? str(t::scale_from_baseline(l)) : std::string());
}

std::string conditions_of(const Scale& scale, const JudgementRule& rule, Language l) {
  std::vector<std::string> all;
  if (rule.every) all.push_back(t::scale_every(l, {str(mark_title(*rule.every, l))}));
  if (rule.every_primary) all.push_back(t::scale_every_primary(l, {str(mark_title(*rule.every_primary, l))}));
  if (rule.primary_exceeded) all.push_back(t::scale_exceeded(l, {percent(scale.marks.exceeded)}));
  if (rule.primary_worse) all.push_back(str(t::scale_worse(l)));
  std::string out;
  for (const auto& one : all) out += (out.empty() ? "" : str(t::scale_and(l))) + one;
  return out.empty() ? str(t::scale_otherwise(l)) : out;
}

std::string step_words(const Scale& scale, const std::string& id, Language l) {
  const ScaleStep* step = scale.step(id);
  return step ? web::pick(step->title, l) : id;
}

std::string revision_words(const Scale& scale, Language l) {
  return scale.revision == 0 ? str(t::scale_of_binary(l)) : std::to_string(scale.revision);
}

web::Table scales_table(const std::vector<Scale>& all, const SheetAsked& asked) {
  Language l = asked.language;
  web::Table table = plain_table("scales", t::scale_list(l),
                                 {{"scale", str(t::scale_scale(l)), Kind::kLink},
                                  {"years", str(t::scale_years(l))},
                                  {"near", str(t::scale_near(l))},
                                  {"steps", str(t::scale_steps(l)), Kind::kNumber},
                                  {"rules", str(t::scale_rules(l)), Kind::kNumber},
                                  {"revision", str(t::kpi_revision(l))}});
  for (const auto& one : all)
    table.rows.push_back({{one.id, web::pick(one.title, l), asked.in_view(list_path(asked.urls) + "/" + one.id)},
                          {years_of(one, l)},
                          {near_words(one, l)},
                          {std::to_string(one.steps.size())},
                          {std::to_string(one.rules.size())},
                          {revision_words(one, l)}});
  table.total = table.rows.size();
  return table;
}

Markup scale_markup(const Scale& scale, const std::string& target, Language l) {
  web::SummaryRow facts[] = {{"id", code_text(scale.id)},
                             {str(t::scale_years(l)), web::escaped(years_of(scale, l))},
                             {str(t::scale_near(l)), web::escaped(near_words(scale, l))},
                             {str(t::scale_about(l)), web::escaped(percent(scale.marks.about))},
                             {str(t::scale_far_beyond(l)), web::escaped(percent(scale.marks.exceeded))},
                             {str(t::sheet_source(l)), web::escaped(web::pick(scale.source, l))},
                             {str(t::kpi_revision(l)), web::escaped(revision_words(scale, l))}};
  web::Table steps = plain_table("steps", t::scale_steps(l), {{"id", "id"}, {"title", str(t::scale_step(l))}});
  for (const auto& one : scale.steps) steps.rows.push_back({{one.id}, {web::pick(one.title, l)}});
  steps.total = steps.rows.size();
  web::Table rules = plain_table("rules", t::scale_rules(l),
                                 {{"order", str(t::scale_order(l)), Kind::kNumber},
                                  {"conditions", str(t::scale_conditions(l))},
                                  {"step", str(t::scale_step(l))},
                                  {"ground", str(t::sheet_grounds(l))}});
  for (std::size_t i = 0; i < scale.rules.size(); ++i)
    rules.rows.push_back({{std::to_string(i + 1)},
                          {conditions_of(scale, scale.rules[i], l)},
                          {step_words(scale, scale.rules[i].step, l)},
                          {web::pick(scale.rules[i].ground, l)}});
  rules.total = rules.rows.size();
  Html html;
  html.markup(web::summary_list(facts, l)).raw("<h2>").text(t::scale_steps(l)).raw("</h2>\n").markup(web::table(steps, target, l));
  html.raw("<h2>").text(t::scale_rules(l)).raw("</h2>\n");
  if (scale.rules.empty()) return html.markup(web::paragraph(t::scale_no_rules(l))).take();
  return html.markup(web::paragraph(t::scale_rules_lead(l))).markup(web::table(rules, target, l)).take();
}

Markup history_markup(const std::vector<ScaleRevision>& history, const Scale& scale, const SheetAsked& asked,
                      const std::string& target) {
  Language l = asked.language;
  if (history.empty()) return {};
  web::Table table = plain_table("history", t::sheet_history(l),
                                 {{"revision", str(t::kpi_revision(l)), Kind::kLink},
                                  {"change", str(t::kpi_changes(l))},
                                  {"at", str(t::sheet_at(l)), Kind::kDate},
                                  {"record", str(t::sheet_record(l)), Kind::kLink}});
  for (const auto& one : history) {
    if (table.rows.size() == web::kMaxPerPage) break;
    std::string record = std::to_string(one.record), revision = std::to_string(one.revision);
    table.rows.push_back({{revision, revision,
                           one.kind == EntryKind::kWithdrawn ? "" : list_path(asked.urls) + "/" + scale.id + "?revision=" + revision},
                          {str(kind_name(one.kind)), str(entry_kind_title(one.kind, l))},
                          {text::iso_date(text::jst_date(one.at))},
                          {record, record, asked.urls.record(one.record)}});
  }
  table.total = history.size();
  return Html().raw("<h2>").text(t::sheet_history(l)).raw("</h2>\n").markup(web::table(table, target, l)).take();
}

Result<Response> list_page(const RouteContext& context, Request& request, bool office, const Markup& above, web::Form upload,
                           int status) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  Language l = asked.language;
  auto all = TRY(Scales(*asked.database).list(asked.view.as_of));
  web::Page page = new_sheet_page(asked, request, str(t::scale_list(l)));
  page.lead = t::scale_list_lead(l);
  page.json = page.csv = true;
  page.has_errors = web::has_errors(upload) || !above.html.empty();
  Html main;
  main.markup(above).markup(web::table(scales_table(all, asked), request.target, l));
  if (office)
    main.raw("<h2>").text(t::scale_own(l)).raw("</h2>\n").markup(web::paragraph(t::scale_own_lead(l))).markup(web::form(upload, l));
  page.main = main.take();
  return answer_of_day(context, request, asked, std::move(page), status);
}

web::Form upload_form(const RouteContext& context, const Request& request, const SheetAsked& asked, std::string text) {
  Language l = asked.language;
  return pack_form(list_path(asked.urls),
                   {t::scale_file(l), t::scale_file_hint(l), t::scale_text(l), t::scale_text_hint(l), t::sheet_upload_submit(l)},
                   std::move(text), context.csrf_token(request));
}

Result<Response> office_list(const RouteContext& context, Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  std::string text;
  if (auto id = request.query.get("revise", ""); !id.empty()) {
    Scale from = TRY(Scales(*asked.database).find(id));
    text = pretty_json(pack_of(from));
  }
  return list_page(context, request, true, {}, upload_form(context, request, asked, std::move(text)), 200);
}

Result<Response> list_data(const RouteContext& context, Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  json::array list;
  for (const auto& one : TRY(Scales(*asked.database).list(asked.view.as_of)))
    list.push_back(json::object{{"revision", one.revision},
                                {"pack", pack_of(one)},
                                {"links", json::object{{"self", list_path(asked.urls) + "/" + one.id + ".json"},
                                                       {"page", list_path(asked.urls) + "/" + one.id}}}});
  json::object out{{"total", list.size()}, {"scales", std::move(list)}};
  return data_of_day(std::move(out), asked.view);
}

Result<Response> list_csv(const RouteContext& context, Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  text::CsvWriter csv({.byte_order_mark = request.query.get("spreadsheet", "") == "1", .guard_formulas = true});
  csv.row({"scale", "title_ja", "title_en", "first_year", "last_year", "near", "from_baseline", "about", "exceeded", "steps", "rules",
           "revision", "source_ja", "source_en"});
  auto year = [](const std::optional<int>& one) { return one ? std::to_string(*one) : std::string(); };
  for (const auto& one : TRY(Scales(*asked.database).list(asked.view.as_of)))
    csv.row({one.id, one.title.ja, one.title.en, year(one.first_year), year(one.last_year), number_text(one.marks.near),
             one.marks.from_baseline ? "true" : "false", number_text(one.marks.about), number_text(one.marks.exceeded),
             std::to_string(one.steps.size()), std::to_string(one.rules.size()), std::to_string(one.revision), one.source.ja,
             one.source.en});
  return http::csv(csv.take(), "scales.csv").etag_of_body().cache("no-cache");
}

// The one that the address names: its revision, that of the day asked for, or the newest.
Result<Scale> wanted(const SheetAsked& asked, Request& request) {
  const std::string& id = request.parameter("scale");
  if (auto text = request.query.get("revision", ""); !text.empty()) {
    std::int64_t revision = -1;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), revision);
    return Scales(*asked.database).find(id, error == std::errc() && end == text.data() + text.size() ? revision : -1);
  }
  if (asked.view.as_of)
    for (auto& one : TRY(Scales(*asked.database).list(asked.view.as_of)))
      if (one.id == id) return std::move(one);
  return Scales(*asked.database).find(id, asked.view.as_of ? std::optional<std::int64_t>(-1) : std::nullopt);
}

Result<Response> scale_page(const RouteContext& context, Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  Language l = asked.language;
  Scale scale = TRY(wanted(asked, request));
  auto history = TRY(Scales(*asked.database).history(scale.id));
  web::Page page = new_sheet_page(asked, request, web::pick(scale.title, l));
  page.breadcrumbs.push_back({str(t::scale_list(l)), asked.in_view(list_path(asked.urls))});
  page.json = true;
  Html main;
  bool withdrawn = !history.empty() && history[0].kind == EntryKind::kWithdrawn;
  if (withdrawn) main.markup(web::notice(t::scale_withdrawn(l), {}, Tone::kWarning));
  main.markup(scale_markup(scale, request.target, l)).markup(history_markup(history, scale, asked, request.target));
  if (office && scale.revision > 0 && !withdrawn)
    main.raw("<p>")
        .markup(web::link(t::scale_revise(l), list_path(asked.urls) + "?revise=" + scale.id))
        .raw("</p>\n")
        .markup(web::form({list_path(asked.urls) + "/" + scale.id + "/withdraw",
                           {hidden("revision", std::to_string(history[0].revision))},
                           str(t::scale_withdraw(l)),
                           context.csrf_token(request)},
                          l));
  page.main = main.take();
  return answer_of_day(context, request, asked, std::move(page));
}

Result<Response> scale_data(const RouteContext& context, Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  Scale scale = TRY(wanted(asked, request));
  json::array revisions;
  for (const auto& one : TRY(Scales(*asked.database).history(scale.id)))
    revisions.push_back(json::object{{"kind", kind_name(one.kind)},
                                     {"revision", one.revision},
                                     {"record", one.record},
                                     {"at", one.at.rfc3339()},
                                     {"links", json::object{{"record", asked.urls.record(one.record)}}}});
  json::object out{{"revision", scale.revision}, {"pack", pack_of(scale)}, {"revisions", std::move(revisions)}};
  return data_of_day(std::move(out), asked.view);
}

Markup faults_markup(const PackCheck& check, const Error& error, Language l) {
  web::Table table = pack_faults_table(check, l);
  Html out;
  out.markup(web::notice(web::pick(error.message, l), {}, Tone::kError));
  return check.faults.empty() ? out.take() : out.markup(web::table(table, "", l)).take();
}

Result<Response> check_post(const RouteContext& context, Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  Language l = asked.language;
  http::Form posted = TRY(request.form());
  std::string text = posted_pack_text(posted);
  web::Form form = upload_form(context, request, asked, text);
  if (text.empty()) {
    form.fields[0].errors = {str(t::sheet_upload_missing(l))};
    return list_page(context, request, true, {}, std::move(form), 422);
  }
  auto refuse = [&](const Error& error) {
    return list_page(context, request, true, faults_markup(locate_faults(text, error), error, l), std::move(form), 422);
  };
  auto scale = read_scale(text);
  if (!scale.ok()) return refuse(scale.error());
  auto outcome = Scales(*asked.database).preview(*scale);
  if (!outcome.ok()) return refuse(outcome.error());
  web::Page page = new_sheet_page(asked, request, t::scale_preview(l, {web::pick(scale->title, l)}));
  page.breadcrumbs.push_back({str(t::scale_list(l)), list_path(asked.urls)});
  page.lead = !outcome->changed ? t::scale_nothing(l) : outcome->before > 0 ? t::scale_preview_revises(l) : t::scale_preview_enters(l);
  Html main;
  main.markup(scale_markup(*scale, request.target, l));
  if (outcome->changed) {
    Time now = context.clock.now();
    std::string id = TRY(asked.database->write([&](db::Transaction& tx) { return store::keep_upload(tx, text, now); }));
    main.markup(web::form({list_path(asked.urls) + "/import",
                           {hidden("upload", id), hidden("before", std::to_string(outcome->before))},
                           str(t::scale_save(l)),
                           context.csrf_token(request),
                           "post",
                           {str(t::sheet_cancel(l)), list_path(asked.urls)}},
                          l));
  }
  page.main = main.take();
  return answer(context, request, page, 200);
}

std::int64_t posted_number(const http::Form& posted, std::string_view name) {
  std::string_view text = posted.get(name, "");
  std::int64_t out = -1;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

Result<Response> import_post(const RouteContext& context, Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  http::Form posted = TRY(request.form());
  std::string id(posted.get("upload", ""));
  std::string text = TRY(waiting_pack(*asked.database, id, context.clock.now()));
  Scale scale = TRY(read_scale(text));
  TRY(Scales(*asked.database, TRY(drafting_mandate(context, request)))
          .import_scale(scale, context.actor(request), posted_number(posted, "before")));
  TRY(asked.database->write([&](db::Transaction& tx) { return store::drop_upload(tx, id); }));
  return http::redirect(list_path(asked.urls) + "/" + scale.id);
}

Result<Response> withdraw_post(const RouteContext& context, Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  http::Form posted = TRY(request.form());
  TRY(Scales(*asked.database, TRY(drafting_mandate(context, request)))
          .withdraw(request.parameter("scale"), context.actor(request), posted_number(posted, "revision")));
  return http::redirect(list_path(asked.urls));
}

std::vector<http::Parameter> view_parameters(bool one) {
  std::vector<http::Parameter> out = {{"as_of", "string", "この日の終わり（日本時間）の時点。例: 2019-06-14",
                                       "as known at the end of this day, Japan time; 2019-06-14"}};
  if (one) out.push_back({"revision", "integer", "改定の番号", "number of a revision"});
  return out;
}

http::Route route(http::Method method, std::string_view pattern, http::Access access,
                  std::function<Result<Response>(Request&)> handler, std::string_view ja, std::string_view en, http::RouteDocs docs,
                  std::size_t limit = 64 << 10) {
  return {method, pattern, access, std::move(handler), ja, en, std::move(docs), false, limit};
}

http::RouteDocs docs(std::vector<http::Parameter> query, std::string_view type) {
  http::RouteDocs out{std::move(query), {}};
  if (!type.empty()) out.responses = {type};
  return out;
}

}  // namespace

std::string scale_path(const SheetUrls& urls, const Scale& scale) {
  return list_path(urls) + "/" + scale.id + (scale.revision > 0 ? "?revision=" + std::to_string(scale.revision) : "");
}

Markup scale_choices(const std::vector<Scale>& all, const Scale* now, const SheetHeader& header, const SheetAsked& asked) {
  Language l = asked.language;
  Html list;
  bool any = false;
  for (const auto& one : all) {
    if (!covers(one, header.fiscal_year) || (now && now->id == one.id && now->revision == one.revision)) continue;
    any = true;
    std::string title = web::pick(one.title, l);
    if (one.revision > 0) title = t::scale_with_revision(l, {.revision = std::to_string(one.revision), .title = title});
    list.raw("<li>").markup(web::link(title, asked.urls.sheet(header.id) + "/judgement?scale=" + one.id)).raw("</li>\n");
  }
  if (!any) return {};
  return Html().markup(web::paragraph(t::scale_choose(l))).raw("<ul>\n").markup(list.take()).raw("</ul>\n").take();
}

std::vector<http::Route> scale_routes(const RouteContext& context) {
  auto get = http::Method::get;
  auto everyone = http::Access::kPublic;
  return {
      route(
          get, "/{org}/sheets/scales", everyone, [&](Request& r) { return list_page(context, r, false, {}, {}, 200); },
          "評価の区分の一覧", "Scales of judgement", docs(view_parameters(false), "")),
      route(
          get, "/{org}/sheets/scales.json", everyone, [&](Request& r) { return list_data(context, r, false); },
          "評価の区分の一覧（JSON）", "Scales of judgement as JSON", docs(view_parameters(false), http::kJson)),
      route(
          get, "/{org}/sheets/scales.csv", everyone, [&](Request& r) { return list_csv(context, r, false); },
          "評価の区分の一覧（CSV）", "Scales of judgement as CSV", docs(view_parameters(false), "text/csv")),
      route(
          get, "/{org}/sheets/scales/{scale}", everyone, [&](Request& r) { return scale_page(context, r, false); }, "一つの評価の区分",
          "One scale of judgement", docs(view_parameters(true), "")),
      route(
          get, "/{org}/sheets/scales/{scale}.json", everyone, [&](Request& r) { return scale_data(context, r, false); },
          "一つの評価の区分（JSON）", "One scale of judgement as JSON", docs(view_parameters(true), http::kJson)),
  };
}

std::vector<http::Route> scale_office_routes(const RouteContext& context) {
  auto get = http::Method::get, post = http::Method::post;
  auto officer = http::Access::kOfficer;
  http::RouteDocs file, form;
  file.request_type = "multipart/form-data";
  file.statuses = {200};
  form.request_type = "application/x-www-form-urlencoded";
  auto list = docs({{"revise", "string", "改定する区分の id", "id of the scale to revise"}}, "");
  return {
      route(
          get, "/{org}/office/sheets/scales", officer, [&](Request& r) { return office_list(context, r); }, "評価の区分の一覧と登録",
          "Scales of judgement for officers", std::move(list)),
      route(
          get, "/{org}/office/sheets/scales.json", officer, [&](Request& r) { return list_data(context, r, true); },
          "評価の区分の一覧（JSON）", "Scales of judgement for officers as JSON", docs(view_parameters(false), http::kJson)),
      route(
          get, "/{org}/office/sheets/scales.csv", officer, [&](Request& r) { return list_csv(context, r, true); },
          "評価の区分の一覧（CSV）", "Scales of judgement for officers as CSV", docs(view_parameters(false), "text/csv")),
      route(
          post, "/{org}/office/sheets/scales", officer, [&](Request& r) { return check_post(context, r); },
          "評価の区分のパックを調べる", "Checks a pack of a scale", file, 2 * kMaxScaleBytes + (64 << 10)),
      route(post, "/{org}/office/sheets/scales/import", officer,
            drafting(context, [&](Request& r) { return import_post(context, r); }), "調べた評価の区分を保存する",
            "Saves the checked scale", form),
      route(
          get, "/{org}/office/sheets/scales/{scale}", officer, [&](Request& r) { return scale_page(context, r, true); },
          "一つの評価の区分", "One scale of judgement", docs(view_parameters(true), "")),
      route(
          get, "/{org}/office/sheets/scales/{scale}.json", officer, [&](Request& r) { return scale_data(context, r, true); },
          "一つの評価の区分（JSON）", "One scale of judgement as JSON", docs(view_parameters(true), http::kJson)),
      route(post, "/{org}/office/sheets/scales/{scale}/withdraw", officer,
            drafting(context, [&](Request& r) { return withdraw_post(context, r); }), "評価の区分を取り下げる", "Withdraws a scale",
            form),
  };
}

}  // namespace musubi::kpi
