#include "crypto/note.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"

namespace musubi::crypto {
namespace {

constexpr std::string_view kSignaturePrefix = "\xe2\x80\x94 ";  // em dash, U+2014
constexpr std::size_t kEd25519Signature = 64;
constexpr std::size_t kTimeBytes = 8;

// White_Space of Unicode, which is what Go's unicode.IsSpace looks at; `at` stands on the lead byte of valid UTF-8.
bool is_space_at(std::string_view text, std::size_t at) {
  static constexpr std::string_view kSpaces[] = {
      " ",        "\t",           "\n",           "\v",           "\f",           "\r",           "\xc2\x85",
      "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};
  std::string_view rest = text.substr(at);
  for (auto space : kSpaces)
    if (rest.starts_with(space)) return true;
  return rest.size() >= 3 && rest.starts_with("\xe2\x80") && std::uint8_t(rest[2]) >= 0x80 && std::uint8_t(rest[2]) <= 0x8a;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return std::uint8_t(c) < 0x20 && c != '\n'; });
}

bool is_note_text(std::string_view text) { return !text.empty() && text.back() == '\n' && is_utf8(text) && !has_control(text); }

Error malformed(std::size_t line, const char* ja, const char* en) {
  std::string number = std::to_string(line);
  return Error{Code::kMalformed,
               "crypto.note_malformed",
               {"署名付き文書の " + number + " 行目: " + ja, "Signed note, line " + number + ": " + en},
               {}};
}

std::uint32_t read_be32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | std::uint8_t(bytes[std::size_t(i)]);
  return value;
}

std::string cosigned_message(std::string_view text, std::uint64_t seconds) {
  return "cosignature/v1\ntime " + std::to_string(seconds) + "\n" + std::string(text);
}

std::uint64_t seconds_in(std::string_view bytes) { return std::uint64_t(read_be32(bytes)) << 32 | read_be32(bytes.substr(4)); }

std::string verifier_key_string(std::string_view name, NoteKeyType type, std::string_view public_key) {
  std::string id, key(1, char(type));
  put_be32(id, note_key_id(name, type, public_key));
  key += public_key;
  return std::string(name) + "+" + to_hex(id) + "+" + to_base64(key);
}

std::string signature_line(std::string_view name, std::uint32_t key_id, std::string_view signature) {
  std::string bytes;
  put_be32(bytes, key_id);
  bytes += signature;
  return std::string(kSignaturePrefix) + std::string(name) + " " + to_base64(bytes);
}

std::optional<NoteSignature> parse_line(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix)) return std::nullopt;
  std::string_view rest = line.substr(kSignaturePrefix.size());
  std::size_t space = rest.find(' ');
  if (space == std::string_view::npos || !is_note_name(rest.substr(0, space))) return std::nullopt;
  auto bytes = from_base64(rest.substr(space + 1));
  if (!bytes || bytes->size() < 5) return std::nullopt;
  return NoteSignature{std::string(rest.substr(0, space)), read_be32(*bytes), bytes->substr(4), std::string(line)};
}

}  // namespace

bool is_note_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxNoteNameBytes || !is_utf8(name) || has_control(name)) return false;
  for (std::size_t i = 0; i < name.size(); ++i)
    if (name[i] == '+' || is_space_at(name, i)) return false;
  return true;
}

std::uint32_t note_key_id(std::string_view name, NoteKeyType type, std::string_view public_key) {
  Sha256 hash;
  hash.update(name);
  const char middle[] = {'\n', char(type)};
  hash.update({middle, sizeof middle});
  hash.update(public_key);
  Digest digest = hash.finish();
  return read_be32(bytes(digest));
}

std::string Note::str() const {
  std::string out = text + "\n";
  for (const auto& signature : signatures) out += signature.line + "\n";
  return out;
}

Result<Note> parse_note(std::string_view bytes) {
  if (bytes.size() > kMaxNoteBytes)
    return Error{Code::kTooLarge,
                 "crypto.note_too_large",
                 {"署名付き文書が上限の 65,536 バイトを超えています。", "The signed note is larger than 65,536 bytes."},
                 {}};
  if (!is_utf8(bytes) || has_control(bytes))
    return malformed(1, "UTF-8 でないか、改行以外の制御文字があります。",
                     "the note is not UTF-8, or holds a control character other than newline.");
  std::size_t blank = bytes.rfind("\n\n");
  if (blank == std::string_view::npos)
    return malformed(1, "署名の前の空行がありません。", "there is no blank line before the signatures.");
  Note note;
  note.text = bytes.substr(0, blank + 1);
  std::size_t line_number = std::size_t(std::count(note.text.begin(), note.text.end(), '\n')) + 2;
  std::string_view rest = bytes.substr(blank + 2);
  if (rest.empty() || rest.back() != '\n')
    return malformed(line_number, "署名行がないか、最後の改行がありません。", "no signature line, or no newline at the end.");
  for (; !rest.empty(); ++line_number) {
    std::size_t end = rest.find('\n');
    auto signature = parse_line(rest.substr(0, end));
    if (!signature) return malformed(line_number, "署名行の形が正しくありません。", "this is not a signature line.");
    if (note.signatures.size() == kMaxNoteSignatures)
      return malformed(line_number, "署名行が 64 を超えています。", "there are more than 64 signature lines.");
    note.signatures.push_back(std::move(*signature));
    rest.remove_prefix(end + 1);
  }
  return note;
}

NoteSigner::NoteSigner(std::string name, std::shared_ptr<const Signer> signer) : name_(std::move(name)), signer_(std::move(signer)) {}

Result<NoteSigner> NoteSigner::create(std::string name, std::shared_ptr<const Signer> signer) {
  if (!is_note_name(name))
    return Error{Code::kInvalid,
                 "crypto.note_name",
                 {"鍵の名前には空白と + を含めず、1 文字以上にしてください。",
                  "The name of a key needs at least one character and holds neither spaces nor '+'."},
                 {}};
  if (signer->algorithm() != Algorithm::kEd25519)
    return Error{Code::kInvalid,
                 "crypto.note_key_type",
                 {"署名付き文書には Ed25519 の鍵を使ってください。", "Signed notes need an Ed25519 key."},
                 {}};
  return NoteSigner(std::move(name), std::move(signer));
}

Result<std::string> NoteSigner::sign(std::string_view text) const {
  CHECK(is_note_text(text));
  std::string signature = TRY(signer_->sign(text));
  return signature_line(name_, note_key_id(name_, NoteKeyType::kEd25519, signer_->public_key()), signature);
}

Result<std::string> NoteSigner::sign_note(std::string_view text) const {
  std::string line = TRY(sign(text));
  return std::string(text) + "\n" + line + "\n";
}

Result<std::string> NoteSigner::cosign(std::string_view text, Time at) const {
  CHECK(is_note_text(text) && at.us >= 0);
  std::uint64_t seconds = std::uint64_t(at.us / 1'000'000);
  std::string signature = TRY(signer_->sign(cosigned_message(text, seconds)));
  std::string timed;
  put_be64(timed, seconds);
  timed += signature;
  return signature_line(name_, note_key_id(name_, NoteKeyType::kCosignatureV1, signer_->public_key()), timed);
}

std::string NoteSigner::key_id() const { return verifier_key().substr(name_.size() + 1, 8); }

std::string NoteSigner::verifier_key(NoteKeyType type) const { return verifier_key_string(name_, type, signer_->public_key()); }

NoteVerifier::NoteVerifier(std::string name, NoteKeyType type, Verifier key)
    : name_(std::move(name)), type_(type), key_id_(note_key_id(name_, type, key.public_key())), key_(std::move(key)) {}

Result<NoteVerifier> NoteVerifier::parse(std::string_view verifier_key) {
  Error wrong{Code::kInvalid,
              "crypto.note_key_malformed",
              {"検証鍵を読み取れません。名前+16進8桁+base64 の形で、公開元の文字列をそのまま写してください。",
               "The verifier key cannot be read. Copy it whole from its publisher: name+8 hex digits+base64."},
              {}};
  std::size_t first = verifier_key.find('+');
  std::size_t second = first == std::string_view::npos ? first : verifier_key.find('+', first + 1);
  if (second == std::string_view::npos || second - first != 9 || verifier_key.size() > kMaxNoteNameBytes + 128) return wrong;
  std::string name(verifier_key.substr(0, first));
  auto id = from_hex(verifier_key.substr(first + 1, 8));
  auto key = from_base64(verifier_key.substr(second + 1));
  if (!is_note_name(name) || !id || !key || key->empty()) return wrong;
  auto type = NoteKeyType(std::uint8_t((*key)[0]));
  std::string_view public_key = std::string_view(*key).substr(1);
  if (read_be32(*id) != note_key_id(name, type, public_key)) return wrong;
  if (type != NoteKeyType::kEd25519 && type != NoteKeyType::kCosignatureV1)
    return Error{Code::kInvalid,
                 "crypto.note_key_type",
                 {"この種類の検証鍵はまだ使えません。Ed25519 の検証鍵を使ってください。",
                  "Verifier keys of this type are not supported. Use an Ed25519 one."},
                 {}};
  auto decoded = Verifier::create(Algorithm::kEd25519, public_key);
  if (!decoded) return wrong;
  return NoteVerifier(std::move(name), type, std::move(decoded).value());
}

bool NoteVerifier::verify(std::string_view text, const NoteSignature& signature) const {
  if (signature.name != name_ || signature.key_id != key_id_) return false;
  if (type_ == NoteKeyType::kEd25519) return key_.verify(text, signature.signature);
  if (signature.signature.size() != kTimeBytes + kEd25519Signature) return false;
  std::string_view bytes = signature.signature;
  return key_.verify(cosigned_message(text, seconds_in(bytes)), bytes.substr(kTimeBytes));
}

std::string NoteVerifier::str() const { return verifier_key_string(name_, type_, key_.public_key()); }

std::optional<Time> cosignature_time(const NoteSignature& signature) {
  constexpr std::uint64_t kLatest = 253'402'300'799;  // the end of the year 9999
  if (signature.signature.size() != kTimeBytes + kEd25519Signature) return std::nullopt;
  std::uint64_t seconds = seconds_in(signature.signature);
  if (seconds > kLatest) return std::nullopt;
  return Time{std::int64_t(seconds) * 1'000'000};
}

Result<std::vector<std::size_t>> verify_note(const Note& note, std::span<const NoteVerifier> verifiers) {
  std::vector<std::size_t> signed_by;
  for (const auto& signature : note.signatures) {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < verifiers.size(); ++i) {
      if (verifiers[i].name() != signature.name || verifiers[i].key_id() != signature.key_id) continue;
      if (found)
        return Error{Code::kInvalid,
                     "crypto.note_ambiguous",
                     {"検証鍵の一覧に同じ名前と鍵番号が二つあります: " + signature.name,
                      "Two verifier keys share a name and key id: " + signature.name},
                     {}};
      found = i;
    }
    if (!found || std::find(signed_by.begin(), signed_by.end(), *found) != signed_by.end()) continue;
    if (!verifiers[*found].verify(note.text, signature))
      return Error{Code::kInvalid,
                   "crypto.note_signature_wrong",
                   {"署名が文書と合いません: " + signature.name + "。改ざんか取り違えです。発行元からもう一度取得してください。",
                    "The signature of " + signature.name +
                        " does not fit the text: it was altered or mixed up. Fetch it "
                        "again from its publisher."},
                   {}};
    signed_by.push_back(*found);
  }
  if (signed_by.empty())
    return Error{Code::kInvalid,
                 "crypto.note_unverified",
                 {"知っている鍵の署名が一つもありません。検証鍵の一覧を確認してください。",
                  "None of its signatures is of a known key. Check the list of verifier keys."},
                 {}};
  std::sort(signed_by.begin(), signed_by.end());
  return signed_by;
}

}  // namespace musubi::crypto
