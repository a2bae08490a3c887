// The log on the web: checkpoint, tiles and entries as C2SP tlog-tiles has them under /{org}/log/, receipts, record bundles,
// and the pages that show them. Leaves are public; heads and bodies only of record types declared public, or of those that their
// module has published; the rest for administrators of the organisation, on record.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "db/store.h"
#include "evidence/record.h"
#include "evidence/tile_path.h"
#include "http/router.h"
#include "web/page.h"

namespace musubi::evidence {

// Given by the wiring; outlives the router.
struct RouteContext {
  db::Store& store;
  std::map<std::string, const RecordType*, std::less<>> types;  // every type that any module writes
  std::function<web::Site(const http::Request&, const std::string& organisation)> site;
  std::function<bool(const http::Request&)> is_officer;  // of the organisation in the path
  // Of records whose type is kOncePublished, the indexes of those that are public by now. None: they stay with the officers.
  std::function<Result<std::set<std::uint64_t>>(db::Reader&, std::span<const Record>)> published = {};
  // Who reads what is not everybody's: code for the record that tells of it.
  std::function<std::string(const http::Request&)> actor = {};
  // Enters the read in the lists of those whom the records are about, where that is known, and says in which stream its record
  // stands. Empty: in a stream of this module.
  std::function<Result<std::string>(db::Transaction&, const std::string& organisation, std::span<const Record>)> note_read = {};
};

std::vector<const RecordType*> record_types();  // of this module

std::vector<http::Route> log_routes(const RouteContext& context);   // data: routes.cc
std::vector<http::Route> page_routes(const RouteContext& context);  // pages: pages.cc

const RecordType& body_read_type();  // "evidence.body_read"

// Which of these records everybody may see.
Result<std::set<std::uint64_t>> public_records(const RouteContext& context, db::Reader& reader, std::span<const Record> records);

// A record that this caller may see. Where it is not everybody's and has a body, that it was read is on record before this
// returns. Errors: evidence.unknown_record (404), evidence.not_public (403).
Result<Record> visible_record(const RouteContext& context, const http::Request& request);

}  // namespace musubi::evidence
