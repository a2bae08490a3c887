// The pages of sheets that everyone may see; with `office` the same ones as officers see them, drafts marked.
#pragma once

#include <memory>
#include <string>

#include "http/router.h"
#include "kpi/marks.h"
#include "kpi/routes.h"
#include "kpi/sheet_export.h"
#include "web/page.h"
#include "web/table.h"

namespace musubi::kpi {

// What a request asks of sheets, read once for pages and data alike. Errors: org.unknown, plan.bad_as_of.
struct SheetAsked {
  std::shared_ptr<db::Database> database;
  SheetUrls urls;
  View view;
  web::Language language = web::Language::ja;

  Sheets sheets(Mandate mandate = {}) const { return Sheets(*database, std::move(mandate)); }
  std::string in_view(std::string url) const;  // stays in the day that is asked for
};
Result<SheetAsked> read_sheet_asked(const RouteContext& context, const http::Request& request, bool office);

Result<http::Response> sheets_page(const RouteContext& context, http::Request& request);
Result<http::Response> sheet_page(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> sheet_indicator_page(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> sheet_programmes_page(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> sheet_history_page(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> targets_page(const RouteContext& context, http::Request& request, bool office);
Result<http::Response> compare_page(const RouteContext& context, http::Request& request, bool office);

// The targets page: every indicator of every sheet, filtered as the request asks. For programs a row of every line of an
// indicator, with number, bound, year and unit apart; `everything`: on one page.
Result<web::Table> targets_table(const SheetAsked& asked, const http::Request& request);
Result<web::Table> targets_data_table(const SheetAsked& asked, const http::Request& request, bool everything);

// Pieces shared with the officers' pages.
web::Page new_sheet_page(const SheetAsked& asked, const http::Request& request, std::string title, const SheetHeader* sheet = nullptr);
http::Response answer(const RouteContext& context, const http::Request& request, const web::Page& page, int status);
// In lists across sheets: "［下書き］" where it is no published edition, which officers alone see; "" else.
std::string draft_mark(const SheetAsked& asked, const SheetState& state);
std::string listed_title(const SheetAsked& asked, const SheetState& state);  // with that mark
web::Markup across_links(const SheetAsked& asked);                           // to what is asked across sheets
web::Table sheets_table(const SheetAsked& asked, const std::vector<SharedSheet>& sheets);
// What a list of indicators can be filtered by: a result (result_word), no target, a year's target missed.
inline constexpr std::array<std::string_view, 6> kTargetStatuses = {"reached", "missed",    "not_due",
                                                                    "no_mark", "no_target", "year_missed"};
bool has_status(std::string_view status, const SheetIndicator& one, int fiscal_year, const MarkRules& rules);  // "": every indicator
web::Markup sheet_table(const SheetState& state, const SheetAsked& asked, std::string_view status);
web::Markup disagreements_table(const std::vector<Disagreement>& all, const std::string& sheet, const SheetAsked& asked,
                                const std::string& target);
web::Markup judgement_markup(const SheetState& state, const SheetAsked& asked);
web::Markup sums_table(const SheetState& state, const SheetAsked& asked, const std::string& target);
web::Markup budget_table(const SheetState& state, const SheetAsked& asked, const std::string& target);
web::Markup day_notice(const SheetAsked& asked, const std::string& now);  // empty where no day is asked for
web::Markup sheet_record_links(const SheetAsked& asked, std::int64_t record);
web::Table plain_table(std::string id, std::string_view caption, std::vector<web::Column> columns);  // of a page, without paging

}  // namespace musubi::kpi
