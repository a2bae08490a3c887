// A day that is asked for: pages say which one they show, those with a field lead to it, and data name it. Private to kpi.
#pragma once

#include "http/response.h"
#include "kpi/sheet_pages.h"

namespace musubi::kpi {

json::value day_json(const View& view);                           // "2026-10-01"; null: as known now
http::Response data_of_day(json::object data, const View& view);  // with that day as its member `as_of`
// A field that asks the same page for a day; what else its address asks for stays, but for a page of a list.
web::Markup day_form(const http::Request& request, const View& view, web::Language language);
// The page, with a notice above it where it shows a past day.
http::Response answer_of_day(const RouteContext& context, const http::Request& request, const SheetAsked& asked, web::Page page,
                             int status = 200);

}  // namespace musubi::kpi
