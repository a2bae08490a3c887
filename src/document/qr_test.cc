#include "document/qr.h"

#include <gtest/gtest.h>

#include <vector>

namespace musubi::document {
namespace {

// Draws the path again as a picture: what a camera would see.
std::vector<std::vector<bool>> picture(const std::string& svg, std::size_t side) {
  std::vector<std::vector<bool>> dark(side, std::vector<bool>(side));
  std::size_t at = svg.find("fill=\"#000\" d=\"") + 15, end = svg.find('"', at);
  while (at < end) {
    unsigned x = 0, y = 0, run = 0;
    int used = 0;
    if (std::sscanf(svg.c_str() + at, "M%u %uh%uv1h-%*uz%n", &x, &y, &run, &used) != 3 || used == 0) break;
    for (unsigned i = 0; i < run; ++i) dark.at(y).at(x + i) = true;
    at += std::size_t(used);
  }
  EXPECT_EQ(at, end) << "every piece of the path was understood";
  return dark;
}

TEST(Qr, HasItsThreeFindersInsideAQuietZone) {
  auto svg = qr_svg("http://127.0.0.1:8081/aoba/notices/abcdefghijklmnopqrstuvwxyz", "確認 \"ページ\"");
  ASSERT_TRUE(svg.ok());
  EXPECT_NE(svg->find("role=\"img\" aria-label=\"確認 &quot;ページ&quot;\""), std::string::npos);
  EXPECT_EQ(svg->find("style"), std::string::npos);
  std::size_t side = std::stoul(svg->substr(svg->find("viewBox=\"0 0 ") + 13));
  auto dark = picture(*svg, side);
  for (auto [row, column] : {std::pair<std::size_t, std::size_t>{4, 4}, {4, side - 11}, {side - 11, 4}})
    for (std::size_t i = 0; i < 7; ++i) {
      EXPECT_TRUE(dark[row][column + i] && dark[row + 6][column + i] && dark[row + i][column] && dark[row + i][column + 6]);
      EXPECT_EQ(dark[row + 1][column + i], i == 0 || i == 6);
    }
  for (std::size_t i = 0; i < side; ++i)
    for (std::size_t edge : {0, 1, 2, 3})
      EXPECT_FALSE(dark[edge][i] || dark[i][edge] || dark[side - 1 - edge][i] || dark[i][side - 1 - edge]);
}

TEST(Qr, RefusesWhatDoesNotFit) {
  EXPECT_TRUE(qr_svg(std::string(kQrBytes, 'a'), "x").ok());
  EXPECT_EQ(qr_svg(std::string(kQrBytes + 1, 'a'), "x").error().name, "document.qr_too_long");
  EXPECT_EQ(qr_svg("", "x").error().name, "document.qr_too_long");
}

}  // namespace
}  // namespace musubi::document
