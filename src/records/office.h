// What acts on cases need of the outside: who holds which post, what a decision does elsewhere, where news goes, keys.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/transaction.h"
#include "records/case.h"
#include "trust/keys.h"

namespace musubi::records {

// What goes to another organisation, in the transaction of the act (exchange::Exchange::post). Services: "status" to the
// portal {reference, number, state, step, message, notice}, "news" to another town.
struct Outgoing {
  std::string to, service, person;
  std::vector<std::string> further;
  json::object body;
  std::string key;    // idempotency, local
  std::string about;  // the case's number, local
};
using Post = std::function<Result<void>(db::Transaction&, const Outgoing&)>;
using PostsOf = std::function<Result<std::vector<std::string>>(db::Reader&, const std::string& officer, text::Date)>;
using HoldersOf = std::function<Result<std::vector<std::string>>(db::Reader&, const std::string& post, text::Date)>;

// What became of a decision in the register that it is about. kDue: no program can enter it, and it waits for an officer's entry.
enum class RegisterEntry { kNone, kEntered, kDue };

// Of a case that is to change what a register holds: then, as asked, and now, in the words of the form.
struct HeldNow {
  Text item;
  std::string told, wanted, now;
  bool changed = false;
};

// An answer of a form in both languages, and who told it.
struct AnswerWords {
  Text value, source;
};

// What a granted case does beyond itself (resident register, news), in the transaction of the decision: an error undoes
// the decision and is shown to the officer.
struct Decided {
  const Case& subject;
  const Applicant& applicant;
  const Form& form;
  const std::string& actor;
  const Post& post;
  Time now;
};
using Effect = std::function<Result<RegisterEntry>(db::Transaction&, const Decided&)>;
// News from another organisation: `what` chooses the effect. `record` appends the message's own record.
struct News {
  std::string from, person, what;
  std::vector<std::string> further;
  json::object facts;
  Time sent_at;
};
using NewsEffect = std::function<Result<void>(db::Transaction&, const News&)>;
struct Effects {
  std::map<std::string, Effect, std::less<>> decided;
  std::map<std::string, NewsEffect, std::less<>> news;
};

// What an officer saw of cases that are not theirs, for the lists that the persons concerned can see.
struct Seen {
  struct Subject {
    std::string id, procedure;         // of the case
    Text title;                        // of the procedure
    std::vector<std::string> persons;  // own codes
  };
  std::vector<Subject> cases;
  std::string post;   // that gave the right
  bool list = false;  // a search showed them; otherwise one was opened
};

// All that acts need of the outside; one per organisation, given by the wiring. Functions may be empty where no act
// calls for them (no portal, no notices).
struct Office {
  std::string organisation;  // id
  Text title;                // "青葉町"
  Clock* clock = nullptr;
  PostsOf posts_of;
  HoldersOf holders_of;
  std::function<Text(db::Reader&, const std::string& post)> post_title;                      // empty: the id
  std::function<Result<std::string>(db::Reader&, const std::string& officer)> officer_name;  // empty: the code alone
  // The posts of the same unit on that day, this one too. Empty: a unit has one post.
  std::function<Result<std::vector<std::string>>(db::Reader&, const std::string& post, text::Date)> unit_posts;
  // In the transaction of the record of the reading; returns the stream it goes into. Empty: nobody else keeps a list.
  std::function<Result<std::string>(db::Transaction&, const Seen&)> note_seen;
  Post post;
  // Nothing where the case asks for no correction. Empty: this office keeps no register.
  std::function<Result<std::optional<HeldNow>>(db::Reader&, const Case&, const Applicant&, const Form&)> held_now;
  // One for each answer of the form. Empty: as they are kept, in Japanese.
  std::function<std::vector<AnswerWords>(const Case&, const Form&)> answer_words;
  std::string entries_path;  // below /{org}, of the decisions that wait for an entry by hand: "/office/register-work/"
  const Effects* effects = nullptr;
  std::shared_ptr<const trust::OrganisationKeys> keys;
  std::string base_url;  // of verify links: "http://127.0.0.1:8081"
};

}  // namespace musubi::records
