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

// An actual that was taken, anywhere in it (members "origin" of origin.h).
struct Told {
  std::string indicator, definition;
  std::string figure;  // what was told, and of which records
};

void figures_in(const json::value& value, std::vector<Told>& out) {
  auto word = [](const json::object& object, std::string_view key) {
    const auto* found = object.if_contains(key);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
  };
  if (const auto* array = value.if_array())
    for (const auto& one : *array) figures_in(one, out);
  if (const auto* object = value.if_object()) {
    const auto* member = object->if_contains("origin");
    if (const auto* origin = member ? member->if_object() : nullptr) {
      const auto* actual = object->if_contains("actual");
      out.push_back({word(*origin, "indicator"), word(*origin, "definition"),
                     canonical_json(json::array{*member, actual ? *actual : json::value()})});
    }
    for (const auto& one : *object) figures_in(one.value(), out);
  }
}

std::vector<Told> figures_in(const std::string& content) {
  std::vector<Told> out;
  if (content.find("\"origin\"") == content.npos) return out;
  if (auto value = parse_json(content, JsonLimits{content.size(), 32}); value.ok()) figures_in(*value, out);
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
    if (std::string digest = definition_digest(one); at->second.hide(digest)) out.insert(std::move(digest));
  }
  return out;
}

Result<bool> HiddenSince::hides(const std::string& indicator, const std::string& digest) {
  // One of the binary that counts acts of persons: what an earlier definition of it told may be small.
  if (const Indicator* one = find_indicator(indicator)) return one->persons && definition_digest(*one) != digest;
  auto at = hidden_.find(indicator);
  if (at == hidden_.end()) {
    const Revisions all = TRY(revisions_of(reader_, indicator));
    std::set<std::string> hidden;
    for (const auto& [one, saved] : all.saved)
      if (!saved.persons && all.hide(one)) hidden.insert(one);
    at = hidden_.emplace(indicator, std::move(hidden)).first;
  }
  return at->second.contains(digest);
}

Result<std::set<std::int64_t>> withheld(HiddenSince& hidden, const std::vector<ToldRevision>& revisions) {
  std::map<std::int64_t, std::vector<std::string>> telling;  // figures that are hidden, by record
  for (const auto& one : revisions) {
    if (one.shown) continue;
    for (auto& told : figures_in(one.content))
      if (TRY(hidden.hides(told.indicator, told.definition))) telling[one.record].push_back(std::move(told.figure));
  }
  std::set<std::string> shown;
  if (!telling.empty())
    for (const auto& one : revisions)
      if (one.shown)
        for (auto& told : figures_in(one.content)) shown.insert(std::move(told.figure));
  std::set<std::int64_t> out;
  for (const auto& [record, figures] : telling)
    if (!std::all_of(figures.begin(), figures.end(), [&](const std::string& figure) { return shown.contains(figure); }))
      out.insert(record);
  return out;
}

}  // namespace musubi::kpi
