// kpi_record and kpi_search made anew from the records, and compared.
#include <algorithm>
#include <map>

#include "db/stored_texts.h"
#include "db/unfound.h"
#include "evidence/record.h"
#include "kpi/kpi.h"
#include "kpi/store.h"

namespace musubi::kpi {
namespace {

constexpr std::size_t kBatch = 100;

const char* what_of(std::string_view type) {
  return type == "kpi.plan_entered" ? "plan" : type == "kpi.plan_signed_off" ? "sign_off" : "measure";
}

// What a record's head says about itself; nothing where the head is not ours (verify names that by itself).
std::optional<store::Known> known_from(const evidence::Record& record) {
  auto head = parse_json(record.head);
  if (!head.ok() || !head->is_object()) return std::nullopt;
  const json::value* facts = head->get_object().if_contains("facts");
  if (!facts || !facts->is_object()) return std::nullopt;
  auto word = [&](std::string_view name) {
    const json::value* value = facts->get_object().if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  const json::value* revision = facts->get_object().if_contains("revision");
  if (!revision || !revision->is_int64() || word("plan").empty()) return std::nullopt;  // of an indicator, not of a plan
  return store::Known{std::int64_t(record.index), word("plan"), what_of(record.type), word("number"),
                      revision->get_int64(),      record.at};
}

template <class F>
Result<void> each_known(db::Reader& reader, F&& each) {
  for (const auto& type : record_types()) {
    if (type.name.starts_with("kpi.sheet_") || type.name.starts_with("kpi.follow_up_") || type.name.starts_with("kpi.finding_"))
      continue;  // of Sheets, of FollowUps
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

evidence::Finding finding(std::string where, Text message) { return {"derived", std::move(where), std::move(message)}; }

}  // namespace

Result<std::vector<evidence::Finding>> Plans::verify_derived(db::Reader& reader) {
  std::map<std::int64_t, store::Known> expected;
  TRY(each_known(reader, [&](const store::Known& known) -> Result<void> {
    expected.emplace(known.index, known);
    return {};
  }));
  std::vector<evidence::Finding> findings;
  db::Unfound unfound(reader, store::kSearch);
  db::StoredTexts stored(reader, store::kSearch);
  std::map<std::int64_t, std::string> numbers;  // of the measures asked for
  for (const auto& [index, known] : expected) {
    if (known.what != "measure") continue;
    auto measure = store::measure_row(reader, known.plan, known.number, known.revision);
    if (!measure.ok() || !*measure) continue;
    numbers.emplace(index, known.number);
    TRY(unfound.expect(index, store::phrases_of((*measure)->title.ja)));
    TRY(stored.expect(index, store::indexed_words(**measure)));
  }
  std::int64_t from = 0;
  while (true) {
    auto rows = TRY(store::known(reader, from, 1000));
    for (const auto& row : rows) {
      auto found = expected.find(row.index);
      if (found == expected.end() || !(found->second == row))
        findings.push_back(finding("table kpi_record idx " + std::to_string(row.index),
                                   {"行が記録の内容と合いません。", "The row does not agree with the record."}));
      if (found != expected.end()) expected.erase(found);
    }
    if (rows.size() < 1000) break;
    from = rows.back().index + 1;
  }
  for (const auto& [index, known] : expected)
    findings.push_back(finding("table kpi_record idx " + std::to_string(index),
                               {"記録はありますが、行がありません。", "There is a record, but no row."}));
  const auto not_found = TRY(unfound.rows());
  for (auto index : not_found)
    findings.push_back(finding(
        "fulltext kpi_search row " + std::to_string(index),
        {"全文検索で施策「" + numbers[index] + "」が見つかりません。", "Full text does not find measure " + numbers[index] + "."}));
  for (auto index : TRY(stored.unlike(not_found)))
    findings.push_back(
        finding("fulltext kpi_search row " + std::to_string(index) + " (words)",
                {"全文検索に残る語が施策の文と違います。", "The words that full text keeps are not those of the measure."}));
  return findings;
}

Result<std::size_t> Plans::rebuild_derived(db::Transaction& tx) {
  std::vector<store::Known> all;
  TRY(each_known(tx, [&](const store::Known& known) -> Result<void> {
    all.push_back(known);
    return {};
  }));
  TRY(store::forget_known(tx));
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.index < b.index; });
  for (const auto& known : all) {
    TRY(store::add_known(tx, known));
    if (known.what != "measure") continue;
    if (auto measure = TRY(store::measure_row(tx, known.plan, known.number, known.revision)))
      TRY(store::index_measure(tx, known.index, *measure));
  }
  return all.size();
}

}  // namespace musubi::kpi
