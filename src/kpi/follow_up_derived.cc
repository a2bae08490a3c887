// kpi_follow_up_record made anew from the records and compared; what is public of the records; and what an erasure takes out of
// the rows of follow-ups. Part of follow_ups.h.
#include <algorithm>
#include <map>

#include "evidence/record.h"
#include "kpi/follow_up_store.h"
#include "kpi/follow_ups.h"
#include "kpi/json.h"

namespace musubi::kpi {
namespace {

constexpr std::size_t kBatch = 100;

std::optional<store::FollowUpKnown> known_from(const evidence::Record& record) {
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
  return store::FollowUpKnown{std::int64_t(record.index), word("plan"), word("part"), word("number"), word("item"),
                              revision->get_int64(),      record.at};
}

template <class F>
Result<void> each_known(db::Reader& reader, F&& each) {
  for (const auto& type : follow_up_record_types()) {
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
  return {"derived", "table kpi_follow_up_record idx " + std::to_string(index), std::move(message)};
}

// Records that the state of a publication holds: those of signed-off revisions, their sign-offs, findings, the schedule.
std::set<std::uint64_t> public_records(const FollowUpState& state, std::int64_t cutoff, const std::vector<store::FollowUpRow>& rows) {
  std::set<std::uint64_t> out;
  for (const auto& [key, revisions] : state.entries)
    for (const auto& one : revisions) {
      out.insert(std::uint64_t(one.record));
      out.insert(std::uint64_t(one.step->record));
    }
  for (const auto& row : rows)
    if (row.record < cutoff && (row.what == "schedule" || row.what == "finding")) out.insert(std::uint64_t(row.record));
  return out;
}

}  // namespace

Result<std::set<std::uint64_t>> FollowUps::published(db::Reader& reader, std::span<const evidence::Record> records) {
  std::map<std::string, std::set<std::uint64_t>> open;  // by plan
  std::set<std::uint64_t> all;
  for (const auto& record : records) {
    if (!record.stream.starts_with("kpi/follow-up/")) continue;
    auto known = TRY(store::follow_up_known(reader, std::int64_t(record.index), 1));
    if (known.empty() || known[0].index != std::int64_t(record.index)) continue;
    const std::string& plan = known[0].plan;
    if (!open.contains(plan)) {
      open[plan];
      auto state = load_follow_ups(reader, plan, View{});
      if (!state.ok() && state.error().code != Code::kNotFound) return state.error();
      if (state.ok()) open[plan] = public_records(*state, state->cutoff, TRY(store::follow_up_rows(reader, plan, state->cutoff)));
    }
    if (open[plan].contains(record.index)) all.insert(record.index);
  }
  return all;
}

Result<std::vector<evidence::Finding>> FollowUps::verify_derived(db::Reader& reader) {
  std::map<std::int64_t, store::FollowUpKnown> expected;
  TRY(each_known(reader, [&](const store::FollowUpKnown& known) -> Result<void> {
    expected.emplace(known.index, known);
    return {};
  }));
  std::vector<evidence::Finding> findings;
  std::int64_t from = 0;
  while (true) {
    auto rows = TRY(store::follow_up_known(reader, from, 1000));
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
  return findings;
}

Result<std::size_t> FollowUps::rebuild_derived(db::Transaction& tx) {
  std::vector<store::FollowUpKnown> all;
  TRY(each_known(tx, [&](const store::FollowUpKnown& known) -> Result<void> {
    all.push_back(known);
    return {};
  }));
  TRY(store::forget_follow_up_known(tx));
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.index < b.index; });
  for (const auto& known : all) TRY(store::add_follow_up_known(tx, known));
  return all.size();
}

Result<std::vector<std::string>> FollowUps::erase_rows(db::Transaction& tx, std::span<const std::uint64_t> records) {
  bool touched = false;
  for (auto index : records) {
    auto known = TRY(store::follow_up_known(tx, std::int64_t(index), 1));
    if (known.empty() || known[0].index != std::int64_t(index)) continue;
    auto row = TRY(store::follow_up_row(tx, known[0]));
    if (!row || !row->content) continue;
    auto content = TRY(parse_json(*row->content));
    blank_texts(content);
    row->content = canonical_json(content);
    TRY(store::put_follow_up(tx, known[0].plan, *row));
    touched = true;
  }
  return touched ? std::vector<std::string>{"kpi_follow_up"} : std::vector<std::string>();
}

}  // namespace musubi::kpi
