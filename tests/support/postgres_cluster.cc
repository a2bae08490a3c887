#include "support/postgres_cluster.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

namespace musubi::testing {
namespace {

constexpr const char* kBinaries = "/usr/lib/postgresql/15/bin";

// $1 folder, $2 binaries. The `read` ends when the last holder of the pipe is gone.
constexpr const char* kScript = R"(
cd "$1" || exit 1
"$2/initdb" -D "$1/data" -U musubi -E UTF8 --locale=C -A trust >"$1/initdb.log" 2>&1 || exit 1
"$2/postgres" -D "$1/data" -k "$1" -c listen_addresses= -c fsync=on -c synchronous_commit=on \
  -c max_connections=100 -c shared_buffers=64MB -c logging_collector=off </dev/null >"$1/postgres.log" 2>&1 &
server=$!
read -r _
kill -INT "$server"
wait "$server"
rm -rf "$1"
)";

pid_t watcher = 0;
int lifeline = -1;

void stop() {
  if (watcher <= 0) return;
  close(lifeline);
  int status = 0;
  waitpid(watcher, &status, 0);
  watcher = 0;
}

bool accepts_connections(const std::string& folder) {
  std::ifstream file(folder + "/data/postmaster.pid");
  std::string line, last;
  while (std::getline(file, line)) last = line;
  return last.starts_with("ready");
}

std::string spawn(const std::string& folder) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return "pipe failed";
  lifeline = ends[1];
  watcher = fork();
  if (watcher < 0) return "fork failed";
  if (watcher == 0) {
    dup2(ends[0], 0);
    if (geteuid() == 0)
      execlp("runuser", "runuser", "-u", "postgres", "--", "sh", "-c", kScript, "sh", folder.c_str(), kBinaries, nullptr);
    else
      execlp("sh", "sh", "-c", kScript, "sh", folder.c_str(), kBinaries, nullptr);
    _exit(127);
  }
  close(ends[0]);
  std::atexit(stop);
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!accepts_connections(folder)) {
    int status = 0;
    if (waitpid(watcher, &status, WNOHANG) == watcher) {
      watcher = 0;
      return "PostgreSQL did not start; see " + folder + "/initdb.log and postgres.log";
    }
    if (std::chrono::steady_clock::now() > until) return "PostgreSQL did not start within 60 s; see " + folder;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return "";
}

PostgresCluster start() {
  if (!postgres_wanted()) return {};
  if (access((std::string(kBinaries) + "/initdb").c_str(), X_OK) != 0)
    return {"", std::string(kBinaries) + "/initdb is missing: install postgresql-15, or set MUSUBI_NO_POSTGRES=1"};
  char folder[] = "/tmp/musubi-pg-XXXXXX";
  if (!mkdtemp(folder)) return {"", "mkdtemp failed"};
  if (geteuid() == 0) {
    const passwd* postgres = getpwnam("postgres");
    if (!postgres) return {"", "there is no user postgres to run the server as"};
    if (chown(folder, postgres->pw_uid, postgres->pw_gid) != 0) return {"", "chown failed"};
  }
  std::string error = spawn(folder);
  if (!error.empty()) return {"", error};
  return {"host=" + std::string(folder) + " user=musubi dbname=postgres", ""};
}

}  // namespace

bool postgres_wanted() {
  const char* no = std::getenv("MUSUBI_NO_POSTGRES");
  return !no || std::strcmp(no, "1") != 0;
}

const PostgresCluster& postgres_cluster() {
  static const PostgresCluster cluster = start();
  return cluster;
}

}  // namespace musubi::testing
