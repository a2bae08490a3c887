// One thread that moves write-ahead logs into their database files, for all databases, so that no writer pays for it.
// Asleep while nothing is written.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace musubi::db {

class SqliteDatabase;

class Checkpointer {
 public:
  static constexpr std::int64_t kPassiveBytes = 16 << 20, kTruncateBytes = 64 << 20;
  static constexpr std::int64_t kRestBytes = 1 << 20;  // little enough for the writer to move between two batches

  Checkpointer();
  ~Checkpointer();
  void request(std::weak_ptr<SqliteDatabase> database);
  void stop();

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::weak_ptr<SqliteDatabase>> requests_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace musubi::db
