// The URL tables of sheets, and what answers with data.
#include "kpi/sheet_routes.h"

#include "kpi/day.h"
#include "kpi/duty_pages.h"
#include "kpi/grounds_pages.h"
#include "kpi/list_query.h"
#include "kpi/next_year_pages.h"
#include "kpi/scale_pages.h"
#include "kpi/sheet_office.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_part_form.h"
#include "kpi/sheet_remarks.h"
#include "kpi/sheet_route.h"
#include "kpi/sheet_state.h"
#include "kpi/sheet_upload.h"
#include "kpi/sheet_xlsx.h"
#include "kpi/sheet_years_pages.h"
#include "web/respond.h"

namespace musubi::kpi {
namespace {

using http::Access;
using http::Method;
using http::Request;
using http::Response;

Response data(json::object object, const SheetAsked& asked) { return data_of_day(std::move(object), asked.view); }
Response csv(std::string bytes, const std::string& name) {
  return http::csv(std::move(bytes), name + ".csv").etag_of_body().cache("no-cache");
}

Result<Response> list_data(const RouteContext& context, Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  return data(sheets_json(TRY(asked.sheets().list(asked.view)), asked.urls), asked);
}
Result<Response> list_csv(const RouteContext& context, Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  return csv(sheets_csv(TRY(asked.sheets().list(asked.view))), "sheets");
}

Result<Response> targets_data(const RouteContext& context, Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_list_asked(context, request, office));
  return data(web::to_json(TRY(targets_data_table(asked, request, false))), asked);
}
Result<Response> targets_csv(const RouteContext& context, Request& request, bool office) {
  bool paged = request.query.has("page") || request.query.has("per_page");
  return web::respond_csv(TRY(targets_data_table(TRY(read_sheet_list_asked(context, request, office)), request, !paged)), request,
                          "targets.csv")
      .etag_of_body()
      .cache("no-cache");
}

Result<web::Table> remarks_of(const RouteContext& context, Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  const std::string& id = request.parameter("sheet");
  auto state = TRY(asked.sheets().state(id, View{.drafts = true}));
  return remarks_table(state->sheet, TRY(asked.sheets().remarks(id)), request.target, asked.language);
}
Result<Response> remarks_data(const RouteContext& context, Request& request, bool) {
  return web::respond_json(TRY(remarks_of(context, request))).cache("no-store");
}
Result<Response> remarks_csv(const RouteContext& context, Request& request, bool) {
  return web::respond_csv(TRY(remarks_of(context, request)), request, request.parameter("sheet") + "-remarks.csv").cache("no-store");
}

struct Wanted {
  SheetAsked asked;
  SharedSheet state;
};
Result<Wanted> wanted(const RouteContext& context, Request& request, bool office) {
  Wanted out;
  out.asked = TRY(read_sheet_asked(context, request, office));
  out.state = TRY(out.asked.sheets().state(request.parameter("sheet"), out.asked.view));
  return out;
}

Result<Response> sheet_data(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  json::object out = sheet_json(*w.state, w.asked.view, w.asked.urls);
  out["route"] = route_json(TRY(told_route(w.asked, *w.state)), w.asked.urls);
  return data(std::move(out), w.asked);
}
Result<Response> sheet_csv(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  return csv(values_csv(*w.state), w.state->sheet.header.id);
}

Result<Response> indicator_data(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  const SheetIndicator* one = w.state->indicator(request.parameter("number"));
  if (!one) return unknown_part(request.parameter("sheet"), {PartKind::kIndicator, request.parameter("number")});
  return data(indicator_json(*w.state, *one, w.asked.urls), w.asked);
}
Result<Response> indicator_csv(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  if (!w.state->indicator(request.parameter("number")))
    return unknown_part(request.parameter("sheet"), {PartKind::kIndicator, request.parameter("number")});
  return csv(values_csv(*w.state, request.parameter("number")), w.state->sheet.header.id + "-" + request.parameter("number"));
}

Result<Response> programmes_data(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  return data(programmes_json(*w.state, w.asked.urls), w.asked);
}
Result<Response> programmes_table_data(const RouteContext& context, Request& request, bool office) {
  Wanted w = TRY(wanted(context, request, office));
  return csv(programmes_csv(*w.state), w.state->sheet.header.id + "-programmes");
}

Result<Response> history_data(const RouteContext& context, Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  const std::string& id = request.parameter("sheet");
  return data(sheet_history_json(id, TRY(asked.sheets().history(id, std::nullopt, asked.view)), asked.urls), asked);
}

Result<Response> history_table_data(const RouteContext& context, Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  const std::string& id = request.parameter("sheet");
  return csv(sheet_history_csv(id, TRY(asked.sheets().history(id, std::nullopt, asked.view))), id + "-history");
}

http::Parameter as_of() {
  return {"as_of", "string", "この日の終わり（日本時間）の時点。例: 2019-06-14",
          "as known at the end of this day, Japan time; 2019-06-14"};
}

std::vector<http::Parameter> page_parameters() {
  return {{"page", "integer", "1から", "from 1"}, {"per_page", "integer", "1から200", "1 to 200"}};
}

std::vector<http::Parameter> target_parameters() {
  return {{"status", "string", "reached、missed、not_due、no_mark、no_target、year_missed",
           "reached, missed, not_due, no_mark, no_target, year_missed"},
          {"sheet", "string", "表の id", "id of a sheet"},
          {"q", "string", "探す言葉", "words to find"},
          {"page", "integer", "1から", "from 1"},
          {"per_page", "integer", "1から200", "1 to 200"},
          as_of()};
}

std::vector<http::Parameter> sheet_parameters() {
  return {{"show", "string", "この結果の指標だけ。reached、missed、not_due、no_mark、no_target、year_missed のどれか",
           "only indicators of this result: reached, missed, not_due, no_mark, no_target or year_missed"},
          as_of()};
}

// Rows of one table: the same handlers serve the public and the officers' view.
class Table {
 public:
  Table(const RouteContext& context, bool office) : context_(context), office_(office) {}

  template <class F>
  void get(std::string_view pattern, F handler, std::string_view ja, std::string_view en, std::string_view type,
           std::vector<http::Parameter> query = {as_of()}) {
    http::RouteDocs docs{std::move(query), {}};
    if (!type.empty()) docs.responses = {type};
    routes_.push_back(
        {Method::get, pattern, office_ ? Access::kOfficer : Access::kPublic,
         [handler, &context = context_, office = office_](Request& request) { return handler(context, request, office); }, ja, en,
         std::move(docs)});
  }
  template <class F>
  void post(std::string_view pattern, F handler, std::string_view ja, std::string_view en, std::string_view type, std::size_t limit,
            std::vector<int> statuses = {}) {
    http::RouteDocs docs;
    docs.request_type = type;
    docs.statuses = std::move(statuses);
    routes_.push_back({Method::post, pattern, Access::kOfficer,
                       [handler, &context = context_](Request& request) { return handler(context, request); }, ja, en, docs, false,
                       limit});
  }
  // Of a handler that changes a draft, or leads to it: for who may draft.
  template <class F>
  void draft(std::string_view pattern, F handler, std::string_view ja, std::string_view en, std::string_view type, std::size_t limit,
             std::vector<int> statuses = {}) {
    post(pattern, handler, ja, en, type, limit, std::move(statuses));
    routes_.back().handler = drafting(context_, std::move(routes_.back().handler));
  }
  std::vector<http::Route> take(std::vector<http::Route> more) {
    for (auto& one : more) routes_.push_back(std::move(one));
    return std::move(routes_);
  }

 private:
  const RouteContext& context_;
  bool office_;
  std::vector<http::Route> routes_;
};

constexpr std::string_view kCsvType = "text/csv";
constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::size_t kFormLimit = 512 << 10;

void review_routes(Table& out) {
  auto review = [](const RouteContext& c, Request& r, bool) { return review_page(c, r); };
  out.get("/{org}/office/sheets/{sheet}/review", review, "点検・承認・公表", "Review, approval, publication", "", {});
  out.get("/{org}/office/sheets/{sheet}/review.json", remarks_data, "表で気になる点（JSON）", "What speaks against a sheet as JSON",
          http::kJson, page_parameters());
  out.get("/{org}/office/sheets/{sheet}/review.csv", remarks_csv, "表で気になる点（CSV）", "What speaks against a sheet as CSV",
          kCsvType, page_parameters());
  out.post("/{org}/office/sheets/{sheet}/review", review_post, "手順を一つ進める", "Takes one step", kFormType, kFormLimit);
}

}  // namespace

std::vector<http::Route> sheet_routes(const RouteContext& context) {
  Table out(context, false);
  auto list = [](const RouteContext& c, Request& r, bool) { return sheets_page(c, r); };
  out.get("/{org}/sheets", list, "評価書と事前分析表の一覧", "Evaluation sheets", "");
  out.get("/{org}/sheets.json", list_data, "表の一覧（JSON）", "Sheets as JSON", http::kJson);
  out.get("/{org}/sheets.csv", list_csv, "表の一覧（CSV）", "Sheets as CSV", kCsvType);
  out.get("/{org}/sheets/targets", targets_page, "表をまたいだ目標と実績", "Targets and actuals of all sheets", "",
          target_parameters());
  out.get("/{org}/sheets/targets.json", targets_data, "目標と実績（JSON）", "Targets and actuals as JSON", http::kJson,
          target_parameters());
  out.get("/{org}/sheets/targets.csv", targets_csv, "目標と実績（CSV）", "Targets and actuals as CSV", kCsvType, target_parameters());
  out.get("/{org}/sheets/compare", compare_page, "年度をまたいだ比較", "Comparison across years", "");
  out.get("/{org}/sheets/compare.json", list_data, "年度をまたいだ比較（JSON）", "Comparison as JSON", http::kJson);
  out.get("/{org}/sheets/compare.csv", list_csv, "年度をまたいだ比較（CSV）", "Comparison as CSV", kCsvType);
  out.get("/{org}/sheets/{sheet}", sheet_page, "一つの表", "One sheet", "", sheet_parameters());
  out.get("/{org}/sheets/{sheet}.json", sheet_data, "一つの表（JSON）", "One sheet as JSON", http::kJson);
  out.get("/{org}/sheets/{sheet}.csv", sheet_csv, "一つの表の値（CSV、一行に一つの値）", "Values of a sheet as CSV, one a row",
          kCsvType);
  out.get("/{org}/sheets/{sheet}.xlsx", sheet_file, "一つの表（公式の様式の Excel）", "One sheet as a workbook in the official form",
          kXlsxType);
  out.get("/{org}/sheets/{sheet}/rs/{table}.csv", sheet_rs,
          "達成手段（行政事業レビューの列、CSV。table は 1-2、1-3、2-1、3-1、3-2、4-1）",
          "Programmes in the layout of the administrative review (1-2, 1-3, 2-1, 3-1, 3-2, 4-1)", kCsvType);
  out.get("/{org}/sheets/{sheet}/indicators/{number}", sheet_indicator_page, "一つの測定指標", "One indicator of a sheet", "");
  out.get("/{org}/sheets/{sheet}/indicators/{number}.json", indicator_data, "一つの測定指標（JSON）", "One indicator as JSON",
          http::kJson);
  out.get("/{org}/sheets/{sheet}/indicators/{number}.csv", indicator_csv, "一つの測定指標（CSV）", "One indicator as CSV", kCsvType);
  out.get("/{org}/sheets/{sheet}/programmes", sheet_programmes_page, "達成手段と予算", "Programmes and budget", "");
  out.get("/{org}/sheets/{sheet}/programmes.json", programmes_data, "達成手段と予算（JSON）", "Programmes as JSON", http::kJson);
  out.get("/{org}/sheets/{sheet}/programmes.csv", programmes_table_data, "達成手段と予算（CSV）", "Programmes as CSV", kCsvType);
  out.get("/{org}/sheets/{sheet}/history", sheet_history_page, "表の改定の履歴", "Revisions of a sheet", "");
  out.get("/{org}/sheets/{sheet}/history.json", history_data, "表の改定の履歴（JSON）", "Revisions as JSON", http::kJson);
  out.get("/{org}/sheets/{sheet}/history.csv", history_table_data, "表の改定の履歴（CSV）", "Revisions as CSV", kCsvType);
  return out.take(scale_routes(context));
}

std::vector<http::Route> sheet_office_routes(const RouteContext& context) {
  Table out(context, true);
  auto list = [](const RouteContext& c, Request& r, bool) { return sheet_office_page(c, r); };
  auto edit = [](const RouteContext& c, Request& r, bool) { return edit_indicator_page(c, r); };
  auto judgement = [](const RouteContext& c, Request& r, bool) { return judgement_page(c, r); };
  auto upload = [](const RouteContext& c, Request& r, bool) { return sheet_upload_page(c, r); };
  out.get("/{org}/office/sheets", list, "評価の表の管理", "Sheets for officers", "", {});
  out.get("/{org}/office/sheets.json", list_data, "下書きを含む表の一覧（JSON）", "Sheets with drafts as JSON", http::kJson);
  out.get("/{org}/office/sheets.csv", list_csv, "下書きを含む表の一覧（CSV）", "Sheets with drafts as CSV", kCsvType);
  out.get("/{org}/office/sheets/targets", targets_page, "下書きを含む目標と実績", "Targets and actuals with drafts", "",
          target_parameters());
  out.get("/{org}/office/sheets/targets.json", targets_data, "下書きを含む目標と実績（JSON）",
          "Targets and actuals with drafts as JSON", http::kJson, target_parameters());
  out.get("/{org}/office/sheets/targets.csv", targets_csv, "下書きを含む目標と実績（CSV）", "Targets and actuals with drafts as CSV",
          kCsvType, target_parameters());
  out.get("/{org}/office/sheets/compare", compare_page, "下書きを含む年度をまたいだ比較", "Comparison across years with drafts", "");
  out.get("/{org}/office/sheets/compare.json", list_data, "下書きを含む比較（JSON）", "Comparison with drafts as JSON", http::kJson);
  out.get("/{org}/office/sheets/compare.csv", list_csv, "下書きを含む比較（CSV）", "Comparison with drafts as CSV", kCsvType);
  out.draft("/{org}/office/sheets", upload_sheet, "表のパックを調べ、何が変わるかを示す",
            "Checks a pack of a sheet and shows what would change", "multipart/form-data", kMaxPackBytes + kFormLimit, {200});
  out.draft("/{org}/office/sheets/import", import_uploaded_sheet, "調べた表を下書きとして取り込む",
            "Imports the checked sheet as a draft", kFormType, kFormLimit);
  out.get("/{org}/office/sheets/{sheet}", sheet_page, "表の下書き", "A sheet's draft", "", sheet_parameters());
  out.get("/{org}/office/sheets/{sheet}.json", sheet_data, "表の下書き（JSON）", "A sheet's draft as JSON", http::kJson);
  out.get("/{org}/office/sheets/{sheet}.csv", sheet_csv, "表の下書きの値（CSV）", "Values of a draft as CSV", kCsvType);
  out.get("/{org}/office/sheets/{sheet}.xlsx", sheet_file, "表の下書き（公式の様式の Excel）",
          "A sheet's draft as a workbook in the official form", kXlsxType);
  out.get("/{org}/office/sheets/{sheet}/rs/{table}.csv", sheet_rs, "達成手段の下書き（行政事業レビューの列、CSV）",
          "Programmes of a draft in the layout of the administrative review", kCsvType);
  out.get("/{org}/office/sheets/{sheet}/upload", upload, "直した様式をアップロードする欄", "Form to upload the edited workbook", "",
          {});
  out.draft("/{org}/office/sheets/{sheet}/upload", sheet_upload_post, "アップロードした様式を調べ、変わるセルを示す",
            "Reads the uploaded workbook and shows every cell that would change", "multipart/form-data", kMaxSheetFile + kFormLimit,
            {200});
  out.draft("/{org}/office/sheets/{sheet}/upload/merge", sheet_upload_merge, "調べたセルを下書きに取り込む",
            "Takes the cells that were shown into the draft", kFormType, kFormLimit);
  out.get("/{org}/office/sheets/{sheet}/indicators/{number}", sheet_indicator_page, "測定指標の下書き", "An indicator's draft", "");
  out.get("/{org}/office/sheets/{sheet}/indicators/{number}.json", indicator_data, "測定指標の下書き（JSON）",
          "An indicator's draft as JSON", http::kJson);
  out.get("/{org}/office/sheets/{sheet}/indicators/{number}.csv", indicator_csv, "測定指標の下書き（CSV）",
          "An indicator's draft as CSV", kCsvType);
  out.get("/{org}/office/sheets/{sheet}/indicators/{number}/edit", edit, "値と達成を入れる欄", "Form for values and mark", "", {});
  out.draft("/{org}/office/sheets/{sheet}/indicators/{number}/edit", edit_indicator_post, "値と達成を保存する",
            "Saves values and mark", kFormType, kFormLimit);
  out.get("/{org}/office/sheets/{sheet}/programmes", sheet_programmes_page, "達成手段の下書き", "Programmes of a draft", "");
  out.get("/{org}/office/sheets/{sheet}/programmes.json", programmes_data, "達成手段の下書き（JSON）", "Programmes of a draft as JSON",
          http::kJson);
  out.get("/{org}/office/sheets/{sheet}/programmes.csv", programmes_table_data, "達成手段の下書き（CSV）",
          "Programmes of a draft as CSV", kCsvType);
  out.get("/{org}/office/sheets/{sheet}/history", sheet_history_page, "下書きを含む改定の履歴", "Revisions with drafts", "");
  out.get("/{org}/office/sheets/{sheet}/history.json", history_data, "下書きを含む改定の履歴（JSON）", "Revisions with drafts as JSON",
          http::kJson);
  out.get("/{org}/office/sheets/{sheet}/history.csv", history_table_data, "下書きを含む改定の履歴（CSV）",
          "Revisions with drafts as CSV", kCsvType);
  out.get("/{org}/office/sheets/{sheet}/judgement", judgement, "判断と予算への反映の欄", "Form for judgement and budget stance", "",
          {});
  out.draft("/{org}/office/sheets/{sheet}/judgement", judgement_post, "判断と予算への反映を保存する",
            "Saves judgement and budget stance", kFormType, kFormLimit);
  review_routes(out);
  auto more = scale_office_routes(context);
  for (auto& one : duty_routes(context)) more.push_back(std::move(one));
  for (auto& one : next_year_routes(context)) more.push_back(std::move(one));
  for (auto& one : grounds_routes(context)) more.push_back(std::move(one));
  for (auto& one : sheet_part_routes(context)) more.push_back(std::move(one));
  for (auto& one : sheet_years_routes(context, true)) more.push_back(std::move(one));
  for (auto& one : programme_years_routes(context, true)) more.push_back(std::move(one));
  return out.take(std::move(more));
}

}  // namespace musubi::kpi
