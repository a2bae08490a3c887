// Every component in every state on one page: for the eye, and for axe.
#pragma once

#include "web/page.h"

namespace musubi::web {

Page gallery(Language language);

}  // namespace musubi::web
