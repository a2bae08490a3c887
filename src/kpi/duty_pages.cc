#include "kpi/duty_pages.h"

#include <charconv>

#include "http/problem.h"
#include "kpi/follow_up_view.h"
#include "kpi/pages.h"
#include "kpi/rules.h"
#include "kpi/sheet_words.h"
#include "text/csv.h"
#include "web/form.h"
#include "web/messages/duty.h"
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

std::string_view duty_title(Duty duty, Language l) {
  switch (duty) {
    case Duty::kDraft: return t::duty_draft(l);
    case Duty::kReview: return t::duty_review(l);
    case Duty::kApprove: return t::duty_approve(l);
    case Duty::kPublish: break;
  }
  return t::duty_publish(l);
}

std::string titles_of(const std::vector<std::string>& ids, const std::vector<PostWords>& posts, Language l) {
  std::string out;
  for (const auto& id : ids) out += (out.empty() ? "" : l == Language::ja ? "、" : ", ") + post_title(posts, id, l);
  return out;
}

Result<SheetDuties> duties_in(const RouteContext& context, const Request& request) {
  auto database = TRY(context.store.organisation(request.parameter("org")));
  return database->read([](db::Reader& reader) { return sheet_duties(reader); });
}

// As stated at the end of the day that is asked for.
Result<SheetDuties> duties_of(const SheetAsked& asked) {
  std::optional<Time> before;
  if (asked.view.as_of) before = end_of_day_jst(*asked.view.as_of);
  return asked.database->read([&](db::Reader& reader) { return sheet_duties(reader, before); });
}

Error not_your_post(std::span<const Duty> one_of, const SheetDuties& duties, const std::vector<PostWords>& posts) {
  Text who;
  for (Duty duty : one_of) {
    who.ja +=
        (who.ja.empty() ? "" : "／") + str(duty_title(duty, Language::ja)) + "：" + titles_of(duties.of(duty), posts, Language::ja);
    who.en +=
        (who.en.empty() ? "" : "; ") + str(duty_title(duty, Language::en)) + ": " + titles_of(duties.of(duty), posts, Language::en);
  }
  return Error{Code::kForbidden,
               "sheet.not_your_post",
               {"これは、定められた職に就いている職員が行います（" + who.ja + "）。職の定めは管理者が変えられます。",
                "An officer who holds the post stated for it does this (" + who.en + "). An administrator can state other posts."},
               {}};
}

Error for_administrators() {
  return Error{Code::kForbidden,
               "sheet.duties_for_administrators",
               {"評価の表を受け持つ職は、管理者が定めます。", "An administrator states which posts see to sheets."},
               {}};
}

Markup standing_markup(const SheetDuties& duties, const std::vector<PostWords>& posts, Language l) {
  std::vector<web::SummaryRow> rows;
  for (std::size_t i = 0; i < kDuties.size(); ++i) {
    std::string titles = titles_of(duties.posts[i], posts, l);
    rows.push_back({str(duty_title(Duty(i), l)), web::escaped(titles.empty() ? str(t::duty_anybody(l)) : titles)});
  }
  return web::summary_list(rows, l);
}

web::Form duty_form(const RouteContext& context, const Request& request, const SheetAsked& asked, const SheetDuties& duties,
                    const std::vector<PostWords>& posts) {
  Language l = asked.language;
  web::Form form{asked.urls.sheets() + "/duties",
                 {{web::Input::kHidden, "revision", "", "", {std::to_string(duties.revision)}}},
                 str(t::duty_save(l)),
                 context.csrf_token(request),
                 "post",
                 {str(t::sheet_cancel(l)), asked.urls.sheets()}};
  for (std::size_t i = 0; i < kDuties.size(); ++i) {
    web::Field field{web::Input::kCheckboxes, str(kDuties[i]), str(duty_title(Duty(i), l)), str(t::duty_hint(l)), duties.posts[i]};
    field.required = false;
    for (const auto& post : posts) field.options.push_back({post.id, web::pick(post.title, l)});
    form.fields.push_back(std::move(field));
  }
  return form;
}

Result<Markup> history_markup(const SheetAsked& asked, const std::string& target) {
  Language l = asked.language;
  auto history = TRY(duty_history(*asked.database));
  if (asked.view.as_of)
    std::erase_if(history, [&](const DutyStatement& one) { return !(one.at < end_of_day_jst(*asked.view.as_of)); });
  if (history.empty()) return Markup{};
  web::Table table = plain_table(
      "history", t::sheet_history(l),
      {{"at", str(t::sheet_at(l)), Kind::kDate}, {"actor", str(t::sheet_actor(l))}, {"record", str(t::sheet_record(l)), Kind::kLink}});
  for (const auto& one : history) {
    if (table.rows.size() == web::kMaxPerPage) break;
    std::string record = std::to_string(one.record);
    table.rows.push_back({{text::iso_date(text::jst_date(one.at))}, {one.actor}, {record, record, asked.urls.record(one.record)}});
  }
  table.total = history.size();
  return Html().raw("<h2>").text(t::sheet_history(l)).raw("</h2>\n").markup(web::table(table, target, l)).take();
}

// What the officer may do; of a past day there is nothing to do.
Markup act_markup(const RouteContext& context, const Request& request, const SheetAsked& asked, const SheetDuties& shown,
                  const std::vector<PostWords>& posts, const Error* error) {
  Language l = asked.language;
  if (!context.is_administrator || !context.is_administrator(request)) return web::paragraph(t::duty_for_administrators(l));
  if (posts.empty()) return web::paragraph(t::duty_no_posts(l));
  web::Form form = duty_form(context, request, asked, shown, posts);
  if (error) web::apply_faults(form, error->faults, l);
  return web::form(form, l);
}

Result<Response> draw_duties(const RouteContext& context, Request& request, const SheetAsked& asked, const SheetDuties& shown,
                             const Error* error) {
  Language l = asked.language;
  auto posts = TRY(all_posts(context, request));
  auto now = TRY(duties_of(asked));
  web::Page page = new_sheet_page(asked, request, str(t::duty_title(l)));
  page.lead = t::duty_lead(l);
  page.json = page.csv = true;
  Html main;
  if (error) {
    page.has_errors = true;
    main.markup(web::notice(web::pick(error->message, l), {}, Tone::kError));
  }
  main.markup(as_of_notice({asked.database, {asked.urls.org, true}, asked.view, l}, asked.urls.sheets() + "/duties"))
      .markup(standing_markup(now, posts, l));
  if (!asked.view.as_of) main.markup(act_markup(context, request, asked, shown, posts, error));
  main.markup(TRY(history_markup(asked, request.target)));
  page.main = main.take();
  return answer(context, request, page, error ? http::status_of(*error) : 200);
}

Result<Response> duties_page(const RouteContext& context, Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  SheetDuties duties = TRY(duties_of(asked));
  return draw_duties(context, request, asked, duties, nullptr);
}

Result<Response> duties_data(const RouteContext& context, Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  SheetDuties duties = TRY(duties_of(asked));
  json::object out = to_json(duties);
  out["revision"] = duties.revision;
  out["as_of"] = asked.view.as_of ? json::value(text::iso_date(*asked.view.as_of)) : json::value(nullptr);
  return http::json(json::value(std::move(out))).etag_of_body().cache("no-cache");
}

// A duty and a post a row; for a duty without a post any officer does it: one row, without a post.
Result<Response> duties_csv(const RouteContext& context, Request& request) {
  SheetDuties duties = TRY(duties_of(TRY(read_sheet_asked(context, request, true))));
  auto posts = TRY(all_posts(context, request));
  text::CsvWriter csv({.byte_order_mark = request.query.get("spreadsheet", "") == "1", .guard_formulas = true});
  csv.row({"duty", "duty_ja", "duty_en", "post", "post_ja", "post_en", "revision"});
  for (std::size_t i = 0; i < kDuties.size(); ++i) {
    auto row = [&](const std::string& post, std::string ja, std::string en) {
      csv.row({str(kDuties[i]), str(duty_title(Duty(i), Language::ja)), str(duty_title(Duty(i), Language::en)), post, std::move(ja),
               std::move(en), std::to_string(duties.revision)});
    };
    for (const auto& id : duties.posts[i]) row(id, post_title(posts, id, Language::ja), post_title(posts, id, Language::en));
    if (duties.posts[i].empty()) row("", "", "");
  }
  return http::csv(csv.take(), "duties.csv").etag_of_body().cache("no-cache");
}

Result<Response> duties_post(const RouteContext& context, Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  if (!context.is_administrator || !context.is_administrator(request)) return for_administrators();
  http::Form posted = TRY(request.form());
  SheetDuties wanted;
  std::string_view text = posted.get("revision", "");
  std::from_chars(text.data(), text.data() + text.size(), wanted.revision);
  for (std::size_t i = 0; i < kDuties.size(); ++i)
    for (auto one : posted.all(kDuties[i])) wanted.posts[i].emplace_back(one);
  std::vector<std::string> known;
  for (const auto& post : TRY(all_posts(context, request))) known.push_back(post.id);
  auto done = state_duties(*asked.database, wanted, known, context.actor(request), wanted.revision);
  if (done.ok()) return http::redirect(asked.urls.sheets() + "/duties");
  return draw_duties(context, request, asked, wanted, &done.error());
}

// Which duty a sheet waits for.
std::optional<Duty> awaits(const SheetState& state) {
  std::string_view word = state_word(state);
  if (word == "draft") return Duty::kReview;
  if (word == "returned") return Duty::kDraft;
  if (word == "reviewed") return Duty::kApprove;
  return word == "approved" ? std::optional(Duty::kPublish) : std::nullopt;
}

// Sheets that wait for a step of one of these posts; what any officer may do waits for nobody in particular.
Result<web::Table> waiting_table(db::Database& database, const std::vector<std::string>& posts, std::string_view target, Language l) {
  web::TableShape shape{"waiting",
                        str(t::duty_waiting(l)),
                        {{"sheet", str(t::sheet_sheet(l)), Kind::kLink}, {"duty", str(t::duty_next(l)), Kind::kTag}}};
  auto query = TRY(web::read_query(shape, target));
  std::vector<web::Row> rows;
  auto duties = TRY(database.read([](db::Reader& reader) { return sheet_duties(reader); }));
  bool any = false;
  for (std::size_t i = 0; i < kDuties.size(); ++i) any = any || (!duties.posts[i].empty() && duties.by(Duty(i), posts));
  if (!any) return web::arrange(std::move(shape), std::move(query), std::move(rows));
  SheetUrls urls{database.organisation(), true};
  for (const auto& state : TRY(Sheets(database).list(View{.drafts = true}))) {
    auto duty = awaits(*state);
    if (!duty || duties.of(*duty).empty() || !duties.by(*duty, posts)) continue;
    const auto& h = state->sheet.header;
    rows.push_back({{h.id, sheet_title(h, l), urls.sheet(h.id) + (*duty == Duty::kDraft ? "" : "/review")},
                    {str(kDuties[std::size_t(*duty)]), str(duty_title(*duty, l)), "", Tone::kWarning}});
  }
  return web::arrange(std::move(shape), std::move(query), std::move(rows));
}

Result<web::Table> waiting_asked(const RouteContext& context, Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  return waiting_table(*asked.database, TRY(my_posts(context, request)), request.target, asked.language);
}

Result<Response> waiting_data(const RouteContext& context, Request& request) {
  return web::respond_json(TRY(waiting_asked(context, request))).cache("no-store");
}

Result<Response> waiting_csv(const RouteContext& context, Request& request) {
  return web::respond_csv(TRY(waiting_asked(context, request)), request, "waiting.csv").cache("no-store");
}

}  // namespace

Result<Mandate> mandate_of(const RouteContext& context, const Request& request, std::span<const Duty> one_of) {
  auto mine = TRY(my_posts(context, request));
  auto posts = TRY(all_posts(context, request));
  std::vector<Duty> duties_asked(one_of.begin(), one_of.end());
  return Mandate([mine = std::move(mine), posts = std::move(posts),
                  duties_asked = std::move(duties_asked)](db::Reader& reader) -> Result<std::string> {
    SheetDuties duties = TRY(sheet_duties(reader));
    for (Duty duty : duties_asked)
      if (auto post = duties.by(duty, mine)) return *post;
    return not_your_post(duties_asked, duties, posts);
  });
}

Result<Mandate> drafting_mandate(const RouteContext& context, const Request& request) {
  const Duty draft[] = {Duty::kDraft};
  return mandate_of(context, request, draft);
}

Result<std::string> require_duty(const RouteContext& context, const Request& request, std::span<const Duty> one_of) {
  auto database = TRY(context.store.organisation(request.parameter("org")));
  return database->read(TRY(mandate_of(context, request, one_of)));
}

http::Handler drafting(const RouteContext& context, http::Handler handler) {
  return [&context, handler = std::move(handler)](Request& request) -> Result<Response> {
    const Duty draft[] = {Duty::kDraft};
    TRY(require_duty(context, request, draft));
    return handler(request);
  };
}

Result<std::string> duty_holders(const RouteContext& context, const Request& request, Duty duty, Language l) {
  SheetDuties duties = TRY(duties_in(context, request));
  if (duties.of(duty).empty()) return std::string();
  return titles_of(duties.of(duty), TRY(all_posts(context, request)), l);
}

Result<Markup> sheet_notices(db::Database& database, const std::vector<std::string>& posts, Language l) {
  auto table = TRY(waiting_table(database, posts, "?per_page=" + std::to_string(web::kMaxPerPage), l));
  if (table.rows.empty()) return Markup{};
  Html list;
  for (const auto& row : table.rows)
    list.raw("<li>").markup(web::tag(row[1].text, row[1].tone)).raw(" ").markup(web::link(row[0].text, row[0].href)).raw("</li>\n");
  return web::notice(t::duty_waiting(l), Html().raw("<ul>\n").markup(list.take()).raw("</ul>\n").take(), Tone::kWarning);
}

std::vector<http::Route> duty_routes(const RouteContext& context) {
  using http::Method;
  auto officer = http::Access::kOfficer;
  http::RouteDocs page, data, table, form, waiting_json, waiting_table;
  page.query = data.query = table.query = {as_of_parameter()};
  data.responses = {http::kJson};
  table.responses = {"text/csv"};
  waiting_json.query = waiting_table.query = {{"page", "integer", "1から", "from 1"}, {"per_page", "integer", "1から200", "1 to 200"}};
  waiting_json.responses = data.responses;
  waiting_table.responses = table.responses;
  form.request_type = "application/x-www-form-urlencoded";
  return {
      {Method::get, "/{org}/office/sheets/duties", officer, [&](Request& r) { return duties_page(context, r); },
       "評価の表を受け持つ職", "Which posts see to sheets", page},
      {Method::get, "/{org}/office/sheets/duties.json", officer, [&](Request& r) { return duties_data(context, r); },
       "評価の表を受け持つ職（JSON）", "Which posts see to sheets, as JSON", data},
      {Method::get, "/{org}/office/sheets/duties.csv", officer, [&](Request& r) { return duties_csv(context, r); },
       "評価の表を受け持つ職（CSV）", "Which posts see to sheets, as CSV", table},
      {Method::get, "/{org}/office/sheets/waiting.json", officer, [&](Request& r) { return waiting_data(context, r); },
       "自分の職の手順を待つ表（JSON）", "Sheets that wait for my posts, as JSON", waiting_json},
      {Method::get, "/{org}/office/sheets/waiting.csv", officer, [&](Request& r) { return waiting_csv(context, r); },
       "自分の職の手順を待つ表（CSV）", "Sheets that wait for my posts, as CSV", waiting_table},
      {Method::post, "/{org}/office/sheets/duties", officer, [&](Request& r) { return duties_post(context, r); },
       "評価の表を受け持つ職を定める（管理者）", "States which posts see to sheets (administrators)", form, false, 64 << 10},
  };
}

}  // namespace musubi::kpi
