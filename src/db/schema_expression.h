// Defaults, and what partial indexes cover, in words that are the same for SQLite and PostgreSQL. Either text is taken as it comes:
// what PostgreSQL prints stands in a database that anybody may have changed.
#pragma once

#include <string>
#include <string_view>

namespace musubi::db {

// PostgreSQL prints an expression in words of its own: without its casts, the quotes that those need and the parentheses it is the
// one of the migration. What stands in quotes stays as it is.
std::string plain(std::string_view expression);

// " where open = 1" of CREATE INDEX ... WHERE open = 1; empty where an index covers all rows.
std::string covered(std::string_view sql);

}  // namespace musubi::db
