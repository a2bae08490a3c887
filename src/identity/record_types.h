// Every record type of identity. Private to the module; the wiring asks record_types().
#pragma once

#include <string_view>

#include "evidence/record.h"

namespace musubi::identity {

const evidence::RecordType& record_type(std::string_view name);  // CHECKs that there is one

}  // namespace musubi::identity
