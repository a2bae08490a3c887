#include "kpi/plan_text_fields.h"

#include "text/normalise.h"

namespace musubi::kpi {

const PlanField* label_of(std::string_view line) {
  for (const auto& label : field_labels())
    if (line == label.printed) return &label.field;
  return nullptr;
}

const PlanField* label_at(const std::vector<std::string_view>& lines, std::size_t at, std::size_t& used) {
  used = 1;
  const std::string_view line = text::trim(lines[at]);
  if (const PlanField* whole = label_of(line)) return whole;
  if (at + 1 >= lines.size()) return nullptr;
  const std::string_view next = text::trim(lines[at + 1]);
  for (const auto& label : field_labels())
    if (!label.first.empty() && line == label.first && label.printed.substr(label.first.size()) == next) return used = 2, &label.field;
  return nullptr;
}

void FieldLabels::measure(std::size_t index) {
  end_group();
  known_.resize(index + 1);
  waiting_.push_back(index);
}

void FieldLabels::label(const std::string& field) { group_.push_back(field); }

// As many labels as measures: one each. Fewer labels: the last ones have them, since the pages before had none. More: a label is
// also printed for a measure that goes on from the page before.
void FieldLabels::end_group() {
  if (group_.empty()) return;
  const std::size_t n = std::min(group_.size(), waiting_.size());
  for (std::size_t i = 0; i < n; ++i) known_[waiting_[waiting_.size() - n + i]] = group_[group_.size() - n + i];
  group_.clear();
  waiting_.clear();
}

std::vector<FieldLabels::Field> FieldLabels::resolve(const std::vector<std::string>& section_of) const {
  std::vector<Field> out(section_of.size());
  auto known = [&](std::size_t i) { return i < known_.size() ? known_[i] : std::string(); };
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].id = known(i);
    if (!out[i].id.empty()) continue;
    std::string before, after;
    for (std::size_t j = i; j-- > 0 && section_of[j] == section_of[i] && before.empty();) before = known(j);
    for (std::size_t j = i + 1; j < out.size() && section_of[j] == section_of[i] && after.empty(); ++j) after = known(j);
    out[i].id = !before.empty() ? before : !after.empty() ? after : field_labels()[0].field.id;
    if (before.empty() || before != after)
      out[i].doubt = Text{"分野の表示が読み取れない。前後の施策から仮に決めた。",
                          "No label of a field could be read. It was set after its neighbours."};
    else
      out[i].doubt = Text{"分野の表示が読み取れない。前後の施策がともにこの分野である。",
                          "No label of a field could be read. The measures before and after have this one."};
  }
  return out;
}

}  // namespace musubi::kpi
