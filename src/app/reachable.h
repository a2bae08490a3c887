// Under which address people reach a server that was told to listen on every one.
#pragma once

#include "http/server.h"

namespace musubi::app {

// 0.0.0.0 and :: are no address to go to: the first of this machine's own that is up stands in, else the loopback. Others stay.
http::Address reachable(http::Address bound);

}  // namespace musubi::app
