// docs/urls.md is the table of all routes, written by this test: UPDATE=1 build/dev/app_test --gtest_filter='Urls*'.

#include <gtest/gtest.h>

#include <cstdlib>

#include "app/wiring.h"
#include "base/file.h"
#include "http/openapi.h"
#include "support/store_fixture.h"

namespace musubi::app {
namespace {

TEST(Urls, TheTableInTheDocumentsIsTheOneServed) {
  testing::TemporaryFolder folder;
  Config config;
  config.data = folder.path() + "/data";
  auto installation = Installation::open(config, Opening::kServe);
  ASSERT_OK(installation);
  Wiring wiring(**installation);
  std::string path = std::string(MUSUBI_SOURCE_DIR) + "/docs/urls.md", served = http::urls_markdown(wiring.router());
  if (std::getenv("UPDATE")) ASSERT_OK(replace_file(path, served, 0644));
  EXPECT_EQ(read_file(path, 1 << 20).value(), served) << "run UPDATE=1 build/dev/app_test --gtest_filter='Urls*'";
}

}  // namespace
}  // namespace musubi::app
