// What may follow what, and names. Pure but for random names. Private to procedures.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace musubi::procedures {

// Of a filing, in the portal's words: sent, rejected, received, review, returned, granted, refused, withdrawn, withdrawing.
Text state_title(std::string_view state);
bool is_open_state(std::string_view state);
bool can_amend(std::string_view state);     // the office sent it back
bool can_withdraw(std::string_view state);  // not decided yet

std::string new_reference();  // 26 of a-z and 2-7
Error unknown_basket();
Error no_such_filing();
Error filing_not_open();

}  // namespace musubi::procedures
