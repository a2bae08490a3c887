#include "kpi/hidden.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

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
struct Saved {
  std::int64_t newest = 0;
  bool persons = false;  // says so itself
};
struct Revisions {
  bool persons = false;                // one counts acts of persons, or can no longer be read
  std::int64_t withdrawn = 0;          // the newest that withdrew it
  std::map<std::string, Saved> saved;  // by digest

  bool hide(const std::string& digest) const {
    auto one = saved.find(digest);
    return persons || (one != saved.end() && withdrawn > one->second.newest);
  }
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
                    Saved& one = out.saved[digest];
                    one.newest = std::max(one.newest, revision);
                    one.persons = one.persons || (content && says_persons(*content));
                    return {};
                  }));
  return out;
}

// Members "origin" anywhere in it (origin.h): id and digest of what was taken.
void origins_in(const json::value& value, std::set<std::pair<std::string, std::string>>& out) {
  auto word = [](const json::object& object, std::string_view key) {
    const auto* found = object.if_contains(key);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
  };
  if (const auto* array = value.if_array())
    for (const auto& one : *array) origins_in(one, out);
  if (const auto* object = value.if_object())
    for (const auto& member : *object) {
      if (const auto* origin = member.key() == "origin" ? member.value().if_object() : nullptr)
        out.emplace(word(*origin, "indicator"), word(*origin, "definition"));
      origins_in(member.value(), out);
    }
}

}  // namespace

Result<std::set<std::string>> hidden_since(db::Reader& reader, const std::vector<Indicator>& indicators) {
  std::set<std::string> out;
  std::map<std::string, Revisions> known;
  for (const auto& one : indicators) {
    if (one.persons || find_indicator(one.id)) continue;  // hidden anyway; of the binary, which has no revisions
    auto at = known.find(one.id);
    if (at == known.end()) at = known.emplace(one.id, TRY(revisions_of(reader, one.id))).first;
    if (std::string digest = definition_digest(one); at->second.hide(digest)) out.insert(std::move(digest));
  }
  return out;
}

Result<bool> hidden_since(db::Reader& reader, const std::string& indicator, const std::string& digest) {
  if (find_indicator(indicator)) return false;
  const Revisions all = TRY(revisions_of(reader, indicator));
  auto one = all.saved.find(digest);
  return !(one != all.saved.end() && one->second.persons) && all.hide(digest);
}

Result<bool> tells_hidden(db::Reader& reader, const std::string& content) {
  std::set<std::pair<std::string, std::string>> origins;
  if (content.find("\"origin\"") == content.npos) return false;
  if (auto value = parse_json(content, JsonLimits{content.size(), 32}); value.ok()) origins_in(*value, origins);
  for (const auto& [indicator, definition] : origins)
    if (TRY(hidden_since(reader, indicator, definition))) return true;
  return false;
}

}  // namespace musubi::kpi
