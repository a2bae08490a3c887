// Signature and stamp of a notice, and their check.
#include "records/notice.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/jose.h"
#include "crypto/tsp.h"
#include "records/json.h"
#include "records/rules.h"
#include "trust/stamper.h"

namespace musubi::records {
namespace {

// 128 random bits in the letters of RFC 4648 6, lower case: nobody guesses one, and no letter is taken for a digit.
std::string fresh_code() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out;
  unsigned held = 0, bits = 0;
  for (unsigned char byte : crypto::random_bytes(16)) {
    held = held << 8 | byte;
    for (bits += 8; bits >= 5; bits -= 5) out += kLetters[held >> (bits - 5) & 31];
  }
  return out + kLetters[held << (5 - bits) & 31];
}

std::string fresh_serial() {
  std::string serial = crypto::random_bytes(16);
  serial[0] = char((static_cast<unsigned char>(serial[0]) & 0x7f) | 0x40);  // positive, and never zero
  return serial;
}

Result<std::string> stamp_of(const trust::OrganisationKeys& keys, std::string_view jws, Time now) {
  auto authority = TRY(
      crypto::TimeStampAuthority::create(keys.tsa_key, keys.tsa, {std::string(trust::kStampPolicy), trust::kStampAccuracy_us, {}}));
  auto request = crypto::make_time_stamp_req(crypto::sha256(jws), fresh_serial(), true);
  std::string response = authority.answer(request, now, fresh_serial()).der;
  TRY(crypto::token_of(response));  // a refusal is an error here
  return response;
}

json::object claims_of(const Office& office, const Notice& notice) {
  json::object claims{{"iss", office.organisation}, {"office", to_json(office.title)}, {"code", notice.code},
                      {"kind", notice.kind},        {"title", to_json(notice.title)},  {"issued_at", notice.issued_at.rfc3339()},
                      {"sha256", notice.digest}};
  if (notice.valid_until) claims["valid_until"] = text::iso_date(*notice.valid_until);
  return claims;
}

text::Date days_later(Time time, int days) { return text::jst_date(Time{time.us + days * kDay_us}); }

bool good_signature(const Office& office, const Notice& notice) {
  auto jws = crypto::read_jws(notice.jws);
  if (!jws.ok()) return false;
  auto chain = crypto::chain_of(*jws);
  if (!chain.ok()) return false;
  std::span<const crypto::Certificate> all(*chain);
  const crypto::Certificate roots[] = {office.keys->root};
  if (!crypto::check_chain(all[0], all.subspan(1), roots, notice.issued_at, crypto::Purpose::kMessage).ok()) return false;
  auto verifier = crypto::Verifier::create(crypto::Algorithm::kEcdsaP256, all[0].public_key());
  if (!verifier.ok()) return false;
  auto verified = crypto::verify_jws(notice.jws, *verifier);
  if (!verified.ok()) return false;
  auto claims = parse_json(verified->payload);
  if (!claims.ok() || !claims->is_object()) return false;
  json::object expected = claims_of(office, notice);
  for (const char* name : {"iss", "code", "kind", "title", "issued_at", "sha256", "valid_until"}) {  // the office may be renamed
    const json::value *found = claims->get_object().if_contains(name), *wanted = expected.if_contains(name);
    if (!found != !wanted || (found && canonical_json(*found) != canonical_json(*wanted))) return false;
  }
  return true;
}

}  // namespace

std::string verify_address(const Office& office, std::string_view code) {
  return office.base_url + "/" + office.organisation + "/notices/" + std::string(code);
}

Result<Notice> make_notice(const Office& office, const Case& c, const Applicant& applicant, const Form& form, std::string_view outcome,
                           std::string_view reason, Time now) {
  if (!office.keys || !office.keys->message_key || !office.keys->tsa_key)
    return Error{Code::kUnavailable,
                 "records.no_keys",
                 {"この機関の署名の鍵が使えないため、通知を出せません。何も行っていません。管理者に鍵を確かめてもらってください。",
                  "The keys of this office cannot be used, so no notice can be issued. Nothing was done. Ask the administrator to "
                  "check the keys."},
                 {}};
  Notice notice;
  notice.code = fresh_code();
  notice.case_id = c.id;
  notice.kind = c.decision.id;
  notice.title = c.decision.title;
  notice.outcome = outcome;
  notice.issued_at = now;
  if (outcome == "refuse")
    notice.title = c.decision.refused_title.ja.empty()
                       ? Text{c.decision.title.ja + "（認めない決定）", c.decision.title.en + " (refusal)"}
                       : c.decision.refused_title;
  else if (c.decision.valid_days)
    notice.valid_until = days_later(now, *c.decision.valid_days);
  notice.document = draw_notice(office, c, applicant, form, notice, reason);
  notice.digest = to_hex(crypto::bytes(crypto::sha256(*notice.document)));
  const crypto::Certificate chain[] = {office.keys->message};
  json::object header{{"typ", "musubi-notice+jwt"}, {"x5c", crypto::x5c_of(chain)}};
  notice.jws = TRY(crypto::sign_jws(*office.keys->message_key, std::move(header), canonical_json(claims_of(office, notice))));
  notice.stamp = TRY(stamp_of(*office.keys, notice.jws, now));
  return notice;
}

NoticeCheck check_notice(const Office& office, const Notice& notice) {
  NoticeCheck check;
  if (!office.keys) return check;
  check.signature = good_signature(office, notice);
  check.document = !notice.document || to_hex(crypto::bytes(crypto::sha256(*notice.document))) == notice.digest;
  auto token = crypto::token_of(notice.stamp);
  if (!token.ok()) return check;
  crypto::TokenCheck wanted{crypto::sha256(notice.jws), {}, {office.keys->root}, {office.keys->tsa}};
  if (auto info = crypto::verify_token(*token, wanted); info.ok()) {
    check.stamp = true;
    check.stamped_at = info->gen_time;
  }
  return check;
}

}  // namespace musubi::records
