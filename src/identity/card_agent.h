// The card agent: a web server on the holder's own machine that stands where the client software of an IC card stands. It
// takes a signed challenge by form, shows who asks and what for, asks for the card and its PIN, and leads the browser back
// with the card's answer. No scripts, no cookies, nothing kept but the PIN counters in the card files.
//
// It answers only to the loopback names of its own address, so that a site which points its own name here gets nothing; and
// a PIN is only taken from a form that it made itself. Threads: any; cards are locked one by one.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "http/router.h"

namespace musubi::identity {

class CardAgent {
 public:
  // `folder` holds *.card and trusted.pem; read anew for each page.
  CardAgent(std::string folder, Clock& clock);
  CardAgent(const CardAgent&) = delete;
  CardAgent& operator=(const CardAgent&) = delete;

  const http::Router& router() const { return router_; }

 private:
  friend struct AgentAsk;
  std::string form_token(std::string_view challenge) const;
  http::Handler answers(Result<http::Response> (*answer)(const struct AgentAsk&));

  std::string folder_;
  Clock& clock_;
  std::string secret_;  // of this process: what the tokens of its forms are made from
  http::Router router_;
};

}  // namespace musubi::identity
