// What may follow what, and names. Pure but for random names. Private to procedures.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace musubi::procedures {

// Of a filing, in the portal's words: sent, rejected, received, review, returned, granted, refused, withdrawn, withdrawing.
Text state_title(std::string_view state);
bool can_amend(std::string_view state);        // the office sent it back, or never took it
bool can_withdraw(std::string_view state);     // not decided yet
bool is_office_state(std::string_view state);  // what an office may say
bool is_closed_state(std::string_view state);  // decided or withdrawn: the office's last word
bool is_under_way(std::string_view state);     // an act of the applicant travels: news of an open case does not end it

std::string new_reference();  // 26 of a-z and 2-7
Error unknown_basket();
Error no_such_filing();
Error filing_not_open();

}  // namespace musubi::procedures
