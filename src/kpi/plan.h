// A plan as its pack has it (packs/schemas/plan.schema.json): plain structs, compared member by member.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "kpi/line.h"

namespace musubi::kpi {

enum class KpiStatus {
  kSet,     // the plan names what is counted or observed
  kNotSet,  // the plan says that it is not yet set, mostly with the time by which it will be
  kNone,    // the plan prints no KPI, or a dash
};

struct Kpi {
  KpiStatus status = KpiStatus::kNone;
  std::optional<Text> text;
  std::optional<Text> due;       // kNotSet only
  std::vector<Line> lines = {};  // its figures, where there are any: rows with targets by fiscal year; kSet only
  bool operator==(const Kpi&) const = default;
};

struct Target {
  Text text;
  std::optional<double> value;  // present where the target is one plain number; then with its unit
  std::optional<Text> unit;
  std::optional<int> fiscal_year;  // April to March, in which the deadline falls
  std::string role = "target";     // "target", "denominator", "baseline"
  bool operator==(const Target&) const = default;
};

struct Milestone {
  Text text;
  std::optional<std::string> by;  // "2019", "2019-06", "2019-06-14", "FY2019"
  bool operator==(const Milestone&) const = default;
};

struct Baseline {
  Text text;
  std::optional<std::string> as_of;  // as Milestone::by
  bool operator==(const Baseline&) const = default;
};

struct Measure {
  std::string number;  // "1-1": section, hyphen, measure
  std::string section;
  std::string field;
  Text title;
  Kpi progress;
  Kpi effect;
  std::optional<Target> target;
  std::vector<Milestone> milestones;
  std::optional<Baseline> baseline;
  std::vector<std::string> systems;
  Text locator;                          // where in the source
  std::optional<Text> doubt;             // what is unclear in the source, and how it was decided
  std::vector<std::string> serves = {};  // of a local plan: numbers of the measures of PlanHeader::serves_plan that it carries out
  bool operator==(const Measure&) const = default;

  // A target in the narrow sense: a denominator or a present number stands beside a measure without being one.
  bool has_target() const;
};

struct PlanField {
  std::string id;
  Text title;
  bool operator==(const PlanField&) const = default;
};

struct Section {
  std::string id;
  Text title;
  std::optional<Text> law_article;
  bool operator==(const Section&) const = default;
};

// Everything of a plan but its measures.
struct PlanHeader {
  std::string id;       // "japan.basic-plan-2019"
  std::string version;  // date of the edition of the source
  Text title;
  Text summary;
  Text source_title;
  Text source_publisher;
  std::string source_date;
  std::vector<PlanField> fields;
  std::vector<Section> sections;
  std::string serves_plan = {};                        // of a local plan: id of the national one; else empty
  std::optional<int> first_year = {}, last_year = {};  // fiscal years that the plan is for; both or none
  bool operator==(const PlanHeader&) const = default;
};

struct PlanDocument {
  PlanHeader header;
  std::vector<Measure> measures;
  bool operator==(const PlanDocument&) const = default;
};

inline constexpr std::size_t kMaxMeasures = 5000;
inline constexpr std::size_t kMaxTextBytes = 4096;
inline constexpr std::size_t kMaxPackBytes = 4 << 20;
inline constexpr std::size_t kMaxListed = 200;            // fields, sections; milestones or systems of one measure
inline constexpr std::size_t kMaxEntryBytes = 256 << 10;  // one measure, or the header, as canonical JSON
inline constexpr int kFirstYear = 1900, kLastYear = 2999;

}  // namespace musubi::kpi
