// The page of two states of a plan, and its data. Part of plan_compare.h.
#include <algorithm>

#include "kpi/cell_title.h"
#include "kpi/json.h"
#include "kpi/pages.h"
#include "kpi/plan_compare.h"
#include "kpi/store.h"
#include "text/csv.h"
#include "web/form.h"
#include "web/messages/kpi.h"
#include "web/messages/plan_compare.h"

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

constexpr std::size_t kShort = 12;
constexpr std::array<std::string_view, 3> kKinds = {"added", "changed", "dropped"};

std::string str(std::string_view text) { return std::string(text); }
std::string short_edition(const std::string& edition) { return edition.substr(0, kShort); }
std::string_view kind_word(EntryKind kind) { return kKinds[std::size_t(kind)]; }

std::string_view kind_title(EntryKind kind, Language l) {
  return kind == EntryKind::kEntered     ? t::compare_added(l)
         : kind == EntryKind::kWithdrawn ? t::compare_dropped(l)
                                         : t::compare_changed(l);
}

struct Wanted {
  Asked asked;
  PlanPoints points;
  PlanComparison comparison;
  std::string from, to;  // as they were asked for
};

Result<Wanted> wanted(const RouteContext& context, const Request& request, bool office) {
  Wanted out;
  out.asked = TRY(read_asked(context, request, office));
  out.from = request.query.get("from", "");
  out.to = request.query.get("to", "");
  out.points = TRY(read_points(*out.asked.database, request.parameter("plan"), office, out.from, out.to));
  out.comparison = compare_plans(out.points.from.document, out.points.to.document);
  return out;
}

Markup point_markup(const PlanPoint& point, const Asked& asked) {
  Language l = asked.language;
  Html html;
  if (point.day) html.markup(web::date_element(*point.day, l)).raw("<br>");
  if (point.sign_off)
    html.text(t::kpi_signed_off(l)).text(" ").markup(web::time_element(point.sign_off->at, l)).raw("<br>");
  else
    html.markup(web::tag(t::compare_draft(l), Tone::kInfo)).raw("<br>");
  html.markup(code_text(short_edition(point.edition)));
  if (point.sign_off) html.raw("<br>").markup(record_links(asked.urls, point.sign_off->record, l));
  return html.take();
}

web::Table plain(std::string id, std::string_view caption, std::vector<web::Column> columns) {
  web::Table table{{std::move(id), str(caption), std::move(columns)}};
  table.query.per_page = web::kMaxPerPage;
  return table;
}

// The first rows of all: how many there are is said, and there are no further pages.
void cut_to(web::Table& table, std::size_t all) {
  table.total = all;
  table.query.per_page = std::uint32_t(std::max<std::size_t>(web::kMaxPerPage, all));
}

Markup measures_table(const Wanted& w, const std::string& target) {
  Language l = w.asked.language;
  web::Table table = plain("measures", t::compare_measures(l),
                           {{"number", str(t::kpi_measure(l)), Kind::kLink},
                            {"change", str(t::compare_change(l)), Kind::kTag},
                            {"members", str(t::compare_members(l)), Kind::kNumber}});
  for (const auto& one : w.comparison.measures) {
    if (table.rows.size() == web::kMaxPerPage) break;
    bool gone = one.kind == EntryKind::kWithdrawn;
    table.rows.push_back({{one.number, one.number + " " + web::pick(one.title, l),
                           w.asked.urls.measure(w.points.to.document.header.id, one.number) + (gone ? "/history" : "")},
                          {str(kind_word(one.kind)), str(kind_title(one.kind, l)), "", gone ? Tone::kWarning : Tone::kInfo},
                          {one.kind == EntryKind::kRevised ? std::to_string(one.changes.size()) : ""}});
  }
  cut_to(table, w.comparison.measures.size());
  return web::table(table, target, l);
}

Markup members_table(const Wanted& w, const std::string& target) {
  Language l = w.asked.language;
  web::Table table = plain("members", t::kpi_changes(l),
                           {{"number", str(t::kpi_measure(l))},
                            {"member", str(t::kpi_member(l))},
                            {"before", str(t::kpi_before(l))},
                            {"after", str(t::kpi_after(l))}});
  std::size_t all = 0;
  auto add = [&](const std::string& number, const std::vector<Change>& changes) {
    for (const auto& change : changes)
      if (++all <= web::kMaxPerPage)
        table.rows.push_back({{number}, {change.member, cell_title(change.member, l)}, {change.before}, {change.after}});
  };
  add(str(t::kpi_preview_header(l)), w.comparison.heading);
  for (const auto& one : w.comparison.measures) add(one.number, one.changes);
  if (all == 0) return {};
  cut_to(table, all);
  return Html().raw("<h2>").text(t::kpi_changes(l)).raw("</h2>\n").markup(web::table(table, target, l)).take();
}

Markup points_form(const Wanted& w, const std::string& self) {
  Language l = w.asked.language;
  auto field = [&](const char* name, std::string_view label, const std::string& now) {
    web::Field out{web::Input::kText, name, str(label), "", {now}};
    out.required = false;
    return out;
  };
  web::Form form{self, {field("from", t::compare_from(l), w.from), field("to", t::compare_to(l), w.to)}, str(t::compare_submit(l))};
  form.method = "get";
  form.secondary = true;
  form.fields[1].hint = t::compare_hint(l);
  return web::form(form, l);
}

Result<Response> page_of(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  const PlanComparison& c = w.comparison;
  Language l = w.asked.language;
  const PlanHeader& header = w.points.to.document.header;
  std::string self = w.asked.urls.plan(header.id) + "/compare";
  web::Page page = new_page(w.asked, request, t::compare_title(l, {web::pick(header.title, l)}));
  page.breadcrumbs.push_back({web::pick(header.title, l), w.asked.urls.plan(header.id)});
  page.lead = t::compare_lead(l);
  page.json = page.csv = true;
  web::SummaryRow rows[] = {{str(t::compare_from(l)), point_markup(w.points.from, w.asked)},
                            {str(t::compare_to(l)), point_markup(w.points.to, w.asked)}};
  Html main;
  main.markup(web::summary_list(rows, l));
  bool one_alone = w.from.empty() && w.points.sign_offs.size() == 1 && !office;
  if (one_alone) main.markup(web::paragraph(t::compare_only_one(l)));
  if (c.nothing()) {
    main.markup(web::paragraph(t::compare_nothing(l)));
  } else {
    std::vector<web::Figure> figures = {{std::int64_t(c.added), str(t::compare_added(l)), "#measures"},
                                        {std::int64_t(c.dropped), str(t::compare_dropped(l)), "#measures"},
                                        {std::int64_t(c.changed), str(t::compare_changed(l)), "#measures"},
                                        {std::int64_t(c.same), str(t::compare_same(l)), "#measures"}};
    main.markup(web::figures(figures)).markup(measures_table(w, request.target)).markup(members_table(w, request.target));
  }
  page.main = main.markup(points_form(w, self)).take();
  return answer(context, request, page);
}

json::object point_json(const PlanPoint& point, const Urls& urls) {
  return {{"edition", point.edition},
          {"draft", point.draft},
          {"day", point.day ? json::value(text::iso_date(*point.day)) : json::value(nullptr)},
          {"signed_off_at", point.sign_off ? json::value(point.sign_off->at.rfc3339()) : json::value(nullptr)},
          {"record", point.sign_off ? json::value(urls.record(point.sign_off->record)) : json::value(nullptr)},
          {"measures", point.document.measures.size()}};
}

json::array changes_json(const std::vector<Change>& all) {
  json::array out;
  for (const auto& one : all) out.push_back(json::object{{"member", one.member}, {"before", one.before}, {"after", one.after}});
  return out;
}

Result<Response> data_of(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  const PlanComparison& c = w.comparison;
  json::array measures;
  for (const auto& one : c.measures)
    measures.push_back(json::object{{"number", one.number},
                                    {"title", to_json(one.title)},
                                    {"change", kind_word(one.kind)},
                                    {"changes", changes_json(one.changes)}});
  json::object out{{"plan", w.points.to.document.header.id},
                   {"from", point_json(w.points.from, w.asked.urls)},
                   {"to", point_json(w.points.to, w.asked.urls)},
                   {"added", c.added},
                   {"dropped", c.dropped},
                   {"changed", c.changed},
                   {"unchanged", c.same},
                   {"heading", changes_json(c.heading)},
                   {"measures", std::move(measures)}};
  return http::json(json::value(std::move(out))).etag_of_body().cache("no-cache");
}

// A row a member that changed; what was added or dropped has one row without a member, the heading rows without a number.
Result<Response> csv_of(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  text::CsvWriter csv({.byte_order_mark = request.query.get("spreadsheet", "") == "1", .guard_formulas = true});
  csv.row({"plan", "from_edition", "to_edition", "number", "change", "title_ja", "title_en", "member", "before", "after"});
  const std::string& id = w.points.to.document.header.id;
  auto rows = [&](const std::string& number, std::string_view change, const Text& title, const std::vector<Change>& changes) {
    for (const auto& one : changes)
      csv.row({id, w.points.from.edition, w.points.to.edition, number, str(change), title.ja, title.en, one.member, one.before,
               one.after});
  };
  rows("", "changed", w.points.to.document.header.title, w.comparison.heading);
  for (const auto& one : w.comparison.measures)
    rows(one.number, kind_word(one.kind), one.title, one.changes.empty() ? std::vector<Change>(1) : one.changes);
  return http::csv(csv.take(), id + "-compare.csv").etag_of_body().cache("no-cache");
}

}  // namespace

Result<Markup> editions_markup(const Asked& asked, const PlanHeader& plan, const std::string& target) {
  Language l = asked.language;
  auto all = TRY(asked.database->read([&](db::Reader& reader) { return store::all_sign_offs(reader, plan.id); }));
  if (asked.view.as_of) std::erase_if(all, [&](const SignOff& one) { return !(one.at < end_of_day_jst(*asked.view.as_of)); });
  if (all.empty()) return Markup{};
  std::string self = asked.urls.plan(plan.id) + "/compare";
  web::Table table = plain("editions", t::compare_editions(l),
                           {{"edition", str(t::compare_edition(l))},
                            {"signed_off", str(t::kpi_signed_off(l)), Kind::kDate},
                            {"record", str(t::kpi_record(l)), Kind::kLink},
                            {"compare", str(t::compare_link(l)), Kind::kLink}});
  for (std::size_t i = 0; i < all.size() && i < web::kMaxPerPage; ++i) {
    std::string record = std::to_string(all[i].record);
    bool first = i + 1 == all.size();
    table.rows.push_back(
        {{all[i].edition, short_edition(all[i].edition)},
         {text::iso_date(text::jst_date(all[i].at))},
         {record, record, asked.urls.record(all[i].record)},
         {first ? "" : str(t::compare_previous(l)), "",
          first ? "" : self + "?from=" + short_edition(all[i + 1].edition) + "&to=" + short_edition(all[i].edition)}});
  }
  cut_to(table, all.size());
  return Html()
      .raw("<h2>")
      .text(t::compare_editions(l))
      .raw("</h2>\n")
      .markup(web::table(table, target, l))
      .raw("<p>")
      .markup(web::link(t::compare_link(l), self))
      .raw("</p>\n")
      .take();
}

std::vector<http::Route> plan_compare_routes(const RouteContext& context, bool office) {
  std::vector<http::Route> out;
  std::vector<http::Parameter> query = {
      {"from", "string", "前の日（2024-04-01）か、版のはじめの8字以上", "a day (2024-04-01), or the first 8 letters of an edition"},
      {"to", "string", "後の日か版", "a day or an edition"}};
  auto get = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en, std::string_view type) {
    http::RouteDocs docs{query, {}};
    if (!type.empty()) docs.responses = {type};
    out.push_back({http::Method::get, pattern, office ? http::Access::kOfficer : http::Access::kPublic,
                   [handler, &context, office](Request& request) { return handler(context, request, office); }, ja, en,
                   std::move(docs)});
  };
  if (office) {
    get("/{org}/office/plans/{plan}/compare", page_of, "下書きと確定された版の比較", "The draft against an edition", "");
    get("/{org}/office/plans/{plan}/compare.json", data_of, "下書きと版の比較（JSON）", "The draft against an edition as JSON",
        http::kJson);
    get("/{org}/office/plans/{plan}/compare.csv", csv_of, "下書きと版の比較（CSV）", "The draft against an edition as CSV",
        "text/csv");
  } else {
    get("/{org}/plans/{plan}/compare", page_of, "二つの版の比較", "Two editions compared", "");
    get("/{org}/plans/{plan}/compare.json", data_of, "二つの版の比較（JSON）", "Two editions compared as JSON", http::kJson);
    get("/{org}/plans/{plan}/compare.csv", csv_of, "二つの版の比較（CSV）", "Two editions compared as CSV", "text/csv");
  }
  return out;
}

}  // namespace musubi::kpi
