// The guide of a life event: from answers to the next question, to a stop, or to the personal list. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "procedures/values.h"

namespace musubi::procedures {

struct Listed {
  const Procedure* procedure = nullptr;
  Text why;
  Member recipient;  // empty id: nobody on the exchange takes it
  std::optional<text::Date> due;
};

struct Guided {
  const Field* question = nullptr;  // to be answered next
  std::vector<Fault> faults;        // of the answer that was given to it
  const Stop* stop = nullptr;       // or: the guide ends here
  std::vector<Listed> list;         // or: what there is to do, by deadline, what comes first before what comes after
  std::vector<const Elsewhere*> elsewhere;
  json::object answers;            // those that were asked, checked
  std::size_t number = 0, of = 0;  // of the question, from 1
};

// `asked`: questions that were shown, so that an empty answer to an optional one counts.
Guided guide(const Pack& pack, const Event& event, const json::object& given, const std::set<std::string>& asked,
             const Surroundings& around);

// The organisation that plays a role for these answers; empty id where none does.
Member member_in_role(const Pack& pack, const std::string& role, const json::object& answers, const std::vector<Member>& members);
std::optional<text::Date> due_date(const Procedure& procedure, const json::object& answers);

// Procedures whose title, summary, words or act hold every word of the text; all for an empty one. `by_system` ones are left out.
std::vector<const Procedure*> find_procedures(const Pack& pack, std::string_view text);
std::vector<const Event*> find_events(const Pack& pack, std::string_view text);

}  // namespace musubi::procedures
