// The demo's towns with a year behind them: 5,000 residents each and the cases of a year, made through the services that real
// offices use, on a clock that the maker moves. Only the making has such a clock; serving has none.
#pragma once

#include <functional>
#include <string>

#include "app/demo_world.h"

namespace musubi::app {

struct DemoSize {
  std::size_t residents = 5000;  // of each town
  int days = 365;                // before today
  int filings_per_100_days = 90; // households that move between the towns online; about as many again come to each counter
};

// Makes what is not there yet; a folder that was made to the end is left as it is, one that was not is begun anew. `progress`
// is told what was done. Errors: those of every module; demo.half_made where the folder holds something else.
using DemoProgress = std::function<void(const Text& what)>;
Result<void> make_demo_towns(const Config& config, const DemoPorts& ports, const DemoSize& size, const DemoProgress& progress);

// Two cards: Hanako's, whose move the demo plays, and Taro's, for whoever wants to walk the same way by hand.
inline constexpr const char* kHanakoCard = "hanako.card";
inline constexpr const char* kTaroCard = "taro.card";
inline constexpr const char* kHanakoPin = "1234";
inline constexpr const char* kHanakoSigningPin = "MUSUBI2026";

}  // namespace musubi::app
