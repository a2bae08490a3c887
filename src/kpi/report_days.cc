#include "kpi/report_days.h"

#include "document/deflate.h"
#include "kpi/report.h"
#include "kpi/rules.h"

namespace musubi::kpi {
namespace {

std::string stream_of(const std::string& organisation) { return "kpi/report/" + organisation; }

Error not_kept() {
  return Error{Code::kMalformed,
               "plan.bad_as_of",
               {"この日に届いていた報告の一部が、もう残っていません。そのため、この日の値は示せません。",
                "Some of the reports that had come by that day are no longer kept, so figures of that day cannot be shown."},
               {{"as_of", {"もっと後の日を指定するか、as_of を除いてください。", "Ask for a later day, or leave as_of out."}}}};
}

Error damaged(const std::string& organisation) {
  return Error{Code::kCorrupt,
               "kpi.damaged",
               {"保存された「" + organisation + "」の報告が読めません。`musubi verify` で調べてください。",
                "What is stored of the report of " + organisation + " cannot be read. Run `musubi verify` to find the damage."},
               {}};
}

struct NewestRecord {
  std::int64_t counter = 0;
  Time at;
};
// Of the stream, the newest or the first.
Result<std::optional<NewestRecord>> record_of(db::Reader& reader, const std::string& organisation, bool first) {
  auto rows = TRY(reader.query(
      std::string("SELECT counter, at FROM evidence_record WHERE stream = $1 ORDER BY counter ") + (first ? "" : "DESC ") + "LIMIT 1",
      {stream_of(organisation)}));
  if (rows.empty()) return std::optional<NewestRecord>();
  return std::optional(NewestRecord{rows[0].integer(0), Time{rows[0].integer(1)}});
}

// What stood at the end of the day; nothing where nothing had come.
Result<std::optional<KeptReport>> past_report(db::Reader& reader, const std::string& organisation, text::Date day) {
  const Time end = end_of_day_jst(day);
  auto newest = TRY(record_of(reader, organisation, false));
  if (newest && newest->at < end) {
    auto rows = TRY(reader.query("SELECT title_ja, title_en, content FROM kpi_report WHERE organisation = $1", {organisation}));
    if (!rows.empty()) return std::optional(KeptReport{organisation, {rows[0].text(0), rows[0].text(1)}, rows[0].text(2)});
  }
  auto rows =
      TRY(reader.query("SELECT title_ja, title_en, content FROM kpi_report_past WHERE organisation = $1 AND day <= $2 "
                       "ORDER BY day DESC LIMIT 1",
                       {organisation, text::iso_date(day)}));
  if (!rows.empty()) {
    auto content = document::inflated(rows[0].blob(2), kReportBytes);
    if (!content) return damaged(organisation);
    return std::optional(KeptReport{organisation, {rows[0].text(0), rows[0].text(1)}, std::move(*content)});
  }
  auto first = TRY(record_of(reader, organisation, true));
  if (first && first->at < end) return not_kept();
  return std::optional<KeptReport>();
}

}  // namespace

Result<void> each_report(db::Reader& reader, std::optional<text::Date> day,
                         const std::function<Result<void>(const KeptReport&)>& each) {
  if (!day)
    return reader.scan("SELECT organisation, title_ja, title_en, content FROM kpi_report ORDER BY organisation", {},
                       [&](const db::Row& row) -> Result<void> {
                         return each({row.text(0), {row.text(1), row.text(2)}, row.text(3)});
                       });
  for (const auto& row : TRY(reader.query("SELECT organisation FROM kpi_report ORDER BY organisation")))
    if (auto kept = TRY(past_report(reader, row.text(0), *day))) TRY(each(*kept));
  return {};
}

Result<void> set_report_aside(db::Transaction& tx, const std::string& organisation, text::Date today) {
  auto rows = TRY(tx.query("SELECT title_ja, title_en, size, at, content FROM kpi_report WHERE organisation = $1", {organisation}));
  auto record = TRY(record_of(tx, organisation, false));
  if (rows.empty() || !record) return {};
  const text::Date day = text::jst_date(record->at);
  if (day == today) return {};
  return tx.put("kpi_report_past", {{"organisation", organisation},
                                    {"day", text::iso_date(day)},
                                    {"revision", record->counter},
                                    {"title_ja", rows[0].at(0)},
                                    {"title_en", rows[0].at(1)},
                                    {"size", rows[0].at(2)},
                                    {"at", rows[0].at(3)},
                                    {"content", db::blob(document::deflated(rows[0].text(4)))}});
}

}  // namespace musubi::kpi
