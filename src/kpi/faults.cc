// The contradictions that a pack may hold although its shape is right: rules of packs/schemas/plan.schema.json and those
// that a schema cannot say.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "kpi/json.h"
#include "kpi/line_rules.h"
#include "kpi/rules.h"
#include "text/normalise.h"

namespace musubi::kpi {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

int to_int(std::string_view text) {
  int value = 0;
  for (char c : text) value = value * 10 + (c - '0');
  return value;
}

bool positive(std::string_view text) { return digits(text) && text[0] != '0' && text.size() <= 9; }

bool kebab(std::string_view id) {
  bool dash = true;  // a dash may not stand first, last or twice
  for (char c : id) {
    if (!(is_digit(c) || (c >= 'a' && c <= 'z') || (c == '-' && !dash))) return false;
    dash = c == '-';
  }
  return !dash;
}

bool real_day(std::string_view text) {
  using namespace std::chrono;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  auto y = text.substr(0, 4), m = text.substr(5, 2), d = text.substr(8, 2);
  if (!digits(y) || !digits(m) || !digits(d)) return false;
  return year_month_day{year{to_int(y)}, month{unsigned(to_int(m))}, day{unsigned(to_int(d))}}.ok();
}

class Checker {
 public:
  explicit Checker(const PlanDocument& document) : document_(document) {
    for (const auto& field : document.header.fields) fields_.insert(field.id);
    for (const auto& section : document.header.sections) sections_.insert(section.id);
  }

  std::vector<Fault> run() {
    header();
    std::set<std::string> numbers;
    if (document_.measures.empty()) add("/measures", {"施策がひとつもありません。", "There is no measure."});
    if (document_.measures.size() > kMaxMeasures) add("/measures", {"施策は5,000件までです。", "At most 5,000 measures are allowed."});
    for (std::size_t i = 0; i < document_.measures.size(); ++i)
      measure(document_.measures[i], "/measures/" + std::to_string(i), numbers);
    return std::move(faults_);
  }

 private:
  void add(std::string where, Text message) { faults_.push_back({std::move(where), std::move(message)}); }

  void text(const Text& both, const std::string& where) {
    one_text(both.ja, where + "/ja");
    one_text(both.en, where + "/en");
  }
  void text(const std::optional<Text>& both, const std::string& where) {
    if (both) text(*both, where);
  }
  void one_text(const std::string& words, const std::string& where) {
    if (text::trim(words).empty()) add(where, {"何か書いてください。空にはできません。", "Write something; it cannot be empty."});
    if (!plain_text(words)) add(where, {"制御文字があります。取り除いてください。", "There is a control character. Take it out."});
    if (words.size() > kMaxTextBytes) add(where, {"上限 4,096 バイトを超えています。", "Longer than the limit of 4,096 bytes."});
  }

  void day(const std::string& value, const std::string& where) {
    if (!real_day(value)) add(where, {"日付ではありません。例: 2019-06-14", "This is not a date. Example: 2019-06-14"});
  }
  void when(const std::optional<std::string>& value, const std::string& where) {
    if (value && !valid_when(*value))
      add(where, {"時期として読めません。例: 2019、2019-06、2019-06-14、FY2019（年度）",
                  "This is not a time. Examples: 2019, 2019-06, 2019-06-14, FY2019 (fiscal year)"});
  }

  void header() {
    const PlanHeader& h = document_.header;
    size(to_json(h), "");
    if (!valid_plan_id(h.id))
      add("/id", {"計画の id は「国や機関.名前」の形で、小文字・数字・ハイフンで書きます。例: japan.basic-plan-2019",
                  "A plan's id is a country or organisation, a dot and a name in kebab case. Example: japan.basic-plan-2019"});
    day(h.version, "/version");
    day(h.source_date, "/source/date");
    text(h.title, "/title");
    text(h.summary, "/summary");
    text(h.source_title, "/source/title");
    text(h.source_publisher, "/source/publisher");
    if (!h.serves_plan.empty() && (!valid_plan_id(h.serves_plan) || h.serves_plan == h.id))
      add("/serves_plan", {"国の計画の id を書きます。例: japan.basic-plan-2019",
                           "Write the id of the national plan. Example: japan.basic-plan-2019"});
    period(h);
    if (h.fields.empty()) add("/fields", {"分野がひとつもありません。", "There is no field."});
    if (h.sections.empty()) add("/sections", {"節がひとつもありません。", "There is no section."});
    std::set<std::string> seen;
    for (std::size_t i = 0; i < h.fields.size(); ++i) {
      std::string where = "/fields/" + std::to_string(i);
      if (!kebab(h.fields[i].id))
        add(where + "/id", {"id は小文字・数字・ハイフンで書きます。", "An id is lower-case letters, digits and hyphens."});
      if (!seen.insert(h.fields[i].id).second) twice(where + "/id", h.fields[i].id);
      text(h.fields[i].title, where + "/title");
    }
    seen.clear();
    for (std::size_t i = 0; i < h.sections.size(); ++i) {
      std::string where = "/sections/" + std::to_string(i);
      if (!positive(h.sections[i].id)) add(where + "/id", {"節の id は1以上の整数です。", "A section's id is a whole number from 1."});
      if (!seen.insert(h.sections[i].id).second) twice(where + "/id", h.sections[i].id);
      text(h.sections[i].title, where + "/title");
      text(h.sections[i].law_article, where + "/law_article");
    }
  }

  void period(const PlanHeader& h) {
    for (auto [year, where] : {std::pair{h.first_year, "/period/first_year"}, {h.last_year, "/period/last_year"}})
      if (year && (*year < kFirstYear || *year > kLastYear))
        add(where, {"年度は1900から2999までです。", "A fiscal year is between 1900 and 2999."});
    if (h.first_year.has_value() != h.last_year.has_value())
      add(h.first_year ? "/period/last_year" : "/period/first_year",
          {"計画期間は、最初と最後の年度の両方を書きます。", "A period has both a first and a last fiscal year."});
    else if (h.first_year && *h.first_year > *h.last_year)
      add("/period/last_year", {"計画期間の最後の年度が、最初の年度より前です。", "The period ends before it begins."});
  }

  void twice(const std::string& where, const std::string& what) {
    add(where, {"「" + what + "」が二度書かれています。", "\"" + what + "\" stands twice."});
  }

  // The body of a record holds 1 MiB; far below it, so that a measure stays something a person can read.
  void size(const json::value& value, const std::string& where) {
    if (canonical_json(value).size() > kMaxEntryBytes)
      add(where, {"全体で上限 256 KiB を超えています。", "Larger than the limit of 256 KiB as a whole."});
  }

  void measure(const Measure& m, const std::string& where, std::set<std::string>& numbers) {
    size(to_json(m), where);
    if (!valid_number(m.number))
      add(where + "/number", {"番号は「節-番号」の形です。例: 1-1", "A number is section, hyphen, measure. Example: 1-1"});
    else if (!m.section.empty() && m.number.substr(0, m.number.find('-')) != m.section)
      add(where + "/number", {"番号「" + m.number + "」は節「" + m.section + "」で始まっていません。",
                              "The number " + m.number + " does not begin with its section " + m.section + "."});
    if (!numbers.insert(m.number).second) twice(where + "/number", m.number);
    if (!sections_.empty() && !sections_.contains("") && !sections_.contains(m.section))
      add(where + "/section", {"節「" + m.section + "」は、この計画の節の一覧にありません。",
                               "Section \"" + m.section + "\" is not among the sections of this plan."});
    if (!fields_.empty() && !fields_.contains("") && !fields_.contains(m.field))
      add(where + "/field", {"分野「" + m.field + "」は、この計画の分野の一覧にありません。",
                             "Field \"" + m.field + "\" is not among the fields of this plan."});
    text(m.title, where + "/title");
    kpi(m.progress, where + "/progress_kpi");
    kpi(m.effect, where + "/effect_kpi");
    for (bool effect : {false, true})
      check_kpi_lines(effect ? m.effect : m.progress, effect, where + (effect ? "/effect_kpi/lines" : "/progress_kpi/lines"), faults_);
    if (m.target) target(*m.target, where + "/target");
    milestones(m, where);
    if (m.baseline) {
      text(m.baseline->text, where + "/baseline/text");
      when(m.baseline->as_of, where + "/baseline/as_of");
    }
    systems(m, where + "/systems");
    serves(m, where + "/serves");
    text(m.locator, where + "/source/locator");
    text(m.doubt, where + "/doubt");
  }

  void kpi(const Kpi& k, const std::string& where) {
    if (k.status == KpiStatus::kSet && !k.text)
      add(where + "/text", {"設定済みのKPIには本文が必要です。", "A KPI that is set needs its text."});
    if (k.status != KpiStatus::kNotSet && k.due)
      add(where + "/due", {"設定時期は、未設定（not_set）のKPIだけに書けます。",
                           "A time of setting belongs only to a KPI that is not yet set (not_set)."});
    if (k.status == KpiStatus::kNone && k.text)
      add(where + "/text",
          {"KPIのない（none）施策に、KPIの本文があります。", "There is a text although the measure has no KPI (none)."});
    text(k.text, where + "/text");
    text(k.due, where + "/due");
  }

  void target(const Target& t, const std::string& where) {
    text(t.text, where + "/text");
    text(t.unit, where + "/unit");
    if (t.value && !t.unit) add(where + "/value", {"目標値に単位がありません。", "The target has a value without a unit."});
    if (t.unit && !t.value) add(where + "/unit", {"単位はありますが、目標値がありません。", "There is a unit without a value."});
    if (t.value && !std::isfinite(*t.value)) add(where + "/value", {"数値が必要です。", "A number is needed."});
    if (t.fiscal_year && (*t.fiscal_year < kFirstYear || *t.fiscal_year > kLastYear))
      add(where + "/fiscal_year", {"年度は1900から2999までです。", "A fiscal year is between 1900 and 2999."});
    if (t.role != "target" && t.role != "denominator" && t.role != "baseline")
      add(where + "/role", {"target、denominator、baseline のいずれかを書いてください。", "Write target, denominator or baseline."});
  }

  void milestones(const Measure& m, const std::string& where) {
    for (std::size_t i = 0; i < m.milestones.size(); ++i) {
      std::string here = where + "/milestones/" + std::to_string(i);
      text(m.milestones[i].text, here + "/text");
      when(m.milestones[i].by, here + "/by");
      if (std::find(m.milestones.begin(), m.milestones.begin() + std::ptrdiff_t(i), m.milestones[i]) !=
          m.milestones.begin() + std::ptrdiff_t(i))
        add(here, {"同じ節目が二度書かれています。", "This milestone stands twice."});
    }
    if (m.milestones.size() > kMaxListed) add(where + "/milestones", {"節目は200件までです。", "At most 200 milestones are allowed."});
  }

  void systems(const Measure& m, const std::string& where) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < m.systems.size(); ++i) {
      std::string here = where + "/" + std::to_string(i);
      if (!kebab(m.systems[i]) || m.systems[i].size() > 120)
        add(here, {"id は小文字・数字・ハイフンで書きます。", "An id is lower-case letters, digits and hyphens."});
      if (!seen.insert(m.systems[i]).second) twice(here, m.systems[i]);
    }
    if (m.systems.size() > kMaxListed) add(where, {"システムは200件までです。", "At most 200 systems are allowed."});
  }

  void serves(const Measure& m, const std::string& where) {
    std::set<std::string> seen;
    if (!m.serves.empty() && document_.header.serves_plan.empty())
      add(where,
          {"どの国の計画の施策かを、serves_plan に書いてください。", "Say in serves_plan of which national plan these measures are."});
    for (std::size_t i = 0; i < m.serves.size(); ++i) {
      std::string here = where + "/" + std::to_string(i);
      if (!valid_number(m.serves[i]))
        add(here,
            {"国の施策の番号は「節-番号」の形です。例: 1-1", "A national measure's number is section, hyphen, measure. Example: 1-1"});
      if (!seen.insert(m.serves[i]).second) twice(here, m.serves[i]);
    }
    if (m.serves.size() > kMaxListed) add(where, {"国の施策は200件までです。", "At most 200 national measures are allowed."});
  }

  const PlanDocument& document_;
  std::set<std::string> fields_, sections_;
  std::vector<Fault> faults_;
};

}  // namespace

bool plain_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f; });
}

std::vector<Fault> unusable_of(const PlanDocument& document) {
  std::vector<Fault> faults;
  read_document(pack_of(document), faults);
  // Of the contradictions only those that would leave an entry without a name, or beyond what a row and a record take.
  for (auto& fault : faults_of(document)) {
    std::string_view where = fault.where;
    bool text_only = !where.ends_with("/number") && where != "/id" && where != "/measures";
    std::size_t depth = std::size_t(std::count(where.begin(), where.end(), '/'));
    bool whole = where.empty() || (where.starts_with("/measures/") && depth == 2);
    if (!text_only || whole) faults.push_back(std::move(fault));
  }
  auto controls = [&](const std::string& value, const std::string& where) {
    if (!plain_text(value))
      faults.push_back({where, {"制御文字があります。取り除いてください。", "There is a control character. Take it out."}});
  };
  for (std::size_t i = 0; i < document.measures.size(); ++i) {
    const Measure& m = document.measures[i];
    std::string where = "/measures/" + std::to_string(i);
    controls(m.title.ja, where + "/title/ja");
    controls(m.title.en, where + "/title/en");
    controls(m.section, where + "/section");
    controls(m.field, where + "/field");
  }
  return faults;
}

bool valid_plan_id(std::string_view id) {
  if (id.size() > 120) return false;
  std::size_t parts = 0;
  while (true) {
    std::size_t dot = id.find('.');
    if (!kebab(id.substr(0, dot))) return false;
    ++parts;
    if (dot == std::string_view::npos) return parts >= 2;
    id.remove_prefix(dot + 1);
  }
}

bool valid_number(std::string_view number) {
  std::size_t dash = number.find('-');
  return dash != std::string_view::npos && positive(number.substr(0, dash)) && positive(number.substr(dash + 1));
}

bool valid_when(std::string_view when) {
  if (when.starts_with("FY")) return when.size() == 6 && digits(when.substr(2));
  if (when.size() == 4) return digits(when);
  if (when.size() == 7) return real_day(std::string(when) + "-01");
  return real_day(when);
}

std::vector<Fault> faults_of(const PlanDocument& document) { return Checker(document).run(); }

}  // namespace musubi::kpi
