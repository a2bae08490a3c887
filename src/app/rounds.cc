#include "app/rounds.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace musubi::app {

void Rounds::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      round_(stop);
      wake.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
    }
  });
}

void Rounds::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace musubi::app
