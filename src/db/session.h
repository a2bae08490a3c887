// What a back end does for one batch of closures. Used by one writer thread at a time (writers.h), but for sync.
#pragma once

#include <optional>

#include "db/transaction.h"

namespace musubi::db {

class Session {
 public:
  virtual ~Session() = default;

  // Opens the transaction and takes the write lock of the organisation.
  virtual Result<void> begin() = 0;
  virtual Transaction& transaction() = 0;

  virtual Result<void> closure_began() = 0;
  virtual Result<void> closure_kept() = 0;
  virtual Result<void> closure_dropped() = 0;  // its changes are undone, or the transaction is broken
  // The first statement of the present closure that failed: the closure cannot be kept, whatever it returned.
  virtual std::optional<Error> closure_fault() = 0;

  // Why the whole transaction is lost, if it is, and how the closures that are not to blame get theirs.
  enum class Retry {
    kNo,
    kWhole,    // the next attempt can undo one closure alone
    kInParts,  // one closure of several is to blame and no one knows which
  };
  struct Broken {
    Error error;
    Retry retry = Retry::kNo;
  };
  virtual std::optional<Broken> broken() = 0;

  enum class Outcome { kCommitted, kNothingKept, kUnknown };
  struct Commit {
    Outcome outcome = Outcome::kCommitted;
    std::optional<Broken> broken;  // unless committed
  };
  virtual Commit commit() = 0;
  virtual void rollback() = 0;

  // Whether a commit is durable only after sync, which then runs beside the next batch.
  virtual bool syncs_apart() const { return false; }
  // Makes all that was committed before the call durable. One thread at a time. After an error no one knows what is on the disk.
  virtual Result<void> sync() { return {}; }
};

}  // namespace musubi::db
