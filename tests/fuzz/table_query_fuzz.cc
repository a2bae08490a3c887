// Sort, page, words and filters of lists in the address: read or refused with every fault, never fatal; what is read is within bounds.
#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "web/table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  using namespace musubi::web;
  static const TableShape shape{.id = "plans",
                                .caption = "Plans",
                                .columns = {{"name", "Name", Kind::kText, true},
                                            {"since", "Since", Kind::kDate, true},
                                            {"count", "Count", Kind::kNumber, false}},
                                .filters = {{"state", "State", {{"draft", "Draft"}, {"published", "Published"}}}, {"name", "Name"}},
                                .search = true,
                                .default_sort = "-since"};
  std::string_view target(reinterpret_cast<const char*>(data), size);
  auto query = read_query(shape, target);
  if (!query.ok()) {
    CHECK(!query.error().message.ja.empty() && !query.error().message.en.empty());
    return 0;
  }
  CHECK(query->page >= 1 && query->page <= kMaxPage && query->per_page >= 1 && query->per_page <= kMaxPerPage);
  bool sortable = query->sort.empty();
  for (const auto& column : shape.columns) sortable = sortable || (column.sortable && column.id == query->sort);
  CHECK(sortable);
  for (const auto& [id, value] : query->filters) {
    auto filter = std::find_if(shape.filters.begin(), shape.filters.end(), [&](const Filter& one) { return one.id == id; });
    CHECK(filter != shape.filters.end() && !value.empty());
    auto chosen = [&](const Choice& one) { return one.value == value; };
    CHECK(filter->choices.empty() || std::any_of(filter->choices.begin(), filter->choices.end(), chosen));
  }
  return 0;
}
