// What the process view costs over the heads of many cases, against a bare scan of the same rows. A line for each number of heads.
// process_bench [HEADS]... ; 100000 1000000 without a word. TMPDIR=/dev/shm leaves the disk out. About eight heads a case, two
// procedures, 24 months; one case in seven goes back once. Times are of one run, but for the page: the median of five.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/clock.h"
#include "crypto/note.h"
#include "db/store.h"
#include "embedded/evidence_schema.h"
#include "embedded/kpi_schema.h"
#include "evidence/log.h"
#include "kpi/process.h"
#include "kpi/xes.h"

namespace musubi::kpi {
namespace {

using Steady = std::chrono::steady_clock;

template <class T>
T must(Result<T> result) {
  if (!result.ok()) std::fprintf(stderr, "%s: %s\n", result.error().name.c_str(), result.error().message.en.c_str());
  return std::move(result).value();
}
void must(Result<void> result) {
  if (!result.ok()) std::fprintf(stderr, "%s\n", result.error().message.en.c_str());
  result.value();
}

template <class F>
double seconds_of(F&& work) {
  const auto from = Steady::now();
  work();
  return std::chrono::duration<double>(Steady::now() - from).count();
}

long resident_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

constexpr std::string_view kFacts[] = {"procedure", "step", "outcome", "ms"};
constexpr evidence::Visibility kOfficers = evidence::Visibility::kOfficers;
const evidence::RecordType kTypes[] = {{"records.case_opened", 1, kOfficers, "x", "x", kFacts},
                                       {"records.claimed", 1, kOfficers, "x", "x", kFacts},
                                       {"records.step_done", 1, kOfficers, "x", "x", kFacts},
                                       {"records.decided", 1, kOfficers, "x", "x", kFacts},
                                       {"records.notice_issued", 1, kOfficers, "x", "x", kFacts}};

struct Event {
  int type;
  const char *step, *outcome;
};
const std::vector<Event> kStraight = {{0, "", ""},           {1, "check", ""},         {2, "check", "passed"}, {1, "chief", ""},
                                      {2, "chief", "grant"}, {2, "director", "grant"}, {3, "", "grant"},       {4, "", ""}};
const std::vector<Event> kBack = {{0, "", ""},
                                  {2, "check", "sent_back"},
                                  {2, "applicant", "answered"},
                                  {1, "check", ""},
                                  {2, "check", "passed"},
                                  {2, "chief", "grant"},
                                  {2, "director", "refuse"},
                                  {3, "", "refuse"},
                                  {4, "", ""}};

class World {
 public:
  World() {
    CHECK(mkdtemp(path_.data()));
    auto signer = must(crypto::create_signer(path_ + "/log.pem", crypto::Algorithm::kEd25519));
    signer_ = std::make_shared<crypto::NoteSigner>(
        must(crypto::NoteSigner::create("example.org/aoba", std::shared_ptr<const crypto::Signer>(std::move(signer)))));
    const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()}, {"kpi", embedded::kpi_schema()}};
    db::StoreOptions options;
    options.directory = path_ + "/data";
    options.schema = must(db::read_schema(modules));
    options.make_listener = [this](db::Database& database, db::Reader& reader) -> Result<std::unique_ptr<db::CommitListener>> {
      return std::unique_ptr<db::CommitListener>(TRY(evidence::Log::load(database, reader, evidence::LogKeys{{signer_}}, clock)));
    };
    store_ = must(db::Store::open(std::move(options)));
    database = must(store_->create("aoba"));
    must(database->write([&](db::Transaction& tx) {
      return evidence::Log::of(tx).open_log(tx, {"example.org/aoba", {}, {}}, "operator");
    }));
  }
  ~World() {
    database.reset();
    store_.reset();
    std::filesystem::remove_all(path_);
  }

  // Forty cases at a time run beside each other, so that heads of many cases stand between those of one.
  void add(std::size_t heads) {
    std::size_t made = 0;
    while (made < heads)
      must(database->write([&](db::Transaction& tx) -> Result<void> {
        const int first = cases_;
        cases_ += 40;
        for (std::size_t at = 0; at < kBack.size(); ++at)
          for (int n = first; n < first + 40; ++n) {
            const auto& path = n % 7 == 0 ? kBack : kStraight;
            if (at >= path.size()) continue;
            json::object facts{{"procedure", n % 3 == 0 ? "jp.moving.move-in" : "jp.moving.move-out"}};
            if (*path[at].step) facts["step"] = path[at].step;
            if (*path[at].outcome) facts["outcome"] = path[at].outcome;
            clock.advance_us(61'000'000LL * (1 + n % 13));
            TRY(evidence::append(tx, {kTypes[path[at].type],
                                      "records/case/2024-" + std::to_string(1'000'000 + n),
                                      "officer-aaaaaa",
                                      {},
                                      std::move(facts)}));
            ++made;
          }
        return {};
      }));
  }

  ManualClock clock{parse_rfc3339("2024-04-10T09:00:00+09:00").value()};
  std::shared_ptr<db::Database> database;

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "process_bench.XXXXXX").string();
  std::shared_ptr<crypto::NoteSigner> signer_;
  std::unique_ptr<db::Store> store_;
  int cases_ = 0;
};

std::vector<Flow> page(World& world, Audience audience) {
  Discovery discovery(audience);
  must(Traces(*world.database).each({"jp.moving.move-out", {}, {}}, false, [&](const Trace& trace) -> Result<void> {
    discovery.add(trace);
    return {};
  }));
  return discovery.flows();
}

double bare_scan(World& world) {
  std::size_t bytes = 0;
  double seconds = seconds_of([&] {
    must(world.database->read([&](db::Reader& reader) {
      return reader.scan("SELECT idx, stream, type, at, head FROM evidence_record ORDER BY idx", {},
                         [&](const db::Row& row) -> Result<void> {
                           bytes += row.text(1).size() + row.text(2).size();
                           return {};
                         });
    }));
  });
  CHECK(bytes > 0);
  return seconds;
}

void run(std::size_t heads) {
  World world;
  world.add(heads);
  const double scan = bare_scan(world);
  const double zero = seconds_of([&] { page(world, Audience::kOfficers); });  // nothing gathered: every head is read
  const double gather = seconds_of([&] {
    while (must(Traces(*world.database).catch_up())) {}
  });
  double pages[5];
  for (double& one : pages) one = seconds_of([&] { page(world, Audience::kEverybody); });
  std::sort(std::begin(pages), std::end(pages));
  world.add(1000);
  const double more = seconds_of([&] { must(Traces(*world.database).catch_up()); });
  XesLog log{"aoba", "Aoba", "jp.moving.move-out", "Move-out", {}, {}};
  std::size_t bytes = 0, traces = 0;
  const double xes = seconds_of([&] {
    XesWriter writer(log, "key");
    must(Traces(*world.database).each({"jp.moving.move-out", {}, {}}, true, [&](const Trace& trace) -> Result<void> {
      writer.add(trace);
      return {};
    }));
    traces = writer.traces();
    bytes = std::move(writer).take().size();
  });
  const double verify = seconds_of(
      [&] { CHECK(must(world.database->read([](db::Reader& reader) { return Traces::verify_derived(reader); })).empty()); });
  std::printf(
      "%zu heads: bare scan %.2f s, page from zero %.2f s, gathering all %.2f s, page when gathered %.3f s, 1000 more heads %.3f s, "
      "XES %zu cases %.1f MB %.2f s, verify %.2f s, peak %ld MB\n",
      heads, scan, zero, gather, pages[2], more, traces, double(bytes) / 1e6, xes, verify, resident_mb());
  std::fflush(stdout);
}

}  // namespace
}  // namespace musubi::kpi

int main(int argc, char** argv) {
  std::vector<std::size_t> sizes = {100'000, 1'000'000};
  if (argc > 1) sizes.clear();
  for (int i = 1; i < argc; ++i) sizes.push_back(std::strtoull(argv[i], nullptr, 10));
  for (auto size : sizes) musubi::kpi::run(size);
}
