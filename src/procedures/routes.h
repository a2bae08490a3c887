// The URLs of procedures. routes.cc holds the whole table and what answers with data; *_pages.cc draw.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "db/store.h"
#include "http/router.h"
#include "procedures/neighbours.h"
#include "web/page.h"

namespace musubi::procedures {

// A document that a resident signs with the card (identity/card_signing.h).
struct ToSign {
  Text title;
  std::vector<Text> lines;
  std::string payload;
  std::string return_path;  // gets ?signed=HANDLE or ?cancelled=HANDLE
};

// Given by the wiring; outlives the router. Functions may be called from any thread.
struct RouteContext {
  db::Store& store;
  Clock& clock;
  std::function<web::Site(const http::Request&, const std::string& organisation)> site;
  // What this organisation has of other modules. Errors: org.unknown.
  std::function<Result<std::shared_ptr<const Neighbours>>(const std::string& organisation)> neighbours;
  // Keeps the document and returns where to lead the browser; then the signature (compact JWS), once. Errors: identity.*.
  std::function<Result<std::string>(db::Transaction&, const http::Request&, const ToSign&)> begin_signing;
  std::function<Result<std::string>(db::Transaction&, const http::Request&, const std::string& handle)> take_signature;
  // An office's document as an answer of its own, with the policy that such documents need.
  std::function<http::Response(std::string)> document;
};

std::vector<http::Route> routes(const RouteContext& context);           // everyone's: guide and catalogue
std::vector<http::Route> resident_routes(const RouteContext& context);  // Access::kResident

}  // namespace musubi::procedures
