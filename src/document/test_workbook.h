// Random workbooks, and what of a workbook every program must keep, as JSON: for tests here and judges outside.
#pragma once

#include <boost/json.hpp>
#include <cmath>
#include <random>

#include "document/workbook.h"

namespace musubi::document {

inline std::string iso(const DateTime& date) {
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", date.year, date.month, date.day, date.second / 3600,
                date.second / 60 % 60, date.second % 60);
  return text;
}

inline boost::json::object described(const Value& value) {
  boost::json::object out;
  if (auto* number = std::get_if<double>(&value)) out["n"] = *number;
  if (auto* text = std::get_if<std::string>(&value); text && !text->empty()) out["t"] = *text;
  if (auto* truth = std::get_if<bool>(&value)) out["b"] = *truth;
  if (auto* date = std::get_if<DateTime>(&value)) out["d"] = iso(*date);
  if (auto* fault = std::get_if<CellFault>(&value)) out["e"] = fault->code;
  return out;
}

// Sheets with names, hidden ones marked, merged ranges sorted, values and formulas by address. Empty cells are left out.
inline boost::json::array described_sheets(const Workbook& book) {
  boost::json::array sheets;
  for (const Sheet& sheet : book.sheets) {
    boost::json::object cells;
    for (const auto& [at, cell] : sheet.cells) {
      auto one = described(cell.value);
      if (cell.formula) one["f"] = *cell.formula;
      if (!one.empty()) cells[to_text(at)] = one;
    }
    std::vector<std::string> merged;
    for (const Range& range : sheet.merged) merged.push_back(to_text(range));
    std::sort(merged.begin(), merged.end());
    boost::json::array ranges, rows, columns;
    for (const auto& each : merged) ranges.emplace_back(each);
    for (const auto& [row, about] : sheet.rows)
      if (about.hidden) rows.emplace_back(row + 1);
    for (std::uint32_t column = 0; column < 60; ++column)
      if (sheet.column_hidden(column)) columns.emplace_back(column + 1);
    sheets.push_back(
        {{"name", sheet.name}, {"hidden", sheet.hidden}, {"merged", ranges}, {"rows", rows}, {"columns", columns}, {"cells", cells}});
  }
  return sheets;
}

inline std::string described(const Workbook& book) { return boost::json::serialize(described_sheets(book)); }

class WorkbookMaker {
 public:
  explicit WorkbookMaker(std::uint64_t seed) : random_(seed) {}
  Workbook make() {
    Workbook book;
    book.created = {1'600'000'000'000'000};
    const Style styles[] = {heading(), label(), wrapped(), number(), percent(), input(number("#,##0.00;△#,##0.00")), input(wrapped())};
    for (const Style& each : styles) book.style(each);
    dates_ = book.style(date());
    for (int i = 0, n = 1 + below(3); i < n; ++i) book.sheets.push_back(sheet("シート " + std::to_string(i), book.styles.size()));
    if (book.sheets.size() > 1) book.sheets.back().hidden = below(2) == 0;
    book.properties["key"] = "japan.soumu/様式 <" + std::to_string(below(1000)) + ">";
    return book;
  }

 private:
  int below(int n) { return int(random_() % std::uint64_t(n)); }
  double decimal() {  // what people type: up to 13 digits, exact in 16
    return double(std::int64_t(random_() % 20'000'000'000'000) - 10'000'000'000'000) / std::pow(10, below(9));
  }
  std::string text() {
    static const char* const kPieces[] = {"指標", "情報通信",       "△",    "=1+1",  " ",    "\n",       "a", "&<>", "\"'", "_x0041_",
                                          "𠮷",   "か\xE3\x82\x99", "#N/A", "1,234", "TRUE", "２０１８", "-", "_x",  "%"};
    std::string all;
    for (int i = 0, n = 1 + below(6); i < n; ++i) all += kPieces[below(std::size(kPieces))];
    return all;
  }
  DateTime day() { return {1900 + below(300), 3 + below(10), 1 + below(28), below(2) ? 0 : below(86'400)}; }
  Value value() {
    switch (below(6)) {
      case 0: return text();
      case 1: return decimal();
      case 2: return double(below(2'000'000) - 1'000'000);
      case 3: return below(2) == 0;
      case 4: return day();
      default: return {};
    }
  }
  Sheet sheet(std::string name, std::size_t styles) {
    Sheet sheet{.name = std::move(name)};
    for (int i = 0, n = 1 + below(60); i < n; ++i) {
      const CellAt at{std::uint32_t(below(40)), std::uint32_t(below(30))};
      Value one = value();
      const bool is_date = std::holds_alternative<DateTime>(one);
      const auto style = is_date ? dates_ : std::size_t(below(int(styles)));
      sheet.put(at, std::move(one), !is_date && style == dates_ ? 0 : style);
    }
    sheet.cells[{50, 0}] = {decimal(), std::nullopt, 4};
    for (int i = 0, n = below(4); i < n; ++i)
      sheet.merged.push_back({{std::uint32_t(60 + 3 * i), 0}, {std::uint32_t(61 + 3 * i), std::uint32_t(1 + below(5))}});
    for (const Range& range : sheet.merged) sheet.put(range.first, text(), 1);
    if (below(2)) sheet.columns.push_back({31, std::uint32_t(31 + below(4)), 0, true});
    if (below(2)) sheet.rows[std::uint32_t(below(40))] = {0, true};
    sheet.comments[{1, 1}] = "メモ";
    sheet.choices.push_back({{{5, 40}, {9, 40}}, {"イ", "ロ", "ハ"}, "", "", ""});
    sheet.page = {below(2) == 0, Range{{0, 0}, {80, 30}}, std::pair{0u, 0u}, "&L&\"Yu Gothic\"甲", "&C&P/&N"};
    return sheet;
  }

  std::mt19937_64 random_;
  std::size_t dates_ = 0;
};

inline Workbook random_workbook(std::uint64_t seed) { return WorkbookMaker(seed).make(); }

}  // namespace musubi::document
