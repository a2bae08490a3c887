// What somebody typed into one cell of a sheet's workbook, without the workbook around it: never a crash; a refusal is said in both
// languages and changes nothing; typing the same once more changes nothing. Input: field (two bytes), kind, language, then the text,
// and after a line feed the cell's number format.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/check.h"
#include "document/workbook.h"
#include "kpi/sheet_layout.h"
#include "kpi/test_sheet.h"

namespace {

using namespace musubi;

double number_from(std::string_view bytes) {
  double out = 0;
  std::memcpy(&out, bytes.data(), std::min(bytes.size(), sizeof out));
  return std::isfinite(out) ? out : double(bytes.size());
}

document::Value value_of(std::uint8_t kind, const std::string& text) {
  switch (kind % 7) {
    case 0: return std::monostate();
    case 1: return number_from(text);
    case 2: return document::DateTime{1900 + int(text.size()) * 7, 2, 28, 0};
    case 3: return text.size() % 2 == 0;
    case 4: return document::CellFault{"#REF!"};
    default: return text;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const kpi::Sheet sheet = kpi::small_sheet();
  static const kpi::SheetLayout layout = kpi::layout_of(sheet);
  if (size < 4 || size > 4096) return 0;
  const auto& field = layout.fields[(data[0] + 256u * data[1]) % layout.fields.size()];
  const auto language = data[3] % 2 == 0 ? web::Language::ja : web::Language::en;
  std::string text(reinterpret_cast<const char*>(data) + 4, size - 4), format;
  if (auto end = text.find('\n'); end != text.npos) {
    format = text.substr(end + 1);
    text.resize(end);
  }
  const kpi::Shown typed{value_of(data[2], text), format};
  if (!field.put) return 0;
  kpi::Sheet once = sheet;
  const auto done = field.put(once, typed, language);
  if (!done.ok()) {
    CHECK(!done.error().message.ja.empty() && !done.error().message.en.empty());
    CHECK(once == sheet);
    return 0;
  }
  kpi::Sheet twice = once;
  CHECK(field.put(twice, typed, language).ok());
  CHECK(twice == once);
  for (auto l : {web::Language::ja, web::Language::en}) static_cast<void>(kpi::words_of(field.show(once, l)));
  return 0;
}
