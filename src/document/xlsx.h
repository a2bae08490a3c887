// Workbooks as .xlsx (ISO/IEC 29500, transitional and strict). Knows nothing of what the cells mean.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "document/workbook.h"

namespace musubi::document {

struct XlsxLimits {
  std::size_t bytes = 16 << 20;
  std::size_t entries = 2'000;
  std::size_t expanded_bytes = 64 << 20;  // of all parts that are read
  std::size_t ratio = 200;                // expanded to packed, of parts above 1 MiB
  std::size_t sheets = 100;
  std::size_t cells = 500'000;  // of all sheets, empty ones with a style too
  std::size_t rows = 200'000;   // row elements of one sheet
  std::size_t strings = 500'000;
  std::size_t text_bytes = 64 << 20;  // of all cells, each use of a shared string counted
  std::size_t cell_bytes = 4 * 32'767;
  std::size_t merged = 10'000;
  std::size_t names = 10'000;  // defined names, properties and number formats each
};

// The same workbook gives the same bytes. Texts are texts: what begins with "=" is no formula; numbers keep 16 digits. An
// empty text is an empty cell. Intermediate data go through an unlinked temporary file.
// Errors: xlsx.unwritable, with every cell that cannot be written ("様式1!C12"); xlsx.not_written (no memory, no disk).
Result<std::string> write_xlsx(const Workbook& workbook);

// What Excel, LibreOffice, Gnumeric and openpyxl save. Sheets in the order of the workbook; cells without value and formula
// are left out; the formulas TRUE() and FALSE() are truth values (so LibreOffice saves what was typed); of rich text the
// text without readings; chart sheets are passed over; dates by their number format, in both date systems (29 February 1900,
// which Excel invented, stays the number 60).
// Errors, each saying what to do: xlsx.too_large, xlsx.expands_too_much, xlsx.not_xlsx, xlsx.csv, xlsx.old_format (.xls),
// xlsx.open_document (.ods), xlsx.binary (.xlsb), xlsx.password, xlsx.macros (.xlsm: refused, since macros would not
// survive), xlsx.damaged, xml.*; xlsx.invalid with at most 100 faults, `where` as in cell_name().
Result<Workbook> read_xlsx(std::string_view bytes, const XlsxLimits& limits = {});

}  // namespace musubi::document
