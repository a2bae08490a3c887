// Officers' page that reads a plan out of the text of a document: form, what was understood, and on to the import.
#pragma once

#include "http/router.h"
#include "kpi/plan_text.h"
#include "kpi/routes.h"

namespace musubi::kpi {

inline constexpr std::size_t kPlanTextForm = kPlanTextBytes + (64 << 10);

Result<http::Response> plan_text_page(const RouteContext& context, http::Request& request, bool office);
// Multipart: file `text`, fields `id`, `title`, `date`. Writes only the waiting upload, which the import takes.
Result<http::Response> plan_text_post(const RouteContext& context, http::Request& request);

}  // namespace musubi::kpi
