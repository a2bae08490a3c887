// A bounded pool of worker threads for blocking handlers. Idle workers wait on a stack, so that under light load the
// same few warm threads do the work.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace musubi::http {

class Task {
 public:
  virtual ~Task() = default;
  virtual void run(std::shared_ptr<Task> self) = 0;  // on a worker; does not throw
};

class Pool {
 public:
  Pool(unsigned threads, std::size_t queue_limit);
  ~Pool() { stop(); }

  // False when `queue_limit` tasks wait already, or after stop().
  bool submit(std::shared_ptr<Task> task);
  std::size_t waiting();
  // Lets running tasks end and joins. What still waits is never run; it is released with the pool.
  void stop();

 private:
  struct Worker {
    std::condition_variable wake;
    std::shared_ptr<Task> task;  // handed over directly when the worker was idle
    std::thread thread;
  };
  void work(Worker& worker);

  std::mutex mutex_;
  const std::size_t limit_;  // of tasks that run or wait
  std::size_t running_ = 0;  // handed-over ones included
  bool stopping_ = false;
  std::deque<std::shared_ptr<Task>> queue_;
  std::vector<Worker*> idle_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace musubi::http
