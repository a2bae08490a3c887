// The sentences with which the transport itself refuses a request. Of this module only.
#pragma once

#include "base/result.h"

namespace musubi::http {

Error malformed_request();
Error header_too_large(std::size_t limit);
Error body_too_large(std::size_t limit);
Error timed_out();
Error method_unknown();
Error coding_unknown();
Error wrong_host();
Error overloaded();
Error unexpected();

}  // namespace musubi::http
