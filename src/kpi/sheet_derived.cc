// kpi_sheet_record and kpi_sheet_measure made anew from the records and parts, and compared; and what an erasure takes out of the rows of sheets.
#include <algorithm>
#include <map>

#include "evidence/record.h"
#include "kpi/json.h"
#include "kpi/scales.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_named.h"
#include "kpi/sheet_store.h"
#include "kpi/store.h"

namespace musubi::kpi {
namespace {

constexpr std::size_t kBatch = 100;

std::optional<store::SheetKnown> known_from(const evidence::Record& record) {
  auto head = parse_json(record.head);
  if (!head.ok() || !head->is_object()) return std::nullopt;
  const json::value* facts = head->get_object().if_contains("facts");
  if (!facts || !facts->is_object()) return std::nullopt;
  auto word = [&](std::string_view name) {
    const json::value* value = facts->get_object().if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  const json::value* revision = facts->get_object().if_contains("revision");
  if (!revision || !revision->is_int64()) return std::nullopt;
  std::string what = word("part").empty() ? word("step") : word("part");
  return store::SheetKnown{std::int64_t(record.index), word("sheet"), std::move(what), word("number"),
                           revision->get_int64(),      record.at};
}

template <class F>
Result<void> each_known(db::Reader& reader, F&& each) {
  for (const auto& type : sheet_record_types()) {
    std::uint64_t from = 0;
    while (true) {
      auto records = TRY(evidence::read_records(reader, from, kBatch, type.name));
      for (const auto& record : records)
        if (auto known = known_from(record)) TRY(each(*known));
      if (records.size() < kBatch) break;
      from = records.back().index + 1;
    }
  }
  return {};
}

evidence::Finding finding(std::int64_t index, Text message) {
  return {"derived", "table kpi_sheet_record idx " + std::to_string(index), std::move(message)};
}

}  // namespace

Result<std::vector<evidence::Finding>> Sheets::verify_derived(db::Reader& reader) {
  std::map<std::int64_t, store::SheetKnown> expected;
  TRY(each_known(reader, [&](const store::SheetKnown& known) -> Result<void> {
    expected.emplace(known.index, known);
    return {};
  }));
  std::vector<evidence::Finding> findings;
  std::int64_t from = 0;
  while (true) {
    auto rows = TRY(store::sheet_known(reader, from, 1000));
    for (const auto& row : rows) {
      auto found = expected.find(row.index);
      if (found == expected.end() || !(found->second == row))
        findings.push_back(finding(row.index, {"行が記録の内容と合いません。", "The row does not agree with the record."}));
      if (found != expected.end()) expected.erase(found);
    }
    if (rows.size() < 1000) break;
    from = rows.back().index + 1;
  }
  for (const auto& [index, known] : expected)
    findings.push_back(finding(index, {"記録はありますが、行がありません。", "There is a record, but no row."}));
  for (auto verify : {verify_named, verify_scale_records})
    for (auto& one : TRY(verify(reader))) findings.push_back(std::move(one));
  return findings;
}

Result<std::size_t> Sheets::rebuild_derived(db::Transaction& tx) {
  std::vector<store::SheetKnown> all;
  TRY(each_known(tx, [&](const store::SheetKnown& known) -> Result<void> {
    all.push_back(known);
    return {};
  }));
  TRY(store::forget_sheet_known(tx));
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.index < b.index; });
  for (const auto& known : all) TRY(store::add_sheet_known(tx, known));
  TRY(rebuild_named(tx));
  TRY(rebuild_scale_records(tx));
  return all.size();
}

namespace store {

bool erased(const PartRow& row) {
  if (!row.content || row.content->find("（消去済み）") == std::string::npos) return false;
  auto content = parse_json(*row.content, JsonLimits{kMaxEntryBytes * 2, 32});
  return content.ok() && content->is_object() && part_digest(content->get_object()) != row.digest;
}

Result<void> erase_part(db::Transaction& tx, const SheetKnown& known) {
  PartKey key{part_from(known.what).value_or(PartKind::kHeader), known.number};
  for (auto& row : TRY(revisions(tx, known.sheet, key, known.index + 1))) {
    if (row.revision != known.revision || !row.content) continue;
    auto content = TRY(parse_json(*row.content, JsonLimits{kMaxEntryBytes * 2, 32}));
    blank_texts(content);
    row.content = canonical_json(content);
    TRY(put_part(tx, known.sheet, row));
  }
  return {};
}

Result<void> erase_step(db::Transaction& tx, const SheetKnown& known) {
  for (auto& entry : TRY(route(tx, known.sheet, known.index, known.index + 1))) {
    if (!entry.remark.empty()) entry.remark = "（消去済み） (erased)";
    TRY(put_step(tx, known.sheet, entry));
  }
  return {};
}

Result<void> renew_publications(db::Transaction& tx, std::string_view sheet) {
  for (const auto& entry : TRY(route(tx, sheet, 0, INT64_MAX)))
    if (entry.step == RouteStep::kPublished) TRY(put_step(tx, sheet, entry));
  return {};
}

}  // namespace store

Result<std::vector<std::string>> Sheets::erase_rows(db::Transaction& tx, std::span<const std::uint64_t> records) {
  std::set<std::string> touched;
  for (auto index : records) {
    auto found = TRY(store::sheet_known(tx, std::int64_t(index), 1));
    if (found.empty() || found[0].index != std::int64_t(index)) continue;
    if (part_from(found[0].what))
      TRY(store::erase_part(tx, found[0]));
    else
      TRY(store::erase_step(tx, found[0]));
    touched.insert(found[0].sheet);
  }
  if (touched.empty()) return std::vector<std::string>();
  for (const auto& sheet : touched) TRY(store::renew_publications(tx, sheet));
  TRY(store::drop_uploads(tx));  // one of them may be the very pack that the texts came from
  return std::vector<std::string>{"kpi_sheet_part", "kpi_sheet_step", "kpi_upload"};
}

}  // namespace musubi::kpi
