// HTTP/1.1 server (RFC 9112). I/O threads parse and write, workers run handlers; the router and all it calls must be
// ready before start() and outlive stop(). Nothing here survives a crash: a request was answered or it was not.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/router.h"

namespace musubi::http {

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                            // 0: any free one
  unsigned io_threads = 0;                           // 0: half the cores, at least 1
  unsigned workers = 32;                             // handlers at a time, those that wait included (http/pool.h)
  std::size_t queue = 1024;                          // requests waiting for a worker; beyond: 503 with Retry-After: 1
  std::size_t header_limit = 16 << 10;               // bytes of request line and fields: 431
  std::size_t body_limit = 64 << 10;                 // bytes unless the route has its own: 413
  std::size_t max_connections = 4096;                // beyond: 503 and closed
  std::chrono::milliseconds header_timeout{10'000};  // from the first byte: 408
  std::chrono::milliseconds body_timeout{30'000};    // from the end of the header: 408
  std::chrono::milliseconds idle_timeout{60'000};    // between requests: closed
  std::chrono::milliseconds write_timeout{30'000};   // plus a second per 64 KiB: closed
  std::chrono::milliseconds stop_timeout{10'000};    // for requests in flight when stopping
  bool access_log = true;
};

struct Address {
  std::string host;
  std::uint16_t port = 0;
  std::string url() const;  // "http://127.0.0.1:8080"
};

class Server {
 public:
  Server(Options options, const Router& router);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds, listens, starts the threads. Once. Errors: http.address (not an address of this machine), http.port_taken,
  // http.port_forbidden.
  Result<Address> start();
  // Stops accepting, answers what is in flight with Connection: close (at most stop_timeout, then cut), joins all
  // threads: returns when the last handler has. Not from a handler.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace musubi::http
