#include "kpi/sheet_words.h"

#include "kpi/judgement.h"
#include "text/dates.h"
#include "web/messages/sheet.h"
#include "web/messages/taken.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Language;
using web::Tone;

std::string in_brackets(const std::string& text, Language l) { return l == Language::ja ? "（" + text + "）" : " (" + text + ")"; }

std::string number_words(const SheetValue& value, Language l) {
  std::string number = number_text(*value.number);
  switch (value.bound) {
    case Bound::kAtLeast: return t::sheet_at_least(l, {number});
    case Bound::kAtMost: return t::sheet_at_most(l, {number});
    case Bound::kAbout: return t::sheet_about(l, {number});
    case Bound::kExactly: break;
  }
  return number;
}

}  // namespace

std::string value_words(const SheetValue& value, Language l) {
  if (!value.number) return value.text ? web::pick(*value.text, l) : std::string();
  std::string out = number_words(value, l), more;
  if (value.cumulative) more = t::sheet_cumulative(l);
  if (value.text) more += (more.empty() ? "" : l == Language::ja ? "、" : ", ") + web::pick(*value.text, l);
  return more.empty() ? out : out + in_brackets(more, l);
}

std::string value_words(const std::optional<SheetValue>& value, Language l) { return value ? value_words(*value, l) : std::string(); }

std::string actual_words(const YearValues& year, Language l) {
  std::string out = value_words(year.actual, l);
  if (year.latest_known_year) out += in_brackets(t::sheet_latest_known(l, {std::to_string(*year.latest_known_year)}), l);
  if (year.provisional) out += in_brackets(std::string(t::sheet_provisional(l)), l);
  if (year.revised) out += in_brackets(std::string(t::sheet_revised(l)), l);
  return out;
}

std::string origin_words(const Origin& origin, Language l) {
  if (const auto& reports = origin.reported)
    return t::taken_mark_reported(l, {text::iso_date(text::jst_date(origin.at)), reports->organisations, reports->of});
  return t::taken_mark(l, {origin.n});
}

std::string year_words(int fiscal_year, Language l) { return t::sheet_year_of(l, {std::to_string(fiscal_year)}); }

std::string_view form_title(SheetForm form, Language l) {
  return form == SheetForm::kEvaluation ? t::sheet_form_evaluation(l) : t::sheet_form_pre_analysis(l);
}

std::string_view kind_title(IndicatorKind kind, Language l) {
  switch (kind) {
    case IndicatorKind::kProgress: return t::sheet_kind_progress(l);
    case IndicatorKind::kActivity: return t::sheet_kind_activity(l);
    case IndicatorKind::kOutput: return t::sheet_kind_output(l);
    case IndicatorKind::kOutcome: return t::sheet_kind_outcome(l);
    case IndicatorKind::kShortOutcome: return t::sheet_kind_outcome_short(l);
    case IndicatorKind::kMidOutcome: return t::sheet_kind_outcome_mid(l);
    case IndicatorKind::kEffect: return t::sheet_kind_effect(l);
    case IndicatorKind::kLongOutcome: break;
  }
  return t::sheet_kind_outcome_long(l);
}

std::string_view mark_title(Mark mark, Language l) {
  switch (mark) {
    case Mark::kReached: return t::sheet_mark_reached(l);
    case Mark::kNear: return t::sheet_mark_near(l);
    case Mark::kFar: return t::sheet_mark_far(l);
    case Mark::kNotDue: break;
  }
  return t::sheet_mark_not_due(l);
}

std::string_view result_title(std::string_view result, Language l) {
  return result == "missed"        ? t::sheet_missed(l)
         : result == "reached"     ? t::sheet_reached(l)
         : result == "not_due"     ? t::sheet_not_due(l)
         : result == "no_target"   ? t::sheet_no_target(l)
         : result == "year_missed" ? t::sheet_year_missed(l)
                                   : t::sheet_unmarked(l);
}

std::string_view fate_title(Fate fate, Language l) {
  switch (fate) {
    case Fate::kKept: return t::sheet_fate_kept(l);
    case Fate::kDroppedReached: return t::sheet_fate_dropped_reached(l);
    case Fate::kMovedToProgramme: return t::sheet_fate_moved_to_programme(l);
    case Fate::kDroppedNotSettable: return t::sheet_fate_dropped_not_settable(l);
    case Fate::kReplaced: break;
  }
  return t::sheet_fate_replaced(l);
}

std::string_view amount_title(AmountKind kind, Language l) {
  switch (kind) {
    case AmountKind::kInitial: return t::sheet_amount_initial(l);
    case AmountKind::kSupplementary: return t::sheet_amount_supplementary(l);
    case AmountKind::kCarryOver: return t::sheet_amount_carry_over(l);
    case AmountKind::kTotal: return t::sheet_amount_total(l);
    case AmountKind::kExecuted: return t::sheet_amount_executed(l);
    case AmountKind::kRequest: break;
  }
  return t::sheet_amount_request(l);
}

std::string_view difference_title(DisagreementKind kind, Language l) {
  switch (kind) {
    case DisagreementKind::kMark: return t::sheet_difference_mark(l);
    case DisagreementKind::kYearMissed: return t::sheet_difference_year_missed(l);
    case DisagreementKind::kProse: break;
  }
  return t::sheet_difference_prose(l);
}

std::string part_title(const PartKey& part, Language l) {
  if (part.kind == PartKind::kIndicator) return t::sheet_part_indicator(l, {part.number});
  return part.kind == PartKind::kProgramme ? t::sheet_part_programme(l, {part.number}) : std::string(t::sheet_part_header(l));
}

Tone mark_tone(Mark mark) {
  return mark == Mark::kReached ? Tone::kSuccess
         : mark == Mark::kNear  ? Tone::kWarning
         : mark == Mark::kFar   ? Tone::kError
                                : Tone::kPlain;
}

web::Markup mark_tag(std::optional<Mark> mark, Language l) {
  return mark ? web::tag(mark_title(*mark, l), mark_tone(*mark)) : web::tag(t::sheet_mark_none(l), Tone::kPlain);
}

std::string_view state_word(const SheetState& state) {
  if (!state.has_drafts()) return "published";
  return state.route.empty() ? "draft" : step_word(state.route.back().step);
}

std::string_view state_title(std::string_view word, Language l) {
  if (word == "reviewed") return t::sheet_state_reviewed(l);
  if (word == "approved") return t::sheet_state_approved(l);
  if (word == "returned") return t::sheet_state_returned(l);
  return word == "published" ? t::sheet_state_published(l) : t::sheet_state_draft(l);
}

std::string sheet_title(const SheetHeader& header, Language l) {
  std::string policy = l == Language::ja ? "政策" + header.policy_number + "：" : "Policy " + header.policy_number + ": ";
  return policy + web::pick(header.policy_title, l) + in_brackets(year_words(header.fiscal_year, l), l);
}

web::Markup laws_markup(const std::vector<Law>& laws, Language l) {
  web::Html html;
  html.raw("<ul>\n");
  for (const auto& law : laws) {
    html.raw("<li>");
    if (law.id.empty())
      html.text(web::pick(law.title, l));
    else
      html.markup(web::link(web::pick(law.title, l), "https://laws.e-gov.go.jp/law/" + law.id));
    html.raw("</li>\n");
  }
  return html.raw("</ul>\n").take();
}

std::string step_title(const Sheet& sheet, Language l) {
  const auto& judgement = sheet.header.judgement;
  if (!judgement) return {};
  const Scale* scale = judged_by(sheet);
  const ScaleStep* step = scale ? scale->step(judgement->step) : nullptr;
  return step ? web::pick(step->title, l) : judgement->step;
}

}  // namespace musubi::kpi
