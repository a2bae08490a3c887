// The URL tables, and what answers with data.
#include "kpi/routes.h"

#include "kpi/asked.h"
#include "kpi/coverage_pages.h"
#include "kpi/day.h"
#include "kpi/export.h"
#include "kpi/follow_up_routes.h"
#include "kpi/indicator_across.h"
#include "kpi/indicator_pages.h"
#include "kpi/logic_pages.h"
#include "kpi/office.h"
#include "kpi/pages.h"
#include "kpi/plan_compare.h"
#include "kpi/plan_copy_pages.h"
#include "kpi/plan_form.h"
#include "kpi/plan_targets.h"
#include "kpi/plan_text_page.h"
#include "kpi/process_pages.h"
#include "kpi/sheet_organisations_pages.h"
#include "kpi/sheet_routes.h"
#include "kpi/sheet_same.h"
#include "kpi/sheet_years_pages.h"
#include "web/respond.h"

namespace musubi::kpi {
namespace {

using http::Access;
using http::Method;
using http::Request;
using http::Response;

Response data(json::object object) { return http::json(json::value(std::move(object))).etag_of_body().cache("no-cache"); }
Response table(std::string bytes, const std::string& name) {
  return http::csv(std::move(bytes), name + ".csv").etag_of_body().cache("no-cache");
}

Result<Response> plans_data(const RouteContext& context, Request& request, bool office) {
  Asked asked = TRY(read_asked(context, request, office));
  return data_of_day(plans_json(TRY(asked.plans().list(asked.view)), asked.urls), asked.view);
}

Result<Response> plans_table_data(const RouteContext& context, Request& request, bool office) {
  Asked asked = TRY(read_asked(context, request, office));
  return table(plans_csv(TRY(asked.plans().list(asked.view))), "plans");
}

Result<Response> plan_data(const RouteContext& context, Request& request, bool office) {
  AskedPlan plan = TRY(read_plan_page(context, request, office, false));
  return data(plan_json(plan.page, plan.asked.view, {plan.query.page, plan.query.per_page}, plan.asked.urls));
}

Result<Response> plan_table_data(const RouteContext& context, Request& request, bool office) {
  AskedPlan plan = TRY(read_plan_page(context, request, office, true));
  const PlanState& state = *plan.page.state;
  return table(measures_csv(state.header, state.edition, plan.page.entries, plan.page.measures), state.header.id);
}

Result<Response> summary_data(const RouteContext& context, Request& request, bool office) {
  Asked asked = TRY(read_asked(context, request, office));
  return data(summary_json(TRY(asked.plans().state(request.parameter("plan"), asked.view)), asked.view, asked.urls));
}

Result<Response> summary_table_data(const RouteContext& context, Request& request, bool office) {
  Asked asked = TRY(read_asked(context, request, office));
  PlanState state = TRY(asked.plans().state(request.parameter("plan"), asked.view));
  return table(summary_csv(state), state.header.id + "-summary");
}

Result<Response> measure_data(const RouteContext& context, Request& request, bool office) {
  Asked asked = TRY(read_asked(context, request, office));
  return data(measure_json(TRY(asked.plans().measure(request.parameter("plan"), request.parameter("number"), asked.view)), asked.view,
                           asked.urls));
}

Result<Response> measure_table_data(const RouteContext& context, Request& request, bool office) {
  Asked asked = TRY(read_asked(context, request, office));
  auto view = TRY(asked.plans().measure(request.parameter("plan"), request.parameter("number"), asked.view));
  return table(measures_csv(view.header, view.edition, {view.entry}, {std::make_shared<const Measure>(view.measure)}),
               view.header.id + "-" + view.entry.number);
}

Result<Response> history_data(const RouteContext& context, Request& request, bool office) {
  Asked asked = TRY(read_asked(context, request, office));
  const std::string &plan = request.parameter("plan"), &number = request.parameter("number");
  return data_of_day(history_json(plan, number, TRY(asked.plans().history(plan, number, asked.view)), asked.urls), asked.view);
}

Result<Response> history_table_data(const RouteContext& context, Request& request, bool office) {
  Asked asked = TRY(read_asked(context, request, office));
  const std::string &plan = request.parameter("plan"), &number = request.parameter("number");
  return table(history_csv(plan, number, TRY(asked.plans().history(plan, number, asked.view))), plan + "-" + number + "-history");
}

http::Parameter as_of() {
  return {"as_of", "string", "この日の終わり（日本時間）の時点。例: 2019-06-14",
          "as known at the end of this day, Japan time; 2019-06-14"};
}

std::vector<http::Parameter> list_parameters() {
  return {{"field", "string", "分野の id", "id of a field"},
          {"section", "string", "節の id", "id of a section"},
          {"status", "string", "kpi_not_set、progress_not_set、effect_not_set、kpi_none、kpi_set、target、no_target",
           "kpi_not_set, progress_not_set, effect_not_set, kpi_none, kpi_set, target, no_target"},
          {"q", "string", "探す言葉（二文字から）", "words to find"},
          {"sort", "string", "number、field、progress、effect、target、record。先頭の - は降順",
           "number, field, progress, effect, target, record; a leading - sorts down"},
          {"page", "integer", "1から", "from 1"},
          {"per_page", "integer", "1から200", "1 to 200"},
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
  std::vector<http::Route> take() { return std::move(routes_); }

 private:
  const RouteContext& context_;
  bool office_;
  std::vector<http::Route> routes_;
};

constexpr std::string_view kCsvType = "text/csv";
constexpr std::size_t kFormLimit = 64 << 10;

}  // namespace

std::vector<http::Route> routes(const RouteContext& context) {
  Table out(context, false);
  auto list = [](const RouteContext& c, Request& r, bool) { return plans_page(c, r); };
  out.get("/{org}/plans", list, "計画の一覧", "Plans", "");
  out.get("/{org}/plans.json", plans_data, "計画の一覧（JSON）", "Plans as JSON", http::kJson);
  out.get("/{org}/plans.csv", plans_table_data, "計画の一覧（CSV）", "Plans as CSV", kCsvType);
  out.get("/{org}/plans/{plan}", plan_page, "計画と施策の一覧", "A plan and its measures", "", list_parameters());
  out.get("/{org}/plans/{plan}.json", plan_data, "施策の一覧（JSON）", "Measures as JSON", http::kJson, list_parameters());
  out.get("/{org}/plans/{plan}.csv", plan_table_data, "施策の一覧（CSV）", "Measures as CSV", kCsvType, list_parameters());
  out.get("/{org}/plans/{plan}/summary", summary_page, "計画の集計とグラフ", "Figures and charts of a plan", "");
  out.get("/{org}/plans/{plan}/summary.json", summary_data, "計画の集計（JSON）", "Figures of a plan as JSON", http::kJson);
  out.get("/{org}/plans/{plan}/summary.csv", summary_table_data, "計画の集計（CSV）", "Figures of a plan as CSV", kCsvType);
  out.get("/{org}/plans/{plan}/measures/{number}", measure_page, "一つの施策", "One measure", "");
  out.get("/{org}/plans/{plan}/measures/{number}.json", measure_data, "一つの施策（JSON）", "One measure as JSON", http::kJson);
  out.get("/{org}/plans/{plan}/measures/{number}.csv", measure_table_data, "一つの施策（CSV）", "One measure as CSV", kCsvType);
  out.get("/{org}/plans/{plan}/measures/{number}/history", history_page, "施策の履歴", "History of a measure", "");
  out.get("/{org}/plans/{plan}/measures/{number}/history.json", history_data, "施策の履歴（JSON）", "History of a measure as JSON",
          http::kJson);
  out.get("/{org}/plans/{plan}/measures/{number}/history.csv", history_table_data, "施策の履歴（CSV）", "History of a measure as CSV",
          kCsvType);
  auto all = out.take();
  for (auto& route : plan_compare_routes(context, false)) all.push_back(std::move(route));
  for (auto& route : plan_target_routes(context, false)) all.push_back(std::move(route));
  for (auto& route : coverage_routes(context)) all.push_back(std::move(route));
  for (auto& route : indicator_across_routes(context)) all.push_back(std::move(route));
  for (auto& route : sheet_years_routes(context)) all.push_back(std::move(route));
  for (auto& route : sheet_organisations_routes(context)) all.push_back(std::move(route));
  for (auto& route : programme_years_routes(context)) all.push_back(std::move(route));
  for (auto& route : indicator_routes(context)) all.push_back(std::move(route));
  for (auto& route : follow_up_routes(context)) all.push_back(std::move(route));
  for (auto& route : logic_routes(context)) all.push_back(std::move(route));
  for (auto& route : sheet_routes(context)) all.push_back(std::move(route));
  for (auto& route : process_routes(context)) all.push_back(std::move(route));
  return all;
}

std::vector<http::Route> office_routes(const RouteContext& context) {
  Table out(context, true);
  auto list = [](const RouteContext& c, Request& r, bool) { return office_page(c, r); };
  auto review = [](const RouteContext& c, Request& r, bool) { return sign_off_page(c, r); };
  out.get("/{org}/office/plans", list, "計画の管理", "Plans for officers", "", {});
  out.get("/{org}/office/plans.json", plans_data, "下書きを含む計画の一覧（JSON）", "Plans with drafts as JSON", http::kJson);
  out.get("/{org}/office/plans.csv", plans_table_data, "下書きを含む計画の一覧（CSV）", "Plans with drafts as CSV", kCsvType);
  out.post("/{org}/office/plans", upload_pack, "計画のパックを調べ、何が変わるかを示す", "Checks a pack and shows what would change",
           "multipart/form-data", kMaxPackBytes + kFormLimit, {200});
  out.get("/{org}/office/plans/from-text", plan_text_page, "文書の文字から計画を作る", "A plan out of the text of a document", "", {});
  out.post("/{org}/office/plans/from-text", plan_text_post, "文書の文字を調べ、何を読み取ったかを示す",
           "Checks the text of a document and shows what was read", "multipart/form-data", kPlanTextForm, {200});
  out.post("/{org}/office/plans/import", import_pack, "調べたパックを下書きとして読み込む", "Imports the checked pack as a draft",
           "application/x-www-form-urlencoded", kFormLimit);
  out.get("/{org}/office/plans/{plan}", plan_page, "計画の下書き", "A plan's draft", "", list_parameters());
  out.get("/{org}/office/plans/{plan}.json", plan_data, "計画の下書き（JSON）", "A plan's draft as JSON", http::kJson,
          list_parameters());
  out.get("/{org}/office/plans/{plan}.csv", plan_table_data, "計画の下書き（CSV）", "A plan's draft as CSV", kCsvType,
          list_parameters());
  out.get("/{org}/office/plans/{plan}/summary", summary_page, "下書きの集計", "Figures of the draft", "");
  out.get("/{org}/office/plans/{plan}/summary.json", summary_data, "下書きの集計（JSON）", "Figures of the draft as JSON",
          http::kJson);
  out.get("/{org}/office/plans/{plan}/summary.csv", summary_table_data, "下書きの集計（CSV）", "Figures of the draft as CSV",
          kCsvType);
  out.get("/{org}/office/plans/{plan}/measures/{number}", measure_page, "施策の下書き", "A measure's draft", "");
  out.get("/{org}/office/plans/{plan}/measures/{number}.json", measure_data, "施策の下書き（JSON）", "A measure's draft as JSON",
          http::kJson);
  out.get("/{org}/office/plans/{plan}/measures/{number}.csv", measure_table_data, "施策の下書き（CSV）", "A measure's draft as CSV",
          kCsvType);
  out.get("/{org}/office/plans/{plan}/measures/{number}/history", history_page, "下書きを含む施策の履歴", "History with drafts", "");
  out.get("/{org}/office/plans/{plan}/measures/{number}/history.json", history_data, "下書きを含む履歴（JSON）",
          "History with drafts as JSON", http::kJson);
  out.get("/{org}/office/plans/{plan}/measures/{number}/history.csv", history_table_data, "下書きを含む履歴（CSV）",
          "History with drafts as CSV", kCsvType);
  out.get("/{org}/office/plans/{plan}/sign-off", review, "確定の前の見直し", "Review before the sign-off", "", {});
  out.post("/{org}/office/plans/{plan}/sign-off", sign_off_post, "計画を確定する", "Signs the plan off",
           "application/x-www-form-urlencoded", kFormLimit);
  auto all = out.take();
  for (auto& route : plan_compare_routes(context, true)) all.push_back(std::move(route));
  for (auto& route : plan_target_routes(context, true)) all.push_back(std::move(route));
  for (auto& route : plan_form_routes(context)) all.push_back(std::move(route));
  for (auto& route : plan_copy_routes(context)) all.push_back(std::move(route));
  for (auto& route : follow_up_office_routes(context)) all.push_back(std::move(route));
  for (auto& route : logic_office_routes(context)) all.push_back(std::move(route));
  for (auto& route : sheet_office_routes(context)) all.push_back(std::move(route));
  for (auto& route : sheet_same_routes(context)) all.push_back(std::move(route));
  for (auto& route : indicator_office_routes(context)) all.push_back(std::move(route));
  for (auto& route : process_office_routes(context)) all.push_back(std::move(route));
  return all;
}

}  // namespace musubi::kpi
