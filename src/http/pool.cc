#include "http/pool.h"

#include <algorithm>

namespace musubi::http {

Pool::Pool(unsigned threads, std::size_t queue_limit, unsigned at_once, std::chrono::milliseconds long_run)
    : limit_(threads + queue_limit),
      at_once_(at_once ? at_once : std::max(3u, 3 * std::thread::hardware_concurrency() / 2)),
      long_(long_run),
      watcher_([this] { watch(); }) {
  for (unsigned i = 0; i < threads; ++i) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>(*this));
    worker.thread = std::thread([this, &worker] { work(worker); });
  }
}

bool Pool::submit(std::shared_ptr<Task> task) {
  Worker* worker = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || running_ + queue_.size() >= limit_) return false;
    if (queue_.empty()) worker = next_idle();
    if (!worker) {
      queue_.push_back(std::move(task));
      hand_over();
      if (!watching_ && !queue_.empty()) queued_.notify_one();
      return true;
    }
    worker->task = std::move(task);
  }
  worker->wake.notify_one();
  return true;
}

std::size_t Pool::waiting() {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void Pool::watch() {
  std::unique_lock lock(mutex_);
  for (;;) {
    queued_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    watching_ = true;
    if (queued_.wait_for(lock, long_ / 2, [&] { return stopping_; })) return;
    watching_ = false;
    const auto now = Steady::now();
    for (auto& worker : workers_)
      if (worker->counts && now - worker->since >= long_) discount(*worker);
    hand_over();
  }
}

void Pool::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& worker : workers_) worker->wake.notify_one();
    queued_.notify_one();
  }
  if (watcher_.joinable()) watcher_.join();
  for (auto& worker : workers_)
    if (worker->thread.joinable()) worker->thread.join();
}

void Pool::count(Worker& worker) {
  worker.counts = true;
  worker.since = Steady::now();
  ++counting_;
}

void Pool::discount(Worker& worker) {
  if (!worker.counts) return;
  worker.counts = false;
  --counting_;
}

Pool::Worker* Pool::next_idle() {
  if (counting_ >= at_once_ || idle_.empty()) return nullptr;
  Worker* worker = idle_.back();
  idle_.pop_back();
  count(*worker);
  ++running_;
  return worker;
}

void Pool::hand_over() {
  while (!stopping_ && !queue_.empty()) {
    Worker* worker = next_idle();
    if (!worker) return;
    worker->task = std::move(queue_.front());
    queue_.pop_front();
    worker->wake.notify_one();
  }
}

void Pool::Worker::away() {
  std::lock_guard lock(pool.mutex_);
  pool.discount(*this);
  pool.hand_over();
}

// It goes on at once, one more than should be: who waited is not made to wait again.
void Pool::Worker::back() {
  std::lock_guard lock(pool.mutex_);
  pool.count(*this);
}

void Pool::work(Worker& worker) {
  lender = &worker;
  std::unique_lock lock(mutex_);
  for (;;) {
    std::shared_ptr<Task> task = std::move(worker.task);
    worker.task.reset();
    if (!task && !stopping_ && !queue_.empty() && counting_ < at_once_) {
      task = std::move(queue_.front());
      queue_.pop_front();
      count(worker);
      ++running_;
    }
    if (task) {
      lock.unlock();
      Task& runs = *task;
      runs.run(std::move(task));
      lock.lock();
      discount(worker);
      --running_;
    } else if (stopping_) {
      return;
    } else {
      idle_.push_back(&worker);
      worker.wake.wait(lock, [&] { return worker.task || stopping_; });
      if (!worker.task) std::erase(idle_, &worker);
    }
  }
}

}  // namespace musubi::http
