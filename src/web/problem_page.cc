#include "web/problem_page.h"

#include <algorithm>

#include "web/messages.h"
#include "web/template.h"

namespace musubi::web {
namespace {

struct Advice {
  Text title;
  std::vector<Text> steps;
};

Advice advice_for(Code code) {
  using namespace messages;
  switch (code) {
    case Code::kInvalid: return {problem_invalid(), {problem_step_correct()}};
    case Code::kMalformed: return {problem_malformed(), {problem_step_address(), problem_step_report()}};
    case Code::kUnauthenticated: return {problem_unauthenticated(), {problem_step_sign_in()}};
    case Code::kForbidden: return {problem_forbidden(), {problem_step_ask()}};
    case Code::kNotFound: return {problem_not_found(), {problem_step_address(), problem_step_search()}};
    case Code::kConflict: return {problem_conflict(), {problem_step_reload()}};
    case Code::kTooLarge: return {problem_too_large(), {problem_step_smaller()}};
    case Code::kUnavailable: return {problem_unavailable(), {problem_step_wait()}};
    case Code::kCorrupt:
    case Code::kIo:
    case Code::kInternal: break;
  }
  return {problem_internal(), {problem_step_wait(), problem_step_report()}};
}

}  // namespace

Page problem_page(const Error& error, Language language, std::string target, std::string reference) {
  const bool of_a_day = error.code == Code::kNotFound && std::any_of(error.faults.begin(), error.faults.end(),
                                                                     [](const Fault& fault) { return fault.where == "as_of"; });
  const Advice advice = of_a_day ? Advice{messages::problem_not_known_then(), {messages::problem_step_day()}} : advice_for(error.code);
  json::array faults, steps;
  for (const Fault& fault : error.faults) faults.push_back({{"where", fault.where}, {"message", pick(fault.message, language)}});
  for (const Text& step : advice.steps) steps.push_back(json::string(pick(step, language)));
  json::object view;
  view["message"] = pick(error.message, language);
  view["has_faults"] = !faults.empty();
  view["faults"] = std::move(faults);
  view["steps"] = std::move(steps);
  view["name"] = error.name;
  view["reference"] = reference;
  return {.title = pick(advice.title, language),
          .language = language,
          .target = std::move(target),
          .main = render("problem", language, view)};
}

Page not_found_page(Language language, std::string target) {
  return problem_page({Code::kNotFound, "http.not_found", messages::problem_not_found_text(), {}}, language, std::move(target));
}

}  // namespace musubi::web
