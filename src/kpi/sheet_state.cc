// Reading sheets: each call is one snapshot.
#include "kpi/sheet_state.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/guarded.h"
#include "evidence/record.h"
#include "kpi/follow_up_state.h"
#include "kpi/hidden.h"
#include "kpi/scales.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_named.h"
#include "kpi/sheet_store.h"

namespace musubi::kpi {
namespace {

std::optional<Time> before(const View& view) { return view.as_of ? std::optional(end_of_day_jst(*view.as_of)) : std::nullopt; }

Error not_published(std::string_view sheet, const View& view) {
  std::string name(sheet);
  if (!view.as_of)
    return Error{
        Code::kNotFound,
        "sheet.not_published",
        {"表「" + name +
             "」はまだ公表されていません。公表されたものを一覧から選んでください。担当者は職員のページで下書きを見られます。",
         "The sheet " + name + " is not published yet. Choose a published one from the list; officers see the draft on their pages."},
        {}};
  std::string day = text::iso_date(*view.as_of);
  return Error{Code::kNotFound,
               "sheet.not_published",
               {"表「" + name + "」は " + day + " の時点ではまだ公表されていません。もっと後の日を指定してください。",
                "The sheet " + name + " was not published yet on " + day + ". Ask for a later day."},
               {{"as_of", {"この日には何も知られていません。", "Nothing was known on this day."}}}};
}

// What was published never changes: its state is read once. Bounded in the way of plans.
class PublishedSheets {
 public:
  SharedSheet find(const std::string& mark) {
    return states_.with([&](auto& states) { return states.contains(mark) ? states[mark] : nullptr; });
  }
  void keep(const std::string& mark, SharedSheet state) {
    states_.with([&](auto& states) {
      if (states.size() >= kMost) states.clear();
      states[mark] = std::move(state);
    });
  }

 private:
  static constexpr std::size_t kMost = 64;
  Guarded<std::map<std::string, SharedSheet>> states_;
};

PublishedSheets& published_sheets() {
  static PublishedSheets states;
  return states;
}

Result<json::object> object_of(const std::string& content) {
  auto value = TRY(parse_json(content, JsonLimits{kMaxEntryBytes * 2, 32}));
  if (!value.is_object())
    return Error{Code::kCorrupt,
                 "sheet.damaged",
                 {"保存された表の内容が読めません。`musubi verify` で調べてください。",
                  "What is stored of the sheet cannot be read. Run `musubi verify` to find the damage."},
                 {}};
  return std::move(value.get_object());
}

using Digests = std::map<PartKey, std::string>;

// What the publication made public: what came back to it is no draft.
struct PublishedParts {
  Digests digests;
  std::int64_t newest = 0;  // record of the newest of them, or of one that was taken out before it
};
Result<PublishedParts> published_parts(db::Reader& reader, std::string_view sheet, std::int64_t published_below) {
  PublishedParts out;
  for (auto& row : TRY(store::parts(reader, sheet, published_below))) {
    out.newest = std::max(out.newest, row.record);
    if (row.content && !store::erased(row)) out.digests[row.key] = std::move(row.digest);
  }
  return out;
}

Result<SheetState> read_sheet_state(db::Reader& reader, std::string_view sheet, const View& view, std::int64_t cutoff) {
  SheetState state;
  state.publication = TRY(store::newest_publication(reader, sheet, before(view)));
  std::int64_t published_below = state.publication ? state.publication->record : -1;
  Parts parts;
  Digests digests;
  PublishedParts published;
  std::int64_t taken_out = -1;  // record of the newest part that was, since the publication
  auto rows = TRY(store::parts(reader, sheet, cutoff));
  auto newer = [&](const store::PartRow& row) { return row.record > published_below; };
  if (state.publication && std::any_of(rows.begin(), rows.end(), newer))
    published = TRY(published_parts(reader, sheet, published_below));
  for (auto& row : rows) {
    if (!newer(row)) published.newest = std::max(published.newest, row.record);
    if (row.content) {
      auto stood = published.digests.find(row.key);
      bool draft = newer(row) && (stood == published.digests.end() || stood->second != row.digest);
      digests[row.key] = row.digest;
      parts[row.key] = TRY(object_of(*row.content));
      state.parts.push_back({row.key, row.revision, row.record, row.at, row.digest, draft});
    } else if (newer(row)) {
      state.withdrawn.push_back(row.key);
      taken_out = std::max(taken_out, row.record);
    }
  }
  if (parts.empty()) return not_published(sheet, view);
  std::sort(state.parts.begin(), state.parts.end(), [](auto& a, auto& b) { return a.key < b.key; });
  std::sort(state.withdrawn.begin(), state.withdrawn.end());
  state.sheet = TRY(sheet_of(parts));
  const SheetPart* header = state.part({PartKind::kHeader, ""});
  ScaleMoment moment{header ? header->record : 0, view.drafts ? INT64_MAX : published_below, {}};
  if (view.drafts) moment.before = before(view);
  state.sheet.ruled.scale = TRY(own_scale_for(reader, state.sheet.header, moment));
  state.edition = edition_of(digests);
  const bool drafts = state.has_drafts();  // whatever changes one starts the way again; of what is published it ended there
  std::int64_t since = drafts ? std::max(published_below, taken_out) : published.newest;
  if (drafts)
    for (const auto& part : state.parts) since = std::max(since, part.record);
  for (auto& entry : TRY(store::route(reader, sheet, since, drafts ? cutoff : published_below + 1)))
    if (entry.edition == state.edition) state.route.push_back(std::move(entry));
  return state;
}

std::string actor_of(const evidence::Record& record) {
  auto head = parse_json(record.head);
  if (!head.ok() || !head->is_object()) return {};
  const json::value* actor = head->get_object().if_contains("actor");
  return actor && actor->is_string() ? std::string(actor->get_string()) : std::string();
}

}  // namespace

std::string sheet_stream(std::string_view sheet) { return "kpi/sheet/" + std::string(sheet); }
std::string part_stream(std::string_view sheet, const PartKey& part) {
  return part.kind == PartKind::kHeader ? sheet_stream(sheet)
                                        : sheet_stream(sheet) + "/" + std::string(part_word(part.kind)) + "/" + part.number;
}

std::string sheet_in(std::string_view stream) {
  const std::string start = sheet_stream("");
  if (!stream.starts_with(start)) return "";
  stream.remove_prefix(start.size());
  return std::string(stream.substr(0, stream.find('/')));
}

Error unknown_sheet(std::string_view sheet) {
  std::string name(sheet);
  return Error{Code::kNotFound,
               "sheet.unknown",
               {"表「" + name + "」はありません。評価書・事前分析表の一覧から選んでください。",
                "There is no sheet " + name + ". Choose one from the list of sheets."},
               {}};
}

Error unknown_part(std::string_view sheet, const PartKey& part) {
  std::string name(sheet), number = part.number;
  if (part.kind == PartKind::kProgramme)
    return Error{
        Code::kNotFound,
        "sheet.unknown_part",
        {"表「" + name + "」に達成手段「" + number + "」はありません。", "The sheet " + name + " has no programme " + number + "."},
        {}};
  return Error{Code::kNotFound,
               "sheet.unknown_part",
               {"表「" + name + "」に測定指標「" + number + "」はありません。表のページから選んでください。",
                "The sheet " + name + " has no indicator " + number + ". Choose one from the sheet's page."},
               {}};
}

Error sheet_changed_meanwhile() {
  return Error{
      Code::kConflict,
      "sheet.changed_meanwhile",
      {"確認した後に、下書きがほかの操作で変わりました。何も行っていません。新しい下書きを見直してから、もう一度行ってください。",
       "The draft was changed by another act after you looked at it. Nothing was done. Review the new draft, then try again."},
      {}};
}

Error sheet_faulty(std::vector<Fault> faults) {
  std::string count = std::to_string(faults.size());
  return Error{Code::kInvalid,
               "sheet.faults",
               {"表に誤りが " + count + " 件あります。すべて直してから、もう一度行ってください。",
                "The sheet has " + count + " fault(s). Correct them all and try again."},
               std::move(faults)};
}

Error sheet_same_officer() {
  return {Code::kForbidden,
          "sheet.same_officer",
          {"点検した人は承認できません。ほかの職員が承認してください。", "Who reviewed it cannot approve it. Another officer must."},
          {}};
}

Error sheet_nothing_new() {
  return Error{Code::kConflict,
               "sheet.nothing_new",
               {"今ある内容と同じなので、何も保存していません。変える欄を直してから、もう一度保存してください。",
                "It is the same as what is there, so nothing was saved. Change something, then save again."},
               {}};
}

Error no_judgement(std::string_view sheet) {
  std::string name(sheet);
  return Error{Code::kNotFound,
               "sheet.no_judgement",
               {"表「" + name + "」は事前分析表なので、評価結果も予算への反映も書きません。評価書の様式の表に書きます。",
                "The sheet " + name +
                    " is a pre-analysis sheet: it has neither judgement nor budget stance. They stand on an evaluation sheet."},
               {}};
}

bool SheetState::has_drafts() const {
  return !publication || publication->edition != edition ||
         std::any_of(parts.begin(), parts.end(), [](const SheetPart& one) { return one.draft; });
}

const SheetPart* SheetState::part(const PartKey& key) const {
  for (const auto& one : parts)
    if (one.key == key) return &one;
  return nullptr;
}

const SheetIndicator* SheetState::indicator(std::string_view number) const {
  for (const auto& one : sheet.indicators)
    if (one.number == number) return &one;
  return nullptr;
}

Result<std::int64_t> sheet_cutoff_of(db::Reader& reader, std::string_view sheet, const View& view) {
  if (TRY(store::sheet_cutoff(reader, sheet, std::nullopt)) == 0) return unknown_sheet(sheet);
  if (view.drafts) {
    std::int64_t cutoff = TRY(store::sheet_cutoff(reader, sheet, before(view)));
    if (cutoff == 0) return not_published(sheet, view);
    return cutoff;
  }
  auto publication = TRY(store::newest_publication(reader, sheet, before(view)));
  if (!publication) return not_published(sheet, view);
  return publication->record;
}

Result<SharedSheet> load_sheet(db::Reader& reader, std::string_view sheet, const View& view) {
  if (!view.drafts) {
    auto publication = TRY(store::newest_publication(reader, sheet, before(view)));
    if (publication)
      if (auto known = published_sheets().find(publication->mark)) return known;
  }
  std::int64_t cutoff = TRY(sheet_cutoff_of(reader, sheet, view));
  auto state = std::make_shared<const SheetState>(TRY(read_sheet_state(reader, sheet, view, cutoff)));
  if (!view.drafts && state->publication) published_sheets().keep(state->publication->mark, state);
  return SharedSheet(state);
}

namespace {

// How surely `other` is the sheet that this one goes on from: the newer, then by its title, then by the indicators both have.
std::tuple<int, bool, std::size_t, double> nearness(const Sheet& sheet, const Sheet& other) {
  std::set<std::string> ids;
  for (const auto& one : other.indicators)
    if (!one.id.empty()) ids.insert(one.id);
  const auto shared =
      std::count_if(sheet.indicators.begin(), sheet.indicators.end(), [&](const SheetIndicator& one) { return ids.contains(one.id); });
  const Text &mine = sheet.header.policy_title, &theirs = other.header.policy_title;
  return {other.header.fiscal_year, mine.ja == theirs.ja, std::size_t(shared), likeness(mine.ja, theirs.ja)};
}

}  // namespace

Result<SharedSheet> previous_sheet(db::Reader& reader, const Sheet& sheet) {
  SharedSheet best;
  for (const auto& id : TRY(store::sheets(reader))) {
    if (id == sheet.header.id) continue;
    auto other = TRY(load_sheet(reader, id, View{.drafts = true}));
    const auto& h = other->sheet.header;
    if (h.fiscal_year >= sheet.header.fiscal_year || !same_policy(other->sheet, sheet)) continue;
    if (!best || nearness(sheet, best->sheet) < nearness(sheet, other->sheet)) best = other;
  }
  return best;
}

namespace {

// Of measures of plans of this organisation that are followed up; in the order that the sheet names them.
Result<std::vector<OpenFindings>> open_findings(db::Reader& reader, const Sheet& sheet) {
  std::vector<OpenFindings> out;
  std::map<std::string, std::optional<FollowUpState>> plans;
  auto look = [&](const std::vector<PlanMeasure>& all) -> Result<void> {
    for (const auto& one : all) {
      auto at = plans.find(one.plan);
      if (at == plans.end()) {
        auto state = load_follow_ups(reader, one.plan, View{.drafts = true});
        if (!state.ok() && state.error().code != Code::kNotFound) return state.error();
        at = plans.emplace(one.plan, state.ok() ? std::optional(std::move(*state)) : std::nullopt).first;
      }
      const bool told = std::any_of(out.begin(), out.end(), [&](const OpenFindings& other) { return other.measure == one; });
      if (!at->second || told) continue;
      if (std::size_t count = at->second->open_findings(one.number); count > 0)
        out.push_back({one, count, at->second->published_findings(one.number), at->second->newest_finding(one.number)});
    }
    return {};
  };
  for (const auto& one : sheet.indicators) TRY(look(one.measures));
  for (const auto& one : sheet.programmes) TRY(look(one.measures));
  return out;
}

}  // namespace

Result<std::vector<Remark>> remarks_of(db::Reader& reader, const Sheet& sheet) {
  auto previous = TRY(previous_sheet(reader, sheet));
  return lint(sheet, previous ? &previous->sheet : nullptr, TRY(open_findings(reader, sheet)));
}

namespace {

// By fiscal year, newest first; what the view lacks is left out.
Result<std::vector<SharedSheet>> load_all(db::Reader& reader, const std::vector<std::string>& sheets, const View& view) {
  std::vector<SharedSheet> out;
  for (const auto& sheet : sheets) {
    auto state = load_sheet(reader, sheet, view);
    if (state.ok())
      out.push_back(*state);
    else if (state.error().code != Code::kNotFound)
      return state.error();
  }
  std::stable_sort(out.begin(), out.end(), [](auto& a, auto& b) { return a->sheet.header.fiscal_year > b->sheet.header.fiscal_year; });
  return out;
}

}  // namespace

Result<std::vector<SharedSheet>> Sheets::list(const View& view) {
  return database_.read(
      [&](db::Reader& reader) -> Result<std::vector<SharedSheet>> { return load_all(reader, TRY(store::sheets(reader)), view); });
}

Result<std::vector<SharedSheet>> Sheets::naming(std::string_view plan, std::string_view number, const View& view) {
  return database_.read([&](db::Reader& reader) -> Result<std::vector<SharedSheet>> {
    return load_all(reader, TRY(sheets_naming(reader, plan, number)), view);
  });
}

Result<SharedSheet> Sheets::state(std::string_view sheet, const View& view) {
  return database_.read([&](db::Reader& reader) { return load_sheet(reader, sheet, view); });
}

namespace {

// Records of the revisions whose content the public may not see. A publication shows the newest of each part before it.
Result<std::set<std::int64_t>> withheld_parts(db::Reader& reader, HiddenSince& hidden, std::string_view sheet) {
  std::vector<ToldRevision> told;
  std::map<std::pair<std::string, std::string>, std::size_t> newest;  // place in told, by part
  for (auto& row : TRY(store::told_parts(reader, sheet))) {
    if (row.what == step_word(RouteStep::kPublished)) {
      for (const auto& [part, place] : newest) told[place].shown = true;
      continue;
    }
    newest[{row.what, row.number}] = told.size();
    told.push_back({row.record, false, std::move(row.content).value_or("")});
  }
  return withheld(hidden, told);
}

}  // namespace

Result<std::vector<SheetRevision>> Sheets::history(std::string_view sheet, std::optional<PartKey> part, const View& view) {
  return database_.read([&](db::Reader& reader) -> Result<std::vector<SheetRevision>> {
    std::int64_t cutoff = TRY(sheet_cutoff_of(reader, sheet, view));
    auto publication = TRY(store::newest_publication(reader, sheet, std::nullopt));
    HiddenSince hidden(reader);
    std::set<std::int64_t> closed;
    if (!view.drafts) closed = TRY(withheld_parts(reader, hidden, sheet));
    struct Before {
      json::object content;
      bool closed;
    };
    std::map<PartKey, Before> newest;
    std::vector<SheetRevision> out;
    for (auto& row : TRY(store::revisions(reader, sheet, part, cutoff))) {
      SheetRevision revision{row.key,
                             row.kind,
                             row.revision,
                             row.record,
                             row.at,
                             {},
                             !publication || row.record > publication->record,
                             closed.contains(row.record)};
      if (auto record = TRY(evidence::find_record(reader, std::uint64_t(row.record)))) revision.actor = actor_of(*record);
      if (row.content) {
        Before now{TRY(object_of(*row.content)), revision.withheld};
        if (auto before = newest.find(row.key); before != newest.end()) {
          revision.withheld = revision.withheld || before->second.closed;
          if (!revision.withheld) revision.changes = cell_changes(before->second.content, now.content);
        }
        newest.insert_or_assign(row.key, std::move(now));
      }
      out.push_back(std::move(revision));
    }
    if (out.empty()) return unknown_part(sheet, part.value_or(PartKey{}));
    std::reverse(out.begin(), out.end());
    return out;
  });
}

Result<json::object> Sheets::part_at(std::string_view sheet, const PartKey& part, std::int64_t revision) {
  return database_.read([&](db::Reader& reader) -> Result<json::object> {
    auto content = TRY(store::part_content(reader, sheet, part, revision));
    if (!content) return unknown_part(sheet, part);
    return object_of(*content);
  });
}

Result<Sheet> Sheets::sheet_at(std::string_view sheet, const std::vector<PartBase>& parts) {
  return database_.read([&](db::Reader& reader) -> Result<Sheet> {
    if (TRY(store::sheet_cutoff(reader, sheet, std::nullopt)) == 0) return unknown_sheet(sheet);
    Parts all;
    for (const auto& part : parts) {
      auto content = TRY(store::part_content(reader, sheet, part.key, part.revision));
      if (content) all[part.key] = TRY(object_of(*content));
      if (!content || part_digest(all[part.key]) != part.digest)
        return Error{Code::kConflict,
                     "sheet.unknown_edition",
                     {"この表のどの版にも合いません。表のページからダウンロードし直してください。",
                      "It fits no edition of this sheet. Download the sheet again."},
                     {}};
    }
    Sheet whole = TRY(sheet_of(all));
    whole.ruled.scale = TRY(own_scale_for(reader, whole.header, {INT64_MAX}));
    return whole;
  });
}

Result<std::vector<Remark>> Sheets::remarks(std::string_view sheet) {
  return database_.read([&](db::Reader& reader) -> Result<std::vector<Remark>> {
    auto state = TRY(load_sheet(reader, sheet, View{.drafts = true}));
    return remarks_of(reader, state->sheet);
  });
}

Result<std::set<std::uint64_t>> Sheets::published(db::Reader& reader, std::span<const evidence::Record> records) {
  struct Known {
    std::int64_t publication = -1;  // record of the newest; -1: none
    std::set<std::int64_t> closed;
  };
  std::map<std::string, Known, std::less<>> sheets;
  HiddenSince hidden(reader);
  std::set<std::uint64_t> all;
  for (const auto& record : records) {
    std::string sheet = sheet_in(record.stream);
    if (sheet.empty()) continue;
    auto at = sheets.find(sheet);
    if (at == sheets.end()) {
      Known known;
      if (auto publication = TRY(store::newest_publication(reader, sheet, std::nullopt)))
        known = {publication->record, TRY(withheld_parts(reader, hidden, sheet))};
      at = sheets.emplace(std::move(sheet), std::move(known)).first;
    }
    const auto index = std::int64_t(record.index);
    if (index < at->second.publication && !at->second.closed.contains(index)) all.insert(record.index);
  }
  return all;
}

}  // namespace musubi::kpi
