#include "crypto/note.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/test_support.h"

namespace musubi::crypto {
namespace {

// The published example of Go's golang.org/x/mod/sumdb/note.
constexpr const char* kPeterKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr const char* kText = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
constexpr const char* kPeterLine =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
constexpr const char* kEnochLine =
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=";

std::string example() { return std::string(kText) + "\n" + kPeterLine + "\n" + kEnochLine + "\n"; }

TEST(Note, PublishedExampleVerifies) {
  Note note = parse_note(example()).value();
  EXPECT_EQ(note.text, kText);
  ASSERT_EQ(note.signatures.size(), 2u);
  EXPECT_EQ(note.signatures[0].key_id, 0xc74f20a3u);
  EXPECT_EQ(note.signatures[1].line, kEnochLine);  // unknown here, kept untouched
  EXPECT_EQ(note.str(), example());
  NoteVerifier peter = NoteVerifier::parse(kPeterKey).value();
  EXPECT_EQ(peter.str(), kPeterKey);
  EXPECT_EQ(verify_note(note, {&peter, 1}).value(), std::vector<std::size_t>{0});
}

TEST(Note, AlteredOrUnknownIsRefused) {
  NoteVerifier peter = NoteVerifier::parse(kPeterKey).value();
  Note altered = parse_note(example()).value();
  altered.text[0] = 'i';
  EXPECT_EQ(verify_note(altered, {&peter, 1}).error().name, "crypto.note_signature_wrong");
  Note note = parse_note(example()).value();
  EXPECT_EQ(verify_note(note, {}).error().name, "crypto.note_unverified");
  note.signatures.erase(note.signatures.begin());
  EXPECT_EQ(verify_note(note, {&peter, 1}).error().name, "crypto.note_unverified");
  std::vector<NoteVerifier> twice = {peter, peter};
  EXPECT_EQ(verify_note(parse_note(example()).value(), twice).error().name, "crypto.note_ambiguous");
}

TEST(Note, SignsWhatItVerifies) {
  TestFolder folder;
  auto signer = NoteSigner::create("log.example/結び", folder.key("key.pem", Algorithm::kEd25519)).value();
  std::string text = "log.example/結び\n7\nqqq\n\nblank lines are allowed\n";
  Note note = parse_note(signer.sign_note(text).value()).value();
  EXPECT_EQ(note.text, text);
  std::vector<NoteVerifier> known = {NoteVerifier::parse(kPeterKey).value(), NoteVerifier::parse(signer.verifier_key()).value()};
  EXPECT_EQ(verify_note(note, known).value(), std::vector<std::size_t>{1});
  EXPECT_EQ(NoteSigner::create("a b", folder.key("b.pem", Algorithm::kEd25519)).error().name, "crypto.note_name");
  EXPECT_EQ(NoteSigner::create("ab", folder.key("c.pem", Algorithm::kEcdsaP256)).error().name, "crypto.note_key_type");
  EXPECT_DEATH((void)signer.sign("no newline"), "is_note_text");
}

TEST(Note, WitnessesCosignWithATime) {
  TestFolder folder;
  auto key = folder.key("key.pem", Algorithm::kEd25519);
  auto witness = NoteSigner::create("witness.example", key).value();
  Time at{1'560'481'445'678'901};
  std::string text = "log\n1\nroot\n";
  Note note = parse_note(text + "\n" + witness.cosign(text, at).value() + "\n").value();
  NoteVerifier verifier = NoteVerifier::parse(witness.verifier_key(NoteKeyType::kCosignatureV1)).value();
  EXPECT_TRUE(verify_note(note, {&verifier, 1}).ok());
  EXPECT_EQ(cosignature_time(note.signatures[0])->us, 1'560'481'445'000'000);
  // tlog-cosignature: the signed message, spelled out, and the eight bytes of time before the signature.
  EXPECT_TRUE(verify(Algorithm::kEd25519, key->public_key(), "cosignature/v1\ntime 1560481445\n" + text,
                     note.signatures[0].signature.substr(8))
                  .value());
  note.signatures[0].signature[7] ^= 1;
  EXPECT_FALSE(verify_note(note, {&verifier, 1}).ok());
  EXPECT_FALSE(verifier.verify(text, {"witness.example", verifier.key_id(), "short", ""}));
  note.signatures[0].signature[0] = '\x7f';
  EXPECT_FALSE(cosignature_time(note.signatures[0]));
}

TEST(Note, MalformedNotesAreRefused) {
  std::string line = std::string(kPeterLine) + "\n";
  std::string short_signature = "— a " + to_base64("abcd") + "\n";
  const std::string cases[] = {"",
                               "\n",
                               "\n\n",
                               "text\n",
                               "text\n\n",
                               line,
                               "\n" + line,
                               "text" + line,
                               "text\n" + line,
                               "text\n\n" + std::string(kPeterLine),
                               "text\n\n" + line + "\n",
                               "text\n\n" + line + "junk\n",
                               "text\n\n- a " + line.substr(17),
                               "text\n\n—a AAAAAAA=\n",
                               "text\n\n—  a AAAAAAA=\n",
                               "text\n\n— a  AAAAAAA=\n",
                               "text\n\n— a AAAAAAA= \n",
                               "text\n\n— a AAAAAAA\n",
                               "text\n\n— a+b AAAAAAA=\n",
                               "text\n\n— a\u3000b AAAAAAA=\n",
                               "text\n\n— a AAAAAAB=\n",
                               "text\n\n" + short_signature,
                               "te\rxt\n\n" + line,
                               "te\txt\n\n" + line,
                               "te\xffxt\n\n" + line,
                               std::string("te\0xt\n\n", 7) + line,
                               "text\r\n\r\n" + line,
                               "text\n\n" + line + "\n" + line.substr(0, 5)};
  for (const auto& bytes : cases)
    EXPECT_EQ(parse_note(bytes).ok() ? "ok" : parse_note(bytes).error().name, "crypto.note_malformed") << bytes;
  EXPECT_TRUE(parse_note("text\n\n— a AAAAAAA=\n").ok());
  EXPECT_TRUE(parse_note("\n\n— a AAAAAAA=\n").ok());  // an empty line is a text, as in Go
  std::string where = parse_note("one\ntwo\n\n" + line + "junk\n").error().message.en;
  EXPECT_NE(where.find("line 5"), std::string::npos) << where;
}

TEST(Note, LimitsHold) {
  std::string many = "text\n\n";
  for (int i = 0; i < 64; ++i) many += "— a AAAAAAA=\n";
  EXPECT_EQ(parse_note(many).value().signatures.size(), 64u);
  EXPECT_EQ(parse_note(many + "— a AAAAAAA=\n").error().name, "crypto.note_malformed");
  std::string tail = "\n\n— a AAAAAAA=\n";
  EXPECT_TRUE(parse_note(std::string(kMaxNoteBytes - tail.size(), 'x') + tail).ok());
  EXPECT_EQ(parse_note(std::string(kMaxNoteBytes - tail.size() + 1, 'x') + tail).error().name, "crypto.note_too_large");
}

TEST(Note, Names) {
  for (auto name : {"a", "log.example/a-b", "結び", "a\u200b"}) EXPECT_TRUE(is_note_name(name)) << name;
  for (auto name : {"", "a b", "a+b", "a\tb", "a\nb", "a\u00a0b", "a\u0085", "\u1680", "a\u2003", "a\u200a", "a\u2028", "a\u202f",
                    "a\u205f", "\u3000", "a\x01", "\xff"})
    EXPECT_FALSE(is_note_name(name)) << name;
  EXPECT_FALSE(is_note_name(std::string(kMaxNoteNameBytes + 1, 'a')));
}

TEST(Note, VerifierKeysAreReadStrictly) {
  std::string good = kPeterKey;
  for (const std::string& bad :
       {std::string(), std::string("PeterNeumann"), good.substr(0, 22), good + "=", good + "\n", " " + good, "X" + good,
        "PeterNeumann+C74F20A3" + good.substr(21), "PeterNeumann+0c74f20a3" + good.substr(21), "+c74f20a3" + good.substr(21),
        "PeterNeumann+c74f20a4" + good.substr(21), good.substr(0, good.size() - 1) + "X"})
    EXPECT_EQ(NoteVerifier::parse(bad).ok() ? "ok" : NoteVerifier::parse(bad).error().name, "crypto.note_key_malformed") << bad;
  std::string key(1, '\x06'), id;
  key += "an ML-DSA-44 key of some later day";
  put_be32(id, note_key_id("a", NoteKeyType(6), std::string_view(key).substr(1)));
  EXPECT_EQ(NoteVerifier::parse("a+" + to_hex(id) + "+" + to_base64(key)).error().name, "crypto.note_key_type");
}

}  // namespace
}  // namespace musubi::crypto
