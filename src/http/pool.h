// A bounded pool of worker threads for handlers. Few of them run at a time, what the processors can carry: more would only wait for
// each other, and who has bad luck for long. A worker that waits for something else (base/away.h: a commit, a database server, another
// organisation), or has run for long, does not count, so there are many more threads than that. Idle workers wait on a stack, so that
// under light load the same few warm threads do the work.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/away.h"

namespace musubi::http {

class Task {
 public:
  virtual ~Task() = default;
  virtual void run(std::shared_ptr<Task> self) = 0;  // on a worker; does not throw
};

class Pool {
 public:
  // `at_once`: tasks that run while none of them is away; 0: three for two cores. `long_run`: after which a task no longer keeps
  // others waiting (a half more at most).
  Pool(unsigned threads, std::size_t queue_limit, unsigned at_once = 0,
       std::chrono::milliseconds long_run = std::chrono::milliseconds(50));
  ~Pool() { stop(); }

  // False when `queue_limit` tasks wait already beside as many as there are threads, or after stop().
  bool submit(std::shared_ptr<Task> task);
  std::size_t waiting();
  // Lets running tasks end and joins. What still waits is never run; it is released with the pool.
  void stop();

 private:
  using Steady = std::chrono::steady_clock;
  struct Worker final : Lender {
    explicit Worker(Pool& of) : pool(of) {}
    void away() override;
    void back() override;
    Pool& pool;
    std::condition_variable wake;
    std::shared_ptr<Task> task;  // handed over directly when the worker was idle
    Steady::time_point since;    // it counts
    bool counts = false;         // among those that run at once
    std::thread thread;
  };
  void work(Worker& worker);
  void watch();  // on a thread of its own, while something waits
  // With the lock held:
  void count(Worker& worker);
  void discount(Worker& worker);
  Worker* next_idle();  // where one more may run
  void hand_over();     // what waits, to idle workers, while more may run

  std::mutex mutex_;
  const std::size_t limit_;  // of tasks that run or wait
  const unsigned at_once_;
  const std::chrono::milliseconds long_;
  unsigned counting_ = 0;
  std::size_t running_ = 0;  // handed-over ones included
  bool stopping_ = false, watching_ = false;
  std::deque<std::shared_ptr<Task>> queue_;
  std::vector<Worker*> idle_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::condition_variable queued_;
  std::thread watcher_;
};

}  // namespace musubi::http
