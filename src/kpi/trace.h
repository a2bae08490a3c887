// Cases as the heads of their records tell them: what happened, in which order, when. Kept as one derived row a case, so that
// a page reads cases and not records; what the tables do not have yet is added on every reading, and everything can be made
// anew from zero. Nothing of a body is read, so erasure changes nothing here.
//
// Any thread; no state of its own. A crash while gathering leaves the tables where they stood before.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "db/database.h"
#include "evidence/verify.h"

namespace musubi::kpi {

inline constexpr std::string_view kCaseStreams = "records/case/";
inline constexpr std::size_t kEventsAtMost = 400;  // of one case; later ones are one more event, "more"

// "step_done:check" with outcome "returned": record type without its module, and the step where the head has one.
struct PathEvent {
  std::string activity, outcome;
  bool operator==(const PathEvent&) const = default;
};
using Path = std::vector<PathEvent>;
Path read_path(std::string_view words);  // "case_opened step_done:check=returned ..."
bool ends_case(const PathEvent& event);  // decided or withdrawn
// The words of a path up to the event that ends the case, and how many events they are; none where nothing ended it.
std::pair<std::string_view, std::size_t> until_end(std::string_view words);
bool goes_back(const PathEvent& event);                        // returned to an earlier step, or sent back to the applicant
std::string_view step_of(std::string_view activity);           // "check"; "" where the activity is of no step
std::string_view type_of_activity(std::string_view activity);  // "step_done"

struct Trace {
  std::string stream, procedure;
  int month = 0;                      // of the first record: year * 12 + month - 1, Asia/Tokyo
  Time since;                         // the first record
  std::int64_t record = 0;            // index of the newest
  std::int64_t ended = -1;            // index of the one that ended the case; -1 while it is open
  std::string words;                  // Path as text
  std::vector<std::int64_t> seconds;  // one an event, since the first record
  bool operator==(const Trace&) const = default;
};

struct TraceQuery {
  std::string procedure;                      // empty: all
  std::optional<int> from, until;             // months of the first record, both included
  std::optional<std::uint64_t> records = {};  // as the first so many of the log tell; none: all
  bool holds(const Trace& trace) const;
};

class Traces {
 public:
  explicit Traces(db::Database& database) : database_(database) {}

  // Each case of the query. `in_order`: by stream. Returns how many records it stands on; where the tables are beyond them they are
  // read from the first one. An error from `each` ends the reading and is returned.
  Result<std::uint64_t> each(const TraceQuery& query, bool in_order, const std::function<Result<void>(const Trace&)>& each);

  // Moves what lies behind into the tables, at most `most` records. True: there is more.
  Result<bool> catch_up(std::size_t most = 5'000);

  // For evidence::VerifyOptions::derived: the tables against the records they were made from.
  static Result<std::vector<evidence::Finding>> verify_derived(db::Reader& reader);
  static Result<void> forget(db::Transaction& tx);  // everything is gathered anew

 private:
  db::Database& database_;
};

}  // namespace musubi::kpi
