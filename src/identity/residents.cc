#include "identity/residents.h"

#include <algorithm>
#include <map>
#include <set>

#include "crypto/hash.h"
#include "evidence/record.h"
#include "identity/record_types.h"
#include "identity/resident_rules.h"
#include "identity/resident_store.h"
#include "identity/resident_writing.h"

namespace musubi::identity {
namespace {

Error unknown_resident(std::string_view code) {
  std::string c(code);
  return {Code::kNotFound,
          "identity.unknown_resident",
          {"住民 " + c + " は登録されていません。氏名で探し直してください。", "There is no resident " + c + ". Search by name."},
          {}};
}

Error not_present(std::string_view code) {
  std::string c(code);
  return {Code::kConflict,
          "identity.not_present",
          {"住民 " + c + " は転出したか、亡くなっています。記載を確認してください。",
           "Resident " + c + " has moved out or died. Look at the entry."},
          {}};
}

}  // namespace

std::string resident_stream(std::string_view code) { return "identity/resident/" + std::string(code); }

Error bad_resident(std::vector<Fault> faults) {
  return {Code::kInvalid,
          "identity.bad_resident",
          {"住民の記載を直してください。", "Correct the entry of the resident."},
          std::move(faults)};
}

Result<store::ResidentRow> present(db::Reader& reader, std::string_view code) {
  auto row = TRY(store::resident(reader, code));
  if (!row || row->resident.erased) return unknown_resident(code);
  if (row->resident.state != ResidentState::kPresent) return not_present(code);
  return std::move(*row);
}

Result<void> put_changed(db::Transaction& tx, const store::ResidentRow& row, bool index, std::string_view type, json::object facts,
                         std::string_view actor, json::object more) {
  TRY(store::put_resident(tx, row, index));
  json::object body = content_of(row.resident);
  for (auto& one : more) body[one.key()] = std::move(one.value());
  body["household"] = row.resident.household;
  body["state"] = std::string(resident_state_word(row.resident.state));
  TRY(evidence::append(
      tx, {record_type(type), resident_stream(row.resident.code), std::string(actor), "", std::move(facts), std::move(body)}));
  return {};
}

Result<void> close_address(db::Transaction& tx, std::string_view code, text::Date day) {
  for (auto& entry : TRY(store::addresses(tx, code))) {
    if (entry.until) continue;
    entry.until = std::max(entry.from, day);
    TRY(store::put_address(tx, code, entry));
  }
  return {};
}

Result<void> replace_head(db::Transaction& tx, std::string_view household, std::string_view actor) {
  auto members = TRY(store::household(tx, household));
  std::erase_if(members, [](const Resident& person) { return person.state != ResidentState::kPresent || person.erased; });
  if (members.empty()) return {};
  sort_household(members);
  if (members.front().relation == "head") return {};
  auto row = TRY(store::resident(tx, members.front().code));
  row->resident.relation = "head";
  return put_changed(tx, *row, false, "identity.resident_changed", {{"reason", "new_head"}}, actor);
}

namespace {

constexpr std::size_t kHits = 1000;
constexpr std::uint32_t kPerPageAtMost = 200;

Error resident_known(std::string_view code) {
  std::string c(code);
  return {Code::kConflict,
          "identity.resident_known",
          {"住民 " + c + " はすでに登録されています。転入として届け出るか、記載の変更を行ってください。",
           "Resident " + c + " is on the register already. Record a move, or change the entry."},
          {}};
}

Error lives_here(std::string_view code) {
  std::string c(code);
  return {Code::kConflict,
          "identity.lives_here",
          {"住民 " + c + " はすでにこの町に住んでいます。転居（町内の引越し）として記載を変更してください。",
           "Resident " + c + " lives in this town already. Change their address instead."},
          {}};
}

// Fills in codes and households: a head without a household begins one, those after join it.
void complete(std::vector<Resident>& persons, std::string household) {
  for (auto& person : persons) {
    if (person.code.empty()) person.code = new_person_code();
    if (!person.household.empty())
      household = person.household;
    else if (person.relation == "head" || household.empty())
      household = new_household_code();
    person.household = household;
  }
}

std::vector<Fault> check_all(const std::vector<Resident>& persons) {
  std::vector<Fault> faults;
  if (persons.empty() || persons.size() > kEntriesAtMost)
    faults.push_back({"", {"一度に登録できるのは 1 人から 500 人までです。", "Enter 1 to 500 persons at a time."}});
  std::set<std::string_view> seen;
  std::map<std::string_view, std::size_t> sizes;
  for (std::size_t i = 0; i < persons.size() && i < kEntriesAtMost; ++i) {
    std::string at = "/" + std::to_string(i);
    check_resident(persons[i], at, faults);
    if (!persons[i].code.empty() && !seen.insert(persons[i].code).second)
      faults.push_back({at + "/code", {"同じ符号の人が二度入力されています。", "The same person stands here twice."}});
    if (++sizes[persons[i].household] == kHouseholdAtMost + 1 && !persons[i].household.empty())
      faults.push_back({at + "/household", {"1 世帯は 30 人までです。", "A household has at most 30 persons."}});
  }
  return faults;
}

Result<void> put_new(db::Transaction& tx, const Resident& person, std::int64_t number, std::string_view actor) {
  TRY(store::put_resident(tx, {number, person}, true));
  TRY(store::put_address(tx, person.code, {person.address, person.since, {}}));
  json::object body = content_of(person);
  body["household"] = person.household;
  TRY(evidence::append(
      tx, {record_type("identity.resident_entered"), resident_stream(person.code), std::string(actor), "", {}, std::move(body)}));
  return {};
}

Result<void> leave(db::Transaction& tx, store::ResidentRow row, ResidentState state, text::Date day, std::optional<Address> to,
                   std::string_view type, std::string_view actor) {
  row.resident.state = state;
  row.resident.left_on = day;
  row.resident.moved_to = std::move(to);
  TRY(close_address(tx, row.resident.code, day));
  json::object facts;
  if (type == "identity.resident_changed") facts["reason"] = "moved_out";
  return put_changed(tx, row, false, type, std::move(facts), actor);
}

Result<void> append_move(db::Transaction& tx, const char* type, const std::string& household, std::span<const std::string> codes,
                         text::Date day, std::string_view actor) {
  json::array who(codes.begin(), codes.end());
  TRY(evidence::append(tx, {record_type(type),
                            "identity/household/" + household,
                            std::string(actor),
                            "",
                            {{"persons", std::int64_t(codes.size())}},
                            json::object{{"persons", std::move(who)}, {"day", text::iso_date(day)}}}));
  return {};
}

Result<void> come_back(db::Transaction& tx, store::ResidentRow row, Resident person, std::string_view actor) {
  row.resident = std::move(person);
  TRY(store::put_address(tx, row.resident.code, {row.resident.address, row.resident.since, {}}));
  return put_changed(tx, row, true, "identity.resident_changed", {{"reason", "moved_in"}}, actor);
}

}  // namespace

Result<std::vector<Resident>> enter_residents(db::Transaction& tx, std::vector<Resident> persons, std::string_view actor) {
  if (auto faults = check_all(persons); !faults.empty()) return bad_resident(std::move(faults));
  complete(persons, "");
  std::vector<std::string> codes;
  for (const auto& person : persons) codes.push_back(person.code);
  if (auto known = TRY(store::known_codes(tx, codes)); !known.empty()) return resident_known(known[0]);
  auto number = TRY(store::last_number(tx));
  for (const auto& person : persons) TRY(put_new(tx, person, ++number, actor));
  return persons;
}

Result<Resident> enter_resident(db::Transaction& tx, Resident person, std::string_view actor) {
  return TRY(enter_residents(tx, {std::move(person)}, actor))[0];
}

Result<std::vector<Resident>> move_in(db::Transaction& tx, MoveIn move, std::string_view actor) {
  if (!move.household.empty() && TRY(store::household(tx, move.household)).empty())
    return Error{Code::kNotFound,
                 "identity.unknown_household",
                 {"世帯 " + move.household + " は登録されていません。新しい世帯として登録してください。",
                  "There is no household " + move.household + ". Enter a new one."},
                 {}};
  for (auto& person : move.persons) {
    person.address = move.to;
    person.moved_from = move.from;
    person.moved_to.reset();
    person.left_on.reset();
    person.since = std::max(move.day, person.birth_date);
    person.state = ResidentState::kPresent;
    person.household = move.household;
  }
  if (auto faults = check_all(move.persons); !faults.empty()) return bad_resident(std::move(faults));
  // They come as one household, whoever is its head.
  complete(move.persons, move.household);
  for (auto& person : move.persons) person.household = move.persons[0].household;
  auto number = TRY(store::last_number(tx));
  std::vector<std::string> codes;
  for (const auto& person : move.persons) {
    auto before = TRY(store::resident(tx, person.code));
    if (before && before->resident.state == ResidentState::kPresent) return lives_here(person.code);
    if (before)
      TRY(come_back(tx, std::move(*before), person, actor));
    else
      TRY(put_new(tx, person, ++number, actor));
    codes.push_back(person.code);
  }
  TRY(append_move(tx, "identity.moved_in", move.persons[0].household, codes, move.day, actor));
  return std::move(move.persons);
}

Result<void> move_out(db::Transaction& tx, std::span<const std::string> codes, text::Date day, const Address& to,
                      std::string_view actor) {
  std::vector<Fault> faults;
  check_address(to, AddressUse::kElsewhere, "/to", faults);
  if (!text::is_valid(day)) faults.push_back({"/day", {"実在する転出日を入力してください。", "Enter a real day of moving out."}});
  if (codes.empty() || codes.size() > kHouseholdAtMost)
    faults.push_back({"/codes", {"転出する人を 1 人から 30 人まで選んでください。", "Choose 1 to 30 persons who move out."}});
  if (!faults.empty()) return bad_resident(std::move(faults));
  std::set<std::string> households;
  for (const auto& code : codes) {
    auto row = TRY(present(tx, code));
    households.insert(row.resident.household);
    TRY(leave(tx, std::move(row), ResidentState::kMovedOut, day, to, "identity.resident_changed", actor));
  }
  TRY(append_move(tx, "identity.moved_out", *households.begin(), codes, day, actor));
  for (const auto& household : households) TRY(replace_head(tx, household, actor));
  return {};
}

Result<void> record_death(db::Transaction& tx, std::string_view code, text::Date day, std::string_view actor) {
  auto row = TRY(present(tx, code));
  if (!text::is_valid(day) || day < row.resident.birth_date)
    return bad_resident({{"/day",
                          {"死亡日は、生年月日以後の実在する日にしてください。",
                           "The day of death must be a real day, not before the date of birth."}}});
  std::string household = row.resident.household;
  TRY(leave(tx, std::move(row), ResidentState::kDead, day, {}, "identity.resident_died", actor));
  return replace_head(tx, household, actor);
}

Result<Resident> change_resident(db::Transaction& tx, std::string_view code, const ResidentChange& change, std::string_view actor) {
  auto row = TRY(present(tx, code));
  Resident& person = row.resident;
  bool moves = change.address && *change.address != person.address;
  if (change.name) person.name = *change.name;
  if (change.birth_date) person.birth_date = *change.birth_date;
  if (change.sex) person.sex = *change.sex;
  if (change.address) person.address = *change.address;
  if (change.relation) person.relation = *change.relation;
  if (change.insurance) person.insurance = *change.insurance;
  if (change.child_allowance) person.child_allowance = *change.child_allowance;
  std::vector<Fault> faults;
  check_resident(person, "", faults);
  if (!text::is_valid(change.day)) faults.push_back({"/day", {"変更の日を入力してください。", "Enter the day of the change."}});
  if (change.reason.empty() || change.reason.size() > 40 ||
      change.reason.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos)
    faults.push_back({"/reason", {"変更の理由は英小文字の語で指定してください。", "The reason is a word of a-z and _."}});
  if (!faults.empty()) return bad_resident(std::move(faults));
  if (moves) {
    TRY(close_address(tx, code, change.day));
    TRY(store::put_address(tx, code, {person.address, change.day, {}}));
  }
  TRY(put_changed(tx, row, change.name || change.address, "identity.resident_changed", {{"reason", change.reason}}, actor));
  return std::move(row.resident);
}

Result<std::optional<Resident>> resident(db::Reader& reader, std::string_view code) {
  auto row = TRY(store::resident(reader, code));
  if (!row) return std::optional<Resident>();
  return std::optional(std::move(row->resident));
}

Result<std::vector<Resident>> household_of(db::Reader& reader, std::string_view code) {
  auto own = TRY(store::resident(reader, code));
  if (!own) return unknown_resident(code);
  auto members = TRY(store::household(reader, own->resident.household));
  std::erase_if(
      members, [&](const Resident& person) { return person.state != own->resident.state || person.left_on != own->resident.left_on; });
  sort_household(members);
  return members;
}

Result<std::vector<AddressEntry>> address_history(db::Reader& reader, std::string_view code) { return store::addresses(reader, code); }

Result<ResidentPage> search_residents(db::Reader& reader, const ResidentQuery& query) {
  std::uint64_t per_page = std::clamp<std::uint32_t>(query.per_page, 1, kPerPageAtMost);
  std::uint64_t offset = (std::max<std::uint32_t>(query.page, 1) - 1) * per_page;
  ResidentPage out;
  if (is_person_code(query.text)) {
    auto row = TRY(store::resident(reader, query.text));
    if (row && (!query.state || row->resident.state == *query.state)) out.residents.push_back(std::move(row->resident));
    out.total = out.residents.size();
    return out;
  }
  if (query.text.empty()) {
    out.total = TRY(store::count(reader, query.state));
    out.residents = TRY(store::page(reader, query.state, offset, per_page));
    return out;
  }
  auto hits = TRY(store::hits(reader, query.text, kHits));
  if (query.state) hits = TRY(store::in_state(reader, hits, *query.state));
  out.total = hits.size();
  if (offset >= hits.size()) return out;
  auto count = std::min<std::uint64_t>(per_page, hits.size() - offset);
  out.residents = TRY(store::by_number(reader, std::span(hits).subspan(offset, count)));
  return out;
}

Result<std::uint64_t> count_residents(db::Reader& reader, std::optional<ResidentState> state) { return store::count(reader, state); }

Result<void> note_read(db::Transaction& tx, std::span<const std::string> codes, std::string_view what, std::string_view why,
                       std::string_view actor, std::string stream) {
  json::array who(codes.begin(), codes.end());
  TRY(evidence::append(tx, {record_type("identity.resident_read"),
                            std::move(stream),
                            std::string(actor),
                            "",
                            {{"persons", std::int64_t(codes.size())}, {"what", std::string(what)}},
                            json::object{{"persons", std::move(who)}, {"why", std::string(why)}}}));
  return {};
}

// What `musubi erase` takes with the body of a record in a resident's stream: everything personal in their rows.
Result<bool> erase_resident_rows(db::Transaction& tx, const evidence::Record& record) {
  std::string prefix = resident_stream("");
  if (!record.stream.starts_with(prefix)) return false;
  if (record.type != "identity.resident_entered" && record.type != "identity.resident_changed" &&
      record.type != "identity.resident_died")
    return false;
  auto row = TRY(store::resident(tx, std::string_view(record.stream).substr(prefix.size())));
  if (!row || row->resident.erased) return false;
  TRY(store::put_erased(tx, *row));
  TRY(store::put_erased_addresses(tx, row->resident.code));
  return true;
}

}  // namespace musubi::identity
