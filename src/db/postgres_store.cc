// Organisations as schemas of one PostgreSQL database: musubi_<id> with '_' for '-' (ids hold no '_', so that both ways
// are unambiguous). A restore fills a schema new_musubi_<id>, which nobody lists, and renames it in one statement.
#include <algorithm>
#include <filesystem>

#include "db/backend.h"
#include "db/errors.h"
#include "db/migrate.h"
#include "db/postgres_backup.h"
#include "db/postgres_database.h"
#include "db/postgres_migrate.h"
#include "db/sqlite_backup.h"

namespace musubi::db {
namespace {

constexpr std::string_view kPrefix = "musubi_";

std::string schema_name(const std::string& id) {
  std::string name = std::string(kPrefix) + id;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string staged_name(const std::string& id) { return "new_" + schema_name(id); }

// The copy of a backup in plain text that is read from; gone at the end, whatever happens.
struct CopyFile {
  std::string path;
  ~CopyFile() { remove_database_file(path); }
};

class PostgresBackend final : public Backend {
 public:
  PostgresBackend(std::string directory, PostgresDatabase::Shared shared)
      : directory_(std::move(directory)), shared_(std::move(shared)) {}

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
    return with_connection(schema_name(id), [&](PostgresConnection& connection) { return migrate(connection, shared_.schema, true); });
  }

  Result<void> stage(const std::string& id, const std::string& backup_path) override {
    CopyFile copy{directory_ + "/.new-" + id + ".db"};
    auto backup = TRY(upgraded_copy(backup_path, copy.path, shared_.schema));
    drop_staged(id);
    return with_connection(staged_name(id), [&](PostgresConnection& connection) {
      return migrate(connection, shared_.schema, true, [&] { return copy_from_backup(*backup, connection, shared_.schema); });
    });
  }

  Result<Opened> open_staged(const std::string& id) override { return open_schema(id, staged_name(id)); }

  Result<void> publish(const std::string& id) override {
    TRY(ask("ALTER SCHEMA \"" + staged_name(id) + "\" RENAME TO \"" + schema_name(id) + "\""));
    return {};
  }

  void drop_staged(const std::string& id) override {
    static_cast<void>(ask("DROP SCHEMA IF EXISTS \"" + staged_name(id) + "\" CASCADE").ok());
  }

  // Copies of backups that a crash left behind.
  void remove_remains() {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(directory_, ignored))
      if (entry.path().filename().string().starts_with(".new-")) std::filesystem::remove_all(entry.path(), ignored);
  }

  Result<Opened> open(const std::string& id) override { return open_schema(id, schema_name(id)); }

  Result<void> check_connection() {
    TRY(ask("SELECT 1"));
    return {};
  }

 private:
  Result<Opened> open_schema(const std::string& id, const std::string& name) {
    TRY(with_connection(name, [&](PostgresConnection& connection) -> Result<void> {
      if (!shared_.read_only) return migrate(connection, shared_.schema, false);
      if (!TRY(missing_of_stored(shared_.schema, TRY(migrated(connection, shared_.schema)))).empty()) return older(name);
      return {};
    }));
    auto database = std::make_shared<PostgresDatabase>(id, name, shared_);
    auto* raw = database.get();
    return Opened{std::move(database), [raw] { return raw->idle(); },
                  [raw](std::unique_ptr<CommitListener> listener) { raw->set_listener(std::move(listener)); }};
  }

  template <class F>
  Result<void> with_connection(const std::string& name, F&& use) {
    auto connection = TRY(PostgresLease::take(shared_.reading, name));
    return use(*connection);
  }

  Result<Rows> ask(std::string_view sql, Parameters parameters = {}) {
    auto connection = TRY(PostgresLease::take(shared_.reading, "pg_catalog"));
    return connection->query(sql, parameters);
  }

  std::string directory_;
  PostgresDatabase::Shared shared_;
};

}  // namespace

Result<std::unique_ptr<Backend>> postgres_backend(const StoreOptions& options, const Schema& schema,
                                                  std::shared_ptr<Writers> writers) {
  int writing = std::max(1, options.writer_threads), reading = std::max(2, options.readers_per_database) * 4;
  PostgresDatabase::Shared shared{schema, std::move(writers),
                                  std::make_shared<PostgresPool>(options.postgres, writing, options.read_only),
                                  std::make_shared<PostgresPool>(options.postgres, reading, options.read_only), options.read_only};
  auto backend = std::make_unique<PostgresBackend>(options.directory, std::move(shared));
  TRY(backend->check_connection());
  if (!options.read_only) backend->remove_remains();
  return std::unique_ptr<Backend>(std::move(backend));
}

}  // namespace musubi::db
