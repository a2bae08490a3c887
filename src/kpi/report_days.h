// Reports of organisations as they are kept: the newest of each whole, and of each past day the last one that came, deflated. An
// earlier one of the same day gives way; the digest in the head of its record tells what it said from anything else. Private to kpi.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "db/transaction.h"
#include "kpi/report_erasures.h"
#include "text/dates.h"

namespace musubi::kpi {

struct KeptReport {
  std::string organisation;
  Text title;
  std::string content;      // canonical JSON
  std::string digest = {};  // SHA-256 of what was told, in hexadecimal; of a past day words of `content` may have been erased since
};

// The newest of each organisation, or that of the end of the day in Asia/Tokyo; those that had not reported by then are left out.
// Errors: plan.bad_as_of where the one that stood then is not kept (programs before this table kept the newest alone), kpi.damaged.
Result<void> each_report(db::Reader& reader, std::optional<text::Date> day,
                         const std::function<Result<void>(const KeptReport&)>& each);
// Of one that no reader takes: the log says so, once for each content, with the first fault and its place. Returned is why a day on
// which it stood cannot be shown: without it, that would be another day. Of now it is left out: it may only have to be asked for again.
Error unreadable(const std::string& organisation, std::string_view content, const Error& why);

// The newest of each organisation without what it says: nothing of that is read. A later one is made later.
struct NewestReport {
  std::string organisation;
  Text title;
  Time at;
  bool operator==(const NewestReport&) const = default;
};
Result<std::vector<NewestReport>> newest_reports(db::Reader& reader);
Result<std::string> newest_content(db::Reader& reader, const std::string& organisation);

// What stands of an organisation when the next one comes.
struct StandingReport {
  KeptReport report;
  std::int64_t size = 0;
  Time at;                        // when it was made
  std::int64_t revision = 0;      // counter of its record
  std::optional<text::Date> day;  // of its record, Asia/Tokyo
};
Result<std::optional<StandingReport>> standing_report(db::Reader& reader, const std::string& organisation);
// Keeps it for its day, with a mark in the place of these words.
Result<void> set_report_aside(db::Transaction& tx, const StandingReport& standing, const ErasedWords& erased);
// The same words of every past day.
Result<void> erase_past_words(db::Transaction& tx, const std::string& organisation, const ErasedWords& erased);
// When the log's newest record was written; the next one is never earlier.
Result<Time> newest_record(db::Reader& reader);
// The last day, Asia/Tokyo, after whose end a record was written: what stood at its end does not change any more. One before all
// records where there is none.
Result<text::Date> last_closed_day(db::Reader& reader);
text::Date last_closed_day(Time newest);  // where that is when the newest record was written

}  // namespace musubi::kpi
