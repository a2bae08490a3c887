// Checkpoints and signed notes from outside: read or refused, never fatal; what is read is written back the same.
// sources: src/evidence/view.cc src/evidence/log.cc src/evidence/record.cc src/evidence/receipt.cc src/evidence/merkle.cc src/evidence/erase.cc
// sources: src/crypto/note.cc src/crypto/hash.cc src/crypto/signer.cc src/crypto/key_file.cc src/crypto/x509.cc src/crypto/der.cc src/base/json.cc src/base/check.cc
// sources: src/base/encoding.cc src/base/clock.cc src/base/log.cc src/base/metrics.cc src/base/file.cc
#include "base/check.h"
#include "crypto/note.h"
#include "evidence/log.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace musubi;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto note = crypto::parse_note(text);
  auto checkpoint = evidence::parse_checkpoint(note.ok() ? note->text : text);
  if (note.ok()) CHECK(note->str() == text);
  if (!checkpoint.ok()) return 0;
  std::string body = checkpoint->body();
  CHECK((note.ok() ? std::string_view(note->text) : text).starts_with(body));
  CHECK(evidence::parse_checkpoint(body)->size == checkpoint->size);
  return 0;
}
