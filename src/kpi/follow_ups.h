// Follow-ups of an organisation's plans: schedule, owners, entries of officers, sign-off by another officer, findings that stay
// open until they are closed, publication, reminders; and every way of reading them.
//
// Any thread; no state of its own. Each act is one transaction of change and records; a crash leaves the act done or not
// begun. Reading takes one snapshot per call.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "db/database.h"
#include "evidence/record.h"
#include "evidence/verify.h"
#include "kpi/follow_up_state.h"
#include "kpi/kpi.h"
#include "kpi/sheet_merge.h"

namespace musubi::kpi {

struct FollowUpDone {
  std::int64_t revision = 0, record = 0;
  std::vector<Change> changes;
  bool merged = false;  // somebody else had changed other cells meanwhile
};

// One reminder to a post: which items it named, and which are still open.
struct Reminder {
  std::string plan, post, stage;
  Period period;
  std::int64_t record = 0;
  Time at;
  std::vector<std::string> numbers;
};

std::span<const evidence::RecordType> follow_up_record_types();

class FollowUps {
 public:
  explicit FollowUps(db::Database& database) : database_(database) {}

  // Who may: `arranges` and `leads` of follow_up_state.h, else follow_up.not_leading; an entry is made by who holds the owner's
  // post, of a measure without one by who leads; any officer may open a finding.
  // Errors of all acts: plan.unknown, plan.not_signed_off, follow_up.changed_meanwhile (Code::kConflict), follow_up.nothing_new.
  // `base`: the revision that the officer saw, 0 = none. Errors: follow_up.faults with every fault.
  Result<std::int64_t> set_schedule(std::string_view plan, const Schedule& schedule, std::int64_t base,
                                    const FollowUpOfficer& officer);
  // Returns how many measures changed hands; an empty post takes the owner away. Errors: follow_up.faults.
  Result<std::size_t> assign(std::string_view plan, const std::vector<std::string>& numbers, std::string_view post,
                             const FollowUpOfficer& officer);
  // Gives each measure without an owner the one that the measure of the same number has in the plan `from`, where that post is among
  // `posts`; all in one transaction. Returns how many; none: follow_up.nothing_new.
  Result<std::size_t> take_owners(std::string_view plan, std::string_view from, const std::vector<std::string>& posts,
                                  const FollowUpOfficer& officer);
  // Puts `entry`, made from revision `base`, in place; cells that others changed meanwhile stay. Errors: follow_up.no_schedule,
  // plan.unknown_measure, follow_up.withdrawn_measure, follow_up.wrong_period, follow_up.not_begun (Code::kConflict),
  // follow_up.not_yours (the owner is a post that the officer does not hold), follow_up.conflict (a fault per cell), follow_up.faults.
  Result<FollowUpDone> enter(std::string_view plan, const FollowUp& entry, std::int64_t base, const FollowUpOfficer& officer,
                             Time now);
  // Whether enter() would look at what is entered at all. Errors: those of its that do not depend on that.
  Result<void> may_enter(std::string_view plan, const FollowUpKey& key, const FollowUpOfficer& officer, Time now);
  // Of the newest revision, which must be `revision`. Errors: follow_up.unknown, follow_up.wrong_step, follow_up.same_officer
  // (Code::kForbidden), follow_up.faults (a return without a remark; done with findings that were opened meanwhile; a
  // figure that no publication shows yet, taken by a definition whose small figures officers hid since).
  Result<FollowUpStep> sign_off(std::string_view plan, const FollowUpKey& key, std::int64_t revision, const FollowUpOfficer& officer);
  Result<FollowUpStep> send_back(std::string_view plan, const FollowUpKey& key, std::int64_t revision, const FollowUpOfficer& officer,
                                 const Text& remark);
  Result<Finding> open_finding(std::string_view plan, std::string_view number, std::string_view actor, const Text& words);
  // Errors: follow_up.unknown, follow_up.wrong_step (closed already), follow_up.faults (without a word on what was done).
  Result<Finding> close_finding(std::string_view plan, std::string_view number, int id, const FollowUpOfficer& officer,
                                const Text& how);
  // Makes public what was signed off. `expected` is the cutoff that the officer saw. Errors: follow_up.faults (such figures that were
  // signed off before they were hidden, "1-1/2024/lines/progress").
  Result<FollowUpPublication> publish(std::string_view plan, std::int64_t expected, const FollowUpOfficer& officer);
  // Writes the reminders that are due, once each however often it is called. Returns how many were written.
  Result<std::size_t> remind(Time now);

  // Errors of readers: plan.unknown, plan.not_signed_off, follow_up.not_published. Of a view without drafts.
  Result<FollowUpState> state(std::string_view plan, const View& view);
  struct Told {
    FollowUpRevision revision;
    FollowUp entry;
  };
  Result<std::vector<Told>> entry(std::string_view plan, const FollowUpKey& key, const View& view);  // oldest first; empty = none
  Result<std::vector<Told>> revisions(const FollowUpState& state, const FollowUpKey& key);           // the same of a state
  Result<std::vector<Told>> newest(const FollowUpState& state,
                                   const std::vector<FollowUpKey>& keys);  // in their order; the signed one of a public state
  // Of every plan that is signed off and has a schedule, drafts included.
  Result<std::vector<Item>> items(Time now, text::Date until);
  Result<std::vector<Reminder>> reminders(
      const std::vector<std::string>& posts);         // newest first, the newest of each plan, post and period
  Result<std::set<std::string>> plans_with_owners();  // of any measure, signed off or not
  Result<std::int64_t> position();                    // one beyond the newest record of follow-ups and plans

  // As those of Plans.
  static Result<std::set<std::uint64_t>> published(db::Reader& reader, std::span<const evidence::Record> records);
  static Result<std::vector<std::string>> erase_rows(db::Transaction& tx, std::span<const std::uint64_t> records);
  static Result<std::vector<evidence::Finding>> verify_derived(db::Reader& reader);
  static Result<std::size_t> rebuild_derived(db::Transaction& tx);

 private:
  db::Database& database_;
};

}  // namespace musubi::kpi
