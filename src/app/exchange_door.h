// ExchangeDoor: the way between this installation and others by mutual TLS. Organisations here meet without it.
//
// Owner: Serving. The transport exists before the exchanges that use it, the listener after them.
#pragma once

#include <memory>

#include "app/installation.h"
#include "exchange/tls_transport.h"

namespace musubi::app {

class ExchangeDoor {
 public:
  explicit ExchangeDoor(Installation& installation)
      : transport_([&installation](const std::string& id) { return installation.keys(id); }) {}

  exchange::Transport& transport() { return transport_; }

  // Listens where the configuration says so; nowhere otherwise. Errors: http.address, http.port_taken, http.port_forbidden.
  Result<void> open(const Config& config, exchange::Exchanges& exchanges) {
    if (!config.exchange_listen) return {};
    http::TlsServer::Options options;
    options.address = config.exchange_listen->address;
    options.port = config.exchange_listen->port;
    listener_ = std::make_unique<exchange::Listener>(std::move(options), exchanges);
    port_ = TRY(listener_->start());
    return {};
  }
  std::uint16_t port() const { return port_; }  // 0: closed
  void close() { listener_.reset(); }           // before the exchanges end

 private:
  exchange::TlsTransport transport_;
  std::unique_ptr<exchange::Listener> listener_;
  std::uint16_t port_ = 0;
};

}  // namespace musubi::app
