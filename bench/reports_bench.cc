// What it costs a nation to keep the reports of its towns for past days: how large a report is after a year, as told and as kept;
// keeping one a day of each town; reading all of them, the newest and those of a past day: the figures, and what pages hold beside them
// (plans, processes, sheets), with the memory that is resident after it; taking words that a town erased out of all of its days.
// reports_bench [TOWNS DAYS]; 200 20 without a word. TMPDIR=/dev/shm leaves the disk out. Times are of one run.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/clock.h"
#include "crypto/note.h"
#include "db/store.h"
#include "document/deflate.h"
#include "embedded/evidence_schema.h"
#include "embedded/kpi_schema.h"
#include "evidence/log.h"
#include "kpi/report.h"
#include "kpi/reported.h"
#include "kpi/sheet_pack.h"
#include "kpi/told.h"

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

template <class F>
double ms_of(F&& work) {
  const auto from = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from).count();
}

constexpr std::string_view kFacts[] = {"procedure", "step",    "outcome",   "ms",    "standard_ms", "online", "fields",
                                       "fetched",   "service", "answering", "items", "event",       "filings"};
constexpr evidence::Visibility kOfficers = evidence::Visibility::kOfficers;
const evidence::RecordType kTypes[] = {
    {"records.case_opened", 1, kOfficers, "x", "x", kFacts},  {"records.step_done", 1, kOfficers, "x", "x", kFacts},
    {"records.decided", 1, kOfficers, "x", "x", kFacts},      {"exchange.asked", 1, kOfficers, "x", "x", kFacts},
    {"procedures.submitted", 1, kOfficers, "x", "x", kFacts}, {"identity.resident_signed_in", 1, kOfficers, "x", "x", kFacts}};

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

  // A year of a town: cases of 40 procedures, opened and decided, with what lies between.
  void year(int cases) {
    const std::int64_t step_us = 365LL * 86'400'000'000 / cases / 6;
    for (int c = 0; c < cases; c += 100)
      must(database->write([&](db::Transaction& tx) -> Result<void> {
        for (int n = c; n < std::min(cases, c + 100); ++n) TRY(one(tx, n, step_us));
        return {};
      }));
  }
  ManualClock clock{parse_rfc3339("2024-04-01T09:00:00+09:00").value()};
  std::shared_ptr<db::Database> database;

 private:
  Result<void> one(db::Transaction& tx, int n, std::int64_t step_us) {
    const std::string stream = "records/case/" + std::to_string(n), procedure = "jp.moving." + std::to_string(n % 40);
    const std::int64_t ms = 3'600'000 + std::int64_t(random_() % 800'000'000);
    const json::object facts[] = {
        {{"procedure", procedure}, {"online", random_() % 3 > 0}, {"fields", 12}, {"fetched", 7}},
        {{"procedure", procedure}, {"step", "check"}, {"outcome", n % 7 ? "passed" : "sent_back"}, {"ms", 360'000}},
        {{"procedure", procedure}, {"outcome", random_() % 20 ? "grant" : "refuse"}, {"ms", ms}, {"standard_ms", 172'800'000}},
        {{"answering", "minato"},
         {"items", 3},
         {"ms", 20 + std::int64_t(random_() % 300)},
         {"outcome", "ok"},
         {"procedure", procedure},
         {"service", "items"}},
        {{"event", "moving"}, {"filings", 3}},
        {}};
    for (std::size_t i = 0; i < 6; ++i) {
      clock.advance_us(step_us);
      TRY(evidence::append(
          tx, {kTypes[i], i < 3 ? stream : "other/" + std::to_string(n) + "/" + std::to_string(i), "service", {}, facts[i]}));
    }
    return {};
  }

  std::string path_ = (std::filesystem::temp_directory_path() / "reports_bench.XXXXXX").string();
  std::shared_ptr<crypto::NoteSigner> signer_;
  std::unique_ptr<db::Store> store_;
  std::mt19937 random_{1};
};

double resident_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6) / 1024;
  return 0;
}

// A local plan of 30 measures and two sheets as a ministry publishes them.
void tell_words(json::object& report) {
  auto words = [](const std::string& text) { return json::object{{"ja", text + "の施策"}, {"en", text + ", a measure"}}; };
  json::array measures, sheets;
  for (int i = 1; i <= 30; ++i)
    measures.push_back(json::object{{"number", "1-" + std::to_string(i)},
                                    {"serves", json::array{"1-1", "2-" + std::to_string(i)}},
                                    {"title", words("施策" + std::to_string(i))}});
  report["plans"] = json::array{json::object{{"id", "aoba.plan"},
                                             {"serves_plan", "japan.plan"},
                                             {"version", "2026"},
                                             {"title", words("計画")},
                                             {"measures", std::move(measures)}}};
  for (const auto& sheet : embedded_sheets()) {
    if (sheets.size() == 2) break;
    SheetState state;
    state.sheet = sheet;
    state.edition = std::string(64, 'a');
    sheets.push_back(to_json(told_of(state)));
  }
  report["sheets"] = std::move(sheets);
}

// Of the next day: one cell counts one more.
void move_on(json::object& report, Time now) {
  report["at"] = now.rfc3339();
  for (auto& [id, rows] : report["series"].as_object())
    if (auto* all = rows.if_array(); all && !all->empty()) {
      auto& n = all->back().as_array()[3].as_int64();
      ++n;
      return;
    }
}

void run(int towns, int days) {
  json::object report;
  for (int cases : {500, 2'000, 10'000}) {
    World town;
    town.year(cases);
    auto told = must(make_report(*town.database, town.clock.now()));
    const std::string text = canonical_json(told);
    std::printf("a town of %d cases a year: a report of %.1f kB, kept as %.1f kB\n", cases, double(text.size()) / 1e3,
                double(document::deflated(text).size()) / 1e3);
    if (cases == 2'000) report = std::move(told);
  }
  tell_words(report);
  std::printf("that of 2,000 cases with a plan and %zu sheets: %.1f kB, of these sheets %.1f kB\n",
              report.at("sheets").as_array().size(), double(canonical_json(report).size()) / 1e3,
              double(canonical_json(report.at("sheets")).size()) / 1e3);
  World nation;
  nation.clock.set(parse_rfc3339("2026-04-01T09:00:00+09:00").value());
  double keeping = 0;
  for (int day = 0; day <= days; ++day) {
    keeping = ms_of([&] {
      for (int town = 0; town < towns; ++town) {
        nation.clock.advance_us(1'000'000);
        move_on(report, nation.clock.now());
        must(keep_report(*nation.database, "town-" + std::to_string(town), {"町", "Town"}, report, "service"));
      }
    });
    nation.clock.advance_us(86'400'000'000 - std::int64_t(towns) * 1'000'000);
  }
  const auto kept = must(nation.database->read(
      [](db::Reader& reader) { return reader.query("SELECT count(*), sum(length(content)) FROM kpi_report_past"); }));
  const double a_report = double(kept[0].integer(1)) / double(kept[0].integer(0));
  const double before = resident_mb();
  for (const char* time : {"first", "again", "once more"}) {
    const double ms = ms_of([&] { CHECK(must(all_told(nation.database, std::nullopt)).size() == std::size_t(towns)); });
    std::printf("beside the figures, of all %s: %.1f ms, %.0f MB resident more than before\n", time, ms, resident_mb() - before);
  }
  const double told_past = ms_of([&] { CHECK(must(all_told(nation.database, text::Date{2026, 4, 2})).size() == std::size_t(towns)); });
  std::printf("beside the figures, as of a past day: %.0f ms\n", told_past);
  auto figures = [&](std::optional<text::Date> day) {
    return ms_of([&] { CHECK(must(reported(nation.database, day, nation.clock.now()))->reporters.size() == std::size_t(towns)); });
  };
  const double newest = figures(std::nullopt), again = figures(std::nullopt), past = figures(text::Date{2026, 4, 2});
  std::printf(
      "%d towns: one kept in %.2f ms; figures of all computed in %.0f ms, shown again in %.3f ms, as of a past day in %.0f ms; %lld "
      "of past days, %.1f kB each; a year of "
      "1,788 towns %.1f GB\n",
      towns, keeping / towns, newest, again, past, static_cast<long long>(kept[0].integer(0)), a_report / 1e3,
      a_report * 365 * 1788 / 1e9);
  std::printf("%.0f MB resident\n", resident_mb());
  nation.clock.advance_us(1'000'000);
  move_on(report, nation.clock.now());
  report["erased"] = json::array{json::object{{"plan", "aoba.plan"}, {"number", "1-1"}, {"until", nation.clock.now().rfc3339()}}};
  const double erasing = ms_of([&] { must(keep_report(*nation.database, "town-0", {"町", "Town"}, report, "service")); });
  std::printf("words taken out of %d past days of a town: %.0f ms\n", days, erasing);
}

}  // namespace
}  // namespace musubi::kpi

int main(int argc, char** argv) { musubi::kpi::run(argc > 2 ? std::atoi(argv[1]) : 200, argc > 2 ? std::atoi(argv[2]) : 20); }
