// Withdrawing a filing: what the person signs, and what the office makes of it.
#include "base/encoding.h"
#include "procedures/json.h"
#include "procedures/procedures.h"
#include "procedures/rules.h"
#include "procedures/store.h"
#include "procedures/types.h"
#include "text/normalise.h"

namespace musubi::procedures {
namespace {

constexpr std::int64_t kSkew_us = 60'000'000;                      // between the clocks of two organisations
constexpr std::int64_t kOldest_us = 31LL * 24 * 3600 * 1'000'000;  // an outbox gives up after 30 days

// Who is to end the examination of what, and why; in the canonical form that the card signs.
std::string payload_of(std::string_view recipient, std::string_view reference, std::string_view reason) {
  return canonical_json(
      json::object{{"musubi_withdrawal", 1}, {"recipient", recipient}, {"reference", reference}, {"reason", reason}});
}

Result<store::FilingRow> own_filing(db::Reader& reader, std::string_view person, std::string_view reference) {
  auto row = TRY(store::filing(reader, reference));
  if (!row || row->person != person) return no_such_filing();
  return std::move(*row);
}

Error other_text() {
  return Error{Code::kConflict,
               "filing.other_withdrawal",
               {"署名されたのは、この届出の取下げではありません。取り下げていません。もう一度署名してください。",
                "What was signed is not the withdrawal of this filing. It was not withdrawn. Sign again."},
               {}};
}

}  // namespace

Result<std::string> Procedures::withdrawal_to_sign(std::string_view person, std::string_view reference, std::string_view reason) {
  auto clean = text::clean_input(reason, text::Lines::kMany);
  if (!clean.ok() || text::code_points(*clean) > 1000 || clean->empty()) {
    Text message{"理由を1000文字までで入力してください。", "Enter a reason of at most 1000 characters."};
    return Error{Code::kInvalid, "filing.reason", message, {Fault{"reason", message}}};
  }
  return database_.read([&](db::Reader& reader) -> Result<std::string> {
    auto row = TRY(own_filing(reader, person, reference));
    if (!can_withdraw(row.filing.state)) return filing_not_open();
    return payload_of(row.filing.recipient, reference, *clean);
  });
}

Result<void> Procedures::withdraw(std::string_view person, std::string_view reference, std::string_view jws) {
  Time now = clock_.now();
  auto signed_text = TRY(neighbours_.verify_list(jws, now));
  auto read = parse_json(signed_text.payload);
  std::string reason = read.ok() && read->is_object() ? string_at(read->get_object(), "reason") : "";
  return database_.write([&](db::Transaction& tx) -> Result<void> {
    auto row = TRY(own_filing(tx, person, reference));
    if (row.filing.state == "withdrawing" || row.filing.state == "withdrawn") return {};  // the same post twice
    if (!can_withdraw(row.filing.state)) return filing_not_open();
    if (reason.empty() || signed_text.payload != payload_of(row.filing.recipient, reference, reason)) return other_text();
    row.filing.state = "withdrawing";
    row.filing.changed_at = now;
    TRY(store::put_filing(tx, row));
    TRY(store::add_status(tx, reference, {"withdrawing", state_title("withdrawing"), now, {{"reason", reason}}}));
    json::object body{
        {"reference", reference}, {"reason", reason}, {"signature", jws}, {"filed_at", Time{now.us - now.us % 1'000'000}.rfc3339()}};
    // Refused once, it may be sent again.
    TRY(neighbours_.post(tx, {row.filing.recipient,
                              "withdraw",
                              std::string(person),
                              {},
                              std::move(body),
                              "withdraw/" + new_reference(),
                              std::string(reference)}));
    TRY(evidence::append(tx, {.type = record_type("procedures.withdrawn"),
                              .stream = store::filing_stream(reference),
                              .actor = std::string(person),
                              .facts = {{"procedure", row.filing.procedure}},
                              .body = json::object{{"reason", reason}, {"signature", jws}}}));
    return {};
  });
}

// Signed like the filing, by the same person; the time is the portal's word, within the bounds that a filing has.
Result<std::string> Procedures::check_withdrawal(const Incoming& incoming) {
  std::string reference = string_at(incoming.body, "reference"), reason = string_at(incoming.body, "reason"),
              jws = string_at(incoming.body, "signature");
  auto filed_at = parse_rfc3339(string_at(incoming.body, "filed_at"));
  auto refuse = [](const char* name, Text message) { return Error{Code::kInvalid, name, std::move(message), {}}; };
  if (reference.size() != 26 || reason.empty() || reason.size() > 8000)
    return refuse("filing.malformed", {"取下げの内容が読めません。", "The withdrawal cannot be read."});
  if (jws.empty() || !filed_at.ok())
    return refuse("filing.withdrawal_unsigned",
                  {"取下げに本人の署名がありません。取り下げていません。カードで署名して、もう一度取り下げてください。",
                   "The withdrawal bears no signature of the person. It was not withdrawn. Sign it with the card and send it again."});
  Time sent = std::min(incoming.sent_at, clock_.now());
  if (filed_at->us > sent.us + kSkew_us || filed_at->us < sent.us - kOldest_us)
    return refuse("filing.bad_time", {"取下げの日時が、送られた日時と合いません。もう一度取り下げてください。",
                                      "The time of the withdrawal does not fit to when it was sent. Withdraw once more."});
  auto signed_text = TRY(neighbours_.verify_list(jws, *filed_at));
  if (signed_text.payload != payload_of(organisation_, reference, reason)) return other_text();
  std::string signer = TRY(neighbours_.signer_of(signed_text, *filed_at));
  if (signer.empty() || signer != incoming.person)
    return refuse("filing.other_signer",
                  {"この取下げに署名したカードは、届け出た本人のものではありません。取り下げていません。",
                   "The card that signed this withdrawal does not belong to the person who filed. It was not withdrawn."});
  return jws;
}

Result<json::object> Procedures::receive_withdrawal(Incoming& incoming) {
  std::string jws = TRY(check_withdrawal(incoming));
  std::string reference = string_at(incoming.body, "reference"), reason = string_at(incoming.body, "reason");
  json::object answer;
  TRY(database_.write([&](db::Transaction& tx) -> Result<void> {
    Opened closed = TRY(neighbours_.withdraw_case(tx, incoming.from, reference, reason, incoming.person, jws));
    answer = {{"number", closed.number}};
    TRY(incoming.record(tx, {{"outcome", "ok"}}, answer));
    return {};
  }));
  return answer;
}

}  // namespace musubi::procedures
