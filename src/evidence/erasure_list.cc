#include "evidence/erasure_list.h"

#include "base/encoding.h"
#include "base/json.h"

namespace musubi::evidence {

std::string ErasureLine::text() const {
  json::array items;
  for (const auto& body : bodies)
    items.emplace_back(json::object{{"index", std::to_string(body.index)}, {"body", to_base64(body.commitment)}});
  return canonical_json(json::object{{"bodies", items}, {"ground", ground}}) + "\n";
}

std::optional<ErasureLine> parse_erasure_line(std::string_view text) {
  auto parsed = parse_json(text, {kErasureListLimit, 8});
  auto* object = parsed.ok() ? parsed->if_object() : nullptr;
  auto* ground = object ? object->if_contains("ground") : nullptr;
  auto* bodies = object ? object->if_contains("bodies") : nullptr;
  if (!ground || !ground->is_string() || !bodies || !bodies->is_array()) return std::nullopt;
  ErasureLine line{{}, std::string(ground->get_string())};
  for (const auto& item : bodies->get_array()) {
    auto* body = item.if_object();
    auto* index = body ? body->if_contains("index") : nullptr;
    auto* commitment = body ? body->if_contains("body") : nullptr;
    if (!index || !index->is_string() || !commitment || !commitment->is_string()) return std::nullopt;
    auto bytes = from_base64(commitment->get_string());
    std::string digits(index->get_string());
    if (!bytes || digits.empty() || digits.size() > 15 || digits.find_first_not_of("0123456789") != digits.npos) return std::nullopt;
    line.bodies.push_back({std::stoull(digits), *bytes});
  }
  return line;
}

}  // namespace musubi::evidence
