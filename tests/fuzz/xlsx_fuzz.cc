// read_xlsx never crashes and stays within its limits; every error has both languages; what it reads can be written and reads the same,
// unless the writer names a cell. Inputs: a whole file where it begins with "PK"; else sheet, shared strings, styles and workbook,
// parted by bytes 0xFF and put into a container here, so that the fuzzer need not learn to make one.
#include <algorithm>
#include <array>
#include <cstdint>

#include "base/check.h"
#include "document/test_workbook.h"
#include "document/test_zip.h"
#include "document/xlsx.h"

namespace {

using namespace musubi;
using namespace musubi::document;

std::string contained(std::string_view text) {
  std::array<std::string, 4> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto end = i + 1 < parts.size() ? text.find('\xFF') : std::string_view::npos;
    parts[i] = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  Handmade made;
  made.sheet = parts[0];
  made.strings = parts[1];
  made.styles = parts[2];
  made.workbook = parts[3];
  return made.bytes();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const XlsxLimits limits{.bytes = 1 << 17,
                          .entries = 50,
                          .expanded_bytes = 1 << 20,
                          .ratio = 100,
                          .sheets = 5,
                          .cells = 2'000,
                          .rows = 500,
                          .strings = 500,
                          .text_bytes = 1 << 18,
                          .cell_bytes = 1 << 14,
                          .merged = 50,
                          .names = 50};
  const auto book = read_xlsx(text.starts_with("PK") ? std::string(text) : contained(text), limits);
  if (!book.ok()) {
    const Error& error = book.error();
    CHECK(!error.message.ja.empty() && !error.message.en.empty() && !error.name.empty() && error.faults.size() <= 100);
    for (const Fault& each : error.faults) CHECK(!each.message.ja.empty() && !each.message.en.empty());
    return 0;
  }
  CHECK(!book->sheets.empty() && book->sheets.size() <= 5);
  Workbook again = *book;
  again.properties.clear();
  again.names.clear();
  const auto bytes = write_xlsx(again);
  if (!bytes.ok()) {
    CHECK(bytes.error().name == "xlsx.unwritable" && !bytes.error().faults.empty());
    return 0;
  }
  const auto second = read_xlsx(*bytes);
  CHECK(second.ok());
  CHECK(second->sheets.size() == book->sheets.size());
  for (std::size_t i = 0; i < book->sheets.size(); ++i)
    CHECK(second->sheets[i].name == book->sheets[i].name && second->sheets[i].merged == book->sheets[i].merged);
  return 0;
}
