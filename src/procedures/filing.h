// What a person sent to an office, and what became of it.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace musubi::procedures {

struct Filing {
  std::string reference;  // opaque, own to this filing and its recipient
  std::string basket, procedure, recipient;
  std::int64_t version = 0;
  json::object form;
  std::string state;   // "sent", "rejected", then the office's: "received", "review", "returned", "granted", "refused", "withdrawn"
  std::string number;  // of the case at the office
  Time filed_at, changed_at;
  json::object receipt;  // of the recipient; empty until it arrived
};

struct StatusLine {
  std::string state;
  Text text;
  Time at;
  json::object extra;
};

}  // namespace musubi::procedures
