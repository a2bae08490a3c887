// A running server over an installation: what serve and demo share.
#pragma once

#include <memory>
#include <string>

#include "app/exchange_door.h"
#include "app/follower.h"
#include "app/rounds.h"
#include "app/wiring.h"
#include "http/server.h"
#include "trust/stamper.h"

namespace musubi::app {

// Signals SIGINT and SIGTERM reach only the thread that waits for them. Call before any thread is made.
void hold_stop_signals();
void wait_for_stop();  // until one of them
bool stop_wanted();    // one of them came and waits: for long work between its steps

class Serving {
 public:
  // Binds, starts the server, the exchange of messages and the stamper. Errors: those of http::Server::start.
  static Result<std::unique_ptr<Serving>> start(Installation& installation);
  ~Serving();  // finishes requests, keeps checkpoints

  const std::string& url() const { return url_; }               // as people reach it
  const std::string& bound() const { return bound_; }           // what was bound
  std::uint16_t exchange_port() const { return door_.port(); }  // 0: nobody from outside
  // Until SIGINT or SIGTERM; returns the signal. Once a minute it removes links of first sign-ins that have expired.
  int wait();
  // One round of keeping and stamping now.
  void stamp();

 private:
  explicit Serving(Installation& installation);
  Installation& installation_;
  std::string url_, bound_;
  ExchangeDoor door_;
  Wiring wiring_;
  http::Server server_;
  trust::Stamper stamper_;
  Follower follower_;
  Rounds sums_;
};

// A link that works once for the first active administrator, and its file first-sign-in.txt when `first`. Errors: those
// of identity.
Result<std::string> administrator_link(Installation& installation, const std::string& organisation, const std::string& base_url,
                                       bool first);

// "http://127.0.0.1:8080", from --base-url, else --listen: what serve would say.
std::string expected_url(const Config& config);

}  // namespace musubi::app
