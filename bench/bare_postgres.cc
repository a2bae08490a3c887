#include "bare_postgres.h"

#include <libpq-fe.h>

#include <chrono>
#include <vector>

#include "base/check.h"
#include "base/encoding.h"

namespace musubi {
namespace {

void run(PGconn* connection, const char* sql) {
  PGresult* result = PQexec(connection, sql);
  CHECK(PQresultStatus(result) == PGRES_COMMAND_OK);
  PQclear(result);
}

void prepare(PGconn* connection, const char* name, const char* sql) {
  PGresult* result = PQprepare(connection, name, sql, 0, nullptr);
  CHECK(PQresultStatus(result) == PGRES_COMMAND_OK);
  PQclear(result);
}

void send(PGconn* connection, const char* statement, const std::vector<std::string>& values) {
  std::vector<const char*> pointers;
  std::vector<int> lengths, formats(values.size(), 1);
  for (const auto& value : values) {
    pointers.push_back(value.data());
    lengths.push_back(int(value.size()));
  }
  CHECK(PQsendQueryPrepared(connection, statement, int(values.size()), pointers.data(), lengths.data(), formats.data(), 1));
}

std::string number(std::size_t n) {
  std::string out;
  put_be64(out, n);
  return out;
}

void await_sync(PGconn* connection) {
  while (true) {
    PGresult* result = PQgetResult(connection);
    if (!result) continue;
    auto status = PQresultStatus(result);
    PQclear(result);
    if (status == PGRES_PIPELINE_SYNC) return;
    CHECK(status == PGRES_COMMAND_OK);
  }
}

}  // namespace

std::string new_postgres_database(const std::string& cluster, const std::string& name) {
  PGconn* connection = PQconnectdb((cluster + " dbname=postgres").c_str());
  CHECK(PQstatus(connection) == CONNECTION_OK);
  run(connection, ("CREATE DATABASE " + name).c_str());
  PQfinish(connection);
  return cluster + " dbname=" + name;
}

double pipelined_postgres(const std::string& address, std::size_t batch, double seconds) {
  using Steady = std::chrono::steady_clock;
  PGconn* connection = PQconnectdb(address.c_str());
  CHECK(PQstatus(connection) == CONNECTION_OK);
  run(connection, "SET client_min_messages = warning");
  run(connection, "DROP SCHEMA IF EXISTS bare CASCADE");
  run(connection, "CREATE SCHEMA bare");
  run(connection, "SET search_path = bare");
  run(connection, "CREATE TABLE r (id TEXT PRIMARY KEY, name TEXT, amount BIGINT, weight DOUBLE PRECISION, seal BYTEA, salt BYTEA)");
  run(connection,
      "CREATE TABLE h (idx BIGINT PRIMARY KEY, stream TEXT, counter BIGINT, type TEXT, at BIGINT, head BYTEA, salt BYTEA, manifest "
      "BYTEA, c BYTEA, leaf BYTEA)");
  run(connection, "CREATE TABLE b (idx BIGINT PRIMARY KEY, salt BYTEA, body BYTEA)");
  run(connection, "CREATE UNIQUE INDEX ON h (stream, counter)");
  run(connection, "CREATE INDEX ON h (type, idx)");
  prepare(connection, "begin", "BEGIN");
  prepare(connection, "commit", "COMMIT");
  prepare(connection, "row", "INSERT INTO r VALUES ($1, 'a state', $2, NULL, NULL, $3)");
  prepare(connection, "head", "INSERT INTO h VALUES ($1, $2, $3, 'bench.changed', $4, $5, $6, $7, $8, $9)");
  prepare(connection, "body", "INSERT INTO b VALUES ($1, $2, $3)");
  CHECK(PQenterPipelineMode(connection));
  const std::string head(330, 'h'), manifest(90, 'm'), salt(16, 's'), hash(32, 'c'), body(500, 'b');
  std::size_t n = 0;
  auto from = Steady::now();
  auto took = [&] { return std::chrono::duration<double>(Steady::now() - from).count(); };
  while (took() < seconds) {
    send(connection, "begin", {});
    for (std::size_t i = 0; i < batch; ++i, ++n) {
      send(connection, "row", {"case-" + std::to_string(n), number(n), salt});
      send(connection, "head",
           {number(n), "town/streams/" + std::to_string(n % 1000), number(n / 1000), number(n), head, salt, manifest, hash, hash});
      send(connection, "body", {number(n), salt, body});
    }
    send(connection, "commit", {});
    CHECK(PQpipelineSync(connection));
    await_sync(connection);
  }
  double rate = double(n) / took();
  PQfinish(connection);
  return rate;
}

}  // namespace musubi
