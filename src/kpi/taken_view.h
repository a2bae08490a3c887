// Computed figures on offer and actuals that were taken of them, as pages of sheets and follow-ups show them. Private to kpi.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kpi/export.h"
#include "kpi/follow_up_view.h"
#include "kpi/taken.h"
#include "web/form.h"
#include "web/html.h"

namespace musubi::kpi {

// What each stands on, with links to the definition and to what is behind it; or why there is no figure. `missing`: why some are not on
// offer now.
web::Markup offers_markup(const std::vector<Offer>& offers, const std::optional<Error>& missing, const std::string& org,
                          const std::string& target, web::Language language);
std::string take_words(const Offer& offer, web::Language language);
// A box whose value is the number on offer: another number when it comes back means that the figure moved meanwhile.
web::Field take_field(const Offer& offer, web::Field box, web::Language language);
bool still_offered(const std::optional<Offer>& offer, const std::string& ticked);
// What was ticked: it moved meanwhile, or cannot be computed now.
Text why_not_offered(const Offers& offers, const Line& line, int fiscal_year);
Text reason_needed(bool missing);  // there is a computed figure, or there might be one
// Whether an actual that is typed into the row says why: a computed one is on offer, or would be if it could be computed now.
bool asks_why(const Offers& offers, const Line& line, int fiscal_year, const std::optional<Offer>& offer);
// The reason of an actual that was read of the form's fields `name`, `same` as before or not. Where the form had no field for it, that of
// before stays with the actual that it was given for.
void read_reason(FollowUpForm& form, const std::string& name, YearValues& now, bool same, const Offers& offers, const Line& line,
                 int fiscal_year, const std::optional<Offer>& offer);

std::string indicator_url(const std::string& org, const Origin& origin,
                          bool office);  // officers: the records behind it; of reports the page as of their day

// A row of the table of what was taken, or typed with a reason.
struct TakenRow {
  std::string what;  // row and period
  std::string value;
  std::optional<Origin> origin;
  std::optional<Text> typed_reason;
};
web::Markup taken_markup(const std::vector<TakenRow>& rows, const std::string& org, bool office, const std::string& target,
                         web::Language language);

}  // namespace musubi::kpi
