#include "kpi/process_graph.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "text/two_lines.h"
#include "web/messages/kpi.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;

constexpr double kBoxWidth = 160, kBoxHeight = 66, kSlot = 176, kThread = 36, kRow = 122, kMargin = 12, kLane = 14;
constexpr std::size_t kTitleWidth = 20;  // in Latin letters; a Japanese one takes the room of two
constexpr const char* kEnd = "$";

std::string px(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

// A point that a line passes in a layer: a box, or a bend of a long edge.
struct Slot {
  double place = 0;  // what it is sorted by
  bool box = false;
  double x = 0;
};

class Layout {
 public:
  explicit Layout(const Flow& flow) {
    choose(flow);
    rank_bottlenecks(flow);
    layer();
    thread();
    for (int sweep = 0; sweep < 8; ++sweep) order(sweep % 2 == 0);
    place();
  }
  Drawing take() { return std::move(out_); }

 private:
  std::size_t index_of(const std::string& activity) const { return indexes_.at(activity); }

  void choose(const Flow& flow) {
    std::vector<const FlowNode*> nodes;
    for (const auto& node : flow.nodes) nodes.push_back(&node);
    std::stable_sort(nodes.begin(), nodes.end(), [](auto* a, auto* b) { return a->cases > b->cases; });
    if (nodes.size() > kNodesDrawn) nodes.resize(kNodesDrawn);
    std::stable_sort(nodes.begin(), nodes.end(), [](auto* a, auto* b) { return a->place < b->place; });
    if (nodes.empty()) return;
    add("", flow.cases);
    for (auto* node : nodes) add(node->activity, node->n);
    if (flow.closed > 0) add(kEnd, flow.closed);
    for (const auto& edge : flow.edges) {
      if (out_.edges.size() == kEdgesDrawn) break;
      auto from = indexes_.find(edge.from), to = indexes_.find(edge.to.empty() ? kEnd : edge.to);
      if (from == indexes_.end() || to == indexes_.end()) continue;
      out_.edges.push_back({from->second, to->second, from->second >= to->second, edge.n});
      waited_.push_back(edge.waiting.total_s);
    }
  }

  void add(const std::string& activity, std::int64_t n) {
    indexes_[activity] = out_.nodes.size();
    out_.nodes.push_back({activity, 0, 0, 0, n});
  }

  void rank_bottlenecks(const Flow&) {
    std::vector<std::size_t> order(waited_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return waited_[a] > waited_[b]; });
    for (std::size_t i = 0; i < std::min<std::size_t>(3, order.size()); ++i)
      if (waited_[order[i]] > 0) out_.edges[order[i]].rank = int(i) + 1;
  }

  // Nodes stand in the order of their place, so edges that lead on make no circle: the longest way gives the layer.
  void layer() {
    for (std::size_t to = 0; to < out_.nodes.size(); ++to)
      for (const auto& edge : out_.edges)
        if (!edge.back && edge.to == to) out_.nodes[to].layer = std::max(out_.nodes[to].layer, out_.nodes[edge.from].layer + 1);
    std::size_t deepest = 0;
    for (auto& node : out_.nodes) {  // the end stands below everything
      if (node.activity == kEnd) node.layer = deepest + 1;
      deepest = std::max(deepest, node.layer);
    }
    layers_.resize(out_.nodes.empty() ? 0 : deepest + 1);
  }

  std::size_t add_slot(std::size_t layer, bool box) {
    slots_.push_back({double(layers_[layer].size()), box, 0});
    above_.emplace_back();
    below_.emplace_back();
    layers_[layer].push_back(slots_.size() - 1);
    return slots_.size() - 1;
  }

  void thread() {
    for (const auto& node : out_.nodes) box_.push_back(add_slot(node.layer, true));
    for (const auto& edge : out_.edges) {
      threads_.emplace_back();
      if (edge.back) continue;
      std::size_t before = box_[edge.from];
      for (std::size_t layer = out_.nodes[edge.from].layer + 1; layer <= out_.nodes[edge.to].layer; ++layer) {
        const std::size_t here = layer == out_.nodes[edge.to].layer ? box_[edge.to] : add_slot(layer, false);
        below_[before].push_back(here);
        above_[here].push_back(before);
        threads_.back().push_back(here);
        before = here;
      }
    }
  }

  // Each slot goes to the mean of its neighbours in the layer before (or after), so that lines cross less.
  void order(bool down) {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      auto& layer = layers_[down ? i : layers_.size() - 1 - i];
      for (std::size_t slot : layer) {
        const auto& neighbours = down ? above_[slot] : below_[slot];
        double sum = 0;
        for (std::size_t one : neighbours) sum += slots_[one].place;
        if (!neighbours.empty()) slots_[slot].place = sum / double(neighbours.size());
      }
      std::stable_sort(layer.begin(), layer.end(), [&](auto a, auto b) { return slots_[a].place < slots_[b].place; });
      for (std::size_t at = 0; at < layer.size(); ++at) slots_[layer[at]].place = double(at) - double(layer.size() - 1) / 2;
    }
  }

  double width_of(std::size_t slot) const { return slots_[slot].box ? kSlot : kThread; }

  void place() {
    double widest = 0;
    for (const auto& layer : layers_) {
      double width = 0;
      for (std::size_t slot : layer) width += width_of(slot);
      widest = std::max(widest, width);
    }
    for (const auto& layer : layers_) {
      double x = kMargin + widest / 2;
      for (std::size_t slot : layer) x -= width_of(slot) / 2;
      for (std::size_t slot : layer) {
        slots_[slot].x = x + width_of(slot) / 2;
        x += width_of(slot);
      }
    }
    for (std::size_t i = 0; i < out_.nodes.size(); ++i) {
      out_.nodes[i].x = slots_[box_[i]].x;
      out_.nodes[i].y = kMargin + kBoxHeight / 2 + kRow * double(out_.nodes[i].layer);
    }
    std::size_t lanes = 0;
    for (std::size_t i = 0; i < out_.edges.size(); ++i) draw_line(i, kMargin + widest, lanes);
    out_.width = out_.nodes.empty() ? 0 : widest + 2 * kMargin + kLane * double(lanes) + (lanes > 0 ? 40 : 0);
    out_.height = out_.nodes.empty() ? 0 : 2 * kMargin + kBoxHeight + kRow * double(layers_.size() - 1);
  }

  void draw_line(std::size_t at, double side, std::size_t& lanes) {
    auto& edge = out_.edges[at];
    const auto &from = out_.nodes[edge.from], &to = out_.nodes[edge.to];
    if (edge.back) {
      const double lane = side + kLane * double(++lanes);
      edge.points = {{from.x + kBoxWidth / 2, from.y + 8}, {lane, from.y + 8}, {lane, to.y - 8}, {to.x + kBoxWidth / 2, to.y - 8}};
      return;
    }
    edge.points.push_back({from.x, from.y + kBoxHeight / 2});
    std::size_t layer = from.layer;
    for (std::size_t slot : threads_[at]) {
      const double y = kMargin + kBoxHeight / 2 + kRow * double(++layer);
      if (layer == to.layer)
        edge.points.push_back({to.x, to.y - kBoxHeight / 2});
      else
        edge.points.push_back({slots_[slot].x, y});
    }
  }

  Drawing out_;
  std::map<std::string, std::size_t> indexes_;
  std::vector<std::int64_t> waited_;  // by edge
  std::vector<Slot> slots_;
  std::vector<std::vector<std::size_t>> layers_;                   // slots, from left to right
  std::vector<std::vector<std::size_t>> above_, below_, threads_;  // of each slot; of each edge
  std::vector<std::size_t> box_;                                   // slot of each node
};

// Softly bent from point to point; a back edge in right angles.
std::string path_of(const Drawing::Edge& edge) {
  const auto& points = edge.points;
  std::string out = "M" + px(points[0].first) + " " + px(points[0].second);
  for (std::size_t i = 1; i < points.size(); ++i) {
    const auto &a = points[i - 1], &b = points[i];
    if (edge.back) {
      out += " L" + px(b.first) + " " + px(b.second);
      continue;
    }
    const double middle = (a.second + b.second) / 2;
    out += " C" + px(a.first) + " " + px(middle) + " " + px(b.first) + " " + px(middle) + " " + px(b.first) + " " + px(b.second);
  }
  return out;
}

void draw_edges(const Drawing& drawing, Html& html) {
  std::int64_t most = 1;
  for (const auto& edge : drawing.edges) most = std::max(most, edge.n);
  for (const auto& edge : drawing.edges) {
    html.raw("<path")
        .attribute("class", std::string("way") + (edge.back ? " back" : "") + (edge.rank ? " slow" : ""))
        .attribute("stroke-width", px(1 + 5 * std::sqrt(double(edge.n) / double(most))))
        .raw(" marker-end=\"url(#flow-end)\"")
        .attribute("d", path_of(edge))
        .raw("/>\n");
  }
}

// Numbers stand on the line, a third of the way between its ends for those that share a beginning, so that few cover each other.
void draw_numbers(const Drawing& drawing, Html& html) {
  std::map<std::size_t, int> seen;
  for (const auto& edge : drawing.edges) {
    const auto& p = edge.points;
    double x = 0, y = 0;
    if (edge.back) {
      x = p[1].first, y = (p[1].second + p[2].second) / 2;
    } else {
      const double share = seen[edge.from]++ % 2 == 0 ? 0.5 : 0.66;
      const double bend = share * share * (3 - 2 * share);
      x = p[0].first + (p[1].first - p[0].first) * bend, y = p[0].second + (p[1].second - p[0].second) * share + 5;
    }
    html.raw("<text class=\"value\" text-anchor=\"middle\"").attribute("x", px(x)).attribute("y", px(y)).raw(">");
    if (edge.rank) html.text(edge.rank == 1 ? "❶ " : edge.rank == 2 ? "❷ " : "❸ ");
    html.text(web::grouped(edge.n)).raw("</text>\n");
  }
}

void draw_nodes(const Drawing& drawing, const ActivityTitle& title, web::Language l, Html& html) {
  for (const auto& node : drawing.nodes) {
    const bool pole = node.activity.empty() || node.activity == kEnd;
    const std::string words(node.activity.empty()   ? std::string(t::kpi_flow_begin(l))
                            : node.activity == kEnd ? std::string(t::kpi_flow_end(l))
                                                    : title(node.activity));
    html.raw("<rect")
        .attribute("class", pole ? "pole" : "box")
        .attribute("x", px(node.x - kBoxWidth / 2))
        .attribute("y", px(node.y - kBoxHeight / 2))
        .attribute("width", px(kBoxWidth))
        .attribute("height", px(kBoxHeight))
        .attribute("rx", pole ? "24" : "6")
        .raw("/>\n");
    const auto lines = text::two_lines(words, kTitleWidth);
    double y = node.y - (lines.size() == 2 ? 13 : 4);
    for (const auto& line : lines) {
      html.raw("<text text-anchor=\"middle\"").attribute("x", px(node.x)).attribute("y", px(y)).raw(">").text(line).raw("</text>\n");
      y += 18;
    }
    html.raw("<text class=\"axis\" text-anchor=\"middle\"")
        .attribute("x", px(node.x))
        .attribute("y", px(node.y + 25))
        .raw(">")
        .text(web::grouped(node.n))
        .raw("</text>\n");
  }
}

}  // namespace

Drawing lay_out(const Flow& flow) { return Layout(flow).take(); }

web::Markup draw(const Flow& flow, const ActivityTitle& title, web::Language l) {
  const Drawing drawing = lay_out(flow);
  if (drawing.nodes.empty()) return {};
  Html html;
  html.raw("<figure class=\"flow\">\n<figcaption>")
      .text(t::kpi_flow_figure(l))
      .raw("</figcaption>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\"")
      .attribute("aria-label", t::kpi_flow_figure(l))
      .raw(">\n<svg role=\"img\" aria-labelledby=\"flow-title flow-desc\"")
      .attribute("width", px(drawing.width))
      .attribute("height", px(drawing.height))
      .attribute("viewBox", "0 0 " + px(drawing.width) + " " + px(drawing.height))
      .raw(">\n<title id=\"flow-title\">")
      .text(t::kpi_flow_figure(l))
      .raw("</title>\n<desc id=\"flow-desc\">")
      .text(t::kpi_flow_figure_desc(l))
      .raw(
          "</desc>\n<defs><marker id=\"flow-end\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"11\" markerHeight=\"11\" "
          "markerUnits=\"userSpaceOnUse\" "
          "orient=\"auto\"><path class=\"tip\" d=\"M0 0L10 5L0 10z\"/></marker></defs>\n");
  draw_edges(drawing, html);
  draw_nodes(drawing, title, l, html);
  draw_numbers(drawing, html);
  html.raw("</svg>\n</div>\n");
  if (drawing.edges.size() < flow.edges.size())
    html.raw("<p class=\"fine\">")
        .text(t::kpi_flow_cut(l, {.n = std::int64_t(drawing.edges.size()), .total = std::int64_t(flow.edges.size())}))
        .raw("</p>\n");
  return html.raw("</figure>\n").take();
}

}  // namespace musubi::kpi
