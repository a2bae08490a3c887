// So many may do it at the same time, or wait for their turn; whoever comes beyond is told so.
#pragma once

#include <atomic>

namespace musubi::kpi {

class AtOnce {
 public:
  AtOnce(std::atomic<int>& count, int limit) : count_(count), admitted_(++count <= limit) {}
  ~AtOnce() { --count_; }
  AtOnce(const AtOnce&) = delete;
  AtOnce& operator=(const AtOnce&) = delete;
  bool admitted() const { return admitted_; }

 private:
  std::atomic<int>& count_;
  bool admitted_;
};

}  // namespace musubi::kpi
