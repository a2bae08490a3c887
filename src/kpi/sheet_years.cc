#include "kpi/sheet_years.h"

#include <algorithm>
#include <map>
#include <set>

#include "text/normalise.h"

namespace musubi::kpi {
namespace {

std::string name_of(const SheetHeader& h, const SheetIndicator& one) {
  return text::search_form(text::collapse_spaces(h.source_publisher.ja)) + "\n" +
         text::search_form(text::collapse_spaces(one.title.ja));
}

bool same_words(const std::optional<Text>& a, const std::optional<Text>& b) {
  if (!a || !b) return !a && !b;
  return text::search_form(text::collapse_spaces(a->ja)) == text::search_form(text::collapse_spaces(b->ja));
}

void in_order(SameIndicator& all) {
  std::stable_sort(all.begin(), all.end(), [](const Placed& a, const Placed& b) {
    const auto &x = a.state->sheet.header, &y = b.state->sheet.header;
    return std::pair(x.fiscal_year, x.id) < std::pair(y.fiscal_year, y.id);
  });
}

// Which ids mean the same one, and which indicator belongs to which.
class Joined {
 public:
  explicit Joined(const std::vector<SharedSheet>& sheets) {
    for (const auto& state : sheets)
      for (const auto& one : state->sheet.indicators) all_.push_back({{state, &one}, place_id(state->sheet.header.id, one.number)});
    for (const auto& one : all_) {
      if (one.id().empty()) continue;
      stated_.insert(one.id());
      same_[root(one.id())] = root(one.place);
    }
    for (const auto& one : all_)
      if (has_id(one) && !apart(one)) ids_of_name_[one.name()].insert(root(one.place));
  }

  std::vector<SameIndicator> groups() {
    std::map<std::string, SameIndicator> by_key;
    for (auto& one : all_) {
      one.placed.by_name = !has_id(one);
      by_key[key(one)].push_back(one.placed);
    }
    std::vector<SameIndicator> out;
    for (auto& [unused, group] : by_key) {
      in_order(group);
      out.push_back(std::move(group));
    }
    return out;
  }

 private:
  struct One {
    Placed placed;
    std::string place;
    const std::string& id() const { return placed.indicator->id; }
    std::string name() const { return name_of(placed.state->sheet.header, *placed.indicator); }
  };
  bool has_id(const One& one) const { return !one.id().empty() || stated_.contains(one.place); }
  static bool apart(const One& one) { return one.id() == one.place; }

  std::string key(const One& one) {
    if (has_id(one)) return "id " + root(one.place);
    auto ids = ids_of_name_.find(one.name());
    return ids != ids_of_name_.end() && ids->second.size() == 1 ? "id " + *ids->second.begin() : "name " + one.name();
  }

  // With halved ways: a chain of many years stays short.
  const std::string& root(const std::string& id) {
    auto at = same_.try_emplace(id, id).first;
    while (at->second != at->first) {
      auto next = same_.find(at->second);
      at->second = next->second;
      at = next;
    }
    return at->first;
  }

  std::vector<One> all_;
  std::set<std::string> stated_;
  std::map<std::string, std::string> same_;
  std::map<std::string, std::set<std::string>> ids_of_name_;
};

}  // namespace

std::vector<SameIndicator> same_indicators(const std::vector<SharedSheet>& sheets, std::size_t least) {
  std::vector<SameIndicator> out;
  for (auto& all : Joined(sheets).groups()) {
    std::set<std::string> on;
    for (const auto& one : all) on.insert(one.state->sheet.header.id);
    if (on.size() >= least) out.push_back(std::move(all));
  }
  return out;
}

SameIndicator likes_of(const std::vector<SharedSheet>& sheets, std::string_view sheet, std::string_view number) {
  for (auto& all : Joined(sheets).groups())
    for (const auto& one : all)
      if (one.state->sheet.header.id == sheet && one.indicator->number == number) return std::move(all);
  return {};
}

std::string id_of(const SameIndicator& all) {
  for (const auto& one : all)
    if (!one.indicator->id.empty()) return one.indicator->id;
  return all.empty() ? "" : place_id(all[0].state->sheet.header.id, all[0].indicator->number);
}

bool joined_by_name(const Placed& own, const Placed& one) {
  if (!one.other) return own.by_name || one.by_name;
  return std::find(one.one_with.begin(), one.one_with.end(), own.indicator) == one.one_with.end();
}

std::vector<Differs> differences(const SheetIndicator& one, const SheetIndicator& other) {
  std::set<Differs> out;
  bool same_rows = one.lines.size() == other.lines.size();
  for (std::size_t i = 0; same_rows && i < one.lines.size(); ++i) {
    const Line &a = one.lines[i], &b = other.lines[i];
    same_rows = a.sub == b.sub && same_words(a.title, b.title);
    if (!same_words(a.unit, b.unit)) out.insert(Differs::kUnit);
    if (a.kind != b.kind) out.insert(Differs::kKind);
    if (a.nature != b.nature) out.insert(Differs::kNature);
    if (a.direction != b.direction) out.insert(Differs::kDirection);
    if (a.gathering != b.gathering) out.insert(Differs::kGathering);
  }
  if (!same_rows) return {Differs::kRows};
  return {out.begin(), out.end()};
}

}  // namespace musubi::kpi
