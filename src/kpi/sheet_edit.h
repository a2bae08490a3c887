// What acts on the draft of a sheet are given, and what they did. Part of sheets.h.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kpi/sheet_merge.h"
#include "kpi/sheet_rules.h"

namespace musubi::kpi {

struct SheetImport {
  std::string sheet, edition, edition_before;  // before: empty where the sheet was not there
  std::vector<PartKey> entered, revised, withdrawn;
  std::size_t unchanged = 0;
  std::vector<std::int64_t> records;
  bool changed() const { return !entered.empty() || !revised.empty() || !withdrawn.empty(); }
};

struct SheetEdit {
  std::int64_t revision = 0, record = 0;
  std::vector<Change> changes;  // what was written, theirs not among it
  bool merged = false;          // somebody else had changed other cells meanwhile
};

struct PartEdit {
  PartKey part;
  std::int64_t base = 0;
  json::object edited;
};
struct SheetMerge {
  std::string edition_before;
  std::map<PartKey, std::vector<Change>> changes;  // what is (or would be) written
  std::vector<std::pair<PartKey, CellConflict>> conflicts;
  std::vector<PartKey> meanwhile;  // others changed cells of these, too; they stay
  std::vector<std::int64_t> records;
};

}  // namespace musubi::kpi
