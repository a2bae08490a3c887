#include "text/csv.h"

#include <gtest/gtest.h>

namespace musubi::text {
namespace {

TEST(Csv, WritesRfc4180) {
  CsvWriter writer;
  writer.row({"名前", "a,b", "say \"hi\"", "two\nlines", ""});
  writer.row({""});
  EXPECT_EQ(writer.take(), "名前,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\r\n\"\"\r\n");
}

TEST(Csv, GuardsFormulas) {
  CsvWriter writer(kSpreadsheet);
  writer.row({"=1+1", "+81-3", "-5", "-1.5", "-1-1", "@a", "\tx", "\rx", "a=1", "-"});
  EXPECT_EQ(writer.take(), "\xEF\xBB\xBF\"'=1+1\",\"'+81-3\",-5,-1.5,\"'-1-1\",\"'@a\",\"'\tx\",\"'\rx\",a=1,\"'-\"\r\n");
}

TEST(Csv, ReadsWhatItWrote) {
  const std::vector<std::string> row = {"", "\"", ",", "\r\n", "結び", " x ", "a\"b"};
  CsvWriter writer({.byte_order_mark = true});
  writer.row(row);
  writer.row(row);
  const auto table = read_csv(writer.take());
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->rows, (std::vector{row, row}));
  EXPECT_EQ(table->lines, (std::vector<std::size_t>{1, 3}));
}

TEST(Csv, AcceptsLineFeedsAndNoLastLineEnd) {
  EXPECT_EQ(read_csv("a,b\n1,2").value().rows.size(), 2u);
  EXPECT_EQ(read_csv("").value().rows.size(), 0u);
  EXPECT_EQ(read_csv("a,\r\n").value().rows[0], (std::vector<std::string>{"a", ""}));
}

TEST(Csv, NamesRowAndColumnOfEveryFault) {
  const auto error = read_csv("a,b\n1\n1,x\"y\n1,2\n\"1\"2,3\n1,2,3\n\x01,2\n1,\"open").error();
  EXPECT_EQ(error.name, "csv.malformed");
  std::vector<std::string> places;
  for (const Fault& fault : error.faults) places.push_back(fault.where);
  EXPECT_EQ(places, (std::vector<std::string>{"2:2", "3:2", "5:1", "6:3", "7:1", "8:2"}));
}

TEST(Csv, KeepsLimits) {
  EXPECT_EQ(read_csv("abc", {.bytes = 2}).error().name, "csv.too_large");
  EXPECT_EQ(read_csv("a\nb\nc\n", {.rows = 2}).error().name, "csv.malformed");
  EXPECT_EQ(read_csv("a,b,c\n", {.columns = 2}).error().faults[0].where, "1:3");
  EXPECT_EQ(read_csv("\xff").error().name, "csv.not_utf8");
  std::string bad;
  for (int i = 0; i < 1000; ++i) bad += "x\"\n";
  EXPECT_EQ(read_csv(bad).error().faults.size(), 100u);
  EXPECT_FALSE(read_csv("a\rb\n").ok());
}

}  // namespace
}  // namespace musubi::text
