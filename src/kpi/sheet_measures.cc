#include "kpi/sheet_measures.h"

#include <algorithm>
#include <map>
#include <set>

#include "kpi/measure_refs.h"
#include "kpi/sheet_words.h"
#include "kpi/state.h"
#include "web/messages/sheet_measure.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Language;
using web::Markup;

bool names(const std::vector<PlanMeasure>& all, std::string_view plan, std::string_view number) {
  return std::any_of(all.begin(), all.end(), [&](const PlanMeasure& one) { return one.plan == plan && one.number == number; });
}

// Plans as one view has them, each loaded once; nothing where the view has none of that id.
class PlanStates {
 public:
  PlanStates(db::Reader& reader, const View& view) : reader_(reader), view_(view) {}
  Result<const PlanState*> find(const std::string& plan) {
    auto at = known_.find(plan);
    if (at == known_.end()) {
      auto state = load_state(reader_, plan, view_);
      if (!state.ok() && state.error().code != Code::kNotFound) return state.error();
      at = known_.emplace(plan, state.ok() ? *state : nullptr).first;
    }
    return at->second.get();
  }

 private:
  db::Reader& reader_;
  const View& view_;
  std::map<std::string, std::shared_ptr<const PlanState>> known_;
};

const Entry* entry_of(const PlanState& plan, const std::string& number) {
  for (const auto& entry : plan.entries)
    if (entry.number == number) return &entry;
  return nullptr;
}

std::string numbers_text(std::string_view words, const std::vector<std::string>& numbers, Language l) {
  std::string out;
  for (const auto& one : numbers) out += (out.empty() ? "" : l == Language::ja ? "、" : ", ") + one;
  return out.empty() ? "" : std::string(words) + " " + out;
}

}  // namespace

Result<std::vector<Fault>> faults_of_measures(db::Reader& reader, const Sheet& sheet, const Sheet* before) {
  std::vector<Fault> faults;
  View drafts{.drafts = true};
  PlanStates plans(reader, drafts);
  auto stood = [&](const PlanMeasure& one) {
    if (!before) return false;
    auto in = [&](const auto& part) { return names(part.measures, one.plan, one.number); };
    return std::any_of(before->indicators.begin(), before->indicators.end(), in) ||
           std::any_of(before->programmes.begin(), before->programmes.end(), in);
  };
  auto check = [&](const std::vector<PlanMeasure>& all, const std::string& where) -> Result<void> {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (stood(all[i])) continue;
      const PlanState* plan = TRY(plans.find(all[i].plan));
      if (plan && !entry_of(*plan, all[i].number))
        faults.push_back({where + "/measures/" + std::to_string(i) + "/number",
                          {"計画「" + all[i].plan + "」に施策「" + all[i].number + "」はありません。",
                           "The plan " + all[i].plan + " has no measure " + all[i].number + "."}});
    }
    return {};
  };
  for (std::size_t i = 0; i < sheet.indicators.size(); ++i)
    TRY(check(sheet.indicators[i].measures, "/indicators/" + std::to_string(i)));
  for (std::size_t i = 0; i < sheet.programmes.size(); ++i)
    TRY(check(sheet.programmes[i].measures, "/programmes/" + std::to_string(i)));
  return faults;
}

Result<std::vector<PlanMeasure>> missing_measures(db::Reader& reader, const std::vector<PlanMeasure>& all) {
  std::vector<PlanMeasure> missing;
  View drafts{.drafts = true};
  PlanStates plans(reader, drafts);
  for (const auto& one : all) {
    const PlanState* plan = TRY(plans.find(one.plan));
    if (plan && !entry_of(*plan, one.number)) missing.push_back(one);
  }
  return missing;
}

std::vector<Evaluating> evaluating(const std::vector<SharedSheet>& sheets, std::string_view plan, std::string_view number) {
  std::vector<Evaluating> out;
  for (const auto& state : sheets) {
    Evaluating one{state, {}, {}};
    for (const auto& indicator : state->sheet.indicators)
      if (names(indicator.measures, plan, number)) one.indicators.push_back(indicator.number);
    for (const auto& programme : state->sheet.programmes)
      if (names(programme.measures, plan, number)) one.programmes.push_back(programme.number);
    if (!one.indicators.empty() || !one.programmes.empty()) out.push_back(std::move(one));
  }
  return out;
}

Result<Markup> measures_markup(const SheetAsked& asked, const std::vector<PlanMeasure>& measures) {
  Language l = asked.language;
  Urls urls{asked.urls.org, asked.urls.office};
  return asked.database->read([&](db::Reader& reader) -> Result<Markup> {
    PlanStates plans(reader, asked.view);
    Html html;
    html.raw("<ul>\n");
    for (const auto& one : measures) {
      const PlanState* plan = TRY(plans.find(one.plan));
      const Entry* entry = plan ? entry_of(*plan, one.number) : nullptr;
      html.raw("<li>");
      if (entry)
        html.markup(web::link(one.number + " " + web::pick(entry->title, l), asked.in_view(urls.measure(one.plan, one.number))))
            .text(l == Language::ja ? "（" : " (")
            .text(web::pick(plan->header.title, l))
            .text(l == Language::ja ? "）" : ")");
      else
        html.text(t::sheet_measure_elsewhere(l, {.number = one.number, .plan = one.plan}));
      html.raw("</li>\n");
    }
    return html.raw("</ul>\n").take();
  });
}

Result<Markup> evaluating_markup(const Asked& asked, std::string_view plan, std::string_view number) {
  Language l = asked.language;
  auto sheets = TRY(Sheets(*asked.database).naming(plan, number, asked.view));
  auto all = evaluating(sheets, plan, number);
  if (all.empty()) return Markup{};
  SheetUrls urls{asked.urls.org, asked.urls.office};
  SheetAsked where{asked.database, urls, asked.view, l};
  Html html;
  html.raw("<h2>").text(t::sheet_measure_evaluated(l)).raw("</h2>\n<ul>\n");
  for (const auto& one : all) {
    const auto& h = one.state->sheet.header;
    std::string what = numbers_text(t::sheet_measure_indicators(l), one.indicators, l);
    if (auto more = numbers_text(t::sheet_measure_programmes(l), one.programmes, l); !more.empty())
      what += (what.empty() ? "" : l == Language::ja ? "、" : ", ") + more;
    html.raw("<li>")
        .markup(web::link(sheet_title(h, l), where.in_view(urls.sheet(h.id))))
        .text(l == Language::ja ? "：" : ": ")
        .text(what)
        .raw("</li>\n");
  }
  return html.raw("</ul>\n").take();
}

}  // namespace musubi::kpi
