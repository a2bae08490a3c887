// One state of a plan, read inside a transaction or a snapshot. Private to kpi.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "kpi/kpi.h"

namespace musubi::kpi {

std::string plan_stream(std::string_view plan);
std::string measure_stream(std::string_view plan, std::string_view number);

std::string plan_of(std::string_view stream);  // of both; empty for others

Error unknown_plan(std::string_view plan);
Error unknown_measure(std::string_view plan, std::string_view number);
// Errors: plan.unknown, plan.not_signed_off.
Result<std::shared_ptr<const PlanState>> load_state(db::Reader& reader, std::string_view plan, const View& view);
// The measures of these entries, whole.
Result<std::vector<SharedMeasure>> load_measures(db::Reader& reader, std::string_view plan, const std::vector<Entry>& entries);
// Writes these parts of the document alone, as an import does: numbers of measures, "" for the heading. What the rules say against
// them is the caller's to have asked.
Result<ImportOutcome> import_parts(db::Transaction& tx, const PlanDocument& document, std::string_view actor,
                                   const std::set<std::string>& only);
// Measures that were taken out of the draft and never were signed off, nothing that waits for a sign-off: by number.
Result<std::vector<std::string>> taken_out(db::Reader& reader, std::string_view plan);
// The cutoff of a view: what stands at or above it is not part of it.
Result<std::int64_t> cutoff_of(db::Reader& reader, std::string_view plan, const View& view);

}  // namespace musubi::kpi
