// The pages of exchange: a resident's list of reads with proofs, the officers' view of members, outbox and outcomes, the public
// table of permits.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "db/store.h"
#include "exchange/exchanges.h"
#include "http/router.h"
#include "web/page.h"

namespace musubi::exchange {

// Given by the wiring; outlives the router.
struct RouteContext {
  db::Store& store;
  std::function<Result<Exchange*>(const std::string& organisation)> exchange;
  std::function<web::Site(const http::Request&, const std::string& organisation)> site;
};

std::vector<http::Route> resident_routes(const RouteContext& context);  // {org}/my/reads
std::vector<http::Route> office_routes(const RouteContext& context);    // {org}/office/exchange, {org}/exchange/permits

}  // namespace musubi::exchange
