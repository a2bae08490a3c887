#include "kpi/report.h"

#include <cstdlib>
#include <optional>
#include <set>

#include "base/encoding.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "evidence/log.h"
#include "evidence/record.h"
#include "kpi/json.h"
#include "kpi/kpi.h"
#include "kpi/log_root.h"
#include "kpi/report_days.h"
#include "kpi/rules.h"
#include "kpi/stock.h"

namespace musubi::kpi {
namespace {

constexpr std::string_view kReportedFacts[] = {"organisation", "size", "digest"};  // SHA-256 of what was told, as it is kept
constexpr std::string_view kInterruptedFacts[] = {"ms", "month"};
constexpr evidence::RecordType kTypes[] = {
    {"kpi.reported", 1, evidence::Visibility::kPublic, "他の組織の指標の報告", "Indicators reported by an organisation",
     kReportedFacts},
    {"kpi.service_interrupted", 1, evidence::Visibility::kPublic, "サービスの停止", "Interruption of the service", kInterruptedFacts}};

// What 2,000 organisations may say without any sum of theirs overflowing.
constexpr std::int64_t kSizeAtMost = std::int64_t(1) << 40, kCountAtMost = std::int64_t(1) << 44, kTotalAtMost = std::int64_t(1) << 52;
constexpr std::size_t kRootBytes = 44;  // of SHA-256, in Base64
constexpr std::size_t kSaltBytes = 16;
constexpr std::int64_t kAhead_us = 600LL * 1'000'000;  // clocks differ

bool fits(const Cells& cells) {
  std::int64_t n = 0, total = 0;
  for (const auto& [key, cell] : cells)
    if ((n += cell.n) > kCountAtMost || (total += std::abs(cell.total)) > kTotalAtMost) return false;
  return true;
}

json::array cells_json(const Cells& cells) {
  json::array rows;
  for (const auto& [key, cell] : cells) rows.push_back(json::array{key.month, key.part, key.bucket, cell.n, cell.total});
  return rows;
}

bool read_cell(const json::value& value, bool open, Cells& cells) {
  const auto* row = value.if_array();
  if (!row || row->size() != 5) return false;
  const auto *month = (*row)[0].if_int64(), *bucket = (*row)[2].if_int64(), *n = (*row)[3].if_int64(), *total = (*row)[4].if_int64();
  const auto* part = (*row)[1].if_string();
  if (!month || !bucket || !n || !total || !part || part->size() > 600) return false;
  bool in_month = *month >= 12 * 1900 && *month <= 12 * 3000;
  if ((!in_month && !open) || *bucket < 0 || *bucket >= std::int64_t(1) << 28 || *n < 1 || *n > kCountAtMost) return false;
  if (*total > kTotalAtMost || *total < -kTotalAtMost) return false;
  return cells.emplace(CellKey{int(*month), std::string(*part), *bucket}, Cell{*n, *total}).second;
}

// Asking for a report is itself a record of the exchange: figures of those records are no reason to keep another one.
const std::set<std::string>& series_of_asking() {
  static const std::set<std::string> all = [] {
    std::set<std::string> out;
    for (const auto& indicator : embedded_indicators())
      if (indicator.formula.of.type.starts_with("exchange.")) out.insert(indicator.formula.id());
    return out;
  }();
  return all;
}

bool same_figures(const Report& kept, const Report& fresh) {
  if (kept.first != fresh.first || kept.plans != fresh.plans || kept.processes != fresh.processes || kept.sheets != fresh.sheets ||
      kept.erasures != fresh.erasures)
    return false;
  const Cells none;
  auto covers = [&](const CellsBySeries& some, const CellsBySeries& others) {
    for (const auto& [id, cells] : some) {
      if (series_of_asking().contains(id.substr(0, id.find('.')))) continue;
      auto found = others.find(id);
      if (cells != (found == others.end() ? none : found->second)) return false;
    }
    return true;
  };
  return covers(kept.cells, fresh.cells) && covers(fresh.cells, kept.cells);
}

// Those that were signed off and serve a national plan: public in the town itself. What no reader would take is left out: a plan
// too many, or one whose links are too many, must not silence the figures.
Result<json::array> plans_json(db::Database& database) {
  json::array out;
  std::size_t links = 0, left_out = 0;
  Plans plans(database);
  for (const auto& summary : TRY(plans.list(View{}))) {
    const auto& h = summary.header;
    if (h.serves_plan.empty()) continue;
    auto document = TRY(plans.document(h.id, View{}));
    std::size_t more = 0;
    json::array measures;
    for (const auto& measure : document.measures) {
      json::array serves;
      for (const auto& number : measure.serves) serves.emplace_back(number);
      more += serves.size();
      measures.push_back(
          json::object{{"number", measure.number}, {"title", to_json(reported_title(measure.title))}, {"serves", std::move(serves)}});
    }
    if (out.size() == kMaxListed || links + more > kReportedLinks) {
      ++left_out;
      continue;
    }
    links += more;
    out.push_back(json::object{{"id", h.id},
                               {"serves_plan", h.serves_plan},
                               {"version", h.version},
                               {"title", to_json(reported_title(h.title))},
                               {"measures", std::move(measures)}});
  }
  if (left_out > 0) log::warn("kpi.plans_not_reported", {{"organisation", database.organisation()}, {"plans", left_out}});
  return out;
}

class PlansReader {
 public:
  explicit PlansReader(std::vector<Fault>& faults) : faults_(faults) {}

  std::vector<LocalPlan> read(ObjectReader& reader) && {
    std::vector<LocalPlan> out;
    std::set<std::string> ids;
    reader.array("plans", false, kMaxListed, [&](const json::value& value, std::string where) {
      ObjectReader plan(value, where, faults_);
      if (!value.is_object()) return;
      LocalPlan read{plan.string("id", 120),
                     plan.string("serves_plan", 120),
                     plan.string("version", 32),
                     reported_title(plan.text("title", kMaxTextBytes)),
                     {}};
      if (!valid_plan_id(read.id))
        plan.fault("id", {"計画の id として読めません。", "This is no id of a plan."});
      else if (!ids.insert(read.id).second)
        plan.fault("id", {"同じ計画がもう一度あります。", "This plan is there twice."});
      std::set<std::string> numbers;
      plan.array("measures", true, kMaxMeasures, [&](const json::value& one, std::string at) {
        if (auto m = measure(one, std::move(at), numbers)) read.measures.push_back(std::move(*m));
      });
      plan.finish();
      out.push_back(std::move(read));
    });
    if (links_ > kReportedLinks)
      reader.fault("plans", {"国の施策との対応は合わせて" + std::to_string(kReportedLinks) + "件までです。",
                             "At most " + std::to_string(kReportedLinks) + " links to national measures are allowed in all."});
    return out;
  }

 private:
  std::optional<LocalPlan::Measure> measure(const json::value& one, std::string at, std::set<std::string>& numbers) {
    ObjectReader measure(one, std::move(at), faults_);
    if (!one.is_object()) return std::nullopt;
    LocalPlan::Measure m{measure.string("number", 19), reported_title(measure.text("title", kMaxTextBytes)), {}};
    if (!valid_number(m.number))
      measure.fault("number", {"施策の番号として読めません。", "This is no number of a measure."});
    else if (!numbers.insert(m.number).second)
      measure.fault("number", {"同じ番号の施策がもう一つあります。", "Another measure has this number."});
    std::set<std::string> served;
    measure.array("serves", true, kMaxListed, [&](const json::value& number, std::string place) {
      const auto* text = number.if_string();
      if (!text || !valid_number(std::string(*text)))
        return void(faults_.push_back({std::move(place), {"施策の番号として読めません。", "This is no number of a measure."}}));
      if (!served.insert(std::string(*text)).second)
        return void(faults_.push_back({std::move(place), {"同じ番号がもう一度あります。", "This number is there twice."}}));
      if (++links_ <= kReportedLinks) m.serves.emplace_back(*text);
    });
    measure.finish();
    return m;
  }

  std::vector<Fault>& faults_;
  std::size_t links_ = 0;
};

// As everybody sees them; the newest where there are more than a report takes.
Result<json::array> processes_json(db::Database& database) {
  Discovery discovery(Audience::kEverybody);
  TRY(Traces(database).each({}, false, [&](const Trace& trace) -> Result<void> {
    discovery.add(trace);
    return {};
  }));
  auto months = process_months(discovery.flows());
  if (months.size() > kReportedProcessMonths) months.resize(kReportedProcessMonths);
  return to_json(months);
}

// Also of formulas without a single cell: so it can be told whether an organisation computes an indicator by this definition.
bool names_formula(const CellsBySeries& cells, const std::string& id) {
  auto found = cells.lower_bound(id);
  return found != cells.end() && (found->first == id || found->first.starts_with(id + "."));
}

void read_time(ObjectReader& reader, std::string_view key, Time& into) {
  auto time = parse_rfc3339(reader.string(key, 40));
  if (time.ok())
    into = *time;
  else
    reader.fault(key, time.error().message);
}

void read_members(ObjectReader& reader, Report& report, std::vector<Fault>& faults) {
  report.plans = PlansReader(faults).read(reader);
  report.processes = read_process_months(reader, faults);
  report.sheets = read_reported_sheets(reader, faults);
}

void read_figures(ObjectReader& reader, Report& report, std::vector<Fault>& faults) {
  std::int64_t size = reader.optional_integer("size").value_or(0);
  if (size < 0 || size > kSizeAtMost)
    reader.fault("size", {"記録の件数として読めません。", "This is no number of records."});
  else
    report.size = std::uint64_t(size);
  report.root = reader.optional_string("root", kRootBytes).value_or("");
  if (const auto root = from_base64(report.root); !report.root.empty() && (!root || root->size() != sizeof(crypto::Digest)))
    reader.fault("root", {"記録の木のルートとして読めません。", "This is no root of a tree of records."});
  read_time(reader, "first", report.first);
  read_time(reader, "at", report.at);
  if (report.first > report.at) reader.fault("first", {"最初の記録が報告より後です。", "The first record is later than the report."});
  if (const json::value* series = reader.find("series"); series && series->is_object()) {
    for (const auto& [id, rows] : series->get_object()) {
      Cells cells;
      bool good = id.size() <= 40 && rows.is_array();
      if (good)
        for (const auto& row : rows.get_array()) good = good && read_cell(row, id.ends_with(".open"), cells);
      good = good && fits(cells);
      if (!good) faults.push_back({"/series/" + std::string(id), {"集計として読めません。", "These are no cells of a series."}});
      report.cells[std::string(id)] = std::move(cells);
    }
  } else {
    reader.fault("series", {"必須の項目がありません。", "This member is required."});
  }
}

Error bad_report(std::vector<Fault> faults) {
  return Error{Code::kInvalid,
               "kpi.bad_report",
               {"指標の報告を読めません。", "The report of the indicators cannot be read."},
               std::move(faults)};
}

struct NewReport {
  std::string organisation;
  Text title;
  const Report& read;
  std::string content, actor;
};

std::optional<Report> readable(const std::string& content) {
  auto value = parse_json(content, JsonLimits{kKeptBytes, kReportDepth});
  auto report = value.ok() ? read_report(*value) : Result<Report>(value.error());
  return report.ok() ? std::optional(std::move(*report)) : std::nullopt;
}

// `another_day` comes back true where its record is of another day than was foreseen: nothing was kept, and it is to be done again.
Result<bool> keep(db::Transaction& tx, const NewReport& fresh, bool& another_day) {
  another_day = false;
  const Time now = evidence::Log::of(tx).now(), at = fresh.read.at;
  if (at.us > now.us + kAhead_us)  // it would stand in the way of every honest one after it
    return Error{Code::kInvalid,
                 "kpi.bad_report",
                 {"指標の報告の時刻が未来です。", "The report of the indicators comes from the future."},
                 {{"/at", {"報告する側の時計を確かめてください。", "Check the clock of the reporting side."}}}};
  const auto standing = TRY(standing_report(tx, fresh.organisation));
  const auto kept = standing ? readable(standing->report.content) : std::nullopt;
  // By time, not by size: after a restore a log may be shorter than it was.
  if (standing && standing->at >= at) return false;
  if (kept && same_figures(*kept, fresh.read)) return false;
  const ErasedWords erased(new_erasures(kept ? &*kept : nullptr, fresh.read));
  const text::Date today = text::jst_date(std::max(now, TRY(newest_record(tx))));
  TRY(erase_past_words(tx, fresh.organisation, erased));
  if (standing && standing->day != today) TRY(set_report_aside(tx, *standing, erased));
  TRY(tx.put("kpi_report", {{"organisation", fresh.organisation},
                            {"title_ja", fresh.title.ja},
                            {"title_en", fresh.title.en},
                            {"size", std::int64_t(fresh.read.size)},
                            {"at", at.us},
                            {"content", fresh.content}}));
  TRY(evidence::append(tx, {kTypes[0],
                            "kpi/report/" + fresh.organisation,
                            fresh.actor,
                            {},
                            {{"organisation", fresh.organisation},
                             {"size", std::int64_t(fresh.read.size)},
                             {"digest", to_hex(crypto::bytes(crypto::sha256(fresh.content)))}}}));
  another_day = text::jst_date(TRY(newest_record(tx))) != today;
  if (another_day) return Error{Code::kConflict, "kpi.another_day", {"日付が変わりました。", "The day changed meanwhile."}, {}};
  return true;
}

}  // namespace

std::span<const evidence::RecordType> report_record_types() { return kTypes; }

Result<json::object> make_report(db::Database& database, Time now) {
  auto erased = TRY(erasures_to_report(database));  // first: what is erased from here on may be told below, and is news next time
  auto gathered = TRY(Indicators(database).gather(embedded_indicators()));
  std::set<std::string> of_persons;
  for (const auto& indicator : embedded_indicators())
    if (indicator.persons) of_persons.insert(indicator.formula.id());
  CellsBySeries all = std::move(gathered.released);
  for (const auto& [id, cells] : gathered.held)
    if (!of_persons.contains(id.substr(0, id.find('.')))) merge(all[id], cells);
  for (const auto& indicator : embedded_indicators())
    if (std::string id = indicator.formula.id(); !names_formula(all, id)) all[id];
  json::object series;
  for (const auto& [id, cells] : all) series[id] = cells_json(cells);
  const auto root = TRY(root_at(database, gathered.size));
  json::object report{{"size", std::int64_t(gathered.size)},
                      {"first", gathered.first.rfc3339()},
                      {"at", now.rfc3339()},
                      {"salt", to_base64(crypto::random_bytes(kSaltBytes))},
                      {"series", std::move(series)}};
  if (root) report["root"] = to_base64(crypto::bytes(*root));
  if (!erased.empty()) report["erased"] = std::move(erased);
  if (auto plans = TRY(plans_json(database)); !plans.empty()) report["plans"] = std::move(plans);
  if (auto processes = TRY(processes_json(database)); !processes.empty()) report["processes"] = std::move(processes);
  if (auto sheets = TRY(sheets_to_report(database)); !sheets.empty()) report["sheets"] = std::move(sheets);
  std::size_t bytes = canonical_json(report).size();
  for (auto [member, event] : {std::pair{"sheets", "kpi.sheets_not_reported"}, std::pair{"plans", "kpi.plans_not_reported"},
                               std::pair{"processes", "kpi.processes_not_reported"}}) {
    if (bytes <= kReportBytes || report.erase(member) == 0) continue;
    log::warn(event, {{"organisation", database.organisation()}, {"bytes", bytes}});
    bytes = canonical_json(report).size();
  }
  if (bytes > kReportBytes)
    return Error{
        Code::kTooLarge, "kpi.report_too_large", {"指標の報告が大きすぎます。", "The report of the indicators is too large."}, {}};
  return report;
}

Result<Report> read_report(const json::value& value) {
  Report report;
  std::vector<Fault> faults;
  check_report_form(value, faults);
  ObjectReader reader(value, "", faults);
  read_figures(reader, report, faults);
  read_members(reader, report, faults);
  report.erasures = read_erasures(reader, faults);
  // Members that are not known here are of a newer binary than this one: no reason to do without the figures.
  if (faults.empty()) return report;
  return bad_report(std::move(faults));
}

Result<Report> figures_in(const KeptReport& kept) {
  json::object figures;
  for (auto member : {"at", "first", "root", "series", "size"})
    if (auto text = member_text(kept.content, member); !text.empty())
      figures[member] = TRY(parse_json(text, JsonLimits{kKeptBytes, kReportDepth}));
  Report report;
  std::vector<Fault> faults;
  const json::value value(std::move(figures));
  ObjectReader reader(value, "", faults);
  read_figures(reader, report, faults);
  if (!faults.empty()) return bad_report(std::move(faults));
  report.organisation = kept.organisation;
  report.title = kept.title;
  return report;
}

Result<Report> read_members(const json::value& value) {
  Report report;
  std::vector<Fault> faults;
  ObjectReader reader(value, "", faults);
  read_time(reader, "at", report.at);
  read_members(reader, report, faults);
  if (faults.empty()) return report;
  return bad_report(std::move(faults));
}

Result<bool> keep_report(db::Database& database, const std::string& organisation, const Text& title, const json::object& report,
                         std::string_view actor) {
  const Report read = TRY(read_report(report));
  const NewReport fresh{organisation, title, read, canonical_json(report), std::string(actor)};
  if (fresh.content.size() > kReportBytes)
    return Error{
        Code::kTooLarge, "kpi.report_too_large", {"指標の報告が大きすぎます。", "The report of the indicators is too large."}, {}};
  while (true) {
    bool another_day = false;  // midnight fell between the look at the clock and the record: once at most
    auto kept = database.write([&](db::Transaction& tx) { return keep(tx, fresh, another_day); });
    if (kept.ok() || !another_day) return kept;
  }
}

bool uses_definition(const Indicator& indicator, const Report& report) { return names_formula(report.cells, indicator.formula.id()); }

}  // namespace musubi::kpi
