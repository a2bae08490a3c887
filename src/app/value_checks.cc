#include "app/value_checks.h"

#include <algorithm>
#include <sstream>

#include "crypto/note.h"
#include "db/store.h"
#include "evidence/erase.h"
#include "identity/rules.h"
#include "text/dates.h"

namespace musubi::app {
namespace {

Error wrong(const char* name, Text message) { return {Code::kInvalid, name, std::move(message), {}}; }

// The message alone: its place is the option's.
Result<void> first_of(const char* name, const std::vector<Fault>& faults) {
  if (faults.empty()) return {};
  return wrong(name, faults[0].message);
}

}  // namespace

Result<void> check_day(const std::string& value) {
  auto read = text::read_date(value);
  if (read.ok()) return {};
  return wrong("cli.day", read.error().message);
}

Result<void> check_organisation_id(const std::string& value) {
  if (db::Store::valid_id(value)) return {};
  return wrong("org.bad_id", {"組織の名前は英小文字で始まる 2 から 40 文字（a-z、0-9、-）にしてください。",
                              "An organisation's id has 2 to 40 of a-z, 0-9 and -, and begins with a letter."});
}

Result<void> check_organisation_kind(const std::string& value) {
  return first_of("cli.kind", identity::check_organisation({value, {"名称", "title"}}));
}

Result<void> check_origin(const std::string& value) {
  if (crypto::is_note_name(value)) return {};
  return wrong("cli.origin",
               {"ログの名称に空白・「+」・制御文字は使えません。", "A log's name has no space, no \"+\" and no control character."});
}

Result<void> check_name(const std::string& value) { return first_of("cli.name", identity::check_name(value)); }

Result<void> check_id(const std::string& value) { return first_of("cli.id", identity::check_id(value)); }

Result<void> check_ground(const std::string& value) {
  auto grounds = evidence::erasure_grounds();
  if (std::any_of(grounds.begin(), grounds.end(), [&](const auto& ground) { return ground.id == value; })) return {};
  std::string known;
  for (const auto& ground : grounds) known += (known.empty() ? "" : ", ") + std::string(ground.id);
  return wrong("cli.ground", {"根拠を次から選んでください：" + known + "。", "Choose the ground among: " + known + "."});
}

Result<std::vector<std::uint64_t>> record_numbers(const std::string& value) {
  std::vector<std::uint64_t> numbers;
  std::stringstream parts(value);
  for (std::string part; std::getline(parts, part, ',');) {
    if (part.empty() || part.size() > 15 || part.find_first_not_of("0123456789") != part.npos) {
      numbers.clear();
      break;
    }
    numbers.push_back(std::stoull(part));
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  if (!numbers.empty()) return numbers;
  return wrong("cli.record", {"番号をカンマ区切りで書いてください（例 17,18）。", "Write numbers with commas between, e.g. 17,18."});
}

Result<void> check_record_numbers(const std::string& value) {
  TRY(record_numbers(value));
  return {};
}

}  // namespace musubi::app
