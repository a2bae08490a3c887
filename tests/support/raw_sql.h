// SQL on an SQLite file past everything that Musubi guards: for tests that tamper.
#pragma once

#include <string>

#include "db/value.h"

namespace musubi::testing {

// Runs one statement on the file and returns its rows. The WAL is written back and cut when it closes. Stops on an error.
db::Rows raw_sql(const std::string& path, const std::string& sql, const std::vector<db::Value>& parameters = {});

// Makes the tables of the file take any type in any column, as whoever edits the bytes of a file can.
void loosen_types(const std::string& path);

}  // namespace musubi::testing
