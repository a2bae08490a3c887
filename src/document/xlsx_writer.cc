#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "document/number_format.h"
#include "document/xlsx.h"
#include "document/xlsx_check.h"

namespace musubi::document {
namespace {

constexpr const char* kFont = "Yu Gothic";
constexpr std::int64_t k1980_us = 315'532'800'000'000;  // libxlsxwriter takes 0 for "now"

Error not_written(std::string_view why) {
  return {Code::kIo,
          "xlsx.not_written",
          {"Excel ファイルを作れませんでした（" + std::string(why) + "）。しばらくしてからやり直してください。",
           "The workbook could not be made (" + std::string(why) + "). Try again later."},
          {}};
}

// A file in memory with a name: this version of libxlsxwriter writes to a path only.
class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("xlsx", MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (fd_ >= 0) close(fd_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  bool ok() const { return fd_ >= 0; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }
  std::optional<std::string> bytes() const {
    struct stat status {};
    if (fstat(fd_, &status) != 0) return std::nullopt;
    std::string all(std::size_t(status.st_size), '\0');
    for (std::size_t done = 0; done < all.size();) {
      const auto got = pread(fd_, all.data() + done, all.size() - done, off_t(done));
      if (got <= 0) return std::nullopt;
      done += std::size_t(got);
    }
    return all;
  }

 private:
  int fd_;
};

// "_x000D_" means a carriage return to every reader, and LibreOffice takes "_xa_" for a line feed, too: a text that has "_x"
// literally is written so that it stays.
std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "_x")
      out += "_x005F_";
    else
      out += text[i];
  }
  return out;
}

class Writer {
 public:
  Writer(const Workbook& workbook, lxw_workbook* out) : workbook_(workbook), out_(out), formats_(workbook.styles.size()) {}
  void write();
  lxw_error error() const { return error_; }

 private:
  void keep(lxw_error error) {
    if (error_ == LXW_NO_ERROR) error_ = error;
  }
  lxw_format* format(std::size_t style, const Value& value);
  lxw_format* made(const Style& style, std::string_view default_format);
  void sheet(const Sheet& sheet);
  void shape(const Sheet& sheet, lxw_worksheet* to);
  void page(const Page& page, lxw_worksheet* to);
  void cell(CellAt at, const Cell& cell, lxw_worksheet* to);
  void formula(CellAt at, const Cell& cell, lxw_worksheet* to);
  void choice(const Choice& choice, lxw_worksheet* to);
  void properties();

  const Workbook& workbook_;
  lxw_workbook* out_;
  struct Made {
    lxw_format *plain = nullptr, *date = nullptr, *time = nullptr;
  };
  std::vector<Made> formats_;
  lxw_error error_ = LXW_NO_ERROR;
};

lxw_format* Writer::made(const Style& style, std::string_view default_format) {
  lxw_format* to = workbook_add_format(out_);
  format_set_font_name(to, kFont);
  format_set_font_size(to, style.size);
  const std::string code(style.format.empty() ? default_format : style.format);
  if (!code.empty()) format_set_num_format(to, code.c_str());
  if (style.bold) format_set_bold(to);
  if (style.wrap) format_set_text_wrap(to);
  if (style.border) format_set_border(to, LXW_BORDER_THIN);
  format_set_align(to, style.top ? LXW_ALIGN_VERTICAL_TOP : LXW_ALIGN_VERTICAL_CENTER);
  constexpr std::uint8_t kAligns[] = {LXW_ALIGN_NONE, LXW_ALIGN_LEFT, LXW_ALIGN_CENTER, LXW_ALIGN_RIGHT};
  if (style.align != Align::kGeneral) format_set_align(to, kAligns[std::size_t(style.align)]);
  constexpr lxw_color_t kColours[] = {0, 0xD9E1F2, 0xFFF2CC, 0xFCE4D6};
  if (style.fill != Fill::kNone) {
    format_set_pattern(to, LXW_PATTERN_SOLID);
    format_set_fg_color(to, kColours[std::size_t(style.fill)]);
  }
  if (!style.locked) format_set_unlocked(to);
  return to;
}

// A date in a cell without a format would be a number: it gets one.
lxw_format* Writer::format(std::size_t style, const Value& value) {
  Made& made_so_far = formats_[style];
  const Style& wanted = workbook_.styles[style];
  const auto* date = std::get_if<DateTime>(&value);
  if (!date || !wanted.format.empty()) {
    if (!made_so_far.plain) made_so_far.plain = made(wanted, "");
    return made_so_far.plain;
  }
  lxw_format*& to = date->second == 0 ? made_so_far.date : made_so_far.time;
  if (!to) to = made(wanted, date->second == 0 ? "yyyy-mm-dd" : "yyyy-mm-dd hh:mm:ss");
  return to;
}

void Writer::formula(CellAt at, const Cell& cell, lxw_worksheet* to) {
  const std::string text = "=" + *cell.formula;
  lxw_format* with = format(cell.style, cell.value);
  const auto column = lxw_col_t(at.column);
  auto as_text = [&](const std::string& value) {
    keep(worksheet_write_formula_str(to, at.row, column, text.c_str(), with, value.c_str()));
  };
  if (const auto* number = std::get_if<double>(&cell.value))
    keep(worksheet_write_formula_num(to, at.row, column, text.c_str(), with, *number));
  else if (const auto* date = std::get_if<DateTime>(&cell.value))
    keep(worksheet_write_formula_num(to, at.row, column, text.c_str(), with, *serial_of_date(*date)));
  else if (const auto* words = std::get_if<std::string>(&cell.value))
    as_text(escaped(*words));
  else
    as_text("");
}

void Writer::cell(CellAt at, const Cell& cell, lxw_worksheet* to) {
  if (cell.formula) return formula(at, cell, to);
  lxw_format* with = format(cell.style, cell.value);
  const auto column = lxw_col_t(at.column);
  const auto* words = std::get_if<std::string>(&cell.value);
  if (words && !words->empty())
    keep(worksheet_write_string(to, at.row, column, escaped(*words).c_str(), with));
  else if (const auto* number = std::get_if<double>(&cell.value))
    keep(worksheet_write_number(to, at.row, column, *number, with));
  else if (const auto* date = std::get_if<DateTime>(&cell.value))
    keep(worksheet_write_number(to, at.row, column, *serial_of_date(*date), with));
  else if (const auto* truth = std::get_if<bool>(&cell.value))
    keep(worksheet_write_boolean(to, at.row, column, *truth, with));
  else
    keep(worksheet_write_blank(to, at.row, column, with));
}

void Writer::page(const Page& page, lxw_worksheet* to) {
  worksheet_set_paper(to, 9);  // A4
  if (page.landscape) worksheet_set_landscape(to);
  worksheet_fit_to_pages(to, 1, 0);
  worksheet_set_margins(to, 0.4, 0.4, 0.6, 0.6);
  if (page.area)
    keep(worksheet_print_area(to, page.area->first.row, lxw_col_t(page.area->first.column), page.area->last.row,
                              lxw_col_t(page.area->last.column)));
  if (page.repeated_rows) keep(worksheet_repeat_rows(to, page.repeated_rows->first, page.repeated_rows->second));
  if (!page.header.empty()) keep(worksheet_set_header(to, page.header.c_str()));
  if (!page.footer.empty()) keep(worksheet_set_footer(to, page.footer.c_str()));
}

void Writer::choice(const Choice& choice, lxw_worksheet* to) {
  std::vector<const char*> values;
  for (const std::string& value : choice.values) values.push_back(value.c_str());
  if (values.empty()) values.push_back("-");
  values.push_back(nullptr);
  lxw_data_validation rule{};
  rule.validate = LXW_VALIDATION_TYPE_LIST;
  rule.ignore_blank = LXW_VALIDATION_ON;
  rule.show_input = LXW_VALIDATION_ON;
  rule.show_error = LXW_VALIDATION_ON;
  rule.error_type = LXW_VALIDATION_ERROR_TYPE_STOP;
  rule.dropdown = LXW_VALIDATION_ON;
  rule.value_list = const_cast<char**>(values.data());
  rule.error_title = const_cast<char*>(choice.title.c_str());
  rule.error_message = const_cast<char*>(choice.message.c_str());
  keep(worksheet_data_validation_range(to, choice.cells.first.row, lxw_col_t(choice.cells.first.column), choice.cells.last.row,
                                       lxw_col_t(choice.cells.last.column), &rule));
  if (choice.source.empty()) return;
  // libxlsxwriter 1.1.4 copies the range of LXW_VALIDATION_TYPE_LIST_FORMULA twice and frees it once.
  lxw_data_val_obj *made = nullptr, *each = nullptr;
  STAILQ_FOREACH(each, to->data_validations, list_pointers) made = each;
  if (!made) return;
  free(made->value_formula);
  made->value_formula = strdup(choice.source.c_str());
  made->validate = LXW_VALIDATION_TYPE_LIST_FORMULA;
}

void Writer::shape(const Sheet& sheet, lxw_worksheet* to) {
  for (const Columns& each : sheet.columns) {
    lxw_row_col_options options{};
    options.hidden = each.hidden;
    keep(worksheet_set_column_opt(to, lxw_col_t(each.first), lxw_col_t(each.last), each.width > 0 ? each.width : LXW_DEF_COL_WIDTH,
                                  nullptr, &options));
  }
  for (const auto& [row, each] : sheet.rows) {
    lxw_row_col_options options{};
    options.hidden = each.hidden;
    keep(worksheet_set_row_opt(to, row, each.height > 0 ? each.height : LXW_DEF_ROW_HEIGHT, nullptr, &options));
  }
  if (sheet.freeze) worksheet_freeze_panes(to, sheet.freeze->row, lxw_col_t(sheet.freeze->column));
  if (sheet.hidden) worksheet_hide(to);
  if (sheet.protect) {
    lxw_protection allowed{};
    allowed.format_columns = allowed.format_rows = LXW_TRUE;  // people make room for what they type
    worksheet_protect(to, nullptr, &allowed);
  }
}

void Writer::sheet(const Sheet& sheet) {
  lxw_worksheet* to = workbook_add_worksheet(out_, sheet.name.c_str());
  if (!to) return keep(LXW_ERROR_MEMORY_MALLOC_FAILED);
  shape(sheet, to);
  page(sheet.page, to);
  for (const Range& range : sheet.merged) {  // first: it fills the range with blanks, of the style of its first cell
    const Cell* first = sheet.find(range.first);
    keep(worksheet_merge_range(to, range.first.row, lxw_col_t(range.first.column), range.last.row, lxw_col_t(range.last.column), "",
                               format(first ? first->style : 0, first ? first->value : Value())));
  }
  for (const auto& [at, each] : sheet.cells) cell(at, each, to);
  for (const Choice& each : sheet.choices) choice(each, to);
  for (const auto& [at, each] : sheet.comments) {
    lxw_comment_options options{};
    options.author = const_cast<char*>(workbook_.author.c_str());
    keep(worksheet_write_comment_opt(to, at.row, lxw_col_t(at.column), each.c_str(), &options));
  }
}

void Writer::properties() {
  lxw_doc_properties about{};
  about.title = const_cast<char*>(workbook_.title.c_str());
  about.author = const_cast<char*>(workbook_.author.c_str());
  about.created = time_t((workbook_.created.us ? workbook_.created.us : k1980_us) / 1'000'000);
  keep(workbook_set_properties(out_, &about));
  for (const auto& [name, value] : workbook_.properties) {
    if (const auto* words = std::get_if<std::string>(&value))
      keep(workbook_set_custom_property_string(out_, name.c_str(), words->c_str()));
    else if (const auto* number = std::get_if<double>(&value))
      keep(workbook_set_custom_property_number(out_, name.c_str(), *number));
    else
      keep(workbook_set_custom_property_boolean(out_, name.c_str(), std::get<bool>(value)));
  }
  for (const auto& [name, refers] : workbook_.names) keep(workbook_define_name(out_, name.c_str(), ("=" + refers).c_str()));
}

void Writer::write() {
  for (const Sheet& each : workbook_.sheets) sheet(each);
  const auto visible = std::find_if(workbook_.sheets.begin(), workbook_.sheets.end(), [](const Sheet& each) { return !each.hidden; });
  if (lxw_worksheet* first = workbook_get_worksheet_by_name(out_, visible->name.c_str())) {
    worksheet_activate(first);
    worksheet_set_first_sheet(first);
  }
  properties();
}

}  // namespace

Result<std::string> write_xlsx(const Workbook& workbook) {
  auto faults = unwritable(workbook);
  if (!faults.empty())
    return Error{Code::kInvalid,
                 "xlsx.unwritable",
                 {"Excel ファイルに書けない内容が " + std::to_string(faults.size()) + " か所あります。",
                  std::to_string(faults.size()) + " places cannot be written to a workbook."},
                 std::move(faults)};
  MemoryFile file;
  if (!file.ok()) return not_written("memfd");
  const std::string path = file.path();
  lxw_workbook* out = workbook_new_opt(path.c_str(), nullptr);
  if (!out) return not_written("memory");
  Writer writer(workbook, out);
  writer.write();
  const lxw_error closed = workbook_close(out);  // frees it, whatever it answers
  for (lxw_error error : {writer.error(), closed})
    if (error != LXW_NO_ERROR) return not_written(lxw_strerror(error));
  auto bytes = file.bytes();
  if (!bytes || bytes->empty()) return not_written("memfd");
  return *std::move(bytes);
}

}  // namespace musubi::document
