// How the messages of a TestWorld travel, and the permits that they need.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "exchange/exchange.h"
#include "exchange/exchanges.h"
#include "exchange/transport.h"

namespace musubi::exchange {

// Carries messages locally; a test may look at them, change them or lose them on the way.
class TestTransport final : public Transport {
 public:
  LocalTransport local{{}};
  std::function<Result<Carried>(const std::string& from, const Member& to, const Message& message)> instead;
  std::vector<std::pair<std::string, Message>> sent;  // receiver, message
  std::vector<Reply> replies;

  Result<Carried> carry(const std::string& from, const Member& to, const Message& message, std::int64_t deadline_ms) override {
    if (std::lock_guard lock(mutex_); keep) sent.emplace_back(to.id, message);
    if (instead) return instead(from, to, message);
    auto carried = local.carry(from, to, message, deadline_ms);
    if (std::lock_guard lock(mutex_); keep && carried.ok()) replies.push_back(carried->reply);
    return carried;
  }
  bool keep = true;

 private:
  std::mutex mutex_;
};

inline Permit permit(std::string id, std::string asking, std::string answering, std::string procedure,
                     std::vector<std::string> items) {
  return {std::move(id),
          std::move(asking),
          std::move(procedure),
          std::move(answering),
          std::move(items),
          {"届出の事前記入", "to fill in a filing"},
          {"番号法（架空）第 19 条", "Number Act (fictional), Article 19"},
          {2026, 1, 1},
          {}};
}

}  // namespace musubi::exchange
