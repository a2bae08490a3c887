// What the route tables say of themselves: the OpenAPI 3.1 document and docs/urls.md.
#pragma once

#include <string>

#include "base/json.h"
#include "http/router.h"

namespace musubi::http {

struct ApiInfo {
  std::string title = "Musubi";
  std::string version;
  Text description;
  std::string officer_cookie, resident_cookie;  // that a session is kept in: "musubi_{org}"
};

// OpenAPI 3.1.0: every route with parameters, responses (problem schema for errors), security by access, `x-access`.
// `{rest...}` becomes `{rest}` with a note that it spans segments. CHECKs that the schemas in the tables are JSON.
json::value openapi(const Router& router, const ApiInfo& info);

// The table of docs/urls.md: method, URL, access, what; sorted by URL.
std::string urls_markdown(const Router& router);

}  // namespace musubi::http
