// Services: what the organisations of this installation have of each other. Every module is handed functions; this is where
// those functions lead from one module to the next: procedures to exchange and records, records to identity, exchange to all.
//
// Owner: Wiring, and the maker of demo towns. Threads: any after start-up.
#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "app/installation.h"
#include "exchange/exchanges.h"
#include "exchange/transport.h"
#include "identity/card_signing.h"
#include "procedures/neighbours.h"
#include "records/filing.h"
#include "records/office.h"

namespace musubi::app {

class Services {
 public:
  // `away` carries messages to organisations of other installations; nullptr: there are none. `base_url` as people reach this
  // server.
  Services(Installation& installation, Clock& clock, exchange::Transport* away, std::function<std::string()> base_url);
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  exchange::Exchanges& exchanges() { return exchanges_; }
  // Errors of all: org.unknown, those of the store and of the keys.
  Result<std::shared_ptr<const procedures::Neighbours>> neighbours(const std::string& organisation);
  Result<records::Office> office(const std::string& organisation);
  identity::CardDesk card_desk(const std::string& agent);

  // As others know this organisation; `address` of its exchange listener.
  Result<exchange::Member> describe(const std::string& organisation, const std::string& address);
  // Asks every town, portal and linker that this organisation knows for its figures and keeps what is new. Returns how many were new.
  Result<std::size_t> collect_indicators(const std::string& organisation);
  // Enters which procedures this organisation takes on line today: those of its kind that a permit lets a portal file with it.
  Result<std::size_t> publish_procedures(const std::string& organisation);
  // The same for every open organisation, once in kOffersLooked_us.
  void publish_due();
  static constexpr std::int64_t kOffersLooked_us = 600'000'000;
  // One round in the background, never set off by a request: asks at most one municipality, a new one at once. Each question is
  // a record on both sides, so a town that said something new is asked again after kCollectSoonest_us, one that did not after
  // twice the time it waited before, up to kCollectLatest_us.
  void collect_due();
  static constexpr std::int64_t kCollectSoonest_us = 60'000'000, kCollectLatest_us = 3'600'000'000;
  // One round in the background: figures of all that report to a nation, computed before somebody asks for them.
  void sum_reported(const std::stop_token& stop);

 private:
  void prepare(exchange::Exchange& exchange);
  void offer_items(exchange::Exchange& exchange);
  void serve_procedures(exchange::Exchange& exchange);
  Result<void> be_linker(exchange::Exchange& exchange);
  Result<bool> collect_from(db::Database& database, const exchange::Member& member);
  Result<bool> collect_next(db::Database& database);  // whether a town was asked
  Result<std::vector<crypto::Certificate>> issuers(const std::string& organisation);
  Result<identity::CardStatus> resolve_here(const std::string& organisation, const crypto::Certificate& certificate);
  Result<identity::CardStatus> resolve(const std::string& organisation, const crypto::Certificate& certificate,
                                       const std::string& actor);
  Result<std::string> signer_of(const std::string& organisation, const std::string& certificate, Time filed_at);
  std::string keys_folder(const std::string& organisation) const;

  Installation& installation_;
  Clock& clock_;
  std::function<std::string()> base_url_;
  exchange::LocalTransport transport_;
  exchange::Exchanges exchanges_;
  struct Pace {
    Time next;
    std::int64_t wait_us = kCollectSoonest_us;
  };
  std::map<std::string, Time> looked_;         // of the one thread that collects: when a nation's members are looked at next
  std::map<std::string, Time> offers_looked_;  // likewise: when an organisation's offers are looked at next
  std::map<std::pair<std::string, std::string>, Pace> paces_;  // likewise: of a nation and its town
};

// Roots for the description of an organisation: its own, and of a linker also those of before, which its cards lead to.
Result<std::string> described_roots(db::Database& database, const trust::OrganisationKeys& keys, const std::string& kind);

// A case's filing out of what procedures has checked.
records::Filing to_filing(const procedures::NewCase& from);

// What officers saw, in the lists of those concerned. Each returns the stream of the record.
Result<std::string> note_cases_seen(db::Transaction& tx, const records::Office& office, const records::Seen& seen);
Result<std::string> note_register_seen(db::Transaction& tx, const std::string& organisation, const std::vector<std::string>& persons,
                                       const std::string& officer, bool list, Time now);

// Of records of the log whose bodies an administrator read there; where it is not known whom they are about, a stream of the log's own.
Result<std::string> note_log_read(db::Transaction& tx, const std::string& organisation, std::span<const evidence::Record> records,
                                  Time now);

// What decisions do beyond their case: the resident register, news to the other town.
const records::Effects& effects();
// Of a request for correction: what was told, what is wanted, what the register holds now.
Result<std::optional<records::HeldNow>> held_now(db::Reader& reader, const records::Case& subject, const records::Applicant& applicant,
                                                 const records::Form& form, Time now);
// Items that towns answer about their residents, and what people call them.
Text item_title(const std::string& item);
Text procedure_title(const std::string& procedure);  // of any pack; the code itself where none has it
// `today` decides who is a child and who still lives here. Errors: identity.unknown_resident, identity.moved_out.
Result<json::value> register_item(db::Reader& reader, const std::string& item, const std::string& person, text::Date today,
                                  std::vector<exchange::Further>& further);
inline constexpr std::string_view kRegisterItems[] = {"person.name",    "person.kana",      "person.birth_date", "person.sex",
                                                      "person.address", "person.household", "insurance.kind",    "child.list"};

}  // namespace musubi::app
