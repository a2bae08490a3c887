// Certificates are written with der.h rather than by OpenSSL, because the key that signs them sits behind a Signer.
#include "crypto/x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <unordered_map>

#include "base/encoding.h"
#include "base/guarded.h"
#include "crypto/der.h"
#include "crypto/openssl_state.h"

namespace musubi::crypto {
namespace {

using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free_all(bio); })>;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kTenYears = 3652 * 86400 * kSecond;
constexpr std::size_t kMaxNameCharacters = 64;  // X.520 ub-organization-name, ub-common-name
constexpr std::size_t kMaxPemChain = 64;

// Object identifiers, in the words of RFC 5280 and RFC 5758.
constexpr const char* kEcdsaWithSha256 = "1.2.840.10045.4.3.2";
constexpr const char* kCountryName = "2.5.4.6";
constexpr const char* kOrganizationName = "2.5.4.10";
constexpr const char* kCommonName = "2.5.4.3";
constexpr const char* kSubjectKeyId = "2.5.29.14";
constexpr const char* kKeyUsage = "2.5.29.15";
constexpr const char* kBasicConstraints = "2.5.29.19";
constexpr const char* kAuthorityKeyId = "2.5.29.35";
constexpr const char* kExtendedKeyUsage = "2.5.29.37";
constexpr const char* kSubjectAltName = "2.5.29.17";
constexpr const char* kTimeStamping = "1.3.6.1.5.5.7.3.8";
constexpr const char* kServerAuth = "1.3.6.1.5.5.7.3.1";
constexpr const char* kClientAuth = "1.3.6.1.5.5.7.3.2";
constexpr const char* kDocumentSigning = "1.3.6.1.5.5.7.3.36";

Error malformed() {
  ERR_clear_error();
  return Error{Code::kMalformed,
               "crypto.certificate_malformed",
               {"証明書を読み取れません。PEM または DER の X.509 証明書を一つ渡してください。",
                "The certificate cannot be read. Give one X.509 certificate in PEM or DER."},
               {}};
}

bool is_name_part(std::string_view text) {
  std::size_t characters = std::size_t(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
  bool control = std::any_of(text.begin(), text.end(), [](char c) { return std::uint8_t(c) < 0x20 || c == 0x7f; });
  return is_utf8(text) && !control && characters >= 1 && characters <= kMaxNameCharacters;
}

Result<std::string> name_of(const Subject& subject) {
  auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  bool country = subject.country.size() == 2 && upper(subject.country[0]) && upper(subject.country[1]);
  if (!country || !is_name_part(subject.organization) || !is_name_part(subject.common_name))
    return Error{Code::kInvalid,
                 "crypto.subject",
                 {"証明書に載せる組織名と名前は 1 文字以上 64 文字以内、国は大文字 2 文字にしてください。",
                  "The organisation and the name in a certificate have 1 to 64 characters, the country two capital letters."},
                 {}};
  auto attribute = [](const char* type, const std::string& value) { return der::set_of({der::sequence({der::oid(type), value})}); };
  return der::sequence({attribute(kCountryName, der::element(der::kPrintableString, subject.country)),
                        attribute(kOrganizationName, der::utf8(subject.organization)),
                        attribute(kCommonName, der::utf8(subject.common_name))});
}

std::string extension(const char* id, bool critical, const std::string& value) {
  return der::sequence({der::oid(id), critical ? der::boolean(true) : std::string(), der::octets(value)});
}

// RFC 7093 2 (1): the leftmost 160 bits of SHA-256 over the key bits.
std::string key_id(std::string_view public_key_info) {
  der::Reader whole(public_key_info);
  der::Reader info = whole.inside(der::kSequence);
  info.any();
  std::string_view key_bits = info.content(der::kBitString);
  if (!info.done() || key_bits.empty()) return {};
  return std::string(bytes(sha256(key_bits.substr(1))).substr(0, 20));
}

std::string random_serial() {
  std::string serial = random_bytes(16);
  serial[0] = char((serial[0] & 0x7f) | 0x40);  // positive, always 16 octets
  return serial;
}

Error unsupported_key() {
  return Error{Code::kInvalid,
               "crypto.key_unsupported",
               {"証明書には ECDSA P-256 の鍵を使ってください。", "Certificates need an ECDSA P-256 key."},
               {}};
}

struct Contents {
  std::string issuer, subject, public_key_info, extensions;  // in DER; extensions one after the other
  Time from, until;
};

Result<Certificate> issue(const Signer& key, const Contents& contents) {
  std::string algorithm = der::sequence({der::oid(kEcdsaWithSha256)});
  std::string to_be_signed = der::sequence(
      {der::element(der::context_constructed(0), der::integer(2)), der::unsigned_integer(random_serial()), algorithm, contents.issuer,
       der::sequence({der::time(contents.from), der::time(contents.until)}), contents.subject, contents.public_key_info,
       der::element(der::context_constructed(3), der::element(der::kSequence, contents.extensions))});
  std::string signature = TRY(key.sign(to_be_signed));
  return Certificate::from_der(der::sequence({to_be_signed, algorithm, der::bits(signature)}));
}

bool is_dns_name(std::string_view name) {
  bool letters = std::all_of(name.begin(), name.end(),
                             [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; });
  return letters && !name.empty() && name.size() <= 253 && name.front() != '.' && name.back() != '.' && name.find("..") == name.npos;
}

std::string name_text(const X509_NAME* name) {
  Bio bio(BIO_new(BIO_s_mem()));
  CHECK(bio);
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* text = nullptr;
  long length = BIO_get_mem_data(bio.get(), &text);
  return length > 0 ? std::string(text, std::size_t(length)) : std::string();
}

std::string name_der(const X509_NAME* name) {
  const unsigned char* bytes = nullptr;
  std::size_t length = 0;
  CHECK(X509_NAME_get0_der(name, &bytes, &length) == 1);
  return std::string(reinterpret_cast<const char*>(bytes), length);
}

Time time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return Time{};
  return Time{std::int64_t(::timegm(&parts)) * kSecond};
}

// A certificate that is no authority: `extensions` say what it is for.
Result<Certificate> issue_leaf(const Signer& root_key, const Certificate& root, const Order& order, const std::string& extensions) {
  if (root_key.algorithm() != Algorithm::kEcdsaP256 || !Verifier::create(Algorithm::kEcdsaP256, order.public_key).ok())
    return unsupported_key();
  if (root_key.public_key() != root.public_key())
    return Error{Code::kInvalid,
                 "crypto.issuer_mismatch",
                 {"認証局の鍵と証明書が対になっていません。同じ組のものを指定してください。",
                  "The authority's key does not belong to its certificate. Give a key and a certificate of one pair."},
                 {}};
  Contents contents;
  contents.from = Time{order.from.us - order.from.us % kSecond};
  contents.until = order.until;
  if (contents.from >= order.until || contents.from < root.not_before() || order.until > root.not_after())
    return Error{Code::kInvalid,
                 "crypto.validity",
                 {"有効期間が空か、認証局の証明書の有効期間からはみ出しています（" + root.not_before().rfc3339() + " から " +
                      root.not_after().rfc3339() + "）。",
                  "The validity is empty or not within that of the authority's certificate (" + root.not_before().rfc3339() + " to " +
                      root.not_after().rfc3339() + ")."},
                 {}};
  contents.subject = TRY(name_of(order.subject));
  contents.issuer = name_der(X509_get_subject_name(root.state().x509.get()));
  contents.public_key_info = order.public_key;
  const ASN1_OCTET_STRING* issuer_id = X509_get0_subject_key_id(root.state().x509.get());
  std::string authority_id = issuer_id ? std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(issuer_id)),
                                                     std::size_t(ASN1_STRING_length(issuer_id)))
                                       : key_id(root.public_key());
  contents.extensions = extension(kBasicConstraints, true, der::sequence({})) + extensions +
                        extension(kSubjectKeyId, false, der::octets(key_id(order.public_key))) +
                        extension(kAuthorityKeyId, false, der::sequence({der::element(der::context(0), authority_id)}));
  return issue(root_key, contents);
}

// Whether the certificate names this extended key usage.
bool has_use(X509* x509, const char* oid) {
  using Uses = std::unique_ptr<EXTENDED_KEY_USAGE, decltype([](EXTENDED_KEY_USAGE* uses) { EXTENDED_KEY_USAGE_free(uses); })>;
  Uses uses(static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(x509, NID_ext_key_usage, nullptr, nullptr)));
  for (int i = 0; uses && i < sk_ASN1_OBJECT_num(uses.get()); ++i) {
    char text[80] = {};
    OBJ_obj2txt(text, sizeof text, sk_ASN1_OBJECT_value(uses.get(), i), 1);
    if (std::string_view(text) == oid) return true;
  }
  return false;
}

// OpenSSL takes a missing extended key usage for all uses; here each use must be named. Card certificates are told apart.
bool is_for(const Certificate& leaf, Purpose purpose) {
  X509* x509 = leaf.state().x509.get();
  switch (purpose) {
    case Purpose::kAny:
    case Purpose::kTimeStamping: return true;
    case Purpose::kMessage: return has_use(x509, kServerAuth) && has_use(x509, kClientAuth);
    case Purpose::kLogin: return has_use(x509, kClientAuth) && !has_use(x509, kServerAuth);
    case Purpose::kSigning: return has_use(x509, kDocumentSigning);
  }
  return false;
}

// Certificates come again and again (a neighbour's, a root, the card of somebody who files), and decoding one costs more than checking a
// signature. What was decoded is kept, up to a bound.
using Decoded = Guarded<std::unordered_map<std::string, std::shared_ptr<const Certificate::State>>>;
Decoded& decoded() {
  static Decoded& all = *new Decoded;  // for good: OpenSSL is taken down before what is static here
  return all;
}
constexpr std::size_t kMostDecoded = 1024, kMostDecodedBytes = 4096;

Result<Certificate> adopt(X509* raw, std::string_view der, const auto& make) {
  std::shared_ptr<X509> x509(raw, [](X509* x) { X509_free(x); });
  std::tm parts{};
  bool times = x509 && ASN1_TIME_to_tm(X509_get0_notBefore(raw), &parts) == 1 && ASN1_TIME_to_tm(X509_get0_notAfter(raw), &parts) == 1;
  if (!times || X509_get_X509_PUBKEY(raw) == nullptr) return malformed();
  // Extensions are decoded here, on one thread, so that later looks only read.
  X509_check_purpose(raw, -1, 0);
  ERR_clear_error();
  auto state = std::make_shared<const Certificate::State>(Certificate::State{x509, std::string(der)});
  if (der.size() <= kMostDecodedBytes)
    decoded().with([&](auto& all) {
      if (all.size() >= kMostDecoded) all.clear();
      all.try_emplace(state->der, state);
    });
  return make(std::move(state));
}

}  // namespace

std::string openssl_reason() {
  unsigned long code = ERR_peek_last_error();
  const char* reason = code ? ERR_reason_error_string(code) : nullptr;
  std::string text = reason ? reason : "no reason given";
  ERR_clear_error();
  return text;
}

std::shared_ptr<x509_store_st> make_store(std::span<const Certificate> roots, Time at) {
  std::shared_ptr<X509_STORE> store(X509_STORE_new(), [](X509_STORE* s) { X509_STORE_free(s); });
  CHECK(store);
  for (const auto& root : roots) CHECK(X509_STORE_add_cert(store.get(), root.state().x509.get()) == 1);
  X509_VERIFY_PARAM* parameters = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_time(parameters, std::time_t(at.us / kSecond));
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
  X509_VERIFY_PARAM_set_depth(parameters, 8);
  return store;
}

Result<Certificate> Certificate::from_der(std::string_view der) {
  if (der.size() > kMaxCertificateBytes) return malformed();
  auto known = decoded().with([&, key = std::string(der)](auto& all) {
    auto found = all.find(key);
    return found == all.end() ? std::shared_ptr<const State>() : found->second;
  });
  if (known) return Certificate(std::move(known));
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  X509* x509 = d2i_X509(nullptr, &at, long(der.size()));
  if (x509 && at != end) {
    X509_free(x509);
    return malformed();
  }
  return adopt(x509, der, [](std::shared_ptr<const State> state) { return Certificate(std::move(state)); });
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  auto all = TRY(parse_pem_chain(pem.substr(0, std::min(pem.size(), kMaxCertificateBytes))));
  return std::move(all.front());
}

Result<std::vector<Certificate>> parse_pem_chain(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----", kEnd = "-----END CERTIFICATE-----";
  std::vector<Certificate> out;
  for (std::size_t at = pem.find(kBegin); at != std::string_view::npos; at = pem.find(kBegin, at)) {
    std::size_t end = pem.find(kEnd, at);
    if (end == std::string_view::npos || out.size() == kMaxPemChain) return malformed();
    std::string text;
    for (char c : pem.substr(at + kBegin.size(), end - at - kBegin.size()))
      if (c != '\n' && c != '\r' && c != ' ' && c != '\t') text.push_back(c);
    auto der = from_base64(text);
    if (!der) return malformed();
    out.push_back(TRY(Certificate::from_der(*der)));
    at = end + kEnd.size();
  }
  if (out.empty()) return malformed();
  return out;
}

const std::string& Certificate::der() const { return state_->der; }

std::string Certificate::pem() const {
  std::string text = to_base64(state_->der), out = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t at = 0; at < text.size(); at += 64) out += text.substr(at, 64) + "\n";
  return out + "-----END CERTIFICATE-----\n";
}

std::string Certificate::subject() const { return name_text(X509_get_subject_name(state_->x509.get())); }
std::string Certificate::issuer() const { return name_text(X509_get_issuer_name(state_->x509.get())); }

std::string Certificate::serial_hex() const {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(state_->x509.get());
  return to_hex({reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)), std::size_t(ASN1_STRING_length(serial))});
}

Time Certificate::not_before() const { return time_of(X509_get0_notBefore(state_->x509.get())); }
Time Certificate::not_after() const { return time_of(X509_get0_notAfter(state_->x509.get())); }

std::string Certificate::public_key() const {
  unsigned char* der = nullptr;
  int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(state_->x509.get()), &der);
  CHECK(length > 0);
  std::string out(reinterpret_cast<char*>(der), std::size_t(length));
  OPENSSL_free(der);
  return out;
}

Digest Certificate::fingerprint() const { return sha256(state_->der); }

std::vector<std::string> Certificate::dns_names() const {
  std::unique_ptr<GENERAL_NAMES, decltype([](GENERAL_NAMES* names) { GENERAL_NAMES_free(names); })> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(state_->x509.get(), NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> out;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()) && out.size() < 16; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const ASN1_IA5STRING* text = name->d.dNSName;
    out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), std::size_t(ASN1_STRING_length(text)));
  }
  ERR_clear_error();
  return out;
}

Result<Certificate> create_root(const Signer& key, const Subject& subject, Time from) {
  if (key.algorithm() != Algorithm::kEcdsaP256) return unsupported_key();
  Contents contents;
  contents.subject = contents.issuer = TRY(name_of(subject));
  contents.public_key_info = key.public_key();
  contents.from = from;
  contents.until = Time{from.us + kTenYears};
  std::string id = key_id(contents.public_key_info);
  contents.extensions = extension(kBasicConstraints, true, der::sequence({der::boolean(true)})) +
                        extension(kKeyUsage, true, der::bits("\x06", 1)) +  // keyCertSign (5), cRLSign (6)
                        extension(kSubjectKeyId, false, der::octets(id)) +
                        extension(kAuthorityKeyId, false, der::sequence({der::element(der::context(0), id)}));
  return issue(key, contents);
}

Result<Certificate> issue_tsa(const Signer& root_key, const Certificate& root, std::string_view public_key, const Subject& subject,
                              Time from, Time until) {
  Order order{Profile::kMessage, std::string(public_key), subject, "", from, until};
  return issue_leaf(
      root_key, root, order,
      extension(kKeyUsage, true, der::bits("\x80", 7)) + extension(kExtendedKeyUsage, true, der::sequence({der::oid(kTimeStamping)})));
}

Result<Certificate> issue_certificate(const Signer& root_key, const Certificate& root, const Order& order) {
  if (order.profile == Profile::kMessage && !is_dns_name(order.dns_name))
    return Error{
        Code::kInvalid,
        "crypto.subject",
        {"証明書のホスト名「" + order.dns_name + "」が正しくありません。小文字の英数字と「-」「.」で書いてください。",
         "The host name \"" + order.dns_name + "\" of the certificate is not valid. Use lower-case letters, digits, \"-\" and \".\"."},
        {}};
  std::string uses;
  switch (order.profile) {
    case Profile::kMessage: uses = der::sequence({der::oid(kServerAuth), der::oid(kClientAuth)}); break;
    case Profile::kLogin: uses = der::sequence({der::oid(kClientAuth)}); break;
    case Profile::kSigning: uses = der::sequence({der::oid(kDocumentSigning)}); break;
  }
  bool signing = order.profile == Profile::kSigning;
  std::string extensions =
      extension(kKeyUsage, true, signing ? der::bits("\xc0", 6) : der::bits("\x80", 7)) + extension(kExtendedKeyUsage, true, uses);
  if (order.profile == Profile::kMessage)
    extensions += extension(kSubjectAltName, false, der::sequence({der::element(der::context(2), order.dns_name)}));
  return issue_leaf(root_key, root, order, extensions);
}

Result<void> check_chain(const Certificate& leaf, std::span<const Certificate> intermediates, std::span<const Certificate> roots,
                         Time at, Purpose purpose) {
  auto store = make_store(roots, at);
  std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * s) { sk_X509_free(s); })> between(sk_X509_new_null());
  std::unique_ptr<X509_STORE_CTX, decltype([](X509_STORE_CTX* c) { X509_STORE_CTX_free(c); })> context(X509_STORE_CTX_new());
  CHECK(between && context);
  for (const auto& certificate : intermediates) CHECK(sk_X509_push(between.get(), certificate.state().x509.get()) > 0);
  CHECK(X509_STORE_CTX_init(context.get(), store.get(), leaf.state().x509.get(), between.get()) == 1);
  if (purpose == Purpose::kTimeStamping) X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_TIMESTAMP_SIGN);
  if (purpose == Purpose::kMessage || purpose == Purpose::kLogin) X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_CLIENT);
  bool meant = is_for(leaf, purpose);
  int verdict = meant ? X509_verify_cert(context.get()) : 0;
  if (!meant) X509_STORE_CTX_set_error(context.get(), X509_V_ERR_INVALID_PURPOSE);
  int code = X509_STORE_CTX_get_error(context.get());
  if (verdict == 1 && code == X509_V_OK) return {};
  const X509* culprit = X509_STORE_CTX_get_current_cert(context.get());
  std::string who = culprit ? name_text(X509_get_subject_name(culprit)) : leaf.subject();
  std::string why = X509_verify_cert_error_string(code);
  ERR_clear_error();
  return Error{Code::kInvalid,
               "crypto.chain_invalid",
               {"証明書「" + who + "」は " + at.rfc3339() + " の時点で信頼できません（" + why +
                    "）。信頼する認証局と有効期間を確認してください。",
                "The certificate \"" + who + "\" is not trusted at " + at.rfc3339() + " (" + why +
                    "). Check the trusted authorities and the validity."},
               {}};
}

}  // namespace musubi::crypto
