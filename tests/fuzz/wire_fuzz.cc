// Heads of HTTP messages on the exchange listener and its client: read or refused, never fatal; what is read fits its limits.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "http/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace wire = musubi::http::wire;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto end = wire::head_size(text);
  std::string_view head = end ? text.substr(0, *end) : text;
  if (auto request = wire::parse_request(head); request && request->headers.size() < 90) {
    CHECK(!request->method.empty() && request->target[0] == '/' && request->headers.size() <= wire::kFieldsAtMost);
    std::string again = wire::write_request(request->method, request->target, "h", request->headers, "");
    CHECK(wire::parse_request(again));
  }
  if (auto answer = wire::parse_answer(head); answer && answer->headers.size() < 90) {
    CHECK(answer->status >= 200 && answer->status < 600);
    CHECK(wire::parse_answer(wire::write_answer(answer->status, answer->headers, "", !answer->keep_alive)));
  }
  return 0;
}
