// Reports of organisations as they are kept: the newest of each whole, and of each past day the last one that came, deflated. An
// earlier one of the same day gives way; the digest in the head of its record tells what it said from anything else. Private to kpi.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "db/transaction.h"
#include "text/dates.h"

namespace musubi::kpi {

struct KeptReport {
  std::string organisation;
  Text title;
  std::string content;  // canonical JSON
};

// The newest of each organisation, or that of the end of the day in Asia/Tokyo; those that had not reported by then are left out.
// Errors: plan.bad_as_of where one that stood then is not kept (programs before this table kept the newest alone).
Result<void> each_report(db::Reader& reader, std::optional<text::Date> day,
                         const std::function<Result<void>(const KeptReport&)>& each);

// Before the next one is put: keeps what stands of the organisation for its day, unless the next one is of that day, too.
Result<void> set_report_aside(db::Transaction& tx, const std::string& organisation, text::Date today);

}  // namespace musubi::kpi
