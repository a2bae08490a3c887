// From a handler's Response to bytes on the wire: conditional answers, compression, default headers. Of this module
// only; no sockets. Also request ids, the access log line and the metrics of a route.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "http/router.h"

namespace musubi::http {

struct Framing {
  bool close = false;     // the connection ends after this answer
  bool http_1_0 = false;  // such a client must be told when the connection stays
};

// Completes `response` in place (304, gzip, HEAD and bodiless statuses empty it) and returns status line and fields.
// Afterwards response.bytes() is what follows on the wire.
std::string finish(Response& response, const Request& request, const Route* route, const Framing& framing);

// Deflated as RFC 1952 has it, level 6.
std::string gzip(std::string_view bytes);

// 128 random bits as 26 lower-case letters and digits (Crockford's alphabet).
std::string new_request_id();

// Counters of every route, found once: recording takes no lock.
class Traffic {
 public:
  explicit Traffic(const Router& router);
  // Counts the answer and writes the access log line: method, pattern, status, bytes, duration, id; nothing the caller
  // chose to put into the address.
  void record(const Router::Match& match, const Request& request, int status, std::size_t bytes, std::int64_t us, bool log);

  metrics::Gauge& in_flight;
  metrics::Gauge& queue_depth;
  metrics::Gauge& connections;
  metrics::Counter& rejected;

 private:
  struct Row {
    std::array<metrics::Counter*, 5> classes;
    metrics::Histogram* duration;
  };
  std::vector<Row> rows_;  // by route; the last is for requests that met none
};

}  // namespace musubi::http
