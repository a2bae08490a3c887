#include "kpi/sheet_named.h"

#include <set>
#include <tuple>

#include "base/json.h"
#include "kpi/plan.h"

namespace musubi::kpi {
namespace {

using Named = std::set<std::tuple<std::string, std::string, std::string>>;  // plan, number, sheet

constexpr std::string_view kParts = "what IN ('header', 'indicator', 'programme')";

// 0 where nothing was taken over yet.
Result<std::int64_t> position(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT position FROM kpi_sheet_measure_position WHERE id = 1"));
  return rows.empty() ? 0 : rows[0].integer(0);
}

Result<bool> position_of_another(db::Reader& reader) {
  return !TRY(reader.query("SELECT id FROM kpi_sheet_measure_position WHERE id <> 1 LIMIT 1")).empty();
}

// One beyond the newest record of a part.
Result<std::int64_t> end_of_parts(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT idx FROM kpi_sheet_record WHERE " + std::string(kParts) + " ORDER BY idx DESC LIMIT 1"));
  return rows.empty() ? 0 : rows[0].integer(0) + 1;
}

void add_named(const std::string& content, const std::string& sheet, Named& out) {
  if (content.find("\"measures\"") == content.npos) return;
  auto part = parse_json(content, JsonLimits{kMaxEntryBytes * 2, 32});
  const auto* measures = part.ok() && part->is_object() ? part->get_object().if_contains("measures") : nullptr;
  if (!measures || !measures->is_array()) return;
  for (const auto& one : measures->get_array()) {
    const auto* measure = one.if_object();
    const json::value *plan = measure ? measure->if_contains("plan") : nullptr,
                      *number = measure ? measure->if_contains("number") : nullptr;
    if (plan && plan->is_string() && number && number->is_string())
      out.emplace(std::string(plan->get_string()), std::string(number->get_string()), sheet);
  }
}

// By the parts whose records are not before `from` and before `until`.
Result<Named> named_in(db::Reader& reader, std::int64_t from, std::int64_t until) {
  Named out;
  const db::Value parameters[] = {from, until};
  TRY(
      reader.scan("SELECT p.sheet_id, p.content FROM kpi_sheet_record r JOIN kpi_sheet_part p ON p.sheet_id = r.sheet_id AND "
                  "p.part = r.what AND p.number = r.number AND p.revision = r.revision WHERE r.idx >= $1 AND r.idx < $2 AND "
                  "p.part <> 'header' AND p.content IS NOT NULL",
                  parameters, [&](const db::Row& row) -> Result<void> {
                    add_named(row.text(1), row.text(0), out);
                    return {};
                  }));
  return out;
}

// The first record after that many parts from `from` on; nothing where there are no more of them.
Result<std::optional<std::int64_t>> end_of_step(db::Reader& reader, std::int64_t from, std::size_t most) {
  auto rows = TRY(
      reader.query("SELECT idx FROM kpi_sheet_record WHERE idx >= $1 AND " + std::string(kParts) + " ORDER BY idx LIMIT 1 OFFSET $2",
                   {from, std::int64_t(most)}));
  return rows.empty() ? std::nullopt : std::optional(rows[0].integer(0));
}

Result<void> take_over(db::Transaction& tx, std::int64_t from, std::int64_t until) {
  for (const auto& [plan, number, sheet] : TRY(named_in(tx, from, until)))
    TRY(tx.execute("INSERT INTO kpi_sheet_measure (plan_id, number, sheet_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                   {plan, number, sheet}));
  TRY(
      tx.execute("INSERT INTO kpi_sheet_measure_position (id, position) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET position = "
                 "excluded.position",
                 {until}));
  return {};
}

evidence::Finding finding(const std::string& where, Text message) { return {"derived", "table " + where, std::move(message)}; }

std::string row_name(const Named::value_type& row) {
  return "kpi_sheet_measure " + std::get<0>(row) + " " + std::get<1>(row) + " " + std::get<2>(row);
}

}  // namespace

Result<std::vector<std::string>> sheets_naming(db::Reader& reader, std::string_view plan, std::string_view number) {
  auto rows =
      TRY(reader.query("SELECT sheet_id FROM kpi_sheet_measure WHERE plan_id = $1 AND number = $2 UNION SELECT sheet_id FROM "
                       "kpi_sheet_record WHERE idx >= $3 AND " +
                           std::string(kParts) + " ORDER BY sheet_id LIMIT 1000",
                       {std::string(plan), std::string(number), TRY(position(reader))}));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.text(0));
  return out;
}

Result<bool> take_over_named(db::Transaction& tx, std::size_t most) {
  const std::int64_t from = TRY(position(tx)), end = TRY(end_of_parts(tx));
  if (end <= from) return false;
  const auto until = TRY(end_of_step(tx, from, most)).value_or(end);
  TRY(take_over(tx, from, until));
  return until < end;
}

Result<void> take_over_written(db::Transaction& tx, std::size_t written) {
  const std::int64_t from = TRY(position(tx)), end = TRY(end_of_parts(tx));
  if (end > from && !TRY(end_of_step(tx, from, written + kNamedStep))) TRY(take_over(tx, from, end));
  return {};
}

Result<bool> catch_up_named(db::Database& database, std::size_t most) {
  // Looked at outside the write: an organisation at rest writes nothing.
  if (!TRY(database.read([](db::Reader& reader) -> Result<bool> { return TRY(position(reader)) < TRY(end_of_parts(reader)); })))
    return false;
  return database.write([&](db::Transaction& tx) { return take_over_named(tx, most); });
}

Result<std::vector<evidence::Finding>> verify_named(db::Reader& reader) {
  std::vector<evidence::Finding> findings;
  const std::int64_t until = TRY(position(reader));
  if (until < 0 || until > TRY(end_of_parts(reader)) || TRY(position_of_another(reader)))
    findings.push_back(finding("kpi_sheet_measure_position", {"まだない記録まで読んだことになっています。",
                                                              "It claims to have looked at records that are not there."}));
  Named expected = TRY(named_in(reader, 0, until));
  TRY(reader.scan("SELECT plan_id, number, sheet_id FROM kpi_sheet_measure", {}, [&](const db::Row& row) -> Result<void> {
    Named::value_type one{row.text(0), row.text(1), row.text(2)};
    if (expected.erase(one) == 0)
      findings.push_back(finding(row_name(one), {"表の内容と合わない行があります。", "No part of a sheet says what the row says."}));
    return {};
  }));
  for (const auto& one : expected)
    findings.push_back(
        finding(row_name(one), {"表にはありますが、行がありません。", "A part of a sheet says it, but there is no row."}));
  return findings;
}

Result<void> rebuild_named(db::Transaction& tx) {
  TRY(tx.execute("DELETE FROM kpi_sheet_measure"));
  TRY(tx.execute("DELETE FROM kpi_sheet_measure_position"));
  while (TRY(take_over_named(tx, kNamedStep))) {}
  return {};
}

}  // namespace musubi::kpi
