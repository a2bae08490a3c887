// The reader never crashes, ends, balances starts and ends, and every error has both languages and a line of the document.
#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "base/encoding.h"
#include "xml/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto reader =
      xml::Reader::open(text, "fuzz.xml", {.bytes = 1 << 16, .depth = 16, .attributes = 8, .text_bytes = 4096, .elements = 2000});
  int open = 0;
  while (reader.ok()) {
    auto event = reader->next();
    if (!event.ok()) {
      const Error& error = event.error();
      CHECK(!error.message.ja.empty() && !error.message.en.empty() && error.faults.size() == 1);
      CHECK(reader->next().error().name == error.name);
      CHECK(reader->line() <= std::size_t(std::count(text.begin(), text.end(), '\n')) + 1);
      break;
    }
    if (*event == xml::Event::kFinished) {
      CHECK(open == 0);
      break;
    }
    if (*event == xml::Event::kStart) ++open, reader->attribute("id");
    if (*event == xml::Event::kEnd) --open;
    CHECK(open == reader->depth() && open >= 0 && open <= 16);
    CHECK(is_utf8(reader->text()) && is_utf8(reader->local()));
  }
  return 0;
}
