// The two languages of Musubi's pages.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace musubi::web {

enum class Language { kJa, kEn };

inline constexpr Language kLanguages[] = {Language::kJa, Language::kEn};

constexpr std::string_view language_tag(Language language) { return language == Language::kJa ? "ja" : "en"; }

inline const std::string& pick(const Text& text, Language language) {
  return language == Language::kJa ? text.ja : text.en;
}

}  // namespace musubi::web
