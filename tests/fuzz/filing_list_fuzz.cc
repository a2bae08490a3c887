// Signed lists of forms and receipt files of filings, as a resident may hand in any bytes: read or refused with every fault, never
// fatal; a list comes back from its own text.
#include <cstdint>

#include "base/check.h"
#include "procedures/list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto list = procedures::read_list(text); list.ok()) {
    const auto again = procedures::read_list(procedures::list_text("basket", *list));
    CHECK(again.ok() && *again == *list);
  }
  const procedures::CheckCard none = [](std::string_view, Time) -> Result<procedures::SignedList> {
    return Error{Code::kInvalid, "card.unknown", {"不明", "unknown"}, {}};
  };
  const auto checked = procedures::verify_receipt_file(text, none, {});
  if (!checked.ok()) return 0;
  CHECK(!checked->faults.empty());  // nobody vouches for the card
  for (const auto& fault : checked->faults) CHECK(!fault.message.ja.empty() && !fault.message.en.empty());
  return 0;
}
