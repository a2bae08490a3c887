// To which field each measure belongs, from labels in the margin: they come in groups, a group a page, in the order of the
// measures that begin on the page. What no label says is decided by the neighbours, and said to be so. Private to kpi.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kpi/plan_line.h"

namespace musubi::kpi {

const PlanField* label_of(std::string_view line);  // a line that is one label; nullptr: it is not
// The label that begins on line `at`; it may take two lines.
const PlanField* label_at(const std::vector<std::string_view>& lines, std::size_t at, std::size_t& used);

class FieldLabels {
 public:
  void measure(std::size_t index);  // begins; indexes ascend
  void label(const std::string& field);
  void other_line() { end_group(); }  // the text goes on
  void new_section() { end_group(); }
  void finish() { end_group(); }

  struct Field {
    std::string id;
    std::optional<Text> doubt;
  };
  std::vector<Field> resolve(const std::vector<std::string>& section_of) const;  // one a measure

 private:
  void end_group();

  std::vector<std::string> known_;    // by measure; "" = no label
  std::vector<std::size_t> waiting_;  // measures since the last group
  std::vector<std::string> group_;
};

}  // namespace musubi::kpi
