// Values as people read them, and fetched items as values.
#include <span>

#include "procedures/values.h"
#include "text/normalise.h"

namespace musubi::procedures {
namespace {

const std::string* string_of(const json::value& value, std::string& hold) {
  auto* text = value.if_string();
  if (!text) return nullptr;
  hold.assign(text->begin(), text->end());
  return &hold;
}

std::string member_text(const json::value& value, std::string_view key) {
  auto* object = value.if_object();
  auto* found = object ? object->if_contains(key) : nullptr;
  auto* text = found ? found->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

}  // namespace

Text person_name(const json::value& value) {
  std::string family = member_text(value, "family"), given = member_text(value, "given"), former = member_text(value, "former_family");
  std::string name = family + (former.empty() ? "" : "（" + former + "）") + (given.empty() ? "" : " " + given);
  std::string kana = member_text(value, "family_kana") + (given.empty() ? "" : " " + member_text(value, "given_kana"));
  return {name + (text::trim(kana).empty() ? "" : "（" + kana + "）"), name + (text::trim(kana).empty() ? "" : " (" + kana + ")")};
}

namespace {

Text show_choice(const Field& field, const std::string& id) {
  for (const auto& choice : field.choices)
    if (choice.id == id) return choice.title;
  return {id, id};
}

// A label that asks ends with its question mark, in both languages or in English alone.
std::string before_value(const std::string& label, bool ja) {
  if (label.ends_with("?") || label.ends_with("？")) return label + (ja ? "" : " ");
  return label + (ja ? "：" : ": ");
}

Text show_group(const Field& field, const json::value& value, const Surroundings& around, bool labelled) {
  Text out;
  if (!value.is_array()) return out;
  for (const auto& entry : value.get_array()) {
    auto* object = entry.if_object();
    if (!object) continue;
    Text line;
    for (const Field& inner : field.fields) {
      auto* found = object->if_contains(inner.id);
      if (!found || is_empty_value(*found)) continue;
      Text shown = show_value(inner, *found, around);
      line.ja += (line.ja.empty() ? "" : "、") + (labelled ? before_value(inner.label.ja, true) : "") + shown.ja;
      line.en += (line.en.empty() ? "" : ", ") + (labelled ? before_value(inner.label.en, false) : "") + shown.en;
    }
    out.ja += (out.ja.empty() ? "" : "\n") + line.ja;
    out.en += (out.en.empty() ? "" : "\n") + line.en;
  }
  return out;
}

}  // namespace

Text show_value(const Field& field, const json::value& value, const Surroundings& around) {
  std::string text;
  string_of(value, text);
  switch (field.type) {
    case FieldType::kPersonName: return person_name(value);
    case FieldType::kAddress: {
      std::string code = member_text(value, "postal_code"), line;
      for (auto part : {"prefecture", "municipality", "street"}) line += member_text(value, part);
      if (std::string building = member_text(value, "building"); !building.empty()) line += " " + building;
      return {(code.empty() ? "" : "〒" + code + " ") + line, (code.empty() ? "" : code + " ") + line};
    }
    case FieldType::kDate: {
      auto date = text::parse_date(text);
      return date.ok() ? text::long_date(*date) : Text{text, text};
    }
    case FieldType::kDigits:  // a number in forms filed before its field became digits
    case FieldType::kNumber: {
      auto* number = value.if_int64();
      return number ? Text{std::to_string(*number), std::to_string(*number)} : Text{text, text};
    }
    case FieldType::kYesNo: return text == "yes" ? Text{"はい", "Yes"} : text == "no" ? Text{"いいえ", "No"} : Text{text, text};
    case FieldType::kChoice: return show_choice(field, text);
    case FieldType::kChoices: {
      Text out;
      if (!value.is_array()) return out;
      for (const auto& one : value.get_array()) {
        std::string id;
        if (!string_of(one, id)) continue;
        Text shown = show_choice(field, id);
        out.ja += (out.ja.empty() ? "" : "、") + shown.ja;
        out.en += (out.en.empty() ? "" : ", ") + shown.en;
      }
      return out;
    }
    case FieldType::kMember:
      for (const auto& member : around.members)
        if (member.id == text) return member.title;
      return {text, text};
    case FieldType::kFile: return {member_text(value, "name"), member_text(value, "name")};
    case FieldType::kGroup: return show_group(field, value, around, false);
    default: return {text, text};
  }
}

Text show_labelled(const Field& field, const json::value& value, const Surroundings& around) {
  return field.type == FieldType::kGroup ? show_group(field, value, around, true) : show_value(field, value, around);
}

json::value fetched_value(const Field& field, const json::value& item) {
  json::value value = item;
  if (field.type == FieldType::kGroup) {
    auto* list = item.if_array();
    if (!list) return nullptr;
    json::array out;
    for (const auto& one : *list) {
      auto* object = one.if_object();
      if (!object || out.size() >= 50) continue;
      json::object entry;
      for (const Field& inner : field.fields) {
        auto* found = inner.source ? object->if_contains(inner.source->item) : nullptr;
        if (!found) continue;
        json::value told = fetched_value(inner, *found);
        if (!told.is_null()) entry[inner.id] = std::move(told);
      }
      out.push_back(std::move(entry));
    }
    return out;
  }
  if (field.type == FieldType::kPersonName || field.type == FieldType::kAddress) {
    json::object out;  // the parts we know and no others
    for (auto part : field.type == FieldType::kAddress ? std::span<const std::string_view>(kAddressParts)
                                                       : std::span<const std::string_view>(kNameParts))
      if (std::string text = member_text(item, part); text.size() <= 1000) out[part] = text;
    if (std::string former = member_text(item, "former_family"); !former.empty() && former.size() <= 1000)
      out["former_family"] = former;
    return is_empty_value(out) ? json::value(nullptr) : json::value(std::move(out));
  }
  std::vector<Fault> faults;
  Surroundings around;
  Field loose = field;  // what a source holds is not judged by what a person may type
  loose.earliest_days = loose.latest_days = std::nullopt;
  check_value(loose, value, false, around, "x", faults);
  return faults.empty() && field.type != FieldType::kFile && field.type != FieldType::kMember ? value : json::value(nullptr);
}

}  // namespace musubi::procedures
