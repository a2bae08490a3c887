// Reading follow-ups, and the reminders that are due. Part of follow_ups.h.
#include <algorithm>

#include "evidence/record.h"
#include "kpi/follow_up_json.h"
#include "kpi/follow_up_store.h"
#include "kpi/follow_ups.h"
#include "kpi/state.h"
#include "kpi/store.h"

namespace musubi::kpi {
namespace {

// Plans that are signed off and have a schedule, with their items.
struct Planned {
  std::shared_ptr<const PlanState> plan;
  FollowUpState state;
};

Result<std::vector<Planned>> planned(db::Reader& reader) {
  std::vector<Planned> out;
  for (const auto& id : TRY(store::plans(reader))) {
    auto plan = load_state(reader, id, View{});
    if (!plan.ok() && plan.error().code == Code::kNotFound) continue;
    auto state = TRY(load_follow_ups(reader, id, View{.drafts = true}));
    if (state.schedule) out.push_back({TRY(std::move(plan)), std::move(state)});
  }
  return out;
}

struct DueReminder {
  std::string plan, post, stage;
  Period period;
  std::vector<std::string> numbers;
  bool operator<(const DueReminder& other) const {
    return std::tie(plan, post, period, stage) < std::tie(other.plan, other.post, other.period, other.stage);
  }
};

// What every post should have been reminded of by this day, whether or not it was.
Result<std::vector<DueReminder>> due_reminders(db::Reader& reader, text::Date today) {
  std::map<std::tuple<std::string, std::string, Period, std::string>, std::vector<std::string>> groups;
  for (const auto& [plan, state] : TRY(planned(reader)))
    for (const auto& item : items_of(*plan, state, today, today)) {
      if (item.post.empty() || item.state == ItemState::kSignedOff) continue;
      std::string stage = reminder_stage(*state.schedule, item.due, today);
      if (!stage.empty()) groups[{item.plan, item.post, item.period, stage}].push_back(item.number);
    }
  std::vector<DueReminder> out;
  for (auto& [key, numbers] : groups)
    out.push_back({std::get<0>(key), std::get<1>(key), std::get<3>(key), std::get<2>(key), std::move(numbers)});
  return out;
}

std::vector<std::string> numbers_in(const std::optional<std::string>& content) {
  std::vector<std::string> out;
  auto value = parse_json(content.value_or("{}"));
  const json::value* all = value.ok() && value->is_object() ? value->get_object().if_contains("measures") : nullptr;
  if (all && all->is_array())
    for (const auto& one : all->get_array())
      if (one.is_string()) out.emplace_back(one.get_string());
  return out;
}

// What no reminder of this stage has named yet: all of it, or measures that the post was given since.
std::vector<std::string> unnamed(const std::vector<store::FollowUpRow>& rows, const DueReminder& due) {
  std::vector<std::string> out = due.numbers;
  for (const auto& row : rows) {
    if (row.number != due.post || row.item != period_id(due.period) || row.kind != due.stage) continue;
    for (const auto& number : numbers_in(row.content)) std::erase(out, number);
  }
  return out;
}

Result<std::vector<FollowUps::Told>> revisions_in(db::Reader& reader, const FollowUpState& state, const FollowUpKey& key) {
  std::vector<FollowUps::Told> out;
  auto found = state.entries.find(key);
  if (found == state.entries.end()) return out;
  for (const auto& one : found->second) {
    auto content = TRY(store::follow_up_content(reader, state.plan, "entry", key.first, period_id(key.second), one.revision));
    auto stored = TRY(stored_follow_up(content.value_or("")));
    out.push_back({one, std::move(stored)});
  }
  return out;
}

}  // namespace

Result<FollowUpState> FollowUps::state(std::string_view plan, const View& view) {
  return database_.read([&](db::Reader& reader) { return load_follow_ups(reader, plan, view); });
}

Result<std::vector<FollowUps::Told>> FollowUps::entry(std::string_view plan, const FollowUpKey& key, const View& view) {
  return database_.read([&](db::Reader& reader) -> Result<std::vector<Told>> {
    return revisions_in(reader, TRY(load_follow_ups(reader, plan, view)), key);
  });
}

Result<std::vector<FollowUps::Told>> FollowUps::revisions(const FollowUpState& state, const FollowUpKey& key) {
  return database_.read([&](db::Reader& reader) { return revisions_in(reader, state, key); });
}

Result<std::vector<FollowUps::Told>> FollowUps::newest(const FollowUpState& state, const std::vector<FollowUpKey>& keys) {
  return database_.read([&](db::Reader& reader) -> Result<std::vector<Told>> {
    std::vector<Told> out;
    for (const auto& key : keys) {
      const auto* one = state.newest(key);
      CHECK(one);
      auto content = TRY(store::follow_up_content(reader, state.plan, "entry", key.first, period_id(key.second), one->revision));
      auto stored = TRY(stored_follow_up(content.value_or("")));
      out.push_back({*one, std::move(stored)});
    }
    return out;
  });
}

Result<std::vector<Item>> FollowUps::items(Time now, text::Date until) {
  return database_.read([&](db::Reader& reader) -> Result<std::vector<Item>> {
    std::vector<Item> out;
    for (const auto& [plan, state] : TRY(planned(reader)))
      for (auto& item : items_of(*plan, state, text::jst_date(now), until)) out.push_back(std::move(item));
    std::stable_sort(out.begin(), out.end(), [](const Item& a, const Item& b) { return a.due < b.due; });
    return out;
  });
}

Result<std::size_t> FollowUps::remind(Time now) {
  text::Date today = text::jst_date(now);
  auto any = TRY(database_.read([&](db::Reader& reader) -> Result<bool> {
    for (const auto& due : TRY(due_reminders(reader, today)))
      if (!unnamed(TRY(store::reminder_rows(reader, due.plan)), due).empty()) return true;
    return false;
  }));
  if (!any) return 0;
  return database_.write([&](db::Transaction& tx) -> Result<std::size_t> {
    std::size_t made = 0;
    for (const auto& due : TRY(due_reminders(tx, today))) {  // again, under the write lock: two processes write one
      auto rows = TRY(store::reminder_rows(tx, due.plan));
      auto numbers = unnamed(rows, due);
      if (numbers.empty()) continue;
      std::string item = period_id(due.period);
      std::int64_t revision =
          1 + std::count_if(rows.begin(), rows.end(), [&](auto& row) { return row.number == due.post && row.item == item; });
      json::array measures;
      for (const auto& number : numbers) measures.emplace_back(number);
      TRY(put_reminder(tx, due.plan, due.post, item, revision, due.stage, json::object{{"measures", std::move(measures)}}));
      ++made;
    }
    return made;
  });
}

Result<std::vector<Reminder>> FollowUps::reminders(const std::vector<std::string>& posts) {
  return database_.read([&](db::Reader& reader) -> Result<std::vector<Reminder>> {
    std::map<std::tuple<std::string, std::string, Period>, Reminder> newest;
    for (const auto& [plan, state] : TRY(planned(reader)))
      for (const auto& row : TRY(store::reminder_rows(reader, plan->header.id))) {
        auto period = period_from(row.item);
        if (!period || std::find(posts.begin(), posts.end(), row.number) == posts.end()) continue;
        Reminder one{plan->header.id, row.number, row.kind, *period, row.record, row.at, {}};
        for (auto& number : numbers_in(row.content)) {  // what was settled since needs no reminding
          const auto* said = state.newest({number, *period});
          auto owner = state.owners.find(number);
          bool mine = owner != state.owners.end() && owner->second == one.post;  // nor does what went to another post
          if (mine && (!said || !said->signed_off())) one.numbers.push_back(std::move(number));
        }
        auto& kept = newest[{one.plan, one.post, one.period}];
        if (kept.stage == one.stage) one.numbers.insert(one.numbers.begin(), kept.numbers.begin(), kept.numbers.end());
        std::sort(one.numbers.begin(), one.numbers.end());
        one.numbers.erase(std::unique(one.numbers.begin(), one.numbers.end()), one.numbers.end());
        kept = std::move(one);
      }
    std::vector<Reminder> out;
    for (auto& [key, one] : newest)
      if (!one.numbers.empty()) out.push_back(std::move(one));
    std::sort(out.begin(), out.end(), [](const Reminder& a, const Reminder& b) { return a.record > b.record; });
    return out;
  });
}

Result<std::set<std::string>> FollowUps::plans_with_owners() {
  return database_.read([](db::Reader& reader) { return store::plans_with_owners(reader); });
}

Result<std::int64_t> FollowUps::position() {
  return database_.read([](db::Reader& reader) { return store::follow_up_position(reader); });
}

}  // namespace musubi::kpi
