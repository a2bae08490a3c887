// What a visitor finds at an organisation, by its kind: the same list makes the navigation, the start page and the home page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace musubi::app {

struct Door {
  Text title;
  Text hint;              // a sentence on what is behind it
  std::string_view path;  // below the organisation: "/guide"
  bool navigation = true;
};

// Kinds as identity::Organisation has them; an unknown one gets what every organisation has.
std::vector<Door> doors(std::string_view kind);

// In which order a visitor looks for them: a portal first, what works behind the scenes last.
int rank(std::string_view kind);

}  // namespace musubi::app
