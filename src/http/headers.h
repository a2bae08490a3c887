// Header fields of a message, in the order sent (RFC 9110 5). Names compare without regard to case.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"

namespace musubi::http {

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }
inline bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

class Headers {
 public:
  // The first field of that name, or empty. The view lives until the next change.
  std::string_view get(std::string_view name) const {
    for (const auto& [key, value] : fields_)
      if (same_name(key, name)) return value;
    return {};
  }
  bool has(std::string_view name) const {
    return std::any_of(fields_.begin(), fields_.end(), [&](const auto& field) { return same_name(field.first, name); });
  }
  // All fields of that name, joined by ", " (RFC 9110 5.3).
  std::string joined(std::string_view name) const;
  // CHECKs that the name is a token and the value holds no CR, LF or NUL: a value from outside must be cleaned or
  // refused before it gets here, so that no header can be injected.
  void add(std::string_view name, std::string_view value);
  void set(std::string_view name, std::string_view value);  // replaces all fields of that name
  void remove(std::string_view name);

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace musubi::http
