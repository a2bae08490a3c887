// Follow-ups to their wire form and back. What canonical_json makes of these values is stored and recorded: a change here is
// a new version of the record types.
#pragma once

#include "base/json.h"
#include "kpi/follow_up.h"

namespace musubi::kpi {

json::object to_json(const Schedule& schedule);
json::object to_json(const FollowUp& entry);

// Shape only; what the values mean is judged by faults_of.
FollowUp read_follow_up(const json::value& value, std::vector<Fault>& faults);

// What our own rows hold. Errors: kpi.damaged (Code::kCorrupt).
Result<Schedule> stored_schedule(std::string_view canonical);
Result<FollowUp> stored_follow_up(std::string_view canonical);
Result<std::optional<Text>> stored_words(const std::optional<std::string>& canonical);  // {"text": {ja, en}}

}  // namespace musubi::kpi
