// What procedures needs of other modules, as functions that the wiring gives: the module runs and is tested without them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "db/transaction.h"
#include "evidence/record.h"
#include "procedures/pack.h"

namespace musubi::procedures {

struct Member {
  std::string id;
  Text title;
  std::string kind;
  std::string page_url;
};

// exchange::Exchange::ask. Outside transactions.
struct Question {
  std::string answering, procedure, reference, person;
  std::vector<std::string> items;
  std::string actor;
};
// Items at JSON pointer `index` are about that person, by our own code.
struct Further {
  std::string index, code;
};
struct Told {
  json::object items;
  std::vector<Further> further;
  Time at;
  std::uint64_t record = 0;
  Text legal_basis;
};

// exchange::Exchange::post. Inside the transaction that makes it true.
// The filing's reference.
struct Outgoing {
  std::string to, service, person;
  std::vector<std::string> further;
  json::object body;
  std::string key;
  std::string about = {};
};

// exchange::Incoming: a message of another organisation, authenticated; `record` writes replay guard and record.
struct Incoming {
  std::string from, person;
  std::vector<std::string> further;
  json::object body;
  Time sent_at;
  std::function<Result<evidence::Appended>(db::Transaction&, json::object facts, const json::object& answer)> record;
};

// records::open_case: what an office takes over. The decision's lines keep their {field} places; records fills them in.

// Who told it, what (for people), why the person says it is not right.
struct Contest {
  std::string source, told, reason;
};
struct Line {
  std::string field;
  Text label;
  std::string text, source;
  std::optional<Time> source_at;
  std::optional<Contest> contest = {};
};
struct Attachment {
  std::string name, media_type, content;
};
struct NewCase {
  const Procedure* procedure = nullptr;
  std::string pack;  // "demo.moving/1"
  std::string person, name, kana, from, reference, jws;
  std::vector<std::string> further;
  json::object form;        // answers by field
  std::vector<Line> lines;  // the same for people, in order
  std::vector<Attachment> files;
  std::int64_t fields = 0, fetched = 0;
  std::optional<text::Date> due;
  Time filed_at;
};
struct Opened {
  std::string number;
  std::uint64_t record = 0;
};

// A signature over the list of forms that was verified: the payload as signed, the certificate (DER) that signed.
struct SignedList {
  std::string payload, certificate = {};
};

struct Neighbours {
  std::function<std::vector<Member>()> members;  // organisations of the exchange, this one too
  std::function<Result<Told>(const Question&)> ask;
  std::function<Result<void>(db::Transaction&, Outgoing)> post;
  std::function<Result<Opened>(db::Transaction&, const NewCase&)> open_case;
  std::function<Result<Opened>(db::Transaction&, const NewCase&)> amend_case;
  std::function<Result<Opened>(db::Transaction&, const std::string& from, const std::string& reference, const std::string& reason,
                               const std::string& person, const std::string& jws)>
      withdraw_case;
  // What the applicant writes to the office about a case; `key` names the message: the same twice is one.
  std::function<Result<Opened>(db::Transaction&, const std::string& from, const std::string& reference, const std::string& text,
                               const std::string& key)>
      message_case;
  // Signature and chain to the roots of those who issue cards, at the time of signing.
  std::function<Result<SignedList>(std::string_view jws, Time at)> verify_list;
  // Whose card signed, as the linker knows it: the person's code here, if the card was in use at the time of filing. Outside
  // transactions. Errors: identity.card_* and identity.unknown_card, for good; filing.signer_unchecked (Code::kUnavailable) while
  // the linker cannot be asked.
  std::function<Result<std::string>(const SignedList&, Time filed_at)> signer_of;
  std::function<std::vector<std::string>()> log_keys;  // verifier keys of this organisation's log, for receipts
};

}  // namespace musubi::procedures
