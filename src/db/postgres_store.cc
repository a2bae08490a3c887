// Organisations as schemas of one PostgreSQL database: musubi_<id> with '_' for '-' (ids hold no '_', so that both ways
// are unambiguous).
#include <unistd.h>

#include <algorithm>

#include "db/backend.h"
#include "db/errors.h"
#include "db/postgres_backup.h"
#include "db/postgres_database.h"
#include "db/postgres_migrate.h"

namespace musubi::db {
namespace {

constexpr std::string_view kPrefix = "musubi_";

std::string schema_name(const std::string& id) {
  std::string name = std::string(kPrefix) + id;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class PostgresBackend final : public Backend {
 public:
  PostgresBackend(std::string directory, PostgresDatabase::Shared shared) : directory_(std::move(directory)), shared_(std::move(shared)) {}

  Result<std::vector<std::string>> organisations() override {
    Value prefix[] = {std::string(kPrefix)};
    auto rows = TRY(ask("SELECT CAST(nspname AS TEXT) FROM pg_namespace WHERE starts_with(CAST(nspname AS TEXT), $1)", prefix));
    std::vector<std::string> ids;
    for (const Row& row : rows) {
      std::string id = row.text(0).substr(kPrefix.size());
      std::replace(id.begin(), id.end(), '_', '-');
      if (Store::valid_id(id)) ids.push_back(std::move(id));
    }
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  Result<bool> exists(const std::string& id) override {
    Value name[] = {schema_name(id)};
    return !TRY(ask("SELECT 1 FROM pg_namespace WHERE nspname = $1", name)).empty();
  }

  Result<void> create(const std::string& id) override {
    return with_connection(id, [&](PostgresConnection& connection) { return migrate(connection, shared_.schema, true); });
  }

  Result<void> restore(const std::string& id, const std::string& backup_path) override {
    std::string copy = directory_ + "/.new-" + id + ".db";
    auto backup = TRY(upgraded_copy(backup_path, copy, shared_.schema));
    auto done = with_connection(id, [&](PostgresConnection& connection) {
      return migrate(connection, shared_.schema, true, [&] { return copy_from_backup(*backup, connection, shared_.schema); });
    });
    backup.reset();
    ::unlink(copy.c_str());
    return done;
  }

  Result<Opened> open(const std::string& id) override {
    TRY(with_connection(id, [&](PostgresConnection& connection) { return migrate(connection, shared_.schema, false); }));
    auto database = std::make_shared<PostgresDatabase>(id, schema_name(id), shared_);
    auto* raw = database.get();
    return Opened{std::move(database), [raw] { return raw->idle(); },
                  [raw](std::unique_ptr<CommitListener> listener) { raw->set_listener(std::move(listener)); }};
  }

  Result<void> check_connection() {
    TRY(ask("SELECT 1"));
    return {};
  }

 private:
  template <class F>
  Result<void> with_connection(const std::string& id, F&& use) {
    auto connection = TRY(shared_.reading->take(schema_name(id)));
    auto done = use(*connection);
    shared_.reading->give(std::move(connection));
    return done;
  }

  Result<Rows> ask(std::string_view sql, Parameters parameters = {}) {
    auto connection = TRY(shared_.reading->take("pg_catalog"));
    auto rows = connection->query(sql, parameters);
    shared_.reading->give(std::move(connection));
    return rows;
  }

  std::string directory_;
  PostgresDatabase::Shared shared_;
};

}  // namespace

Result<std::unique_ptr<Backend>> postgres_backend(const StoreOptions& options, const Schema& schema, std::shared_ptr<Writers> writers) {
  int writing = std::max(1, options.writer_threads), reading = std::max(2, options.readers_per_database) * 4;
  PostgresDatabase::Shared shared{schema, std::move(writers), std::make_shared<PostgresPool>(options.postgres, writing),
                                  std::make_shared<PostgresPool>(options.postgres, reading)};
  auto backend = std::make_unique<PostgresBackend>(options.directory, std::move(shared));
  TRY(backend->check_connection());
  return std::unique_ptr<Backend>(std::move(backend));
}

}  // namespace musubi::db
