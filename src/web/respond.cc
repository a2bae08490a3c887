#include "web/respond.h"

#include "web/messages.h"
#include "web/static_files.h"
#include "web/url.h"

namespace musubi::web {

http::Response respond(const Site& site, const Page& page, int status) {
  http::Response response = http::html(render_page(site, page), status);
  response.header("Content-Language", language_tag(page.language)).header("Vary", "Accept, Accept-Language, Cookie");
  // Who chose a language keeps it on the pages that follow.
  for (const auto& [name, value] : query_parameters(page.target))
    if (name == "lang" && value == language_tag(page.language))
      response.headers.add("Set-Cookie", "lang=" + value + "; Path=/; SameSite=Lax; HttpOnly; Max-Age=31536000");
  return response.cache("private, no-cache");
}

http::Response respond_json(const Table& table) { return http::json(json::value(to_json(table))); }

http::Response respond_csv(const Table& table, const http::Request& request, std::string_view filename) {
  const bool spreadsheet = request.query.get("spreadsheet", "") == "1";
  return http::csv(to_csv(table, spreadsheet ? text::kSpreadsheet : text::CsvOptions{}), filename);
}

Result<http::Response> respond_static(const http::Request& request) {
  const StaticFile* file = find_static(request.path_text());
  if (!file) return Error{Code::kNotFound, "web.no_such_file", messages::file_not_found(), {}};
  // The bytes live as long as the process: no owner is needed.
  http::Response response = http::bytes(std::string(file->bytes), file->media_type);
  if (!file->gzip.empty()) response.gzip_body = std::shared_ptr<const std::string>(std::shared_ptr<void>(), &file->gzip);
  response.etag(std::string_view(file->etag).substr(1, file->etag.size() - 2));
  return response.cache(kImmutable);
}

}  // namespace musubi::web
