#include "db/backend.h"
#include "db/errors.h"
namespace musubi::db {
Result<std::unique_ptr<Backend>> postgres_backend(const StoreOptions&, const Schema&, std::shared_ptr<Writers>) { return failed("PostgreSQL: not yet"); }
}
