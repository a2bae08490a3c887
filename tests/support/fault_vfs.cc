#include "support/fault_vfs.h"

#include <sqlite3.h>

#include <array>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <set>

#include "base/check.h"

namespace musubi::testing {
namespace {

using Call = FaultVfs::Call;
constexpr std::size_t kCalls = 6;

struct Plan {
  int countdown = 0;  // fails when it reaches zero
  int times = 0;      // how many more, kForever without end
  bool full = false;
};

// All state of the one disk.
struct Disk {
  std::mutex mutex;
  std::array<Plan, kCalls> plans;
  std::array<int, kCalls> counts{};
  std::string folder;  // remembered
  std::map<std::string, std::string> synced;
  std::map<std::string, std::uint64_t> synced_as;  // number of the sync whose image stands in `synced`
  std::uint64_t syncs = 0;
  int injected = 0;
  std::set<std::string> seen;
  bool dead = false;
  int dead_at_sync = 0;
  bool holding = false;  // syncs
  int held = 0;
  std::condition_variable changed;

  void wait_while_held() {
    std::unique_lock lock(mutex);
    ++held;
    changed.notify_all();
    changed.wait(lock, [&] { return !holding; });
    --held;
  }

  // The error this call must give, or SQLITE_OK.
  int decide(Call call, int error) {
    std::lock_guard lock(mutex);
    auto i = std::size_t(call);
    ++counts[i];
    if (call == Call::kSync && dead_at_sync > 0 && --dead_at_sync == 0) dead = true;
    if (dead && call != Call::kRead && call != Call::kOpen) return ++injected, error;
    Plan& plan = plans[i];
    if (plan.times == 0) return SQLITE_OK;
    if (plan.countdown > 1) {
      --plan.countdown;
      return SQLITE_OK;
    }
    if (plan.times > 0) --plan.times;
    ++injected;
    return plan.full ? SQLITE_FULL : error;
  }

  bool remembers(const std::string& path) const { return !folder.empty() && path.starts_with(folder); }
};

Disk& disk() {
  static Disk* one = new Disk;  // outlives every static that may still close files
  return *one;
}

sqlite3_vfs* real_vfs = nullptr;

struct File {
  sqlite3_file base;
  std::string* path;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* self(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
const sqlite3_io_methods* real(sqlite3_file* file) { return self(file)->real()->pMethods; }

// Read through the open file: opening it once more would drop SQLite's locks when closed.
std::string content(sqlite3_file* file) {
  sqlite3_int64 size = 0;
  real(file)->xFileSize(self(file)->real(), &size);
  std::string bytes(std::size_t(size), '\0');
  if (size > 0) real(file)->xRead(self(file)->real(), bytes.data(), int(size), 0);
  return bytes;
}

int file_close(sqlite3_file* file) {
  int code = real(file)->xClose(self(file)->real());
  delete self(file)->path;
  return code;
}

int file_read(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
  if (int code = disk().decide(Call::kRead, SQLITE_IOERR_READ)) return code;
  return real(file)->xRead(self(file)->real(), to, bytes, at);
}

int file_write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
  if (int code = disk().decide(Call::kWrite, SQLITE_IOERR_WRITE)) return code;
  return real(file)->xWrite(self(file)->real(), from, bytes, at);
}

int file_truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (int code = disk().decide(Call::kTruncate, SQLITE_IOERR_TRUNCATE)) return code;
  return real(file)->xTruncate(self(file)->real(), size);
}

int file_sync(sqlite3_file* file, int flags) {
  disk().wait_while_held();
  if (int code = disk().decide(Call::kSync, SQLITE_IOERR_FSYNC)) return code;
  Disk& d = disk();
  bool remembers = self(file)->path && d.remembers(*self(file)->path);
  std::uint64_t number = 0;
  if (remembers) {
    std::lock_guard lock(d.mutex);
    number = ++d.syncs;
  }
  std::string before = remembers ? content(file) : "";  // what another thread writes meanwhile may be lost
  int code = real(file)->xSync(self(file)->real(), flags);
  std::lock_guard lock(d.mutex);
  if (code != SQLITE_OK || !remembers) return code;
  auto& newest = d.synced_as[*self(file)->path];
  if (number < newest) return code;  // of two at once the one that began later saw more
  newest = number;
  d.synced[*self(file)->path] = std::move(before);
  return code;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) { return real(file)->xFileSize(self(file)->real(), size); }
int file_lock(sqlite3_file* file, int how) { return real(file)->xLock(self(file)->real(), how); }
int file_unlock(sqlite3_file* file, int how) { return real(file)->xUnlock(self(file)->real(), how); }
int file_reserved(sqlite3_file* file, int* out) { return real(file)->xCheckReservedLock(self(file)->real(), out); }
int file_control(sqlite3_file* file, int op, void* arg) { return real(file)->xFileControl(self(file)->real(), op, arg); }
int file_sector(sqlite3_file* file) { return real(file)->xSectorSize(self(file)->real()); }
int file_device(sqlite3_file* file) { return real(file)->xDeviceCharacteristics(self(file)->real()); }
int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  return real(file)->xShmMap(self(file)->real(), region, size, extend, out);
}
int shm_lock(sqlite3_file* file, int at, int n, int flags) { return real(file)->xShmLock(self(file)->real(), at, n, flags); }
void shm_barrier(sqlite3_file* file) { real(file)->xShmBarrier(self(file)->real()); }
int shm_unmap(sqlite3_file* file, int remove) { return real(file)->xShmUnmap(self(file)->real(), remove); }

const sqlite3_io_methods kMethods = {2,         file_close,  file_read,     file_write,   file_truncate, file_sync,   file_size,
                                     file_lock, file_unlock, file_reserved, file_control, file_sector,   file_device, shm_map,
                                     shm_lock,  shm_barrier, shm_unmap,     nullptr,      nullptr};

int vfs_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  File* mine = self(file);
  mine->base.pMethods = nullptr;
  mine->path = nullptr;
  if (int code = disk().decide(Call::kOpen, SQLITE_CANTOPEN)) return code;
  int there = 0;
  if (name) real_vfs->xAccess(real_vfs, name, SQLITE_ACCESS_EXISTS, &there);
  int code = real_vfs->xOpen(real_vfs, name, mine->real(), flags, out);
  if (code != SQLITE_OK) return code;
  mine->base.pMethods = &kMethods;
  mine->path = name ? new std::string(name) : nullptr;
  Disk& d = disk();
  std::lock_guard lock(d.mutex);
  bool first = name && d.remembers(name) && d.seen.insert(name).second;
  if (first && there) d.synced[name] = content(file);  // made and synced by someone else
  return SQLITE_OK;
}

int vfs_delete(sqlite3_vfs*, const char* name, int sync_folder) {
  if (int code = disk().decide(Call::kDelete, SQLITE_IOERR_DELETE)) return code;
  int code = real_vfs->xDelete(real_vfs, name, sync_folder);
  Disk& d = disk();
  std::lock_guard lock(d.mutex);
  if (code == SQLITE_OK) d.synced.erase(name);
  return code;
}

int vfs_access(sqlite3_vfs*, const char* name, int flags, int* out) { return real_vfs->xAccess(real_vfs, name, flags, out); }
int vfs_full_path(sqlite3_vfs*, const char* name, int size, char* out) { return real_vfs->xFullPathname(real_vfs, name, size, out); }

}  // namespace

FaultVfs& FaultVfs::instance() {
  static FaultVfs one;
  static const bool registered = [] {
    real_vfs = sqlite3_vfs_find(nullptr);
    static sqlite3_vfs vfs = *real_vfs;
    vfs.pNext = nullptr;
    vfs.zName = kFaultVfs;
    vfs.szOsFile = int(sizeof(File)) + real_vfs->szOsFile;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
    vfs.xFullPathname = vfs_full_path;
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
  }();
  CHECK(registered);
  return one;
}

void FaultVfs::set_default(bool on) { CHECK(sqlite3_vfs_register(on ? sqlite3_vfs_find(kFaultVfs) : real_vfs, 1) == SQLITE_OK); }

void FaultVfs::reset() {
  Disk& d = disk();
  std::lock_guard lock(d.mutex);
  d.plans = {};
  d.counts = {};
  d.folder.clear();
  d.synced.clear();
  d.synced_as.clear();
  d.syncs = 0;
  d.injected = 0;
  d.seen.clear();
  d.dead = false;
  d.dead_at_sync = 0;
  d.holding = false;
}

void FaultVfs::fail(Call call, int nth, int times) {
  std::lock_guard lock(disk().mutex);
  disk().plans[std::size_t(call)] = {nth, times, false};
}

void FaultVfs::fail_full(int nth, int times) {
  std::lock_guard lock(disk().mutex);
  disk().plans[std::size_t(Call::kWrite)] = {nth, times, true};
}

int FaultVfs::count(Call call) const {
  std::lock_guard lock(disk().mutex);
  return disk().counts[std::size_t(call)];
}

void FaultVfs::hold_syncs() {
  std::lock_guard lock(disk().mutex);
  disk().holding = true;
}

void FaultVfs::await_held_sync() {
  std::unique_lock lock(disk().mutex);
  disk().changed.wait(lock, [] { return disk().held > 0; });
}

void FaultVfs::release_syncs() {
  {
    std::lock_guard lock(disk().mutex);
    disk().holding = false;
  }
  disk().changed.notify_all();
}

int FaultVfs::injected() const {
  std::lock_guard lock(disk().mutex);
  return disk().injected;
}

void FaultVfs::remember(const std::string& folder) {
  std::lock_guard lock(disk().mutex);
  disk().folder = folder;
}

void FaultVfs::cut_power() {
  std::lock_guard lock(disk().mutex);
  disk().dead = true;
}

void FaultVfs::cut_power_at_sync(int nth) {
  std::lock_guard lock(disk().mutex);
  disk().dead_at_sync = nth;
}

bool FaultVfs::power_is_cut() const {
  std::lock_guard lock(disk().mutex);
  return disk().dead;
}

void FaultVfs::restore_synced() {
  Disk& d = disk();
  std::lock_guard lock(d.mutex);
  for (const std::string& path : d.seen) {
    std::error_code ignored;
    std::filesystem::remove(path + "-shm", ignored);
    auto image = d.synced.find(path);
    if (image == d.synced.end()) {
      std::filesystem::remove(path, ignored);
      continue;
    }
    std::ofstream(path, std::ios::binary | std::ios::trunc) << image->second;
  }
  d.dead = false;
  d.dead_at_sync = 0;
}

}  // namespace musubi::testing
