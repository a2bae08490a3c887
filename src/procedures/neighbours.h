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

struct Member { std::string id; Text title; std::string kind; std::string page_url; };

// exchange::Exchange::ask. Outside transactions.
struct Question { std::string answering, procedure, reference, person; std::vector<std::string> items; std::string actor; };
struct Further { std::size_t index = 0; std::string code; };  // person at `index` of a list in the answer, by our own code
struct Told { json::object items; std::vector<Further> further; Time at; std::uint64_t record = 0; Text legal_basis; };

// exchange::Exchange::post. Inside the transaction that makes it true.
struct Outgoing { std::string to, service, person; std::vector<std::string> further; json::object body; std::string key; };

// exchange::Incoming: a message of another organisation, authenticated; `record` writes replay guard and record.
struct Incoming {
  std::string from, person;
  std::vector<std::string> further;
  json::object body;
  Time sent_at;
  std::function<Result<evidence::Appended>(db::Transaction&, json::object facts)> record;
};

// records::open_case: what an office takes over. `form` is the labelled form in order, see form_lines.
struct NewCase {
  const Procedure* procedure = nullptr;
  std::string person, applicant, from, reference, jws;
  std::vector<std::string> further;
  json::object form;       // answers by field
  json::array lines;       // the same for people: [{"id","label":{ja,en},"text":{ja,en},"source"?:{...}}]
  json::array files;       // [{"name","type","content" (base64)}]
  std::int64_t fields = 0, fetched = 0;
  std::optional<text::Date> due;
  Time filed_at;
};
struct Opened { std::string number; std::uint64_t record = 0; };

// A signature over the list of forms that was verified: payload as signed, and since when the certificate is known.
struct SignedList { json::object list; std::string certificate_serial; };

struct Neighbours {
  std::function<std::vector<Member>()> members;  // organisations of the exchange, this one too
  std::function<Result<Told>(const Question&)> ask;
  std::function<Result<void>(db::Transaction&, Outgoing)> post;
  std::function<Result<Opened>(db::Transaction&, const NewCase&)> open_case;
  // amend (with a new form) or withdraw of a case that this organisation opened
  std::function<Result<Opened>(db::Transaction&, std::string_view what, std::string_view number, const NewCase&)> change_case;
  std::function<Result<SignedList>(std::string_view jws)> verify_list;  // signature and chain to the linker's root
  std::function<bool(db::Reader&, std::string_view name)> knows_effect;
};

}  // namespace musubi::procedures
