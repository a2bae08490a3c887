// Sheets as workbooks on the web: download in the official form, upload with every cell that would change, merge or refusal.
#pragma once

#include "http/router.h"
#include "kpi/routes.h"

namespace musubi::kpi {

Result<http::Response> sheet_file(const RouteContext& context, http::Request& request, bool office);  // the .xlsx
Result<http::Response> sheet_rs(const RouteContext& context, http::Request& request, bool office);  // one table of the review's layout

Result<http::Response> sheet_upload_page(const RouteContext& context, http::Request& request);
// Multipart with the file `workbook`. Writes only the waiting upload: what was read, not the file.
Result<http::Response> sheet_upload_post(const RouteContext& context, http::Request& request);
// Fields `upload` (from the page of cells) and `edition` (the draft that the page compared with).
Result<http::Response> sheet_upload_merge(const RouteContext& context, http::Request& request);

inline constexpr std::size_t kMaxSheetFile = 4 << 20;

}  // namespace musubi::kpi
