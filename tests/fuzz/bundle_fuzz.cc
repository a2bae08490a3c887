// Record bundles from outside: faults are told, nothing is fatal.
// sources: src/evidence/view.cc src/evidence/log.cc src/evidence/record.cc src/evidence/receipt.cc src/evidence/merkle.cc src/evidence/erase.cc
// sources: src/crypto/note.cc src/crypto/hash.cc src/crypto/signer.cc src/crypto/key_file.cc src/crypto/x509.cc src/crypto/der.cc src/base/json.cc src/base/check.cc
// sources: src/base/encoding.cc src/base/clock.cc src/base/log.cc src/base/metrics.cc src/base/file.cc
#include "base/check.h"
#include "evidence/receipt.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace musubi;
  auto bundle = parse_json({reinterpret_cast<const char*>(data), size});
  if (bundle.ok()) CHECK(!evidence::verify_bundle(*bundle, {}).empty());  // no key is trusted: never good
  return 0;
}
