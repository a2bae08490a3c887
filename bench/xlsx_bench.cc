// Workbooks out and in: a sheet of 34 indicators, and one of 100,000 cells (half numbers, half texts). Controls in the same run: libzip alone
// inflates every part, or deflates the same parts again; openpyxl reads the file and saves it (bench/xlsx_openpyxl.py).
// `ROUNDS=9 build/release/xlsx_bench`
#include <sys/resource.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/check.h"
#include "document/test_zip.h"
#include "document/xlsx.h"

namespace {

using namespace musubi;
using namespace musubi::document;

Workbook table(std::uint32_t rows, std::uint32_t columns) {
  Workbook book;
  Sheet sheet{.name = "様式1"};
  const auto head = book.style(heading()), words = book.style(wrapped()), figure = book.style(input(number()));
  for (std::uint32_t column = 0; column < columns; ++column) sheet.put({0, column}, "項目" + std::to_string(column), head);
  for (std::uint32_t row = 1; row <= rows; ++row)
    for (std::uint32_t column = 0; column < columns; ++column) {
      if (column % 2 == 0)
        sheet.put({row, column}, double(row * 1'000 + column) / 7, figure);
      else
        sheet.put({row, column}, "測定指標の説明 " + std::to_string(row) + "-" + std::to_string(column), words);
    }
  sheet.page.landscape = true;
  sheet.protect = true;
  book.sheets.push_back(std::move(sheet));
  return book;
}

// Median of the milliseconds that `act` takes.
template <class F>
double milliseconds(int rounds, F act) {
  std::vector<double> all;
  for (int i = 0; i < rounds; ++i) {
    const auto from = std::chrono::steady_clock::now();
    act();
    all.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from).count());
  }
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

Parts inflated(const std::string& bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_t* archive = zip_open_from_source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error), ZIP_RDONLY, &error);
  CHECK(archive);
  Parts parts;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
    zip_stat_t about;
    CHECK(zip_stat_index(archive, zip_uint64_t(i), 0, &about) == 0);
    zip_file_t* file = zip_fopen_index(archive, zip_uint64_t(i), 0);
    std::string text(about.size, '\0');
    CHECK(zip_fread(file, text.data(), text.size()) == zip_int64_t(text.size()));
    zip_fclose(file);
    parts.emplace_back(about.name, std::move(text));
  }
  zip_discard(archive);
  return parts;
}

void measure(const char* name, const Workbook& book, int rounds) {
  const std::string bytes = write_xlsx(book).value();
  const Parts parts = inflated(bytes);
  std::size_t expanded = 0;
  for (const auto& part : parts) expanded += part.second.size();
  std::printf("%s: %zu cells, %zu bytes, %zu expanded\n", name, book.sheets[0].cells.size(), bytes.size(), expanded);
  std::printf("  write_xlsx               %9.2f ms\n", milliseconds(rounds, [&] { CHECK(write_xlsx(book).ok()); }));
  std::printf("  libzip alone deflates    %9.2f ms\n", milliseconds(rounds, [&] { CHECK(!zipped(parts).empty()); }));
  std::printf("  read_xlsx                %9.2f ms\n", milliseconds(rounds, [&] { CHECK(read_xlsx(bytes).ok()); }));
  std::printf("  libzip alone inflates    %9.2f ms\n", milliseconds(rounds, [&] { CHECK(!inflated(bytes).empty()); }));
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("  peak resident so far     %9.1f MiB\n", double(usage.ru_maxrss) / 1024);
  const std::string path = "/tmp/xlsx_bench-" + std::to_string(getpid()) + ".xlsx";
  std::ofstream(path, std::ios::binary) << bytes;
  std::fflush(stdout);
  if (std::system(("/usr/bin/python3 bench/xlsx_openpyxl.py " + path + " " + std::to_string(std::min(rounds, 3))).c_str()) != 0)
    std::printf("  openpyxl: not here\n");
  std::remove(path.c_str());
}

}  // namespace

int main() {
  const char* given = std::getenv("ROUNDS");
  const int rounds = given ? std::atoi(given) : 9;
  measure("34 indicators", table(34, 20), rounds);
  measure("100,000 cells", table(5'000, 20), rounds);
}
