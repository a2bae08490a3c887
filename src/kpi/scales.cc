#include "kpi/scales.h"

#include <algorithm>
#include <map>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "kpi/json.h"
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

struct Row {
  std::int64_t revision = 0;
  std::string digest;
  std::optional<std::string> content;
};
using Rows = std::map<std::string, std::vector<Row>>;  // by scale, oldest first

Result<Rows> rows_of(db::Reader& reader) {
  Rows out;
  TRY(reader.scan("SELECT scale, revision, digest, content FROM kpi_scale ORDER BY scale, revision", {},
                  [&](const db::Row& row) -> Result<void> {
                    out[row.text(0)].push_back({row.integer(1), row.text(2), row.maybe_text(3)});
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
Result<const Row*> newest_until(db::Reader& reader, const std::string& id, const std::vector<Row>& rows, const Until& until) {
  std::int64_t newest = rows.back().revision;
  if (!until.everything()) {
    newest = 0;
    for (const auto& record : TRY(evidence::read_stream(reader, stream_of(id), 1, 1000)))
      if (std::int64_t(record.index) < until.index && (!until.before || record.at < *until.before))
        newest = std::max(newest, std::int64_t(record.counter));
  }
  const Row* found = nullptr;
  for (const auto& row : rows)
    if (row.revision == newest) found = row.content ? &row : nullptr;
  return found;
}

Result<Scale> scale_in(const Row& row) {
  Scale scale = TRY(read_scale(*row.content));
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

Result<ScaleOutcome> compare(const Rows& rows, const Scale& scale, const std::string& content) {
  auto found = rows.find(scale.id);
  const Row* newest = found == rows.end() ? nullptr : &found->second.back();
  ScaleOutcome out;
  out.before = newest ? newest->revision : 0;
  out.kind = newest && newest->content ? EntryKind::kRevised : EntryKind::kEntered;
  out.changed = out.kind == EntryKind::kEntered || newest->digest != digest_of(content);
  if (out.kind == EntryKind::kEntered) {
    auto standing = std::count_if(rows.begin(), rows.end(), [](auto& one) { return one.second.back().content.has_value(); });
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
    const Row* row = TRY(newest_until(reader, id, rows, {INT64_MAX, before}));
    if (!row || find_scale(id)) continue;
    auto scale = scale_in(*row);
    if (scale.ok()) out.push_back(std::move(*scale));  // verify names a damaged row; the others are there all the same
  }
  return out;
}

Result<std::shared_ptr<const Scale>> own_scale_for(db::Reader& reader, const SheetHeader& header, const ScaleMoment& moment) {
  std::shared_ptr<const Scale> none;
  if (header.judgement && find_scale(header.judgement->scale)) return none;
  Rows all = TRY(rows_of(reader));
  auto shared = [](Result<Scale> scale) -> Result<std::shared_ptr<const Scale>> {
    if (!scale.ok()) return std::shared_ptr<const Scale>();
    return std::shared_ptr<const Scale>(std::make_shared<Scale>(std::move(*scale)));
  };
  if (header.judgement) {
    auto named = all.find(header.judgement->scale);
    if (named == all.end()) return none;
    for (const auto& row : named->second)
      if (row.revision == header.judgement->scale_revision && row.content) return shared(scale_in(row));
    if (header.judgement->scale_revision) return none;
    const Row* row = TRY(newest_until(reader, named->first, named->second, {moment.header, {}}));
    return row ? shared(scale_in(*row)) : none;
  }
  for (const auto& [id, rows] : all) {
    const Row* row = TRY(newest_until(reader, id, rows, {moment.cutoff, moment.before}));
    if (!row) continue;
    auto scale = scale_in(*row);
    if (scale.ok() && (scale->first_year || scale->last_year) && covers(*scale, header.fiscal_year)) return shared(std::move(scale));
  }
  return none;
}

Result<std::vector<Scale>> Scales::list(std::optional<text::Date> as_of) {
  std::optional<Time> before;
  if (as_of) before = end_of_day_jst(*as_of);
  return database_.read([&](db::Reader& reader) { return all_scales(reader, before); });
}

Result<Scale> Scales::find(std::string_view id, std::optional<std::int64_t> revision) {
  if (const Scale* embedded = find_scale(id); embedded && !revision) return *embedded;
  return database_.read([&](db::Reader& reader) -> Result<Scale> {
    Rows all = TRY(rows_of(reader));
    auto found = all.find(str(id));
    if (found == all.end()) return unknown_scale(id);
    for (auto row = found->second.rbegin(); row != found->second.rend(); ++row)
      if (row->content && (!revision || row->revision == *revision)) return scale_in(*row);
    return unknown_scale(id);
  });
}

Result<std::vector<ScaleRevision>> Scales::history(std::string_view id) {
  return database_.read([&](db::Reader& reader) -> Result<std::vector<ScaleRevision>> {
    std::vector<ScaleRevision> out;
    for (const auto& record : TRY(evidence::read_stream(reader, stream_of(id), 1, 1000))) {
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
  return database_.read([&](db::Reader& reader) -> Result<ScaleOutcome> { return compare(TRY(rows_of(reader)), scale, content); });
}

Result<ScaleOutcome> Scales::import_scale(const Scale& scale, std::string_view actor, std::optional<std::int64_t> expected) {
  TRY(not_of_binary(scale.id));
  std::string content = canonical_json(kpi::pack_of(scale)), digest = digest_of(content);
  ScaleOutcome seen = TRY(preview(scale));
  if (expected && *expected != seen.before) return changed_meanwhile();
  if (!seen.changed) return seen;
  return database_.write([&](db::Transaction& tx) -> Result<ScaleOutcome> {
    auto outcome = TRY(compare(TRY(rows_of(tx)), scale, content));
    if (outcome.before != seen.before) return changed_meanwhile();
    std::int64_t revision = outcome.before + 1;
    TRY(put(tx, scale.id, revision, digest, content));
    TRY(evidence::append(tx, {kTypes[std::size_t(outcome.kind)],
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
    Rows all = TRY(rows_of(tx));
    auto found = all.find(str(id));
    if (found == all.end() || !found->second.back().content) return unknown_scale(id);
    if (found->second.back().revision != expected) return changed_meanwhile();
    std::int64_t revision = expected + 1;
    TRY(put(tx, found->first, revision, "", std::nullopt));
    TRY(evidence::append(
        tx, {kTypes[2], stream_of(id), str(actor), {}, {{"scale", found->first}, {"revision", revision}, {"digest", ""}}}));
    return {};
  });
}

Result<bool> erase_scales(db::Transaction& tx, std::span<const std::uint64_t> records) {
  bool any = false;
  for (auto index : records) {
    auto record = TRY(evidence::find_record(tx, index));
    if (!record || !record->stream.starts_with(stream_of("")) || !record->type.starts_with("kpi.scale_")) continue;
    std::string id = record->stream.substr(stream_of("").size());
    auto rows = TRY(tx.query("SELECT digest FROM kpi_scale WHERE scale = $1 AND revision = $2", {id, std::int64_t(record->counter)}));
    if (rows.empty()) continue;
    TRY(put(tx, id, std::int64_t(record->counter), rows[0].text(0), std::nullopt));
    any = true;
  }
  return any;
}

}  // namespace musubi::kpi
