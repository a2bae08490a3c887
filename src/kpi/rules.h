// What is decided about plans: pure functions on structs, no I/O, no clock.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "kpi/plan.h"
#include "text/dates.h"

namespace musubi::kpi {

// Contradictions and missing things, as JSON pointers into the pack ("/measures/3/number"). Empty = may be signed off.
std::vector<Fault> faults_of(const PlanDocument& document);

// Those of them with which nothing could be kept: no or twice the same number, beyond a limit, not storable as text.
std::vector<Fault> unusable_of(const PlanDocument& document);

bool plain_text(std::string_view text);      // no control characters but line feed and tab
bool valid_plan_id(std::string_view id);     // country or organisation, a dot, kebab case
bool valid_number(std::string_view number);  // "1-1"
bool valid_when(std::string_view when);      // "2019", "2019-06", "2019-06-14", "FY2019"; real dates only

// "10-2" after "9-12": section and measure as numbers.
bool number_less(std::string_view a, std::string_view b);

std::string measure_digest(const Measure& measure);  // SHA-256 of its canonical JSON, hex
std::string edition_of(const PlanHeader& header, const std::map<std::string, std::string>& digest_by_number);
std::string edition_of(const PlanDocument& document);

// One member that differs; "" stands for absent. `member` is its path: "title/ja", "target/value".
struct Change {
  std::string member;
  std::string before;
  std::string after;
  bool operator==(const Change&) const = default;
};
std::vector<Change> changes(const Measure& before, const Measure& after);

enum class EntryKind { kEntered, kRevised, kWithdrawn };
std::string_view kind_name(EntryKind kind);

// What lists, filters and counts need of a measure as it stands in one state of a plan.
struct Entry {
  std::string number, section, field;
  Text title;
  KpiStatus progress = KpiStatus::kNone, effect = KpiStatus::kNone;
  bool has_target = false;
  std::string digest;
  std::int64_t revision = 0;
  std::int64_t record = 0;  // index of the record that holds it
  Time at;
  bool draft = false;  // newer than the last sign-off
};
Entry entry_of(const Measure& measure);

enum class Status {
  kKpiNotSet,  // one of the two KPI at least
  kProgressNotSet,
  kEffectNotSet,
  kKpiNone,  // one of the two at least is not printed at all
  kKpiSet,   // both
  kTarget,
  kNoTarget,
  kDraft,
};
inline constexpr Status kStatuses[] = {Status::kKpiNotSet, Status::kProgressNotSet, Status::kEffectNotSet, Status::kKpiNone,
                                       Status::kKpiSet,    Status::kTarget,         Status::kNoTarget,     Status::kDraft};
std::string_view name_of(Status status);  // "kpi_not_set", "no_target", ...
bool matches(const Entry& entry, Status status);

// A table of counts: by field and section, and how many measures have each status.
struct Counts {
  std::size_t total = 0;
  std::map<std::pair<std::string, std::string>, std::size_t> by_field_section;
  std::map<std::string, std::size_t> by_field, by_section;
  std::map<Status, std::size_t> by_status;
  std::map<std::string, std::map<Status, std::size_t>> section_status;
};
Counts count(const std::vector<Entry>& entries);

enum class Order { kNumber, kTitle, kField, kProgress, kEffect, kTarget, kRecord };

struct PlanQuery {
  std::vector<std::string> fields, sections;  // none = all
  std::vector<Status> statuses;               // all must hold
  std::string text;                           // Japanese or English, words of any length
  Order order = Order::kNumber;
  bool descending = false;
  std::size_t offset = 0;
  std::size_t limit = 50;  // 0 = all
};

// Filters and sorts; full text and paging are the caller's.
std::vector<const Entry*> select(const std::vector<Entry>& all, const PlanHeader& header, const PlanQuery& query);

// The first instant after the day in Asia/Tokyo (UTC+9 all year): records before it were known on that day.
Time end_of_day_jst(text::Date day);

// What an import would do to the entries there are.
struct Difference {
  std::vector<std::size_t> entered;  // indexes into document.measures
  std::vector<std::size_t> revised;
  std::vector<std::string> withdrawn;  // numbers
  std::size_t unchanged = 0;
  bool header_changed = false;
  bool nothing() const { return entered.empty() && revised.empty() && withdrawn.empty() && !header_changed; }
};
Difference compare(const PlanHeader* header_now, const std::vector<Entry>& entries_now, const PlanDocument& document);

}  // namespace musubi::kpi
