#include "http/wire.h"

#include <charconv>

#include "http/problem.h"
#include "http/syntax.h"

namespace musubi::http::wire {
namespace {

constexpr std::size_t kMostDigits = 12;  // of a Content-Length

bool is_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (std::uint8_t(c) < 0x20 && c != '\t') || c == 0x7f; });
}

// The lines after the first, up to the empty one.
bool read_fields(std::string_view rest, Head& head) {
  std::size_t count = 0;
  while (!rest.empty()) {
    auto end = rest.find("\r\n");
    if (end == rest.npos) return false;
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (line.empty()) return rest.empty();
    auto colon = line.find(':');
    if (colon == line.npos || ++count > kFieldsAtMost) return false;
    std::string_view name = line.substr(0, colon), value = trim(line.substr(colon + 1));
    if (!is_token(name) || !is_value(value)) return false;
    head.headers.add(name, value);
  }
  return false;
}

bool read_framing(Head& head, bool needs_length) {
  if (head.headers.has("Transfer-Encoding")) return false;
  std::string length = head.headers.joined("Content-Length");
  bool digits = !length.empty() && length.size() <= kMostDigits && length.find_first_not_of("0123456789") == length.npos;
  if (!digits && (needs_length || !length.empty())) return false;
  if (digits) std::from_chars(length.data(), length.data() + length.size(), head.length);
  head.keep_alive = !same_name(head.headers.get("Connection"), "close");
  return true;
}

}  // namespace

std::optional<std::size_t> head_size(std::string_view bytes) {
  auto end = bytes.substr(0, kHeadLimit).find("\r\n\r\n");
  return end == bytes.npos ? std::nullopt : std::optional(end + 4);
}

std::optional<Head> parse_request(std::string_view bytes) {
  auto line_end = bytes.find("\r\n");
  if (line_end == bytes.npos) return std::nullopt;
  std::string_view line = bytes.substr(0, line_end);
  auto first = line.find(' '), last = line.rfind(' ');
  if (first == line.npos || first == last || line.substr(last + 1) != "HTTP/1.1") return std::nullopt;
  Head head;
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  bool plain = std::all_of(head.target.begin(), head.target.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!is_token(head.method) || head.target.empty() || head.target[0] != '/' || !plain) return std::nullopt;
  if (!read_fields(bytes.substr(line_end + 2), head) || !read_framing(head, head.method == "POST")) return std::nullopt;
  return head;
}

std::optional<Head> parse_answer(std::string_view bytes) {
  auto line_end = bytes.find("\r\n");
  if (line_end == bytes.npos || !bytes.starts_with("HTTP/1.1 ") || line_end < 12) return std::nullopt;
  Head head;
  auto [end, error] = std::from_chars(bytes.data() + 9, bytes.data() + 12, head.status);
  bool spaced = line_end == 12 || bytes[12] == ' ';
  if (error != std::errc() || end != bytes.data() + 12 || head.status < 200 || head.status > 599 || !spaced ||
      !is_value(bytes.substr(0, line_end)))
    return std::nullopt;
  if (!read_fields(bytes.substr(line_end + 2), head) || !read_framing(head, true)) return std::nullopt;
  return head;
}

namespace {

void write_fields(std::string& out, const Headers& headers, std::string_view body) {
  for (const auto& [name, value] : headers)
    if (!same_name(name, "Content-Length") && !same_name(name, "Connection"))
      out.append(name).append(": ").append(value).append("\r\n");
  out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  out.append(body);
}

}  // namespace

std::string write_request(std::string_view method, std::string_view target, std::string_view host, const Headers& headers,
                          std::string_view body) {
  std::string out;
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n");
  write_fields(out, headers, body);
  return out;
}

std::string write_answer(int status, const Headers& headers, std::string_view body, bool close) {
  std::string out = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason(status)) + "\r\n";
  if (close) out += "Connection: close\r\n";
  write_fields(out, headers, body);
  return out;
}

}  // namespace musubi::http::wire
