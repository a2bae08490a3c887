// What people type and what sources tell in the tests of procedures; all of it fictional.
#pragma once

#include "procedures/procedures.h"

namespace musubi::procedures {

inline json::object name_of(std::string family, std::string given, std::string family_kana, std::string given_kana) {
  return {{"family", family}, {"given", given}, {"family_kana", family_kana}, {"given_kana", given_kana}};
}

inline json::object guide_answers() {
  return {{"from_town", "aoba"},
          {"to_town", "minato"},
          {"move_date", "2026-12-01"},
          {"about", json::array{"children", "water", "insurance"}}};
}
// Everything a person would type for the demo pack, over what was fetched.
inline void answer_all(Basket& b) {
  json::object address{{"postal_code", "100-0002"},
                       {"prefecture", "みどり県"},
                       {"municipality", "みなと市"},
                       {"street", "海岸二丁目5番6号"},
                       {"building", "海の家201"}};
  auto set = [&](const char* field, json::value value) {
    if (!b.answers.contains(field)) b.answers[field] = std::move(value);
  };
  set("applicant_name", name_of("青葉", "花子", "アオバ", "ハナコ"));
  set("birth_date", "1990-04-01");
  set("old_address", address);
  set("new_address", address);
  set("movers", json::array{json::object{
                    {"name", name_of("青葉", "花子", "アオバ", "ハナコ")}, {"birth_date", "1990-04-01"}, {"relation", "head"}}});
  set("new_head", "me");
  set("card_use", "yes");
  set("phone", "090-0000-0000");
  set("insurance_reason", "national");
  set("children_list", json::array{json::object{{"name", name_of("青葉", "葵", "アオバ", "アオイ")}, {"birth_date", "2022-05-05"}}});
  for (auto& child : b.answers["children_list"].as_array()) child.as_object()["together"] = "yes";
  set("pension", "employees");
  set("bank_name", "みどり銀行");
  set("bank_branch", "本店");
  set("bank_number", "0012345");
  set("bank_holder", "アオバ ハナコ");
  set("water_start", "2026-12-01");
  set("water_building", "flat");
  set("water_payment", "slip");
}

// What the town answers about the applicant.
inline Told told_for(const Question& q, const std::string& person, Time now) {
  Told told;
  told.at = now;
  told.record = 7;
  for (const auto& item : q.items) {
    if (item == "person.name") told.items[item] = name_of("青葉", "花子", "アオバ", "ハナコ");
    if (item == "person.birth_date") told.items[item] = "1990-04-01";
    if (item == "insurance.kind") told.items[item] = "national";
    if (item == "person.address")
      told.items[item] = json::object{{"postal_code", "100-0001"},
                                      {"prefecture", "みどり県"},
                                      {"municipality", "青葉町"},
                                      {"street", "桜丘一丁目2番3号"},
                                      {"building", ""}};
    if (item == "person.household")
      told.items[item] = json::array{json::object{{"name", name_of("青葉", "花子", "アオバ", "ハナコ")},
                                                  {"birth_date", "1990-04-01"},
                                                  {"relation", "head"},
                                                  {"sex", "female"}},
                                     json::object{{"name", name_of("青葉", "葵", "アオバ", "アオイ")},
                                                  {"birth_date", "2022-05-05"},
                                                  {"relation", "child"},
                                                  {"sex", "female"}}};
    if (item == "child.list")
      told.items[item] = json::array{json::object{{"name", name_of("青葉", "葵", "アオバ", "アオイ")}, {"birth_date", "2022-05-05"}}};
  }
  if (told.items.contains("person.household")) told.further = {{"/person.household/0", person}, {"/person.household/1", "childcode"}};
  if (told.items.contains("child.list")) told.further = {{"/child.list/0", "childcode"}};
  return told;
}

}  // namespace musubi::procedures
