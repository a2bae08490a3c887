// What the command line asks of values before a command runs, so that everything wrong with a call is told at once. The modules check
// again what they are given.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace musubi::app {

// Errors: cli.day.
Result<void> check_day(const std::string& value);
// Of `org create`. Errors: org.bad_id, cli.kind, cli.origin, cli.name.
Result<void> check_organisation_id(const std::string& value);
Result<void> check_organisation_kind(const std::string& value);
Result<void> check_origin(const std::string& value);
Result<void> check_name(const std::string& value);
// Of a unit or a post. Errors: cli.id.
Result<void> check_id(const std::string& value);
// Errors: cli.ground.
Result<void> check_ground(const std::string& value);

// "17,18". Errors: cli.record.
Result<std::vector<std::uint64_t>> record_numbers(const std::string& value);
Result<void> check_record_numbers(const std::string& value);

}  // namespace musubi::app
