// Structs of plans to their wire form and back. What canonical_json makes of these values is what is hashed, stored and
// recorded: a change here is a new version of the record types.
#pragma once

#include "base/json.h"
#include "kpi/plan.h"
#include "kpi/plan_measure.h"

namespace musubi::kpi {

std::string_view status_word(KpiStatus status);  // "set", "not_set", "none"
json::object to_json(const Text& text);
json::object to_json(const Kpi& kpi);
json::object to_json(const Measure& measure);    // as in the pack
json::object to_json(const PlanHeader& header);  // as in the pack, without its measures
json::object pack_of(const PlanDocument& document);
json::array to_json(const std::vector<PlanMeasure>& measures);  // member "measures" of a sheet's parts and of an indicator

// Shape only, every fault with its pointer; what the values mean is judged by faults_of.
Measure read_measure(const json::value& value, std::string pointer, std::vector<Fault>& faults);
PlanHeader read_header(const json::value& value, std::vector<Fault>& faults);
inline constexpr std::size_t kMaxFaults = 10'000;  // beyond, further measures are not looked at
PlanDocument read_document(const json::value& value, std::vector<Fault>& faults);
// Member "measures", which may be missing: at most `most` of them.
std::vector<PlanMeasure> read_plan_measures(ObjectReader& reader, std::size_t most, std::vector<Fault>& faults);

// What our own rows and records hold. Errors: kpi.damaged (Code::kCorrupt).
Result<Measure> stored_measure(std::string_view canonical);
Result<PlanHeader> stored_header(std::string_view canonical);

// For erasure: every bilingual text within gives way to a mark; numbers, kinds and marks stay, and with them what is counted.
void blank_texts(json::value& value);

}  // namespace musubi::kpi
