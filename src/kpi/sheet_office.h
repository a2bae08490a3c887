// Officers' pages of sheets: import with a preview, values and marks cell by cell, judgement, and the way to publication.
#pragma once

#include "http/router.h"
#include "kpi/routes.h"

namespace musubi::kpi {

Result<http::Response> sheet_office_page(const RouteContext& context, http::Request& request);
// Multipart with the file `pack`, or a field `embedded` that names a sheet of the binary. Writes only the waiting upload.
Result<http::Response> upload_sheet(const RouteContext& context, http::Request& request);
Result<http::Response> import_uploaded_sheet(const RouteContext& context, http::Request& request);

// Fields `base` (the revision that the form shows), then the cells. A cell that somebody else changed to another value
// since is named, with both values, and nothing is saved.
Result<http::Response> edit_indicator_page(const RouteContext& context, http::Request& request);
Result<http::Response> edit_indicator_post(const RouteContext& context, http::Request& request);
Result<http::Response> judgement_page(const RouteContext& context, http::Request& request);
Result<http::Response> judgement_post(const RouteContext& context, http::Request& request);

// Fields `act` (review, approve, return, publish), `edition` (what the officer saw), `remark`.
Result<http::Response> review_page(const RouteContext& context, http::Request& request);
Result<http::Response> review_post(const RouteContext& context, http::Request& request);

}  // namespace musubi::kpi
