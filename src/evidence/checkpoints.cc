#include "evidence/checkpoints.h"

#include "evidence/view.h"

namespace musubi::evidence {
namespace {

Result<std::optional<KeptCheckpoint>> first(Result<db::Rows> rows) {
  if (!rows.ok()) return std::move(rows).error();
  if (rows->empty()) return std::optional<KeptCheckpoint>();
  const db::Row& row = (*rows)[0];
  auto* size = std::get_if<std::int64_t>(&row.at(0));
  auto* note = std::get_if<std::string>(&row.at(1));
  auto* stamp = std::get_if<db::Blob>(&row.at(2));
  if (!size || !note || (!stamp && !row.is_null(2)))
    return damaged(
        {"evidence_checkpoint の列の型が変わっています。", "A column of evidence_checkpoint has another type than it must have."});
  KeptCheckpoint kept{std::uint64_t(*size), *note, {}};
  if (stamp) kept.stamp = stamp->bytes;
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
