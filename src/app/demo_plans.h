// Follow-ups of the demonstration's plans: a schedule, an entry, its sign-off and publication. Made up, and says so.
#pragma once

#include <string>

#include "base/clock.h"
#include "db/database.h"
#include "kpi/plan.h"

namespace musubi::app {

Result<void> follow_up_nation(db::Database& database, const std::string& officer, const std::string& other, Time now);

// Of a town's plan: the newest year of each measure that an indicator computes, as the town's own records have it.
Result<void> follow_up_local(const std::shared_ptr<db::Database>& database, const kpi::PlanDocument& plan, const std::string& chief,
                             const std::string& director, Time now);

}  // namespace musubi::app
