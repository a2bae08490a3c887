#include "app/follower.h"

#include <chrono>

#include "base/log.h"
#include "kpi/definitions.h"
#include "kpi/gather.h"
#include "kpi/trace.h"

namespace musubi::app {

Follower::Follower(Options options, Clock& clock) : options_(std::move(options)), heartbeat_(options_.folder, clock) {}

Follower::~Follower() { stop(); }

void Follower::start() {
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      poll();
      lock.lock();
      wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; });
    }
  });
}

void Follower::stop() {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  heartbeat_.beat(true);
}

void Follower::poll() {
  heartbeat_.beat();
  for (const auto& database : options_.open_databases()) tend(*database);
  for (const auto& round : options_.more) round();
}

void Follower::tend(db::Database& database) {
  if (database.refusing()) return;
  if (!entered_.contains(database.organisation())) {
    auto made = kpi::enter_interruptions(database, heartbeat_.interruptions());
    if (made.ok()) entered_.insert(database.organisation());
    else log::error("app.interruptions", {{"organisation", database.organisation()}, {"why", made.error().message.en}});
  }
  auto all = database.read([](db::Reader& reader) { return kpi::definitions(reader); });
  if (auto more = kpi::Indicators(database).catch_up(all.ok() ? *all : kpi::embedded_indicators()); !more.ok())
    log::error("app.indicators", {{"organisation", database.organisation()}, {"why", more.error().message.en}});
  if (auto more = kpi::Traces(database).catch_up(); !more.ok())
    log::error("app.traces", {{"organisation", database.organisation()}, {"why", more.error().message.en}});
}

}  // namespace musubi::app
