// Officers' pages of indicators: every figure as it is, the records behind it, and the organisation's own definitions, which
// show what they would compute before they are saved.
#include <charconv>

#include "kpi/behind.h"
#include "kpi/follow_up_view.h"
#include "kpi/indicator_pages.h"
#include "kpi/indicator_view.h"
#include "kpi/json.h"
#include "kpi/list_query.h"
#include "kpi/pack_pages.h"
#include "kpi/pages.h"
#include "kpi/record_ways.h"
#include "kpi/store.h"
#include "web/form.h"
#include "web/messages/kpi.h"
#include "web/messages/record_way.h"
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

const KnownTypes& types_of(const RouteContext& context) {
  static const KnownTypes none;
  return context.record_types ? *context.record_types : none;
}

web::Form upload_form(const RouteContext& context, const Request& request, const Asked& asked, std::string text) {
  Language l = asked.language;
  return pack_form(kpi_path(asked.urls),
                   {t::kpi_definitions_file(l), t::kpi_definitions_file_hint(l), t::kpi_definitions_text(l),
                    t::kpi_definitions_text_hint(l), t::kpi_upload_submit(l)},
                   std::move(text), context.csrf_token(request));
}

std::string pack_text(const Indicator& indicator) {
  return pretty_json(json::object{{"musubi_pack", 1},
                                  {"kind", "indicators"},
                                  {"id", "own.indicators"},
                                  {"version", "1"},
                                  {"indicators", json::array{to_json(indicator)}}});
}

// Record types that a definition reads and nobody writes.
Markup unwritten_notice(const RouteContext& context, const std::vector<Indicator>& indicators, Language l) {
  auto reading = reading_of({"", "", indicators}, types_of(context));
  if (!context.record_types || reading.unwritten.empty()) return {};
  Html list;
  list.raw("<ul>\n");
  for (const auto& type : reading.unwritten) list.raw("<li><code>").text(type).raw("</code></li>\n");
  return web::notice(t::kpi_unwritten(l), list.raw("</ul>\n").take(), Tone::kInfo);
}

Result<Response> draw_list(const RouteContext& context, Request& request, const Asked& asked, web::Form form, const Markup& above,
                           int status) {
  Language l = asked.language;
  Standing standing = TRY(stand(context, asked, Eyes::kOfficers));
  TRY(order(standing, request.target, asked.language));
  web::Page page{str(t::kpi_indicators_office(l)), l, request.target};
  page.lead = t::kpi_indicators_office_lead(l);
  page.json = page.csv = true;
  page.has_errors = web::has_errors(form) || !above.html.empty();
  Html main;
  main.markup(above)
      .markup(as_of_notice(asked, kpi_path(asked.urls)))
      .markup(list_markup(asked, standing, kpi_path(asked.urls)))
      .markup(standing_markup(asked, standing, nullptr))
      .raw("<h2>")
      .text(t::kpi_definitions_title(l))
      .raw("</h2>\n")
      .markup(web::paragraph(t::kpi_definitions_lead(l)))
      .markup(web::form(form, l));
  page.main = main.take();
  return answer(context, request, page, status);
}

Result<Response> list_page(const RouteContext& context, Request& request) {
  TRY(take_list(request, {"revise", "sort"}));
  Asked asked = TRY(read_asked(context, request, true));
  std::string text;
  if (auto id = request.query.get("revise", ""); !id.empty()) {
    auto own = TRY(asked.database->read([](db::Reader& reader) { return own_definitions(reader); }));
    for (const auto& one : own)
      if (one.indicator.id == id) text = pack_text(one.indicator);
  }
  return draw_list(context, request, asked, upload_form(context, request, asked, std::move(text)), {}, 200);
}

Result<Response> list_data(const RouteContext& context, Request& request) {
  TRY(take_list(request, {"sort"}));
  Asked asked = TRY(read_asked(context, request, true));
  Standing standing = TRY(stand(context, asked, Eyes::kOfficers));
  TRY(order(standing, request.target, asked.language));
  json::object out{{"stands_on", standing_json(asked, standing)}};
  json::array all;
  for (const auto& indicator : standing.indicators) all.push_back(computed_json(standing, indicator, asked.urls));
  out["indicators"] = std::move(all);
  return http::json(json::value(std::move(out)));
}

Result<Response> list_csv(const RouteContext& context, Request& request) {
  TRY(take_list(request, {"sort", "spreadsheet"}));
  Asked asked = TRY(read_asked(context, request, true));
  Standing standing = TRY(stand(context, asked, Eyes::kOfficers));
  TRY(order(standing, request.target, asked.language));
  return http::csv(tidy_csv(standing, request), "kpi.csv");
}

Markup faults_table(const PackCheck& check, Language l) {
  web::Table table = pack_faults_table(check, l);
  Html out;
  out.markup(web::notice(t::kpi_faults_title(l), web::paragraph(t::kpi_faults_lead(l, {std::int64_t(check.total)})), Tone::kError));
  return out.markup(web::table(table, "", l)).take();
}

std::string joined(const std::vector<std::string>& ids) {
  std::string out;
  for (const auto& id : ids) out += (out.empty() ? "" : ", ") + id;
  return out.empty() ? "0" : out;
}

Result<Response> draw_preview(const RouteContext& context, Request& request, const Asked& asked, const std::string& text,
                              const IndicatorPack& pack, const DefinitionOutcome& outcome) {
  Language l = asked.language;
  Standing standing = TRY(stand_on(context, asked, pack.indicators));
  web::Page page{str(t::kpi_definitions_preview(l)), l, request.target};
  page.breadcrumbs = {{str(t::kpi_indicators_office(l)), kpi_path(asked.urls)}};
  page.lead = outcome.changed() ? t::kpi_definitions_preview_lead(l) : t::kpi_definitions_nothing(l);
  Html main;
  web::SummaryRow rows[] = {{str(t::kpi_definitions_new(l)), web::escaped(joined(outcome.defined))},
                            {str(t::kpi_definitions_revised(l)), web::escaped(joined(outcome.revised))},
                            {str(t::kpi_definitions_unchanged(l)), web::escaped(std::to_string(outcome.unchanged))}};
  main.markup(web::summary_list(rows, l)).markup(unwritten_notice(context, pack.indicators, l));
  for (const auto& indicator : standing.indicators) {
    Computed computed = standing.of(indicator);
    main.raw("<h2>")
        .text(web::pick(indicator.title, l))
        .raw("</h2>\n")
        .markup(facts_markup(asked, computed))
        .markup(formula_markup(indicator, l));
  }
  if (outcome.changed()) {
    Time now = context.clock.now();
    std::string id = TRY(asked.database->write([&](db::Transaction& tx) { return store::keep_upload(tx, text, now); }));
    main.markup(web::form({kpi_path(asked.urls) + "/import",
                           {hidden("upload", id), hidden("standing", outcome.standing)},
                           str(t::kpi_definitions_save(l)),
                           context.csrf_token(request),
                           "post",
                           {str(t::kpi_cancel(l)), kpi_path(asked.urls)}},
                          l));
  }
  page.main = main.take();
  return answer(context, request, page);
}

Result<Response> check_pack_post(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  http::Form posted = TRY(request.form());
  std::string text = posted_pack_text(posted);
  web::Form form = upload_form(context, request, asked, text);
  if (text.empty()) {
    form.fields[0].errors = {str(t::kpi_upload_missing(asked.language))};
    return draw_list(context, request, asked, std::move(form), {}, 422);
  }
  auto refuse = [&](const Error& error) {
    return draw_list(context, request, asked, std::move(form), faults_table(locate_faults(text, error), asked.language), 422);
  };
  auto pack = read_indicators(text, types_of(context), true);
  if (!pack.ok()) return refuse(pack.error());
  auto outcome = Definitions(*asked.database).preview(*pack, types_of(context));
  if (!outcome.ok() && outcome.error().name == "pack.faults") return refuse(outcome.error());
  return draw_preview(context, request, asked, text, *pack, TRY(std::move(outcome)));
}

Result<Response> import_post(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  http::Form posted = TRY(request.form());
  std::string id(posted.get("upload", ""));
  std::string text = TRY(waiting_pack(*asked.database, id, context.clock.now()));
  IndicatorPack pack = TRY(read_indicators(text));
  TRY(Definitions(*asked.database)
          .import_pack(pack, types_of(context), context.actor(request), std::string(posted.get("standing", ""))));
  TRY(asked.database->write([&](db::Transaction& tx) { return store::drop_upload(tx, id); }));
  return http::redirect(kpi_path(asked.urls));
}

// On a past day what was done until then, and nothing to do.
Result<Markup> definition_markup(const RouteContext& context, Request& request, const Asked& asked, const Standing& standing) {
  Language l = asked.language;
  const Indicator& indicator = standing.indicators[0];
  if (find_indicator(indicator.id)) return web::paragraph(t::kpi_definition_of_binary(l));
  auto history = TRY(Definitions(*asked.database).history(indicator.id));
  if (asked.view.as_of) std::erase_if(history, [&](const auto& one) { return std::uint64_t(one.record) >= standing.own.size; });
  web::Table table{{"history",
                    str(t::kpi_history(l)),
                    {{"revision", str(t::kpi_revision(l)), Kind::kNumber},
                     {"change", str(t::kpi_changes(l))},
                     {"at", str(t::kpi_entered_at(l)), Kind::kDate},
                     {"actor", str(t::kpi_actor(l))},
                     {"record", str(t::kpi_record(l)), Kind::kLink}}}};
  table.query.per_page = web::kMaxPerPage;
  for (const auto& one : history) {
    if (table.rows.size() >= web::kMaxPerPage) break;
    std::string index = std::to_string(one.record);
    table.rows.push_back({{std::to_string(one.revision)},
                          {str(kind_name(one.kind)), str(entry_kind_title(one.kind, l))},
                          {text::iso_date(text::jst_date(one.at))},
                          {one.actor},
                          {index, index, asked.urls.record(one.record)}});
  }
  table.total = history.size();
  Html out;
  out.raw("<h2>").text(t::kpi_history(l)).raw("</h2>\n").markup(web::table(table, request.target, l));
  if (asked.view.as_of) return out.take();
  std::string revision = history.empty() ? "0" : std::to_string(history[0].revision);
  out.raw("<p>").markup(web::link(t::kpi_definition_revise(l), kpi_path(asked.urls) + "?revise=" + indicator.id)).raw("</p>\n");
  return out
      .markup(web::form({kpi_path(asked.urls, indicator) + "/withdraw",
                         {hidden("revision", revision)},
                         str(t::kpi_definition_withdraw(l)),
                         context.csrf_token(request)},
                        l))
      .take();
}

Result<Response> indicator_page(const RouteContext& context, Request& request) {
  TRY(take_only(request));
  Asked asked = TRY(read_asked(context, request, true));
  Standing standing = TRY(stand_one(context, request, asked, Eyes::kOfficers));
  const Indicator& indicator = standing.indicators[0];
  Computed computed = standing.of(indicator);
  Language l = asked.language;
  bool here = !standing.reported(indicator);  // else the records are with those who reported
  web::Page page{web::pick(indicator.title, l), l, request.target};
  page.breadcrumbs = {{str(t::kpi_indicators_office(l)), in_view(kpi_path(asked.urls), asked.view)}};
  page.json = page.csv = true;
  Html main;
  main.markup(as_of_notice(asked, kpi_path(asked.urls, indicator))).markup(facts_markup(asked, computed));
  if (here)
    main.raw("<p>")
        .markup(web::link(t::kpi_records_behind(l), in_view(kpi_path(asked.urls, indicator) + "/records", asked.view)))
        .raw("</p>\n");
  main.markup(unwritten_notice(context, {indicator}, l))
      .markup(months_chart(computed, l))
      .markup(figure_tables(context, asked, computed, request.target, here))
      .raw("<h2>")
      .text(t::kpi_evidence(l))
      .raw("</h2>\n")
      .markup(standing_markup(asked, standing, &indicator));
  if (standing.hides(indicator)) main.markup(web::paragraph(t::kpi_office_small_note(l)));
  page.main = main.markup(formula_markup(indicator, l)).markup(TRY(definition_markup(context, request, asked, standing))).take();
  return answer(context, request, page);
}

Result<Response> indicator_data(const RouteContext& context, Request& request) {
  TRY(take_only(request));
  Asked asked = TRY(read_asked(context, request, true));
  Standing standing = TRY(stand_one(context, request, asked, Eyes::kOfficers));
  json::object out = computed_json(standing, standing.indicators[0], asked.urls);
  out["stands_on"] = standing_json(asked, standing);
  return http::json(json::value(std::move(out)));
}

Result<Response> indicator_csv(const RouteContext& context, Request& request) {
  TRY(take_only(request, {"spreadsheet"}));
  Asked asked = TRY(read_asked(context, request, true));
  Standing standing = TRY(stand_one(context, request, asked, Eyes::kOfficers));
  const Indicator& indicator = standing.indicators[0];
  return http::csv(tidy_csv(standing, request), "kpi-" + indicator.id + ".csv");
}

Result<Response> withdraw_post(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  http::Form posted = TRY(request.form());
  std::string_view text = posted.get("revision", "");
  std::int64_t revision = 0;
  std::from_chars(text.data(), text.data() + text.size(), revision);
  TRY(Definitions(*asked.database).withdraw(request.parameter("indicator"), context.actor(request), revision));
  return http::redirect(kpi_path(asked.urls));
}

Error bad_figure(std::string where) {
  return Error{
      Code::kInvalid,
      "kpi.bad_figure",
      {"どの値の記録かを読めません。例: month=2026-11", "This names no figure. Example: month=2026-11"},
      {{std::move(where),
        {"month=2026-11、year=2026、part=…、side=of のいずれかです。", "Write month=2026-11, year=2026, part=... or side=of."}}}};
}

Result<FigureRef> read_figure(const Request& request) {
  FigureRef out;
  if (auto month = request.query.get("month", ""); !month.empty()) {
    auto day = text::parse_date(std::string(month) + "-01");
    if (!day.ok() || month.size() != 7) return bad_figure("month");
    out.month = day->year * 12 + day->month - 1;
  }
  if (auto year = request.query.get("year", ""); !year.empty()) {
    int value = 0;
    auto [end, error] = std::from_chars(year.data(), year.data() + year.size(), value);
    if (error != std::errc() || end != year.data() + year.size()) return bad_figure("year");
    out.year = value;
  }
  if (request.query.has("part")) out.part = std::string(request.query.get("part", ""));
  if (auto side = request.query.get("side", ""); !side.empty()) {
    if (side != "of" && side != "to") return bad_figure("side");
    out.top = side == "of";
  }
  return out;
}

struct BehindTable {
  Asked asked;
  Indicator indicator;
  web::Table table;
};

Result<BehindTable> behind_table(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  Standing standing = TRY(stand_one(context, request, asked, Eyes::kOfficers));
  Language l = asked.language;
  FigureRef figure = TRY(read_figure(request));
  web::TableShape shape{"records",
                        str(t::kpi_records_behind(l)),
                        {{"record", str(t::kpi_record(l)), Kind::kLink},
                         {"type", str(t::kpi_record_type(l))},
                         {"at", str(t::kpi_entered_at(l))},
                         {"state", str(t::kpi_state(l)), Kind::kTag},
                         {"receipt", str(t::kpi_receipt(l)), Kind::kLink}}};
  auto query = TRY(web::read_query(shape, request.target));
  BehindTable out{asked, standing.indicators[0], {shape, std::move(query)}};
  if (standing.reported(out.indicator)) return out;  // the records are with those who reported
  std::size_t limit = out.table.query.per_page, offset = std::size_t(out.table.query.page - 1) * limit;
  Behind behind = TRY(asked.database->read([&](db::Reader& reader) {
    return records_behind(reader, out.indicator, figure, standing.own.size, standing.now, offset, limit);
  }));
  const RecordWays ways(context, request, asked.urls.org, -1);
  for (const auto& row : behind.rows) {
    std::string index = std::to_string(row.index), title = row.type;
    web::Cell record = ways.cell(std::int64_t(row.index));
    if (auto found = types_of(context).find(row.type); found != types_of(context).end()) {
      title = str(l == Language::ja ? found->second->title_ja : found->second->title_en);
      if (found->second->visibility == evidence::Visibility::kPublic) record.href = asked.urls.record(std::int64_t(row.index));
    }
    out.table.rows.push_back({std::move(record),
                              {row.type, title},
                              {row.at.rfc3339(), text::jst_datetime(row.at)},
                              {row.open ? "open" : "counted", str(row.open ? t::kpi_record_open(l) : t::kpi_record_counted(l)), "",
                               row.open ? Tone::kWarning : Tone::kInfo},
                              {index, str(t::kpi_receipt(l)), asked.urls.receipt(std::int64_t(row.index))}});
  }
  out.table.total = behind.total;
  return out;
}

Result<Response> behind_page(const RouteContext& context, Request& request) {
  BehindTable behind = TRY(behind_table(context, request));
  const Asked& asked = behind.asked;
  Language l = asked.language;
  web::Page page{t::kpi_records_behind_title(l, {web::pick(behind.indicator.title, l)}), l, request.target};
  page.breadcrumbs = {{str(t::kpi_indicators_office(l)), in_view(kpi_path(asked.urls), asked.view)},
                      {web::pick(behind.indicator.title, l), in_view(kpi_path(asked.urls, behind.indicator), asked.view)}};
  page.lead = t::kpi_records_behind_lead(l, {std::int64_t(behind.table.total)});
  page.json = page.csv = true;
  std::string path = kpi_path(asked.urls, behind.indicator) + "/records";
  Html main;
  main.markup(as_of_notice(asked, path));
  if (behind.indicator.formula.to) {
    main.raw("<p>")
        .markup(web::link(t::kpi_side_to(l), in_view(path, asked.view)))
        .raw(" · ")
        .markup(web::link(t::kpi_side_of(l), in_view(path + "?side=of", asked.view)))
        .raw("</p>\n");
  }
  page.main = main.markup(web::table(behind.table, request.target, l)).markup(web::paragraph(t::record_way_behind(l))).take();
  return answer(context, request, page);
}

Result<Response> behind_data(const RouteContext& context, Request& request) {
  return web::respond_json(TRY(behind_table(context, request)).table);
}

Result<Response> behind_csv(const RouteContext& context, Request& request) {
  BehindTable behind = TRY(behind_table(context, request));
  return web::respond_csv(behind.table, request, "kpi-" + behind.indicator.id + "-records.csv");
}

}  // namespace

std::vector<http::Route> indicator_office_routes(const RouteContext& context) {
  std::vector<http::Route> out;
  auto add = [&](http::Method method, std::string_view pattern, auto handler, std::string_view ja, std::string_view en,
                 http::RouteDocs docs, std::size_t limit) {
    out.push_back({method, pattern, http::Access::kOfficer,
                   [handler, &context](Request& request) { return handler(context, request); }, ja, en, std::move(docs), false,
                   limit});
  };
  auto get = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en, std::string_view type,
                 std::vector<http::Parameter> query = {}) {
    http::RouteDocs docs{std::move(query), {}};
    if (!type.empty()) docs.responses = {type};
    out.push_back({http::Method::get, pattern, http::Access::kOfficer,
                   [handler, &context](Request& request) { return handler(context, request); }, ja, en, std::move(docs)});
  };
  auto post = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en, std::string_view type,
                  std::size_t limit, std::vector<int> statuses = {}) {
    http::RouteDocs docs;
    docs.request_type = type;
    docs.statuses = std::move(statuses);
    add(http::Method::post, pattern, handler, ja, en, docs, limit);
  };
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  constexpr std::size_t kFormLimit = 64 << 10;
  const std::vector<http::Parameter> figure = {
      {"month", "string", "2026-11", "2026-11"},
      {"year", "integer", "年度", "fiscal year"},
      {"part", "string", "内訳の値", "value of the part"},
      {"side", "string", "of は分子、to は分母", "of: what is divided; to: what it is divided by"},
      as_of_parameter(),
      {"page", "integer", "1から", "from 1"},
      {"per_page", "integer", "1から200", "1 to 200"}};
  get("/{org}/office/kpi", list_page, "指標の今の値と定義", "Present values and definitions of indicators", "",
      {{"revise", "string", "改定する指標の id", "id of the indicator to revise"}, indicator_sort(), as_of_parameter()});
  get("/{org}/office/kpi.json", list_data, "指標の今の値（JSON）", "Present values as JSON", http::kJson,
      {indicator_sort(), as_of_parameter()});
  get("/{org}/office/kpi.csv", list_csv, "指標の今の値（CSV）", "Present values as CSV", "text/csv",
      {indicator_sort(), as_of_parameter()});
  post("/{org}/office/kpi", check_pack_post, "指標の定義を調べ、計算される値を示す",
       "Checks definitions and shows what they would compute", "multipart/form-data", 2 * kMaxIndicatorPackBytes + kFormLimit, {200});
  post("/{org}/office/kpi/import", import_post, "調べた定義を保存する", "Saves the checked definitions", kForm, kFormLimit);
  get("/{org}/office/kpi/{indicator}", indicator_page, "一つの指標の今の値", "Present values of one indicator", "",
      {as_of_parameter()});
  get("/{org}/office/kpi/{indicator}.json", indicator_data, "一つの指標の今の値（JSON）", "Present values of one indicator as JSON",
      http::kJson, {as_of_parameter()});
  get("/{org}/office/kpi/{indicator}.csv", indicator_csv, "一つの指標の今の値（CSV）", "Present values of one indicator as CSV",
      "text/csv", {as_of_parameter()});
  post("/{org}/office/kpi/{indicator}/withdraw", withdraw_post, "指標の定義を取り下げる", "Withdraws a definition", kForm, kFormLimit);
  get("/{org}/office/kpi/{indicator}/records", behind_page, "値のもとになった記録", "Records behind a figure", "", figure);
  get("/{org}/office/kpi/{indicator}/records.json", behind_data, "値のもとになった記録（JSON）", "Records behind a figure as JSON",
      http::kJson, figure);
  get("/{org}/office/kpi/{indicator}/records.csv", behind_csv, "値のもとになった記録（CSV）", "Records behind a figure as CSV",
      "text/csv", figure);
  return out;
}

}  // namespace musubi::kpi
