// Trusted markup, and a writer that makes it. Only string literals enter unescaped, so that no text of a person can
// become markup.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "text/dates.h"
#include "web/language.h"

namespace musubi::web {

// HTML that our own code made. Whoever writes `Markup{...}` from another source answers for it.
struct Markup {
  std::string html;
};

// Appends with & < > " ' escaped: safe between tags and inside quoted attributes.
void append_escaped(std::string& out, std::string_view text);
Markup escaped(std::string_view text);

// Whether `href` is relative or of scheme http, https, mailto or tel; everything else (javascript:, data:) is not.
bool is_safe_url(std::string_view href);

class Html {
 public:
  template <std::size_t N>
  Html& raw(const char (&literal)[N]) {
    out_.append(literal, N - 1);
    return *this;
  }
  Html& text(std::string_view value) {
    append_escaped(out_, value);
    return *this;
  }
  Html& number(std::int64_t value) {
    out_ += std::to_string(value);
    return *this;
  }
  Html& markup(const Markup& value) {
    out_ += value.html;
    return *this;
  }
  // ` name="value"`; for href and action use `url`.
  template <std::size_t N>
  Html& attribute(const char (&name)[N], std::string_view value) {
    out_ += ' ';
    out_.append(name, N - 1);
    out_ += "=\"";
    append_escaped(out_, value);
    out_ += '"';
    return *this;
  }
  // As attribute; an unsafe URL becomes "#".
  template <std::size_t N>
  Html& url(const char (&name)[N], std::string_view value) {
    return attribute(name, is_safe_url(value) ? value : "#");
  }
  Markup take() { return Markup{std::move(out_)}; }

 private:
  std::string out_;
};

// Small pieces that many pages need.
enum class Tone { kPlain, kInfo, kSuccess, kWarning, kError };
Markup paragraph(std::string_view text);
Markup link(std::string_view title, std::string_view href);
Markup tag(std::string_view words, Tone tone);            // words carry the meaning, colour only repeats it
Markup time_element(Time time, Language language);        // <time datetime="2019-06-14T12:04:05+09:00">
Markup date_element(text::Date date, Language language);  // <time datetime="2019-06-14">
Markup notice(std::string_view title, const Markup& body, Tone tone);
Markup details(std::string_view summary, const Markup& body);

struct SummaryRow {
  std::string term;
  Markup value;
  std::string change_href = {};  // "change" link beside the value where not empty
};
// Terms and values, as on a check-your-answers page (dl).
Markup summary_list(std::span<const SummaryRow> rows, Language language);

struct Figure {
  std::int64_t value = 0;
  std::string words;  // what is counted
  std::string href;   // the list behind the figure
};
// A row of figures, each a link to what it counts.
Markup figures(std::span<const Figure> figures);

std::string grouped(std::int64_t value);  // 1234567 -> "1,234,567"

}  // namespace musubi::web
