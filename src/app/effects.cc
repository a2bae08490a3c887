// What decisions do to the resident register, and the news that towns tell each other about people who move.

#include <algorithm>

#include "app/services.h"
#include "identity/residents.h"

namespace musubi::app {
namespace {

using identity::Address;
using identity::Resident;

std::string string_at(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

const json::object& object_at(const json::object& object, std::string_view key) {
  static const json::object none;
  const json::value* found = object.if_contains(key);
  return found && found->is_object() ? found->get_object() : none;
}

Error no_date() {
  return {Code::kInvalid, "records.effect_failed", {"引っ越しの日が様式にありません。申請者に差し戻し、日を書いてもらってください。", "The form has no day of the move. Send it back to the applicant to enter one."}, {}};
}

Result<text::Date> date_at(const json::object& object, std::string_view key) {
  auto date = text::parse_date(string_at(object, key));
  if (!date.ok()) return no_date();
  return *date;
}

Address address_at(const json::object& form, std::string_view key) {
  const json::object& at = object_at(form, key);
  return {string_at(at, "postal_code"), string_at(at, "prefecture"), string_at(at, "municipality"), string_at(at, "street"), string_at(at, "building")};
}

json::object to_json(const Address& address) {
  return {{"postal_code", address.postal_code}, {"prefecture", address.prefecture}, {"municipality", address.municipality},
          {"street", address.street}, {"building", address.building}};
}

struct Mover {
  std::string code;  // empty: typed in by hand, not known to anybody yet
  bool applicant = false;
  const json::object* entry = nullptr;
};

// The people of the form's list, each by the code that came with the filing ("person": -1 is the applicant).
std::vector<Mover> movers_of(const json::object& form, const std::string& applicant, const std::vector<std::string>& further) {
  std::vector<Mover> movers;
  const json::value* list = form.if_contains("movers");
  if (!list || !list->is_array()) return movers;
  for (const auto& one : list->get_array()) {
    if (!one.is_object()) continue;
    Mover mover;
    mover.entry = &one.get_object();
    const json::value* index = mover.entry->if_contains("person");
    if (index && index->is_int64()) {
      mover.applicant = index->get_int64() == -1;
      if (mover.applicant) mover.code = applicant;
      else if (index->get_int64() >= 0 && std::size_t(index->get_int64()) < further.size()) mover.code = further[std::size_t(index->get_int64())];
    }
    movers.push_back(mover);
  }
  return movers;
}

Result<void> move_out(db::Transaction& tx, const records::Decided& decided) {
  auto day = TRY(date_at(decided.form.data, "move_date"));
  std::vector<std::string> codes;
  for (const auto& mover : movers_of(decided.form.data, decided.applicant.person, decided.applicant.further)) {
    if (mover.code.empty()) continue;
    auto resident = TRY(identity::resident(tx, mover.code));
    if (resident && resident->state == identity::ResidentState::kPresent) codes.push_back(mover.code);
  }
  if (codes.empty()) return {};  // the other town was faster with its news
  return identity::move_out(tx, codes, day, address_at(decided.form.data, "new_address"), decided.actor);
}

bool lives_here(const std::optional<Resident>& resident) { return resident && resident->state == identity::ResidentState::kPresent; }

// A right or duty of those who live here: the register must hold the applicant first.
Result<void> change_each(db::Transaction& tx, const records::Decided& decided, const std::vector<std::string>& codes, const identity::ResidentChange& change) {
  for (const auto& code : codes) {
    if (code.empty()) continue;
    if (lives_here(TRY(identity::resident(tx, code)))) TRY(identity::change_resident(tx, code, change, decided.actor));
    else if (code == decided.applicant.person)
      return Error{Code::kConflict, "records.not_a_resident",
                   {"申請者はまだ住民票に載っていません。先に転入届を決定してください。", "The applicant is not on the resident register yet. Decide on the notice of moving in first."}, {}};
  }
  return {};
}

Result<void> join_insurance(db::Transaction& tx, const records::Decided& decided) {
  identity::ResidentChange change;
  change.insurance = "national";
  change.day = TRY(date_at(decided.form.data, "move_date"));
  change.reason = "decision";
  std::vector<std::string> codes = {decided.applicant.person};
  for (const auto& mover : movers_of(decided.form.data, decided.applicant.person, decided.applicant.further))
    if (!mover.applicant) codes.push_back(mover.code);
  return change_each(tx, decided, codes, change);
}

Result<void> grant_allowance(db::Transaction& tx, const records::Decided& decided) {
  identity::ResidentChange change;
  change.child_allowance = true;
  change.day = TRY(date_at(decided.form.data, "move_date"));
  change.reason = "decision";
  return change_each(tx, decided, {decided.applicant.person}, change);
}

identity::PersonName name_at(const json::object& name) {
  identity::PersonName out{string_at(name, "family"), string_at(name, "given"), string_at(name, "family_kana"), string_at(name, "given_kana"), {}};
  if (std::string former = string_at(name, "former_family"); !former.empty()) out.former_family = former;
  return out;
}

// What a correction wants stands twice in its form: for people, and as the item with its value. Lists (household, children) are
// put right entry by entry, each by its own person's correction or by notices of their own.
Result<void> correct(db::Transaction& tx, const records::Decided& decided) {
  const json::object& form = decided.form.data;
  if (!lives_here(TRY(identity::resident(tx, decided.applicant.person)))) return {};  // an entry that is closed stays as it was
  std::string item = string_at(form, "correction_field");
  auto wanted = parse_json(string_at(form, "correction_value"));
  identity::ResidentChange change;
  change.day = text::jst_date(decided.now);
  if (!wanted.ok()) return {};
  if (item == "person.name" && wanted->is_object()) change.name = name_at(wanted->get_object());
  else if (item == "person.birth_date" && wanted->is_string()) change.birth_date = TRY(text::parse_date(wanted->get_string()));
  else if (item == "person.address" && wanted->is_object()) change.address = address_at({{"at", *wanted}}, "at");
  else return {};
  TRY(identity::change_resident(tx, decided.applicant.person, change, decided.actor));
  return {};
}

// Relations are seen from the head: when another person becomes head, the one who was takes that person's place.
void settle_relations(std::vector<Resident>& persons, std::size_t applicant, const std::string& new_head) {
  if (persons.empty()) return;
  if (new_head != "me") {
    if (std::none_of(persons.begin(), persons.end(), [](const Resident& one) { return one.relation == "head"; })) persons[0].relation = "head";
  } else if (persons[applicant].relation != "head") {
    std::string left = persons[applicant].relation;
    for (auto& one : persons)
      if (one.relation == "head") one.relation = left == "spouse" ? "spouse" : left == "child" ? "parent" : "other";
    persons[applicant].relation = "head";
  }
  std::stable_partition(persons.begin(), persons.end(), [](const Resident& one) { return one.relation == "head"; });
}

Result<void> move_in(db::Transaction& tx, const records::Decided& decided) {
  const json::object& form = decided.form.data;
  identity::MoveIn move;
  move.day = TRY(date_at(form, "move_date"));
  move.from = address_at(form, "old_address");
  move.to = address_at(form, "new_address");
  std::size_t applicant = 0;
  for (const auto& mover : movers_of(form, decided.applicant.person, decided.applicant.further)) {
    Resident person;
    person.code = mover.code.empty() ? identity::new_person_code() : mover.code;
    // Of the applicant what they said of themselves, which they may have put right; the list is as the other town told it.
    bool own = mover.applicant && form.contains("applicant_name") && form.contains("birth_date");
    person.name = name_at(own ? object_at(form, "applicant_name") : object_at(*mover.entry, "name"));
    person.birth_date = TRY(date_at(own ? form : *mover.entry, "birth_date"));
    person.relation = string_at(*mover.entry, "relation");
    person.address = move.to;
    person.since = move.day;
    if (mover.applicant) applicant = move.persons.size();
    move.persons.push_back(std::move(person));
  }
  settle_relations(move.persons, applicant, string_at(form, "new_head"));
  auto entered = TRY(identity::move_in(tx, std::move(move), decided.actor));
  std::string origin = string_at(form, "from_town");
  if (origin.empty() || !decided.post) return {};
  records::Outgoing news{origin, "news", decided.applicant.person, decided.applicant.further,
                         {{"what", "residents.moved_in"}, {"day", text::iso_date(entered[0].since)}, {"to", to_json(entered[0].address)}},
                         "moved-in/" + decided.subject.id, decided.subject.id};
  TRY(decided.post(tx, news));
  return RegisterEntry::kEntered;
}

// The other town has entered them: whoever is still on this register leaves it.
Result<void> moved_in_elsewhere(db::Transaction& tx, const records::News& news) {
  auto day = TRY(date_at(news.facts, "day"));
  std::vector<std::string> codes;
  std::vector<std::string> all = {news.person};
  all.insert(all.end(), news.further.begin(), news.further.end());
  for (const auto& code : all) {
    if (code.empty()) continue;
    auto resident = TRY(identity::resident(tx, code));
    if (resident && resident->state == identity::ResidentState::kPresent) codes.push_back(code);
  }
  if (codes.empty()) return {};
  return identity::move_out(tx, codes, day, address_at(news.facts, "to"), news.from);
}

}  // namespace

const records::Effects& effects() {
  static const records::Effects all = [] {
    records::Effects out;
    out.decided["residents.move_out"] = move_out;
    out.decided["residents.move_in"] = move_in;
    out.decided["residents.insure"] = join_insurance;
    out.decided["residents.allow"] = grant_allowance;
    out.decided["residents.correct"] = correct;
    out.news["residents.moved_in"] = moved_in_elsewhere;
    return out;
  }();
  return all;
}

}  // namespace musubi::app
