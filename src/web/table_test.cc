#include "web/table.h"

#include <gtest/gtest.h>

namespace musubi::web {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TableShape shape() {
  return {.id = "plans",
          .caption = "計画",
          .columns = {{"name", "名前", Kind::kLink, true},
                      {"budget", "予算", Kind::kNumber, true},
                      {"due", "期限", Kind::kDate, true},
                      {"state", "状態", Kind::kTag}},
          .filters = {{"state", "状態", {{"late", "遅れ"}, {"done", "達成"}}}, {"name", "名前"}},
          .search = true,
          .default_sort = "-budget"};
}

std::vector<Row> rows() {
  return {{{"Ａ<計画>", "", "/plans/1"}, {"1234567.5"}, {"2019-06-14"}, {"late", "遅れ", "", Tone::kWarning}},
          {{"b計画", "", "/plans/2"}, {"-5"}, {""}, {"done", "達成", "", Tone::kSuccess}},
          {{"=1+1", "", "/plans/3"}, {""}, {"2020-02-01"}, {"done", "達成", "", Tone::kSuccess}}};
}

TEST(Table, ReadsQueries) {
  const auto query = read_query(shape(), "/plans?sort=name&page=2&per_page=２０&state=late&q=%20x%20&lang=en&unknown=1").value();
  EXPECT_EQ(query.sort, "name");
  EXPECT_FALSE(query.descending);
  EXPECT_EQ(query.page, 2u);
  EXPECT_EQ(query.per_page, 20u);
  EXPECT_EQ(query.text, "x");
  EXPECT_EQ(query.filters, (std::map<std::string, std::string>{{"state", "late"}}));
  EXPECT_TRUE(read_query(shape(), "/plans").value().descending);
  EXPECT_TRUE(read_query(shape(), "/plans?name=+").value().filters.empty()) << "blank is not asked for";
}

TEST(Table, ListsEveryFaultOfAQuery) {
  const auto error = read_query(shape(), "/plans?sort=state&page=0&per_page=201&state=x&q=" + std::string(201, 'a')).error();
  EXPECT_EQ(error.name, "table.bad_query");
  std::vector<std::string> places;
  for (const Fault& fault : error.faults) places.push_back(fault.where);
  EXPECT_EQ(places, (std::vector<std::string>{"sort", "page", "per_page", "state", "q"}));
  EXPECT_TRUE(has(error.faults[0].message.en, "name, budget, due"));
  for (auto target : {"/p?page=-1", "/p?page=x", "/p?page=99999999999999999999", "/p?per_page=1e3", "/p?sort=--name"})
    EXPECT_FALSE(read_query(shape(), target).ok()) << target;
}

TEST(Table, ArrangesRows) {
  const auto names = [](const Table& table) {
    std::string out;
    for (const Row& row : table.rows) out += row[0].value + "|";
    return out;
  };
  EXPECT_EQ(names(arrange(shape(), {.sort = "budget", .descending = true}, rows())), "Ａ<計画>|b計画|=1+1|");
  EXPECT_EQ(names(arrange(shape(), {.sort = "budget"}, rows())), "b計画|Ａ<計画>|=1+1|");
  EXPECT_EQ(names(arrange(shape(), {.sort = "due"}, rows())), "Ａ<計画>|=1+1|b計画|");
  EXPECT_EQ(names(arrange(shape(), {.sort = "name"}, rows())), "=1+1|Ａ<計画>|b計画|");
  EXPECT_EQ(names(arrange(shape(), {.filters = {{"state", "done"}}}, rows())), "b計画|=1+1|");
  EXPECT_EQ(names(arrange(shape(), {.text = "a"}, rows())), "Ａ<計画>|");
  EXPECT_EQ(names(arrange(shape(), {.text = "達成"}, rows())), "b計画|=1+1|");
  EXPECT_EQ(names(arrange(shape(), {.filters = {{"name", "Ｂ計"}}}, rows())), "b計画|");
  const Table second = arrange(shape(), {.page = 2, .per_page = 2}, rows());
  EXPECT_EQ(names(second), "=1+1|");
  EXPECT_EQ(second.total, 3u);
  EXPECT_EQ(arrange(shape(), {.page = 100000, .per_page = 200}, rows()).rows.size(), 0u);
}

TEST(Table, WritesHtml) {
  const std::string html =
      table(arrange(shape(), {.sort = "budget", .descending = true, .per_page = 2}, rows()), "/plans?lang=en&page=1", Language::ja)
          .html;
  for (auto part : {"<caption>計画</caption>", "aria-sort=\"descending\"", "href=\"/plans?lang=en&amp;sort=budget\"",
                    "href=\"/plans?lang=en&amp;sort=name\"", "3件中 1–2件", "<a href=\"/plans/1\">Ａ&lt;計画&gt;</a>", "1,234,567.5",
                    "<time datetime=\"2019-06-14\">2019年（令和元年）6月14日</time>",
                    "<strong class=\"tag tag-warning\">遅れ</strong>", "role=\"region\" tabindex=\"0\" aria-label=\"計画\"", "page=2",
                    "aria-current=\"page\"", "<a href=\"/plans?lang=en&amp;per_page=200\">全3件を1ページに（印刷用）</a>",
                    "<input type=\"hidden\" name=\"lang\" value=\"en\">", "<th scope=\"row\">"})
    EXPECT_TRUE(has(html, part)) << part << "\n" << html;
  EXPECT_FALSE(has(html, "style="));
}

TEST(Table, LinesOfACellStandOneBelowTheOther) {
  Table two{.shape = {"t", "表", {{"a", "A"}, {"b", "B"}}}, .rows = {{{"x"}, {"one\ntwo <3"}}}, .total = 1};
  const std::string html = table(two, "/t", Language::en).html;
  EXPECT_TRUE(has(html, "<td><span class=\"lines\">one\ntwo &lt;3</span></td>")) << html;
  EXPECT_TRUE(has(html, "<th scope=\"row\">x</th>")) << html;
}

TEST(Table, EmptyStatesSayWhatToDo) {
  EXPECT_TRUE(has(table(arrange(shape(), {.text = "zzz"}, rows()), "/plans?q=zzz", Language::en).html, "Nothing matches"));
  Table none{.shape = shape(), .empty_text = "計画はまだありません。", .empty_next = {"登録する", "/plans/new"}};
  const std::string html = table(none, "/plans", Language::ja).html;
  EXPECT_TRUE(has(html, "計画はまだありません。"));
  EXPECT_TRUE(has(html, "<a href=\"/plans/new\">登録する</a>"));
}

TEST(Table, TheSameRowsAsCsvAndJson) {
  const Table all = arrange(shape(), {.sort = "budget", .descending = true}, rows());
  EXPECT_EQ(to_csv(all), "name,budget,due,state\r\nＡ<計画>,1234567.5,2019-06-14,late\r\nb計画,-5,,done\r\n=1+1,,2020-02-01,done\r\n");
  EXPECT_EQ(
      to_csv(all, text::kSpreadsheet),
      "\xEF\xBB\xBF名前,予算,期限,状態\r\nＡ<計画>,1234567.5,2019-06-14,遅れ\r\nb計画,-5,,達成\r\n\"'=1+1\",,2020-02-01,達成\r\n");
  EXPECT_EQ(json::serialize(to_json(all)),
            "{\"total\":3,\"page\":1,\"per_page\":50,\"rows\":[{\"name\":\"Ａ<計画>\",\"name_href\":\"/plans/"
            "1\",\"budget\":1.2345675E6,\"due\":\"2019-06-14\",\"state\":\"late\",\"state_text\":\"遅れ\"},"
            "{\"name\":\"b計画\",\"name_href\":\"/plans/2\",\"budget\":-5,\"due\":null,\"state\":\"done\",\"state_text\":\"達成\"},"
            "{\"name\":\"=1+1\",\"name_href\":\"/plans/"
            "3\",\"budget\":null,\"due\":\"2020-02-01\",\"state\":\"done\",\"state_text\":\"達成\"}]}");
}

TEST(Table, TwoHundredRowsStandOnOnePage) {
  std::vector<Row> many;
  for (int i = 0; i < 201; ++i) many.push_back(rows()[static_cast<std::size_t>(i) % 3]);
  const std::string html = table(arrange(shape(), {.per_page = 200}, many), "/plans", Language::ja).html;
  std::size_t shown = 0;
  for (std::size_t at = html.find("<th scope=\"row\">"); at != std::string::npos; at = html.find("<th scope=\"row\">", at + 1))
    ++shown;
  EXPECT_EQ(shown, 200u);
  EXPECT_TRUE(has(html, "201件中 1–200件"));
  EXPECT_FALSE(has(html, "印刷用")) << "one page does not hold them all";
  EXPECT_LT(html.size(), 400u * 200);
}

TEST(Table, AnEmptyChoiceSaysInItsOwnWordsWhatItMeans) {
  Table all{shape(), {}, rows(), 3};
  EXPECT_TRUE(has(table(all, "/plans", Language::ja).html, "<option value=\"\">すべて</option>"));
  all.shape.filters[0].choices.insert(all.shape.filters[0].choices.begin(), {"", "今のもの"});
  const std::string html = table(all, "/plans", Language::ja).html;
  EXPECT_TRUE(has(html, "<option value=\"\" selected>今のもの</option>"));
  EXPECT_FALSE(has(html, "すべて</option>"));
  EXPECT_TRUE(read_query(all.shape, "/plans?state=").value().filters.empty());
}

}  // namespace
}  // namespace musubi::web
