#include "kpi/pack.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "embedded/plan_packs.h"
#include "kpi/json.h"
#include "kpi/rules.h"
#include "kpi/with_rules.h"

namespace musubi::kpi {
namespace {

// Walks a text that is known to be JSON and keeps the pointer of where it stands.
class LineWalk {
 public:
  LineWalk(std::string_view text, std::unordered_map<std::string, std::size_t>& wanted) : text_(text), wanted_(wanted) {}

  void value() {  // recursion is bounded: parse_json refuses what is deeper than 32
    space();
    if (auto found = wanted_.find(pointer_); found != wanted_.end() && found->second == 0) found->second = line_;
    if (peek() == '{')
      members();
    else if (peek() == '[')
      elements();
    else if (peek() == '"')
      string();
    else
      while (at_ < text_.size() && !ends_scalar(text_[at_])) ++at_;
  }

 private:
  static bool ends_scalar(char c) { return std::string_view(",]} \t\r\n").find(c) != std::string_view::npos; }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void space() {
    for (; at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n'); ++at_)
      if (text_[at_] == '\n') ++line_;
  }
  std::string_view string() {
    std::size_t start = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    std::string_view inside = text_.substr(start, std::min(at_, text_.size()) - start);
    ++at_;
    return inside;
  }
  template <class F>
  void sequence(char end, F&& each) {
    ++at_;
    space();
    while (at_ < text_.size() && peek() != end) {
      std::size_t length = pointer_.size();
      each();
      pointer_.resize(length);
      space();
      if (peek() == ',') ++at_;
      space();
    }
    ++at_;
  }
  void members() {
    sequence('}', [&] {
      pointer_ += '/';
      pointer_ += string();
      space();
      ++at_;  // the colon
      value();
    });
  }
  void elements() {
    std::size_t count = 0;
    sequence(']', [&] {
      pointer_ += '/';
      pointer_ += std::to_string(count++);
      value();
    });
  }

  std::string_view text_;
  std::unordered_map<std::string, std::size_t>& wanted_;
  std::string pointer_;
  std::size_t at_ = 0, line_ = 1;
};

std::size_t line_in(std::string_view where) {  // "12:5", as parse_json reports
  std::size_t line = 0;
  for (char c : where) {
    if (c < '0' || c > '9') break;
    line = line * 10 + std::size_t(c - '0');
  }
  return std::max<std::size_t>(line, 1);
}

}  // namespace

Result<PlanDocument> read_plan(std::string_view text) {
  auto value = TRY(parse_json(text, JsonLimits{kMaxPackBytes, 32}));
  std::vector<Fault> faults;
  PlanDocument document = read_document(value, faults);
  auto ruled = faults_of(document);
  faults = with_rules(std::move(faults), std::move(ruled));
  if (faults.empty()) return document;
  std::string count = std::to_string(faults.size()) + (faults.size() >= kMaxFaults ? "+" : "");
  if (faults.size() > kMaxFaults) faults.resize(kMaxFaults);
  return Error{Code::kInvalid,
               "pack.faults",
               {"計画のパックに誤りが " + count + " 件あります。すべて直してから、もう一度読み込んでください。",
                "The pack of the plan has " + count + " fault(s). Correct them all and import it again."},
               std::move(faults)};
}

std::vector<std::size_t> lines_of(std::string_view text, const std::vector<std::string>& pointers) {
  std::unordered_map<std::string, std::size_t> wanted;
  for (std::string pointer : pointers) {
    // Also every container around it; those shared by many faults are there already.
    while (wanted.emplace(pointer, 0).second && !pointer.empty()) pointer = parent_of(pointer);
  }
  LineWalk(text, wanted).value();
  std::vector<std::size_t> lines;
  for (std::string pointer : pointers) {
    while (!pointer.empty() && wanted[pointer] == 0) pointer = parent_of(pointer);
    lines.push_back(std::max<std::size_t>(wanted[pointer], 1));
  }
  return lines;
}

PackCheck locate_faults(std::string_view text, const Error& error) {
  PackCheck check;
  if (error.name != "pack.faults" && error.name != "plan.unusable" && error.name != "sheet.faults") {
    check.total = 1;
    check.faults.push_back({error.faults.empty() ? 1 : line_in(error.faults[0].where), "", error.message});
    return check;
  }
  std::vector<std::string> pointers;
  for (const auto& fault : error.faults) pointers.push_back(fault.where);
  auto lines = lines_of(text, pointers);
  check.total = error.faults.size();
  for (std::size_t i = 0; i < check.total; ++i) check.faults.push_back({lines[i], pointers[i], error.faults[i].message});
  std::stable_sort(check.faults.begin(), check.faults.end(), [](auto& a, auto& b) { return a.line < b.line; });
  if (check.faults.size() > kShownFaults) check.faults.resize(kShownFaults);
  return check;
}

const std::vector<PlanDocument>& embedded_plans() {
  static const std::vector<PlanDocument> plans = [] {
    std::vector<PlanDocument> out;
    for (const auto& file : embedded::plan_packs()) {
      auto plan = read_plan(file.bytes);
      CHECK(plan.ok());  // part of the binary, and a test reads each
      out.push_back(std::move(plan).value());
    }
    return out;
  }();
  return plans;
}

PackCheck check_pack(std::string_view text) {
  auto plan = read_plan(text);
  return plan.ok() ? PackCheck{} : locate_faults(text, plan.error());
}

}  // namespace musubi::kpi
