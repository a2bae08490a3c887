#include "document/xlsx_sheet.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "document/number_format.h"

namespace musubi::document {
namespace {

using xml::Event;

template <class T>
std::optional<T> read_as(std::optional<std::string_view> text) {
  T value{};
  if (!text || text->empty()) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return value;
}

std::optional<double> read_double(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  const auto value = read_as<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80)
    out += char(c);
  else if (c < 0x800)
    out += {char(0xC0 | c >> 6), char(0x80 | (c & 0x3F))};
  else if (c < 0x10000)
    out += {char(0xE0 | c >> 12), char(0x80 | (c >> 6 & 0x3F)), char(0x80 | (c & 0x3F))};
  else
    out += {char(0xF0 | c >> 18), char(0x80 | (c >> 12 & 0x3F)), char(0x80 | (c >> 6 & 0x3F)), char(0x80 | (c & 0x3F))};
}

std::optional<std::uint32_t> escape_at(std::string_view text) {
  std::uint32_t unit = 0;
  if (text.size() < 7 || !text.starts_with("_x") || text[6] != '_') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
  return error == std::errc() && end == text.data() + 6 ? std::optional(unit) : std::nullopt;
}

// ISO/IEC 29500-1 22.9.2.19 (ST_Xstring): "_x000D_" is U+000D, "_x005F_" an underscore.
std::string unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto unit = text[0] == '_' ? escape_at(text) : std::nullopt;
    if (!unit) {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(7);
    if (*unit >= 0xD800 && *unit < 0xDC00)
      if (const auto low = escape_at(text); low && *low >= 0xDC00 && *low < 0xE000) {
        unit = 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00);
        text.remove_prefix(7);
      }
    const bool character = *unit != 0 && (*unit < 0xD800 || *unit >= 0xE000);
    append_utf8(out, character ? *unit : 0xFFFD);
  }
  return out;
}

// After the start of <si> or <is>: plain text or runs; readings (rPh) and looks (rPr) are passed over.
Result<std::string> rich_text(xml::Reader& reader) {
  const int until = reader.depth() - 1;
  std::string all;
  for (;;) {
    const Event event = TRY(reader.next());
    if (event == Event::kEnd && reader.depth() == until) return unescaped(all);
    if (event != Event::kStart || reader.local() == "r") continue;
    if (reader.local() == "t")
      all += TRY(reader.text_inside());
    else
      TRY(reader.skip());
  }
}

std::optional<DateTime> read_iso(std::string_view text) {  // "2019-06-14", "2019-06-14T12:30:00", with a fraction or Z
  auto digits = [&](std::size_t from, std::size_t count) {
    return text.size() >= from + count ? read_as<int>(text.substr(from, count)) : std::nullopt;
  };
  const auto year = digits(0, 4), month = digits(5, 2), day = digits(8, 2);
  if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
  DateTime date{*year, *month, *day, 0};
  if (text.size() > 10) {
    const auto hour = digits(11, 2), minute = digits(14, 2), second = digits(17, 2);
    if (text[10] != 'T' || !hour || !minute || text[13] != ':' || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59)
      return std::nullopt;
    if (second && (*second < 0 || *second > 59)) return std::nullopt;
    date.second = *hour * 3600 + *minute * 60 + second.value_or(0);
  }
  return serial_of_date(date) ? std::optional(date) : std::nullopt;
}

class SheetReader {
 public:
  SheetReader(xml::Reader reader, Reading& reading, Sheet& sheet) : xml_(std::move(reader)), reading_(reading), sheet_(sheet) {}
  Result<void> read();

 private:
  Result<void> columns();
  Result<void> merged();
  Result<void> row();
  Result<void> cell(std::uint32_t row, std::uint32_t& next_column);
  Result<Value> value(CellAt at, const std::string& type, const std::string& text, std::size_t style);
  Result<std::string> counted(CellAt at, std::string text);
  void fault(CellAt at, Text message) { reading_.fault(cell_name(sheet_.name, at), std::move(message)); }

  xml::Reader xml_;
  Reading& reading_;
  Sheet& sheet_;
  std::uint32_t next_row_ = 0;
  std::size_t rows_ = 0;
};

Result<void> SheetReader::read() {
  if (TRY(xml_.next()) != Event::kStart || xml_.local() != "worksheet" || !is_sheet_space(xml_.space())) {
    reading_.fault(sheet_.name, {"シートとして読めません。", "This cannot be read as a sheet."});
    return {};
  }
  for (auto event = TRY(xml_.next()); event != Event::kFinished; event = TRY(xml_.next())) {
    if (event != Event::kStart) continue;
    const std::string_view local = xml_.local();
    if (!is_sheet_space(xml_.space()))
      TRY(xml_.skip());
    else if (local == "cols")
      continue;
    else if (local == "col")
      TRY(columns());
    else if (local == "sheetData" || local == "mergeCells")
      continue;
    else if (local == "row")
      TRY(row());
    else if (local == "mergeCell")
      TRY(merged());
    else
      TRY(xml_.skip());
  }
  return {};
}

Result<void> SheetReader::columns() {
  const auto first = read_as<std::uint32_t>(xml_.attribute("min")), last = read_as<std::uint32_t>(xml_.attribute("max"));
  if (!first || !last || *first < 1 || *first > *last || *last > kSheetColumns)
    reading_.fault(sheet_.name, {"列の範囲が正しくありません。", "A range of columns is wrong."});
  else if (sheet_.columns.size() >= kSheetColumns)
    return too_many("列の設定", "ranges of columns", kSheetColumns);
  else
    sheet_.columns.push_back(
        {*first - 1, *last - 1, read_double(xml_.attribute("width").value_or("")).value_or(0), is_true(xml_.attribute("hidden"))});
  return xml_.skip();
}

Result<void> SheetReader::merged() {
  const std::string ref(xml_.attribute("ref").value_or(""));
  const auto range = read_range(ref);
  if (!range)
    reading_.fault(sheet_.name,
                   {"結合の範囲「" + shown(ref) + "」が正しくありません。", "The merged range \"" + shown(ref) + "\" is wrong."});
  else if (sheet_.merged.size() >= reading_.limits.merged)
    return too_many("セルの結合", "merged ranges", reading_.limits.merged);
  else
    sheet_.merged.push_back(*range);
  return xml_.skip();
}

Result<void> SheetReader::row() {
  if (++rows_ > reading_.limits.rows) return too_many("行", "rows", reading_.limits.rows);
  const auto given = xml_.attribute("r");
  const auto number = given ? read_as<std::uint32_t>(given) : std::optional(next_row_ + 1);
  if (!number || *number < 1 || *number > kSheetRows) {
    reading_.fault(sheet_.name, {"行の番号「" + shown(given.value_or("")) + "」が正しくありません。",
                                 "The row number \"" + shown(given.value_or("")) + "\" is wrong."});
    return xml_.skip();
  }
  const std::uint32_t row = *number - 1;
  next_row_ = row + 1;
  const Row about{is_true(xml_.attribute("customHeight")) ? read_double(xml_.attribute("ht").value_or("")).value_or(0) : 0,
                  is_true(xml_.attribute("hidden"))};
  if (about.hidden || about.height > 0) sheet_.rows[row] = about;
  const int until = xml_.depth() - 1;
  std::uint32_t next_column = 0;
  for (;;) {
    const Event event = TRY(xml_.next());
    if (event == Event::kEnd && xml_.depth() == until) return {};
    if (event != Event::kStart) continue;
    if (xml_.local() == "c" && is_sheet_space(xml_.space()))
      TRY(cell(row, next_column));
    else
      TRY(xml_.skip());
  }
}

Result<void> SheetReader::cell(std::uint32_t row, std::uint32_t& next_column) {
  if (++reading_.cells > reading_.limits.cells) return too_many("セル", "cells", reading_.limits.cells);
  CellAt at{row, next_column};
  if (const auto given = xml_.attribute("r")) {
    const auto told = read_cell_at(*given);
    if (!told || told->row != row) {
      fault(at, {"セルの番地「" + shown(*given) + "」が行と合いません。",
                 "The address \"" + shown(*given) + "\" of a cell does not fit its row."});
      return xml_.skip();
    }
    at = *told;
  }
  if (at.column >= kSheetColumns) return too_many("列", "columns", kSheetColumns);
  next_column = at.column + 1;
  const std::string type(xml_.attribute("t").value_or("n"));
  const auto style_given = xml_.attribute("s");
  const auto style = style_given ? read_as<std::size_t>(style_given).value_or(SIZE_MAX) : 0;
  if (style >= reading_.styles.size()) fault(at, {"書式の番号が正しくありません。", "The number of its style is wrong."});
  Cell cell{{}, std::nullopt, style < reading_.styles.size() ? style : 0};
  std::optional<std::string> text;
  const int until = xml_.depth() - 1;
  for (;;) {
    const Event event = TRY(xml_.next());
    if (event == Event::kEnd && xml_.depth() == until) break;
    if (event != Event::kStart) continue;
    if (xml_.local() == "v")
      text = TRY(xml_.text_inside());
    else if (xml_.local() == "is")
      text = TRY(rich_text(xml_));
    else if (xml_.local() == "f")
      cell.formula = TRY(counted(at, TRY(xml_.text_inside())));
    else
      TRY(xml_.skip());
  }
  if (text) cell.value = TRY(value(at, type, *text, cell.style));
  if (cell.formula == "TRUE()" || cell.formula == "FALSE()") {  // how LibreOffice saves a truth value that was typed
    cell.value = cell.formula == "TRUE()";
    cell.formula.reset();
  }
  if (std::holds_alternative<std::monostate>(cell.value) && !cell.formula) return {};
  const auto before = sheet_.cells.size();
  sheet_.cells.emplace_hint(sheet_.cells.end(), at, std::move(cell));
  if (sheet_.cells.size() == before) fault(at, {"同じ番地のセルが二つあります。", "Two cells have this address."});
  return {};
}

// Each use of a shared string is a copy: a small file must not fill the memory with them.
Result<std::string> SheetReader::counted(CellAt at, std::string text) {
  reading_.text_bytes += text.size();
  if (reading_.text_bytes > reading_.limits.text_bytes) return too_many("文字のバイト数", "bytes of text", reading_.limits.text_bytes);
  if (text.size() > reading_.limits.cell_bytes) {
    fault(at, {"文字が長すぎます（上限 32,767文字）。", "The text is too long (at most 32,767 characters)."});
    text.clear();
  }
  return text;
}

Result<Value> SheetReader::value(CellAt at, const std::string& type, const std::string& text, std::size_t style) {
  auto of_text = [](std::string words) { return words.empty() ? Value() : Value(std::move(words)); };
  if (type == "s") {
    const auto index = read_as<std::size_t>(text);
    if (index && *index < reading_.strings.size()) return of_text(TRY(counted(at, reading_.strings[*index])));
    fault(at,
          {"文字列の番号「" + shown(text) + "」が正しくありません。", "The number of its text (\"" + shown(text) + "\") is wrong."});
  } else if (type == "str" || type == "inlineStr") {
    return of_text(TRY(counted(at, type == "str" ? unescaped(text) : text)));
  } else if (text.empty()) {
    return Value();
  } else if (type == "b") {
    return Value(is_true(text));
  } else if (type == "e") {
    return Value(CellFault{TRY(counted(at, text))});
  } else if (type == "d") {
    if (const auto date = read_iso(text)) return Value(*date);
    fault(at, {"日付「" + shown(text) + "」を読めません。", "The date \"" + shown(text) + "\" cannot be read."});
  } else if (const auto number = read_double(text); type == "n" && number) {
    if (const auto date = reading_.dates[style] ? date_of_serial(*number, reading_.from_1904) : std::nullopt) return Value(*date);
    return Value(*number);
  } else {
    fault(at, {"値「" + shown(text) + "」を読めません。入力し直してください。",
               "The value \"" + shown(text) + "\" cannot be read. Type it again."});
  }
  return Value();
}

}  // namespace

void Reading::fault(std::string where, Text message) {
  if (faults.size() < 100) faults.push_back({std::move(where), std::move(message)});
}

std::string shown(std::string_view text) {
  std::size_t length = std::min<std::size_t>(text.size(), 40);
  while (length > 0 && length < text.size() && (text[length] & 0xC0) == 0x80) --length;
  return std::string(text.substr(0, length));
}

bool is_sheet_space(std::string_view space) {
  return space == "http://schemas.openxmlformats.org/spreadsheetml/2006/main" ||
         space == "http://purl.oclc.org/ooxml/spreadsheetml/main";
}

bool is_true(std::optional<std::string_view> value) { return value && (*value == "1" || *value == "true"); }

xml::Limits part_limits(const XlsxLimits& limits) {
  return {
      .bytes = limits.expanded_bytes, .depth = 32, .attributes = 64, .text_bytes = 1 << 20, .elements = 4 * limits.cells + 1'000'000};
}

Error too_many(std::string_view what_ja, std::string_view what_en, std::size_t limit) {
  return {Code::kTooLarge,
          "xlsx.too_large",
          {std::string(what_ja) + "が多すぎます（上限 " + std::to_string(limit) + "）。不要な部分を消すか、分けて送ってください。",
           "There are too many " + std::string(what_en) + " (at most " + std::to_string(limit) +
               "). Remove what is not needed, or send it in parts."},
          {}};
}

Result<void> read_shared_strings(std::string_view text, const std::string& part, Reading& reading) {
  auto reader = TRY(xml::Reader::open(text, part, part_limits(reading.limits)));
  std::size_t bytes = 0;
  for (auto event = TRY(reader.next()); event != Event::kFinished; event = TRY(reader.next())) {
    if (event != Event::kStart || reader.local() == "sst") continue;
    if (reader.local() != "si" || !is_sheet_space(reader.space())) {
      TRY(reader.skip());
      continue;
    }
    if (reading.strings.size() >= reading.limits.strings) return too_many("文字列", "texts", reading.limits.strings);
    reading.strings.push_back(TRY(rich_text(reader)));
    bytes += reading.strings.back().size();
    if (bytes > reading.limits.text_bytes) return too_many("文字のバイト数", "bytes of text", reading.limits.text_bytes);
  }
  return {};
}

Result<void> read_styles(std::string_view text, const std::string& part, Reading& reading) {
  auto reader = TRY(xml::Reader::open(text, part, part_limits(reading.limits)));
  std::map<std::uint32_t, std::string> own;
  bool cell_formats = false;
  reading.styles.clear();
  for (auto event = TRY(reader.next()); event != Event::kFinished; event = TRY(reader.next())) {
    if (event == Event::kEnd && reader.local() == "cellXfs") cell_formats = false;
    if (event != Event::kStart || !is_sheet_space(reader.space())) continue;
    const std::string_view local = reader.local();
    if (local == "cellXfs") cell_formats = true;
    if (local == "dxfs") {  // number formats of something else
      TRY(reader.skip());
    } else if (local == "numFmt") {
      if (own.size() >= reading.limits.names) return too_many("表示形式", "number formats", reading.limits.names);
      const auto id = read_as<std::uint32_t>(reader.attribute("numFmtId"));
      if (id) own[*id] = std::string(reader.attribute("formatCode").value_or("").substr(0, 1'024));
    } else if (local == "xf" && cell_formats) {
      if (reading.styles.size() >= 65'536) return too_many("書式", "styles", 65'536);
      const auto id = read_as<std::uint32_t>(reader.attribute("numFmtId")).value_or(0);
      const auto found = own.find(id);
      Style style;
      style.format = found != own.end() ? found->second : std::string(built_in_format(id));
      if (style.format == "General") style.format.clear();
      reading.styles.push_back(std::move(style));
    } else if (local == "protection" && cell_formats && !reading.styles.empty()) {
      if (reader.attribute("locked") && !is_true(reader.attribute("locked"))) reading.styles.back().locked = false;
    } else if (local == "alignment" && cell_formats && !reading.styles.empty()) {
      reading.styles.back().wrap = is_true(reader.attribute("wrapText"));
    }
  }
  if (reading.styles.empty()) reading.styles.emplace_back();
  reading.dates.clear();
  for (const Style& style : reading.styles) reading.dates.push_back(is_date_format(style.format));
  return {};
}

Result<void> read_sheet(std::string_view text, const std::string& part, Reading& reading, Sheet& sheet) {
  return SheetReader(TRY(xml::Reader::open(text, part, part_limits(reading.limits))), reading, sheet).read();
}

}  // namespace musubi::document
