#include "evidence/acknowledge.h"

#include <algorithm>

#include "base/encoding.h"
#include "evidence/log.h"

namespace musubi::evidence {

namespace {

constexpr std::size_t kRanges = 16;  // beyond that the last ones are told

struct Ranges {
  std::string text;
  std::uint64_t last = 0;
};

// Of the acts of one organisation; neighbours become one range.
Ranges ranges_of(const std::vector<db::Written::Act>& acts, const std::string& organisation) {
  std::vector<db::LeafRange> ranges;
  for (const auto& act : acts) {
    if (act.organisation != organisation) continue;
    if (!ranges.empty() && ranges.back().first + ranges.back().count == act.leaves.first)
      ranges.back().count += act.leaves.count;
    else
      ranges.push_back(act.leaves);
  }
  Ranges out;
  for (std::size_t i = ranges.size() > kRanges ? ranges.size() - kRanges : 0; i < ranges.size(); ++i) {
    out.last = ranges[i].first + ranges[i].count - 1;
    out.text += (out.text.empty() ? "" : ", ") + std::to_string(ranges[i].first);
    if (ranges[i].count > 1) out.text += "-" + std::to_string(out.last);
  }
  return out;
}

Result<http::Response> answer(const http::Handler& handler, db::Store& store, http::Request& request) {
  db::Written written;
  auto response = TRY(handler(request));
  if (response.status >= 400 || written.acts().empty()) return response;
  std::string organisation(request.parameter("org"));
  auto records = ranges_of(written.acts(), organisation);
  if (records.text.empty()) return response;
  response.header("Musubi-Records", records.text);
  // The act stands whatever becomes of its proof: without one the caller still knows where to ask for it.
  auto database = store.organisation(organisation);
  if (!database.ok()) return response;
  std::string again = "/" + organisation + "/log/records/" + std::to_string(records.last) + "/receipt";
  response.header("Link", "<" + again + ">; rel=\"related\"; type=\"text/plain\"");
  if (auto receipt = Log::of(**database).receipt(records.last); receipt.ok())
    response.header("Musubi-Receipt", ":" + to_base64(*receipt) + ":");
  return response;
}

}  // namespace

std::vector<http::Route> acknowledged(std::vector<http::Route> routes, db::Store& store,
                                      std::initializer_list<std::string_view> by_get) {
  for (auto& route : routes) {
    if (!route.pattern.starts_with("/{org}")) continue;
    if (route.method == http::Method::get && std::find(by_get.begin(), by_get.end(), route.pattern) == by_get.end()) continue;
    route.handler = [handler = std::move(route.handler), &store](http::Request& request) { return answer(handler, store, request); };
    route.docs.headers.push_back({"Musubi-Records", "この操作で加わった記録の番号", "Indexes of the records that the act appended"});
    route.docs.headers.push_back({"Musubi-Receipt", "最後の記録の受領証（tlog-proof、RFC 9651 のバイト列）",
                                  "Receipt of the last one: tlog-proof as a byte sequence of RFC 9651"});
  }
  return routes;
}

}  // namespace musubi::evidence
