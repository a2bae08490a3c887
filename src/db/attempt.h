// A part of a read that may fail without taking along what comes after it: on PostgreSQL an error ends the whole transaction.
#pragma once

#include <functional>
#include <optional>

#include "db/transaction.h"

namespace musubi::db {

// What went wrong in `part`; the reader stands as before it then. Errors: those after which nothing more can be read.
Result<std::optional<Error>> attempt(Reader& reader, const std::function<Result<void>()>& part);

}  // namespace musubi::db
