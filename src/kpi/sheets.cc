// The acts on parts: import, change by cell, what is added, taken out, put back and merged. Each is one closure: rows, records and what
// is derived from them commit together. The steps to publication stand in sheet_steps.cc.
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
  if (expected && *expected != out.edition_before) return sheet_changed_meanwhile();
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
  if (!faults.empty()) return sheet_faulty(std::move(faults));
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
  if (!whole.ok()) return sheet_faulty(whole.error().faults);
  out.parts = parts_of(*whole);
  bool same_parts = out.parts.size() == parts.size();
  for (const auto& [key, part] : parts) same_parts = same_parts && out.parts.contains(key);
  if (whole->header.id != sheet || !same_parts)
    return sheet_faulty({{"number", {"番号と id は変えられません。", "Numbers and the id cannot be changed."}}});
  for (const auto& edit : edits)
    if (auto changes = cell_changes(before[edit.part], out.parts[edit.part]); !changes.empty())
      out.merge.changes[edit.part] = std::move(changes);
  if (out.merge.changes.empty()) return sheet_nothing_new();
  if (auto faults = TRY(all_faults(reader, *whole, &out.state->sheet, asked)); !faults.empty()) return sheet_faulty(std::move(faults));
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

// The part in the draft's place of it, or none there: what the sheet is then is checked as a whole.
struct Placed {
  SharedSheet state;
  PartKey key;
  EntryKind kind;
  std::optional<json::object> part;
  SheetEdit edit;

  Result<SheetEdit> write(db::Transaction& tx, std::string_view actor) {
    edit.record = TRY(PartWriter(tx, state->sheet.header.id, actor).write(key, kind, edit.revision, part ? &*part : nullptr));
    TRY(take_over_written(tx, 1));
    return std::move(edit);
  }
};

Result<Placed> placed(db::Reader& reader, SharedSheet state, const PartKey& key, const std::optional<json::object>& part,
                      std::int64_t last, Recomputed& asked) {
  Parts parts = parts_of(state->sheet);
  const bool stood = parts.contains(key);
  Placed out{state,
             key,
             !part   ? EntryKind::kWithdrawn
             : stood ? EntryKind::kRevised
                     : EntryKind::kEntered,
             {},
             {last + 1, 0, {}, false}};
  if (part && stood) out.edit.changes = cell_changes(parts[key], *part);
  if (part && stood && out.edit.changes.empty()) return sheet_nothing_new();
  if (part)
    parts[key] = *part;
  else
    parts.erase(key);
  auto whole = sheet_of(parts);
  if (!whole.ok()) return whole.error().faults.empty() ? whole.error() : sheet_faulty(whole.error().faults);
  if (auto faults = TRY(all_faults(reader, *whole, &state->sheet, asked)); !faults.empty())
    return sheet_faulty(faults_in(*whole, key, std::move(faults)));
  Parts now = parts_of(*whole);
  if (part && !now.contains(key)) return sheet_faulty({{"/number", {"番号は変えられません。", "Numbers cannot be changed."}}});
  if (part) out.part = std::move(now[key]);
  return out;
}

// Looks before the write, because what was taken is computed again over the log or over all that others reported; looks again in it,
// with what was answered at hand, and writes.
template <class Out, class Look, class Write>  // Result<T>(db::Reader&, Recomputed&), Result<Out>(db::Transaction&, T&)
Result<Out> looked_then_written(db::Database& database, Look look, Write write) {
  const Recomputed looked = TRY(looked_at(database, [&](db::Reader& reader, Recomputed& out) -> Result<void> {
    TRY(look(reader, out));
    return {};
  }));
  return database.write([&](db::Transaction& tx) -> Result<Out> {
    Recomputed asked = looked;
    auto seen = TRY(look(tx, asked));
    return write(tx, seen);
  });
}

}  // namespace

std::span<const RecordType> sheet_record_types() { return kTypes; }
const RecordType& sheet_record_type(RouteStep step) { return kTypes[std::size_t(EntryKind::kWithdrawn) + 1 + std::size_t(step)]; }

Result<SheetImport> Sheets::import_sheet(const Sheet& sheet, std::string_view actor, std::optional<std::string> expected_edition) {
  // Looked at before the write: what computes again from a record long ago may take a pass over the log. That of records does
  // not change; what the sheet names may have gone since, so that is looked at again.
  Recomputed looked;
  TRY(database_.read([&](db::Reader& reader) -> Result<void> {
    TRY(post_by(mandate_, reader));
    return check_import(reader, sheet, all_faults, looked);
  }));
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
  auto look = [&](db::Reader& reader, Recomputed& asked) -> Result<Combined> {
    TRY(post_by(mandate_, reader));
    return combine(reader, sheet, {{part, base, edited}}, asked);
  };
  return looked_then_written<SheetEdit>(database_, look, [&](db::Transaction& tx, Combined& one) -> Result<SheetEdit> {
    if (!one.merge.conflicts.empty()) return conflict(one.merge.conflicts, false);
    SheetEdit out{one.state->part(part)->revision + 1, 0, one.merge.changes[part], !one.merge.meanwhile.empty()};
    TRY(one.write(tx, actor));
    out.record = one.merge.records[0];
    return out;
  });
}

Result<SheetEdit> Sheets::add(std::string_view sheet, const PartKey& part, const json::object& added, std::string_view actor) {
  auto look = [&](db::Reader& reader, Recomputed& asked) -> Result<Placed> {
    TRY(post_by(mandate_, reader));
    auto state = TRY(load_sheet(reader, sheet, View{.drafts = true}));
    if (TRY(now_of(reader, state->sheet.header.id)).revisions.contains(part)) return sheet_faulty({number_taken(part.number)});
    return placed(reader, std::move(state), part, added, 0, asked);
  };
  return looked_then_written<SheetEdit>(database_, look, [&](db::Transaction& tx, Placed& one) { return one.write(tx, actor); });
}

Result<SheetEdit> Sheets::take_out(std::string_view sheet, const PartKey& part, std::int64_t base, std::string_view actor) {
  auto look = [&](db::Reader& reader, Recomputed& asked) -> Result<Placed> {
    TRY(post_by(mandate_, reader));
    auto state = TRY(load_sheet(reader, sheet, View{.drafts = true}));
    const SheetPart* current = state->part(part);
    if (!current || part.kind == PartKind::kHeader) return unknown_part(sheet, part);
    if (current->revision != base) return sheet_changed_meanwhile();
    return placed(reader, std::move(state), part, std::nullopt, base, asked);
  };
  return looked_then_written<SheetEdit>(database_, look, [&](db::Transaction& tx, Placed& one) { return one.write(tx, actor); });
}

Result<SheetEdit> Sheets::undo(std::string_view sheet, const PartKey& part, std::int64_t revision, std::string_view actor) {
  auto look = [&](db::Reader& reader, Recomputed& asked) -> Result<Placed> {
    TRY(post_by(mandate_, reader));
    auto state = TRY(load_sheet(reader, sheet, View{.drafts = true}));
    auto rows = TRY(store::revisions(reader, sheet, part, INT64_MAX));
    if (rows.empty()) return unknown_part(sheet, part);
    if (rows.back().revision != revision) return sheet_changed_meanwhile();
    if (state->publication && rows.back().record < state->publication->record) return sheet_nothing_new();
    std::optional<json::object> before;
    if (rows.size() > 1 && rows[rows.size() - 2].content) {
      const auto& row = rows[rows.size() - 2];
      before = TRY(parse_json(*row.content, JsonLimits{kMaxEntryBytes * 2, 32})).as_object();
      if (part_digest(*before) != row.digest)
        return sheet_faulty(
            {{"", {"前の内容は消去されたので、戻せません。", "What stood there before was erased and cannot be put back."}}});
    }
    if (!before && part.kind == PartKind::kHeader) return sheet_nothing_new();
    if (!before && !state->part(part)) return sheet_nothing_new();
    return placed(reader, std::move(state), part, before, revision, asked);
  };
  return looked_then_written<SheetEdit>(database_, look, [&](db::Transaction& tx, Placed& one) { return one.write(tx, actor); });
}

Result<SheetMerge> Sheets::merge(std::string_view sheet, const std::vector<PartEdit>& edits, std::string_view actor,
                                 std::string_view expected_edition) {
  auto look = [&](db::Reader& reader, Recomputed& asked) -> Result<Combined> {
    TRY(post_by(mandate_, reader));
    if (TRY(load_sheet(reader, sheet, View{.drafts = true}))->edition != expected_edition) return sheet_changed_meanwhile();
    return combine(reader, sheet, edits, asked);
  };
  return looked_then_written<SheetMerge>(database_, look, [&](db::Transaction& tx, Combined& all) -> Result<SheetMerge> {
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

}  // namespace musubi::kpi
