// Which records of plans and sheets a page may lead to: public ones, and those of drafts for administrators alone. Who would be
// refused is shown the number. Private to kpi.
#pragma once

#include <cstdint>
#include <string>

#include "http/request.h"
#include "kpi/asked.h"
#include "kpi/routes.h"
#include "web/table.h"

namespace musubi::kpi {

class RecordWays {
 public:
  // `published`: record of the newest sign-off or publication, which is public like all before it; -1: there is none.
  RecordWays(const RouteContext& context, const http::Request& request, std::string organisation, std::int64_t published)
      : urls_{std::move(organisation)},
        published_(context.is_administrator && context.is_administrator(request) ? INT64_MAX : published) {}

  bool lead_to(std::int64_t record) const { return record <= published_; }
  web::Cell cell(std::int64_t record) const;                             // of a column of links
  web::Markup links(std::int64_t record, web::Language language) const;  // to the record and its receipt
  web::Markup note(web::Language language) const;                        // for whom those of drafts are; nothing for administrators

 private:
  Urls urls_;
  std::int64_t published_;
};

// Those of a plan: its newest sign-off made public what came before it.
RecordWays ways_of(const RouteContext& context, const http::Request& request, const Asked& asked,
                   const std::optional<SignOff>& sign_off);
Result<RecordWays> ways_of(const RouteContext& context, const http::Request& request, const Asked& asked, const std::string& plan);

}  // namespace musubi::kpi
