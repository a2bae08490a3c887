#include "fault/acks.h"

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "evidence/receipt.h"
#include "evidence/verify.h"
#include "support/log_world.h"

namespace musubi::fault {
namespace {

using evidence::Log;

db::StoreOptions town_options(const std::string& directory, const std::string& vfs, Clock& clock) {
  db::StoreOptions options;
  options.directory = directory + "/data";
  options.sqlite_vfs = vfs;
  if (const char* postgres = std::getenv("FAULT_POSTGRES")) options.postgres = postgres;
  testing::add_town_log(options, {{testing::town_signer(directory + "/log.pem")}}, clock);
  return options;
}

Result<Ack> one_act(db::Database& database, const std::string& key) {
  auto index = TRY(database.write([&](db::Transaction& tx) -> Result<std::uint64_t> {
    if (auto before = TRY(evidence::replay(tx, key, "act " + key))) return std::stoull(*before);
    auto appended = TRY(testing::act(tx, key, "text of " + key, "town/key/" + key));
    TRY(evidence::remember(tx, key, "act " + key, std::to_string(appended.index), Log::of(tx).now()));
    return appended.index;
  }));
  return Ack{index, TRY(Log::of(database).receipt(index))};
}

class Checking {
 public:
  explicit Checking(db::Database& database) : database_(database), log_(Log::of(database)) {}

  std::vector<std::string> run(const Acks& acks) {
    for (const auto& key : acks.contradictions()) fault("key " + key + " was answered twice, differently");
    auto report = evidence::verify(database_, {});
    if (!report.ok()) return fault("verify: " + report.error().message.en), faults_;
    for (const auto& finding : report->findings) fault("verify: " + finding.kind + " " + finding.where + ": " + finding.message.en);
    keys_ = testing::published_keys(database_);
    auto now = checkpoint(log_.checkpoint());
    for (const auto& [key, ack] : acks.all()) check(key, ack, now);
    auto twice = database_.read([](db::Reader& reader) {
      return reader.query("SELECT stream FROM evidence_record WHERE stream LIKE 'town/key/%' AND counter <> 1 LIMIT 5");
    });
    if (!twice.ok())
      fault(twice.error().message.en);
    else
      for (const auto& row : *twice) fault("two leaves for " + row.text(0));
    return faults_;
  }

 private:
  void fault(std::string what) {
    if (faults_.size() < 20) faults_.push_back(std::move(what));
  }

  evidence::Checkpoint checkpoint(const std::string& note) {
    auto parsed = crypto::parse_note(note);
    auto out = parsed.ok() ? evidence::parse_checkpoint(parsed->text) : Result<evidence::Checkpoint>(parsed.error());
    if (!out.ok()) fault("a checkpoint cannot be read");
    return out.ok() ? *out : evidence::Checkpoint{};
  }

  void check(const std::string& key, const Ack& ack, const evidence::Checkpoint& now) {
    std::string where = "key " + key + " at " + std::to_string(ack.index) + ": ";
    auto receipt = evidence::parse_receipt(ack.receipt);
    if (!receipt.ok() || receipt->index != ack.index) return fault(where + "the receipt cannot be read");
    if (auto verdict = evidence::verify_receipt(*receipt, keys_); !verdict.ok()) return fault(where + verdict.error().message.en);
    auto today = log_.receipt(ack.index);
    if (!today.ok()) return fault(where + "acknowledged, and gone: " + today.error().message.en);
    if (evidence::parse_receipt(*today)->extra != receipt->extra) fault(where + "another entry stands there now");
    auto record = database_.read([&](db::Reader& reader) { return evidence::find_record(reader, ack.index); });
    if (!record.ok() || !*record || (*record)->stream != "town/key/" + key) fault(where + "the record is not its own");
    auto then = checkpoint(receipt->checkpoint);
    if (!consistent_.insert({then.size, then.body()}).second) return;
    auto proof = log_.consistency(then.size, now.size);
    if (!proof.ok() || !evidence::verify_consistency(then.size, now.size, then.root, now.root, *proof))
      fault(where + "its checkpoint is no prefix of the log");
  }

  db::Database& database_;
  Log& log_;
  std::vector<crypto::NoteVerifier> keys_;
  std::set<std::pair<std::uint64_t, std::string>> consistent_;
  std::vector<std::string> faults_;
};

}  // namespace

std::string Acks::frame(const std::string& key, const Ack& ack) {
  return "ACK " + key + " " + std::to_string(ack.index) + " " + std::to_string(ack.receipt.size()) + "\n" + ack.receipt;
}

void Acks::read(std::string_view bytes) {
  rest_ += bytes;
  std::size_t at = 0;
  while (true) {
    auto end = rest_.find('\n', at);
    if (end == rest_.npos) break;
    char key[64] = {};
    unsigned long long index = 0, length = 0;
    CHECK(std::sscanf(rest_.c_str() + at, "ACK %63s %llu %llu\n", key, &index, &length) == 3);
    if (rest_.size() < end + 1 + length) break;
    auto [known, fresh] = acks_.emplace(key, Ack{index, rest_.substr(end + 1, length)});
    if (!fresh && known->second.index != index) contradictions_.push_back(key);
    at = end + 1 + length;
  }
  rest_.erase(0, at);
}

std::vector<std::string> check_store(const std::string& directory, const Acks& acks, const std::string& vfs) {
  SystemClock clock;
  auto store = db::Store::open(town_options(directory, vfs, clock));
  if (!store.ok()) return {"the store does not open: " + store.error().message.en};
  auto database = (*store)->organisation("town");
  if (!database.ok() && database.error().name == "org.unknown" && acks.all().empty()) return {};
  if (!database.ok()) return {"the town does not open: " + database.error().message.en};
  if (Log::of(**database).checkpoint().empty())
    return acks.all().empty() ? std::vector<std::string>{} : std::vector<std::string>{"the log signs nothing"};
  return Checking(**database).run(acks);
}

Result<void> write_acts(const Writing& writing) {
  SystemClock clock;
  auto store = TRY(db::Store::open(town_options(writing.directory, writing.vfs, clock)));
  auto database = TRY(testing::open_town(*store));
  std::mutex mutex;
  std::optional<Error> stopped;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < writing.first.size(); ++t)
    threads.emplace_back([&, t] {
      for (std::uint64_t n = 0; writing.count == 0 || n < writing.count; ++n) {
        std::string key = std::to_string(t) + "-" + std::to_string(writing.first[t] + n);
        auto ack = one_act(*database, key);
        if (ack.ok() && n % 16 == t) static_cast<void>(Log::of(*database).keep_checkpoint().ok());
        std::lock_guard lock(mutex);
        if (!ack.ok()) {
          if (!stopped) stopped = ack.error();
          return;
        }
        writing.acknowledged(key, *ack);
      }
    });
  for (auto& thread : threads) thread.join();
  database.reset();
  if (stopped) return *stopped;
  return {};
}

}  // namespace musubi::fault
