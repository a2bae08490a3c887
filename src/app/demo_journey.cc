#include "app/demo_journey.h"

#include "app/browser.h"
#include "app/demo_towns.h"

namespace musubi::app {

Result<void> play_journey(const Config&, const DemoPorts& ports, const JourneyDoors&,
                          const std::function<void(const Text& what, const std::string& where)>& told) {
  Browser hanako("ja");
  auto page = TRY(hanako.get(ports.page(0) + "/portal/guide"));
  told({"案内：" + page.title(), "guide: " + page.title()}, page.url);
  return {};
}

}  // namespace musubi::app
