// Words of a report: whole characters, bounded.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace musubi::kpi {

inline constexpr std::size_t kReportedTitleBytes = 300;  // in one language; longer ones are cut

// The characters that fit in so many bytes of UTF-8.
inline std::string_view whole_characters(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

inline Text reported_title(Text title) {
  constexpr std::string_view kMark = "…";
  for (std::string* words : {&title.ja, &title.en})
    if (words->size() > kReportedTitleBytes)
      *words = std::string(whole_characters(*words, kReportedTitleBytes - kMark.size())) + std::string(kMark);
  return title;
}

}  // namespace musubi::kpi
