#include "kpi/plan_compare.h"

#include <algorithm>
#include <map>

#include "kpi/json.h"
#include "kpi/sheet_merge.h"
#include "kpi/state.h"
#include "kpi/store.h"

namespace musubi::kpi {
namespace {

constexpr std::size_t kShortest = 8, kEditionLetters = 64;

Error bad_edition(std::string_view where) {
  return Error{
      Code::kMalformed,
      "plan.bad_edition",
      {"アドレスの from か to を、日としても版としても読めません。2024-04-01 の形の日か、版のはじめの8字以上を書いてください。",
       "The from or to of the address is neither a day nor an edition. Write a day as 2024-04-01, or the first 8 or more letters "
       "of an edition."},
      {{std::string(where), {"日でも版でもありません。", "This is neither a day nor an edition."}}}};
}

Error unknown_edition(std::string_view where, std::string_view edition) {
  std::string name(edition);
  return Error{Code::kNotFound,
               "plan.unknown_edition",
               {"この計画に、版「" + name + "」はありません。計画のページにある版から選んでください。",
                "This plan has no edition " + name + ". Choose one of those on the plan's page."},
               {{std::string(where), {"この版はありません。", "There is no such edition."}}}};
}

Result<PlanDocument> document_at(db::Reader& reader, std::string_view plan, std::int64_t cutoff) {
  PlanDocument out;
  auto header = TRY(store::header(reader, plan, cutoff));
  if (!header) return unknown_plan(plan);
  out.header = TRY(stored_header(header->content));
  std::vector<Entry> entries;
  for (auto& row : TRY(store::entries(reader, plan, cutoff)))
    if (!row.withdrawn) entries.push_back(std::move(row.entry));
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return number_less(a.number, b.number); });
  for (const auto& measure : TRY(load_measures(reader, plan, entries))) out.measures.push_back(*measure);
  return out;
}

Result<PlanPoint> signed_point(db::Reader& reader, std::string_view plan, const SignOff& sign_off) {
  PlanPoint out{sign_off.edition, sign_off, {}, false, {}};
  out.document = TRY(document_at(reader, plan, sign_off.record));
  return out;
}

Result<PlanPoint> viewed_point(db::Reader& reader, std::string_view plan, const View& view) {
  auto state = TRY(load_state(reader, plan, view));
  PlanPoint out{state->edition, {}, view.as_of, state->has_drafts(), {}};
  if (!out.draft) out.sign_off = state->sign_off;
  std::int64_t cutoff = TRY(cutoff_of(reader, plan, view));
  out.document = TRY(document_at(reader, plan, cutoff));
  return out;
}

Result<PlanPoint> named_point(db::Reader& reader, std::string_view plan, bool drafts, std::string_view where, std::string_view name,
                              const std::vector<SignOff>& sign_offs) {
  if (auto day = text::parse_date(name); day.ok()) return viewed_point(reader, plan, View{drafts, *day});
  bool hex = name.find_first_not_of("0123456789abcdef") == name.npos;
  if (!hex || name.size() < kShortest || name.size() > kEditionLetters) return bad_edition(where);
  for (const auto& one : sign_offs)
    if (one.edition.starts_with(name)) return signed_point(reader, plan, one);
  return unknown_edition(where, name);
}

// The edition signed off before that state.
const SignOff* before(const PlanPoint& to, const std::vector<SignOff>& sign_offs) {
  for (const auto& one : sign_offs)
    if (to.sign_off ? one.record < to.sign_off->record : !to.day || one.at < end_of_day_jst(*to.day)) return &one;
  return nullptr;
}

}  // namespace

PlanComparison compare_plans(const PlanDocument& before, const PlanDocument& after) {
  PlanComparison out;
  out.heading = cell_changes(to_json(before.header), to_json(after.header));
  std::map<std::string_view, std::pair<const Measure*, const Measure*>> both;
  for (const auto& one : before.measures) both[one.number].first = &one;
  for (const auto& one : after.measures) both[one.number].second = &one;
  for (const auto& [number, pair] : both) {
    auto [old, now] = pair;
    if (old && now && *old == *now) {
      ++out.same;
      continue;
    }
    PlanComparison::One one{!old   ? EntryKind::kEntered
                            : !now ? EntryKind::kWithdrawn
                                   : EntryKind::kRevised,
                            std::string(number),
                            now ? now->title : old->title,
                            {}};
    if (old && now) one.changes = changes(*old, *now);
    ++(!old ? out.added : !now ? out.dropped : out.changed);
    out.measures.push_back(std::move(one));
  }
  std::sort(out.measures.begin(), out.measures.end(), [](const auto& a, const auto& b) { return number_less(a.number, b.number); });
  return out;
}

Result<PlanPoints> read_points(db::Database& database, std::string_view plan, bool drafts, std::string_view from,
                               std::string_view to) {
  return database.read([&](db::Reader& reader) -> Result<PlanPoints> {
    PlanPoints out;
    out.sign_offs = TRY(store::all_sign_offs(reader, plan));
    out.to = to.empty() ? TRY(viewed_point(reader, plan, View{drafts, {}}))
                        : TRY(named_point(reader, plan, drafts, "to", to, out.sign_offs));
    if (!from.empty()) {
      out.from = TRY(named_point(reader, plan, drafts, "from", from, out.sign_offs));
    } else if (const SignOff* last = before(out.to, out.sign_offs)) {
      out.from = TRY(signed_point(reader, plan, *last));
    } else {
      out.from = out.to;
      if (drafts) out.from.document.measures.clear();
    }
    return out;
  });
}

}  // namespace musubi::kpi
