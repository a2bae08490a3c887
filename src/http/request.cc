#include "http/request.h"

#include <array>

#include "base/encoding.h"
#include "http/syntax.h"

namespace musubi::http {
namespace {

constexpr std::array<std::string_view, 7> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
constexpr std::size_t kSegments = 64;

Error target_malformed(const char* ja, const char* en) { return {Code::kMalformed, "http.target_malformed", {ja, en}, {}}; }

// "http://host/a?b" -> "/a?b" (absolute form, which every server must take).
std::string_view origin_form(std::string_view target) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!same_name(target.substr(0, scheme.size()), scheme)) continue;
    auto slash = target.find_first_of("/?", scheme.size());
    if (slash == target.npos) return "/";
    return target.substr(slash);
  }
  return target;
}

Result<std::string> decode_segment(std::string_view raw) {
  auto segment = percent_decode(raw, false);
  if (!segment)
    return target_malformed("アドレスの「%」のあとに 16 進数が 2 文字ありません。",
                            "The address has a \"%\" without two hexadecimal digits.");
  if (*segment == "." || *segment == "..")
    return target_malformed("アドレスに「.」や「..」だけの部分は使えません。",
                            "The address must not have a part that is \".\" or \"..\".");
  if (segment->find('/') != segment->npos)
    return target_malformed("アドレスの一部に符号化した「/」は使えません。",
                            "The address must not have an encoded \"/\" inside a part.");
  for (unsigned char c : *segment)
    if (c < 0x20 || c == 0x7f)
      return target_malformed("アドレスに制御文字は使えません。", "The address must not hold control characters.");
  if (!is_utf8(*segment)) return target_malformed("アドレスの文字は UTF-8 にしてください。", "Write the address in UTF-8.");
  return std::move(*segment);
}

Result<void> parse_path(std::string_view text, Request& request) {
  if (text == "*" && request.method == Method::options) return {};
  if (text.empty() || text[0] != '/')
    return target_malformed("アドレスは「/」で始めてください。", "The address must begin with \"/\".");
  text.remove_prefix(1);
  while (!text.empty()) {
    auto slash = text.find('/');
    auto raw = text.substr(0, slash);
    if (raw.empty()) return target_malformed("アドレスに「//」は使えません。", "The address must not hold \"//\".");
    if (request.path.size() == kSegments)
      return target_malformed("アドレスの区切りが多すぎます。64 までにしてください。", "The address has too many parts; at most 64.");
    request.path.push_back(TRY(decode_segment(raw)));
    if (slash == text.npos) break;
    text.remove_prefix(slash + 1);
    request.trailing_slash = text.empty();
  }
  return {};
}

Language choose_language(const Request& request) {
  for (auto wish : {request.query.get("lang"), request.cookies.get("lang")}) {
    if (wish == "ja") return Language::ja;
    if (wish == "en") return Language::en;
  }
  return accept_language(request.headers.get("Accept-Language"));
}

// The subtag before the first "-": "en-GB" -> "en".
std::string_view primary(std::string_view tag) { return tag.substr(0, tag.find('-')); }

}  // namespace

std::string_view method_name(Method method) { return kMethods[std::size_t(method)]; }

std::optional<Method> method_from(std::string_view name) {
  for (std::size_t i = 0; i < kMethods.size(); ++i)
    if (kMethods[i] == name) return Method(i);
  return std::nullopt;
}

const std::string& Request::parameter(std::string_view name) const {
  auto found = parameters.find(name);
  CHECK(found != parameters.end());
  return found->second;
}

std::string_view Request::path_text() const {
  auto text = origin_form(target);
  if (text.starts_with('?')) return "/";
  return text.substr(0, text.find('?'));
}

bool Request::wants_json() const {
  if (!path.empty() && path.back().ends_with(".json")) return true;
  auto accept = headers.joined("Accept");
  if (accept.empty()) return false;
  bool named = false, problem_named = false;
  int json = accept_weight(accept, "application/json", &named);
  int problem = accept_weight(accept, "application/problem+json", &problem_named);
  if (!named) json = 0;
  for (auto element : list_elements(accept))
    if (trim(element.substr(0, element.find(';'))).ends_with("+json")) json = std::max(json, weight_of(element));
  if (problem_named) json = std::max(json, problem);
  bool html_named = false;
  int html = accept_weight(accept, "text/html", &html_named);
  return json > 0 && (json > html || !html_named);
}

bool Request::wants_html() const {
  bool named = false;
  int html = accept_weight(headers.joined("Accept"), "text/html", &named);
  return named && html > 0 && !wants_json();
}

Result<Form> Request::form() const {
  auto type = headers.get("Content-Type");
  auto media = trim(type.substr(0, type.find(';')));
  if (same_name(media, "application/x-www-form-urlencoded")) return parse_urlencoded(body);
  if (same_name(media, "multipart/form-data")) return parse_multipart(type, body);
  return Error{Code::kMalformed,
               "http.form_type",
               {"フォームの形式が違います。application/x-www-form-urlencoded か multipart/form-data で送ってください。",
                "This is not a form. Send application/x-www-form-urlencoded or multipart/form-data."},
               {}};
}

Result<void> parse_target(Request& request) {
  request.cookies = parse_cookies(request.headers.get("Cookie"));
  request.language = choose_language(request);  // also for the refusals below
  auto text = origin_form(request.target);
  auto mark = text.find('?');
  auto path = text.substr(0, mark);
  TRY(parse_path(path.empty() && mark == 0 ? "/" : path, request));
  if (mark != text.npos) {
    request.query = TRY(parse_query(text.substr(mark + 1)));
    request.language = choose_language(request);
  }
  return {};
}

Language accept_language(std::string_view header) {
  // Best weight of each language, and where it stood: an earlier wish wins a tie.
  struct Wish {
    int weight = -1;
    std::size_t place = ~std::size_t(0);
  } ja, en, any;
  auto elements = list_elements(header, ',', 32);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    auto tag = trim(elements[i].substr(0, elements[i].find(';')));
    Wish* wish = same_name(primary(tag), "ja") ? &ja : same_name(primary(tag), "en") ? &en : tag == "*" ? &any : nullptr;
    int weight = weight_of(elements[i]);
    if (wish && weight > wish->weight) *wish = {weight, i};
  }
  if (ja.weight < 0) ja = any;
  if (en.weight < 0) en = any;
  if (en.weight <= 0) return Language::ja;
  if (en.weight != ja.weight) return en.weight > ja.weight ? Language::en : Language::ja;
  return en.place < ja.place ? Language::en : Language::ja;
}

int accept_weight(std::string_view header, std::string_view media_type, bool* named) {
  if (named) *named = false;
  int best = -1, weight = 0;
  for (auto element : list_elements(header)) {
    auto range = trim(element.substr(0, element.find(';')));
    int level = -1;
    if (same_name(range, media_type))
      level = 2;
    else if (range.ends_with("/*") && same_name(range.substr(0, range.size() - 2), media_type.substr(0, media_type.find('/'))))
      level = 1;
    else if (range == "*/*")
      level = 0;
    if (level == 2 && named) *named = true;
    if (level > best || (level == best && level >= 0 && weight_of(element) > weight)) {
      best = level;
      weight = weight_of(element);
    }
  }
  return weight;
}

}  // namespace musubi::http
