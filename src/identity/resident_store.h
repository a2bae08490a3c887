// All SQL of the register of residents, a function a statement.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "db/transaction.h"
#include "identity/residents.h"

namespace musubi::identity::store {

inline constexpr std::string_view kSearch = "identity_resident_search";

struct ResidentRow {
  std::int64_t number = 0;  // row id of the full-text index
  Resident resident;
};

Result<std::int64_t> last_number(db::Reader& reader);
Result<std::optional<ResidentRow>> resident(db::Reader& reader, std::string_view code);
Result<std::vector<std::string>> known_codes(db::Reader& reader, std::span<const std::string> codes);
Result<std::vector<Resident>> household(db::Reader& reader, std::string_view household);
// Row, and full text where it changed.
Result<void> put_resident(db::Transaction& tx, const ResidentRow& row, bool index);
Result<void> put_erased(db::Transaction& tx, const ResidentRow& row);

Result<void> put_address(db::Transaction& tx, std::string_view code, const AddressEntry& entry);
Result<std::vector<AddressEntry>> addresses(db::Reader& reader, std::string_view code);  // erased ones are left out
Result<void> put_erased_addresses(db::Transaction& tx, std::string_view code);

Result<std::uint64_t> count(db::Reader& reader, std::optional<ResidentState> state);
Result<std::vector<Resident>> page(db::Reader& reader, std::optional<ResidentState> state, std::uint64_t offset, std::uint64_t limit);
Result<std::vector<std::int64_t>> hits(db::Reader& reader, std::string_view text, std::size_t limit);  // newest first
std::vector<std::string> indexed_words(const Resident& person);  // the tokens that full text holds of a resident
Result<std::vector<ResidentRow>> rows_after(db::Reader& reader, std::int64_t number, std::size_t limit);  // those not erased
Result<std::vector<std::int64_t>> in_state(db::Reader& reader, std::span<const std::int64_t> numbers, ResidentState state);
Result<std::vector<Resident>> by_number(db::Reader& reader, std::span<const std::int64_t> numbers);

}  // namespace musubi::identity::store
