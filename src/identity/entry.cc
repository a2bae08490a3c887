#include "identity/entry.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "evidence/record.h"
#include "identity/record_types.h"
#include "identity/resident_rules.h"
#include "identity/resident_writing.h"

namespace musubi::identity {
namespace {

const EntryReason kReasons[] = {
    {"correction",
     {"訂正の請求を認めた", "A request for correction was granted"},
     {"個人情報保護法 第92条", "Act on the Protection of Personal Information, Article 92"},
     true},
    {"notice", {"届出があった", "A notice was given"}, {"住民基本台帳法 第8条", "Basic Resident Register Act, Article 8"}, true},
    {"family_register",
     {"戸籍の届出や他の市町村の通知があった", "A family register or another municipality told it"},
     {"住民基本台帳法 第9条", "Basic Resident Register Act, Article 9"}},
    {"ex_officio",
     {"誤記や記載漏れを職権で直す", "A slip or omission is put right by the office"},
     {"住民基本台帳法施行令 第12条第3項", "Order for Enforcement of the Basic Resident Register Act, Article 12(3)"}},
    {"undo",
     {"前の記載が誤りだったので元に戻す", "An earlier entry was wrong and is undone"},
     {"住民基本台帳法施行令 第12条第3項", "Order for Enforcement of the Basic Resident Register Act, Article 12(3)"}},
};

bool lives_here(const Resident& person) { return person.state == ResidentState::kPresent && !person.erased; }

Result<std::vector<Resident>> members_of(db::Reader& reader, std::string_view household, std::string_view but) {
  auto out = TRY(store::household(reader, household));
  std::erase_if(out, [&](const Resident& one) { return !lives_here(one) || one.code == but; });
  sort_household(out);
  return out;
}

// Who was head, seen from the one who becomes it: the spouse of a spouse, the parent of a child.
std::string seen_from(std::string_view new_head) { return new_head == "spouse" ? "spouse" : new_head == "child" ? "parent" : "other"; }

// The household that the person is in afterwards has one head, and so has the one that they leave.
class Households {
 public:
  Households(db::Reader& reader, const Resident& before, Resident& after) : reader_(reader), before_(before), after_(after) {}

  Result<void> settle(std::vector<EntryChange>& others, std::vector<Fault>& faults) {
    if (after_.household.empty()) after_.household = before_.household;
    auto left = TRY(members_of(reader_, before_.household, before_.code));
    if (after_.household == before_.household) {
      stay(left, others, faults);
      return {};
    }
    if (before_.relation == "head" && !left.empty()) rise(left.front(), others);
    if (after_.household == kOwnHousehold) {
      if (after_.relation != "head")
        faults.push_back(
            {"/relation", {"新しい世帯を作る人の続柄は「世帯主」にしてください。", "Whoever begins a household is its head."}});
      return {};
    }
    return join(others, faults);
  }

 private:
  static void rise(const Resident& eldest, std::vector<EntryChange>& others) {
    if (eldest.relation == "head") return;
    others.push_back({eldest, eldest});
    others.back().after.relation = "head";
  }
  void take_over(const std::vector<Resident>& members, std::vector<EntryChange>& others) const {
    for (const auto& one : members)
      if (one.relation == "head") {
        others.push_back({one, one});
        others.back().after.relation = seen_from(after_.household == before_.household ? before_.relation : std::string());
      }
  }
  void stay(const std::vector<Resident>& members, std::vector<EntryChange>& others, std::vector<Fault>& faults) const {
    bool was = before_.relation == "head", is = after_.relation == "head";
    if (!was && is) take_over(members, others);
    if (!is && members.empty())
      faults.push_back({"/relation", {"一人の世帯の人は世帯主です。", "Whoever lives alone is the head of the household."}});
    else if (was && !is)
      faults.push_back(
          {"/relation",
           {"世帯主を替えるには、新しく世帯主になる人の記載を開き、その人の続柄を「世帯主」にしてください。この人の続柄は一緒に変わり"
            "ます。",
            "To change the head, open the entry of the new one and make them head; this person's relation changes with it."}});
  }
  Result<void> join(std::vector<EntryChange>& others, std::vector<Fault>& faults) const {
    auto members =
        is_household_code(after_.household) ? TRY(members_of(reader_, after_.household, before_.code)) : std::vector<Resident>();
    if (members.empty())
      faults.push_back({"/household",
                        {"その世帯はないか、今は誰も住んでいません。住民の記載で世帯の符号を確かめてください。",
                         "There is no such household, or nobody lives in it now. Look up its code in the entry of a member."}});
    else if (members.size() >= kHouseholdAtMost)
      faults.push_back({"/household", {"1 世帯は 30 人までです。", "A household has at most 30 persons."}});
    if (after_.relation == "head") take_over(members, others);
    return {};
  }

  db::Reader& reader_;
  const Resident& before_;
  Resident& after_;
};

Result<void> check_day(db::Reader& reader, const ByHand& entry, const Resident& before, text::Date today, std::vector<Fault>& faults) {
  if (!text::is_valid(entry.day) || today < entry.day) {
    faults.push_back(
        {"/day",
         {"いつからの記載かを、今日までの実在する日で入力してください。", "Enter from when it holds: a real day, not after today."}});
    return {};
  }
  if (entry.after.address == before.address) return {};
  for (const auto& known : TRY(store::addresses(reader, before.code)))
    if (!known.until && entry.day < known.from)
      faults.push_back({"/day",
                        {"住所を変える日は、今の住所の始まり（" + text::iso_date(known.from) +
                             "）以後にしてください。同じ日なら、その住所を書き直します。",
                         "An address changes on or after the day on which the present one began (" + text::iso_date(known.from) +
                             "). On that very day it is written anew."}});
  return {};
}

Error entry_changed() {
  return {
      Code::kConflict,
      "identity.entry_changed",
      {"この記載は、確かめている間にほかの担当者が変えました。まだ何も記載していません。今の内容を見て、もう一度確かめてください。",
       "Another officer changed this entry while you were at it. Nothing was entered yet. Look at what it says now and check again."},
      {}};
}

Result<void> put_one(db::Transaction& tx, const EntryChange& change, json::object facts, std::string_view actor, json::object more) {
  auto row = TRY(present(tx, change.before.code));
  row.resident = change.after;
  return put_changed(tx, row, true, "identity.resident_changed", std::move(facts), actor, std::move(more));
}

std::string member(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

EntryEvent event_of(const evidence::Record& record, std::string_view code) {
  EntryEvent out{record.counter, record.index, record.type, {}, {}, {}, record.at, {}};
  if (auto head = parse_json(record.head); head.ok() && head->is_object()) {
    out.actor = member(head->get_object(), "actor");
    if (const auto* facts = head->get_object().if_contains("facts"); facts && facts->is_object())
      out.reason = member(facts->get_object(), "reason");
  }
  auto body = record.body ? parse_json(*record.body) : Result<json::value>(json::value());
  if (!body.ok() || !body->is_object()) return out;
  out.case_id = member(body->get_object(), "case");
  auto state = resident_from(std::string(code), member(body->get_object(), "household"),
                             resident_state_from(member(body->get_object(), "state")).value_or(ResidentState::kPresent), *record.body);
  if (state.ok()) out.state = std::move(*state);
  return out;
}

Due due_of(const db::Row& row) {
  Due out{row.text(0), row.text(1), row.text(2), Time{row.integer(3)}, row.text(4), {}};
  if (auto at = row.maybe_integer(5)) out.settled_at = Time{*at};
  return out;
}
constexpr const char* kDue = "SELECT case_id, person, item, opened_at, outcome, settled_at FROM identity_due ";

Result<void> put_due(db::Transaction& tx, const Due& due) {
  return tx.put("identity_due", {{"case_id", due.case_id},
                                 {"person", due.person},
                                 {"item", due.item},
                                 {"opened_at", due.opened_at.us},
                                 {"outcome", due.outcome},
                                 {"settled_at", due.settled_at ? db::Value(due.settled_at->us) : db::Value()}});
}

}  // namespace

std::span<const EntryReason> entry_reasons() { return kReasons; }
const EntryReason* entry_reason(std::string_view word) {
  for (const auto& one : kReasons)
    if (one.word == word) return &one;
  return nullptr;
}

std::string entry_mark(const Resident& resident) {
  json::object all = content_of(resident);
  all["household"] = resident.household;
  all["state"] = std::string(resident_state_word(resident.state));
  return to_hex(crypto::bytes(crypto::sha256(canonical_json(all))));
}

Result<EntryPlan> plan_entry(db::Reader& reader, const ByHand& entry, text::Date today) {
  EntryPlan plan;
  plan.own.before = TRY(present(reader, entry.after.code)).resident;
  const Resident& before = plan.own.before;
  Resident& after = plan.own.after;
  after = entry.after;
  after.state = before.state;
  after.moved_from = before.moved_from;
  after.moved_to = before.moved_to;
  after.left_on = before.left_on;
  if (after.household.empty()) after.household = before.household;
  if (entry_mark(before) != entry.seen) {
    // The same post twice: what it wants is there. A household of one's own has another code by now.
    Resident wanted = after;
    if (wanted.household == kOwnHousehold) wanted.household = before.household;
    if (wanted != before) return entry_changed();
    after = before;
    return plan;
  }
  std::vector<Fault> faults;
  Resident checked = after;
  checked.household.clear();  // held against the register below
  check_resident(checked, "", faults);
  TRY(Households(reader, before, after).settle(plan.others, faults));
  TRY(check_day(reader, entry, before, today, faults));
  const auto* reason = entry_reason(entry.reason);
  if (!reason)
    faults.push_back({"/reason", {"記載の理由を選んでください。", "Choose the reason for the entry."}});
  else if (reason->needs_case && entry.case_id.empty())
    faults.push_back(
        {"/case", {"この理由には、もとになる案件の番号が必要です。", "This reason needs the number of the case that it rests on."}});
  if (faults.empty() && !plan.own.any())
    faults.push_back(
        {"", {"何も変わっていません。変える欄を書き直してください。", "Nothing changes. Correct what should read otherwise."}});
  if (!faults.empty()) return bad_resident(std::move(faults));
  return plan;
}

Result<EntryPlan> enter_by_hand(db::Transaction& tx, const ByHand& entry, text::Date today, std::string_view actor) {
  auto plan = TRY(plan_entry(tx, entry, today));
  if (!plan.own.any()) return plan;
  if (plan.own.after.household == kOwnHousehold) plan.own.after.household = new_household_code();
  if (plan.own.after.address != plan.own.before.address) {
    TRY(close_address(tx, entry.after.code, entry.day));
    TRY(store::put_address(tx, entry.after.code, {plan.own.after.address, entry.day, {}}));
  }
  json::object more{{"day", text::iso_date(entry.day)}};
  if (!entry.case_id.empty()) more["case"] = entry.case_id;
  TRY(put_one(tx, plan.own, {{"reason", entry.reason}}, actor, more));
  for (const auto& other : plan.others)
    TRY(put_one(tx, other, {{"reason", other.after.relation == "head" ? "new_head" : "new_relation"}}, actor, more));
  return plan;
}

Result<std::vector<EntryEvent>> entry_history(db::Reader& reader, std::string_view code, std::size_t limit) {
  std::vector<EntryEvent> out;
  for (const auto& record : TRY(evidence::read_stream(reader, resident_stream(code), 1, 1000))) out.push_back(event_of(record, code));
  std::reverse(out.begin(), out.end());
  if (out.size() > limit) out.resize(limit);
  return out;
}

Undoable undoable(const std::vector<EntryEvent>& newest_first) {
  Undoable out;
  for (const auto& event : newest_first) {
    if (!event.state) continue;
    if (out.entry) {
      out.before = &event;
      return out;
    }
    if (!entry_reason(event.reason)) return {};
    out.entry = &event;
  }
  return {};
}

Result<void> open_due(db::Transaction& tx, std::string_view case_id, std::string_view person, std::string_view item, Time now,
                      std::string_view actor) {
  if (TRY(due(tx, case_id))) return {};
  Due made{std::string(case_id), std::string(person), std::string(item), now, "", {}};
  TRY(put_due(tx, made));
  TRY(evidence::append(
      tx, {record_type("identity.entry_due"), "identity/due/" + made.case_id, std::string(actor), "", {{"item", made.item}}}));
  return {};
}

Result<Due> settle_due(db::Transaction& tx, std::string_view case_id, std::string_view outcome, std::string_view why, Time now,
                       std::string_view actor) {
  auto found = TRY(due(tx, case_id));
  if (!found || !found->outcome.empty())
    return Error{Code::kConflict,
                 "identity.not_due",
                 {"この案件に、手での記載は残っていません。ほかの担当者が先に終えたかもしれません。一覧を見てください。",
                  "Nothing of this case waits for an entry. Another officer may have settled it. Look at the list."},
                 {}};
  auto person = TRY(resident(tx, found->person));
  if (person && person->erased) why = {};  // it may say of them what was erased
  found->outcome = std::string(outcome);
  found->settled_at = now;
  TRY(put_due(tx, *found));
  TRY(evidence::append(tx, {record_type("identity.entry_settled"),
                            "identity/due/" + found->case_id,
                            std::string(actor),
                            "",
                            {{"item", found->item}, {"outcome", found->outcome}},
                            why.empty() ? json::value(nullptr) : json::value(json::object{{"why", why}})}));
  return std::move(*found);
}

Result<std::optional<Due>> due(db::Reader& reader, std::string_view case_id) {
  auto rows = TRY(reader.query(std::string(kDue) + "WHERE case_id = $1", {std::string(case_id)}));
  return rows.empty() ? std::optional<Due>() : std::optional(due_of(rows[0]));
}

Result<std::vector<Due>> open_dues(db::Reader& reader, std::size_t limit) {
  std::vector<Due> out;
  for (const auto& row :
       TRY(reader.query(std::string(kDue) + "WHERE outcome = '' ORDER BY opened_at, case_id LIMIT $1", {std::int64_t(limit)})))
    out.push_back(due_of(row));
  return out;
}

Result<std::int64_t> count_dues(db::Reader& reader) {
  return TRY(reader.query("SELECT count(*) FROM identity_due WHERE outcome = ''"))[0].integer(0);
}

}  // namespace musubi::identity
