// Makes the rows of a layout: header, budget, Cabinet policies, indicators and what comes after them. Private to sheet_layout.h; its methods
// stand in sheet_layout.cc and sheet_layout_after.cc.
#pragma once

#include <algorithm>
#include <set>

#include "kpi/sheet_fields.h"
#include "kpi/sheet_words.h"

namespace musubi::kpi {

// Columns: goal, number, indicator, row, baseline, target or actual, a column a year, final; then by form.
enum LayoutColumn : std::uint32_t { kGoal = 1, kNumber, kTitle, kRow, kBase, kWhich, kFirstYearColumn };

extern const std::array<Text, 4> kMarkTitles;
extern const std::array<Text, 3> kNatureTitles, kDirectionTitles, kGatheringTitles;
extern const std::array<Text, 5> kStageTitles;

// Titles of a whole enum, by one of the functions of sheet_words.h.
template <class E, std::size_t N>
std::array<Text, N> titles_of(std::string_view (*title)(E, web::Language)) {
  std::array<Text, N> out;
  for (std::size_t i = 0; i < N; ++i)
    out[i] = {std::string(title(E(i), web::Language::ja)), std::string(title(E(i), web::Language::en))};
  return out;
}
Text fiscal_year_text(int year);
Text joined(const Text& a, const Text& b);  // "測定指標3 実績", "Indicator 3, actual"

struct Aside {  // a column outside of what is printed
  std::string key;
  Text title;
};

class LayoutMaker {
 public:
  explicit LayoutMaker(const Sheet& sheet);

  SheetLayout run();

 private:
  // --- pieces ---
  LayoutRow& row(std::string key) { return out_.rows.emplace_back(LayoutRow{std::move(key)}); }
  std::size_t at() const { return out_.rows.size(); }
  static void fixed(LayoutRow& to, std::uint32_t column, std::uint32_t columns, Look look, Text text, std::uint32_t rows = 1) {
    to.cells.push_back({column, columns, rows, look, std::move(text), {}});
  }
  void put(LayoutRow& to, std::uint32_t column, std::uint32_t columns, SheetField field, Look look = Look::kText,
           std::uint32_t rows = 1) {
    to.cells.push_back({column, columns, rows, look, {}, out_.fields.size()});
    out_.fields.push_back(std::move(field));
  }
  void title(const Text& text);
  void keys(const std::string& table, const std::vector<std::pair<std::uint32_t, std::string>>& columns);
  Place header_place(const std::string& key, const std::string& column, std::string path, Text what) const;

  // --- header ---
  struct Labelled {
    Text label;
    std::function<SheetField(Place)> make;
    std::string path;
  };
  // One or two labels and cells in a row of the table "h".
  void labelled(const std::string& key, const std::vector<Labelled>& all);
  static std::function<SheetField(Place)> needed(Text SheetHeader::*member);
  static std::function<SheetField(Place)> maybe(std::optional<Text> SheetHeader::*member);
  void header();
  void owners();
  void budget();
  static std::string amount_path(const std::string& of, const std::vector<Amount>& all, int year, AmountKind kind);
  void cabinet();

  // --- indicators ---
  std::vector<Aside> extras() const;
  void indicator_headings();
  void indicators();
  Place place(std::size_t i, const std::string& row_key, const std::string& column, std::string path, const Text& what) const;
  void line(std::size_t i, std::size_t j);
  std::uint32_t aside(const std::string& key) const;
  Text aside_title(const std::string& key) const;
  void line_extras(LayoutRow& to, std::size_t i, std::size_t j, const std::string& path);
  static Member<std::optional<Text>> indicator_text(std::size_t i, std::optional<Text> SheetIndicator::*member);
  // What stands once for an indicator, on the first of its rows and over all of them.
  void indicator(std::size_t i, const std::vector<std::string>& numbers, std::size_t first, std::uint32_t rows);
  // The goal once for all indicators of it that follow one another.
  void goal_cells();

  // --- after the indicators ---
  void goals();
  void follow_up();
  void judgement();
  void programmes();
  void programme(std::size_t k, const std::vector<std::string>& numbers);
  void logic();
  void rest();
  void widths();

  const Sheet& sheet_;
  bool evaluation_;
  std::vector<int> years_, reviews_;
  std::vector<std::pair<int, AmountKind>> money_;
  std::uint32_t final_ = 0, last_ = 0, aside_ = 0;
  SheetLayout out_;
};

}  // namespace musubi::kpi
