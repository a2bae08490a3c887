// What a pack may not say although its shape is right. Pure. Private to procedures.
#pragma once

#include <vector>

#include "procedures/pack.h"

namespace musubi::procedures {

std::vector<Fault> faults_of(const Pack& pack);
bool valid_id(std::string_view id);       // "move-out", "new_head"
bool valid_pack_id(std::string_view id);  // "demo.moving"

}  // namespace musubi::procedures
