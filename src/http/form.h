// Query strings and forms: ordered name and value pairs, decoded, bounded, UTF-8. Pure functions over bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace musubi::http {

inline constexpr std::size_t kQueryPairs = 100;
inline constexpr std::size_t kQueryBytes = 8 << 10;
inline constexpr std::size_t kFormPairs = 1000;  // fields of a form, files included
inline constexpr std::size_t kFormNameBytes = 256;
inline constexpr std::size_t kFormTextBytes = 1 << 20;  // one field that is not a file
inline constexpr std::size_t kFilenameBytes = 255;
inline constexpr std::size_t kCookies = 50;
inline constexpr std::size_t kCookieBytes = 8 << 10;

// Ordered pairs of a query string. Views live as long as the object.
class Query {
 public:
  std::optional<std::string_view> get(std::string_view name) const;  // the first of that name
  std::string_view get(std::string_view name, std::string_view otherwise) const { return get(name).value_or(otherwise); }
  std::vector<std::string_view> all(std::string_view name) const;
  bool has(std::string_view name) const { return get(name).has_value(); }
  void add(std::string name, std::string value) { pairs_.emplace_back(std::move(name), std::move(value)); }
  const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }
  bool empty() const { return pairs_.empty(); }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

// A file of a multipart form. `filename` is the last path component as the browser sent it, for display only: never
// a path on this machine. `content_type` is what the sender claims.
struct FilePart {
  std::string name;
  std::string filename;
  std::string content_type;
  std::string content;
};

// A posted form: its fields in order, and its files. A file field that was left empty yields no FilePart.
class Form : public Query {
 public:
  const FilePart* file(std::string_view name) const;  // the first of that name, or nullptr
  std::vector<const FilePart*> files(std::string_view name) const;
  const std::vector<FilePart>& files() const { return files_; }
  void add_file(FilePart part) { files_.push_back(std::move(part)); }

 private:
  std::vector<FilePart> files_;
};

// "%E7%B5%90" -> "結"; nullopt on a broken escape. `plus_is_space` as forms and queries have it.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
// Escapes everything but the unreserved characters of RFC 3986 2.3; for a path segment or a query value.
std::string percent_encode(std::string_view text);

// WHATWG URL 5.1. Errors: http.query_malformed (broken escape, not UTF-8, NUL), http.query_too_long (100 pairs, 8 KiB).
Result<Query> parse_query(std::string_view text);
// application/x-www-form-urlencoded. Errors: http.form_malformed, http.form_too_large.
Result<Form> parse_urlencoded(std::string_view body);
// multipart/form-data, RFC 7578 and RFC 2046 5.1; `content_type` is the whole header. Errors as above.
Result<Form> parse_multipart(std::string_view content_type, std::string_view body);
// RFC 6265 4.2.1; broken pairs are left out, and so is what goes beyond 50 cookies or 8 KiB.
Query parse_cookies(std::string_view header);

}  // namespace musubi::http
