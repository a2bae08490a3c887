// People of the demo towns: made from lists of common names by a fixed sequence of numbers, so that every installation has
// the same fictional towns. Nobody in them exists; places and postal codes do not exist either.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "identity/residents.h"

namespace musubi::app {

// A small generator with a fixed sequence (SplitMix64): the same on every machine.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  int below(int n) { return int(next() % std::uint64_t(n)); }
  bool chance(int percent) { return below(100) < percent; }
  template <class T>
  const T& of(const std::vector<T>& all) {
    return all[std::size_t(below(int(all.size())))];
  }

 private:
  std::uint64_t state_;
};

struct DemoTown {
  std::string id;  // "aoba"
  Text title;
  std::string postal_prefix;  // "999-12"
  std::vector<std::string> streets;
};
extern const DemoTown kAoba, kMinato;

using Household = std::vector<identity::Resident>;  // the head first; codes and household are empty
Household make_household(Numbers& numbers, const DemoTown& town, text::Date today);
std::vector<Household> make_households(Numbers& numbers, const DemoTown& town, std::size_t persons, text::Date today);
identity::Address make_address(Numbers& numbers, const DemoTown& town);
// Hanako and her child, who move from Aoba to Minato.
Household hanako(text::Date today);
// Taro with wife and child, also of Aoba.
Household taro(text::Date today);

}  // namespace musubi::app
