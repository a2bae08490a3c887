// The URLs of the stamps: tokens, the notes they stamp, and the certificates to judge them by.
#pragma once

#include "db/store.h"
#include "http/router.h"

namespace musubi::trust {

// The router must not outlive the store.
void add_routes(http::Router& router, db::Store& store);

}  // namespace musubi::trust
