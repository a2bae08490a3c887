// The durable outbox: posts leave with their own transaction and come back with a record of how they arrived.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/log.h"
#include "exchange/state.h"
#include "exchange/store.h"

namespace musubi::exchange {
namespace {

constexpr std::int64_t kDeliveryDeadline_ms = 10'000;  // nobody waits for it at a screen

constexpr std::int64_t kInOrder_us = 24LL * 3600 * 1'000'000;

// The other side is away: whatever comes later for it waits too, so that it arrives in order. A receiver that is there and
// fails at this one message for longer than a day must not keep all others from it.
bool holds_up(const Error& error, const Conversation& said, const store::Post& post, Time now) {
  if (error.code != Code::kUnavailable || error.name == "exchange.peer_lied") return false;
  return !said.carried || now.us - post.created_at.us < kInOrder_us;
}

json::object body_of(const store::Post& post, const Conversation& said) {
  json::object body{{"key", post.outgoing.key}, {"question", kept(said.question)}};
  if (!said.carried) return body;
  body["answer"] = kept(said.carried->reply);
  body["peer_certificate"] = said.carried->peer.pem();
  return body;
}

// In one transaction: out of the outbox, the record, what the owner of the service does. A crash before leaves the post waiting,
// and the receiver answers its repetition as it did the first time.
Result<void> settle(Exchange::State& state, db::Database& database, const store::Post& post, const Conversation& said,
                    const Error* error, std::int64_t ms) {
  auto callbacks = state.callbacks.find(post.outgoing.service);
  return database.write([&](db::Transaction& tx) -> Result<void> {
    if (!TRY(store::is_waiting(tx, post.id))) return {};
    TRY(state.sweep_sometimes(tx));
    TRY(store::finish_post(tx, post.id, error ? "failed" : "delivered", post.attempts + 1, error ? error->message : Text{}));
    TRY(evidence::append(tx, {delivered_type(),
                              "exchange/asked/" + post.outgoing.to,
                              "exchange",
                              "",
                              {{"answering", post.outgoing.to},
                               {"service", post.outgoing.service},
                               {"outcome", error ? outcome_of(*error) : "ok"},
                               {"attempts", std::int64_t(post.attempts + 1)},
                               {"ms", ms}},
                              body_of(post, said)}));
    if (callbacks == state.callbacks.end()) return {};
    if (error) return callbacks->second.failed ? callbacks->second.failed(tx, post.outgoing, *error) : Result<void>();
    return callbacks->second.delivered ? callbacks->second.delivered(tx, post.outgoing, said.answer, said.peer_receipt)
                                       : Result<void>();
  });
}

Result<void> postpone(Exchange::State& state, db::Database& database, const store::Post& post, bool blocks, const Error& error) {
  Time next{state.now().us + retry_after_us(post.attempts + 1)};
  return database.write(
      [&](db::Transaction& tx) { return store::postpone(tx, post.id, post.attempts + 1, blocks, next, error.message); });
}

// It is not tried with what it says now: neither is it sent, nor does its owner hear of it. It stays, and is named.
Error post_altered(const std::string& id) {
  return {Code::kCorrupt,
          "exchange.post_altered",
          {"送信箱の " + id +
               " は、送信を頼まれたときの内容と違うため、送っていません。musubi verify で確かめ、管理者に知らせてください。",
           "Message " + id +
               " of the outbox is not as it was queued, and was not sent. Look with musubi verify, and tell the administrator."},
          {}};
}

enum class Went { kYes, kNo, kNobodyThere };

Result<Went> deliver_one(Exchange::State& state, db::Database& database, const store::Due& due) {
  auto post = TRY(database.read([&](db::Reader& reader) { return store::waiting_post(reader, due.id); }));
  // After a failed sync what is read may be gone after a restart: nothing goes out on the strength of it.
  if (!post || database.refusing()) return Went::kNo;
  if (!post->as_queued) {
    log::error("exchange.post_altered", {{"organisation", state.self()}, {"post", post->id}});
    TRY(postpone(state, database, *post, false, post_altered(post->id)));
    return Went::kNo;
  }
  const Outgoing& out = post->outgoing;
  Stopwatch watch;
  Conversation said;
  auto done =
      state.converse({out.to, out.service, "", "", out.person, out.further, {}, out.body, post->id}, kDeliveryDeadline_ms, said);
  bool give_up = !done.ok() && (is_final(done.error()) || post->created_at.us + kGiveUp_us < state.now().us);
  if (done.ok() || give_up) {
    auto settled = settle(state, database, *post, said, done.ok() ? nullptr : &done.error(), watch.ms());
    if (settled.ok()) return done.ok() ? Went::kYes : Went::kNo;
    // Its owner could not take the news. Asking again at once would fill the logs of all that take part.
    TRY(postpone(state, database, *post, false, settled.error()));
    return std::move(settled).error();
  }
  bool blocks = holds_up(done.error(), said, *post, state.now());
  TRY(postpone(state, database, *post, blocks, done.error()));
  return blocks ? Went::kNobodyThere : Went::kNo;
}

// What is due, in lanes: posts to one receiver about one person go one after another, as they were made; lanes go side by side, so
// that their records share commits. The first post to a receiver goes alone: whoever is away is asked once in a round, and what
// else is for it stays due, behind the one that found nobody.
class Round {
 public:
  Round(Exchange::State& state, db::Database& database, const std::vector<store::Due>& due) : state_(state), database_(database) {
    std::map<std::pair<std::string, std::string>, std::size_t> at;
    for (const auto& post : due) {
      auto [found, made] = at.try_emplace({post.receiver, post.person}, lanes_.size());
      if (made) lanes_.emplace_back();
      lanes_[found->second].posts.push_back(post);
    }
  }

  std::size_t run() {
    constexpr std::size_t kSideBySide = 8;
    std::vector<std::jthread> others;
    try {
      for (std::size_t i = 1; i < std::min(kSideBySide, lanes_.size()); ++i) others.emplace_back([this] { work(); });
    } catch (const std::system_error&) {  // no more threads are to be had: fewer do it
    }
    work();
    others.clear();
    return went_;
  }

 private:
  struct Lane {
    std::deque<store::Due> posts;
    bool busy = false;
  };
  enum class Receiver { kUnknown, kAsked, kThere, kAway };

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      Lane* lane = next();
      if (!lane && in_flight_ == 0) return;
      if (!lane) {
        changed_.wait(lock);
        continue;
      }
      store::Due post = std::move(lane->posts.front());
      lane->posts.pop_front();
      lane->busy = true;
      if (auto& receiver = receivers_[post.receiver]; receiver == Receiver::kUnknown) receiver = Receiver::kAsked;
      ++in_flight_;
      lock.unlock();
      auto done = deliver_one(state_, database_, post);
      if (!done.ok())
        log::warn("exchange.delivery_stuck",
                  {{"organisation", state_.self()}, {"receiver", post.receiver}, {"error", done.error().name}});
      lock.lock();
      --in_flight_;
      lane->busy = false;
      if (done.ok() && *done == Went::kYes) ++went_;
      if (done.ok() && *done == Went::kNobodyThere)
        receivers_[post.receiver] = Receiver::kAway;
      else if (auto& receiver = receivers_[post.receiver]; receiver == Receiver::kAsked)
        receiver = Receiver::kThere;
      changed_.notify_all();
    }
  }

  Lane* next() {
    if (state_.stopping) return nullptr;
    for (Lane& lane : lanes_) {
      if (lane.busy || lane.posts.empty()) continue;
      Receiver receiver = receivers_[lane.posts.front().receiver];
      if (receiver == Receiver::kUnknown || receiver == Receiver::kThere) return &lane;
    }
    return nullptr;
  }

  Exchange::State& state_;
  db::Database& database_;
  std::vector<Lane> lanes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Receiver> receivers_;
  int in_flight_ = 0;
  std::size_t went_ = 0;
};

}  // namespace

void Exchange::on_posted(std::function<void()> posted) { state_->posted = std::move(posted); }

Result<void> Exchange::post(db::Transaction& tx, const Outgoing& outgoing) {
  if (!TRY(store::member(tx, outgoing.to)) && outgoing.to != state_->self()) return unknown_member(outgoing.to);
  if (json::serialize(outgoing.body).size() > kMessageLimit - (64 << 10))
    return Error{
        Code::kTooLarge,
        "exchange.too_large",
        {"送る内容が 4 MiB を超えています。添付を減らしてください。", "The message is longer than 4 MiB. Reduce what is attached."},
        {}};
  if (outgoing.further.size() > kFurtherAtMost)
    return Error{Code::kTooLarge,
                 "exchange.too_large",
                 {"一度に送れるのは 50 人分までです。", "A message may be about 50 persons at most."},
                 {}};
  if (TRY(store::count_waiting(tx, state_->options.outbox_at_most)) >= state_->options.outbox_at_most)
    return Error{Code::kUnavailable,
                 "exchange.outbox_full",
                 {"送信を待つものが多すぎるため、受け付けられません。管理者に知らせ、しばらくしてからもう一度試してください。",
                  "Too much waits to be sent, and no more is taken. Tell the administrator, and try again later."},
                 {}};
  Time now = state_->now();
  store::Post post{random_id(), outgoing, 0, now};
  if (post.outgoing.key.empty()) post.outgoing.key = post.id;
  TRY(store::add_post(tx, post, now));
  state_->posted();
  return {};
}

Result<std::size_t> Exchange::deliver(std::size_t most) {
  if (state_->delivering.exchange(true)) return std::size_t(0);  // another thread is at it
  struct Done {
    std::atomic<bool>& delivering;
    ~Done() { delivering = false; }
  } end{state_->delivering};
  auto database = TRY(state_->options.database());
  auto due = TRY(database->read([&](db::Reader& reader) { return store::due_posts(reader, state_->now(), most); }));
  return Round(*state_, *database, due).run();
}

}  // namespace musubi::exchange
