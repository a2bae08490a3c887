#include "exchange/token.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "exchange/rules.h"
#include "trust/keys.h"

namespace musubi::exchange {
namespace {

constexpr std::size_t kMostCodeBytes = 64;

std::string seconds(Time at) { return std::to_string(at.us / 1'000'000); }

}  // namespace

Result<std::string> make_token(const Token& token, const crypto::Signer& key, const crypto::Certificate& certificate,
                               std::string_view seal_key) {
  json::object payload{
      {"code", token.code}, {"for", token.recipient}, {"from", token.from}, {"nonce", token.nonce}, {"exp", seconds(token.expires)}};
  std::string jws =
      TRY(crypto::sign_jws(key, {{"typ", "musubi-token"}, {"x5c", crypto::x5c_of({&certificate, 1})}}, json::serialize(payload)));
  return crypto::seal_jwe(seal_key, {{"cty", "JWT"}}, jws);
}

Result<crypto::Verifier> PeerKeys::verifier(const crypto::Certificate& certificate, const Member& member, Time now) {
  std::string mark(crypto::bytes(certificate.fingerprint()));
  mark += member.id + "\n" + member.root_pem;
  auto found = known_.with([&](auto& known) -> std::optional<crypto::Verifier> {
    auto at = known.find(mark);
    return at != known.end() && at->second.from <= now && now < at->second.until ? std::optional(at->second.key) : std::nullopt;
  });
  if (found) return *found;
  Text foreign{"証明書が登録された認証局のものではありません", "its certificate does not lead to the root known here"};
  auto roots = crypto::parse_pem_chain(member.root_pem);
  if (!roots.ok() || !crypto::check_chain(certificate, {}, *roots, now, crypto::Purpose::kMessage).ok())
    return peer_lied(member.id, foreign);
  auto names = certificate.dns_names();
  if (std::find(names.begin(), names.end(), trust::message_host(member.id)) == names.end()) return peer_lied(member.id, foreign);
  auto key = crypto::Verifier::create(crypto::Algorithm::kEcdsaP256, certificate.public_key());
  if (!key.ok()) return peer_lied(member.id, foreign);
  known_.with([&](auto& known) {
    if (known.size() >= kMost) known.clear();
    known.insert_or_assign(mark, Known{*key, certificate.not_before(), certificate.not_after()});
  });
  return *key;
}

Result<Token> open_token(std::string_view sealed, const crypto::OpeningKey& key, const Member& linker, PeerKeys& peers,
                         std::string_view recipient, std::string_view from, Time now) {
  auto opened = crypto::open_jwe(key, sealed);
  if (!opened.ok()) return bad_token({"この機関あてに封をされたものではありません", "it is not sealed to this organisation"});
  Error forged = bad_token({"符号連携機関の署名がありません", "it is not signed by the linker"});
  auto read = crypto::read_jws(*opened);
  if (!read.ok()) return forged;
  auto chain = crypto::chain_of(*read);
  if (!chain.ok()) return forged;
  auto verifier = peers.verifier(chain->front(), linker, now);
  if (!verifier.ok()) return forged;
  auto jws = crypto::verify_jws(*opened, *verifier);
  if (!jws.ok()) return forged;
  auto payload = parse_json(jws->payload);
  if (!payload.ok()) return forged;
  std::vector<Fault> faults;
  ObjectReader reader(*payload, "", faults);
  Token token{
      reader.string("code", kMostCodeBytes), reader.string("for", 80), reader.string("from", 80), reader.string("nonce", 80), {}};
  std::string expires = reader.string("exp", 12);
  reader.finish();
  if (!faults.empty() || expires.find_first_not_of("0123456789") != expires.npos) return forged;
  token.expires = Time{std::stoll(expires) * 1'000'000};
  if (token.recipient != recipient) return bad_token({"別の機関のためのものです", "it is for another organisation"});
  if (token.from != from) return bad_token({"別の機関に渡されたものです", "it was given to another organisation"});
  if (token.expires.us + kTokenSkew_us < now.us || token.expires.us > now.us + kTokenLife_us + kTokenSkew_us)
    return bad_token({"期限が切れています", "it has expired"});
  return token;
}

}  // namespace musubi::exchange
