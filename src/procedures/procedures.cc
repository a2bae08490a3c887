// The portal after the submission: filings, what offices say about them, receipts, withdrawal.
#include "procedures/procedures.h"

#include <algorithm>

#include "base/check.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "procedures/json.h"
#include "procedures/list.h"
#include "procedures/rules.h"
#include "procedures/store.h"
#include "procedures/types.h"
#include "text/normalise.h"
#include "text/numbers.h"

namespace musubi::procedures {
namespace {

using evidence::RecordType;
using evidence::Visibility;

constexpr std::string_view kBasket = "procedures/basket/", kFiling = "procedures/filing/";

constexpr std::string_view kSubmittedFacts[] = {"event", "filings"};
constexpr std::string_view kFiledFacts[] = {"procedure", "online", "fields", "fetched"};
constexpr std::string_view kDeliveredFacts[] = {"procedure", "ms"};
constexpr std::string_view kProcedureFacts[] = {"procedure"};
constexpr std::string_view kStatusFacts[] = {"procedure", "state"};
constexpr std::string_view kPublishedFacts[] = {"procedure", "version", "online"};
constexpr std::string_view kClosedFacts[] = {"procedure", "version"};

constexpr RecordType kTypes[] = {
    {"procedures.submitted", 1, Visibility::kOfficers, "まとめての提出", "Basket submitted", kSubmittedFacts},
    {"procedures.filed", 1, Visibility::kOfficers, "届出・申請の提出", "Form filed", kFiledFacts},
    {"procedures.delivered", 1, Visibility::kOfficers, "届出・申請の到達", "Filing delivered", kDeliveredFacts},
    {"procedures.refused", 1, Visibility::kOfficers, "届出・申請の不受理", "Filing refused", kProcedureFacts},
    {"procedures.status", 1, Visibility::kOfficers, "処理状況の知らせ", "Status told", kStatusFacts},
    {"procedures.contested", 1, Visibility::kOfficers, "取り寄せた内容への異議", "Fetched value contested", kProcedureFacts},
    {"procedures.amended", 1, Visibility::kOfficers, "届出・申請の補正", "Filing amended", kFiledFacts},
    {"procedures.withdrawn", 1, Visibility::kOfficers, "届出・申請の取下げ", "Filing withdrawn", kProcedureFacts},
    {"procedures.message_sent", 1, Visibility::kOfficers, "届け先への連絡", "Message sent to the recipient", kProcedureFacts},
    {"procedures.received", 1, Visibility::kOfficers, "届出・申請の受付", "Filing received", kProcedureFacts},
    {"procedures.published", 1, Visibility::kPublic, "手続の公開", "Procedure opened to filing", kPublishedFacts},
    {"procedures.closed", 1, Visibility::kPublic, "手続の公開の終了", "Procedure closed to filing", kClosedFacts},
};

Result<store::FilingRow> own_filing(db::Reader& reader, std::string_view person, std::string_view reference) {
  auto row = TRY(store::filing(reader, reference));
  if (!row || row->person != person) return no_such_filing();
  return std::move(*row);
}

// What the office said last; nothing where it said nothing yet.
std::string office_state(const std::vector<StatusLine>& lines) {
  for (auto line = lines.rbegin(); line != lines.rend(); ++line)
    if (is_office_state(line->state) && !line->extra.contains("late")) return line->state;
  return {};
}

// A later version of the case was told before: news overtook each other.
bool is_late(const std::vector<StatusLine>& lines, std::int64_t version) {
  return version > 0 &&
         std::any_of(lines.begin(), lines.end(), [&](const StatusLine& line) { return integer_at(line.extra, "version") > version; });
}

// A notice whose document is not the one that was signed is none.
bool good_notice(const json::object& body) {
  auto* found = body.if_contains("notice");
  if (!found || found->is_null()) return true;
  auto* notice = found->if_object();
  if (!notice) return false;
  std::string code = string_at(*notice, "code");
  if (code.size() != 26 || code.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") != code.npos) return false;
  return to_hex(crypto::bytes(crypto::sha256(string_at(*notice, "document")))) == string_at(*notice, "sha256");
}

// What is wrong with the words of a message to an office.
std::optional<Text> message_fault(const Result<std::string>& clean) {
  constexpr std::size_t kMost = 4000;
  if (!clean.ok()) return clean.error().message;
  if (clean->empty()) return Text{"伝えたいことを入力してください。", "Write the message."};
  std::size_t length = text::code_points(*clean);
  if (length <= kMost) return std::nullopt;
  std::string most = text::grouped(std::to_string(kMost)), now = text::grouped(std::to_string(length));
  return Text{most + "文字までにしてください（今は" + now + "文字です）。",
              "Use at most " + most + " characters (there are " + now + ")."};
}

Text message_of(const json::object& body, std::string_view key) {
  auto* found = body.if_contains(key);
  if (!found) return {};
  if (auto* text = found->if_string()) return {std::string(*text), std::string(*text)};
  return text_from(*found);
}

}  // namespace

std::span<const RecordType> record_types() { return kTypes; }

const RecordType& record_type(std::string_view name) {
  auto found = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const RecordType& type) { return type.name == name; });
  CHECK(found != std::end(kTypes));
  return *found;
}

Result<std::vector<std::string>> persons_of_stream(db::Reader& reader, const std::string& stream) {
  std::optional<std::string> person;
  if (stream.starts_with(kBasket)) {
    if (auto row = TRY(store::basket(reader, stream.substr(kBasket.size())))) person = row->person;
  } else if (stream.starts_with(kFiling)) {
    if (auto row = TRY(store::filing(reader, stream.substr(kFiling.size())))) person = row->person;
  }
  return person ? std::vector{*person} : std::vector<std::string>();
}

Result<std::vector<std::string>> erase_rows(db::Transaction& tx, std::span<const std::uint64_t> records) {
  bool touched = false;
  for (auto index : records) {
    auto record = TRY(evidence::find_record(tx, index));
    if (!record) continue;
    if (record->stream.starts_with(kBasket)) {
      auto row = TRY(store::basket(tx, record->stream.substr(kBasket.size())));
      if (!row || !row->person) continue;
      row->person = row->jws = std::nullopt;
      TRY(store::put_basket(tx, *row));
      touched = true;
    } else if (record->stream.starts_with(kFiling)) {
      auto row = TRY(store::filing(tx, record->stream.substr(kFiling.size())));
      if (!row || row->erased) continue;
      if (row->person) TRY(store::drop_amendments(tx, *row->person, row->filing.reference));
      row->erased = true;
      row->person = std::nullopt;
      TRY(store::put_filing(tx, *row));
      TRY(store::erase_statuses(tx, row->filing.reference));
      TRY(store::erase_origin(tx, row->filing.reference));
      touched = true;
    }
  }
  if (!touched) return std::vector<std::string>{};
  return std::vector<std::string>{"procedures_basket", "procedures_filing", "procedures_origin",
                                  "procedures_status", "procedures_draft",  "procedures_draft_file"};
}

Result<std::vector<Filing>> Procedures::filings(std::string_view person) {
  return database_.read([&](db::Reader& reader) -> Result<std::vector<Filing>> {
    std::vector<Filing> out;
    for (auto& row : TRY(store::filings_of(reader, person))) {
      TRY(store::recall(reader, row.filing));
      out.push_back(std::move(row.filing));
    }
    return out;
  });
}

Result<Filing> Procedures::filing(std::string_view person, std::string_view reference) {
  return database_.read([&](db::Reader& reader) -> Result<Filing> {
    auto row = TRY(own_filing(reader, person, reference));
    TRY(store::recall(reader, row.filing));
    return std::move(row.filing);
  });
}

Result<std::vector<StatusLine>> Procedures::history(std::string_view reference) {
  return database_.read([&](db::Reader& reader) { return store::statuses(reader, reference); });
}

Result<json::object> Procedures::fetched_for(std::string_view reference) {
  return database_.read([&](db::Reader& reader) -> Result<json::object> { return TRY(store::origin(reader, reference)).sources; });
}

Result<json::object> Procedures::receipt(std::string_view person, std::string_view reference) {
  return database_.read([&](db::Reader& reader) -> Result<json::object> {
    auto row = TRY(own_filing(reader, person, reference));
    TRY(store::recall(reader, row.filing));
    auto basket = TRY(store::basket(reader, row.filing.basket));
    const Filing& f = row.filing;
    json::object out{
        {"musubi_filing", 1},   {"reference", f.reference},    {"procedure", f.procedure},
        {"version", f.version}, {"recipient", f.recipient},    {"filed_at", (basket ? basket->submitted_at : f.filed_at).rfc3339()},
        {"form", f.form},       {"salt", to_base64(row.salt)}, {"list", basket ? basket->jws.value_or("") : ""},
        {"number", f.number}};
    out["record"] = f.receipt.contains("record") ? f.receipt.at("record") : json::value(nullptr);
    return out;
  });
}

Result<void> Procedures::message(std::string_view person, std::string_view reference, std::string_view text) {
  auto clean = text::clean_input(text, text::Lines::kMany);
  if (auto wrong = message_fault(clean)) return Error{Code::kInvalid, "filing.message", *wrong, {Fault{"text", *wrong}}};
  Time now = clock_.now();
  return database_.write([&](db::Transaction& tx) -> Result<void> {
    auto row = TRY(own_filing(tx, person, reference));
    TRY(store::recall(tx, row.filing));
    if (row.filing.number.empty()) return filing_not_open();
    auto lines = TRY(store::statuses(tx, reference));
    // A button pressed twice: the same words within a minute are the same message.
    if (!lines.empty() && string_at(lines.back().extra, "said") == *clean && now.us - lines.back().at.us < 60'000'000) return {};
    if (lines.size() >= 900) return filing_not_open();
    TRY(store::add_status(tx, reference, {row.filing.state, {*clean, *clean}, now, {{"said", *clean}}}));
    std::string key = new_reference();
    json::object body{{"reference", reference}, {"text", *clean}, {"key", key}};
    TRY(neighbours_.post(
        tx, {row.filing.recipient, "message", std::string(person), {}, std::move(body), "message/" + key, std::string(reference)}));
    TRY(evidence::append(tx, {.type = record_type("procedures.message_sent"),
                              .stream = store::filing_stream(reference),
                              .actor = std::string(person),
                              .facts = {{"procedure", row.filing.procedure}},
                              .body = json::object{{"text", *clean}}}));
    return {};
  });
}

Result<void> Procedures::delivered(db::Transaction& tx, const Outgoing& outgoing, const json::object& answer) {
  auto row = TRY(store::filing(tx, string_at(outgoing.body, "reference")));
  if (!row || row->erased) return {};  // erased meanwhile: nothing to tell
  Time now = clock_.now();
  Filing& f = row->filing;
  if (outgoing.service == "withdraw" || outgoing.service == "message") return {};  // the office's status follows; nothing does
  std::string number(std::string_view(string_at(answer, "number")).substr(0, 40));
  json::object receipt =
      can_be_digested(answer) ? answer : json::object{{"number", number}};  // it is written again, for the record and the person
  if (f.state == "sent" || f.state == "amending") f.state = "received";
  f.changed_at = now;
  TRY(store::put_filing(tx, *row));
  TRY(store::add_status(tx, f.reference, {"received", state_title("received"), now, {}}));
  TRY(evidence::append(tx, {.type = record_type("procedures.delivered"),
                            .stream = store::filing_stream(f.reference),
                            .actor = "exchange",
                            .facts = {{"procedure", f.procedure}, {"ms", (now.us - f.filed_at.us) / 1000}},
                            .body = json::object{{"number", number}, {"receipt", std::move(receipt)}}}));
  return {};
}

Result<void> refused(db::Transaction& tx, const Outgoing& outgoing, const Error& error, Time now) {
  auto row = TRY(store::filing(tx, string_at(outgoing.body, "reference")));
  if (!row || row->erased) return {};
  Filing& f = row->filing;
  if (outgoing.service == "filing") {
    f.state = "rejected";
  } else if (is_under_way(f.state) && outgoing.service != "message") {  // else the office has spoken meanwhile: its word stands
    std::string said = office_state(TRY(store::statuses(tx, f.reference)));
    f.state = !said.empty() ? said : outgoing.service == "amend" ? "returned" : "received";
  }
  f.changed_at = now;
  TRY(store::put_filing(tx, *row));
  TRY(store::add_status(tx, f.reference, {"rejected", error.message, now, {{"error", error.name}, {"service", outgoing.service}}}));
  TRY(evidence::append(tx, {.type = record_type("procedures.refused"),
                            .stream = store::filing_stream(f.reference),
                            .actor = "exchange",
                            .facts = {{"procedure", f.procedure}},
                            .body = json::object{{"error", error.name}}}));
  return {};
}

Result<json::object> Procedures::receive_status(Incoming& incoming) {
  std::string reference = string_at(incoming.body, "reference"), state = string_at(incoming.body, "state");
  json::object answer{{"ok", true}};
  if (!is_office_state(state) || string_at(incoming.body, "number").size() > 40 ||
      json::serialize(incoming.body).size() > kStatusBytes || !good_notice(incoming.body) || !can_be_digested(incoming.body))
    return Error{Code::kInvalid, "filing.bad_status", {"処理状況の知らせが読めません。", "The status cannot be read."}, {}};
  Time now = clock_.now();
  TRY(database_.write([&](db::Transaction& tx) -> Result<void> {
    auto row = TRY(store::filing(tx, reference));
    if (!row || row->filing.recipient != incoming.from) return no_such_filing();
    Filing& f = row->filing;
    auto lines = TRY(store::statuses(tx, reference));
    bool late = is_late(lines, integer_at(incoming.body, "version"));
    if (!late && (!is_under_way(f.state) || is_closed_state(state))) f.state = state;
    f.changed_at = now;
    json::object body;
    if (!row->erased) {
      TRY(store::put_filing(tx, *row));
      Text said = message_of(incoming.body, "message");
      if (said.ja.empty()) said = state_title(state);
      json::object extra;
      if (auto* step = incoming.body.if_contains("step")) extra["step"] = *step;
      if (incoming.body.contains("message")) extra["told"] = true;
      for (std::string_view word : {"due", "entered", "unneeded"})
        if (string_at(incoming.body, "register") == word) extra["register"] = word;
      if (std::int64_t version = integer_at(incoming.body, "version"); version > 0) extra["version"] = version;
      if (late) extra["late"] = true;
      body["status"] = TRY(store::add_status(tx, reference, {state, said, now, std::move(extra)}));
      for (std::string_view key : {"notice", "notice_withdrawn", "number"})
        if (auto* found = incoming.body.if_contains(key)) body[key] = *found;
    }
    TRY(evidence::append(tx, {.type = record_type("procedures.status"),
                              .stream = store::filing_stream(reference),
                              .actor = incoming.from,
                              .facts = {{"procedure", f.procedure}, {"state", state}},
                              .body = std::move(body)}));
    TRY(incoming.record(tx, {{"procedure", f.procedure}, {"outcome", "ok"}}, answer));
    return {};
  }));
  return answer;
}

}  // namespace musubi::procedures
