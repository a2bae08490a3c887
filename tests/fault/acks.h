// What a client of the log was promised: the receipts it holds, and what they must prove against the log later on.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace musubi::fault {

struct Ack {
  std::uint64_t index = 0;
  std::string receipt;
};

// By idempotency key. Frames `ACK key index length\n` and the receipt; what a kill cut short at the end is left out.
class Acks {
 public:
  void read(std::string_view bytes);  // as they come; keeps an unfinished frame for the next call
  const std::map<std::string, Ack>& all() const { return acks_; }
  const std::vector<std::string>& contradictions() const { return contradictions_; }  // one key, two answers
  static std::string frame(const std::string& key, const Ack& ack);

 private:
  std::string rest_;
  std::map<std::string, Ack> acks_;
  std::vector<std::string> contradictions_;
};

// Opens the store under `directory` (VFS `vfs`, empty for the system's) and holds it against the promises: verify is clean,
// each receipt proves its entry at its index, its checkpoint is a prefix of the log, no key has two leaves. Returns what is
// wrong.
std::vector<std::string> check_store(const std::string& directory, const Acks& acks, const std::string& vfs = {});

// Threads that write acts under idempotency keys `T-N`, N from `first[T]`, and call `acknowledged` with each receipt (one
// call at a time), until `count` acts each (0: for ever) or until the store refuses.
struct Writing {
  std::string directory, vfs;
  std::vector<std::uint64_t> first = std::vector<std::uint64_t>(8);
  std::uint64_t count = 0;
  std::function<void(const std::string& key, const Ack&)> acknowledged;
};
Result<void> write_acts(const Writing& writing);

}  // namespace musubi::fault
