#include "text/csv.h"

#include "base/encoding.h"

namespace musubi::text {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kMaxFaults = 100;

bool is_plain_number(std::string_view text) {
  std::size_t i = text[0] == '-' || text[0] == '+' ? 1 : 0;
  std::size_t digits = 0;
  bool point = false;
  for (; i < text.size(); ++i) {
    if (text[i] >= '0' && text[i] <= '9')
      ++digits;
    else if (text[i] == '.' && !point && digits > 0)
      point = true;
    else
      return false;
  }
  return digits > 0 && text.back() != '.';
}

bool looks_like_formula(std::string_view text) {
  if (text.empty() || std::string_view("=+-@\t\r").find(text[0]) == std::string_view::npos) return false;
  return !is_plain_number(text);
}

// One pass over the text. After a fault inside a row, reading goes on at the next row.
class Reader {
 public:
  Reader(std::string_view text, CsvLimits limits) : text_(text), limits_(limits) {}

  Result<CsvTable> read() && {
    while (i_ < text_.size() && faults_.size() < kMaxFaults) {
      if (table_.rows.size() == limits_.rows) {
        fault({"行が多すぎます（上限 " + std::to_string(limits_.rows) + " 行）。分けて送ってください。",
               "Too many rows (at most " + std::to_string(limits_.rows) + "). Send them in parts."});
        break;
      }
      row();
    }
    if (!faults_.empty())
      return Error{
          Code::kInvalid,
          "csv.malformed",
          {"CSV に誤りがあります。行と列を確かめて直してください。", "The CSV has faults. Correct the rows and columns listed."},
          std::move(faults_)};
    return std::move(table_);
  }

 private:
  void row() {
    table_.lines.push_back(line_);
    table_.rows.emplace_back();
    column_ = 0;
    bool more = true;
    while (more) {
      ++column_;
      if (column_ > limits_.columns) {
        fault({"列が多すぎます（上限 " + std::to_string(limits_.columns) + " 列）。",
               "Too many columns (at most " + std::to_string(limits_.columns) + ")."});
        return skip_row();
      }
      std::string cell;
      if (!(i_ < text_.size() && text_[i_] == '"' ? quoted(cell) : plain(cell))) return skip_row();
      table_.rows.back().push_back(std::move(cell));
      more = i_ < text_.size() && text_[i_] == ',';
      if (more) ++i_;
    }
    end_of_row();
  }

  bool quoted(std::string& cell) {
    for (++i_; i_ < text_.size(); ++i_) {
      const char c = text_[i_];
      if (c == '"') {
        ++i_;
        if (i_ == text_.size() || text_[i_] != '"') return after_quote();
      }
      if (!allowed(text_[i_], true)) return false;
      if (text_[i_] == '\n') ++line_;
      cell += text_[i_];
    }
    fault({"閉じる引用符（\"）がありません。", "The closing quote (\") is missing."});
    return false;
  }

  bool after_quote() {
    if (i_ == text_.size() || text_[i_] == ',' || at_line_end()) return true;
    fault({"閉じた引用符（\"）の後に文字があります。中の引用符は \"\" と書いてください。",
           "Text follows a closing quote (\"). Write quotes inside a cell as \"\"."});
    return false;
  }

  bool plain(std::string& cell) {
    for (; i_ < text_.size() && text_[i_] != ',' && !at_line_end(); ++i_) {
      if (text_[i_] == '"') {
        fault({"引用符（\"）で囲まれていないセルの中に引用符があります。", "A quote (\") stands inside a cell that is not quoted."});
        return false;
      }
      if (!allowed(text_[i_], false)) return false;
      cell += text_[i_];
    }
    return true;
  }

  bool allowed(char c, bool in_quotes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) return true;
    if (c == '\t' || (in_quotes && (c == '\n' || c == '\r'))) return true;
    fault({"使えない制御文字があります。", "There is a control character."});
    return false;
  }

  bool at_line_end() const { return text_[i_] == '\n' || (text_[i_] == '\r' && i_ + 1 < text_.size() && text_[i_ + 1] == '\n'); }

  void end_of_row() {
    if (i_ < text_.size()) {
      i_ += text_[i_] == '\r' ? 2 : 1;
      ++line_;
    }
    const std::size_t expected = table_.rows.front().size();
    const std::size_t found = table_.rows.back().size();
    if (found == expected) return;
    column_ = std::min(found, expected) + 1;
    fault({"列の数が " + std::to_string(found) + " で、1 行目の " + std::to_string(expected) + " と違います。",
           "This row has " + std::to_string(found) + " columns, the first row " + std::to_string(expected) + "."});
  }

  void skip_row() {
    while (i_ < text_.size() && text_[i_] != '\n') ++i_;
    if (i_ < text_.size()) ++i_, ++line_;
  }

  void fault(Text message) {
    faults_.push_back({std::to_string(table_.rows.size()) + ":" + std::to_string(column_), std::move(message)});
  }

  std::string_view text_;
  CsvLimits limits_;
  CsvTable table_;
  std::vector<Fault> faults_;
  std::size_t i_ = 0;
  std::size_t line_ = 1;
  std::size_t column_ = 0;
};

}  // namespace

CsvWriter::CsvWriter(CsvOptions options) : options_(options) {
  if (options_.byte_order_mark) out_ = kByteOrderMark;
}

void CsvWriter::row(std::span<const std::string> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out_ += ',';
    // A row of one empty cell would be an empty line; some readers skip those.
    if (cells.size() == 1 && cells[0].empty())
      out_ += "\"\"";
    else
      cell(cells[i]);
  }
  out_ += "\r\n";
}

void CsvWriter::cell(std::string_view text) {
  const bool guard = options_.guard_formulas && looks_like_formula(text);
  // A cell that begins with U+FEFF is quoted, since at the very start a reader would take it for a byte order mark.
  if (!guard && text.find_first_of("\",\r\n") == std::string_view::npos && !text.starts_with(kByteOrderMark)) {
    out_ += text;
    return;
  }
  out_ += '"';
  if (guard) out_ += '\'';
  for (char c : text) {
    if (c == '"') out_ += '"';
    out_ += c;
  }
  out_ += '"';
}

Result<CsvTable> read_csv(std::string_view text, CsvLimits limits) {
  if (text.size() > limits.bytes)
    return Error{Code::kTooLarge,
                 "csv.too_large",
                 {"CSV が大きすぎます（上限 " + std::to_string(limits.bytes) + " バイト）。分けて送ってください。",
                  "The CSV is too large (at most " + std::to_string(limits.bytes) + " bytes). Send it in parts."},
                 {}};
  if (!is_utf8(text))
    return Error{Code::kMalformed,
                 "csv.not_utf8",
                 {"CSV が UTF-8 ではありません。「CSV UTF-8」として保存し直してください。",
                  "The CSV is not UTF-8. Save it again as \"CSV UTF-8\"."},
                 {}};
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return Reader(text, limits).read();
}

}  // namespace musubi::text
