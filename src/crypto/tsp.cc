// The authority's side of RFC 3161: requests made and answered. What reads and judges tokens is in tsp_verify.cc. CMS is
// written with der.h, because the stamping key sits behind a Signer; other programs judge it in tsp_test.cc.
#include "crypto/tsp.h"

#include <algorithm>

#include "crypto/der.h"
#include "crypto/tsp_oids.h"

namespace musubi::crypto {
namespace {

using der::Reader;

constexpr std::int64_t kMaxAccuracyUs = 3'600'000'000;
constexpr std::size_t kMaxSerialBytes = 20;  // 160 bits

struct Hash {
  const char* id;
  std::size_t size;
};
constexpr Hash kHashes[] = {{oids::kSha256, 32}, {oids::kSha384, 48}, {oids::kSha512, 64}};

struct Request {
  std::string_view imprint;  // MessageImprint, echoed byte for byte
  std::string_view nonce;    // INTEGER, echoed byte for byte; empty for none
  bool cert_req = false;
};

struct Refusal {
  FailInfo failure;
  Text why;
};

Refusal unreadable() {
  return {FailInfo::kBadDataFormat, {"要求を DER の TimeStampReq として読めません。", "The request is not a TimeStampReq in DER."}};
}

// Checks in the order of the fields, so that one request always meets the same refusal.
std::optional<Refusal> read_request(std::string_view bytes, const std::string& policy, Request& out) {
  if (bytes.size() > kMaxTspBytes) return unreadable();
  Reader whole(bytes);
  Reader fields = whole.inside(der::kSequence);
  std::uint64_t version = fields.small_integer();
  out.imprint = fields.whole(der::kSequence);
  std::string wanted_policy;
  bool has_policy = fields.next_is(der::kOid), has_extension = false, unknown = false;
  if (has_policy) wanted_policy = fields.oid();
  if (fields.next_is(der::kInteger)) {
    Reader look = fields;
    look.unsigned_integer();
    if (!look.ok()) return unreadable();
    out.nonce = fields.whole(der::kInteger);
  }
  if (fields.next_is(der::kBoolean)) {
    out.cert_req = fields.boolean();
    if (!out.cert_req) return unreadable();  // a DEFAULT that is written out is not DER
  }
  if (fields.next_is(der::context_constructed(0))) {
    Reader list = fields.inside(der::context_constructed(0));
    has_extension = true;
    do {  // SIZE (1..MAX)
      Reader one = list.inside(der::kSequence);
      one.oid();
      if (one.next_is(der::kBoolean) && !one.boolean()) return unreadable();
      one.content(der::kOctetString);
      unknown = unknown || !one.done();
    } while (list.ok() && !list.done());
    unknown = unknown || !list.done();
  }
  Reader imprint(out.imprint);
  Reader imprint_fields = imprint.inside(der::kSequence);
  Reader algorithm = imprint_fields.inside(der::kSequence);
  std::string hash_id = algorithm.oid();
  if (algorithm.next_is(der::kNull) && !algorithm.content(der::kNull).empty()) return unreadable();
  std::string_view hashed = imprint_fields.content(der::kOctetString);
  if (!whole.done() || !fields.done() || !imprint_fields.done() || !algorithm.ok() || unknown) return unreadable();

  if (version != 1)
    return Refusal{FailInfo::kBadRequest, {"TimeStampReq の版は 1 だけです。", "Only version 1 of TimeStampReq exists."}};
  auto hash = std::find_if(std::begin(kHashes), std::end(kHashes), [&](const Hash& h) { return hash_id == h.id; });
  if (hash == std::end(kHashes) || !algorithm.done())
    return Refusal{FailInfo::kBadAlg,
                   {"SHA-256、SHA-384、SHA-512 の要約だけに押します。SHA-1 は使えません。",
                    "Only digests of SHA-256, SHA-384 and SHA-512 are stamped; SHA-1 is not."}};
  if (hashed.size() != hash->size)
    return Refusal{FailInfo::kBadDataFormat,
                   {"要約の長さがアルゴリズムと合いません。", "The digest has not the length of its algorithm."}};
  if (has_policy && wanted_policy != policy)
    return Refusal{FailInfo::kUnacceptedPolicy,
                   {"このポリシーは扱っていません: " + wanted_policy, "This policy is not offered: " + wanted_policy}};
  if (has_extension)
    return Refusal{FailInfo::kUnacceptedExtension, {"要求の拡張は扱っていません。", "Extensions of a request are not supported."}};
  return std::nullopt;
}

std::string accuracy(std::int64_t us) {
  std::string seconds = us >= 1'000'000 ? der::integer(std::uint64_t(us / 1'000'000)) : "";
  std::uint64_t millis = std::uint64_t(us / 1000 % 1000), micros = std::uint64_t(us % 1000);
  return der::sequence({seconds, millis ? der::integer(millis, der::context(0)) : std::string(),
                        micros ? der::integer(micros, der::context(1)) : std::string()});
}

std::string attribute(const char* type, const std::string& value) { return der::sequence({der::oid(type), der::set_of({value})}); }

// The serial number and issuer of a certificate, in DER.
struct IssuerAndSerial {
  std::string_view serial, issuer;
};
IssuerAndSerial issuer_and_serial(std::string_view certificate) {
  Reader whole(certificate);
  Reader outer = whole.inside(der::kSequence);
  Reader fields = outer.inside(der::kSequence);
  if (fields.next_is(der::context_constructed(0))) fields.any();
  IssuerAndSerial out;
  out.serial = fields.whole(der::kInteger);
  fields.any();
  out.issuer = fields.whole(der::kSequence);
  CHECK(fields.ok());  // OpenSSL has read it, and create() has checked its form
  return out;
}

// RFC 5816 2.2.1 with RFC 5035 4: the digest algorithm is left out, being the default (SHA-256).
std::string signing_certificate_v2(const Certificate& certificate) {
  auto names = issuer_and_serial(certificate.der());
  std::string issuer = der::sequence({der::element(der::context_constructed(4), names.issuer)});  // GeneralNames
  Digest digest = certificate.fingerprint();
  std::string id = der::sequence({der::octets(bytes(digest)), der::sequence({issuer, names.serial})});
  return der::sequence({der::sequence({id})});
}

}  // namespace

std::string make_time_stamp_req(const Digest& digest, std::string_view nonce, bool cert_req, std::string_view policy) {
  CHECK(nonce.size() <= kMaxSerialBytes && (policy.empty() || der::is_oid(policy)));
  std::string imprint = der::sequence({der::sequence({der::oid(oids::kSha256)}), der::octets(bytes(digest))});
  return der::sequence({der::integer(1), imprint, policy.empty() ? std::string() : der::oid(policy),
                        nonce.empty() ? std::string() : der::unsigned_integer(nonce), cert_req ? der::boolean(true) : std::string()});
}

TimeStampResp refuse_time_stamp(FailInfo failure, const Text& why) {
  std::string status =
      der::sequence({der::integer(2), der::sequence({der::utf8(why.en), der::utf8(why.ja)}), der::named_bit(int(failure))});
  return {der::sequence({status}), failure};
}

struct TimeStampAuthority::State {
  std::shared_ptr<const Signer> signer;
  Certificate certificate;
  Options options;
  std::string signer_id;            // IssuerAndSerialNumber
  std::string fixed_attributes[2];  // content type, signing certificate
  std::string certificates;         // [0] with the signer's certificate and the chain

  Result<std::string> token(const Request& request, Time gen_time, std::string_view serial) const;
};

Result<std::string> TimeStampAuthority::State::token(const Request& request, Time gen_time, std::string_view serial) const {
  std::string info = der::sequence({der::integer(1), der::oid(options.policy), request.imprint, der::unsigned_integer(serial),
                                    der::generalized_time(gen_time), accuracy(options.accuracy_us), request.nonce});
  Digest digest = sha256(info);
  // Signed as a SET OF, sent as [0] IMPLICIT (RFC 5652 5.4).
  std::string attributes =
      der::set_of({fixed_attributes[0], fixed_attributes[1], attribute(oids::kMessageDigest, der::octets(bytes(digest)))});
  std::string signature = TRY(signer->sign(attributes));
  attributes[0] = char(der::context_constructed(0));
  std::string sha256_id = der::sequence({der::oid(oids::kSha256)});
  std::string signer_info = der::sequence(
      {der::integer(1), signer_id, sha256_id, attributes, der::sequence({der::oid(oids::kEcdsaWithSha256)}), der::octets(signature)});
  std::string content = der::sequence({der::oid(oids::kTstInfo), der::element(der::context_constructed(0), der::octets(info))});
  std::string signed_data = der::sequence({der::integer(3), der::set_of({sha256_id}), content,
                                           request.cert_req ? certificates : std::string(), der::set_of({signer_info})});
  return der::sequence({der::oid(oids::kSignedData), der::element(der::context_constructed(0), signed_data)});
}

Result<TimeStampAuthority> TimeStampAuthority::create(std::shared_ptr<const Signer> signer, Certificate certificate, Options options) {
  if (signer->algorithm() != Algorithm::kEcdsaP256)
    return Error{Code::kInvalid,
                 "crypto.key_unsupported",
                 {"時刻印には ECDSA P-256 の鍵を使ってください。", "Time-stamps need an ECDSA P-256 key."},
                 {}};
  if (!der::is_oid(options.policy) || options.accuracy_us < 1 || options.accuracy_us > kMaxAccuracyUs || options.chain.size() > 8)
    return Error{Code::kInvalid,
                 "crypto.tsa_options",
                 {"時刻印のポリシーは OID、精度は 1 マイクロ秒から 1 時間、証明書の列は 8 枚までにしてください。",
                  "A time-stamping policy is an OID, the accuracy 1 microsecond to 1 hour, the chain at most 8 certificates."},
                 {}};
  // The certificate stands for itself here: this asks for form and usage, not for who issued it.
  bool usable = signer->public_key() == certificate.public_key() && is_time_stamping(certificate);
  if (!usable)
    return Error{Code::kInvalid,
                 "crypto.tsa_certificate",
                 {"この証明書では時刻印を押せません。署名鍵の証明書で、拡張鍵用途が critical の timeStamping だけのものが必要です。",
                  "This certificate cannot stamp. It must belong to the signing key and have the extended key usage "
                  "timeStamping, critical and alone."},
                 {}};
  auto names = issuer_and_serial(certificate.der());
  std::string signer_id = der::sequence({names.issuer, names.serial});
  std::vector<std::string> all = {certificate.der()};
  for (const auto& each : options.chain) all.push_back(each.der());
  std::string certificates = der::set_of(all);
  certificates[0] = char(der::context_constructed(0));
  State state{std::move(signer),
              certificate,
              std::move(options),
              signer_id,
              {attribute(oids::kContentType, der::oid(oids::kTstInfo)),
               attribute(oids::kSigningCertificateV2, signing_certificate_v2(certificate))},
              certificates};
  return TimeStampAuthority(std::make_shared<const State>(std::move(state)));
}

TimeStampResp TimeStampAuthority::answer(std::string_view request, Time gen_time, std::string_view serial) const {
  CHECK(!serial.empty() && serial.size() <= kMaxSerialBytes);
  CHECK(std::any_of(serial.begin(), serial.end(), [](char c) { return c != 0; }));
  Request parsed;
  if (auto refusal = read_request(request, state_->options.policy, parsed)) return refuse_time_stamp(refusal->failure, refusal->why);
  if (gen_time < state_->certificate.not_before() || gen_time > state_->certificate.not_after())
    return refuse_time_stamp(FailInfo::kTimeNotAvailable, {"時刻が時刻印用証明書の有効期間の外にあります。",
                                                           "The time is not within the validity of the stamping certificate."});
  auto token = state_->token(parsed, gen_time, serial);
  if (!token.ok()) return refuse_time_stamp(FailInfo::kSystemFailure, token.error().message);
  return {der::sequence({der::sequence({der::integer(0)}), *token}), std::nullopt};
}

}  // namespace musubi::crypto
