// Heartbeat: how an installation knows how long it was away. A running server writes the time into `DATA/heartbeat`
// every few seconds; the next start compares it with the clock, and longer gaps go into `DATA/interruptions`, from where each
// organisation takes them over as records.
//
// Owner: Follower. One thread. A crash loses at most kBeat_us of what is known about the time before it.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "kpi/availability.h"

namespace musubi::app {

class Heartbeat {
 public:
  static constexpr std::int64_t kBeat_us = 5'000'000;
  static constexpr std::int64_t kGap_us = 15'000'000;  // shorter gaps are the pause between two beats
  static constexpr std::size_t kKept = 1000;           // newest interruptions kept in the file

  // Reads both files, and notes the gap since the last beat. A file that cannot be read counts as absent.
  Heartbeat(std::string folder, Clock& clock);

  void beat(bool always = false);  // writes when the last one is kBeat_us ago
  const std::vector<kpi::Interruption>& interruptions() const { return interruptions_; }

 private:
  std::string folder_;
  Clock& clock_;
  Time last_;
  std::vector<kpi::Interruption> interruptions_;  // oldest first
};

}  // namespace musubi::app
