#include "web/html.h"

#include <algorithm>

#include "text/numbers.h"
#include "web/messages.h"

namespace musubi::web {
namespace {

constexpr std::string_view tone_class(Tone tone) {
  switch (tone) {
    case Tone::kPlain: return "plain";
    case Tone::kInfo: return "info";
    case Tone::kSuccess: return "success";
    case Tone::kWarning: return "warning";
    case Tone::kError: return "error";
  }
  return "plain";
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string_view entity;
    switch (text[i]) {
      case '&': entity = "&amp;"; break;
      case '<': entity = "&lt;"; break;
      case '>': entity = "&gt;"; break;
      case '"': entity = "&quot;"; break;
      case '\'': entity = "&#39;"; break;
      default: continue;
    }
    out.append(text, done, i - done).append(entity);
    done = i + 1;
  }
  out.append(text, done);
}

Markup escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return {std::move(out)};
}

bool is_safe_url(std::string_view href) {
  // Browsers skip C0 controls and spaces before the scheme and drop tab and line ends inside it: refuse all of them.
  if (std::any_of(href.begin(), href.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; })) return false;
  const auto colon = href.find(':');
  if (colon == std::string_view::npos || href.find_first_of("/?#") < colon) return true;
  std::string scheme(href.substr(0, colon));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), lower);
  return scheme == "http" || scheme == "https" || scheme == "mailto" || scheme == "tel";
}

Markup paragraph(std::string_view text) { return Html().raw("<p>").text(text).raw("</p>\n").take(); }

Markup link(std::string_view title, std::string_view href) {
  return Html().raw("<a").url("href", href).raw(">").text(title).raw("</a>").take();
}

Markup tag(std::string_view words, Tone tone) {
  return Html().raw("<strong class=\"tag tag-").text(tone_class(tone)).raw("\">").text(words).raw("</strong>").take();
}

Markup time_element(Time time, Language language) {
  return Html()
      .raw("<time")
      .attribute("datetime", text::jst_datetime(time))
      .raw(">")
      .text(pick(text::jst_text(time), language))
      .raw("</time>")
      .take();
}

Markup date_element(text::Date date, Language language) {
  return Html()
      .raw("<time")
      .attribute("datetime", text::iso_date(date))
      .raw(">")
      .text(pick(text::long_date(date), language))
      .raw("</time>")
      .take();
}

Markup notice(std::string_view title, const Markup& body, Tone tone) {
  return Html()
      .raw("<section class=\"notice notice-")
      .text(tone_class(tone))
      .raw("\">\n<h2>")
      .text(title)
      .raw("</h2>\n")
      .markup(body)
      .raw("</section>\n")
      .take();
}

Markup details(std::string_view summary, const Markup& body) {
  return Html().raw("<details>\n<summary>").text(summary).raw("</summary>\n<div>").markup(body).raw("</div>\n</details>\n").take();
}

Markup figures(std::span<const Figure> figures) {
  Html html;
  html.raw("<ul class=\"figures\">\n");
  for (const Figure& figure : figures)
    html.raw("<li><a")
        .url("href", figure.href)
        .raw("><strong>")
        .text(grouped(figure.value))
        .raw("</strong> <span>")
        .text(figure.words)
        .raw("</span></a></li>\n");
  return html.raw("</ul>\n").take();
}

Markup summary_list(std::span<const SummaryRow> rows, Language language) {
  Html html;
  html.raw("<dl class=\"summary\">\n");
  for (const SummaryRow& row : rows) {
    html.raw("<div><dt>").text(row.term).raw("</dt><dd>").markup(row.value).raw("</dd>");
    if (!row.change_href.empty())
      html.raw("<dd class=\"action\"><a")
          .url("href", row.change_href)
          .raw(">")
          .text(messages::change(language))
          .raw("<span class=\"hidden\"> ")
          .text(row.term)
          .raw("</span></a></dd>");
    html.raw("</div>\n");
  }
  return html.raw("</dl>\n").take();
}

std::string grouped(std::int64_t value) { return text::grouped(std::to_string(value)); }

}  // namespace musubi::web
