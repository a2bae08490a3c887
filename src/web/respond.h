// Pages, tables and static files as HTTP responses.
#pragma once

#include <string_view>

#include "http/request.h"
#include "http/response.h"
#include "web/page.h"
#include "web/table.h"

namespace musubi::web {

// text/html with Content-Language and Vary; "Cache-Control: private, no-cache" unless the handler sets another.
http::Response respond(const Site& site, const Page& page, int status = 200);

// The same table as `?format`-less siblings of its page: "/plans.json" and "/plans.csv". `?spreadsheet=1` asks for the
// CSV variant for spreadsheet programs.
http::Response respond_json(const Table& table);
http::Response respond_csv(const Table& table, const http::Request& request, std::string_view filename);

// GET /static/{file}. Errors: web.no_such_file.
Result<http::Response> respond_static(const http::Request& request);

}  // namespace musubi::web
