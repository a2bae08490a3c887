// The writer that fault runs torment, and the judge of what it leaves behind.
//
//   fault_writer write DIR COUNT      24 threads of COUNT acts; each receipt goes to standard output once acknowledged
//   fault_writer check DIR ACKS       holds the store against the receipts in the file ACKS; exit code 1 when a promise broke
//   fault_writer kill DIR LOOPS SEED  writes and is killed (SIGKILL) after a random number of receipts, LOOPS times
//   fault_writer power DIR            loses power at each sync of a short run: what was not synced is gone
//   fault_writer disk DIR             each sync, each write fails once; no space left at each write, and from each on
//   fault_writer cluster DIR          a PostgreSQL cluster until standard input ends; prints how to connect. `write` and `check`
//                                     use the database that FAULT_POSTGRES connects to
//
// kill, power and disk print what went wrong and close with `N passed, M failed`.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

#include "fault/acks.h"
#include "support/fault_vfs.h"
#include "support/log_world.h"
#include "support/postgres_cluster.h"

namespace musubi::fault {
namespace {

using testing::FaultVfs;

// Enough that one half is synced while the other half is written (db::WriteQueue::kFew).
constexpr std::size_t kThreads = 24;

int passed = 0, failed = 0, beyond = 0;

void judge(const std::string& what, const std::vector<std::string>& faults) {
  ++(faults.empty() ? passed : failed);
  for (const auto& fault : faults) std::printf("%s: %s\n", what.c_str(), fault.c_str());
}

int totals() {
  if (beyond > 0) std::printf("%d runs ended before their fault\n", beyond);
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed ? 1 : 0;
}

void send(int fd, const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    ssize_t n = ::write(fd, bytes.data() + at, bytes.size() - at);
    if (n <= 0) _exit(3);
    at += std::size_t(n);
  }
}

int write_mode(const std::string& directory, std::uint64_t count, std::vector<std::uint64_t> first, int out) {
  Writing writing{directory, "", std::move(first), count,
                  [out](const std::string& key, const Ack& ack) { send(out, Acks::frame(key, ack)); }};
  auto done = write_acts(writing);
  if (!done.ok()) std::fprintf(stderr, "stopped: %s\n", done.error().message.en.c_str());
  return 0;  // what counts is what was acknowledged
}

int check_mode(const std::string& directory, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  Acks acks;
  acks.read(text);
  auto faults = check_store(directory, acks);
  for (const auto& fault : faults) std::printf("%s\n", fault.c_str());
  std::printf("%zu receipts\n", acks.all().size());
  return faults.empty() ? 0 : 1;
}

// Where each thread goes on: its last three answered keys are sent again, and must get the same answers.
std::vector<std::uint64_t> resume(const Acks& acks) {
  std::vector<std::uint64_t> next(kThreads, 0);
  for (const auto& [key, ack] : acks.all()) {
    std::size_t thread = std::size_t(std::stoi(key));
    next[thread] = std::max<std::uint64_t>(next[thread], std::stoull(key.substr(key.find('-') + 1)) + 1);
  }
  for (auto& n : next) n = n > 3 ? n - 3 : 0;
  return next;
}

// Returns how many receipts came before the kill took effect.
std::size_t write_and_kill(const std::string& directory, Acks& acks, std::size_t after) {
  int ends[2];
  CHECK(::pipe(ends) == 0);
  auto first = resume(acks);
  std::fflush(stdout);
  pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    _exit(write_mode(directory, 0, first, ends[1]));
  }
  ::close(ends[1]);
  std::size_t seen = 0;
  bool killed = false;
  char buffer[16384];
  while (true) {
    if (!killed && seen >= after) killed = ::kill(child, SIGKILL) == 0;
    ssize_t n = ::read(ends[0], buffer, sizeof buffer);
    if (n <= 0) break;
    acks.read({buffer, std::size_t(n)});
    for (ssize_t i = 3; i < n; ++i) seen += std::string_view(buffer + i - 3, 4) == "ACK ";
  }
  ::close(ends[0]);
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  if (!WIFSIGNALED(status)) judge("writer", {"it ended by itself"});
  return seen;
}

int kill_mode(const std::string& directory, int loops, unsigned seed) {
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  testing::town_signer(directory + "/log.pem");
  Acks acks;
  for (int loop = 0; loop < loops; ++loop) {
    // Some die while the store is being made or opened, most under load.
    std::size_t after = random() % 5 == 0 ? random() % 3 : random() % 600;
    write_and_kill(directory, acks, after);
    judge("kill " + std::to_string(loop), check_store(directory, acks));
  }
  std::printf("%zu receipts\n", acks.all().size());
  return totals();
}

// One short run on the faulty disk, then a healthy one that sends everything again: every promise of both must hold.
void one_run(const std::string& directory, const std::string& what, const std::function<void()>& break_disk, bool power) {
  std::filesystem::remove_all(directory + "/data");
  auto& disk = FaultVfs::instance();
  disk.reset();
  if (power) disk.remember(directory + "/data");
  Acks acks;
  Writing writing{directory, testing::kFaultVfs, std::vector<std::uint64_t>(kThreads), 2, [&](const std::string& key, const Ack& ack) {
                    if (!disk.power_is_cut()) acks.read(Acks::frame(key, ack));
                  }};
  break_disk();
  static_cast<void>(write_acts(writing).ok());
  bool met = disk.injected() > 0 || what == "healthy";
  if (power) disk.restore_synced();
  disk.reset();
  if (!met) return static_cast<void>(++beyond);  // a run has not always as many calls
  judge(what, check_store(directory, acks, testing::kFaultVfs));
  auto again = write_acts(writing);
  judge(what + ", sent again",
        again.ok() ? check_store(directory, acks, testing::kFaultVfs) : std::vector<std::string>{again.error().message.en});
}

// How often each call happens in a healthy run.
int calls(const std::string& directory, FaultVfs::Call call) {
  int count = 0;
  one_run(
      directory, "healthy", [] {}, false);
  FaultVfs::instance().reset();
  std::filesystem::remove_all(directory + "/data");
  Writing writing{directory, testing::kFaultVfs, std::vector<std::uint64_t>(kThreads), 2, [](const std::string&, const Ack&) {}};
  static_cast<void>(write_acts(writing).ok());
  count = FaultVfs::instance().count(call);
  return count;
}

int power_mode(const std::string& directory) {
  testing::town_signer(directory + "/log.pem");
  int syncs = calls(directory, FaultVfs::Call::kSync);
  for (int n = 1; n <= syncs; ++n)
    one_run(
        directory, "power lost at sync " + std::to_string(n), [n] { FaultVfs::instance().cut_power_at_sync(n); }, true);
  return totals();
}

int disk_mode(const std::string& directory) {
  testing::town_signer(directory + "/log.pem");
  auto& disk = FaultVfs::instance();
  int syncs = calls(directory, FaultVfs::Call::kSync), writes = calls(directory, FaultVfs::Call::kWrite);
  for (int n = 1; n <= syncs; ++n)
    one_run(
        directory, "sync " + std::to_string(n) + " fails", [&] { disk.fail(FaultVfs::Call::kSync, n); }, false);
  for (int n = 1; n <= writes; ++n) {
    std::string nth = std::to_string(n);
    one_run(
        directory, "write " + nth + " fails", [&] { disk.fail(FaultVfs::Call::kWrite, n); }, false);
    one_run(
        directory, "no space at write " + nth, [&] { disk.fail_full(n); }, false);
    one_run(
        directory, "no space from write " + nth + " on", [&] { disk.fail_full(n, FaultVfs::kForever); }, false);
  }
  return totals();
}

}  // namespace
}  // namespace musubi::fault

namespace {

int cluster_mode() {
  const auto& cluster = musubi::testing::postgres_cluster();
  if (!cluster.error.empty()) return std::fprintf(stderr, "%s\n", cluster.error.c_str()), 1;
  std::printf("%s\n", cluster.connection.c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) {}
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace musubi::fault;
  std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() >= 2) std::filesystem::create_directories(args[1]);
  if (args.size() == 3 && args[0] == "write")
    return write_mode(args[1], std::stoull(args[2]), std::vector<std::uint64_t>(kThreads), 1);
  if (args.size() == 3 && args[0] == "check") return check_mode(args[1], args[2]);
  if (args.size() == 4 && args[0] == "kill") return kill_mode(args[1], std::stoi(args[2]), unsigned(std::stoul(args[3])));
  if (args.size() == 2 && args[0] == "power") return power_mode(args[1]);
  if (args.size() == 2 && args[0] == "disk") return disk_mode(args[1]);
  if (args.size() == 2 && args[0] == "cluster") return cluster_mode();
  std::fprintf(stderr, "fault_writer write|check|kill|power|disk|cluster DIR ...; see tests/fault/writer.cc\n");
  return 2;
}
