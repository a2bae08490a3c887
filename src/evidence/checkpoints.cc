#include "evidence/checkpoints.h"

namespace musubi::evidence {
namespace {

Result<std::optional<KeptCheckpoint>> first(Result<db::Rows> rows) {
  if (!rows.ok()) return std::move(rows).error();
  if (rows->empty()) return std::optional<KeptCheckpoint>();
  const db::Row& row = (*rows)[0];
  KeptCheckpoint kept{std::uint64_t(row.integer(0)), row.text(1), {}};
  if (!row.is_null(2)) kept.stamp = row.blob(2);
  return std::optional(std::move(kept));
}

}  // namespace

Result<std::optional<KeptCheckpoint>> newest_checkpoint(db::Reader& reader) {
  return first(reader.query("SELECT size, note, stamp FROM evidence_checkpoint ORDER BY size DESC LIMIT 1"));
}

Result<std::optional<KeptCheckpoint>> newest_stamped(db::Reader& reader) {
  return first(
      reader.query("SELECT size, note, stamp FROM evidence_checkpoint WHERE stamp IS NOT NULL "
                   "ORDER BY size DESC LIMIT 1"));
}

Result<std::optional<KeptCheckpoint>> kept_checkpoint(db::Reader& reader, std::uint64_t size) {
  return first(reader.query("SELECT size, note, stamp FROM evidence_checkpoint WHERE size = $1", {std::int64_t(size)}));
}

Result<std::optional<Time>> last_stamped_at(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT MAX(stamped_at) FROM evidence_checkpoint"));
  if (rows[0].is_null(0)) return std::optional<Time>();
  return std::optional(Time{rows[0].integer(0)});
}

}  // namespace musubi::evidence
