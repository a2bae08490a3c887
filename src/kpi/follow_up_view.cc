#include "kpi/follow_up_view.h"

#include <algorithm>
#include <array>

#include "kpi/follow_up_json.h"
#include "kpi/pages.h"
#include "kpi/plan_targets.h"
#include "kpi/sheet_cell.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_words.h"
#include "text/normalise.h"
#include "text/numbers.h"
#include "web/messages/follow_up.h"
#include "web/messages/kpi.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

std::string member_title(std::string_view member, Language l) {
  if (constexpr std::string_view kLines = "lines/"; member.starts_with(kLines)) {
    std::string key(member.substr(kLines.size()));
    return row_title(key.substr(0, key.find('/')), nullptr, l);
  }
  if (member.starts_with("progress")) return str(t::follow_progress(l));
  if (member.starts_with("effect")) return str(t::follow_effect(l));
  if (member == "facts") return str(t::follow_facts(l));
  if (member == "issues") return str(t::follow_issues(l));
  if (member == "causes") return str(t::follow_causes(l));
  if (member == "status") return str(t::follow_status(l));
  if (member == "next_action") return str(t::follow_next_action(l));
  if (member == "review_target") return str(t::follow_review_target(l));
  return str(member == "review_kpi" ? t::follow_review_kpi(l) : t::follow_review_reason(l));
}

std::string cell_words(const json::value* cell, Language l) {
  if (!cell) return {};
  if (cell->is_bool()) return str(cell->get_bool() ? t::follow_yes(l) : t::follow_no(l));
  if (const auto* object = cell->if_object())
    if (const json::value* words = object->if_contains(l == Language::ja ? "ja" : "en"))
      return words->is_string() ? str(words->get_string()) : "";
  if (const auto* word = cell->if_string()) {
    for (std::size_t i = 0; i < kLights.size(); ++i)
      if (kLights[i] == std::string_view(*word)) return str(light_title(Light(i), l));
    return str(*word);
  }
  return cell_text(*cell);
}

const json::value* member(const json::object& of, const std::string& path) {
  auto slash = path.find('/');
  const json::value* found = of.if_contains(path.substr(0, slash));
  if (!found || slash == path.npos) return found;
  return found->is_object() ? member(found->get_object(), path.substr(slash + 1)) : nullptr;
}

}  // namespace

std::string in_view(std::string url, const View& view) {
  if (view.as_of) url += (url.find('?') == url.npos ? "?as_of=" : "&as_of=") + text::iso_date(*view.as_of);
  return url;
}

Markup as_of_notice(const Asked& asked, const std::string& now) {
  if (!asked.view.as_of) return {};
  Language l = asked.language;
  Html body;
  body.raw("<p>").text(t::kpi_as_of_body(l)).raw(" ").markup(web::link(t::kpi_as_of_now(l), now)).raw("</p>\n");
  return web::notice(t::kpi_as_of_notice(l, {web::pick(text::long_date(*asked.view.as_of), l)}), body.take(), Tone::kInfo);
}

std::string_view light_title(Light light, Language l) {
  switch (light) {
    case Light::kOnTrack: return t::follow_on_track(l);
    case Light::kDelayed: return t::follow_delayed(l);
    case Light::kAtRisk: return t::follow_at_risk(l);
    case Light::kDone: break;
  }
  return t::follow_done(l);
}

Tone light_tone(Light light) {
  constexpr std::array<Tone, 4> kTones = {Tone::kSuccess, Tone::kWarning, Tone::kError, Tone::kInfo};
  return kTones[std::size_t(light)];
}

Markup light_tag(std::optional<Light> light, Language l) {
  return light ? web::tag(light_title(*light, l), light_tone(*light)) : web::tag(t::follow_no_light(l), Tone::kPlain);
}

web::Cell light_cell(std::optional<Light> light, Language l) {
  if (!light) return {"none", str(t::follow_no_light(l)), "", Tone::kPlain};
  return {str(kLights[std::size_t(*light)]), str(light_title(*light, l)), "", light_tone(*light)};
}

std::string_view frequency_title(Frequency frequency, Language l) {
  return frequency == Frequency::kQuarterly ? t::follow_quarterly(l)
         : frequency == Frequency::kYearly  ? t::follow_yearly(l)
                                            : t::follow_elsewhere(l);
}

std::string_view item_state_title(ItemState state, Language l) {
  switch (state) {
    case ItemState::kNotBegun: return t::follow_state_not_begun(l);
    case ItemState::kOpen: return t::follow_state_open(l);
    case ItemState::kReturned: return t::follow_state_returned(l);
    case ItemState::kEntered: return t::follow_state_entered(l);
    case ItemState::kSignedOff: break;
  }
  return t::follow_state_signed_off(l);
}

Tone item_state_tone(ItemState state) {
  return state == ItemState::kSignedOff  ? Tone::kSuccess
         : state == ItemState::kEntered  ? Tone::kInfo
         : state == ItemState::kReturned ? Tone::kWarning
                                         : Tone::kPlain;
}

std::string post_title(const std::vector<PostWords>& posts, const std::string& id, Language l) {
  if (id.empty()) return str(t::follow_nobody(l));
  for (const auto& one : posts)
    if (one.id == id) return web::pick(one.title, l);
  return id;
}

std::string actual_text(const std::optional<Actual>& actual, Language l) {
  if (!actual) return {};
  std::string out = actual->number ? canonical_json(json::value(*actual->number)) : "";
  if (actual->text) out += (out.empty() ? "" : l == Language::ja ? "　" : " ") + web::pick(*actual->text, l);
  return out;
}

Markup told_markup(const FollowUps::Told& told, const Asked& asked, const Measure* measure) {
  Language l = asked.language;
  const FollowUp& e = told.entry;
  std::vector<web::SummaryRow> rows = {{str(t::follow_status(l)), light_tag(e.light, l)}};
  auto add = [&](std::string_view term, const std::string& words) {
    if (!words.empty()) rows.push_back({str(term), web::escaped(words)});
  };
  auto text = [&](const std::optional<Text>& one) { return one ? web::pick(*one, l) : std::string(); };
  add(t::follow_progress(l), actual_text(e.progress, l));
  add(t::follow_effect(l), actual_text(e.effect, l));
  for (const auto& [key, values] : e.lines) {
    std::string words = actual_words(values, l);
    if (values.typed_reason) words += (l == Language::ja ? "　" : " ") + web::pick(*values.typed_reason, l);
    if (values.origin) words += " · " + origin_words(*values.origin, l);
    add(row_title(key, measure ? row_of(*measure, key) : nullptr, l), words);
  }
  add(t::follow_facts(l), web::pick(e.facts, l));
  add(t::follow_issues(l), text(e.issues));
  add(t::follow_causes(l), text(e.causes));
  add(t::follow_next_action(l), text(e.next_action));
  if (e.review_target) add(t::follow_review_target(l), str(t::follow_yes(l)));
  if (e.review_kpi) add(t::follow_review_kpi(l), str(t::follow_yes(l)));
  add(t::follow_review_reason(l), text(e.review_reason));
  auto by = [&](Time at, const std::string& actor, std::int64_t record) {
    return Html()
        .markup(web::time_element(at, l))
        .raw(" ")
        .markup(code_text(actor))
        .raw("<br>")
        .markup(record_links(asked.urls, record, l))
        .take();
  };
  const auto& r = told.revision;
  rows.push_back({t::kpi_revision_n(l, {r.revision}), by(r.at, r.actor, r.record)});
  if (r.step)
    rows.push_back(
        {str(r.step->signed_off ? t::follow_signed_off(l) : t::follow_returned(l)), by(r.step->at, r.step->actor, r.step->record)});
  if (r.step && r.step->remark) add(t::follow_remark(l), web::pick(*r.step->remark, l));
  return web::summary_list(rows, l);
}

Markup told_changes(const FollowUp& before, const FollowUp& after, std::string id, std::string_view caption, const std::string& target,
                    Language l) {
  json::object was = to_json(before), is = to_json(after);
  web::Table table = plain_table(
      std::move(id), caption, {{"member", str(t::kpi_member(l))}, {"before", str(t::kpi_before(l))}, {"after", str(t::kpi_after(l))}});
  for (const auto& change : cell_changes(was, is))
    if (change.member != "period" && change.member != "number")
      table.rows.push_back({{change.member, member_title(change.member, l)},
                            {cell_words(member(was, change.member), l)},
                            {cell_words(member(is, change.member), l)}});
  table.total = table.rows.size();
  return table.rows.empty() ? Markup{} : web::table(table, target, l);
}

Result<std::vector<std::string>> my_posts(const RouteContext& context, const http::Request& request) {
  if (!context.posts_of) return std::vector<std::string>();
  return context.posts_of(request.parameter("org"), context.actor(request));
}

Result<FollowUpOfficer> officer_of(const RouteContext& context, const http::Request& request) {
  auto posts = TRY(my_posts(context, request));
  return FollowUpOfficer{context.actor(request), std::move(posts), context.is_administrator && context.is_administrator(request)};
}

Result<std::string> leading_title(const RouteContext& context, const http::Request& request, const FollowUpState& state, Language l) {
  if (!state.schedule || state.schedule->post.empty()) return str(t::follow_led_by_administrators(l));
  return post_title(TRY(all_posts(context, request)), state.schedule->post, l);
}

Result<std::vector<PostWords>> all_posts(const RouteContext& context, const http::Request& request) {
  if (!context.posts) return std::vector<PostWords>();
  return context.posts(request.parameter("org"));
}

std::vector<std::string> typed_words(std::string_view typed) {
  std::vector<std::string> out;
  std::string word;
  for (std::size_t at = 0; at <= typed.size(); ++at) {
    bool parts =
        at == typed.size() || typed[at] == ' ' || typed[at] == ',' || typed.substr(at, 3) == "、" || typed.substr(at, 3) == "　";
    if (!parts) {
      word += typed[at];
      continue;
    }
    if (at < typed.size() && typed[at] != ' ' && typed[at] != ',') at += 2;
    if (!word.empty()) out.push_back(std::exchange(word, {}));
  }
  return out;
}

web::Field FollowUpForm::field(web::Input input, const std::string& name, std::string_view label, std::string now, bool required) {
  web::Field out{input, name, str(label)};
  out.values = {value(name, std::move(now))};
  if (input == web::Input::kText && out.values[0].find('\n') != std::string::npos) {
    out.input = web::Input::kTextarea;
    out.rows = 2;
  }
  out.required = required;
  if (std::find(filled_.begin(), filled_.end(), name) != filled_.end()) return out;
  for (const auto& fault : faults)
    if (fault.where == name) out.errors.push_back(web::pick(fault.message, language_));
  return out;
}

void FollowUpForm::words(std::vector<web::Field>& out, const std::string& name, std::string_view ja, std::string_view en,
                         const std::optional<Text>& now, bool required) {
  for (auto [language, label, text] : {std::tuple{"-ja", ja, now ? now->ja : ""}, {"-en", en, now ? now->en : ""}}) {
    out.push_back(field(web::Input::kTextarea, name + language, label, text, required));
    out.back().rows = 3;
  }
}

std::optional<Text> FollowUpForm::words(const std::string& name) {
  Text out;
  for (auto [language, into] : {std::pair{"-ja", &out.ja}, {"-en", &out.en}}) {
    auto clean = text::clean_input(value(name + language), text::Lines::kMany);
    if (clean.ok())
      *into = *clean;
    else
      faults.push_back({name + language, clean.error().message});
  }
  if (out.ja.empty() != out.en.empty()) {
    filled_.push_back(name + (out.ja.empty() ? "-en" : "-ja"));
    faults.push_back(
        {name + (out.ja.empty() ? "-ja" : "-en"), {"日本語と英語の両方を書いてください。", "Write both Japanese and English."}});
  }
  return out.ja.empty() || out.en.empty() ? std::nullopt : std::optional(out);
}

web::Field FollowUpForm::box(const std::string& name, std::string_view label, std::string_view yes, bool now) {
  web::Field out = field(web::Input::kCheckboxes, name, label, now ? "true" : "");
  out.options = {{"true", std::string(yes)}};
  return out;
}

std::optional<double> FollowUpForm::number(const std::string& name, const Text& unit) {
  std::string typed(text::trim(value(name)));
  if (typed.empty()) return std::nullopt;
  auto number = text::read_number(typed);
  if (!number.ok())
    faults.push_back({name, number.error().message});
  else if (auto fault = unit_fault_in_form(*number, unit))
    faults.push_back({name, std::move(*fault)});
  else
    return number->value;
  return std::nullopt;
}

void FollowUpForm::add(const std::vector<Fault>& more) {
  constexpr std::array<std::string_view, 9> kWords = {"facts", "issues",  "causes", "next_action", "review_reason",
                                                      "basis", "finding", "how",    "remark"};
  for (Fault fault : more) {
    if (std::find(kWords.begin(), kWords.end(), fault.where) != kWords.end())
      fault.where += fault.where.empty() ? "" : "-ja";
    else if (fault.where == "progress" || fault.where == "effect")
      fault.where += "-number";
    bool known = std::any_of(faults.begin(), faults.end(), [&](const Fault& one) { return one.where == fault.where; });
    if (!known) faults.push_back(std::move(fault));
  }
}

}  // namespace musubi::kpi
