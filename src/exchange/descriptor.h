// A member's descriptor: what one organisation hands to another so that they know each other. A JWS (ES256) in one line, signed
// by the organisation's root, which it carries: altering it anywhere is noticed, and whoever imports it compares the root's
// fingerprint with what the other side says by telephone.
#pragma once

#include <string>
#include <string_view>

#include "crypto/signer.h"
#include "exchange/member.h"

namespace musubi::exchange {

Result<std::string> write_descriptor(const Member& member, const crypto::Signer& root_key);
// Errors: exchange.bad_descriptor (not one, or not signed by the root it names), exchange.bad_member.
Result<Member> read_descriptor(std::string_view text);
// "3A:7F:..." of the member's first root: SHA-256, as openssl x509 -fingerprint -sha256 prints it.
std::string root_fingerprint(const Member& member);

}  // namespace musubi::exchange
