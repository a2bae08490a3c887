// Data tables: the same rows as HTML, CSV and JSON, so that page and data cannot differ. Sorting, filters and paging
// live in the URL; everything works without scripts.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "text/csv.h"
#include "web/html.h"
#include "web/page.h"

namespace musubi::web {

enum class Kind { kText, kNumber, kDate, kLink, kTag };

struct Column {
  std::string id;  // key in JSON, heading in CSV, value of ?sort=
  std::string title;
  Kind kind = Kind::kText;
  bool sortable = false;
};

// What a cell says, in the form a program reads; the page shows it as its column's kind asks.
struct Cell {
  std::string value;         // number "1234.5", date "2019-06-14", tag's code, else the text; "" = nothing known
  std::string text = {};     // shown instead of value where not empty (a tag's words)
  std::string href = {};     // kLink
  Tone tone = Tone::kPlain;  // kTag
};
using Row = std::vector<Cell>;

struct Choice {
  std::string value;
  std::string title;
};

struct Filter {
  std::string id;  // name of the parameter; a column's id for `arrange` to apply it
  std::string title;
  std::vector<Choice> choices = {};  // empty: a text field that searches the column. One with value "" stands for "All"
};

// What can be asked of a table; fixed per page and language.
struct TableShape {
  std::string id;  // unique in the page, a-z 0-9 -
  std::string caption;
  std::vector<Column> columns;
  std::vector<Filter> filters = {};
  bool search = false;            // adds a text field "q" over all columns
  bool posted = false;            // the words are about persons: never in the URL, see Table::csrf
  std::string default_sort = {};  // "name" or "-name"
};

struct TableQuery {
  std::string sort = {};  // column id, "" = as given
  bool descending = false;
  std::uint32_t page = 1;
  std::uint32_t per_page = 50;                      // 1 to 200
  std::string text = {};                            // "q"
  std::map<std::string, std::string> filters = {};  // only those set
};
inline constexpr std::uint32_t kMaxPerPage = 200;
inline constexpr std::uint32_t kMaxPage = 100'000;

// Reads sort, page, per_page, q and the filters out of a target; other parameters are not its business. Errors:
// table.bad_query with one fault per parameter (unknown sort key, unknown choice, out of bounds). Where words are posted,
// `words` are those that the parameter "find" stands for.
Result<TableQuery> read_query(const TableShape& shape, std::string_view target, std::string_view words = {});

struct Table {
  TableShape shape;
  TableQuery query = {};
  std::vector<Row> rows = {};   // of this page only, filtered and sorted
  std::uint64_t total = 0;      // rows that pass the filters
  std::string empty_text = {};  // what an empty table says...
  Link empty_next = {};         // ...and what to do next
  std::string csrf = {};        // where words are posted: to the page's own path, with this token
};

// Filters, sorts and cuts rows that are in memory. Tables over a database fill `rows` and `total` themselves. Numbers
// sort as numbers, everything else by code point of its search form; unknown values come last.
Table arrange(TableShape shape, TableQuery query, std::vector<Row> all);

// `target` is the page's own, so that links keep other parameters.
Markup table(const Table& table, std::string_view target, Language language);

// Headings are column ids; with text::kSpreadsheet they are titles and cells show their words.
std::string to_csv(const Table& table, text::CsvOptions options = {});
// {"total", "page", "per_page", "rows": [{id: value}]}; numbers are JSON numbers, unknown values null, links and tags
// also as "<id>_href" and "<id>_text".
json::object to_json(const Table& table);

}  // namespace musubi::web
