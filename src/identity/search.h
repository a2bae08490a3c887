// Searches for persons: what was typed comes by POST and stands in no address, for addresses end in histories, logs and on
// screens. The list is then read under an address with the words sealed for this session, so that sorting, paging, data
// and going back work as everywhere.
#pragma once

#include "http/router.h"

namespace musubi::identity {

// Of the officer's session. Only behind Access::kOfficer (CHECK).
std::string search_secret(const http::Request& request);

// The answer to the posted form of a table with posted words: 303 to the same path with its fields, `q` as `find`.
Result<http::Response> to_search(const http::Request& request, std::string_view secret);

// The words that the parameter `find` stands for; empty without one. Errors: identity.search_of_another_session.
Result<std::string> searched_words(const http::Request& request, std::string_view secret);

}  // namespace musubi::identity
