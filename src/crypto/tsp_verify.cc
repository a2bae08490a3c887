// The relying side of RFC 3161: tokens read with der.h, signatures, signing certificate attribute and chain judged by
// OpenSSL at genTime.
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include "crypto/der.h"
#include "crypto/openssl_state.h"
#include "crypto/tsp.h"
#include "crypto/tsp_oids.h"

namespace musubi::crypto {
namespace {

using der::Reader;
using Pkcs7 = std::unique_ptr<PKCS7, decltype([](PKCS7* p) { PKCS7_free(p); })>;
using VerifyContext = std::unique_ptr<TS_VERIFY_CTX, decltype([](TS_VERIFY_CTX* c) { TS_VERIFY_CTX_free(c); })>;
using Stack = std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * s) { sk_X509_pop_free(s, X509_free); })>;

Error malformed() {
  ERR_clear_error();
  return Error{Code::kMalformed,
               "crypto.tsp_malformed",
               {"時刻印を RFC 3161 の DER として読めません。発行元からもう一度取得してください。",
                "The time-stamp is not RFC 3161 in DER. Fetch it again from its authority."},
               {}};
}

Error untrusted(const std::string& why) {
  return Error{Code::kInvalid,
               "crypto.tsp_untrusted",
               {"時刻印を信頼できません（" + why + "）。信頼する認証局の一覧と、時刻印が改変されていないことを確認してください。",
                "The time-stamp cannot be trusted (" + why +
                    "). Check the list of trusted authorities, and that the "
                    "time-stamp was not altered."},
               {}};
}

std::int64_t read_accuracy(Reader fields, bool& good) {
  std::uint64_t seconds = 0, millis = 0, micros = 0;
  if (fields.next_is(der::kInteger)) seconds = fields.small_integer();
  if (fields.next_is(der::context(0))) millis = fields.small_integer(der::context(0));
  if (fields.next_is(der::context(1))) micros = fields.small_integer(der::context(1));
  good = fields.done() && seconds <= 1'000'000'000 && millis <= 999 && micros <= 999;
  return good ? std::int64_t(seconds * 1'000'000 + millis * 1000 + micros) : 0;
}

std::optional<TstInfo> read_tst_info(std::string_view bytes) {
  TstInfo info;
  Reader whole(bytes);
  Reader fields = whole.inside(der::kSequence);
  if (fields.small_integer() != 1) return std::nullopt;
  info.policy = fields.oid();
  Reader imprint = fields.inside(der::kSequence);
  Reader algorithm = imprint.inside(der::kSequence);
  info.imprint_algorithm = algorithm.oid();
  if (algorithm.next_is(der::kNull) && !algorithm.content(der::kNull).empty()) return std::nullopt;
  info.imprint = imprint.content(der::kOctetString);
  info.serial = fields.unsigned_integer();
  auto gen_time = fields.generalized_time();
  bool good = true;
  if (fields.next_is(der::kSequence)) info.accuracy_us = read_accuracy(fields.inside(der::kSequence), good);
  if (fields.next_is(der::kBoolean) && !fields.boolean()) return std::nullopt;  // ordering FALSE is left out in DER
  if (fields.next_is(der::kInteger)) info.nonce = fields.unsigned_integer();
  if (fields.next_is(der::context_constructed(0))) fields.any();  // tsa: a name, held against the certificate by OpenSSL
  // An extension we do not know could change the meaning of all that stands before it.
  if (!good || !gen_time || !whole.done() || !fields.done() || !imprint.done() || !algorithm.done()) return std::nullopt;
  info.gen_time = *gen_time;
  return info;
}

std::string_view strip_zeros(std::string_view number) {
  while (number.size() > 1 && number[0] == 0) number.remove_prefix(1);
  return number;
}

// SHA-1 and older digests must not carry the signature, whatever OpenSSL still accepts. The fields that no signature
// covers must have the one value they can have, so that two different tokens are never the same stamp.
bool has_one_modern_signature(PKCS7* token) {
  const STACK_OF(PKCS7_SIGNER_INFO)* signers = PKCS7_get_signer_info(token);
  if (!signers || sk_PKCS7_SIGNER_INFO_num(signers) != 1) return false;
  PKCS7_SIGNER_INFO* signer = sk_PKCS7_SIGNER_INFO_value(signers, 0);
  X509_ALGOR *digest = nullptr, *signature = nullptr;
  PKCS7_SIGNER_INFO_get0_algs(signer, nullptr, &digest, &signature);
  if (!digest || !signature || ASN1_INTEGER_get(signer->version) != 1) return false;
  int digest_id = OBJ_obj2nid(digest->algorithm), signature_id = OBJ_obj2nid(signature->algorithm);
  if (digest_id != NID_sha256 && digest_id != NID_sha384 && digest_id != NID_sha512) return false;
  if (signature_id == NID_rsaEncryption) return true;  // RFC 3370 3.2: stands for any digest
  int its_digest = NID_undef, its_key = NID_undef;
  return OBJ_find_sigid_algs(signature_id, &its_digest, &its_key) == 1 && its_digest == digest_id &&
         (its_key == NID_rsaEncryption || its_key == NID_X9_62_id_ecPublicKey);
}

// X.690 8.9, 8.11, 10.2: a SEQUENCE or SET is constructed, every other universal type in DER is primitive. OpenSSL looks
// away; two spellings of one token would be two stamps.
bool has_strict_forms(std::string_view bytes, int depth = 0) {
  Reader reader(bytes);
  while (reader.ok() && !reader.done()) {
    const std::string_view whole = reader.any();
    if (whole.empty() || depth > 32) return false;
    const auto tag = std::uint8_t(whole[0]);
    const bool constructed = tag & 0x20, universal = (tag & 0xc0) == 0, holds_others = (tag & 0x1f) == 16 || (tag & 0x1f) == 17;
    if (universal && constructed != holds_others) return false;
    Reader inner(whole);
    if (constructed && !has_strict_forms(inner.content(tag), depth + 1)) return false;
  }
  return reader.ok();
}

std::string der_of(const X509_NAME* name) {
  unsigned char* der = nullptr;
  int size = i2d_X509_NAME(name, &der);
  std::string out(reinterpret_cast<const char*>(der), size > 0 ? std::size_t(size) : 0);
  OPENSSL_free(der);
  return out;
}

// OpenSSL finds the signer's certificate by a comparison of names that ignores case; no signature covers that field either.
bool names_its_signer_exactly(PKCS7* token, STACK_OF(X509) * certificates) {
  const PKCS7_SIGNER_INFO* signer = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(token), 0);
  STACK_OF(X509)* found = PKCS7_get0_signers(token, certificates, 0);
  bool exact =
      sk_X509_num(found) == 1 && der_of(X509_get_issuer_name(sk_X509_value(found, 0))) == der_of(signer->issuer_and_serial->issuer);
  sk_X509_free(found);
  return exact;
}

// What follows the content: certificates [0], revocation lists [1], and one SignerInfo with signed attributes [0] (RFC
// 5652 5.1, 5.3). The context tags are constructed.
bool signer_is_well_formed(Reader& signed_data) {
  for (int tag = 0; tag < 2; ++tag)
    if (signed_data.next_is(der::context_constructed(tag))) signed_data.any();
  Reader signers = signed_data.inside(der::kSet);
  Reader signer = signers.inside(der::kSequence);
  signer.small_integer();
  signer.content(der::kSequence);  // issuer and serial number
  signer.content(der::kSequence);  // digest algorithm
  signer.content(der::context_constructed(0));
  signer.content(der::kSequence);  // signature algorithm
  signer.content(der::kOctetString);
  if (signer.next_is(der::context_constructed(1))) signer.any();
  return signed_data.done() && signers.done() && signer.done();
}

std::string failure_text(std::string_view bit_string) {
  std::string out;
  for (std::size_t i = 1; i < bit_string.size() && i < 5; ++i)
    for (int bit = 0; bit < 8; ++bit)
      if (std::uint8_t(bit_string[i]) & 0x80 >> bit) out += (out.empty() ? "" : ", ") + std::to_string((i - 1) * 8 + std::size_t(bit));
  return out.empty() ? "-" : out;
}

}  // namespace

bool is_time_stamping(const Certificate& certificate) {
  X509* x509 = certificate.state().x509.get();
  return X509_check_purpose(x509, X509_PURPOSE_TIMESTAMP_SIGN, 0) == 1;
}

Result<std::string> token_of(std::string_view response) {
  if (response.size() > kMaxTspBytes) return malformed();
  Reader whole(response);
  Reader fields = whole.inside(der::kSequence);
  Reader status = fields.inside(der::kSequence);
  std::uint64_t code = status.small_integer();
  if (status.next_is(der::kSequence)) status.any();
  std::string_view failure;
  if (status.next_is(der::kBitString)) failure = status.content(der::kBitString);
  std::string token;
  if (fields.next_is(der::kSequence)) token = fields.whole(der::kSequence);
  if (!whole.done() || !fields.done() || !status.done()) return malformed();
  bool granted = code <= 1;  // granted, grantedWithMods
  if (granted == token.empty()) return malformed();
  if (!granted)
    return Error{
        Code::kUnavailable,
        "crypto.tsp_refused",
        {"時刻認証局が時刻印を拒みました（status " + std::to_string(code) + "、failInfo " + failure_text(failure) + "）。",
         "The time-stamping authority refused (status " + std::to_string(code) + ", failInfo " + failure_text(failure) + ")."},
        {}};
  return token;
}

Result<TstInfo> parse_token(std::string_view token) {
  if (token.size() > kMaxTspBytes || !has_strict_forms(token)) return malformed();
  Reader whole(token);
  Reader content_info = whole.inside(der::kSequence);
  bool is_signed = content_info.oid() == oids::kSignedData;
  Reader explicit_content = content_info.inside(der::context_constructed(0));
  Reader signed_data = explicit_content.inside(der::kSequence);
  bool version_3 = signed_data.small_integer() == 3;  // RFC 5652 5.1: the content is not id-data
  signed_data.content(der::kSet);
  Reader encapsulated = signed_data.inside(der::kSequence);
  bool is_info = encapsulated.oid() == oids::kTstInfo;
  Reader explicit_info = encapsulated.inside(der::context_constructed(0));
  std::string_view bytes = explicit_info.content(der::kOctetString);
  bool good = signer_is_well_formed(signed_data) && is_signed && version_3 && is_info && whole.done() && content_info.done() &&
              explicit_content.done() && encapsulated.done() && explicit_info.done() && signed_data.ok();
  auto info = good ? read_tst_info(bytes) : std::nullopt;
  if (!info) return malformed();
  return *info;
}

Result<TstInfo> verify_token(std::string_view token, const TokenCheck& check) {
  TstInfo info = TRY(parse_token(token));
  if (info.imprint_algorithm != oids::kSha256 || info.imprint != bytes(check.digest))
    return Error{Code::kInvalid,
                 "crypto.tsp_imprint",
                 {"時刻印は別のデータに押されたものです。対になるデータと時刻印を指定してください。",
                  "The time-stamp belongs to other data. Give the data and the time-stamp that belong together."},
                 {}};
  if (check.nonce && (!info.nonce || *info.nonce != strip_zeros(*check.nonce)))
    return Error{Code::kInvalid,
                 "crypto.tsp_nonce",
                 {"時刻印が要求の番号（nonce）を返していません。古い応答の使い回しのおそれがあります。もう一度要求してください。",
                  "The time-stamp does not echo the nonce of the request; it may be an old answer. Request it again."},
                 {}};
  if (check.roots.empty()) return untrusted("no trusted authority is given");

  const auto* at = reinterpret_cast<const unsigned char*>(token.data());
  const auto* end = at + token.size();
  Pkcs7 message(d2i_PKCS7(nullptr, &at, long(token.size())));
  if (!message || at != end) return malformed();
  if (!has_one_modern_signature(message.get())) return untrusted("not exactly one signature with a digest of the SHA-2 family");

  VerifyContext context(TS_VERIFY_CTX_new());
  CHECK(context);
  auto store = make_store(check.roots, info.gen_time);
  CHECK(X509_STORE_up_ref(store.get()) == 1);
  TS_VERIFY_CTX_set_store(context.get(), store.get());  // takes that reference
  TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_SIGNATURE | TS_VFY_VERSION);
  Stack extra(sk_X509_new_null());
  CHECK(extra);
  for (const auto& certificate : check.certificates) {
    CHECK(X509_up_ref(certificate.state().x509.get()) == 1);
    CHECK(sk_X509_push(extra.get(), certificate.state().x509.get()) > 0);
  }
  STACK_OF(X509)* certificates = extra.release();
  TS_VERIFY_CTX_set_certs(context.get(), certificates);  // takes the stack
  ERR_clear_error();
  if (TS_RESP_verify_token(context.get(), message.get()) != 1) {
    const char* detail = nullptr;
    int flags = 0;
    ERR_peek_last_error_data(&detail, &flags);
    std::string more = detail && (flags & ERR_TXT_STRING) ? std::string(": ") + detail : "";
    return untrusted(openssl_reason() + more);
  }
  if (!names_its_signer_exactly(message.get(), certificates)) return untrusted("the token names its signer in another spelling");
  return info;
}

}  // namespace musubi::crypto
