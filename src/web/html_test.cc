#include "web/html.h"

#include <gtest/gtest.h>

#include "web/messages.h"
#include "web/url.h"

namespace musubi::web {
namespace {

TEST(Html, Escapes) {
  EXPECT_EQ(escaped("a<b>&\"'").html, "a&lt;b&gt;&amp;&quot;&#39;");
  EXPECT_EQ(Html().raw("<a").attribute("title", "\"><script>").url("href", "javascript:x").raw(">").take().html,
            "<a title=\"&quot;&gt;&lt;script&gt;\" href=\"#\">");
}

TEST(Html, SafeUrls) {
  for (auto href :
       {"/", "?a=b:c", "#x", "plans/1", "https://example.go.jp/", "HTTP://x", "mailto:a@example.jp", "tel:+81", "/a:b", ""})
    EXPECT_TRUE(is_safe_url(href)) << href;
  for (auto href : {"javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "vbscript:x", " javascript:x", "java\nscript:x",
                    "\x01javascript:x", "x:y"})
    EXPECT_FALSE(is_safe_url(href)) << href;
}

TEST(Html, Pieces) {
  EXPECT_EQ(time_element(Time{1560481445000000}, Language::en).html,
            "<time datetime=\"2019-06-14T12:04:05+09:00\">14 June 2019, 12:04 JST</time>");
  EXPECT_EQ(tag("遅れ", Tone::kWarning).html, "<strong class=\"tag tag-warning\">遅れ</strong>");
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(grouped(100), "100");
}

TEST(Messages, TakeTypedArguments) {
  EXPECT_EQ(messages::table_count(Language::ja, {.first = 1, .last = 50, .total = 1590}), "1,590件中 1–50件");
  EXPECT_EQ(messages::table_count(Language::en, {.first = 1, .last = 1, .total = 1}), "1–1 of 1 row");
  EXPECT_EQ(messages::home(), (Text{"ホーム", "Home"}));
  EXPECT_EQ(messages::find("home", Language::en), "Home");
  EXPECT_EQ(messages::find("table_count", Language::en), std::nullopt);
  EXPECT_EQ(messages::find("nothing", Language::en), std::nullopt);
}

TEST(Url, QueryStrings) {
  EXPECT_EQ(query_parameters("/plans?a=1&b=%E7%B5%90+x&c&d=%zz"), (Parameters{{"a", "1"}, {"b", "結 x"}, {"c", ""}, {"d", "%zz"}}));
  EXPECT_EQ(query_parameters("/plans"), Parameters{});
  EXPECT_EQ(query_parameters("a=1#x"), (Parameters{{"a", "1"}}));
  EXPECT_EQ(query_string({{"q", "結び &"}}), "?q=%E7%B5%90%E3%81%B3%20%26");
  EXPECT_EQ(with_parameter("/p?a=1&lang=ja", "lang", "en"), "/p?a=1&lang=en");
  EXPECT_EQ(with_parameter("/p", "lang", "en"), "/p?lang=en");
  EXPECT_EQ(with_parameter("/p?page=2", "page", ""), "/p");
  std::string many = "/p?";
  for (int i = 0; i < 200; ++i) many += "a=1&";
  EXPECT_EQ(query_parameters(many).size(), 64u);
}

}  // namespace
}  // namespace musubi::web
