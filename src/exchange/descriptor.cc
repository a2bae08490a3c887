#include "exchange/descriptor.h"

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/jose.h"
#include "crypto/x509.h"
#include "exchange/rules.h"

namespace musubi::exchange {
namespace {

Error bad_descriptor(const Text& why) {
  return {Code::kInvalid,
          "exchange.bad_descriptor",
          {"連携先の記述ファイルを受け入れられません（" + why.ja +
               "）。相手機関に musubi exchange member export で作り直してもらってください。",
           "The member's descriptor is not accepted (" + why.en +
               "). Have the other organisation make it again with `musubi exchange member export`."},
          {}};
}

}  // namespace

Result<std::string> write_descriptor(const Member& member, const crypto::Signer& root_key) {
  auto roots = TRY(crypto::parse_pem_chain(member.root_pem));
  json::object payload{{"id", member.id},
                       {"title", {{"ja", member.title.ja}, {"en", member.title.en}}},
                       {"kind", member.kind},
                       {"address", member.address},
                       {"root", member.root_pem},
                       {"seal_key", member.seal_key},
                       {"log_keys", json::value_from(member.log_keys)},
                       {"page_url", member.page_url}};
  return TRY(crypto::sign_jws(root_key, {{"typ", "musubi-member"}, {"x5c", crypto::x5c_of({&roots.front(), 1})}},
                              json::serialize(payload))) +
         "\n";
}

Result<Member> read_descriptor(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  auto unread = crypto::read_jws(text);
  if (!unread.ok()) return bad_descriptor({"形が違います", "it has another form"});
  auto value = parse_json(unread->payload);
  if (!value.ok()) return bad_descriptor({"形が違います", "it has another form"});
  std::vector<Fault> faults;
  ObjectReader reader(*value, "", faults);
  Member member;
  member.id = reader.string("id", 80);
  member.title = reader.text("title");
  member.kind = reader.string("kind", 80);
  member.address = reader.string("address");
  member.root_pem = reader.string("root", 32768);
  member.seal_key = reader.string("seal_key");
  reader.array("log_keys", true, 8, [&](const json::value& each, std::string pointer) {
    if (each.is_string())
      member.log_keys.emplace_back(each.get_string());
    else
      faults.push_back({std::move(pointer), {"文字列を書いてください。", "Write a string."}});
  });
  member.page_url = reader.string("page_url");
  reader.finish();
  if (faults.empty()) faults = check_member(member);
  if (!faults.empty()) {
    Text first = faults.front().message;
    return Error{Code::kInvalid,
                 "exchange.bad_member",
                 {"連携先の記述に誤りがあります。" + first.ja, "The description of the member has faults. " + first.en},
                 std::move(faults)};
  }
  auto roots = TRY(crypto::parse_pem_chain(member.root_pem));
  auto key = crypto::Verifier::create(crypto::Algorithm::kEcdsaP256, roots.front().public_key());
  if (!key.ok() || !crypto::verify_jws(text, *key).ok())
    return bad_descriptor({"署名が記述された認証局のものではありません", "it is not signed by the root it names"});
  return member;
}

std::string root_fingerprint(const Member& member) {
  auto roots = crypto::parse_pem_chain(member.root_pem);
  if (!roots.ok()) return {};
  std::string hex = to_hex(crypto::bytes(roots->front().fingerprint())), out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    if (i > 0) out += ':';
    for (char c : hex.substr(i, 2)) out += c >= 'a' ? char(c - 32) : c;
  }
  return out;
}

}  // namespace musubi::exchange
