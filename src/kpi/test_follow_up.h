// A schedule of the small plan and an entry of its first measure, for tests.
#pragma once

#include "evidence/record.h"
#include "kpi/follow_up_store.h"
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

// A schedule that nobody can read: whoever reads the plan's follow-up from here on fails.
inline Result<void> put_unreadable_schedule(db::Transaction& tx, const std::string& plan) {
  auto newest = TRY(store::newest_row(tx, plan, "schedule", "", ""));
  store::FollowUpRow row{"schedule", "", "", newest ? newest->revision + 1 : 1, "", "officer-dddddd", "{", 0, {}};
  TRY(store::put_follow_up(tx, plan, row));
  auto appended = TRY(evidence::append(
      tx, {.type = follow_up_record_types()[0],
           .stream = "kpi/follow-up/" + plan,
           .actor = row.actor,
           .facts = {{"plan", plan}, {"part", row.what}, {"number", ""}, {"item", ""}, {"revision", row.revision}, {"kind", ""}},
           .body = nullptr}));
  return store::add_follow_up_known(tx, {std::int64_t(appended.index), plan, row.what, "", "", row.revision, {}});
}

}  // namespace musubi::kpi
