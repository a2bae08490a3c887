#include "trust/stamper.h"

#include <chrono>
#include <cstdlib>

#include "base/log.h"
#include "base/metrics.h"
#include "crypto/hash.h"
#include "evidence/checkpoints.h"
#include "evidence/log.h"

namespace musubi::trust {
namespace {

std::int64_t steady_now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string fresh_serial() {
  std::string serial = crypto::random_bytes(16);
  serial[0] = char((static_cast<unsigned char>(serial[0]) & 0x7f) | 0x40);  // positive, and never zero
  return serial;
}

}  // namespace

Result<std::string> stamp_note(const OrganisationKeys& keys, std::string_view note, Time now, std::optional<Time> last) {
  if (last && now < *last)
    return Error{Code::kUnavailable,
                 "trust.clock_backwards",
                 {"時計が前回のタイムスタンプより前を指しているため、発行しません。時刻同期（NTP）を確認してください。",
                  "The clock is before the last stamp, so none is issued. Check the clock's synchronisation (NTP)."},
                 {}};
  auto authority = TRY(crypto::TimeStampAuthority::create(keys.tsa_key, keys.tsa, {std::string(kStampPolicy), kStampAccuracy_us, {}}));
  std::string nonce = fresh_serial();
  auto request = crypto::make_time_stamp_req(crypto::sha256(note), nonce, true);
  return crypto::token_of(authority.answer(request, now, fresh_serial()).der);
}

Stamper::Stamper(Options options, Clock& clock) : options_(std::move(options)), clock_(clock) {}

Stamper::~Stamper() { stop(); }

void Stamper::start() {
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      poll();
      lock.lock();
      wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; });
    }
  });
}

void Stamper::stop() {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  wake_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  poll();
}

// The wall clock must have moved as far as the steady one since the last look; after a jump one round is left out.
bool Stamper::clock_is_steady() {
  std::int64_t wall = clock_.now().us, steady = steady_now_us();
  bool first = steady_us_ == 0;
  std::int64_t drift = (wall - wall_us_) - (steady - steady_us_);
  wall_us_ = wall;
  steady_us_ = steady;
  if (first || std::llabs(drift) <= kStampAccuracy_us) return true;
  log::warn("trust.clock_jumped", {{"drift_us", drift}});
  metrics::counter("musubi_trust_clock_jumps_total", "Times the clock jumped by more than the stated accuracy.").add();
  return false;
}

void Stamper::poll(bool all) {
  std::lock_guard one(polling_);
  bool steady = clock_is_steady() || all;
  for (const auto& database : options_.open_databases()) {
    if (database->refusing()) continue;
    auto done = steady ? tend(*database, all) : Result<void>();
    if (!done.ok()) {
      metrics::counter("musubi_trust_stamp_failures_total", "Rounds of keeping or stamping a checkpoint that failed.").add();
      log::warn("trust.stamp_failed", {{"organisation", database->organisation()}, {"why", done.error().name}});
    }
  }
}

Result<void> Stamper::tend(db::Database& database, bool all) {
  auto& log = evidence::Log::of(database);
  if (log.checkpoint().empty()) return {};
  TRY(log.keep_checkpoint());
  State& state = states_[database.organisation()];
  if (!state.loaded) {
    TRY(database.read([&](db::Reader& reader) -> Result<void> {
      if (auto newest = TRY(evidence::newest_stamped(reader))) state.stamped_size = newest->size;
      state.last_stamp = TRY(evidence::last_stamped_at(reader)).value_or(Time{});
      return {};
    }));
    state.loaded = true;
  }
  if (log.size() <= state.stamped_size) return {};
  Time now = clock_.now();
  if (!all && now >= state.last_stamp && now.us - state.last_stamp.us < options_.interval_s * 1'000'000) return {};
  auto kept = TRY(database.read([](db::Reader& reader) { return evidence::newest_checkpoint(reader); }));
  if (!kept || kept->size <= state.stamped_size) return {};
  auto keys = TRY(options_.keys(database.organisation()));
  auto token = TRY(stamp_note(*keys, kept->note, now, state.last_stamp));
  TRY(log.keep_stamp(kept->size, token, now));
  metrics::counter("musubi_trust_stamps_total", "Checkpoints stamped (RFC 3161).").add();
  state.stamped_size = kept->size;
  state.last_stamp = now;
  return {};
}

}  // namespace musubi::trust
