#include "http/headers.h"

#include "http/syntax.h"

namespace musubi::http {

std::string Headers::joined(std::string_view name) const {
  std::string out;
  bool first = true;
  for (const auto& [key, value] : fields_) {
    if (!same_name(key, name)) continue;
    if (!first) out += ", ";
    out += value;
    first = false;
  }
  return out;
}

void Headers::add(std::string_view name, std::string_view value) {
  CHECK(is_token(name));
  CHECK(value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos);
  fields_.emplace_back(name, value);
}

void Headers::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return same_name(field.first, name); });
}

}  // namespace musubi::http
