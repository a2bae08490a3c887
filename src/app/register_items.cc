// What a town answers about its residents: items of the exchange, made from the register.

#include <map>

#include "app/services.h"
#include "identity/residents.h"
#include "procedures/pack.h"

namespace musubi::app {
namespace {

using identity::Resident;

json::object name_of(const Resident& resident) {
  json::object name{{"family", resident.name.family},
                    {"given", resident.name.given},
                    {"family_kana", resident.name.family_kana},
                    {"given_kana", resident.name.given_kana}};
  if (resident.name.former_family) name["former_family"] = *resident.name.former_family;
  return name;
}

json::object address_of(const identity::Address& address) {
  return {{"postal_code", address.postal_code},
          {"prefecture", address.prefecture},
          {"municipality", address.municipality},
          {"street", address.street},
          {"building", address.building}};
}

// Until the 31 March after the eighteenth birthday (Child Allowance Act, Article 3).
bool is_child(const Resident& resident, text::Date today) {
  return text::fiscal_year(today) - text::fiscal_year(resident.birth_date) <= 18 &&
         !(text::fiscal_year(today) - text::fiscal_year(resident.birth_date) == 18 && resident.birth_date.month == 4 &&
           resident.birth_date.day == 1);
}

json::array persons(const std::vector<Resident>& household, const std::string& pointer, bool children, text::Date today,
                    std::vector<exchange::Further>& further) {
  json::array list;
  for (const auto& one : household) {
    if (children && !(one.relation == "child" && is_child(one, today))) continue;
    further.push_back({pointer + "/" + std::to_string(list.size()), one.code});
    list.push_back(json::object{{"name", name_of(one)},
                                {"birth_date", text::iso_date(one.birth_date)},
                                {"sex", identity::sex_word(one.sex)},
                                {"relation", one.relation}});
  }
  return list;
}

Error not_here() {
  return {Code::kNotFound,
          "identity.unknown_resident",
          {"この町の住民票に、その人の記載はありません。今の町を確かめてください。",
           "That person is not on this town's register. Check which town you are registered in."},
          {}};
}

Error moved_out() {
  return {Code::kNotFound,
          "identity.moved_out",
          {"その人はこの町から転出しています。今の町に照会するか、手で入力してください。",
           "That person has moved out of this town. Ask the present town, or go on by hand."},
          {}};
}

}  // namespace

Result<json::value> register_item(db::Reader& reader, const std::string& item, const std::string& person, text::Date today,
                                  std::vector<exchange::Further>& further) {
  auto resident = TRY(identity::resident(reader, person));
  if (!resident || resident->erased || resident->state == identity::ResidentState::kDead) return not_here();
  // A decision enters a move ahead of its day: until then the person lives here.
  if (resident->state == identity::ResidentState::kMovedOut && (!resident->left_on || *resident->left_on <= today)) return moved_out();
  if (item == "person.name") return json::value(name_of(*resident));
  if (item == "person.kana") return json::value(resident->name.kana());
  if (item == "person.birth_date") return json::value(text::iso_date(resident->birth_date));
  if (item == "person.sex") return json::value(identity::sex_word(resident->sex));
  if (item == "person.address") return json::value(address_of(resident->address));
  if (item == "insurance.kind") return json::value(resident->insurance);
  auto household = TRY(identity::household_of(reader, person));
  return json::value(persons(household, "/" + item, item == "child.list", today, further));
}

Text procedure_title(const std::string& procedure) {
  for (const auto& pack : procedures::embedded_packs())
    if (const auto* found = pack.procedure(procedure)) return found->title;
  return {procedure, procedure};
}

Text item_title(const std::string& item) {
  static const std::map<std::string, Text> kTitles = {{"person.name", {"氏名", "name"}},
                                                      {"person.kana", {"氏名のカナ", "name in kana"}},
                                                      {"person.birth_date", {"生年月日", "date of birth"}},
                                                      {"person.sex", {"性別", "sex"}},
                                                      {"person.address", {"住所", "address"}},
                                                      {"person.household", {"世帯の人", "household"}},
                                                      {"insurance.kind", {"健康保険の種類", "kind of health insurance"}},
                                                      {"child.list", {"子ども", "children"}},
                                                      {"case", {"案件の内容", "a case with its form and files"}},
                                                      {"case.list", {"案件の一覧の行", "a line in a list of cases"}},
                                                      {"register", {"住民の登録の内容", "the entry in the register"}},
                                                      {"register.list", {"住民の一覧の行", "a line in a list of residents"}},
                                                      {"other", {"その他の項目", "another item"}}};
  auto found = kTitles.find(item);
  return found == kTitles.end() ? Text{item, item} : found->second;
}

}  // namespace musubi::app
