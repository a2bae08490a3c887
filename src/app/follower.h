// Follower: what a running server does beside answering requests, once a second on a thread of its own: it beats, enters
// interruptions, gathers the indicators of organisations that are open and what their sheets name, and writes the reminders that are
// due in every organisation: one that nobody opened today is opened for it once, one a second. Nothing waits for it; what it misses it
// catches up.
//
// Owner: Serving. Crash: everything it does is a transaction of its own, done or not begun.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/heartbeat.h"
#include "app/rounds.h"
#include "base/result.h"
#include "db/database.h"
#include "text/dates.h"

namespace musubi::app {

class Follower {
 public:
  struct Options {
    std::string folder;  // data directory
    std::function<std::vector<std::shared_ptr<db::Database>>()> open_databases;
    std::function<Result<std::vector<std::string>>()> organisations = {};  // all; empty: none but those that are open
    std::function<Result<std::shared_ptr<db::Database>>(const std::string&)> open = {};
    std::vector<std::function<void()>> more = {};  // further rounds, each bounded in time by itself
  };
  Follower(Options options, Clock& clock);
  ~Follower();  // stops

  void start() { rounds_.start(); }
  void stop();
  void poll();  // one round

 private:
  void tend(db::Database& database);
  void remind_next_closed();
  // Looks again once a day, and when follow-ups or plans moved on. Whether nothing failed.
  bool remind(db::Database& database, std::uint64_t size);

  Options options_;
  Clock& clock_;
  Heartbeat heartbeat_;
  struct Looked {
    text::Date day;
    std::uint64_t size = 0;      // of the log
    std::int64_t position = -1;  // of follow-ups and plans
  };
  std::map<std::string, Looked> reminded_;        // by organisation; the thread's own
  text::Date listed_;                             // the day whose organisations stand in closed_; the thread's own
  std::vector<std::string> closed_;               // to be looked at on that day, the next last
  std::map<std::string, int> put_back_;           // those of them that failed, by how often they stand there again
  std::set<std::string> entered_;                 // organisations that have the interruptions; the thread's own
  std::map<std::string, std::uint64_t> at_rest_;  // organisations with nothing to do, by the size of their log
  bool stopped_ = false;
  Rounds rounds_{[this](const std::stop_token&) { poll(); }};
};

}  // namespace musubi::app
