// Pure rules of identity: what a name, a role, a session may be. No I/O, no clock.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "identity/identity.h"

namespace musubi::identity {

// "officer-" and six of 32 letters and digits that are not mistaken for one another.
std::string officer_code(std::string_view random_bytes);  // at least 6 bytes
bool is_officer_code(std::string_view text);

std::vector<Fault> check_organisation(const Organisation& organisation);
std::vector<Fault> check_name(std::string_view name);
std::vector<Fault> check_id(std::string_view id);  // of a unit or a post; at "id"

bool session_lives(Time created, Time last_seen, Time now);

// Whether one more administrator would remain if `code` had this role and activity.
bool keeps_administrator(const std::vector<Officer>& officers, std::string_view code, Role role, bool active);

// A masked form of the session's secret: another text on every page, so that compression tells nothing of it. `mask`
// is 32 random bytes.
std::string mask_csrf(std::string_view secret, std::string_view mask);
bool csrf_matches(std::string_view secret, std::string_view masked);

// A path on this host below /ORG/, safe to redirect to after sign-in.
bool is_return_path(std::string_view path, std::string_view organisation);

}  // namespace musubi::identity
