// Two people change the same part of a sheet: what each changed against the revision both began with, cell by cell. Cells
// that only one of them changed come together; a cell that both changed differently is a conflict, and nothing is merged.
// Lists come together by the names of what is in them where they have some ("lines/(2)", "goals/(g1)", "amounts/2026-initial"), so that two
// people may add and take away different ones: rows of figures, goals, money, elements and links of the logic model, sections and fields of a
// plan, numbers in a list. Others place by place, where all three are of one length. Pure functions on the wire form.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "kpi/rules.h"

namespace musubi::kpi {

struct CellConflict {
  std::string cell;                // "lines/0/yearly/2018/actual"
  std::string base, theirs, mine;  // as cell_text has them; "" = absent
  bool operator==(const CellConflict&) const = default;
};

struct Merged {
  json::object part;  // of use without conflicts only
  std::vector<CellConflict> conflicts;
};
Merged merge_cells(const json::object& base, const json::object& theirs, const json::object& mine);

// Cells that differ. Values (target, actual, baseline, final) and bilingual texts are one cell each.
std::vector<Change> cell_changes(const json::object& before, const json::object& after);

// "lines/(2)/final" as it stands in this part, "lines/1/final"; a name that it does not have stays.
std::string by_place(const json::object& part, std::string_view path);

// A cell in one line: "30以上", a text in Japanese and English parted by " / ", a goal or a row by its title, money by its amount, else canonical JSON.
std::string cell_text(const json::value& cell);

}  // namespace musubi::kpi
