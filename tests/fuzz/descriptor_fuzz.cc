// Descriptors of members and chains of certificates as others hand them over: read or refused, never fatal. Nothing is accepted that
// the root it names did not sign, so no input of this program is.
#include <cstdint>

#include "base/check.h"
#include "crypto/x509.h"
#include "exchange/descriptor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto member = exchange::read_descriptor(text);
  CHECK(!member.ok() && !member.error().message.ja.empty() && !member.error().message.en.empty());
  const auto chain = crypto::parse_pem_chain(text);
  if (!chain.ok()) return 0;
  CHECK(chain->size() <= 64);
  for (const auto& certificate : *chain) {
    const auto again = crypto::Certificate::from_pem(certificate.pem());
    CHECK(again.ok() && again->der() == certificate.der());
    (void)certificate.subject();
    (void)certificate.issuer();
  }
  return 0;
}
