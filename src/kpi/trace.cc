#include "kpi/trace.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "evidence/record.h"
#include "kpi/computed.h"

namespace musubi::kpi {
namespace {

constexpr std::size_t kBatch = 1000;
constexpr std::size_t kWordBytes = 80;

using TraceMap = std::map<std::string, Trace, std::less<>>;

bool is_end(std::string_view activity) { return activity == "decided" || activity == "withdrawn"; }

// One word of a path: no space, no "=", no ":" but our own.
std::string word_of(std::string_view text) {
  std::string out(text.substr(0, kWordBytes));
  for (char& c : out)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-')) c = '_';
  return out;
}

std::string_view fact_of(const json::object* facts, std::string_view name) {
  const json::value* value = facts ? facts->if_contains(name) : nullptr;
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::string event_words(std::string_view type, const json::object* facts) {
  if (auto dot = type.find('.'); dot != type.npos) type.remove_prefix(dot + 1);
  std::string words = word_of(type);
  if (auto step = fact_of(facts, "step"); !step.empty()) words += ":" + word_of(step);
  if (auto outcome = fact_of(facts, "outcome"); !outcome.empty()) words += "=" + word_of(outcome);
  return words;
}

std::string path_id(std::string_view words) { return to_hex(crypto::bytes(crypto::sha256(words))).substr(0, 24); }

std::string seconds_text(const std::vector<std::int64_t>& seconds) {
  std::string out;
  for (auto one : seconds) out += (out.empty() ? "" : " ") + std::to_string(one);
  return out;
}

std::vector<std::int64_t> read_seconds(std::string_view text) {
  std::vector<std::int64_t> out;
  const char *at = text.data(), *end = at + text.size();
  while (at < end) {
    std::int64_t value = 0;
    auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc()) break;
    out.push_back(value);
    at = next < end ? next + 1 : end;
  }
  if (seconds_text(out) != text) return {-1};  // damaged: no trace that is told anew has such a time
  return out;
}

// The next event of a case. Beyond the limit one event stands for all that follow.
void add_event(Trace& trace, const evidence::Head& head, const json::object* facts) {
  if (trace.words.empty()) {
    trace.stream = head.stream;
    trace.since = head.at;
    trace.month = month_of(head.at);
  }
  if (auto procedure = fact_of(facts, "procedure"); trace.procedure.empty()) trace.procedure = std::string(procedure);
  trace.record = std::int64_t(head.index);
  if (trace.seconds.size() > kEventsAtMost) return;
  std::int64_t seconds = std::max<std::int64_t>(0, (head.at.us - trace.since.us) / 1'000'000);
  if (!trace.seconds.empty())
    seconds = std::max(seconds, trace.seconds.back());  // a clock set back makes nobody wait less than nothing
  std::string words = trace.seconds.size() == kEventsAtMost ? std::string("more") : event_words(head.type, facts);
  if (trace.ended < 0 && until_end(words).second > 0) trace.ended = std::int64_t(head.index);
  trace.words += (trace.words.empty() ? "" : " ") + words;
  trace.seconds.push_back(seconds);
}

Result<std::unordered_map<std::string, std::string>> stored_paths(db::Reader& reader) {
  std::unordered_map<std::string, std::string> paths;
  TRY(reader.scan("SELECT id, words FROM kpi_path", {}, [&](const db::Row& row) -> Result<void> {
    paths.emplace(row.text(0), row.text(1));
    return {};
  }));
  return paths;
}

Trace from_row(const db::Row& row) {
  Trace trace;
  trace.stream = row.text(0);
  trace.procedure = row.text(1);
  trace.month = int(row.integer(2));
  trace.since = Time{row.integer(3)};
  trace.record = row.integer(4);
  trace.seconds = read_seconds(row.text(6));
  trace.ended = row.integer(7);
  return trace;
}

Result<std::optional<Trace>> stored_trace(db::Reader& reader, const std::string& stream) {
  auto rows =
      TRY(reader.query("SELECT t.stream, t.procedure_id, t.month, t.since, t.record, t.path, t.seconds, t.ended, p.words "
                       "FROM kpi_trace t JOIN kpi_path p ON p.id = t.path WHERE t.stream = $1",
                       {stream}));
  if (rows.empty()) return std::optional<Trace>();
  Trace trace = from_row(rows[0]);
  trace.words = rows[0].text(8);
  return std::optional(std::move(trace));
}

// How far the tables go. At 0 no row of them may be built upon: a position that no gathering leaves behind would hide records or
// add them twice.
struct Standing {
  std::uint64_t position = 0;
  bool damaged = false;  // something is stored all the same
};

Result<Standing> standing(db::Reader& reader, std::uint64_t size) {
  auto rows = TRY(reader.query("SELECT id, position FROM kpi_trace_position"));
  if (rows.empty()) return Standing{0, !TRY(reader.query("SELECT 1 FROM kpi_trace LIMIT 1")).empty()};
  std::int64_t position = rows[0].integer(1);
  if (rows.size() != 1 || rows[0].integer(0) != 1 || position < 0 || std::uint64_t(position) > size) return Standing{0, true};
  return Standing{std::uint64_t(position), false};
}

// Adds records [from, until) to the traces, at most about `most`; a trace not in the map yet is begun by `load`.
template <class F>
Result<std::uint64_t> fold(db::Reader& reader, std::uint64_t from, std::uint64_t until, std::size_t most, TraceMap& traces, F&& load) {
  std::size_t seen = 0;
  while (from < until && seen < most) {
    auto heads = TRY(evidence::read_heads(reader, from, std::min(kBatch, most - seen)));
    if (heads.empty()) return until;
    for (const auto& head : heads) {
      if (head.index >= until) return until;
      if (!head.stream.starts_with(kCaseStreams)) continue;
      auto value = parse_json(head.head);
      if (!value.ok() || !value->is_object()) continue;  // verify names a damaged head by itself
      const json::value* facts = value->get_object().if_contains("facts");
      auto found = traces.find(head.stream);
      if (found == traces.end()) found = traces.emplace(head.stream, TRY(load(head.stream))).first;
      add_event(found->second, head, facts ? facts->if_object() : nullptr);
    }
    seen += heads.size();
    from = heads.back().index + 1;
  }
  return from;
}

// What a case had come to at `position`, for fold.
auto after(db::Reader& reader, std::uint64_t position) {
  return [&reader, position](const std::string& stream) -> Result<Trace> {
    if (position == 0) return Trace{};
    return TRY(stored_trace(reader, stream)).value_or(Trace{});
  };
}

Result<void> keep(db::Transaction& tx, const TraceMap& traces, std::uint64_t position) {
  std::map<std::string_view, std::string> ids;
  for (const auto& [stream, trace] : traces) {
    auto [at, fresh] = ids.try_emplace(trace.words);
    if (fresh) {
      at->second = path_id(trace.words);
      TRY(tx.execute("INSERT INTO kpi_path (id, words) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", {at->second, trace.words}));
    }
    TRY(tx.execute(
        "INSERT INTO kpi_trace (stream, procedure_id, month, since, record, path, seconds, ended) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (stream) DO UPDATE SET record = excluded.record, path = excluded.path, "
        "seconds = excluded.seconds, ended = excluded.ended",
        {stream, trace.procedure, std::int64_t(trace.month), trace.since.us, trace.record, at->second, seconds_text(trace.seconds),
         trace.ended}));
  }
  TRY(tx.execute(
      "INSERT INTO kpi_trace_position (id, position) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET position = excluded.position",
      {std::int64_t(position)}));
  return {};
}

evidence::Finding finding(const std::string& stream, Text message) {
  return {"derived", "table kpi_trace stream " + stream, std::move(message)};
}

std::string select_of(const TraceQuery& query, bool in_order, std::vector<db::Value>& parameters) {
  std::string sql = "SELECT stream, procedure_id, month, since, record, path, seconds, ended FROM kpi_trace";
  auto where = [&](const char* condition, db::Value value) {
    parameters.push_back(std::move(value));
    sql += (parameters.size() == 1 ? " WHERE " : " AND ") + std::string(condition) + std::to_string(parameters.size());
  };
  if (!query.procedure.empty()) where("procedure_id = $", query.procedure);
  if (query.from) where("month >= $", std::int64_t(*query.from));
  if (query.until) where("month <= $", std::int64_t(*query.until));
  return sql + (in_order ? " ORDER BY stream" : "");
}

}  // namespace

Path read_path(std::string_view words) {
  Path path;
  while (!words.empty()) {
    auto end = std::min(words.find(' '), words.size());
    std::string_view word = words.substr(0, end);
    auto equals = std::min(word.find('='), word.size());
    path.push_back(
        {std::string(word.substr(0, equals)), std::string(equals < word.size() ? word.substr(equals + 1) : std::string_view())});
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return path;
}

bool ends_case(const PathEvent& event) { return is_end(event.activity); }

std::pair<std::string_view, std::size_t> until_end(std::string_view words) {
  std::size_t events = 0;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    const std::string_view word = words.substr(at, end - at), activity = word.substr(0, word.find('='));
    ++events;
    if (is_end(activity)) return {words.substr(0, end), events};
    at = end + 1;
  }
  return {};
}

bool goes_back(const PathEvent& event) {
  return type_of_activity(event.activity) == "step_done" && (event.outcome == "returned" || event.outcome == "sent_back");
}

std::string_view step_of(std::string_view activity) {
  auto colon = activity.find(':');
  return colon == activity.npos ? std::string_view() : activity.substr(colon + 1);
}

std::string_view type_of_activity(std::string_view activity) { return activity.substr(0, activity.find(':')); }

bool TraceQuery::holds(const Trace& trace) const {
  return (procedure.empty() || trace.procedure == procedure) && (!from || trace.month >= *from) && (!until || trace.month <= *until);
}

Result<std::uint64_t> Traces::each(const TraceQuery& query, bool in_order, const std::function<Result<void>(const Trace&)>& each) {
  return database_.read([&](db::Reader& reader) -> Result<std::uint64_t> {
    const std::uint64_t size = TRY(evidence::record_count(reader)), end = std::min(size, query.records.value_or(size));
    TraceMap newer;
    std::uint64_t position = TRY(standing(reader, size)).position;
    if (position > end) position = 0;
    TRY(fold(reader, position, end, SIZE_MAX, newer, after(reader, position)));
    auto paths = TRY(stored_paths(reader));
    std::vector<db::Value> parameters;
    std::string sql = select_of(query, in_order, parameters);
    auto next = newer.begin();
    auto give_newer = [&](const std::string* before) -> Result<void> {
      for (; next != newer.end() && (!before || next->first < *before); ++next)
        if (query.holds(next->second)) TRY(each(next->second));
      return {};
    };
    auto give_stored = [&](const db::Row& row) -> Result<void> {
      Trace trace = from_row(row);
      if (newer.contains(trace.stream)) return {};
      auto path = paths.find(row.text(5));
      if (path != paths.end()) trace.words = path->second;
      if (trace.words.empty()) return {};  // verify names it
      if (in_order) TRY(give_newer(&trace.stream));
      return each(trace);
    };
    if (position > 0) TRY(reader.scan(sql, parameters, give_stored));
    TRY(give_newer(nullptr));
    return end;
  });
}

Result<bool> Traces::catch_up(std::size_t most) {
  TraceMap traces;  // looked at outside the write: an organisation at rest writes nothing
  std::uint64_t size = 0, to = 0;
  Standing before;
  TRY(database_.read([&](db::Reader& reader) -> Result<void> {
    size = TRY(evidence::record_count(reader));
    before = TRY(standing(reader, size));
    to = TRY(fold(reader, before.position, size, most, traces, after(reader, before.position)));
    return {};
  }));
  if (traces.empty() && to == size && to <= before.position + kBatch && !before.damaged) return false;
  TRY(database_.write([&](db::Transaction& tx) -> Result<void> {
    auto now = TRY(standing(tx, TRY(evidence::record_count(tx))));
    if (now.position != before.position) return {};  // another got there first
    if (now.damaged) TRY(forget(tx));
    TRY(keep(tx, traces, to));
    return {};
  }));
  return to < size;
}

Result<std::vector<evidence::Finding>> Traces::verify_derived(db::Reader& reader) {
  std::vector<evidence::Finding> findings;
  TraceMap expected;
  auto stands = TRY(standing(reader, TRY(evidence::record_count(reader))));
  TRY(fold(reader, 0, stands.position, SIZE_MAX, expected, after(reader, 0)));
  auto paths = TRY(stored_paths(reader));
  for (const auto& [id, words] : paths)
    if (path_id(words) != id)
      findings.push_back({"derived", "table kpi_path id " + id, {"行が名前と合いません。", "The row does not agree with its name."}});
  if (stands.damaged) {  // one finding: without a position no row can be held against anything
    findings.push_back({"derived",
                        "table kpi_trace_position",
                        {"集計の位置が記録の件数と合いません。", "The position of the rows is not within the records."}});
    return findings;
  }
  std::vector<db::Value> none;
  TRY(reader.scan(select_of({}, false, none), none, [&](const db::Row& row) -> Result<void> {
    Trace trace = from_row(row);
    if (auto path = paths.find(row.text(5)); path != paths.end()) trace.words = path->second;
    auto found = expected.find(trace.stream);
    if (found == expected.end() || !(found->second == trace))
      findings.push_back(finding(trace.stream, {"行が記録の内容と合いません。", "The row does not agree with the records."}));
    if (found != expected.end()) expected.erase(found);
    return {};
  }));
  for (const auto& [stream, trace] : expected)
    findings.push_back(finding(stream, {"記録はありますが、行がありません。", "There are records, but no row."}));
  return findings;
}

Result<void> Traces::forget(db::Transaction& tx) {
  TRY(tx.execute("DELETE FROM kpi_trace"));
  TRY(tx.execute("DELETE FROM kpi_path"));
  TRY(tx.execute("DELETE FROM kpi_trace_position"));
  return {};
}

}  // namespace musubi::kpi
