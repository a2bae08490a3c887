// Programmes of a sheet in the column layout of the open data of the administrative review (行政事業レビュー見える化サイト): tables
// 1-2 事業概要等, 1-3 政策・施策、法令等, 2-1 予算・執行_サマリ, 3-1 効果発現経路_目標・実績, 3-2 効果発現経路_目標のつながり,
// 4-1 点検・評価, as far as a sheet says anything. Columns, and why the other nine are not held: docs/formats/sheets.md.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kpi/sheet.h"

namespace musubi::kpi {

inline constexpr int kRsFirstYear = 2007, kRsLastYear = 2060;  // columns of table 3-1

std::span<const std::string_view> rs_tables();  // "1-2", "1-3", "2-1", "3-1", "3-2", "4-1"
// UTF-8 with a byte order mark, lines end with CRLF. Nothing where there is no such table.
std::optional<std::string> rs_csv(const Sheet& sheet, std::string_view table);
// The columns of a table in their order; none where there is no such table.
std::vector<std::string> rs_columns(std::string_view table);

}  // namespace musubi::kpi
