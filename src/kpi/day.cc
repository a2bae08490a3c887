#include "kpi/day.h"

#include "web/messages/day.h"
#include "web/messages/kpi.h"
#include "web/url.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Language;

// The same page of now; of a list from its beginning.
std::string now_of(const http::Request& request) {
  return web::with_parameter(web::with_parameter(request.target, "as_of", ""), "page", "");
}

}  // namespace

json::value day_json(const View& view) { return view.as_of ? json::value(text::iso_date(*view.as_of)) : json::value(nullptr); }

http::Response data_of_day(json::object data, const View& view) {
  data["as_of"] = day_json(view);
  return http::json(json::value(std::move(data))).etag_of_body().cache("no-cache");
}

web::Markup day_form(const http::Request& request, const View& view, Language l) {
  Html html;
  html.raw("<form class=\"filters\" method=\"get\"")
      .url("action", request.path_text())
      .attribute("aria-label", t::day_choose(l))
      .raw(">\n");
  for (const auto& [name, value] : web::query_parameters(now_of(request)))
    html.raw("<input type=\"hidden\"").attribute("name", name).attribute("value", value).raw(">\n");
  return html.raw("<div><label for=\"day\">")
      .text(t::kpi_as_of(l))
      .raw("</label>\n<input type=\"search\" id=\"day\" name=\"as_of\"")
      .attribute("value", view.as_of ? text::iso_date(*view.as_of) : "")
      .raw("></div>\n<div class=\"do\"><button class=\"button secondary\">")
      .text(t::day_show(l))
      .raw("</button></div>\n</form>\n")
      .take();
}

http::Response answer_of_day(const RouteContext& context, const http::Request& request, const SheetAsked& asked, web::Page page,
                             int status) {
  page.main.html = day_notice(asked, now_of(request)).html + page.main.html;
  return answer(context, request, page, status);
}

}  // namespace musubi::kpi
