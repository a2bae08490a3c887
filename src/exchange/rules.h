// Pure rules of exchange: what a permit allows, what members and permits must look like, when a post is tried again. No I/O,
// no clock. Private to the module.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exchange/member.h"

namespace musubi::exchange {

inline constexpr std::size_t kItemsAtMost = 50;        // in one question
inline constexpr std::size_t kFurtherAtMost = 50;      // persons in one message
inline constexpr std::size_t kMessageLimit = 4 << 20;  // bytes of a body
inline constexpr std::size_t kKeptLimit = 160 << 10;   // of a message's body in a record: above, its digest alone

struct Party {
  std::string id, kind;
};
struct Wanted {
  Party asking, answering;
  std::string procedure;
  std::vector<std::string> items;
  text::Date day;
};
struct Allowed {
  Text legal_basis, purpose;
};
// Every item must stand in a permit that fits and is in force on the day. Errors: exchange.not_permitted with a fault for each
// missing line.
Result<Allowed> decide(const std::vector<Permit>& permits, const Wanted& wanted);

std::vector<Fault> check_member(const Member& member);
std::vector<Fault> check_permit(const Permit& permit, const std::string& pointer);

// For heads: "ok" or one of few words.
std::string outcome_of(const Error& error);
// True for an error that will not go away by trying again.
bool is_final(const Error& error);
std::int64_t retry_after_us(int attempts);  // 1 s, doubling, at most 10 minutes
inline constexpr std::int64_t kGiveUp_us = 30LL * 24 * 3600 * 1'000'000;

// Errors that several files make.
Error unknown_member(std::string_view id);
Error peer_down(std::string_view id, std::string_view why);
Error peer_slow(std::string_view id, std::int64_t deadline_ms);
Error peer_lied(std::string_view id, Text why);
Error bad_token(Text why);
Error replayed();

}  // namespace musubi::exchange
