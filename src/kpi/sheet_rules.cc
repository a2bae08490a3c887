#include "kpi/sheet_rules.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "kpi/sheet_json.h"

namespace musubi::kpi {
namespace {

constexpr std::array<std::string_view, 3> kPartWords = {"header", "indicator", "programme"};

Error damaged(std::vector<Fault> faults) {
  return Error{Code::kCorrupt,
               "sheet.damaged",
               {"保存された表の内容が読めません。`musubi verify` で調べてください。",
                "What is stored of the sheet cannot be read. Run `musubi verify` to find the damage."},
               std::move(faults)};
}

long leading(std::string_view number) {
  long value = 0;
  std::from_chars(number.data(), number.data() + number.size(), value);
  return value;
}

std::optional<std::int64_t> find(const std::vector<Amount>& all, int year, AmountKind kind) {
  for (const auto& one : all)
    if (one.fiscal_year == year && one.kind == kind) return one.amount;
  return std::nullopt;
}

}  // namespace

bool valid_law_id(std::string_view id) {
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return id.size() == 15 && std::all_of(id.begin(), id.begin() + 3, digit) &&
         std::all_of(id.begin(), id.end(), [&](char c) { return digit(c) || (c >= 'A' && c <= 'Z'); });
}

bool valid_part_number(std::string_view number) {
  return !number.empty() && number.size() <= 16 && number.front() != '-' && std::all_of(number.begin(), number.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

bool valid_indicator_id(std::string_view id) {
  auto dot = id.rfind('.');
  if (id.size() > kMaxIndicatorId || dot == id.npos) return false;
  std::string_view before = id.substr(0, dot);
  if (before.find('.') == before.npos) return valid_plan_id(id);
  return valid_plan_id(before) && valid_plan_id("x" + std::string(id.substr(dot)));
}

std::string place_id(std::string_view sheet, std::string_view number) {
  std::string id = std::string(sheet) + ".indicator-" + std::string(number);
  for (std::size_t i = sheet.size(); i < id.size(); ++i)
    if (id[i] >= 'A' && id[i] <= 'Z') id[i] = char(id[i] - 'A' + 'a');
  return id;
}

std::string_view part_word(PartKind kind) { return word_of(kPartWords, kind); }
std::optional<PartKind> part_from(std::string_view word) { return from_word<PartKind>(kPartWords, word); }

bool operator<(const PartKey& a, const PartKey& b) {
  if (a.kind != b.kind) return a.kind < b.kind;
  long x = leading(a.number), y = leading(b.number);
  return x != y ? x < y : a.number < b.number;
}

Parts parts_of(const Sheet& sheet) {
  Parts parts;
  parts[{PartKind::kHeader, ""}] = to_json(sheet.header);
  for (const auto& one : sheet.indicators) parts[{PartKind::kIndicator, one.number}] = to_json(one);
  for (const auto& one : sheet.programmes) parts[{PartKind::kProgramme, one.number}] = to_json(one);
  return parts;
}

Result<Sheet> sheet_of(const Parts& parts) {
  Sheet sheet;
  std::vector<Fault> faults;
  if (parts.empty() || parts.begin()->first.kind != PartKind::kHeader) return damaged({});
  for (const auto& [key, part] : parts) {
    if (key.kind == PartKind::kHeader)
      sheet.header = read_sheet_header(part, faults);
    else if (key.kind == PartKind::kIndicator)
      sheet.indicators.push_back(read_sheet_indicator(part, "", faults));
    else
      sheet.programmes.push_back(read_programme(part, "", faults));
  }
  if (!faults.empty()) return damaged(std::move(faults));
  return sheet;
}

std::string part_digest(const json::object& part) { return to_hex(crypto::bytes(crypto::sha256(canonical_json(part)))); }

std::string edition_of(const std::map<PartKey, std::string>& digest_by_part) {
  json::array parts;
  for (const auto& [key, digest] : digest_by_part) parts.push_back(json::array{part_word(key.kind), key.number, digest});
  return to_hex(crypto::bytes(crypto::sha256(canonical_json(parts))));
}

std::string edition_of(const Sheet& sheet) {
  std::map<PartKey, std::string> digests;
  for (const auto& [key, part] : parts_of(sheet)) digests[key] = part_digest(part);
  return edition_of(digests);
}

std::vector<int> years_of(const Sheet& sheet) {
  std::set<int> years;
  for (const auto& indicator : sheet.indicators)
    for (const auto& line : indicator.lines)
      for (const auto& [year, values] : line.yearly) years.insert(year);
  return {years.begin(), years.end()};
}

std::vector<SumCheck> check_sums(const Sheet& sheet) {
  std::vector<SumCheck> out;
  const auto& budget = sheet.header.budget;
  for (const auto& one : budget) {
    if (one.kind == AmountKind::kTotal) {
      auto initial = find(budget, one.fiscal_year, AmountKind::kInitial);
      if (!initial) continue;
      out.push_back({one.fiscal_year, one.kind, one.amount,
                     *initial + find(budget, one.fiscal_year, AmountKind::kSupplementary).value_or(0) +
                         find(budget, one.fiscal_year, AmountKind::kCarryOver).value_or(0),
                     false});
    }
  }
  if (sheet.programmes.empty()) return out;
  for (const auto& one : budget) {
    if (one.kind != AmountKind::kTotal && one.kind != AmountKind::kExecuted) continue;
    SumCheck check{one.fiscal_year, one.kind, one.amount, 0, true};
    for (const auto& programme : sheet.programmes) check.computed += find(programme.amounts, one.fiscal_year, one.kind).value_or(0);
    out.push_back(check);
  }
  return out;
}

}  // namespace musubi::kpi
