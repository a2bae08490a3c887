// Pages and data of sheets by organisation, and what the pages across sheets need of other organisations' ones.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kpi/routes.h"
#include "kpi/sheet_organisations.h"
#include "kpi/sheet_pages.h"

namespace musubi::kpi {

// What others reported, with where their own pages stand. Outlives what was joined with it.
class Beside {
 public:
  // As others had reported at the end of the day that is asked for. Where that is not kept or cannot be read, a page has none of them
  // and shows the own rows with a notice. Errors, of data, which has no place for one: plan.bad_as_of, kpi.damaged.
  static Result<Beside> read(const RouteContext& context, const http::Request& request, const SheetAsked& asked, bool data);
  bool missing() const { return missing_; }
  web::Markup notice(web::Language language) const;  // empty where nothing is missing

  const std::vector<OtherSheet>& sheets() const { return sheets_; }
  std::string organisation(const OtherSheet* other) const { return other ? other->organisation : own_; }
  Text title(const OtherSheet* other) const { return other ? other->title : own_title_; }
  // The page of the sheet, or of an indicator on it, at whoever publishes it; "" where that one's site is unknown.
  std::string url(const SheetAsked& asked, const OtherSheet* other, const std::string& sheet, const std::string& number = {}) const;
  std::string all_url(const SheetAsked& asked, const OtherSheet* other) const;  // of all its sheets

 private:
  const std::string& site_of(const OtherSheet& other) const;  // "" where it is unknown

  const RouteContext* context_ = nullptr;
  std::string own_;
  Text own_title_;
  std::vector<OtherSheet> sheets_;
  bool missing_ = false;
  mutable std::map<std::string, std::string> sites_;  // by organisation, each looked up once
};

std::vector<http::Route> sheet_organisations_routes(const RouteContext& context);

}  // namespace musubi::kpi
