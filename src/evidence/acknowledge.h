// Receipts in the answer itself: an act over HTTP is acknowledged with the proof that it is in the log.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "db/store.h"
#include "http/router.h"

namespace musubi::evidence {

// The same routes. Answers below 400 to those that change something, where the act appended to the log of the organisation in
// the path, carry the headers
//   Musubi-Records  the records of the act, "84" or "84-86, 90": indexes, ranges in the order of the log;
//   Musubi-Receipt  the receipt of the last one (C2SP tlog-proof) as a byte sequence (RFC 9651 3.3.5), ":base64:"; its
//                   checkpoint covers the others too;
//   Link            where the receipt of the last one can be had again (RFC 8288; rel="related", type="text/plain").
// `by_get`: patterns of acts that a GET completes, as somebody comes back from the card. The store outlives the routes.
std::vector<http::Route> acknowledged(std::vector<http::Route> routes, db::Store& store,
                                      std::initializer_list<std::string_view> by_get = {});

}  // namespace musubi::evidence
