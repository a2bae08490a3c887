// The organisation that a command acts on, with the installation that it stands in.
#pragma once

#include <memory>
#include <string>

#include "app/installation.h"

namespace musubi::app {

struct Opened {
  std::unique_ptr<Installation> installation;
  std::shared_ptr<db::Database> database;
};

// Errors: those of Installation::open, org.unknown.
inline Result<Opened> open_organisation(const Config& config, const std::string& id, Opening opening) {
  Opened opened;
  opened.installation = TRY(Installation::open(config, opening));
  opened.database = TRY(opened.installation->store().organisation(id));
  return opened;
}

}  // namespace musubi::app
