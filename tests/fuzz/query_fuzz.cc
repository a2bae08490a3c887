// Request targets and queries: what parse_target accepts is decoded, safe and stable.
#include <cstdint>

#include "base/encoding.h"
#include "http/request.h"
#include "http/response.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  std::string text(reinterpret_cast<const char*>(data), size);
  http::Request request;
  request.target = text;
  if (http::parse_target(request).ok()) {
    for (const auto& segment : request.path) {
      CHECK(!segment.empty() && segment != "." && segment != ".." && is_utf8(segment));
      CHECK(segment.find('/') == segment.npos && segment.find('\0') == segment.npos);
    }
    CHECK(request.query.pairs().size() <= http::kQueryPairs);
    for (const auto& [name, value] : request.query.pairs()) CHECK(is_utf8(name) && is_utf8(value));
    CHECK(request.path_text().starts_with('/'));
    // What was read can be written and read again.
    http::Request again;
    for (const auto& segment : request.path) again.target += "/" + http::percent_encode(segment);
    if (again.target.empty()) again.target = "/";
    CHECK(http::parse_target(again).ok() && again.path == request.path);
  }
  http::Response answer = http::redirect(text);
  auto location = answer.headers.get("Location");
  CHECK(location.starts_with("http") || (location.starts_with('/') && !location.starts_with("//")));
  CHECK(http::percent_decode(http::percent_encode(text), false) == text);
  return 0;
}
