// The logic model of a sheet: what is done leads to what comes out, and that to outcomes, each link with its reason. Drawn on the
// server without scripts, and told again as tables. The same bytes for the same model.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kpi/sheet_pages.h"

namespace musubi::kpi {

struct LogicDrawing {
  struct Box {
    std::string id;
    double x = 0, y = 0;  // its centre
  };
  struct Way {
    std::size_t link = 0;                           // index into the header's links
    std::vector<std::pair<double, double>> points;  // from above to below, past the rows between
    bool aside = false;                             // between two elements of one row: bends beneath it
  };
  std::vector<Box> boxes;  // in the order of the elements
  std::vector<Way> ways;   // of links between elements that are there
  double width = 0, height = 0;
};
inline constexpr std::size_t kElementsDrawn = 60;

// A row for each stage that has elements; within a row, elements stand where few links cross. A link over several rows has a
// lane of its own between the boxes.
LogicDrawing lay_out(const SheetHeader& header);

std::string_view stage_title(Stage stage, web::Language language);
std::string element_title(const SheetHeader& header, std::string_view id, web::Language language);  // the id where it is unknown

// Drawing, elements by stage, links with their reasons; nothing where there is no model.
web::Markup logic_markup(const SheetState& state, const SheetAsked& asked);

// Where an indicator stands in the model, "短期アウトカム：…"; nothing where the model does not name it.
web::Markup logic_places(const SheetHeader& header, std::string_view indicator, const SheetAsked& asked);

}  // namespace musubi::kpi
