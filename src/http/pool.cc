#include "http/pool.h"

namespace musubi::http {

Pool::Pool(unsigned threads, std::size_t queue_limit) : limit_(threads + queue_limit) {
  for (unsigned i = 0; i < threads; ++i) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.thread = std::thread([this, &worker] { work(worker); });
  }
}

bool Pool::submit(std::shared_ptr<Task> task) {
  Worker* worker = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || running_ + queue_.size() >= limit_) return false;
    if (idle_.empty()) {
      queue_.push_back(std::move(task));
      return true;
    }
    worker = idle_.back();
    idle_.pop_back();
    worker->task = std::move(task);
    ++running_;
  }
  worker->wake.notify_one();
  return true;
}

std::size_t Pool::waiting() {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void Pool::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& worker : workers_) worker->wake.notify_one();
  }
  for (auto& worker : workers_)
    if (worker->thread.joinable()) worker->thread.join();
}

void Pool::work(Worker& worker) {
  std::unique_lock lock(mutex_);
  for (;;) {
    std::shared_ptr<Task> task = std::move(worker.task);
    worker.task.reset();
    if (!task && !stopping_ && !queue_.empty()) {
      task = std::move(queue_.front());
      queue_.pop_front();
      ++running_;
    }
    if (task) {
      lock.unlock();
      Task& runs = *task;
      runs.run(std::move(task));
      lock.lock();
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
