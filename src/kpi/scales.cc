#include "kpi/scales.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "kpi/json.h"
#include "kpi/sheet_store.h"
#include "kpi/store.h"

namespace musubi::kpi {
namespace {

using evidence::RecordType;
using evidence::Visibility;

constexpr std::string_view kFacts[] = {"scale", "revision", "digest"};
constexpr RecordType kTypes[] = {
    {"kpi.scale_entered", 1, Visibility::kPublic, "評価の区分の登録", "Scale of judgement entered", kFacts},
    {"kpi.scale_revised", 1, Visibility::kPublic, "評価の区分の改定", "Scale of judgement revised", kFacts},
    {"kpi.scale_withdrawn", 1, Visibility::kPublic, "評価の区分の取下げ", "Scale of judgement withdrawn", kFacts},
};

std::string str(std::string_view text) { return std::string(text); }
std::string digest_of(std::string_view text) { return to_hex(crypto::bytes(crypto::sha256(text))); }
std::string stream_of(std::string_view id) { return "kpi/scale/" + str(id); }

// A revision without its text, with the record that made it: reading a sheet looks at all of these and needs the text of one.
struct Row {
  std::int64_t revision = 0;
  std::string digest;
  bool stands = false;              // false: withdrawn
  std::int64_t record = INT64_MAX;  // none: `verify` names it, and no sheet is read with it
  Time at = {};
};
using Rows = std::map<std::string, std::vector<Row>>;  // by scale, oldest first

// Of one scale, or of all.
Result<Rows> rows_of(db::Reader& reader, std::optional<std::string_view> id = std::nullopt) {
  std::string sql =
      "SELECT s.scale, s.revision, s.digest, CASE WHEN s.content IS NULL THEN 0 ELSE 1 END, r.idx, r.at FROM kpi_scale s "
      "LEFT JOIN kpi_scale_record r ON r.scale = s.scale AND r.revision = s.revision ";
  std::vector<db::Value> parameters;
  if (id) {
    sql += "WHERE s.scale = $1 ";
    parameters.emplace_back(str(*id));
  }
  Rows out;
  TRY(reader.scan(sql + "ORDER BY s.scale, s.revision", parameters, [&](const db::Row& row) -> Result<void> {
    Row one{row.integer(1), row.text(2), row.integer(3) == 1};
    if (!row.is_null(4)) one.record = row.integer(4), one.at = Time{row.integer(5)};
    out[row.text(0)].push_back(std::move(one));
    return {};
  }));
  return out;
}

// The newest revision that was there at that moment; nothing where there was none, or it was withdrawn.
struct Until {
  std::int64_t index = INT64_MAX;  // of a record, not included
  std::optional<Time> before = {};
  bool everything() const { return index == INT64_MAX && !before; }
};
const Row* newest_until(const std::vector<Row>& rows, const Until& until) {
  for (auto row = rows.rbegin(); row != rows.rend(); ++row)
    if (until.everything() || (row->record < until.index && (!until.before || row->at < *until.before)))
      return row->stands ? &*row : nullptr;
  return nullptr;
}

const Row* revision_in(const std::vector<Row>& rows, std::int64_t revision) {
  for (const auto& row : rows)
    if (row.revision == revision && row.stands) return &row;
  return nullptr;
}

Result<std::string> content_of(db::Reader& reader, std::string_view id, std::int64_t revision) {
  auto rows = TRY(reader.query("SELECT content FROM kpi_scale WHERE scale = $1 AND revision = $2", {str(id), revision}));
  return rows.empty() ? std::string() : rows[0].maybe_text(0).value_or("");
}

Result<Scale> scale_in(db::Reader& reader, std::string_view id, const Row& row) {
  Scale scale = TRY(read_scale(TRY(content_of(reader, id, row.revision))));
  scale.revision = row.revision;
  return scale;
}

Error unknown_scale(std::string_view id) {
  return Error{Code::kNotFound,
               "scale.unknown",
               {"評価の区分「" + str(id) + "」はありません。評価の区分の一覧から選んでください。",
                "There is no scale " + str(id) + ". Choose one from the list of scales."},
               {}};
}

Error changed_meanwhile() {
  return Error{Code::kConflict,
               "scale.changed",
               {"確認した後に、この評価の区分がほかの操作で変わりました。何も行っていません。見直してから、もう一度行ってください。",
                "The scale was changed by another act after you looked at it. Nothing was done. Review it, then try again."},
               {}};
}

Result<void> not_of_binary(std::string_view id) {
  if (!find_scale(id)) return {};
  return Error{
      Code::kConflict,
      "scale.of_binary",
      {"id「" + str(id) + "」はもとから備わる評価の区分のものです。改定も取下げもできません。別の id にしてください。",
       "The id " + str(id) + " is that of a scale that comes with Musubi, which is neither revised nor withdrawn. Choose another."},
      {{"/id", {"もとから備わる評価の区分の id です。", "This id is that of a scale that comes with Musubi."}}}};
}

Result<ScaleOutcome> compare(db::Reader& reader, const Scale& scale, const std::string& content) {
  Rows rows = TRY(rows_of(reader));
  auto found = rows.find(scale.id);
  const Row* newest = found == rows.end() ? nullptr : &found->second.back();
  ScaleOutcome out;
  out.before = newest ? newest->revision : 0;
  out.kind = newest && newest->stands ? EntryKind::kRevised : EntryKind::kEntered;
  // An erased revision keeps its digest, and its texts are gone: the same text said again is a new revision.
  out.changed = out.kind == EntryKind::kEntered || newest->digest != digest_of(content) ||
                digest_of(TRY(content_of(reader, scale.id, newest->revision))) != newest->digest;
  if (out.kind == EntryKind::kEntered) {
    auto standing = std::count_if(rows.begin(), rows.end(), [](auto& one) { return one.second.back().stands; });
    if (std::size_t(standing) >= kMaxScales)
      return Error{Code::kTooLarge,
                   "scale.too_many",
                   {"一つの組織の評価の区分は 50 件までです。使わないものを取り下げてください。",
                    "An organisation may have 50 scales of its own. Withdraw those that are no longer used."},
                   {}};
  }
  return out;
}

Result<void> put(db::Transaction& tx, const std::string& id, std::int64_t revision, const std::string& digest,
                 const std::optional<std::string>& content) {
  return tx.put("kpi_scale", {{"id", store::row_id("kpi_scale", id, "", revision)},
                              {"scale", id},
                              {"revision", revision},
                              {"digest", digest},
                              {"content", db::optional_text(content)}});
}

struct Noted {  // a row of kpi_scale_record
  std::int64_t record = 0;
  std::string scale;
  std::int64_t revision = 0;
  Time at;
  bool operator==(const Noted&) const = default;
};

Result<void> note(db::Transaction& tx, const Noted& one) {
  TRY(tx.execute("INSERT INTO kpi_scale_record (idx, scale, revision, at) VALUES ($1, $2, $3, $4)",
                 {one.record, one.scale, one.revision, one.at.us}));
  return {};
}

// The record of the revision that was just put.
Result<void> append(db::Transaction& tx, const std::string& id, std::int64_t revision, evidence::Draft draft) {
  auto appended = TRY(evidence::append(tx, std::move(draft)));
  auto record = TRY(evidence::find_record(tx, appended.index));
  CHECK(record);
  return note(tx, {std::int64_t(appended.index), id, revision, record->at});
}

// The counter of a scale's stream is its revision.
Result<std::vector<Noted>> noted_by_records(db::Reader& reader) {
  constexpr std::size_t kBatch = 100;
  std::vector<Noted> out;
  for (const auto& row : TRY(reader.query("SELECT DISTINCT scale FROM kpi_scale ORDER BY scale LIMIT 10000"))) {
    const std::string id = row.text(0);
    for (std::uint64_t from = 1;;) {
      auto records = TRY(evidence::read_stream(reader, stream_of(id), from, kBatch));
      for (const auto& one : records) out.push_back({std::int64_t(one.index), id, std::int64_t(one.counter), one.at});
      if (records.size() < kBatch) break;
      from = records.back().counter + 1;
    }
  }
  return out;
}

std::string actor_of(const evidence::Record& record) {
  auto head = parse_json(record.head);
  const auto* actor = head.ok() && head->is_object() ? head->get_object().if_contains("actor") : nullptr;
  return actor && actor->is_string() ? str(actor->get_string()) : "";
}

}  // namespace

std::span<const RecordType> scale_record_types() { return kTypes; }

Result<std::vector<Scale>> all_scales(db::Reader& reader, std::optional<Time> before) {
  std::vector<Scale> out = embedded_scales();
  for (const auto& [id, rows] : TRY(rows_of(reader))) {
    const Row* row = newest_until(rows, {INT64_MAX, before});
    if (!row || find_scale(id)) continue;
    auto scale = scale_in(reader, id, *row);
    if (scale.ok()) out.push_back(std::move(*scale));  // verify names a damaged row; the others are there all the same
  }
  return out;
}

Result<std::shared_ptr<const Scale>> own_scale_for(db::Reader& reader, const SheetHeader& header, const ScaleMoment& moment) {
  std::shared_ptr<const Scale> none;
  auto shared = [](Result<Scale> scale) -> Result<std::shared_ptr<const Scale>> {
    if (!scale.ok()) return std::shared_ptr<const Scale>();
    return std::shared_ptr<const Scale>(std::make_shared<Scale>(std::move(*scale)));
  };
  if (const auto& judgement = header.judgement) {
    if (find_scale(judgement->scale)) return none;
    Rows all = TRY(rows_of(reader, judgement->scale));
    if (all.empty()) return none;
    const auto& rows = all.begin()->second;
    const Row* row =
        judgement->scale_revision ? revision_in(rows, *judgement->scale_revision) : newest_until(rows, {moment.header, {}});
    // A revision that came after the header is none that the sheet was judged by, though the header names its number.
    if (!row || (row->record >= moment.header && moment.header != INT64_MAX)) return none;
    return shared(scale_in(reader, judgement->scale, *row));
  }
  for (const auto& [id, rows] : TRY(rows_of(reader))) {
    const Row* row = newest_until(rows, {moment.cutoff, moment.before});
    if (!row) continue;
    auto scale = scale_in(reader, id, *row);
    if (scale.ok() && (scale->first_year || scale->last_year) && covers(*scale, header.fiscal_year)) return shared(std::move(scale));
  }
  return none;
}

Result<std::vector<Fault>> faults_of_scale(db::Reader& reader, const Sheet& sheet, const Sheet* before) {
  std::vector<Fault> faults;
  const auto& judgement = sheet.header.judgement;
  if (!judgement) return faults;
  const Judgement* old = before && before->header.judgement ? &*before->header.judgement : nullptr;
  bool stood = old && old->scale == judgement->scale && old->scale_revision == judgement->scale_revision;
  if (stood && old->step == judgement->step) return faults;
  const Scale* known = find_scale(judgement->scale);
  std::optional<Scale> own;
  std::string revision = std::to_string(judgement->scale_revision.value_or(0));
  if (!known) {
    Rows all = TRY(rows_of(reader, judgement->scale));
    const Row* row = nullptr;
    if (!all.empty()) {
      const auto& rows = all.begin()->second;
      row = judgement->scale_revision ? revision_in(rows, *judgement->scale_revision) : newest_until(rows, {});
    }
    if (row) own = TRY(scale_in(reader, judgement->scale, *row));
    if (own) known = &*own;
    if (!row && !stood && (all.empty() || !judgement->scale_revision))
      faults.push_back({"/judgement/scale",
                        {"評価の区分「" + judgement->scale + "」はありません。評価の区分の一覧にあるものを書いてください。",
                         "There is no scale " + judgement->scale + ". Name one of the list of scales."}});
    else if (!row && !stood)
      faults.push_back({"/judgement/scale_revision",
                        {"評価の区分「" + judgement->scale + "」に版 " + revision + " はありません。今ある版を書いてください。",
                         "The scale " + judgement->scale + " has no revision " + revision + ". Name one that is there."}});
  } else if (judgement->scale_revision && !stood) {
    faults.push_back({"/judgement/scale_revision",
                      {"もとから備わる評価の区分「" + judgement->scale + "」に版はありません。scale_revision を外してください。",
                       "The scale " + judgement->scale + " comes with Musubi and has no revisions. Take scale_revision out."}});
  }
  if (faults.empty() && (!known || !known->step(judgement->step)))
    faults.push_back({"/judgement/step",
                      {"評価の区分「" + judgement->scale + "」に段階「" + judgement->step + "」はありません。",
                       "The scale " + judgement->scale + " has no step " + judgement->step + "."}});
  return faults;
}

Result<std::vector<Scale>> Scales::list(std::optional<text::Date> as_of) {
  std::optional<Time> before;
  if (as_of) before = end_of_day_jst(*as_of);
  return database_.read([&](db::Reader& reader) { return all_scales(reader, before); });
}

Result<Scale> Scales::find(std::string_view id, std::optional<std::int64_t> revision) {
  if (const Scale* embedded = find_scale(id); embedded && !revision) return *embedded;
  return database_.read([&](db::Reader& reader) -> Result<Scale> {
    Rows all = TRY(rows_of(reader, id));
    if (all.empty()) return unknown_scale(id);
    const auto& rows = all.begin()->second;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row)
      if (row->stands && (!revision || row->revision == *revision)) return scale_in(reader, id, *row);
    return unknown_scale(id);
  });
}

Result<std::vector<ScaleRevision>> Scales::history(std::string_view id) {
  return database_.read([&](db::Reader& reader) -> Result<std::vector<ScaleRevision>> {
    std::vector<ScaleRevision> out;
    Rows all = TRY(rows_of(reader, id));
    if (all.empty()) return out;
    std::int64_t newest = all.begin()->second.back().revision, from = std::max<std::int64_t>(1, newest - 999);
    for (const auto& record : TRY(evidence::read_stream(reader, stream_of(id), std::uint64_t(from), 1000))) {
      EntryKind kind = record.type == kTypes[0].name   ? EntryKind::kEntered
                       : record.type == kTypes[1].name ? EntryKind::kRevised
                                                       : EntryKind::kWithdrawn;
      out.push_back({kind, std::int64_t(record.counter), std::int64_t(record.index), record.at, actor_of(record)});
    }
    std::reverse(out.begin(), out.end());
    return out;
  });
}

Result<ScaleOutcome> Scales::preview(const Scale& scale) {
  TRY(not_of_binary(scale.id));
  std::string content = canonical_json(kpi::pack_of(scale));
  return database_.read([&](db::Reader& reader) -> Result<ScaleOutcome> { return compare(reader, scale, content); });
}

Result<ScaleOutcome> Scales::import_scale(const Scale& scale, std::string_view actor, std::optional<std::int64_t> expected) {
  TRY(not_of_binary(scale.id));
  std::string content = canonical_json(kpi::pack_of(scale)), digest = digest_of(content);
  ScaleOutcome seen = TRY(preview(scale));
  if (expected && *expected != seen.before) return changed_meanwhile();
  if (!seen.changed) return seen;
  return database_.write([&](db::Transaction& tx) -> Result<ScaleOutcome> {
    TRY(post_by(mandate_, tx));
    auto outcome = TRY(compare(tx, scale, content));
    if (outcome.before != seen.before) return changed_meanwhile();
    std::int64_t revision = outcome.before + 1;
    TRY(put(tx, scale.id, revision, digest, content));
    TRY(append(tx, scale.id, revision,
               {kTypes[std::size_t(outcome.kind)],
                stream_of(scale.id),
                str(actor),
                {},
                {{"scale", scale.id}, {"revision", revision}, {"digest", digest}},
                kpi::pack_of(scale)}));
    return outcome;
  });
}

Result<void> Scales::withdraw(std::string_view id, std::string_view actor, std::int64_t expected) {
  TRY(not_of_binary(id));
  return database_.write([&](db::Transaction& tx) -> Result<void> {
    TRY(post_by(mandate_, tx));
    Rows all = TRY(rows_of(tx, id));
    auto found = all.find(str(id));
    if (found == all.end() || !found->second.back().stands) return unknown_scale(id);
    if (found->second.back().revision != expected) return changed_meanwhile();
    std::int64_t revision = expected + 1;
    TRY(put(tx, found->first, revision, "", std::nullopt));
    return append(tx, found->first, revision,
                  {kTypes[2], stream_of(id), str(actor), {}, {{"scale", found->first}, {"revision", revision}, {"digest", ""}}});
  });
}

namespace {

// States of published sheets that may have been read with one of the scales end: by new salts of their publications.
Result<void> renew_readers(db::Transaction& tx, const std::set<std::string>& scales) {
  for (const auto& published :
       TRY(tx.query("SELECT DISTINCT sheet_id FROM kpi_sheet_record WHERE what = 'published' ORDER BY sheet_id"))) {
    const std::string sheet = published.text(0);
    for (const auto& row : TRY(store::revisions(tx, sheet, PartKey{PartKind::kHeader, ""}, INT64_MAX))) {
      if (!row.content) continue;
      auto header = TRY(parse_json(*row.content, JsonLimits{kMaxEntryBytes * 2, 32}));
      const auto* judgement = header.is_object() ? header.get_object().if_contains("judgement") : nullptr;
      const auto* named = judgement && judgement->is_object() ? judgement->get_object().if_contains("scale") : nullptr;
      if (named && named->is_string() && !scales.contains(str(named->get_string()))) continue;
      TRY(store::renew_publications(tx, sheet));
      break;
    }
  }
  return {};
}

}  // namespace

Result<std::vector<evidence::Finding>> verify_scale_records(db::Reader& reader) {
  auto finding = [](std::int64_t index, Text message) {
    return evidence::Finding{"derived", "table kpi_scale_record idx " + std::to_string(index), std::move(message)};
  };
  std::vector<evidence::Finding> findings;
  std::map<std::int64_t, Noted> expected;
  for (auto& one : TRY(noted_by_records(reader))) expected.emplace(one.record, std::move(one));
  TRY(reader.scan("SELECT idx, scale, revision, at FROM kpi_scale_record", {}, [&](const db::Row& row) -> Result<void> {
    Noted one{row.integer(0), row.text(1), row.integer(2), Time{row.integer(3)}};
    auto found = expected.find(one.record);
    if (found == expected.end() || !(found->second == one))
      findings.push_back(finding(one.record, {"行が記録の内容と合いません。", "The row does not agree with the record."}));
    if (found != expected.end()) expected.erase(found);
    return {};
  }));
  for (const auto& [index, one] : expected)
    findings.push_back(finding(index, {"記録はありますが、行がありません。", "There is a record, but no row."}));
  return findings;
}

Result<void> rebuild_scale_records(db::Transaction& tx) {
  auto all = TRY(noted_by_records(tx));
  TRY(tx.execute("DELETE FROM kpi_scale_record"));
  for (const auto& one : all) TRY(note(tx, one));
  return {};
}

Result<std::vector<std::string>> erase_scales(db::Transaction& tx, std::span<const std::uint64_t> records) {
  std::set<std::string> touched;
  for (auto index : records) {
    auto record = TRY(evidence::find_record(tx, index));
    if (!record || !record->stream.starts_with(stream_of("")) || !record->type.starts_with("kpi.scale_")) continue;
    std::string id = record->stream.substr(stream_of("").size());
    auto rows =
        TRY(tx.query("SELECT digest, content FROM kpi_scale WHERE scale = $1 AND revision = $2", {id, std::int64_t(record->counter)}));
    if (rows.empty() || rows[0].is_null(1)) continue;
    auto content = TRY(parse_json(rows[0].text(1), JsonLimits{1 << 20, 32}));
    blank_texts(content);
    TRY(put(tx, id, std::int64_t(record->counter), rows[0].text(0), canonical_json(content)));
    touched.insert(id);
  }
  if (touched.empty()) return std::vector<std::string>();
  TRY(renew_readers(tx, touched));
  return std::vector<std::string>{"kpi_scale", "kpi_sheet_step"};
}

}  // namespace musubi::kpi
