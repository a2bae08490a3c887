#include "db/writers.h"

#include <algorithm>

#include "base/away.h"
#include "base/log.h"
#include "base/metrics.h"
#include "db/errors.h"

namespace musubi::db {
namespace {

using Retry = Session::Retry;

thread_local bool inside_closure = false;

metrics::Counter& commits() {
  static auto& c = metrics::counter("musubi_db_commits_total", "Commits.");
  return c;
}

metrics::Counter& syncs() {
  static auto& c = metrics::counter("musubi_db_syncs_total", "Times that commits were made durable.");
  return c;
}

metrics::Counter& closures() {
  static auto& c = metrics::counter("musubi_db_closures_total", "Write closures answered, kept or not.");
  return c;
}

metrics::Gauge& waiting_callers() {
  static auto& g = metrics::gauge("musubi_db_writes_waiting", "Callers of write that are not answered yet.");
  return g;
}

}  // namespace

InsideClosure::InsideClosure() {
  CHECK(!inside_closure);
  inside_closure = true;
}

InsideClosure::~InsideClosure() { inside_closure = false; }

Writers::Writers(int threads) : writing_(threads, &WriteQueue::write_once), syncing_(threads, &WriteQueue::sync_once) {}

Writers::~Writers() { stop(); }

void Writers::stop() {
  writing_.stop();  // first: what it leaves written is synced
  syncing_.stop();
}

Writers::Crew::Crew(int threads, bool (WriteQueue::*step)()) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this, step] { work(step); });
}

void Writers::Crew::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

bool Writers::Crew::ready(WriteQueue* queue) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return false;
    ready_.push_back(queue);
  }
  wake_.notify_one();
  return true;
}

// One step for a database, then the next database in line: no busy organisation keeps the others waiting.
void Writers::Crew::work(bool (WriteQueue::*step)()) {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stopped_ || !ready_.empty(); });
    if (ready_.empty()) return;
    WriteQueue* queue = ready_.front();
    ready_.pop_front();
    lock.unlock();
    bool more = (queue->*step)();
    lock.lock();
    if (more) ready_.push_back(queue);
  }
}

Result<void> WriteQueue::write(Closure closure) {
  CHECK(!inside_closure);
  std::shared_ptr<Batch> batch;
  Call* call = nullptr;
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    if (refusing()) return refusal();
    if (waiting_ >= kLimit) return busy(kLimit);
    if (batches_.empty() || batches_.back()->calls.size() >= batch_limit()) batches_.push_back(std::make_shared<Batch>());
    batch = batches_.back();
    call = &batch->calls.emplace_back(Call{std::move(closure), {}, false});
    ++waiting_;
    waiting_callers().add(1);
    first = !scheduled_ && wants_writer();
    scheduled_ = scheduled_ || first;
  }
  if (first) call_writer();
  {
    Away away;
    batch->answered.wait();
  }
  return std::move(call->result);
}

void WriteQueue::call_writer() {
  if (writers_->writing_.ready(this)) return;
  refuse(stopping());
  while (write_once()) {}  // answers everyone who queued meanwhile
}

// Half of those who wait: while one half is synced and woken, the writer is at the other.
std::size_t WriteQueue::batch_limit() const { return two_at_once() ? std::min(waiting_ / 2, kBatch) : kBatch; }

bool WriteQueue::two_at_once() const { return session_.syncs_apart() && waiting_ >= kFew; }

// Beside a sync a batch is written when it is half full: before, its callers would wait for the next sync all the same, and share it
// with those who are still to come.
bool WriteQueue::wants_writer() const {
  return !batches_.empty() && (!syncing_ || batches_.size() > 1 || batches_.front()->calls.size() >= batch_limit() / 2);
}

void WriteQueue::await_settled() {
  std::uint64_t begun = commits_begun_.load();
  if (commits_settled_.load() >= begun) return;
  Away away;
  for (auto settled = commits_settled_.load(); settled < begun; settled = commits_settled_.load()) commits_settled_.wait(settled);
}

WriteQueue::~WriteQueue() {
  while (!idle()) std::this_thread::yield();
}

bool WriteQueue::idle() {
  std::lock_guard lock(mutex_);
  return !scheduled_ && !syncing_;
}

void WriteQueue::refuse(const Error& cause) {
  std::lock_guard lock(mutex_);
  if (refusing()) return;
  cause_ = cause;
  refusing_.store(true, std::memory_order_release);
  if (cause.name != "db.refusing") log::error("db.refusing", {{"cause", cause.name}, {"why", cause.message.en}});
}

Error WriteQueue::refusal() { return cause_->name == "db.refusing" ? *cause_ : db::refusing(*cause_); }

std::shared_ptr<WriteQueue::Batch> WriteQueue::next() {
  std::lock_guard lock(mutex_);
  if (batches_.empty()) {
    scheduled_ = false;
    return nullptr;
  }
  auto batch = std::move(batches_.front());
  batches_.pop_front();
  return batch;
}

// The callers just woken are about to write again. Without this pause the first one back would get a commit of its own
// and the others the next one, for ever. Not a timer: it ends as soon as a yield brings nobody new.
void WriteQueue::let_callers_return(std::size_t served) {
  std::size_t seen = 0;
  for (int quiet = 0; quiet < 2;) {
    std::size_t now;
    {
      std::lock_guard lock(mutex_);
      now = waiting_;
    }
    if (now >= served) return;
    quiet = now > seen ? 0 : quiet + 1;
    seen = now;
    std::this_thread::yield();
  }
}

bool WriteQueue::write_once() {
  auto batch = next();
  if (!batch) return false;
  std::vector<Call*> calls;
  for (Call& call : batch->calls) calls.push_back(&call);
  run(*batch, calls);
  if (!hand_over(batch)) {
    settle({batch});
    if (calls.size() > 1) let_callers_return(calls.size());
  }
  std::lock_guard lock(mutex_);
  scheduled_ = wants_writer();
  return scheduled_;
}

bool WriteQueue::hand_over(const std::shared_ptr<Batch>& batch) {
  std::lock_guard lock(mutex_);
  if (!syncing_) {
    if (batches_.empty() || !two_at_once() || !writers_->syncing_.ready(this)) return false;
    syncing_ = true;
  }
  written_.push_back(batch);
  return true;
}

bool WriteQueue::sync_once() {
  Batches batches;
  {
    std::lock_guard lock(mutex_);
    batches.swap(written_);
  }
  settle(batches);
  bool call = false, more = false;
  {
    std::lock_guard lock(mutex_);
    more = syncing_ = !written_.empty();
    call = !scheduled_ && wants_writer();
    scheduled_ = scheduled_ || call;
  }
  if (call && !writers_->writing_.ready(this))
    while (write_once()) {}  // the writers have stopped: what was queued before is still run
  return more;
}

// A crash before the sync returns leaves all of the batches or none of the last ones, without an answer; after it, all of them.
// After a failed sync nobody is told that an act stands.
void WriteQueue::settle(const Batches& batches) {
  CommitListener::State* newest = nullptr;
  std::uint64_t commit = 0;
  bool committed = false;
  std::size_t served = 0;
  std::optional<Error> failure;
  for (const auto& batch : batches) {
    commit = std::max(commit, batch->commit);
    committed = committed || batch->committed;
    if (batch->state) newest = batch->state.get();
    served += batch->calls.size();
  }
  if (sync_failed_) {
    failure = refusal();
  } else if (committed) {
    syncs().add();
    if (auto synced = session_.sync(); !synced.ok()) {
      sync_failed_ = true;
      refuse(synced.error());
      failure = synced.error();
    } else if (newest) {
      listener_->durable(*newest);
    }
  }
  if (failure)  // also those who were refused: what they were told may rest on an act that was not kept
    for (const auto& batch : batches)
      for (Call& call : batch->calls) call.result = *failure;
  if (commit > 0) {
    commits_settled_.store(commit);
    commits_settled_.notify_all();
  }
  {
    std::lock_guard lock(mutex_);
    waiting_ -= served;
  }
  waiting_callers().add(-std::int64_t(served));
  closures().add(served);
  for (const auto& batch : batches) batch->done.set_value();
}

// When the whole transaction was lost through one closure that cannot be told from the others (PostgreSQL), each half is
// tried again: one bad closure among n costs about 2 log n commits and harms no other.
void WriteQueue::run(Batch& batch, std::span<Call*> calls) {
  auto retry = attempt(batch, calls);
  if (retry == Retry::kNo) return;
  if (retry == Retry::kWhole) return run(batch, calls);
  std::size_t half = calls.size() / 2;
  run(batch, calls.subspan(0, half));
  run(batch, calls.subspan(half));
}

// To be tried again: nothing of it remains.
Session::Retry WriteQueue::attempt(Batch& batch, std::span<Call*> calls) {
  if (refusing()) {
    std::lock_guard lock(mutex_);
    for (Call* call : calls) call->result = refusal();
    return Retry::kNo;
  }
  if (auto begun = session_.begin(); !begun.ok()) {
    for (Call* call : calls) call->result = begun.error();
    return Retry::kNo;
  }
  Transaction& tx = session_.transaction();
  if (listener_) {
    auto began = listener_->batch_began(tx);
    auto broken = session_.broken();
    if (!began.ok() && !broken) broken = Session::Broken{began.error()};
    if (broken) return give_up(calls, {broken->error});
  }
  bool any = false;
  for (Call* call : calls) {
    run_closure(*call);
    if (auto broken = session_.broken()) {
      if (calls.size() == 1 && !call->result.ok()) broken->error = call->result.error();
      return give_up(calls, *broken);
    }
    any = any || call->kept;
  }
  if (any) return commit(batch, calls);
  session_.rollback();  // every closure was refused: there is nothing to sync
  if (listener_) listener_->rolled_back();
  return Retry::kNo;
}

void WriteQueue::run_closure(Call& call) {
  call.kept = false;
  if (auto begun = session_.closure_began(); !begun.ok()) {
    call.result = begun.error();
    return;
  }
  if (listener_) listener_->closure_began();
  {
    InsideClosure inside;
    call.result = call.closure(session_.transaction());
  }
  if (call.result.ok() && session_.closure_fault()) call.result = *session_.closure_fault();
  if (call.result.ok() && listener_) {
    call.result = listener_->closure_ended(session_.transaction());
    if (call.result.ok() && session_.closure_fault()) call.result = *session_.closure_fault();
  }
  if (call.result.ok()) {
    if (auto kept = session_.closure_kept(); !kept.ok()) call.result = kept.error();
  }
  call.kept = call.result.ok();
  if (call.kept) return;
  if (listener_) listener_->closure_undone();
  if (!session_.broken()) static_cast<void>(session_.closure_dropped().ok());  // a failure breaks the session
}

// Nothing of the batch remains. Closures that had succeeded get the error; the others keep their own.
Session::Retry WriteQueue::give_up(std::span<Call*> calls, const Session::Broken& broken) {
  session_.rollback();
  if (listener_) listener_->rolled_back();
  if (broken.retry != Retry::kNo && calls.size() > 1) return broken.retry;
  for (Call* call : calls) {
    call->kept = false;
    call->result = broken.error;
  }
  return Retry::kNo;
}

Session::Retry WriteQueue::commit(Batch& batch, std::span<Call*> calls) {
  if (listener_) {
    auto prepared = listener_->before_commit(session_.transaction());
    auto broken = session_.broken();
    if (!broken && session_.closure_fault()) broken = Session::Broken{*session_.closure_fault()};
    if (!prepared.ok() && !broken) broken = Session::Broken{prepared.error()};
    if (broken) return give_up(calls, *broken);
  }
  // Counted before it is tried: a reader that sees it waits for it. A crash from here until it is synced leaves nothing of the
  // batch, or all of it without an answer.
  batch.commit = ++commits_begun_;
  Session::Commit commit = session_.commit();
  if (commit.outcome == Session::Outcome::kCommitted) {
    commits().add();
    batch.committed = true;
    if (listener_)
      if (auto state = listener_->committed()) batch.state = std::move(state);  // a batch may be committed in parts
    return Retry::kNo;
  }
  if (commit.outcome == Session::Outcome::kUnknown) refuse(commit.broken->error);
  return give_up(calls, *commit.broken);
}

}  // namespace musubi::db
