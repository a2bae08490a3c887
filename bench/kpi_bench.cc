// What the indicators of the binary cost: all of them from zero, against a bare SQLite scan of the same rows in the same run;
// one record more, from its commit to the figure; a thousand more into the tables; memory. A line for each number of heads.
// kpi_bench [SIZE]... ; 100000 1000000 without a word. TMPDIR says where the file lies. Times are processor time, the best of three, of scan and
// gathering of five by turns.
#include <sqlite3.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <random>

#include "base/encoding.h"
#include "db/store.h"
#include "embedded/evidence_schema.h"
#include "embedded/kpi_schema.h"
#include "kpi/gather.h"

namespace musubi::kpi {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result.ok()) std::fprintf(stderr, "%s: %s\n", result.error().name.c_str(), result.error().message.en.c_str());
  return std::move(result).value();
}
void must(Result<void> result) {
  if (!result.ok()) std::fprintf(stderr, "%s\n", result.error().message.en.c_str());
  result.value();
}

// Of the processor, so that others on the machine do not count.
double cpu_ms() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return double(time.tv_sec) * 1000 + double(time.tv_nsec) / 1e6;
}

template <class F>
double best_ms(F&& act, int rounds = 3) {
  double best = 1e300;
  for (int i = 0; i < rounds; ++i) {
    double start = cpu_ms();
    act();
    best = std::min(best, cpu_ms() - start);
  }
  return best;
}

double resident_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return double(usage.ru_maxrss) / 1024;
}

// A year and a half of an office: cases from opening to decision, with exchanges, submissions and sign-ins between.
class World {
 public:
  World() {
    CHECK(mkdtemp(path_.data()));
    const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()}, {"kpi", embedded::kpi_schema()}};
    db::StoreOptions options;
    options.directory = path_;
    options.schema = must(db::read_schema(modules));
    store_ = must(db::Store::open(std::move(options)));
    database = must(store_->create("aoba"));
  }
  ~World() {
    database.reset();
    store_.reset();
    std::filesystem::remove_all(path_);
  }

  void grow(std::int64_t size) {
    while (size_ < size)
      must(database->write([&](db::Transaction& tx) -> Result<void> {
        for (std::int64_t end = std::min(size, size_ + 20'000); size_ < end;) TRY(one(tx));
        return {};
      }));
  }
  std::string file() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_))
      if (entry.path().extension() == ".db" || entry.path().extension() == ".sqlite") return entry.path();
    std::fprintf(stderr, "no database below %s\n", path_.c_str());
    std::exit(1);
  }
  Time now() const { return Time{at_us_}; }

  std::shared_ptr<db::Database> database;

 private:
  Result<void> one(db::Transaction& tx) {
    std::int64_t c = size_ / 8;
    std::string number = std::to_string(c), procedure = "jp.moving." + std::to_string(c % 40);
    switch (size_ % 8) {
      case 0:
        return put(tx, "records/case/2026-" + number, 1, "records.case_opened",
                   R"({"fetched":7,"fields":12,"online":)" + std::string(random_() % 3 ? "true" : "false") + R"(,"procedure":")" +
                       procedure + "\"}");
      case 1:
        return put(tx, "records/case/2026-" + number, 2, "records.claimed", R"({"procedure":")" + procedure + R"(","step":"check"})");
      case 2:
        return put(tx, "exchange/asked/minato", c + 1, "exchange.asked",
                   R"({"answering":"minato","items":3,"ms":)" + std::to_string(20 + random_() % 300) +
                       R"(,"outcome":"ok","procedure":")" + procedure + R"(","service":"items"})");
      case 3:
        return put(tx, "records/case/2026-" + number, 3, "records.step_done",
                   R"({"ms":360000,"outcome":"passed","procedure":")" + procedure + R"(","step":"check"})");
      case 4: return put(tx, "identity/resident/" + number, 1, "identity.resident_signed_in", "{}");
      case 5: return put(tx, "procedures/basket/" + number, 1, "procedures.submitted", R"({"event":"moving","filings":3})");
      case 6:
        return put(tx, "records/case/2026-" + number, 4, "records.notice_issued",
                   R"({"kind":"decision","procedure":")" + procedure + "\"}");
      default: break;
    }
    if (c < 200 || c % 50 == 0)
      return put(tx, "records/read", c + 1, "records.case_read", R"({"cases":1,"procedure":")" + procedure + "\"}");  // some stay open
    return put(tx, "records/case/2026-" + std::to_string(c - 200), 5, "records.decided",
               R"({"ms":)" + std::to_string(3'600'000 + random_() % 800'000'000) + R"(,"outcome":")" +
                   (random_() % 20 ? "grant" : "refuse") + R"(","procedure":"jp.moving.)" + std::to_string((c - 200) % 40) +
                   R"(","standard_ms":172800000})");
  }

  Result<void> put(db::Transaction& tx, const std::string& stream, std::int64_t counter, const std::string& type,
                   const std::string& facts) {
    at_us_ += 4'000'000;
    std::string head = R"({"actor":"officer-7k3m9q","at":")" + Time{at_us_}.rfc3339() + R"(","facts":)" + facts +
                       R"(,"manifest":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","n":)" + std::to_string(counter) +
                       R"(,"stream":")" + stream + R"(","type":")" + type + R"(","v":1})";
    TRY(tx.execute(
        "INSERT INTO evidence_record (idx, stream, counter, type, at, head, head_salt, manifest, body_commitment, leaf_hash) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        {size_, stream, counter, type, at_us_, db::blob(head), db::blob(salt_), db::blob(manifest_), db::blob(hash_),
         db::blob(hash_)}));
    ++size_;
    return {};
  }

  std::string path_ = std::string(std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "/var/tmp") + "/musubi-bench-XXXXXX";
  std::unique_ptr<db::Store> store_;
  std::int64_t size_ = 0, at_us_ = parse_rfc3339("2025-04-01T09:00:00+09:00").value().us;
  std::mt19937 random_{1};
  const std::string salt_ = std::string(16, 's'), hash_ = std::string(32, 'h');
  const std::string manifest_ =
      "put records_case 1 [\"2026-1\"] 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nput records_step 1 [\"2026-1\"] "
      "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
};

// The rows by the C interface alone, every column of ours touched.
std::int64_t bare_scan(const std::string& file) {
  sqlite3* handle = nullptr;
  CHECK(sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr) == SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  CHECK(sqlite3_prepare_v2(handle, "SELECT idx, stream, type, at, head, counter FROM evidence_record ORDER BY idx", -1, &statement,
                           nullptr) == SQLITE_OK);
  std::int64_t sum = 0;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    sum += sqlite3_column_int64(statement, 0) + sqlite3_column_int64(statement, 3) + sqlite3_column_int64(statement, 5);
    sum += sqlite3_column_text(statement, 1)[0] + sqlite3_column_text(statement, 2)[0];
    sum += static_cast<const unsigned char*>(sqlite3_column_blob(statement, 4))[0] + sqlite3_column_bytes(statement, 4);
  }
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return sum;
}

void line(std::int64_t size) {
  World world;
  world.grow(size);
  const auto& all = embedded_indicators();
  Indicators indicators(*world.database);
  std::int64_t sum = 0;
  double before = resident_mb(), bare = 1e300, zero = 1e300;
  Gathered gathered;
  for (int i = 0; i < 5; ++i) {  // by turns: a slow while of the machine meets both
    bare = std::min(bare, best_ms([&] { sum += bare_scan(world.file()); }, 1));
    zero = std::min(zero, best_ms([&] { gathered = must(indicators.gather(all)); }, 1));
  }
  double memory = resident_mb() - before;
  double figures = best_ms([&] {
    for (const auto& one : all) gathered.figures(one, world.now());
  });
  double stored = best_ms(
      [&] {
        while (must(indicators.catch_up(all, 1'000'000))) {}
      },
      1);
  world.grow(size + 1);
  double newest = best_ms([&] { must(indicators.gather(all)); });
  world.grow(size + 1001);
  double thousand = best_ms(
      [&] {
        while (must(indicators.catch_up(all))) {}
      },
      1);
  std::printf(
      "%10lld heads, %zu indicators: bare scan %.0f ms (%.2f M/s), from zero %.0f ms (%.2f M/s), ratio %.2f, +%.0f MB; figures %.1f "
      "ms; into tables %.0f ms; "
      "one record more to all figures %.1f ms; a thousand more into tables %.1f ms\n",
      static_cast<long long>(size), all.size(), bare, double(size) / bare / 1000, zero, double(size) / zero / 1000, zero / bare,
      memory, figures, stored, newest, thousand);
  if (sum == 0) std::exit(1);
}

}  // namespace
}  // namespace musubi::kpi

int main(int argc, char** argv) {
  std::vector<std::int64_t> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(std::atoll(argv[i]));
  if (sizes.empty()) sizes = {100'000, 1'000'000};
  for (auto size : sizes) musubi::kpi::line(size);
}
