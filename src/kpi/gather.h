// Indicators as they stand: gathered from the heads of records step by step, and always whole. What was gathered lies in
// derived tables; the records behind it that are not in there yet are added on every reading, so a value is never behind
// the newest record. Everything can be made anew from zero.
//
// Any thread; no state of its own. A crash while gathering leaves a formula where it stood before.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "db/database.h"
#include "evidence/verify.h"
#include "kpi/computed.h"
#include "kpi/stock.h"

namespace musubi::kpi {

struct Gathered {
  CellsBySeries released;        // what the public may see
  CellsBySeries held;            // the rest: fewer than kSmallCell records a formula
  std::uint64_t size = 0;        // records that it stands on: the first `size` of the log
  Time first;                    // of the first record
  std::set<std::string> hidden;  // digests of definitions that are hidden from the public since (hidden.h)

  CellsBySeries all() const;
  Span span(Time now) const;                     // that uptimes are measured over: none before the first record
  bool hides(const Indicator& indicator) const;  // small figures from the public: it counts acts of persons, or is hidden since
  // Released cells, and all of them for an officer or where an indicator hides nothing.
  Computed figures(const Indicator& indicator, Time now, Eyes eyes = Eyes::kPublic) const;
  // Of some months of one fiscal year together, as the public may see it; suppressed, too, where one of the months is.
  Figure figure_in(const Indicator& indicator, int first_month, int months, Time now) const;
};

// Every record that the formula counts among the first `until`; nothing is stored.
Result<void> scan_formula(db::Reader& reader, const Formula& formula, std::uint64_t until, Gatherer::Watch watch);

class Indicators {
 public:
  explicit Indicators(db::Database& database) : database_(database) {}

  Result<Gathered> gather(const std::vector<Indicator>& indicators);
  static Result<Gathered> gather(db::Reader& reader, const std::vector<Indicator>& indicators);
  // Of the first `until` records alone: what was gathered when the log had no more. From zero where the tables are beyond it.
  static Result<Gathered> gather(db::Reader& reader, const std::vector<Indicator>& indicators, std::uint64_t until);
  static Result<std::uint64_t> records_before(db::Reader& reader, Time time);  // time never runs backwards within a log
  // Moves what lies behind into the tables, looking at no more than `most` records. True: there is more.
  Result<bool> catch_up(const std::vector<Indicator>& indicators, std::size_t most = 100'000);

  // For evidence::VerifyOptions::derived: cells and open pairs against the records they were gathered from.
  static Result<std::vector<evidence::Finding>> verify_derived(db::Reader& reader);
  static Result<void> forget(db::Transaction& tx);  // everything is gathered anew

 private:
  db::Database& database_;
};

}  // namespace musubi::kpi
