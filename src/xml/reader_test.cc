#include "xml/reader.h"

#include <gtest/gtest.h>

#include <chrono>

namespace musubi::xml {
namespace {

// "<a|x=1> text </a>" as a flat list of events, or the error's name.
std::string events(std::string_view document, Limits limits = {}) {
  auto reader = Reader::open(document, "t.xml", limits);
  if (!reader.ok()) return reader.error().name;
  std::string all;
  for (;;) {
    auto event = reader->next();
    if (!event.ok()) return event.error().name;
    switch (*event) {
      case Event::kStart: all += "<" + std::string(reader->space()) + "|" + std::string(reader->local()) + ">"; break;
      case Event::kText: all += reader->text(); break;
      case Event::kEnd: all += "</" + std::string(reader->local()) + ">"; break;
      case Event::kFinished: return all;
    }
  }
}

TEST(XmlReader, TellsWhatIsThere) {
  EXPECT_EQ(events("<a/>"), "<|a></a>");
  EXPECT_EQ(events("\xEF\xBB\xBF<?xml version='1.0' encoding='UTF-8'?><!-- x --><a> 結<b>&amp;&lt;&#x9F8D;</b><![CDATA[<&]]><c/></a>"),
            "<|a> 結<|b>&<龍</b><&<|c></c></a>");
  EXPECT_EQ(events("<x:a xmlns:x='u:1' xmlns='u:2'><b/><x:c/></x:a>"), "<u:1|a><u:2|b></b><u:1|c></c></a>");
}

TEST(XmlReader, AttributesByNamespace) {
  auto reader = Reader::open("<a xmlns:r='u:r' id='1' r:id='&quot;2&amp;' e=''><b id='3'/></a>", "t.xml");
  ASSERT_TRUE(reader->next().ok());
  EXPECT_EQ(reader->attribute("id"), "1");
  EXPECT_EQ(reader->attribute("id", "u:r"), "\"2&");
  EXPECT_EQ(reader->attribute("e"), "");
  EXPECT_EQ(reader->attribute("id", "u:x"), std::nullopt);
  ASSERT_TRUE(reader->next().ok());
  EXPECT_EQ(reader->attribute("id"), "3");
  EXPECT_EQ(reader->depth(), 2);
}

TEST(XmlReader, SkipsAndCollects) {
  auto reader = Reader::open("<a><b>1<c><d/>2</c>3</b><e/><f>4</f></a>", "t.xml");
  ASSERT_TRUE(reader->next().ok());
  ASSERT_TRUE(reader->next().ok());
  EXPECT_EQ(reader->text_inside().value(), "123");
  ASSERT_TRUE(reader->next().ok());
  EXPECT_EQ(reader->local(), "e");
  ASSERT_TRUE(reader->skip().ok());
  ASSERT_TRUE(reader->next().ok());
  EXPECT_EQ(reader->local(), "f");
  ASSERT_TRUE(reader->skip().ok());
  EXPECT_EQ(reader->next().value(), Event::kEnd);
  EXPECT_EQ(reader->next().value(), Event::kFinished);
}

TEST(XmlReader, LongTextIsOneEvent) {
  std::string text(100'000, 'x');
  EXPECT_EQ(events("<a>" + text + "&amp;" + text + "</a>"), "<|a>" + text + "&" + text + "</a>");
}

TEST(XmlReader, RefusesWhatIsNotWellFormed) {
  for (auto bad : {"", "x", "<a>", "<a></b>", "<a/><b/>", "<a x='1' x='2'/>", "<a>&foo;</a>", "<a>&#0;</a>", "<a x=1/>", "<x:a/>",
                   "<a>]]></a><", "<?xml"})
    EXPECT_EQ(events(bad), "xml.malformed") << bad;
  auto reader = Reader::open("<a>\n<b>\n</a>", "t.xml");
  while (reader->next().ok()) {}
  auto error = reader->next().error();
  EXPECT_EQ(error.faults.at(0).where, "t.xml:3");
  EXPECT_NE(error.message.ja.find("t.xml の3行目"), std::string::npos) << error.message.ja;
  EXPECT_EQ(error.message.en.rfind("t.xml, line 3: ", 0), 0u) << error.message.en;
}

TEST(XmlReader, NoDocumentTypeNoEntitiesNoFiles) {
  for (auto bad :
       {"<!DOCTYPE a><a/>", "<?xml version='1.0'?>\n<!-- <a> -->\n<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><a>&b;</a>",
        "\xEF\xBB\xBF <!DOCTYPE a SYSTEM 'http://127.0.0.1:1/'><a/>"})
    EXPECT_EQ(events(bad), "xml.doctype") << bad;
  EXPECT_EQ(events("<a xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='/etc/passwd' parse='text'/></a>"),
            "<|a><http://www.w3.org/2001/XInclude|include></include></a>");
}

TEST(XmlReader, Limits) {
  EXPECT_EQ(events("<a/>", {.bytes = 3}), "xml.too_large");
  EXPECT_EQ(events("<a><b><c/></b></a>", {.depth = 2}), "xml.too_deep");
  EXPECT_EQ(events("<a><b/><c/></a>", {.elements = 2}), "xml.too_many_elements");
  EXPECT_EQ(events("<a x='1' y='1' xmlns:z='u'/>", {.attributes = 2}), "xml.too_many_attributes");
  EXPECT_EQ(events("<a>12345</a>", {.text_bytes = 4}), "xml.too_much_text");
  EXPECT_EQ(events("<a x='12345'/>", {.text_bytes = 4}), "xml.too_much_text");
  EXPECT_EQ(events("<a><!-- <b x='1' y='2' z='3'> --><![CDATA[<b x=1 y=2 z=3]]><?p <b x=1 y=2 z=3?><b x='= = =' y='>'/></a>",
                   {.attributes = 2}),
            "<|a><b x=1 y=2 z=3<|b></b></a>");
  std::string names;
  for (int i = 0; i < 3'000; ++i) names += "<b" + std::to_string(i) + "/>";
  EXPECT_EQ(events("<a>" + names + "</a>", {.names = 2'000}), "xml.too_many_names");
  auto reader = Reader::open("<a>123<b>456</b></a>", "t", {.text_bytes = 4});
  ASSERT_TRUE(reader->next().ok());
  EXPECT_EQ(reader->text_inside().error().name, "xml.too_much_text");
  EXPECT_EQ(events("<a>\xff</a>"), "xml.not_utf8");
  EXPECT_EQ(events(std::string_view("\xFF\xFE<\0a\0/\0>\0", 10)), "xml.not_utf8");
}

// What would take libxml2 alone minutes is refused at once. A generous limit of time, since machines are shared.
TEST(XmlReader, NothingTakesSquareTime) {
  auto repeated = [](std::string_view piece, std::size_t bytes) {
    std::string all;
    while (all.size() < bytes) all += piece;
    return all;
  };
  std::string attributes, names;
  for (int i = 0; i < 300'000; ++i) attributes += "b" + std::to_string(i) + "='' ", names += "<b" + std::to_string(i) + "/>";
  const std::pair<std::string, const char*> cases[] = {{"<a " + attributes + "/>", "xml.too_many_attributes"},
                                                       {"<a>" + names + "</a>", "xml.too_many_names"},
                                                       {"<a b='" + repeated(">", 3 << 20) + "'/>", "xml.too_many_attributes"},
                                                       {"<a>" + repeated("&amp;", 6 << 20) + "</a>", "xml.too_much_text"},
                                                       {"<a><!--" + repeated("- ", 3 << 20) + "--></a>", "<|a></a>"}};
  for (const auto& [text, wanted] : cases) {
    const auto from = std::chrono::steady_clock::now();
    EXPECT_EQ(events(text), wanted);
    EXPECT_LT(std::chrono::steady_clock::now() - from, std::chrono::seconds(10)) << wanted;
  }
}

}  // namespace
}  // namespace musubi::xml
