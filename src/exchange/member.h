// Members and permits: whom an organisation knows, and which rows of law let whom ask for what.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/transaction.h"
#include "evidence/record.h"
#include "text/dates.h"

namespace musubi::exchange {

struct Member {
  std::string id;
  Text title;
  std::string kind;                   // "municipality", "portal", "linker", "company", ...
  std::string address;                // https://host:port of its exchange listener
  std::string root_pem;               // one certificate, or more while it changes
  std::string seal_key;               // SubjectPublicKeyInfo in DER, standard base64
  std::vector<std::string> log_keys;  // verifier keys of its log
  std::string page_url;               // where people reach its pages: http://127.0.0.1:8081
};

// Whoever is not listed may not. `asking` and `answering` are ids or "kind:municipality"; `procedure` may be "*". Items of a
// service other than the query are written "service:filing".
struct Permit {
  std::string id, asking, procedure, answering;
  std::vector<std::string> items;
  Text purpose, legal_basis;
  text::Date from;
  std::optional<text::Date> until;  // last day
};

inline constexpr std::size_t kMembersAtMost = 5000;
inline constexpr std::size_t kPermitsAtMost = 5000;

// Enters or replaces. Errors: exchange.bad_member with a fault per field, exchange.kind_changed, exchange.second_linker.
Result<void> enter_member(db::Transaction& tx, const Member& member, std::string_view actor);
Result<void> remove_member(db::Transaction& tx, std::string_view id, std::string_view actor);  // exchange.unknown_member
Result<std::optional<Member>> member(db::Reader& reader, std::string_view id);
Result<std::vector<Member>> members(db::Reader& reader);                                  // by id
Result<std::optional<Member>> member_of_kind(db::Reader& reader, std::string_view kind);  // the first by id

// {"permits": [...]} with every fault at once; as packs/schemas/permits.schema.json has it. Errors:
// exchange.bad_permit, those of parse_json.
Result<std::vector<Permit>> read_permits(std::string_view text);
// Enters or replaces each, with one record. Errors: exchange.bad_permit with every fault.
Result<void> enter_permits(db::Transaction& tx, const std::vector<Permit>& permits, std::string_view actor);
Result<void> withdraw_permit(db::Transaction& tx, std::string_view id, std::string_view actor);  // exchange.unknown_permit
Result<std::vector<Permit>> permits(db::Reader& reader);                                         // by id

// A read of a person's data: one row on each side, for whoever it is about.
struct Read {
  std::string id;         // of the exchange, on this side only; stream of its record: "exchange/read/ID"
  std::string person;     // own code
  bool incoming = false;  // this organisation answered; otherwise it asked
  std::string peer, service, procedure;
  std::vector<std::string> items;
  std::string reference;
  Text legal_basis, purpose;
  std::string outcome;  // "ok", or the last part of an error's name: "not_permitted"
  Time at;
};
// Newest first, at most `limit`.
Result<std::vector<Read>> reads_of(db::Reader& reader, std::string_view person, std::size_t limit = 500);
// The same page by page (from 1), of those that only a list of an officer's search showed, or of all others. A row that comes
// while somebody turns pages shows one twice; none is left out.
enum class ReadKind { kAll, kUsed, kListed };
std::string_view read_kind_word(ReadKind kind);  // "", "used", "listed"
ReadKind read_kind_from(std::string_view word);
inline constexpr std::size_t kReadsAPage = 100;  // at most
struct ReadsPage {
  std::vector<Read> reads;
  std::uint64_t total = 0;
};
Result<ReadsPage> reads_page(db::Reader& reader, std::string_view person, ReadKind kind, std::uint32_t page, std::size_t per_page);
std::string read_stream_of(std::string_view id);
// An officer of this organisation saw data of persons: a row for each stands in their lists beside the questions of offices. Of
// `seen` person, procedure, items, basis, purpose and time count; a person that stands twice gets one row. In the transaction of
// the record that tells of it, which goes into the stream that this returns.
inline constexpr std::string_view kOfficerService = "officer";
Result<std::string> note_officer_reads(db::Transaction& tx, std::string_view organisation, std::vector<Read> seen);
Result<std::vector<std::string>> persons_of_read(db::Reader& reader, std::string_view id);  // ID of "exchange/read/ID"
// Takes out the rows of reads whose record is among those to be erased: for evidence::ErasureOrder::rows.
// Names the tables whose old rows must go from the files: what was posted is emptied when it has arrived, and its old row stays
// behind on PostgreSQL until the table is rewritten.
Result<std::vector<std::string>> erase_reads(db::Transaction& tx, std::span<const std::uint64_t> records);

// Takes the waiting posts about something out of the outbox: it is to be erased, and must not leave, nor stand here, any more. They
// count as failed. Each leaves a record, without a body, and is then handed to `dropped`, so that its owner can tell what it was part
// of. Returns how many.
struct Outgoing;
using Dropped = std::function<Result<void>(db::Transaction&, const Outgoing&, const Error&)>;
Result<std::size_t> drop_waiting(db::Transaction& tx, std::string_view about, const Dropped& dropped = {});

struct Posted {  // a row of the outbox
  std::string id;
  std::string to, service, key;
  std::string state;  // "waiting", "delivered", "failed"
  int attempts = 0;
  Time created_at, next_at;
  Text last_error;
};
Result<std::vector<Posted>> outbox(db::Reader& reader, std::size_t limit = 200);  // waiting first, newest first

}  // namespace musubi::exchange
