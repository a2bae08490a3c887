// Exchanges: the exchange of every organisation of this installation, made when first asked for, and the one background
// thread that delivers what stands in their outboxes.
//
// Owner: the wiring; outlives routers and listeners that use it. Threads: any, and one of its own after start().
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "db/store.h"
#include "exchange/exchange.h"

namespace musubi::exchange {

class Exchanges {
 public:
  struct Context {
    db::Store& store;
    Clock& clock;
    Transport& transport;
    std::function<Result<std::shared_ptr<const trust::OrganisationKeys>>(const std::string& organisation)> keys;
    // Registers services, sources and callbacks of every other module; called once for each organisation.
    std::function<void(Exchange&)> prepare;
  };
  explicit Exchanges(Context context);
  ~Exchanges();  // stops

  // Errors: those of the store and of the keys.
  Result<Exchange*> of(const std::string& organisation);

  // Begins to deliver; looks at every organisation once, since its outbox may hold posts of before. A post made by this
  // process wakes the thread.
  void start();
  void stop();
  void wake();
  // One round over the organisations in use, in this thread; returns how many posts went. For tests and makers of towns.
  std::size_t deliver_all();

 private:
  void run();
  bool anything_waits();

  Context context_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Exchange>> exchanges_;
  std::condition_variable wake_;
  bool stopping_ = false, woken_ = false;
  std::thread thread_;
};

}  // namespace musubi::exchange
