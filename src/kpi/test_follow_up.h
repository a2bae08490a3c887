// A schedule of the small plan and an entry of its first measure, for tests.
#pragma once

#include "kpi/follow_up_state.h"
#include "kpi/test_plan.h"

namespace musubi::kpi {

inline constexpr const char* kPlan = "aoba.data-plan";

inline Schedule small_schedule() {
  return {{2024, 4, 1}, {"life"}, {}, {}, 30, {14, 3}, 7, {"計画の定め", "The plan's own rule"}, "lead"};
}

// Who leads the small plan's follow-up; an administrator makes its first schedule.
inline FollowUpOfficer lead(const char* code) { return {code, {"lead"}, false}; }
inline FollowUpOfficer administrator(const char* code = "officer-dddddd") { return {code, {}, true}; }

inline FollowUp small_follow_up() {
  return {.number = "1-1",
          .period = {2024, 1},
          .progress = Actual{12.0, {}},
          .facts = {"説明会を3回開いた", "Three briefings were held"},
          .light = Light::kOnTrack};
}

}  // namespace musubi::kpi
