// Fields for the actuals of a measure's rows of figures in the form of an entry: each beside its target, with the figure that an
// indicator computed where one is on offer. Private to kpi.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kpi/follow_up_view.h"
#include "kpi/taken.h"

namespace musubi::kpi {

using ToldLines = std::map<std::string, YearValues>;

// What indicators of this organisation offer to the measure's rows.
Result<Offers> offers_to(const std::shared_ptr<db::Database>& database, const Measure& measure, Time now);
std::vector<Offer> offers_in(const Offers& offers, const Measure& measure, Period period);

void figure_fields(FollowUpForm& form, std::vector<web::Field>& out, const Measure& measure, Period period, const ToldLines& now,
                   const Offers& offers, web::Language language);
// Laid over the entry that the form was drawn from; taken as offered, kept as it was, or typed, with a reason. Faults stand in the form.
ToldLines read_figures(FollowUpForm& form, const Measure& measure, Period period, const ToldLines& before, const Offers& offers,
                       web::Language language);
// Faults of the service, at their fields: "lines/progress.1/actual".
std::string figure_field(const std::string& where, const Measure& measure);

}  // namespace musubi::kpi
