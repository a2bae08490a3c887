// What procedures is given of the other modules.
#pragma once

#include <memory>
#include <string>

#include "app/installation.h"
#include "procedures/neighbours.h"

namespace musubi::app {

// Errors: org.unknown, those of the store.
Result<std::shared_ptr<const procedures::Neighbours>> procedures_neighbours(Installation& installation, const std::string& organisation);

}  // namespace musubi::app
