// Charts as SVG made on the server, each in a <figure> together with its numbers as a table. No style attributes and no
// scripts; series differ by pattern, dash and label besides colour; text keeps its size on a phone, since all widths are
// shares of the figure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "web/html.h"
#include "web/language.h"

namespace musubi::web {

struct Series {
  std::string title;
  std::vector<std::optional<double>> values;  // one per label; nothing known = a gap
};

struct Chart {
  std::string id;                   // unique in the page, a-z 0-9 -
  std::string title;                // what it shows
  std::string description;          // what one should see in it: <desc>
  std::string unit = {};            // "%", "件"
  std::vector<std::string> labels;  // categories, or steps of time
  std::vector<Series> series;
  std::optional<double> target = {};  // line chart: a dashed line to reach, labelled
};

// One bar per label, from series[0]; negative values count as 0.
Markup bar_chart(const Chart& chart, Language language);
// One bar per label, parted by the series (at most 6) into shares of 100 %.
Markup share_chart(const Chart& chart, Language language);
// Lines over the labels, at most 6 series.
Markup line_chart(const Chart& chart, Language language);

}  // namespace musubi::web
