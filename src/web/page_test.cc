#include "web/page.h"

#include <gtest/gtest.h>

#include "web/chart.h"
#include "web/gallery.h"
#include "web/messages.h"
#include "web/problem_page.h"
#include "web/respond.h"
#include "web/static_files.h"

namespace musubi::web {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const Site kSite{.organisation = {"青葉町", "Aoba Town"},
                 .navigation = {{{"計画", "Plans"}, "/plans"}, {{"部品", "Parts"}, "/gallery"}}};

TEST(Page, ShellHasWhatEveryPageNeeds) {
  const std::string html = render_page(kSite, {.title = "計画 <1>",
                                               .language = Language::ja,
                                               .target = "/plans/1?page=2&lang=ja",
                                               .lead = "説明",
                                               .breadcrumbs = {{"ホーム", "/"}},
                                               .main = {"<p>本文</p>"},
                                               .json = true,
                                               .csv = true,
                                               .account = {{"ログイン", "/sign-in"}}});
  for (auto part : {"<!DOCTYPE html>\n<html lang=\"ja\">", "<title>計画 &lt;1&gt; – 青葉町</title>",
                    "<a class=\"skip\" href=\"#main\">本文へ移動</a>", "結び Musubi",
                    "href=\"/plans/1?page=2&amp;lang=en\" lang=\"en\" hreflang=\"en\">English</a>",
                    "<a href=\"/plans\" aria-current=\"true\">計画</a>", "<a href=\"/gallery\">部品</a>", "<h1>計画 &lt;1&gt;</h1>",
                    "<p>本文</p>", "href=\"/plans/1.json?page=2&amp;lang=ja\" type=\"application/json\"",
                    "curl &quot;$MUSUBI&quot;&#39;/plans/1.json?page=2&amp;lang=ja&#39;", "MUSUBI は、このサイトのアドレス",
                    "rel=\"alternate\" type=\"text/csv\"", "/static/musubi.", "<li aria-current=\"page\">計画 &lt;1&gt;</li>",
                    "他のサイトと通信しません"})
    EXPECT_TRUE(has(html, part)) << part << "\n" << html;
  for (auto part : {"<style", " style=", "<script", "http://", "https://"}) EXPECT_FALSE(has(html, part)) << part;
}

TEST(Page, AlternateTargets) {
  EXPECT_EQ(alternate_target("/", "json"), "/index.json");
  EXPECT_EQ(alternate_target("/plans/?q=x#y", "csv"), "/plans.csv?q=x");
  EXPECT_EQ(alternate_target("/plans?q='$(x)'", "json"), "/plans.json?q='$(x)'");
}

TEST(Page, KeepsTheByteBudget) {
  const std::string shell =
      render_page(kSite, {.title = "計画", .target = "/plans", .breadcrumbs = {{"ホーム", "/"}}, .json = true, .csv = true});
  const StaticFile* css = find_static(static_path("musubi.css"));
  ASSERT_NE(css, nullptr);
  std::printf("shell %zu bytes, %zu gzip; style sheet %zu, %zu gzip\n", shell.size(), gzip(shell).size(), css->bytes.size(),
              css->gzip.size());
  EXPECT_LE(gzip(shell).size() + css->gzip.size(), 12u << 10);
  EXPECT_LE(css->bytes.size(), 20'000u);
}

TEST(Static, FilesAreNamedByContent) {
  const std::string& path = static_path("musubi.css");
  EXPECT_TRUE(path.starts_with("/static/musubi.") && path.ends_with(".css") && path.size() == 35) << path;
  EXPECT_EQ(find_static("/static/musubi.css"), nullptr);
  http::Request request;
  request.target = path;
  const auto response = respond_static(request).value();
  EXPECT_EQ(response.headers.get("Cache-Control"), kImmutable);
  EXPECT_EQ(response.headers.get("Content-Type"), "text/css; charset=utf-8");
  EXPECT_TRUE(response.gzip_body && response.gzip_body->size() < response.bytes().size());
  request.target = "/static/none.css";
  EXPECT_EQ(respond_static(request).error().code, Code::kNotFound);
}

TEST(Problem, SaysWhatToDoInBothLanguages) {
  const Error error{Code::kInvalid, "x.bad", {"誤りがあります。", "There are faults."}, {{"sort", {"<直す>", "<fix>"}}}};
  for (Language language : kLanguages) {
    const std::string html = render_page(kSite, problem_page(error, language, "/plans", "REF1"));
    EXPECT_TRUE(has(html, pick(error.message, language)));
    EXPECT_TRUE(has(html, language == Language::ja ? "&lt;直す&gt;" : "&lt;fix&gt;"));
    EXPECT_TRUE(has(html, "REF1") && has(html, "/problems/x.bad") && has(html, messages::problem_step_correct(language)));
    EXPECT_TRUE(has(render_page(kSite, not_found_page(language, "/x")), messages::problem_not_found_text(language)));
  }
  for (int code = 0; code <= static_cast<int>(Code::kInternal); ++code)
    EXPECT_FALSE(problem_page({static_cast<Code>(code), "", {}, {}}, Language::en, "/").title.empty());
}

TEST(Respond, PagesAndErrors) {
  const auto response = respond(kSite, gallery(Language::en));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Content-Language"), "en");
  const auto refused =
      respond(kSite, problem_page({Code::kNotFound, "http.not_found", {"ない", "gone"}, {}}, Language::ja, "/x?y=1"), 404);
  EXPECT_TRUE(refused.status == 404 && has(std::string(refused.bytes()), "ない"));
}

TEST(Chart, IsTextSafeAndHasATable) {
  Chart chart{.id = "c",
              .title = "<t>",
              .description = "<d>",
              .unit = "%",
              .labels = {"<a>", "b", "c"},
              .series = {{"<s>", {1.5, std::nullopt, -3}}, {"z", {2, 1000000}}},
              .target = 5};
  for (auto make : {bar_chart, share_chart, line_chart}) {
    const std::string html = make(chart, Language::ja).html;
    for (auto part : {"<title id=\"c-title\">&lt;t&gt;</title>", "<desc id=\"c-desc\">&lt;d&gt;</desc>", "role=\"img\"", "<table>",
                      "&lt;a&gt;", "</figure>"})
      EXPECT_TRUE(has(html, part)) << part;
    for (auto part : {"style", "<s>", "nan", "inf"}) EXPECT_FALSE(has(html, part)) << part << html;
    for (auto empty :
         {Chart{.id = "e"}, Chart{.id = "e", .labels = {"x"}, .series = {{"s", {}}}},
          Chart{.id = "e", .labels = {"x"}, .series = {{"s", {0}}}}, Chart{.id = "e", .labels = {"x"}, .series = {{"s", {1e300}}}},
          Chart{.id = "e", .labels = {"x"}, .series = {{"s", {0.0 / 1e-320}}}}})
      EXPECT_TRUE(has(make(empty, Language::en).html, "</figure>"));
  }
}

TEST(Gallery, ShowsEverythingInBothLanguages) {
  for (Language language : kLanguages) {
    const std::string html = render_page(kSite, gallery(language));
    for (auto part : {"tag-error", "notice-warning", "<details>", "class=\"empty\"", "class=\"pages\"", "class=\"errors\"",
                      "<fieldset", "<textarea", "type=\"file\"", "class=\"legend\""})
      EXPECT_TRUE(has(html, part)) << part;
    EXPECT_FALSE(has(html, " style="));
    EXPECT_LE(gzip(html).size(), 12'000u);
  }
}

}  // namespace
}  // namespace musubi::web
