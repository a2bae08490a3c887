// What verification found, as text for a person and as JSON.
#pragma once

#include <string>

#include "app/config.h"
#include "base/json.h"
#include "evidence/online.h"
#include "evidence/verify.h"

namespace musubi::app {

// "1 body", "2 bodies".
std::string counted(std::uint64_t n, const char* one, const char* more);

std::string report_text(const std::string& organisation, const evidence::VerifyReport& report, Language language);
std::string report_text(const std::string& organisation, const evidence::OnlineReport& report, Language language);
json::object report_json(const std::string& organisation, const evidence::VerifyReport& report);
json::object report_json(const std::string& organisation, const evidence::OnlineReport& report);

}  // namespace musubi::app
