// Record types by name. Private to procedures.
#pragma once

#include <string_view>

#include "evidence/record.h"

namespace musubi::procedures {

const evidence::RecordType& record_type(std::string_view name);  // CHECKs that there is one

}  // namespace musubi::procedures
