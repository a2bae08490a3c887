#include "db/writers.h"

#include "base/log.h"
#include "base/metrics.h"
#include "db/errors.h"

namespace musubi::db {
namespace {

using Retry = Session::Retry;

thread_local bool inside_closure = false;

metrics::Counter& commits() {
  static auto& c = metrics::counter("musubi_db_commits_total", "Durable commits.");
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

Writers::Writers(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Writers::~Writers() { stop(); }

void Writers::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

bool Writers::ready(WriteQueue* queue) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return false;
    ready_.push_back(queue);
  }
  wake_.notify_one();
  return true;
}

// One batch of a database, then the next database in line: no busy organisation keeps the others waiting.
void Writers::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stopped_ || !ready_.empty(); });
    if (ready_.empty()) return;
    WriteQueue* queue = ready_.front();
    ready_.pop_front();
    lock.unlock();
    bool more = queue->run_once();  // when false the queue may be gone by now
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
    if (batches_.empty() || batches_.back()->calls.size() >= kBatch) batches_.push_back(std::make_shared<Batch>());
    batch = batches_.back();
    call = &batch->calls.emplace_back(Call{std::move(closure), {}, false});
    ++waiting_;
    waiting_callers().add(1);
    first = !std::exchange(scheduled_, true);
  }
  if (first && !writers_->ready(this)) {
    refuse(stopping());
    while (run_once()) {}  // answers everyone who queued meanwhile
  }
  batch->answered.wait();
  return std::move(call->result);
}

WriteQueue::~WriteQueue() {
  while (!idle()) std::this_thread::yield();
}

bool WriteQueue::idle() {
  std::lock_guard lock(mutex_);
  return !scheduled_;
}

void WriteQueue::refuse(const Error& cause) {
  std::lock_guard lock(mutex_);
  if (refusing()) return;
  cause_ = cause;
  refusing_.store(true, std::memory_order_release);
  if (cause.name != "db.refusing") log::error("db.refusing", {{"cause", cause.name}, {"why", cause.message.en}});
}

Error WriteQueue::refusal() { return cause_->name == "db.refusing" ? *cause_ : db::refusing(*cause_); }

std::shared_ptr<WriteQueue::Batch> WriteQueue::next(bool& more) {
  std::lock_guard lock(mutex_);
  more = !batches_.empty();
  if (!more) {
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

bool WriteQueue::run_once() {
  bool more = false;
  auto batch = next(more);
  if (!more) return false;
  std::vector<Call*> calls;
  for (Call& call : batch->calls) calls.push_back(&call);
  run(calls);
  {
    std::lock_guard lock(mutex_);
    waiting_ -= calls.size();
  }
  waiting_callers().add(-std::int64_t(calls.size()));
  closures().add(calls.size());
  std::size_t served = calls.size();
  batch->done.set_value();
  if (served > 1) let_callers_return(served);
  std::lock_guard lock(mutex_);
  scheduled_ = !batches_.empty();
  return scheduled_;
}

// When the whole transaction was lost through one closure that cannot be told from the others (PostgreSQL), each half is
// tried again: one bad closure among n costs about 2 log n commits and harms no other.
void WriteQueue::run(std::span<Call*> calls) {
  auto retry = attempt(calls);
  if (retry == Retry::kNo) return;
  if (retry == Retry::kWhole) return run(calls);
  std::size_t half = calls.size() / 2;
  run(calls.subspan(0, half));
  run(calls.subspan(half));
}

// To be tried again: nothing of it remains.
Session::Retry WriteQueue::attempt(std::span<Call*> calls) {
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
  if (any) return commit(calls);
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

Session::Retry WriteQueue::commit(std::span<Call*> calls) {
  if (listener_) {
    auto prepared = listener_->before_commit(session_.transaction());
    auto broken = session_.broken();
    if (!broken && session_.closure_fault()) broken = Session::Broken{*session_.closure_fault()};
    if (!prepared.ok() && !broken) broken = Session::Broken{prepared.error()};
    if (broken) return give_up(calls, *broken);
  }
  // A crash before this returns leaves nothing of the batch, or all of it without an answer; after it, all of it.
  Session::Commit commit = session_.commit();
  if (commit.outcome == Session::Outcome::kDurable) {
    commits().add();
    if (listener_) listener_->committed();
    return Retry::kNo;
  }
  if (commit.outcome == Session::Outcome::kUnknown) refuse(commit.broken->error);
  return give_up(calls, *commit.broken);
}

}  // namespace musubi::db
