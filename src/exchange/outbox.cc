// The durable outbox: posts leave with their own transaction and come back with a record of how they arrived.
#include <set>

#include "base/log.h"
#include "exchange/state.h"
#include "exchange/store.h"

namespace musubi::exchange {
namespace {

constexpr std::int64_t kDeliveryDeadline_ms = 10'000;  // nobody waits for it at a screen

// The other side is away: whatever comes later for it waits too.
bool is_away(const Error& error) { return error.code == Code::kUnavailable && error.name != "exchange.peer_lied"; }

json::object body_of(const store::Post& post, const Conversation& said) {
  json::object body{{"key", post.outgoing.key}, {"question", kept(said.question)}};
  if (!said.carried) return body;
  body["answer"] = kept(said.carried->reply);
  body["peer_certificate"] = said.carried->peer.pem();
  return body;
}

// In one transaction: out of the outbox, the record, what the owner of the service does. A crash before leaves the post waiting,
// and the receiver answers its repetition as it did the first time.
Result<void> settle(Exchange::State& state, db::Database& database, const store::Post& post, const Conversation& said, const Error* error, std::int64_t ms) {
  auto digests = TRY(state.token_digests(database, said.tokens));
  auto callbacks = state.callbacks.find(post.outgoing.service);
  return database.write([&](db::Transaction& tx) -> Result<void> {
    if (!TRY(store::is_waiting(tx, post.id))) return {};
    TRY(state.use_up(tx, digests));
    TRY(store::finish_post(tx, post.id, error ? "failed" : "delivered", post.attempts + 1, error ? error->message : Text{}));
    TRY(evidence::append(tx, {delivered_type(), "exchange/asked/" + post.outgoing.to, "exchange", "",
                              {{"answering", post.outgoing.to}, {"service", post.outgoing.service}, {"outcome", error ? outcome_of(*error) : "ok"},
                               {"attempts", std::int64_t(post.attempts + 1)}, {"ms", ms}}, body_of(post, said)}));
    if (callbacks == state.callbacks.end()) return {};
    if (error) return callbacks->second.failed ? callbacks->second.failed(tx, post.outgoing, *error) : Result<void>();
    return callbacks->second.delivered ? callbacks->second.delivered(tx, post.outgoing, said.answer, said.peer_receipt) : Result<void>();
  });
}

// Returns whether it went.
Result<bool> deliver_one(Exchange::State& state, db::Database& database, const store::Post& post, std::set<std::string>& away) {
  const Outgoing& out = post.outgoing;
  if (away.contains(out.to)) return false;  // it is due still, behind the one that found nobody
  Stopwatch watch;
  Conversation said;
  auto done = state.converse({out.to, out.service, "", "", out.person, out.further, {}, out.body, post.id}, kDeliveryDeadline_ms, said);
  if (done.ok()) {
    TRY(settle(state, database, post, said, nullptr, watch.ms()));
    return true;
  }
  const Error& error = done.error();
  bool give_up = is_final(error) || post.created_at.us + kGiveUp_us < state.now().us;
  if (give_up) {
    TRY(settle(state, database, post, said, &error, watch.ms()));
    return false;
  }
  if (is_away(error)) away.insert(out.to);
  Time next{state.now().us + retry_after_us(post.attempts + 1)};
  TRY(database.write([&](db::Transaction& tx) { return store::postpone(tx, post.id, post.attempts + 1, is_away(error), next, error.message); }));
  return false;
}

}  // namespace

void Exchange::on_posted(std::function<void()> posted) { state_->posted = std::move(posted); }

Result<void> Exchange::post(db::Transaction& tx, const Outgoing& outgoing) {
  if (!TRY(store::member(tx, outgoing.to)) && outgoing.to != state_->self()) return unknown_member(outgoing.to);
  if (json::serialize(outgoing.body).size() > kMessageLimit - (64 << 10))
    return Error{Code::kTooLarge, "exchange.too_large", {"送る内容が 4 MiB を超えています。添付を減らしてください。", "The message is longer than 4 MiB. Reduce what is attached."}, {}};
  if (outgoing.further.size() > kFurtherAtMost)
    return Error{Code::kTooLarge, "exchange.too_large", {"一度に送れるのは 50 人分までです。", "A message may be about 50 persons at most."}, {}};
  Time now = state_->now();
  store::Post post{random_id(), outgoing, 0, now};
  if (post.outgoing.key.empty()) post.outgoing.key = post.id;
  TRY(store::add_post(tx, post, now));
  state_->posted();
  return {};
}

Result<std::size_t> Exchange::deliver(std::size_t most) {
  std::lock_guard lock(state_->delivering);
  auto database = TRY(state_->options.database());
  auto due = TRY(database->read([&](db::Reader& reader) { return store::due_posts(reader, state_->now(), most); }));
  std::set<std::string> away;
  std::size_t went = 0;
  for (const auto& post : due) {
    auto done = deliver_one(*state_, *database, post, away);
    if (!done.ok()) log::warn("exchange.delivery_stuck", {{"organisation", state_->self()}, {"service", post.outgoing.service}, {"error", done.error().name}});
    else went += *done;
  }
  return went;
}

}  // namespace musubi::exchange
