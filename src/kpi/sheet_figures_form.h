// Actuals of an indicator's rows as fields of a form, with what indicators of this organisation offer. Private to kpi.
#pragma once

#include <optional>
#include <vector>

#include "kpi/follow_up_view.h"
#include "kpi/sheet.h"
#include "kpi/sheet_state.h"
#include "kpi/taken.h"
#include "web/form.h"

namespace musubi::kpi {

// What indicators of this organisation offer to the rows that name them.
struct Computable {
  std::vector<Indicator> known;
  Offers offers;
  std::optional<Offer> at(const Line& line, int year) const;
};
Result<Computable> computable_of(const std::shared_ptr<db::Database>& database, const SheetIndicator& one, Time now);
std::vector<Offer> offers_in(const Computable& computable, const SheetState& state, const SheetIndicator& one);

void sheet_figure_fields(FollowUpForm& entry, std::vector<web::Field>& out, const SheetState& state, const SheetIndicator& one,
                         const Computable& computable, web::Language l);
// Lays what was posted over the rows that it names; bounds, targets and the rest stay, and so do rows that the form does not have. A row of
// `earlier`, which others took away meanwhile, is there again where the form has values for it.
void read_sheet_figures(FollowUpForm& entry, SheetIndicator& one, const std::vector<Line>& earlier, const SheetState& state,
                        const Computable& computable);

}  // namespace musubi::kpi
