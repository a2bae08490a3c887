// Receipts (C2SP tlog-proof) from outside: read or refused, never fatal; what is read is written back the same.
// sources: src/evidence/view.cc src/evidence/log.cc src/evidence/record.cc src/evidence/receipt.cc src/evidence/merkle.cc src/evidence/erase.cc
// sources: src/crypto/note.cc src/crypto/hash.cc src/crypto/signer.cc src/crypto/key_file.cc src/crypto/x509.cc src/crypto/der.cc src/base/json.cc src/base/check.cc
// sources: src/base/encoding.cc src/base/clock.cc src/base/log.cc src/base/metrics.cc src/base/file.cc
#include "base/check.h"
#include "evidence/receipt.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace musubi;
  static const std::vector<crypto::NoteVerifier> trusted = {
      crypto::NoteVerifier::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").value()};
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto receipt = evidence::parse_receipt(text);
  if (!receipt.ok()) return 0;
  CHECK(evidence::format_receipt(*receipt) == text);
  CHECK(!evidence::verify_receipt(*receipt, trusted).ok());
  return 0;
}
