#include "exchange/exchanges.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "exchange/state.h"
#include "exchange/store.h"

namespace musubi::exchange {
namespace {

using namespace std::chrono_literals;
constexpr auto kAfterPost = 50ms;   // a post is made before its transaction commits: look again
constexpr auto kWaiting = 1000ms;   // something waits for a later time
constexpr auto kIdle = 60'000ms;
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
  made->on_posted([this] { wake(); });
  if (context_.prepare) context_.prepare(*made);
  std::lock_guard lock(mutex_);
  return exchanges_.try_emplace(organisation, std::move(made)).first->second.get();  // another thread may have been first
}

void Exchanges::start() {
  std::lock_guard lock(mutex_);
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void Exchanges::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& [id, exchange] : exchanges_) exchange->state().stopping = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Exchanges::wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
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
    if (done.ok()) went += *done;
    else log::warn("exchange.outbox_unread", {{"organisation", exchange->organisation()}, {"error", done.error().name}});
  }
  return went;
}

bool Exchanges::anything_waits() {
  std::vector<Exchange*> all;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, exchange] : exchanges_) all.push_back(exchange.get());
  }
  return std::any_of(all.begin(), all.end(), [](Exchange* exchange) {
    auto database = exchange->state().options.database();
    auto next = database.ok() ? (*database)->read([](db::Reader& reader) { return store::next_due(reader); }) : Result<std::optional<Time>>(std::optional<Time>());
    return next.ok() && next->has_value();
  });
}

void Exchanges::run() {
  auto organisations = context_.store.organisations();
  if (organisations.ok())
    for (const auto& id : *organisations) {
      std::unique_lock lock(mutex_);
      if (stopping_) return;
      lock.unlock();
      if (auto made = of(id); !made.ok()) log::warn("exchange.unusable", {{"organisation", id}, {"error", made.error().name}});
    }
  for (int looks = 0;;) {
    deliver_all();
    bool waits = anything_waits();
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    auto pause = looks > 0 ? kAfterPost : waits ? kWaiting : kIdle;
    wake_.wait_for(lock, pause, [this] { return stopping_ || woken_; });
    if (stopping_) return;
    looks = woken_ ? kLooks : std::max(0, looks - 1);
    woken_ = false;
  }
}

}  // namespace musubi::exchange
