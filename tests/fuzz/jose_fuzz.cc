// Any bytes as JWS and JWE: read or refused, never fatal; nothing is verified or opened that these keys did not make.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/encoding.h"
#include "crypto/jose.h"

using namespace musubi;
using namespace musubi::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto opening = OpeningKey::from_pem(
                                  "-----BEGIN PRIVATE "
                                  "KEY-----\n"
                                  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\n"
                                  "OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n"
                                  "1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n"
                                  "-----END PRIVATE "
                                  "KEY-----\n")
                                  .value();
  static const Verifier key = Verifier::create(Algorithm::kEcdsaP256, opening->public_key()).value();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto jws = read_jws(text); jws.ok()) {
    CHECK(jws->header.at("alg") == "ES256");
    (void)chain_of(*jws);
  }
  CHECK(!verify_jws(text, key).ok());
  (void)open_jwe(*opening, text);
  if (auto raw = raw_signature(text); raw.ok()) CHECK(raw->size() == 64);
  return 0;
}
