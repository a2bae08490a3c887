// A pack of kind "procedures": life events with their guide, the fields that a person answers once for all forms, and the
// procedures that use them. packs/schemas/procedures.schema.json is its shape; rules that a schema cannot say are faults too.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "procedures/condition.h"
#include "text/dates.h"

namespace musubi::procedures {

enum class FieldType {
  kText, kLongText, kKana, kPersonName, kDate, kNumber, kYesNo, kChoice, kChoices, kAddress, kPostalCode, kPhone, kEmail,
  kMember,  // one of the organisations of a kind
  kFile,
  kGroup,   // a list of entries, each with the fields of `fields`
};
std::string_view type_word(FieldType type);  // "person_name"

struct Choice { std::string id; Text title; std::optional<Text> hint; };

// Once only: which item of which role's organisation fills this field. In a group's field: a member of the list's entries.
struct Source { std::string role; std::string item; };

struct Field {
  std::string id;
  FieldType type = FieldType::kText;
  Text label;
  std::optional<Text> hint;
  bool required = true;
  Condition when;
  std::optional<std::int64_t> min, max;           // code points, value of a number, entries of a group, choices, kB of a file
  std::optional<std::int64_t> earliest_days, latest_days;  // of a date, from today
  std::vector<Choice> choices;
  std::string member_kind;                        // kMember: "municipality"
  std::vector<std::string> accept;                // kFile: "pdf", "png", "jpeg"
  std::optional<Source> source;
  std::string autocomplete;                       // HTML 4.10.18.7
  std::string within;                             // kAddress: a role; the address lies in that municipality
  std::vector<Field> fields;                      // kGroup
  std::optional<Text> entry;                      // kGroup: what one entry is called
};

struct FormPage { std::string id; Text title; std::optional<Text> hint; Condition when; std::vector<std::string> fields; };

// Who receives: an organisation of a kind, the one that the answer to `field` names; without `field` the only one there is.
struct Role { std::string id; Text title; std::string kind; std::string field; };

struct Offer { std::string procedure; Condition when; Text why; };
struct Elsewhere { Text title, text; Condition when; std::string link; };  // what this place cannot do for the person
struct Stop { Condition when; Text title, text; };                         // the guide ends here, and says why

struct Event {
  std::string id;
  Text title, summary;
  std::vector<std::string> words;      // that people search by, both languages
  std::vector<std::string> questions;  // fields, in order; each asked where its condition holds
  std::vector<Stop> stops;
  std::vector<Offer> list;
  std::vector<Elsewhere> elsewhere;
};

struct Deadline { Text text; std::string field; int days = 0; bool before = false; };  // `days` after (before) the date in `field`
struct Step { std::string id; Text title; std::string post; };
struct Decision { std::string id; Text title; std::vector<Text> body; std::optional<int> validity_days; };  // lines with {field} in them
struct PermitLine { std::string asking, answering; std::vector<std::string> items; Text purpose, legal_basis; };

struct FormUse { std::string field; std::optional<bool> required; Condition when; };

struct Procedure {
  std::string id;
  std::int64_t version = 1;  // of its form and rules
  bool by_system = false;    // started by the system (a correction), never from a list
  Text title, summary, who, legal_basis, fee;
  std::int64_t fee_yen = 0;
  std::vector<std::string> words;
  std::string recipient;     // role
  std::optional<Deadline> deadline;
  int standard_days = 0;
  std::vector<Text> documents;
  std::vector<std::string> after;  // procedures that come first
  std::string effect;        // name in the registry of records; empty: none
  std::vector<FormUse> form;
  std::string further;       // kGroup field whose entries are further persons; may be empty
  std::vector<Step> route;
  Decision decision;
  std::vector<PermitLine> permits;
};

struct Pack {
  std::string id;            // "demo.moving"
  std::int64_t version = 1;
  Text title, summary;
  std::vector<Role> roles;
  std::vector<Field> fields;
  std::vector<FormPage> pages;
  std::vector<Event> events;
  std::vector<Procedure> procedures;

  const Field* field(std::string_view id) const;
  const Procedure* procedure(std::string_view id) const;
  const Event* event(std::string_view id) const;
  const Role* role(std::string_view id) const;
};

inline constexpr std::size_t kMaxPackBytes = 2 << 20;

// Strict. Errors: json.* where the text is no JSON; pack.faults with every fault and its JSON pointer.
Result<Pack> read_pack(std::string_view text);

struct PackFault { std::size_t line = 1; std::string pointer; Text message; };
std::vector<PackFault> check_pack(std::string_view text);  // by line; empty: no fault
bool is_procedures_pack(std::string_view text);            // says that it is one, whatever its faults

const std::vector<Pack>& embedded_packs();          // of packs/, part of the binary
const Pack* embedded_pack(std::string_view id);     // nullptr: no such pack

}  // namespace musubi::procedures
