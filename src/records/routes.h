// The URLs of records: the officers' queue and cases, and the public page that tells whether a notice is genuine.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "db/store.h"
#include "http/router.h"
#include "records/records.h"
#include "web/page.h"

namespace musubi::records {

// Given by the wiring; outlives the router.
struct RouteContext {
  db::Store& store;
  Clock& clock;
  std::function<Result<Office>(const std::string& organisation)> office;
  std::function<std::string(const http::Request&)> actor;          // code of the signed-in officer
  std::function<std::string(const http::Request&)> csrf_token;     // for the hidden field "csrf"; checked by the authoriser
  std::function<std::string(const http::Request&)> search_secret;  // of the officer's session: seals words of searches
  std::function<web::Site(const http::Request&, const std::string& organisation)> site;
};

std::vector<http::Route> office_routes(const RouteContext& context);  // queue, cases, acts
std::vector<http::Route> notice_routes(const RouteContext& context);  // public: verification of notices

// The document of a notice as an answer of its own: no scripts, nothing loaded, and no style but ours.
http::Response document_response(std::string document);

}  // namespace musubi::records
