#include "kpi/sheet_organisations_pages.h"

#include <algorithm>
#include <set>

#include "kpi/day.h"
#include "kpi/list_query.h"
#include "kpi/pages.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_words.h"
#include "kpi/told.h"
#include "web/messages/across.h"
#include "web/messages/kpi.h"
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

constexpr std::size_t kChoices = 100;  // organisations to choose from; of more, one is searched by its name

std::string str(std::string_view text) { return std::string(text); }

struct Wanted {
  SheetAsked asked;
  std::vector<SharedSheet> own;
  Beside beside;
};
Result<Wanted> wanted(const RouteContext& context, const Request& request, bool data) {
  Wanted out;
  out.asked = TRY(read_sheet_list_asked(context, request, false));
  out.own = TRY(out.asked.sheets().list(out.asked.view));
  out.beside = TRY(Beside::read(context, request, out.asked, data));
  return out;
}

web::TableShape shape_of(const Wanted& w) {
  Language l = w.asked.language;
  web::TableShape shape{"organisations",
                        str(t::across_others_list(l)),
                        {{"organisation", str(t::kpi_organisation(l)), Kind::kLink, true},
                         {"sheet", str(t::sheet_sheet(l)), Kind::kLink, true},
                         {"fiscal_year", str(t::sheet_year(l)), Kind::kText, true},
                         {"form", str(t::sheet_form(l)), Kind::kTag},
                         {"judgement", str(t::sheet_judgement(l)), Kind::kTag}}};
  for (auto [id, title] : {std::pair{"indicators", t::sheet_indicators(l)},
                           {"reached", t::sheet_reached(l)},
                           {"missed", t::sheet_missed(l)},
                           {"not_due", t::sheet_not_due(l)},
                           {"no_mark", t::sheet_unmarked(l)},
                           {"year_missed", t::sheet_year_missed(l)}})
    shape.columns.push_back({id, str(title), Kind::kNumber, true});
  std::set<int> years;
  std::vector<web::Choice> organisations;
  auto add = [&](const OtherSheet* other, const SharedSheet& state) {
    years.insert(state->sheet.header.fiscal_year);
    if (std::string id = w.beside.organisation(other); organisations.empty() || organisations.back().value != id)
      organisations.push_back({std::move(id), web::pick(w.beside.title(other), l)});
  };
  for (const auto& state : w.own) add(nullptr, state);
  for (const auto& other : w.beside.sheets()) add(&other, other.state);
  web::Filter year{"fiscal_year", str(t::sheet_year(l)), {}};
  for (auto at = years.rbegin(); at != years.rend(); ++at) year.choices.push_back({std::to_string(*at), year_words(*at, l)});
  if (!year.choices.empty()) shape.filters.push_back(std::move(year));
  const bool several = organisations.size() > 1;
  if (organisations.size() > kChoices) organisations.clear();
  if (several) shape.filters.push_back({"organisation", str(t::kpi_organisation(l)), std::move(organisations)});
  shape.filters.push_back({"as_of", str(t::kpi_as_of(l)), {}});
  shape.search = true;
  return shape;
}

web::Row row_of(const Wanted& w, const OtherSheet* other, const SheetState& state) {
  Language l = w.asked.language;
  const SheetHeader& h = state.sheet.header;
  SheetFigures f = other ? figures_of(*other) : figures_of(state.sheet);
  web::Row row = {{w.beside.organisation(other), web::pick(w.beside.title(other), l), w.beside.all_url(w.asked, other)},
                  {h.id, sheet_title(h, l), w.beside.url(w.asked, other, h.id)},
                  {std::to_string(h.fiscal_year), year_words(h.fiscal_year, l)},
                  {str(word_of(kForms, h.form)), str(form_title(h.form, l))},
                  {h.judgement ? h.judgement->step : "", other ? web::pick(other->step, l) : step_title(state.sheet, l)}};
  for (std::size_t n : {f.indicators, f.reached, f.missed, f.not_due, f.unmarked, f.year_missed}) row.push_back({std::to_string(n)});
  return row;
}

Result<web::Table> table_of(const Wanted& w, const Request& request, bool everything) {
  web::TableShape shape = shape_of(w);
  web::TableQuery query = TRY(table_query(request, shape));
  std::vector<web::Row> rows;
  for (const auto& state : w.own) rows.push_back(row_of(w, nullptr, *state));
  for (const auto& other : w.beside.sheets()) rows.push_back(row_of(w, &other, *other.state));
  if (everything) query.per_page = std::uint32_t(std::max<std::size_t>(web::kMaxPerPage, rows.size()));
  web::Table table = web::arrange(std::move(shape), std::move(query), std::move(rows));
  bool everywhere =
      std::all_of(table.query.filters.begin(), table.query.filters.end(), [](auto& one) { return one.first == "as_of"; });
  if (table.query.text.empty() && everywhere) table.empty_text = t::across_others_no_sheet(w.asked.language);
  return table;
}

Result<Response> page_of(const RouteContext& context, Request& request) {
  Wanted w = TRY(wanted(context, request, false));
  Language l = w.asked.language;
  web::Table table = TRY(table_of(w, request, false));
  web::Page page = new_sheet_page(w.asked, request, str(t::across_others_list(l)));
  page.lead = t::across_others_lead(l);
  page.json = page.csv = true;
  Html main;
  if (!w.beside.missing())
    main.markup(web::paragraph(w.beside.sheets().empty() ? t::across_others_none(l) : t::across_others_note(l)));
  page.main = main.markup(w.beside.notice(l)).markup(web::table(table, request.target, l)).take();
  return answer_of_day(context, request, w.asked, std::move(page));
}
Result<Response> data_of(const RouteContext& context, Request& request) {
  Wanted w = TRY(wanted(context, request, true));
  return data_of_day(web::to_json(TRY(table_of(w, request, false))), w.asked.view);
}
Result<Response> csv_of(const RouteContext& context, Request& request) {
  bool paged = request.query.has("page") || request.query.has("per_page");
  return web::respond_csv(TRY(table_of(TRY(wanted(context, request, true)), request, !paged)), request, "sheets-organisations.csv")
      .etag_of_body()
      .cache("no-cache");
}

}  // namespace

Result<Beside> Beside::read(const RouteContext& context, const Request& request, const SheetAsked& asked, bool data) {
  Beside out;
  out.context_ = &context;
  out.own_ = asked.urls.org;
  out.own_title_ = context.site(request, asked.urls.org).organisation;
  auto told = all_told(asked.database, asked.view.as_of);
  out.missing_ = !data && !told.ok() && (told.error().name == "plan.bad_as_of" || told.error().name == "kpi.damaged");
  if (out.missing_) return out;
  for (const auto& one : TRY(std::move(told)))
    if (one->organisation != out.own_) out.sheets_.insert(out.sheets_.end(), one->sheets.begin(), one->sheets.end());
  return out;
}

web::Markup Beside::notice(Language l) const {
  if (!missing_) return {};
  return web::notice(t::across_others_not_kept(l), web::paragraph(t::across_others_not_kept_text(l)), web::Tone::kWarning);
}

const std::string& Beside::site_of(const OtherSheet& other) const {
  auto [at, is_new] = sites_.try_emplace(other.organisation);
  if (is_new && context_->site_of) at->second = context_->site_of(own_, other.organisation);
  return at->second;
}

std::string Beside::all_url(const SheetAsked& asked, const OtherSheet* other) const {
  if (!other) return asked.in_view(asked.urls.sheets());
  const std::string& site = site_of(*other);
  return site.empty() ? "" : asked.in_view(site + "/sheets");
}

std::string Beside::url(const SheetAsked& asked, const OtherSheet* other, const std::string& sheet, const std::string& number) const {
  if (!other) return asked.in_view(number.empty() ? asked.urls.sheet(sheet) : asked.urls.indicator(sheet, number));
  const std::string& site = site_of(*other);
  return site.empty() ? "" : asked.in_view(site + "/sheets/" + sheet + (number.empty() ? "" : "/indicators/" + number));
}

std::vector<http::Route> sheet_organisations_routes(const RouteContext& context) {
  std::vector<http::Route> out;
  std::vector<http::Parameter> query = {{"fiscal_year", "integer", "年度。例: 2026", "a fiscal year; 2026"},
                                        {"organisation", "string", "組織の id。組織が100を超えるときは名前の一部",
                                         "id of an organisation; where there are more than 100, part of its name"},
                                        {"q", "string", "探す言葉", "words to find"},
                                        {"sort", "string", "並べる列。-を付けると逆順", "column to sort by, with - backwards"},
                                        {"page", "integer", "1から", "from 1"},
                                        {"per_page", "integer", "1から200", "1 to 200"},
                                        as_of_parameter()};
  auto get = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en, std::string_view type) {
    http::RouteDocs docs{query, {}};
    if (!type.empty()) docs.responses = {type};
    out.push_back({http::Method::get, pattern, http::Access::kPublic,
                   [handler, &context](Request& request) { return handler(context, request); }, ja, en, std::move(docs)});
  };
  get("/{org}/sheets/organisations", page_of, "組織ごとの評価の表", "Evaluation sheets by organisation", "");
  get("/{org}/sheets/organisations.json", data_of, "組織ごとの評価の表（JSON）", "Evaluation sheets by organisation as JSON",
      http::kJson);
  get("/{org}/sheets/organisations.csv", csv_of, "組織ごとの評価の表（CSV）", "Evaluation sheets by organisation as CSV", "text/csv");
  return out;
}

}  // namespace musubi::kpi
