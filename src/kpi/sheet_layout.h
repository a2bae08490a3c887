// The official layout of both forms of a sheet, as rows of cells that know what of the sheet they show: independent of language and of
// files. Each row and each column of a table has a key; a cell that may be changed is found again by the two, wherever it was moved.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kpi/sheet_cell.h"
#include "kpi/sheet_rules.h"

namespace musubi::kpi {

struct Place {
  std::string row, column;  // keys: "i/3/0/t", "y2018"
  PartKey part;
  std::string path;  // in the part's wire form: "lines/0/yearly/2018/target"
  Text what;
};

struct SheetField {
  Place place;
  std::function<Shown(const Sheet&, web::Language)> show;
  // Errors of one cell. Nothing: what stands there cannot be changed.
  std::function<Result<void>(Sheet&, const Shown&, web::Language)> put = {};
  std::vector<Text> choices = {};
};

enum class Look { kTitle, kHeading, kLabel, kText, kFigure, kFixed, kAside };

struct LayoutCell {
  std::uint32_t column = 0, columns = 1, rows = 1;
  Look look = Look::kFixed;
  Text fixed = {};
  std::optional<std::size_t> field = {};
};

struct LayoutRow {
  std::string key;  // "-": nothing to be read here; "@i": the keys of the columns of rows "i/…", hidden
  std::vector<LayoutCell> cells = {};
  bool hidden() const { return key.starts_with('@'); }
};

struct SheetLayout {
  std::vector<LayoutRow> rows;
  std::vector<SheetField> fields;
  std::vector<double> widths;                                // by column; 0 is the hidden one with the keys of rows
  std::uint32_t last_printed = 0;                            // column
  std::pair<std::uint32_t, std::uint32_t> heading = {0, 0};  // rows repeated on every page
};

// The same sheet gives the same layout.
SheetLayout layout_of(const Sheet& sheet);

}  // namespace musubi::kpi
