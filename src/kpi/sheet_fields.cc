#include "kpi/sheet_fields.h"

#include <algorithm>

#include "kpi/sheet_words.h"
#include "text/normalise.h"
#include "text/numbers.h"

namespace musubi::kpi {
namespace {

using web::Language;

constexpr std::size_t kListedBytes = 120, kReviewBytes = 32;

// Members are only read through this.
template <class T>
const T& look(const Member<T>& member, const Sheet& sheet) {
  return member(const_cast<Sheet&>(sheet));
}

std::string& in(Text& text, Language l) { return l == Language::ja ? text.ja : text.en; }

// ①, ㉑, ㊱ as the forms print primary indicators; others stay as they are.
std::string ring(const std::string& number) {
  long value = 0;
  for (char c : number) {
    if (c < '0' || c > '9') return number;
    value = value * 10 + (c - '0');
    if (value > 50) return number;
  }
  if (value == 0) return number;
  const char32_t code = char32_t(value <= 20 ? 0x2460 + value - 1 : value <= 35 ? 0x3251 + value - 21 : 0x32B1 + value - 36);
  return {char(0xE0 | (code >> 12)), char(0x80 | ((code >> 6) & 0x3F)), char(0x80 | (code & 0x3F))};
}

const Line* line_at(const Sheet& sheet, std::size_t i, std::size_t j) { return &sheet.indicators[i].lines[j]; }

CellFigure figure_of(const Line& line, LineCell cell, int year) {
  if (cell == LineCell::kBaseline) return {line.baseline, {}, false, false};
  if (cell == LineCell::kFinal) return {line.final_target, {}, false, false};
  auto found = line.yearly.find(year);
  if (found == line.yearly.end()) return {};
  const YearValues& values = found->second;
  if (cell == LineCell::kTarget) return {values.target, {}, false, false};
  return {values.actual, values.latest_known_year, values.provisional, values.revised};
}

// Beside the cell: an actual that was computed.
std::string note_of(const Line& line, LineCell cell, int year, Language l) {
  auto found = line.yearly.find(year);
  if (cell != LineCell::kActual || found == line.yearly.end() || !found->second.origin) return {};
  return origin_words(*found->second.origin, l);
}

Result<void> put_figure(Line& line, LineCell cell, int year, CellFigure figure) {
  bool marks = figure.provisional || figure.revised || figure.latest_known_year;
  if (marks && cell != LineCell::kActual)
    return cell_error("mark", {"速報・改定・年度の値という印は、実績にだけ付けられます。",
                               "Provisional, revised and the year of a value are marks of actuals only."});
  if (cell == LineCell::kBaseline)
    line.baseline = figure.value;
  else if (cell == LineCell::kFinal)
    line.final_target = figure.value;
  else {
    YearValues& values = line.yearly[year];
    if (cell == LineCell::kTarget)
      values.target = figure.value;
    else {
      values.actual = figure.value;
      values.latest_known_year = figure.latest_known_year;
      values.provisional = figure.provisional;
      values.revised = figure.revised;
      values.origin.reset();  // typed over what was computed
    }
    if (values == YearValues{}) line.yearly.erase(year);
  }
  return {};
}

}  // namespace

SheetField text_field(Place place, Member<std::optional<Text>> member) {
  return {std::move(place), [member](const Sheet& sheet, Language l) { return show_text(look(member, sheet), l); },
          [member](Sheet& sheet, const Shown& typed, Language l) -> Result<void> {
            std::string words = TRY(read_words(typed));
            auto& text = member(sheet);
            if (!text) text.emplace();
            in(*text, l) = std::move(words);
            if (*text == Text{}) text.reset();
            return {};
          }};
}

SheetField needed_text_field(Place place, Member<Text> member) {
  return {std::move(place), [member](const Sheet& sheet, Language l) { return show_text(look(member, sheet), l); },
          [member](Sheet& sheet, const Shown& typed, Language l) -> Result<void> {
            in(member(sheet), l) = TRY(read_words(typed));
            return {};
          }};
}

SheetField string_field(Place place, Member<std::string> member) {
  return {std::move(place), [member](const Sheet& sheet, Language) { return Shown{look(member, sheet)}; },
          [member](Sheet& sheet, const Shown& typed, Language) -> Result<void> {
            member(sheet) = TRY(read_words(typed));
            return {};
          }};
}

SheetField year_field(Place place, Member<std::optional<int>> member) {
  return {std::move(place), [member](const Sheet& sheet, Language) { return show_year(look(member, sheet)); },
          [member](Sheet& sheet, const Shown& typed, Language) -> Result<void> {
            member(sheet) = TRY(read_year(typed));
            return {};
          }};
}

SheetField month_field(Place place, Member<std::string> member) {
  return {std::move(place), [member](const Sheet& sheet, Language) { return Shown{look(member, sheet)}; },
          [member](Sheet& sheet, const Shown& typed, Language) -> Result<void> {
            member(sheet) = TRY(read_day(typed, true));
            return {};
          }};
}

SheetField day_field(Place place, Member<std::optional<std::string>> member) {
  return {std::move(place),
          [member](const Sheet& sheet, Language) {
            const auto& day = look(member, sheet);
            return day ? show_day(*day) : Shown{};
          },
          [member](Sheet& sheet, const Shown& typed, Language) -> Result<void> {
            std::string day = TRY(read_day(typed, false));
            member(sheet) = day.empty() ? std::nullopt : std::optional(std::move(day));
            return {};
          }};
}

SheetField flag_field(Place place, Member<bool> member) {
  const std::vector<std::string> yes = {"○", "〇", "◯", "true", "1", "yes"};
  return {std::move(place),
          [member](const Sheet& sheet, Language) { return look(member, sheet) ? Shown{std::string("○")} : Shown{}; },
          [member, yes](Sheet& sheet, const Shown& typed, Language) -> Result<void> {
            const auto* truth = std::get_if<bool>(&typed.value);
            std::string words = truth ? (*truth ? "1" : "") : text::search_form(TRY(read_words(typed)));
            bool known = std::any_of(yes.begin(), yes.end(), [&](auto& one) { return text::search_form(one) == words; });
            if (!known && !words.empty()) return cell_error("flag", {"○か空欄にしてください。", "Write ○ or leave it empty."});
            member(sheet) = known;
            return {};
          },
          {{"○", "○"}}};
}

SheetField list_field(Place place, Member<std::vector<std::string>> member) {
  return {std::move(place),
          [member](const Sheet& sheet, Language) {
            std::string all;
            for (const auto& one : look(member, sheet)) all += (all.empty() ? "" : ", ") + one;
            return all.empty() ? Shown{} : Shown{all};
          },
          [member](Sheet& sheet, const Shown& typed, Language) -> Result<void> {
            auto all = TRY(read_list(typed));
            for (const auto& one : all)
              if (one.size() > kListedBytes || std::count(all.begin(), all.end(), one) > 1)
                return cell_error("list", {"番号をコンマで区切って、一度ずつ書いてください：" + one,
                                           "Write the numbers once each, with commas between: " + one});
            if (all.size() > kMaxListed) return cell_error("list", {"多すぎます。", "These are too many."});
            member(sheet) = std::move(all);
            return {};
          }};
}

SheetField amount_field(Place place, Member<std::vector<Amount>> member, int year, AmountKind kind) {
  auto is = [year, kind](const Amount& one) { return one.fiscal_year == year && one.kind == kind; };
  return {std::move(place),
          [member, is](const Sheet& sheet, Language) {
            const auto& all = look(member, sheet);
            auto found = std::find_if(all.begin(), all.end(), is);
            return show_amount(found == all.end() ? std::nullopt : std::optional(found->amount));
          },
          [member, is, year, kind](Sheet& sheet, const Shown& typed, Language) -> Result<void> {
            auto amount = TRY(read_amount(typed, sheet.header.money_unit));
            auto& all = member(sheet);
            auto found = std::find_if(all.begin(), all.end(), is);
            if (!amount)
              all.erase(std::remove_if(all.begin(), all.end(), is), all.end());
            else if (found != all.end())
              found->amount = *amount;
            else
              all.push_back({year, kind, *amount});
            return {};
          }};
}

SheetField review_field(Place place, Member<std::map<int, std::string>> member, int year) {
  return {std::move(place),
          [member, year](const Sheet& sheet, Language) {
            const auto& all = look(member, sheet);
            auto found = all.find(year);
            return found == all.end() ? Shown{} : Shown{found->second};
          },
          [member, year](Sheet& sheet, const Shown& typed, Language) -> Result<void> {
            std::string number = text::half_width_digits(TRY(read_words(typed)));
            if (number.size() > kReviewBytes)
              return cell_error("review", {"番号は32バイトまでです。", "A number has at most 32 bytes."});
            if (std::holds_alternative<double>(typed.value) && number.size() < 4)
              number.insert(0, 4 - number.size(), '0');  // 0031 typed as a number
            if (number.empty())
              member(sheet).erase(year);
            else
              member(sheet)[year] = std::move(number);
            return {};
          }};
}

SheetField number_field(Place place, std::string number, bool ringed, std::vector<std::string> others) {
  std::string shown = ringed ? ring(number) : number;
  return {std::move(place), [shown](const Sheet&, Language) { return Shown{shown}; },
          [number, others](Sheet&, const Shown& typed, Language) -> Result<void> {
            std::string words = text::search_form(text::half_width_digits(TRY(read_words(typed))));
            if (words == text::search_form(number)) return {};
            for (const auto& other : others)
              if (text::search_form(other) == words)
                return cell_error("number", {"番号「" + other + "」が二度書かれています。ここは「" + number + "」です。",
                                             "The number " + other + " stands twice. Here it is " + number + "."});
            return cell_error("number", {"番号は変えられません。「" + number + "」に戻してください。",
                                         "Numbers cannot be changed. Put back " + number + "."});
          }};
}

SheetField figure_field(Place place, std::size_t i, std::size_t j, LineCell cell, int year) {
  return {std::move(place),
          [i, j, cell, year](const Sheet& sheet, Language l) {
            Shown shown = show_figure(figure_of(*line_at(sheet, i, j), cell, year), l);
            shown.note = note_of(*line_at(sheet, i, j), cell, year, l);
            return shown;
          },
          [i, j, cell, year](Sheet& sheet, const Shown& typed, Language l) -> Result<void> {
            Line& line = sheet.indicators[i].lines[j];
            return put_figure(line, cell, year, TRY(read_figure(typed, figure_of(line, cell, year), line, l)));
          }};
}

SheetField choice_field(Place place, std::vector<Text> titles, std::vector<std::string> words, bool needed,
                        std::function<std::optional<std::size_t>(const Sheet&)> get,
                        std::function<void(Sheet&, std::optional<std::size_t>)> set) {
  auto show = [titles, get](const Sheet& sheet, Language l) {
    auto now = get(sheet);
    return now && *now < titles.size() ? Shown{web::pick(titles[*now], l)} : Shown{};
  };
  auto put = [titles, words, needed, set](Sheet& sheet, const Shown& typed, Language) -> Result<void> {
    std::string given = text::search_form(TRY(read_words(typed)));
    if (given.empty() && !needed) return set(sheet, std::nullopt), Result<void>();
    auto dash = text::read_number(given);
    if (!dash.ok() && dash.error().name == "number.dash") given = text::search_form("－");
    for (std::size_t i = 0; i < titles.size(); ++i)
      if (given == text::search_form(titles[i].ja) || given == text::search_form(titles[i].en) || given == words[i])
        return set(sheet, i), Result<void>();
    Text all;
    for (const auto& one : titles) {
      all.ja += (all.ja.empty() ? "" : "、") + one.ja;
      all.en += (all.en.empty() ? "" : ", ") + one.en;
    }
    return cell_error("choice", {"次のどれかを書いてください：" + all.ja, "Write one of: " + all.en});
  };
  return {std::move(place), show, put, std::move(titles)};
}

}  // namespace musubi::kpi
