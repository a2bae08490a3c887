#include "http/response.h"

#include <charconv>
#include <cmath>

#include "base/encoding.h"
#include "http/form.h"
#include "http/syntax.h"

namespace musubi::http {
namespace {

bool is_cookie_value(std::string_view value) {
  for (unsigned char c : value)
    if (c <= 0x20 || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\') return false;
  return true;
}

Response with_type(std::string body, std::string_view type, int status) {
  Response out;
  out.status = status;
  out.body = std::move(body);
  out.headers.add("Content-Type", type);
  return out;
}

// Escapes what may not stand in a URI reference (RFC 3986), and leaves the rest, "%" included.
std::string uri_reference(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : text) {
    bool forbidden = c <= 0x20 || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' || c == '{' ||
                     c == '|' || c == '}';
    if (!forbidden) {
      out.push_back(char(c));
    } else {
      out.push_back('%');
      out.push_back(kDigits[c >> 4]);
      out.push_back(kDigits[c & 15]);
    }
  }
  return out;
}

// As json::serialize, but with numbers as people and spreadsheets write them: 57.46, not 5.746E1.
void write_json(const json::value& value, std::string& out) {
  if (const auto* object = value.if_object()) {
    out += '{';
    for (const auto& [key, member] : *object) {
      if (&member != &object->begin()->value()) out += ',';
      out += musubi::json::serialize(key);
      out += ':';
      write_json(member, out);
    }
    out += '}';
  } else if (const auto* array = value.if_array()) {
    out += '[';
    for (const auto& member : *array) {
      if (&member != array->begin()) out += ',';
      write_json(member, out);
    }
    out += ']';
  } else if (const auto* number = value.if_double();
             number && std::abs(*number) < 1e15 && (*number == 0 || std::abs(*number) >= 1e-6)) {
    char text[40];
    out.append(text, std::to_chars(text, text + sizeof text, *number, std::chars_format::fixed).ptr);
  } else {
    out += musubi::json::serialize(value);
  }
}

}  // namespace

Response& Response::etag(std::string_view value) {
  for (char c : value) CHECK(is_token({&c, 1}) || c == ':');
  return header("ETag", "\"" + std::string(value) + "\"");
}

Response& Response::etag_of_body() { return etag(fnv128(bytes())); }

Response& Response::cookie(std::string_view name, std::string_view value, std::int64_t max_age_s, bool secure) {
  CHECK(is_token(name) && is_cookie_value(value));
  std::string line = std::string(name) + "=" + std::string(value) + "; Path=/; HttpOnly; SameSite=Lax";
  if (max_age_s >= 0) line += "; Max-Age=" + std::to_string(max_age_s);
  if (secure) line += "; Secure";
  headers.add("Set-Cookie", line);
  return *this;
}

Response html(std::string body, int status) { return with_type(std::move(body), kHtml, status); }
Response text(std::string body, int status) { return with_type(std::move(body), kText, status); }
Response json(const json::value& value, int status) {
  std::string out;
  write_json(value, out);
  return with_type(std::move(out), kJson, status);
}
Response json(std::string serialized, int status) { return with_type(std::move(serialized), kJson, status); }
Response bytes(std::string body, std::string_view content_type) { return with_type(std::move(body), content_type, 200); }

Response csv(std::string body, std::string_view filename) {
  Response out = with_type(std::move(body), kCsv, 200);
  if (filename.empty()) return out;
  std::string plain;  // for clients without RFC 8187
  for (unsigned char c : filename) plain.push_back(c > 0x1f && c < 0x7f && c != '"' && c != '\\' && c != '/' ? char(c) : '_');
  out.headers.add("Content-Disposition", "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + percent_encode(filename));
  return out;
}

Response shared(std::shared_ptr<const std::string> body, std::string_view content_type) {
  Response out = with_type({}, content_type, 200);
  out.shared_body = std::move(body);
  return out;
}

Response redirect(std::string_view location, int status) {
  // "//host" and "/\host" would lead to another host. What is escaped below cannot: only leading slashes matter.
  while (location.size() > 1 && location[0] == '/' && (location[1] == '/' || location[1] == '\\')) location.remove_prefix(1);
  bool absolute = location.starts_with("http://") || location.starts_with("https://");
  CHECK(status >= 301 && status <= 308);
  Response out;
  out.status = status;
  std::string safe = uri_reference(location);
  if (!absolute && !safe.starts_with('/')) safe = "/" + safe;
  while (safe.size() > 1 && safe[1] == '/' && safe[0] == '/') safe.erase(0, 1);
  out.headers.add("Location", safe);
  return out;
}

Response not_modified() {
  Response out;
  out.status = 304;
  return out;
}

Response no_content() {
  Response out;
  out.status = 204;
  return out;
}

std::string fnv128(std::string_view bytes) {
  __extension__ using Wide = unsigned __int128;
  const Wide prime = (Wide(1) << 88) | 0x13b;
  Wide hash = (Wide(0x6c62272e07bb0142ULL) << 64) | 0x62b821756295c58dULL;
  for (unsigned char c : bytes) hash = (hash ^ c) * prime;
  std::string big_endian;
  put_be64(big_endian, std::uint64_t(hash >> 64));
  put_be64(big_endian, std::uint64_t(hash));
  return to_hex(big_endian);
}

}  // namespace musubi::http
