#include "evidence/receipt.h"

#include <algorithm>

#include "base/encoding.h"

namespace musubi::evidence {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";

Error malformed(std::size_t line, Text why) {
  std::string at = std::to_string(line);
  Text message{"受領証の " + at + " 行目: " + why.ja, "Receipt line " + at + ": " + why.en};
  return Error{Code::kInvalid, "receipt.malformed", message, {Fault{at, message}}};
}

Error refused(const char* name, Text message) { return Error{Code::kInvalid, name, std::move(message), {}}; }

// Takes one line off the front; false when there is no newline left.
bool take_line(std::string_view& rest, std::string_view& line) {
  auto end = rest.find('\n');
  if (end == rest.npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
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
  Receipt receipt;
  std::string_view line, rest = text;
  std::size_t at = 1;
  if (!take_line(rest, line) || line != kHeader)
    return malformed(at, {"「c2sp.org/tlog-proof@v1」で始まっていません。", "it does not begin with \"c2sp.org/tlog-proof@v1\"."});
  ++at;
  if (!take_line(rest, line)) return malformed(at, {"途中で切れています。", "the text ends too early."});
  if (line.starts_with("extra ")) {
    receipt.extra = from_base64(line.substr(6));
    if (!receipt.extra) return malformed(at, {"extra が base64 ではありません。", "extra is not base64."});
    ++at;
    if (!take_line(rest, line)) return malformed(at, {"途中で切れています。", "the text ends too early."});
  }
  auto index = line.starts_with("index ") ? number(line.substr(6)) : std::nullopt;
  if (!index) return malformed(at, {"「index 番号」の行が必要です。", "the line \"index NUMBER\" is needed here."});
  receipt.index = *index;
  while (true) {
    ++at;
    if (!take_line(rest, line)) return malformed(at, {"途中で切れています。", "the text ends too early."});
    if (line.empty()) break;
    auto hash = from_base64(line);
    if (!hash || hash->size() != 32 || receipt.proof.size() >= 63)
      return malformed(at, {"32 バイトのハッシュ（base64、最大63行）が必要です。",
                            "a hash of 32 bytes in base64 is needed here, at most 63 of them."});
    receipt.proof.push_back(crypto::digest_from(*hash));
  }
  if (rest.empty()) return malformed(at + 1, {"チェックポイントがありません。", "the checkpoint is missing."});
  receipt.checkpoint = rest;
  return receipt;
}

Result<ReceiptVerdict> verify_receipt(const Receipt& receipt, std::span<const crypto::NoteVerifier> trusted) {
  auto note = TRY(crypto::parse_note(receipt.checkpoint));
  auto checkpoint = TRY(parse_checkpoint(note.text));
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
  if (!receipt.extra || receipt.extra->size() != 65)
    return refused("receipt.no_entry",
                   {"受領証に記録の葉（extra、65バイト）がありません。", "The receipt carries no leaf entry (extra, 65 bytes)."});
  if (!verify_inclusion(receipt.index, checkpoint.size, leaf_hash(*receipt.extra), receipt.proof, checkpoint.root))
    return refused("receipt.not_included", {"この記録は、チェックポイントが示すログに含まれていません。",
                                            "The record is not in the log that the checkpoint commits to."});
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
    fault("/receipt", receipt.error().message.ja, receipt.error().message.en);
    return faults;
  }
  auto* version = bundle->if_contains("musubi_record");
  if (!version || !version->is_int64() || version->get_int64() != 1)
    fault("/musubi_record", "知らない版の束です（1 が必要です）。", "A bundle of an unknown version (1 is needed).");
  auto* index = member(*bundle, "index");
  if (!index || *index != std::to_string(receipt->index))
    fault("/index", "番号（index）が受領証と一致しません。", "The index differs from that of the receipt.");
  auto verdict = verify_receipt(*receipt, trusted);
  if (!verdict.ok()) fault("/receipt", verdict.error().message.ja, verdict.error().message.en);
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
