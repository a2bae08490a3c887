// Everything that speaks against keeping a sheet: of the sheet as such, of what it names elsewhere, of figures that say they were computed
// here; of one part of a draft before it is saved. Private to kpi.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "kpi/sheet_edit.h"
#include "kpi/taken.h"
#include "web/language.h"

namespace musubi::kpi {

// What stood in `before`, too, is not asked again. `faults_by_now` asks only for what may have gone or changed since all were `asked`.
Result<std::vector<Fault>> all_faults(db::Reader& reader, const Sheet& sheet, const Sheet* before, Recomputed& asked);
Result<std::vector<Fault>> faults_by_now(db::Reader& reader, const Sheet& sheet, const Sheet* before, Recomputed& asked);
Result<std::vector<Fault>> all_faults(db::Reader& reader, const Sheet& sheet, const Sheet* before);

// Numbers of parts of that kind that are, or ever were, on the sheet.
Result<std::vector<std::string>> numbers_had(db::Reader& reader, std::string_view sheet, PartKind kind);
Fault number_taken(const std::string& number);

// All that saving the part would be refused for, at once; `base` 0: it is added. Pointers into the part; what other parts of the sheet would have
// stands without one, its place in words before it. Where somebody else changed the same cells, of the part as it is here. Errors: sheet.unknown.
Result<std::vector<Fault>> faults_of_part(db::Reader& reader, std::string_view sheet, const PartEdit& edit);

// Pointers into other parts of the sheet, and into this one, give way to places in the words of the workbook, before the message.
std::vector<Fault> faults_in_words(const Sheet& sheet, const PartKey& part, std::vector<Fault> faults);

// A cell of a part, "lines/(2)/final", in the words of the workbook.
std::string cell_in_words(const Sheet& sheet, const PartKey& part, std::string_view cell, web::Language language);
// The cells of an edit's conflict so.
Error conflict_in_words(const Sheet& sheet, const PartKey& part, Error error, web::Language language);

}  // namespace musubi::kpi
