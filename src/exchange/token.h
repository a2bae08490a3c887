// Tokens: what stands for a person on the way from one organisation to another. Made by the linker (JWS, ES256), sealed to the
// one who may open it (JWE), good once and for a minute. Also: whose certificate a peer shows. Private to the module.
#pragma once

#include <map>
#include <string>

#include "base/guarded.h"
#include "crypto/jose.h"
#include "exchange/member.h"

namespace musubi::exchange {

struct Token {
  std::string code;       // of the person at `recipient`
  std::string recipient;  // who may use it
  std::string from;       // who hands it over: the linker gave it to them
  std::string nonce;
  Time expires;
};
inline constexpr std::int64_t kTokenLife_us = 60'000'000;
inline constexpr std::int64_t kTokenSkew_us = 60'000'000;

Result<std::string> make_token(const Token& token, const crypto::Signer& key, const crypto::Certificate& certificate,
                               std::string_view seal_key);

// Certificates of members that were judged already, with their decoded keys: building a chain costs more than a signature.
class PeerKeys {
 public:
  // Errors: exchange.peer_lied when the certificate does not lead to the member's root or names another.
  Result<crypto::Verifier> verifier(const crypto::Certificate& certificate, const Member& member, Time now);

 private:
  struct Known {
    crypto::Verifier key;
    Time from, until;
  };
  static constexpr std::size_t kMost = 5000;  // beyond: begins anew
  Guarded<std::map<std::string, Known>> known_;
};

// Opens and judges; its nonce must still be checked and used. Errors: exchange.bad_token.
Result<Token> open_token(std::string_view sealed, const crypto::OpeningKey& key, const Member& linker, PeerKeys& peers,
                         std::string_view recipient, std::string_view from, Time now);

}  // namespace musubi::exchange
