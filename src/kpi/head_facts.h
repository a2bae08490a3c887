// The facts of a record's head, without making a tree of it: one pass over the committed bytes, as far as the member `facts`.
// Heads are canonical JSON (docs/formats/record.md), so `facts` follows `actor` and `at`, and texts are views into the head.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace musubi::kpi {

struct FactSlot {
  enum class Kind : std::uint8_t { kNone, kBoolean, kInteger, kText, kOther } kind = Kind::kNone;
  std::int64_t integer = 0;    // also a boolean's 0 or 1
  std::string_view text = {};  // kText: between the quotes, escapes as they stand; kOther: the JSON text
};

// Fills slots[i] with the fact named names[i]; kNone where the head has none of that name. False: these are not the bytes of
// a head, the slots say nothing.
bool read_facts(std::string_view head, std::span<const std::string> names, std::span<FactSlot> slots);

// A fact as the part of a figure: at most 120 bytes of whole characters, control characters as spaces.
void append_part(std::string& out, const FactSlot& slot);
bool same_text(const FactSlot& slot, std::string_view wanted);

}  // namespace musubi::kpi
