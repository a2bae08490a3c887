// The demo's towns with a year behind them: 5,000 residents each and the cases of a year, made through the services that real
// offices use, on a clock that the maker moves. Only the making has such a clock; serving has none.
#pragma once

#include <functional>
#include <string>

#include "app/demo_people.h"
#include "app/demo_world.h"
#include "identity/linker.h"

namespace musubi::app {

struct DemoSize {
  std::size_t residents = 5000;   // of each town
  int days = 365;                 // before today
  int filings_per_100_days = 90;  // households that move between the towns online; about as many again come to each counter
};

// Makes what is not there yet; a folder that was made to the end is left as it is, one that was not is begun anew. `progress`
// is told what was done. Errors: those of every module; demo.half_made where the folder holds something else.
using DemoProgress = std::function<void(const Text& what)>;
Result<void> make_demo_towns(const Config& config, const DemoPorts& ports, const DemoSize& size, const DemoProgress& progress);

// Pieces of a household's move from town to town, for making the year and for the benchmark of filings.
struct CardInMemory {  // what a visitor's card does, without its file
  std::unique_ptr<crypto::Signer> key;
  crypto::Certificate signing;
};
Result<CardInMemory> card_in_memory(DemoWorld& world, identity::Linker& linker, const std::string& person);
// Everything that the form of a move wants beyond what offices told (`known`).
json::object moving_answers(Numbers& numbers, const identity::Resident& head, const identity::Address& to, json::object known,
                            text::Date today);

// Two cards: Hanako's, whose move the demo plays, and Taro's, for whoever wants to walk the same way by hand.
inline constexpr const char* kHanakoCard = "hanako.card";
inline constexpr const char* kTaroCard = "taro.card";
inline constexpr const char* kHanakoPin = "1234";
inline constexpr const char* kHanakoSigningPin = "MUSUBI2026";

}  // namespace musubi::app
