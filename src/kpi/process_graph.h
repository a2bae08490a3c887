// A flow as a drawing: layers from top to bottom, made on the server, the same bytes for the same flow. SVG without scripts
// and style attributes; at most kNodesDrawn activities and kEdgesDrawn ways, the most frequent ones: the table beneath has all.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kpi/process.h"
#include "web/html.h"
#include "web/language.h"

namespace musubi::kpi {

inline constexpr std::size_t kNodesDrawn = 24, kEdgesDrawn = 60;

struct Drawing {
  struct Node {
    std::string activity;  // "" begins; "$" ends
    std::size_t layer = 0;
    double x = 0, y = 0;  // its centre
    std::int64_t n = 0;
  };
  struct Edge {
    std::size_t from = 0, to = 0;  // indexes into nodes
    bool back = false;             // against the order of the layers
    std::int64_t n = 0;
    int rank = 0;                                   // 1, 2, 3: where most time is spent; 0: elsewhere
    std::vector<std::pair<double, double>> points;  // way of its line, from above to below; a back edge's at the side
  };
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  double width = 0, height = 0;
};

Drawing lay_out(const Flow& flow);

using ActivityTitle = std::function<std::string(std::string_view activity)>;
web::Markup draw(const Flow& flow, const ActivityTitle& title, web::Language language);

}  // namespace musubi::kpi
