#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/json.h"
#include "base/metrics.h"

namespace musubi {
namespace {

TEST(Clock, WritesAndReadsRfc3339) {
  EXPECT_EQ(Time{1560481445678901}.rfc3339(), "2019-06-14T03:04:05.678901Z");
  for (auto text : {"2019-06-14T03:04:05.678901Z", "2019-06-14T12:04:05.678901+09:00", "2019-06-13t21:34:05.678901-05:30"})
    EXPECT_EQ(parse_rfc3339(text).value().us, 1560481445678901) << text;
  EXPECT_EQ(parse_rfc3339("2020-02-29T00:00:00Z").value().rfc3339(), "2020-02-29T00:00:00.000000Z");
  for (auto text : {"", "2019-06-14", "2019-02-30T00:00:00Z", "2019-06-14T24:00:00Z", "2019-06-14T00:00:00", "2019-06-14T00:00:00.Z",
                    "2019-06-14T00:00:00+9:00", "2019-06-14 00:00:00Z", "2019-06-14T00:00:00.1234567Z"})
    EXPECT_FALSE(parse_rfc3339(text).ok()) << text;
}

TEST(Encoding, Base64VectorsOfRfc4648) {
  const char* vectors[][2] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (auto& [plain, coded] : vectors) {
    EXPECT_EQ(to_base64(plain), coded);
    EXPECT_EQ(from_base64(coded), plain);
  }
  for (auto text : {"Zg", "Zg=", "Zg==\n", "Zh==", "Z===", "====", "Zm9v Zm9v", "Zm-v"}) EXPECT_FALSE(from_base64(text)) << text;
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
  EXPECT_EQ(from_base64url("-_8"), "\xfb\xff");
  EXPECT_EQ(from_hex("00ff"), std::string("\0\xff", 2));
  EXPECT_FALSE(from_hex("0g"));
}

TEST(Encoding, Utf8RefusesWhatRfc3629Forbids) {
  EXPECT_TRUE(is_utf8("結び🎏"));
  for (auto text : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe3\x81", "\x80", "\xf0\x80\x80\x80", "\xff"})
    EXPECT_FALSE(is_utf8(text));
}

TEST(Json, CanonicalVectorsOfRfc8785) {
  auto value = parse_json(R"({"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],)"
                          R"("string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]})");
  EXPECT_EQ(canonical_json(value.value()),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
            "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
  auto keys = parse_json("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}");
  EXPECT_EQ(canonical_json(keys.value()), "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\xef\xac\xb3\":3}");
}

TEST(Json, RefusesWithPlaceAndReason) {
  auto twice = parse_json("{\"a\":1,\n \"a\":2}");
  EXPECT_EQ(twice.error().name, "json.duplicate_key");
  EXPECT_EQ(twice.error().faults[0].where.substr(0, 2), "2:");
  for (auto text : {"", "{", "[1,]", "{\"a\":1e400}", "nul", "[1] 2", "\"\\ud800\"",
                    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"})
    EXPECT_EQ(parse_json(text).error().name, "json.malformed") << text;
  EXPECT_EQ(parse_json("\"\xff\"").error().name, "json.not_utf8");
  EXPECT_EQ(parse_json("[1,2,3]", {3, 32}).error().name, "json.too_large");
}

TEST(Json, FindsTheLineOfAPointer) {
  std::string text = "{\n  \"a\": 1,\n  \"b\": [\n    {\"c\": 2},\n    {\n      \"c~/\": 3\n    }\n  ]\n}\n";
  EXPECT_EQ(line_of(text, "/a"), 2u);
  EXPECT_EQ(line_of(text, "/b/1"), 5u);
  EXPECT_EQ(line_of(text, "/b/1/c~0~1"), 6u);
  EXPECT_EQ(line_of(text, "/nowhere"), 1u);
}

TEST(Json, ReaderCollectsEveryFault) {
  auto value = parse_json(R"({"name":"","title":{"ja":"題"},"count":"3","extra":1,"list":{}})").value();
  std::vector<Fault> faults;
  ObjectReader reader(value, "", faults);
  reader.string("name");
  reader.text("title");
  reader.optional_integer("count");
  reader.array("list", true, 10, [](const json::value&, std::string) {});
  reader.string("absent");
  reader.finish();
  std::vector<std::string> where;
  for (auto& fault : faults) where.push_back(fault.where);
  EXPECT_EQ(where, (std::vector<std::string>{"/name", "/title/en", "/count", "/list", "/absent", "/extra"}));
}

TEST(File, ReplacesDurablyAndBoundsReads) {
  std::string path = testing::TempDir() + "musubi_file_test";
  ASSERT_TRUE(replace_file(path, "one", 0600).ok());
  ASSERT_TRUE(replace_file(path, "two", 0600).ok());
  EXPECT_EQ(read_file(path, 10).value(), "two");
  EXPECT_EQ(read_file(path, 2).error().name, "file.too_large");
  EXPECT_EQ(read_file(path + "/none", 2).error().name, "file.unreadable");
}

TEST(Metrics, TextFormat) {
  metrics::counter("musubi_test_total", "A test.", "code=\"2xx\"").add(3);
  metrics::histogram("musubi_test_seconds", "A test.").observe_us(700);
  auto text = metrics::exposition();
  EXPECT_NE(text.find("# TYPE musubi_test_total counter\nmusubi_test_total{code=\"2xx\"} 3\n"), std::string::npos);
  EXPECT_NE(text.find("musubi_test_seconds_bucket{le=\"0.001000\"} 1\n"), std::string::npos);
}

}  // namespace
}  // namespace musubi
