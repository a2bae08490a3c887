// For `musubi verify`: what this module derives, held against its rows.
#pragma once

#include <vector>

#include "evidence/verify.h"

namespace musubi::identity {

// Full text finds every resident by name, kana and address.
Result<std::vector<evidence::Finding>> verify_derived(db::Reader& reader);

// Links and sessions that no record opened.
Result<std::vector<evidence::Finding>> verify_opened(db::Reader& reader);

}  // namespace musubi::identity
