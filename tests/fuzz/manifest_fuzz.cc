// Manifests as a damaged file may hold them: read or refused, never fatal.
// sources: src/evidence/view.cc src/evidence/log.cc src/evidence/record.cc src/evidence/receipt.cc src/evidence/merkle.cc src/evidence/erase.cc
// sources: src/crypto/note.cc src/crypto/hash.cc src/crypto/signer.cc src/crypto/key_file.cc src/crypto/x509.cc src/crypto/der.cc src/base/json.cc src/base/check.cc
// sources: src/base/encoding.cc src/base/clock.cc src/base/log.cc src/base/metrics.cc src/base/file.cc
#include "base/check.h"
#include "base/encoding.h"
#include "evidence/record.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace musubi;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto lines = evidence::parse_manifest(text);
  if (!lines.ok()) return 0;
  std::string written;
  for (const auto& line : *lines) {
    written += (line.put ? "put " : "remove ") + line.table + " " + std::to_string(line.version) + " " + line.key;
    written += line.put ? " " + to_base64(line.digest) + "\n" : "\n";
  }
  CHECK(written == text);
  return 0;
}
