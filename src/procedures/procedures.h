// Procedures of one organisation: drafts, baskets and filings of a portal, and what an office does with filings that
// arrive. The only header that others include, with pack.h and neighbours.h.
//
// Owner: app::Wiring, one for each organisation. Any thread; no state of its own. Each act is one transaction of rows,
// records and outgoing messages: a crash leaves the act done or not begun.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "db/database.h"
#include "evidence/record.h"
#include "procedures/filing.h"
#include "procedures/neighbours.h"
#include "procedures/pack.h"

namespace musubi::procedures {

// Where a field's value came from, and whether the person keeps it.
struct Provenance {
  std::string organisation, item;
  Time at;
  std::uint64_t record = 0;  // of the exchange, in this organisation's log
  std::string contest;       // the person's reason why it is not right; empty: kept as told
  json::value told;          // the value as it was told
};

// Why a source could not be asked; the form is then filled by hand.
struct NotFetched {
  std::string organisation;
  std::vector<std::string> fields;
  Text reason;
};

struct Basket {
  std::string id;      // opaque, 26 letters and digits
  std::string person;  // own code
  std::string pack, event;
  std::int64_t pack_version = 0;  // that the person last saw
  std::vector<std::string> procedures;
  std::vector<std::string> seen_fields;     // of the forms as the person last saw them: a newer pack shows the difference
  std::map<std::string, Text> seen_titles;  // of these: a newer pack may not know them any more
  json::object answers;                     // by field
  std::map<std::string, Provenance> sources;
  std::vector<NotFetched> not_fetched;
  bool fetched = false;              // sources were asked
  std::vector<std::string> further;  // own codes of persons in groups: an entry's "person" is an index into it
  std::string amends;                // reference of the filing that this draft puts right; empty: new filings
  std::int64_t revision = 0;         // of the draft: two devices never overwrite each other unseen
  Time created_at, updated_at;
};

inline constexpr std::size_t kDraftsAtMost = 20;                               // open ones of a person
inline constexpr std::size_t kDraftBytes = 256 << 10;                          // answers of one draft
inline constexpr std::size_t kFileBytes = 512 << 10, kFilesBytes = 700 << 10;  // one file, all of a draft
inline constexpr std::size_t kStatusBytes = 512 << 10;                         // one status, with the notice that it brings
inline constexpr std::int64_t kDraftLife_us = 90LL * 24 * 3600 * 1'000'000;

std::span<const evidence::RecordType> record_types();

// Whom a record of this stream is about, while that is kept: a basket's or a filing's person.
Result<std::vector<std::string>> persons_of_stream(db::Reader& reader, const std::string& stream);
// Part of evidence::ErasureOrder::rows: takes what is personal out of the rows of baskets and filings whose records are to be
// erased. Returns the tables it touched.
Result<std::vector<std::string>> erase_rows(db::Transaction& tx, std::span<const std::uint64_t> records);

// The recipient refused for good, or what was to be sent never left: the filing is what it was before, and says why.
Result<void> refused(db::Transaction& tx, const Outgoing& outgoing, const Error& error, Time now);

class Procedures {
 public:
  Procedures(db::Database& database, Clock& clock, std::string organisation, const Neighbours& neighbours)
      : database_(database), clock_(clock), organisation_(std::move(organisation)), neighbours_(neighbours) {}

  // Drafts. Errors: basket.unknown (also another person's), basket.too_many, basket.too_large, basket.changed_meanwhile,
  // basket.submitted, basket.answers with a fault per field.
  Result<Basket> start(std::string_view person, const Pack& pack, std::string_view event, const json::object& answers);
  Result<Basket> basket(std::string_view person, std::string_view id);
  Result<std::vector<Basket>> baskets(std::string_view person);
  Result<Basket> save(Basket changed);
  Result<void> discard(std::string_view person, std::string_view id);
  // Asks each source once for what is permitted and still unanswered. Never an error for a peer that fails: see not_fetched.
  Result<Basket> prefill(Basket basket, const Pack& pack);

  // A file of a draft, by content; and taken out again. Errors: basket.file with the faults at the field.
  Result<Basket> put_file(Basket basket, const Pack& pack, const Field& field, std::string_view name, std::string_view content);
  Result<Basket> drop_file(Basket basket, const Field& field);

  // What the person signs: salts are fixed now, a change of the answers afterwards voids it.
  Result<std::string> list_to_sign(const Basket& basket, const Pack& pack);
  // Rows, records and messages in one transaction; again: the same filings. Errors: basket.changed_after_signing,
  // basket.other_list, those of Neighbours::verify_list.
  Result<std::vector<Filing>> submit(std::string_view person, std::string_view basket, std::string_view jws);
  Result<std::vector<Filing>> submitted(std::string_view person, std::string_view basket);  // empty: not submitted

  Result<std::vector<Filing>> filings(std::string_view person);
  Result<Filing> filing(std::string_view person, std::string_view reference);  // error: filing.unknown
  Result<std::vector<StatusLine>> history(std::string_view reference);
  // {field: {organisation, item, at, record}} of what was fetched for a filing; of a contested value also contest and told.
  Result<json::object> fetched_for(std::string_view reference);
  Result<json::object> receipt(std::string_view person, std::string_view reference);  // the file that `filing verify` reads
  // A draft with the answers of a filing that was sent back; submitting it amends the filing. Error: filing.not_open.
  Result<Basket> start_amendment(std::string_view person, std::string_view reference);
  // What the card signs to withdraw; then the act, with that signature (compact JWS). Errors: filing.reason, filing.not_open,
  // filing.other_withdrawal, those of Neighbours::verify_list.
  Result<std::string> withdrawal_to_sign(std::string_view person, std::string_view reference, std::string_view reason);
  Result<void> withdraw(std::string_view person, std::string_view reference, std::string_view jws);
  // To the office that has the case; unsigned, and said to be so. Errors: filing.message, filing.not_open (nobody has it yet).
  Result<void> message(std::string_view person, std::string_view reference, std::string_view text);

  // Services of the exchange. At an office: "filing", "amend", "withdraw", "message". At a portal: "status".
  Result<json::object> receive_filing(Incoming& incoming);
  Result<json::object> receive_change(Incoming& incoming, std::string_view what);
  Result<json::object> receive_status(Incoming& incoming);
  // The answer to a filing or amendment with the proof of its record, also when the delivery comes a second time: the first
  // answer may have been lost on its way.
  json::object with_proof(json::object answer);
  // What the recipient answered to "filing" (exchange's on_delivered), and that it refused for good (on_failed).
  Result<void> delivered(db::Transaction& tx, const Outgoing& outgoing, const json::object& answer);
  Result<void> refused(db::Transaction& tx, const Outgoing& outgoing, const Error& error) {
    return procedures::refused(tx, outgoing, error, clock_.now());
  }

 private:
  Result<json::object> receive_withdrawal(Incoming& incoming);
  Result<std::string> check_withdrawal(const Incoming& incoming);  // its signature
  Result<json::object> receive_message(Incoming& incoming);

  db::Database& database_;
  Clock& clock_;
  std::string organisation_;
  const Neighbours& neighbours_;
};

}  // namespace musubi::procedures
