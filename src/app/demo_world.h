// The demo's five organisations in three installations (portal with linker and nation, Aoba, Minato with the water company),
// opened together in one process: how they are made, and how they get to know each other. When the demo serves, each
// installation is a process of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/services.h"

namespace musubi::app {

struct DemoPlace {
  const char* folder;  // below the data directory
  std::vector<const char*> organisations;
};
const std::vector<DemoPlace>& demo_places();

// Addresses of the demo's processes: pages on three ports from `listen` on, the card agent ten above it, exchange listeners
// from 363 above (8080 to 8082, 8090, 8443 to 8445).
struct DemoPorts {
  std::string address;
  int base = 8080;

  std::string page(std::size_t place) const { return "http://" + address + ":" + std::to_string(base + int(place)); }
  std::string exchange(std::size_t place) const { return "https://" + address + ":" + std::to_string(base + 363 + int(place)); }
  std::string agent() const { return "http://" + address + ":" + std::to_string(base + 10); }
};
// From --listen; port 0: any free set. Errors: demo.port_taken, demo.no_ports.
Result<DemoPorts> ports_of(const Config& config);

class DemoWorld {
 public:
  // `clock`: another than the system's. Errors: those of Installation::open.
  static Result<std::unique_ptr<DemoWorld>> open(const Config& config, const DemoPorts& ports, Clock* clock = nullptr);

  Installation& installation(const std::string& organisation);
  Services& services(const std::string& organisation);
  std::shared_ptr<db::Database> database(const std::string& organisation);
  Result<exchange::Exchange*> exchange(const std::string& organisation) { return services(organisation).exchanges().of(organisation); }
  Clock& clock() { return *clock_; }
  const std::string& folder() const { return folder_; }
  std::string cards() const { return folder_ + "/cards"; }

  bool is_made() const;  // the towns were made to the end
  Result<void> mark_made();
  Result<void> found();      // organisations, officers and posts; those that are there stay
  Result<void> introduce();  // members with the addresses of now, and permits
  std::size_t deliver();     // everything that waits in outboxes; returns how many went
  void keep_checkpoints();
  // Code of an active officer with this name, or who holds this post today.
  Result<std::string> holder(const std::string& organisation, const std::string& post);
  // One-time link for the officer who holds the post, at the address of now.
  Result<std::string> link(const std::string& organisation, const std::string& post);
  // And for the one who looks around and holds every post.
  Result<std::string> visitor_link(const std::string& organisation);

 private:
  struct House {
    std::unique_ptr<Installation> installation;
    std::unique_ptr<Services> services;
  };
  DemoWorld(std::string folder, DemoPorts ports);
  std::size_t place_of(const std::string& organisation) const;
  Result<std::string> link_of(const std::string& organisation, const std::string& officer);
  Result<void> found_office(const std::string& organisation);

  std::string folder_;
  DemoPorts ports_;
  SystemClock system_clock_;
  Clock* clock_ = &system_clock_;
  exchange::LocalTransport between_;
  std::vector<House> houses_;
};

// Every permit of the demo: those of its procedures, and the services that organisations have of each other.
std::vector<exchange::Permit> demo_permits(text::Date from);

}  // namespace musubi::app
