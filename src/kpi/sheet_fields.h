// Fields of a layout: how a member of a sheet is shown in a cell, and how what was typed goes back into it. Private to kpi.
#pragma once

#include <array>

#include "kpi/sheet_json.h"
#include "kpi/sheet_layout.h"

namespace musubi::kpi {

template <class T>
using Member = std::function<T&(Sheet&)>;

SheetField text_field(Place place, Member<std::optional<Text>> member);
SheetField needed_text_field(Place place, Member<Text> member);
SheetField string_field(Place place, Member<std::string> member);
SheetField year_field(Place place, Member<std::optional<int>> member);
SheetField month_field(Place place, Member<std::string> member);
SheetField day_field(Place place, Member<std::optional<std::string>> member);
SheetField flag_field(Place place, Member<bool> member);  // ○ or nothing
SheetField list_field(Place place, Member<std::vector<std::string>> member);
SheetField amount_field(Place place, Member<std::vector<Amount>> member, int fiscal_year, AmountKind kind);
SheetField review_field(Place place, Member<std::map<int, std::string>> member, int fiscal_year);
// A number of a part: shown, never changed. `others` are those of its neighbours.
SheetField number_field(Place place, std::string number, bool ringed, std::vector<std::string> others);

enum class LineCell { kBaseline, kTarget, kActual, kFinal };
SheetField figure_field(Place place, std::size_t indicator, std::size_t line, LineCell cell, int fiscal_year = 0);

// One of a list: `get` says which, `set` takes none where the cell was emptied (refused where `needed`).
SheetField choice_field(Place place, std::vector<Text> titles, std::vector<std::string> words, bool needed,
                        std::function<std::optional<std::size_t>(const Sheet&)> get,
                        std::function<void(Sheet&, std::optional<std::size_t>)> set);

template <class E, std::size_t N>
SheetField enum_field(Place place, const std::array<Text, N>& titles, const std::array<std::string_view, N>& words, Member<E> member) {
  return choice_field(
      std::move(place), {titles.begin(), titles.end()}, {words.begin(), words.end()}, true,
      [member](const Sheet& sheet) { return std::optional(std::size_t(member(const_cast<Sheet&>(sheet)))); },
      [member](Sheet& sheet, std::optional<std::size_t> chosen) { member(sheet) = E(*chosen); });
}
template <class E, std::size_t N>
SheetField maybe_enum_field(Place place, const std::array<Text, N>& titles, const std::array<std::string_view, N>& words,
                            Member<std::optional<E>> member) {
  return choice_field(
      std::move(place), {titles.begin(), titles.end()}, {words.begin(), words.end()}, false,
      [member](const Sheet& sheet) {
        const auto& value = member(const_cast<Sheet&>(sheet));
        return value ? std::optional(std::size_t(*value)) : std::nullopt;
      },
      [member](Sheet& sheet, std::optional<std::size_t> chosen) {
        if (chosen)
          member(sheet) = E(*chosen);
        else
          member(sheet).reset();
      });
}

}  // namespace musubi::kpi
