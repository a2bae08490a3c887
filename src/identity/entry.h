// Entries that officers make in the register by hand: what follows from one is planned and shown first, then made in one
// transaction with its records. To undo an entry is to make a further one. And the decisions that wait for an entry.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "identity/residents.h"

namespace musubi::identity {

struct EntryReason {
  std::string_view word;  // in the record's head
  Text title, basis;      // what people read, and the law
  bool needs_case = false;
};
std::span<const EntryReason> entry_reasons();
const EntryReason* entry_reason(std::string_view word);

inline constexpr std::string_view kOwnHousehold = "new";  // instead of a household's code

struct ByHand {
  Resident after;  // by its code; state and what was said of moves stay as they are. household: empty stays, "new", or a code
  text::Date day;  // from when it holds
  std::string reason;
  std::string case_id;  // the ground; may be empty where the reason needs none
  std::string seen;     // entry_mark of what the officer saw
};
std::string entry_mark(const Resident& resident);  // another one after every change

struct EntryChange {
  Resident before, after;
  bool any() const { return before != after; }
};
struct EntryPlan {
  EntryChange own;                  // after.household is "new" until it is entered
  std::vector<EntryChange> others;  // of the same households, whose relation to the head changes with it
};
// Errors: identity.unknown_resident, identity.not_present, identity.entry_changed (somebody was faster), identity.bad_resident with
// every fault: as of Resident, and "/day", "/reason", "/case", "/relation", "/household".
Result<EntryPlan> plan_entry(db::Reader& reader, const ByHand& entry, text::Date today);
// The same once more does nothing and says so: a plan without changes.
Result<EntryPlan> enter_by_hand(db::Transaction& tx, const ByHand& entry, text::Date today, std::string_view actor);

// What happened to an entry, newest first, at most `limit`, of its first 1,000 records.
struct EntryEvent {
  std::uint64_t counter = 0, record = 0;
  std::string type, reason, case_id, actor;
  Time at;
  std::optional<Resident> state;  // as it was entered then; none once erased
};
Result<std::vector<EntryEvent>> entry_history(db::Reader& reader, std::string_view code, std::size_t limit = 50);
// The last entry, if an officer made it by hand: undoing one before it would revert what came after. nullptr: none.
struct Undoable {
  const EntryEvent* entry = nullptr;
  const EntryEvent* before = nullptr;
};
Undoable undoable(const std::vector<EntryEvent>& newest_first);

// A decision that no program can enter: it waits for an officer. Once for a case; a second call changes nothing.
struct Due {
  std::string case_id, person, item;
  Time opened_at;
  std::string outcome;  // empty while it waits; "entered"; "unneeded": an officer found nothing to enter, and said why
  std::optional<Time> settled_at;
};
Result<void> open_due(db::Transaction& tx, std::string_view case_id, std::string_view person, std::string_view item, Time now,
                      std::string_view actor);
// Errors: identity.not_due (none, or settled before). `why` stands in the record's body; none is kept where the person's entry was
// erased. Whoever knows of an erased case hands none over.
Result<Due> settle_due(db::Transaction& tx, std::string_view case_id, std::string_view outcome, std::string_view why, Time now,
                       std::string_view actor);
Result<std::optional<Due>> due(db::Reader& reader, std::string_view case_id);
Result<std::vector<Due>> open_dues(db::Reader& reader, std::size_t limit = 500);  // oldest first
Result<std::int64_t> count_dues(db::Reader& reader);                              // that wait

}  // namespace musubi::identity
