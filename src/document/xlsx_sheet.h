// Cells of one sheet, shared strings and cell formats of a workbook (ISO/IEC 29500-1 18.3, 18.4, 18.8), as read_xlsx reads them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "document/xlsx.h"
#include "xml/reader.h"

namespace musubi::document {

// What all sheets of a workbook share while it is read.
struct Reading {
  const XlsxLimits& limits;
  bool from_1904 = false;
  std::vector<std::string> strings;
  std::vector<Style> styles{Style{}};     // as many as the workbook's cell formats
  std::vector<bool> dates{false};         // beside styles
  std::size_t cells = 0, text_bytes = 0;  // so far, of all sheets
  std::vector<Fault> faults;              // at most 100 are kept

  void fault(std::string where, Text message);
};

bool is_sheet_space(std::string_view space);  // the namespace of workbooks and sheets, transitional or strict
std::string shown(std::string_view text);     // at most 40 bytes of it, for a message
bool is_true(std::optional<std::string_view> value);
xml::Limits part_limits(const XlsxLimits& limits);

Error too_many(std::string_view what_ja, std::string_view what_en, std::size_t limit);

Result<void> read_shared_strings(std::string_view text, const std::string& part, Reading& reading);
Result<void> read_styles(std::string_view text, const std::string& part, Reading& reading);
// Fills cells, merged, columns and rows of the sheet.
Result<void> read_sheet(std::string_view text, const std::string& part, Reading& reading, Sheet& sheet);

}  // namespace musubi::document
