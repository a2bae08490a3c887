// Posted forms, cookies and Accept fields. The first byte chooses the parser.
#include <cstdint>

#include "base/encoding.h"
#include "http/request.h"
#include "http/syntax.h"

namespace {

void check_form(const musubi::Result<musubi::http::Form>& form) {
  using namespace musubi;
  if (!form.ok()) return;
  CHECK(form->pairs().size() + form->files().size() <= http::kFormPairs);
  for (const auto& [name, value] : form->pairs()) CHECK(is_utf8(name) && is_utf8(value));
  for (const auto& file : form->files()) {
    CHECK(is_utf8(file.filename) && file.filename.find_first_of("/\\\r\n") == std::string::npos);
    CHECK(!file.name.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi::http;
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0: check_form(parse_urlencoded(text)); break;
    case 1: check_form(parse_multipart("multipart/form-data; boundary=b", text)); break;
    case 2: {  // the boundary is the caller's as well
      auto line = text.find('\n');
      if (line != text.npos) check_form(parse_multipart(text.substr(0, line), text.substr(line + 1)));
      break;
    }
    case 3: {
      auto cookies = parse_cookies(text);
      CHECK(cookies.pairs().size() <= kCookies);
      for (const auto& cookie : cookies.pairs()) CHECK(is_token(cookie.first));
      break;
    }
    case 4: (void)accept_language(text); break;
    case 5: {
      int weight = accept_weight(text, "application/json");
      CHECK(weight >= 0 && weight <= 1000);
      (void)matches_etag(text, "\"a\"");
      (void)accepts_gzip(text);
      break;
    }
  }
  return 0;
}
