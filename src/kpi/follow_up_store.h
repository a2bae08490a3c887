// All SQL of follow-ups, a function a statement. Cutoffs are record indexes: a state holds what records below them say.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "db/transaction.h"
#include "kpi/follow_ups.h"

namespace musubi::kpi::store {

struct FollowUpRow {
  std::string what, number, item;
  std::int64_t revision = 0;
  std::string kind, actor;
  std::optional<std::string> content;
  std::int64_t record = 0;
  Time at;
};

struct FollowUpKnown {  // a row of kpi_follow_up_record
  std::int64_t index = 0;
  std::string plan, what, number, item;
  std::int64_t revision = 0;
  Time at;
  bool operator==(const FollowUpKnown&) const = default;
};

// Every row below the cutoff but reminders, in the order they were written; entries without their content.
Result<std::vector<FollowUpRow>> follow_up_rows(db::Reader& reader, std::string_view plan, std::int64_t cutoff);
Result<std::vector<FollowUpRow>> reminder_rows(db::Reader& reader, std::string_view plan);
// One thing's newest row; nothing where there is none.
Result<std::optional<FollowUpRow>> newest_row(db::Reader& reader, std::string_view plan, std::string_view what,
                                              std::string_view number, std::string_view item);
Result<std::optional<std::string>> follow_up_content(db::Reader& reader, std::string_view plan, std::string_view what,
                                                     std::string_view number, std::string_view item, std::int64_t revision);
// Of entries below the cutoff that hold what was taken from an indicator (a member "origin"), by record.
Result<std::map<std::int64_t, std::string>> taking_entries(db::Reader& reader, std::string_view plan, std::int64_t cutoff);
Result<std::optional<FollowUpPublication>> newest_follow_up_publication(db::Reader& reader, std::string_view plan,
                                                                        std::optional<Time> before);
Result<std::set<std::string>> plans_with_owners(db::Reader& reader);
// One beyond the newest record of the plan's follow-ups but reminders; 0 where there is none.
Result<std::int64_t> follow_up_cutoff(db::Reader& reader, std::string_view plan, std::optional<Time> before);
Result<std::int64_t> follow_up_position(db::Reader& reader);

Result<void> put_follow_up(db::Transaction& tx, std::string_view plan, const FollowUpRow& row);
Result<void> add_follow_up_known(db::Transaction& tx, const FollowUpKnown& known);
Result<void> forget_follow_up_known(db::Transaction& tx);
Result<std::vector<FollowUpKnown>> follow_up_known(db::Reader& reader, std::int64_t from, std::size_t limit);
Result<std::optional<FollowUpRow>> follow_up_row(db::Reader& reader, const FollowUpKnown& known);

}  // namespace musubi::kpi::store

namespace musubi::kpi {

// A reminder and its record. Part of FollowUps::remind.
Result<void> put_reminder(db::Transaction& tx, std::string_view plan, std::string_view post, std::string_view period,
                          std::int64_t revision, std::string_view stage, const json::object& body);

}  // namespace musubi::kpi
