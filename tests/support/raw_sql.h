// SQL on an SQLite file past everything that Musubi guards: for tests that tamper.
#pragma once

#include <string>

#include "db/value.h"

namespace musubi::testing {

// Runs one statement on the file and returns its rows. The WAL is written back and cut when it closes. Stops on an error.
db::Rows raw_sql(const std::string& path, const std::string& sql, const std::vector<db::Value>& parameters = {});

}  // namespace musubi::testing
