// A posted form never crashes reading, checking and showing; what passes the check is the same when it is read again from what is
// shown to programs, and survives the canonical form that is signed.
#include <cstdint>

#include "base/check.h"
#include "http/form.h"
#include "procedures/flow.h"
#include "procedures/list.h"
#include "procedures/values.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  static_cast<void>(procedures::read_list(body).ok());
  static_cast<void>(procedures::verify_receipt_file(body, {}, {}).ok());
  auto posted = http::parse_urlencoded(body);
  if (!posted.ok()) return 0;
  const procedures::Surroundings around{{2026, 11, 21}, {{"aoba", {"青葉町", "Aoba"}, "municipality", ""}}};
  const auto& pack = procedures::embedded_packs().at(0);
  for (const auto& field : pack.fields) {
    json::value value = procedures::read_value(field, *posted, "x");
    std::vector<Fault> faults;
    procedures::check_value(field, value, field.required, around, "x", faults);
    for (const auto& fault : faults) CHECK(fault.where.starts_with("x") && !fault.message.ja.empty() && !fault.message.en.empty());
    auto shown = procedures::show_value(field, value, around);
    if (faults.empty() && !procedures::is_empty_value(value)) {
      CHECK(!shown.ja.empty() || field.type == procedures::FieldType::kChoices);
      CHECK(parse_json(canonical_json(value)).ok());
    }
    procedures::fetched_value(field, value);
  }
  return 0;
}
