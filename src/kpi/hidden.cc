#include "kpi/hidden.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "base/json.h"
#include "kpi/definitions.h"

namespace musubi::kpi {
namespace {

bool says_persons(const std::string& content) {
  auto definition = parse_json(content);
  const auto* persons = definition.ok() && definition->is_object() ? definition->get_object().if_contains("persons") : nullptr;
  return !persons || !persons->is_bool() || persons->get_bool();
}

// All revisions of one id.
struct Revisions {
  bool persons = false;                        // one counts acts of persons, or can no longer be read
  std::int64_t withdrawn = 0;                  // the newest that withdrew it
  std::map<std::string, std::int64_t> newest;  // by digest
};

Result<Revisions> revisions_of(db::Reader& reader, const std::string& id) {
  Revisions out;
  const db::Value parameters[] = {id};
  TRY(reader.scan("SELECT revision, digest, content FROM kpi_definition WHERE indicator = $1", parameters,
                  [&](const db::Row& row) -> Result<void> {
                    const std::int64_t revision = row.integer(0);
                    const std::string digest = row.text(1);
                    const auto content = row.maybe_text(2);
                    if (digest.empty() && !content) {
                      out.withdrawn = std::max(out.withdrawn, revision);
                      return {};
                    }
                    out.persons = out.persons || !content || says_persons(*content);
                    out.newest[digest] = std::max(out.newest[digest], revision);
                    return {};
                  }));
  return out;
}

}  // namespace

Result<std::set<std::string>> hidden_since(db::Reader& reader, const std::vector<Indicator>& indicators) {
  std::set<std::string> out;
  std::map<std::string, Revisions> known;
  for (const auto& one : indicators) {
    if (one.persons || find_indicator(one.id)) continue;  // hidden anyway; of the binary, which has no revisions
    auto at = known.find(one.id);
    if (at == known.end()) at = known.emplace(one.id, TRY(revisions_of(reader, one.id))).first;
    const Revisions& all = at->second;
    std::string digest = definition_digest(one);
    auto saved = all.newest.find(digest);
    if (all.persons || (saved != all.newest.end() && all.withdrawn > saved->second)) out.insert(std::move(digest));
  }
  return out;
}

}  // namespace musubi::kpi
