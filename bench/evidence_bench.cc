// What the log costs: durable state changes against the bare SQLite loop of the same bytes, receipts, verification and many
// open organisations. evidence_bench [writes|growth|postgres|receipts|verify|organisations]...; all of them without a word. SECONDS=2
// for each point, TMPDIR=/dev/shm to leave the disk out. Tables on standard output; docs/performance.md says what the figures mean.
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "bare_postgres.h"
#include "bare_sqlite.h"
#include "base/log.h"
#include "base/metrics.h"
#include "crypto/note.h"
#include "evidence/receipt.h"
#include "evidence/verify.h"
#include "support/log_world.h"
#include "support/postgres_cluster.h"

namespace musubi {
namespace {

using Steady = std::chrono::steady_clock;
using evidence::Log;

double seconds_since(Steady::time_point from) { return std::chrono::duration<double>(Steady::now() - from).count(); }

double run_seconds() {
  const char* given = std::getenv("SECONDS");
  return given ? std::atof(given) : 2.0;
}

template <class T>
T must(Result<T> result) {
  if (!result.ok()) std::fprintf(stderr, "%s: %s\n", result.error().name.c_str(), result.error().message.en.c_str());
  return std::move(result).value();
}
void must(Result<void> result) {
  if (!result.ok()) std::fprintf(stderr, "%s\n", result.error().message.en.c_str());
  result.value();
}

class Folder {
 public:
  Folder() { CHECK(mkdtemp(path_.data())); }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = std::string(std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "/var/tmp") + "/musubi-bench-XXXXXX";
};

struct World {
  explicit World(const std::string& postgres = {}) {
    db::StoreOptions options;
    options.postgres = postgres;
    options.directory = folder.path() + "/data";
    testing::add_town_log(options, {{signer}}, clock);
    store = must(db::Store::open(std::move(options)));
  }
  std::string file() const { return folder.path() + "/data/town/musubi.db"; }
  Folder folder;
  SystemClock clock;
  std::shared_ptr<crypto::NoteSigner> signer = testing::town_signer(folder.path() + "/log.pem");
  std::unique_ptr<db::Store> store;
};

// One row, a head of about 300 bytes, a body of about 500, a leaf.
const std::string kText(460, 'x');

Result<evidence::Appended> change(db::Transaction& tx, std::uint64_t n) {
  static constexpr std::string_view kFacts[] = {"amount", "outcome"};
  static constexpr evidence::RecordType kType{"bench.changed", 1, evidence::Visibility::kOfficers, "変更", "Change", kFacts};
  std::string id = "case-" + std::to_string(n);
  TRY(tx.put(
      "town_act",
      {{"id", id}, {"name", std::string("a state")}, {"amount", std::int64_t(n)}, {"weight", db::Value()}, {"seal", db::Value()}}));
  return evidence::append(tx, {kType,
                               "town/streams/" + std::to_string(n % 1000),
                               "officer-12",
                               "resident-000000001",
                               {{"amount", std::int64_t(n % 1000)}, {"outcome", "granted as applied for"}},
                               json::object{{"id", id}, {"text", kText}}});
}

std::uint64_t syncs() { return metrics::counter("musubi_db_syncs_total", "").value(); }

// Of the whole process: on a shared machine the processor time of a change says more than the wall clock.
double cpu_seconds() { return double(std::clock()) / CLOCKS_PER_SEC; }

double resident_mb() {
  std::ifstream statm("/proc/self/statm");
  long total = 0, resident = 0;
  statm >> total >> resident;
  return double(resident) * double(sysconf(_SC_PAGESIZE)) / 1e6;
}

void grow(db::Database& database, std::uint64_t to) {
  while (Log::of(database).size() < to) {
    std::uint64_t from = Log::of(database).size(), end = std::min(to, from + 2000);
    must(database.write([&](db::Transaction& tx) -> Result<void> {
      for (std::uint64_t n = from; n < end; ++n) TRY(change(tx, n));
      return {};
    }));
  }
  must(Log::of(database).keep_checkpoint());
}

struct Point {
  double per_second = 0, cpu_us = 0, batch = 0, p50_us = 0, p99_us = 0, published_p99_us = 0, resident_mb = 0;
};

float percentile(const std::vector<std::vector<float>>& parts, double p) {
  std::vector<float> all;
  for (auto& some : parts) all.insert(all.end(), some.begin(), some.end());
  std::sort(all.begin(), all.end());
  return all.empty() ? 0 : all[std::size_t(double(all.size() - 1) * p)];
}

// `grown`: records that the log holds before.
Point musubi_writes(int callers, double seconds, const std::string& postgres = {}, std::uint64_t grown = 0) {
  World world(postgres);
  auto database = must(testing::open_town(*world.store));
  grow(*database, grown);
  std::atomic<std::uint64_t> next{grown};
  std::atomic<bool> stop{false};
  std::vector<std::vector<float>> times(static_cast<std::size_t>(callers)), published(times.size());
  std::uint64_t syncs_before = syncs();
  double cpu_before = cpu_seconds();
  auto from = Steady::now();
  std::vector<std::thread> threads;
  for (int t = 0; t < callers; ++t)
    threads.emplace_back([&, t] {
      while (!stop.load(std::memory_order_relaxed)) {
        auto began = Steady::now();
        Steady::time_point appended;
        auto record = must(database->write([&, n = next++](db::Transaction& tx) {
          appended = Steady::now();
          return change(tx, n);
        }));
        times[std::size_t(t)].push_back(float(seconds_since(began) * 1e6));
        CHECK(Log::of(*database).size() > record.index);  // a signed checkpoint covers it
        published[std::size_t(t)].push_back(float(seconds_since(appended) * 1e6));
      }
    });
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));  // the length of the measurement
  stop = true;
  for (auto& thread : threads) thread.join();
  double took = seconds_since(from), cpu = cpu_seconds() - cpu_before;
  double changes = 0, resident = resident_mb();
  for (auto& some : times) changes += double(some.size());
  return {changes / took,
          cpu * 1e6 / changes,
          changes / double(syncs() - syncs_before),
          percentile(times, 0.5),
          percentile(times, 0.99),
          percentile(published, 0.99),
          resident};
}

// Moves the log of the bare loop into its file as the store does: from another thread, what is left in the end by the writer.
class BareCheckpoints {
 public:
  BareCheckpoints(sqlite3* writer, const std::string& path) : writer_(writer) {
    CHECK(sqlite3_open(path.c_str(), &db_) == SQLITE_OK);
    sqlite3_wal_hook(
        writer,
        [](void* self, sqlite3*, const char*, int pages) {
          static_cast<BareCheckpoints*>(self)->pages_.store(pages);
          return SQLITE_OK;
        },
        this);
    thread_ = std::thread([this] { work(); });
  }
  ~BareCheckpoints() {
    asked_ = kStop;
    asked_.notify_one();
    thread_.join();
    sqlite3_close(db_);
  }
  // The writer, between two transactions.
  void between() {
    int done = kDone, idle = kIdle;
    if (asked_.compare_exchange_strong(done, kIdle))
      CHECK(sqlite3_wal_checkpoint_v2(writer_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr) == SQLITE_OK);
    if (pages_ < 4096 || !asked_.compare_exchange_strong(idle, kCopy)) return;
    asked_.notify_one();
  }

 private:
  enum { kIdle, kCopy, kDone, kStop };
  void work() {
    for (int asked = kIdle; (asked = asked_.load()) != kStop;) {
      if (asked != kCopy) {
        asked_.wait(asked);
        continue;
      }
      int frames = 0, moved = 0;
      for (int pass = 0; pass < 3 && (pass == 0 || frames - moved > 256); ++pass)
        CHECK(sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_PASSIVE, &frames, &moved) == SQLITE_OK);
      asked_.compare_exchange_strong(asked, kDone);
    }
  }
  sqlite3 *writer_, *db_ = nullptr;
  std::atomic<int> pages_{0}, asked_{kIdle};
  std::thread thread_;
};

// The bare loop: prepared inserts of the same bytes (row with its salt; head with salt, commitment and leaf; body with salt),
// `batch` changes a transaction, one thread, full sync. `indexed`: with the two secondary indexes of evidence_record.
Point bare_writes(std::size_t batch, double seconds, bool indexed, std::int64_t grown = 0) {
  Folder folder;
  sqlite3* db = nullptr;
  CHECK(sqlite3_open((folder.path() + "/bare.db").c_str(), &db) == SQLITE_OK);
  auto run = [&](const char* sql) { CHECK(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK); };
  run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-4000;"
      "CREATE TABLE r (id TEXT PRIMARY KEY, name TEXT, amount INTEGER, weight REAL, seal BLOB, salt BLOB);"
      "CREATE TABLE h (idx INTEGER PRIMARY KEY, stream TEXT, counter INTEGER, type TEXT, at INTEGER, head BLOB, salt BLOB, manifest "
      "BLOB, c BLOB, leaf BLOB);"
      "CREATE TABLE b (idx INTEGER PRIMARY KEY, salt BLOB, body BLOB);");
  if (indexed) run("CREATE UNIQUE INDEX hs ON h (stream, counter); CREATE INDEX ht ON h (type, idx);");
  sqlite3_stmt *row, *head, *body;
  auto prepare = [&](const char* sql, sqlite3_stmt** out) { CHECK(sqlite3_prepare_v2(db, sql, -1, out, nullptr) == SQLITE_OK); };
  prepare("INSERT INTO r VALUES (?, 'a state', ?, NULL, NULL, ?)", &row);
  prepare("INSERT INTO h VALUES (?, ?, ?, 'bench.changed', ?, ?, ?, ?, ?, ?)", &head);
  prepare("INSERT INTO b VALUES (?, ?, ?)", &body);
  const std::string head_bytes(330, 'h'), manifest(90, 'm'), salt(16, 's'), hash(32, 'c'), body_bytes(500, 'b');
  auto blob = [](sqlite3_stmt* s, int at, const std::string& bytes) {
    sqlite3_bind_blob(s, at, bytes.data(), int(bytes.size()), SQLITE_STATIC);
  };
  auto step = [](sqlite3_stmt* s) {
    CHECK(sqlite3_step(s) == SQLITE_DONE);
    sqlite3_reset(s);
  };
  std::int64_t n = 0;
  std::optional<BareCheckpoints> checkpoints(std::in_place, db, folder.path() + "/bare.db");
  auto transaction = [&](std::size_t changes) {
    checkpoints->between();
    run("BEGIN IMMEDIATE");
    for (std::size_t i = 0; i < changes; ++i, ++n) {
      std::string id = "case-" + std::to_string(n), stream = "town/streams/" + std::to_string(n % 1000);
      sqlite3_bind_text(row, 1, id.data(), int(id.size()), SQLITE_STATIC);
      sqlite3_bind_int64(row, 2, n);
      blob(row, 3, salt);
      step(row);
      sqlite3_bind_int64(head, 1, n);
      sqlite3_bind_text(head, 2, stream.data(), int(stream.size()), SQLITE_STATIC);
      sqlite3_bind_int64(head, 3, n / 1000);
      sqlite3_bind_int64(head, 4, 1'700'000'000'000'000 + n);
      blob(head, 5, head_bytes), blob(head, 6, salt), blob(head, 7, manifest), blob(head, 8, hash), blob(head, 9, hash);
      step(head);
      sqlite3_bind_int64(body, 1, n);
      blob(body, 2, salt), blob(body, 3, body_bytes);
      step(body);
    }
    run("COMMIT");
  };
  while (n < grown) transaction(2000);
  const std::int64_t before = n;
  double cpu_before = cpu_seconds();
  auto from = Steady::now();
  while (seconds_since(from) < seconds) transaction(batch);
  double took = seconds_since(from), cpu = cpu_seconds() - cpu_before;
  checkpoints.reset();
  for (auto* s : {row, head, body}) sqlite3_finalize(s);
  sqlite3_close(db);
  return {double(n - before) / took, cpu * 1e6 / double(n - before), double(batch)};
}

void bench_writes() {
  std::printf("durable state changes (row + head + body + leaf), signed checkpoint before the answer\n");
  std::printf("%7s %10s %7s %6s %8s %8s %10s %6s | %10s %7s %6s | %12s %7s %6s\n", "callers", "changes/s", "cpu us", "batch", "p50 us",
              "p99 us", "signed p99", "MB", "bare/s", "cpu us", "ratio", "bare index/s", "cpu us", "ratio");
  const char* only = std::getenv("CALLERS");
  for (int callers : {1, 16, 64, 256}) {
    if (only && std::atoi(only) != callers) continue;
    Point point = musubi_writes(callers, run_seconds());
    auto batch = std::max<std::size_t>(1, std::size_t(point.batch + 0.5));
    Point bare = bare_writes(batch, run_seconds(), false), indexed = bare_writes(batch, run_seconds(), true);
    std::printf("%7d %10.0f %7.1f %6.1f %8.0f %8.0f %10.0f %6.0f | %10.0f %7.1f %6.2f | %12.0f %7.1f %6.2f\n", callers,
                point.per_second, point.cpu_us, point.batch, point.p50_us, point.p99_us, point.published_p99_us, point.resident_mb,
                bare.per_second, bare.cpu_us, point.per_second / bare.per_second, indexed.per_second, indexed.cpu_us,
                point.per_second / indexed.per_second);
    std::fflush(stdout);
  }
}

// What a change costs in a log that has grown, against the bare loop in tables that have grown as far.
void bench_growth() {
  std::printf("durable state changes by the size of the log, 64 callers\n%10s %10s %7s %8s %8s %6s | %12s %7s %6s\n", "records",
              "changes/s", "cpu us", "p50 us", "p99 us", "MB", "bare index/s", "cpu us", "ratio");
  for (std::uint64_t grown : {0, 100'000, 1'000'000}) {
    Point point = musubi_writes(64, run_seconds(), {}, grown);
    auto batch = std::max<std::size_t>(1, std::size_t(point.batch + 0.5));
    Point bare = bare_writes(batch, run_seconds(), true, std::int64_t(grown));
    std::printf("%10llu %10.0f %7.1f %8.0f %8.0f %6.0f | %12.0f %7.1f %6.2f\n", static_cast<unsigned long long>(grown),
                point.per_second, point.cpu_us, point.p50_us, point.p99_us, point.resident_mb, bare.per_second, bare.cpu_us,
                point.per_second / bare.per_second);
    std::fflush(stdout);
  }
}

// PostgreSQL against a loop that pipelines the same inserts into the same cluster, `batch` changes a transaction.
void bench_postgres() {
  const auto& cluster = testing::postgres_cluster();
  if (cluster.connection.empty()) return void(std::printf("PostgreSQL: not measured. %s\n", cluster.error.c_str()));
  std::printf("durable state changes on PostgreSQL (processor time of this process alone)\n%7s %10s %7s %6s %8s %8s %6s | %12s %6s\n",
              "callers", "changes/s", "cpu us", "batch", "p50 us", "p99 us", "MB", "pipelined/s", "ratio");
  for (int callers : {1, 16, 64, 256}) {
    std::string database = new_postgres_database(cluster.connection, "bench_" + std::to_string(callers));
    Point point = musubi_writes(callers, run_seconds(), database);
    auto batch = std::max<std::size_t>(1, std::size_t(point.batch + 0.5));
    double bare = pipelined_postgres(database, batch, run_seconds());
    std::printf("%7d %10.0f %7.1f %6.1f %8.0f %8.0f %6.0f | %12.0f %6.2f\n", callers, point.per_second, point.cpu_us, point.batch,
                point.p50_us, point.p99_us, point.resident_mb, bare, point.per_second / bare);
    std::fflush(stdout);
  }
}

// Beside each rate its control: the rows of a receipt read by SQLite alone, the checkpoint's Ed25519 signature verified alone.
void bench_receipts() {
  World world;
  auto database = must(testing::open_town(*world.store));
  Log& log = Log::of(*database);
  std::printf("receipts, one thread\n%10s %10s %10s %6s %10s %10s %6s | %10s %12s %6s %6s\n", "records", "newest/s", "bare rows/s",
              "ratio", "any/s", "bare rows/s", "ratio", "verified/s", "signatures/s", "ratio", "MB");
  for (std::uint64_t size : {1'000, 10'000, 100'000, 400'000, 1'000'000}) {
    grow(*database, size);
    BareReader bare(world.file());
    auto rate = [&](auto&& one) {
      std::uint64_t n = 0;
      auto from = Steady::now();
      while (seconds_since(from) < run_seconds() / 4) one(n++);
      return double(n) / seconds_since(from);
    };
    auto newest = [&](std::uint64_t n) { return log.size() - 1 - n % 64; };
    auto any = [&](std::uint64_t n) { return n * 7919 % log.size(); };
    double rates[] = {rate([&](std::uint64_t n) { must(log.receipt(newest(n))); }),
                      rate([&](std::uint64_t n) { CHECK(bare.receipt_rows(newest(n), false) > 0); }),
                      rate([&](std::uint64_t n) { must(log.receipt(any(n))); }),
                      rate([&](std::uint64_t n) { CHECK(bare.receipt_rows(any(n), true) > 0); })};
    auto keys = testing::published_keys(*database);
    auto text = must(log.receipt(size / 3));
    double verified = rate([&](std::uint64_t) { must(evidence::verify_receipt(must(evidence::parse_receipt(text)), keys)); });
    auto note = must(crypto::parse_note(log.checkpoint()));
    double signatures = rate([&](std::uint64_t) { CHECK(keys[0].verify(note.text, note.signatures[0])); });
    std::printf("%10llu %10.0f %10.0f %6.2f %10.0f %10.0f %6.2f | %10.0f %12.0f %6.2f %6.0f\n", static_cast<unsigned long long>(size),
                rates[0], rates[1], rates[0] / rates[1], rates[2], rates[3], rates[2] / rates[3], verified, signatures,
                verified / signatures, resident_mb());
    std::fflush(stdout);
  }
}

// Beside it every row of the same file read by SQLite alone and hashed once.
void bench_verify() {
  std::printf("musubi verify\n%10s %10s %16s %14s | %10s %6s\n", "records", "seconds", "s per million", "resident MB", "bare scan s",
              "ratio");
  World world;
  auto database = must(testing::open_town(*world.store));
  for (std::uint64_t size : {100'000, 300'000, 1'000'000}) {
    grow(*database, size);
    auto from = Steady::now();
    auto report = must(evidence::verify(*database, {}));
    double took = seconds_since(from), resident = resident_mb();
    CHECK(report.clean() && report.records == size);
    BareReader bare(world.file());
    from = Steady::now();
    CHECK(bare.hash_all_rows() > 3 * size);
    double scan = seconds_since(from);
    std::printf("%10llu %10.2f %16.2f %14.0f | %10.2f %6.1f\n", static_cast<unsigned long long>(size), took, took * 1e6 / double(size),
                resident, scan, took / scan);
    std::fflush(stdout);
  }
}

// `count` organisations of which at most kOpen are open, as in a server. Made by a child process, so that what is measured is what
// opening costs; then each file opened by SQLite alone, with one connection. A file takes descriptors: more than kOpen at a time would need more than a process has.
void bench_organisations(int count) {
  constexpr int kOpen = 1788;
  Folder folder;
  SystemClock clock;
  auto signer = testing::town_signer(folder.path() + "/log.pem");
  auto open_store = [&] {
    db::StoreOptions options;
    options.directory = folder.path() + "/data";
    options.open_limit = kOpen;
    testing::add_town_log(options, {{signer}}, clock);
    return must(db::Store::open(std::move(options)));
  };
  auto from = Steady::now();
  if (pid_t child = ::fork(); child == 0) {
    auto store = open_store();
    for (int i = 0; i < count; ++i) must(testing::open_town(*store, "town-" + std::to_string(i)));
    store.reset();
    _exit(0);
  } else {
    ::waitpid(child, nullptr, 0);
  }
  double made = seconds_since(from);
  auto store = open_store();
  double before = resident_mb();
  from = Steady::now();
  for (int i = 0; i < count; ++i) must(store->organisation("town-" + std::to_string(i)));
  double took = seconds_since(from), after = resident_mb();
  auto open = store->opened().size();
  auto ticks = std::clock();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  double idle = double(std::clock() - ticks) / CLOCKS_PER_SEC;
  store.reset();
  std::vector<std::string> files;
  for (int i = 0; i < count; ++i) files.push_back(folder.path() + "/data/town-" + std::to_string(i) + "/musubi.db");
  double bare = bare_open_seconds(files, kOpen);
  std::printf("%13d %7zu %10.1f %11.2f %10.2f %14.0f %11.0f %11.2f | %11.2f %6.1f\n", count, open, made, took, took * 1000 / count,
              (after - before) * 1000 / double(open), after, idle * 100, bare, took / bare);
  std::fflush(stdout);
}

void bench_organisations() {
  std::printf("organisations    open  made in s opened in s    ms each kB an open one MB in all  idle CPU %% | bare open s  ratio\n");
  for (int count : {179, 1788, 17880}) bench_organisations(count);
}

}  // namespace
}  // namespace musubi

int main(int argc, char** argv) {
  std::vector<std::string> wanted;
  for (int i = 1; i < argc; ++i)
    if (argv[i][0] != '-') wanted.push_back(argv[i]);
  auto on = [&](const char* name) { return wanted.empty() || std::count(wanted.begin(), wanted.end(), name); };
  musubi::log::set_level(musubi::log::Level::kError);
  if (on("writes")) musubi::bench_writes();
  if (on("growth")) musubi::bench_growth();
  if (on("postgres")) musubi::bench_postgres();
  if (on("receipts")) musubi::bench_receipts();
  if (on("verify")) musubi::bench_verify();
  if (on("organisations")) musubi::bench_organisations();
}
