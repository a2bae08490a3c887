// Cases as plain structs: what an office works on and what it sends. The public part of a case (struct Case) holds nothing
// personal; name, form, files and messages stand in erasable rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "records/filing.h"
#include "text/dates.h"

namespace musubi::records {

// received: waits for the format check. review: at a later step. returned: waits for the applicant. granted, refused,
// withdrawn: closed.
enum class State { kReceived, kReview, kReturned, kGranted, kRefused, kWithdrawn };
std::string_view state_word(State state);
std::optional<State> state_from(std::string_view word);
Text state_title(State state);
inline bool is_open(State state) { return state < State::kGranted; }

struct Case {
  std::string id;  // "2026-000123": fiscal year and serial; in URLs and streams
  int fiscal_year = 0;
  std::int64_t serial = 0;  // from 1 in each fiscal year, without gaps
  std::string procedure;
  Text title;
  std::string pack_version;
  std::vector<Step> route;
  DecisionTemplate decision;
  int standard_days = 0;
  std::string effect;
  std::string portal;
  bool online = true;
  State state = State::kReceived;
  std::size_t step = 0;      // index into route
  std::string officer;       // who has claimed it; empty = nobody
  std::string proposal;      // "", "grant", "refuse": what the step before proposes
  std::int64_t version = 0;  // records in the case's stream: each act names the one it saw
  std::int64_t form_revision = 1;
  Time filed_at, opened_at, step_at;  // step_at: since when the step (or the applicant) has it
  std::optional<Time> due_at, closed_at;

  const Step& at() const { return route[step]; }
  bool deciding() const { return step + 1 == route.size(); }
  Text number() const;  // {"令和8-000123", "2026-000123"}
};

// The erasable part.
struct Applicant {
  std::string person;
  std::vector<std::string> further;
  std::string name, kana;
  bool erased = false;
};

struct Form {
  std::int64_t revision = 1;
  std::vector<Answer> answers;
  json::object data;
  Time at;
};

struct Message {
  std::int64_t number = 0;  // from 1 in the case
  bool from_applicant = false;
  std::string officer;  // who wrote it, when not the applicant
  std::string text;
  Time at;
};

struct FileEntry {
  std::int64_t number = 0;
  std::string name, media_type;
  std::int64_t bytes = 0;
};

// One thing that happened, from the case's stream.
struct Event {
  std::int64_t version = 0, record = 0;
  std::string what;  // record type: "records.step_done"
  std::string actor;
  Time at;
  std::string step, outcome;       // where the record has them
  std::optional<std::int64_t> ms;  // how long the step had it, waiting included
  std::string comment;             // empty when there was none or it was erased
};

struct Notice {
  std::string code;  // 26 letters and digits, in the verify link and the QR code
  std::string case_id;
  std::string kind;  // the decision template's id
  Text title;
  std::string outcome;  // "grant", "refuse"
  Time issued_at;
  std::optional<text::Date> valid_until;
  std::optional<std::string> document;  // self-contained HTML; none once erased
  std::string digest;                   // SHA-256 of the document, hex
  std::string jws;                      // by the organisation's message key, over digest, kind, office and time
  std::string stamp;                    // TimeStampResp over the JWS, DER
  std::optional<Time> withdrawn_at;
};

}  // namespace musubi::records
