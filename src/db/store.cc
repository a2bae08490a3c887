// Opens organisations on demand, each once, and closes the least recently used. While one is being opened or closed its
// entry is marked busy and the lock is free, so that others are not held up.
#include "db/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <list>
#include <map>

#include "base/file.h"
#include "base/log.h"
#include "base/metrics.h"
#include "db/backend.h"
#include "db/errors.h"
#include "db/migrate.h"

namespace musubi::db {
namespace {

// The lock file holds the pid of its owner; the lock itself ends with the process, whatever it dies of.
class DirectoryLock {
 public:
  static Result<DirectoryLock> take(const std::string& directory) {
    std::string path = directory + "/lock";
    int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return failed(path + " cannot be opened");
    DirectoryLock lock(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return failed(path + " cannot be locked");
      char pid[32] = {};
      ssize_t n = ::pread(fd, pid, sizeof pid - 1, 0);
      std::string owner(pid, n > 0 ? std::size_t(n) : 0);
      while (!owner.empty() && owner.back() == '\n') owner.pop_back();
      return locked(directory, owner);
    }
    std::string pid = std::to_string(::getpid()) + "\n";
    if (::fchmod(fd, 0600) != 0 || ::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0)
      return failed(path + " cannot be written");
    return lock;
  }
  DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~DirectoryLock() {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

metrics::Gauge& open_databases() {
  static auto& g = metrics::gauge("musubi_db_open", "Organisations whose database is open.");
  return g;
}

Result<void> attach_listener(Backend::Opened& opened, const MakeListener& make_listener) {
  if (!make_listener) return {};
  auto made = TRY(opened.database->read([&](Reader& reader) -> Result<std::shared_ptr<std::unique_ptr<CommitListener>>> {
    return std::make_shared<std::unique_ptr<CommitListener>>(TRY(make_listener(*opened.database, reader)));
  }));
  opened.set_listener(std::move(*made));
  return {};
}

constexpr std::string_view kOrganisation = "organisation ";

// What it met may blame its input, as a key file that is none: whoever asked for the organisation gave no such input.
Error closed(Error error, const std::string& id) {
  if (error.code == Code::kInvalid || error.code == Code::kMalformed || error.code == Code::kTooLarge) error.code = Code::kCorrupt;
  error.faults.push_back({std::string(kOrganisation) + id, {"この組織を開けません。", "This organisation cannot be opened."}});
  return error;
}

class OrganisationStore final : public Store {
 public:
  OrganisationStore(StoreOptions options, std::optional<DirectoryLock> lock)
      : options_(std::move(options)),
        lock_(std::move(lock)),
        writers_(std::make_shared<Writers>(std::max(1, options_.writer_threads))) {}

  ~OrganisationStore() override {
    writers_->stop();
    if (backend_) backend_->stop();
    open_databases().add(-std::int64_t(entries_.size()));
  }

  Result<void> start() {
    backend_ = options_.postgres.empty() ? TRY(sqlite_backend(options_, options_.schema, writers_))
                                         : TRY(postgres_backend(options_, options_.schema, writers_));
    return {};
  }

  Result<std::vector<std::string>> organisations() override { return backend_->organisations(); }
  Result<std::shared_ptr<Database>> create(const std::string& id) override;
  Result<std::shared_ptr<Database>> organisation(const std::string& id) override;
  Result<std::unique_ptr<Restoration>> begin_restore(const std::string& id, const std::string& backup_path,
                                                     const MakeListener& make_listener) override;
  std::vector<std::shared_ptr<Database>> opened() override;
  std::vector<std::string> unopened() override;
  const std::string& directory() const override { return options_.directory; }

 private:
  class Copy;  // a Restoration
  struct Entry {
    std::string id;
    Backend::Opened opened;
    bool busy = true;  // being made, opened or closed
  };
  using Entries = std::list<Entry>;  // most recently used first

  Result<Entries::iterator> claim(const std::string& id, std::shared_ptr<Database>& open);
  Result<std::shared_ptr<Database>> fill(Entries::iterator entry);
  void drop(Entries::iterator entry);
  void note_unopened(const std::string& id, const Error* error);  // nullptr: it was opened, or is not there
  void note_away(const Error* error);
  void close_oldest(std::unique_lock<std::mutex>& lock);
  template <class F>
  Result<void> make(const std::string& id, F&& create);

  StoreOptions options_;
  std::optional<DirectoryLock> lock_;  // none when read-only
  std::shared_ptr<Writers> writers_;
  std::unique_ptr<Backend> backend_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::string> unopened_;  // organisations that could not be opened, and why
  std::string away_;                             // why nobody knows which organisations there are, or ""
  Entries entries_;
  std::map<std::string, Entries::iterator, std::less<>> by_id_;
};

// Sets `open` when the database is open; otherwise gives a busy entry that the caller must fill or drop.
Result<OrganisationStore::Entries::iterator> OrganisationStore::claim(const std::string& id, std::shared_ptr<Database>& open) {
  if (!valid_id(id)) return bad_id(id);
  std::unique_lock lock(mutex_);
  for (bool room = false;;) {
    auto at = by_id_.find(id);
    if (at == by_id_.end()) {
      if (std::exchange(room, true)) break;
      close_oldest(lock);  // frees the lock meanwhile, so look again
    } else if (at->second->busy) {
      changed_.wait(lock);
    } else {
      entries_.splice(entries_.begin(), entries_, at->second);
      open = at->second->opened.database;
      return at->second;
    }
  }
  entries_.push_front({id, {}, true});
  by_id_[id] = entries_.begin();
  return entries_.begin();
}

void OrganisationStore::drop(Entries::iterator entry) {
  {
    std::lock_guard lock(mutex_);
    by_id_.erase(entry->id);
    entries_.erase(entry);
  }
  changed_.notify_all();
}

// A database that refuses writes stays open: closing it would make it look healthy again.
void OrganisationStore::close_oldest(std::unique_lock<std::mutex>& lock) {
  for (auto at = entries_.end(); entries_.size() >= options_.open_limit && at != entries_.begin();) {
    --at;
    bool closable = !at->busy && at->opened.database.use_count() == 1 && at->opened.idle() && !at->opened.database->refusing();
    if (!closable) continue;
    at->busy = true;
    auto closing = std::move(at->opened);
    lock.unlock();
    closing = {};
    lock.lock();
    open_databases().add(-1);
    by_id_.erase(at->id);
    entries_.erase(at);
    changed_.notify_all();
    at = entries_.end();
  }
}

// Told once, and again when it changes: whoever looks after every organisation meets it each second. A command that reads tells it itself.
void OrganisationStore::note_unopened(const std::string& id, const Error* error) {
  {
    std::lock_guard lock(mutex_);
    if (!error) {
      unopened_.erase(id);
      return;
    }
    auto& known = unopened_[id];
    if (known == error->message.en) return;
    known = error->message.en;
  }
  if (!options_.read_only) log::error("db.unopened", {{"organisation", id}, {"error", error->name}, {"why", error->message.en}});
}

// That nobody knows which organisations there are, as while PostgreSQL is away: told once for all of them.
void OrganisationStore::note_away(const Error* error) {
  {
    std::lock_guard lock(mutex_);
    std::string why = error ? error->name : "";
    if (why == away_) return;
    away_ = std::move(why);
  }
  if (error && !options_.read_only) log::error("db.away", {{"error", error->name}, {"why", error->message.en}});
}

std::vector<std::string> OrganisationStore::unopened() {
  std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, why] : unopened_) ids.push_back(id);
  return ids;
}

Result<std::shared_ptr<Database>> OrganisationStore::fill(Entries::iterator entry) {
  const std::string id = entry->id;
  auto run = [&]() -> Result<Backend::Opened> {
    auto opened = TRY(backend_->open(entry->id));
    if (!options_.read_only) TRY(attach_listener(opened, options_.make_listener));
    return opened;
  };
  auto opened = run();
  note_unopened(id, opened.ok() ? nullptr : &opened.error());
  if (!opened.ok()) {
    drop(entry);
    return closed(opened.error(), id);
  }
  auto database = opened.value().database;
  {
    std::lock_guard lock(mutex_);
    entry->opened = std::move(opened).value();
    entry->busy = false;
  }
  open_databases().add(1);
  changed_.notify_all();
  return database;
}

Result<std::shared_ptr<Database>> OrganisationStore::organisation(const std::string& id) {
  std::shared_ptr<Database> open;
  auto entry = TRY(claim(id, open));
  if (open) return open;
  auto there = backend_->exists(id);
  note_away(there.ok() ? nullptr : &there.error());
  if (there.ok() && *there) return fill(entry);
  if (there.ok()) note_unopened(id, nullptr);  // else nobody knows whether it is there: an invented name is no news
  drop(entry);
  if (!there.ok()) return closed(there.error(), id);
  return unknown(id);
}

template <class F>
Result<void> OrganisationStore::make(const std::string& id, F&& create) {
  std::shared_ptr<Database> open;
  auto entry = TRY(claim(id, open));
  if (open) return exists(id);
  auto run = [&]() -> Result<void> {
    if (TRY(backend_->exists(id))) return exists(id);
    return create();
  };
  auto done = run();
  drop(entry);
  return done;
}

Result<std::shared_ptr<Database>> OrganisationStore::create(const std::string& id) {
  TRY(make(id, [&] { return backend_->create(id); }));
  return organisation(id);
}

std::vector<std::shared_ptr<Database>> OrganisationStore::opened() {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Database>> open;
  for (const auto& entry : entries_)
    if (!entry.busy) open.push_back(entry.opened.database);
  return open;
}

class OrganisationStore::Copy final : public Restoration {
 public:
  Copy(OrganisationStore& store, std::string id, Backend::Opened opened)
      : store_(store), id_(std::move(id)), opened_(std::move(opened)) {}
  ~Copy() override {
    opened_ = {};
    if (!published_) store_.backend_->drop_staged(id_);
  }
  Database& database() override { return *opened_.database; }
  Result<void> publish() override {
    opened_ = {};
    TRY(store_.make(id_, [&] { return store_.backend_->publish(id_); }));
    published_ = true;
    return {};
  }

 private:
  OrganisationStore& store_;
  std::string id_;
  Backend::Opened opened_;
  bool published_ = false;
};

Result<std::unique_ptr<Restoration>> OrganisationStore::begin_restore(const std::string& id, const std::string& backup_path,
                                                                      const MakeListener& make_listener) {
  CHECK(!options_.read_only);
  auto run = [&]() -> Result<Backend::Opened> {
    TRY(make(id, [&] { return backend_->stage(id, backup_path); }));
    auto opened = TRY(backend_->open_staged(id));
    TRY(attach_listener(opened, make_listener));
    return opened;
  };
  auto opened = run();
  if (!opened.ok() && valid_id(id) && opened.error().name != "org.exists") backend_->drop_staged(id);
  if (!opened.ok()) return opened.error();
  return std::unique_ptr<Restoration>(std::make_unique<Copy>(*this, id, std::move(*opened)));
}

}  // namespace

Result<void> Store::restore(const std::string& id, const std::string& backup_path) {
  return TRY(begin_restore(id, backup_path, nullptr))->publish();
}

bool kept_closed(const Error& error) {
  return std::any_of(error.faults.begin(), error.faults.end(),
                     [](const Fault& fault) { return fault.where.starts_with(kOrganisation); });
}

bool Store::valid_id(std::string_view id) {
  if (id.size() < 2 || id.size() > 40 || id[0] < 'a' || id[0] > 'z') return false;
  for (char c : id)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  return true;
}

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
  TRY(make_folder(options.directory));
  std::optional<DirectoryLock> lock;
  if (!options.read_only) lock.emplace(TRY(DirectoryLock::take(options.directory)));
  options.schema = TRY(with_own_tables(std::move(options.schema)));
  auto store = std::make_unique<OrganisationStore>(std::move(options), std::move(lock));
  TRY(store->start());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace musubi::db
