// The write path shared by both back ends: a queue per database, a few threads over all of them, group commit.
//
// "Drain the queue, no timer": what waits when a writer thread comes by shares one commit. Callers that wait for the same
// commit wait on the same batch object, so that one system call wakes them all and no one else. With few callers the writer
// itself syncs. With more, half of them share a batch: another thread syncs, publishes and wakes while the writer is at the other
// half. One sync covers all that was committed before it.
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

// The threads that write, and as many that sync. Owned by the Store; stop() before the databases go.
class Writers {
 public:
  explicit Writers(int threads);
  ~Writers();
  void stop();  // runs what is queued, then refuses

 private:
  friend class WriteQueue;
  // Threads that take queues in turn.
  class Crew {
   public:
    Crew(int threads, bool (WriteQueue::*step)());  // `step` says whether there is more to do; if not, the queue may be gone
    bool ready(WriteQueue* queue);                  // false when stopped
    void stop();

   private:
    void work(bool (WriteQueue::*step)());

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<WriteQueue*> ready_;
    bool stopped_ = false;
    std::vector<std::thread> threads_;
  };
  Crew writing_, syncing_;
};

// One database's queue. At most one thread writes and one syncs for it at a time. Owned by the database.
class WriteQueue {
 public:
  static constexpr std::size_t kBatch = 512, kLimit = 4096;
  static constexpr std::size_t kFew =
      16;  // from so many callers on half of them share a batch, and the other half's is synced meanwhile
  using Closure = std::function<Result<void>(Transaction&)>;

  WriteQueue(std::shared_ptr<Writers> writers, Session& session) : writers_(std::move(writers)), session_(session) {}
  ~WriteQueue();  // waits until no thread works on it

  void set_listener(CommitListener* listener) { listener_ = listener; }  // before the first write
  Result<void> write(Closure closure);                                   // blocks; any thread
  void await_settled();  // until all that is committed now is durable, or refused; any thread
  bool idle();           // no caller waits and no thread works on it
  bool refusing() const { return refusing_.load(std::memory_order_acquire); }
  void refuse(const Error& cause);  // any thread
  // Set where a sync failed: what can be read may be gone after a restart.
  std::optional<Error> undurable() { return sync_failed_ ? std::optional(refusal()) : std::nullopt; }

 private:
  friend class Writers;
  struct Call {
    Closure closure;
    Result<void> result;
    bool kept = false;
  };
  struct Batch {
    std::deque<Call> calls;                        // a deque: callers keep their index, elements never move
    std::uint64_t commit = 0;                      // number of its last one that was tried; 0: there was nothing to commit
    bool committed = false;                        // something of it
    std::unique_ptr<CommitListener::State> state;  // of the listener after it
    std::promise<void> done;
    std::shared_future<void> answered = done.get_future();  // one futex: waits asleep at once, one call wakes all
  };

  using Batches = std::deque<std::shared_ptr<Batch>>;

  bool write_once();  // the next batch; false when the queue is empty
  bool sync_once();   // all that was written; false when there was nothing
  std::shared_ptr<Batch> next();
  bool hand_over(const std::shared_ptr<Batch>& batch);  // to the syncing thread; false: nobody waits, or it has stopped
  void settle(const Batches& batches);
  void let_callers_return(std::size_t served);
  void call_writer();
  // With mutex_ held:
  std::size_t batch_limit() const;
  bool two_at_once() const;
  bool wants_writer() const;
  void run(Batch& batch, std::span<Call*> calls);
  Session::Retry attempt(Batch& batch, std::span<Call*> calls);
  void run_closure(Call& call);
  Session::Retry give_up(std::span<Call*> calls, const Session::Broken& broken);
  Session::Retry commit(Batch& batch, std::span<Call*> calls);
  Error refusal();

  std::shared_ptr<Writers> writers_;
  Session& session_;
  CommitListener* listener_ = nullptr;
  std::mutex mutex_;
  Batches batches_, written_;  // waiting for a writer; written, not synced
  std::size_t waiting_ = 0;
  bool scheduled_ = false, syncing_ = false;  // a thread writes, or is about to; the same for syncing
  std::atomic<bool> sync_failed_{false};
  std::atomic<std::uint64_t> commits_begun_{0}, commits_settled_{0};  // of the second: durable, or given up
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
