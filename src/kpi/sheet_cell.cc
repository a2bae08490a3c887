#include "kpi/sheet_cell.h"

#include <array>
#include <chrono>
#include <cmath>

#include "kpi/marks.h"
#include "kpi/rules.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_words.h"
#include "text/dates.h"
#include "text/normalise.h"
#include "web/messages/sheet.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using document::DateTime;
using web::Language;

constexpr std::array kBoth = {Language::ja, Language::en};
constexpr double kLargestExact = 9'007'199'254'740'992.0;

std::string str(std::string_view text) { return std::string(text); }

std::string pad(int value, int width) {
  std::string digits = std::to_string(value);
  return std::string(digits.size() < std::size_t(width) ? std::size_t(width) - digits.size() : 0, '0') + digits;
}

std::string tidy(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r')
      out += text[i];
    else if (i + 1 == text.size() || text[i + 1] != '\n')
      out += '\n';
  }
  return str(text::trim(out));
}

const std::string* text_of(const document::Value& value) { return std::get_if<std::string>(&value); }
bool is_dash(const std::string& text) {
  auto number = text::read_number(text);
  return !number.ok() && number.error().name == "number.dash";
}
bool is_nothing(const Shown& typed) {
  if (std::holds_alternative<std::monostate>(typed.value)) return true;
  const auto* text = text_of(typed.value);
  return text && (tidy(*text).empty() || is_dash(*text));
}

// What no cell of ours holds: it comes from a program that guessed.
std::optional<Error> accident(const Shown& typed, bool days_too) {
  if (std::holds_alternative<bool>(typed.value))
    return cell_error("truth", {"TRUE や FALSE ではなく、値を書いてください。", "Write a value instead of TRUE or FALSE."});
  if (const auto* fault = std::get_if<document::CellFault>(&typed.value))
    return cell_error("formula", {"数式の結果が " + fault->code + " です。値を書いてください。",
                                  "The formula gives " + fault->code + ". Write a value."});
  if (days_too && std::holds_alternative<DateTime>(typed.value))
    return cell_error("date", {"日付になっています。セルの書式を「標準」に戻して、値を書き直してください。",
                               "The cell became a date. Set its format to General and write the value again."});
  return std::nullopt;
}

std::string& in(Text& text, Language l) { return l == Language::ja ? text.ja : text.en; }
void set_words(SheetValue& value, std::string words, Language l) {
  if (!value.text) value.text.emplace();
  in(*value.text, l) = std::move(words);
  if (value.text->ja.empty() && value.text->en.empty()) value.text.reset();
}

std::string figure_words(const CellFigure& figure, Language l) {
  return actual_words(YearValues{{}, figure.value, figure.latest_known_year, figure.provisional, figure.revised}, l);
}

// --- reading figures ---

bool take_end(std::string& text, std::string_view word) {
  if (!text.ends_with(word)) return false;
  text = str(text::trim(std::string_view(text).substr(0, text.size() - word.size())));
  return true;
}
bool take_start(std::string& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text = str(text::trim(std::string_view(text).substr(word.size())));
  return true;
}

// One word within brackets that marks a figure: "累計", "provisional", "2017年度の値".
bool take_mark(const std::string& word, CellFigure& figure, bool& cumulative) {
  for (Language l : kBoth) {
    if (word == t::sheet_cumulative(l)) return cumulative = true;
    if (word == t::sheet_provisional(l)) return figure.provisional = true;
    if (word == t::sheet_revised(l)) return figure.revised = true;
    std::string pattern = t::sheet_latest_known(l, {"\x01"});
    auto at = pattern.find('\x01');
    std::string year = word;
    if (!take_start(year, pattern.substr(0, at)) || !take_end(year, pattern.substr(at + 1))) continue;
    auto read = text::read_fiscal_year(year);
    if (!read.ok()) continue;
    figure.latest_known_year = *read;
    return true;
  }
  return false;
}

// Takes "（…）" or "(…)" off the end; nothing where the text does not end so.
std::optional<std::string> take_brackets(std::string& text) {
  for (auto [open, close] : {std::pair<std::string_view, std::string_view>{"（", "）"}, {"(", ")"}}) {
    if (!text.ends_with(close)) continue;
    std::size_t depth = 0;
    for (std::size_t i = text.size(); i-- > 0;) {
      std::string_view rest = std::string_view(text).substr(i);
      if (rest.starts_with(close))
        ++depth;
      else if (rest.starts_with(open) && --depth == 0) {
        std::string inside = text.substr(i + open.size(), text.size() - i - open.size() - close.size());
        text = str(text::trim(std::string_view(text).substr(0, i)));
        return inside;
      }
    }
  }
  return std::nullopt;
}

// Marks in front, words behind them: "累計、放送と通信" leaves "放送と通信".
std::string take_marks(std::string inside, CellFigure& figure, bool& cumulative) {
  for (;;) {
    std::size_t at = std::string::npos, length = 0;
    for (std::string_view comma : {"、", "，", ", ", ","})
      if (auto found = inside.find(comma); found < at) at = found, length = comma.size();
    if (!take_mark(str(text::trim(inside.substr(0, at))), figure, cumulative)) return inside;
    if (at == std::string::npos) return {};
    inside = inside.substr(at + length);
  }
}

// Bounds as either language writes them; what read_number knows itself (約, 以上, 以下, 程度) is left to it.
bool take_exactly(std::string& text) { return take_start(text, "ちょうど") || take_start(text, "exactly "); }
std::optional<Bound> take_bound(std::string& text) {
  if (take_end(text, " or more") || take_start(text, "at least ")) return Bound::kAtLeast;
  if (take_end(text, " or less") || take_start(text, "at most ")) return Bound::kAtMost;
  if (take_start(text, "about ")) return Bound::kAbout;
  return std::nullopt;
}

bool begins_like_number(const std::string& text) {
  std::string half = text::half_width_digits(text);
  for (std::string_view sign : {"△", "▲", "約", "-", "+"}) take_start(half, sign);
  return !half.empty() && half[0] >= '0' && half[0] <= '9';
}

bool same_unit(std::string_view a, std::string_view b) { return text::search_form(a) == text::search_form(b); }

Result<void> check_unit(const text::TypedNumber& number, const Text& unit) {
  if (auto fault = unit_fault(number, unit)) return cell_error(number.factor != 1 ? "scale" : "unit", std::move(*fault));
  return {};
}

Result<double> read_plain(double number, const std::string& format, const Text& unit) {
  if (!document::is_percent_format(format)) return number;
  if (!same_unit(unit.ja, "%"))
    return cell_error("unit", {"百分率の書式になっています。この欄の単位は「" + unit.ja + "」です。",
                               "The cell is formatted as a percentage, but its unit is \"" + unit.en + "\"."});
  return std::round(number * 1e12) / 1e10;
}

CellFigure with_number(CellFigure before, double number, Language l) {
  if (!before.value || !before.value->number)
    before = CellFigure{
        before.value ? std::optional(SheetValue{{}, Bound::kExactly, false, before.value->text}) : std::nullopt, {}, false, false};
  if (!before.value) before.value.emplace();
  before.value->number = number;
  set_words(*before.value, "", l);
  return before;
}

struct Typed {  // a number with everything around it
  SheetValue value;
  bool plain = true;  // nothing was typed around it
};

Result<Typed> read_typed(std::string text, const Text& unit) {
  Typed out;
  if (take_exactly(text)) out.plain = false;
  if (auto bound = take_bound(text)) {
    out.value.bound = *bound;
    out.plain = false;
  }
  auto number = TRY(text::read_number(text));
  TRY(check_unit(number, unit));
  if (number.bound == "未満" || number.bound == "超")
    return cell_error("bound", {"「以上」か「以下」で書いてください。", "Write it with \"or more\" or \"or less\"."});
  if (number.about) out.value.bound = Bound::kAbout;
  if (number.bound == "以上") out.value.bound = Bound::kAtLeast;
  if (number.bound == "以下") out.value.bound = Bound::kAtMost;
  out.plain = out.plain && !number.about && number.bound.empty();
  out.value.number = number.value;
  return out;
}

Result<CellFigure> read_figure_text(std::string text, const CellFigure& before, const Line& line, Language l) {
  const Text unit = line.unit.value_or(Text{});
  CellFigure out;
  bool cumulative = false;
  std::string words, whole = text;
  while (auto inside = take_brackets(text)) {
    std::string rest = take_marks(*inside, out, cumulative);
    if (rest.empty()) continue;
    words = std::move(rest);
    break;  // what stands before words is the number, or more words
  }
  auto number = read_typed(text, unit);
  if (number.ok()) {
    if (number->plain && text == whole) return with_number(before, *number->value.number, l);
    out.value = number->value;
    out.value->cumulative = cumulative;
    if (before.value) out.value->text = before.value->text;
    set_words(*out.value, words, l);
    return out;
  }
  bool words_before = before.value && !before.value->number;
  if (line.nature == Nature::kNumeric && !words_before && begins_like_number(text)) return number.error();
  out.value = SheetValue{};
  out.value->cumulative = cumulative;
  if (before.value) out.value->text = before.value->text;
  set_words(*out.value, words.empty() ? text : whole, l);
  return out;
}

std::string number_format(double number) {
  return std::trunc(number) == number && std::fabs(number) >= 1000 && std::fabs(number) < kLargestExact ? "#,##0" : "General";
}

// Words in a number format. A quotation mark cannot stand between two others there: it is written by itself, behind a backslash.
std::string quoted(const std::string& text) {
  if (text.empty()) return text;
  std::string out = "\"";
  for (char c : text) out += c == '"' ? std::string("\"\\\"\"") : std::string(1, c);
  return out + '"';
}

}  // namespace

Error cell_error(std::string_view name, Text message) { return {Code::kInvalid, "sheet_file." + str(name), std::move(message), {}}; }

std::optional<Text> unit_fault(const text::TypedNumber& number, const Text& unit) {
  const std::string beside = number.percent ? "%" : number.unit, typed = number.scale + beside;
  if (beside.empty() && number.factor == 1) return std::nullopt;
  if (same_unit(typed, unit.ja) || same_unit(typed, unit.en)) return std::nullopt;
  if (number.factor != 1 && unit.ja.empty())
    return Text{"「" + number.scale + "」を付けずに書いてください。", "Write it without " + number.scale + "."};
  if (number.factor != 1)
    return Text{"「" + number.scale + "」を付けず、この欄の単位（" + unit.ja + "）で書いてください。",
                "Write it in the unit of this cell (" + unit.en + "), without " + number.scale + "."};
  return Text{"単位「" + beside + "」が、この欄の単位「" + unit.ja + "」と違います。",
              "The unit \"" + beside + "\" is not that of this cell, \"" + unit.en + "\"."};
}

std::optional<Text> unit_fault_in_form(const text::TypedNumber& number, const Text& unit) {
  return unit.ja.empty() && number.factor == 1 ? std::nullopt : unit_fault(number, unit);
}

std::string words_of(const Shown& shown) {
  if (!shown.words.empty()) return shown.words;
  if (const auto* text = text_of(shown.value)) return *text;
  if (const auto* number = std::get_if<double>(&shown.value)) return number_text(*number);
  if (const auto* day = std::get_if<DateTime>(&shown.value))
    return pad(day->year, 4) + "-" + pad(day->month, 2) + "-" + pad(day->day, 2);
  if (const auto* truth = std::get_if<bool>(&shown.value)) return *truth ? "TRUE" : "FALSE";
  if (const auto* fault = std::get_if<document::CellFault>(&shown.value)) return fault->code;
  return {};
}

bool same_content(const document::Value& a, const document::Value& b) {
  const auto *x = std::get_if<double>(&a), *y = std::get_if<double>(&b);
  if (x && y) return std::fabs(*x - *y) <= 1e-13 * std::max(std::fabs(*x), std::fabs(*y));
  const auto *s = text_of(a), *u = text_of(b);
  std::string left = s ? tidy(*s) : "", right = u ? tidy(*u) : "";
  bool texts = (s || std::holds_alternative<std::monostate>(a)) && (u || std::holds_alternative<std::monostate>(b));
  return texts ? left == right : a == b;
}

Shown show_figure(const CellFigure& figure, Language l) {
  if (!figure.value) return {};
  std::string words = figure_words(figure, l);
  if (!figure.value->number || figure.value->text) return {words, "", words};
  std::string digits = number_text(*figure.value->number);
  auto at = words.find(digits);
  if (at == words.npos) return {words, "", words};
  std::string format = number_format(*figure.value->number), before = quoted(words.substr(0, at)),
              after = quoted(words.substr(at + digits.size()));
  return {*figure.value->number, before.empty() && after.empty() && format == "General" ? "" : before + format + after, words};
}

Shown show_text(const std::optional<Text>& text, Language l) { return text ? Shown{web::pick(*text, l)} : Shown{}; }
Shown show_year(std::optional<int> year) { return year ? Shown{double(*year), "0", std::to_string(*year)} : Shown{}; }

Shown show_day(const std::string& day) {
  auto date = text::parse_date(day);
  if (!date.ok()) return {day};
  return {DateTime{date->year, date->month, date->day, 0}, "yyyy-mm-dd", day};
}

Shown show_amount(std::optional<std::int64_t> amount) {
  return amount ? Shown{double(*amount), "#,##0;\"△\"#,##0", std::to_string(*amount)} : Shown{};
}

Result<CellFigure> read_figure(const Shown& typed, CellFigure before, const Line& line, Language l) {
  if (is_nothing(typed)) {
    bool others =
        before.value && before.value->text && !in(*before.value->text, l == Language::ja ? Language::en : Language::ja).empty();
    if (!others) return CellFigure{};
    before.value->number.reset();
    set_words(*before.value, "", l);
    return before;
  }
  if (auto error = accident(typed, true)) return *error;
  if (const auto* number = std::get_if<double>(&typed.value))
    return with_number(before, TRY(read_plain(*number, typed.format, line.unit.value_or(Text{}))), l);
  return read_figure_text(tidy(*text_of(typed.value)), before, line, l);
}

Result<std::string> read_words(const Shown& typed) {
  if (auto error = accident(typed, false)) return *error;
  std::string words = tidy(words_of(Shown{typed.value}));
  if (!plain_text(words))
    return cell_error("control", {"制御文字があります。取り除いてください。", "There is a control character. Take it out."});
  return words;
}

Result<std::optional<int>> read_year(const Shown& typed) {
  if (is_nothing(typed)) return std::optional<int>();
  if (auto error = accident(typed, true)) return *error;
  return std::optional(TRY(text::read_fiscal_year(words_of(Shown{typed.value}))));
}

Result<std::string> read_day(const Shown& typed, bool month_only) {
  std::string words;
  if (is_nothing(typed)) return words;
  if (auto error = accident(typed, false)) return *error;
  if (const auto* serial = std::get_if<double>(&typed.value)) {  // a day whose format was lost
    if (std::trunc(*serial) != *serial || *serial < 61 || *serial > 2'958'465)
      return cell_error("date", {"年月日として読めません。例: 2019-06-14", "This cannot be read as a day. Example: 2019-06-14"});
    auto days = std::chrono::sys_days(std::chrono::year{1899} / 12 / 30) + std::chrono::days(int(*serial));
    std::chrono::year_month_day day(days);
    words = pad(int(day.year()), 4) + "-" + pad(int(unsigned(day.month())), 2) + "-" + pad(int(unsigned(day.day())), 2);
  } else {
    words = tidy(words_of(Shown{typed.value}));
    std::string half = text::half_width_digits(words);
    if (valid_when(half))
      words = half;
    else
      words =
          text::iso_date(TRY(text::read_date(half.find("日") == half.npos && half.find("月") != half.npos ? half + "1日" : words)));
  }
  return month_only ? words.substr(0, 7) : words;
}

Result<std::optional<std::int64_t>> read_amount(const Shown& typed, const Text& unit) {
  if (is_nothing(typed)) return std::optional<std::int64_t>();
  if (auto error = accident(typed, true)) return *error;
  double value = 0;
  if (const auto* plain = std::get_if<double>(&typed.value))
    value = TRY(read_plain(*plain, typed.format, unit));
  else {
    auto number = TRY(text::read_number(tidy(*text_of(typed.value))));
    TRY(check_unit(number, unit));
    if (number.about || !number.bound.empty())
      return cell_error("bound", {"金額は数だけで書いてください。", "Write an amount as a number alone."});
    value = number.value;
  }
  if (std::trunc(value) != value)
    return cell_error("fraction", {"金額は整数で、単位「" + unit.ja + "」で書いてください。",
                                   "Write an amount as a whole number of " + unit.en + "."});
  if (std::fabs(value) > double(kMaxAmount)) return cell_error("too_large", {"金額が大きすぎます。", "The amount is too large."});
  return std::optional(std::int64_t(value));
}

Result<std::vector<std::string>> read_list(const Shown& typed) {
  std::vector<std::string> out;
  if (is_nothing(typed)) return out;
  if (auto error = accident(typed, true)) return *error;
  std::string words = text::half_width_digits(tidy(words_of(Shown{typed.value}))), one;
  for (std::string_view comma : {"、", "，", "・", "\n"})
    for (auto at = words.find(comma); at != words.npos; at = words.find(comma)) words.replace(at, comma.size(), ",");
  for (std::size_t from = 0; from <= words.size();) {
    auto at = std::min(words.find(',', from), words.size());
    one = str(text::trim(std::string_view(words).substr(from, at - from)));
    if (!one.empty()) out.push_back(one);
    from = at + 1;
  }
  return out;
}

}  // namespace musubi::kpi
