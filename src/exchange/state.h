// What the parts of Exchange share. Private to the module.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "exchange/exchange.h"
#include "exchange/rules.h"
#include "exchange/signature.h"
#include "exchange/token.h"

namespace musubi::exchange {

class Stopwatch {  // of this machine, also where the injected clock stands still
 public:
  std::int64_t ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - from_).count();
  }

 private:
  std::chrono::steady_clock::time_point from_ = std::chrono::steady_clock::now();
};

// One exchange from the asking side, filled step by step, so that a failure leaves what there is for the record.
struct Conversation {
  Message question;
  bool known = false;  // the other side is a member: its id may stand in heads
  std::optional<Carried> carried;
  json::object answer;
  std::vector<Further> further;
  std::vector<Token> tokens;  // opened from the answer, to be used up with the record
  Time at;
  std::uint64_t peer_record = 0;
  std::string peer_receipt;
  Text legal_basis, purpose;
};

struct Talk {  // what is to be said
  std::string to, service, procedure, reference;
  std::string person;
  std::vector<std::string> further, items;
  json::object body;
  std::string delivery;  // of a post: the same at each attempt
};

struct Exchange::State {
  explicit State(Options given) : options(std::move(given)) {}

  Options options;
  std::map<std::string, Service> services;
  struct Callbacks {
    Delivered delivered;
    Failed failed;
  };
  std::map<std::string, Callbacks> callbacks;
  std::map<std::string, Source> sources;
  std::map<std::string, std::function<json::object(json::object)>> repeated;
  std::function<void()> posted = [] {};
  PeerKeys peers;
  Guarded<std::string> secret, kind;
  std::atomic<std::uint64_t> recorded{0};
  std::atomic<bool> stopping{false};  // no further post is begun

  const std::string& self() const { return options.organisation; }
  Time now() const { return options.clock->now(); }

  Result<std::string> own_kind(db::Reader& reader);
  Member own_member(const std::string& kind) const;  // a town that is its own portal asks itself
  // HMAC under this organisation's secret: what stands in tables instead of a value that others know.
  Result<std::string> digest(db::Database& database, std::string_view label, std::string_view value);

  // ---- asking ----
  Result<void> converse(const Talk& talk, std::int64_t deadline_ms, Conversation& out);
  Result<std::vector<std::string>> tokens_for(const Member& to, const std::vector<std::string>& persons, std::int64_t deadline_ms);
  // In the transaction that records an answer: its tokens are good no more.
  Result<void> use_up(db::Transaction& tx, const std::vector<std::pair<std::string, Time>>& digests);
  // Now and then, in a transaction that records: old rows go.
  Result<void> sweep_sometimes(db::Transaction& tx);
  Result<std::vector<std::pair<std::string, Time>>> token_digests(db::Database& database, const std::vector<Token>& tokens);

  std::atomic<bool> delivering{false};  // one round of the outbox at a time
};

// Record types, by what happened.
const evidence::RecordType& asked_type();
const evidence::RecordType& answered_type();
const evidence::RecordType& delivered_type();
const evidence::RecordType& member_entered_type();
const evidence::RecordType& member_removed_type();
const evidence::RecordType& permits_entered_type();
const evidence::RecordType& permit_withdrawn_type();
const evidence::RecordType& outbox_sealed_type();

std::string random_id();  // 26 lower-case letters and digits

// Messages as they are kept in a record's body: whole, or with the digest alone where the body is long.
json::object kept(const Message& message);
json::object kept(const Reply& reply);

}  // namespace musubi::exchange
