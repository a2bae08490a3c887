#include "kpi/sheet_store.h"

#include "kpi/store.h"

namespace musubi::kpi::store {
namespace {

std::string str(std::string_view text) { return std::string(text); }

EntryKind kind_from(const std::string& word) {
  return word == "entered" ? EntryKind::kEntered : word == "revised" ? EntryKind::kRevised : EntryKind::kWithdrawn;
}

RouteStep step_from(const std::string& word) {
  for (RouteStep step : {RouteStep::kReviewed, RouteStep::kApproved, RouteStep::kReturned})
    if (step_word(step) == word) return step;
  return RouteStep::kPublished;
}

std::string part_id(std::string_view sheet, const PartKey& part, std::int64_t revision) {
  return row_id("kpi_sheet_part", sheet, str(part_word(part.kind)) + "\n" + part.number, revision);
}

PartRow part_of(const db::Row& row) {
  return {{part_from(row.text(0)).value_or(PartKind::kHeader), row.text(1)},
          kind_from(row.text(2)),
          row.integer(3),
          row.integer(4),
          Time{row.integer(5)},
          row.text(6),
          row.maybe_text(7)};
}

RouteEntry entry_of(const db::Row& row) {
  return {step_from(row.text(0)), row.integer(1), row.integer(2), row.text(3), row.text(4), row.text(5),
          Time{row.integer(6)},   row.blob(7)};
}

constexpr std::string_view kJoined =
    "FROM kpi_sheet_record r JOIN kpi_sheet_part p ON p.sheet_id = r.sheet_id AND p.part = r.what AND p.number = r.number AND "
    "p.revision = r.revision ";
constexpr std::string_view kPartColumns = "p.part, p.number, p.kind, p.revision, r.idx, r.at, p.digest, p.content ";
constexpr std::string_view kSteps =
    "SELECT s.step, s.revision, r.idx, s.edition, s.actor, s.remark, r.at, s.row_salt FROM kpi_sheet_record r JOIN "
    "kpi_sheet_step s ON s.sheet_id = r.sheet_id AND s.step = r.what AND s.revision = r.revision WHERE r.sheet_id = $1 ";

}  // namespace

Result<std::vector<std::string>> sheets(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT DISTINCT sheet_id FROM kpi_sheet_record ORDER BY sheet_id LIMIT 1000"));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.text(0));
  return out;
}

Result<std::int64_t> sheet_cutoff(db::Reader& reader, std::string_view sheet, std::optional<Time> before) {
  auto rows = TRY(reader.query("SELECT idx FROM kpi_sheet_record WHERE sheet_id = $1 AND at < $2 ORDER BY idx DESC LIMIT 1",
                               {str(sheet), before ? before->us : INT64_MAX}));
  return rows.empty() ? 0 : rows[0].integer(0) + 1;
}

Result<std::optional<RouteEntry>> newest_publication(db::Reader& reader, std::string_view sheet, std::optional<Time> before) {
  auto rows = TRY(reader.query(str(kSteps) + "AND r.what = 'published' AND r.at < $2 ORDER BY r.idx DESC LIMIT 1",
                               {str(sheet), before ? before->us : INT64_MAX}));
  return rows.empty() ? std::optional<RouteEntry>() : std::optional(entry_of(rows[0]));
}

Result<std::vector<RouteEntry>> route(db::Reader& reader, std::string_view sheet, std::int64_t from, std::int64_t cutoff) {
  auto rows = TRY(reader.query(str(kSteps) + "AND r.idx >= $2 AND r.idx < $3 ORDER BY r.idx LIMIT 1000", {str(sheet), from, cutoff}));
  std::vector<RouteEntry> out;
  for (const auto& row : rows) out.push_back(entry_of(row));
  return out;
}

Result<std::int64_t> steps(db::Reader& reader, std::string_view sheet) {
  auto rows = TRY(reader.query("SELECT count(*) FROM kpi_sheet_step WHERE sheet_id = $1", {str(sheet)}));
  return rows[0].integer(0);
}

Result<std::vector<PartRow>> parts(db::Reader& reader, std::string_view sheet, std::int64_t cutoff) {
  std::vector<PartRow> out;
  const db::Value parameters[] = {str(sheet), cutoff};
  TRY(reader.scan(
      "SELECT " + str(kPartColumns) + str(kJoined) +
          "JOIN (SELECT max(idx) AS newest FROM kpi_sheet_record WHERE sheet_id = $1 AND idx < $2 AND what IN ('header', 'indicator', "
          "'programme') GROUP BY what, number) n ON n.newest = r.idx",
      parameters, [&](const db::Row& row) -> Result<void> {
        out.push_back(part_of(row));
        return {};
      }));
  return out;
}

Result<std::vector<PartRow>> revisions(db::Reader& reader, std::string_view sheet, std::optional<PartKey> part, std::int64_t cutoff) {
  std::vector<db::Value> parameters = {str(sheet), cutoff};
  std::string sql = "SELECT " + str(kPartColumns) + str(kJoined) + "WHERE r.sheet_id = $1 AND r.idx < $2 ";
  if (part) {
    sql += "AND r.what = $3 AND r.number = $4 ";
    parameters.emplace_back(str(part_word(part->kind)));
    parameters.emplace_back(part->number);
  }
  auto rows = TRY(reader.query(sql + "ORDER BY r.idx LIMIT 5000", parameters));
  std::vector<PartRow> out;
  for (const auto& row : rows) out.push_back(part_of(row));
  return out;
}

Result<std::vector<ToldPart>> told_parts(db::Reader& reader, std::string_view sheet) {
  std::vector<ToldPart> out;
  const db::Value parameters[] = {str(sheet)};
  TRY(reader.scan(
      "SELECT r.idx, r.what, r.number, CASE WHEN p.content LIKE '%\"origin\"%' THEN p.content END FROM kpi_sheet_record r LEFT JOIN "
      "kpi_sheet_part p ON p.sheet_id = r.sheet_id AND p.part = r.what AND p.number = r.number AND p.revision = r.revision "
      "WHERE r.sheet_id = $1 AND r.what IN ('header', 'indicator', 'programme', 'published') ORDER BY r.idx",
      parameters, [&](const db::Row& row) -> Result<void> {
        out.push_back({row.integer(0), row.text(1), row.text(2), row.maybe_text(3)});
        return {};
      }));
  return out;
}

Result<std::optional<std::string>> part_content(db::Reader& reader, std::string_view sheet, const PartKey& part,
                                                std::int64_t revision) {
  auto rows = TRY(reader.query("SELECT content FROM kpi_sheet_part WHERE id = $1", {part_id(sheet, part, revision)}));
  return rows.empty() ? std::optional<std::string>() : rows[0].maybe_text(0);
}

Result<void> put_part(db::Transaction& tx, std::string_view sheet, const PartRow& row) {
  return tx.put("kpi_sheet_part", {{"id", part_id(sheet, row.key, row.revision)},
                                   {"sheet_id", str(sheet)},
                                   {"part", str(part_word(row.key.kind))},
                                   {"number", row.key.number},
                                   {"revision", row.revision},
                                   {"kind", str(kind_name(row.kind))},
                                   {"digest", row.digest},
                                   {"content", row.content ? db::Value(*row.content) : db::Value()}});
}

Result<void> put_step(db::Transaction& tx, std::string_view sheet, const RouteEntry& entry) {
  return tx.put("kpi_sheet_step", {{"id", row_id("kpi_sheet_step", sheet, "", entry.revision)},
                                   {"sheet_id", str(sheet)},
                                   {"revision", entry.revision},
                                   {"step", str(step_word(entry.step))},
                                   {"edition", entry.edition},
                                   {"actor", entry.actor},
                                   {"remark", entry.remark}});
}

Result<void> add_sheet_known(db::Transaction& tx, const SheetKnown& known) {
  TRY(tx.execute("INSERT INTO kpi_sheet_record (idx, sheet_id, what, number, revision, at) VALUES ($1, $2, $3, $4, $5, $6)",
                 {known.index, known.sheet, known.what, known.number, known.revision, known.at.us}));
  return {};
}

Result<void> forget_sheet_known(db::Transaction& tx) {
  TRY(tx.execute("DELETE FROM kpi_sheet_record"));
  return {};
}

Result<std::vector<SheetKnown>> sheet_known(db::Reader& reader, std::int64_t from, std::size_t limit) {
  auto rows =
      TRY(reader.query("SELECT idx, sheet_id, what, number, revision, at FROM kpi_sheet_record WHERE idx >= $1 ORDER BY idx LIMIT $2",
                       {from, std::int64_t(limit)}));
  std::vector<SheetKnown> out;
  for (const auto& row : rows)
    out.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.integer(4), Time{row.integer(5)}});
  return out;
}

}  // namespace musubi::kpi::store
