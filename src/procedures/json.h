// Baskets, filings and their parts as JSON, for rows and for messages. Private to procedures.
#pragma once

#include "procedures/procedures.h"

namespace musubi::procedures {

json::object to_json(const Text& text);
Text text_from(const json::value& value);
json::object to_json(const Basket& basket);            // all but id, person and the times
Result<Basket> basket_from(std::string_view content);  // error: procedures.damaged
json::array strings(const std::vector<std::string>& values);
std::string string_at(const json::object& object, std::string_view key);  // "" where there is none
std::vector<std::string> strings_at(const json::object& object, std::string_view key);
std::int64_t integer_at(const json::object& object, std::string_view key);  // 0 where there is none

}  // namespace musubi::procedures
