#include "evidence/receipt.h"

#include <algorithm>

#include "base/encoding.h"

namespace musubi::evidence {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::size_t kProofLimit = 63;

Error refused(const char* name, Text message) { return Error{Code::kInvalid, name, std::move(message), {}}; }

// One as it is; of several the name of the first, and each as a fault.
Error all_of(std::vector<Error> wrong) {
  if (wrong.size() == 1) return std::move(wrong[0]);
  std::vector<Fault> faults;
  for (auto& one : wrong) faults.push_back({one.name, std::move(one.message)});
  std::string count = std::to_string(faults.size());
  Text message{"受領証に問題が " + count + " 件あります。", count + " things are wrong with the receipt."};
  return Error{wrong[0].code, std::move(wrong[0].name), std::move(message), std::move(faults)};
}

std::optional<std::uint64_t> number(std::string_view digits) {
  if (digits.empty() || digits.size() > 19 || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + std::uint64_t(c - '0');
  }
  return value;
}

const json::string* member(const json::object& object, std::string_view key) {
  auto* value = object.if_contains(key);
  return value ? value->if_string() : nullptr;
}

template <class F>
void check_bundle_body(const json::object& bundle, const std::string& commitment, const F& fault) {
  bool given = bundle.contains("body"), none = commitment == std::string(32, '\0');
  auto* state = member(bundle, "body_state");
  if (!state || *state != (given ? "present" : none ? "none" : "withheld"))
    fault("/body_state", "body_state が本文の有無と一致しません。", "body_state does not say what the bundle holds.");
  if (!given) return;
  auto *body = member(bundle, "body"), *salt_text = member(bundle, "body_salt");
  auto salt = salt_text ? from_base64(*salt_text) : std::nullopt;
  if (!body || !salt || crypto::bytes(body_commitment(*salt, *body)) != commitment)
    fault("/body", "本文（body）が確約（commitment）と一致しません。", "The body does not belong to its commitment.");
}

// Takes line after line and goes on after one that is wrong.
class ReceiptReader {
 public:
  explicit ReceiptReader(std::string_view text) : rest_(text) {}

  Result<Receipt> read() {
    if (!next() || line_ != kHeader) {  // behind another first line nothing is known of the others
      fault("「c2sp.org/tlog-proof@v1」で始まっていません。", "it does not begin with \"c2sp.org/tlog-proof@v1\".");
    } else if (!read_index() || !read_proof()) {
      fault("途中で切れています。", "the text ends too early.");
    } else if (rest_.empty()) {
      ++at_;
      fault("チェックポイントがありません。", "the checkpoint is missing.");
    }
    receipt_.checkpoint = rest_;
    if (faults_.empty()) return std::move(receipt_);
    return Error{Code::kInvalid,
                 "receipt.malformed",
                 {"受領証として読めません。示した行を見てください。", "This cannot be read as a receipt: see the lines shown."},
                 std::move(faults_)};
  }

 private:
  // False where no line ends any more.
  bool next() {
    ++at_;
    auto end = rest_.find('\n');
    if (end == rest_.npos) return false;
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }

  void fault(std::string ja, std::string en) { faults_.push_back({std::to_string(at_), {std::move(ja), std::move(en)}}); }

  bool read_index() {
    if (!next()) return false;
    if (line_.starts_with("extra ")) {
      receipt_.extra = from_base64(line_.substr(6));
      if (!receipt_.extra) fault("extra が base64 ではありません。", "extra is not base64.");
      if (!next()) return false;
    }
    auto index = line_.starts_with("index ") ? number(line_.substr(6)) : std::nullopt;
    if (!index) fault("「index 番号」の行が必要です。", "the line \"index NUMBER\" is needed here.");
    receipt_.index = index.value_or(0);
    return true;
  }

  bool read_proof() {
    for (std::size_t count = 1; next(); ++count) {
      if (line_.empty()) return true;
      if (count == kProofLimit + 1) fault("ハッシュの行が 63 を超えています。", "there are more than 63 hashes.");
      if (count > kProofLimit) continue;
      auto hash = from_base64(line_);
      if (hash && hash->size() == 32)
        receipt_.proof.push_back(crypto::digest_from(*hash));
      else
        fault("32 バイトのハッシュ（base64）が必要です。", "a hash of 32 bytes in base64 is needed here.");
    }
    return false;
  }

  std::string_view rest_, line_;
  std::size_t at_ = 0;  // number of `line_`, from 1
  Receipt receipt_;
  std::vector<Fault> faults_;
};

// The place of the signature that speaks for the checkpoint's log.
Result<std::size_t> signer_of(const crypto::Note& note, const Checkpoint& checkpoint, std::span<const crypto::NoteVerifier> trusted) {
  auto signers = crypto::verify_note(note, trusted);
  if (!signers.ok()) {
    if (signers.error().name == "crypto.note_signature_wrong")
      return refused("receipt.bad_signature", {"チェックポイントの署名が正しくありません。改ざんの疑いがあります。",
                                               "The signature of the checkpoint is wrong. It may have been tampered with."});
    return refused("receipt.unknown_key",
                   {"チェックポイントを署名した鍵は、信頼する鍵に含まれていません（" + checkpoint.origin + "）。",
                    "The checkpoint was not signed by a key you trust (" + checkpoint.origin + ")."});
  }
  // Who signs for one log may not speak for another: the key must bear the name of the log.
  auto speaks = [&](std::size_t at) { return trusted[at].name() == checkpoint.origin; };
  auto signer = std::find_if(signers->begin(), signers->end(), speaks);
  if (signer == signers->end())
    return refused("receipt.unknown_key", {"署名した鍵の名前がログの名称（" + checkpoint.origin + "）と違います。",
                                           "The key that signed does not bear the name of the log (" + checkpoint.origin + ")."});
  return *signer;
}

Result<void> included(const Receipt& receipt, const Checkpoint& checkpoint) {
  if (!receipt.extra || receipt.extra->size() != 65)
    return refused("receipt.no_entry",
                   {"受領証に記録の葉（extra、65バイト）がありません。", "The receipt carries no leaf entry (extra, 65 bytes)."});
  if (!verify_inclusion(receipt.index, checkpoint.size, leaf_hash(*receipt.extra), receipt.proof, checkpoint.root))
    return refused("receipt.not_included", {"この記録は、チェックポイントが示すログに含まれていません。",
                                            "The record is not in the log that the checkpoint commits to."});
  return {};
}

}  // namespace

std::string format_receipt(const Receipt& receipt) {
  std::string out(kHeader);
  out += "\n";
  if (receipt.extra) out += "extra " + to_base64(*receipt.extra) + "\n";
  out += "index " + std::to_string(receipt.index) + "\n";
  for (const Digest& hash : receipt.proof) out += to_base64(crypto::bytes(hash)) + "\n";
  return out + "\n" + receipt.checkpoint;
}

Result<Receipt> parse_receipt(std::string_view text) {
  if (text.size() > kReceiptLimit)
    return Error{Code::kTooLarge,
                 "receipt.too_large",
                 {"受領証としては大きすぎます（上限 96 kB）。", "Too large for a receipt (limit 96 kB)."},
                 {}};
  return ReceiptReader(text).read();
}

Result<ReceiptVerdict> verify_receipt(const Receipt& receipt, std::span<const crypto::NoteVerifier> trusted) {
  auto note = TRY(crypto::parse_note(receipt.checkpoint));
  auto checkpoint = TRY(parse_checkpoint(note.text));
  auto signer = signer_of(note, checkpoint, trusted);
  auto inside = included(receipt, checkpoint);
  std::vector<Error> wrong;
  if (!signer.ok()) wrong.push_back(std::move(signer).error());
  if (!inside.ok()) wrong.push_back(std::move(inside).error());
  if (!wrong.empty()) return all_of(std::move(wrong));
  return ReceiptVerdict{checkpoint.origin, checkpoint.size, receipt.index, trusted[*signer].name()};
}

json::object record_bundle(const Record& record, std::string_view receipt, std::span<const std::string> verifier_keys) {
  json::array keys;
  for (const auto& key : verifier_keys) keys.emplace_back(key);
  json::object bundle{{"musubi_record", 1},
                      {"index", std::to_string(record.index)},
                      {"head", record.head},
                      {"head_salt", to_base64(record.head_salt)},
                      {"manifest", record.manifest},
                      {"body_commitment", to_base64(record.body_commitment)},
                      {"body_state", record.body         ? "present"
                                     : record.had_body() ? "withheld"
                                                         : "none"}};
  if (record.body) {
    bundle["body"] = *record.body;
    bundle["body_salt"] = to_base64(*record.body_salt);
  }
  bundle["receipt"] = receipt;
  bundle["verifier_keys"] = keys;
  return bundle;
}

std::vector<Fault> verify_bundle(const json::value& value, std::span<const crypto::NoteVerifier> trusted) {
  std::vector<Fault> faults;
  auto fault = [&](std::string where, std::string ja, std::string en) {
    faults.push_back({std::move(where), {std::move(ja), std::move(en)}});
  };
  const json::object* bundle = value.if_object();
  const json::string *head = nullptr, *receipt_text = nullptr;
  std::optional<std::string> head_salt, commitment;
  if (bundle) {
    head = member(*bundle, "head");
    receipt_text = member(*bundle, "receipt");
    if (auto* salt = member(*bundle, "head_salt")) head_salt = from_base64(*salt);
    if (auto* body = member(*bundle, "body_commitment")) commitment = from_base64(*body);
  }
  if (!head || !receipt_text || !head_salt || !commitment || commitment->size() != 32) {
    fault("", "記録の束（record bundle）ではありません。head, head_salt, body_commitment, receipt が必要です。",
          "This is not a record bundle: head, head_salt, body_commitment and receipt are needed.");
    return faults;
  }
  auto receipt = parse_receipt(*receipt_text);
  if (!receipt.ok()) {
    if (receipt.error().faults.empty()) fault("/receipt", receipt.error().message.ja, receipt.error().message.en);
    for (const auto& one : receipt.error().faults)
      fault("/receipt", one.where + " 行目：" + one.message.ja, "line " + one.where + ": " + one.message.en);
    return faults;
  }
  auto* version = bundle->if_contains("musubi_record");
  if (!version || !version->is_int64() || version->get_int64() != 1)
    fault("/musubi_record", "知らない版の束です（1 が必要です）。", "A bundle of an unknown version (1 is needed).");
  auto* index = member(*bundle, "index");
  if (!index || *index != std::to_string(receipt->index))
    fault("/index", "番号（index）が受領証と一致しません。", "The index differs from that of the receipt.");
  auto verdict = verify_receipt(*receipt, trusted);
  if (!verdict.ok() && verdict.error().faults.empty()) fault("/receipt", verdict.error().message.ja, verdict.error().message.en);
  if (!verdict.ok())
    for (const auto& one : verdict.error().faults) fault("/receipt", one.message.ja, one.message.en);
  if (!receipt->extra || *receipt->extra != encode_entry(head_commitment(*head_salt, *head), *commitment))
    fault("/head", "見出し（head）が受領証の葉と一致しません。", "The head does not belong to the leaf in the receipt.");
  check_bundle_body(*bundle, *commitment, fault);
  auto parsed = parse_json(*head);
  const json::string* digest = parsed.ok() && parsed->is_object() ? member(parsed->get_object(), "manifest") : nullptr;
  auto* manifest = member(*bundle, "manifest");
  auto* manifest_state = member(*bundle, "manifest_state");
  bool withheld = !bundle->contains("manifest") && manifest_state && *manifest_state == "withheld";
  if (!withheld && (!digest || !manifest || *digest != to_base64(crypto::bytes(crypto::sha256(*manifest)))))
    fault("/manifest", "目録（manifest）が見出しと一致しません。", "The manifest does not belong to the head.");
  return faults;
}

}  // namespace musubi::evidence
