// The two languages of Musubi's pages: those of http::Request::language.
#pragma once

#include <string>

#include "base/result.h"
#include "http/request.h"

namespace musubi::web {

using http::Language;  // ja, en
using http::language_tag;

inline constexpr Language kLanguages[] = {Language::ja, Language::en};

inline const std::string& pick(const Text& text, Language language) { return http::in_language(text, language); }

}  // namespace musubi::web
