// The operator's log: one JSON object a line on standard error. No personal data: callers pass codes and counts, never
// names, bodies, query strings or addresses of people.
#pragma once

#include <string_view>

#include "base/json.h"

namespace musubi::log {

enum class Level { kDebug, kInfo, kWarn, kError };

void set_level(Level least);
// Where lines go: a file descriptor, 2 unless told otherwise. One write(2) a line.
void set_descriptor(int fd);

// `event` is dotted, lower case: "http.listening".
void write(Level level, std::string_view event, const json::object& fields);
inline void info(std::string_view event, const json::object& fields = {}) { write(Level::kInfo, event, fields); }
inline void warn(std::string_view event, const json::object& fields = {}) { write(Level::kWarn, event, fields); }
inline void error(std::string_view event, const json::object& fields = {}) { write(Level::kError, event, fields); }

}  // namespace musubi::log
