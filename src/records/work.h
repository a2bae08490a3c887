// One act on one case inside its transaction: the row as it was, what is noted, what is kept. Private to records.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "records/records.h"
#include "records/rules.h"
#include "records/store.h"

namespace musubi::records {

enum Type {
  kOpened,
  kClaimed,
  kReleased,
  kReassigned,
  kStepDone,
  kDecidedType,
  kAmended,
  kWithdrawnType,
  kMessageSent,
  kMessageReceived,
  kNoticeIssued,
  kNoticeWithdrawn,
  kCaseRead,
  kNewsReceived,
  kErased,
  kRegisterDue,
  kRegisterSettled,
};
const evidence::RecordType& type_of(Type type);

class Work {
 public:
  Work(db::Transaction& tx, const Office& office, store::CaseRow row)
      : tx(tx), office(office), now(office.clock->now()), row_(std::move(row)), c(row_.subject) {}

  void note(Type type, json::object facts = {}, json::value body = nullptr);
  // The step ends: a record of how long it took, and the clock of the next one begins.
  void end_step(std::string_view outcome, json::value body = nullptr);
  // Moves to a step of the route; the claim ends, unless `officer` goes on.
  void go_to(std::size_t step, State state, std::string officer = {});
  void close(State state);
  // Who worked a step last, while they still hold its post; else nobody.
  Result<std::string> worker_of(const Step& step);
  // News for the portal, sent with the act.
  void tell(json::object extra = {});
  Result<std::int64_t> add_message(bool from_applicant, std::string_view officer, std::string_view text);
  // Writes row, news and records. Nothing noted: nothing happens.
  Result<void> keep(std::string_view actor);

  db::Transaction& tx;
  const Office& office;
  const Time now;

 private:
  struct Entry {
    Type type;
    json::object facts;
    json::value body;
  };
  store::CaseRow row_;
  std::vector<Entry> entries_;
  std::optional<json::object> news_;

 public:
  Case& c;
};

// The portal's own reference, from the body of the record that opened the case; empty once erased.
Result<std::string> reference_of(db::Reader& reader, std::string_view id);
std::string reference_digest(std::string_view secret, std::string_view portal, std::string_view reference);
Result<std::vector<std::string>> posts_of(db::Reader& reader, const Office& office, std::string_view officer, Time now);
// Which cases an officer may read: those with a post on their route that the officer holds, or that belongs to the unit of one.
struct Reading {
  std::vector<std::string> held, posts;
  std::string post_for(const std::vector<Step>& route) const;  // the held post that gives the right; empty: none does
};
Result<Reading> reading_of(db::Reader& reader, const Office& office, std::string_view officer, Time now);
Result<Text> post_title(db::Reader& reader, const Office& office, const std::string& post);

}  // namespace musubi::records
