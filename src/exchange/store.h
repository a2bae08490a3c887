// All SQL of exchange. Private to the module.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/transaction.h"
#include "exchange/exchange.h"
#include "exchange/rules.h"

namespace musubi::exchange::store {

Result<void> put_member(db::Transaction& tx, const Member& member);
Result<std::optional<Member>> member(db::Reader& reader, std::string_view id);
Result<std::optional<Member>> member_of_kind(db::Reader& reader, std::string_view kind);
Result<std::vector<Member>> members(db::Reader& reader);

Result<void> put_permit(db::Transaction& tx, const Permit& permit);
Result<std::vector<Permit>> permits(db::Reader& reader);
// Those that may fit a pair of parties.
Result<std::vector<Permit>> permits_between(db::Reader& reader, std::string_view asking, std::string_view asking_kind,
                                            std::string_view answering, std::string_view answering_kind);

Result<void> put_read(db::Transaction& tx, const Read& read);
Result<std::vector<Read>> reads_of(db::Reader& reader, std::string_view person, std::size_t limit);
Result<ReadsPage> reads_page(db::Reader& reader, std::string_view person, ReadKind kind, std::uint64_t offset, std::size_t limit);
Result<std::vector<std::string>> persons_of_read(db::Reader& reader, std::string_view id);
Result<void> remove_read(db::Transaction& tx, std::string_view id, std::string_view person);

// Empty until the first write that needs it.
Result<std::string> secret(db::Reader& reader);
Result<void> put_secret(db::Transaction& tx, std::string_view secret);

Result<bool> is_used(db::Reader& reader, std::string_view digest);
Result<void> use(db::Transaction& tx, std::string_view digest, Time expires_at);
// Takes out, within a bound above what comes in between two sweeps: what would be refused for its age anyway, deliveries that no sender repeats any
// more, posts that were done long ago.
Result<void> sweep(db::Transaction& tx, Time now);
inline constexpr std::int64_t kTakenKept_us = kGiveUp_us + 10LL * 24 * 3600 * 1'000'000;  // senders give up before; clocks differ
inline constexpr std::int64_t kDoneKept_us = 90LL * 24 * 3600 * 1'000'000;

Result<std::optional<std::string>> taken(db::Reader& reader, std::string_view digest);
Result<void> take(db::Transaction& tx, std::string_view digest, std::string_view answer, Time now);

struct Post {
  std::string id;
  Outgoing outgoing;
  int attempts = 0;
  Time created_at;
  bool as_queued = true;  // what stands in the row is what its act put there
};
// False when a post of that key is there already.
Result<bool> add_post(db::Transaction& tx, const Post& post, Time next_at);
struct Due {
  std::string id, receiver, person;
};
Result<std::vector<Due>> due_posts(db::Reader& reader, Time now, std::size_t limit);  // in order; their bodies may be large
Result<std::optional<Post>> waiting_post(db::Reader& reader, std::string_view id);
Result<std::vector<Post>> waiting_about(db::Reader& reader, std::string_view about);
// Ids of waiting messages that are not as they were queued, or that no act queued; of those queued that are gone. By id, at most `limit`.
struct Unlike {
  std::string id;
  bool is_there = false, was_queued = false;
};
Result<std::vector<Unlike>> unlike_queued(db::Reader& reader, std::size_t limit);
Result<std::size_t> seal_unqueued(db::Transaction& tx);  // takes those that no act queued for queued
Result<std::size_t> count_waiting(db::Reader& reader, std::size_t at_most);
Result<std::optional<Time>> next_due(db::Reader& reader);
Result<bool> is_waiting(db::Reader& reader, std::string_view id);
Result<void> postpone(db::Transaction& tx, std::string_view id, int attempts, bool blocks, Time next_at, const Text& error);
Result<void> finish_post(db::Transaction& tx, std::string_view id, std::string_view state, int attempts, const Text& error);
Result<std::vector<Posted>> outbox(db::Reader& reader, std::size_t limit);

}  // namespace musubi::exchange::store
