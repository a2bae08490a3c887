#include "kpi/record_ways.h"

#include "kpi/pages.h"
#include "kpi/store.h"
#include "web/messages/kpi.h"
#include "web/messages/record_way.h"

namespace musubi::kpi {

namespace t = web::messages;

web::Cell RecordWays::cell(std::int64_t record) const {
  std::string number = std::to_string(record);
  return {number, number, lead_to(record) ? urls_.record(record) : ""};
}

web::Markup RecordWays::links(std::int64_t record, web::Language l) const {
  if (lead_to(record)) return record_links(urls_, record, l);
  return web::Html()
      .text(t::record_way_closed(l, {std::to_string(record)}))
      .raw(" · ")
      .markup(web::link(t::kpi_receipt(l), urls_.receipt(record)))
      .take();
}

web::Markup RecordWays::note(web::Language l) const {
  return published_ == INT64_MAX ? web::Markup{} : web::paragraph(t::record_way_note(l));
}

RecordWays ways_of(const RouteContext& context, const http::Request& request, const Asked& asked,
                   const std::optional<SignOff>& sign_off) {
  return {context, request, asked.urls.org, sign_off ? sign_off->record : -1};
}

Result<RecordWays> ways_of(const RouteContext& context, const http::Request& request, const Asked& asked, const std::string& plan) {
  auto newest = TRY(asked.database->read([&](db::Reader& reader) { return store::newest_sign_off(reader, plan, std::nullopt); }));
  return ways_of(context, request, asked, newest);
}

}  // namespace musubi::kpi
