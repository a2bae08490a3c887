// The officers' queue: views over open and closed cases, filter, sort, search. Cost follows the page and the open work,
// never the closed cases.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/transaction.h"
#include "records/case.h"

namespace musubi::records {

// mine: claimed by the officer. unclaimed, team, overdue: at steps of the officer's posts. open, closed: all.
enum class QueueView { kMine, kUnclaimed, kTeam, kOverdue, kOpen, kClosed };
std::string_view view_word(QueueView view);
std::optional<QueueView> view_from(std::string_view word);

enum class QueueSort { kDue, kNumber };  // closed cases: by when they were closed, or by number

struct QueueQuery {
  QueueView view = QueueView::kMine;
  std::string officer;
  std::vector<std::string> posts;  // of the officer today
  std::string procedure;           // empty: all
  std::optional<std::vector<std::string>>
      readable;      // searches: only cases with one of these posts on their route, or claimed by `officer`
  std::string text;  // full text; then names are shown, and the reading is recorded by the caller
  QueueSort sort = QueueSort::kDue;
  bool descending = false;
  std::uint32_t page = 1, per_page = 50;
  Time now;
};

struct Line {
  std::int64_t number = 0;
  std::string id, procedure;
  Text title, step;
  std::string post, officer, proposal;
  State state = State::kReceived;
  std::int64_t version = 0;
  Time filed_at, step_at;
  std::optional<Time> due_at, closed_at;
  bool overdue = false;
  std::optional<std::string> name;  // of the applicant: searches only
};

struct QueuePage {
  std::vector<Line> lines;
  std::uint64_t total = 0;
  bool cut = false;  // the search found more than kHits; the newest are shown
};
inline constexpr std::size_t kHits = 1000;

struct QueueCounts {
  std::uint64_t mine = 0, unclaimed = 0, team = 0, overdue = 0;
};

Result<QueuePage> find_queue(db::Reader& reader, const QueueQuery& query);
Result<QueueCounts> count_queue(db::Reader& reader, const QueueQuery& query);
struct Procedure {
  std::string id;
  Text title;
};
Result<std::vector<Procedure>> queue_procedures(db::Reader& reader);  // every one that a case was opened for

}  // namespace musubi::records
