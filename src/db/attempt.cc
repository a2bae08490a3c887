#include "db/attempt.h"

#include "db/dialect.h"

namespace musubi::db {

Result<std::optional<Error>> attempt(Reader& reader, const std::function<Result<void>()>& part) {
  const bool postgres = is_postgres(reader);
  if (postgres) TRY(reader.query("SAVEPOINT part"));
  auto done = part();
  if (!done.ok() && postgres && !reader.query("ROLLBACK TO part").ok()) return std::move(done).error();
  if (postgres) TRY(reader.query("RELEASE part"));
  return done.ok() ? std::optional<Error>() : std::optional(std::move(done).error());
}

}  // namespace musubi::db
