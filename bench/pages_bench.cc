// How fast pages are drawn on one core: the table component and a template, 200 rows of 4 columns each.   pages_bench
#include <chrono>
#include <cstdio>

#include "web/messages.h"
#include "web/table.h"
#include "web/template.h"

namespace musubi::web {
namespace {

constexpr int kRounds = 2000;

// Calls `draw`, which returns the bytes of a page, and prints how many pages a second that were.
template <class F>
void measure(const char* what, F draw) {
  std::size_t bytes = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) bytes = draw();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%-28s %8.0f pages/s, %zu bytes each\n", what, kRounds / took.count(), bytes);
}

Table table_of_200() {
  TableShape shape{.id = "plans",
                   .caption = "計画",
                   .columns = {{"name", "名前", Kind::kLink, true},
                               {"budget", "予算", Kind::kNumber, true},
                               {"due", "期限", Kind::kDate, true},
                               {"state", "状態", Kind::kTag}},
                   .filters = {{"state", "状態", {{"late", "遅れ"}}}},
                   .search = true};
  std::vector<Row> rows(
      200, Row{{"行政手続のオンライン化", "", "/plans/1"}, {"1234567.5"}, {"2019-06-14"}, {"late", "遅れ", "", Tone::kWarning}});
  return arrange(shape, {.per_page = 200}, rows);
}

void run() {
  const Table table = table_of_200();
  measure("table component", [&] { return web::table(table, "/plans", Language::ja).html.size(); });
  const embedded::File files[] = {
      {"x.html",
       "<table>\n{{#rows}}\n<tr><td>{{a}}</td><td><a href=\"{{b}}\">{{c}}</a></td><td>{{d}}</td></tr>\n{{/rows}}\n</table>"}};
  const auto templates = Templates::parse(files, messages::find);
  measure("template, with its view", [&] {
    json::array rows;
    for (int i = 0; i < 200; ++i) rows.push_back({{"a", "行政手続のオンライン化"}, {"b", "/plans/1"}, {"c", "施策 <1>"}, {"d", i}});
    json::object view;
    view["rows"] = std::move(rows);
    return templates->render("x", Language::ja, view).value().html.size();
  });
}

}  // namespace
}  // namespace musubi::web

int main() { musubi::web::run(); }
