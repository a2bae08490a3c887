#include "identity/posts.h"

#include <algorithm>

#include "evidence/record.h"
#include "identity/identity.h"
#include "identity/record_types.h"
#include "identity/rules.h"
#include "text/normalise.h"

namespace musubi::identity {
namespace {

constexpr std::size_t kTitleAtMost = 80;

db::Value day(const std::optional<text::Date>& date) { return date ? db::Value(text::iso_date(*date)) : db::Value(); }

void check_titles(const Text& title, std::vector<Fault>& faults) {
  for (auto [at, words] : {std::pair{"title_ja", &title.ja}, {"title_en", &title.en}})
    if (text::trim(*words).empty() || text::code_points(*words) > kTitleAtMost || !text::clean_input(*words).ok())
      faults.push_back({at, {"1 文字以上 80 文字以内で入力してください。", "Enter 1 to 80 characters."}});
}

void check_days(text::Date from, const std::optional<text::Date>& until, std::vector<Fault>& faults) {
  if (!text::is_valid(from)) faults.push_back({"from", {"実在する日を入力してください。", "Enter a real day."}});
  if (until && (!text::is_valid(*until) || *until < from))
    faults.push_back(
        {"until",
         {"終わりの日は、始まりの日以後の実在する日にしてください。", "The last day must be a real day, not before the first."}});
}

Error bad_post(std::vector<Fault> faults) {
  return {Code::kInvalid, "identity.bad_post", {"職の情報を直してください。", "Correct what describes the post."}, std::move(faults)};
}

Result<text::Date> day_of(const db::Row& row, std::size_t column) { return text::parse_date(row.text(column)); }
Result<std::optional<text::Date>> maybe_day(const db::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::optional<text::Date>();
  return std::optional(TRY(day_of(row, column)));
}

constexpr std::string_view kUnit = "SELECT id, title_ja, title_en, parent, from_day, until_day FROM identity_unit ";
constexpr std::string_view kPost = "SELECT id, unit, title_ja, title_en, from_day, until_day FROM identity_post ";
constexpr std::string_view kHolding = "SELECT post, officer, from_day, until_day, kind FROM identity_holding ";
constexpr std::string_view kOnDay = "from_day <= $1 AND (until_day IS NULL OR until_day >= $1) ";

Result<Unit> unit_of(const db::Row& row) {
  return Unit{row.text(0), {row.text(1), row.text(2)}, row.text(3), TRY(day_of(row, 4)), TRY(maybe_day(row, 5))};
}
Result<Post> post_of(const db::Row& row) {
  return Post{row.text(0), row.text(1), {row.text(2), row.text(3)}, TRY(day_of(row, 4)), TRY(maybe_day(row, 5))};
}
Result<Holding> holding_of(const db::Row& row) {
  return Holding{row.text(0), row.text(1), TRY(day_of(row, 2)), TRY(maybe_day(row, 3)),
                 holding_kind_from(row.text(4)).value_or(HoldingKind::kRegular)};
}

std::string sql(std::string_view select, std::string_view rest) { return std::string(select) + std::string(rest); }

Result<void> put_holding(db::Transaction& tx, const Holding& holding, const char* type, std::string_view actor) {
  std::string kind(holding_kind_word(holding.kind));
  TRY(tx.put("identity_holding", {{"post", holding.post},
                                  {"officer", holding.officer},
                                  {"from_day", text::iso_date(holding.from)},
                                  {"until_day", day(holding.until)},
                                  {"kind", kind}}));
  json::object body{{"from", text::iso_date(holding.from)}};
  if (holding.until) body["until"] = text::iso_date(*holding.until);
  TRY(evidence::append(tx, {record_type(type),
                            "identity/post/" + holding.post,
                            std::string(actor),
                            "",
                            {{"post", holding.post}, {"officer", holding.officer}, {"kind", kind}},
                            std::move(body)}));
  return {};
}

Fault taken() { return {"id", {"この ID はすでに使われています。別の ID にしてください。", "This id is in use. Choose another."}}; }

Result<void> write_unit(db::Transaction& tx, const Unit& unit, std::string_view actor, bool is_new) {
  std::vector<Fault> faults = check_id(unit.id);
  if (is_new && TRY(find_unit(tx, unit.id))) faults.push_back(taken());
  check_titles(unit.title, faults);
  check_days(unit.from, unit.until, faults);
  bool has_parent = unit.parent.empty() || (unit.parent != unit.id && TRY(find_unit(tx, unit.parent)).has_value());
  if (!has_parent)
    faults.push_back(
        {"parent", {"上位の課がありません。一覧から選んでください。", "There is no such unit above. Choose one from the list."}});
  if (!faults.empty()) return bad_post(std::move(faults));
  TRY(tx.put("identity_unit", {{"id", unit.id},
                               {"title_ja", unit.title.ja},
                               {"title_en", unit.title.en},
                               {"parent", unit.parent},
                               {"from_day", text::iso_date(unit.from)},
                               {"until_day", day(unit.until)}}));
  TRY(evidence::append(tx, {record_type("identity.unit_set"),
                            "identity/unit/" + unit.id,
                            std::string(actor),
                            "",
                            {{"unit", unit.id}},
                            json::object{{"title", {{"ja", unit.title.ja}, {"en", unit.title.en}}}, {"parent", unit.parent}}}));
  return {};
}

Result<void> write_post(db::Transaction& tx, const Post& post, std::string_view actor, bool is_new) {
  std::vector<Fault> faults = check_id(post.id);
  if (is_new && TRY(find_post(tx, post.id))) faults.push_back(taken());
  check_titles(post.title, faults);
  check_days(post.from, post.until, faults);
  if (!TRY(find_unit(tx, post.unit)))
    faults.push_back({"unit", {"課がありません。一覧から選んでください。", "There is no such unit. Choose one from the list."}});
  if (TRY(tx.query("SELECT count(*) FROM identity_post WHERE id <> $1", {post.id}))[0].integer(0) >= std::int64_t(kPostsAtMost))
    faults.push_back({"id", {"職は 2,000 までです。", "An organisation has at most 2,000 posts."}});
  if (!faults.empty()) return bad_post(std::move(faults));
  TRY(tx.put("identity_post", {{"id", post.id},
                               {"unit", post.unit},
                               {"title_ja", post.title.ja},
                               {"title_en", post.title.en},
                               {"from_day", text::iso_date(post.from)},
                               {"until_day", day(post.until)}}));
  TRY(evidence::append(tx, {record_type("identity.post_set"),
                            "identity/post/" + post.id,
                            std::string(actor),
                            "",
                            {{"post", post.id}},
                            json::object{{"title", {{"ja", post.title.ja}, {"en", post.title.en}}}, {"unit", post.unit}}}));
  return {};
}

}  // namespace

std::string_view holding_kind_word(HoldingKind kind) {
  return kind == HoldingKind::kRegular ? "regular" : kind == HoldingKind::kActing ? "acting" : "concurrent";
}

std::optional<HoldingKind> holding_kind_from(std::string_view word) {
  for (auto kind : {HoldingKind::kRegular, HoldingKind::kActing, HoldingKind::kConcurrent})
    if (holding_kind_word(kind) == word) return kind;
  return std::nullopt;
}

Result<void> make_unit(db::Transaction& tx, const Unit& unit, std::string_view actor) { return write_unit(tx, unit, actor, true); }
Result<void> make_post(db::Transaction& tx, const Post& post, std::string_view actor) { return write_post(tx, post, actor, true); }
Result<void> put_unit(db::Transaction& tx, const Unit& unit, std::string_view actor) { return write_unit(tx, unit, actor, false); }
Result<void> put_post(db::Transaction& tx, const Post& post, std::string_view actor) { return write_post(tx, post, actor, false); }

namespace {

// Listed in the sentence, for a command line shows no list to choose from.
Result<Fault> no_such_post(db::Reader& reader, std::string_view post) {
  if (post.empty()) return Fault{"post", {"職を選んでください。", "Choose a post."}};
  constexpr std::size_t kListed = 30;
  auto rows = TRY(reader.query("SELECT id FROM identity_post ORDER BY id LIMIT 31"));
  Text all;
  for (std::size_t i = 0; i < rows.size() && i < kListed; ++i) {
    all.ja += (i == 0 ? "" : "、") + rows[i].text(0);
    all.en += (i == 0 ? "" : ", ") + rows[i].text(0);
  }
  if (rows.size() > kListed) all = {all.ja + " ほか", all.en + " and more"};
  std::string id(text::first_code_points(post, 40));
  return Fault{
      "post",
      {"「" + id + "」という職はありません。" + (rows.empty() ? "まだ職がひとつもありません。" : "今ある職：" + all.ja + "。"),
       "There is no post \"" + id + "\". " + (rows.empty() ? "No post has been made yet." : "The posts are: " + all.en + ".")}};
}

}  // namespace

Result<void> assign_post(db::Transaction& tx, const Holding& holding, std::string_view actor) {
  std::vector<Fault> faults;
  check_days(holding.from, holding.until, faults);
  if (!TRY(find_post(tx, holding.post))) faults.push_back(TRY(no_such_post(tx, holding.post)));
  auto officer = TRY(find_officer(tx, holding.officer));
  if (!officer || !officer->active) {
    std::string code(text::first_code_points(holding.officer, 40));
    faults.push_back({"officer", code.empty() ? Text{"在任の担当者を選んでください。", "Choose an officer in office."}
                                              : Text{"「" + code + "」という符号の在任の担当者はいません。",
                                                     "No officer in office has the code \"" + code + "\"."}});
  }
  if (!faults.empty()) return bad_post(std::move(faults));
  return put_holding(tx, holding, "identity.post_assigned", actor);
}

Result<void> end_holding(db::Transaction& tx, std::string_view post, std::string_view officer, text::Date from, text::Date until,
                         std::string_view actor) {
  auto rows = TRY(tx.query(sql(kHolding, "WHERE post = $1 AND officer = $2 AND from_day = $3"),
                           {std::string(post), std::string(officer), text::iso_date(from)}));
  if (rows.empty())
    return Error{
        Code::kNotFound,
        "identity.no_holding",
        {"その日に始まる在職はありません。一覧を確認してください。", "No holding of that post begins on that day. Look at the list."},
        {}};
  auto holding = TRY(holding_of(rows[0]));
  holding.until = until;
  std::vector<Fault> faults;
  check_days(holding.from, holding.until, faults);
  if (!faults.empty()) return bad_post(std::move(faults));
  return put_holding(tx, holding, "identity.post_ended", actor);
}

Result<void> set_duty(db::Transaction& tx, std::string_view post, std::string_view duty, bool held, std::string_view actor) {
  std::vector<Fault> faults;
  if (!TRY(find_post(tx, post))) faults.push_back(TRY(no_such_post(tx, post)));
  if (duty != kRegisterDuty && duty != kLookDuty) {
    std::string word(text::first_code_points(duty, 40)), look(kLookDuty), change(kRegisterDuty);
    faults.push_back({"may",
                      {"「" + word + "」という任務はありません。任務：" + look + "、" + change + "。",
                       "There is no duty \"" + word + "\". The duties are: " + look + ", " + change + "."}});
  }
  if (!faults.empty()) return bad_post(std::move(faults));
  std::string id(post), name(duty);
  bool has = !TRY(tx.query("SELECT 1 FROM identity_duty WHERE post = $1 AND duty = $2", {id, name})).empty();
  if (has == held) return {};
  if (held)
    TRY(tx.put("identity_duty", {{"post", id}, {"duty", name}}));
  else
    TRY(tx.remove("identity_duty", {id, name}));
  TRY(evidence::append(tx, {record_type("identity.duty_set"),
                            "identity/post/" + id,
                            std::string(actor),
                            "",
                            {{"post", id}, {"duty", name}, {"held", held}}}));
  return {};
}

Result<void> set_register_duty(db::Transaction& tx, std::string_view post, std::string_view duty, std::string_view actor) {
  if (!duty.empty()) TRY(set_duty(tx, post, duty, true, actor));
  for (auto other : {kLookDuty, kRegisterDuty})
    if (other != duty) TRY(set_duty(tx, post, other, false, actor));
  return {};
}

Result<std::vector<std::string>> posts_with(db::Reader& reader, std::string_view duty) {
  std::vector<std::string> out;
  std::string wider(duty == kLookDuty ? kRegisterDuty : duty);
  for (const auto& row : TRY(reader.query("SELECT DISTINCT post FROM identity_duty WHERE duty = $1 OR duty = $2 ORDER BY post",
                                          {std::string(duty), wider})))
    out.push_back(row.text(0));
  return out;
}

Result<bool> has_duty(db::Reader& reader, std::string_view officer, std::string_view duty, text::Date on) {
  auto bearing = TRY(posts_with(reader, duty));
  for (const auto& post : TRY(posts_of(reader, officer, on)))
    if (std::find(bearing.begin(), bearing.end(), post) != bearing.end()) return true;
  return false;
}

Result<std::vector<Unit>> units(db::Reader& reader, text::Date on) {
  std::vector<Unit> out;
  for (const auto& row : TRY(reader.query(sql(sql(kUnit, "WHERE "), kOnDay) + "ORDER BY id LIMIT 2000", {text::iso_date(on)})))
    out.push_back(TRY(unit_of(row)));
  return out;
}

Result<std::vector<Post>> posts(db::Reader& reader, text::Date on) {
  std::vector<Post> out;
  for (const auto& row : TRY(reader.query(sql(sql(kPost, "WHERE "), kOnDay) + "ORDER BY unit, id LIMIT 2000", {text::iso_date(on)})))
    out.push_back(TRY(post_of(row)));
  return out;
}

Result<std::optional<Unit>> find_unit(db::Reader& reader, std::string_view id) {
  auto rows = TRY(reader.query(sql(kUnit, "WHERE id = $1"), {std::string(id)}));
  if (rows.empty()) return std::optional<Unit>();
  return std::optional(TRY(unit_of(rows[0])));
}

Result<std::optional<Post>> find_post(db::Reader& reader, std::string_view id) {
  auto rows = TRY(reader.query(sql(kPost, "WHERE id = $1"), {std::string(id)}));
  if (rows.empty()) return std::optional<Post>();
  return std::optional(TRY(post_of(rows[0])));
}

Result<std::vector<Holding>> holdings(db::Reader& reader) {
  std::vector<Holding> out;
  for (const auto& row : TRY(reader.query(sql(kHolding, "ORDER BY post, from_day, officer LIMIT 10000"))))
    out.push_back(TRY(holding_of(row)));
  return out;
}

Result<std::vector<std::string>> posts_of(db::Reader& reader, std::string_view officer, text::Date on) {
  std::vector<std::string> out;
  auto rows =
      TRY(reader.query("SELECT DISTINCT h.post FROM identity_holding h JOIN identity_officer o ON o.code = h.officer JOIN "
                       "identity_post p ON p.id = h.post "
                       "WHERE h.officer = $2 AND o.active = 1 AND h.from_day <= $1 AND (h.until_day IS NULL OR h.until_day >= $1) "
                       "AND p.from_day <= $1 AND (p.until_day IS NULL OR p.until_day >= $1) ORDER BY h.post LIMIT 200",
                       {text::iso_date(on), std::string(officer)}));
  for (const auto& row : rows) out.push_back(row.text(0));
  return out;
}

Result<std::vector<std::string>> holders_of(db::Reader& reader, std::string_view post, text::Date on) {
  auto rows =
      TRY(reader.query("SELECT h.officer, h.kind FROM identity_holding h JOIN identity_officer o ON o.code = h.officer "
                       "WHERE h.post = $2 AND o.active = 1 AND h.from_day <= $1 AND (h.until_day IS NULL OR h.until_day >= $1) ORDER "
                       "BY h.from_day, h.officer LIMIT 200",
                       {text::iso_date(on), std::string(post)}));
  std::vector<std::string> out;
  for (auto kind : {HoldingKind::kRegular, HoldingKind::kActing, HoldingKind::kConcurrent})
    for (const auto& row : rows)
      if (row.text(1) == holding_kind_word(kind) && std::find(out.begin(), out.end(), row.text(0)) == out.end())
        out.push_back(row.text(0));
  return out;
}

}  // namespace musubi::identity
