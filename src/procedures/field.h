// What a form asks: the fields that a person answers once for all forms, and the pages that they stand on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "procedures/condition.h"

namespace musubi::procedures {

enum class FieldType {
  kText,
  kLongText,
  kKana,
  kPersonName,
  kDate,
  kNumber,
  kDigits,  // of an account, a branch, a customer: text, leading zeros and all
  kYesNo,
  kChoice,
  kChoices,
  kAddress,
  kPostalCode,
  kPhone,
  kEmail,
  kMember,  // one of the organisations of a kind
  kFile,
  kGroup,  // a list of entries, each with the fields of `fields`
};
std::string_view type_word(FieldType type);  // "person_name"

struct Choice {
  std::string id;
  Text title;
  std::optional<Text> hint;
};

// Once only: which item of which role's organisation fills this field. In a group's field: a member of the list's entries.
struct Source {
  std::string role;
  std::string item;
};

struct Field {
  std::string id;
  FieldType type = FieldType::kText;
  Text label;
  std::optional<Text> hint;
  bool required = true;
  Condition when;
  std::optional<std::int64_t> min, max;  // code points, digits, value of a number, entries of a group, choices, kB of a file
  std::optional<std::int64_t> earliest_days, latest_days;  // of a date, from today
  std::vector<Choice> choices;
  std::string member_kind;          // kMember: "municipality"
  std::vector<std::string> accept;  // kFile: "pdf", "png", "jpeg"
  std::optional<Source> source;
  std::string autocomplete;   // HTML 4.10.18.7
  std::string within;         // kAddress: a role; the address lies in that municipality
  std::vector<Field> fields;  // kGroup
  std::optional<Text> entry;  // kGroup: what one entry is called
};

struct FormPage {
  std::string id;
  Text title;
  std::optional<Text> hint;
  Condition when;
  std::vector<std::string> fields;
};

}  // namespace musubi::procedures
