// Pure rules of the register of residents: words, what an entry must hold, its stored form. No I/O, no clock.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "evidence/record.h"
#include "identity/residents.h"

namespace musubi::identity {

enum class AddressUse { kHere, kElsewhere };  // elsewhere may be abroad: no postal code, no prefecture

// Faults stand at `at` + "/name/family", "/address/street", "/birth_date", ...
void check_name(const PersonName& name, const std::string& at, std::vector<Fault>& faults);
void check_address(const Address& address, AddressUse use, const std::string& at, std::vector<Fault>& faults);
void check_resident(const Resident& resident, const std::string& at, std::vector<Fault>& faults);

bool is_household_code(std::string_view text);
std::string new_household_code();

json::object to_json(const PersonName& name);
json::object to_json(const Address& address);
// The personal part of a row: everything but code, household, state.
json::object content_of(const Resident& resident);
// CHECK-free: a row that cannot be read is identity.bad_row.
Result<Resident> resident_from(std::string code, std::string household, ResidentState state,
                               const std::optional<std::string>& content);
Result<Address> address_from(std::string_view content);

// What the full-text index holds of a person, in katakana form; the same form is asked.
std::string searched_text(const Resident& resident);

// In residents.cc: what erasing this record takes out of the rows. Appends no record. False for records of other streams
// and for rows that are erased already.
Result<bool> erase_resident_rows(db::Transaction& tx, const evidence::Record& record);

// Head first, then the oldest first.
void sort_household(std::vector<Resident>& household);

}  // namespace musubi::identity
