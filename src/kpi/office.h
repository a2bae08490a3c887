// Officers' pages of plans: import with a preview, sign-off with a review.
#pragma once

#include "http/router.h"
#include "kpi/routes.h"

namespace musubi::kpi {

Result<http::Response> office_page(const RouteContext& context, http::Request& request);
// Multipart with the file `pack`, or a field `embedded` that names a plan of the binary. Writes only the waiting upload.
Result<http::Response> upload_pack(const RouteContext& context, http::Request& request);
// Fields `upload` (from the preview) and `edition` (the draft that the preview compared with).
Result<http::Response> import_pack(const RouteContext& context, http::Request& request);
Result<http::Response> sign_off_page(const RouteContext& context, http::Request& request);
Result<http::Response> sign_off_post(const RouteContext& context, http::Request& request);  // field `edition`

}  // namespace musubi::kpi
