// A workbook that comes back: which cells differ from what the file was made from, each with its address, and the sheet with them put in.
// Rows and columns are found by their hidden keys, wherever they stand and whatever their headings say. A file is read whole or refused
// with every fault and its cell. Pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "document/workbook.h"
#include "kpi/sheets.h"

namespace musubi::kpi {

struct MadeFrom {
  std::string sheet, edition;
  std::vector<PartBase> parts;
};
// Errors: sheet_file.no_keys (no workbook of ours, or its hidden sheet is gone or damaged), sheet_file.another_version.
Result<MadeFrom> read_made_from(const document::Workbook& book);

struct ReadCell {
  std::string where;  // "評価書!G14"
  Text what;          // "測定指標3 2018年度 実績"
  std::string before, after;
  PartKey part;
  std::string path;
  bool operator==(const ReadCell&) const = default;
};

struct ReadSheet {
  Sheet sheet;
  std::vector<ReadCell> cells;                                    // in the order of the form
  std::map<std::pair<PartKey, std::string>, std::string> places;  // by path ("…/ja" for texts of one language): the cell
};
// `base`: the sheet as the parts that the file was made from say. Errors: sheet_file.no_keys; sheet_file.faults with every fault and its cell:
// rows and columns that are gone or stand twice, rows of one's own, merged cells, what cannot be read, what contradicts the sheet.
Result<ReadSheet> read_sheet_workbook(const document::Workbook& book, const Sheet& base);

// The cell of a fault or conflict ("lines/0/yearly/2018/actual"); the path itself where the form has none.
std::string cell_of(const ReadSheet& read, const PartKey& part, std::string_view path);

}  // namespace musubi::kpi
