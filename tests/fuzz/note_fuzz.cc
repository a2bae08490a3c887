// Any bytes: parse_note, NoteVerifier::parse and verify_note neither crash nor accept what they would print differently.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "crypto/note.h"

using namespace musubi;
using namespace musubi::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const NoteVerifier known = NoteVerifier::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").value();
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto note = parse_note(bytes); note.ok()) {
    CHECK(note->str() == bytes);
    CHECK(note->signatures.size() <= kMaxNoteSignatures);
    (void)verify_note(*note, {&known, 1});
    for (const auto& signature : note->signatures) (void)cosignature_time(signature);
  }
  if (auto key = NoteVerifier::parse(bytes); key.ok()) CHECK(key->str() == bytes);
  return 0;
}
