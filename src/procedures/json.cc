#include "procedures/json.h"

namespace musubi::procedures {
namespace {

json::object to_json(const Provenance& source) {
  return {{"organisation", source.organisation},   {"item", source.item},       {"at", source.at.us},
          {"record", std::int64_t(source.record)}, {"contest", source.contest}, {"told", source.told}};
}

Provenance provenance_from(const json::object& object) {
  Provenance out;
  out.organisation = string_at(object, "organisation");
  out.item = string_at(object, "item");
  out.at = Time{integer_at(object, "at")};
  out.record = std::uint64_t(integer_at(object, "record"));
  out.contest = string_at(object, "contest");
  if (auto* told = object.if_contains("told")) out.told = *told;
  return out;
}

}  // namespace

json::object to_json(const Text& text) { return {{"ja", text.ja}, {"en", text.en}}; }

Text text_from(const json::value& value) {
  auto* object = value.if_object();
  return object ? Text{string_at(*object, "ja"), string_at(*object, "en")} : Text{};
}

json::array strings(const std::vector<std::string>& values) {
  json::array out;
  for (const auto& value : values) out.emplace_back(value);
  return out;
}

std::string string_at(const json::object& object, std::string_view key) {
  auto* found = object.if_contains(key);
  auto* text = found ? found->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

std::int64_t integer_at(const json::object& object, std::string_view key) {
  auto* found = object.if_contains(key);
  auto* number = found ? found->if_int64() : nullptr;
  return number ? *number : 0;
}

std::vector<std::string> strings_at(const json::object& object, std::string_view key) {
  std::vector<std::string> out;
  auto* found = object.if_contains(key);
  if (auto* list = found ? found->if_array() : nullptr)
    for (const auto& one : *list)
      if (auto* text = one.if_string()) out.emplace_back(*text);
  return out;
}

json::object to_json(const Basket& basket) {
  json::object sources;
  for (const auto& [field, source] : basket.sources) sources[field] = to_json(source);
  json::array missing;
  for (const auto& one : basket.not_fetched)
    missing.push_back(
        json::object{{"organisation", one.organisation}, {"fields", strings(one.fields)}, {"reason", to_json(one.reason)}});
  json::object titles;
  for (const auto& [field, title] : basket.seen_titles) titles[field] = to_json(title);
  return {{"pack", basket.pack},
          {"event", basket.event},
          {"pack_version", basket.pack_version},
          {"procedures", strings(basket.procedures)},
          {"answers", basket.answers},
          {"sources", std::move(sources)},
          {"not_fetched", std::move(missing)},
          {"fetched", basket.fetched},
          {"further", strings(basket.further)},
          {"amends", basket.amends},
          {"seen_fields", strings(basket.seen_fields)},
          {"seen_titles", std::move(titles)}};
}

Result<Basket> basket_from(std::string_view content) {
  auto value = parse_json(content, JsonLimits{4 << 20, 32});
  if (!value.ok() || !value->is_object())
    return Error{
        Code::kCorrupt,
        "procedures.damaged",
        {"保存された下書きが読めません。はじめからやり直してください。", "The stored draft cannot be read. Please begin again."},
        {}};
  const json::object& object = value->get_object();
  Basket out;
  out.pack = string_at(object, "pack");
  out.event = string_at(object, "event");
  out.pack_version = integer_at(object, "pack_version");
  out.procedures = strings_at(object, "procedures");
  out.further = strings_at(object, "further");
  out.amends = string_at(object, "amends");
  out.seen_fields = strings_at(object, "seen_fields");
  if (auto* titles = object.if_contains("seen_titles"); titles && titles->is_object())
    for (const auto& one : titles->get_object()) out.seen_titles[std::string(one.key())] = text_from(one.value());
  if (auto* answers = object.if_contains("answers"); answers && answers->is_object()) out.answers = answers->get_object();
  if (auto* sources = object.if_contains("sources"); sources && sources->is_object())
    for (const auto& one : sources->get_object())
      if (one.value().is_object()) out.sources[std::string(one.key())] = provenance_from(one.value().get_object());
  if (auto* missing = object.if_contains("not_fetched"); missing && missing->is_array())
    for (const auto& one : missing->get_array())
      if (auto* each = one.if_object()) {
        auto* reason = each->if_contains("reason");
        out.not_fetched.push_back(
            {string_at(*each, "organisation"), strings_at(*each, "fields"), reason ? text_from(*reason) : Text{}});
      }
  if (auto* fetched = object.if_contains("fetched")) out.fetched = fetched->is_bool() && fetched->get_bool();
  return out;
}

}  // namespace musubi::procedures
