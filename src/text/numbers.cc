#include "text/numbers.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/encoding.h"
#include "text/normalise.h"

namespace musubi::text {
namespace {

struct Scale {
  std::string_view word;
  std::int64_t factor;
};
constexpr Scale kScales[] = {
    {"兆", 1'000'000'000'000}, {"千億", 100'000'000'000}, {"百億", 10'000'000'000}, {"十億", 1'000'000'000}, {"億", 100'000'000},
    {"千万", 10'000'000},      {"百万", 1'000'000},       {"十万", 100'000},        {"万", 10'000},          {"千", 1'000}};
// △▲ of Japanese accounts; hyphens, dashes, the minus sign, and the long vowel mark that stands on the same key.
constexpr std::string_view kMinus[] = {"△", "▲", "-", "‐", "‑", "‒", "–", "—", "―", "ー", "─"};
constexpr std::string_view kAbout[] = {"約", "およそ", "おおよそ", "概ね", "おおむね"};
constexpr std::string_view kBounds[] = {"以上", "以下", "未満", "超"};
constexpr std::size_t kDigits = 15;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

void trim_left(std::string_view& text) {
  while (take(text, " ")) {}
}

Error fault(std::string name, std::string_view typed, std::string_view ja, std::string_view en) {
  std::string shown(first_code_points(typed, 40));
  return {Code::kInvalid, std::move(name), {"「" + shown + "」: " + std::string(ja), "\"" + shown + "\": " + std::string(en)}, {}};
}

Error malformed(std::string_view typed) {
  return fault("number.malformed", typed, "数として読めません。1,234.5 や △12.3％ のように、数を一つだけ書いてください。",
               "This cannot be read as a number. Write one number, such as 1,234.5 or △12.3%.");
}

// A run of digits with separators and one point, taken from the text.
struct Digits {
  std::string whole, fraction;
};
Result<Digits> take_digits(std::string_view& text, std::string_view typed) {
  std::size_t length = 0;
  while (length < text.size() && (is_digit(text[length]) || text[length] == ',' || text[length] == '.')) ++length;
  const std::string_view run = text.substr(0, length);
  text.remove_prefix(length);
  const auto point = run.find('.');
  const std::string_view whole = run.substr(0, point);
  Digits digits{"", std::string(point == std::string_view::npos ? std::string_view() : run.substr(point + 1))};
  if (digits.fraction.find('.') != std::string::npos || (point != std::string_view::npos && digits.fraction.empty()) || run.empty())
    return malformed(typed);
  const auto first = whole.find(',');
  bool grouped = digits.fraction.find(',') == std::string::npos && (first == std::string_view::npos || (first >= 1 && first <= 3));
  for (std::size_t i = first; grouped && i < whole.size(); i += 4)
    grouped = whole[i] == ',' && whole.size() - i >= 4 && whole.substr(i + 1, 3).find(',') == std::string_view::npos;
  if (!grouped)
    return fault("number.grouping", typed, "桁区切りのコンマの位置が違います。3桁ごとに入れるか、入れずに書いてください。",
                 "The separators are misplaced. Put one after every three digits, or none.");
  for (char c : whole)
    if (c != ',') digits.whole += c;
  const auto zeros = std::min(digits.whole.find_first_not_of('0'), digits.whole.size());
  digits.whole.erase(0, zeros);
  if (digits.whole.empty()) digits.whole = "0";
  if (digits.whole.size() + digits.fraction.size() > kDigits)
    return fault("number.too_long", typed, "桁が多すぎます（上限15桁）。単位を億や百万にして書いてください。",
                 "There are too many digits (at most 15). Write it in 億 or 百万.");
  return digits;
}

const Scale* take_scale(std::string_view& text) {
  for (const Scale& each : kScales)
    if (take(text, each.word)) return &each;
  return nullptr;
}

// After 3億 of 3億2,000万: the smaller parts are added in the smallest scale.
Result<void> add_parts(std::string_view& text, std::string_view typed, TypedNumber& number, Digits& digits) {
  while (!number.scale.empty() && !text.empty() && is_digit(text[0])) {
    const Digits more = TRY(take_digits(text, typed));
    const Scale* scale = take_scale(text);
    const std::int64_t factor = scale ? scale->factor : 1;
    std::int64_t sum = 0, part = 0;
    std::from_chars(digits.whole.data(), digits.whole.data() + digits.whole.size(), sum);
    std::from_chars(more.whole.data(), more.whole.data() + more.whole.size(), part);
    if (factor >= number.factor || !digits.fraction.empty() || !more.fraction.empty() || part >= number.factor / factor ||
        __builtin_mul_overflow(sum, number.factor / factor, &sum))
      return malformed(typed);
    digits.whole = std::to_string(sum + part);
    if (digits.whole.size() > kDigits) return malformed(typed);
    number.factor = factor;
    number.scale = scale ? scale->word : "";
  }
  return {};
}

// A unit begins with no digit or sign, and has digits only after letters (m2, t-CO2): else it is a second number or an exponent.
bool is_unit(std::string_view text) {
  constexpr std::string_view kJoints[] = {"+", "-", "/", ":", "~", "〜", "～", ".", ",", "×", "*", "="};
  for (std::string_view each : kJoints)
    if (text.starts_with(each)) return false;
  if (text.size() > 1 && (text[0] | 0x20) == 'e' && (is_digit(text[1]) || text[1] == '+' || text[1] == '-')) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (is_digit(text[i]) && (i == 0 || !(is_letter(text[i - 1]) || is_digit(text[i - 1])))) return false;
  return text.size() <= 100;
}

bool take_end(std::string_view& text, std::string_view word) {
  if (!text.ends_with(word)) return false;
  text = trim(text.substr(0, text.size() - word.size()));
  return true;
}

}  // namespace

Result<TypedNumber> read_number(std::string_view typed) {
  const std::string narrow = half_width_digits(collapse_spaces(is_utf8(typed) ? typed : std::string_view("?")));
  std::string_view text = trim(narrow);
  if (text.empty()) return Error{Code::kInvalid, "number.missing", {"数を入力してください。", "Enter a number."}, {}};
  if (take(text, "(") || take(text, "（"))
    return fault("number.parentheses", typed, "括弧の数は読み分けられません。負の数は △ か - で書いてください。",
                 "A number in brackets is ambiguous. Write negatives with △ or -.");
  TypedNumber number;
  for (std::string_view each : kAbout) number.about = take(text, each) || number.about;
  trim_left(text);
  bool yen = take(text, "¥") || take(text, "￥"), minus = false;
  for (std::string_view each : kMinus) {
    if (!minus && take(text, each)) minus = true;
  }
  if (minus && trim(text).empty())
    return fault("number.dash", typed, "値がありません（－）。値があれば数を入力してください。",
                 "There is no value (a dash). Enter a number if there is one.");
  if (!minus) take(text, "+");
  trim_left(text);
  yen = take(text, "¥") || take(text, "￥") || yen;
  Digits digits = TRY(take_digits(text, typed));
  trim_left(text);
  if (const Scale* scale = take_scale(text)) number.scale = scale->word, number.factor = scale->factor;
  TRY(add_parts(text, typed, number, digits));
  trim_left(text);
  number.percent = take(text, "%") || take(text, "％") || take(text, "パーセント");
  text = trim(text);
  for (std::string_view each : kBounds)
    if (number.bound.empty() && take_end(text, each)) number.bound = each;
  number.about = take_end(text, "程度") || number.about;
  if (!is_unit(text) || (yen && !text.empty() && text != "円")) return malformed(typed);
  number.unit = yen ? "円" : std::string(text);
  const bool zero = digits.whole == "0" && digits.fraction.find_first_not_of('0') == std::string::npos;
  number.decimal = (minus && !zero ? "-" : "") + digits.whole + (digits.fraction.empty() ? "" : "." + digits.fraction);
  std::from_chars(number.decimal.data(), number.decimal.data() + number.decimal.size(), number.value);
  return number;
}

std::string grouped(std::string number) {
  const auto point = std::min(number.find_first_of(".eE"), number.size());
  const std::size_t first = number.starts_with('-') ? 1 : 0;
  if (std::string_view(number).substr(0, point).find_first_not_of("0123456789", first) != std::string_view::npos) return number;
  for (std::size_t i = point; i > first + 3; i -= 3) number.insert(i - 3, 1, ',');
  return number;
}

}  // namespace musubi::text
