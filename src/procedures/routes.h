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

// Given by the wiring; outlives the router. Functions may be called from any thread.
struct RouteContext {
  db::Store& store;
  Clock& clock;
  std::function<web::Site(const http::Request&, const std::string& organisation)> site;
  // What this organisation has of other modules. Errors: org.unknown.
  std::function<Result<std::shared_ptr<const Neighbours>>(const std::string& organisation)> neighbours;
};

std::vector<http::Route> routes(const RouteContext& context);           // everyone's: guide and catalogue
std::vector<http::Route> resident_routes(const RouteContext& context);  // Access::kResident

}  // namespace musubi::procedures
