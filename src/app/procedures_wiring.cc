#include "app/procedures_wiring.h"

namespace musubi::app {

Result<std::shared_ptr<const procedures::Neighbours>> procedures_neighbours(Installation& installation, const std::string& organisation) {
  auto database = TRY(installation.store().organisation(organisation));
  auto out = std::make_shared<procedures::Neighbours>();
  out->members = [&installation] {
    std::vector<procedures::Member> members;
    auto ids = installation.store().organisations();
    if (!ids.ok()) return members;
    for (const auto& id : *ids) {
      auto other = installation.store().organisation(id);
      if (!other.ok()) continue;
      auto found = (*other)->read([](db::Reader& reader) { return identity::organisation(reader); });
      if (found.ok() && *found) members.push_back({id, (*found)->title, (*found)->kind, ""});
    }
    return members;
  };
  return std::shared_ptr<const procedures::Neighbours>(std::move(out));
}

}  // namespace musubi::app
