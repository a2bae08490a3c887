// What the pages of identity share. Private to the module.
#pragma once

#include <memory>
#include <string>

#include "identity/access.h"
#include "identity/pages.h"
#include "identity/residents.h"
#include "web/form.h"
#include "web/html.h"
#include "web/respond.h"
#include "web/table.h"
#include "web/url.h"

namespace musubi::identity {

struct Ask {  // one request, taken apart
  const RouteContext& context;
  http::Request& request;
  std::string organisation;
  std::shared_ptr<db::Database> database;

  bool ja() const { return request.language == http::Language::ja; }
  std::string say(std::string_view (*message)(web::Language)) const { return std::string(message(request.language)); }
  std::string at(const std::string& below) const { return "/" + organisation + below; }
  bool secure() const { return context.base_url().starts_with("https:"); }
};
Result<Ask> take(const RouteContext& context, http::Request& request);

web::Page page(const Ask& ask, std::string title);
// Never kept by browser or proxy, and its address goes nowhere: these pages are about who somebody is.
http::Response respond(const Ask& ask, const web::Page& page, int status = 200);

// The data beside the page of a table, "residents.json" and "residents.csv": about persons, so never kept either.
template <Result<web::Table> (*kTable)(const Ask&)>
Result<http::Response> as_json(const Ask& ask) {
  auto response = web::respond_json(TRY(kTable(ask)));
  response.cache("no-store");
  return response;
}
template <Result<web::Table> (*kTable)(const Ask&)>
Result<http::Response> as_csv(const Ask& ask) {
  std::string_view path = web::path_of(ask.request.target);
  auto response = web::respond_csv(TRY(kTable(ask)), ask.request, path.substr(path.rfind('/') + 1));
  response.cache("no-store");
  return response;
}

// A list of sign-ins as data. Times are RFC 3339.
struct ListedSession {
  std::string handle;
  bool this_one = false;
  Time created_at, last_seen_at;
};
web::Table sessions_table(const Ask& ask, const std::vector<ListedSession>& sessions, const std::vector<OpenLink>& links = {});
// The record of a look at entries of the register, durable before the answer; the persons see it in their own lists.
Result<void> note_look(const Ask& ask, const std::vector<std::string>& codes, const char* what, const std::string& why);
// An entry as people read it: what it holds, by its name.
std::vector<std::pair<std::string, std::string>> entry_lines(const Ask& ask, const Resident& person);
std::string name_of(const Ask& ask, const Resident& person);  // "(erased)" once it is
// Whether the caller holds a post with the duty to look into the register, or to change entries of it.
Result<bool> may_look(const Ask& ask);
Result<bool> may_enter(const Ask& ask);
std::vector<http::Route> entry_routes(const RouteContext& context);  // changing an entry by hand
std::vector<http::Route> due_routes(const RouteContext& context);

using Answer = Result<http::Response> (*)(const Ask&);
http::Handler answers(const RouteContext& context, Answer answer);

}  // namespace musubi::identity
