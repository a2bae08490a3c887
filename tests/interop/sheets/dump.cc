// Sheets for other programs to edit: `sheet_dump make DIR` writes each sheet of the binary as DIR/ID.xlsx and its programmes as DIR/ID-TABLE.csv;
// `sheet_dump read FILE...` prints, a line a file, which cells differ from the sheet it was made from, or why it is refused.
#include <cstdio>
#include <fstream>

#include "base/file.h"
#include "base/json.h"
#include "document/xlsx.h"
#include "kpi/rs_csv.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pack.h"
#include "kpi/sheet_xlsx.h"
#include "kpi/sheet_xlsx_read.h"
#include "kpi/test_workbook.h"

namespace {

using namespace musubi;

int make(const std::string& folder) {
  for (const auto& sheet : kpi::embedded_sheets()) {
    const std::string name = folder + "/" + sheet.header.id;
    const auto bytes = kpi::sheet_xlsx(kpi::state_of(sheet), web::Language::ja);
    if (!bytes.ok()) return std::fprintf(stderr, "%s\n", bytes.error().message.en.c_str()), 1;
    std::ofstream(name + ".xlsx", std::ios::binary) << *bytes;
    std::ofstream(name + ".json") << canonical_json(kpi::pack_of(sheet));
    for (auto table : kpi::rs_tables())
      std::ofstream(name + "-" + std::string(table) + ".csv", std::ios::binary) << *kpi::rs_csv(sheet, table);
  }
  return 0;
}

json::object refused(const Error& error) {
  json::array faults;
  for (const auto& fault : error.faults) faults.push_back(json::object{{"cell", fault.where}, {"fault", fault.message.en}});
  return {{"error", error.name}, {"faults", std::move(faults)}};
}

json::object read(const std::string& path) {
  const auto bytes = read_file(path, 64 << 20);
  if (!bytes.ok()) return refused(bytes.error());
  const auto book = document::read_xlsx(*bytes);
  if (!book.ok()) return refused(book.error());
  const auto made = kpi::read_made_from(*book);
  if (!made.ok()) return refused(made.error());
  for (const auto& sheet : kpi::embedded_sheets()) {
    if (sheet.header.id != made->sheet) continue;
    const auto found = kpi::read_sheet_workbook(*book, sheet);
    if (!found.ok()) return refused(found.error());
    json::array cells;
    for (const auto& cell : found->cells)
      cells.push_back(json::object{
          {"cell", cell.where}, {"before", cell.before}, {"after", cell.after}, {"part", cell.part.number}, {"path", cell.path}});
    return {{"sheet", made->sheet}, {"edition", kpi::edition_of(found->sheet)}, {"was", made->edition}, {"cells", std::move(cells)}};
  }
  return {{"error", "unknown sheet"}, {"faults", json::array()}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "make") return make(argv[2]);
  if (argc < 3 || std::string_view(argv[1]) != "read") return 2;
  for (int i = 2; i < argc; ++i) std::printf("%s\n", canonical_json(read(argv[i])).c_str());
}
