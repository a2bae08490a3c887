#include "exchange/exchanges.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "exchange/state.h"
#include "exchange/store.h"

namespace musubi::exchange {
namespace {

using namespace std::chrono_literals;
constexpr auto kAfterPost = 50ms;  // a post is made before its transaction commits: look again
constexpr auto kWaiting = 1000ms;  // something waits for a later time
using Steady = std::chrono::steady_clock;
constexpr auto kLast = 60'000ms;
constexpr int kLooks = 20;

}  // namespace

Exchanges::Exchanges(Context context) : context_(std::move(context)) {}
Exchanges::~Exchanges() { stop(); }

Result<Exchange*> Exchanges::of(const std::string& organisation) {
  {
    std::lock_guard lock(mutex_);
    if (auto found = exchanges_.find(organisation); found != exchanges_.end()) return found->second.get();
  }
  TRY(context_.store.organisation(organisation));
  Options options;
  options.organisation = organisation;
  options.database = [&store = context_.store, organisation] { return store.organisation(organisation); };
  options.keys = TRY(context_.keys(organisation));
  options.clock = &context_.clock;
  options.transport = &context_.transport;
  auto made = std::make_unique<Exchange>(std::move(options));
  made->on_posted([this, organisation] { posted(organisation); });
  if (context_.prepare) context_.prepare(*made);
  std::lock_guard lock(mutex_);
  made->state().stopping = stopping_;  // stop() tells those that stand in the map, under the same lock
  return exchanges_.try_emplace(organisation, std::move(made)).first->second.get();  // another thread may have been first
}

void Exchanges::start() {
  std::lock_guard lock(mutex_);
  if (!threads_.empty()) return;
  threads_.emplace_back([this] {
    while (!look_at_all()) {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, kLast, [this] { return stopping_; })) return;
    }
    run();
  });
  for (int i = 1; i < kDeliverers; ++i) threads_.emplace_back([this] { run(); });
}

void Exchanges::stop() {
  std::vector<std::thread> threads;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& [id, exchange] : exchanges_) exchange->state().stopping = true;
    threads.swap(threads_);
  }
  wake_.notify_all();
  for (auto& thread : threads) thread.join();
}

void Exchanges::posted(const std::string& organisation) {
  {
    std::lock_guard lock(mutex_);
    Round& round = rounds_[organisation];
    round.at = Steady::now();
    round.looks = kLooks;
    round.last = false;
  }
  wake_.notify_all();  // whoever sleeps may sleep for another organisation
}

std::size_t Exchanges::deliver_all() {
  std::vector<Exchange*> all;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, exchange] : exchanges_) all.push_back(exchange.get());
  }
  std::size_t went = 0;
  for (Exchange* exchange : all) {
    auto done = exchange->deliver();
    if (done.ok())
      went += *done;
    else
      log::warn("exchange.outbox_unread", {{"organisation", exchange->organisation()}, {"error", done.error().name}});
  }
  return went;
}

bool Exchanges::waits(const std::string& organisation) {
  auto database = context_.store.organisation(organisation);
  if (!database.ok()) return true;  // the store says why
  auto next = (*database)->read([](db::Reader& reader) { return store::next_due(reader); });
  if (!next.ok()) log::warn("exchange.outbox_unread", {{"organisation", organisation}, {"error", next.error().name}});
  return !next.ok() || next->has_value();
}

bool Exchanges::look_at_all() {
  auto organisations = context_.store.organisations();
  if (!organisations.ok()) {
    log::warn("exchange.unusable", {{"error", organisations.error().name}});
    return false;
  }
  for (const auto& id : *organisations) {
    if (std::lock_guard lock(mutex_); stopping_) return true;
    if (!waits(id)) continue;
    std::lock_guard lock(mutex_);
    rounds_.try_emplace(id, Round{Steady::now()});
    wake_.notify_all();
  }
  return true;
}

void Exchanges::finish_round(const std::string& organisation, bool went, bool waits) {
  std::lock_guard lock(mutex_);
  auto found = rounds_.find(organisation);
  Round& round = found->second;
  round.working = false;
  if (went) {  // a long outbox goes on at once
    round.at = Steady::now();
    return;
  }
  if (round.looks == 0 && !waits && round.last) {
    rounds_.erase(found);
    return;
  }
  round.last = round.looks == 0 && !waits;
  round.at = Steady::now() + (round.last ? kLast : round.looks > 0 ? kAfterPost : kWaiting);
  round.looks = std::max(0, round.looks - 1);
}

void Exchanges::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    auto next = rounds_.end();
    for (auto at = rounds_.begin(); at != rounds_.end(); ++at)
      if (!at->second.working && (next == rounds_.end() || at->second.at < next->second.at)) next = at;
    if (next == rounds_.end()) {
      wake_.wait(lock);
      continue;
    }
    if (auto at = next->second.at; at > Steady::now()) {
      wake_.wait_until(lock, at);
      continue;
    }
    std::string organisation = next->first;
    next->second.working = true;
    lock.unlock();
    wake_.notify_one();  // another takes over the watch of what comes next
    auto exchange = of(organisation);
    auto done = exchange.ok() ? (*exchange)->deliver() : Result<std::size_t>(exchange.error());
    if (!done.ok() && !db::kept_closed(done.error()))  // else the store says why, once
      log::warn("exchange.outbox_unread", {{"organisation", organisation}, {"error", done.error().name}});
    finish_round(organisation, done.ok() && *done > 0, waits(organisation));
    lock.lock();
  }
}

}  // namespace musubi::exchange
