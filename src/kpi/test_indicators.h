// Definitions for the tests of indicators, over records that only tests write.
#pragma once

#include <string>
#include <string_view>

#include "kpi/indicator.h"

namespace musubi::kpi {

inline std::string definition_text(std::string_view id, std::string_view formula, bool persons = true, std::string_view more = "") {
  return R"({"id":")" + std::string(id) +
         R"(","title":{"ja":"あ","en":"a"},"definition":{"ja":"あ","en":"a"},"unit":{"ja":"件","en":"n"},"direction":"up","persons":)" +
         (persons ? "true" : "false") + std::string(more) + R"(,"formula":)" + std::string(formula) + "}";
}

inline Indicator test_indicator(std::string_view formula, bool persons = true) {
  auto read = read_indicator_text(definition_text("t", formula, persons));
  CHECK(read.ok());
  return std::move(read).value();
}

inline std::string pack_text(std::initializer_list<std::string> definitions, std::string_view id = "aoba.test") {
  std::string out = R"({"musubi_pack":1,"kind":"indicators","id":")" + std::string(id) + R"(","version":"1","indicators":[)";
  for (const auto& one : definitions) out += (out.back() == '[' ? "" : ",") + one;
  return out + "]}";
}

inline const std::string kTestPack = pack_text({
    definition_text("t-count", R"({"kind":"count","records":"t.start","where":{"online":true},"by":"procedure"})"),
    definition_text("t-two", R"({"kind":"count","records":"t.start","by":["procedure","online"]})"),
    definition_text("t-sum", R"({"kind":"sum","records":"t.start","fact":"amount","by":"procedure"})", false),
    definition_text("t-distinct", R"({"kind":"distinct","records":"t.start","values_of":"procedure","by":"online"})"),
    definition_text(
        "t-ratio",
        R"({"kind":"ratio","of":{"records":"t.start","where":{"online":true}},"to":{"records":"t.start"},"by":"procedure"})"),
    definition_text("t-spread", R"({"kind":"percentile","percentile":90,"records":"t.end","fact":"ms","by":"outcome"})"),
    definition_text(
        "t-pair",
        R"({"kind":"median","from":{"records":"t.start"},"until":{"records":"t.end","where":{"outcome":"granted"}},"open":"left_out","by":["procedure","outcome"]})"),
    definition_text(
        "t-each",
        R"({"kind":"median","from":{"records":"t.start","where":{"online":false}},"until":{"records":"t.end"},"pairs":"each","open":"so_far","by":"procedure"})"),
    definition_text("t-pairs", R"({"kind":"count","from":{"records":"t.start"},"until":{"records":"t.end"}})"),
    definition_text("t-up", R"({"kind":"uptime","records":"t.tick","fact":"ms"})", false),
    definition_text("t-unwritten", R"({"kind":"count","records":"t.nobody_writes_this"})"),
});

}  // namespace musubi::kpi
