// Structs to JSON and back: what stands in rows and bodies, and what the pages show as data.
#pragma once

#include <string>
#include <string_view>

#include "records/queue.h"
#include "records/records.h"

namespace musubi::records {

// What a case runs under, as one row of records_terms.
struct Terms {
  std::string id;  // 32 hex digits of its content's SHA-256
  std::string procedure;
  Text title;
  std::vector<Step> route;
  DecisionTemplate decision;
  int standard_days = 0;
  std::string effect;
  std::string content;  // canonical JSON of what stands above
};
Terms terms_of(const Filing& filing);
Result<Terms> read_terms(std::string id, std::string procedure, Text title, std::string content);

std::string form_content(const std::vector<Answer>& answers, const json::object& data);  // the same text for the same form
Result<Form> read_form(std::int64_t revision, std::string_view content, Time at);        // an erased one has no answers

json::array strings(const std::vector<std::string>& values);
std::vector<std::string> read_strings(std::string_view content);
json::object to_json(const Text& text);
std::string time_text(std::optional<Time> time);  // RFC 3339, "" where there is none

json::object case_json(const Case& c, const Applicant& applicant, const Form& form, const std::vector<Event>& events,
                       const std::vector<Message>& messages, const std::vector<Notice>& notices);
json::object line_json(const Line& line);

}  // namespace musubi::records
