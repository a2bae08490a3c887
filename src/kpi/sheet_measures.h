// Sheets and measures of plans: indicators evaluate measures, programmes carry them out. A measure of a plan that is in this
// organisation must be there; one of another's plan is kept as it is stated.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kpi/asked.h"
#include "kpi/sheet_pages.h"

namespace musubi::kpi {

struct Evaluating {
  SharedSheet state;
  std::vector<std::string> indicators, programmes;  // numbers
};
// Sheets that name the measure, in the order given.
std::vector<Evaluating> evaluating(const std::vector<SharedSheet>& sheets, std::string_view plan, std::string_view number);

// Measures as links where this view has them, else as they are stated.
Result<web::Markup> measures_markup(const SheetAsked& asked, const std::vector<PlanMeasure>& measures);
// For the page of a measure: the sheets that evaluate it. Nothing where there are none.
Result<web::Markup> evaluating_markup(const Asked& asked, std::string_view plan, std::string_view number);

}  // namespace musubi::kpi
