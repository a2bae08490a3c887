// The acts on follow-ups. Each is one closure: the row, its record and what is derived from it commit together.
#include "kpi/follow_ups.h"

#include <algorithm>

#include "evidence/record.h"
#include "kpi/follow_up_json.h"
#include "kpi/follow_up_lines.h"
#include "kpi/follow_up_store.h"
#include "kpi/json.h"
#include "kpi/sheet_json.h"
#include "kpi/state.h"
#include "kpi/store.h"

namespace musubi::kpi {
namespace {

using evidence::RecordType;
using evidence::Visibility;

constexpr std::string_view kFacts[] = {"plan", "part", "number", "item", "revision", "kind"};
constexpr std::string_view kPublishedFacts[] = {"plan",    "part",     "number",  "item",    "revision", "kind",
                                                "entries", "on_track", "delayed", "at_risk", "done",     "open_findings"};

constexpr RecordType kTypes[] = {
    {"kpi.follow_up_scheduled", 1, Visibility::kOncePublished, "フォローアップの予定", "Follow-up scheduled", kFacts},
    {"kpi.follow_up_assigned", 1, Visibility::kOfficers, "フォローアップの担当", "Owner of a measure", kFacts},
    {"kpi.follow_up_entered", 1, Visibility::kOncePublished, "フォローアップの記入", "Follow-up entered", kFacts},
    {"kpi.follow_up_revised", 1, Visibility::kOncePublished, "フォローアップの改定", "Follow-up revised", kFacts},
    {"kpi.follow_up_signed_off", 1, Visibility::kOncePublished, "フォローアップの確認", "Follow-up signed off", kFacts},
    {"kpi.follow_up_returned", 1, Visibility::kOfficers, "フォローアップの差戻し", "Follow-up returned", kFacts},
    {"kpi.finding_opened", 1, Visibility::kOncePublished, "指摘", "Finding opened", kFacts},
    {"kpi.finding_closed", 1, Visibility::kOncePublished, "指摘の終了", "Finding closed", kFacts},
    {"kpi.follow_up_published", 1, Visibility::kPublic, "フォローアップの公表", "Follow-ups published", kPublishedFacts},
    {"kpi.follow_up_reminded", 1, Visibility::kOfficers, "フォローアップの督促", "Reminder of follow-ups", kFacts},
};

const RecordType& type_of(const store::FollowUpRow& row) {
  std::string_view what = row.what, kind = row.kind;
  std::size_t index = what == "schedule"      ? 0
                      : what == "owner"       ? 1
                      : what == "entry"       ? (row.revision == 1 ? 2 : 3)
                      : what == "step"        ? (kind == "signed_off" ? 4 : 5)
                      : what == "finding"     ? (kind == "opened" ? 6 : 7)
                      : what == "publication" ? 8
                                              : 9;
  return kTypes[index];
}

std::string stream_of(std::string_view plan, const store::FollowUpRow& row) {
  std::string stream = "kpi/follow-up/" + std::string(plan);
  if (row.what == "reminder") return stream + "/reminders";
  if (row.number.empty()) return stream;
  stream += "/measure/" + row.number;
  return row.what == "entry" || row.what == "step" ? stream + "/" + row.item : stream;
}

// Puts a row with its record; `more` are further facts.
Result<store::FollowUpRow> write(db::Transaction& tx, std::string_view plan, store::FollowUpRow row, json::value body,
                                 const json::object& more = {}) {
  TRY(store::put_follow_up(tx, plan, row));
  json::object facts{{"plan", plan},     {"part", row.what},         {"number", row.number},
                     {"item", row.item}, {"revision", row.revision}, {"kind", row.kind}};
  for (const auto& one : more) facts[one.key()] = one.value();
  auto appended = TRY(evidence::append(
      tx,
      {.type = type_of(row), .stream = stream_of(plan, row), .actor = row.actor, .facts = std::move(facts), .body = std::move(body)}));
  auto record = TRY(evidence::find_record(tx, appended.index));
  CHECK(record);
  row.record = std::int64_t(appended.index);
  row.at = record->at;
  TRY(store::add_follow_up_known(tx, {row.record, std::string(plan), row.what, row.number, row.item, row.revision, row.at}));
  return row;
}

Error changed_meanwhile() {
  return Error{
      Code::kConflict,
      "follow_up.changed_meanwhile",
      {"確認した後に、ほかの操作で変わりました。何も行っていません。新しい内容を見直してから、もう一度行ってください。",
       "It was changed by another act after you looked at it. Nothing was done. Review what stands there now, then try again."},
      {}};
}

Error nothing_new() { return Error{Code::kConflict, "follow_up.nothing_new", {"何も変わっていません。", "Nothing has changed."}, {}}; }

Error faulty(std::vector<Fault> faults) {
  std::string count = std::to_string(faults.size());
  return Error{Code::kInvalid,
               "follow_up.faults",
               {"誤りが " + count + " 件あります。すべて直してから、もう一度行ってください。",
                count + " fault(s). Correct them all and try again."},
               std::move(faults)};
}

Error unknown(std::string_view what_ja, std::string_view what_en) {
  return Error{Code::kNotFound,
               "follow_up.unknown",
               {std::string(what_ja) + "はありません。", "There is no such " + std::string(what_en) + "."},
               {}};
}

Error wrong_step(Text what) { return Error{Code::kConflict, "follow_up.wrong_step", std::move(what), {}}; }

Error conflict(const std::vector<CellConflict>& conflicts) {
  std::vector<Fault> faults;
  for (const auto& one : conflicts)
    faults.push_back({one.cell,
                      {"ほかの人の値「" + one.theirs + "」、あなたの値「" + one.mine + "」、元の値「" + one.base + "」",
                       "theirs: \"" + one.theirs + "\", yours: \"" + one.mine + "\", before: \"" + one.base + "\""}});
  return Error{
      Code::kConflict,
      "follow_up.conflict",
      {"同じ欄を、ほかの人が先に別の値へ変えました。何も保存していません。下の欄をどうするか決めて、もう一度保存してください。",
       "Somebody else has changed the same cells to other values. Nothing was saved. Decide on the cells below, then save again."},
      std::move(faults)};
}

// Of a measure that the public plan has. A withdrawn one is told apart from one that never was.
Result<const Entry*> measure_in(db::Reader& reader, const PlanState& plan, std::string_view number) {
  for (const auto& entry : plan.entries)
    if (entry.number == number) return &entry;
  for (const auto& row : TRY(store::entries(reader, plan.header.id, INT64_MAX)))
    if (row.entry.number == number && row.withdrawn)
      return Error{Code::kConflict,
                   "follow_up.withdrawn_measure",
                   {"施策「" + std::string(number) +
                        "」は取り下げられています。新しいフォローアップは記入できません。これまでの記録は残っています。",
                    "Measure " + std::string(number) + " was withdrawn. No new follow-up can be entered; what was said before stays."},
                   {}};
  return unknown_measure(plan.header.id, number);
}

// Whether this officer may make an entry for this measure and period now.
Result<void> may_enter(const FollowUpState& state, const Entry& measure, Period period, const FollowUpOfficer& officer,
                       text::Date today) {
  if (!state.schedule)
    return Error{Code::kConflict,
                 "follow_up.no_schedule",
                 {"この計画には、フォローアップの予定がまだありません。先に予定を決めてください。",
                  "This plan has no follow-up schedule yet. Make one first."},
                 {}};
  Frequency frequency = frequency_of(*state.schedule, measure.number, measure.field);
  auto all = periods_of(*state.schedule, frequency, last_day(period));
  if (std::find(all.begin(), all.end(), period) == all.end())
    return Error{Code::kInvalid,
                 "follow_up.wrong_period",
                 {"施策「" + measure.number + "」に期間「" + period_id(period) + "」のフォローアップはありません。予定では" +
                      (frequency == Frequency::kQuarterly ? "四半期ごとです。"
                       : frequency == Frequency::kYearly  ? "年に1回です。"
                                                          : "別の計画で行います。"),
                  "Measure " + measure.number + " has no follow-up for " + period_id(period) + ". By its schedule it is " +
                      (frequency == Frequency::kQuarterly ? "quarterly."
                       : frequency == Frequency::kYearly  ? "yearly."
                                                          : "covered by another plan.")},
                 {}};
  if (first_day(period) > today)
    return Error{
        Code::kConflict,
        "follow_up.not_begun",
        {"期間「" + period_title(period).ja + "」はまだ始まっていません。" + text::iso_date(first_day(period)) + " から記入できます。",
         period_title(period).en + " has not begun. It can be entered from " + text::iso_date(first_day(period)) + " on."},
        {}};
  if (enters(state, measure.number, officer)) return {};
  auto owner = state.owners.find(measure.number);
  if (owner == state.owners.end())
    return Error{Code::kForbidden,
                 "follow_up.not_yours",
                 {"施策「" + measure.number + "」には、担当の職がまだありません。取りまとめの職が担当を決めるか、自分で記入します。",
                  "Measure " + measure.number + " has no owner yet. The post that leads the follow-up names one, or makes the entry."},
                 {}};
  return Error{Code::kForbidden,
               "follow_up.not_yours",
               {"施策「" + measure.number + "」の担当は職「" + owner->second + "」です。この職に就いている職員が記入します。",
                "Measure " + measure.number + " belongs to the post " + owner->second + ". An officer who holds it makes the entry."},
               {}};
}

struct Standing {
  FollowUpState state;
  const FollowUpRevision* newest = nullptr;
  FollowUp entry;
};

// The entry that a step is about, which must be the newest revision.
Result<Standing> standing(db::Reader& reader, std::string_view plan, const FollowUpKey& key, std::int64_t revision) {
  Standing out{TRY(load_follow_ups(reader, plan, View{.drafts = true})), nullptr, {}};
  out.newest = out.state.newest(key);
  if (!out.newest) return unknown("このフォローアップ", "follow-up");
  if (out.newest->revision != revision) return changed_meanwhile();
  if (out.newest->step)
    return wrong_step({"この版はもう確認されたか、差し戻されています。", "This revision was signed off or returned already."});
  auto content = TRY(store::follow_up_content(reader, plan, "entry", key.first, period_id(key.second), revision));
  out.entry = TRY(stored_follow_up(content.value_or("")));
  return out;
}

json::object words_json(const Text& words) { return {{"text", to_json(words)}}; }

Result<void> check_words(const Text& words, const char* where, Text missing) {
  std::vector<Fault> faults;
  if (words.ja.empty() || words.en.empty())
    faults.push_back({where, std::move(missing)});
  else if (words.ja.size() > kMaxTextBytes || words.en.size() > kMaxTextBytes || !plain_text(words.ja) || !plain_text(words.en))
    faults.push_back(
        {where,
         {"4,096バイトまでの文で書いてください。制御文字は使えません。", "Write at most 4,096 bytes, without control characters."}});
  if (!faults.empty()) return faulty(std::move(faults));
  return {};
}

Result<FollowUpStep> step(db::Transaction& tx, std::string_view plan, const FollowUpKey& key, std::int64_t revision, bool signs,
                          std::string_view actor, const std::optional<Text>& remark) {
  json::value body = remark ? json::value(words_json(*remark)) : json::value(nullptr);
  store::FollowUpRow row{"step", key.first, period_id(key.second), revision, signs ? "signed_off" : "returned", std::string(actor), {},
                         0,      {}};
  if (remark) row.content = canonical_json(body);
  row = TRY(write(tx, plan, std::move(row), std::move(body)));
  return FollowUpStep{signs, row.record, row.at, row.actor, remark};
}

Result<std::int64_t> next_revision(db::Reader& reader, std::string_view plan, std::string_view what, std::string_view number,
                                   std::string_view item) {
  auto newest = TRY(store::newest_row(reader, plan, what, number, item));
  return newest ? newest->revision + 1 : 1;
}

Result<void> put_owner(db::Transaction& tx, std::string_view plan, const std::string& number, std::string_view post,
                       const FollowUpOfficer& officer) {
  std::int64_t revision = TRY(next_revision(tx, plan, "owner", number, ""));
  TRY(write(tx, plan, {"owner", number, "", revision, std::string(post), officer.code, {}, 0, {}}, nullptr));
  return {};
}

}  // namespace

std::span<const RecordType> follow_up_record_types() { return kTypes; }

Result<void> put_reminder(db::Transaction& tx, std::string_view plan, std::string_view post, std::string_view period,
                          std::int64_t revision, std::string_view stage, const json::object& body) {
  TRY(write(tx, plan,
            {"reminder", std::string(post), std::string(period), revision, std::string(stage), "service", canonical_json(body), 0, {}},
            body));
  return {};
}

Result<std::int64_t> FollowUps::set_schedule(std::string_view plan, const Schedule& schedule, std::int64_t base,
                                             const FollowUpOfficer& officer) {
  return database_.write([&](db::Transaction& tx) -> Result<std::int64_t> {
    auto known = TRY(load_state(tx, plan, View{}));
    std::vector<std::string> numbers;
    for (const auto& entry : known->entries) numbers.push_back(entry.number);
    auto state = TRY(load_follow_ups(tx, plan, View{.drafts = true}));
    if (!arranges(state, officer)) return not_leading(state);
    if (auto faults = faults_of(schedule, known->header, numbers); !faults.empty()) return faulty(std::move(faults));
    if (state.schedule_revision != base) return changed_meanwhile();
    if (state.schedule == schedule) return nothing_new();
    json::object content = to_json(schedule);
    auto row = TRY(write(tx, plan, {"schedule", "", "", base + 1, "", officer.code, canonical_json(content), 0, {}}, content));
    return row.revision;
  });
}

Result<std::size_t> FollowUps::assign(std::string_view plan, const std::vector<std::string>& numbers, std::string_view post,
                                      const FollowUpOfficer& officer) {
  return database_.write([&](db::Transaction& tx) -> Result<std::size_t> {
    auto known = TRY(load_state(tx, plan, View{}));
    auto state = TRY(load_follow_ups(tx, plan, View{.drafts = true}));
    if (!arranges(state, officer)) return not_leading(state);
    std::vector<Fault> faults;
    for (const auto& number : numbers)
      if (std::none_of(known->entries.begin(), known->entries.end(), [&](auto& one) { return one.number == number; }))
        faults.push_back({"numbers", {"施策「" + number + "」は計画にありません。", "The plan has no measure " + number + "."}});
    if (numbers.empty()) faults.push_back({"numbers", {"施策を選んでください。", "Choose measures."}});
    if (!faults.empty()) return faulty(std::move(faults));
    std::size_t changed = 0;
    for (const auto& number : std::set<std::string>(numbers.begin(), numbers.end())) {
      auto owner = state.owners.find(number);
      if ((owner == state.owners.end() ? "" : owner->second) == post) continue;
      TRY(put_owner(tx, plan, number, post, officer));
      ++changed;
    }
    if (changed == 0) return nothing_new();
    return changed;
  });
}

Result<std::size_t> FollowUps::take_owners(std::string_view plan, std::string_view from, const std::vector<std::string>& posts,
                                           const FollowUpOfficer& officer) {
  return database_.write([&](db::Transaction& tx) -> Result<std::size_t> {
    auto known = TRY(load_state(tx, plan, View{}));
    auto state = TRY(load_follow_ups(tx, plan, View{.drafts = true}));
    if (!arranges(state, officer)) return not_leading(state);
    auto other = TRY(load_follow_ups(tx, from, View{.drafts = true}));
    std::size_t taken = 0;
    for (const auto& entry : known->entries) {
      auto owner = other.owners.find(entry.number);
      if (owner == other.owners.end() || state.owners.contains(entry.number)) continue;
      if (std::find(posts.begin(), posts.end(), owner->second) == posts.end()) continue;
      TRY(put_owner(tx, plan, entry.number, owner->second, officer));
      ++taken;
    }
    if (taken == 0) return nothing_new();
    return taken;
  });
}

Result<void> FollowUps::may_enter(std::string_view plan, const FollowUpKey& key, const FollowUpOfficer& officer, Time now) {
  return database_.read([&](db::Reader& reader) -> Result<void> {
    auto known = TRY(load_state(reader, plan, View{}));
    const Entry* measure = TRY(measure_in(reader, *known, key.first));
    auto state = TRY(load_follow_ups(reader, plan, View{.drafts = true}));
    return kpi::may_enter(state, *measure, key.second, officer, text::jst_date(now));
  });
}

Result<FollowUpDone> FollowUps::enter(std::string_view plan, const FollowUp& entry, std::int64_t base, const FollowUpOfficer& officer,
                                      Time now) {
  TRY(may_enter(plan, {entry.number, entry.period}, officer, now));
  const Recomputed looked = TRY(looked_at(database_, [&](db::Reader& reader, Recomputed& out) -> Result<void> {
    std::vector<Fault> none;
    FollowUp stood;
    if (auto content = TRY(store::follow_up_content(reader, plan, "entry", entry.number, period_id(entry.period), base)))
      stood = read_follow_up(TRY(parse_json(*content)).as_object(), none);
    TRY(out.faults_of(reader, taken_in(entry, stood)));
    return {};
  }));
  return database_.write([&](db::Transaction& tx) -> Result<FollowUpDone> {
    auto known = TRY(load_state(tx, plan, View{}));
    const Entry* measure = TRY(measure_in(tx, *known, entry.number));
    auto state = TRY(load_follow_ups(tx, plan, View{.drafts = true}));
    TRY(kpi::may_enter(state, *measure, entry.period, officer, text::jst_date(now)));
    std::string item = period_id(entry.period);
    const auto* newest = state.newest({entry.number, entry.period});
    std::int64_t current = newest ? newest->revision : 0;
    auto content_at = [&](std::int64_t revision) -> Result<json::object> {
      if (revision == 0) return to_json(FollowUp{.number = entry.number, .period = entry.period});
      auto content = TRY(store::follow_up_content(tx, plan, "entry", entry.number, item, revision));
      if (!content) return unknown("この版", "revision");
      return TRY(parse_json(*content)).as_object();
    };
    json::object was = TRY(content_at(current));
    Merged merged = merge_cells(TRY(content_at(base)), was, to_json(entry));
    if (!merged.conflicts.empty()) return conflict(merged.conflicts);
    FollowUpDone out{current + 1, 0, cell_changes(was, merged.part), current != base};
    if (out.changes.empty() && current > 0) return nothing_new();
    std::vector<Fault> empty;  // members that may not stay so: the rules name them together with the rest
    FollowUp whole = read_follow_up(merged.part, empty);
    auto faults = faults_of(whole, measure->progress, measure->effect, state.open_findings(entry.number));
    if (!whole.lines.empty()) {
      auto measures = TRY(load_measures(tx, plan, {*measure}));
      Recomputed asked = looked;
      auto of_lines = TRY(faults_of_lines(tx, whole, *measures[0], read_follow_up(was, empty), asked));
      faults.insert(faults.end(), of_lines.begin(), of_lines.end());
    }
    if (!faults.empty()) return faulty(std::move(faults));
    json::object content = to_json(whole);
    auto row = TRY(write(tx, plan,
                         {"entry",
                          entry.number,
                          item,
                          out.revision,
                          std::string(word_of(kLights, *whole.light)),
                          officer.code,
                          canonical_json(content),
                          0,
                          {}},
                         content));
    out.record = row.record;
    return out;
  });
}

Result<FollowUpStep> FollowUps::sign_off(std::string_view plan, const FollowUpKey& key, std::int64_t revision,
                                         const FollowUpOfficer& officer) {
  const Recomputed looked = TRY(looked_at(database_, [&](db::Reader& reader, Recomputed& out) -> Result<void> {
    auto now = TRY(standing(reader, plan, key, revision));
    if (leads(now.state, officer)) TRY(out.faults_of_hidden(reader, TRY(unpublished_lines(reader, now.state, key, now.entry))));
    return {};
  }));
  return database_.write([&](db::Transaction& tx) -> Result<FollowUpStep> {
    auto now = TRY(standing(tx, plan, key, revision));
    if (!leads(now.state, officer)) return not_leading(now.state);
    if (wrote(now.state, key, officer.code)) return follow_up_same_officer();
    if (now.entry.light == Light::kDone && now.state.open_findings(key.first) > 0)
      return faulty({{"light",
                      {"記入の後に指摘が出ています。完了として確認できません。",
                       "Findings were opened since it was written. It cannot be signed off as done."}}});
    Recomputed asked = looked;
    auto faults = TRY(asked.faults_of_hidden(tx, TRY(unpublished_lines(tx, now.state, key, now.entry))));
    if (!faults.empty()) return faulty(std::move(faults));
    return step(tx, plan, key, revision, true, officer.code, std::nullopt);
  });
}

Result<FollowUpStep> FollowUps::send_back(std::string_view plan, const FollowUpKey& key, std::int64_t revision,
                                          const FollowUpOfficer& officer, const Text& remark) {
  TRY(check_words(remark, "remark",
                  {"差し戻す理由を、日本語と英語で書いてください。", "Say why it is returned, in Japanese and in English."}));
  return database_.write([&](db::Transaction& tx) -> Result<FollowUpStep> {
    auto now = TRY(standing(tx, plan, key, revision));
    if (!leads(now.state, officer)) return not_leading(now.state);
    return step(tx, plan, key, revision, false, officer.code, remark);
  });
}

Result<Finding> FollowUps::open_finding(std::string_view plan, std::string_view number, std::string_view actor, const Text& words) {
  TRY(check_words(words, "finding", {"指摘を、日本語と英語で書いてください。", "State the finding, in Japanese and in English."}));
  return database_.write([&](db::Transaction& tx) -> Result<Finding> {
    auto known = TRY(load_state(tx, plan, View{}));
    TRY(measure_in(tx, *known, number));
    auto state = TRY(load_follow_ups(tx, plan, View{.drafts = true}));
    int id =
        1 + int(std::count_if(state.findings.begin(), state.findings.end(), [&](const Finding& one) { return one.number == number; }));
    json::object content = words_json(words);
    auto row = TRY(
        write(tx, plan,
              {"finding", std::string(number), std::to_string(id), 1, "opened", std::string(actor), canonical_json(content), 0, {}},
              content));
    return Finding{std::string(number), id, words, row.record, row.at, row.actor, {}};
  });
}

Result<Finding> FollowUps::close_finding(std::string_view plan, std::string_view number, int id, const FollowUpOfficer& officer,
                                         const Text& how) {
  TRY(check_words(
      how, "how",
      {"何を行って閉じるのかを、日本語と英語で書いてください。", "Say what was done about it, in Japanese and in English."}));
  return database_.write([&](db::Transaction& tx) -> Result<Finding> {
    auto state = TRY(load_follow_ups(tx, plan, View{.drafts = true}));
    if (!leads(state, officer)) return not_leading(state);
    auto found = std::find_if(state.findings.begin(), state.findings.end(),
                              [&](const Finding& one) { return one.number == number && one.id == id; });
    if (found == state.findings.end()) return unknown("この指摘", "finding");
    if (found->closed) return wrong_step({"この指摘はもう閉じられています。", "This finding is closed already."});
    json::object content = words_json(how);
    auto row = TRY(write(
        tx, plan, {"finding", std::string(number), std::to_string(id), 2, "closed", officer.code, canonical_json(content), 0, {}},
        content));
    found->closed = Finding::Closed{how, row.record, row.at, row.actor};
    return *found;
  });
}

Result<FollowUpPublication> FollowUps::publish(std::string_view plan, std::int64_t expected, const FollowUpOfficer& officer) {
  const Recomputed looked = TRY(looked_at(database_, [&](db::Reader& reader, Recomputed& out) -> Result<void> {
    auto state = TRY(load_follow_ups(reader, plan, View{.drafts = true}));
    if (leads(state, officer) && state.cutoff == expected) TRY(out.faults_of_hidden(reader, TRY(unpublished_lines(reader, state))));
    return {};
  }));
  return database_.write([&](db::Transaction& tx) -> Result<FollowUpPublication> {
    auto state = TRY(load_follow_ups(tx, plan, View{.drafts = true}));
    if (!leads(state, officer)) return not_leading(state);
    if (state.cutoff != expected) return changed_meanwhile();
    if (state.unpublished() == 0) return nothing_new();
    Recomputed asked = looked;
    if (auto faults = TRY(asked.faults_of_hidden(tx, TRY(unpublished_lines(tx, state)))); !faults.empty())
      return faulty(std::move(faults));
    std::map<std::string, Light> newest;  // by measure: the map's order makes the last period win
    json::array entries;
    for (const auto& [key, revisions] : state.entries)
      if (const auto* one = state.newest_signed(key); one && one->light) {
        newest[key.first] = *one->light;
        entries.push_back(json::object{{"number", key.first}, {"period", period_id(key.second)}, {"record", one->record}});
      }
    json::object facts{{"entries", std::int64_t(entries.size())}};
    for (std::size_t i = 0; i < kLights.size(); ++i)
      facts[kLights[i]] = std::int64_t(std::count_if(newest.begin(), newest.end(), [&](auto& one) { return one.second == Light(i); }));
    facts["open_findings"] =
        std::int64_t(std::count_if(state.findings.begin(), state.findings.end(), [](const Finding& one) { return !one.closed; }));
    std::int64_t revision = (state.publication ? state.publication->revision : 0) + 1;
    auto row = TRY(write(tx, plan, {"publication", "", "", revision, "", officer.code, {}, 0, {}},
                         json::object{{"entries", std::move(entries)}}, facts));
    return FollowUpPublication{revision, row.record, row.at};
  });
}

}  // namespace musubi::kpi
