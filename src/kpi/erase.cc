// What an erasure takes out of the rows of plans. Part of store.h, and the hook that evidence calls.
#include "evidence/record.h"
#include "kpi/definitions.h"
#include "kpi/json.h"
#include "kpi/kpi.h"
#include "kpi/scales.h"
#include "kpi/state.h"
#include "kpi/store.h"

namespace musubi::kpi {
namespace {

const Text kErased{"（消去済み）", "(erased)"};

void blank(std::optional<Text>& text) {
  if (text) text = kErased;
}

void blank(std::optional<SheetValue>& value) {
  if (value) blank(value->text);
}

void blank(Line& line) {
  for (auto* words : {&line.title, &line.unit, &line.not_set_due, &line.note}) blank(*words);
  blank(line.baseline);
  blank(line.final_target);
  for (auto& [year, values] : line.yearly) {
    blank(values.target);
    blank(values.actual);
    blank(values.typed_reason);
  }
}

// Numbers, section, field and statuses stay: filters, counts and the order of the plan rest on them.
Measure blanked(Measure m) {
  m.title = m.locator = kErased;
  for (Kpi* kpi : {&m.progress, &m.effect}) {
    blank(kpi->text);
    blank(kpi->due);
    for (auto& line : kpi->lines) blank(line);
  }
  if (m.target) {
    m.target->text = kErased;
    m.target->value.reset();
    m.target->unit.reset();
  }
  for (auto& milestone : m.milestones) milestone.text = kErased;
  if (m.baseline) m.baseline->text = kErased;
  m.systems.clear();
  blank(m.doubt);
  return m;
}

PlanHeader blanked(PlanHeader header) {
  header.title = header.summary = header.source_title = header.source_publisher = kErased;
  for (auto& field : header.fields) field.title = kErased;
  for (auto& section : header.sections) {
    section.title = kErased;
    blank(section.law_article);
  }
  return header;
}

}  // namespace

namespace store {
namespace {

Result<std::string> put_blanked(db::Transaction& tx, std::string_view plan, std::string_view number, std::int64_t revision,
                                std::optional<Measure>& measure) {
  auto rows = TRY(tx.query(
      "SELECT id, plan_id, number, revision, kind, section, field, progress_status, effect_status, has_target, digest, content "
      "FROM kpi_measure WHERE id = $1",
      {row_id("kpi_measure", plan, number, revision)}));
  if (rows.empty()) return std::string();
  const db::Row& row = rows[0];
  db::Value content;
  if (auto held = row.maybe_text(11)) {
    measure = blanked(TRY(stored_measure(*held)));
    content = canonical_json(to_json(*measure));
  }
  TRY(tx.put("kpi_measure", {{"id", row.at(0)},
                             {"plan_id", row.at(1)},
                             {"number", row.at(2)},
                             {"revision", row.at(3)},
                             {"kind", row.at(4)},
                             {"section", row.at(5)},
                             {"field", row.at(6)},
                             {"title_ja", kErased.ja},
                             {"title_en", kErased.en},
                             {"progress_status", row.at(7)},
                             {"effect_status", row.at(8)},
                             {"has_target", row.at(9)},
                             {"digest", row.at(10)},
                             {"content", content}}));
  return row.text(4);
}

}  // namespace

Result<void> erase_measure(db::Transaction& tx, const Known& known) {
  std::optional<Measure> measure;
  if (TRY(put_blanked(tx, known.plan, known.number, known.revision, measure)).empty()) return {};
  if (measure) {
    TRY(tx.unindex_text(kSearch, known.index));
    TRY(index_measure(tx, known.index, *measure));
  }
  auto next = TRY(
      tx.query("SELECT kind FROM kpi_measure WHERE id = $1", {row_id("kpi_measure", known.plan, known.number, known.revision + 1)}));
  if (!next.empty() && next[0].text(0) == kind_name(EntryKind::kWithdrawn))
    TRY(put_blanked(tx, known.plan, known.number, known.revision + 1, measure));
  return {};
}

Result<void> erase_header(db::Transaction& tx, std::string_view plan, std::int64_t revision) {
  auto rows = TRY(tx.query("SELECT content FROM kpi_plan WHERE id = $1", {row_id("kpi_plan", plan, "", revision)}));
  if (rows.empty()) return {};
  return put_header(tx, blanked(TRY(stored_header(rows[0].text(0)))), revision);
}

Result<void> renew_sign_offs(db::Transaction& tx, std::string_view plan) {
  for (const auto& row :
       TRY(tx.query("SELECT id, plan_id, revision, edition, measures FROM kpi_sign_off WHERE plan_id = $1 ORDER BY revision",
                    {std::string(plan)})))
    TRY(tx.put("kpi_sign_off",
               {{"id", row.at(0)}, {"plan_id", row.at(1)}, {"revision", row.at(2)}, {"edition", row.at(3)}, {"measures", row.at(4)}}));
  return {};
}

Result<void> drop_uploads(db::Transaction& tx) {
  TRY(tx.execute("DELETE FROM kpi_upload"));
  return {};
}

}  // namespace store

Result<std::vector<std::string>> Plans::erase_rows(db::Transaction& tx, std::span<const std::uint64_t> records) {
  std::set<std::string> plans;
  for (auto index : records) {
    auto found = TRY(store::known(tx, std::int64_t(index), 1));
    if (found.empty() || found[0].index != std::int64_t(index) || found[0].what == "sign_off") continue;
    if (found[0].what == "plan")
      TRY(store::erase_header(tx, found[0].plan, found[0].revision));
    else
      TRY(store::erase_measure(tx, found[0]));
    plans.insert(found[0].plan);
  }
  std::vector<std::string> touched;
  if (TRY(erase_definitions(tx, records))) touched.push_back("kpi_definition");
  // kpi_sheet_duty, the other table of sheets without a record of its own here, holds ids of posts and no text of anybody.
  for (auto& table : TRY(erase_scales(tx, records))) touched.push_back(std::move(table));
  if (!plans.empty()) touched.insert(touched.end(), {"kpi_plan", "kpi_measure"});
  if (touched.empty()) return touched;
  for (const auto& plan : plans) TRY(store::renew_sign_offs(tx, plan));
  TRY(store::drop_uploads(tx));  // one of them may be the very pack that the texts came from
  touched.push_back("kpi_upload");
  return touched;
}

}  // namespace musubi::kpi
