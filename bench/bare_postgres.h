// The control of evidence_bench on PostgreSQL: prepared inserts of the bytes of a change (row, head, body, with the indexes
// of the record table), pipelined, `batch` changes a transaction, synchronous commit. Returns changes a second.
#pragma once

#include <cstddef>
#include <string>

namespace musubi {

// A new database of the cluster; returns how to connect to it.
std::string new_postgres_database(const std::string& cluster, const std::string& name);

double pipelined_postgres(const std::string& connection, std::size_t batch, double seconds);

}  // namespace musubi
