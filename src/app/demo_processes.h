// The demo's processes: three servers and the card agent, children of the one that plays the journey.
//
// Owner: the demo. When it ends, also by a crash, the children are told to stop.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "app/demo_world.h"

namespace musubi::app {

class DemoProcesses {
 public:
  DemoProcesses(Config config, DemoPorts ports) : config_(std::move(config)), ports_(std::move(ports)) {}
  ~DemoProcesses();  // SIGTERM to each, and waits
  DemoProcesses(const DemoProcesses&) = delete;

  // Starts all and waits until each answers. Errors: demo.process (ended at once, or silent for 30 s; its log is named).
  Result<void> start(const std::function<void(const Text&, const std::string& where)>& told);
  // Until SIGINT or SIGTERM (true), or a child ends by itself (false).
  bool wait();

 private:
  struct Child {
    pid_t pid = 0;
    std::string name, log;
  };
  Result<void> run(const std::string& name, const std::vector<std::string>& arguments);
  Result<void> answers(const Child& child, const std::string& url);

  Config config_;
  DemoPorts ports_;
  std::vector<Child> children_;
};

}  // namespace musubi::app
