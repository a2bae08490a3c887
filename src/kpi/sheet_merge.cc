#include "kpi/sheet_merge.h"

#include <algorithm>
#include <array>
#include <map>

namespace musubi::kpi {
namespace {

using Path = std::string;

Path join(const Path& path, std::string_view key) { return path.empty() ? std::string(key) : path + "/" + std::string(key); }

// What is changed as a whole: a value and a bilingual text.
bool is_cell(const Path& path, const json::value& value) {
  if (!value.is_object() && !value.is_array()) return true;
  const auto* object = value.if_object();
  if (object && object->contains("ja")) return true;
  constexpr std::array<std::string_view, 5> kValues = {"target", "actual", "baseline", "final", "origin"};
  std::string_view key = std::string_view(path).substr(path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1);
  return object && std::find(kValues.begin(), kValues.end(), key) != kValues.end();
}

const json::value* member(const json::value* of, std::string_view key) {
  const auto* object = of ? of->if_object() : nullptr;
  return object ? object->if_contains(key) : nullptr;
}

// Rows of figures, goals, money, elements and links of a logic model, sections and fields of a plan have names of their own, and what is named in a list
// is its own name: two people may add and take away different ones. A name that could be read as a place, or as a member, stands in brackets.
std::optional<std::string> name_in(const Path& path, const json::value& element) {
  const auto* object = element.if_object();
  auto word = [&](std::string_view key) {
    const json::value* value = object ? object->if_contains(key) : nullptr;
    if (value && value->is_string()) return std::string(value->get_string());
    return value ? canonical_json(*value) : std::string();
  };
  if (path == "logic/nodes") return word("id");
  if (path == "sections" || path == "fields") return word("id");
  if (path == "goals") return "(" + word("id") + ")";
  if (path == "lines" || path == "progress_kpi/lines" || path == "effect_kpi/lines") return "(" + word("sub") + ")";
  if (path == "indicators" || path == "serves" || path == "systems")
    return element.is_string() ? std::string(element.get_string()) : "";
  if (path == "amounts" || path == "money/budget") return word("fiscal_year") + "-" + word("kind");
  if (path == "logic/links") return word("from") + ">" + word("to");
  return std::nullopt;
}

struct Named {
  std::vector<std::string> order;
  std::map<std::string, const json::value*> by_name;
};
// Nothing where its elements have no names, or two have the same.
std::optional<Named> named(const Path& path, const json::value* value) {
  Named out;
  if (!value) return out;
  if (!value->is_array()) return std::nullopt;
  for (const auto& element : value->get_array()) {
    auto name = name_in(path, element);
    if (!name || !out.by_name.emplace(*name, &element).second) return std::nullopt;
    out.order.push_back(std::move(*name));
  }
  return out;
}
const json::value* of(const Named& all, const std::string& name) {
  auto found = all.by_name.find(name);
  return found == all.by_name.end() ? nullptr : found->second;
}

bool same(const json::value* a, const json::value* b) { return (!a && !b) || (a && b && canonical_json(*a) == canonical_json(*b)); }

std::string text_of(const json::value* value) { return value ? cell_text(*value) : std::string(); }

class Merge {
 public:
  explicit Merge(std::vector<CellConflict>& conflicts) : conflicts_(conflicts) {}

  // nullptr stands for absent; so does an empty optional.
  std::optional<json::value> run(const Path& path, const json::value* base, const json::value* theirs, const json::value* mine) {
    if (same(mine, base) || same(mine, theirs)) return copy(theirs);
    if (same(theirs, base)) return copy(mine);
    bool parted = theirs && mine && theirs->kind() == mine->kind() && !is_cell(path, *theirs) && !is_cell(path, *mine);
    if (parted && theirs->is_object()) return objects(path, base, theirs->get_object(), mine->get_object());
    if (parted && name_in(path, json::value()))
      if (auto b = named(path, base), t = named(path, theirs), m = named(path, mine);
          b && t && m && !(b->order == t->order && t->order == m->order))
        return elements(path, *b, *t, *m);
    const auto* base_array = base ? base->if_array() : nullptr;
    if (parted && base_array && base_array->size() == theirs->get_array().size() && base_array->size() == mine->get_array().size()) {
      json::array out;
      for (std::size_t i = 0; i < base_array->size(); ++i)
        out.push_back(*run(join(path, std::to_string(i)), &(*base_array)[i], &theirs->get_array()[i], &mine->get_array()[i]));
      return json::value(std::move(out));
    }
    conflicts_.push_back({path, text_of(base), text_of(theirs), text_of(mine)});
    return copy(theirs);
  }

 private:
  static std::optional<json::value> copy(const json::value* value) { return value ? std::optional(*value) : std::nullopt; }

  std::optional<json::value> objects(const Path& path, const json::value* base, const json::object& theirs, const json::object& mine) {
    json::object out;
    auto each = [&](std::string_view key) {
      if (auto value = run(join(path, key), member(base, key), theirs.if_contains(key), mine.if_contains(key)))
        out[key] = std::move(*value);
    };
    for (const auto& one : theirs) each(one.key());
    for (const auto& one : mine)
      if (!theirs.contains(one.key())) each(one.key());
    return json::value(std::move(out));
  }

  // Theirs in their order, then those that were added here.
  json::value elements(const Path& path, const Named& base, const Named& theirs, const Named& mine) {
    json::array out;
    auto each = [&](const std::string& name) {
      if (auto value = run(join(path, name), of(base, name), of(theirs, name), of(mine, name))) out.push_back(std::move(*value));
    };
    for (const auto& name : theirs.order) each(name);
    for (const auto& name : mine.order)
      if (!theirs.by_name.contains(name)) each(name);
    return json::value(std::move(out));
  }

  std::vector<CellConflict>& conflicts_;
};

void compare(const Path& path, const json::value* before, const json::value* after, std::vector<Change>& out) {
  if (same(before, after)) return;
  const json::value* any = after ? after : before;
  bool cell = is_cell(path, *any) || (before && after && before->kind() != after->kind());
  if (cell) {
    out.push_back({path, text_of(before), text_of(after)});
    return;
  }
  if (any->is_object()) {
    if (after)
      for (const auto& one : after->get_object()) compare(join(path, one.key()), member(before, one.key()), &one.value(), out);
    if (before)
      for (const auto& one : before->get_object())
        if (!member(after, one.key())) compare(join(path, one.key()), &one.value(), nullptr, out);
    return;
  }
  if (name_in(path, json::value()))
    if (auto was = named(path, before), is = named(path, after); was && is && was->order != is->order) {
      for (const auto& name : was->order)
        if (!of(*is, name)) out.push_back({join(path, name), text_of(of(*was, name)), ""});
      for (const auto& name : is->order)
        if (!of(*was, name))
          out.push_back({join(path, name), "", text_of(of(*is, name))});
        else
          compare(join(path, name), of(*was, name), of(*is, name), out);
      if (out.empty()) out.push_back({path, text_of(before), text_of(after)});  // the order alone
      return;
    }
  const auto* old_array = before ? before->if_array() : nullptr;
  const auto* new_array = after ? after->if_array() : nullptr;
  std::size_t size = std::max(old_array ? old_array->size() : 0, new_array ? new_array->size() : 0);
  for (std::size_t i = 0; i < size; ++i)
    compare(join(path, std::to_string(i)), old_array && i < old_array->size() ? &(*old_array)[i] : nullptr,
            new_array && i < new_array->size() ? &(*new_array)[i] : nullptr, out);
}

std::optional<std::size_t> place_in(const json::array& all, const Path& path, std::string_view name) {
  for (std::size_t i = 0; i < all.size(); ++i)
    if (name_in(path, all[i]) == name) return i;
  return std::nullopt;
}

}  // namespace

std::string by_place(const json::object& part, std::string_view path) {
  json::value root(part);
  const json::value* at = &root;
  Path named, out;
  while (!path.empty()) {
    const std::string_view step = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), step.size() + 1));
    const auto* array = at ? at->if_array() : nullptr;
    auto place = array ? place_in(*array, named, step) : std::nullopt;
    out = join(out, place ? std::to_string(*place) : std::string(step));
    at = place ? &(*array)[*place] : member(at, step);
    named = join(named, step);
  }
  return out;
}

std::string cell_text(const json::value& cell) {
  if (const auto* string = cell.if_string()) return std::string(*string);
  const auto* object = cell.if_object();
  if (!object) return canonical_json(cell);
  auto words = [](const json::object& text) {
    const json::value *ja = text.if_contains("ja"), *en = text.if_contains("en");
    return (ja && ja->is_string() ? std::string(ja->get_string()) : "") + " / " +
           (en && en->is_string() ? std::string(en->get_string()) : "");
  };
  if (object->contains("ja")) return words(*object);
  for (std::string_view key : {"title", "reason"})  // a row, a goal, an element or a link of a logic model
    if (const json::value* text = object->if_contains(key); text && text->is_object()) return words(text->get_object());
  if (const json::value* amount = object->if_contains("amount")) return canonical_json(*amount);
  if (object->contains("yearly"))  // a row without a title
    for (std::string_view key : {"final", "baseline", "unit"})
      if (const json::value* said = object->if_contains(key)) return cell_text(*said);
  std::string out;
  if (const json::value* number = object->if_contains("number")) out = canonical_json(*number);
  if (const json::value* bound = object->if_contains("bound"); bound && bound->is_string())
    out += " " + std::string(bound->get_string());
  if (object->contains("cumulative")) out += " cumulative";
  if (const json::value* text = object->if_contains("text"); text && text->is_object())
    out += (out.empty() ? "" : " ") + words(text->get_object());
  return out.empty() ? canonical_json(cell) : out;
}

Merged merge_cells(const json::object& base, const json::object& theirs, const json::object& mine) {
  Merged out;
  json::value b(base), t(theirs), m(mine);
  auto merged = Merge(out.conflicts).run("", &b, &t, &m);
  out.part = std::move(merged->get_object());
  return out;
}

std::vector<Change> cell_changes(const json::object& before, const json::object& after) {
  std::vector<Change> out;
  json::value b(before), a(after);
  compare("", &b, &a, out);
  return out;
}

}  // namespace musubi::kpi
