#include "kpi/logic_model.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <tuple>

#include "kpi/sheet_words.h"
#include "text/two_lines.h"
#include "web/messages/logic.h"
#include "web/messages/sheet.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Language;
using web::Markup;

std::string str(std::string_view text) { return std::string(text); }

constexpr double kBoxWidth = 204, kBoxHeight = 72, kSlot = 224, kLane = 28, kRow = 128, kMargin = 12, kDip = 34;
constexpr std::size_t kLineWidth = 26;  // of a title in a box, in Latin letters; a Japanese one takes the room of two
constexpr int kSweeps = 6;

std::string px(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

// What stands side by side in a row: an element, or the lane of a link that goes past it.
struct Slot {
  std::size_t element = SIZE_MAX, link = SIZE_MAX;
  double x = 0;
  std::vector<std::pair<std::size_t, std::size_t>> above, below;  // row and slot, by their first places
  bool lane() const { return element == SIZE_MAX; }
  double width() const { return lane() ? kLane : kSlot; }
};
using Rows = std::vector<std::vector<Slot>>;

void place(std::vector<Slot>& row, double width) {
  double all = 0;
  for (const auto& slot : row) all += slot.width();
  double x = (width - all) / 2;
  for (auto& slot : row) {
    slot.x = x + slot.width() / 2;
    x += slot.width();
  }
}

class Layout {
 public:
  explicit Layout(const SheetHeader& h) : h_(h) {}

  LogicDrawing run() {
    make_rows();
    make_lanes();
    double widest = 0;
    for (const auto& row : rows_) {
      double width = 0;
      for (const auto& slot : row) width += slot.width();
      widest = std::max(widest, width);
    }
    out_.width = widest + 2 * kMargin;
    out_.height = rows_.empty() ? 0 : 2 * kMargin + kBoxHeight + kRow * double(rows_.size() - 1) + (aside_ ? kDip : 0);
    for (auto& row : rows_) place(row, out_.width);
    order();
    draw();
    return std::move(out_);
  }

 private:
  void make_rows() {
    std::map<Stage, std::size_t> row_of;
    for (const auto& node : h_.nodes) row_of.emplace(node.stage, 0);
    std::size_t next = 0;
    for (auto& [stage, row] : row_of) row = next++;
    rows_.resize(next);
    for (std::size_t i = 0; i < h_.nodes.size(); ++i) {
      auto& row = rows_[row_of[h_.nodes[i].stage]];
      at_.emplace(h_.nodes[i].id, std::pair(row_of[h_.nodes[i].stage], row.size()));
      row.push_back({.element = i});
    }
  }

  void make_lanes() {
    for (std::size_t i = 0; i < h_.links.size(); ++i) {
      auto from = at_.find(h_.links[i].from), to = at_.find(h_.links[i].to);
      if (from == at_.end() || to == at_.end() || from->second.first > to->second.first) continue;
      ways_.emplace_back(i, std::vector{from->second});
      aside_ = aside_ || from->second.first == to->second.first;
      auto last = from->second;
      for (std::size_t row = last.first + 1; row < to->second.first; ++row) {
        std::pair lane(row, rows_[row].size());
        rows_[row].push_back({.link = i});
        join(last, lane);
        ways_.back().second.push_back(last = lane);
      }
      if (last.first != to->second.first) join(last, to->second);
      ways_.back().second.push_back(to->second);
    }
    for (const auto& row : rows_) {
      first_places_.emplace_back();
      for (std::size_t i = 0; i < row.size(); ++i) first_places_.back().push_back(i);
    }
  }
  void join(std::pair<std::size_t, std::size_t> above, std::pair<std::size_t, std::size_t> below) {
    rows_[above.first][above.second].below.push_back(below);
    rows_[below.first][below.second].above.push_back(above);
  }

  const Slot& slot(std::pair<std::size_t, std::size_t> first) const {
    const auto& row = first_places_[first.first];
    return rows_[first.first][std::size_t(std::find(row.begin(), row.end(), first.second) - row.begin())];
  }

  // From the order that was given, then from the same with the first row turned around, since sweeps alone may come to rest where two
  // links twist around each other. An order that a sweep made worse again is not kept.
  void order() {
    if (rows_.empty()) return;
    auto best = std::pair(rows_, first_places_), given = best;
    std::size_t fewest = crossings();
    for (bool turned : {false, true}) {
      std::tie(rows_, first_places_) = given;
      if (turned) {
        std::reverse(rows_[0].begin(), rows_[0].end());
        std::reverse(first_places_[0].begin(), first_places_[0].end());
        place(rows_[0], out_.width);
      }
      for (int i = 0; i < kSweeps && fewest > 0; ++i) {
        sweep(i % 2 == 0);
        if (std::size_t n = crossings(); n < fewest) fewest = n, best = {rows_, first_places_};
      }
    }
    std::tie(rows_, first_places_) = std::move(best);
  }

  // Each row in turn is ordered by where its neighbours stand.
  void sweep(bool down) {
    for (std::size_t n = 0; n < rows_.size(); ++n) {
      std::size_t r = down ? n : rows_.size() - 1 - n;
      std::vector<std::pair<double, std::size_t>> order;
      for (std::size_t i = 0; i < rows_[r].size(); ++i) {
        const auto& neighbours = down ? rows_[r][i].above : rows_[r][i].below;
        double sum = 0;
        for (const auto& one : neighbours) sum += slot(one).x;
        order.emplace_back(neighbours.empty() ? rows_[r][i].x : sum / double(neighbours.size()), i);
      }
      std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      std::vector<Slot> row;
      std::vector<std::size_t> places;
      for (const auto& [unused, i] : order) {
        row.push_back(std::move(rows_[r][i]));
        places.push_back(first_places_[r][i]);
      }
      rows_[r] = std::move(row);
      first_places_[r] = std::move(places);
      place(rows_[r], out_.width);
    }
  }

  std::size_t crossings() const {
    std::size_t n = 0;
    for (const auto& row : rows_) {
      std::vector<std::pair<double, double>> ends;
      for (const auto& one : row)
        for (const auto& below : one.below) ends.emplace_back(one.x, slot(below).x);
      for (std::size_t i = 0; i < ends.size(); ++i)
        for (std::size_t k = 0; k < i; ++k) n += (ends[i].first - ends[k].first) * (ends[i].second - ends[k].second) < 0;
    }
    return n;
  }

  static double y_of(std::size_t row) { return kMargin + kBoxHeight / 2 + kRow * double(row); }

  void draw() {
    out_.boxes.resize(h_.nodes.size());
    for (std::size_t r = 0; r < rows_.size(); ++r)
      for (const auto& one : rows_[r])
        if (!one.lane()) out_.boxes[one.element] = {h_.nodes[one.element].id, one.x, y_of(r)};
    for (const auto& [link, passes] : ways_) {
      LogicDrawing::Way way{link, {}, passes.front().first == passes.back().first};
      for (std::size_t i = 0; i < passes.size(); ++i) {
        double x = slot(passes[i]).x, y = y_of(passes[i].first);
        if (i > 0) way.points.emplace_back(x, way.aside ? y + kBoxHeight / 2 : y - kBoxHeight / 2);
        if (i + 1 < passes.size()) way.points.emplace_back(x, y + kBoxHeight / 2);
      }
      out_.ways.push_back(std::move(way));
    }
  }

  const SheetHeader& h_;
  Rows rows_;
  std::map<std::string, std::pair<std::size_t, std::size_t>> at_;
  std::vector<std::pair<std::size_t, std::vector<std::pair<std::size_t, std::size_t>>>> ways_;
  std::vector<std::vector<std::size_t>> first_places_;
  bool aside_ = false;
  LogicDrawing out_;
};

std::string path_of(const LogicDrawing::Way& way) {
  std::string out = "M" + px(way.points[0].first) + " " + px(way.points[0].second);
  for (std::size_t i = 1; i < way.points.size(); ++i) {
    auto [x0, y0] = way.points[i - 1];
    auto [x1, y1] = way.points[i];
    if (x0 == x1 && !way.aside) {
      out += "L" + px(x1) + " " + px(y1);
      continue;
    }
    double above = way.aside ? y0 + kDip * 1.3 : (y0 + y1) / 2;
    out += "C" + px(x0) + " " + px(above) + " " + px(x1) + " " + px(above) + " " + px(x1) + " " + px(y1);
  }
  return out;
}

std::string numbers_of(const LogicNode& node, Language l) {
  std::string out;
  for (const auto& one : node.indicators) out += (out.empty() ? "" : l == Language::ja ? "、" : ", ") + one;
  return out;
}

void draw_box(Html& html, const LogicDrawing::Box& box, const LogicNode& node, Language l) {
  html.raw("<rect class=\"box\" rx=\"6\"")
      .attribute("x", px(box.x - kBoxWidth / 2))
      .attribute("y", px(box.y - kBoxHeight / 2))
      .attribute("width", px(kBoxWidth))
      .attribute("height", px(kBoxHeight))
      .raw("/>\n");
  auto lines = text::two_lines(web::pick(node.title, l), kLineWidth);
  double y = box.y - (lines.size() == 2 ? 14 : 5);
  for (const auto& line : lines) {
    html.raw("<text text-anchor=\"middle\"").attribute("x", px(box.x)).attribute("y", px(y)).raw(">").text(line).raw("</text>\n");
    y += 19;
  }
  const std::string stage = str(stage_title(node.stage, l));
  std::string below = stage;
  if (!node.indicators.empty()) below += (l == Language::ja ? "・" : ", ") + str(t::logic_indicators(l, {numbers_of(node, l)}));
  if (text::two_lines(below, kLineWidth).size() > 1)
    below = text::two_lines(stage + (l == Language::ja ? "：" : ": ") + numbers_of(node, l), kLineWidth)[0];
  html.raw("<text class=\"axis\" text-anchor=\"middle\"")
      .attribute("x", px(box.x))
      .attribute("y", px(box.y + 27))
      .raw(">")
      .text(below)
      .raw("</text>\n");
}

Markup draw(const SheetHeader& h, Language l) {
  if (h.nodes.size() > kElementsDrawn) return web::paragraph(t::logic_too_large(l, {std::int64_t(kElementsDrawn)}));
  LogicDrawing drawing = lay_out(h);
  Html html;
  html.raw("<figure class=\"flow\">\n<figcaption>")
      .text(t::sheet_logic(l))
      .raw("</figcaption>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\"")
      .attribute("aria-label", t::sheet_logic(l))
      .raw(">\n<svg role=\"img\" aria-labelledby=\"logic-title logic-desc\"")
      .attribute("width", px(drawing.width))
      .attribute("height", px(drawing.height))
      .attribute("viewBox", "0 0 " + px(drawing.width) + " " + px(drawing.height))
      .raw(">\n<title id=\"logic-title\">")
      .text(t::sheet_logic(l))
      .raw("</title>\n<desc id=\"logic-desc\">")
      .text(t::logic_desc(l))
      .raw(
          "</desc>\n<defs><marker id=\"logic-end\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"11\" markerHeight=\"11\" "
          "markerUnits=\"userSpaceOnUse\" "
          "orient=\"auto\"><path class=\"tip\" d=\"M0 0L10 5L0 10z\"/></marker></defs>\n");
  for (const auto& way : drawing.ways)
    html.raw("<path class=\"way\" stroke-width=\"2\" marker-end=\"url(#logic-end)\"").attribute("d", path_of(way)).raw("/>\n");
  for (std::size_t i = 0; i < drawing.boxes.size(); ++i) draw_box(html, drawing.boxes[i], h.nodes[i], l);
  return html.raw("</svg>\n</div>\n</figure>\n").take();
}

void open_table(Html& html, std::string_view caption, std::initializer_list<std::string_view> columns) {
  html.raw("<div class=\"scroll\" role=\"region\" tabindex=\"0\"")
      .attribute("aria-label", caption)
      .raw(">\n<table>\n<caption>")
      .text(caption)
      .raw("</caption>\n<thead><tr>");
  for (auto column : columns)
    if (!column.empty()) html.raw("<th scope=\"col\">").text(column).raw("</th>");
  html.raw("</tr></thead>\n<tbody>\n");
}

Markup elements_table(const SheetHeader& h, const SheetAsked& asked) {
  Language l = asked.language;
  bool reasons = std::any_of(h.nodes.begin(), h.nodes.end(), [](const auto& node) { return node.qualitative.has_value(); });
  Html html;
  open_table(html, t::logic_elements(l),
             {t::logic_stage(l), t::logic_element(l), t::sheet_indicators(l), reasons ? t::logic_qualitative(l) : std::string_view()});
  for (std::size_t stage = 0; stage < kStages.size(); ++stage)
    for (const auto& node : h.nodes) {
      if (node.stage != Stage(stage)) continue;
      html.raw("<tr><td>")
          .text(stage_title(node.stage, l))
          .raw("</td><th scope=\"row\">")
          .text(web::pick(node.title, l))
          .raw("</th><td>");
      for (std::size_t i = 0; i < node.indicators.size(); ++i) {
        if (i > 0) html.text(l == Language::ja ? "、" : ", ");
        html.markup(web::link(node.indicators[i], asked.in_view(asked.urls.indicator(h.id, node.indicators[i]))));
      }
      html.raw("</td>");
      if (reasons) html.raw("<td>").text(node.qualitative ? web::pick(*node.qualitative, l) : "").raw("</td>");
      html.raw("</tr>\n");
    }
  return html.raw("</tbody>\n</table>\n</div>\n").take();
}

Markup links_table(const SheetHeader& h, Language l) {
  if (h.links.empty()) return {};
  Html html;
  open_table(html, t::logic_links(l), {t::sheet_logic_from(l), t::sheet_logic_to(l), t::sheet_why(l)});
  for (const auto& link : h.links)
    html.raw("<tr><th scope=\"row\">")
        .text(element_title(h, link.from, l))
        .raw("</th><td>")
        .text(element_title(h, link.to, l))
        .raw("</td><td>")
        .text(web::pick(link.reason, l))
        .raw("</td></tr>\n");
  return html.raw("</tbody>\n</table>\n</div>\n").take();
}

}  // namespace

LogicDrawing lay_out(const SheetHeader& header) { return Layout(header).run(); }

std::string_view stage_title(Stage stage, Language l) {
  switch (stage) {
    case Stage::kActivity: return t::logic_activity(l);
    case Stage::kOutput: return t::logic_output(l);
    case Stage::kShort: return t::logic_short(l);
    case Stage::kMid: return t::logic_mid(l);
    case Stage::kLong: break;
  }
  return t::logic_long(l);
}

std::string element_title(const SheetHeader& h, std::string_view id, Language l) {
  for (const auto& node : h.nodes)
    if (node.id == id) return web::pick(node.title, l);
  return str(id);
}

Markup logic_markup(const SheetState& state, const SheetAsked& asked) {
  const auto& h = state.sheet.header;
  Language l = asked.language;
  if (h.nodes.empty()) return {};
  Html html;
  html.markup(draw(h, l)).markup(elements_table(h, asked)).markup(links_table(h, l));
  if (!h.no_stages) return html.take();
  web::SummaryRow row{str(t::logic_no_stages(l)), web::escaped(web::pick(*h.no_stages, l))};
  return html.markup(web::summary_list({&row, 1}, l)).take();
}

Markup logic_places(const SheetHeader& h, std::string_view indicator, const SheetAsked& asked) {
  Language l = asked.language;
  Html html;
  bool any = false;
  for (const auto& node : h.nodes) {
    if (std::find(node.indicators.begin(), node.indicators.end(), indicator) == node.indicators.end()) continue;
    if (std::exchange(any, true)) html.raw("<br>");
    html.text(stage_title(node.stage, l))
        .text(l == Language::ja ? "：" : ": ")
        .markup(web::link(web::pick(node.title, l), asked.in_view(asked.urls.sheet(h.id) + "/logic")));
  }
  return html.take();
}

}  // namespace musubi::kpi
