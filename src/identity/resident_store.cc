#include "identity/resident_store.h"

#include <algorithm>

#include "identity/resident_rules.h"
#include "text/bigram.h"
#include "text/normalise.h"

namespace musubi::identity::store {
namespace {

constexpr std::string_view kColumns = "SELECT number, code, household, state, content FROM identity_resident ";

Result<ResidentRow> row_of(const db::Row& row) {
  auto state = resident_state_from(row.text(3)).value_or(ResidentState::kPresent);
  return ResidentRow{row.integer(0), TRY(resident_from(row.text(1), row.text(2), state, row.maybe_text(4)))};
}

Result<std::vector<Resident>> residents(const db::Rows& rows) {
  std::vector<Resident> out;
  for (const auto& row : rows) out.push_back(TRY(row_of(row)).resident);
  return out;
}

// Integers of our own, so that no text can enter the statement.
std::string list_of(std::span<const std::int64_t> numbers) {
  std::string out = "(0";
  for (auto number : numbers) out += "," + std::to_string(number);
  return out + ")";
}

db::Value day(const std::optional<text::Date>& date) { return date ? db::Value(text::iso_date(*date)) : db::Value(); }

}  // namespace

Result<std::int64_t> last_number(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT number FROM identity_resident ORDER BY number DESC LIMIT 1"));
  return rows.empty() ? std::int64_t{0} : rows[0].integer(0);
}

Result<std::optional<ResidentRow>> resident(db::Reader& reader, std::string_view code) {
  auto rows = TRY(reader.query(std::string(kColumns) + "WHERE code = $1", {std::string(code)}));
  if (rows.empty()) return std::optional<ResidentRow>();
  return std::optional(TRY(row_of(rows[0])));
}

Result<std::vector<std::string>> known_codes(db::Reader& reader, std::span<const std::string> codes) {
  std::vector<std::string> out;
  if (codes.empty()) return out;
  std::string sql = "SELECT code FROM identity_resident WHERE code IN (";
  std::vector<db::Value> values;
  for (const auto& code : codes) {
    values.emplace_back(code);
    sql += (values.size() > 1 ? ", $" : "$") + std::to_string(values.size());
  }
  for (const auto& row : TRY(reader.query(sql + ")", values))) out.push_back(row.text(0));
  return out;
}

Result<std::vector<Resident>> household(db::Reader& reader, std::string_view household) {
  return residents(TRY(reader.query(std::string(kColumns) + "WHERE household = $1 LIMIT 200", {std::string(household)})));
}

Result<void> put_resident(db::Transaction& tx, const ResidentRow& row, bool index) {
  const Resident& person = row.resident;
  TRY(tx.put("identity_resident", {{"code", person.code},
                                   {"number", row.number},
                                   {"state", std::string(resident_state_word(person.state))},
                                   {"household", person.household},
                                   {"kana", person.name.kana()},
                                   {"content", canonical_json(content_of(person))}}));
  if (!index) return {};
  return tx.index_text(kSearch, row.number, indexed_words(person));
}

Result<void> put_erased(db::Transaction& tx, const ResidentRow& row) {
  TRY(tx.put("identity_resident", {{"code", row.resident.code},
                                   {"number", row.number},
                                   {"state", std::string(resident_state_word(row.resident.state))},
                                   {"household", row.resident.household},
                                   {"kana", db::Value()},
                                   {"content", db::Value()}}));
  return tx.unindex_text(kSearch, row.number);
}

Result<void> put_address(db::Transaction& tx, std::string_view code, const AddressEntry& entry) {
  return tx.put("identity_address", {{"resident", std::string(code)},
                                     {"from_day", text::iso_date(entry.from)},
                                     {"until_day", day(entry.until)},
                                     {"content", canonical_json(to_json(entry.address))}});
}

Result<std::vector<AddressEntry>> addresses(db::Reader& reader, std::string_view code) {
  std::vector<AddressEntry> out;
  for (const auto& row : TRY(reader.query("SELECT from_day, until_day, content FROM identity_address WHERE resident = $1 AND content "
                                          "IS NOT NULL ORDER BY from_day LIMIT 500",
                                          {std::string(code)}))) {
    AddressEntry entry{TRY(address_from(row.text(2))), TRY(text::parse_date(row.text(0))), {}};
    if (!row.is_null(1)) entry.until = TRY(text::parse_date(row.text(1)));
    out.push_back(std::move(entry));
  }
  return out;
}

Result<void> put_erased_addresses(db::Transaction& tx, std::string_view code) {
  for (const auto& row : TRY(tx.query("SELECT from_day, until_day FROM identity_address WHERE resident = $1", {std::string(code)})))
    TRY(tx.put("identity_address", {{"resident", std::string(code)},
                                    {"from_day", row.text(0)},
                                    {"until_day", db::optional_text(row.maybe_text(1))},
                                    {"content", db::Value()}}));
  return {};
}

Result<std::uint64_t> count(db::Reader& reader, std::optional<ResidentState> state) {
  auto rows =
      state ? TRY(reader.query("SELECT count(*) FROM identity_resident WHERE state = $1", {std::string(resident_state_word(*state))}))
            : TRY(reader.query("SELECT count(*) FROM identity_resident"));
  return static_cast<std::uint64_t>(rows[0].integer(0));
}

Result<std::vector<Resident>> page(db::Reader& reader, std::optional<ResidentState> state, std::uint64_t offset, std::uint64_t limit) {
  std::string range = " ORDER BY kana, code LIMIT " + std::to_string(limit) + " OFFSET " + std::to_string(offset);
  if (state)
    return residents(
        TRY(reader.query(std::string(kColumns) + "WHERE state = $1" + range, {std::string(resident_state_word(*state))})));
  return residents(TRY(reader.query(std::string(kColumns) + range)));
}

Result<std::vector<std::int64_t>> hits(db::Reader& reader, std::string_view text, std::size_t limit) {
  std::vector<db::Reader::Phrase> phrases;
  for (auto& phrase : text::query_terms(text::katakana_form(text)).phrases)
    phrases.push_back({std::move(phrase.tokens), phrase.prefix});
  if (phrases.empty()) return std::vector<std::int64_t>();
  return reader.search(kSearch, phrases, limit);
}

std::vector<std::string> indexed_words(const Resident& person) { return text::bigrams(searched_text(person)); }

Result<std::vector<ResidentRow>> rows_after(db::Reader& reader, std::int64_t number, std::size_t limit) {
  std::vector<ResidentRow> out;
  for (const auto& row : TRY(reader.query(std::string(kColumns) + "WHERE number > $1 AND content IS NOT NULL ORDER BY number LIMIT $2",
                                          {number, std::int64_t(limit)})))
    out.push_back(TRY(row_of(row)));
  return out;
}

Result<std::vector<std::int64_t>> in_state(db::Reader& reader, std::span<const std::int64_t> numbers, ResidentState state) {
  std::vector<std::int64_t> out;
  for (const auto& row : TRY(reader.query(
           "SELECT number FROM identity_resident WHERE state = $1 AND number IN " + list_of(numbers) + " ORDER BY number DESC",
           {std::string(resident_state_word(state))})))
    out.push_back(row.integer(0));
  return out;
}

Result<std::vector<Resident>> by_number(db::Reader& reader, std::span<const std::int64_t> numbers) {
  return residents(TRY(reader.query(std::string(kColumns) + "WHERE number IN " + list_of(numbers) + " ORDER BY number DESC")));
}

}  // namespace musubi::identity::store
