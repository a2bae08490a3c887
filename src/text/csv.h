// CSV as RFC 4180 has it: UTF-8, CRLF, quotes where needed. The reader is strict and names row and column of every
// fault; the writer has a variant for spreadsheet programs.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace musubi::text {

struct CsvOptions {
  bool byte_order_mark = false;  // spreadsheet programs need it to see UTF-8
  // Cells that begin with = + - @ tab or CR get a leading ', so that no program takes them for a formula (OWASP CSV
  // injection). Plain decimal numbers stay as they are.
  bool guard_formulas = false;
};

// For people with a spreadsheet program.
inline constexpr CsvOptions kSpreadsheet{.byte_order_mark = true, .guard_formulas = true};

class CsvWriter {
 public:
  explicit CsvWriter(CsvOptions options = {});
  void row(std::span<const std::string> cells);
  void row(std::initializer_list<std::string> cells) { row(std::span(cells.begin(), cells.size())); }
  std::string take() { return std::move(out_); }

 private:
  void cell(std::string_view text);
  CsvOptions options_;
  std::string out_;
};

struct CsvLimits {
  std::size_t bytes = 8 << 20;
  std::size_t rows = 100'000;
  std::size_t columns = 1'000;
};

struct CsvTable {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> lines;  // line (from 1) at which each row begins; differs from the row number after a cell
                                   // of several lines
};

// All rows must have as many cells as the first. Lines end with CRLF or LF; a leading byte order mark is skipped.
// Errors: csv.too_large, csv.not_utf8, csv.malformed; `where` of a fault is "row:column", both from 1; at most 100
// faults are listed.
Result<CsvTable> read_csv(std::string_view text, CsvLimits limits = {});

}  // namespace musubi::text
