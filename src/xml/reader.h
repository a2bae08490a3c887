// A pull reader for XML 1.0 with namespaces, for documents that strangers send: no DTD, so no entities but the five and
// no default attributes; nothing is fetched; depth, sizes and counts are bounded. Over libxml2.
//
// A reader belongs to one thread; several may run at once.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace musubi::xml {

struct Limits {
  std::size_t bytes = 64 << 20;
  int depth = 64;
  std::size_t attributes = 64;       // of one element, with namespace declarations
  std::size_t text_bytes = 1 << 20;  // of one text, one attribute, one call of text_inside
  std::size_t elements = 20'000'000;
  std::size_t names = 10'000;  // different names of elements and attributes
};

enum class Event { kStart, kText, kEnd, kFinished };

class Reader {
 public:
  // `what` is how errors call the document, such as "sheet1.xml". The document must outlive the reader.
  // UTF-8 only. Errors: xml.too_large, xml.not_utf8, xml.doctype, xml.too_many_attributes.
  static Result<Reader> open(std::string_view document, std::string what, Limits limits = {});
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  // The next start of an element, text (with CDATA sections; white space between elements too), or end of an element: `<a/>` starts and
  // ends. Comments and instructions are passed over. Errors, with line: xml.malformed, xml.too_deep,
  // xml.too_much_text, xml.too_many_elements, xml.too_many_names. After an error the same error comes again.
  Result<Event> next();

  // Of the event that next() gave last; views live until the next call of next(), skip() or text_inside().
  std::string_view local() const;  // "sheet" of <x:sheet>
  std::string_view space() const;  // its namespace, "" without one
  std::string_view text() const;
  std::optional<std::string_view> attribute(std::string_view local, std::string_view space = {}) const;
  std::size_t line() const;  // from 1
  int depth() const;         // of the root element 1

  // After kStart: up to the end of this element.
  Result<void> skip();
  // After kStart: all text inside, with that of elements inside, up to its end.
  Result<std::string> text_inside();

 private:
  struct State;
  explicit Reader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace musubi::xml
