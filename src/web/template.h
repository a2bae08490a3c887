// Templates: a strict subset of mustache (github.com/mustache/spec) over Boost.JSON values, parsed once.
//
//   {{name}}  {{a.b}}  {{.}}    text, always escaped; strings and numbers only, everything else is an error
//   {{{name}}}                  trusted markup only, a value made by `trusted`; a plain string is an error
//   {{#name}}..{{/name}}        for each element, or once with an object, a non-empty string, a number or true
//   {{^name}}..{{/name}}        for null, false, "" and []
//   {{> partial}}  {{! note}}   partials see the same values; they may nest up to 16 deep
//   {{t.key}}                   a message without arguments, resolved for each language when parsed
//
// An unknown name is an error, also in a section. Variables may stand between tags and inside quoted attribute values;
// anywhere else inside a tag is a parse error. Where a variable begins href, src, action or formaction, an unsafe URL is
// an error.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/embedded.h"
#include "base/json.h"
#include "web/html.h"
#include "web/language.h"

namespace musubi::web {

// The form in which trusted markup stands in a view. Its key is random for each process, so that no JSON from outside
// can pass for trusted.
json::value trusted(Markup markup);

using MessageLookup = std::optional<std::string_view> (*)(std::string_view key, Language language);

namespace internal {
struct Program;
}

// Immutable after parse; any thread may render.
class Templates {
 public:
  // `files` are *.html; a template's name is its path without ".html". Errors: template.malformed, one fault per
  // place ("page.html:12"): syntax, unknown partial or message, a name given twice.
  static Result<Templates> parse(std::span<const embedded::File> files, MessageLookup messages);

  // Errors: template.unknown_template, template.unknown_name, template.wrong_type, template.unsafe_url.
  Result<Markup> render(std::string_view name, Language language, const json::object& view) const;

  Templates(Templates&&) noexcept;
  Templates& operator=(Templates&&) noexcept;
  ~Templates();

 private:
  Templates();
  std::map<std::string, std::unique_ptr<internal::Program>, std::less<>> programs_;  // "ja/page"
};

// Renders one of the templates of web/templates, embedded in the binary. They are ours and tested: an error here is a
// bug and CHECKed.
Markup render(std::string_view name, Language language, const json::object& view);

}  // namespace musubi::web
