// The log on the web: checkpoint, tiles and entries as C2SP tlog-tiles has them under /{org}/log/, receipts, record bundles,
// and the pages that show them. Leaves are public; heads and bodies only of record types declared public, the rest for
// officers of the organisation.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "db/store.h"
#include "evidence/record.h"
#include "http/router.h"
#include "web/page.h"

namespace musubi::evidence {

// Given by the wiring; outlives the router.
struct RouteContext {
  db::Store& store;
  std::map<std::string, const RecordType*, std::less<>> types;  // every type that any module writes
  std::function<web::Site(const http::Request&, const std::string& organisation)> site;
  std::function<bool(const http::Request&)> is_officer;  // of the organisation in the path
};

std::vector<const RecordType*> record_types();  // of this module

std::vector<http::Route> log_routes(const RouteContext& context);   // data: routes.cc
std::vector<http::Route> page_routes(const RouteContext& context);  // pages: pages.cc

// "0/x001/067.p/12" as in tlog-tiles: level, number, width. `entries` instead of a level gives level -1.
struct TilePath {
  int level = 0;
  std::uint64_t number = 0;
  int width = 256;
};
std::optional<TilePath> parse_tile_path(std::string_view path);
std::string format_tile_path(const TilePath& tile);

// A record that this caller may see. Errors: evidence.unknown_record (404), evidence.not_public (403).
Result<Record> visible_record(const RouteContext& context, const http::Request& request);

}  // namespace musubi::evidence
