// docs/urls.md is the table of all routes, written by this test: UPDATE=1 build/dev/app_test --gtest_filter='Urls*'. Routes are
// written whole, so that the source whose table holds a route is found by its text.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

#include "app/wiring.h"
#include "base/file.h"
#include "http/openapi.h"
#include "support/store_fixture.h"

namespace musubi::app {
namespace {

namespace fs = std::filesystem;

// A line break and what stands before the next word are one space: layout may put a pattern on a line of its own.
std::string in_one_line(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\n') {
      out += text[at];
      continue;
    }
    while (at + 1 < text.size() && (text[at + 1] == ' ' || text[at + 1] == '\n')) ++at;
    if (!out.ends_with('(') && !out.ends_with('{')) out += ' ';
  }
  return out;
}

std::map<std::string, std::string> sources() {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(std::string(MUSUBI_SOURCE_DIR) + "/src"))
    if (entry.path().extension() == ".cc")
      all[fs::relative(entry.path(), MUSUBI_SOURCE_DIR).string()] = in_one_line(read_file(entry.path().string(), 4 << 20).value());
  return all;
}

// The source whose route table holds the pattern; empty where none does.
std::string table_of(const std::map<std::string, std::string>& all, const std::string& method, const std::string& pattern) {
  std::string word = method == "GET" ? "get" : "post";
  for (const auto& [path, text] : all)
    for (const std::string& before : {word + "(", word + ", ", word + "(context, true, ", word + "(context, false, ",
                                      std::string(method == "GET" ? "page(" : "draft(")})
      if (!path.ends_with("_test.cc") && path != "src/identity/card_agent.cc" && text.find(before + '"' + pattern + '"') != text.npos)
        return path;
  return {};
}

std::string with_sources(const std::string& table) {
  auto all = sources();
  std::istringstream in(table);
  std::string out =
                  "# URLs\n"
                  "`src/app/access_test.cc` walks every route as everybody whom it must refuse. *table* is the source that holds the "
                  "route and names its\n"
                  "handler; the tests of its module stand beside it.\n\n",
              line;
  while (std::getline(in, line)) {
    if (line.starts_with("| method"))
      line += " table |";
    else if (line.starts_with("|---"))
      line += "---|";
    else if (line.starts_with("| ")) {
      auto begin = line.find('`') + 1, end = line.find('`', begin);
      std::string pattern = line.substr(begin, end - begin), method = line.substr(2, line.find(' ', 2) - 2),
                  where = table_of(all, method, pattern);
      EXPECT_FALSE(where.empty()) << "no source holds " << pattern << " as a whole";
      line += " `" + where + "` |";
    }
    out += line + "\n";
  }
  return out;
}

TEST(Urls, TheTableInTheDocumentsIsTheOneServed) {
  testing::TemporaryFolder folder;
  Config config;
  config.data = folder.path() + "/data";
  auto installation = Installation::open(config, Opening::kServe);
  ASSERT_OK(installation);
  Wiring wiring(**installation);
  std::string path = std::string(MUSUBI_SOURCE_DIR) + "/docs/urls.md", served = with_sources(http::urls_markdown(wiring.router()));
  if (std::getenv("UPDATE")) ASSERT_OK(replace_file(path, served, 0644));
  EXPECT_EQ(read_file(path, 1 << 20).value(), served) << "run UPDATE=1 build/dev/app_test --gtest_filter='Urls*'";
}

}  // namespace
}  // namespace musubi::app
