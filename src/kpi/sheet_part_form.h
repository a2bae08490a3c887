// Indicators and programmes of a sheet by form: added to the draft, changed, taken off, put back. What is saved goes through the acts
// of sheets.h. Values and marks have their own form (sheet_entry.cc), and so have owners, laws and measures (grounds_pages.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kpi/follow_up_view.h"
#include "kpi/form_over.h"
#include "kpi/sheet_pages.h"

namespace musubi::kpi {

std::vector<http::Route> sheet_part_routes(const RouteContext& context);  // officers'

// On the officers' page of a sheet: links to the forms, and what was taken off with the way back. Nothing of a past day.
Result<web::Markup> part_links(const RouteContext& context, const http::Request& request, const SheetAsked& asked,
                               const SheetState& state);
web::Markup programme_links(const SheetAsked& asked, const SheetState& state);  // to the form of each programme

// ---- Pieces of its own files ----

// What a form is about: a part of the draft as it was in one revision, or a new one.
struct PartDesk {
  SheetAsked asked;
  SharedSheet state;
  PartKey key;    // number "": new
  FormOver over;  // base 0: new
  bool fresh() const { return over.base == 0; }
  const std::string& sheet() const { return state->sheet.header.id; }
  std::string part_url() const;  // the page of the part, or of the sheet
  std::string form_url() const;
};
// Errors: sheet.unknown, sheet.unknown_part.
Result<PartDesk> part_desk_of(const RouteContext& context, const http::Request& request, PartKey key);

// One above the highest number of a part of that kind that is, or ever was, on the sheet.
Result<std::string> next_number(const PartDesk& desk);

// Adds the part, or saves it over the revision that the form is laid over. Errors: those of Sheets::add and edit.
Result<SheetEdit> save_part(const RouteContext& context, const http::Request& request, const PartDesk& desk, const PartKey& key,
                            const json::object& part);
// All that it would be refused for, as pointers into the part: told together with what could not be read from the form.
Result<std::vector<Fault>> preview_part(const PartDesk& desk, const PartKey& key, const json::object& part);

// The form's page, with the small forms that take the part off and undo below it.
http::Response draw_part(const RouteContext& context, const http::Request& request, const PartDesk& desk, FollowUpForm& form,
                         std::vector<web::Field> fields, web::Markup above, int status);

// The money of one year, a field a kind; read back laid over what stood, every fault at its field.
std::string year_name(int year);  // "y2026": the field
web::Field money_field(FollowUpForm& form, int year, const std::vector<Amount>& now, const Text& unit, web::Language language);
void read_money(FollowUpForm& form, int year, const Text& unit, std::vector<Amount>& amounts);
std::string money_name(const std::vector<Amount>& amounts, std::string_view at);  // the field of the amount at "3" or "3/kind"

Result<http::Response> indicator_form_page(const RouteContext& context, http::Request& request);
Result<http::Response> indicator_form_post(const RouteContext& context, http::Request& request);
Result<http::Response> programme_form_page(const RouteContext& context, http::Request& request);
Result<http::Response> programme_form_post(const RouteContext& context, http::Request& request);

}  // namespace musubi::kpi
