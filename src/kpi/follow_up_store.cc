#include "kpi/follow_up_store.h"

#include "kpi/store.h"

namespace musubi::kpi::store {
namespace {

std::string str(std::string_view text) { return std::string(text); }

std::string id_of(std::string_view plan, std::string_view what, std::string_view number, std::string_view item,
                  std::int64_t revision) {
  return row_id("kpi_follow_up", plan, str(what) + "\n" + str(number) + "\n" + str(item), revision);
}

constexpr std::string_view kJoined =
    "FROM kpi_follow_up_record r JOIN kpi_follow_up f ON f.plan_id = r.plan_id AND f.what = r.what AND f.number = r.number AND "
    "f.item = r.item AND f.revision = r.revision ";
constexpr std::string_view kColumns = "SELECT f.what, f.number, f.item, f.revision, f.kind, f.actor, f.content, r.idx, r.at ";

FollowUpRow row_of(const db::Row& row) {
  return {row.text(0), row.text(1),       row.text(2),    row.integer(3),      row.text(4),
          row.text(5), row.maybe_text(6), row.integer(7), Time{row.integer(8)}};
}

}  // namespace

Result<std::vector<FollowUpRow>> follow_up_rows(db::Reader& reader, std::string_view plan, std::int64_t cutoff) {
  std::vector<FollowUpRow> out;
  const db::Value parameters[] = {str(plan), cutoff};
  TRY(
      reader.scan("SELECT f.what, f.number, f.item, f.revision, f.kind, f.actor, CASE WHEN f.what = 'entry' THEN NULL ELSE f.content "
                  "END, r.idx, r.at " +
                      str(kJoined) + "WHERE r.plan_id = $1 AND r.idx < $2 AND r.what <> 'reminder' ORDER BY r.idx",
                  parameters, [&](const db::Row& row) -> Result<void> {
                    out.push_back(row_of(row));
                    return {};
                  }));
  return out;
}

Result<std::vector<FollowUpRow>> reminder_rows(db::Reader& reader, std::string_view plan) {
  std::vector<FollowUpRow> out;
  const db::Value parameters[] = {str(plan)};
  TRY(reader.scan(str(kColumns) + str(kJoined) + "WHERE r.plan_id = $1 AND r.what = 'reminder' ORDER BY r.idx", parameters,
                  [&](const db::Row& row) -> Result<void> {
                    out.push_back(row_of(row));
                    return {};
                  }));
  return out;
}

Result<std::optional<FollowUpRow>> newest_row(db::Reader& reader, std::string_view plan, std::string_view what,
                                              std::string_view number, std::string_view item) {
  auto rows =
      TRY(reader.query(str(kColumns) + str(kJoined) +
                           "WHERE f.plan_id = $1 AND f.what = $2 AND f.number = $3 AND f.item = $4 ORDER BY f.revision DESC LIMIT 1",
                       {str(plan), str(what), str(number), str(item)}));
  return rows.empty() ? std::optional<FollowUpRow>() : std::optional(row_of(rows[0]));
}

Result<std::optional<std::string>> follow_up_content(db::Reader& reader, std::string_view plan, std::string_view what,
                                                     std::string_view number, std::string_view item, std::int64_t revision) {
  auto rows = TRY(reader.query("SELECT content FROM kpi_follow_up WHERE id = $1", {id_of(plan, what, number, item, revision)}));
  return rows.empty() ? std::optional<std::string>() : rows[0].maybe_text(0);
}

Result<std::map<std::int64_t, std::string>> taking_entries(db::Reader& reader, std::string_view plan, std::int64_t cutoff) {
  std::map<std::int64_t, std::string> out;
  const db::Value parameters[] = {str(plan), cutoff};
  TRY(reader.scan("SELECT r.idx, f.content " + str(kJoined) +
                      "WHERE r.plan_id = $1 AND r.idx < $2 AND r.what = 'entry' AND f.content LIKE '%\"origin\"%'",
                  parameters, [&](const db::Row& row) -> Result<void> {
                    out.emplace(row.integer(0), row.text(1));
                    return {};
                  }));
  return out;
}

Result<std::optional<FollowUpPublication>> newest_follow_up_publication(db::Reader& reader, std::string_view plan,
                                                                        std::optional<Time> before) {
  auto rows =
      TRY(reader.query("SELECT revision, idx, at FROM kpi_follow_up_record WHERE plan_id = $1 AND what = 'publication' AND at < $2 "
                       "ORDER BY idx DESC LIMIT 1",
                       {str(plan), before ? before->us : INT64_MAX}));
  if (rows.empty()) return std::optional<FollowUpPublication>();
  return std::optional(FollowUpPublication{rows[0].integer(0), rows[0].integer(1), Time{rows[0].integer(2)}});
}

Result<std::set<std::string>> plans_with_owners(db::Reader& reader) {
  auto rows = TRY(reader.query(
      "SELECT p.plan_id FROM (SELECT DISTINCT plan_id FROM kpi_plan) p WHERE EXISTS (SELECT 1 FROM kpi_follow_up f WHERE f.plan_id = "
      "p.plan_id AND f.what = 'owner' AND f.kind <> '' AND NOT EXISTS (SELECT 1 FROM kpi_follow_up later WHERE later.plan_id = "
      "f.plan_id AND later.what = 'owner' AND later.number = f.number AND later.revision > f.revision)) ORDER BY p.plan_id LIMIT "
      "1000"));
  std::set<std::string> out;
  for (const auto& row : rows) out.insert(row.text(0));
  return out;
}

Result<std::int64_t> follow_up_cutoff(db::Reader& reader, std::string_view plan, std::optional<Time> before) {
  auto rows = TRY(reader.query(
      "SELECT idx FROM kpi_follow_up_record WHERE plan_id = $1 AND at < $2 AND what <> 'reminder' ORDER BY idx DESC LIMIT 1",
      {str(plan), before ? before->us : INT64_MAX}));
  return rows.empty() ? 0 : rows[0].integer(0) + 1;
}

Result<std::int64_t> follow_up_position(db::Reader& reader) {
  auto rows =
      TRY(reader.query("SELECT max(idx) FROM (SELECT max(idx) AS idx FROM kpi_follow_up_record UNION ALL SELECT max(idx) AS idx FROM "
                       "kpi_record) newest"));
  return rows.empty() ? 0 : rows[0].maybe_integer(0).value_or(-1) + 1;
}

Result<void> put_follow_up(db::Transaction& tx, std::string_view plan, const FollowUpRow& row) {
  return tx.put("kpi_follow_up", {{"id", id_of(plan, row.what, row.number, row.item, row.revision)},
                                  {"plan_id", str(plan)},
                                  {"what", row.what},
                                  {"number", row.number},
                                  {"item", row.item},
                                  {"revision", row.revision},
                                  {"kind", row.kind},
                                  {"actor", row.actor},
                                  {"content", row.content ? db::Value(*row.content) : db::Value()}});
}

Result<void> add_follow_up_known(db::Transaction& tx, const FollowUpKnown& k) {
  TRY(tx.execute(
      "INSERT INTO kpi_follow_up_record (idx, plan_id, what, number, item, revision, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {k.index, k.plan, k.what, k.number, k.item, k.revision, k.at.us}));
  return {};
}

Result<void> forget_follow_up_known(db::Transaction& tx) {
  TRY(tx.execute("DELETE FROM kpi_follow_up_record"));
  return {};
}

Result<std::vector<FollowUpKnown>> follow_up_known(db::Reader& reader, std::int64_t from, std::size_t limit) {
  auto rows = TRY(reader.query(
      "SELECT idx, plan_id, what, number, item, revision, at FROM kpi_follow_up_record WHERE idx >= $1 ORDER BY idx LIMIT $2",
      {from, std::int64_t(limit)}));
  std::vector<FollowUpKnown> out;
  for (const auto& row : rows)
    out.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4), row.integer(5), Time{row.integer(6)}});
  return out;
}

Result<std::optional<FollowUpRow>> follow_up_row(db::Reader& reader, const FollowUpKnown& k) {
  auto rows = TRY(reader.query(
      str(kColumns) + str(kJoined) + "WHERE f.plan_id = $1 AND f.what = $2 AND f.number = $3 AND f.item = $4 AND f.revision = $5",
      {k.plan, k.what, k.number, k.item, k.revision}));
  return rows.empty() ? std::optional<FollowUpRow>() : std::optional(row_of(rows[0]));
}

}  // namespace musubi::kpi::store
