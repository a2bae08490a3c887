// A disk that fails on command: an SQLite VFS over the system's. Choose it with StoreOptions::sqlite_vfs = kFaultVfs.
// Only database files and their logs go through it (not the lock file, not folders). One per process; thread-safe.
//
//   FaultVfs& disk = FaultVfs::instance();
//   disk.reset();                                  // healthy again, counters at zero, nothing remembered
//   disk.fail(FaultVfs::Call::kSync, 3);           // the third sync from now fails once with an I/O error
//   disk.fail_full(1, FaultVfs::kForever);         // every write from now on finds no space
//
// Power loss. While `remember` is on, the content of each file at its last successful sync is kept. After cut_power()
// (or when the n-th sync of cut_power_at_sync is reached, before it takes effect) every write, sync, truncate and delete
// fails and changes nothing. Destroy the Store, then restore_synced(): each file has exactly what was synced, files
// never synced are gone, and the disk is healthy.
#pragma once

#include <string>

namespace musubi::testing {

inline constexpr const char* kFaultVfs = "musubi-fault";

class FaultVfs {
 public:
  enum class Call { kOpen, kRead, kWrite, kSync, kTruncate, kDelete };
  static constexpr int kForever = -1;

  static FaultVfs& instance();  // registers the VFS the first time

  void set_default(bool on);  // of stores that name no VFS, for what is wired by the application itself

  void reset();
  // The `nth` (1 = the next) call of this kind fails, and those after it, `times` in all.
  void fail(Call call, int nth, int times = 1);
  void fail_full(int nth, int times = 1);  // writes: no space left
  int count(Call call) const;              // calls since reset
  int injected() const;                    // of them, those that were made to fail

  void hold_syncs();       // a sync from now on waits, before it takes effect, until release_syncs
  void await_held_sync();  // until one waits
  void release_syncs();

  void remember(const std::string& folder);  // before the store under this folder is opened
  void cut_power();
  void cut_power_at_sync(int nth);
  bool power_is_cut() const;
  void restore_synced();

 private:
  FaultVfs() = default;
};

}  // namespace musubi::testing
