// What identity needs for sign-in by card, from this installation: the organisation's message key, and the linker.
#pragma once

#include "app/installation.h"
#include "identity/card_signing.h"

namespace musubi::app {

identity::CardDesk card_desk(Installation& installation);

}  // namespace musubi::app
