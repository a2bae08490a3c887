// The write path shared by both back ends: a queue per database, a few threads over all of them, group commit.
//
// "Drain the queue, no timer": whatever waits when a writer thread comes by shares one commit. Callers that wait for the
// same commit wait on the same batch object, so that one system call wakes them all and no one else.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "db/session.h"

namespace musubi::db {

class WriteQueue;

// The writer threads. Owned by the Store; stop() before the databases go.
class Writers {
 public:
  explicit Writers(int threads);
  ~Writers();
  void stop();  // runs what is queued, then refuses

 private:
  friend class WriteQueue;
  void work();
  bool ready(WriteQueue* queue);  // false when stopped

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<WriteQueue*> ready_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

// One database's queue. At most one writer thread works on it at a time. Owned by the database.
class WriteQueue {
 public:
  static constexpr std::size_t kBatch = 512, kLimit = 4096;
  using Closure = std::function<Result<void>(Transaction&)>;

  WriteQueue(std::shared_ptr<Writers> writers, Session& session) : writers_(std::move(writers)), session_(session) {}
  ~WriteQueue();  // waits until no thread works on it

  void set_listener(CommitListener* listener) { listener_ = listener; }  // before the first write
  Result<void> write(Closure closure);                                   // blocks; any thread
  bool idle();                                                           // no caller waits and no thread works on it
  bool refusing() const { return refusing_.load(std::memory_order_acquire); }
  void refuse(const Error& cause);  // any thread

 private:
  friend class Writers;
  struct Call {
    Closure closure;
    Result<void> result;
    bool kept = false;
  };
  struct Batch {
    std::deque<Call> calls;  // a deque: callers keep their index, elements never move
    std::promise<void> done;
    std::shared_future<void> answered = done.get_future();  // one futex: waits asleep at once, one call wakes all
  };

  bool run_once();  // the next batch; false when the queue is empty
  std::shared_ptr<Batch> next(bool& more);
  void let_callers_return(std::size_t served);
  void run(std::span<Call*> calls);
  Session::Retry attempt(std::span<Call*> calls);
  void run_closure(Call& call);
  Session::Retry give_up(std::span<Call*> calls, const Session::Broken& broken);
  Session::Retry commit(std::span<Call*> calls);
  Error refusal();

  std::shared_ptr<Writers> writers_;
  Session& session_;
  CommitListener* listener_ = nullptr;
  std::mutex mutex_;
  std::deque<std::shared_ptr<Batch>> batches_;
  std::size_t waiting_ = 0;
  bool scheduled_ = false;
  std::atomic<bool> refusing_{false};
  std::optional<Error> cause_;
};

// True on a thread that runs a closure of write or read: opening another transaction there would lock up sooner or
// later, so it is a bug (CHECK).
class InsideClosure {
 public:
  InsideClosure();
  ~InsideClosure();
};

}  // namespace musubi::db
