#include "procedures/offers.h"

#include <map>

#include "evidence/log.h"
#include "procedures/types.h"

namespace musubi::procedures {
namespace {

struct Offer {
  std::int64_t version = 0;
  Time since;
  bool open = false;
};
using Offers = std::map<std::string, Offer, std::less<>>;

Result<Offers> entered(db::Reader& reader) {
  Offers out;
  for (const auto& row : TRY(reader.query("SELECT procedure_id, version, since, closed_at FROM procedures_offer")))
    out[row.text(0)] = {row.integer(1), Time{row.integer(2)}, row.is_null(3)};
  return out;
}

// What has to be entered so that `before` becomes what is open: the rows as they then are.
Offers changes(const Offers& before, const std::vector<const Procedure*>& open, Time now) {
  Offers out;
  for (const auto& [id, offer] : before)
    if (offer.open) out[id] = {offer.version, offer.since, false};
  for (const auto* procedure : open) {
    auto was = before.find(procedure->id);
    if (was != before.end() && was->second.open && was->second.version == procedure->version)
      out.erase(procedure->id);
    else
      out[procedure->id] = {procedure->version, now, true};
  }
  return out;
}

Result<void> enter(db::Transaction& tx, const std::string& id, const Offer& offer, Time now) {
  TRY(tx.put("procedures_offer", {{"procedure_id", id},
                                  {"version", offer.version},
                                  {"since", offer.since.us},
                                  {"closed_at", offer.open ? db::Value() : db::Value(now.us)}}));
  json::object facts{{"procedure", id}, {"version", offer.version}};
  if (offer.open) facts["online"] = true;
  TRY(evidence::append(tx, {.type = record_type(offer.open ? "procedures.published" : "procedures.closed"),
                            .stream = "procedures/offer/" + id,
                            .actor = "operator",
                            .facts = std::move(facts)}));
  return {};
}

}  // namespace

std::vector<const Procedure*> procedures_for(std::string_view kind) {
  std::vector<const Procedure*> out;
  for (const auto& pack : embedded_packs())
    for (const auto& procedure : pack.procedures) {
      const Role* role = pack.role(procedure.recipient);
      if (!procedure.by_system && role && role->kind == kind) out.push_back(&procedure);
    }
  return out;
}

Result<std::size_t> enter_offers(db::Database& database, const std::vector<const Procedure*>& open, Time now) {
  // Looked at outside the write: an organisation at rest writes nothing.
  auto before = TRY(database.read([](db::Reader& reader) { return entered(reader); }));
  if (changes(before, open, now).empty()) return std::size_t(0);
  return database.write([&](db::Transaction& tx) -> Result<std::size_t> {
    auto changed = changes(TRY(entered(tx)), open, now);
    for (const auto& [id, offer] : changed) TRY(enter(tx, id, offer, now));
    return changed.size();
  });
}

}  // namespace musubi::procedures
