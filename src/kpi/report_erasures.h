// What an organisation erased of what it had told, and the same words where its reports are kept. An organisation tells the places,
// since an erased revision need not be the newest one, and words that are gone cannot be named. Private to kpi.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
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
  bool whole = false;      // the heading and every part; of all of its kind where the id is "*"
  auto operator<=>(const ErasedPlace&) const = default;
};
struct Erasure {
  ErasedPlace place;
  Time until;                // reports made later do not hold the words
  std::int64_t records = 1;  // that were erased there: one more of them is news, whatever the clock of the organisation said
  bool operator==(const Erasure&) const = default;
};

inline constexpr std::size_t kReportedErasures = 2000;  // places, of one organisation

// Member "erased" of a report: every place, in order. Of what nobody outside had seen nothing is told. Where there are more places than a
// report tells, those of one plan or sheet are told as one, of the largest first; then, if need be, those of all plans, all sheets.
Result<json::array> erasures_to_report(db::Database& database);
// It may be absent. Kinds of places that are not known here are of a newer binary: passed over.
std::vector<Erasure> read_erasures(ObjectReader& report, std::vector<Fault>& faults);

// What `fresh` says is erased, by that member or by marks in the place of words (older programs tell those alone), and `kept`, the
// report before it, does not; nullptr: there is none that can be read.
std::vector<Erasure> new_erasures(const Report* kept, const Report& fresh);

// Erased places, by what they stand in: a report is walked once, however many there are.
class ErasedWords {
 public:
  explicit ErasedWords(const std::vector<Erasure>& erased);

  bool empty() const { return places_.empty(); }
  Time until() const { return until_; }  // reports made later hold none of them
  // A report, canonical, as it was made at a time, with a mark in the place of these words; numbers, links and marks stay. The same
  // bytes where it holds none of them, or is no report.
  std::string without(std::string report, Time at) const;

 private:
  struct Places {  // in one plan, sheet or scale: until when reports told their words
    std::optional<Time> whole, heading;
    std::map<std::string, Time> parts;
  };
  std::vector<const Places*> of(ErasedPlace::Kind kind, const std::string& id) const;
  bool named_in(std::string_view member) const;
  void blank(json::object& one, ErasedPlace::Kind kind, Time at) const;
  void blank_member(std::string& report, ErasedPlace::Kind kind, Time at) const;

  std::map<std::pair<ErasedPlace::Kind, std::string>, Places> places_;
  std::set<std::string, std::less<>> ids_;  // of them, as canonical JSON has them
  Time until_{INT64_MIN};
};

// Of an object in canonical JSON the text of a member; empty where there is none.
std::string_view member_text(std::string_view object, std::string_view name);

}  // namespace musubi::kpi
