// A form over one revision of a part of a draft. What is saved is held against that revision: cells that others changed meanwhile stay. Where
// both changed the same cell the form comes back with this officer's values over what the others made of the part, laid over the newest
// revision. Others may have added or taken away rows by then, so rows name themselves in the form, and what was typed is laid over the row of
// that name, never over the one in that place. Private to kpi.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kpi/follow_up_view.h"
#include "kpi/sheet_merge.h"

namespace musubi::kpi {

struct FormOver {
  std::int64_t base = 0;                 // the revision; 0: of something new
  std::vector<std::int64_t> began = {};  // those that it was laid over before it came back, the newest first
  FormOver again(std::int64_t newest) const;
};
FormOver posted_over(const http::Form& posted);
void put_over(std::vector<web::Field>& out, const FormOver& over);  // hidden fields; none of something new

// What a form is laid over.
template <class Part>
struct PartOver {
  FormOver form;
  json::object base;
  Part part;                      // the same
  std::vector<Part> before = {};  // as it stood in form.began

  // What the form comes back with: cells in conflict hold this officer's values, the others what both made of them.
  json::object mine_over(const json::object& mine, const json::object& theirs) const { return merge_cells(base, mine, theirs).part; }
};

// `part_at` gives the part in a revision, `read` reads it. Errors: those of part_at for the base.
template <class PartAt, class Read>
auto part_over(const FormOver& form, PartAt part_at, Read read) -> Result<PartOver<decltype(read(json::object()))>> {
  json::object base = TRY(part_at(form.base));
  PartOver<decltype(read(base))> out{form, base, read(base), {}};
  for (std::int64_t revision : form.began)
    if (auto one = part_at(revision); one.ok()) out.before.push_back(read(*one));
  return out;
}

// ---- Rows of a list within the part ----

inline const std::string& row_key(const Line& row) { return row.sub; }
template <class Row>
const std::string& row_key(const Row& row) {
  return row.id;
}

template <class Row>
struct RowsOver {
  std::vector<Row> shown = {};     // of that revision, or what the form comes back with
  std::vector<Row> earlier = {};   // that were there when the officer began: others may have taken them away
  std::vector<Row> standing = {};  // in the draft as it is now: their names are in use
  bool came_back = false;

  const Row* named(std::string_view key) const {
    for (const auto* all : {&shown, &earlier})
      for (const auto& row : *all)
        if (row_key(row) == key) return &row;
    return nullptr;
  }
  std::set<std::string> keys() const {
    std::set<std::string> out;
    for (const auto* all : {&shown, &earlier, &standing})
      for (const auto& row : *all) out.insert(row_key(row));
    return out;
  }
};

// `list` gives the rows of a part.
template <class Part, class List>
auto rows_over(const PartOver<Part>& over, const Part& standing, List list) {
  RowsOver<typename std::decay_t<decltype(list(standing))>::value_type> out{list(over.part), {}, list(standing), !over.before.empty()};
  for (const Part& part : over.before)
    for (const auto& row : list(part))
      if (!out.named(row_key(row))) out.earlier.push_back(row);
  return out;
}

// The row drawn at one place of the form.
template <class Row>
struct RowAt {
  std::optional<std::string> key;  // nothing: a new row
  const Row* row = nullptr;        // what it is laid over; also nothing where it was new when the form came back
};
template <class Row>
RowAt<Row> row_at(const FollowUpForm& form, const std::string& name, std::size_t place, const RowsOver<Row>& rows) {
  if (form.posted()) {
    auto key = form.given(name + "-name");
    return {key, key ? rows.named(*key) : nullptr};
  }
  return place < rows.shown.size() ? RowAt<Row>{row_key(rows.shown[place]), &rows.shown[place]} : RowAt<Row>{};
}
// The hidden field that names it.
template <class Row>
void put_name(std::vector<web::Field>& out, const std::string& name, const RowAt<Row>& at) {
  if (at.key) out.push_back({web::Input::kHidden, name + "-name", "", "", {*at.key}});
}

// How many rows are drawn: those that are there and `more`, and what was posted beyond. `name` and `written` speak of the row at a place.
template <class Row, class Name, class Written>
std::size_t rows_drawn(const FollowUpForm& form, const RowsOver<Row>& rows, std::size_t more, std::size_t most, Name name,
                       Written written) {
  std::size_t out = form.posted() ? more : rows.shown.size() + more;
  for (std::size_t i = 0; form.posted() && i < most; ++i)
    out = std::max(out, row_at(form, name(i), i, rows).key ? i + 1 + more : written(i) ? i + 1 : 0);
  return std::min(out, most);
}

// Whether the form says of none of its rows which it is: one of an earlier version, that would take all of them away.
template <class Row, class Name>
bool rows_unnamed(const FollowUpForm& form, const RowsOver<Row>& rows, std::size_t most, Name name) {
  if (rows.shown.empty() || rows.came_back) return false;
  for (std::size_t i = 0; i < most; ++i)
    if (form.given(name(i) + "-name")) return false;
  return true;
}
Text open_anew();  // the fault then

}  // namespace musubi::kpi
