// The journey that the demo plays: Hanako moves from Aoba to Minato, by the same pages and the same HTTP as anybody.
#pragma once

#include <functional>
#include <string>

#include "app/demo_world.h"

namespace musubi::app {

struct JourneyDoors {  // one-time sign-in links of officers
  std::string aoba_desk, aoba_chief, desk, chief, director, water;
};

// Each step is told with the address where it can be seen. Errors: demo.page (a page that was not as expected).
Result<void> play_journey(const Config& config, const DemoPorts& ports, const JourneyDoors& doors,
                          const std::function<void(const Text& what, const std::string& where)>& told);

}  // namespace musubi::app
