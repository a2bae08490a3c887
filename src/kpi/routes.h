// The URLs of kpi. routes.cc holds the whole public table and what answers with data; pages.cc and office.cc draw.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "db/store.h"
#include "http/router.h"
#include "kpi/definitions.h"
#include "web/page.h"

namespace musubi::kpi {

struct PostWords {
  std::string id;
  Text title;
};

struct StepWords {
  Text title;
  std::string post;  // id; empty: none
};

// Given by the wiring; outlives the router.
struct RouteContext {
  db::Store& store;
  Clock& clock;
  std::function<std::string(const http::Request&)> actor;       // code of the signed-in officer
  std::function<std::string(const http::Request&)> csrf_token;  // for the hidden field "csrf"; checked by the authoriser
  std::function<web::Site(const http::Request&, const std::string& organisation)> site;
  // Words for a value of a fact, "procedure" "jp.moving.move-in"; nothing where unknown. May be empty.
  std::function<std::optional<Text>(const std::string& organisation, const std::string& fact, const std::string& value)> part_title =
      {};
  // Every record type that some module writes: what definitions of indicators are held against. None: nothing is.
  const KnownTypes* record_types = nullptr;
  // Of a step in the route of a procedure; nothing where unknown. May be empty.
  std::function<std::optional<StepWords>(const std::string& procedure, std::string_view step)> step_words = {};
  // Posts of an organisation today, and those that an officer holds. Empty: there are none.
  std::function<Result<std::vector<PostWords>>(const std::string& organisation)> posts = {};
  std::function<Result<std::vector<std::string>>(const std::string& organisation, const std::string& officer)> posts_of = {};
  // Where the pages of another organisation stand, as this one knows it: "https://..."; "" where unknown. May be empty.
  std::function<std::string(const std::string& organisation, const std::string& other)> site_of = {};
  std::function<bool(const http::Request&)> is_administrator = {};  // empty: nobody is
};

std::vector<http::Route> routes(const RouteContext& context);         // everyone's: pages and data
std::vector<http::Route> office_routes(const RouteContext& context);  // officers'

}  // namespace musubi::kpi
