#include "web/chart.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "text/normalise.h"
#include "text/numbers.h"
#include "web/messages.h"

namespace musubi::web {
namespace {

constexpr std::size_t kMaxSeries = 6;
constexpr std::size_t kLabelWidth = 32;  // in Latin letters: longer ones would run into the value on a phone; the table has them whole
constexpr std::size_t kUnitBytes = 3;    // a longer unit stands in the caption only
constexpr double kPlotHeight = 220;

std::string format(const char* pattern, double value) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, pattern, value);
  return buffer;
}

// At most ten digits, grouped: 12,345.6
std::string shown(double value) { return text::grouped(format("%.10g", value == 0 ? 0.0 : value)); }

std::string percent(double share) { return format("%.3f", std::clamp(share, 0.0, 1.0) * 100) + "%"; }
std::string px(double value) { return format("%.1f", value); }

// As wide as kLabelWidth Latin letters; a Japanese one takes the room of two.
std::string shortened(const std::string& label) {
  std::size_t width = 0, count = 0;
  for (std::size_t i = 0; i < label.size(); ++i) {
    const auto byte = static_cast<unsigned char>(label[i]);
    if ((byte & 0xC0) == 0x80) continue;
    width += byte < 0xE0 ? 1 : 2;
    if (width > kLabelWidth) return std::string(text::first_code_points(label, count - 1)) + "…";
    ++count;
  }
  return label;
}

struct Scale {
  double least = 0, most = 1, step = 1;
  double share(double value) const { return (value - least) / (most - least); }
};

// Steps of 1, 2 or 5 times a power of ten, about four of them, from zero where all values are positive.
Scale scale_for(double least, double most) {
  least = std::min(least, 0.0);
  if (!(most > least)) most = least + 1;
  const double rough = (most - least) / 4;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = power * 10;
  for (double factor : {1.0, 2.0, 5.0})
    if (power * factor >= rough * 0.999) {
      step = power * factor;
      break;
    }
  return {std::floor(least / step) * step, std::ceil(most / step) * step, step};
}

std::optional<double> value_at(const Series& series, std::size_t i) {
  if (i >= series.values.size() || !series.values[i] || !std::isfinite(*series.values[i])) return std::nullopt;
  return series.values[i];
}

class Writer {
 public:
  Writer(const Chart& chart, Language language) : chart_(chart), language_(language) {
    series_ = std::min(chart.series.size(), kMaxSeries);
  }

  Markup bars() && {
    begin();
    double most = 0;
    for (std::size_t i = 0; i < chart_.labels.size() && series_ > 0; ++i)
      most = std::max(most, value_at(chart_.series[0], i).value_or(0));
    const Scale scale = scale_for(0, most);
    const double bottom = 46.0 * static_cast<double>(chart_.labels.size());
    open_svg(bottom + 26);
    for (double tick = 0; tick <= scale.most * 1.0001; tick += scale.step) {
      const std::string x = percent(tick / scale.most);
      html_.raw("<line class=\"grid\" y1=\"0\"").attribute("x1", x).attribute("x2", x).attribute("y2", px(bottom)).raw("/>\n");
      text_at(x, bottom + 18, tick == 0 ? "start" : tick >= scale.most * 0.999 ? "end" : "middle", "axis", shown(tick));
    }
    for (std::size_t i = 0; i < chart_.labels.size() && series_ > 0; ++i) {
      const double y = 46.0 * static_cast<double>(i);
      const auto value = value_at(chart_.series[0], i);
      text_at("0", y + 16, "start", "label", shortened(chart_.labels[i]));
      text_at("100%", y + 16, "end", "value", value ? shown(*value) + short_unit() : "–");
      html_.raw("<rect class=\"s1\" x=\"0\" height=\"14\"")
          .attribute("y", px(y + 23))
          .attribute("width", percent(value ? std::max(0.0, *value) / scale.most : 0))
          .raw("/>\n");
    }
    html_.raw("</svg>\n");
    return std::move(*this).end();
  }

  Markup shares() && {
    begin();
    legend(false);
    open_svg(58.0 * static_cast<double>(chart_.labels.size()));
    patterns();
    for (std::size_t i = 0; i < chart_.labels.size(); ++i) share_bar(i, 58.0 * static_cast<double>(i));
    html_.raw("</svg>\n");
    return std::move(*this).end();
  }

  Markup lines() && {
    begin();
    double least = chart_.target.value_or(0), most = least;
    for (std::size_t s = 0; s < series_; ++s)
      for (std::size_t i = 0; i < chart_.labels.size(); ++i)
        if (const auto value = value_at(chart_.series[s], i)) least = std::min(least, *value), most = std::max(most, *value);
    scale_ = scale_for(least, most);
    if (series_ > 1) legend(true);
    open_svg(kPlotHeight + 48);
    for (double tick = scale_.least; tick <= scale_.most + scale_.step * 0.001; tick += scale_.step) {
      html_.raw("<line class=\"grid\" x1=\"0\" x2=\"100%\"")
          .attribute("y1", px(y_of(tick)))
          .attribute("y2", px(y_of(tick)))
          .raw("/>\n");
      text_at("0", y_of(tick) - 4, "start", "axis",
              shown(std::abs(tick) < scale_.step * 0.001 ? 0 : tick) + (tick + scale_.step * 0.5 > scale_.most ? unit() : ""));
    }
    if (chart_.target) target(*chart_.target);
    const std::size_t every = std::max<std::size_t>(1, (chart_.labels.size() + 5) / 6);
    for (std::size_t i = 0; i < chart_.labels.size(); i += every)
      text_at(x_of(i), kPlotHeight + 42, anchor_of(i), "axis", shortened(chart_.labels[i]));
    for (std::size_t s = 0; s < series_; ++s) line(s);
    html_.raw("</svg>\n");
    return std::move(*this).end();
  }

 private:
  // Behind a number: "40 hours", "40時間", "40%".
  std::string unit() const {
    const bool latin = !chart_.unit.empty() && std::isalpha(static_cast<unsigned char>(chart_.unit[0]));
    return (latin ? " " : "") + chart_.unit;
  }
  std::string short_unit() const { return chart_.unit.size() <= kUnitBytes ? unit() : std::string(); }

  void begin() {
    html_.raw("<figure class=\"chart\"").attribute("id", chart_.id).raw(">\n<figcaption>").text(chart_.title);
    if (!chart_.unit.empty())
      html_.raw(" <span>")
          .text(language_ == Language::ja ? "（" : "(")
          .text(chart_.unit)
          .text(language_ == Language::ja ? "）" : ")")
          .raw("</span>");
    html_.raw("</figcaption>\n");
  }

  void open_svg(double height) {
    html_.raw("<svg width=\"100%\" role=\"img\"")
        .attribute("height", px(height))
        .raw(" aria-labelledby=\"")
        .text(chart_.id)
        .raw("-title ")
        .text(chart_.id)
        .raw("-desc\">\n<title id=\"")
        .text(chart_.id)
        .raw("-title\">")
        .text(chart_.title)
        .raw("</title>\n<desc id=\"")
        .text(chart_.id)
        .raw("-desc\">")
        .text(chart_.description)
        .raw("</desc>\n");
  }

  void text_at(std::string_view x, double y, std::string_view anchor, std::string_view kind, std::string_view words) {
    html_.raw("<text")
        .attribute("x", x)
        .attribute("y", px(y))
        .attribute("text-anchor", anchor)
        .attribute("class", kind)
        .raw(">")
        .text(words)
        .raw("</text>\n");
  }

  // Hatchings for series 2 to 6; series 1 is solid. Classes carry the colours.
  void patterns() {
    static constexpr const char* kShapes[] = {"M-2 2l4-4M0 8l8-8M6 10l4-4", "M0 4h8", "M4 0v8", "M0 0l8 8M8 0l-8 8", "M3 4h2"};
    html_.raw("<defs>\n");
    for (std::size_t s = 1; s < series_; ++s)
      html_.raw("<pattern id=\"")
          .text(chart_.id)
          .raw("-p")
          .number(static_cast<std::int64_t>(s + 1))
          .raw("\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" class=\"s")
          .number(static_cast<std::int64_t>(s + 1))
          .raw("\"/><path class=\"hatch\" d=\"")
          .text(kShapes[s - 1])
          .raw("\"/></pattern>\n");
    html_.raw("</defs>\n");
  }

  void fill(std::size_t s) {
    if (s == 0)
      html_.raw(" class=\"s1 part\"");
    else
      html_.raw(" class=\"part\" fill=\"url(#").text(chart_.id).raw("-p").number(static_cast<std::int64_t>(s + 1)).raw(")\"");
  }

  void share_bar(std::size_t i, double y) {
    double sum = 0;
    for (std::size_t s = 0; s < series_; ++s) sum += std::max(0.0, value_at(chart_.series[s], i).value_or(0));
    text_at("0", y + 16, "start", "label", shortened(chart_.labels[i]));
    if (!(sum > 0)) return text_at("0", y + 34, "start", "axis", messages::chart_no_data(language_));
    text_at("100%", y + 16, "end", "value", shown(sum) + short_unit());
    double from = 0;
    for (std::size_t s = 0; s < series_; ++s) {
      const double share = std::max(0.0, value_at(chart_.series[s], i).value_or(0)) / sum;
      if (share == 0) continue;
      html_.raw("<rect height=\"16\"");
      fill(s);
      html_.attribute("x", percent(from)).attribute("y", px(y + 22)).attribute("width", percent(share)).raw("/>\n");
      if (share >= 0.1) text_at(percent(from), y + 52, "start", "axis", format("%.0f%%", share * 100));
      from += share;
    }
  }

  void legend(bool lines) {
    html_.raw("<ul class=\"legend\">\n");
    for (std::size_t s = 0; s < series_; ++s) {
      html_.raw("<li><svg width=\"28\" height=\"16\" aria-hidden=\"true\" focusable=\"false\">");
      if (lines) {
        html_.raw("<line x1=\"0\" x2=\"28\" y1=\"8\" y2=\"8\" class=\"l").number(static_cast<std::int64_t>(s + 1)).raw("\"/>");
        marker("14", 8, s);
      } else {
        html_.raw("<rect width=\"28\" height=\"16\"");
        fill(s);
        html_.raw("/>");
      }
      html_.raw("</svg> ").text(chart_.series[s].title).raw("</li>\n");
    }
    html_.raw("</ul>\n");
  }

  double y_of(double value) const { return 20 + (1 - scale_.share(value)) * kPlotHeight; }
  std::string x_of(std::size_t i) const {
    const std::size_t n = chart_.labels.size();
    return percent(n < 2 ? 0.5 : 0.08 + 0.9 * static_cast<double>(i) / static_cast<double>(n - 1));
  }

  // Long labels at both ends grow inwards.
  std::string_view anchor_of(std::size_t i) const {
    if (text::code_points(chart_.labels[i]) <= 4) return "middle";
    return i == 0 ? "start" : i + 1 == chart_.labels.size() ? "end" : "middle";
  }

  // Under the marker where another series runs above it, so that labels keep apart, or where its own line comes down to it;
  // above it where under it there is no room.
  double label_y(std::size_t s, std::size_t i) const {
    const double value = *value_at(chart_.series[s], i);
    if (i > 0 && value_at(chart_.series[s], i - 1).value_or(value) > value && y_of(value) + 24 < 20 + kPlotHeight)
      return y_of(value) + 24;
    for (std::size_t other = 0; other < series_; ++other)
      if (value_at(chart_.series[other], i).value_or(value) > value) return y_of(value) + 24;
    return y_of(value) - 12;
  }

  void marker(std::string_view x, double y, std::size_t s) {
    static constexpr const char* kShapes[] = {"M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0",
                                              "M-4.500-4.500h9v9h-9z",
                                              "M0-6l6 10H-6z",
                                              "M0-6l6 6-6 6-6-6z",
                                              "M0 6l6-10H-6z",
                                              "M-5-5l10 10M5-5l-10 10"};
    html_.raw("<svg overflow=\"visible\"")
        .attribute("x", x)
        .attribute("y", px(y))
        .raw("><path class=\"m")
        .number(static_cast<std::int64_t>(s + 1))
        .raw("\" d=\"")
        .text(kShapes[s])
        .raw("\"/></svg>\n");
  }

  void line(std::size_t s) {
    const Series& series = chart_.series[s];
    std::optional<std::size_t> last;
    for (std::size_t i = 0; i < chart_.labels.size(); ++i) {
      const auto value = value_at(series, i);
      if (!value) continue;
      if (last && *last + 1 == i)
        html_.raw("<line class=\"l")
            .number(static_cast<std::int64_t>(s + 1))
            .raw("\"")
            .attribute("x1", x_of(*last))
            .attribute("y1", px(y_of(*value_at(series, *last))))
            .attribute("x2", x_of(i))
            .attribute("y2", px(y_of(*value)))
            .raw("/>\n");
      last = i;
    }
    for (std::size_t i = 0; i < chart_.labels.size(); ++i)
      if (const auto value = value_at(series, i)) marker(x_of(i), y_of(*value), s);
    if (last)
      text_at(x_of(*last), label_y(s, *last), *last + 1 == chart_.labels.size() ? "end" : "middle", "value",
              shown(*value_at(series, *last)) + unit());
  }

  void target(double value) {
    html_.raw("<line class=\"target\" x1=\"0\" x2=\"100%\"")
        .attribute("y1", px(y_of(value)))
        .attribute("y2", px(y_of(value)))
        .raw("/>\n");
    text_at("50%", y_of(value) - 5, "middle", "value", messages::chart_target(language_, {shown(value) + unit()}));
  }

  // The numbers themselves, then the end of the figure.
  Markup end() && {
    Html numbers;
    numbers.raw("<div class=\"scroll\" role=\"region\" tabindex=\"0\"")
        .attribute("aria-label", chart_.title)
        .raw(">\n<table>\n<caption>")
        .text(chart_.title)
        .raw("</caption>\n<thead><tr><th scope=\"col\">")
        .text(messages::chart_category(language_))
        .raw("</th>");
    for (std::size_t s = 0; s < series_; ++s)
      numbers.raw("<th scope=\"col\" class=\"n\">")
          .text(chart_.series[s].title.empty() ? messages::chart_value(language_) : std::string_view(chart_.series[s].title))
          .raw("</th>");
    numbers.raw("</tr></thead>\n<tbody>\n");
    for (std::size_t i = 0; i < chart_.labels.size(); ++i) {
      numbers.raw("<tr><th scope=\"row\">").text(chart_.labels[i]).raw("</th>");
      for (std::size_t s = 0; s < series_; ++s) {
        const auto value = value_at(chart_.series[s], i);
        numbers.raw("<td class=\"n\">").text(value ? shown(*value) + short_unit() : "–").raw("</td>");
      }
      numbers.raw("</tr>\n");
    }
    numbers.raw("</tbody>\n</table>\n</div>\n");
    html_.markup(details(messages::chart_numbers(language_), numbers.take()));
    return html_.raw("</figure>\n").take();
  }

  const Chart& chart_;
  Language language_;
  std::size_t series_ = 0;
  Scale scale_;
  Html html_;
};

}  // namespace

Markup bar_chart(const Chart& chart, Language language) { return Writer(chart, language).bars(); }
Markup share_chart(const Chart& chart, Language language) { return Writer(chart, language).shares(); }
Markup line_chart(const Chart& chart, Language language) { return Writer(chart, language).lines(); }

}  // namespace musubi::web
