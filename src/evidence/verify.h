// `musubi verify`: holds everything that is stored against everything else and names what does not fit. Reads one
// snapshot; runs beside a serving process; memory grows with the number of evidenced rows, not with the log.
//
// Rows of working tables are not looked at, but for links, sessions and the outbox, which records bind; the shape of all is compared.
//
// Checked: every head against its columns, salt and leaf; every body against its commitment; missing bodies against the erasure
// list; stream counters without gap; tree nodes; kept checkpoints, their signatures and stamps; manifests against every
// evidenced row; derived tables through the callbacks of their modules; indexes against their
// tables, and tables, indexes and triggers against what the migrations make (db/storage_check.h).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/note.h"
#include "db/database.h"

namespace musubi::evidence {

struct Finding {
  // "head", "body", "leaf", "node", "checkpoint", "row", "counter", "derived", "stamp", "manifest", "index", "storage", "schema",
  // "log"
  std::string kind;
  std::string where;  // "record 17 (kpi.measure_entered, kpi/plan/... #3)", "table kpi_measure key [\"1-1\"]"
  Text message;
};

struct VerifyOptions {
  std::vector<crypto::NoteVerifier> trusted;  // keys known from outside; empty = those stored in the log
  std::string tsa_roots_pem;                  // trust anchors of stamps; empty = stamps are parsed, not judged
  std::string newest_note;                    // a checkpoint held elsewhere: must be consistent with the log
  std::vector<std::function<Result<std::vector<Finding>>(db::Reader&)>> derived;
  std::size_t findings_limit = 1000;
};

struct VerifyReport {
  std::string origin;
  std::uint64_t records = 0;
  std::uint64_t bodies = 0;
  std::uint64_t erased = 0;
  std::uint64_t rows = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t stamps = 0;
  std::uint64_t size = 0;
  std::string root;               // base64
  std::vector<Finding> findings;  // at most findings_limit
  std::uint64_t more = 0;         // findings beyond it
  bool clean() const { return findings.empty(); }
};

Result<VerifyReport> verify(db::Database& database, const VerifyOptions& options);

}  // namespace musubi::evidence
