#include "kpi/state.h"

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_map>

#include "base/guarded.h"

#include "kpi/erased.h"
#include "kpi/json.h"
#include "kpi/rules.h"
#include "kpi/store.h"

namespace musubi::kpi {
namespace {

Error not_signed_off(std::string_view plan, const View& view) {
  std::string name(plan);
  if (!view.as_of)
    return Error{Code::kNotFound,
                 "plan.not_signed_off",
                 {"計画「" + name + "」はまだ確定されていないため、公開されていません。",
                  "The plan " + name + " is not signed off yet, and so not public."},
                 {}};
  std::string day = text::iso_date(*view.as_of);
  return Error{Code::kNotFound,
               "plan.not_signed_off",
               {"計画「" + name + "」は " + day + " の時点ではまだ確定されていません。もっと後の日を指定してください。",
                "The plan " + name + " was not signed off yet on " + day + ". Ask for a later day."},
               {{"as_of", {"この日には何も知られていません。", "Nothing was known on this day."}}}};
}

std::optional<Time> before(const View& view) { return view.as_of ? std::optional(end_of_day_jst(*view.as_of)) : std::nullopt; }

// What was signed off never changes: its state is read once. Bounded; the whole cache goes when it is full, since a
// handful of editions is what people look at.
class SignedStates {
 public:
  std::shared_ptr<const PlanState> find(const std::string& mark) {
    return states_.with([&](auto& states) { return states.contains(mark) ? states[mark] : nullptr; });
  }
  void keep(const std::string& mark, std::shared_ptr<const PlanState> state) {
    states_.with([&](auto& states) {
      if (states.size() >= kMost) states.clear();
      states[mark] = std::move(state);
    });
  }

 private:
  static constexpr std::size_t kMost = 32;
  Guarded<std::map<std::string, std::shared_ptr<const PlanState>>> states_;
};

// Measures by the digest of their content, which is held against the content before it is kept: what one organisation
// stores is never shown by another; an entry that was erased since has lost its title and is read anew. Bounded in the same way.
class KnownMeasures {
 public:
  std::vector<SharedMeasure> find(const std::vector<Entry>& entries) {
    std::vector<SharedMeasure> found(entries.size());
    measures_.with([&](auto& measures) {
      for (std::size_t i = 0; i < entries.size(); ++i)
        if (auto known = measures.find(entries[i].digest); known != measures.end() && known->second->title == entries[i].title)
          found[i] = known->second;
    });
    return found;
  }
  void keep(const std::string& digest, const SharedMeasure& measure) {
    if (measure_digest(*measure) != digest) return;
    measures_.with([&](auto& measures) {
      if (measures.size() >= kMost) measures.clear();
      measures[digest] = measure;
    });
  }

 private:
  static constexpr std::size_t kMost = 2000;  // of about 3 kB
  Guarded<std::unordered_map<std::string, SharedMeasure>> measures_;
};

KnownMeasures& known_measures() {
  static KnownMeasures measures;
  return measures;
}

SignedStates& signed_states() {
  static SignedStates states;
  return states;
}

}  // namespace

std::string plan_stream(std::string_view plan) { return "kpi/plan/" + std::string(plan); }
std::string measure_stream(std::string_view plan, std::string_view number) {
  return plan_stream(plan) + "/measure/" + std::string(number);
}

std::string plan_of(std::string_view stream) {
  const std::string start = plan_stream("");
  if (!stream.starts_with(start)) return "";
  stream.remove_prefix(start.size());
  return std::string(stream.substr(0, stream.find('/')));
}

Error unknown_plan(std::string_view plan) {
  std::string name(plan);
  return Error{Code::kNotFound,
               "plan.unknown",
               {"計画「" + name + "」はありません。計画の一覧から選んでください。",
                "There is no plan " + name + ". Choose one from the list of plans."},
               {}};
}

Error unknown_measure(std::string_view plan, std::string_view number) {
  std::string name(number), of(plan);
  return Error{Code::kNotFound,
               "plan.unknown_measure",
               {"計画「" + of + "」に施策「" + name + "」はありません。計画のページから選んでください。",
                "The plan " + of + " has no measure " + name + ". Choose one from the plan's page."},
               {}};
}

bool PlanState::has_drafts() const {
  return header_draft || !withdrawn.empty() ||
         std::any_of(entries.begin(), entries.end(), [](const Entry& entry) { return entry.draft; });
}

Result<std::int64_t> cutoff_of(db::Reader& reader, std::string_view plan, const View& view) {
  if (TRY(store::newest_cutoff(reader, plan, std::nullopt)) == 0) return unknown_plan(plan);
  if (view.drafts) {
    std::int64_t cutoff = TRY(store::newest_cutoff(reader, plan, before(view)));
    if (cutoff == 0) return not_signed_off(plan, view);
    return cutoff;
  }
  auto sign_off = TRY(store::newest_sign_off(reader, plan, before(view)));
  if (!sign_off) return not_signed_off(plan, view);
  return sign_off->record;
}

namespace {

// What was signed off: what came back to it is no draft.
struct Signed {
  std::string header;                          // its content
  std::map<std::string, std::string> digests;  // by measure; "" of one whose words were erased
};

Result<Signed> what_was_signed(db::Reader& reader, std::string_view plan, std::int64_t signed_below) {
  Signed out;
  if (auto header = TRY(store::header(reader, plan, signed_below))) out.header = std::move(header->content);
  for (auto& row : TRY(store::entries(reader, plan, signed_below)))
    if (!row.withdrawn) out.digests[row.entry.number] = erased(row.entry.title) ? "" : std::move(row.entry.digest);
  return out;
}

Result<PlanState> read_state(db::Reader& reader, std::string_view plan, const View& view, std::int64_t cutoff) {
  PlanState state;
  state.sign_off = TRY(store::newest_sign_off(reader, plan, before(view)));
  std::int64_t signed_below = state.sign_off ? state.sign_off->record : -1;
  auto header = TRY(store::header(reader, plan, cutoff));
  if (!header) return not_signed_off(plan, view);
  state.header = TRY(stored_header(header->content));
  state.header_record = header->record;
  auto rows = TRY(store::entries(reader, plan, cutoff));
  auto newer = [&](const store::EntryRow& row) { return row.entry.record > signed_below; };
  Signed was;
  if (state.sign_off && (header->record > signed_below || std::any_of(rows.begin(), rows.end(), newer)))
    was = TRY(what_was_signed(reader, plan, signed_below));
  state.header_draft = header->record > signed_below && header->content != was.header;
  std::map<std::string, std::string> digests;
  for (auto& row : rows) {
    auto stood = was.digests.find(row.entry.number);
    const bool known = stood != was.digests.end();
    row.entry.draft = newer(row) && (row.withdrawn ? known : !known || stood->second != row.entry.digest);
    if (!row.withdrawn) {
      digests[row.entry.number] = row.entry.digest;
      state.entries.push_back(std::move(row.entry));
    } else if (row.entry.draft) {
      state.withdrawn.push_back(row.entry.number);
    }
  }
  std::sort(state.entries.begin(), state.entries.end(),
            [](const Entry& a, const Entry& b) { return number_less(a.number, b.number); });
  std::sort(state.withdrawn.begin(), state.withdrawn.end(), number_less);
  // What was signed off keeps its edition, also when texts were erased since.
  state.edition = state.sign_off && !state.has_drafts() ? state.sign_off->edition : edition_of(state.header, digests);
  return state;
}

}  // namespace

Result<std::shared_ptr<const PlanState>> load_state(db::Reader& reader, std::string_view plan, const View& view) {
  if (!view.drafts) {
    auto sign_off = TRY(store::newest_sign_off(reader, plan, before(view)));
    if (sign_off)
      if (auto known = signed_states().find(sign_off->mark)) return known;
  }
  std::int64_t cutoff = TRY(cutoff_of(reader, plan, view));
  auto state = std::make_shared<const PlanState>(TRY(read_state(reader, plan, view, cutoff)));
  if (!view.drafts && state->sign_off) signed_states().keep(state->sign_off->mark, state);
  return state;
}

Result<std::vector<std::string>> taken_out(db::Reader& reader, std::string_view plan) {
  auto sign_off = TRY(store::newest_sign_off(reader, plan, std::nullopt));
  Signed was;
  if (sign_off) was = TRY(what_was_signed(reader, plan, sign_off->record));
  std::vector<std::string> out;
  for (auto& row : TRY(store::entries(reader, plan, INT64_MAX)))
    if (row.withdrawn && !was.digests.contains(row.entry.number) && (!sign_off || row.entry.record > sign_off->record))
      out.push_back(std::move(row.entry.number));
  std::sort(out.begin(), out.end(), number_less);
  return out;
}

Result<std::vector<SharedMeasure>> load_measures(db::Reader& reader, std::string_view plan, const std::vector<Entry>& entries) {
  auto found = known_measures().find(entries);
  std::vector<Entry> missing;
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (!found[i]) missing.push_back(entries[i]);
  if (missing.empty()) return found;
  auto read = TRY(store::measures(reader, plan, missing));
  for (std::size_t i = 0, next = 0; i < entries.size(); ++i) {
    if (found[i]) continue;
    found[i] = std::make_shared<const Measure>(std::move(read[next++]));
    known_measures().keep(entries[i].digest, found[i]);
  }
  return found;
}

}  // namespace musubi::kpi
