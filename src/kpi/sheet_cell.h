// What one cell of a workbook says of a sheet, and back: "30以上（累計、速報）", △1,234, 平成29年度, a day, a choice. Pure functions.
// What a person typed is judged against what stood in the cell before: a number alone keeps the bound and the marks that the cell shows
// around it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "document/workbook.h"
#include "kpi/sheet.h"
#include "text/numbers.h"
#include "web/language.h"

namespace musubi::kpi {

struct Shown {
  document::Value value;
  std::string format = {};  // Excel's code
  std::string words = {};   // what a person sees; empty where that is the text itself
  std::string note = {};    // what is known of it beside the cell: where it came from
};
std::string words_of(const Shown& shown);
bool same_content(const document::Value& a, const document::Value& b);  // spaces at the ends and line ends aside

// A value with what a year's actual may carry beside it.
struct CellFigure {
  std::optional<SheetValue> value;
  std::optional<int> latest_known_year;
  bool provisional = false, revised = false;
  bool operator==(const CellFigure&) const = default;
};

Shown show_figure(const CellFigure& figure, web::Language language);
Shown show_text(const std::optional<Text>& text, web::Language language);
Shown show_year(std::optional<int> year);
Shown show_day(const std::string& day);  // "2019-06-14" as a day, "2019-06" as it is
Shown show_amount(std::optional<std::int64_t> amount);

// Each reads what was typed. Errors say how to write it, for one cell; a code of its own for what came by accident: dates, truth values,
// faults of formulas. An empty cell and a lone dash are nothing.
Result<CellFigure> read_figure(const Shown& typed, CellFigure before, const Line& line, web::Language language);
Result<std::string> read_words(const Shown& typed);
Result<std::optional<int>> read_year(const Shown& typed);
Result<std::string> read_day(const Shown& typed, bool month_only);
Result<std::optional<std::int64_t>> read_amount(const Shown& typed, const Text& unit);
Result<std::vector<std::string>> read_list(const Shown& typed);  // "1, 2" or 1、2

// What is wrong with the unit or scale beside a number. Units hold scales themselves: 5百万円 is in 百万円, 3千件 in 千件, and each
// is the bare number.
std::optional<Text> unit_fault(const text::TypedNumber& number, const Text& unit);
// In a form a row without a unit takes a number with any.
std::optional<Text> unit_fault_in_form(const text::TypedNumber& number, const Text& unit);

Error cell_error(std::string_view name, Text message);

}  // namespace musubi::kpi
