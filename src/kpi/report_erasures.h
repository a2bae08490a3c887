// What an organisation erased of what it had told, and the same words where its reports are kept. An organisation tells the places,
// since an erased revision need not be the newest one, and words that are gone cannot be named. Private to kpi.
#pragma once

#include <compare>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "db/database.h"

namespace musubi::kpi {

struct Report;

struct ErasedPlace {
  enum class Kind { kPlan, kSheet, kScale };  // of a scale: the words of judgements by it
  Kind kind = Kind::kPlan;
  std::string id, number;  // number of a measure or an indicator; empty: the heading
  auto operator<=>(const ErasedPlace&) const = default;
};
struct Erasure {
  ErasedPlace place;
  Time until;  // reports made later do not hold the words
  bool operator==(const Erasure&) const = default;
};

inline constexpr std::size_t kReportedErasures = 2000;  // of one organisation; the newest

// Member "erased" of a report: by place. Of what nobody outside had seen nothing is told.
Result<json::array> erasures_to_report(db::Database& database);
// It may be absent. Kinds of places that are not known here are of a newer binary: passed over.
std::vector<Erasure> read_erasures(ObjectReader& report, std::vector<Fault>& faults);

// What `fresh` says is erased, by that member or by marks in the place of words (older programs tell those alone), and `kept`, the
// report before it, does not; nullptr: there is none that can be read.
std::vector<Erasure> new_erasures(const Report* kept, const Report& fresh);

// A report, canonical, as it was made at a time, with a mark in the place of these words; numbers, links and marks stay. The same
// bytes where it holds none of them, or is no report.
std::string without_words(std::string report, Time at, std::span<const Erasure> erased);

// Of an object in canonical JSON the text of a member; empty where there is none.
std::string_view member_text(std::string_view object, std::string_view name);

}  // namespace musubi::kpi
