#include "app/follower.h"

#include <utility>

#include "base/log.h"
#include "evidence/log.h"
#include "kpi/definitions.h"
#include "kpi/follow_ups.h"
#include "kpi/gather.h"
#include "kpi/sheet_named.h"
#include "kpi/trace.h"

namespace musubi::app {

constexpr int kPutBack = 3;  // times a day that an organisation is looked at again after a failure

Follower::Follower(Options options, Clock& clock) : options_(std::move(options)), clock_(clock), heartbeat_(options_.folder, clock) {}

Follower::~Follower() { stop(); }

void Follower::stop() {
  if (std::exchange(stopped_, true)) return;
  rounds_.stop();
  heartbeat_.beat(true);
}

void Follower::poll() {
  heartbeat_.beat();
  for (const auto& database : options_.open_databases()) tend(*database);
  remind_next_closed();
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
  auto sheets = kpi::catch_up_named(database);
  judge("app.indicators", figures);
  judge("app.traces", cases);
  judge("app.sheets", sheets);
  if (done && !*figures && !*cases && !*sheets) at_rest_[organisation] = size;
}

// One a round: a nation's 1,788 towns take half an hour once a day, and no round is long.
void Follower::remind_next_closed() {
  if (!options_.organisations) return;
  text::Date today = text::jst_date(clock_.now());
  if (listed_ != today) {
    auto all = options_.organisations();
    if (!all.ok()) return log::error("app.reminders", {{"why", all.error().message.en}});
    closed_.assign(all->rbegin(), all->rend());
    put_back_.clear();
    listed_ = today;
  }
  while (!closed_.empty()) {
    std::string organisation = std::move(closed_.back());
    closed_.pop_back();
    if (auto looked = reminded_.find(organisation); looked != reminded_.end() && looked->second.day == today) continue;
    auto database = options_.open(organisation);  // the store says why it cannot be opened
    bool done = database.ok() && !(*database)->refusing() && remind(**database, evidence::Log::of(**database).size());
    if (!done && put_back_[organisation]++ < kPutBack) closed_.insert(closed_.begin(), std::move(organisation));  // after all others
    return;
  }
}

bool Follower::remind(db::Database& database, std::uint64_t size) {
  Looked& looked = reminded_[database.organisation()];
  text::Date today = text::jst_date(clock_.now());
  if (looked.day == today && looked.size == size) return true;
  kpi::FollowUps follow_ups(database);
  auto position = follow_ups.position();
  auto made =
      looked.day == today && position.ok() && looked.position == *position ? Result<std::size_t>(0) : follow_ups.remind(clock_.now());
  const bool done = made.ok() && position.ok();
  if (done)
    looked = {today, size, *position};
  else
    log::error("app.reminders",
               {{"organisation", database.organisation()}, {"why", (made.ok() ? position.error() : made.error()).message.en}});
  return done;
}

}  // namespace musubi::app
