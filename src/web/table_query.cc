// What is asked of a table: reading the URL, and applying it to rows in memory.
#include <algorithm>
#include <charconv>

#include "text/normalise.h"
#include "web/messages.h"
#include "web/table.h"
#include "web/url.h"

namespace musubi::web {
namespace {

constexpr std::size_t kMaxWords = 200;  // code points in a text filter

template <class List, class Get>
std::string listed(const List& list, Get get) {
  std::string out;
  for (const auto& entry : list) {
    const std::string word = get(entry);
    if (!word.empty()) out += (out.empty() ? "" : ", ") + word;
  }
  return out;
}

class QueryReader {
 public:
  explicit QueryReader(const TableShape& shape) : shape_(shape) {}

  Result<TableQuery> read(std::string_view target, std::string_view posted) && {
    if (!posted.empty()) query_.text = words("q", posted);
    if (!shape_.default_sort.empty()) sort(shape_.default_sort);
    for (const auto& [name, value] : query_parameters(target)) {
      if (value.empty()) continue;
      if (name == "sort")
        sort(value);
      else if (name == "page")
        query_.page = number(name, value, kMaxPage);
      else if (name == "per_page")
        query_.per_page = number(name, value, kMaxPerPage);
      else if (name == "q" && shape_.posted)
        faults_.push_back({name, messages::query_words_are_posted()});
      else if (name == "q" && shape_.search)
        query_.text = words(name, value);
      else
        filter(name, value);
    }
    if (!faults_.empty()) return Error{Code::kInvalid, "table.bad_query", messages::query_bad(), std::move(faults_)};
    return std::move(query_);
  }

 private:
  void sort(std::string_view key) {
    const bool descending = key.starts_with('-');
    const std::string_view id = key.substr(descending ? 1 : 0);
    for (const Column& column : shape_.columns) {
      if (!column.sortable || column.id != id) continue;
      query_.sort = id;
      query_.descending = descending;
      return;
    }
    const std::string known = listed(shape_.columns, [](const Column& c) { return c.sortable ? c.id : std::string(); });
    faults_.push_back({"sort", messages::query_unknown_sort({.known = known, .value = shown(key)})});
  }

  std::uint32_t number(const std::string& name, std::string_view value, std::uint32_t most) {
    const auto given = text::read_integer(value);
    if (given && *given >= 1 && *given <= most) return static_cast<std::uint32_t>(*given);
    faults_.push_back({name, messages::query_out_of_range({.least = 1, .most = most})});
    return 1;
  }

  std::string words(const std::string& name, std::string_view value) {
    auto clean = text::clean_input(value);
    if (!clean.ok()) {
      faults_.push_back({name, clean.error().message});
      return {};
    }
    if (text::code_points(*clean) <= kMaxWords) return std::move(clean).value();
    faults_.push_back({name, messages::query_too_long({.most = kMaxWords})});
    return {};
  }

  void filter(const std::string& name, const std::string& value) {
    for (const Filter& filter : shape_.filters) {
      if (filter.id != name) continue;
      const auto chosen = [&](const Choice& choice) { return choice.value == value; };
      if (filter.choices.empty()) {
        if (std::string typed = words(name, value); !typed.empty()) query_.filters[name] = std::move(typed);
      } else if (std::any_of(filter.choices.begin(), filter.choices.end(), chosen)) {
        query_.filters[name] = value;
      } else {
        const std::string known = listed(filter.choices, [](const Choice& choice) { return choice.value; });
        faults_.push_back({name, messages::query_unknown_choice({.known = known, .value = shown(value)})});
      }
      return;
    }
  }

  static std::string_view shown(std::string_view value) { return text::first_code_points(value, 40); }

  const TableShape& shape_;
  TableQuery query_;
  std::vector<Fault> faults_;
};

double number_of(const std::string& value) {
  double number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

const std::string& words_of(const Cell& cell) { return cell.text.empty() ? cell.value : cell.text; }

bool contains(const Cell& cell, const std::string& form) {
  return text::search_form(words_of(cell)).find(form) != std::string::npos ||
         (!cell.text.empty() && text::search_form(cell.value).find(form) != std::string::npos);
}

bool passes(const Row& row, const TableShape& shape, const TableQuery& query, const std::string& form,
            const std::map<std::string, std::string>& filter_forms) {
  if (!form.empty() && std::none_of(row.begin(), row.end(), [&](const Cell& cell) { return contains(cell, form); })) return false;
  for (const Filter& filter : shape.filters) {
    const auto asked = query.filters.find(filter.id);
    if (asked == query.filters.end()) continue;
    for (std::size_t i = 0; i < shape.columns.size() && i < row.size(); ++i) {
      if (shape.columns[i].id != filter.id) continue;
      if (filter.choices.empty() ? !contains(row[i], filter_forms.at(filter.id)) : row[i].value != asked->second) return false;
    }
  }
  return true;
}

void sort_rows(std::vector<Row>& rows, std::size_t column, Kind kind, bool descending) {
  struct Key {
    bool unknown;
    double number;
    std::string text;
    std::size_t at;
  };
  std::vector<Key> keys;
  keys.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Cell& cell = rows[i][column];
    keys.push_back({cell.value.empty(), kind == Kind::kNumber ? number_of(cell.value) : 0,
                    kind == Kind::kNumber ? std::string() : text::search_form(words_of(cell)), i});
  }
  std::stable_sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
    if (a.unknown != b.unknown) return b.unknown;
    const Key& x = descending ? b : a;
    const Key& y = descending ? a : b;
    return x.number != y.number ? x.number < y.number : x.text < y.text;
  });
  std::vector<Row> sorted;
  sorted.reserve(rows.size());
  for (const Key& key : keys) sorted.push_back(std::move(rows[key.at]));
  rows = std::move(sorted);
}

}  // namespace

Result<TableQuery> read_query(const TableShape& shape, std::string_view target, std::string_view words) {
  return QueryReader(shape).read(target, words);
}

Table arrange(TableShape shape, TableQuery query, std::vector<Row> all) {
  const std::string form = text::search_form(query.text);
  std::map<std::string, std::string> filter_forms;
  for (const auto& [id, value] : query.filters) filter_forms[id] = text::search_form(value);
  std::erase_if(all, [&](const Row& row) {
    CHECK(row.size() == shape.columns.size());
    return !passes(row, shape, query, form, filter_forms);
  });
  for (std::size_t i = 0; i < shape.columns.size(); ++i)
    if (shape.columns[i].id == query.sort) sort_rows(all, i, shape.columns[i].kind, query.descending);
  Table table{.shape = std::move(shape), .query = std::move(query), .total = all.size()};
  const std::uint64_t first = std::uint64_t{table.query.page - 1} * table.query.per_page;
  for (std::uint64_t i = first; i < all.size() && i < first + table.query.per_page; ++i) table.rows.push_back(std::move(all[i]));
  return table;
}

}  // namespace musubi::web
