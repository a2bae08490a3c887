// What opens a case, as plain structs: whoever hands it in fills it, no pack is known here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "text/dates.h"

namespace musubi::records {

// One step of the way to a decision, worked by whoever holds `post` on the day. The first step checks the format
// (形式審査), the last one decides (決裁); a route of one step does both.
struct Step {
  std::string id;  // "check", "review", "decide": stands in heads
  Text title;
  std::string post;  // id of a post in identity
  bool operator==(const Step&) const = default;
};
inline constexpr std::size_t kStepsAtMost = 12;

// What is issued when the case is decided.
struct DecisionTemplate {
  std::string id;                   // "moving-in.accepted"
  Text title;                       // of the notice
  std::vector<Text> lines;          // body; {applicant} {number} {date} {office} {reason} and each answer's {key} are filled in
  Text refused_title;               // empty: the title with a word for refusal
  std::vector<Text> refused_lines;  // empty: a sentence with the reason, and where to object
  std::optional<int> valid_days;    // of the notice; none = without end
};

// One answer of the form, in the form's order, with where it came from.
struct Answer {
  std::string key;  // "new_address"
  Text label;
  std::string value;              // as it is to be read
  std::string source;             // "typed", or the organisation that answered
  std::optional<Time> source_at;  // of the exchange answer
  struct Contest {
    std::string source, told, reason;
  };                                    // who told it, what, and why the applicant says it is not right
  std::optional<Contest> contest = {};  // then `value` is the applicant's own
};

struct Attachment {
  std::string name;        // personal: as the applicant called it
  std::string media_type;  // as the sniffing found it, not as the sender claimed
  std::string content;
};
inline constexpr std::int64_t kRevisionsAtMost = 100;  // of a form, the first included
inline constexpr std::size_t kAttachmentsAtMost = 10, kAttachmentBytes = 5 << 20;

// What opens a case. Name, form, files, JWS and reference are personal: they stand in erasable rows and bodies only.
struct Filing {
  std::string procedure;  // id; stands in heads
  Text title;             // of the procedure
  std::string pack_version;
  std::string person;                // this organisation's own code of the applicant
  std::vector<std::string> further;  // own codes of the further persons
  std::string name, kana;            // the applicant, for display
  std::vector<Answer> form;
  json::object data = {};  // the form as data, for the effect
  std::string jws;         // the applicant's signature over the list of digests
  std::string portal;      // organisation that delivered it
  std::string reference;   // the portal's, opaque; the same twice is the same case
  std::vector<Attachment> files;
  Time filed_at;
  bool online = true;
  std::vector<Step> route;  // 1 to kStepsAtMost
  DecisionTemplate decision;
  int standard_days = 0;          // 標準処理期間; 0 = none is set
  std::string effect;             // name in Effects, empty = none
  std::optional<text::Date> due;  // set by law; else filed_at and standard_days
};

}  // namespace musubi::records
