// Errors as RFC 9457 problem documents, in one place. Handlers return their Error; the router asks here.
#pragma once

#include <functional>

#include "http/request.h"
#include "http/response.h"

namespace musubi::http {

// The status that a Code stands for; names of this module ("http.method_not_allowed") have their own.
int status_of(const Error& error);
// "Not Found": the reason phrase of RFC 9110 15.
std::string_view reason(int status);

// application/problem+json: type "/problems/<name>", title, status, detail in the caller's language, detail_ja,
// detail_en, instance "urn:musubi:request:<id>", errors [{pointer | where, detail, detail_ja, detail_en}].
// `status` 0: status_of(error).
Response problem(const Error& error, const Request& request, int status = 0);

// Renders an error as a page. Its status is overwritten by status_of, unless it redirects.
using ErrorPage = std::function<Response(const Error&, const Request&)>;
// The same error in words for whoever asks from outside.
using ErrorWording = std::function<Error(Error)>;

}  // namespace musubi::http
