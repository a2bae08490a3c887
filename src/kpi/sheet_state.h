// One state of a sheet, read inside a transaction or a snapshot. Private to kpi.
#pragma once

#include <string>
#include <string_view>

#include "kpi/sheets.h"

namespace musubi::kpi {

std::string sheet_stream(std::string_view sheet);
std::string part_stream(std::string_view sheet, const PartKey& part);
std::string sheet_in(std::string_view stream);  // the sheet of both; empty for others

Error unknown_sheet(std::string_view sheet);
Error unknown_part(std::string_view sheet, const PartKey& part);
Error sheet_changed_meanwhile();  // sheet.changed_meanwhile: the draft, after somebody looked at it
Error sheet_faulty(std::vector<Fault> faults);
Error sheet_nothing_new();
Error sheet_same_officer();                  // who reviewed an edition does not approve it
Error no_judgement(std::string_view sheet);  // a pre-analysis sheet has neither judgement nor budget stance
// Errors: sheet.unknown, sheet.not_published.
Result<SharedSheet> load_sheet(db::Reader& reader, std::string_view sheet, const View& view);
Result<std::int64_t> sheet_cutoff_of(db::Reader& reader, std::string_view sheet, const View& view);
// The sheet of the same policy of the newest fiscal year before it, drafts included; nothing where there is none.
Result<SharedSheet> previous_sheet(db::Reader& reader, const Sheet& sheet);
// Of the remarks those that came since the newest step of its way: the review has not answered them.
std::vector<Remark> since_last_step(const SheetState& state, std::vector<Remark> remarks);
// What speaks against the sheet, beside the one before it and the follow-ups of the measures that it names.
Result<std::vector<Remark>> remarks_of(db::Reader& reader, const Sheet& sheet);

}  // namespace musubi::kpi
