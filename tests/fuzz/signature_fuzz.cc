// Signature fields from outside (RFC 8941, RFC 9421): parsed fields come out in a canonical form that parses to itself; a
// question with any Signature-Input is refused, never fatal. The first line is Signature-Input, the second Signature.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/encoding.h"
#include "exchange/signature.h"

using namespace musubi;
using namespace musubi::exchange;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::Verifier key =
      crypto::Verifier::create(crypto::Algorithm::kEcdsaP256,
                               *from_base64("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/"
                                            "+D9Lfw0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ=="))
          .value();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto fields = sf::parse_dictionary(text)) {
    std::string canonical = sf::serialize(*fields);
    auto again = sf::parse_dictionary(canonical);
    CHECK(again && sf::serialize(*again) == canonical);
  }
  (void)sf::parse_list(text);
  (void)sf::parse_item(text);
  (void)digest_matches(text, "body");
  if (text.find('\0') != text.npos || text.find('\r') != text.npos) return 0;
  auto line = text.find('\n');
  std::string_view input = text.substr(0, line), signature = line == text.npos ? std::string_view() : text.substr(line + 1);
  if (signature.find('\n') != signature.npos) return 0;
  Message message{"POST", "aoba.musubi.internal", "/exchange/query", {}, "{}"};
  message.headers.set("Content-Type", "application/json");
  message.headers.set("Content-Digest", content_digest("{}"));
  message.headers.set("Signature-Input", input);
  message.headers.set("Signature", signature);
  (void)claimed_keyid(message.headers);
  CHECK(!verify_question(message, key, Time{1'800'000'000'000'000}).ok());
  Reply reply{200, message.headers, "{}"};
  CHECK(!verify_answer(reply, message, key, Time{1'800'000'000'000'000}).ok());
  return 0;
}
