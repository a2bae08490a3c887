// Plans out of text and sheets out of workbooks. A text of the shape of a plan with the 159 measures of the embedded one, and ten times
// as long, is read; control: the form for searches (NFKC, case) of the same bytes. The embedded sheets are written in their official layout,
// read back, and merged with what a second officer changed; controls: the same workbook written and read without the sheet.
// `ROUNDS=9 build/release/documents_bench`: medians.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/check.h"
#include "document/xlsx.h"
#include "kpi/pack.h"
#include "kpi/plan_text.h"
#include "kpi/sheet_merge.h"
#include "kpi/sheet_pack.h"
#include "kpi/sheet_rules.h"
#include "kpi/sheet_xlsx.h"
#include "kpi/sheet_xlsx_read.h"
#include "kpi/test_workbook.h"
#include "text/normalise.h"

namespace {

using namespace musubi;
using namespace musubi::kpi;

int rounds = 9;

// Median of the milliseconds that `act` takes.
template <class F>
double milliseconds(F act) {
  std::vector<double> all;
  for (int i = 0; i < rounds; ++i) {
    const auto from = std::chrono::steady_clock::now();
    act();
    all.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from).count());
  }
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

double resident_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return double(usage.ru_maxrss) / 1024;
}

// As it comes out of a document: sections, numbered titles, twenty wrapped lines of body, both KPI, the field in the margin, a page
// number after each measure.
std::string text_of(const PlanDocument& plan, int times) {
  std::string out;
  int number = 0, page = 1;
  for (int part = 1; part <= times; ++part) {
    out += "II－（" + std::to_string(part) + "）節" + std::to_string(part) + "【架空基本法第" + std::to_string(part) + "条関係】\n";
    int in_section = 0;
    for (const auto& measure : plan.measures) {
      out += "○[No." + std::to_string(part) + "－" + std::to_string(++in_section) + "] " + measure.title.ja + "\n";
      for (int line = 0; line < 20; ++line) out += "・ 取組の説明は、令和６年度末までに全国の窓口で使えるようにするための文である。\n";
      out += "KPI（進捗）：" + (measure.progress.text ? measure.progress.text->ja : "未設定") + "\n";
      out += "KPI（効果）：" + (measure.effect.text ? measure.effect.text->ja : "未設定") + "\n";
      out += "電子行政\n" + std::to_string(page++) + "\n";
      ++number;
    }
  }
  return out;
}

void texts() {
  std::printf("plan out of text | measures | kB | read ms | search form of the same ms | ratio | resident MB\n");
  const auto& plan = embedded_plans().front();
  for (int times : {1, 10}) {
    const std::string text = text_of(plan, times);
    std::size_t measures = 0;
    const double read = milliseconds([&] { measures = read_plan_text(text).value().document.measures.size(); });
    const double control = milliseconds([&] { CHECK(!text::search_form(text).empty()); });
    std::printf("%27zu | %6zu | %8.1f | %8.1f | %5.1f | %6.0f\n", measures, text.size() / 1024, read, control, read / control,
                resident_mb());
  }
}

void sheets() {
  std::printf("sheet | cells | written ms | of that the workbook alone | read back ms | of that the workbook alone | merged ms\n");
  for (const auto& sheet : embedded_sheets()) {
    const auto state = state_of(sheet);
    const auto book = sheet_workbook(state, web::Language::ja);
    const std::string bytes = sheet_xlsx(state, web::Language::ja).value();
    std::size_t cells = 0;
    for (const auto& one : book.sheets) cells += one.cells.size();
    const double written = milliseconds([&] { CHECK(sheet_xlsx(state, web::Language::ja).ok()); });
    const double bare_write = milliseconds([&] { CHECK(document::write_xlsx(book).ok()); });
    const double read = milliseconds([&] {
      const auto back = document::read_xlsx(bytes).value();
      CHECK(read_made_from(back).ok());
      CHECK(read_sheet_workbook(back, sheet).value().cells.empty());
    });
    const double bare_read = milliseconds([&] { CHECK(document::read_xlsx(bytes).ok()); });
    // Each of two officers changed another text of every part.
    const auto parts = parts_of(sheet);
    const double merged = milliseconds([&] {
      for (const auto& [key, part] : parts) {
        auto theirs = part, mine = part;
        theirs["doubt"] = json::object{{"ja", "あちらの変更"}, {"en", "their change"}};
        mine["locator"] = json::object{{"ja", "こちらの変更"}, {"en", "my change"}};
        CHECK(merge_cells(part, theirs, mine).conflicts.empty());
      }
    });
    std::printf("%s | %zu | %.1f | %.1f | %.1f | %.1f | %.1f\n", sheet.header.id.c_str(), cells, written, bare_write, read, bare_read,
                merged);
  }
}

}  // namespace

int main() {
  if (const char* given = std::getenv("ROUNDS")) rounds = std::max(1, std::atoi(given));
  texts();
  sheets();
}
