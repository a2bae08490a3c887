// multipart/form-data (RFC 7578), one pass over the body.
#include "base/encoding.h"
#include "http/form.h"
#include "http/headers.h"
#include "http/syntax.h"

namespace musubi::http {
namespace {

constexpr std::size_t kPartHeaderBytes = 4096;

Error malformed(const char* ja, const char* en) { return {Code::kMalformed, "http.form_malformed", {ja, en}, {}}; }
Error too_large(const char* ja, const char* en) { return {Code::kTooLarge, "http.form_too_large", {ja, en}, {}}; }

struct PartHead {
  std::string name;
  std::string filename;
  bool is_file = false;
  std::string content_type = "text/plain";
};

// "C:\\fakepath\\a.pdf" and "../a.pdf" -> "a.pdf": for display only, but nobody should be able to misuse it.
std::string last_component(std::string name) {
  auto slash = name.find_last_of("/\\");
  return slash == name.npos ? name : name.substr(slash + 1);
}

bool has_control(std::string_view text) {
  for (unsigned char c : text)
    if (c < 0x20 || c == 0x7f) return true;
  return false;
}

Result<PartHead> read_head(std::string_view lines) {
  PartHead head;
  bool found = false;
  while (!lines.empty()) {
    auto end = lines.find("\r\n");
    auto line = lines.substr(0, end);
    lines = end == lines.npos ? std::string_view() : lines.substr(end + 2);
    auto colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon)))
      return malformed("フォームの部品の見出しを読み取れません。", "The header of a part of the form cannot be read.");
    auto value = trim(line.substr(colon + 1));
    if (same_name(line.substr(0, colon), "Content-Type")) head.content_type = value;
    if (!same_name(line.substr(0, colon), "Content-Disposition")) continue;
    if (found || !same_name(trim(value.substr(0, value.find(';'))), "form-data"))
      return malformed("フォームの部品が form-data ではありません。", "A part of the form is not form-data.");
    found = true;
    head.name = field_parameter(value, "name");
    for (auto part : list_elements(value, ';'))
      if (same_name(trim(part.substr(0, part.find('='))), "filename")) head.is_file = true;
    head.filename = last_component(field_parameter(value, "filename"));
  }
  if (!found || head.name.empty()) return malformed("フォームの部品に名前がありません。", "A part of the form has no name.");
  if (head.name.size() > kFormNameBytes || head.filename.size() > kFilenameBytes)
    return too_large("フォームの項目名またはファイル名が長すぎます。", "A field name or file name of the form is too long.");
  for (const auto* text : {&head.name, &head.filename, &head.content_type})
    if (!is_utf8(*text) || has_control(*text))
      return malformed("フォームの項目名またはファイル名に使えない文字があります。UTF-8 で送ってください。",
                       "A field name or file name of the form holds characters that cannot be used. Send UTF-8.");
  return head;
}

Result<void> keep(PartHead head, std::string_view content, Form& form) {
  if (head.is_file) {
    if (!head.filename.empty() || !content.empty())
      form.add_file({std::move(head.name), std::move(head.filename), std::move(head.content_type), std::string(content)});
    return {};
  }
  if (content.size() > kFormTextBytes)
    return too_large("フォームの一つの項目が大きすぎます。1 MiB までにしてください。",
                     "A field of the form is too large. Send at most 1 MiB.");
  if (!is_utf8(content) || content.find('\0') != content.npos)
    return malformed("フォームの文字を読み取れません。UTF-8 で送ってください。", "The text of the form cannot be read. Send UTF-8.");
  form.add(std::move(head.name), std::string(content));
  return {};
}

}  // namespace

Result<Form> parse_multipart(std::string_view content_type, std::string_view body) {
  std::string boundary = field_parameter(content_type, "boundary");
  if (boundary.empty() || boundary.size() > 70 || has_control(boundary))
    return malformed("フォームの区切り文字列がありません。", "The form names no usable boundary.");
  const std::string delimiter = "--" + boundary;
  auto unfinished = [] {
    return malformed("フォームが途中で終わっています。もう一度送ってください。", "The form ends too early. Send it again.");
  };

  std::size_t at = 0;
  if (!body.starts_with(delimiter)) {  // a preamble is allowed and ignored
    at = body.find("\r\n" + delimiter);
    if (at == body.npos) return unfinished();
    at += 2;
  }
  Form form;
  for (std::size_t parts = 0;; ++parts) {
    at += delimiter.size();
    if (body.substr(at, 2) == "--") return form;
    while (at < body.size() && (body[at] == ' ' || body[at] == '\t')) ++at;
    if (body.substr(at, 2) != "\r\n") return unfinished();
    if (parts == kFormPairs)
      return too_large("フォームの項目が多すぎます。1,000 項目までにしてください。",
                       "The form has too many fields. Send at most 1,000.");
    at += 2;
    auto head_end = body.substr(at, kPartHeaderBytes + 4).find("\r\n\r\n");
    if (head_end == body.npos) return unfinished();
    auto head = TRY(read_head(body.substr(at, head_end)));
    // The line end before the delimiter belongs to it; it may be the one that ends the header of an empty part.
    std::size_t start = at + head_end + 4;
    auto end = body.find("\r\n" + delimiter, start - 2);
    if (end == body.npos) return unfinished();
    TRY(keep(std::move(head), end < start ? std::string_view() : body.substr(start, end - start), form));
    at = end + 2;
  }
}

}  // namespace musubi::http
