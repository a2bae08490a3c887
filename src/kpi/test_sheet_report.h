// A small evaluation sheet as another organisation tells it.
#pragma once

#include <memory>
#include <string>

#include "kpi/sheet_json.h"
#include "kpi/sheet_report.h"
#include "kpi/test_sheet.h"

namespace musubi::kpi {

inline SharedSheet held(Sheet sheet) {
  auto state = std::make_shared<SheetState>();
  state->edition = edition_of(sheet);
  state->sheet = std::move(sheet);
  return state;
}

inline Sheet named(const std::string& id, int year = 2023) {
  Sheet sheet = small_sheet();
  sheet.header.id = id;
  sheet.header.fiscal_year = year;
  return sheet;
}

inline json::object told_json(const Sheet& sheet) { return to_json(told_of(*held(sheet))); }

}  // namespace musubi::kpi
