// Cases of one organisation: opened by a filing, worked by officers through their posts, decided, and their notices.
// The only header (with case.h and routes.h) that others include.
//
// Any thread; no state of its own. Each act is one transaction of rows and records, so a crash leaves it done or not
// begun. Notices are signed and stamped before that transaction, from the version it then checks.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "db/database.h"
#include "evidence/record.h"
#include "evidence/verify.h"
#include "records/case.h"
#include "records/office.h"

namespace musubi::records {

std::span<const evidence::RecordType> record_types();
std::string case_stream(std::string_view id);  // "records/case/2026-000123"

// --- What others do to a case, inside their own transaction (a filing that arrived, an act of the resident). ---

// Opens a case, or returns the one that the same portal's reference opened before. Errors: records.bad_filing with a
// fault per place, records.reference_reused (another filing under the same reference), records.unknown_effect.
Result<Case> open_case(db::Transaction& tx, const Office& office, const Filing& filing, std::string_view actor);
// A new form from the applicant; the case goes back to the format check. `key` names the act: the same twice is one.
// Errors: records.unknown_case (also where procedure or person are not the case's), records.closed, records.bad_filing,
// records.too_many_revisions.
Result<Case> amend(db::Transaction& tx, const Office& office, std::string_view portal, std::string_view reference,
                   const Filing& filing, std::string_view actor, std::string_view key);
Result<Case> withdraw(db::Transaction& tx, const Office& office, std::string_view portal, std::string_view reference,
                      std::string_view reason, std::string_view actor, std::string_view key, std::string_view person = {},
                      std::string_view jws = {});  // the applicant's signature over it
Result<Case> applicant_message(db::Transaction& tx, const Office& office, std::string_view portal, std::string_view reference,
                               std::string_view text, std::string_view actor, std::string_view key);
// The decision that waited for an entry in the register was entered, or needs none (`why`): for its history and the applicant.
Result<void> register_settled(db::Transaction& tx, const Office& office, std::string_view id, bool entered, std::string_view why,
                              std::string_view officer);
Result<void> receive_news(db::Transaction& tx, const Office& office, const News& news, std::string_view actor);

// --- Reading. ---
Result<std::optional<Case>> find_case(db::Reader& reader, std::string_view id);
Result<std::optional<Applicant>> applicant(db::Reader& reader, std::string_view id);
Result<Form> form(db::Reader& reader, std::string_view id);                              // the newest revision
Result<std::vector<Case>> cases_of_person(db::Reader& reader, std::string_view person);  // newest first, at most 200
Result<std::vector<Event>> history(db::Reader& reader, std::string_view id, std::int64_t from_version = 1);
Result<std::vector<Message>> messages(db::Reader& reader, std::string_view id);
Result<std::optional<Notice>> find_notice(db::Reader& reader, std::string_view code);
Result<std::vector<Notice>> notices(db::Reader& reader, std::string_view id);  // newest first

inline constexpr std::size_t kClaimsAtMost = 200;

// --- Acts of officers. Each names the version it saw; the same act posted twice is one act. ---
struct Act {
  std::string id;  // of the case
  std::int64_t version = 0;
  std::string officer;
};
// Errors of all: records.unknown_case, records.changed_meanwhile (Code::kConflict; its faults say what happened since),
// records.post_needed (Code::kForbidden, names the post), records.closed, records.claimed_by_other, records.comment_needed.
class Cases {
 public:
  Cases(db::Database& database, Office office) : database_(database), office_(std::move(office)) {}

  Result<Case> claim(const Act& act);
  Result<Case> release(const Act& act);
  Result<Case> reassign(const Act& act, std::string_view to);  // who holds the step's post too
  struct Claimed {
    std::vector<std::string> claimed;
    std::vector<std::pair<std::string, Error>> refused;
  };
  Result<Claimed> claim_all(const std::vector<Act>& acts);  // at most kClaimsAtMost, each for itself

  Result<Case> pass_check(const Act& act, std::string_view comment);  // judge(kGrant) at the first step
  // To the applicant, with what is to be put right. The standard time stands still until they answer.
  Result<Case> send_back(const Act& act, std::string_view message);
  // 差戻し: to an earlier step of the route.
  Result<Case> return_to(const Act& act, std::string_view step, std::string_view comment);
  // At the deciding step the decision itself, with effect and notice; before it a proposal that passes the case on.
  // A refusal needs its reason. Errors besides: records.effect_failed.
  enum class Judgement { kGrant, kRefuse };
  Result<Case> judge(const Act& act, Judgement judgement, std::string_view comment);
  Result<Case> message(const Act& act, std::string_view text);
  Result<Notice> withdraw_notice(std::string_view code, std::string_view reason, std::string_view officer);

  // A look at one case: when the officer has not claimed it, a record of the reading is durable before this returns. Errors:
  // records.unknown_case, records.read_refused for who holds no post on its route and none of the same unit.
  Result<Case> open_for(std::string_view id, std::string_view officer);
  // A list that shows names: one record for the list.
  Result<void> record_list_read(const std::vector<std::string>& ids, std::string_view officer);

  const Office& office() const { return office_; }

 private:
  db::Database& database_;
  Office office_;
};

// --- Erasure and verification. ---
// Takes names, forms, files, messages and documents out of the rows of cases whose opening record is to be erased.
// Returns the tables it touched, for the scrubbing.
Result<std::vector<std::string>> erase_applicants(db::Transaction& tx, std::span<const std::uint64_t> records);
// After a restore: the same for every case whose opening record has lost its body, with a record for each.
Result<void> erase_applicants_again(db::Transaction& tx, std::string_view actor);
Result<std::vector<evidence::Finding>> verify_derived(db::Reader& reader);
Result<std::size_t> rebuild_derived(db::Transaction& tx);

}  // namespace musubi::records
