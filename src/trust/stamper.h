// Stamper: witnessed time for the logs of this installation. One background thread looks once a second at the open
// organisations: it keeps the newest checkpoint of each that has grown, and at most every `interval_s` puts an RFC 3161
// stamp over the SHA-256 of the newest kept note. Nothing waits for it; what it misses it catches up.
//
// Owner: app. Threads: its own, and poll() from the owner's when stopped. Crash: a kept checkpoint without a stamp, which
// the next run stamps.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "db/database.h"
#include "trust/keys.h"

namespace musubi::trust {

inline constexpr std::string_view kStampPolicy =
    "2.25.78094489129008838867181542329631660150";  // ITU-T X.667: made from a UUID, so nobody else's; an organisation's own stamps
inline constexpr std::int64_t kStampAccuracy_us = 1'000'000;

// A stamp of `note` at `now`: the token. Errors: trust.clock_backwards (`now` before `last`), those of crypto.
Result<std::string> stamp_note(const OrganisationKeys& keys, std::string_view note, Time now, std::optional<Time> last);

class Stamper {
 public:
  struct Options {
    std::int64_t interval_s = 60;
    std::function<std::vector<std::shared_ptr<db::Database>>()> open_databases;
    std::function<Result<std::shared_ptr<const OrganisationKeys>>(const std::string& organisation)> keys;
  };
  Stamper(Options options, Clock& clock);
  ~Stamper();  // stops

  void start();
  void stop();  // keeps every checkpoint once more, stamps those that are due, and joins

  // One round. `all`: stamps without waiting for the interval.
  void poll(bool all = false);

 private:
  struct State {
    std::uint64_t stamped_size = 0;
    Time last_stamp;
    bool loaded = false;
  };
  Result<void> tend(db::Database& database, bool all);
  bool clock_is_steady();

  Options options_;
  Clock& clock_;
  std::mutex polling_;                   // one round at a time; guards what follows
  std::map<std::string, State> states_;  // by organisation
  std::int64_t wall_us_ = 0, steady_us_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace musubi::trust
