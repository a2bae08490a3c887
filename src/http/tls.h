// Mutual TLS 1.3 between organisations: a listener of its own beside the server for pages, and its client. The name in the
// client's hello chooses the organisation's certificate and the roots that callers must lead to; both ends show a certificate
// or nothing is exchanged. Bodies, times and connections are bounded.
//
// Threads of the listener: one that accepts and watches, a few that take what has come (handshakes, requests) and never wait for
// more, a pool for whole requests: whoever is slow, or silent, holds up nobody. Nothing here survives a crash.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/headers.h"

namespace musubi::http {

struct TlsIdentity {
  std::string certificate_pem;
  std::string key_file;  // PKCS#8 PEM, of the certificate
};

// A certificate to show and the roots to trust. Immutable, shared between connections.
class TlsContext {
 public:
  // Errors: tls.identity (certificate and key cannot be read or do not belong together), tls.roots.
  static Result<std::shared_ptr<const TlsContext>> create(const TlsIdentity& identity, const std::vector<std::string>& roots_pem);

  struct State;
  explicit TlsContext(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  const State& state() const { return *state_; }

 private:
  std::shared_ptr<const State> state_;
};

struct TlsRequest {
  std::string method, target, host;  // host: the name that the client asked for, which its Host field must repeat
  Headers headers;                   // without Host, Content-Length, Connection
  std::string body;
  std::string peer_der;  // the certificate that the caller proved to hold
};
struct TlsAnswer {
  int status = 200;
  Headers headers;
  std::string body;
  std::string peer_der;  // of the other end; as seen by a client
};

class TlsServer {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any free one
    unsigned workers = 16, handshakes = 4;
    std::size_t queue = 256;  // requests waiting for a worker; beyond: the connection is closed
    std::size_t max_connections = 2048;
    std::size_t greeting = 512;            // of these, that have not shown their certificate; beyond: the oldest is closed
    std::size_t buffer_limit = 256 << 20;  // bytes of bodies at a time; beyond: 503
    std::size_t body_limit = 5 << 20;      // 413
    std::int64_t handshake_ms = 5000, request_ms = 10'000, write_ms = 10'000, idle_ms = 60'000, drain_ms = 1000;
  };
  using Find = std::function<Result<std::shared_ptr<const TlsContext>>(const std::string& host)>;
  using Handler = std::function<TlsAnswer(TlsRequest&)>;

  TlsServer(Options options, Find find, Handler handler);
  ~TlsServer();  // stops
  TlsServer(const TlsServer&) = delete;

  // Returns the port. Errors: http.address, http.port_taken, http.port_forbidden.
  Result<std::uint16_t> start();
  void stop();  // lets running handlers end

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Keeps connections open for the next request to the same end under the same context. Any thread.
class TlsClient {
 public:
  explicit TlsClient(std::size_t body_limit = 5 << 20, std::size_t idle_limit = 64);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;

  // `address`: https://host:port, where to connect; `host`: the name to ask for and to find in the certificate. Errors, all
  // Code::kUnavailable: tls.unreachable, tls.timeout (`deadline_ms` for everything), tls.untrusted (the certificate is not one
  // of `host` under the context's roots), tls.refused (the other end did not like ours), tls.broken (an answer cut short, too
  // long, or not HTTP).
  Result<TlsAnswer> post(const std::shared_ptr<const TlsContext>& context, const std::string& address, const std::string& host,
                         const std::string& target, const Headers& headers, const std::string& body, std::int64_t deadline_ms);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace musubi::http
