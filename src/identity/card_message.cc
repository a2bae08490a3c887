#include "identity/card_message.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "identity/card_signing.h"
#include "trust/keys.h"

namespace musubi::identity {
namespace {

constexpr std::string_view kChallengeType = "musubi-card-challenge";
constexpr std::string_view kSignInType = "musubi-card-sign-in";
constexpr std::string_view kSignType = "musubi-card-signature";
constexpr std::size_t kHandleLetters = 32, kAddressAtMost = 400, kLineAtMost = 1000;

Error altered() {
  return {Code::kInvalid,
          "card.challenge_altered",
          {"依頼の署名が正しくないか、内容が書き換えられています。元のページからやり直してください。",
           "The request is not properly signed, or it was altered. Start again from the page that sent you here."},
          {}};
}

Error foreign(const std::string& organisation) {
  return {Code::kForbidden,
          "card.challenge_foreign",
          {"依頼元「" + organisation +
               "」は、このカードの利用先として登録されていません。アドレスを確認し、心当たりがなければ閉じてください。登録するには "
               "musubi card trust を使います。",
           "\"" + organisation +
               "\" is not among those this card trusts. Check the address; if you did not start this, close the page. `musubi card "
               "trust` adds an organisation."},
          {}};
}

Error late() {
  return {Code::kInvalid,
          "card.challenge_late",
          {"依頼の有効期間（10 分）が過ぎました。元のページからやり直してください。",
           "The request is older than ten minutes. Start again from the page that sent you here."},
          {}};
}

Error bad_signature(const char* ja, const char* en) {
  return {Code::kInvalid,
          "identity.bad_card_signature",
          {std::string("カードの署名を確認できません：") + ja + "。もう一度カードで署名してください。",
           std::string("The card's signature does not verify: ") + en + ". Sign with the card again."},
          {}};
}

std::string member(const json::object& object, std::string_view key) {
  auto* value = object.if_contains(key);
  auto* text = value ? value->if_string() : nullptr;
  return text ? std::string(text->data(), text->size()) : std::string();
}

json::object text_json(const Text& text) { return {{"ja", text.ja}, {"en", text.en}}; }

bool is_handle(std::string_view text) {
  return text.size() == kHandleLetters &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; });
}

// The path must be the one door that takes answers, so that no other form of the organisation can be fed.
bool is_return_address(std::string_view address, const std::string& organisation) {
  if (address.size() > kAddressAtMost) return false;
  std::string_view rest = address.starts_with("https://")  ? address.substr(8)
                          : address.starts_with("http://") ? address.substr(7)
                                                           : "";
  auto slash = rest.find('/');
  if (slash == 0 || slash == rest.npos || rest.substr(slash) != "/" + organisation + "/card/return") return false;
  return rest.substr(0, slash).find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") == rest.npos;
}

Result<crypto::Jws> verified(std::string_view jws, const crypto::Certificate& certificate) {
  return crypto::verify_jws(jws, TRY(crypto::Verifier::create(crypto::Algorithm::kEcdsaP256, certificate.public_key())));
}

Result<Challenge> read_challenge(std::string_view payload) {
  auto value = TRY(parse_json(payload, {.bytes = 256 << 10}));
  std::vector<Fault> faults;
  ObjectReader reader(value, "", faults);
  Challenge out;
  out.organisation = reader.string("organisation");
  out.title = reader.text("title");
  std::string purpose = reader.string("purpose");
  out.purpose = purpose == purpose_word(CardPurpose::kSign) ? CardPurpose::kSign : CardPurpose::kSignIn;
  if (purpose != purpose_word(out.purpose)) reader.fault("purpose", {"?", "?"});
  out.handle = reader.string("handle");
  out.return_address = reader.string("return", kAddressAtMost);
  auto expires = parse_rfc3339(reader.string("expires_at"));
  if (expires.ok())
    out.expires_at = *expires;
  else
    reader.fault("expires_at", {"?", "?"});
  if (out.purpose == CardPurpose::kSign) {
    out.what = reader.text("what");
    reader.array("lines", true, kSigningLinesAtMost, [&](const json::value& line, std::string at) {
      ObjectReader words(line, std::move(at), faults);
      out.lines.push_back({words.string("ja", kLineAtMost), words.string("en", kLineAtMost)});
    });
    out.payload = reader.string("payload", kSignedPayloadAtMost);
  }
  reader.finish();
  if (!faults.empty() || !is_handle(out.handle) || !is_return_address(out.return_address, out.organisation)) return altered();
  return out;
}

}  // namespace

std::string_view purpose_word(CardPurpose purpose) { return purpose == CardPurpose::kSign ? "sign" : "sign-in"; }

Result<std::string> sign_challenge(const Challenge& challenge, const crypto::Signer& key, const crypto::Certificate& certificate) {
  json::object body{{"organisation", challenge.organisation},
                    {"title", text_json(challenge.title)},
                    {"purpose", std::string(purpose_word(challenge.purpose))},
                    {"handle", challenge.handle},
                    {"return", challenge.return_address},
                    {"expires_at", challenge.expires_at.rfc3339()}};
  if (challenge.purpose == CardPurpose::kSign) {
    json::array lines;
    for (const auto& line : challenge.lines) lines.push_back(text_json(line));
    body["what"] = text_json(challenge.what);
    body["lines"] = std::move(lines);
    body["payload"] = challenge.payload;
  }
  return crypto::sign_jws(key, {{"typ", std::string(kChallengeType)}, {"x5c", crypto::x5c_of(std::span(&certificate, 1))}},
                          canonical_json(body));
}

Result<Challenge> check_challenge(std::string_view jws, std::span<const crypto::Certificate> roots, Time now) {
  auto read = crypto::read_jws(jws);
  if (!read.ok() || member(read->header, "typ") != kChallengeType) return altered();
  auto chain = crypto::chain_of(*read);
  if (!chain.ok() || !verified(jws, chain->front()).ok()) return altered();
  auto challenge = read_challenge(read->payload);
  if (!challenge.ok()) return altered();
  // A root speaks for the organisation it was made for: else one that is trusted could ask in another's name.
  std::vector<crypto::Certificate> own;
  for (const auto& root : roots)
    if (trust::organisation_of(root) == challenge->organisation) own.push_back(root);
  bool known = crypto::check_chain(chain->front(), std::span(*chain).subspan(1), own, now, crypto::Purpose::kMessage).ok();
  auto names = chain->front().dns_names();
  if (!known || std::find(names.begin(), names.end(), trust::message_host(challenge->organisation)) == names.end())
    return foreign(challenge->organisation);
  bool alive = now < challenge->expires_at && challenge->expires_at.us - now.us <= kChallengeValid_us + 60'000'000;
  if (!alive) return late();
  return challenge;
}

std::string challenge_digest(std::string_view jws) { return to_base64url(crypto::bytes(crypto::sha256(jws))); }

Result<std::string> sign_answer(const Challenge& challenge, std::string_view challenge_jws, const crypto::Signer& key,
                                const crypto::Certificate& certificate, Time now) {
  bool signs = challenge.purpose == CardPurpose::kSign;
  json::object header{{"typ", std::string(signs ? kSignType : kSignInType)},
                      {"x5c", crypto::x5c_of(std::span(&certificate, 1))},
                      {"challenge", challenge_digest(challenge_jws)},
                      {"handle", challenge.handle}};
  std::string payload =
      signs ? challenge.payload
            : canonical_json(
                  json::object{{"organisation", challenge.organisation}, {"return", challenge.return_address}, {"at", now.rfc3339()}});
  return crypto::sign_jws(key, std::move(header), payload);
}

Result<CardAnswer> read_answer(std::string_view jws) {
  auto read = crypto::read_jws(jws);
  if (!read.ok()) return bad_signature("形式が違います", "it cannot be read");
  std::string type = member(read->header, "typ");
  if (type != kSignType && type != kSignInType) return bad_signature("カードの署名ではありません", "it is not a card's");
  auto chain = crypto::chain_of(*read);
  if (!chain.ok()) return bad_signature("証明書がありません", "there is no certificate");
  if (!verified(jws, chain->front()).ok()) return bad_signature("内容が書き換えられています", "it was altered");
  return CardAnswer{member(read->header, "handle"), member(read->header, "challenge"),
                    type == kSignType ? CardPurpose::kSign : CardPurpose::kSignIn, std::move(read->payload), chain->front()};
}

Result<CardAnswer> check_answer(std::string_view jws, std::span<const crypto::Certificate> issuers, Time at) {
  auto answer = TRY(read_answer(jws));
  auto purpose = answer.purpose == CardPurpose::kSign ? crypto::Purpose::kSigning : crypto::Purpose::kLogin;
  if (answer.certificate.not_after() <= at)
    return Error{Code::kForbidden,
                 "identity.card_expired",
                 {"このカードまたは証明書の有効期限が切れています。窓口で更新してください。",
                  "This card or its certificate has expired. Renew it at the office."},
                 {}};
  if (!crypto::check_chain(answer.certificate, {}, issuers, at, purpose).ok())
    return bad_signature("この署名に使えるカードの証明書ではありません", "its certificate is not one of a card for this purpose");
  return answer;
}

}  // namespace musubi::identity
