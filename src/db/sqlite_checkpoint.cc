#include "db/sqlite_checkpoint.h"

#include "db/sqlite_database.h"

namespace musubi::db {

Checkpointer::Checkpointer() : thread_([this] { work(); }) {}

Checkpointer::~Checkpointer() { stop(); }

void Checkpointer::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Checkpointer::request(std::weak_ptr<SqliteDatabase> database) {
  {
    std::lock_guard lock(mutex_);
    requests_.push_back(std::move(database));
  }
  wake_.notify_one();
}

void Checkpointer::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stopped_ || !requests_.empty(); });
    if (stopped_) return;
    auto database = requests_.front().lock();
    requests_.pop_front();
    lock.unlock();
    if (database) database->checkpoint();
    database.reset();
    lock.lock();
  }
}

}  // namespace musubi::db
