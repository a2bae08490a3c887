// A workbook of a sheet with anything done to its cells: never a crash; a refusal names cells in both languages; what is read is a sheet without
// faults, whose workbook reads back as no change. Input: operations on the workbook of a small sheet, parted by line feeds: form, row,
// column, kind, then the rest as text. A run reads a whole workbook: what one cell may say is for sheet_cell_fuzz.cc.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "kpi/sheet_xlsx.h"
#include "kpi/sheet_xlsx_read.h"
#include "kpi/test_sheet.h"
#include "kpi/test_workbook.h"

namespace {

using namespace musubi;

void change(document::Workbook& book, std::string_view step) {
  if (step.size() < 4) return;
  const auto byte = [&](std::size_t i) { return std::uint32_t(static_cast<unsigned char>(step[i])); };
  document::Sheet& sheet = book.sheets[byte(0) % book.sheets.size()];
  const document::CellAt at{byte(1) % 90, byte(2) % 30};
  const std::string text(step.substr(4));
  switch (byte(3) % 9) {
    case 0: sheet.cells.erase(at); break;
    case 1: sheet.cells[at].value = text; break;
    case 2: sheet.cells[at].value = double(text.size() * 37) / (1 + byte(2)) - 5; break;
    case 3: sheet.cells[at].value = document::DateTime{1990 + int(text.size()), 5, 6, 0}; break;
    case 4: sheet.cells[at].value = text.size() % 2 == 0; break;
    case 5: sheet.cells[at].value = document::CellFault{"#REF!"}; break;
    case 6: sheet.merged.push_back({at, {at.row + std::uint32_t(text.size()) % 5, at.column + 2}}); break;
    case 7: sheet.cells[at].formula = text; break;
    case 8: {  // a row moves
      const document::CellAt to{std::uint32_t(text.size()) % 90, 0};
      std::map<document::CellAt, document::Cell> cells;
      for (auto& [from, cell] : sheet.cells) {
        const auto row = from.row == at.row ? to.row : from.row == to.row ? at.row : from.row;
        cells[{row, from.column}] = cell;
      }
      sheet.cells = std::move(cells);
      break;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const kpi::Sheet sheet = kpi::small_sheet();
  static const document::Workbook made = kpi::sheet_workbook(kpi::state_of(sheet), web::Language::ja);
  document::Workbook book = made;
  std::string_view text(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 4096));
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    change(book, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const auto from = kpi::read_made_from(book);
  if (from.ok()) CHECK(!from->parts.empty());
  const auto read = kpi::read_sheet_workbook(book, sheet);
  if (!read.ok()) {
    CHECK(!read.error().message.ja.empty() && !read.error().message.en.empty());
    for (const auto& fault : read.error().faults)
      CHECK(!fault.where.empty() && !fault.message.ja.empty() && !fault.message.en.empty());
    return 0;
  }
  CHECK(kpi::faults_of(read->sheet).empty());
  CHECK(kpi::sheet_of(kpi::parts_of(read->sheet)).ok());
  if (read->sheet == sheet) {
    CHECK(read->cells.empty());
    return 0;  // its workbook is the one that was read
  }
  const auto again = kpi::read_sheet_workbook(kpi::sheet_workbook(kpi::state_of(read->sheet), web::Language::en), read->sheet);
  CHECK(again.ok() && again->cells.empty() && again->sheet == read->sheet);
  return 0;
}
