// The acts: import, change by cell, the steps to publication. Each is one closure: rows, records and what is derived from
// them commit together.
#include "kpi/sheets.h"

#include <algorithm>
#include <map>

#include "evidence/record.h"
#include "kpi/judgement.h"
#include "kpi/sheet_check.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_named.h"
#include "kpi/sheet_state.h"
#include "kpi/sheet_store.h"
#include "kpi/taken.h"

namespace musubi::kpi {
namespace {

using evidence::RecordType;
using evidence::Visibility;

constexpr std::size_t kRemarkBytes = 4096;

constexpr std::string_view kPartFacts[] = {"sheet", "part", "number", "revision"};
constexpr std::string_view kStepFacts[] = {"sheet", "step", "revision", "edition"};
constexpr std::string_view kPublishedFacts[] = {"sheet",      "step",    "revision", "edition", "fiscal_year",
                                                "indicators", "reached", "near",     "far",     "not_due"};

constexpr RecordType kTypes[] = {
    {"kpi.sheet_entered", 1, Visibility::kOncePublished, "評価の表の登録", "Part of a sheet entered", kPartFacts},
    {"kpi.sheet_revised", 1, Visibility::kOncePublished, "評価の表の改定", "Part of a sheet revised", kPartFacts},
    {"kpi.sheet_withdrawn", 1, Visibility::kOncePublished, "評価の表の取下げ", "Part of a sheet withdrawn", kPartFacts},
    {"kpi.sheet_reviewed", 1, Visibility::kOncePublished, "評価の表の点検", "Sheet reviewed", kStepFacts},
    {"kpi.sheet_approved", 1, Visibility::kOncePublished, "評価の表の承認", "Sheet approved", kStepFacts},
    {"kpi.sheet_returned", 1, Visibility::kOncePublished, "評価の表の差戻し", "Sheet returned", kStepFacts},
    {"kpi.sheet_published", 1, Visibility::kPublic, "評価の表の公表", "Sheet published", kPublishedFacts},
};
constexpr std::size_t kFirstStep = 3;

Error changed_meanwhile() {
  return Error{
      Code::kConflict,
      "sheet.changed_meanwhile",
      {"確認した後に、下書きがほかの操作で変わりました。何も行っていません。新しい下書きを見直してから、もう一度行ってください。",
       "The draft was changed by another act after you looked at it. Nothing was done. Review the new draft, then try again."},
      {}};
}

Error faulty(std::vector<Fault> faults) {
  std::string count = std::to_string(faults.size());
  return Error{Code::kInvalid,
               "sheet.faults",
               {"表に誤りが " + count + " 件あります。すべて直してから、もう一度行ってください。",
                "The sheet has " + count + " fault(s). Correct them all and try again."},
               std::move(faults)};
}

Error nothing_new() {
  return Error{Code::kConflict,
               "sheet.nothing_new",
               {"今ある内容と同じなので、何も保存していません。変える欄を直してから、もう一度保存してください。",
                "It is the same as what is there, so nothing was saved. Change something, then save again."},
               {}};
}

// Writes revisions of parts inside a transaction.
class PartWriter {
 public:
  PartWriter(db::Transaction& tx, std::string sheet, std::string_view actor) : tx_(tx), sheet_(std::move(sheet)), actor_(actor) {}

  Result<std::int64_t> write(const PartKey& key, EntryKind kind, std::int64_t revision, const json::object* content) {
    store::PartRow row{key, kind, revision, 0, {}, content ? part_digest(*content) : std::string(), {}};
    if (content) row.content = canonical_json(*content);
    TRY(store::put_part(tx_, sheet_, row));
    std::string part(part_word(key.kind));
    auto appended = TRY(evidence::append(
        tx_, {.type = kTypes[std::size_t(kind)],
              .stream = part_stream(sheet_, key),
              .actor = actor_,
              .facts = {{"sheet", sheet_}, {"part", part}, {"number", key.number}, {"revision", revision}},
              .body = content ? json::value(*content) : json::value(json::object{{"part", part}, {"number", key.number}})}));
    auto record = TRY(evidence::find_record(tx_, appended.index));
    CHECK(record);
    TRY(store::add_sheet_known(tx_, {std::int64_t(appended.index), sheet_, part, key.number, revision, record->at}));
    return std::int64_t(appended.index);
  }

 private:
  db::Transaction& tx_;
  std::string sheet_, actor_;
};

struct Now {
  std::map<PartKey, std::string> digests;     // of what stands
  std::set<PartKey> erased;                   // of these, those whose words are gone
  std::map<PartKey, std::int64_t> revisions;  // of withdrawn ones too
};

Result<Now> now_of(db::Reader& reader, const std::string& sheet) {
  Now now;
  for (auto& row : TRY(store::parts(reader, sheet, INT64_MAX))) {
    now.revisions[row.key] = row.revision;
    if (row.content) now.digests[row.key] = row.digest;
    if (store::erased(row)) now.erased.insert(row.key);
  }
  return now;
}

Result<SheetImport> compare(const Now& now, const Sheet& sheet, const std::optional<std::string>& expected) {
  SheetImport out;
  out.sheet = sheet.header.id;
  if (!now.digests.empty()) out.edition_before = edition_of(now.digests);
  if (expected && *expected != out.edition_before) return changed_meanwhile();
  out.edition = edition_of(sheet);
  Parts parts = parts_of(sheet);
  for (const auto& [key, part] : parts) {
    auto found = now.digests.find(key);
    if (found == now.digests.end())
      out.entered.push_back(key);
    else if (found->second == part_digest(part) && !now.erased.contains(key))
      ++out.unchanged;
    else
      out.revised.push_back(key);
  }
  for (const auto& [key, digest] : now.digests)
    if (!parts.contains(key)) out.withdrawn.push_back(key);
  return out;
}

Error conflict(const std::vector<std::pair<PartKey, CellConflict>>& conflicts, bool name_parts) {
  std::vector<Fault> faults;
  for (const auto& [part, one] : conflicts) {
    std::string where = std::string(part_word(part.kind)) + "/" + (part.number.empty() ? "" : part.number + "/");
    faults.push_back({(name_parts ? where : "") + one.cell,
                      {"ほかの人の値「" + one.theirs + "」、あなたの値「" + one.mine + "」、元の値「" + one.base + "」",
                       "theirs: \"" + one.theirs + "\", yours: \"" + one.mine + "\", before: \"" + one.base + "\""}});
  }
  return Error{
      Code::kConflict,
      "sheet.conflict",
      {"同じ欄を、ほかの人が先に別の値へ変えました。何も保存していません。下の欄をどうするか決めて、もう一度保存してください。",
       "Somebody else has changed the same cells to other values. Nothing was saved. Decide on the cells below, then save again."},
      std::move(faults)};
}

using Judge = Result<std::vector<Fault>> (*)(db::Reader&, const Sheet&, const Sheet*, Recomputed&);
Result<void> check_import(db::Reader& reader, const Sheet& sheet, Judge judge, Recomputed& asked) {
  auto before = load_sheet(reader, sheet.header.id, View{.drafts = true});
  auto faults = TRY(judge(reader, sheet, before.ok() ? &(*before)->sheet : nullptr, asked));
  if (!faults.empty()) return faulty(std::move(faults));
  return {};
}

// What edits make of the draft as it stands. Nothing to write where there are conflicts.
struct Combined {
  SharedSheet state;
  Parts parts;
  SheetMerge merge;

  Result<void> write(db::Transaction& tx, std::string_view actor) {
    PartWriter writer(tx, state->sheet.header.id, actor);
    for (const auto& [part, changes] : merge.changes)
      merge.records.push_back(TRY(writer.write(part, EntryKind::kRevised, state->part(part)->revision + 1, &parts[part])));
    return take_over_written(tx, merge.records.size());
  }
};

// Errors: sheet.unknown, sheet.unknown_part, sheet.nothing_new, sheet.faults.
Result<Combined> combine(db::Reader& reader, std::string_view sheet, const std::vector<PartEdit>& edits, Recomputed& asked) {
  Combined out;
  out.state = TRY(load_sheet(reader, sheet, View{.drafts = true}));
  out.merge.edition_before = out.state->edition;
  Parts before = parts_of(out.state->sheet), parts = before;
  for (const auto& edit : edits) {
    const SheetPart* current = out.state->part(edit.part);
    auto base_content = TRY(store::part_content(reader, sheet, edit.part, edit.base));
    if (!current || !base_content) return unknown_part(sheet, edit.part);
    auto base = TRY(parse_json(*base_content, JsonLimits{kMaxEntryBytes * 2, 32}));
    Merged merged = merge_cells(base.as_object(), parts[edit.part], edit.edited);
    for (auto& one : merged.conflicts) out.merge.conflicts.emplace_back(edit.part, std::move(one));
    if (current->revision != edit.base) out.merge.meanwhile.push_back(edit.part);
    parts[edit.part] = std::move(merged.part);
  }
  if (!out.merge.conflicts.empty()) return out;
  auto whole = sheet_of(parts);
  if (!whole.ok()) return faulty(whole.error().faults);
  out.parts = parts_of(*whole);
  bool same_parts = out.parts.size() == parts.size();
  for (const auto& [key, part] : parts) same_parts = same_parts && out.parts.contains(key);
  if (whole->header.id != sheet || !same_parts)
    return faulty({{"number", {"番号と id は変えられません。", "Numbers and the id cannot be changed."}}});
  for (const auto& edit : edits)
    if (auto changes = cell_changes(before[edit.part], out.parts[edit.part]); !changes.empty())
      out.merge.changes[edit.part] = std::move(changes);
  if (out.merge.changes.empty()) return nothing_new();
  if (auto faults = TRY(all_faults(reader, *whole, &out.state->sheet, asked)); !faults.empty()) return faulty(std::move(faults));
  return out;
}

// Of the part alone, with pointers into it; what others would have then keeps its whole pointer.
std::vector<Fault> faults_in(const Sheet& whole, const PartKey& part, std::vector<Fault> all) {
  std::string start;
  for (std::size_t i = 0; i < whole.indicators.size(); ++i)
    if (part == PartKey{PartKind::kIndicator, whole.indicators[i].number}) start = "/indicators/" + std::to_string(i) + "/";
  for (std::size_t i = 0; i < whole.programmes.size(); ++i)
    if (part == PartKey{PartKind::kProgramme, whole.programmes[i].number}) start = "/programmes/" + std::to_string(i) + "/";
  for (auto& one : all)
    if (!start.empty() && one.where.starts_with(start)) one.where = one.where.substr(start.size() - 1);
  return all;
}

// Puts the part in the draft's place of it, or takes it out: what the sheet is then is checked as a whole.
Result<SheetEdit> put_in_place(db::Transaction& tx, const SheetState& state, const PartKey& key,
                               const std::optional<json::object>& part, std::int64_t last, std::string_view actor) {
  Parts parts = parts_of(state.sheet);
  const bool stood = parts.contains(key);
  SheetEdit out{last + 1, 0, {}, false};
  if (part && stood) out.changes = cell_changes(parts[key], *part);
  if (part && stood && out.changes.empty()) return nothing_new();
  if (part)
    parts[key] = *part;
  else
    parts.erase(key);
  auto whole = sheet_of(parts);
  if (!whole.ok()) return whole.error().faults.empty() ? whole.error() : faulty(whole.error().faults);
  if (auto faults = TRY(all_faults(tx, *whole, &state.sheet)); !faults.empty())
    return faulty(faults_in(*whole, key, std::move(faults)));
  Parts now = parts_of(*whole);
  if (part && !now.contains(key)) return faulty({{"/number", {"番号は変えられません。", "Numbers cannot be changed."}}});
  PartWriter writer(tx, state.sheet.header.id, actor);
  const EntryKind kind = !part ? EntryKind::kWithdrawn : stood ? EntryKind::kRevised : EntryKind::kEntered;
  out.record = TRY(writer.write(key, kind, out.revision, part ? &now[key] : nullptr));
  TRY(take_over_written(tx, 1));
  return out;
}

RouteStep last_step(const SheetState& state, bool& any) {
  any = !state.route.empty();
  return any ? state.route.back().step : RouteStep::kReturned;
}

// What officers hid since it was taken is not published by a draft of before.
Result<std::vector<Fault>> faults_of_hidden(db::Reader& reader, const Sheet& draft, Recomputed& asked) {
  auto published = load_sheet(reader, draft.header.id, View{});
  if (!published.ok() && published.error().code != Code::kNotFound) return published.error();
  return asked.faults_of_hidden(reader, taken_in(draft, published.ok() ? &(*published)->sheet : nullptr));
}

Error remarks_open(const std::vector<Remark>& remarks) {
  std::vector<Fault> faults;
  for (const auto& one : remarks) faults.push_back({one.where, one.message});
  return Error{Code::kInvalid,
               "sheet.remarks_open",
               {"気になる点が " + std::to_string(remarks.size()) + " 件あります。直すか、それでよい理由を書いてください。",
                (remarks.size() == 1 ? "1 thing speaks" : std::to_string(remarks.size()) + " things speak") +
                    " against it. Set right what is wrong, or say why it is right as it is."},
               std::move(faults)};
}

Error wrong_step(Text what) { return Error{Code::kConflict, "sheet.wrong_step", std::move(what), {}}; }

// Whether the step may be taken now, by this officer.
Result<void> may_step(const SheetState& state, RouteStep step, std::string_view actor, std::string_view remark,
                      const std::vector<Remark>& remarks) {
  bool any = false;
  RouteStep last = last_step(state, any);
  if (!state.has_drafts()) return nothing_new();
  if (remark.size() > kRemarkBytes || !plain_text(remark))
    return Error{Code::kInvalid,
                 "sheet.remark_missing",
                 {"書き添える言葉は4,096バイトまでの文です。", "A remark is a text of at most 4,096 bytes."},
                 {{"remark", {"長すぎるか、使えない文字があります。", "It is too long or holds a control character."}}}};
  switch (step) {
    case RouteStep::kReviewed: {
      if (any && last != RouteStep::kReturned)
        return wrong_step({"この版はもう点検されています。", "This edition is reviewed already."});
      if (remarks.empty() || !remark.empty()) return {};
      return remarks_open(remarks);
    }
    case RouteStep::kApproved:
      if (last != RouteStep::kReviewed) return wrong_step({"先に点検が必要です。", "It must be reviewed first."});
      if (state.route.back().actor == actor)
        return Error{
            Code::kForbidden,
            "sheet.same_officer",
            {"点検した人は承認できません。ほかの職員が承認してください。", "Who reviewed it cannot approve it. Another officer must."},
            {}};
      if (remarks.empty() || !remark.empty()) return {};
      return remarks_open(remarks);
    case RouteStep::kReturned:
      if (last != RouteStep::kReviewed && last != RouteStep::kApproved)
        return wrong_step({"差し戻す版がありません。", "There is nothing to return."});
      if (remark.empty())
        return Error{Code::kInvalid,
                     "sheet.remark_missing",
                     {"差し戻す理由を書いてください。", "Say why it is returned."},
                     {{"remark", {"理由が必要です。", "A reason is needed."}}}};
      return {};
    case RouteStep::kPublished: break;
  }
  if (last != RouteStep::kApproved) return wrong_step({"先に承認が必要です。", "It must be approved first."});
  return {};
}

json::object published_body(const SheetState& state) {
  json::array parts;
  for (const auto& part : state.parts)
    parts.push_back(json::object{
        {"part", part_word(part.key.kind)}, {"number", part.key.number}, {"record", part.record}, {"digest", part.digest}});
  return {{"sheet", state.sheet.header.id}, {"edition", state.edition}, {"parts", std::move(parts)}};
}

json::object step_facts(const SheetState& state, const RouteEntry& entry) {
  json::object facts{
      {"sheet", state.sheet.header.id}, {"step", step_word(entry.step)}, {"revision", entry.revision}, {"edition", entry.edition}};
  if (entry.step != RouteStep::kPublished) return facts;
  MarkCounts counts = count_marks(state.sheet, mark_rules(state.sheet));
  facts["fiscal_year"] = state.sheet.header.fiscal_year;
  facts["indicators"] = std::int64_t(state.sheet.indicators.size());
  for (std::size_t i = 0; i < kMarks.size(); ++i) facts[kMarks[i]] = std::int64_t(counts.by_mark[i]);
  return facts;
}

}  // namespace

std::string_view step_word(RouteStep step) {
  constexpr std::array<std::string_view, 4> kWords = {"reviewed", "approved", "returned", "published"};
  return word_of(kWords, step);
}

std::vector<Remark> since_last_step(const SheetState& state, std::vector<Remark> remarks) {
  std::erase_if(remarks, [&](const Remark& one) { return state.route.empty() || one.since <= state.route.back().record; });
  return remarks;
}

std::span<const RecordType> sheet_record_types() { return kTypes; }

Result<SheetImport> Sheets::import_sheet(const Sheet& sheet, std::string_view actor, std::optional<std::string> expected_edition) {
  // Looked at before the write: what computes again from a record long ago may take a pass over the log. That of records does
  // not change; what the sheet names may have gone since, so that is looked at again.
  Recomputed looked;
  TRY(database_.read([&](db::Reader& reader) { return check_import(reader, sheet, all_faults, looked); }));
  return database_.write([&](db::Transaction& tx) -> Result<SheetImport> {
    TRY(post_by(mandate_, tx));
    Recomputed asked = looked;
    TRY(check_import(tx, sheet, faults_by_now, asked));
    Now now = TRY(now_of(tx, sheet.header.id));
    SheetImport out = TRY(compare(now, sheet, expected_edition));
    PartWriter writer(tx, sheet.header.id, actor);
    Parts parts = parts_of(sheet);
    for (auto [keys, kind] :
         {std::pair{&out.entered, EntryKind::kEntered}, {&out.revised, EntryKind::kRevised}, {&out.withdrawn, EntryKind::kWithdrawn}})
      for (const auto& key : *keys) {
        const json::object* content = kind == EntryKind::kWithdrawn ? nullptr : &parts[key];
        out.records.push_back(TRY(writer.write(key, kind, now.revisions[key] + 1, content)));
      }
    TRY(take_over_written(tx, out.records.size()));
    return out;
  });
}

Result<SheetImport> Sheets::preview(const Sheet& sheet) {
  return database_.read([&](db::Reader& reader) -> Result<SheetImport> {
    Recomputed asked;
    TRY(check_import(reader, sheet, all_faults, asked));
    return compare(TRY(now_of(reader, sheet.header.id)), sheet, std::nullopt);
  });
}

Result<SheetEdit> Sheets::edit(std::string_view sheet, const PartKey& part, std::int64_t base, const json::object& edited,
                               std::string_view actor) {
  // Before the write: what was taken is computed again over the log, or over all that others reported.
  const Recomputed looked = looked_at(database_, [&](db::Reader& reader, Recomputed& out) -> Result<void> {
    TRY(combine(reader, sheet, {{part, base, edited}}, out));
    return {};
  });
  return database_.write([&](db::Transaction& tx) -> Result<SheetEdit> {
    TRY(post_by(mandate_, tx));
    Recomputed asked = looked;
    Combined one = TRY(combine(tx, sheet, {{part, base, edited}}, asked));
    if (!one.merge.conflicts.empty()) return conflict(one.merge.conflicts, false);
    SheetEdit out{one.state->part(part)->revision + 1, 0, one.merge.changes[part], !one.merge.meanwhile.empty()};
    TRY(one.write(tx, actor));
    out.record = one.merge.records[0];
    return out;
  });
}

Result<SheetEdit> Sheets::add(std::string_view sheet, const PartKey& part, const json::object& added, std::string_view actor) {
  return database_.write([&](db::Transaction& tx) -> Result<SheetEdit> {
    TRY(post_by(mandate_, tx));
    auto state = TRY(load_sheet(tx, sheet, View{.drafts = true}));
    if (TRY(now_of(tx, state->sheet.header.id)).revisions.contains(part)) return faulty({number_taken(part.number)});
    return put_in_place(tx, *state, part, added, 0, actor);
  });
}

Result<SheetEdit> Sheets::take_out(std::string_view sheet, const PartKey& part, std::int64_t base, std::string_view actor) {
  return database_.write([&](db::Transaction& tx) -> Result<SheetEdit> {
    TRY(post_by(mandate_, tx));
    auto state = TRY(load_sheet(tx, sheet, View{.drafts = true}));
    const SheetPart* current = state->part(part);
    if (!current || part.kind == PartKind::kHeader) return unknown_part(sheet, part);
    if (current->revision != base) return changed_meanwhile();
    return put_in_place(tx, *state, part, std::nullopt, base, actor);
  });
}

Result<SheetEdit> Sheets::undo(std::string_view sheet, const PartKey& part, std::int64_t revision, std::string_view actor) {
  return database_.write([&](db::Transaction& tx) -> Result<SheetEdit> {
    TRY(post_by(mandate_, tx));
    auto state = TRY(load_sheet(tx, sheet, View{.drafts = true}));
    auto rows = TRY(store::revisions(tx, sheet, part, INT64_MAX));
    if (rows.empty()) return unknown_part(sheet, part);
    if (rows.back().revision != revision) return changed_meanwhile();
    if (state->publication && rows.back().record < state->publication->record) return nothing_new();
    std::optional<json::object> before;
    if (rows.size() > 1 && rows[rows.size() - 2].content) {
      const auto& row = rows[rows.size() - 2];
      before = TRY(parse_json(*row.content, JsonLimits{kMaxEntryBytes * 2, 32})).as_object();
      if (part_digest(*before) != row.digest)
        return faulty(
            {{"", {"前の内容は消去されたので、戻せません。", "What stood there before was erased and cannot be put back."}}});
    }
    if (!before && part.kind == PartKind::kHeader) return nothing_new();
    if (!before && !state->part(part)) return nothing_new();
    return put_in_place(tx, *state, part, before, revision, actor);
  });
}

Result<SheetMerge> Sheets::merge(std::string_view sheet, const std::vector<PartEdit>& edits, std::string_view actor,
                                 std::string_view expected_edition) {
  return database_.write([&](db::Transaction& tx) -> Result<SheetMerge> {
    TRY(post_by(mandate_, tx));
    if (TRY(load_sheet(tx, sheet, View{.drafts = true}))->edition != expected_edition) return changed_meanwhile();
    Recomputed asked;
    Combined all = TRY(combine(tx, sheet, edits, asked));
    if (!all.merge.conflicts.empty()) return conflict(all.merge.conflicts, true);
    TRY(all.write(tx, actor));
    return std::move(all.merge);
  });
}

Result<SheetMerge> Sheets::preview_merge(std::string_view sheet, const std::vector<PartEdit>& edits) {
  return database_.read([&](db::Reader& reader) -> Result<SheetMerge> {
    Recomputed asked;
    return std::move(TRY(combine(reader, sheet, edits, asked)).merge);
  });
}

Result<RouteEntry> Sheets::take_step(std::string_view sheet, RouteStep step, std::string_view actor, std::string_view expected_edition,
                                     std::string_view remark) {
  const bool discloses = step == RouteStep::kApproved || step == RouteStep::kPublished;
  Recomputed looked;
  if (discloses)
    looked = looked_at(database_, [&](db::Reader& reader, Recomputed& out) -> Result<void> {
      auto state = TRY(load_sheet(reader, sheet, View{.drafts = true}));
      if (state->edition == expected_edition) TRY(faults_of_hidden(reader, state->sheet, out));
      return {};
    });
  return database_.write([&](db::Transaction& tx) -> Result<RouteEntry> {
    std::string post = TRY(post_by(mandate_, tx));
    auto state = TRY(load_sheet(tx, sheet, View{.drafts = true}));
    if (state->edition != expected_edition) return changed_meanwhile();
    std::vector<Remark> remarks;
    if (step == RouteStep::kReviewed || step == RouteStep::kApproved) remarks = TRY(remarks_of(tx, state->sheet));
    if (step == RouteStep::kApproved) remarks = since_last_step(*state, std::move(remarks));
    TRY(may_step(*state, step, actor, remark, remarks));
    Recomputed asked = looked;
    if (discloses)
      if (auto faults = TRY(faults_of_hidden(tx, state->sheet, asked)); !faults.empty()) return faulty(std::move(faults));
    std::int64_t place = TRY(store::steps(tx, sheet)) + 1;
    RouteEntry entry{step, place, 0, state->edition, std::string(actor), std::string(remark), {}};
    TRY(store::put_step(tx, sheet, entry));
    json::object body =
        step == RouteStep::kPublished ? published_body(*state) : json::object{{"sheet", sheet}, {"edition", entry.edition}};
    if (!remark.empty()) body["remark"] = remark;
    if (!post.empty()) body["post"] = post;
    if (step == RouteStep::kReviewed) {
      json::array answered;
      for (const auto& one : remarks)
        if (!one.officers_only) answered.push_back(json::object{{"rule", one.rule}, {"where", one.where}});
      body["remarks"] = std::move(answered);
    }
    auto appended = TRY(evidence::append(tx, {.type = kTypes[kFirstStep + std::size_t(step)],
                                              .stream = sheet_stream(sheet) + "/route",
                                              .actor = std::string(actor),
                                              .facts = step_facts(*state, entry),
                                              .body = std::move(body)}));
    auto record = TRY(evidence::find_record(tx, appended.index));
    CHECK(record);
    entry.record = std::int64_t(appended.index);
    entry.at = record->at;
    TRY(store::add_sheet_known(tx, {entry.record, std::string(sheet), std::string(step_word(step)), "", entry.revision, record->at}));
    return entry;
  });
}

}  // namespace musubi::kpi
