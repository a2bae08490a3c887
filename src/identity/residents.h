// The register of residents of one organisation: who lives here, in which household, since when and from where. Rows
// are evidenced; every change leaves a record whose head holds no personal data. Functions that change state take the
// transaction. Names keep the characters they came with: variant characters (IVS) are stored and shown as they are, and
// only search looks past them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/transaction.h"
#include "text/dates.h"

namespace musubi::identity {

inline constexpr std::size_t kNamePartAtMost = 60;  // code points of each part of a name
inline constexpr std::size_t kAddressPartAtMost = 120;
inline constexpr std::size_t kHouseholdAtMost = 30;  // persons
inline constexpr std::size_t kEntriesAtMost = 500;   // persons in one call

// A person's code in this organisation: 26 of a-z and 2-7 (base32 of 16 bytes), from the linker or, in a town of its
// own, from `new_person_code`. Opaque; another one in every organisation.
bool is_person_code(std::string_view text);
std::string person_code(std::string_view sixteen_bytes);
std::string new_person_code();

struct PersonName {
  std::string family;
  std::string given;
  std::string family_kana;  // full-width katakana
  std::string given_kana;
  std::optional<std::string> former_family;  // 旧氏, shown beside the family name

  std::string full() const;  // "青葉 花子", "青葉（山田） 花子" with a former name
  std::string kana() const;  // "アオバ ハナコ"
  bool operator==(const PersonName&) const = default;
};

struct Address {
  std::string postal_code;  // "100-0001"
  std::string prefecture;
  std::string municipality;
  std::string street;    // "桜丘一丁目2番3号"
  std::string building;  // may be empty

  std::string line() const;  // without the postal code
  bool operator==(const Address&) const = default;
};

enum class Sex { kFemale, kMale, kNotStated };
enum class ResidentState { kPresent, kMovedOut, kDead };
std::string_view sex_word(Sex sex);                   // "female", "male", "not_stated"
std::string_view resident_state_word(ResidentState);  // "present", "moved_out", "dead"
std::optional<Sex> sex_from(std::string_view word);
std::optional<ResidentState> resident_state_from(std::string_view word);
// "head", "spouse", "child", "parent", "grandchild", "sibling", "other": 続柄, as seen from the head of the household.
std::optional<Text> relation_title(std::string_view word);
// "national", "employee", "elderly", "none": 国民健康保険, 職場の健康保険, 後期高齢者医療, なし.
std::optional<Text> insurance_title(std::string_view word);

struct Resident {
  std::string code;
  PersonName name;
  text::Date birth_date;
  Sex sex = Sex::kNotStated;
  Address address;
  std::string household;  // "household-7k3m9q2c"; empty on entering: a new one
  std::string relation = "head";
  text::Date since;  // living in this town since
  ResidentState state = ResidentState::kPresent;
  std::optional<Address> moved_from;  // the address before they came here
  std::optional<Address> moved_to;    // where they went
  std::optional<text::Date> left_on;  // moved out or died
  std::string insurance = "none";     // entries of the resident record (Basic Resident Register Act, Article 7)
  bool child_allowance = false;       // receives it for the children of the household
  bool erased = false;                // personal data were erased; only code, household and state are left
  bool operator==(const Resident&) const = default;
};

// Puts persons who live here already on the register (taking over a paper register, demo towns): all of one household,
// or of many, at most kEntriesAtMost. Those who come without a household and are "head" start a new one, which those
// after them join until the next head. A record a person. Returns them with codes and households filled in. Errors:
// identity.bad_resident with every fault ("/3/name/family"), identity.resident_known.
Result<std::vector<Resident>> enter_residents(db::Transaction& tx, std::vector<Resident> persons, std::string_view actor);
Result<Resident> enter_resident(db::Transaction& tx, Resident person, std::string_view actor);

struct MoveIn {
  std::vector<Resident> persons;  // as in enter_residents; code filled, someone who lived here before may come back
  text::Date day;                 // moved in on
  Address from, to;               // all of them
  std::string household;          // empty: a new one
};
// Errors: as above, identity.lives_here (already present), identity.unknown_household.
Result<std::vector<Resident>> move_in(db::Transaction& tx, MoveIn move, std::string_view actor);

// All of `codes` leave for `to` on `day`; if the head leaves and others stay, the eldest of them becomes head. Errors:
// identity.unknown_resident, identity.not_present, identity.bad_resident.
Result<void> move_out(db::Transaction& tx, std::span<const std::string> codes, text::Date day, const Address& to,
                      std::string_view actor);
Result<void> record_death(db::Transaction& tx, std::string_view code, text::Date day, std::string_view actor);

// A correction (訂正) or a change that a decision brings about; what is not given stays. `reason` is a word for the
// record's head, without personal data: "correction", "decision".
struct ResidentChange {
  std::optional<PersonName> name;
  std::optional<text::Date> birth_date;
  std::optional<Sex> sex;
  std::optional<Address> address;  // within the town; the earlier one stays in the history
  std::optional<std::string> relation, insurance;
  std::optional<bool> child_allowance;
  text::Date day;  // from when it holds
  std::string reason = "correction";
};
Result<Resident> change_resident(db::Transaction& tx, std::string_view code, const ResidentChange& change, std::string_view actor);

Result<std::optional<Resident>> resident(db::Reader& reader, std::string_view code);
// Those present who share this person's household, the head first, then by age; the person is one of them. A person who
// left: the household as it left (all who left on the same day).
Result<std::vector<Resident>> household_of(db::Reader& reader, std::string_view code);

struct AddressEntry {
  Address address;
  text::Date from;
  std::optional<text::Date> until;
};
Result<std::vector<AddressEntry>> address_history(db::Reader& reader, std::string_view code);  // oldest first

struct ResidentQuery {
  std::string text;  // name, kana (hiragana, katakana, half width), former name, address; or a code
  std::optional<ResidentState> state = ResidentState::kPresent;
  std::uint32_t page = 1, per_page = 50;  // at most 200
};
struct ResidentPage {
  std::vector<Resident> residents;  // by kana; a search: newest entry first
  std::uint64_t total = 0;          // a search counts up to 1,000
};
Result<ResidentPage> search_residents(db::Reader& reader, const ResidentQuery& query);
Result<std::uint64_t> count_residents(db::Reader& reader, std::optional<ResidentState> state = ResidentState::kPresent);

// Somebody reads the data of these persons: one record for the answer, in the transaction before it is given. `why` is
// free text of the reader, kept in the body. (Reads by other organisations are exchange's to record.)
Result<void> note_read(db::Transaction& tx, std::span<const std::string> codes, std::string_view what, std::string_view why,
                       std::string_view actor, std::string stream = "identity/reads");

}  // namespace musubi::identity
