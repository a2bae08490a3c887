// Workbooks for other programs to judge: `xlsx_dump make DIR SEED` writes DIR/N.xlsx beside what is in it, DIR/N.json;
// `xlsx_dump read FILE...` prints, a line a file, what read_xlsx finds, or the error.
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/file.h"
#include "document/test_workbook.h"
#include "document/xlsx.h"

namespace {

using namespace musubi;
using namespace musubi::document;

Workbook with(std::uint64_t seed) {
  Workbook book = random_workbook(seed);
  book.names["rows"] = "'シート 0'!$A$1:$A$9";
  Sheet& first = book.sheets[0];
  first.cells[{52, 0}] = {3.5, "1.5+2", 0};
  first.cells[{53, 0}] = {std::string("甲乙"), "\"甲\"&\"乙\"", 0};
  first.freeze = CellAt{1, 1};
  first.protect = seed % 2 == 0;
  return book;
}

int make(const std::string& folder, std::uint64_t seed) {
  for (int i = 0; i < 12; ++i) {
    const Workbook book = with(seed + std::uint64_t(i));
    const auto bytes = write_xlsx(book);
    if (!bytes.ok())
      return std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(seed) + i, bytes.error().message.en.c_str()), 1;
    std::ofstream(folder + "/" + std::to_string(i) + ".xlsx", std::ios::binary) << *bytes;
    std::ofstream(folder + "/" + std::to_string(i) + ".json") << described(book);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "make") return make(argv[2], std::strtoull(argv[3], nullptr, 10));
  if (argc < 3 || std::string_view(argv[1]) != "read") return 2;
  for (int i = 2; i < argc; ++i) {
    const auto bytes = read_file(argv[i], 64 << 20);
    const auto book = bytes.ok() ? read_xlsx(*bytes) : Result<Workbook>(bytes.error());
    if (book.ok()) {
      boost::json::object out{{"sheets", described_sheets(*book)}, {"names", boost::json::value_from(book->names)}};
      boost::json::object properties;
      for (const auto& [name, value] : book->properties)
        if (const auto* text = std::get_if<std::string>(&value)) properties[name] = *text;
      out["properties"] = properties;
      std::printf("%s\n", boost::json::serialize(out).c_str());
    } else {
      std::string where =
          book.error().faults.empty() ? "" : " " + book.error().faults[0].where + ": " + book.error().faults[0].message.en;
      std::printf("%s\n", boost::json::serialize(boost::json::object{{"error", book.error().name + where}}).c_str());
    }
  }
}
