// What decisions do to the resident register, and the news that towns tell each other about people who move.

#include <algorithm>

#include "app/services.h"
#include "identity/entry.h"
#include "identity/identity.h"
#include "identity/residents.h"
#include "procedures/values.h"
#include "text/normalise.h"

namespace musubi::app {
namespace {

using identity::Address;
using identity::Resident;
using records::RegisterEntry;

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
  return {Code::kInvalid,
          "records.effect_failed",
          {"引っ越しの日が様式にありません。申請者に差し戻し、日を書いてもらってください。",
           "The form has no day of the move. Send it back to the applicant to enter one."},
          {}};
}

Result<text::Date> date_at(const json::object& object, std::string_view key) {
  auto date = text::parse_date(string_at(object, key));
  if (!date.ok()) return no_date();
  return *date;
}

Address address_at(const json::object& form, std::string_view key) {
  const json::object& at = object_at(form, key);
  return {string_at(at, "postal_code"), string_at(at, "prefecture"), string_at(at, "municipality"), string_at(at, "street"),
          string_at(at, "building")};
}

json::object to_json(const Address& address) {
  return {{"postal_code", address.postal_code},
          {"prefecture", address.prefecture},
          {"municipality", address.municipality},
          {"street", address.street},
          {"building", address.building}};
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
      if (mover.applicant)
        mover.code = applicant;
      else if (index->get_int64() >= 0 && std::size_t(index->get_int64()) < further.size())
        mover.code = further[std::size_t(index->get_int64())];
    }
    movers.push_back(mover);
  }
  return movers;
}

// Somebody who moved out before, and elsewhere: this notice is not about that move.
Error moved_before(const Resident& person) {
  std::string day = person.left_on ? text::iso_date(*person.left_on) : "", to = person.moved_to ? person.moved_to->municipality : "";
  return {
      Code::kConflict,
      "records.moved_before",
      {"届け出た人は " + day + " に「" + to +
           "」へ転出済みで、今はこの町に住んでいません。今の住所の市区町村へ届け出るよう、理由を付けて認めない決定をしてください。",
       "The person moved out to \"" + to + "\" on " + day +
           " and does not live here now. Refuse the notice, saying that it belongs to the municipality where they live."},
      {}};
}

Result<RegisterEntry> move_out(db::Transaction& tx, const records::Decided& decided) {
  auto day = TRY(date_at(decided.form.data, "move_date"));
  Address to = address_at(decided.form.data, "new_address");
  std::vector<std::string> codes;
  for (const auto& mover : movers_of(decided.form.data, decided.applicant.person, decided.applicant.further)) {
    if (mover.code.empty()) continue;
    auto resident = TRY(identity::resident(tx, mover.code));
    if (!resident) continue;
    if (resident->state == identity::ResidentState::kPresent)
      codes.push_back(mover.code);
    else if (resident->state == identity::ResidentState::kMovedOut && resident->moved_to &&
             resident->moved_to->municipality != to.municipality)
      return moved_before(*resident);
  }
  if (codes.empty()) return RegisterEntry::kNone;  // the other town was faster with its news
  TRY(identity::move_out(tx, codes, day, to, decided.actor));
  return RegisterEntry::kEntered;
}

bool lives_here(const std::optional<Resident>& resident) { return resident && resident->state == identity::ResidentState::kPresent; }

// A right or duty of those who live here: the register must hold the applicant first.
Result<RegisterEntry> change_each(db::Transaction& tx, const records::Decided& decided, const std::vector<std::string>& codes,
                                  const identity::ResidentChange& change) {
  for (const auto& code : codes) {
    if (code.empty()) continue;
    if (lives_here(TRY(identity::resident(tx, code))))
      TRY(identity::change_resident(tx, code, change, decided.actor));
    else if (code == decided.applicant.person)
      return Error{Code::kConflict,
                   "records.not_a_resident",
                   {"申請者はまだ住民票に載っていません。先に転入届を決定してください。",
                    "The applicant is not on the resident register yet. Decide on the notice of moving in first."},
                   {}};
  }
  return RegisterEntry::kEntered;
}

Result<RegisterEntry> join_insurance(db::Transaction& tx, const records::Decided& decided) {
  identity::ResidentChange change;
  change.insurance = "national";
  change.day = TRY(date_at(decided.form.data, "move_date"));
  change.reason = "decision";
  std::vector<std::string> codes = {decided.applicant.person};
  for (const auto& mover : movers_of(decided.form.data, decided.applicant.person, decided.applicant.further))
    if (!mover.applicant) codes.push_back(mover.code);
  return change_each(tx, decided, codes, change);
}

Result<RegisterEntry> grant_allowance(db::Transaction& tx, const records::Decided& decided) {
  identity::ResidentChange change;
  change.child_allowance = true;
  change.day = TRY(date_at(decided.form.data, "move_date"));
  change.reason = "decision";
  return change_each(tx, decided, {decided.applicant.person}, change);
}

identity::PersonName name_at(const json::object& name) {
  identity::PersonName out{
      string_at(name, "family"), string_at(name, "given"), string_at(name, "family_kana"), string_at(name, "given_kana"), {}};
  if (std::string former = string_at(name, "former_family"); !former.empty()) out.former_family = former;
  return out;
}

// The field by which people are shown an item of the register.
const procedures::Field* field_of(std::string_view item) {
  for (const auto& pack : procedures::embedded_packs())
    for (const auto& field : pack.fields)
      if (field.source && field.source->item == item) return &field;
  return nullptr;
}

// As procedures writes it into the form.
std::string in_words(const procedures::Field& field, const json::value& value, text::Date today) {
  return procedures::correction_text(field, value, {today, {}});
}

// What the register holds of an item, as the person was told it; nothing where it holds nothing of them any more.
Result<std::optional<std::string>> told_now(db::Reader& reader, const procedures::Field& field, const std::string& item,
                                            const std::string& person, text::Date today) {
  std::vector<exchange::Further> further;
  auto held = register_item(reader, item, person, today, further);
  if (!held.ok() && held.error().code == Code::kNotFound) return std::optional<std::string>();
  return std::optional(in_words(field, procedures::fetched_value(field, TRY(std::move(held))), today));
}

// One item of one person that a program can write. Lists (household, children) and kinds that the form words otherwise are not.
std::optional<identity::ResidentChange> change_to(const Resident& person, std::string_view item, const json::value& wanted) {
  identity::ResidentChange change;
  if (procedures::is_empty_value(wanted)) return std::nullopt;
  if (item == "person.name" && wanted.is_object()) {
    change.name = name_at(wanted.get_object());
    // Forms do not ask for a former family name: who corrects another part keeps theirs. That it alone is to go an officer judges.
    if (!wanted.get_object().contains("former_family")) change.name->former_family = person.name.former_family;
    if (*change.name == person.name) return std::nullopt;
  } else if (item == "person.address" && wanted.is_object())
    change.address = address_at({{"at", wanted}}, "at");
  else if (auto* text = wanted.if_string(); item == "person.birth_date" && text) {
    auto day = text::parse_date(std::string_view(text->data(), text->size()));
    if (!day.ok()) return std::nullopt;
    change.birth_date = *day;
  } else
    return std::nullopt;
  return change;
}

// What a correction wants stands twice in its form: for people, and as the item with its value. It is entered where the register
// still holds what the person was told; everything else waits for an officer, who sees both.
Result<RegisterEntry> correct(db::Transaction& tx, const records::Decided& decided) {
  const json::object& form = decided.form.data;
  const std::string& person = decided.applicant.person;
  text::Date today = text::jst_date(decided.now);
  std::string item = string_at(form, "correction_field"), told = string_at(form, "correction_told"),
              wanted = string_at(form, "correction_wanted");
  auto wait = [&]() -> Result<RegisterEntry> {
    // Only a word of ours may stand in the record's head.
    bool known = std::find(std::begin(kRegisterItems), std::end(kRegisterItems), item) != std::end(kRegisterItems);
    TRY(identity::open_due(tx, decided.subject.id, person, known ? item : "other", decided.now, decided.actor));
    return RegisterEntry::kDue;
  };
  const auto* field = field_of(item);
  auto resident = TRY(identity::resident(tx, person));
  if (!field || !lives_here(resident)) return wait();
  auto now = TRY(told_now(tx, *field, item, person, today));
  if (now && *now == wanted) return RegisterEntry::kEntered;  // somebody was faster
  auto value = parse_json(string_at(form, "correction_value"));
  auto change = now && *now == told && value.ok() && in_words(*field, *value, today) == wanted ? change_to(*resident, item, *value)
                                                                                               : std::nullopt;
  if (!change) return wait();
  change->day = today;
  TRY(identity::change_resident(tx, person, *change, decided.actor));
  return RegisterEntry::kEntered;
}

// Relations are seen from the head: when another person becomes head, the one who was takes that person's place.
void settle_relations(std::vector<Resident>& persons, std::size_t applicant, const std::string& new_head) {
  if (persons.empty()) return;
  if (new_head != "me") {
    if (std::none_of(persons.begin(), persons.end(), [](const Resident& one) { return one.relation == "head"; }))
      persons[0].relation = "head";
  } else if (persons[applicant].relation != "head") {
    std::string left = persons[applicant].relation;
    for (auto& one : persons)
      if (one.relation == "head") one.relation = left == "spouse" ? "spouse" : left == "child" ? "parent" : "other";
    persons[applicant].relation = "head";
  }
  std::stable_partition(persons.begin(), persons.end(), [](const Resident& one) { return one.relation == "head"; });
}

// Whoever moves in does so at an address of this town.
Result<void> check_municipality(db::Reader& reader, const Address& to) {
  auto own = TRY(identity::organisation(reader));
  if (!own || own->kind != "municipality" || procedures::lies_in(to.municipality, own->title.ja)) return {};
  return Error{Code::kConflict,
               "records.other_municipality",
               {"新しい住所の市区町村が「" + to.municipality + "」で、この町（" + own->title.ja +
                    "）ではありません。申請者に差し戻し、住所か届け先を直してもらってください。",
                "The new address is in \"" + to.municipality + "\", not in this town (" + own->title.ja +
                    "). Send it back to the applicant to correct the address, or to file with the right town."},
               {}};
}

Result<RegisterEntry> move_in(db::Transaction& tx, const records::Decided& decided) {
  const json::object& form = decided.form.data;
  identity::MoveIn move;
  move.day = TRY(date_at(form, "move_date"));
  move.from = address_at(form, "old_address");
  move.to = address_at(form, "new_address");
  TRY(check_municipality(tx, move.to));
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
  if (origin.empty() || !decided.post) return RegisterEntry::kEntered;
  records::Outgoing news{
      origin,
      "news",
      decided.applicant.person,
      decided.applicant.further,
      {{"what", "residents.moved_in"}, {"day", text::iso_date(entered[0].since)}, {"to", to_json(entered[0].address)}},
      "moved-in/" + decided.subject.id,
      decided.subject.id};
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

Result<std::optional<records::HeldNow>> held_now(db::Reader& reader, const records::Case& subject, const records::Applicant& applicant,
                                                 const records::Form& form, Time now) {
  if (subject.effect != "residents.correct" || applicant.erased) return std::optional<records::HeldNow>();
  std::string item = string_at(form.data, "correction_field");
  const auto* field = field_of(item);
  if (!field) return std::optional<records::HeldNow>();
  records::HeldNow out{item_title(item), string_at(form.data, "correction_told"), string_at(form.data, "correction_wanted"), "",
                       false};
  auto held = TRY(told_now(reader, *field, item, applicant.person, text::jst_date(now)));
  out.now = held.value_or("－");
  out.changed = out.now != out.told;
  return std::optional(std::move(out));
}

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
