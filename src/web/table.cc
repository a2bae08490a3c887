#include "web/table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "text/numbers.h"
#include "web/messages.h"
#include "web/url.h"

namespace musubi::web {
namespace {

// A table of more columns lies on its side on paper.
constexpr std::size_t kUprightColumns = 7;

std::optional<double> number_of(const std::string& value) {
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || !(number - number == 0)) return std::nullopt;
  return number;
}

class Writer {
 public:
  Writer(const Table& table, std::string_view target, Language language)
      : table_(table), shape_(table.shape), query_(table.query), target_(target), language_(language) {}

  Markup run() && {
    html_.raw("<div class=\"listing\"").attribute("id", shape_.id).raw(">\n");
    if (!shape_.filters.empty() || shape_.search) filters();
    if (table_.rows.empty())
      empty();
    else
      rows();
    if (table_.total > query_.per_page) pages();
    return html_.raw("</div>\n").take();
  }

 private:
  std::uint64_t last_page() const { return std::min<std::uint64_t>((table_.total + query_.per_page - 1) / query_.per_page, kMaxPage); }
  bool is_filtered() const { return !query_.filters.empty() || !query_.text.empty(); }

  // The target without what the form or link sets anew; `lang` and parameters of others stay.
  std::string cleared() const {
    std::string out(target_);
    for (const Filter& filter : shape_.filters) out = with_parameter(out, filter.id, "");
    if (shape_.search) out = with_parameter(out, shape_.posted ? "find" : "q", "");
    return with_parameter(out, "page", "");
  }

  void filters() {
    html_.raw("<form class=\"filters\" role=\"search\"")
        .attribute("method", shape_.posted ? "post" : "get")
        .url("action", path_of(target_))
        .attribute("aria-label", messages::filter_label(language_, {shape_.caption}))
        .raw(">\n");
    if (shape_.posted) html_.raw("<input type=\"hidden\" name=\"csrf\"").attribute("value", table_.csrf).raw(">\n");
    for (const auto& [name, value] : query_parameters(cleared()))
      html_.raw("<input type=\"hidden\"").attribute("name", name).attribute("value", value).raw(">\n");
    if (shape_.search) text_filter("q", messages::filter_search(language_), query_.text);
    for (const Filter& filter : shape_.filters) {
      const auto given = query_.filters.find(filter.id);
      const std::string value = given == query_.filters.end() ? "" : given->second;
      if (filter.choices.empty())
        text_filter(filter.id, filter.title, value);
      else
        choice_filter(filter, value);
    }
    html_.raw("<div class=\"do\"><button class=\"button secondary\">").text(messages::filter_submit(language_)).raw("</button>");
    if (is_filtered()) html_.raw(" <a").url("href", cleared()).raw(">").text(messages::filter_clear(language_)).raw("</a>");
    html_.raw("</div>\n</form>\n");
  }

  void label(std::string_view id, std::string_view title) {
    html_.raw("<div><label for=\"").text(shape_.id).raw("-f-").text(id).raw("\">").text(title).raw("</label>\n");
  }

  void text_filter(std::string_view id, std::string_view title, std::string_view value) {
    label(id, title);
    html_.raw("<input type=\"search\" id=\"")
        .text(shape_.id)
        .raw("-f-")
        .text(id)
        .raw("\"")
        .attribute("name", id)
        .attribute("value", value)
        .raw("></div>\n");
  }

  void choice_filter(const Filter& filter, std::string_view value) {
    label(filter.id, filter.title);
    html_.raw("<select id=\"").text(shape_.id).raw("-f-").text(filter.id).raw("\"").attribute("name", filter.id).raw(">");
    if (std::none_of(filter.choices.begin(), filter.choices.end(), [](const Choice& one) { return one.value.empty(); }))
      html_.raw("<option value=\"\">").text(messages::filter_any(language_)).raw("</option>");
    for (const Choice& choice : filter.choices) {
      html_.raw("<option").attribute("value", choice.value);
      if (choice.value == value) html_.raw(" selected");
      html_.raw(">").text(choice.title).raw("</option>");
    }
    html_.raw("</select></div>\n");
  }

  void empty() {
    html_.raw("<div class=\"empty\">\n<p>");
    if (table_.total > 0) {  // a page beyond the last
      const auto last = static_cast<std::int64_t>(last_page());
      html_.text(messages::table_past_last(language_, {.pages = last}))
          .raw("</p>\n<p><a")
          .url("href", with_parameter(target_, "page", last == 1 ? "" : std::to_string(last)))
          .raw(">")
          .text(messages::table_to_last(language_))
          .raw("</a></p>\n");
    } else if (is_filtered()) {
      html_.text(messages::table_empty_filtered(language_))
          .raw("</p>\n<p><a")
          .url("href", cleared())
          .raw(">")
          .text(messages::filter_clear(language_))
          .raw("</a></p>\n");
    } else {
      html_.text(table_.empty_text.empty() ? messages::table_empty(language_) : std::string_view(table_.empty_text)).raw("</p>\n");
      if (!table_.empty_next.href.empty())
        html_.raw("<p>").markup(link(table_.empty_next.title, table_.empty_next.href)).raw("</p>\n");
    }
    html_.raw("</div>\n");
  }

  void rows() {
    const std::int64_t first = std::int64_t{query_.page - 1} * query_.per_page + 1;
    html_.raw("<p class=\"count\">")
        .text(messages::table_count(language_, {.first = first,
                                                .last = first + static_cast<std::int64_t>(table_.rows.size()) - 1,
                                                .total = static_cast<std::int64_t>(table_.total)}));
    html_.raw("</p>\n<div class=\"")
        .text(shape_.columns.size() > kUprightColumns ? "scroll sheet" : "scroll")
        .raw("\" role=\"region\" tabindex=\"0\"")
        .attribute("aria-label", shape_.caption)
        .raw(">\n<table>\n<caption>")
        .text(shape_.caption)
        .raw("</caption>\n<thead><tr>");
    for (const Column& column : shape_.columns) heading(column);
    html_.raw("</tr></thead>\n<tbody>\n");
    for (const Row& row : table_.rows) {
      CHECK(row.size() == shape_.columns.size());
      html_.raw("<tr>");
      for (std::size_t i = 0; i < row.size(); ++i) cell(row[i], shape_.columns[i].kind, i == 0);
      html_.raw("</tr>\n");
    }
    html_.raw("</tbody>\n</table>\n</div>\n");
  }

  void heading(const Column& column) {
    const bool sorted = column.id == query_.sort && !query_.sort.empty();
    html_.raw("<th scope=\"col\"");
    if (column.kind == Kind::kNumber) html_.raw(" class=\"n\"");
    if (sorted) html_.attribute("aria-sort", query_.descending ? "descending" : "ascending");
    html_.raw(">");
    if (!column.sortable) {
      html_.text(column.title).raw("</th>");
      return;
    }
    const bool down = sorted && !query_.descending;
    html_.raw("<a")
        .url("href", with_parameter(with_parameter(target_, "page", ""), "sort", (down ? "-" : "") + column.id))
        .raw(">")
        .text(column.title);
    if (sorted && query_.descending)
      html_.raw("<span aria-hidden=\"true\"> ▼</span>");
    else if (sorted)
      html_.raw("<span aria-hidden=\"true\"> ▲</span>");
    else
      html_.raw("<span class=\"idle\" aria-hidden=\"true\"> ↕</span>");
    html_.raw("</a></th>");
  }

  void cell(const Cell& cell, Kind kind, bool first) {
    if (first)
      html_.raw("<th scope=\"row\"");
    else
      html_.raw("<td");
    if (kind == Kind::kNumber) html_.raw(" class=\"n\"");
    html_.raw(">");
    const std::string& words = cell.text.empty() ? cell.value : cell.text;
    if (words.empty())
      html_.raw("<span class=\"hidden\">").text(messages::unknown_value(language_)).raw("</span><span aria-hidden=\"true\">–</span>");
    else
      content(cell, kind, words);
    if (first)
      html_.raw("</th>");
    else
      html_.raw("</td>");
  }

  void content(const Cell& cell, Kind kind, const std::string& words) {
    if (kind == Kind::kTag) {
      html_.markup(tag(words, cell.tone));
    } else if (!cell.href.empty()) {
      html_.raw("<a").url("href", cell.href).raw(">").text(kind == Kind::kNumber ? text::grouped(words) : words).raw("</a>");
    } else if (kind == Kind::kDate && cell.text.empty()) {
      // Neighbouring rows often bear the same day.
      if (cell.value != date_value_) {
        const auto date = text::parse_date(cell.value);
        date_ = date.ok() ? date_element(*date, language_) : escaped(words);
        date_value_ = cell.value;
      }
      html_.markup(date_);
    } else if (words.find('\n') != words.npos) {
      html_.raw("<span class=\"lines\">").text(words).raw("</span>");
    } else {
      html_.text(kind == Kind::kNumber && cell.text.empty() ? text::grouped(words) : words);
    }
  }

  void page_link(std::uint64_t page, std::string_view title, bool is_number) {
    const bool current = is_number && page == query_.page;
    html_.raw("<li>");
    html_.raw("<a").url("href", with_parameter(target_, "page", page == 1 ? "" : std::to_string(page)));
    if (is_number) html_.attribute("aria-label", messages::table_page(language_, {static_cast<std::int64_t>(page)}));
    if (current) html_.raw(" aria-current=\"page\"");
    html_.raw(">").text(title).raw("</a></li>\n");
  }

  void pages() {
    const std::uint64_t last = last_page();
    html_.raw("<nav class=\"pages\"").attribute("aria-label", messages::table_pages(language_, {shape_.caption})).raw(">\n<ul>\n");
    if (query_.page > 1) page_link(std::min<std::uint64_t>(query_.page - 1, last), messages::table_previous(language_), false);
    std::uint64_t shown = 0;
    for (std::uint64_t page :
         {std::uint64_t{1}, std::uint64_t{query_.page} - 1, std::uint64_t{query_.page}, std::uint64_t{query_.page} + 1, last}) {
      if (page <= shown || page > last) continue;
      if (page > shown + 1) html_.raw("<li aria-hidden=\"true\">…</li>\n");
      page_link(page, std::to_string(page), true);
      shown = page;
    }
    if (query_.page < last) page_link(query_.page + 1, messages::table_next(language_), false);
    if (table_.total <= kMaxPerPage) {
      const auto whole = with_parameter(with_parameter(target_, "page", ""), "per_page", std::to_string(kMaxPerPage));
      html_.raw("<li><a").url("href", whole).raw(">");
      html_.text(messages::table_whole(language_, {.total = static_cast<std::int64_t>(table_.total)})).raw("</a></li>\n");
    }
    html_.raw("</ul>\n</nav>\n");
  }

  const Table& table_;
  const TableShape& shape_;
  const TableQuery& query_;
  std::string_view target_;
  Language language_;
  Html html_;
  std::string date_value_;
  Markup date_;
};

}  // namespace

Markup table(const Table& table, std::string_view target, Language language) { return Writer(table, target, language).run(); }

std::string to_csv(const Table& table, text::CsvOptions options) {
  const bool for_people = options.guard_formulas;
  text::CsvWriter writer(options);
  std::vector<std::string> cells;
  for (const Column& column : table.shape.columns) cells.push_back(for_people ? column.title : column.id);
  writer.row(cells);
  for (const Row& row : table.rows) {
    cells.clear();
    for (const Cell& cell : row) cells.push_back(for_people && !cell.text.empty() ? cell.text : cell.value);
    writer.row(cells);
  }
  return writer.take();
}

json::object to_json(const Table& table) {
  json::array rows;
  for (const Row& row : table.rows) {
    json::object object;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Column& column = table.shape.columns[i];
      const Cell& cell = row[i];
      const auto number = column.kind == Kind::kNumber ? number_of(cell.value) : std::nullopt;
      json::value& value = object[column.id];
      const bool exact = number && std::abs(*number) <= 9007199254740992.0;  // 2^53
      if (exact && std::trunc(*number) == *number)
        value = static_cast<std::int64_t>(*number);
      else if (exact)
        value = *number;
      else if (!cell.value.empty())
        value = cell.value;
      if (!cell.href.empty()) object[column.id + "_href"] = cell.href;
      if (!cell.text.empty()) object[column.id + "_text"] = cell.text;
    }
    rows.push_back(std::move(object));
  }
  return {{"total", table.total}, {"page", table.query.page}, {"per_page", table.query.per_page}, {"rows", std::move(rows)}};
}

}  // namespace musubi::web
