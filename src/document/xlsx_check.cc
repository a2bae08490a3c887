#include "document/xlsx_check.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/encoding.h"
#include "document/number_format.h"

namespace musubi::document {
namespace {

constexpr std::size_t kShownFaults = 100;
constexpr std::size_t kCellCharacters = 32'767, kNameCharacters = 31, kShortText = 255;

class Check {
 public:
  std::vector<Fault> run(const Workbook& workbook);

 private:
  void fault(std::string where, Text message) {
    if (faults_.size() < kShownFaults) faults_.push_back({std::move(where), std::move(message)});
  }
  void text(const std::string& where, std::string_view value, std::size_t limit);
  void names(const Workbook& workbook);
  void sheet_names(const Workbook& workbook);
  void sheet(const Sheet& sheet, std::size_t styles);
  void cell(const Sheet& sheet, CellAt at, const Cell& cell, std::size_t styles);
  void merged(const Sheet& sheet);
  void choices(const Sheet& sheet);
  void extents(const Sheet& sheet);

  std::vector<Fault> faults_;
};

bool inside(CellAt at) { return at.row < kSheetRows && at.column < kSheetColumns; }
bool inside(const Range& range) {
  return inside(range.last) && range.first.row <= range.last.row && range.first.column <= range.last.column;
}

bool overlap(const Range& a, const Range& b) {
  return a.first.row <= b.last.row && b.first.row <= a.last.row && a.first.column <= b.last.column && b.first.column <= a.last.column;
}

void Check::text(const std::string& where, std::string_view value, std::size_t limit) {
  const auto count = characters(value);
  if (!count)
    fault(where, {"使えない文字（制御文字など）があります。取り除いてください。",
                  "There are characters that a workbook cannot hold (control characters). Remove them."});
  else if (*count > limit)
    fault(where, {"長すぎます（" + std::to_string(*count) + "文字、上限 " + std::to_string(limit) + "文字）。短くしてください。",
                  "This is too long (" + std::to_string(*count) + " characters, at most " + std::to_string(limit) + "). Shorten it."});
}

void Check::cell(const Sheet& sheet, CellAt at, const Cell& cell, std::size_t styles) {
  const std::string where = cell_name(sheet.name, at);
  if (!inside(at)) return fault(where, {"シートの範囲の外です。", "This lies outside of a sheet."});
  if (cell.style >= styles) fault(where, {"書式が定義されていません。", "Its style is not defined."});
  if (const auto* text = std::get_if<std::string>(&cell.value)) this->text(where, *text, kCellCharacters);
  if (const auto* number = std::get_if<double>(&cell.value); number && !std::isfinite(*number))
    fault(where, {"数ではない値（無限大など）は書けません。", "A value that is no number (infinity) cannot be written."});
  if (const auto* date = std::get_if<DateTime>(&cell.value); date && !serial_of_date(*date))
    fault(where, {"1900年から9999年までの実在する日時にしてください。", "Dates must be real ones of the years 1900 to 9999."});
  if (std::holds_alternative<CellFault>(cell.value)) fault(where, {"エラー値は書けません。", "An error cannot be written to a cell."});
  if (!cell.formula) return;
  if (std::holds_alternative<bool>(cell.value))
    fault(where, {"式の値は数か文字か日付にしてください。", "The value of a formula must be a number, a text or a date."});
  if (cell.formula->empty()) fault(where, {"式が空です。", "The formula is empty."});
  text(where, *cell.formula, 8'192);
}

void Check::merged(const Sheet& sheet) {
  if (sheet.merged.size() > 5'000)
    return fault(sheet.name, {"結合が多すぎます（上限 5,000）。", "There are too many merged ranges (at most 5,000)."});
  for (std::size_t i = 0; i < sheet.merged.size(); ++i) {
    const Range& range = sheet.merged[i];
    const std::string where = cell_name(sheet.name, range.first);
    if (!inside(range) || range.first == range.last) {
      fault(where, {"結合する範囲が正しくありません。二つ以上のセルにしてください。",
                    "This is no range to merge: it needs two cells or more."});
      continue;
    }
    for (std::size_t j = 0; j < i; ++j)
      if (overlap(range, sheet.merged[j]))
        fault(where, {"結合の範囲 " + to_text(range) + " が " + to_text(sheet.merged[j]) + " と重なっています。",
                      "The merged range " + to_text(range) + " overlaps " + to_text(sheet.merged[j]) + "."});
    for (auto at = sheet.cells.lower_bound(range.first); at != sheet.cells.end() && at->first.row <= range.last.row; ++at) {
      if (at->first == range.first || at->first.column < range.first.column || at->first.column > range.last.column) continue;
      if (!std::holds_alternative<std::monostate>(at->second.value) || at->second.formula)
        fault(cell_name(sheet.name, at->first),
              {"結合したセルに隠れて見えない値があります。", "A value here is hidden under merged cells."});
    }
  }
}

void Check::choices(const Sheet& sheet) {
  for (const Choice& choice : sheet.choices) {
    const std::string where = cell_name(sheet.name, choice.cells.first);
    if (!inside(choice.cells)) fault(where, {"選択肢の範囲がシートの外です。", "The range of the choices lies outside of a sheet."});
    std::string together;
    for (const std::string& value : choice.values) {
      if (value.empty() || value.find(',') != std::string::npos)
        fault(where, {"選択肢は空にできず、コンマも含められません。別の範囲を参照してください。",
                      "A choice is not empty and has no comma. Refer to a range instead."});
      together += (together.empty() ? "" : ",") + value;
    }
    if (choice.values.empty() == choice.source.empty())
      fault(where, {"選択肢は、値の並びか範囲のどちらか一方で示してください。", "Give the choices either as values or as a range."});
    text(where, together, kShortText);
    text(where, choice.source, kShortText);
    text(where, choice.title, 32);
    text(where, choice.message, kShortText);
  }
}

void Check::extents(const Sheet& sheet) {
  for (const Columns& each : sheet.columns)
    if (each.first > each.last || each.last >= kSheetColumns || !(each.width >= 0 && each.width <= 255))
      fault(sheet.name, {"列の範囲か幅（0〜255）が正しくありません。", "A range of columns or a width (0 to 255) is wrong."});
  for (const auto& [row, each] : sheet.rows)
    if (row >= kSheetRows || !(each.height >= 0 && each.height <= 409))
      fault(sheet.name, {"行の番号か高さ（0〜409）が正しくありません。", "The number of a row or its height (0 to 409) is wrong."});
  const auto& rows = sheet.page.repeated_rows;
  if ((sheet.page.area && !inside(*sheet.page.area)) || (sheet.freeze && !inside(*sheet.freeze)) ||
      (rows && (rows->first > rows->second || rows->second >= kSheetRows)))
    fault(sheet.name, {"印刷範囲・繰り返す行・固定する位置のいずれかがシートの外です。",
                       "The print area, the repeated rows or the frozen part lie outside of a sheet."});
  text(sheet.name, sheet.page.header, kShortText - 1);
  text(sheet.name, sheet.page.footer, kShortText - 1);
}

void Check::sheet(const Sheet& sheet, std::size_t styles) {
  for (const auto& [at, each] : sheet.cells) cell(sheet, at, each, styles);
  for (const auto& [at, each] : sheet.comments) {
    const std::string where = cell_name(sheet.name, at);
    if (!inside(at) || each.empty()) fault(where, {"コメントが空か、シートの外です。", "A comment is empty or outside of the sheet."});
    text(where, each, kCellCharacters);
  }
  merged(sheet);
  choices(sheet);
  extents(sheet);
}

void Check::sheet_names(const Workbook& workbook) {
  if (workbook.sheets.empty() || workbook.sheets.size() > kShownFaults ||
      std::all_of(workbook.sheets.begin(), workbook.sheets.end(), [](const Sheet& each) { return each.hidden; }))
    fault("sheets",
          {"見えるシートが一つ以上、全部で100枚以下必要です。", "A workbook has at least one visible sheet and at most 100."});
  std::set<std::string> seen;
  for (const Sheet& each : workbook.sheets) {
    const std::string& name = each.name;
    std::string folded = name;
    for (char& c : folded)
      if (c >= 'A' && c <= 'Z') c = char(c | 0x20);
    if (!seen.insert(folded).second) fault(name, {"同じ名前のシートがあります。", "There is another sheet of this name."});
    text(name, name, kNameCharacters);
    if (name.empty() || name.find_first_of("[]:*?/\\\r\n\t") != std::string::npos || name.front() == '\'' || name.back() == '\'' ||
        folded == "history")
      fault(name, {"シート名は空にできず、[ ] : * ? / \\ や前後の ' は使えません。",
                   "The name of a sheet is not empty, has none of [ ] : * ? / \\ and no ' at its ends."});
  }
}

void Check::names(const Workbook& workbook) {
  for (const auto& [name, refers] : workbook.names) {
    const std::string where = "names/" + name;
    const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || (c & 0x80);
    });
    if (!plain || (name[0] >= '0' && name[0] <= '9') || name[0] == '.' || read_cell_at(name) || refers.empty())
      fault(where, {"定義名は文字か _ で始め、文字・数字・_・. だけにし、参照先を示してください。",
                    "A defined name begins with a letter or _, has only letters, digits, _ and ., and refers to something."});
    text(where, name, kShortText);
    text(where, refers, 8'192);
  }
  for (const auto& [name, value] : workbook.properties) {
    const std::string where = "properties/" + name;
    if (name.empty()) fault(where, {"プロパティの名前が空です。", "The name of a property is empty."});
    text(where, name, kShortText);
    if (const auto* words = std::get_if<std::string>(&value)) text(where, *words, kShortText);
    if (const auto* number = std::get_if<double>(&value); number && !std::isfinite(*number))
      fault(where, {"数ではない値は書けません。", "A value that is no number cannot be written."});
  }
  text("title", workbook.title, kShortText);
  text("author", workbook.author, kShortText);
}

std::vector<Fault> Check::run(const Workbook& workbook) {
  sheet_names(workbook);
  names(workbook);
  for (std::size_t i = 0; i < workbook.styles.size(); ++i) {
    const Style& style = workbook.styles[i];
    text("styles/" + std::to_string(i), style.format, kShortText);
    if (style.size < 1 || style.size > 409)
      fault("styles/" + std::to_string(i), {"文字の大きさは1〜409です。", "The size of letters is 1 to 409."});
  }
  for (const Sheet& each : workbook.sheets) sheet(each, workbook.styles.size());
  return std::move(faults_);
}

}  // namespace

std::vector<Fault> unwritable(const Workbook& workbook) { return Check().run(workbook); }

std::optional<std::size_t> characters(std::string_view text) {
  if (!is_utf8(text)) return std::nullopt;
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') return std::nullopt;
    if (byte == 0xEF && (text.substr(i, 3) == "\xEF\xBF\xBE" || text.substr(i, 3) == "\xEF\xBF\xBF")) return std::nullopt;
    if ((byte & 0xC0) != 0x80) count += byte >= 0xF0 ? 2 : 1;  // Excel counts UTF-16 units
  }
  return count;
}

}  // namespace musubi::document
