// Which posts draft, review, approve and publish sheets in an organisation. For a duty that no post is named for, any officer
// does it; that two officers are needed stays, whatever is stated.
//
// Any thread; no state of its own. A statement is one transaction of a row and its record.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "evidence/record.h"

namespace musubi::kpi {

enum class Duty { kDraft, kReview, kApprove, kPublish };
inline constexpr std::array<std::string_view, 4> kDuties = {"draft", "review", "approve", "publish"};
inline constexpr std::size_t kMaxDutyPosts = 50;

struct SheetDuties {
  std::array<std::vector<std::string>, 4> posts;  // ids, by Duty; none: any officer
  std::int64_t revision = 0;                      // 0: nothing was ever stated
  const std::vector<std::string>& of(Duty duty) const { return posts[std::size_t(duty)]; }
  bool stated() const;
  // The post by which somebody who holds `mine` may do it: "" where anybody may; nothing where they may not.
  std::optional<std::string> by(Duty duty, const std::vector<std::string>& mine) const;
};

// The post by which whoever acts may do it ("" where anybody may), asked inside the act's transaction: what was stated since the
// officer opened the form counts. An act without a mandate is the operator's. Errors: sheet.not_your_post (Code::kForbidden).
using Mandate = std::function<Result<std::string>(db::Reader&)>;
Result<std::string> post_by(const Mandate& mandate, db::Reader& reader);

Result<SheetDuties> sheet_duties(db::Reader& reader, std::optional<Time> before = std::nullopt);  // as stated before that time
json::object to_json(const SheetDuties& duties);

// A post that stands twice counts once. Errors: sheet.duties_changed (`expected` is no longer the newest revision),
// sheet.duties_same, sheet.unknown_post with a fault for each post not among `known` and each duty with more than kMaxDutyPosts.
Result<std::int64_t> state_duties(db::Database& database, SheetDuties duties, const std::vector<std::string>& known,
                                  std::string_view actor, std::int64_t expected);

struct DutyStatement {
  std::int64_t revision = 0, record = 0;
  Time at;
  std::string actor;
};
Result<std::vector<DutyStatement>> duty_history(db::Database& database);  // newest first

std::span<const evidence::RecordType> duty_record_types();

}  // namespace musubi::kpi
