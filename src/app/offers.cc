// Which procedures an organisation takes on line: what its kind receives, once a permit lets a portal file with it.
#include <algorithm>

#include "app/services.h"
#include "base/log.h"
#include "exchange/member.h"
#include "procedures/offers.h"

namespace musubi::app {
namespace {

bool lets_file(const exchange::Permit& permit, const std::string& id, const std::string& kind, text::Date day) {
  return (permit.answering == id || permit.answering == "kind:" + kind) && permit.from <= day &&
         (!permit.until || day <= *permit.until) &&
         std::find(permit.items.begin(), permit.items.end(), "service:filing") != permit.items.end();
}

}  // namespace

Result<std::size_t> Services::publish_procedures(const std::string& id) {
  auto database = TRY(installation_.store().organisation(id));
  const std::string kind = installation_.about(id).kind;
  const Time now = clock_.now();
  const text::Date day = text::jst_date(now);
  auto permits = TRY(database->read([](db::Reader& reader) { return exchange::permits(reader); }));
  bool open =
      std::any_of(permits.begin(), permits.end(), [&](const exchange::Permit& permit) { return lets_file(permit, id, kind, day); });
  return procedures::enter_offers(*database, open ? procedures::procedures_for(kind) : std::vector<const procedures::Procedure*>(),
                                  now);
}

void Services::publish_due() {
  for (const auto& database : installation_.store().opened()) {
    const std::string& id = database->organisation();
    const Time now = clock_.now();
    if (now < offers_looked_[id] || database->refusing()) continue;
    offers_looked_[id] = Time{now.us + kOffersLooked_us};
    if (auto entered = publish_procedures(id); !entered.ok())
      log::error("app.offers", {{"organisation", id}, {"why", entered.error().message.en}});
  }
}

}  // namespace musubi::app
