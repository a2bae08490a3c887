// Errors as pages: what happened, where, what to do next, all faults at once, in the reader's language.
#pragma once

#include <string>

#include "base/result.h"
#include "web/page.h"

namespace musubi::web {

// `reference` is the request's id, for the person to quote; may be empty.
Page problem_page(const Error& error, Language language, std::string target, std::string reference = {});

// 404: says what may have happened and leads to search, home and the way back.
Page not_found_page(Language language, std::string target);

}  // namespace musubi::web
