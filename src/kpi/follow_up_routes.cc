#include "kpi/follow_up_routes.h"

#include "kpi/follow_up_entry.h"
#include "kpi/follow_up_office.h"
#include "kpi/follow_up_pages.h"

namespace musubi::kpi {
namespace {

using http::Access;
using http::Method;
using http::Request;

http::Parameter as_of() {
  return {"as_of", "string", "この日の終わり（日本時間）の時点。例: 2019-06-14",
          "as known at the end of this day, Japan time; 2019-06-14"};
}

std::vector<http::Parameter> plan_parameters() {
  return {{"status", "string", "on_track、delayed、at_risk、done、none", "on_track, delayed, at_risk, done, none"},
          {"frequency", "string", "quarterly、yearly、elsewhere", "quarterly, yearly, elsewhere"},
          {"q", "string", "探す言葉", "words to find"},
          as_of()};
}

std::vector<http::Parameter> page_parameters() {
  return {{"page", "integer", "1から", "from 1"}, {"per_page", "integer", "1から200", "1 to 200"}};
}

std::vector<http::Parameter> due_parameters() {
  return {{"month", "string", "期限の月。例: 2026-07", "month of the due day; 2026-07"},
          {"post", "string", "職の id。none は担当なし", "id of a post; none: nobody's"},
          {"state", "string", "not_begun、open、returned、entered、signed_off、overdue",
           "not_begun, open, returned, entered, signed_off, overdue"},
          {"plan", "string", "計画の id", "id of a plan"},
          {"q", "string", "探す言葉", "words to find"},
          {"page", "integer", "1から", "from 1"},
          {"per_page", "integer", "1から200", "1 to 200"}};
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
  void post(std::string_view pattern, F handler, std::string_view ja, std::string_view en) {
    http::RouteDocs docs;
    docs.request_type = "application/x-www-form-urlencoded";
    routes_.push_back({Method::post, pattern, Access::kOfficer,
                       [handler, &context = context_](Request& request) { return handler(context, request); }, ja, en, docs, false,
                       256 << 10});
  }
  std::vector<http::Route> take() { return std::move(routes_); }

 private:
  const RouteContext& context_;
  bool office_;
  std::vector<http::Route> routes_;
};

constexpr std::string_view kCsvType = "text/csv";

void due_routes(Table& out) {
  auto page = [](Due due) { return [due](const RouteContext& c, Request& r, bool) { return due_page(c, r, due); }; };
  auto data = [](Due due) { return [due](const RouteContext& c, Request& r, bool) { return due_data(c, r, due); }; };
  auto csv = [](Due due) { return [due](const RouteContext& c, Request& r, bool) { return due_table_data(c, r, due); }; };
  out.get("/{org}/office/follow-up", page(Due::kAll), "フォローアップの予定", "Calendar of follow-ups", "", due_parameters());
  out.get("/{org}/office/follow-up.json", data(Due::kAll), "フォローアップの予定（JSON）", "Calendar of follow-ups as JSON",
          http::kJson, due_parameters());
  out.get("/{org}/office/follow-up.csv", csv(Due::kAll), "フォローアップの予定（CSV）", "Calendar of follow-ups as CSV", kCsvType,
          due_parameters());
  out.get("/{org}/office/follow-up/mine", page(Due::kMine), "自分の職の記入", "What my posts must enter", "", due_parameters());
  out.get("/{org}/office/follow-up/mine.json", data(Due::kMine), "自分の職の記入（JSON）", "What my posts must enter as JSON",
          http::kJson, due_parameters());
  out.get("/{org}/office/follow-up/mine.csv", csv(Due::kMine), "自分の職の記入（CSV）", "What my posts must enter as CSV", kCsvType,
          due_parameters());
  out.get("/{org}/office/follow-up/overdue", page(Due::kOverdue), "期限を過ぎたフォローアップ", "Overdue follow-ups", "",
          due_parameters());
  out.get("/{org}/office/follow-up/overdue.json", data(Due::kOverdue), "期限を過ぎたフォローアップ（JSON）",
          "Overdue follow-ups as JSON", http::kJson, due_parameters());
  out.get("/{org}/office/follow-up/overdue.csv", csv(Due::kOverdue), "期限を過ぎたフォローアップ（CSV）", "Overdue follow-ups as CSV",
          kCsvType, due_parameters());
}

}  // namespace

std::vector<http::Route> follow_up_routes(const RouteContext& context) {
  Table out(context, false);
  out.get("/{org}/plans/{plan}/follow-up", plan_follow_up_page, "計画のフォローアップ", "Follow-up of a plan", "", plan_parameters());
  out.get("/{org}/plans/{plan}/follow-up.json", plan_follow_up_data, "計画のフォローアップ（JSON）", "Follow-up of a plan as JSON",
          http::kJson);
  out.get("/{org}/plans/{plan}/follow-up.csv", plan_follow_up_table, "計画のフォローアップ（CSV）", "Follow-up of a plan as CSV",
          kCsvType);
  out.get("/{org}/plans/{plan}/measures/{number}/follow-up", measure_follow_up_page, "施策のフォローアップ", "Follow-up of a measure",
          "");
  out.get("/{org}/plans/{plan}/measures/{number}/follow-up.json", measure_follow_up_data, "施策のフォローアップ（JSON）",
          "Follow-up of a measure as JSON", http::kJson);
  out.get("/{org}/plans/{plan}/measures/{number}/follow-up.csv", measure_follow_up_table, "施策のフォローアップ（CSV）",
          "Follow-up of a measure as CSV", kCsvType);
  return out.take();
}

std::vector<http::Route> follow_up_office_routes(const RouteContext& context) {
  Table out(context, true);
  due_routes(out);
  auto schedule = [](const RouteContext& c, Request& r, bool) { return schedule_page(c, r); };
  auto owners = [](const RouteContext& c, Request& r, bool) { return owners_page(c, r); };
  auto owners_json = [](const RouteContext& c, Request& r, bool) { return owners_data(c, r); };
  auto owners_table = [](const RouteContext& c, Request& r, bool) { return owners_csv(c, r); };
  auto publish = [](const RouteContext& c, Request& r, bool) { return publish_follow_up_page(c, r); };
  auto edit = [](const RouteContext& c, Request& r, bool) { return edit_follow_up_page(c, r); };
  out.get("/{org}/office/plans/{plan}/follow-up", plan_follow_up_page, "下書きを含む計画のフォローアップ",
          "A plan's follow-up with drafts", "", plan_parameters());
  out.get("/{org}/office/plans/{plan}/follow-up.json", plan_follow_up_data, "下書きを含む計画のフォローアップ（JSON）",
          "A plan's follow-up with drafts as JSON", http::kJson);
  out.get("/{org}/office/plans/{plan}/follow-up.csv", plan_follow_up_table, "下書きを含む計画のフォローアップ（CSV）",
          "A plan's follow-up with drafts as CSV", kCsvType);
  out.get("/{org}/office/plans/{plan}/follow-up/schedule", schedule, "フォローアップの予定を決める欄", "Form for the schedule", "",
          {});
  out.post("/{org}/office/plans/{plan}/follow-up/schedule", schedule_post, "フォローアップの予定を決める", "Sets the schedule");
  out.get("/{org}/office/plans/{plan}/follow-up/owners", owners, "担当の職", "Owners of measures", "", {});
  out.get("/{org}/office/plans/{plan}/follow-up/owners.json", owners_json, "担当の職（JSON）", "Owners of measures as JSON",
          http::kJson, page_parameters());
  out.get("/{org}/office/plans/{plan}/follow-up/owners.csv", owners_table, "担当の職（CSV）", "Owners of measures as CSV", kCsvType,
          page_parameters());
  out.post("/{org}/office/plans/{plan}/follow-up/owners", owners_post, "担当の職を決める", "Assigns measures to a post");
  out.get("/{org}/office/plans/{plan}/follow-up/publish", publish, "公表の前の見直し", "Review before publication", "", {});
  out.post("/{org}/office/plans/{plan}/follow-up/publish", publish_follow_up_post, "確認済みのフォローアップを公表する",
           "Publishes what was signed off");
  out.get("/{org}/office/plans/{plan}/measures/{number}/follow-up", measure_follow_up_page, "下書きを含む施策のフォローアップ",
          "A measure's follow-up with drafts", "");
  out.get("/{org}/office/plans/{plan}/measures/{number}/follow-up.json", measure_follow_up_data,
          "下書きを含む施策のフォローアップ（JSON）", "A measure's follow-up with drafts as JSON", http::kJson);
  out.get("/{org}/office/plans/{plan}/measures/{number}/follow-up.csv", measure_follow_up_table,
          "下書きを含む施策のフォローアップ（CSV）", "A measure's follow-up with drafts as CSV", kCsvType);
  out.get("/{org}/office/plans/{plan}/measures/{number}/follow-up/{period}/edit", edit, "フォローアップを記入する欄",
          "Form for an entry", "", {});
  out.post("/{org}/office/plans/{plan}/measures/{number}/follow-up/{period}/edit", edit_follow_up_post, "フォローアップを記入する",
           "Saves an entry");
  out.post("/{org}/office/plans/{plan}/measures/{number}/follow-up/{period}/sign-off", sign_off_follow_up_post, "ほかの職員が確認する",
           "Signs an entry off");
  out.post("/{org}/office/plans/{plan}/measures/{number}/follow-up/{period}/return", return_follow_up_post, "記入を差し戻す",
           "Returns an entry");
  out.post("/{org}/office/plans/{plan}/measures/{number}/findings", open_finding_post, "指摘を加える", "Opens a finding");
  out.post("/{org}/office/plans/{plan}/measures/{number}/findings/{finding}", close_finding_post, "指摘を閉じる", "Closes a finding");
  return out.take();
}

}  // namespace musubi::kpi
