// Exchange: signed questions between organisations. Members know each other by their roots; a permit, that is a row of law,
// says who may ask whom for what; question and answer are signed (RFC 9421) and tied to each other; both sides record. What
// must arrive even when the other side is down goes through a durable outbox.
//
// One object an organisation, made by Exchanges; any thread. Crash: a question was answered and recorded, or it was not; a
// post stands in the outbox until the receiver's signed answer is recorded here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "db/database.h"
#include "evidence/record.h"
#include "exchange/member.h"
#include "exchange/transport.h"
#include "trust/keys.h"

namespace musubi::exchange {

struct Question {
  std::string answering;  // a member
  std::string procedure;
  std::string reference;  // the case or basket it is for; the other side keeps it in the body of its record only
  std::string person;     // the asker's own code; empty: about nobody
  std::vector<std::string> items;
  std::string actor;  // who asks, for the record; does not travel
};

struct Further {  // another person in an answer: items at JSON pointer `index` are about them
  std::string index;
  std::string person;  // own code of whoever holds this struct
};

struct Answer {
  json::object items;
  std::vector<Further> further;
  Time at;                   // by the answering side's clock
  std::uint64_t record = 0;  // own
  std::string peer_receipt;  // tlog-proof of the other side's record
  std::uint64_t peer_record = 0;
  Text legal_basis;
};

struct Outgoing {
  std::string to, service;
  std::string person;                // own code; empty: about nobody
  std::vector<std::string> further;  // own codes
  json::object body;                 // at most 4 MiB as text
  std::string key;                   // idempotency, local: a second post under it does nothing
  std::string about = {};            // local: what it is about, by which an erasure finds it (drop_waiting)
};

// A verified question as a service sees it.
struct Incoming {
  std::string from, service;
  std::string person;                // own code; empty: about nobody
  std::vector<std::string> further;  // own codes
  json::object body;
  Time sent_at;

  // Writes replay guard and record `exchange.answered` in the handler's own transaction. `facts` may hold procedure, outcome
  // and items (a count), which stand in the head; what else it holds goes into the body. `answer` is what a repeated
  // delivery will be answered with: hand over what the handler returns. Errors: exchange.replayed, exchange.repeated.
  std::function<Result<evidence::Appended>(db::Transaction&, json::object facts, const json::object& answer)> recorder;
  Result<evidence::Appended> record(db::Transaction& tx, json::object facts, const json::object& answer = {}) {
    return recorder(tx, std::move(facts), answer);
  }
};

// Opens its own db.write and calls incoming.record(tx, ...) in it. An Error is answered as it is, and recorded as a refusal.
using Service = std::function<Result<json::object>(Incoming&)>;
// In the transaction that takes the post out of the outbox.
using Delivered =
    std::function<Result<void>(db::Transaction&, const Outgoing&, const json::object& answer, std::string_view peer_receipt)>;
// The receiver refused for good, or it could not be delivered for 30 days.
using Failed = std::function<Result<void>(db::Transaction&, const Outgoing&, const Error&)>;
// One item of the built-in service "query": its value for a person of ours. It names further persons by own code.
using Source =
    std::function<Result<json::value>(db::Reader&, const std::string& item, const std::string& person, std::vector<Further>&)>;

struct Options {
  std::string organisation;
  std::function<Result<std::shared_ptr<db::Database>>()> database;
  std::shared_ptr<const trust::OrganisationKeys> keys;
  Clock* clock = nullptr;
  Transport* transport = nullptr;  // outlives the exchange
  std::int64_t deadline_ms = 3000;
  std::size_t outbox_at_most = 100'000;  // posts that wait
};

class Exchange {
 public:
  explicit Exchange(Options options);
  ~Exchange();
  Exchange(const Exchange&) = delete;

  const std::string& organisation() const;

  // Blocks, outside transactions. Errors: exchange.unknown_member, exchange.not_permitted, exchange.peer_down,
  // exchange.peer_slow, exchange.peer_lied, exchange.peer_refused, exchange.clock_skew, exchange.bad_token. Every outcome is
  // recorded once.
  Result<Answer> ask(const Question& question);
  // A question of another service, with its answer as it came. For services without items (linker, history).
  Result<json::object> call(const Outgoing& question, const std::string& actor, const std::string& procedure = {});

  // Durable with the caller's transaction. Errors: exchange.unknown_member, exchange.too_large,
  // exchange.outbox_full.
  Result<void> post(db::Transaction& tx, const Outgoing& outgoing);
  // Delivers what is due, at most `most`, a few side by side; what is about one person goes in order. Returns how many went.
  // Exchanges does it in the background.
  Result<std::size_t> deliver(std::size_t most = 100);

  // Before the first message, from the wiring.
  void serve(std::string service, Service handler);
  void on_delivered(std::string service, Delivered delivered, Failed failed = {});
  // Completes the stored answer before a repeated delivery gets it: what could only be made after the commit (a proof).
  void on_repeated(std::string service, std::function<json::object(json::object)> complete);
  void offer(std::string item, Source source);
  // Called by post: wakes whoever delivers.
  void on_posted(std::function<void()> posted);

  // What the listener calls: an answer in any case, signed when the question was.
  Reply receive(const Message& message, const crypto::Certificate& sender);

  struct State;  // state.h
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

std::span<const evidence::RecordType> record_types();

}  // namespace musubi::exchange
