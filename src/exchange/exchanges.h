// Exchanges: the exchange of every organisation of this installation, made when first asked for, and the few threads that
// deliver what stands in their outboxes. An organisation whose outbox is empty costs nothing; one whose receiver does not
// answer holds up one thread, and its own posts alone.
//
// Owner: the wiring; outlives routers and listeners that use it. Threads: any, and kDeliverers of its own after start().
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

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

  // Begins to deliver; looks at every organisation once, since its outbox may hold posts of before. Later, a post made by
  // this process is what tells of it.
  void start();
  void stop();
  // One round over the organisations in use, in this thread; returns how many posts went. For tests and makers of towns.
  std::size_t deliver_all();

 private:
  static constexpr int kDeliverers = 4;
  struct Round {  // of an organisation with posts
    std::chrono::steady_clock::time_point at;
    bool working = false;  // one of the threads is at it
    int looks = 0;         // soon again so often: a post is made before its transaction commits
    bool last = false;     // nothing waited: one look more, for a commit that took long
  };

  void posted(const std::string& organisation);
  bool look_at_all();
  void run();
  void finish_round(const std::string& organisation, bool went, bool waits);
  bool waits(const std::string& organisation);

  Context context_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Exchange>> exchanges_;
  std::map<std::string, Round> rounds_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace musubi::exchange
