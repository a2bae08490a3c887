// The URL tables, and what answers with data.
#include "records/routes.h"

#include "records/json.h"
#include "records/pages.h"
#include "records/rules.h"
#include "records/store.h"
#include "text/normalise.h"
#include "web/respond.h"

namespace musubi::records {
namespace {

using http::Access;
using http::Method;
using http::Request;
using http::Response;

constexpr std::size_t kFormLimit = 256 << 10, kUploadLimit = 2 << 20;
constexpr std::string_view kUrlencoded = "application/x-www-form-urlencoded";

Result<Response> queue_data(const RouteContext& context, Request& request) {
  AskedQueue queue = TRY(read_queue(context, request, false));
  json::array rows;
  for (const auto& line : queue.page.lines) rows.push_back(line_json(line));
  const QueueCounts& counts = queue.counts;
  json::object object{
      {"view", view_word(queue.query.view)},
      {"total", queue.page.total},
      {"page", queue.query.page},
      {"per_page", queue.query.per_page},
      {"counts",
       json::object{{"mine", counts.mine}, {"unclaimed", counts.unclaimed}, {"team", counts.team}, {"overdue", counts.overdue}}},
      {"rows", std::move(rows)}};
  auto response = http::json(json::value(std::move(object)));
  response.cache("private, no-store");
  return response;
}

Result<Response> queue_table_data(const RouteContext& context, Request& request) {
  AskedQueue queue = TRY(read_queue(context, request, true));
  auto response = web::respond_csv(queue.table, request, "cases.csv");
  response.cache("private, no-store");
  return response;
}

Result<Response> case_data(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  CaseFile file = TRY(read_case(asked, request.parameter("case")));
  auto response =
      http::json(json::value(case_json(file.subject, file.applicant, file.form, file.events, file.messages, file.notices)));
  response.cache("private, no-store");
  return response;
}

Result<Response> case_file(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  const std::string& id = request.parameter("case");
  auto number = text::read_integer(request.parameter("number"));
  TRY(asked.cases().open_for(id, asked.officer));
  auto file = TRY(asked.database->read([&](db::Reader& reader) { return store::file(reader, id, number.value_or(0)); }));
  if (!file)
    return Error{Code::kNotFound,
                 "records.unknown_file",
                 {"この案件にその番号の添付はありません。案件のページから選んでください。",
                  "This case has no such file. Choose it on the case's page."},
                 {}};
  auto response = http::bytes(std::move(file->content), file->media_type);  // never shown inside our own pages
  response.header("Content-Disposition", "attachment; filename*=UTF-8''" + http::percent_encode(file->name));
  response.cache("private, no-store");
  return response;
}

Result<Response> case_notice(const RouteContext& context, Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  const std::string& id = request.parameter("case");
  TRY(asked.cases().open_for(id, asked.officer));
  auto notice = TRY(asked.database->read([&](db::Reader& reader) { return find_notice(reader, request.parameter("code")); }));
  if (!notice || notice->case_id != id || !notice->document) return unknown_notice();
  return document_response(std::move(*notice->document));
}

using Answers = Result<Response> (*)(const RouteContext&, Request&);

http::Route row(const RouteContext& context, Method method, std::string_view pattern, Access access, Answers answers,
                std::string_view ja, std::string_view en, http::RouteDocs docs = {}, std::size_t limit = 0) {
  return {method,          pattern, access, [answers, &context](Request& request) { return answers(context, request); }, ja, en,
          std::move(docs), false,   limit};
}

http::RouteDocs data(std::string_view type, std::vector<http::Parameter> query = {}) {
  http::RouteDocs docs{std::move(query), {}};
  docs.responses = {type};
  return docs;
}

http::RouteDocs posted(std::string_view type, std::vector<int> statuses = {}) {
  http::RouteDocs docs;
  docs.request_type = type;
  docs.statuses = std::move(statuses);
  return docs;
}

std::vector<http::Parameter> queue_parameters() {
  return {{"view", "string", "mine（担当中）、unclaimed（未担当）、team、overdue（期限超過）、open、closed",
           "mine, unclaimed, team, overdue, open, closed"},
          {"procedure", "string", "手続の id", "id of a procedure"},
          {"find", "string", "番号・手続・申請者を探す言葉を封じたもの（POST で得る）。氏名が表示され、閲覧が記録される",
           "sealed words, had by POST: number, procedure, applicant; names are shown and the reading is recorded"},
          {"sort", "string", "due、number、closed。先頭の - は降順", "due, number, closed; a leading - sorts down"},
          {"page", "integer", "1から", "from 1"},
          {"per_page", "integer", "1から200", "1 to 200"}};
}

}  // namespace

std::vector<http::Route> office_routes(const RouteContext& context) {
  constexpr auto kOfficer = Access::kOfficer;
  http::RouteDocs list;
  list.query = queue_parameters();
  std::vector<http::Route> out;
  out.push_back(row(context, Method::get, "/{org}/office/cases", kOfficer, queue_page, "案件の一覧", "Queue of cases", list));
  out.push_back(row(context, Method::post, "/{org}/office/cases", kOfficer, queue_search, "案件を言葉で探す（言葉は封じたアドレスへ）",
                    "Searches the cases by words, which the address of the answer holds sealed", posted(kUrlencoded), kFormLimit));
  out.push_back(row(context, Method::get, "/{org}/office/cases.json", kOfficer, queue_data, "案件の一覧（JSON）",
                    "Queue of cases as JSON", data(http::kJson, queue_parameters())));
  out.push_back(row(context, Method::get, "/{org}/office/cases.csv", kOfficer, queue_table_data, "案件の一覧（CSV）",
                    "Queue of cases as CSV", data("text/csv", queue_parameters())));
  out.push_back(row(context, Method::post, "/{org}/office/cases/claim", kOfficer, claim_selected, "選んだ案件をまとめて引き受ける",
                    "Claims the ticked cases", posted(kUrlencoded), kFormLimit));
  out.push_back(row(context, Method::get, "/{org}/office/cases/{case}", kOfficer, case_page, "一つの案件", "One case"));
  out.push_back(row(context, Method::get, "/{org}/office/cases/{case}.json", kOfficer, case_data, "一つの案件（JSON）",
                    "One case as JSON", data(http::kJson)));
  out.push_back(row(context, Method::get, "/{org}/office/cases/{case}/files/{number}", kOfficer, case_file, "案件の添付ファイル",
                    "A file of a case", data("application/octet-stream")));
  out.push_back(row(context, Method::get, "/{org}/office/cases/{case}/notices/{code}", kOfficer, case_notice, "通知の文書",
                    "The document of a notice"));
  out.push_back(row(context, Method::post, "/{org}/office/cases/{case}/{act}", kOfficer, case_act,
                    "案件の操作：claim、release、reassign、judge、send-back、return、message、withdraw-notice",
                    "An act on a case: claim, release, reassign, judge, send-back, return, message, withdraw-notice",
                    posted(kUrlencoded), kFormLimit));
  return out;
}

std::vector<http::Route> notice_routes(const RouteContext& context) {
  constexpr auto kPublic = Access::kPublic;
  http::RouteDocs code;
  code.query = {{"code", "string", "通知にある確認番号", "code on the notice"}};
  std::vector<http::Route> out;
  out.push_back(
      row(context, Method::get, "/{org}/notices", kPublic, notices_page, "通知の確認：番号の入力", "Verify a notice: its code", code));
  out.push_back(row(context, Method::get, "/{org}/notices/{code}", kPublic, notice_page, "通知の確認", "Verify a notice"));
  out.push_back(row(context, Method::post, "/{org}/notices/{code}", kPublic, notice_page, "手元の通知ファイルと比べる",
                    "Compares a file with the notice", posted("multipart/form-data", {200}), kUploadLimit));
  out.push_back(row(context, Method::get, "/{org}/notices/{code}.json", kPublic, notice_data, "通知の確認（JSON）",
                    "Verify a notice, as JSON", data(http::kJson)));
  out.push_back(row(context, Method::get, "/{org}/notices/{code}.jws", kPublic, notice_data, "通知の署名（JWS）",
                    "Signature of a notice", data("application/jose")));
  out.push_back(row(context, Method::get, "/{org}/notices/{code}.tsr", kPublic, notice_data, "通知のタイムスタンプ（RFC 3161）",
                    "Stamp of a notice (RFC 3161)", data("application/timestamp-reply")));
  return out;
}

}  // namespace musubi::records
