#include "app/follower.h"

#include <chrono>

#include "base/log.h"
#include "evidence/log.h"
#include "kpi/definitions.h"
#include "kpi/follow_ups.h"
#include "kpi/gather.h"
#include "kpi/trace.h"

namespace musubi::app {

Follower::Follower(Options options, Clock& clock) : options_(std::move(options)), clock_(clock), heartbeat_(options_.folder, clock) {}

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
  const std::string& organisation = database.organisation();
  std::uint64_t size = evidence::Log::of(database).size();
  auto rest = at_rest_.find(organisation);
  if (database.refusing()) return;
  remind(database, size);
  if (rest != at_rest_.end() && rest->second == size) return;
  bool done = true;
  auto judge = [&](const char* event, const auto& result) {
    if (result.ok()) return;
    done = false;
    log::error(event, {{"organisation", organisation}, {"why", result.error().message.en}});
  };
  if (!entered_.contains(organisation)) {
    auto made = kpi::enter_interruptions(database, heartbeat_.interruptions());
    if (made.ok()) entered_.insert(organisation);
    judge("app.interruptions", made);
  }
  auto all = database.read([](db::Reader& reader) { return kpi::definitions(reader); });
  auto figures = kpi::Indicators(database).catch_up(all.ok() ? *all : kpi::embedded_indicators());
  auto cases = kpi::Traces(database).catch_up();
  judge("app.indicators", figures);
  judge("app.traces", cases);
  if (done && !*figures && !*cases) at_rest_[organisation] = size;
}

void Follower::remind(db::Database& database, std::uint64_t size) {
  Looked& looked = reminded_[database.organisation()];
  text::Date today = text::jst_date(clock_.now());
  if (looked.day == today && looked.size == size) return;
  kpi::FollowUps follow_ups(database);
  auto position = follow_ups.position();
  auto made = looked.day == today && position.ok() && looked.position == *position ? Result<std::size_t>(0) : follow_ups.remind(clock_.now());
  if (made.ok() && position.ok()) looked = {today, size, *position};
  else log::error("app.reminders", {{"organisation", database.organisation()}, {"why", (made.ok() ? position.error() : made.error()).message.en}});
}

}  // namespace musubi::app
