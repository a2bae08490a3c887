#include "document/workbook.h"

#include <algorithm>
#include <charconv>

namespace musubi::document {
namespace {

std::string column_letters(std::uint32_t column) {
  std::string letters;
  for (std::uint32_t n = column + 1; n > 0; n = (n - 1) / 26) letters.insert(letters.begin(), char('A' + (n - 1) % 26));
  return letters;
}

// Excel wants quotes around names with anything but letters, digits, _ and . and around those that begin with a digit.
bool is_plain_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || (c & 0x80);
  });
}

}  // namespace

std::string to_text(CellAt at) { return column_letters(at.column) + std::to_string(at.row + 1); }

std::string to_text(const Range& range) { return to_text(range.first) + ":" + to_text(range.last); }

std::optional<CellAt> read_cell_at(std::string_view text) {
  std::uint32_t column = 0, row = 0;
  if (text.starts_with('$')) text.remove_prefix(1);
  std::size_t letters = 0;
  for (; letters < text.size() && letters < 4; ++letters) {
    const char c = char(text[letters] & ~0x20);
    if (c < 'A' || c > 'Z') break;
    column = column * 26 + std::uint32_t(c - 'A' + 1);
  }
  text.remove_prefix(letters);
  if (letters > 0 && text.starts_with('$')) text.remove_prefix(1);
  if (letters == 0 || text.empty() || text[0] < '1' || text[0] > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), row);
  if (error != std::errc() || end != text.data() + text.size() || row > kSheetRows || column > kSheetColumns) return std::nullopt;
  return CellAt{row - 1, column - 1};
}

std::optional<Range> read_range(std::string_view text) {
  const auto colon = text.find(':');
  const auto first = read_cell_at(text.substr(0, colon));
  const auto last = colon == std::string_view::npos ? first : read_cell_at(text.substr(colon + 1));
  if (!first || !last || last->row < first->row || last->column < first->column) return std::nullopt;
  return Range{*first, *last};
}

std::string cell_name(std::string_view sheet, CellAt at) {
  if (is_plain_name(sheet)) return std::string(sheet) + "!" + to_text(at);
  std::string quoted = "'";
  for (char c : sheet) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + "'!" + to_text(at);
}

Style heading() { return {.bold = true, .wrap = true, .border = true, .fill = Fill::kHeading, .align = Align::kCenter}; }
Style label() { return {.wrap = true, .border = true}; }
Style wrapped() { return {.wrap = true, .border = true, .top = true, .align = Align::kLeft}; }
Style number(std::string format) { return {.format = std::move(format), .border = true, .align = Align::kRight}; }
Style percent(std::string format) { return number(std::move(format)); }
Style date() { return {.format = "yyyy-mm-dd", .border = true, .align = Align::kCenter}; }

Style input(Style style) {
  style.fill = Fill::kInput;
  style.locked = false;
  return style;
}

const Cell* Sheet::find(CellAt at) const {
  const auto found = cells.find(at);
  return found == cells.end() ? nullptr : &found->second;
}

bool Sheet::column_hidden(std::uint32_t column) const {
  return std::any_of(columns.begin(), columns.end(),
                     [&](const Columns& each) { return each.hidden && each.first <= column && column <= each.last; });
}

bool Sheet::row_hidden(std::uint32_t row) const {
  const auto found = rows.find(row);
  return found != rows.end() && found->second.hidden;
}

std::size_t Workbook::style(const Style& style) {
  const auto found = std::find(styles.begin(), styles.end(), style);
  if (found == styles.end()) return styles.push_back(style), styles.size() - 1;
  return std::size_t(found - styles.begin());
}

const Sheet* Workbook::find(std::string_view sheet) const {
  const auto found = std::find_if(sheets.begin(), sheets.end(), [&](const Sheet& each) { return each.name == sheet; });
  return found == sheets.end() ? nullptr : &*found;
}

}  // namespace musubi::document
