// Interruptions of the service as records, from which availability computes itself. Whoever runs the service notices at
// start-up how long it was away (app::Heartbeat) and enters it here, for each organisation when it is first opened.
#pragma once

#include <span>

#include "base/clock.h"
#include "db/database.h"

namespace musubi::kpi {

struct Interruption {
  Time from, until;
};

// Enters those that this organisation does not have yet, oldest first: a record for each calendar month (Asia/Tokyo) that
// one touches, and none for the time before its first record. Returns how many records were made.
Result<std::size_t> enter_interruptions(db::Database& database, std::span<const Interruption> interruptions);

}  // namespace musubi::kpi
