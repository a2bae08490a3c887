// Answers as values: read from posted forms, checked, shown. Pure.
//
// A value is JSON: text, dates ("2019-06-14"), choices, members and yes/no are strings; a number is an integer; several choices an
// array of strings; a person's name {family, given, family_kana, given_kana}; an address {postal_code, prefecture, municipality,
// street, building}; a file {name, type, size, digest}; a group an array of objects by field, with "person" (see README).
// Faults are named as the inputs are: "new_address-street".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/form.h"
#include "procedures/neighbours.h"
#include "procedures/pack.h"

namespace musubi::procedures {

struct Surroundings {
  text::Date today;
  std::vector<Member> members;
};

// What was posted, cleaned (NFC, trimmed, digits and kana in one form). What cannot be read stays as typed, as a string, so that
// the form can show it again; check_value then refuses it. Files are read elsewhere. null: nothing was given.
json::value read_value(const Field& field, const http::Query& posted, const std::string& name);

// Everything that is wrong with a value; `name` is the field's input. null is wrong where `required`.
void check_value(const Field& field, const json::value& value, bool required, const Surroundings& around, const std::string& name,
                 std::vector<Fault>& faults);
bool is_empty_value(const json::value& value);

// As it reads for people; a group: an entry a line.
Text show_value(const Field& field, const json::value& value, const Surroundings& around);
// The same, with its label before each value of an entry: "Name: 港 一郎, Date of birth: 20 July 2019".
Text show_labelled(const Field& field, const json::value& value, const Surroundings& around);
// As a request for correction says it: show_value's Japanese, at most 2,000 code points, "－" where there is nothing.
std::string correction_text(const Field& field, const json::value& value, const Surroundings& around);
// "山里郡みなと町" lies in みなと町, "横浜市中区" in 横浜市.
bool lies_in(std::string_view municipality, std::string_view title);
// A fetched item as a value of this field; null where it does not fit.
json::value fetched_value(const Field& field, const json::value& item);

std::string full_width_katakana(std::string_view text);
// The type of a file by its first bytes: "pdf", "png", "jpeg"; "" for others.
std::string_view sniff(std::string_view content);
std::string_view media_type(std::string_view sniffed);  // "application/pdf"
Text person_name(const json::value& value);             // "青葉 花子"

inline constexpr std::string_view kNameParts[] = {"family", "given", "family_kana", "given_kana"};
inline constexpr std::string_view kAddressParts[] = {"postal_code", "prefecture", "municipality", "street", "building"};

}  // namespace musubi::procedures
