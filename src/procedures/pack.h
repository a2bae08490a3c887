// A pack of kind "procedures": life events with their guide, the fields that a person answers once for all forms, and the
// procedures that use them. packs/schemas/procedures.schema.json is its shape; rules that a schema cannot say are faults too.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "procedures/field.h"
#include "text/dates.h"

namespace musubi::procedures {

// Who receives: an organisation of a kind, the one that the answer to `field` names; without `field` the only one there is.
struct Role {
  std::string id;
  Text title;
  std::string kind;
  std::string field;
};

struct Offer {
  std::string procedure;
  Condition when;
  Text why;
};
// What this place cannot do for the person.
struct Elsewhere {
  Text title, text;
  Condition when;
  std::string link;
};
// The guide ends here, and says why.
struct Stop {
  Condition when;
  Text title, text;
};

struct Event {
  std::string id;
  Text title, summary;
  std::vector<std::string> words;      // that people search by, both languages
  std::vector<std::string> questions;  // fields, in order; each asked where its condition holds
  std::vector<Stop> stops;
  std::vector<Offer> list;
  std::vector<Elsewhere> elsewhere;
};

// `days` after (before) the date in `field`.
struct Deadline {
  Text text;
  std::string field;
  int days = 0;
  bool before = false;
};
struct Step {
  std::string id;
  Text title;
  std::string post;
};
// Lines with {field} in them.
struct Decision {
  std::string id;
  Text title;
  std::vector<Text> body;
  std::optional<int> validity_days;
};
struct PermitLine {
  std::string asking, answering;
  std::vector<std::string> items;
  Text purpose, legal_basis;
};

struct FormUse {
  std::string field;
  std::optional<bool> required;
  Condition when;
};

struct Procedure {
  std::string id;
  std::int64_t version = 1;  // of its form and rules
  bool by_system = false;    // started by the system (a correction), never from a list
  Text title, summary, who, legal_basis, fee;
  std::int64_t fee_yen = 0;
  std::vector<std::string> words;
  std::string recipient;  // role
  std::optional<Deadline> deadline;
  int standard_days = 0;
  std::vector<Text> documents;
  std::vector<std::string> after;  // procedures that come first
  std::string effect;              // name in the registry of records; empty: none
  std::vector<FormUse> form;
  std::string further;  // kGroup field whose entries are further persons; may be empty
  std::vector<Step> route;
  Decision decision;
  std::vector<PermitLine> permits;
};

struct Pack {
  std::string id;  // "demo.moving"
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

struct PackFault {
  std::size_t line = 1;
  std::string pointer;
  Text message;
};
std::vector<PackFault> check_pack(std::string_view text);  // by line; empty: no fault
bool is_procedures_pack(std::string_view text);            // says that it is one, whatever its faults

const std::vector<Pack>& embedded_packs();       // of packs/, part of the binary
const Pack* embedded_pack(std::string_view id);  // nullptr: no such pack

}  // namespace musubi::procedures
