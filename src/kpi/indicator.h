// Indicators that compute themselves: definitions in a small declarative language over the heads of records, read
// strictly from a pack of kind "indicators" (packs/schemas/indicators.schema.json). Bodies are never read, so erasure
// changes no figure. The only reader of heads that knows what they count is the definition.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/json.h"
#include "base/result.h"
#include "kpi/plan_measure.h"

namespace musubi::kpi {

using FactValue = std::variant<bool, std::int64_t, std::string>;

struct Condition {
  std::string fact;
  FactValue value;
  bool operator==(const Condition&) const = default;
};

// Which records of a stream make a pair: its first start with the first end after it, once a stream; or every start with the
// next end after it (starts while a pair is open do not count).
enum class Pairs { kFirst, kEach };

// The record that ends what a series' own record began, in the same stream.
struct Ending {
  std::string type;
  std::vector<Condition> conditions;
  Pairs pairs = Pairs::kFirst;
};

// Records of one type, those that meet every condition, gathered by month (Asia/Tokyo) and by the values of facts. With an
// ending: the durations between two records of one stream, in the month of the one that ends.
struct Series {
  std::string type;                   // "records.decided"
  std::string fact;                   // integer fact that is summed or spread; "" = the records are counted
  bool spread = false;                // keeps how often each value in milliseconds occurs, as bucket_of has it
  bool in_seconds = false;            // of a spread: in seconds instead of minutes
  std::vector<Condition> conditions;  // all must hold
  std::vector<std::string> by;        // facts that part it; of an ending's record where that has the fact
  std::string values_of;              // fact whose different values are told apart, besides `by`; "" = none
  std::string month_fact;             // fact that names the month it belongs to ("2026-11"); "" = that of the record
  std::optional<Ending> until;

  json::object definition() const;
};

enum class FormulaKind {
  kCount,       // records, or pairs of records
  kSum,         // of a fact
  kDistinct,    // different values of a fact
  kRatio,       // of / to, in percent
  kPercentile,  // nearest rank, in hours, or in seconds where the series is
  kUptime,      // 100 % less the sum of a fact in milliseconds over the time since the first record
};

// What a percentile of durations does with pairs that have begun and not ended: leaves them out, takes the time so far, or
// counts them as longer than every other.
enum class OpenPairs { kLeftOut, kSoFar, kLongest };

struct Formula {
  FormulaKind kind = FormulaKind::kCount;
  Series of;
  std::optional<Series> to;  // kRatio only
  int percentile = 0;        // kPercentile only, 1 to 99
  OpenPairs open = OpenPairs::kLeftOut;

  // 16 hex digits of SHA-256 over what is gathered for it: another id is gathered from zero, the same is gathered once.
  const std::string& id() const {
    CHECK(!id_.empty());
    return id_;
  }
  void identify();  // once all that it consists of is read
  std::size_t attributes() const { return of.by.size(); }

 private:
  std::string id_;
};

struct Indicator {
  std::string id;  // "online-use-rate"
  Text title;
  Text definition;              // what is counted, in plain words
  Text unit;                    // "%", "hours"
  std::vector<Text> by_titles;  // what each of `by` parts it into: "procedure"
  bool up = true;               // whether more is better
  bool persons = true;          // counts acts of persons: small cells are suppressed
  Formula formula;
  json::object formula_json;          // the definition as it was written
  std::vector<PlanMeasure> measures;  // measures of plans that it stands for
};

inline constexpr std::size_t kMaxIndicatorPackBytes = 256 << 10;
inline constexpr std::size_t kMaxIndicators = 200;
inline constexpr std::size_t kMaxIndicatorMeasures = 50;
inline constexpr std::size_t kMaxConditions = 8;
inline constexpr std::size_t kMaxAttributes = 3;

struct IndicatorPack {
  std::string id, version;
  std::vector<Indicator> indicators;
};
bool is_indicator_pack(std::string_view text);  // says of itself that it is of that kind
// Errors: json.* where the text is no JSON, pack.faults with every fault and its JSON pointer.
Result<IndicatorPack> read_indicators(std::string_view text);
// What could be read of it; for each part that could not, a fault.
IndicatorPack read_indicator_pack(const json::value& value, std::vector<Fault>& faults);
Error indicator_pack_faults(std::vector<Fault> faults);  // pack.faults
// One definition as it stands in a pack. Errors as above; pointers begin at `pointer`.
Result<Indicator> read_indicator_text(std::string_view text);
json::object to_json(const Indicator& indicator);  // back again, as in the pack

// Those of packs/ that are part of the binary.
const std::vector<Indicator>& embedded_indicators();
const Indicator* find_indicator(std::string_view id);

}  // namespace musubi::kpi
