#include "kpi/duties.h"

#include <algorithm>
#include <set>

#include "kpi/json.h"
#include "kpi/rules.h"
#include "kpi/store.h"

namespace musubi::kpi {
namespace {

constexpr std::string_view kFacts[] = {"revision"};
constexpr evidence::RecordType kTypes[] = {
    {"kpi.sheet_duties_stated", 1, evidence::Visibility::kPublic, "評価の表を受け持つ職の定め", "Posts for sheets stated", kFacts},
};
constexpr std::string_view kStream = "kpi/sheet-duties";

Result<SheetDuties> read_content(const std::string& content) {
  SheetDuties out;
  auto value = TRY(parse_json(content, JsonLimits{64 << 10, 4}));
  std::vector<Fault> faults;
  ObjectReader reader(value, "", faults);
  for (std::size_t i = 0; i < kDuties.size(); ++i)
    reader.array(kDuties[i], true, kMaxDutyPosts, [&](const json::value& one, std::string) {
      if (one.is_string()) out.posts[i].emplace_back(one.get_string());
    });
  if (!faults.empty())
    return Error{Code::kCorrupt,
                 "sheet.damaged",
                 {"保存された職の定めが読めません。`musubi verify` で調べてください。",
                  "What is stored of the posts for sheets cannot be read. Run `musubi verify` to find the damage."},
                 {}};
  return out;
}

Error unknown_posts(std::vector<Fault> faults) {
  return Error{Code::kInvalid,
               "sheet.unknown_post",
               {"この組織にない職が選ばれています。一覧から選んでください。",
                "A post was chosen that this organisation does not have. Choose from the list."},
               std::move(faults)};
}

}  // namespace

std::span<const evidence::RecordType> duty_record_types() { return kTypes; }

bool SheetDuties::stated() const {
  return std::any_of(posts.begin(), posts.end(), [](const auto& one) { return !one.empty(); });
}

std::optional<std::string> SheetDuties::by(Duty duty, const std::vector<std::string>& mine) const {
  if (of(duty).empty()) return "";
  for (const auto& post : of(duty))
    if (std::find(mine.begin(), mine.end(), post) != mine.end()) return post;
  return std::nullopt;
}

json::object to_json(const SheetDuties& duties) {
  json::object out;
  for (std::size_t i = 0; i < kDuties.size(); ++i) {
    json::array posts;
    for (const auto& post : duties.posts[i]) posts.emplace_back(post);
    out[kDuties[i]] = std::move(posts);
  }
  return out;
}

Result<std::string> post_by(const Mandate& mandate, db::Reader& reader) {
  if (!mandate) return std::string();
  return mandate(reader);
}

// The counter of the stream is the revision.
Result<SheetDuties> sheet_duties(db::Reader& reader, std::optional<Time> before) {
  std::string sql = "SELECT d.revision, d.content FROM kpi_sheet_duty d ";
  std::vector<db::Value> parameters;
  if (before) {
    sql += "JOIN evidence_record r ON r.stream = $1 AND r.counter = d.revision WHERE r.at < $2 ";
    parameters = {std::string(kStream), before->us};
  }
  auto rows = TRY(reader.query(sql + "ORDER BY d.revision DESC LIMIT 1", parameters));
  if (rows.empty()) return SheetDuties{};
  SheetDuties out = TRY(read_content(rows[0].text(1)));
  out.revision = rows[0].integer(0);
  return out;
}

Result<std::int64_t> state_duties(db::Database& database, SheetDuties duties, const std::vector<std::string>& known,
                                  std::string_view actor, std::int64_t expected) {
  std::vector<Fault> faults;
  for (std::size_t i = 0; i < kDuties.size(); ++i) {
    auto& posts = duties.posts[i];
    std::sort(posts.begin(), posts.end());
    posts.erase(std::unique(posts.begin(), posts.end()), posts.end());
    if (posts.size() > kMaxDutyPosts)
      faults.push_back({std::string(kDuties[i]),
                        {"一つの役割に選べる職は" + std::to_string(kMaxDutyPosts) + "までです。",
                         "At most " + std::to_string(kMaxDutyPosts) + " posts can be chosen for one duty."}});
  }
  for (std::size_t i = 0; i < kDuties.size(); ++i)
    for (const auto& post : duties.posts[i])
      if (std::find(known.begin(), known.end(), post) == known.end())
        faults.push_back({std::string(kDuties[i]), {"この職はありません：" + post, "There is no such post: " + post}});
  if (!faults.empty()) return unknown_posts(std::move(faults));
  return database.write([&](db::Transaction& tx) -> Result<std::int64_t> {
    SheetDuties now = TRY(sheet_duties(tx));
    if (now.revision != expected)
      return Error{Code::kConflict,
                   "sheet.duties_changed",
                   {"確認した後に、職の定めがほかの操作で変わりました。何も行っていません。見直してから、もう一度行ってください。",
                    "The posts for sheets were changed by another act after you looked. Nothing was done. Review, then try again."},
                   {}};
    if (now.posts == duties.posts)
      return Error{Code::kConflict,
                   "sheet.duties_same",
                   {"今の定めと同じなので、何も保存していません。", "It is the same as what is stated, so nothing was saved."},
                   {}};
    std::int64_t revision = expected + 1;
    TRY(tx.put("kpi_sheet_duty", {{"id", store::row_id("kpi_sheet_duty", "", "", revision)},
                                  {"revision", revision},
                                  {"actor", std::string(actor)},
                                  {"content", canonical_json(to_json(duties))}}));
    TRY(evidence::append(
        tx, {kTypes[0], std::string(kStream), std::string(actor), {}, {{"revision", revision}}, json::value(to_json(duties))}));
    return revision;
  });
}

Result<std::vector<DutyStatement>> duty_history(db::Database& database) {
  return database.read([&](db::Reader& reader) -> Result<std::vector<DutyStatement>> {
    std::vector<DutyStatement> out;
    for (const auto& record : TRY(evidence::read_stream(reader, kStream, 1, 1000))) {
      auto head = parse_json(record.head);
      const auto* actor = head.ok() && head->is_object() ? head->get_object().if_contains("actor") : nullptr;
      out.push_back({std::int64_t(record.counter), std::int64_t(record.index), record.at,
                     actor && actor->is_string() ? std::string(actor->get_string()) : ""});
    }
    std::reverse(out.begin(), out.end());
    return out;
  });
}

}  // namespace musubi::kpi
