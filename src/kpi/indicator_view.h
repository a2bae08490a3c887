// What pages and data of indicators share: what they stand on, and figures as words, cells and JSON. Private to kpi.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crypto/hash.h"
#include "kpi/asked.h"
#include "kpi/definitions.h"
#include "kpi/gather.h"
#include "kpi/reported.h"
#include "web/html.h"
#include "web/table.h"

namespace musubi::kpi {

// What a page of indicators stands on.
struct Standing {
  std::vector<Indicator> indicators;              // those asked for
  std::map<std::string, std::int64_t> revisions;  // of the definitions that are the organisation's own
  Gathered own;
  SharedReported others;               // set where this organisation shows what others reported
  Time now;                            // or the end of the day that is asked for
  std::optional<crypto::Digest> root;  // of the tree of own.size leaves, where a checkpoint covers it
  std::uint64_t log_size = 0;          // leaves that the newest checkpoint covers
  Eyes eyes = Eyes::kPublic;
  web::TableQuery query;                // the order that was asked for
  const KnownTypes* written = nullptr;  // every record type that some module writes

  bool reported(const Indicator& indicator) const;  // by others, not gathered here
  bool hides(const Indicator& indicator) const;     // small figures from the public
  Computed of(const Indicator& indicator) const;
  ReportedFigure of(const Indicator& indicator, std::size_t reporter) const;  // of one that is `reported`
};

// So many organisations are named on a page of an indicator; of more it says how many there are, and leads to their table.
inline constexpr std::size_t kReportersShown = 50;

// What these pages are asked beside `as_of`; any other parameter is a fault. Error: table.bad_query.
Result<void> take_only(const http::Request& request, std::initializer_list<std::string_view> more = {});

// As known at the end of the day that is asked for, by the definitions of that day. Error: plan.bad_as_of where that cannot be told.
Result<Standing> stand(const RouteContext& context, const Asked& asked, Eyes eyes, const WantedIndicator& wanted = {});
// Figures alone, for a page that leads to what they stand on: `root` and `log_size` stay unset.
Result<Standing> stand_figures(const RouteContext& context, const Asked& asked, Eyes eyes, const WantedIndicator& wanted = {});
// Of the indicator in the request's path. Errors: kpi.unknown_indicator.
Result<Standing> stand_one(const RouteContext& context, const http::Request& request, const Asked& asked, Eyes eyes);
// Puts the indicators into the order that the target asks for; as given where it asks for none. Error: table.bad_query.
Result<void> order(Standing& standing, std::string_view target, web::Language language);
// For a definition that is not saved.
Result<Standing> stand_on(const RouteContext& context, const Asked& asked, std::vector<Indicator> indicators);

http::Parameter indicator_sort();  // of a list, as the interface is described

std::string kpi_path(const Urls& urls);
std::string kpi_path(const Urls& urls, const Indicator& indicator);

std::string number_of(const Indicator& indicator, double value);
double as_written(const Indicator& indicator, double value);  // the number that this reads
std::string words_of(const Indicator& indicator, const Figure& figure, web::Language language);
std::string part_words(const RouteContext& context, const Asked& asked, const Indicator& indicator, const std::string& part);
std::string part_heading(const Indicator& indicator, web::Language language);

web::Cell value_cell(const Indicator& indicator, const Figure& figure, web::Language language);
web::Cell count_cell(const Figure& figure, web::Language language);
web::Markup list_markup(const Asked& asked, const Standing& standing, const std::string& target);
web::Markup standing_markup(const Asked& asked, const Standing& standing, const Indicator* indicator);
// Value, count, what is counted, direction, measures.
web::Markup facts_markup(const Asked& asked, const Computed& computed);
web::Markup months_chart(const Computed& computed, web::Language language);
// By fiscal year, by month, by part; `behind` makes each row lead to the records behind it.
web::Markup figure_tables(const RouteContext& context, const Asked& asked, const Computed& computed, const std::string& target,
                          bool behind);
web::Markup formula_markup(const Indicator& indicator, web::Language language);

std::string root_text(const std::optional<crypto::Digest>& root);  // Base64, or ""
std::string consistency_path(const Asked& asked, const Standing& standing);

json::object figure_json(const Figure& figure);
json::object computed_json(const Standing& standing, const Indicator& indicator, const Urls& urls);
json::object standing_json(const Asked& asked, const Standing& standing);
// Long: one figure a row, with its definition, the records that it stands on and the root of their tree.
std::string tidy_csv(const Standing& standing, const http::Request& request);

}  // namespace musubi::kpi
