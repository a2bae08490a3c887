#include "web/template.h"

#include <gtest/gtest.h>

namespace musubi::web {
namespace {

std::optional<std::string_view> message(std::string_view key, Language language) {
  if (key == "save") return language == Language::ja ? "保存 & 次へ" : "Save & next";
  return std::nullopt;
}

Result<Templates> parse(std::vector<embedded::File> files) { return Templates::parse(files, message); }

Result<Markup> rendered(std::string_view source, const json::object& view, std::string_view partial = "") {
  const auto templates = parse({{"x.html", source}, {"part.html", partial}});
  if (!templates.ok()) return templates.error();
  return templates->render("x", Language::en, view);
}

TEST(Template, RendersTheSubset) {
  const json::object view = {{"a", "A"},          {"n", 5},
                             {"d", 1.5},          {"o", {{"b", "B"}, {"c", {{"d", "D"}}}}},
                             {"list", {1, 2, 3}}, {"items", {json::object{{"a", "x"}}, json::object{{"z", 1}}}},
                             {"yes", true},       {"no", false},
                             {"none", nullptr},   {"empty", json::array()},
                             {"blank", ""},       {"markup", trusted({"<b>"})}};
  const char* cases[][2] = {{"{{a}} {{ n }} {{d}} {{o.b}} {{o.c.d}}", "A 5 1.5 B D"},
                            {"{{#list}}{{.}},{{/list}}", "1,2,3,"},
                            {"{{#items}}{{a}}{{/items}}", "xA"},
                            {"{{#o}}{{b}}{{#c}}{{d}}{{/c}}{{/o}}", "BD"},
                            {"{{#yes}}1{{/yes}}{{#no}}2{{/no}}{{#none}}3{{/none}}{{#empty}}4{{/empty}}{{#blank}}5{{/blank}}", "1"},
                            {"{{^yes}}1{{/yes}}{{^no}}2{{/no}}{{^none}}3{{/none}}{{^empty}}4{{/empty}}{{^blank}}5{{/blank}}", "2345"},
                            {"{{! a\ncomment }}x", "x"},
                            {"{{{markup}}}", "<b>"},
                            {"{{> part}}!", "[A]!"},
                            {"{{t.save}} <a title=\"{{t.save}}\">", "Save &amp; next <a title=\"Save &amp; next\">"},
                            {"|\n  {{#yes}}\n x\n  {{/yes}}\n|", "|\n x\n|"},
                            {"|\r\n{{! gone }}\r\n|", "|\r\n|"},
                            {"  {{#yes}} {{/yes}}", "   "},
                            {"{{#yes}}\n{{/yes}}", ""},
                            {"x{{^no}}\n{{/no}}", "x\n"},
                            {"<option{{#yes}} selected{{/yes}}>", "<option selected>"}};
  for (auto& [source, expected] : cases) {
    const auto page = rendered(source, view, "[{{a}}]");
    ASSERT_TRUE(page.ok()) << source << page.error().name << (page.error().faults.empty() ? "" : page.error().faults[0].message.en);
    EXPECT_EQ(page->html, expected) << source;
  }
}

TEST(Template, EscapesEverything) {
  const json::object view = {{"a", "<script>\"'&"}, {"href", "/x?a=1&b=\"2"}};
  EXPECT_EQ(rendered("<p title='{{a}}'>{{a}}</p>", view).value().html,
            "<p title='&lt;script&gt;&quot;&#39;&amp;'>&lt;script&gt;&quot;&#39;&amp;</p>");
  EXPECT_EQ(rendered("<a href=\"{{href}}\">", view).value().html, "<a href=\"/x?a=1&amp;b=&quot;2\">");
}

TEST(Template, RefusesAtRenderTime) {
  const json::object view = {{"s", "<b>"},      {"o", {{"$html", "<b>"}}},     {"yes", true},
                             {"none", nullptr}, {"js", "JavaScript:alert(1)"}, {"tab", "java\tscript:x"}};
  const char* cases[][2] = {{"{{missing}}", "template.unknown_name"},
                            {"{{#missing}}{{/missing}}", "template.unknown_name"},
                            {"{{^missing}}{{/missing}}", "template.unknown_name"},
                            {"{{o.x}}", "template.unknown_name"},
                            {"{{s.x}}", "template.unknown_name"},
                            {"{{{s}}}", "template.wrong_type"},
                            {"{{{o}}}", "template.wrong_type"},
                            {"{{o}}", "template.wrong_type"},
                            {"{{yes}}", "template.wrong_type"},
                            {"{{none}}", "template.wrong_type"},
                            {"<a href=\"{{js}}\">", "template.unsafe_url"},
                            {"<form action='{{tab}}'>", "template.unsafe_url"}};
  for (auto& [source, name] : cases) {
    const auto page = rendered(source, view);
    ASSERT_FALSE(page.ok()) << source;
    EXPECT_EQ(page.error().name, name) << source;
  }
  EXPECT_EQ(rendered("\n\n{{missing}}", view).error().faults[0].where, "x.html:3");
  EXPECT_EQ(rendered("{{> x}}", view).error().name, "template.too_deep");
  EXPECT_TRUE(rendered("<a title=\"{{js}}\" href=\"/p/{{js}}\">", view).ok());
}

TEST(Template, RefusesAtParseTime) {
  for (auto source : {"{{", "{{#a}}", "{{/a}}", "{{#a}}{{/b}}", "{{a b}}", "{{}}", "{{&a}}", "{{=<% %>=}}", "{{> nothing}}",
                      "{{t.nothing}}", "<a {{a}}>", "<a title={{a}}>", "<{{a}}>", "<script>{{a}}</script>", "<style>{{a}}</style>",
                      "<!-- {{a}} -->", "<a title=\"{{{a}}}\">", "<script>{{{a}}}</script>"}) {
    const auto page = rendered(source, {{"a", "x"}, {"b", "x"}});
    ASSERT_FALSE(page.ok()) << source;
    EXPECT_EQ(page.error().name, "template.malformed") << source;
  }
  const auto error = parse({{"x.html", "a\n{{t.no}}\n{{#o}}"}, {"y.html", "{{> z}}"}}).error();
  std::vector<std::string> places;
  for (const Fault& fault : error.faults) places.push_back(fault.where);
  EXPECT_EQ(places, (std::vector<std::string>{"x.html:2", "x.html:3", "y.html:1"}));
}

TEST(Template, LanguagesAreResolvedAtParseTime) {
  const auto templates = parse({{"x.html", "{{t.save}}"}});
  EXPECT_EQ(templates->render("x", Language::ja, {}).value().html, "保存 &amp; 次へ");
  EXPECT_EQ(templates->render("y", Language::ja, {}).error().name, "template.unknown_template");
}

TEST(Template, Renders200Rows) {
  const auto templates = parse({{"x.html", "{{#rows}}<td>{{a}}</td><td>{{b}}</td>\n{{/rows}}"}});
  json::array rows;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    rows.push_back({{"a", "施策 <1>"}, {"b", i}});
    expected += "<td>施策 &lt;1&gt;</td><td>" + std::to_string(i) + "</td>\n";
  }
  json::object view;
  view["rows"] = std::move(rows);
  EXPECT_EQ(templates->render("x", Language::ja, view).value().html, expected);
}

}  // namespace
}  // namespace musubi::web
