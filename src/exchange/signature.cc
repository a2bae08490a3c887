#include "exchange/signature.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/jose.h"
#include "http/form.h"

namespace musubi::exchange {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kLatest_s = 253'402'300'799;  // the end of 9999
constexpr std::string_view kAlgorithm = "ecdsa-p256-sha256";
constexpr std::string_view kQuestionTag = "musubi-question", kAnswerTag = "musubi-answer";
constexpr std::size_t kMostNonceBytes = 64, kMostKeyidBytes = 64;
// Fields known to be dictionaries (RFC 9421 2.1.1: strict serialisation needs the type).
constexpr std::array<std::string_view, 9> kDictionaries = {"accept-signature",    "content-digest",   "priority",
                                                           "repr-digest",         "signature",        "signature-input",
                                                           "want-content-digest", "want-repr-digest", "cdn-cache-control"};

Error bad(std::string ja, std::string en) {
  return {Code::kInvalid,
          "exchange.bad_signature",
          {"メッセージの署名を受け入れられません（" + std::move(ja) +
               "）。相手機関の鍵と、途中の装置が内容を変えていないかを確かめてください。",
           "The message's signature is not accepted (" + std::move(en) +
               "). Check the other side's key, and that nothing on the way alters messages."},
          {}};
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return std::string(text);
}

struct Flags {  // of a component's parameters
  bool sf = false, bs = false, req = false;
  std::optional<std::string> key, name;
};

std::optional<Flags> flags_of(const sf::Parameters& parameters) {
  Flags flags;
  for (const auto& [name, value] : parameters) {
    bool set = value == sf::Bare(true);
    const auto* text = std::get_if<std::string>(&value);
    if (name == "sf" && set)
      flags.sf = true;
    else if (name == "bs" && set)
      flags.bs = true;
    else if (name == "req" && set)
      flags.req = true;
    else if (name == "key" && text)
      flags.key = *text;
    else if (name == "name" && text)
      flags.name = *text;
    else
      return std::nullopt;  // ;tr too: messages here have no trailers
  }
  if (flags.bs && (flags.sf || flags.key)) return std::nullopt;
  return flags;
}

std::optional<std::string> field_value(const std::string& name, const Flags& flags, const http::Headers& headers) {
  std::string joined;
  bool found = false;
  for (const auto& [key, value] : headers) {
    if (!http::same_name(key, name)) continue;
    if (found) joined += ", ";
    joined += flags.bs ? sf::serialize(sf::Bare(sf::Bytes{trimmed(value)})) : trimmed(value);
    found = true;
  }
  if (!found) return std::nullopt;
  if (!flags.key && !flags.sf) return joined;
  bool known = std::find(kDictionaries.begin(), kDictionaries.end(), name) != kDictionaries.end();
  auto dictionary = sf::parse_dictionary(joined);
  if (!dictionary || (flags.sf && !known)) return std::nullopt;
  if (!flags.key) return sf::serialize(*dictionary);
  const sf::Value* member = sf::find(*dictionary, *flags.key);
  return member ? std::optional(sf::serialize(*member)) : std::nullopt;
}

std::string authority_of(const SignedParts& message) {
  std::string out;
  for (char c : message.authority) out += http::lower(c);
  for (std::string_view port : {":443", ":80"})
    if (message.scheme == (port == ":443" ? "https" : "http") && out.ends_with(port)) out.resize(out.size() - port.size());
  return out;
}

// RFC 9421 2.2.8: the one parameter of that name, decoded and encoded again.
std::optional<std::string> query_parameter(const SignedParts& message, const std::string& encoded_name) {
  auto wanted = http::percent_decode(encoded_name, false);
  auto query = http::parse_query(message.query.empty() ? std::string_view() : std::string_view(message.query).substr(1));
  if (!wanted || !query.ok()) return std::nullopt;
  auto values = query->all(*wanted);
  if (values.size() != 1) return std::nullopt;
  return http::percent_encode(values[0]);
}

std::optional<std::string> derived_value(const std::string& name, const Flags& flags, const SignedParts& message) {
  bool is_response = message.status != 0;
  if (flags.sf || flags.bs || flags.key || (flags.name && name != "@query-param")) return std::nullopt;
  if (name == "@status") return is_response && !flags.req ? std::optional(std::to_string(message.status)) : std::nullopt;
  if (is_response) return std::nullopt;
  if (name == "@method") return message.method;
  if (name == "@authority") return authority_of(message);
  if (name == "@scheme") return message.scheme;
  if (name == "@target-uri") return message.scheme + "://" + message.authority + message.path + message.query;
  if (name == "@request-target") return message.path + message.query;
  if (name == "@path") return message.path.empty() ? "/" : message.path;
  if (name == "@query") return message.query.empty() ? "?" : message.query;
  if (name == "@query-param" && flags.name) return query_parameter(message, *flags.name);
  return std::nullopt;
}

sf::Item component(std::string name, bool req = false) {
  sf::Item item{std::move(name), {}};
  if (req) item.parameters.emplace_back("req", true);
  return item;
}

const sf::InnerList& question_components() {
  static const sf::InnerList list{
      {component("@method"), component("@authority"), component("@path"), component("content-type"), component("content-digest")}, {}};
  return list;
}

// The question's whole Signature field stands in the answer's base: the tie between the two (RFC 9421 2.4).
const sf::InnerList& answer_components() {
  static const sf::InnerList list{
      {component("@status"), component("content-type"), component("content-digest"), component("@method", true),
       component("@authority", true), component("@path", true), component("content-digest", true), component("signature", true)},
      {}};
  return list;
}

SignedParts parts_of(const Message& message) {
  return {message.method, "https", message.authority, message.path, "", 0, &message.headers};
}
SignedParts parts_of(const Reply& reply) {
  SignedParts parts;
  parts.status = reply.status;
  parts.headers = &reply.headers;
  return parts;
}

Result<void> put_signature(http::Headers& headers, const sf::InnerList& input, const std::string& base, const crypto::Signer& key) {
  std::string signature = TRY(crypto::sign_raw(key, base));
  headers.set("Signature-Input", sf::serialize(sf::Dictionary{{std::string(kLabel), input}}));
  headers.set("Signature", sf::serialize(sf::Dictionary{{std::string(kLabel), sf::Item{sf::Bytes{std::move(signature)}, {}}}}));
  return {};
}

template <class T>
T stated(const sf::Parameters& parameters, std::string_view name) {
  const sf::Bare* value = sf::find(parameters, name);
  const T* as = value ? std::get_if<T>(value) : nullptr;
  return as ? *as : T{};
}

struct Found {
  sf::InnerList input;
  std::string signature;
};

std::optional<Found> find_signature(const http::Headers& headers) {
  auto inputs = sf::parse_dictionary(headers.joined("Signature-Input")),
       signatures = sf::parse_dictionary(headers.joined("Signature"));
  const sf::Value* input = inputs ? sf::find(*inputs, kLabel) : nullptr;
  const sf::Value* signature = signatures ? sf::find(*signatures, kLabel) : nullptr;
  const auto* list = input ? std::get_if<sf::InnerList>(input) : nullptr;
  const auto* item = signature ? std::get_if<sf::Item>(signature) : nullptr;
  const auto* bytes = item ? std::get_if<sf::Bytes>(&item->value) : nullptr;
  if (!list || !bytes) return std::nullopt;
  return Found{*list, bytes->bytes};
}

bool covers(const sf::InnerList& input, const sf::InnerList& wanted) {
  return std::all_of(wanted.items.begin(), wanted.items.end(), [&](const sf::Item& item) {
    return std::find(input.items.begin(), input.items.end(), item) != input.items.end();
  });
}

Error clock_skew(Time created, Time now) {
  return {Code::kInvalid,
          "exchange.clock_skew",
          {"メッセージの作成時刻 " + created.rfc3339() + " が、受け取った側の時刻 " + now.rfc3339() +
               " と離れすぎています。両機関の時計を合わせてください。",
           "The message was made at " + created.rfc3339() + ", too far from " + now.rfc3339() +
               " on the receiving side. Set the clocks of both organisations."},
          {}};
}

Result<Stated> judge(const Found& found, const sf::InnerList& wanted, std::string_view tag, const SignedParts& message,
                     const SignedParts* question, const crypto::Verifier& key, Time now) {
  if (!covers(found.input, wanted)) return bad("必要な部分が署名の対象になっていません", "it does not cover what it must");
  const auto& parameters = found.input.parameters;
  if (stated<std::string>(parameters, "alg") != kAlgorithm || stated<std::string>(parameters, "tag") != tag)
    return bad("方式か用途が違います", "its algorithm or tag is another one");
  std::string base = TRY(signature_base(found.input, message, question));
  if (!crypto::verify_raw(key, base, found.signature)) return bad("内容と合いません", "it does not fit the content");
  auto created = stated<std::int64_t>(parameters, "created"), expires = stated<std::int64_t>(parameters, "expires");
  if (created < 0 || created > kLatest_s || expires < 0 || expires > kLatest_s)
    return bad("時刻が範囲の外です", "a time is out of range");
  Stated out{stated<std::string>(parameters, "keyid"), stated<std::string>(parameters, "nonce"), Time{created * kSecond},
             Time{expires * kSecond}};
  if (out.keyid.size() > kMostKeyidBytes || out.nonce.size() > kMostNonceBytes) return bad("値が長すぎます", "a value is too long");
  bool late = out.created.us + (kLifetime_s + kSkew_s) * kSecond < now.us || out.created.us > now.us + kSkew_s * kSecond;
  if (late || (out.expires.us != 0 && out.expires.us + kSkew_s * kSecond < now.us)) return clock_skew(out.created, now);
  return out;
}

}  // namespace

Result<std::string> signature_base(const sf::InnerList& input, const SignedParts& message, const SignedParts* request) {
  std::string base;
  std::vector<std::string> seen;
  for (const auto& item : input.items) {
    const auto* name = std::get_if<std::string>(&item.value);
    auto flags = flags_of(item.parameters);
    std::string identifier = sf::serialize(item);
    bool repeated = std::find(seen.begin(), seen.end(), identifier) != seen.end();
    bool capitals = name && std::any_of(name->begin(), name->end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!name || name->empty() || !flags || repeated || capitals || *name == "@signature-params" ||
        (flags->req && (!request || message.status == 0)))
      return bad("対象の指定 " + identifier + " が使えません", "the component " + identifier + " cannot be used");
    const SignedParts& of = flags->req ? *request : message;
    auto value = name->front() == '@' ? derived_value(*name, *flags, of) : field_value(*name, *flags, *of.headers);
    if (!value) return bad(identifier + " がありません", identifier + " is missing");
    base += identifier + ": " + *value + "\n";
    seen.push_back(std::move(identifier));
  }
  return base + "\"@signature-params\": " + sf::serialize(input);
}

std::string content_digest(std::string_view body) {
  return "sha-256=" + sf::serialize(sf::Bare(sf::Bytes{std::string(crypto::bytes(crypto::sha256(body)))}));
}

bool digest_matches(std::string_view field, std::string_view body) {
  auto dictionary = sf::parse_dictionary(field);
  const sf::Value* value = dictionary ? sf::find(*dictionary, "sha-256") : nullptr;
  const auto* item = value ? std::get_if<sf::Item>(value) : nullptr;
  const auto* bytes = item ? std::get_if<sf::Bytes>(&item->value) : nullptr;
  return bytes && bytes->bytes == crypto::bytes(crypto::sha256(body));
}

Result<void> sign_question(Message& message, const crypto::Signer& key, const std::string& keyid, const std::string& nonce, Time now) {
  message.headers.set("Content-Digest", content_digest(message.body));
  sf::InnerList input = question_components();
  input.parameters = {
      {"created", now.us / kSecond},    {"expires", now.us / kSecond + kLifetime_s}, {"nonce", nonce}, {"keyid", keyid},
      {"alg", std::string(kAlgorithm)}, {"tag", std::string(kQuestionTag)}};
  std::string base = TRY(signature_base(input, parts_of(message)));
  return put_signature(message.headers, input, base, key);
}

Result<void> sign_answer(Reply& reply, const Message& question, const crypto::Signer& key, const std::string& keyid, Time now) {
  reply.headers.set("Content-Digest", content_digest(reply.body));
  sf::InnerList input = answer_components();
  input.parameters = {
      {"created", now.us / kSecond}, {"keyid", keyid}, {"alg", std::string(kAlgorithm)}, {"tag", std::string(kAnswerTag)}};
  SignedParts asked = parts_of(question);
  std::string base = TRY(signature_base(input, parts_of(reply), &asked));
  return put_signature(reply.headers, input, base, key);
}

std::optional<std::string> claimed_keyid(const http::Headers& headers) {
  auto found = find_signature(headers);
  std::string keyid = found ? stated<std::string>(found->input.parameters, "keyid") : std::string();
  return keyid.empty() || keyid.size() > kMostKeyidBytes ? std::nullopt : std::optional(std::move(keyid));
}

Result<Stated> verify_question(const Message& message, const crypto::Verifier& key, Time now) {
  auto found = find_signature(message.headers);
  if (!found) return bad("署名がありません", "there is none");
  Stated out = TRY(judge(*found, question_components(), kQuestionTag, parts_of(message), nullptr, key, now));
  if (out.nonce.size() < 16 || out.expires.us <= out.created.us || out.expires.us - out.created.us > kLifetime_s * kSecond)
    return bad("一度限りの番号か期限がありません", "it has no nonce or no proper expiry");
  if (!digest_matches(message.headers.joined("Content-Digest"), message.body))
    return bad("本文の要約値が合いません", "the digest is not that of the body");
  return out;
}

Result<Stated> verify_answer(const Reply& reply, const Message& question, const crypto::Verifier& key, Time now) {
  auto found = find_signature(reply.headers);
  if (!found) return bad("署名がありません", "there is none");
  SignedParts asked = parts_of(question);
  Stated out = TRY(judge(*found, answer_components(), kAnswerTag, parts_of(reply), &asked, key, now));
  if (!digest_matches(reply.headers.joined("Content-Digest"), reply.body))
    return bad("本文の要約値が合いません", "the digest is not that of the body");
  return out;
}

}  // namespace musubi::exchange
