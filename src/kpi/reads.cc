// Reading plans: each call is one snapshot.
#include <algorithm>
#include <map>

#include "evidence/record.h"
#include "kpi/json.h"
#include "kpi/kpi.h"
#include "kpi/state.h"
#include "kpi/store.h"

namespace musubi::kpi {
namespace {

std::string actor_of(const evidence::Record& record) {
  auto head = parse_json(record.head);
  if (!head.ok() || !head->is_object()) return {};
  const json::value* actor = head->get_object().if_contains("actor");
  return actor && actor->is_string() ? std::string(actor->get_string()) : std::string();
}

EntryKind kind_from(const std::string& word) {
  return word == "entered" ? EntryKind::kEntered : word == "revised" ? EntryKind::kRevised : EntryKind::kWithdrawn;
}

PlanSummary summary_of(const PlanState& state) {
  PlanSummary summary;
  summary.edition = state.edition;
  summary.sign_off = state.sign_off;
  summary.measures = state.entries.size();
  for (const auto& entry : state.entries) {
    summary.not_set += matches(entry, Status::kKpiNotSet);
    summary.no_target += matches(entry, Status::kNoTarget);
  }
  summary.has_drafts = state.has_drafts();
  summary.record = state.sign_off ? state.sign_off->record : state.header_record;
  summary.header = state.header;
  return summary;
}

}  // namespace

Result<std::vector<PlanSummary>> Plans::list(const View& view) {
  return database_.read([&](db::Reader& reader) -> Result<std::vector<PlanSummary>> {
    std::vector<PlanSummary> out;
    for (const auto& plan : TRY(store::plans(reader))) {
      auto state = load_state(reader, plan, view);
      if (state.ok())
        out.push_back(summary_of(**state));
      else if (state.error().code != Code::kNotFound)
        return state.error();
    }
    return out;
  });
}

Result<PlanState> Plans::state(std::string_view plan, const View& view) {
  return database_.read([&](db::Reader& reader) -> Result<PlanState> { return PlanState(*TRY(load_state(reader, plan, view))); });
}

Result<PlanPage> Plans::find(std::string_view plan, const View& view, const PlanQuery& query) {
  return find(plan, view, MakeQuery([&](const PlanHeader&) -> Result<PlanQuery> { return query; }));
}

Result<PlanPage> Plans::find(std::string_view plan, const View& view, const MakeQuery& make) {
  return database_.read([&](db::Reader& reader) -> Result<PlanPage> {
    PlanPage page;
    page.state = TRY(load_state(reader, plan, view));
    PlanQuery query = TRY(make(page.state->header));
    auto entries = select(page.state->entries, page.state->header, query);
    if (store::searchable(query.text)) {
      auto hits = TRY(store::search(reader, query.text));
      std::erase_if(entries, [&](const Entry* entry) { return !hits.contains(entry->record); });
    }
    page.total = entries.size();
    std::size_t first = std::min(query.offset, page.total);
    std::size_t last = query.limit ? std::min(page.total, first + query.limit) : page.total;
    for (std::size_t i = first; i < last; ++i) page.entries.push_back(*entries[i]);
    page.measures = TRY(load_measures(reader, plan, page.entries));
    return page;
  });
}

Result<PlanDocument> Plans::document(std::string_view plan, const View& view) {
  auto page = TRY(find(plan, view, PlanQuery{.limit = 0}));
  PlanDocument document{page.state->header, {}};
  for (const auto& measure : page.measures) document.measures.push_back(*measure);
  return document;
}

Result<MeasureView> Plans::measure(std::string_view plan, std::string_view number, const View& view) {
  return database_.read([&](db::Reader& reader) -> Result<MeasureView> {
    auto shared = TRY(load_state(reader, plan, view));
    const PlanState& state = *shared;
    auto found = std::find_if(state.entries.begin(), state.entries.end(), [&](auto& e) { return e.number == number; });
    if (found == state.entries.end()) return unknown_measure(plan, number);
    MeasureView out;
    if (found != state.entries.begin()) out.previous = std::prev(found)->number;
    if (std::next(found) != state.entries.end()) out.next = std::next(found)->number;
    out.entry = *found;
    out.measure = *TRY(load_measures(reader, plan, {*found}))[0];
    out.header = state.header;
    out.edition = state.edition;
    return out;
  });
}

Result<std::vector<Revision>> Plans::history(std::string_view plan, std::string_view number, const View& view) {
  return database_.read([&](db::Reader& reader) -> Result<std::vector<Revision>> {
    std::int64_t cutoff = TRY(cutoff_of(reader, plan, view));
    auto sign_off = TRY(store::newest_sign_off(reader, plan, std::nullopt));
    std::vector<Revision> out;
    for (auto& row : TRY(store::revisions(reader, plan, number, cutoff))) {
      Revision revision;
      revision.kind = kind_from(row.kind);
      revision.revision = row.revision;
      revision.record = row.record;
      revision.at = row.at;
      revision.draft = !sign_off || row.record > sign_off->record;
      if (auto record = TRY(evidence::find_record(reader, std::uint64_t(row.record)))) revision.actor = actor_of(*record);
      if (row.content) revision.measure = TRY(stored_measure(*row.content));
      if (revision.measure && !out.empty() && out.back().measure) revision.changes = changes(*out.back().measure, *revision.measure);
      out.push_back(std::move(revision));
    }
    if (out.empty()) return unknown_measure(plan, number);
    std::reverse(out.begin(), out.end());
    return out;
  });
}

Result<std::set<std::uint64_t>> Plans::published(db::Reader& reader, std::span<const evidence::Record> records) {
  std::map<std::string, std::int64_t, std::less<>> signed_off;  // record of the newest sign-off, by plan; -1: none
  std::set<std::uint64_t> all;
  for (const auto& record : records) {
    std::string plan = plan_of(record.stream);
    auto at = signed_off.find(plan);
    if (at == signed_off.end()) {
      auto newest = TRY(store::newest_sign_off(reader, plan, std::nullopt));
      at = signed_off.emplace(std::move(plan), newest ? newest->record : -1).first;
    }
    if (std::int64_t(record.index) < at->second) all.insert(record.index);
  }
  return all;
}

}  // namespace musubi::kpi
