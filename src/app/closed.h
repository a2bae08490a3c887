// What anybody reads where an organisation's database cannot be opened; what its operator needs stands in the log.
#pragma once

#include "base/result.h"

namespace musubi::app {

// The error with words for everybody where it says what kept an organisation closed, or what is damaged; any other as it is.
// Code and name stay.
Error told_to_everybody(Error error);

}  // namespace musubi::app
