// Entering values, marks and the judgement. Part of sheet_office.h.
#include <algorithm>
#include <charconv>

#include "http/problem.h"
#include "kpi/duty_pages.h"
#include "kpi/judgement.h"
#include "kpi/scale_pages.h"
#include "kpi/sheet_office.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_state.h"
#include "kpi/sheet_words.h"
#include "kpi/taken_view.h"
#include "text/normalise.h"
#include "text/numbers.h"
#include "web/form.h"
#include "web/messages/sheet.h"
#include "web/messages/taken.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

// A form over one part: draws its fields from the part or from what was posted, and reads them back.
class PartForm {
 public:
  PartForm(const http::Form* posted, Language language) : posted_(posted), language_(language) {}

  std::string value(const std::string& name, std::string otherwise) const {
    return posted_ ? std::string(posted_->get(name, "")) : otherwise;
  }
  bool has(const std::string& name) const { return posted_ && posted_->get(name); }
  bool faulty() const { return !faults.empty(); }

  web::Field field(web::Input input, std::string name, std::string label, std::string now) {
    web::Field out{input, name, std::move(label)};
    out.values = {value(name, std::move(now))};
    out.required = false;
    for (const auto& fault : faults)
      if (fault.where == name) out.errors.push_back(web::pick(fault.message, language_));
    return out;
  }

  void text_fields(std::vector<web::Field>& out, const std::string& name, std::string_view ja, std::string_view en,
                   const std::optional<Text>& now) {
    for (auto [language, label, words] : {std::tuple{"-ja", ja, now ? now->ja : ""}, {"-en", en, now ? now->en : ""}}) {
      out.push_back(field(web::Input::kTextarea, name + language, str(label), words));
      out.back().rows = 2;
    }
  }

  std::optional<Text> text(const std::string& name) {
    Text out{value(name + "-ja", ""), value(name + "-en", "")};
    for (std::string* words : {&out.ja, &out.en}) words->erase(std::remove(words->begin(), words->end(), '\r'), words->end());
    bool ja = !text::trim(out.ja).empty(), en = !text::trim(out.en).empty();
    if (ja != en)
      faults.push_back({name + (ja ? "-en" : "-ja"), {"日本語と英語の両方を書いてください。", "Write both Japanese and English."}});
    return ja && en ? std::optional(out) : std::nullopt;
  }

  std::vector<Fault> faults;

 private:
  const http::Form* posted_;
  Language language_;
};

std::string cell_name(std::size_t line, int year) { return "l" + std::to_string(line) + "-" + std::to_string(year); }

std::vector<int> years_to_enter(const SheetState& state, const Line& line) {
  std::vector<int> years = years_of(state.sheet);
  for (int year : {state.sheet.header.fiscal_year}) years.push_back(year);
  if (line.final_year && *line.final_year <= state.sheet.header.fiscal_year) years.push_back(*line.final_year);
  std::sort(years.begin(), years.end());
  years.erase(std::unique(years.begin(), years.end()), years.end());
  return years;
}

web::Field actual_field(PartForm& entry, const Line& line, std::size_t i, int year, Language l) {
  std::string what = (line.sub.empty() ? "" : "(" + line.sub + ") ") + year_words(year, l) + " " + str(t::sheet_actual(l)),
              name = cell_name(i, year);
  auto found = line.yearly.find(year);
  const std::optional<SheetValue> now = found == line.yearly.end() ? std::nullopt : found->second.actual;
  web::Field group{web::Input::kParts, name, what};
  if (found != line.yearly.end() && found->second.target)
    group.hint = str(t::sheet_target(l)) + (l == Language::ja ? "：" : ": ") + value_words(found->second.target, l);
  group.required = false;
  group.parts.push_back(entry.field(web::Input::kText, name + "-number", t::sheet_edit_number(l, {what}),
                                    now && now->number ? number_text(*now->number) : ""));
  group.parts.push_back(
      entry.field(web::Input::kText, name + "-ja", t::sheet_edit_ja(l, {what}), now && now->text ? now->text->ja : ""));
  group.parts.push_back(
      entry.field(web::Input::kText, name + "-en", t::sheet_edit_en(l, {what}), now && now->text ? now->text->en : ""));
  return group;
}

// What indicators of this organisation offer to the rows that name them.
struct Computable {
  std::vector<Indicator> known;
  Offers offers;
  std::optional<Offer> at(const Line& line, int year) const {
    return line.computed.empty() ? std::nullopt : offers.of(line.computed, Period{year, 0});
  }
};

Result<Computable> computable_of(db::Reader& reader, const SheetIndicator& one, Time now) {
  Computable out;
  out.known = TRY(definitions(reader));
  std::set<std::string> named;
  for (const auto& line : one.lines) named.insert(line.computed);
  std::vector<Indicator> asked;
  for (const auto& indicator : out.known)
    if (named.contains(indicator.id)) asked.push_back(indicator);
  out.offers = TRY(Offers::read(reader, std::move(asked), now));
  return out;
}

void computed_field(PartForm& entry, std::vector<web::Field>& out, const Line& line, std::size_t i, const Computable& computable,
                    Language l) {
  web::Field field = entry.field(web::Input::kSelect, "l" + std::to_string(i) + "-computed",
                                 (line.sub.empty() ? "" : "(" + line.sub + ") ") + str(t::taken_by(l)), line.computed);
  field.options.push_back({"", str(t::sheet_none_option(l))});
  bool there = line.computed.empty();
  for (const auto& one : computable.known) {
    if (!measures_in(one, line.unit) && one.id != line.computed) continue;
    there = there || one.id == line.computed;
    field.options.push_back({one.id, web::pick(one.title, l)});
  }
  if (!there) field.options.push_back({line.computed, line.computed});
  if (field.options.size() > 1) out.push_back(std::move(field));
}

void taken_fields(PartForm& entry, std::vector<web::Field>& out, const Line& line, std::size_t i, int year,
                  const Computable& computable, Language l) {
  auto offer = computable.at(line, year);
  if (!offer || !offer->figure.value) return;
  const std::string name = cell_name(i, year), period = year_words(year, l);
  out.push_back(
      take_field(*offer, entry.field(web::Input::kCheckboxes, name + "-take", period + " " + str(t::taken_offers(l)), ""), l));
  auto found = line.yearly.find(year);
  entry.text_fields(out, name + "-why", t::taken_why_ja(l, {period}), t::taken_why_en(l, {period}),
                    found == line.yearly.end() ? std::nullopt : found->second.typed_reason);
}

template <class E, std::size_t N>
web::Field choice_field(PartForm& entry, const char* name, std::string_view label, const std::array<std::string_view, N>& words,
                        std::optional<E> now, std::string_view (*title)(E, Language), Language l) {
  web::Field out = entry.field(web::Input::kSelect, name, str(label), now ? str(word_of(words, *now)) : "");
  out.options.push_back({"", str(t::sheet_none_option(l))});
  for (std::size_t i = 0; i < N; ++i) out.options.push_back({str(words[i]), str(title(E(i), l))});
  return out;
}

web::Form indicator_form(const RouteContext& context, const http::Request& request, const SheetAsked& asked, const SheetState& state,
                         const SheetIndicator& one, const Computable& computable, std::int64_t base, PartForm& entry) {
  Language l = asked.language;
  std::string self = asked.urls.indicator(state.sheet.header.id, one.number);
  web::Form form{self + "/edit",
                 {{web::Input::kHidden, "base", "", "", {std::to_string(base)}}},
                 str(t::sheet_edit_submit(l)),
                 context.csrf_token(request),
                 "post",
                 {str(t::sheet_cancel(l)), self}};
  for (std::size_t i = 0; i < one.lines.size(); ++i) {
    const Line& line = one.lines[i];
    for (int year : years_to_enter(state, line)) {
      form.fields.push_back(actual_field(entry, line, i, year, l));
      taken_fields(entry, form.fields, line, i, year, computable, l);
    }
    if (line.nature == Nature::kNumeric) computed_field(entry, form.fields, line, i, computable, l);
  }
  if (state.sheet.header.form == SheetForm::kPreAnalysis) return form;
  form.fields.push_back(choice_field<Mark>(entry, "mark", t::sheet_official(l), kMarks, one.mark, mark_title, l));
  ComputedMark computed = compute_mark(one, state.sheet.header.fiscal_year, mark_rules(state.sheet));
  form.fields.back().hint = str(t::sheet_computed(l)) + (l == Language::ja ? "：" : ": ") +
                            (computed.mark ? str(mark_title(*computed.mark, l)) : str(t::sheet_computed_words(l))) + " " +
                            web::pick(computed.why, l);
  entry.text_fields(form.fields, "mark_reason", t::sheet_mark_reason_ja(l), t::sheet_mark_reason_en(l), one.mark_reason);
  entry.text_fields(form.fields, "factor", t::sheet_factor_ja(l), t::sheet_factor_en(l), one.factor);
  form.fields.push_back(choice_field<Fate>(entry, "fate", t::sheet_fate(l), kFates, one.fate, fate_title, l));
  entry.text_fields(form.fields, "fate_note", t::sheet_fate_note_ja(l), t::sheet_fate_note_en(l), one.fate_note);
  return form;
}

// "１，０４６", "△5", "97.4%". The unit is that of the row, so a scale of its own is refused rather than multiplied.
void read_cell(const std::string& typed, std::string where, SheetValue& value, std::vector<Fault>& faults) {
  auto number = text::read_number(typed);
  if (!number.ok())
    faults.push_back({std::move(where), number.error().message});
  else if (number->factor != 1)
    faults.push_back({std::move(where),
                      {"「" + number->scale + "」を付けず、この行の単位で書いてください。",
                       "Write it in the unit of this row, without " + number->scale + "."}});
  else
    value.number = number->value;
}

// Where the actual of a year came from, once it was read: taken as it is offered, kept as it was, or typed, with a reason.
void settle_origin(Line& line, int year, const YearValues& before, const std::optional<Offer>& offer, const std::string& name,
                   PartForm& entry) {
  if (const std::string ticked = entry.value(name + "-take", ""); !ticked.empty()) {
    if (!still_offered(offer, ticked)) return entry.faults.push_back({name + "-take", moved_meanwhile()});
    take(*offer, line.yearly[year]);
    return;
  }
  auto found = line.yearly.find(year);
  if (found == line.yearly.end()) return;
  YearValues& now = found->second;
  const bool same = now.actual == before.actual;
  if (!same) now.origin.reset();
  if (!offer || !offer->figure.value) return;
  now.typed_reason = now.origin ? std::nullopt : entry.text(name + "-why");
  if (!same && now.actual && !now.typed_reason) entry.faults.push_back({name + "-why-ja", reason_needed()});
}

// Another indicator: what the former one computed is a typed figure from now on.
void choose_indicator(Line& line, std::size_t i, const PartForm& entry) {
  const std::string name = "l" + std::to_string(i) + "-computed";
  if (!entry.has(name) || entry.value(name, "") == line.computed) return;
  line.computed = entry.value(name, "");
  for (auto& [year, values] : line.yearly)
    if (values.origin && values.origin->indicator != line.computed) values.origin.reset();
}

// What stands in the form, laid over the revision that it was drawn from. Bounds, targets and the rest stay.
SheetIndicator posted_indicator(SheetIndicator one, const SheetState& state, const Computable& computable, PartForm& entry) {
  for (std::size_t i = 0; i < one.lines.size(); ++i) {
    for (int year : years_to_enter(state, one.lines[i])) {
      std::string name = cell_name(i, year), typed = entry.value(name + "-number", "");
      SheetValue value;
      if (auto found = one.lines[i].yearly.find(year); found != one.lines[i].yearly.end() && found->second.actual)
        value = *found->second.actual;
      auto stood = one.lines[i].yearly.find(year);
      const YearValues before = stood == one.lines[i].yearly.end() ? YearValues{} : stood->second;
      value.number.reset();
      if (!text::trim(typed).empty()) read_cell(typed, name + "-number", value, entry.faults);
      value.text = entry.text(name);
      if (value.number || value.text)
        one.lines[i].yearly[year].actual = value;
      else if (auto found = one.lines[i].yearly.find(year); found != one.lines[i].yearly.end()) {
        found->second.actual.reset();
        found->second.origin.reset();
        if (found->second == YearValues{}) one.lines[i].yearly.erase(found);
      }
      settle_origin(one.lines[i], year, before, computable.at(one.lines[i], year), name, entry);
    }
    choose_indicator(one.lines[i], i, entry);
  }
  if (state.sheet.header.form == SheetForm::kPreAnalysis) return one;
  one.mark = from_word<Mark>(kMarks, entry.value("mark", ""));
  one.fate = from_word<Fate>(kFates, entry.value("fate", ""));
  one.mark_reason = entry.text("mark_reason");
  one.factor = entry.text("factor");
  one.fate_note = entry.text("fate_note");
  return one;
}

Markup conflict_markup(const std::vector<CellConflict>& conflicts, const std::string& target, Language l) {
  web::Table table = plain_table("conflicts", t::sheet_conflict(l),
                                 {{"cell", str(t::sheet_cell(l))},
                                  {"theirs", str(t::sheet_theirs(l))},
                                  {"yours", str(t::sheet_yours(l))},
                                  {"before", str(t::sheet_before(l))}});
  for (const auto& one : conflicts)
    if (table.rows.size() < web::kMaxPerPage) table.rows.push_back({{one.cell}, {one.theirs}, {one.mine}, {one.base}});
  table.total = table.rows.size();
  Html html;
  html.markup(web::paragraph(t::sheet_keep_mine(l))).markup(web::table(table, target, l));
  return web::notice(t::sheet_conflict(l), html.take(), Tone::kError);
}

struct Drawn {
  SheetAsked asked;
  SharedSheet state;
  PartKey key;
  const SheetPart* part = nullptr;
  Computable computable = {};  // of an indicator
};

Result<Drawn> draft_of(const RouteContext& context, http::Request& request, PartKey key) {
  Drawn out{TRY(read_sheet_asked(context, request, true)), nullptr, std::move(key)};
  const std::string& id = request.parameter("sheet");
  out.state = TRY(out.asked.sheets().state(id, View{.drafts = true}));
  out.part = out.state->part(out.key);
  if (!out.part) return unknown_part(id, out.key);
  if (out.key.kind == PartKind::kHeader && out.state->sheet.header.form == SheetForm::kPreAnalysis) return no_judgement(id);
  if (out.key.kind == PartKind::kIndicator)
    out.computable = TRY(out.asked.database->read(
        [&](db::Reader& reader) { return computable_of(reader, *out.state->indicator(out.key.number), context.clock.now()); }));
  return out;
}

http::Response draw(const RouteContext& context, http::Request& request, const Drawn& drawn, std::string title, std::string lead,
                    web::Form form, Markup above, int status) {
  Language l = drawn.asked.language;
  web::Page page = new_sheet_page(drawn.asked, request, std::move(title), &drawn.state->sheet.header);
  page.lead = std::move(lead);
  page.has_errors = status != 200;
  page.main = Html().markup(above).markup(web::form(form, l)).take();
  return answer(context, request, page, status);
}

http::Response draw_indicator(const RouteContext& context, http::Request& request, const Drawn& drawn, const SheetIndicator& one,
                              std::int64_t base, PartForm& entry, Markup above, int status) {
  Language l = drawn.asked.language;
  std::vector<Offer> offers;
  for (const auto& line : one.lines)
    for (int year : years_to_enter(*drawn.state, line))
      if (auto offer = drawn.computable.at(line, year)) offers.push_back(std::move(*offer));
  Markup computed = offers_markup(offers, drawn.asked.urls.org, request.target, l);
  return draw(context, request, drawn, t::sheet_edit_title(l, {one.number}), str(t::sheet_edit_lead(l)),
              indicator_form(context, request, drawn.asked, *drawn.state, one, drawn.computable, base, entry),
              Html().markup(above).markup(computed).take(), status);
}

std::int64_t posted_number(const http::Form& posted, std::string_view name) {
  std::int64_t number = 0;
  std::string_view text = posted.get(name, "");
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::int64_t posted_base(const http::Form& posted) { return posted_number(posted, "base"); }

// The error of an edit, drawn above the form; conflicts as a table of both values.
Markup trouble(const Error& error, const std::vector<CellConflict>& conflicts, const std::string& target, Language l) {
  if (!conflicts.empty()) return conflict_markup(conflicts, target, l);
  Html list;
  list.raw("<ul>\n");
  for (const auto& fault : error.faults) list.raw("<li>").text(fault.where + " " + web::pick(fault.message, l)).raw("</li>\n");
  return web::notice(web::pick(error.message, l), list.raw("</ul>\n").take(), Tone::kError);
}

web::Form judgement_form(const RouteContext& context, const http::Request& request, const Drawn& drawn, const Scale* scale,
                         const SheetHeader& h, std::int64_t base, PartForm& entry) {
  Language l = drawn.asked.language;
  std::string self = drawn.asked.urls.sheet(h.id);
  web::Form form{self + "/judgement",
                 {{web::Input::kHidden, "base", "", "", {std::to_string(base)}},
                  {web::Input::kHidden, "scale", "", "", {scale ? scale->id : ""}},
                  {web::Input::kHidden, "scale_revision", "", "", {std::to_string(scale ? scale->revision : 0)}}},
                 str(t::sheet_edit_submit(l)),
                 context.csrf_token(request),
                 "post",
                 {str(t::sheet_cancel(l)), self}};
  auto drafted = scale ? draft_judgement(drawn.state->sheet, *scale) : std::nullopt;
  std::optional<Text> grounds = h.judgement ? std::optional(h.judgement->grounds)
                                : drafted   ? std::optional(drafted->grounds)
                                            : std::nullopt;
  web::Field step = entry.field(web::Input::kSelect, "step", str(t::sheet_step(l)),
                                h.judgement ? h.judgement->step
                                : drafted   ? drafted->step
                                            : "");
  step.options.push_back({"", str(t::sheet_none_option(l))});
  if (scale)
    for (const auto& one : scale->steps) step.options.push_back({one.id, web::pick(one.title, l)});
  if (drafted)
    step.hint = str(t::sheet_drafted(l)) + (l == Language::ja ? "：" : ": ") + web::pick(scale->step(drafted->step)->title, l);
  form.fields.push_back(std::move(step));
  entry.text_fields(form.fields, "grounds", t::sheet_grounds_ja(l), t::sheet_grounds_en(l), grounds);
  entry.text_fields(form.fields, "override", t::sheet_override_ja(l), t::sheet_override_en(l),
                    h.judgement ? h.judgement->override_reason : std::nullopt);
  form.fields.push_back(
      entry.field(web::Input::kText, "category", str(t::sheet_stance_category(l)), h.stance ? h.stance->category : ""));
  form.fields.back().hint = t::sheet_stance_hint(l);
  entry.text_fields(form.fields, "stance", t::sheet_stance_ja(l), t::sheet_stance_en(l),
                    h.stance ? std::optional(h.stance->title) : std::nullopt);
  return form;
}

SheetHeader posted_header(SheetHeader h, const Scale* scale, PartForm& entry) {
  std::string step = entry.value("step", ""), category = entry.value("category", "");
  auto grounds = entry.text("grounds"), override_reason = entry.text("override"), stance = entry.text("stance");
  if (step.empty())
    h.judgement.reset();
  else if (!scale || !scale->step(step))
    entry.faults.push_back({"step", {"一覧から選んでください。", "Choose one of the list."}});
  else if (!grounds)
    entry.faults.push_back({"grounds-ja", {"根拠を書いてください。", "Write the grounds."}});
  else
    h.judgement =
        Judgement{scale->id, step, *grounds, override_reason, scale->revision > 0 ? std::optional(scale->revision) : std::nullopt};
  if (text::trim(category).empty())
    h.stance.reset();
  else if (!stance)
    entry.faults.push_back({"stance-ja", {"予算の方向を書いてください。", "Write the budget stance."}});
  else
    h.stance = Stance{category, *stance, h.stance ? h.stance->notes : std::vector<Text>()};
  return h;
}

}  // namespace

Result<http::Response> edit_indicator_page(const RouteContext& context, http::Request& request) {
  Drawn drawn = TRY(draft_of(context, request, {PartKind::kIndicator, request.parameter("number")}));
  PartForm entry(nullptr, drawn.asked.language);
  return draw_indicator(context, request, drawn, *drawn.state->indicator(drawn.key.number), drawn.part->revision, entry, {}, 200);
}

Result<http::Response> edit_indicator_post(const RouteContext& context, http::Request& request) {
  Drawn drawn = TRY(draft_of(context, request, {PartKind::kIndicator, request.parameter("number")}));
  Language l = drawn.asked.language;
  http::Form posted = TRY(request.form());
  const std::string& id = request.parameter("sheet");
  std::int64_t base = posted_base(posted);
  json::object base_part = TRY(drawn.asked.sheets().part_at(id, drawn.key, base));
  std::vector<Fault> unread;
  PartForm entry(&posted, l);
  SheetIndicator edited = posted_indicator(read_sheet_indicator(base_part, "", unread), *drawn.state, drawn.computable, entry);
  if (entry.faulty()) return draw_indicator(context, request, drawn, edited, base, entry, {}, 422);
  auto done =
      drawn.asked.sheets(TRY(drafting_mandate(context, request))).edit(id, drawn.key, base, to_json(edited), context.actor(request));
  if (done.ok()) return http::redirect(drawn.asked.urls.indicator(id, drawn.key.number));
  if (done.error().name == "sheet.nothing_new") return http::redirect(drawn.asked.urls.indicator(id, drawn.key.number));
  if (done.error().name != "sheet.conflict")
    return draw_indicator(context, request, drawn, edited, base, entry, trouble(done.error(), {}, request.target, l),
                          http::status_of(done.error()));
  // Drawn anew over what is there now: cells in conflict hold this officer's values, others what both made of them.
  drawn = TRY(draft_of(context, request, drawn.key));
  json::object theirs = to_json(*drawn.state->indicator(drawn.key.number));
  auto conflicts = merge_cells(base_part, theirs, to_json(edited)).conflicts;
  SheetIndicator again = read_sheet_indicator(merge_cells(base_part, to_json(edited), theirs).part, "", unread);
  PartForm fresh(nullptr, l);
  return draw_indicator(context, request, drawn, again, drawn.part->revision, fresh,
                        trouble(done.error(), conflicts, request.target, l), 409);
}

namespace {

// The one that the judgement is made by: chosen by its id (its newest revision), or as it was when the form was drawn.
Result<std::optional<Scale>> chosen_scale(const Drawn& drawn, std::string_view id, std::int64_t revision) {
  if (!id.empty())
    return std::optional(TRY(Scales(*drawn.asked.database).find(id, revision > 0 ? std::optional(revision) : std::nullopt)));
  const Scale* scale = scale_of(drawn.state->sheet);
  return scale ? std::optional(*scale) : std::nullopt;
}

http::Response draw_judgement(const RouteContext& context, http::Request& request, const Drawn& drawn,
                              const std::optional<Scale>& scale, const SheetHeader& header, std::int64_t base, PartForm& entry,
                              const Markup& above, int status) {
  Language l = drawn.asked.language;
  Markup markup = above;
  if (status == 200) {
    auto all = Scales(*drawn.asked.database).list();
    markup = judgement_markup(*drawn.state, drawn.asked);
    if (all.ok()) markup.html += scale_choices(*all, scale ? &*scale : nullptr, header, drawn.asked).html;
  }
  return draw(context, request, drawn, str(t::sheet_judge_title(l)), str(t::sheet_judge_lead(l)),
              judgement_form(context, request, drawn, scale ? &*scale : nullptr, header, base, entry), markup, status);
}

}  // namespace

Result<http::Response> judgement_page(const RouteContext& context, http::Request& request) {
  Drawn drawn = TRY(draft_of(context, request, {PartKind::kHeader, ""}));
  PartForm entry(nullptr, drawn.asked.language);
  auto scale = TRY(chosen_scale(drawn, request.query.get("scale", ""), 0));
  return draw_judgement(context, request, drawn, scale, drawn.state->sheet.header, drawn.part->revision, entry, {}, 200);
}

Result<http::Response> judgement_post(const RouteContext& context, http::Request& request) {
  Drawn drawn = TRY(draft_of(context, request, {PartKind::kHeader, ""}));
  Language l = drawn.asked.language;
  http::Form posted = TRY(request.form());
  const std::string& id = request.parameter("sheet");
  std::int64_t base = posted_base(posted);
  json::object base_part = TRY(drawn.asked.sheets().part_at(id, drawn.key, base));
  std::vector<Fault> unread;
  PartForm entry(&posted, l);
  auto scale = TRY(chosen_scale(drawn, posted.get("scale", ""), posted_number(posted, "scale_revision")));
  auto again = [&](const SheetHeader& header, std::int64_t revision, PartForm& from, const Markup& above, int status) {
    return draw_judgement(context, request, drawn, scale, header, revision, from, above, status);
  };
  SheetHeader edited = posted_header(read_sheet_header(base_part, unread), scale ? &*scale : nullptr, entry);
  if (entry.faulty()) return again(edited, base, entry, {}, 422);
  auto done =
      drawn.asked.sheets(TRY(drafting_mandate(context, request))).edit(id, drawn.key, base, to_json(edited), context.actor(request));
  if (done.ok() || done.error().name == "sheet.nothing_new") return http::redirect(drawn.asked.urls.sheet(id) + "/review");
  if (done.error().name != "sheet.conflict")
    return again(edited, base, entry, trouble(done.error(), {}, request.target, l), http::status_of(done.error()));
  drawn = TRY(draft_of(context, request, drawn.key));
  json::object theirs = to_json(drawn.state->sheet.header);
  auto conflicts = merge_cells(base_part, theirs, to_json(edited)).conflicts;
  SheetHeader merged = read_sheet_header(merge_cells(base_part, to_json(edited), theirs).part, unread);
  PartForm fresh(nullptr, l);
  return again(merged, drawn.part->revision, fresh, trouble(done.error(), conflicts, request.target, l), 409);
}

}  // namespace musubi::kpi
