// SQL on an organisation's data past everything that Musubi guards: for tests that tamper.
#pragma once

#include <string>

#include "db/value.h"

namespace musubi::testing {

// Runs one statement on the file and returns its rows. The WAL is written back and cut when it closes. Stops on an error.
db::Rows raw_sql(const std::string& path, const std::string& sql, const std::vector<db::Value>& parameters = {});

// The same on one organisation's schema of a PostgreSQL database.
db::Rows raw_postgres(const std::string& connection, const std::string& schema, const std::string& sql,
                      const std::vector<db::Value>& parameters = {});
// A copy of all tables of the schema under a name, to be laid back as often as wanted.
void keep_postgres(const std::string& connection, const std::string& schema, const std::string& name);
void lay_back_postgres(const std::string& connection, const std::string& schema, const std::string& name);

// Makes the tables of the file take any type in any column, as whoever edits the bytes of a file can.
void loosen_types(const std::string& path);

}  // namespace musubi::testing
