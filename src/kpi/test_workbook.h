// What tests of workbooks of sheets share: a state that stands on no database, and cells by their keys.
#pragma once

#include "document/workbook.h"
#include "kpi/sheets.h"

namespace musubi::kpi {

// As just imported: every part in its first revision.
inline SheetState state_of(const Sheet& sheet) {
  SheetState state;
  state.sheet = sheet;
  state.edition = edition_of(sheet);
  std::int64_t record = 0;
  for (const auto& [key, part] : parts_of(sheet))
    state.parts.push_back({key, 1, record++, Time{1'700'000'000'000'000}, part_digest(part), false});
  return state;
}

// Where the row and the column with these keys meet; A1 where one is not there.
inline document::CellAt cell_by_keys(const document::Sheet& form, const std::string& row, const std::string& column) {
  document::CellAt out;
  const std::string table = "@" + row.substr(0, row.find('/'));
  for (const auto& [at, cell] : form.cells) {
    const auto* text = std::get_if<std::string>(&cell.value);
    if (!text || at.column != 0) continue;
    if (*text == row) out.row = at.row;
    if (*text != table) continue;
    for (const auto& [other, key] : form.cells)
      if (const auto* name = std::get_if<std::string>(&key.value); name && other.row == at.row && other.column != 0 && *name == column)
        out.column = other.column;
  }
  return out;
}

}  // namespace musubi::kpi
