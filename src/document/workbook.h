// A workbook as plain data: what write_xlsx writes and read_xlsx reads. Rows and columns count from 0; people see "C12".
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"

namespace musubi::document {

inline constexpr std::uint32_t kSheetRows = 1'048'576, kSheetColumns = 16'384;  // ISO/IEC 29500-1 does not say; Excel does

struct CellAt {
  std::uint32_t row = 0, column = 0;
  auto operator<=>(const CellAt&) const = default;
};
struct Range {
  CellAt first, last;  // both inside
  bool operator==(const Range&) const = default;
};
std::string to_text(CellAt at);                             // "C12"
std::string to_text(const Range& range);                    // "C12:D14"
std::optional<CellAt> read_cell_at(std::string_view text);  // "C12", "$C$12", "c12"
std::optional<Range> read_range(std::string_view text);     // "C12:D14", "C12"
std::string cell_name(std::string_view sheet, CellAt at);   // "様式1!C12", "'a b'!C12"

struct DateTime {  // of the wall clock where the file was written
  int year = 1900, month = 1, day = 1;
  int second = 0;  // of the day
  auto operator<=>(const DateTime&) const = default;
};
struct CellFault {
  std::string code;  // "#DIV/0!"
  bool operator==(const CellFault&) const = default;
};
using Value = std::variant<std::monostate, double, std::string, bool, DateTime, CellFault>;

struct Cell {
  Value value;                         // of a formula: what the program that saved the file computed last; nothing when it did not
  std::optional<std::string> formula;  // without "="; "" where the file says only that it is shared with a cell above
  std::size_t style = 0;               // in Workbook::styles
  bool operator==(const Cell&) const = default;
};

enum class Fill { kNone, kHeading, kInput, kWarning };
enum class Align { kGeneral, kLeft, kCenter, kRight };
struct Style {
  std::string format;  // Excel's code: "#,##0", "0.0%", "yyyy-mm-dd"; "" is General
  bool bold = false, wrap = false, border = false, top = false;
  int size = 10;  // points
  Fill fill = Fill::kNone;
  Align align = Align::kGeneral;
  bool locked = true;  // bites in a protected sheet
  bool operator==(const Style&) const = default;
};
// The house's cells. input() makes any of them one that may be typed into.
Style heading();
Style label();
Style wrapped();
Style number(std::string format = "#,##0.###");
Style percent(std::string format = "0.0%");
Style date();
Style input(Style style);

// A date, a date and time (true) or anything else (false): times of day and durations stay numbers, in days.
bool is_date_format(std::string_view format);
bool is_percent_format(std::string_view format);  // 0.805 is shown as 80.5%

struct Columns {
  std::uint32_t first = 0, last = 0;
  double width = 0;  // characters of the default font; 0: as the program likes
  bool hidden = false;
  bool operator==(const Columns&) const = default;
};
struct Row {
  double height = 0;  // points; 0: as the program likes
  bool hidden = false;
  bool operator==(const Row&) const = default;
};
struct Choice {  // a list to choose from
  Range cells;
  std::vector<std::string> values;  // together at most 255 characters, without commas; or
  std::string source;               // a range: "Lists!$A$1:$A$40"
  std::string title, message;       // shown when something else is typed: at most 32 and 255 characters
  bool operator==(const Choice&) const = default;
};
struct Page {  // A4, as wide as the paper
  bool landscape = false;
  std::optional<Range> area;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> repeated_rows;
  std::string header, footer;  // Excel's codes: "&L", "&C", "&R", "&P" of "&N"; a plain & is "&&"
  bool operator==(const Page&) const = default;
};

struct Sheet {
  std::string name;
  bool hidden = false;
  bool protect = false;  // without a password: against slips, not against people
  std::map<CellAt, Cell> cells;
  std::vector<Range> merged;
  std::vector<Columns> columns;
  std::map<std::uint32_t, Row> rows;       // only those that are hidden or have a height
  std::map<CellAt, std::string> comments;  // written, not read
  std::vector<Choice> choices;             // written, not read
  Page page;                               // written, not read
  std::optional<CellAt> freeze;            // written, not read: rows above and columns before it stay
  bool operator==(const Sheet&) const = default;

  void put(CellAt at, Value value, std::size_t style = 0) { cells[at] = {std::move(value), std::nullopt, style}; }
  const Cell* find(CellAt at) const;
  bool column_hidden(std::uint32_t column) const;
  bool row_hidden(std::uint32_t row) const;
};

using Property = std::variant<std::string, double, bool>;

struct Workbook {
  std::vector<Sheet> sheets;
  std::vector<Style> styles{Style{}};
  std::map<std::string, std::string> names;    // defined names of the whole workbook: "key" -> "様式1!$A$1"
  std::map<std::string, Property> properties;  // custom document properties; texts of at most 255 characters
  std::string title, author;                   // written, not read
  Time created;                                // written, not read
  bool operator==(const Workbook&) const = default;

  std::size_t style(const Style& style);  // its number, added where it is new
  const Sheet* find(std::string_view sheet) const;
};

}  // namespace musubi::document
