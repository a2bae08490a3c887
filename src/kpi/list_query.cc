#include "kpi/list_query.h"

namespace musubi::kpi {

Result<std::optional<text::Date>> read_day(const http::Request& request) {
  std::string_view day = request.query.get("as_of", "");
  if (day.empty()) return std::optional<text::Date>();
  auto date = text::read_date(day);  // as people type it: 令和8年1月5日
  if (date.ok()) return std::optional(*date);
  return Error{Code::kMalformed,
               "plan.bad_as_of",
               {"アドレスの as_of（時点）を、日として読めません。as_of=2019-06-14 の形で書くか、as_of を除いてください。",
                "The as_of of the address is no day. Write it as as_of=2019-06-14, or leave as_of out."},
               {Fault{"as_of", date.error().message}}};
}

Result<Asked> read_list_asked(const RouteContext& context, const http::Request& request, bool office) {
  Asked asked;
  asked.urls = {request.parameter("org"), office};
  asked.view.drafts = office;
  asked.language = request.language;
  if (auto day = read_day(request); day.ok()) asked.view.as_of = *day;
  asked.database = TRY(context.store.organisation(asked.urls.org));
  return asked;
}

Result<SheetAsked> read_sheet_list_asked(const RouteContext& context, const http::Request& request, bool office) {
  Asked asked = TRY(read_list_asked(context, request, office));
  return SheetAsked{std::move(asked.database), {asked.urls.org, office}, asked.view, asked.language};
}

Result<web::TableQuery> table_query(const http::Request& request, const web::TableShape& shape) {
  auto query = web::read_query(shape, request.target);
  auto day = read_day(request);
  if (day.ok()) return query;
  if (query.ok()) return day.error();
  Error all = query.error();
  all.faults.insert(all.faults.begin(), day.error().faults.begin(), day.error().faults.end());
  return all;
}

}  // namespace musubi::kpi
