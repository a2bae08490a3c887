#include "kpi/report_days.h"

#include <functional>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "base/guarded.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "document/deflate.h"
#include "kpi/head_facts.h"
#include "kpi/report.h"
#include "kpi/reported_text.h"
#include "kpi/rules.h"

namespace musubi::kpi {
namespace {

constexpr std::size_t kPlaceBytes = 200, kToldAtMost = 4000;

constexpr std::string_view kStreams = "kpi/report/";

std::string stream_of(const std::string& organisation) { return std::string(kStreams) + organisation; }

Error not_kept() {
  return Error{Code::kMalformed,
               "plan.bad_as_of",
               {"この日までに届いていた報告の一部が、もう残っていないか、読めません。そのため、この日の値は示せません。",
                "Some of the reports that had come by that day are no longer kept or cannot be read, so figures of that day cannot be "
                "shown."},
               {{"as_of", {"もっと後の日を指定するか、as_of を除いてください。", "Ask for a later day, or leave as_of out."}}}};
}

Error damaged(const std::string& organisation) {
  return Error{Code::kCorrupt,
               "kpi.damaged",
               {"保存された「" + organisation + "」の報告が読めません。`musubi verify` で調べてください。",
                "What is stored of the report of " + organisation + " cannot be read. Run `musubi verify` to find the damage."},
               {}};
}

struct RecordOfReport {
  std::int64_t counter = 0;
  Time at;
  std::string head;
};
Result<std::optional<RecordOfReport>> record_of(db::Reader& reader, const std::string& organisation, std::string_view which) {
  auto rows = TRY(reader.query("SELECT counter, at, head FROM evidence_record WHERE stream = $1 " + std::string(which) + " LIMIT 1",
                               {stream_of(organisation)}));
  if (rows.empty()) return std::optional<RecordOfReport>();
  return std::optional(RecordOfReport{rows[0].integer(0), Time{rows[0].integer(1)}, rows[0].blob(2)});
}
constexpr std::string_view kNewest = "ORDER BY counter DESC", kFirst = "ORDER BY counter";
std::string with_counter(std::int64_t counter) { return "AND counter = " + std::to_string(counter); }

// As the head of its record says; programs of before left it out, and erased no words either.
std::string told_digest(std::string_view head, std::string_view content) {
  const std::string names[] = {"digest"};
  FactSlot slots[1];
  if (read_facts(head, names, slots) && slots[0].kind == FactSlot::Kind::kText) return std::string(slots[0].text);
  return to_hex(crypto::bytes(crypto::sha256(content)));
}

// Every look at a page reads reports: each that cannot be read is told once. Bounded.
bool is_news(const std::string& organisation, std::string_view content) {
  static Guarded<std::set<std::pair<std::string, std::size_t>>> told;
  return told.with([&](auto& all) {
    if (all.size() >= kToldAtMost) all.clear();
    return all.emplace(organisation, std::hash<std::string_view>{}(content)).second;
  });
}

std::optional<std::string> inflated(const db::Row& row, std::size_t column) {
  return document::inflated(row.blob(column), kKeptBytes);
}

// What stood at the end of the day; nothing where nothing had come. A row is that only where the record after its own is of later.
Result<std::optional<KeptReport>> past_report(db::Reader& reader, const std::string& organisation, text::Date day) {
  const Time end = end_of_day_jst(day);
  const auto first = TRY(record_of(reader, organisation, kFirst)), newest = TRY(record_of(reader, organisation, kNewest));
  if (!first || first->at >= end) return std::optional<KeptReport>();
  if (newest->at < end) {
    auto rows = TRY(reader.query("SELECT title_ja, title_en, content FROM kpi_report WHERE organisation = $1", {organisation}));
    if (rows.empty()) return damaged(organisation);
    return std::optional(
        KeptReport{organisation, {rows[0].text(0), rows[0].text(1)}, rows[0].text(2), told_digest(newest->head, rows[0].text(2))});
  }
  auto rows =
      TRY(reader.query("SELECT title_ja, title_en, content, revision FROM kpi_report_past WHERE organisation = $1 AND day <= $2 "
                       "ORDER BY day DESC LIMIT 1",
                       {organisation, text::iso_date(day)}));
  if (rows.empty()) return not_kept();
  const auto own = TRY(record_of(reader, organisation, with_counter(rows[0].integer(3)))),
             next = TRY(record_of(reader, organisation, with_counter(rows[0].integer(3) + 1)));
  if (!own || !next || next->at < end) return not_kept();
  auto content = inflated(rows[0], 2);
  if (!content) return damaged(organisation);
  std::string digest = told_digest(own->head, *content);
  return std::optional(KeptReport{organisation, {rows[0].text(0), rows[0].text(1)}, std::move(*content), std::move(digest)});
}

}  // namespace

Result<void> each_report(db::Reader& reader, std::optional<text::Date> day,
                         const std::function<Result<void>(const KeptReport&)>& each) {
  const db::Value streams[] = {std::string(kStreams)};
  if (!day)
    return reader.scan(
        "SELECT organisation, title_ja, title_en, content, (SELECT head FROM evidence_record WHERE stream = CAST($1 AS TEXT) || "
        "organisation ORDER BY counter DESC LIMIT 1) FROM kpi_report ORDER BY organisation",
        streams, [&](const db::Row& row) -> Result<void> {
          const std::string head = row.is_null(4) ? "" : row.blob(4);
          return each({row.text(0), {row.text(1), row.text(2)}, row.text(3), told_digest(head, row.text(3))});
        });
  for (const auto& row : TRY(reader.query("SELECT organisation FROM kpi_report ORDER BY organisation")))
    if (auto kept = TRY(past_report(reader, row.text(0), *day))) TRY(each(*kept));
  return {};
}

Error unreadable(const std::string& organisation, std::string_view content, const Error& why) {
  if (is_news(organisation, content)) {
    const Fault first = why.faults.empty() ? Fault{"", why.message} : why.faults[0];
    log::warn("kpi.report_not_read", {{"organisation", organisation},
                                      {"where", std::string(whole_characters(first.where, kPlaceBytes))},
                                      {"why", first.message.en}});
  }
  return why.name == "kpi.bad_report" ? not_kept() : damaged(organisation);
}

Result<std::vector<NewestReport>> newest_reports(db::Reader& reader) {
  std::vector<NewestReport> out;
  TRY(reader.scan("SELECT organisation, title_ja, title_en, at FROM kpi_report ORDER BY organisation", {},
                  [&](const db::Row& row) -> Result<void> {
                    out.push_back({row.text(0), {row.text(1), row.text(2)}, Time{row.integer(3)}});
                    return {};
                  }));
  return out;
}

Result<std::string> newest_content(db::Reader& reader, const std::string& organisation) {
  auto rows = TRY(reader.query("SELECT content FROM kpi_report WHERE organisation = $1", {organisation}));
  return rows.empty() ? std::string() : rows[0].text(0);
}

Result<std::optional<StandingReport>> standing_report(db::Reader& reader, const std::string& organisation) {
  auto rows =
      TRY(reader.query("SELECT title_ja, title_en, content, size, at FROM kpi_report WHERE organisation = $1", {organisation}));
  if (rows.empty()) return std::optional<StandingReport>();
  const db::Row& row = rows[0];
  StandingReport out{{organisation, {row.text(0), row.text(1)}, row.text(2)}, row.integer(3), Time{row.integer(4)}, 0, std::nullopt};
  if (auto record = TRY(record_of(reader, organisation, kNewest))) {
    out.revision = record->counter;
    out.day = text::jst_date(record->at);
  }
  return std::optional(std::move(out));
}

Result<void> set_report_aside(db::Transaction& tx, const StandingReport& standing, const ErasedWords& erased) {
  if (!standing.day) return {};
  return tx.put("kpi_report_past", {{"organisation", standing.report.organisation},
                                    {"day", text::iso_date(*standing.day)},
                                    {"revision", standing.revision},
                                    {"title_ja", standing.report.title.ja},
                                    {"title_en", standing.report.title.en},
                                    {"size", standing.size},
                                    {"at", standing.at.us},
                                    {"content", db::blob(document::deflated(erased.without(standing.report.content, standing.at)))}});
}

Result<void> erase_past_words(db::Transaction& tx, const std::string& organisation, const ErasedWords& erased) {
  if (erased.empty()) return {};
  std::size_t changed = 0;
  for (const auto& one :
       TRY(tx.query("SELECT day FROM kpi_report_past WHERE organisation = $1 AND at <= $2", {organisation, erased.until().us}))) {
    const std::string day = one.text(0);
    const auto rows = TRY(
        tx.query("SELECT revision, title_ja, title_en, size, at, content FROM kpi_report_past WHERE organisation = $1 AND day = $2",
                 {organisation, day}));
    const db::Row& row = rows.at(0);
    const auto content = inflated(row, 5);
    if (!content) {  // nobody can read it, and it must not keep the others from going
      log::warn("kpi.report_not_read", {{"organisation", organisation}, {"day", day}});
      continue;
    }
    const std::string without = erased.without(*content, Time{row.integer(4)});
    if (without == *content) continue;
    ++changed;
    TRY(tx.put("kpi_report_past", {{"organisation", organisation},
                                   {"day", day},
                                   {"revision", row.at(0)},
                                   {"title_ja", row.at(1)},
                                   {"title_en", row.at(2)},
                                   {"size", row.at(3)},
                                   {"at", row.at(4)},
                                   {"content", db::blob(document::deflated(without))}}));
  }
  if (changed > 0) log::info("kpi.reported_words_erased", {{"organisation", organisation}, {"days", changed}});
  return {};
}

Result<Time> newest_record(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT at FROM evidence_record ORDER BY idx DESC LIMIT 1"));
  return rows.empty() ? Time{} : Time{rows[0].integer(0)};
}

text::Date last_closed_day(Time newest) {
  constexpr std::int64_t kDay_us = 86'400'000'000;  // there is no summer time in Japan
  return text::jst_date(Time{newest.us - kDay_us});
}

Result<text::Date> last_closed_day(db::Reader& reader) { return last_closed_day(TRY(newest_record(reader))); }

}  // namespace musubi::kpi
