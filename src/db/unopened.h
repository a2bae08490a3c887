// Organisations that are there and whose databases could not be opened when somebody last tried: damaged, of another version, keys gone.
#pragma once

#include <string>
#include <vector>

#include "db/store.h"

namespace musubi::db {

// Sorted. Tries nothing, so that it may be asked often. The store's log names each once, with why.
std::vector<std::string> unopened(Store& store);

}  // namespace musubi::db
