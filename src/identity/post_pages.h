// The office's page of units, posts and who holds them. Private to the module: register_routes hands these on.
#pragma once

#include <vector>

#include "http/router.h"
#include "identity/pages.h"

namespace musubi::identity {

std::vector<http::Route> post_routes(const RouteContext& context);

}  // namespace musubi::identity
