// What is known of a plan's follow-ups in one view: schedule, owners, entries with their way to the public, findings.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kpi/follow_up.h"
#include "kpi/kpi.h"

namespace musubi::kpi {

using FollowUpKey = std::pair<std::string, Period>;  // measure, period

struct FollowUpStep {
  bool signed_off = false;  // else returned
  std::int64_t record = 0;
  Time at;
  std::string actor;
  std::optional<Text> remark;
};

struct FollowUpRevision {
  std::int64_t revision = 0, record = 0;
  Time at;
  std::string actor;
  std::optional<Light> light;
  std::optional<FollowUpStep> step;
  bool signed_off() const { return step && step->signed_off; }
};

struct Finding {
  std::string number;  // of the measure
  int id = 0;          // from 1 in each measure
  Text words;
  std::int64_t record = 0;
  Time at;
  std::string actor;
  struct Closed {
    Text how;
    std::int64_t record = 0;
    Time at;
    std::string actor;
  };
  std::optional<Closed> closed;
};

struct FollowUpPublication {
  std::int64_t revision = 0, record = 0;
  Time at;
};

// Who acts on follow-ups: an officer with the posts that they hold today.
struct FollowUpOfficer {
  std::string code;
  std::vector<std::string> posts;
  bool administrator = false;
  bool holds(std::string_view post) const;
};

// Public: revisions that were signed off before the newest publication, and nothing after it; of earlier ones none whose content the
// public may not see (hidden.h).
struct FollowUpState {
  std::string plan;
  std::int64_t cutoff = 0;  // one beyond the newest record within the view: what an officer saw
  std::optional<Schedule> schedule;
  std::int64_t schedule_revision = 0, schedule_record = 0;
  std::map<std::string, std::string> owners;                     // measure to post
  std::map<FollowUpKey, std::vector<FollowUpRevision>> entries;  // revisions oldest first; none is empty
  std::vector<Finding> findings;                                 // by measure and id
  std::optional<FollowUpPublication> publication;

  std::vector<Period> periods(std::string_view number) const;    // with entries, newest first
  const FollowUpRevision* newest(const FollowUpKey& key) const;  // nullptr = none
  const FollowUpRevision* newest_signed(const FollowUpKey& key) const;
  const FollowUpRevision* newest_published(const FollowUpKey& key) const;  // of those that were signed off before the publication
  std::size_t open_findings(std::string_view number) const;
  std::size_t published_findings(std::string_view number) const;  // of the open ones, those that came before the publication
  std::int64_t newest_finding(std::string_view number) const;     // record of the newest that is open; -1 without one
  std::size_t unpublished() const;                                // signed off, findings, a schedule: newer than the publication
};

// Whether the officer holds the post that leads the plan's follow-up; where none is named, administrators lead.
bool leads(const FollowUpState& state, const FollowUpOfficer& officer);
// Whether they may make the schedule and name owners: who leads, and administrators.
bool arranges(const FollowUpState& state, const FollowUpOfficer& officer);
// Whether entries of a measure are theirs to make: they hold its owner's post, or lead where it has no owner.
bool enters(const FollowUpState& state, const std::string& number, const FollowUpOfficer& officer);
// Why not: follow_up.not_leading (Code::kForbidden), naming the post.
Error not_leading(const FollowUpState& state);
// Whether the officer wrote this entry since its last sign-off: another signs it off.
bool wrote(const FollowUpState& state, const FollowUpKey& key, std::string_view officer);
Error follow_up_same_officer();  // follow_up.same_officer (Code::kForbidden)

// Every item of the plan's measures in this state that began by `until`: by due day, then by number. A measure whose
// signed-off entry says that it is done has none after that.
std::vector<Item> items_of(const PlanState& plan, const FollowUpState& state, text::Date today, text::Date until);

// Errors: plan.unknown, plan.not_signed_off, follow_up.not_published.
Result<FollowUpState> load_follow_ups(db::Reader& reader, std::string_view plan, const View& view);

}  // namespace musubi::kpi
