#include "identity/card_signing.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "identity/challenges.h"
#include "identity/rules.h"

namespace musubi::identity {
namespace {

constexpr std::string_view kSelect =
    "SELECT handle, purpose, session, challenge, content, state, answer, answered_at, expires_at, returned FROM identity_challenge ";
constexpr std::int64_t kTrimEvery = 16;                         // the writer counts for one sign-in in so many
constexpr std::int64_t kAnswerKept_us = 60LL * 60 * 1'000'000;  // to come back with an answer after the linker was down

Error challenge_unknown() {
  return {Code::kNotFound,
          "identity.challenge_unknown",
          {"このカードの操作は終わっているか、時間が過ぎています。最初からやり直してください。",
           "This exchange with the card is over, or its time has passed. Start again."},
          {}};
}

Error challenge_late() {
  return {Code::kForbidden,
          "identity.challenge_late",
          {"カードの操作の有効期間（10 分）が過ぎました。最初からやり直してください。",
           "The card answered after more than ten minutes. Start again."},
          {}};
}

Error challenge_replayed() {
  return {Code::kConflict,
          "identity.challenge_replayed",
          {"このカードの応答はすでに受け取っています。前の画面に戻らず、最初からやり直してください。",
           "This answer of the card was taken already. Start again instead of going back."},
          {}};
}

Error other_challenge() {
  return {Code::kForbidden,
          "identity.bad_card_signature",
          {"カードの応答が、この依頼に対するものではありません。最初からやり直してください。",
           "The card's answer is not to this request. Start again."},
          {}};
}

Error not_signed() {
  return {Code::kConflict,
          "identity.not_signed",
          {"署名が見つかりません。署名を終えていないか、すでに使われています。署名からやり直してください。",
           "There is no such signature: it was not finished, or it was used already. Sign again."},
          {}};
}

std::string digest_of(std::string_view token) { return std::string(crypto::bytes(crypto::sha256(token))); }

std::string words(const json::value& value) { return json::value_to<std::string>(value); }

}  // namespace

std::string new_handle() { return to_base64url(crypto::random_bytes(24)); }

namespace {

// Now and then: counting is dear, and a few too many do no harm.
Result<void> trim_sign_ins(db::Transaction& tx) {
  auto held = TRY(tx.query("SELECT count(*) FROM identity_challenge WHERE purpose = 'sign-in' AND state = 'open'"))[0].integer(0);
  if (held < kOpenSignInsAtMost) return {};
  TRY(
      tx.execute("DELETE FROM identity_challenge WHERE handle IN (SELECT handle FROM identity_challenge WHERE purpose = 'sign-in' AND "
                 "state = 'open' "
                 "ORDER BY expires_at, handle LIMIT $1)",
                 {held - kOpenSignInsAtMost + kTrimEvery}));
  return {};
}

Result<void> check_room(db::Transaction& tx, const KeptChallenge& kept) {
  auto held = TRY(tx.query("SELECT count(*) FROM identity_challenge WHERE session = $1", {db::blob(kept.session)}))[0].integer(0);
  if (held < kOpenSigningsAtMost) return {};
  return Error{Code::kUnavailable,
               "identity.too_many_challenges",
               {"終わっていない署名が多すぎます。開いている署名を終えるか、1 時間後にもう一度試してください。",
                "Too many signatures are begun and not finished. Finish one, or try again in an hour."},
               {}};
}

}  // namespace

Result<void> keep_challenge(db::Transaction& tx, const KeptChallenge& kept, Time now) {
  TRY(tx.execute(
      "DELETE FROM identity_challenge WHERE expires_at < $1 AND (expires_at < $2 OR (purpose = 'sign-in' AND state = 'open'))",
      {now.us, now.us - kAnswerKept_us}));
  bool signs = kept.purpose == CardPurpose::kSign;
  if (signs)
    TRY(check_room(tx, kept));
  else if (static_cast<unsigned char>(kept.session[0]) % kTrimEvery == 0)
    TRY(trim_sign_ins(tx));
  TRY(
      tx.execute("INSERT INTO identity_challenge (handle, purpose, session, challenge, content, state, expires_at) VALUES ($1, $2, "
                 "$3, $4, $5, 'open', $6)",
                 {kept.handle, std::string(purpose_word(kept.purpose)), db::blob(kept.session), db::blob(kept.challenge), kept.content,
                  kept.expires_at.us}));
  return {};
}

Result<std::optional<KeptChallenge>> find_challenge(db::Reader& reader, std::string_view handle) {
  auto rows = TRY(reader.query(std::string(kSelect) + "WHERE handle = $1", {std::string(handle)}));
  if (rows.empty()) return std::optional<KeptChallenge>();
  const auto& row = rows[0];
  auto purpose = row.text(1) == purpose_word(CardPurpose::kSign) ? CardPurpose::kSign : CardPurpose::kSignIn;
  return std::optional(KeptChallenge{row.text(0), purpose, row.blob(2), row.blob(3), row.text(4), row.text(5), row.maybe_text(6),
                                     Time{row.maybe_integer(7).value_or(0)}, Time{row.integer(8)},
                                     row.is_null(9) ? std::string() : row.blob(9)});
}

Result<void> set_challenge(db::Transaction& tx, const KeptChallenge& kept, std::string_view jws, Time expires_at) {
  auto content = TRY(parse_json(kept.content));
  content.as_object()["shown"] = std::string(jws);
  TRY(
      tx.execute("UPDATE identity_challenge SET challenge = $2, expires_at = $3, content = $4, state = 'open', answer = NULL, "
                 "returned = NULL WHERE handle = $1",
                 {kept.handle, db::blob(challenge_digest(jws)), expires_at.us, canonical_json(content)}));
  return {};
}

std::string shown_challenge(const KeptChallenge& kept, Time now) {
  constexpr std::int64_t kTimeForIt_us = 60'000'000;
  if (kept.state != "open" || kept.challenge.empty() || kept.expires_at.us - now.us < kTimeForIt_us) return "";
  auto content = parse_json(kept.content);
  const json::value* shown = content.ok() && content->is_object() ? content->get_object().if_contains("shown") : nullptr;
  return shown && shown->is_string() ? words(*shown) : std::string();
}

Result<void> set_state(db::Transaction& tx, std::string_view handle, std::string_view state) {
  TRY(tx.execute("UPDATE identity_challenge SET state = $2 WHERE handle = $1", {std::string(handle), std::string(state)}));
  return {};
}

Result<void> drop_challenge(db::Transaction& tx, std::string_view handle) {
  TRY(tx.execute("DELETE FROM identity_challenge WHERE handle = $1", {std::string(handle)}));
  return {};
}

Result<std::string> take_answer(db::Transaction& tx, const CardAnswer& answer, std::string_view jws, std::string_view code, Time now) {
  auto kept = TRY(find_challenge(tx, answer.handle));
  if (!kept) return challenge_unknown();
  if (kept->state != "open") return challenge_replayed();
  if (now >= kept->expires_at) return challenge_late();
  if (kept->purpose != answer.purpose || !crypto::equal_constant_time(kept->challenge, answer.challenge)) return other_challenge();
  if (kept->purpose == CardPurpose::kSign && TRY(signing_of(*kept)).payload != answer.payload) return other_challenge();
  TRY(tx.execute("UPDATE identity_challenge SET state = 'answered', answer = $2, answered_at = $3, returned = $4 WHERE handle = $1",
                 {kept->handle, std::string(jws), now.us, db::blob(digest_of(code))}));
  return kept->handle;
}

bool brought(const KeptChallenge& kept, std::string_view code) {
  return !kept.returned.empty() && crypto::equal_constant_time(digest_of(code), kept.returned);
}

Result<void> take_cancellation(db::Transaction& tx, std::string_view handle, Time now) {
  auto kept = TRY(find_challenge(tx, handle));
  if (!kept || now >= kept->expires_at) return challenge_unknown();
  if (kept->state != "open") return challenge_replayed();
  return set_state(tx, handle, "cancelled");
}

Result<KeptSigning> signing_of(const KeptChallenge& kept) {
  auto value = TRY(parse_json(kept.content));
  KeptSigning out;
  out.title = {words(value.at("title").at("ja")), words(value.at("title").at("en"))};
  for (const auto& line : value.at("lines").as_array()) out.lines.push_back({words(line.at("ja")), words(line.at("en"))});
  out.payload = words(value.at("payload"));
  out.return_path = words(value.at("return"));
  return out;
}

std::string sign_in_content(std::string_view return_path) {
  return canonical_json(json::object{{"return", std::string(return_path)}});
}

std::string sign_in_return(const KeptChallenge& kept) {
  auto value = parse_json(kept.content);
  return value.ok() ? words(value->at("return")) : std::string();
}

Result<std::string> begin_signing(db::Transaction& tx, const ResidentSession& session, const Signing& signing, Time now) {
  std::vector<Fault> faults;
  if (signing.payload.empty() || signing.payload.size() > kSignedPayloadAtMost || !is_utf8(signing.payload))
    faults.push_back(
        {"payload", {"署名する内容は 1 バイト以上 32 KiB 以内にしてください。", "What is signed has 1 byte to 32 KiB of UTF-8."}});
  if (signing.lines.size() > kSigningLinesAtMost)
    faults.push_back({"lines", {"署名前に示す行は 60 行までです。", "At most 60 lines are shown before signing."}});
  if (!signing.return_path.starts_with('/') || signing.return_path.starts_with("//"))
    faults.push_back({"return_path", {"戻り先は / で始まる経路にしてください。", "The way back is a path that begins with /."}});
  if (!faults.empty())
    return Error{
        Code::kInvalid, "identity.bad_signing", {"この内容には署名できません。", "This cannot be signed."}, std::move(faults)};
  json::array lines;
  for (const auto& line : signing.lines) lines.push_back({{"ja", line.ja}, {"en", line.en}});
  json::object content{{"title", {{"ja", signing.title.ja}, {"en", signing.title.en}}},
                       {"lines", std::move(lines)},
                       {"payload", signing.payload},
                       {"return", signing.return_path}};
  KeptChallenge kept{new_handle(),
                     CardPurpose::kSign,
                     session.digest,
                     "",
                     canonical_json(content),
                     "open",
                     {},
                     {},
                     Time{now.us + kChallengeValid_us}};
  TRY(keep_challenge(tx, kept, now));
  return kept.handle;
}

std::string signing_path(const std::string& organisation, const std::string& handle) {
  return "/" + organisation + "/card/sign/" + handle;
}

Result<CardSignature> take_signature(db::Transaction& tx, const ResidentSession& session, std::string_view handle) {
  auto kept = TRY(find_challenge(tx, handle));
  if (!kept || kept->purpose != CardPurpose::kSign || kept->session != session.digest || kept->state != "signed") return not_signed();
  auto signing = TRY(signing_of(*kept));
  TRY(drop_challenge(tx, handle));
  return CardSignature{*kept->answer, std::move(signing.payload), kept->answered_at};
}

Result<CheckedSignature> check_card_signature(std::string_view jws, std::span<const crypto::Certificate> issuers, Time at) {
  auto answer = TRY(check_answer(jws, issuers, at));
  if (answer.purpose != CardPurpose::kSign) return other_challenge();
  return CheckedSignature{std::move(answer.payload), std::move(answer.certificate)};
}

}  // namespace musubi::identity
