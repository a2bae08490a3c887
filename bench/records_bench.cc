// What cases cost as they grow in number: opening, the queue's views, a search, one case's page, one step. A line for each size.
// records_bench [SIZE]... ; 1000 10000 100000 without a word. Two offices each: "open" holds everything at one desk (the worst
// there is), "year" has 3 % open as after a year. TMPDIR=/dev/shm leaves the disk out. Times are medians of 200 rounds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "db/store.h"
#include "embedded/evidence_schema.h"
#include "embedded/records_schema.h"
#include "evidence/log.h"
#include "records/queue.h"
#include "records/records.h"
#include "records/rules.h"
#include "records/test_filing.h"

namespace musubi::records {
namespace {

using Steady = std::chrono::steady_clock;
constexpr int kRounds = 200;

template <class T>
T must(Result<T> result) {
  if (!result.ok()) std::fprintf(stderr, "%s: %s\n", result.error().name.c_str(), result.error().message.en.c_str());
  return std::move(result).value();
}
void must(Result<void> result) {
  if (!result.ok()) std::fprintf(stderr, "%s\n", result.error().message.en.c_str());
  result.value();
}

double seconds_since(Steady::time_point from) { return std::chrono::duration<double>(Steady::now() - from).count(); }

class World {
 public:
  World() {
    CHECK(mkdtemp(path_.data()));
    auto keys = std::make_shared<const trust::OrganisationKeys>(
        must(trust::create_keys(path_ + "/keys", "example.jp/aoba", "aoba", clock_.now())));
    const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()}, {"records", embedded::records_schema()}};
    db::StoreOptions options;
    options.directory = path_ + "/data";
    options.schema = must(db::read_schema(modules));
    options.make_listener = [this, keys](db::Database& database, db::Reader& reader) -> Result<std::unique_ptr<db::CommitListener>> {
      return std::unique_ptr<db::CommitListener>(TRY(evidence::Log::load(database, reader, keys->log_keys(), clock_)));
    };
    store_ = must(db::Store::open(std::move(options)));
    database = must(store_->create("aoba"));
    must(database->write([&](db::Transaction& tx) {
      return evidence::Log::of(tx).open_log(tx, {"example.jp/aoba", {}, {}}, "operator");
    }));
    office.organisation = "aoba";
    office.title = {"青葉町", "Aoba Town"};
    office.clock = &clock_;
    office.posts_of = [](db::Reader&, const std::string&, text::Date) -> Result<std::vector<std::string>> {
      return std::vector<std::string>{"desk", "chief", "director"};
    };
    office.keys = keys;
    office.base_url = "http://127.0.0.1:8081";
  }
  ~World() {
    database.reset();
    store_.reset();
    std::filesystem::remove_all(path_);
  }

  // Cases in batches of 200. All but every `keep`th are withdrawn, the cheapest way to close one.
  double open(std::int64_t from, std::int64_t count, int keep) {
    auto start = Steady::now();
    for (std::int64_t first = from; first < from + count; first += 200)
      must(database->write([&](db::Transaction& tx) -> Result<void> {
        for (std::int64_t i = first; i < std::min(first + 200, from + count); ++i) {
          Filing filing = test_filing("r" + std::to_string(i), kNames[i % 8]);
          if (i % 3 == 0) filing.procedure = "child-allowance";
          filing.filed_at.us += i * 1'000'000;
          TRY(open_case(tx, office, filing, "portal"));
          if (i % keep != 0) TRY(withdraw(tx, office, "portal", filing.reference, "", "portal", ""));
        }
        return {};
      }));
    return double(count) / seconds_since(start);
  }

  std::shared_ptr<db::Database> database;
  Office office;

 private:
  static constexpr const char* kNames[] = {"架空 花子", "仮名 太郎",   "見本 次郎", "例示 さくら",
                                           "想定 一郎", "試験 みどり", "仮置 健",   "模擬 あおい"};
  std::string path_ = std::string(std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "/var/tmp") + "/musubi-bench-XXXXXX";
  ManualClock clock_{parse_rfc3339("2026-11-18T10:00:00+09:00").value()};
  std::unique_ptr<db::Store> store_;
};

template <class F>
double median_ms(F&& act, int rounds = kRounds) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    auto start = Steady::now();
    act();
    times.push_back(seconds_since(start) * 1000);
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[std::size_t(rounds / 2)];
}

// One answer of the queue page: the list and the four counts.
double queue_ms(World& world, QueueView view, std::uint32_t page = 1, const char* text = "") {
  QueueQuery query;
  query.view = view;
  query.officer = "officer-desk";
  query.posts = {"chief", "desk", "director"};
  query.page = page;
  query.text = text;
  query.now = world.office.clock->now();
  return median_ms([&] {
    must(world.database->read([&](db::Reader& reader) -> Result<void> {
      TRY(find_queue(reader, query));
      TRY(count_queue(reader, query));
      return {};
    }));
  });
}

void line(const char* office, std::int64_t size, int keep) {
  World world;
  double rate = world.open(0, size, keep);
  Cases cases(*world.database, world.office);
  double team = queue_ms(world, QueueView::kTeam), unclaimed = queue_ms(world, QueueView::kUnclaimed);
  double mine = queue_ms(world, QueueView::kMine), closed = queue_ms(world, QueueView::kClosed);
  double found = queue_ms(world, QueueView::kOpen, 1, "2026-000001"), name = queue_ms(world, QueueView::kOpen, 1, "花子");
  double late = queue_ms(world, QueueView::kTeam, std::uint32_t(std::max<std::int64_t>(1, size / keep / 50)));
  std::string id = case_id(2026 * kYear + 1);
  double look = median_ms([&] {
    must(world.database->read([&](db::Reader& reader) -> Result<void> {
      TRY(find_case(reader, id));
      TRY(applicant(reader, id));
      TRY(form(reader, id));
      TRY(history(reader, id));
      return {};
    }));
  });
  world.open(size, 60, 1);
  std::int64_t next = size;
  double step = median_ms(
      [&] {
        std::string one = case_id(2026 * kYear + ++next);
        must(cases.pass_check({one, 1, "officer-desk"}, ""));
      },
      50);
  double decided = median_ms(
      [&] {
        std::string one = case_id(2026 * kYear + next--);
        Case c = must(cases.judge({one, 2, "officer-desk"}, Cases::Judgement::kGrant, ""));
        must(cases.judge({one, c.version, "officer-desk"}, Cases::Judgement::kGrant, ""));
      },
      50);
  std::printf("| %s | %lld | %.0f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |\n", office,
              static_cast<long long>(size), rate, team, unclaimed, mine, late, closed, found, name, look, step, decided);
  std::fflush(stdout);
}

}  // namespace
}  // namespace musubi::records

int main(int argc, char** argv) {
  std::vector<std::int64_t> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(std::atoll(argv[i]));
  if (sizes.empty()) sizes = {1000, 10000, 100000};
  std::printf(
      "| office | cases | opened/s | team ms | unclaimed ms | mine ms | last page ms | closed ms | number ms | name ms | case ms | "
      "step ms | proposal and decision ms |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  for (auto size : sizes) musubi::records::line("open", size, 1);
  for (auto size : sizes) musubi::records::line("year", size, 33);
}
