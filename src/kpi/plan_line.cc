#include "kpi/plan_line.h"

#include <algorithm>
#include <cstdlib>

#include "text/normalise.h"

namespace musubi::kpi {
namespace {

constexpr std::size_t kMostUnit = 8;  // code points

// Reads a line from its beginning, forgiving width. Text is UTF-8 (checked before); a damaged byte is one character.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}
  bool done() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  char32_t peek(std::size_t* bytes = nullptr) const {
    if (bytes) *bytes = 0;
    if (rest_.empty()) return 0;
    const auto lead = static_cast<unsigned char>(rest_[0]);
    std::size_t n = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    n = std::min(n, rest_.size());
    char32_t c = n == 1 ? lead : n == 2 ? lead & 0x1F : n == 3 ? lead & 0x0F : lead & 0x07;
    for (std::size_t i = 1; i < n; ++i) c = c << 6 | (static_cast<unsigned char>(rest_[i]) & 0x3F);
    if (bytes) *bytes = n;
    return folded(c);
  }
  char32_t next() {
    std::size_t n = 0;
    const char32_t c = peek(&n);
    rest_.remove_prefix(n);
    return c;
  }
  bool take(std::u32string_view any) {
    if (rest_.empty() || any.find(peek()) == any.npos) return false;
    next();
    return true;
  }
  bool take_word(std::u32string_view word) {
    Cursor at = *this;
    for (char32_t c : word)
      if (at.next() != c) return false;
    *this = at;
    return true;
  }
  void spaces() {
    while (take(U" \t")) {}
  }
  std::string digits() {
    std::string out;
    while (out.size() < 6 && peek() >= U'0' && peek() <= U'9') out += char(next());
    return out;
  }

 private:
  static char32_t folded(char32_t c) {
    if (c >= 0xFF01 && c <= 0xFF5E) return c - 0xFEE0;
    if (c == 0x3000 || c == 0xA0) return U' ';
    if (c == 0x2010 || c == 0x2011 || c == 0x2012 || c == 0x2013 || c == 0x2014 || c == 0x2015 || c == 0x2212 || c == 0x30FC)
      return U'-';
    return c;
  }
  std::string_view rest_;
};

// Without a leading zero; "" where it is no number from 1.
std::string number_of(const std::string& digits) {
  if (digits.empty() || digits.size() > 4 || digits[0] == '0') return "";
  return digits;
}

std::string title_of(std::string_view text) { return std::string(text::trim(text)); }

// "官民データ基本法第 10 条関係" -> "官民データ基本法第10条"
std::string law_of(std::string_view text) {
  std::string out;
  for (Cursor at(text); !at.done();) {
    std::size_t bytes = 0;
    const char32_t c = at.peek(&bytes);
    if (c == U' ' || c == U'\t') {
      at.next();
      continue;
    }
    if (c >= U'0' && c <= U'9')
      out += char(c);
    else
      out += at.rest().substr(0, bytes);
    at.next();
  }
  if (constexpr std::string_view kRelated = "関係"; out.ends_with(kRelated)) out.resize(out.size() - kRelated.size());
  return out;
}

bool ascii_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

struct Era {
  std::string_view name;
  int before;
};
constexpr Era kEras[] = {{"令和", 2018}, {"平成", 1988}, {"昭和", 1925}};

// After the name of an era or nothing, a year: "元年度", "31年3月", "2020年".
std::optional<TextDate> date_at(std::string_view text, std::size_t begin, int before, std::size_t skip) {
  Cursor at(text.substr(begin + skip));
  int year = 0;
  if (before > 0 && at.take(U"元"))
    year = 1;
  else if (std::string digits = at.digits();
           !digits.empty() && digits.size() == (before > 0 ? std::min<std::size_t>(digits.size(), 2) : 4))
    year = std::atoi(digits.c_str());
  if (year == 0 || !at.take(U"年")) return std::nullopt;
  year += before;
  if (year < 1900 || year > 2999) return std::nullopt;
  TextDate date;
  date.begin = begin;
  date.fiscal_year = year;
  char when[24];
  if (at.take(U"度")) {
    date.when = "FY" + std::to_string(year);
    Cursor month = at;  // "令和元年度９月頃"
    if (!month.digits().empty() && month.take(U"月")) at = month;
  } else {
    Cursor before_month = at;
    const int month = std::atoi(at.digits().c_str());
    if (month >= 1 && month <= 12 && at.take(U"月")) {
      date.fiscal_year = month < 4 ? year - 1 : year;
      std::snprintf(when, sizeof when, "%04d-%02d", year, month);
      date.when = when;
    } else {
      at = before_month;
      date.when = std::to_string(year);
    }
  }
  date.end = text.size() - at.rest().size();
  return date;
}

struct Amount {
  double value;
  std::string unit;
};

// All numbers of a text that are no dates. A number without a unit counts too, with "".
std::vector<Amount> amounts_in(std::string_view text) {
  std::string left(text);
  auto dates = dates_in(text);
  for (auto date = dates.rbegin(); date != dates.rend(); ++date) left.replace(date->begin, date->end - date->begin, " ");
  left = text::half_width_digits(left);
  std::vector<Amount> out;
  for (std::size_t i = 0; i < left.size();) {
    if (left[i] < '0' || left[i] > '9') {
      ++i;
      continue;
    }
    std::string digits;
    while (i < left.size() && ((left[i] >= '0' && left[i] <= '9') || left[i] == '.' || left[i] == ',')) {
      if (left[i] != ',') digits += left[i];
      ++i;
    }
    Amount amount{std::strtod(digits.c_str(), nullptr), ""};
    constexpr std::u32string_view kEnds = U"()[]、。,・「」『』:;＜＞ \t\n以程をにでがはのと末より未超度中まへ0123456789";
    std::size_t n = 0;
    for (Cursor at(std::string_view(left).substr(i)); !at.done() && n < kMostUnit; ++n) {
      std::size_t bytes = 0;
      if (kEnds.find(at.peek(&bytes)) != kEnds.npos) break;
      const auto c = at.rest().substr(0, bytes);
      amount.unit += c == "％" ? std::string_view("%") : c;
      at.next();
    }
    const bool of_time = amount.unit.starts_with("月") || amount.unit.starts_with("年") || amount.unit.starts_with("日");
    if (!of_time) out.push_back(std::move(amount));
  }
  return out;
}

bool scaled(Amount& amount) {
  if (constexpr std::string_view kTenths = "割"; amount.unit.starts_with(kTenths)) {
    amount = {amount.value * 10, "%"};
    return true;
  }
  constexpr std::pair<std::string_view, double> kScales[] = {{"億", 1e8}, {"万", 1e4}, {"千", 1e3}};
  for (auto [word, factor] : kScales)
    if (amount.unit.starts_with(word)) {
      amount.value *= factor;
      amount.unit.erase(0, word.size());
    }
  return !amount.unit.empty();
}

// The bracketed parts and what follows a colon; else the whole.
std::vector<std::string> target_parts(const std::string& text) {
  std::vector<std::string> parts;
  for (auto [open, close] : {std::pair<std::string_view, std::string_view>{"（", "）"}, {"(", ")"}})
    for (auto at = text.find(open); at != text.npos; at = text.find(open, at + 1)) {
      auto end = text.find(close, at);
      if (end == text.npos) break;
      parts.push_back(text.substr(at + open.size(), end - at - open.size()));
    }
  std::erase_if(parts,
                [](const std::string& part) { return amounts_in(part).empty() || (dates_in(part).empty() && part.size() > 60); });
  if (auto colon = text.rfind("："); parts.empty() && colon != text.npos && !amounts_in(text.substr(colon + 3)).empty())
    parts.push_back(text.substr(colon + 3));
  if (parts.empty() && !dates_in(text).empty() && !amounts_in(text).empty()) parts.push_back(text);
  return parts;
}

}  // namespace

std::optional<MeasureLine> measure_line(std::string_view line) {
  Cursor at(line);
  at.spaces();
  const bool marked = at.take(U"○◯〇●◎");
  at.spaces();
  if (!marked && at.peek() != U'[' && at.peek() != U'【') return std::nullopt;
  at.take(U"[【(［〔");
  at.spaces();
  if (!at.take(U"Nn") || !at.take(U"oO")) return std::nullopt;
  at.take(U".．");
  at.spaces();
  const std::string section = number_of(at.digits());
  at.spaces();
  if (section.empty() || !at.take(U"-")) return std::nullopt;
  at.spaces();
  const std::string number = number_of(at.digits());
  at.spaces();
  if (number.empty() || !at.take(U"]】)］〕")) return std::nullopt;
  return MeasureLine{section, section + "-" + number, title_of(at.rest())};
}

std::optional<SectionLine> section_line(std::string_view line) {
  Cursor at(line);
  at.spaces();
  bool roman = false;
  while (at.take(U"IVXⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ")) roman = true;
  at.spaces();
  if (roman && !at.take(U"-")) return std::nullopt;
  at.spaces();
  if (!at.take(U"(")) return std::nullopt;
  const std::string id = number_of(at.digits());
  if (id.empty() || !at.take(U")")) return std::nullopt;
  SectionLine out{id, title_of(at.rest()), "", false};
  constexpr std::string_view kOpen = "【", kClose = "】";
  if (auto open = out.title.find(kOpen); open != out.title.npos) {
    std::string law = out.title.substr(open + kOpen.size());
    auto close = law.find(kClose);
    out.open = close == law.npos;
    out.law = law_of(std::string_view(law).substr(0, close));
    out.title = title_of(std::string_view(out.title).substr(0, open));
  } else if (!roman) {
    return std::nullopt;
  }
  return out.title.empty() ? std::nullopt : std::optional(out);
}

std::optional<KpiLine> kpi_line(std::string_view line) {
  Cursor at(line);
  at.spaces();
  if (!at.take_word(U"KPI")) return std::nullopt;
  at.spaces();
  if (!at.take(U"(")) return std::nullopt;
  KpiLine out;
  if (at.take_word(U"効果"))
    out.effect = true;
  else if (!at.take_word(U"進捗") && !at.take_word(U"進ちょく"))
    return std::nullopt;
  if (!at.take(U")")) return std::nullopt;
  at.spaces();
  at.take(U":");
  out.text = title_of(at.rest());
  return out;
}

std::optional<int> footnote_line(std::string_view line) {
  Cursor at(line);
  const std::string digits = at.digits();
  if (digits.empty() || digits.size() > 3 || digits[0] == '0' || at.peek() != U' ') return std::nullopt;
  at.spaces();
  if (at.done()) return std::nullopt;
  return std::atoi(digits.c_str());
}

bool page_line(std::string_view line) {
  Cursor at(line);
  at.spaces();
  const bool dashed = at.take(U"-");
  at.spaces();
  const std::string digits = at.digits();
  at.spaces();
  if (dashed && !at.take(U"-")) return false;
  at.spaces();
  return !digits.empty() && digits.size() <= 4 && at.done();
}

bool bullet_line(std::string_view line) {
  Cursor at(line);
  at.spaces();
  return at.take(U"・･•");
}

bool heading_line(std::string_view line) {
  Cursor at(line);
  at.spaces();
  return at.take_word(U"__") || at.take(U"<〈《");
}

const std::vector<FieldLabel>& field_labels() {
  static const std::vector<FieldLabel> labels = {
      {{"cross-sector", {"分野横断", "Cross-sector"}}, "分野横断", ""},
      {{"e-government", {"電子行政", "E-government"}}, "電子行政", ""},
      {{"health-care", {"健康・医療・介護", "Health, medical and nursing care"}}, "健康・医療・介護", "健康・医療・"},
      {{"tourism", {"観光", "Tourism"}}, "観光", ""},
      {{"finance", {"金融", "Finance"}}, "金融", ""},
      {{"agriculture-fisheries", {"農林水産", "Agriculture, forestry and fisheries"}}, "農林水産", ""},
      {{"manufacturing", {"ものづくり", "Manufacturing"}}, "ものづくり", ""},
      {{"infrastructure-disaster", {"インフラ・防災・減災等", "Infrastructure and disaster reduction"}},
       "インフラ・防災・減災等",
       "インフラ・"},
      {{"mobility", {"移動", "Mobility"}}, "移動", ""}};
  return labels;
}

std::vector<TextDate> dates_in(std::string_view text) {
  std::vector<TextDate> out;
  for (std::size_t i = 0; i < text.size();) {
    std::optional<TextDate> date;
    for (const auto& era : kEras)
      if (text.substr(i).starts_with(era.name)) date = date_at(text, i, era.before, era.name.size());
    const bool after_digit = i > 0 && ((text[i - 1] >= '0' && text[i - 1] <= '9') ||
                                       (i >= 3 && text[i - 3] == '\xEF' && text[i - 2] == '\xBC' && (text[i - 1] & 0xF0) == 0x90));
    if (!date && !after_digit &&
        (text[i] == '1' || text[i] == '2' || text.substr(i).starts_with("２") || text.substr(i).starts_with("１")))
      date = date_at(text, i, 0, 0);
    if (date) {
      i = date->end;
      out.push_back(std::move(*date));
    } else {
      std::size_t bytes = 1;
      Cursor(text.substr(i)).peek(&bytes);
      i += std::max<std::size_t>(1, bytes);
    }
  }
  return out;
}

Kpi read_kpi(std::string_view raw) {
  const std::string text(text::trim(raw));
  constexpr std::string_view kUnset = "未設定", kOpen = "（", kClose = "）", kAfter = "後に設定";
  if (text.empty() || text == "－" || text == "-" || text == "―" || text == "—" || text == "ー" || text == "なし") return {};
  const bool unset = text.starts_with(kUnset);
  if (!unset && !text.ends_with(kAfter)) return {KpiStatus::kSet, Text{text, text}, std::nullopt};
  std::string due = unset ? text.substr(kUnset.size()) : text;
  if (due.starts_with(kOpen) && due.ends_with(kClose))
    due = due.substr(kOpen.size(), due.size() - kOpen.size() - kClose.size());
  else if (due.starts_with("(") && due.ends_with(")"))
    due = due.substr(1, due.size() - 2);
  due = std::string(text::trim(due));
  return {KpiStatus::kNotSet, std::nullopt, due.empty() ? std::nullopt : std::optional(Text{due, due})};
}

std::optional<Target> read_target(const Kpi& progress, const Kpi& effect) {
  std::vector<std::string> parts;
  for (const Kpi* kpi : {&progress, &effect})
    if (kpi->status == KpiStatus::kSet && kpi->text)
      for (auto& part : target_parts(kpi->text->ja)) parts.push_back(std::move(part));
  if (parts.empty()) return std::nullopt;
  Target target;
  std::string all;
  for (const auto& part : parts) all += (all.empty() ? "" : "；") + part;
  target.text = {all, all};
  std::vector<TextDate> dates = dates_in(all);
  std::erase_if(dates, [&](const TextDate& date) {
    return std::string_view(all).substr(date.end).starts_with("比");
  });  // what it is compared with
  if (!dates.empty() && std::all_of(dates.begin(), dates.end(), [&](auto& date) { return date.fiscal_year == dates[0].fiscal_year; }))
    target.fiscal_year = dates[0].fiscal_year;
  std::vector<Amount> amounts = amounts_in(all);
  if (parts.size() == 1 && amounts.size() == 1 && scaled(amounts[0])) {
    target.value = amounts[0].value;
    target.unit = Text{amounts[0].unit, amounts[0].unit};
  }
  return target;
}

std::string join_wrapped(std::string_view before, std::string_view line) {
  line = text::trim(line);
  std::string out(before);
  if (!out.empty() && !line.empty() && ascii_word(out.back()) && ascii_word(line.front())) out += ' ';
  out += line;
  return out;
}

}  // namespace musubi::kpi
