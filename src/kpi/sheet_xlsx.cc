#include "kpi/sheet_xlsx.h"

#include <algorithm>
#include <cmath>

#include "document/xlsx.h"
#include "kpi/sheet_layout.h"
#include "kpi/sheet_words.h"
#include "text/normalise.h"

namespace musubi::kpi {
namespace {

using document::CellAt;
using web::Language;

constexpr double kLine = 13.5, kTallest = 400;  // points
constexpr std::size_t kChoiceCharacters = 255;

document::Style style_of(Look look) {
  document::Style style;
  switch (look) {
    case Look::kTitle: return {.bold = true, .size = 12, .align = document::Align::kLeft};
    case Look::kHeading: style = document::heading(); break;
    case Look::kAside:
      style = document::heading();
      style.fill = document::Fill::kWarning;
      break;
    case Look::kLabel:
      style = document::label();
      style.top = true;
      break;
    case Look::kText: style = document::input(document::wrapped()); break;
    case Look::kFigure:
      style = document::input(document::wrapped());
      style.align = document::Align::kRight;
      break;
    case Look::kFixed: style = document::wrapped(); break;
  }
  style.size = look == Look::kTitle ? 12 : 9;
  return style;
}

class FormWriter {
 public:
  FormWriter(document::Workbook& book, const SheetLayout& layout, const Sheet& sheet, Language language)
      : book_(book), layout_(layout), sheet_(sheet), l_(language) {}

  document::Sheet run() {
    const auto& h = sheet_.header;
    out_.name = h.form == SheetForm::kEvaluation ? (l_ == Language::ja ? "評価書" : "Evaluation sheet")
                                                 : (l_ == Language::ja ? "事前分析表" : "Pre-analysis sheet");
    for (std::uint32_t row = 0; row < layout_.rows.size(); ++row) write_row(row);
    // The last key says that this is a form, and of which language.
    out_.put({std::uint32_t(layout_.rows.size()), 0}, std::string(kFormKey) + std::string(http::language_tag(l_)));
    for (std::uint32_t column = 0; column < layout_.widths.size(); ++column)
      out_.columns.push_back({column, column, layout_.widths[column], column == 0});
    for (auto& [row, height] : heights_) out_.rows[row].height = std::min(height, kTallest);
    for (std::uint32_t row = 0; row < layout_.rows.size(); ++row)
      if (layout_.rows[row].hidden()) out_.rows[row].hidden = true;
    out_.rows[std::uint32_t(layout_.rows.size())].hidden = true;
    out_.page.landscape = true;
    out_.page.area = document::Range{{0, 1}, {std::uint32_t(layout_.rows.size()) - 1, layout_.last_printed}};
    out_.page.repeated_rows = layout_.heading;
    out_.page.footer = "&L" + h.id + "&C&P / &N";
    return std::move(out_);
  }

 private:
  void write_row(std::uint32_t row) {
    const LayoutRow& from = layout_.rows[row];
    out_.put({row, 0}, from.key);
    for (const auto& cell : from.cells) {
      CellAt at{row, cell.column};
      Shown shown = cell.field ? layout_.fields[*cell.field].show(sheet_, l_) : Shown{web::pick(cell.fixed, l_)};
      document::Style style = from.hidden() ? document::Style{} : style_of(cell.look);
      style.format = shown.format;
      const std::size_t number = book_.style(style);
      out_.put(at, shown.value, number);
      if (from.hidden()) continue;
      if (cell.columns > 1 || cell.rows > 1) out_.merged.push_back({at, {at.row + cell.rows - 1, at.column + cell.columns - 1}});
      if (cell.field) choices(at, layout_.fields[*cell.field]);
      room(row, cell, words_of(shown));
    }
  }

  void choices(CellAt at, const SheetField& field) {
    if (field.choices.empty()) return;
    document::Choice choice{{at, at},
                            {},
                            "",
                            l_ == Language::ja ? "一覧から選んでください" : "Choose one of the list",
                            l_ == Language::ja ? "一覧にない値です。" : "This is not one of the list."};
    std::size_t characters = 0;
    for (const auto& one : field.choices) {
      choice.values.push_back(web::pick(one, l_));
      characters += text::code_points(choice.values.back()) + 1;
      if (choice.values.back().find(',') != std::string::npos) return;  // a list within the file cannot hold it
    }
    if (characters <= kChoiceCharacters) out_.choices.push_back(std::move(choice));
  }

  // A program makes no room for wrapped text in merged cells by itself.
  void room(std::uint32_t row, const LayoutCell& cell, const std::string& words) {
    if (cell.column > layout_.last_printed) return;
    double width = 0, lines = 0;
    for (std::uint32_t c = cell.column; c < cell.column + cell.columns; ++c)
      width += c < layout_.widths.size() ? layout_.widths[c] : 9;
    for (std::size_t from = 0; from <= words.size();) {
      auto end = std::min(words.find('\n', from), words.size());
      double wide = 0;
      for (std::size_t i = from; i < end; ++i) wide += (words[i] & 0x80) == 0 ? 1 : (words[i] & 0xC0) == 0xC0 ? 2 : 0;
      lines += std::max(1.0, std::ceil(wide / std::max(1.0, width - 1)));
      from = end + 1;
    }
    double height = kLine * lines + 3;
    for (std::uint32_t r = row; r < row + cell.rows; ++r) heights_[r] = std::max({heights_[r], kLine + 3, height / cell.rows});
  }

  document::Workbook& book_;
  const SheetLayout& layout_;
  const Sheet& sheet_;
  Language l_;
  document::Sheet out_;
  std::map<std::uint32_t, double> heights_;
};

document::Sheet made_from(const SheetState& state) {
  document::Sheet out;
  out.name = "musubi";
  out.hidden = true;
  const std::pair<std::string, document::Value> about[] = {
      {std::string(kMadeFrom), double(kFormVersion)}, {"sheet", state.sheet.header.id}, {"edition", state.edition}};
  std::uint32_t row = 0;
  for (const auto& [name, value] : about) {
    out.put({row, 0}, name);
    out.put({row++, 1}, value);
  }
  for (const auto& part : state.parts) {
    out.put({row, 0}, std::string(part_word(part.key.kind)));
    out.put({row, 1}, part.key.number);
    out.put({row, 2}, double(part.revision));
    out.put({row++, 3}, part.digest);
  }
  return out;
}

}  // namespace

document::Workbook sheet_workbook(const SheetState& state, Language first) {
  document::Workbook book;
  const auto& h = state.sheet.header;
  book.title = sheet_title(h, first);
  book.author = web::pick(h.source_publisher, first);
  for (const auto& part : state.parts) book.created = std::max(book.created, part.at);
  const SheetLayout layout = layout_of(state.sheet);
  for (Language l : {first, first == Language::ja ? Language::en : Language::ja})
    book.sheets.push_back(FormWriter(book, layout, state.sheet, l).run());
  book.sheets.push_back(made_from(state));
  return book;
}

Result<std::string> sheet_xlsx(const SheetState& state, Language first) { return document::write_xlsx(sheet_workbook(state, first)); }

}  // namespace musubi::kpi
