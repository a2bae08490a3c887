// Rounds: a function on a thread of its own, again a second after it came back, until it is stopped.
//
// Owner: Follower, Serving.
#pragma once

#include <functional>
#include <stop_token>
#include <thread>

namespace musubi::app {

class Rounds {
 public:
  // A long round looks at the token, and ends early where a stop is wanted.
  explicit Rounds(std::function<void(const std::stop_token&)> round) : round_(std::move(round)) {}

  void start();
  void stop();  // returns when no round is going on any more

 private:
  std::function<void(const std::stop_token&)> round_;
  std::jthread thread_;  // joined before what the round needs is gone: the last member
};

}  // namespace musubi::app
