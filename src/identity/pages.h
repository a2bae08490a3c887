// The pages of identity: sign-in by one-time link, the officer's home, sessions, officers.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "db/store.h"
#include "http/router.h"
#include "web/page.h"

namespace musubi::identity {

// Given by the wiring; outlives the router. The functions may be called from any thread.
struct RouteContext {
  db::Store& store;
  Clock& clock;
  std::function<std::string()> base_url;  // "https://musubi.example", as people reach this server
  std::function<web::Site(const http::Request&, const std::string& organisation)> site;
  std::vector<web::SiteLink> office;      // what officers can open, below /{org}: "/office/plans"
  std::function<void(const std::string& organisation)> signed_in;  // after a sign-in
};

std::vector<http::Route> sign_in_routes(const RouteContext& context);
std::vector<http::Route> office_routes(const RouteContext& context);

// The address of a one-time link.
std::string link_address(const std::string& base_url, const std::string& organisation, const std::string& token);

}  // namespace musubi::identity
