#include "identity/resident_rules.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "text/normalise.h"

namespace musubi::identity {
namespace {

constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";   // RFC 4648 6, lower case, no padding
constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyz023456789";  // 32: no i, l, o, 1
constexpr std::string_view kHousehold = "household-";
constexpr std::size_t kCodeLetters = 26, kHouseholdLetters = 8;

struct Word {
  std::string_view word;
  std::string_view ja, en;
};
constexpr std::array<Word, 7> kRelations = {{{"head", "世帯主", "Head of household"},
                                             {"spouse", "配偶者", "Spouse"},
                                             {"child", "子", "Child"},
                                             {"parent", "父母", "Parent"},
                                             {"grandchild", "孫", "Grandchild"},
                                             {"sibling", "兄弟姉妹", "Sibling"},
                                             {"other", "その他", "Other"}}};
constexpr std::array<Word, 4> kInsurances = {{{"national", "国民健康保険", "National health insurance"},
                                              {"employee", "職場の健康保険", "Employees' health insurance"},
                                              {"elderly", "後期高齢者医療", "Medical care for the elderly"},
                                              {"none", "なし", "None"}}};

template <std::size_t N>
std::optional<Text> title_of(const std::array<Word, N>& words, std::string_view word) {
  for (const auto& each : words)
    if (each.word == word) return Text{std::string(each.ja), std::string(each.en)};
  return std::nullopt;
}

Text too_long(std::size_t limit) {
  return {"長すぎます。" + std::to_string(limit) + " 文字以内にしてください。",
          "Too long: at most " + std::to_string(limit) + " characters."};
}

// One line of text without control characters. The characters themselves stay as typed: NFC would exchange variants.
void check_text(std::string_view text, std::size_t limit, bool required, const std::string& at, std::vector<Fault>& faults) {
  if (text.size() > 8 * limit)
    faults.push_back({at, too_long(limit)});  // bounds the work before anything is counted
  else if (text::trim(text).empty() && required)
    faults.push_back({at, {"入力してください。", "Enter this."}});
  else if (!is_utf8(text) || !text::clean_input(text).ok())
    faults.push_back(
        {at,
         {"使えない文字（制御文字など）が含まれています。", "It holds characters that cannot be used, such as control characters."}});
  else if (text::code_points(text) > limit)
    faults.push_back({at, too_long(limit)});
}

// Full-width katakana ァ to ヺ, ・, ー, ヽ, ヾ (U+30A1 to U+30FE) and one space between words.
bool is_katakana(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ' && i > 0) {
      ++i;
      continue;
    }
    if (text.size() - i < 3 || static_cast<unsigned char>(text[i]) != 0xE3) return false;
    unsigned second = static_cast<unsigned char>(text[i + 1]), third = static_cast<unsigned char>(text[i + 2]);
    unsigned point = 0x3000 | ((second & 0x3F) << 6) | (third & 0x3F);
    if (point < 0x30A1 || point > 0x30FE) return false;
    i += 3;
  }
  return true;
}

void check_kana(std::string_view kana, bool required, const std::string& at, std::vector<Fault>& faults) {
  auto before = faults.size();
  check_text(kana, kNamePartAtMost, required, at, faults);
  if (faults.size() == before && !is_katakana(kana))
    faults.push_back({at, {"全角カタカナで入力してください（例：アオバ）。", "Enter it in full-width katakana, such as アオバ."}});
}

Error bad_row(std::string_view code) {
  std::string c(code);
  return {Code::kCorrupt,
          "identity.bad_row",
          {"住民 " + c + " の行が読めません。musubi verify を実行してください。",
           "The row of resident " + c + " cannot be read. Run musubi verify."},
          {}};
}

std::optional<text::Date> date_at(ObjectReader& reader, std::string_view key, std::vector<Fault>& faults) {
  auto word = reader.optional_string(key);
  if (!word) return std::nullopt;
  auto date = text::parse_date(*word);
  if (!date.ok()) {
    faults.push_back({reader.at(key), date.error().message});
    return std::nullopt;
  }
  return *date;
}

Address read_address(const json::value& value, const std::string& at, std::vector<Fault>& faults) {
  ObjectReader reader(value, at, faults);
  Address out;
  out.postal_code = reader.optional_string("postal_code").value_or("");
  out.prefecture = reader.optional_string("prefecture").value_or("");
  out.municipality = reader.optional_string("municipality").value_or("");
  out.street = reader.optional_string("street").value_or("");
  out.building = reader.optional_string("building").value_or("");
  return out;
}

PersonName read_name(const json::value& value, const std::string& at, std::vector<Fault>& faults) {
  ObjectReader reader(value, at, faults);
  PersonName out;
  out.family = reader.optional_string("family").value_or("");
  out.given = reader.optional_string("given").value_or("");
  out.family_kana = reader.optional_string("family_kana").value_or("");
  out.given_kana = reader.optional_string("given_kana").value_or("");
  out.former_family = reader.optional_string("former_family");
  return out;
}

}  // namespace

bool is_person_code(std::string_view text) {
  return text.size() == kCodeLetters && text.find_first_not_of(kBase32) == std::string_view::npos;
}

std::string person_code(std::string_view sixteen_bytes) {
  CHECK(sixteen_bytes.size() == 16);
  std::string out;
  unsigned bits = 0, held = 0;
  for (unsigned char byte : sixteen_bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) out += kBase32[(held >> (bits - 5)) & 31];
    held &= 0xFF;
  }
  out += kBase32[(held << (5 - bits)) & 31];
  return out;
}

std::string new_person_code() { return person_code(crypto::random_bytes(16)); }

bool is_household_code(std::string_view text) {
  return text.size() == kHousehold.size() + kHouseholdLetters && text.starts_with(kHousehold) &&
         text.find_first_not_of(kLetters, kHousehold.size()) == std::string_view::npos;
}

std::string new_household_code() {
  std::string code(kHousehold);
  for (unsigned char byte : crypto::random_bytes(kHouseholdLetters)) code += kLetters[byte % kLetters.size()];
  return code;
}

std::string PersonName::full() const {
  std::string out = family;
  if (former_family) out += "（" + *former_family + "）";
  return given.empty() ? out : out + " " + given;
}

std::string PersonName::kana() const { return given_kana.empty() ? family_kana : family_kana + " " + given_kana; }

std::string Address::line() const {
  std::string out = prefecture + municipality + street;
  return building.empty() ? out : out + " " + building;
}

std::string_view sex_word(Sex sex) { return sex == Sex::kFemale ? "female" : sex == Sex::kMale ? "male" : "not_stated"; }
std::optional<Sex> sex_from(std::string_view word) {
  for (Sex sex : {Sex::kFemale, Sex::kMale, Sex::kNotStated})
    if (sex_word(sex) == word) return sex;
  return std::nullopt;
}

std::string_view resident_state_word(ResidentState state) {
  return state == ResidentState::kPresent ? "present" : state == ResidentState::kMovedOut ? "moved_out" : "dead";
}
std::optional<ResidentState> resident_state_from(std::string_view word) {
  for (auto state : {ResidentState::kPresent, ResidentState::kMovedOut, ResidentState::kDead})
    if (resident_state_word(state) == word) return state;
  return std::nullopt;
}

std::optional<Text> relation_title(std::string_view word) { return title_of(kRelations, word); }
std::optional<Text> insurance_title(std::string_view word) { return title_of(kInsurances, word); }

void check_name(const PersonName& name, const std::string& at, std::vector<Fault>& faults) {
  check_text(name.family, kNamePartAtMost, true, at + "/family", faults);
  check_text(name.given, kNamePartAtMost, !name.given_kana.empty(), at + "/given", faults);  // some people have one name
  check_kana(name.family_kana, true, at + "/family_kana", faults);
  check_kana(name.given_kana, !name.given.empty(), at + "/given_kana", faults);
  if (name.former_family) check_text(*name.former_family, kNamePartAtMost, true, at + "/former_family", faults);
}

void check_address(const Address& address, AddressUse use, const std::string& at, std::vector<Fault>& faults) {
  bool here = use == AddressUse::kHere;
  const std::string& code = address.postal_code;
  bool shaped = code.size() == 8 && code[3] == '-' && code.find_first_not_of("0123456789-") == code.npos && code.rfind('-') == 3;
  if (!shaped && (here || !code.empty()))
    faults.push_back({at + "/postal_code", {"郵便番号は 100-0001 の形で入力してください。", "Enter the postal code as 100-0001."}});
  check_text(address.prefecture, kAddressPartAtMost, here, at + "/prefecture", faults);
  check_text(address.municipality, kAddressPartAtMost, here, at + "/municipality", faults);
  check_text(address.street, kAddressPartAtMost, true, at + "/street", faults);
  check_text(address.building, kAddressPartAtMost, false, at + "/building", faults);
}

void check_resident(const Resident& person, const std::string& at, std::vector<Fault>& faults) {
  if (!person.code.empty() && !is_person_code(person.code))
    faults.push_back({at + "/code", {"住民の符号は a-z と 2-7 の 26 文字です。", "A person's code is 26 of a-z and 2-7."}});
  if (!person.household.empty() && !is_household_code(person.household))
    faults.push_back({at + "/household", {"世帯の符号が正しくありません。", "This is no code of a household."}});
  check_name(person.name, at + "/name", faults);
  check_address(person.address, AddressUse::kHere, at + "/address", faults);
  if (person.moved_from) check_address(*person.moved_from, AddressUse::kElsewhere, at + "/moved_from", faults);
  if (person.moved_to) check_address(*person.moved_to, AddressUse::kElsewhere, at + "/moved_to", faults);
  bool born = text::is_valid(person.birth_date) && person.birth_date.year >= 1868;
  if (!born) faults.push_back({at + "/birth_date", {"実在する生年月日を入力してください。", "Enter a real date of birth."}});
  if (!text::is_valid(person.since) || (born && person.since < person.birth_date))
    faults.push_back({at + "/since",
                      {"住所を定めた日は、生年月日以後の実在する日にしてください。",
                       "The day of coming here must be a real day, not before the date of birth."}});
  if (!relation_title(person.relation))
    faults.push_back({at + "/relation", {"続柄を選んでください。", "Choose the relation to the head of the household."}});
  if (!insurance_title(person.insurance))
    faults.push_back({at + "/insurance", {"健康保険の種別を選んでください。", "Choose the kind of health insurance."}});
}

json::object to_json(const PersonName& name) {
  json::object out{{"family", name.family}, {"given", name.given}, {"family_kana", name.family_kana}, {"given_kana", name.given_kana}};
  if (name.former_family) out["former_family"] = *name.former_family;
  return out;
}

json::object to_json(const Address& address) {
  json::object out;
  for (auto [key, value] : {std::pair{"postal_code", &address.postal_code},
                            {"prefecture", &address.prefecture},
                            {"municipality", &address.municipality},
                            {"street", &address.street},
                            {"building", &address.building}})
    if (!value->empty()) out[key] = *value;
  return out;
}

json::object content_of(const Resident& person) {
  json::object out{{"name", to_json(person.name)},
                   {"birth_date", text::iso_date(person.birth_date)},
                   {"sex", std::string(sex_word(person.sex))},
                   {"address", to_json(person.address)},
                   {"relation", person.relation},
                   {"since", text::iso_date(person.since)},
                   {"insurance", person.insurance},
                   {"child_allowance", person.child_allowance}};
  if (person.moved_from) out["moved_from"] = to_json(*person.moved_from);
  if (person.moved_to) out["moved_to"] = to_json(*person.moved_to);
  if (person.left_on) out["left_on"] = text::iso_date(*person.left_on);
  return out;
}

Result<Resident> resident_from(std::string code, std::string household, ResidentState state,
                               const std::optional<std::string>& content) {
  Resident out;
  out.code = std::move(code);
  out.household = std::move(household);
  out.state = state;
  out.erased = !content;
  if (!content) return out;
  auto value = parse_json(*content);
  if (!value.ok()) return bad_row(out.code);
  std::vector<Fault> faults;
  ObjectReader reader(*value, "", faults);
  if (auto* name = reader.find("name")) out.name = read_name(*name, "/name", faults);
  if (auto* address = reader.find("address")) out.address = read_address(*address, "/address", faults);
  if (auto* from = reader.find("moved_from")) out.moved_from = read_address(*from, "/moved_from", faults);
  if (auto* to = reader.find("moved_to")) out.moved_to = read_address(*to, "/moved_to", faults);
  out.birth_date = date_at(reader, "birth_date", faults).value_or(text::Date{});
  out.since = date_at(reader, "since", faults).value_or(text::Date{});
  out.left_on = date_at(reader, "left_on", faults);
  out.sex = sex_from(reader.string("sex")).value_or(Sex::kNotStated);
  out.relation = reader.string("relation");
  out.insurance = reader.string("insurance");
  out.child_allowance = reader.boolean("child_allowance", false);
  if (!faults.empty()) return bad_row(out.code);
  return out;
}

Result<Address> address_from(std::string_view content) {
  std::vector<Fault> faults;
  auto value = TRY(parse_json(content));
  auto out = read_address(value, "", faults);
  if (!faults.empty()) return bad_row("?");
  return out;
}

std::string searched_text(const Resident& person) {
  const PersonName& name = person.name;
  std::string all = name.family + name.given + "\n" + name.family_kana + name.given_kana + "\n";
  if (name.former_family) all += *name.former_family + name.given + "\n";
  return text::katakana_form(all + person.address.line());
}

void sort_household(std::vector<Resident>& household) {
  auto rank = [](const Resident& person) { return std::tuple(person.relation != "head", person.birth_date, person.code); };
  std::sort(household.begin(), household.end(), [&](const Resident& a, const Resident& b) { return rank(a) < rank(b); });
}

}  // namespace musubi::identity
