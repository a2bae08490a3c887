// Organisations that are there and whose databases could not be opened when somebody last tried: damaged, of another version, keys gone.
// What kept one closed is its operator's to mend: it may name files and tables, and is no word for visitors.
#pragma once

#include <string>
#include <vector>

#include "db/store.h"

namespace musubi::db {

// Sorted. Tries nothing, so that it may be asked often. The store's log names each once, with why.
std::vector<std::string> unopened(Store& store);

// Whether this is why an organisation could not be opened. Store::organisation marks what it answers by a fault with its id.
bool kept_closed(const Error& error);

}  // namespace musubi::db
