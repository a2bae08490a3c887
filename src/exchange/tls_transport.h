// Exchange over mutual TLS: the way out, and the listener for what comes in. The TLS certificate is the one that signs messages.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "base/guarded.h"
#include "exchange/exchanges.h"
#include "http/tls.h"

namespace musubi::exchange {

class TlsTransport final : public Transport {
 public:
  using Keys = std::function<Result<std::shared_ptr<const trust::OrganisationKeys>>(const std::string& organisation)>;
  explicit TlsTransport(Keys keys) : keys_(std::move(keys)) {}
  Result<Carried> carry(const std::string& from, const Member& to, const Message& message, std::int64_t deadline_ms) override;

 private:
  // One for each pair: a member is believed under its own root alone.
  Result<std::shared_ptr<const http::TlsContext>> context(const std::string& from, const Member& to);

  Keys keys_;
  http::TlsClient client_;
  Guarded<std::map<std::string, std::shared_ptr<const http::TlsContext>>> contexts_;
};

// The listener of an installation: every organisation under its own name.
class Listener {
 public:
  Listener(http::TlsServer::Options options, Exchanges& exchanges);
  Result<std::uint16_t> start() { return server_.start(); }
  void stop() { server_.stop(); }

 private:
  struct Known {
    std::shared_ptr<const http::TlsContext> context;
    std::chrono::steady_clock::time_point until;
  };
  Result<std::shared_ptr<const http::TlsContext>> find(const std::string& host);

  Exchanges& exchanges_;
  Guarded<std::map<std::string, Known>> known_;
  http::TlsServer server_;
};

}  // namespace musubi::exchange
