// Units and posts of an office, and who holds which post when. Everything has a first day and may have a last one, so
// that a transfer can be entered ahead and any past day can be asked. Work goes to posts; who holds them is looked up at
// the time of the step.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "db/transaction.h"
#include "text/dates.h"

namespace musubi::identity {

inline constexpr std::size_t kPostsAtMost = 2000;

struct Unit {
  std::string id;      // "residents": 2 to 40 of a-z, 0-9, '-'
  Text title;          // 住民課, Residents' Division
  std::string parent;  // a unit's id, or empty
  text::Date from;
  std::optional<text::Date> until;  // the last day
};

struct Post {
  std::string id;  // "residents-chief"
  std::string unit;
  Text title;  // 住民課長, Chief of the Residents' Division
  text::Date from;
  std::optional<text::Date> until;
};

enum class HoldingKind { kRegular, kActing, kConcurrent };  // 本務, 事務取扱, 兼務
std::string_view holding_kind_word(HoldingKind kind);       // "regular", "acting", "concurrent"
std::optional<HoldingKind> holding_kind_from(std::string_view word);

struct Holding {
  std::string post, officer;
  text::Date from;
  std::optional<text::Date> until;
  HoldingKind kind = HoldingKind::kRegular;
};

// Make what no unit or post of the id stands for yet, now or to come. Errors: identity.bad_post with a fault per field (a
// taken id, titles, dates, an unknown unit).
Result<void> make_unit(db::Transaction& tx, const Unit& unit, std::string_view actor);
Result<void> make_post(db::Transaction& tx, const Post& post, std::string_view actor);
// Make or replace. Errors: the same, but for a taken id.
Result<void> put_unit(db::Transaction& tx, const Unit& unit, std::string_view actor);
Result<void> put_post(db::Transaction& tx, const Post& post, std::string_view actor);
// Errors: identity.bad_post (also for an officer who is unknown or deactivated). A holding of the same post, officer
// and first day is replaced.
Result<void> assign_post(db::Transaction& tx, const Holding& holding, std::string_view actor);
// The holding that began on `from` ends with `until`. Errors: identity.no_holding, identity.bad_post (until before from).
Result<void> end_holding(db::Transaction& tx, std::string_view post, std::string_view officer, text::Date from, text::Date until,
                         std::string_view actor);

// Beyond the steps of cases. The register of residents is closed to whoever holds no post with a duty: `look` opens it for searching
// and reading, `register` also for entering changes by hand, and so has `look` in it.
inline constexpr std::string_view kLookDuty = "look", kRegisterDuty = "register";
// Gives the post the duty, or takes it away; nothing where it is so already. Errors: identity.bad_post (no such post or duty).
Result<void> set_duty(db::Transaction& tx, std::string_view post, std::string_view duty, bool held, std::string_view actor);
// What the post may do in the register: nothing (empty), look, or register. A record for each duty that changes.
Result<void> set_register_duty(db::Transaction& tx, std::string_view post, std::string_view duty, std::string_view actor);
Result<std::vector<std::string>> posts_with(db::Reader& reader,
                                            std::string_view duty);  // ids, also of those that have it within another
Result<bool> has_duty(db::Reader& reader, std::string_view officer, std::string_view duty, text::Date day);

Result<std::vector<Unit>> units(db::Reader& reader, text::Date day);  // those that exist on that day, by id
Result<std::vector<Post>> posts(db::Reader& reader, text::Date day);
Result<std::optional<Unit>> find_unit(db::Reader& reader, std::string_view id);  // whenever it begins
Result<std::optional<Post>> find_post(db::Reader& reader, std::string_view id);
Result<std::vector<Holding>> holdings(db::Reader& reader);  // all, past and to come, by post and day

// Ids of the posts that this officer holds on that day: "may this officer act for the post?" None for an officer who is deactivated.
Result<std::vector<std::string>> posts_of(db::Reader& reader, std::string_view officer, text::Date day);
// Codes of the active officers who hold it on that day; regular before acting before concurrent.
Result<std::vector<std::string>> holders_of(db::Reader& reader, std::string_view post, text::Date day);

}  // namespace musubi::identity
