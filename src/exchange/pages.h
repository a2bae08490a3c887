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

// What people call things that messages name by codes, and where the asking side shows what it asked for.
struct Names {
  std::function<Text(const std::string& item)> item;
  std::function<Text(const std::string& procedure)> procedure;
  std::function<std::string(const std::string& reference)> case_path;  // below the organisation
};

// Given by the wiring; outlives the router.
struct RouteContext {
  db::Store& store;
  std::function<Result<Exchange*>(const std::string& organisation)> exchange;
  std::function<web::Site(const http::Request&, const std::string& organisation)> site;
  Names names = {};
};

std::vector<http::Route> resident_routes(const RouteContext& context);  // {org}/my/reads
std::vector<http::Route> office_routes(const RouteContext& context);    // {org}/office/exchange, {org}/exchange/permits

}  // namespace musubi::exchange
