// Guarded<T>: shared state that can be reached only with its lock held. No lock is held across a call into another
// module.
#pragma once

#include <mutex>
#include <utility>

namespace musubi {

template <class T>
class Guarded {
 public:
  template <class... A>
  explicit Guarded(A&&... args) : value_(std::forward<A>(args)...) {}

  template <class F>
  decltype(auto) with(F&& f) {
    std::lock_guard lock(mutex_);
    return std::forward<F>(f)(value_);
  }

 private:
  std::mutex mutex_;
  T value_;
};

}  // namespace musubi
