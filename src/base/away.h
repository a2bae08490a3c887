// A thread that was lent by a pool says that it waits for something else than a processor, so that another may run meanwhile.
#pragma once

namespace musubi {

class Lender {
 public:
  virtual ~Lender() = default;
  virtual void away() = 0;  // on the thread that was lent; once for each back()
  virtual void back() = 0;
};

inline thread_local Lender* lender = nullptr;  // of this thread; none: it belongs to nobody

// For the length of a scope; one within another is the same absence.
class Away {
 public:
  Away() {
    if (depth_++ == 0 && lender) lender->away();
  }
  ~Away() {
    if (--depth_ == 0 && lender) lender->back();
  }
  Away(const Away&) = delete;
  Away& operator=(const Away&) = delete;

 private:
  static inline thread_local int depth_ = 0;
};

}  // namespace musubi
