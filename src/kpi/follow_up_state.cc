#include "kpi/follow_up_state.h"

#include <algorithm>
#include <set>

#include "kpi/follow_up_json.h"
#include "kpi/follow_up_store.h"
#include "kpi/hidden.h"
#include "kpi/sheet_json.h"
#include "kpi/state.h"

namespace musubi::kpi {
namespace {

std::optional<Time> before(const View& view) { return view.as_of ? std::optional(end_of_day_jst(*view.as_of)) : std::nullopt; }

Error not_published(std::string_view plan) {
  std::string name(plan);
  return Error{Code::kNotFound,
               "follow_up.not_published",
               {"計画「" + name + "」のフォローアップは、この時点ではまだ公表されていません。",
                "No follow-up of the plan " + name + " had been published by then."},
               {}};
}

// Rows in the order they were written become one state.
class Fold {
 public:
  explicit Fold(FollowUpState& state) : state_(state) {}

  Result<void> add(const store::FollowUpRow& row) {
    if (row.what == "schedule") {
      state_.schedule = TRY(stored_schedule(row.content.value_or("")));
      state_.schedule_revision = row.revision;
      state_.schedule_record = row.record;
    } else if (row.what == "owner") {
      if (row.kind.empty())
        state_.owners.erase(row.number);
      else
        state_.owners[row.number] = row.kind;
    } else if (row.what == "finding") {
      return add_finding(row);
    } else if (auto period = period_from(row.item); period && (row.what == "entry" || row.what == "step")) {
      return add_entry({row.number, *period}, row);
    }
    return {};
  }

 private:
  Result<void> add_finding(const store::FollowUpRow& row) {
    Text words = TRY(stored_words(row.content)).value_or(Text{});
    int id = std::stoi("0" + row.item);
    if (row.kind == "opened") {
      state_.findings.push_back({row.number, id, std::move(words), row.record, row.at, row.actor, {}});
      return {};
    }
    for (auto& one : state_.findings)
      if (one.number == row.number && one.id == id) one.closed = Finding::Closed{std::move(words), row.record, row.at, row.actor};
    return {};
  }

  Result<void> add_entry(const FollowUpKey& key, const store::FollowUpRow& row) {
    if (row.what == "entry") {
      state_.entries[key].push_back({row.revision, row.record, row.at, row.actor, from_word<Light>(kLights, row.kind), {}});
      return {};
    }
    auto remark = TRY(stored_words(row.content));
    for (auto& one : state_.entries[key])
      if (one.revision == row.revision) one.step = FollowUpStep{row.kind == "signed_off", row.record, row.at, row.actor, remark};
    return {};
  }

  FollowUpState& state_;
};

void keep_signed(FollowUpState& state) {
  for (auto at = state.entries.begin(); at != state.entries.end();) {
    std::erase_if(at->second, [](const FollowUpRevision& one) { return !one.signed_off(); });
    at = at->second.empty() ? state.entries.erase(at) : std::next(at);
  }
}

// Earlier revisions whose content the public may not see. A publication shows the newest that was signed off before it.
Result<void> drop_withheld(db::Reader& reader, FollowUpState& state, const std::vector<std::int64_t>& publications) {
  std::vector<ToldRevision> told;
  bool asked = false;
  for (const auto& [key, revisions] : state.entries)
    for (auto at = revisions.begin(); at != revisions.end(); ++at) {
      const std::int64_t until = at + 1 == revisions.end() ? INT64_MAX : (at + 1)->step->record;
      const auto next = std::upper_bound(publications.begin(), publications.end(), at->step->record);
      told.push_back({at->record, next != publications.end() && *next < until, ""});
      asked = asked || !told.back().shown;
    }
  if (!asked) return {};
  auto contents = TRY(store::taking_entries(reader, state.plan, state.cutoff));
  for (auto& one : told)
    if (auto content = contents.find(one.record); content != contents.end()) one.content = std::move(content->second);
  HiddenSince hidden(reader);
  const auto closed = TRY(withheld(hidden, told));
  for (auto& [key, revisions] : state.entries)
    std::erase_if(revisions, [&](const FollowUpRevision& one) { return closed.contains(one.record); });
  return {};
}

ItemState item_state(const FollowUpRevision* newest, const Item& item, text::Date today) {
  if (!newest) return item.begins > today ? ItemState::kNotBegun : ItemState::kOpen;
  if (!newest->step) return ItemState::kEntered;
  return newest->step->signed_off ? ItemState::kSignedOff : ItemState::kReturned;
}

// The first period of which the newest signed-off entry says done, if any.
std::optional<Period> done_in(const FollowUpState& state, const std::string& number) {
  for (auto at = state.entries.lower_bound({number, Period{}}); at != state.entries.end() && at->first.first == number; ++at) {
    const auto* newest = state.newest_signed(at->first);  // a draft that corrects it takes nothing back
    if (newest && newest->light == Light::kDone) return at->first.second;
  }
  return std::nullopt;
}

}  // namespace

bool FollowUpOfficer::holds(std::string_view post) const { return std::find(posts.begin(), posts.end(), post) != posts.end(); }

bool leads(const FollowUpState& state, const FollowUpOfficer& officer) {
  bool named = state.schedule && !state.schedule->post.empty();
  return named ? officer.holds(state.schedule->post) : officer.administrator;
}

bool arranges(const FollowUpState& state, const FollowUpOfficer& officer) { return officer.administrator || leads(state, officer); }

bool enters(const FollowUpState& state, const std::string& number, const FollowUpOfficer& officer) {
  auto owner = state.owners.find(number);
  return owner == state.owners.end() ? leads(state, officer) : officer.holds(owner->second);
}

bool wrote(const FollowUpState& state, const FollowUpKey& key, std::string_view officer) {
  const auto& all = state.entries.at(key);
  for (auto at = all.rbegin(); at != all.rend() && !at->signed_off(); ++at)
    if (at->actor == officer) return true;
  return false;
}

Error follow_up_same_officer() {
  return {Code::kForbidden,
          "follow_up.same_officer",
          {"記入した人は確認できません。ほかの職員が確認してください。", "Who wrote it cannot sign it off. Another officer must."},
          {}};
}

Error not_leading(const FollowUpState& state) {
  if (!state.schedule || state.schedule->post.empty())
    return Error{Code::kForbidden,
                 "follow_up.not_leading",
                 {"この計画には、フォローアップを取りまとめる職がまだ決まっていません。それまでは管理者が行います。管理者は、予定のペ"
                  "ージで職を決められます。",
                  "No post leads this plan's follow-up yet. Until then an administrator does this; on the schedule's page an "
                  "administrator names a post."},
                 {}};
  return Error{Code::kForbidden,
               "follow_up.not_leading",
               {"この計画のフォローアップは、職「" + state.schedule->post +
                    "」が取りまとめています。この職に就いている職員が行います。職を変えるのは管理者です。",
                "The post " + state.schedule->post +
                    " leads this plan's follow-up. An officer who holds it does this; an administrator can name another post."},
               {}};
}

std::vector<Period> FollowUpState::periods(std::string_view number) const {
  std::vector<Period> out;
  for (auto at = entries.lower_bound({std::string(number), Period{}}); at != entries.end() && at->first.first == number; ++at)
    out.push_back(at->first.second);
  std::reverse(out.begin(), out.end());
  return out;
}

const FollowUpRevision* FollowUpState::newest(const FollowUpKey& key) const {
  auto found = entries.find(key);
  return found == entries.end() || found->second.empty() ? nullptr : &found->second.back();
}

namespace {

template <class Fits>
const FollowUpRevision* newest_that(const std::map<FollowUpKey, std::vector<FollowUpRevision>>& entries, const FollowUpKey& key,
                                    Fits fits) {
  auto found = entries.find(key);
  if (found == entries.end()) return nullptr;
  auto at = std::find_if(found->second.rbegin(), found->second.rend(), fits);
  return at == found->second.rend() ? nullptr : &*at;
}

}  // namespace

const FollowUpRevision* FollowUpState::newest_signed(const FollowUpKey& key) const {
  return newest_that(entries, key, [](const FollowUpRevision& one) { return one.signed_off(); });
}

const FollowUpRevision* FollowUpState::newest_published(const FollowUpKey& key) const {
  return newest_that(entries, key, [&](const FollowUpRevision& one) {
    return publication && one.signed_off() && one.step->record < publication->record;
  });
}

std::size_t FollowUpState::open_findings(std::string_view number) const {
  return std::size_t(
      std::count_if(findings.begin(), findings.end(), [&](const Finding& one) { return one.number == number && !one.closed; }));
}

std::size_t FollowUpState::published_findings(std::string_view number) const {
  return std::size_t(std::count_if(findings.begin(), findings.end(), [&](const Finding& one) {
    return one.number == number && !one.closed && publication && one.record < publication->record;
  }));
}

std::int64_t FollowUpState::newest_finding(std::string_view number) const {
  std::int64_t newest = -1;
  for (const auto& one : findings)
    if (one.number == number && !one.closed) newest = std::max(newest, one.record);
  return newest;
}

std::size_t FollowUpState::unpublished() const {
  std::int64_t since = publication ? publication->record : -1;
  std::size_t out = schedule && schedule_record > since;
  for (const auto& [key, revisions] : entries)
    for (const auto& one : revisions) out += one.signed_off() && one.step->record > since;
  for (const auto& one : findings) out += one.record > since || (one.closed && one.closed->record > since);
  return out;
}

std::vector<Item> items_of(const PlanState& plan, const FollowUpState& state, text::Date today, text::Date until) {
  std::vector<Item> out;
  if (!state.schedule) return out;
  for (const auto& entry : plan.entries) {
    Frequency frequency = frequency_of(*state.schedule, entry.number, entry.field);
    auto done = done_in(state, entry.number);
    auto owner = state.owners.find(entry.number);
    for (Period period : periods_of(*state.schedule, frequency, until)) {
      if (done && period > *done) break;
      Item item{plan.header.id,
                entry.number,
                entry.title,
                entry.field,
                owner == state.owners.end() ? "" : owner->second,
                frequency,
                period,
                first_day(period),
                due_day(*state.schedule, period),
                ItemState::kOpen,
                false,
                {}};
      const auto* newest = state.newest({entry.number, period});
      item.state = item_state(newest, item, today);
      item.overdue = item.due < today && item.state != ItemState::kSignedOff;
      if (newest) item.light = newest->light;
      out.push_back(std::move(item));
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Item& a, const Item& b) { return a.due < b.due; });
  return out;
}

Result<FollowUpState> load_follow_ups(db::Reader& reader, std::string_view plan, const View& view) {
  TRY(load_state(reader, plan, View{.drafts = false, .as_of = view.as_of}));
  FollowUpState state;
  state.plan = plan;
  state.publication = TRY(store::newest_follow_up_publication(reader, plan, before(view)));
  if (!view.drafts && !state.publication) return not_published(plan);
  state.cutoff = view.drafts ? TRY(store::follow_up_cutoff(reader, plan, before(view))) : state.publication->record;
  Fold fold(state);
  std::vector<std::int64_t> publications;
  for (const auto& row : TRY(store::follow_up_rows(reader, plan, state.cutoff))) {
    TRY(fold.add(row));
    if (row.what == "publication") publications.push_back(row.record);
  }
  if (!view.drafts) {
    publications.push_back(state.publication->record);
    keep_signed(state);
    TRY(drop_withheld(reader, state, publications));
  }
  std::sort(state.findings.begin(), state.findings.end(),
            [](const Finding& a, const Finding& b) { return a.number != b.number ? number_less(a.number, b.number) : a.id < b.id; });
  return state;
}

}  // namespace musubi::kpi
