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

#include "base/json.h"
#include "base/result.h"

namespace musubi::kpi {

using FactValue = std::variant<bool, std::int64_t, std::string>;

struct Condition {
  std::string fact;
  FactValue value;
  bool operator==(const Condition&) const = default;
};

// Records of one type, those that meet every condition, gathered by month (Asia/Tokyo) and by the value of one fact.
struct Series {
  std::string type;                   // "records.decided"
  std::string fact;                   // integer fact that is summed or spread; "" = the records are counted
  bool spread = false;                // keeps how often each value of a fact in milliseconds occurs: whole minutes, from ten hours on whole hours
  std::vector<Condition> conditions;  // all must hold
  std::string by;                     // "" = not parted
  std::string month_fact;             // fact that names the month it belongs to ("2026-11"); "" = that of the record

  // 16 hex digits of SHA-256 over the definition: another definition is another series, gathered from zero.
  std::string id() const;
};

enum class FormulaKind {
  kCount,       // records
  kSum,         // of a fact
  kDistinct,    // different values of `of.by`
  kRatio,       // of / to, in percent
  kPercentile,  // nearest rank, in hours
  kUptime,      // 100 % less the sum of a fact in milliseconds over the time since the first record
};

struct Formula {
  FormulaKind kind = FormulaKind::kCount;
  Series of;
  std::optional<Series> to;  // kRatio only
  int percentile = 0;        // kPercentile only, 1 to 99

  std::vector<Series> series() const;
};

struct MeasureRef {
  std::string plan, number;
};

struct Indicator {
  std::string id;  // "online-use-rate"
  Text title;
  Text definition;               // what is counted, in plain words
  Text unit;                     // "%", "hours"
  std::optional<Text> by_title;  // what `by` parts it into: "procedure"
  bool up = true;                // whether more is better
  bool persons = true;           // counts acts of persons: small cells are suppressed
  Formula formula;
  std::string formula_text;          // the definition as JSON, for pages
  std::vector<MeasureRef> measures;  // measures of plans that it stands for
};

inline constexpr std::size_t kMaxIndicatorPackBytes = 256 << 10;
inline constexpr std::size_t kMaxIndicators = 200;
inline constexpr std::size_t kMaxConditions = 8;

// Errors: json.* where the text is no JSON, pack.faults with every fault and its JSON pointer.
Result<std::vector<Indicator>> read_indicators(std::string_view text);

// Those of packs/ that are part of the binary.
const std::vector<Indicator>& embedded_indicators();
const Indicator* find_indicator(std::string_view id);

}  // namespace musubi::kpi
