// What a cell of a plan or a sheet is called, for people. Private to kpi.
#pragma once

#include <string>
#include <string_view>

#include "web/language.h"

namespace musubi::kpi {

// `cell`: of cell_changes, changes or by_place, "progress_kpi/lines/(2)/yearly/2024/target". As the forms call it; places of a list count
// from 1, and what has no name there stays as it is.
std::string cell_title(std::string_view cell, web::Language language);

}  // namespace musubi::kpi
