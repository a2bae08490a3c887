#include "http/form.h"

#include <gtest/gtest.h>

#include "http/request.h"

namespace musubi::http {
namespace {

constexpr std::string_view kType = "multipart/form-data; boundary=XyZ";

std::string part(std::string head, std::string content) { return "--XyZ\r\n" + head + "\r\n\r\n" + content + "\r\n"; }
std::string named(std::string name, std::string content) {
  return part("Content-Disposition: form-data; name=\"" + name + "\"", content);
}

TEST(Urlencoded, ReadsFieldsAndRefuses) {
  auto form = parse_urlencoded("name=%E5%B1%B1%E7%94%B0+%E8%8A%B1&a=1&a=2").value();
  EXPECT_EQ(form.get("name"), "山田 花");
  EXPECT_EQ(form.all("a").size(), 2u);
  for (auto text : {"a=%", "a=%ff", "a=%00"}) EXPECT_EQ(parse_urlencoded(text).error().name, "http.form_malformed");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "a=1&";
  EXPECT_TRUE(parse_urlencoded(many).ok());
  EXPECT_EQ(parse_urlencoded(many + "a=1").error().name, "http.form_too_large");
}

TEST(Multipart, ReadsFieldsAndFiles) {
  std::string body = "preamble, ignored\r\n" + named("title", "計画") + named("empty", "") +
                     part(
                         "Content-Disposition: form-data; name=\"file\"; filename=\"C:\\\\fakepath\\\\a "
                         "\\\"b\\\".pdf\"\r\nContent-Type: application/pdf",
                         std::string("%PDF\r\n--XyX\0\xff", 14)) +
                     part("content-disposition: form-data; name=file2; filename=\"\"\r\ncontent-type: application/octet-stream", "") +
                     part("Content-Disposition: form-data; name=\"up\"; filename=\"../../etc/passwd\"", "x") + "--XyZ--\r\nepilogue";
  auto form = parse_multipart(kType, body);
  ASSERT_TRUE(form.ok()) << form.error().message.en;
  EXPECT_EQ(form->get("title"), "計画");
  EXPECT_EQ(form->get("empty"), "");
  ASSERT_EQ(form->files().size(), 2u);
  EXPECT_EQ(form->file("file")->filename, "a \"b\".pdf");
  EXPECT_EQ(form->file("file")->content_type, "application/pdf");
  EXPECT_EQ(form->file("file")->content, std::string("%PDF\r\n--XyX\0\xff", 14));
  EXPECT_EQ(form->file("file2"), nullptr);
  EXPECT_EQ(form->file("up")->filename, "passwd");
}

TEST(Multipart, EdgesOfTheGrammar) {
  EXPECT_TRUE(parse_multipart(kType, "--XyZ--").ok());
  EXPECT_TRUE(parse_multipart("Multipart/Form-Data; charset=utf-8; boundary=\"XyZ\"", named("a", "1") + "--XyZ--").ok());
  EXPECT_EQ(parse_multipart(kType, "--XyZ  \r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--XyZ--")->get("a"), "");
  // A header directly followed by the delimiter: a part without content.
  EXPECT_EQ(parse_multipart(kType, "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n--XyZ--")->get("a"), "");
  EXPECT_EQ(parse_multipart(kType, named("a", "x\r\n-XyZ--\r\n--XyY") + "--XyZ--")->get("a"), "x\r\n-XyZ--\r\n--XyY");
}

TEST(Multipart, RefusesWhatIsBroken) {
  std::string good = named("a", "1");
  for (const std::string& body :
       {std::string(), std::string("--XyZ"), std::string("--XyZ\r\n"), good, good + "--XyZ", good + "--XyZ\r\n",
        std::string("--XyZ\r\n\r\n1\r\n--XyZ--"), part("Content-Type: text/plain", "1") + "--XyZ--",
        part("Content-Disposition: attachment; name=\"a\"", "1") + "--XyZ--",
        part("Content-Disposition: form-data; name=\"\"", "1") + "--XyZ--", named("a", "\xff") + "--XyZ--",
        named("a", std::string("\0", 1)) + "--XyZ--", named("a\xff", "1") + "--XyZ--", named("a\x01", "1") + "--XyZ--",
        part("no colon", "1") + "--XyZ--",
        part("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b", "1") + "--XyZ--",
        part("X: " + std::string(5000, 'x'), "1") + "--XyZ--"})
    EXPECT_EQ(parse_multipart(kType, body).error().name, "http.form_malformed") << body.substr(0, 80);
  for (auto type : {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\""})
    EXPECT_FALSE(parse_multipart(type, good + "--XyZ--").ok()) << type;
}

TEST(Multipart, HasLimits) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += named("a", "1");
  EXPECT_TRUE(parse_multipart(kType, many + "--XyZ--").ok());
  EXPECT_EQ(parse_multipart(kType, many + named("a", "1") + "--XyZ--").error().name, "http.form_too_large");
  EXPECT_EQ(parse_multipart(kType, named("a", std::string(kFormTextBytes + 1, 'x')) + "--XyZ--").error().name, "http.form_too_large");
  EXPECT_EQ(parse_multipart(kType, named(std::string(257, 'x'), "1") + "--XyZ--").error().name, "http.form_too_large");
}

TEST(Form, GoesByContentType) {
  Request request;
  request.body = "a=1";
  EXPECT_EQ(request.form().error().name, "http.form_type");
  request.headers.set("Content-Type", "Application/X-WWW-Form-Urlencoded; charset=UTF-8");
  EXPECT_EQ(request.form()->get("a"), "1");
  request.headers.set("Content-Type", kType);
  request.body = named("b", "2") + "--XyZ--";
  EXPECT_EQ(request.form()->get("b"), "2");
}

TEST(Percent, RoundTrip) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(char(i));
  EXPECT_EQ(percent_decode(percent_encode(all), false), all);
  EXPECT_EQ(percent_encode("結び a/b"), "%E7%B5%90%E3%81%B3%20a%2Fb");
}

}  // namespace
}  // namespace musubi::http
