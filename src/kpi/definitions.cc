#include "kpi/definitions.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "kpi/json.h"
#include "kpi/store.h"
#include "kpi/with_rules.h"

namespace musubi::kpi {
namespace {

using evidence::RecordType;
using evidence::Visibility;

constexpr std::string_view kFacts[] = {"indicator", "revision", "digest"};
constexpr RecordType kTypes[] = {
    {"kpi.indicator_defined", 1, Visibility::kPublic, "指標の定義", "Indicator defined", kFacts},
    {"kpi.indicator_revised", 1, Visibility::kPublic, "指標の定義の改定", "Indicator revised", kFacts},
    {"kpi.indicator_withdrawn", 1, Visibility::kPublic, "指標の取下げ", "Indicator withdrawn", kFacts},
};

std::string digest_of(std::string_view text) { return to_hex(crypto::bytes(crypto::sha256(text))); }
std::string stream_of(std::string_view id) { return "kpi/indicator/" + std::string(id); }

struct Newest {
  std::int64_t revision = 0;
  std::string digest;
  std::optional<std::string> content;
};

// The counter of an indicator's stream is its revision.
Result<std::map<std::string, Newest>> newest(db::Reader& reader, std::uint64_t until = kAllRecords) {
  std::string sql = "SELECT d.indicator, d.revision, d.digest, d.content FROM kpi_definition d ";
  std::vector<db::Value> parameters;
  if (until != kAllRecords) {
    sql += "JOIN evidence_record r ON r.stream = 'kpi/indicator/' || d.indicator AND r.counter = d.revision WHERE r.idx < $1 ";
    parameters.emplace_back(std::int64_t(until));
  }
  std::map<std::string, Newest> out;
  TRY(reader.scan(sql + "ORDER BY d.indicator, d.revision", parameters, [&](const db::Row& row) -> Result<void> {
    out[row.text(0)] = {row.integer(1), row.text(2), row.maybe_text(3)};
    return {};
  }));
  return out;
}

std::string standing_of(const std::map<std::string, Newest>& all) {
  std::string text;
  for (const auto& [id, one] : all) text += id + "\n" + std::to_string(one.revision) + "\n" + one.digest + "\n";
  return digest_of(text);
}

Error changed_meanwhile() {
  return Error{
      Code::kConflict,
      "kpi.definitions_changed",
      {"確認した後に、指標の定義がほかの操作で変わりました。何も行っていません。見直してから、もう一度行ってください。",
       "The definitions were changed by another act after you looked at them. Nothing was done. Review them, then try again."},
      {}};
}

std::vector<Fault> faults_of(const IndicatorPack& pack, const KnownTypes& types, bool own) {
  Reading reading = reading_of(pack, types);
  for (std::size_t i = 0; own && i < pack.indicators.size(); ++i)
    if (find_indicator(pack.indicators[i].id))
      reading.faults.push_back({"/indicators/" + std::to_string(i) + "/id",
                                {"この id はもとから備わる指標のものです。別の id にしてください：" + pack.indicators[i].id,
                                 "This id is that of an indicator that comes with Musubi. Choose another: " + pack.indicators[i].id}});
  return std::move(reading.faults);
}

Result<void> check(const IndicatorPack& pack, const KnownTypes& types) {
  if (auto faults = faults_of(pack, types, true); !faults.empty()) return indicator_pack_faults(std::move(faults));
  return {};
}

Result<DefinitionOutcome> compare(const std::map<std::string, Newest>& now, const IndicatorPack& pack) {
  DefinitionOutcome out;
  out.standing = standing_of(now);
  std::size_t standing = 0;
  for (const auto& [id, one] : now) standing += one.content.has_value();
  for (const auto& indicator : pack.indicators) {
    auto found = now.find(indicator.id);
    if (found == now.end() || !found->second.content)
      out.defined.push_back(indicator.id);
    else if (found->second.digest != digest_of(canonical_json(to_json(indicator))))
      out.revised.push_back(indicator.id);
    else
      ++out.unchanged;
  }
  if (standing + out.defined.size() > kMaxIndicators)
    return Error{Code::kTooLarge,
                 "kpi.too_many_definitions",
                 {"一つの組織の指標は 200 件までです。使わないものを取り下げてください。",
                  "An organisation may have 200 indicators of its own. Withdraw those that are no longer used."},
                 {}};
  return out;
}

Result<void> put(db::Transaction& tx, const std::string& id, std::int64_t revision, const std::string& pack, const std::string& digest,
                 const std::optional<std::string>& content) {
  return tx.put("kpi_definition", {{"id", store::row_id("kpi_definition", id, "", revision)},
                                   {"indicator", id},
                                   {"revision", revision},
                                   {"pack", pack},
                                   {"digest", digest},
                                   {"content", db::optional_text(content)}});
}

// The facts of a type that a series asks for and the type does not declare.
void check_facts(const KnownTypes& types, const std::string& type, std::vector<std::string> facts, const std::string& pointer,
                 Reading& reading) {
  auto found = types.find(type);
  if (found == types.end()) {
    if (std::find(reading.unwritten.begin(), reading.unwritten.end(), type) == reading.unwritten.end())
      reading.unwritten.push_back(type);
    return;
  }
  std::string declared;
  for (auto fact : found->second->facts) declared += (declared.empty() ? "" : ", ") + std::string(fact);
  std::set<std::string> told;
  for (const auto& fact : facts) {
    if (fact.empty() || !told.insert(fact).second) continue;
    if (std::find(found->second->facts.begin(), found->second->facts.end(), fact) == found->second->facts.end())
      reading.faults.push_back({pointer,
                                {"記録 " + type + " に事実「" + fact + "」はありません。あるもの：" + declared,
                                 "Records " + type + " have no fact \"" + fact + "\". They have: " + declared}});
  }
}

std::vector<std::string> names_of(const std::vector<Condition>& conditions) {
  std::vector<std::string> out;
  for (const auto& condition : conditions) out.push_back(condition.fact);
  return out;
}

bool declares(const KnownTypes& types, const std::string& type, const std::string& fact) {
  auto found = types.find(type);
  return found == types.end() ||
         std::find(found->second->facts.begin(), found->second->facts.end(), fact) != found->second->facts.end();
}

void check_series(const KnownTypes& types, const Series& series, const std::string& pointer, const std::string& whole,
                  Reading& reading) {
  auto facts = names_of(series.conditions);
  facts.insert(facts.end(), {series.fact, series.values_of, series.month_fact});
  check_facts(types, series.type, facts, pointer, reading);
  if (series.until) check_facts(types, series.until->type, names_of(series.until->conditions), whole + "/until", reading);
  for (const auto& name : series.by) {  // of a pair either record may have it
    if (declares(types, series.type, name) || (series.until && declares(types, series.until->type, name))) continue;
    check_facts(types, series.type, {name}, whole + "/by", reading);
  }
}

}  // namespace

std::span<const RecordType> definition_record_types() { return kTypes; }

Error unknown_indicator() {
  return Error{
      Code::kNotFound,
      "kpi.unknown_indicator",
      {"その指標はありません。指標の一覧から選んでください。", "There is no such indicator. Choose one from the list of indicators."},
      {}};
}

Reading reading_of(const IndicatorPack& pack, const KnownTypes& types) {
  Reading reading;
  for (std::size_t i = 0; i < pack.indicators.size(); ++i) {
    const Formula& formula = pack.indicators[i].formula;
    std::string at = "/indicators/" + std::to_string(i) + "/formula";
    check_series(types, formula.of, formula.to ? at + "/of" : formula.of.until ? at + "/from" : at, at, reading);
    if (formula.to) check_series(types, *formula.to, at + "/to", at, reading);
  }
  return reading;
}

Result<IndicatorPack> read_indicators(std::string_view text, const KnownTypes& types, bool own) {
  auto value = TRY(parse_json(text, JsonLimits{kMaxIndicatorPackBytes, 16}));
  std::vector<Fault> faults;
  IndicatorPack pack = read_indicator_pack(value, faults);
  faults = with_rules(std::move(faults), faults_of(pack, types, own));
  if (faults.empty()) return pack;
  return indicator_pack_faults(std::move(faults));
}

Result<std::vector<Definition>> own_definitions(db::Reader& reader, std::uint64_t until) {
  std::vector<Definition> out;
  for (const auto& [id, one] : TRY(newest(reader, until))) {
    if (!one.content) continue;
    auto read = read_indicator_text(*one.content);
    if (!read.ok()) continue;  // verify names a damaged row; the others are computed all the same
    out.push_back({std::move(*read), one.revision, one.digest});
  }
  return out;
}

std::vector<Indicator> with_embedded(std::vector<Definition> own, const WantedIndicator& wanted) {
  const auto& embedded = embedded_indicators();
  std::vector<Indicator> all;
  std::copy_if(embedded.begin(), embedded.end(), std::back_inserter(all),
               [&](const Indicator& one) { return !wanted || wanted(one); });
  for (auto& one : own)
    if (!find_indicator(one.indicator.id) && (!wanted || wanted(one.indicator))) all.push_back(std::move(one.indicator));
  return all;
}

Result<std::vector<Indicator>> definitions(db::Reader& reader) { return with_embedded(TRY(own_definitions(reader))); }

std::string definition_digest(const Indicator& indicator) { return digest_of(canonical_json(to_json(indicator))); }

Result<std::optional<Indicator>> definition_of(db::Reader& reader, std::string_view id, std::string_view digest) {
  if (const Indicator* embedded = find_indicator(id))
    return definition_digest(*embedded) == digest ? std::optional(*embedded) : std::nullopt;
  auto rows = TRY(reader.query("SELECT content FROM kpi_definition WHERE indicator = $1 AND digest = $2 AND content IS NOT NULL",
                               {std::string(id), std::string(digest)}));
  if (rows.empty()) return std::optional<Indicator>();
  return std::optional(TRY(read_indicator_text(rows[0].text(0))));
}

const Indicator* find_indicator(const std::vector<Indicator>& all, std::string_view id) {
  for (const auto& one : all)
    if (one.id == id) return &one;
  return nullptr;
}

Result<DefinitionOutcome> Definitions::preview(const IndicatorPack& pack, const KnownTypes& types) {
  TRY(check(pack, types));
  return database_.read([&](db::Reader& reader) -> Result<DefinitionOutcome> { return compare(TRY(newest(reader)), pack); });
}

Result<DefinitionOutcome> Definitions::import_pack(const IndicatorPack& pack, const KnownTypes& types, std::string_view actor,
                                                   std::optional<std::string> expected) {
  DefinitionOutcome seen = TRY(preview(pack, types));
  if (expected && *expected != seen.standing) return changed_meanwhile();
  if (!seen.changed()) return seen;
  return database_.write([&](db::Transaction& tx) -> Result<DefinitionOutcome> {
    auto now = TRY(newest(tx));
    auto outcome = TRY(compare(now, pack));
    if (outcome.standing != seen.standing) return changed_meanwhile();
    for (const auto& indicator : pack.indicators) {
      bool fresh = std::count(outcome.defined.begin(), outcome.defined.end(), indicator.id) > 0;
      if (!fresh && std::count(outcome.revised.begin(), outcome.revised.end(), indicator.id) == 0) continue;
      std::int64_t revision = now[indicator.id].revision + 1;
      std::string content = canonical_json(to_json(indicator));
      TRY(put(tx, indicator.id, revision, pack.id, digest_of(content), content));
      TRY(evidence::append(tx, {kTypes[fresh ? 0 : 1],
                                stream_of(indicator.id),
                                std::string(actor),
                                {},
                                {{"indicator", indicator.id}, {"revision", revision}, {"digest", digest_of(content)}},
                                to_json(indicator)}));
    }
    return outcome;
  });
}

Result<void> Definitions::withdraw(std::string_view id, std::string_view actor, std::int64_t expected) {
  if (find_indicator(id))
    return Error{Code::kConflict,
                 "kpi.definition_of_binary",
                 {"もとから備わる指標は取り下げられません。", "An indicator that comes with Musubi cannot be withdrawn."},
                 {}};
  return database_.write([&](db::Transaction& tx) -> Result<void> {
    auto all = TRY(newest(tx));
    auto found = all.find(std::string(id));
    if (found == all.end() || !found->second.content) return unknown_indicator();
    if (found->second.revision != expected) return changed_meanwhile();
    std::int64_t revision = expected + 1;
    TRY(put(tx, found->first, revision, "", "", std::nullopt));
    TRY(evidence::append(
        tx,
        {kTypes[2], stream_of(id), std::string(actor), {}, {{"indicator", found->first}, {"revision", revision}, {"digest", ""}}}));
    return {};
  });
}

Result<std::vector<DefinitionRevision>> Definitions::history(std::string_view id) {
  return database_.read([&](db::Reader& reader) -> Result<std::vector<DefinitionRevision>> {
    std::vector<DefinitionRevision> out;
    for (const auto& record : TRY(evidence::read_stream(reader, stream_of(id), 1, 1000))) {
      EntryKind kind = record.type == kTypes[0].name   ? EntryKind::kEntered
                       : record.type == kTypes[1].name ? EntryKind::kRevised
                                                       : EntryKind::kWithdrawn;
      auto head = parse_json(record.head);
      const auto* actor = head.ok() && head->is_object() ? head->get_object().if_contains("actor") : nullptr;
      out.push_back({kind, std::int64_t(record.counter), std::int64_t(record.index), record.at,
                     actor && actor->is_string() ? std::string(actor->get_string()) : ""});
    }
    std::reverse(out.begin(), out.end());
    return out;
  });
}

Result<bool> erase_definitions(db::Transaction& tx, std::span<const std::uint64_t> records) {
  bool any = false;
  for (auto index : records) {
    auto record = TRY(evidence::find_record(tx, index));
    if (!record || !record->stream.starts_with(stream_of("")) || !record->type.starts_with("kpi.indicator_")) continue;
    std::string id = record->stream.substr(stream_of("").size());
    auto rows = TRY(tx.query("SELECT pack, digest FROM kpi_definition WHERE indicator = $1 AND revision = $2",
                             {id, std::int64_t(record->counter)}));
    if (rows.empty()) continue;
    TRY(put(tx, id, std::int64_t(record->counter), rows[0].text(0), rows[0].text(1), std::nullopt));
    any = true;
  }
  return any;
}

}  // namespace musubi::kpi
