// A private PostgreSQL 15 cluster for one test process: made by initdb in a temporary folder, a Unix socket and no TCP,
// fsync on, run as the user postgres when the tests run as root. It ends with the process, also when that is killed: a
// small shell waits for the end of a pipe that only this process holds, and stops the server by its pid.
#pragma once

#include <string>

namespace musubi::testing {

// Starts it at the first call. Empty when MUSUBI_NO_POSTGRES=1. Otherwise `error` says why it could not be started.
struct PostgresCluster {
  std::string connection;  // libpq string
  std::string error;
};
const PostgresCluster& postgres_cluster();

bool postgres_wanted();  // MUSUBI_NO_POSTGRES is not 1

}  // namespace musubi::testing
