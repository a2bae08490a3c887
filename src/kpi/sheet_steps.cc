// The steps of a sheet to publication, each one closure: row and record commit together.
#include <algorithm>
#include <array>

#include "evidence/record.h"
#include "kpi/judgement.h"
#include "kpi/sheet_check.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_state.h"
#include "kpi/sheet_store.h"
#include "kpi/sheets.h"
#include "kpi/taken.h"

namespace musubi::kpi {
namespace {

constexpr std::size_t kRemarkBytes = 4096;

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
  if (!state.has_drafts()) return sheet_nothing_new();
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
      if (state.route.back().actor == actor) return sheet_same_officer();
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

Result<RouteEntry> Sheets::take_step(std::string_view sheet, RouteStep step, std::string_view actor, std::string_view expected_edition,
                                     std::string_view remark) {
  const bool discloses = step == RouteStep::kApproved || step == RouteStep::kPublished;
  Recomputed looked;
  if (discloses)
    looked = TRY(looked_at(database_, [&](db::Reader& reader, Recomputed& out) -> Result<void> {
      TRY(post_by(mandate_, reader));
      auto state = TRY(load_sheet(reader, sheet, View{.drafts = true}));
      if (state->edition == expected_edition) TRY(faults_of_hidden(reader, state->sheet, out));
      return {};
    }));
  return database_.write([&](db::Transaction& tx) -> Result<RouteEntry> {
    std::string post = TRY(post_by(mandate_, tx));
    auto state = TRY(load_sheet(tx, sheet, View{.drafts = true}));
    if (state->edition != expected_edition) return sheet_changed_meanwhile();
    std::vector<Remark> remarks;
    if (step == RouteStep::kReviewed || step == RouteStep::kApproved) remarks = TRY(remarks_of(tx, state->sheet));
    if (step == RouteStep::kApproved) remarks = since_last_step(*state, std::move(remarks));
    TRY(may_step(*state, step, actor, remark, remarks));
    Recomputed asked = looked;
    if (discloses)
      if (auto faults = TRY(faults_of_hidden(tx, state->sheet, asked)); !faults.empty()) return sheet_faulty(std::move(faults));
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
    auto appended = TRY(evidence::append(tx, {.type = sheet_record_type(step),
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
