// How a signed message gets to another organisation and its signed answer back. Same signing, permits and records on every
// way: mutual TLS between processes, a plain call within one (also with an injected clock).
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "crypto/x509.h"
#include "exchange/member.h"
#include "http/headers.h"

namespace musubi::exchange {

struct Message {
  std::string method = "POST";
  std::string authority;  // "aoba.musubi.internal"
  std::string path;       // "/exchange/query"
  http::Headers headers;
  std::string body;
};

struct Reply {
  int status = 200;
  http::Headers headers;
  std::string body;
};

// The answer, and the certificate that the other end proved to hold.
struct Carried {
  Reply reply;
  crypto::Certificate peer;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Blocks at most `deadline_ms`. `from` is the organisation that sends. Errors: exchange.peer_down (nothing was reached),
  // exchange.peer_slow (too late), exchange.peer_lied (its certificate is not one of the member's).
  virtual Result<Carried> carry(const std::string& from, const Member& to, const Message& message, std::int64_t deadline_ms) = 0;
};

class Exchange;

// Between organisations of one process: a plain call on the caller's thread.
class LocalTransport final : public Transport {
 public:
  using Find = std::function<Result<Exchange*>(const std::string& organisation)>;
  // Where `find` fails for the receiver, the message goes by `otherwise`, if there is one.
  explicit LocalTransport(Find find, Transport* otherwise = nullptr) : find_(std::move(find)), otherwise_(otherwise) {}
  void set_find(Find find) { find_ = std::move(find); }
  Result<Carried> carry(const std::string& from, const Member& to, const Message& message, std::int64_t deadline_ms) override;

 private:
  Find find_;
  Transport* otherwise_;
};

}  // namespace musubi::exchange
