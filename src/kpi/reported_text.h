// Words of a report: whole characters, bounded.
#pragma once

#include <string>

#include "base/result.h"

namespace musubi::kpi {

inline constexpr std::size_t kReportedTitleBytes = 300;  // in one language; longer ones are cut

inline Text reported_title(Text title) {
  constexpr std::string_view kMark = "…";
  for (std::string* words : {&title.ja, &title.en}) {
    if (words->size() <= kReportedTitleBytes) continue;
    std::size_t end = kReportedTitleBytes - kMark.size();
    while (end > 0 && (static_cast<unsigned char>((*words)[end]) & 0xC0) == 0x80) --end;
    words->resize(end);
    *words += kMark;
  }
  return title;
}

}  // namespace musubi::kpi
