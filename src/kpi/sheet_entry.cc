// Entering figures, marks and the judgement. Part of sheet_office.h.
#include <algorithm>
#include <charconv>

#include "http/problem.h"
#include "kpi/duty_pages.h"
#include "kpi/form_over.h"
#include "kpi/judgement.h"
#include "kpi/scale_pages.h"
#include "kpi/sheet_check.h"
#include "kpi/sheet_figures_form.h"
#include "kpi/sheet_office.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_state.h"
#include "kpi/sheet_words.h"
#include "kpi/taken_view.h"
#include "text/normalise.h"
#include "web/form.h"
#include "web/messages/sheet.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

const std::vector<Line>& lines_of(const SheetIndicator& one) { return one.lines; }

SheetIndicator read_one(const json::object& part) {
  std::vector<Fault> unread;
  return read_sheet_indicator(part, "", unread);
}

template <class E, std::size_t N>
web::Field choice_field(FollowUpForm& entry, const char* name, std::string_view label, const std::array<std::string_view, N>& words,
                        std::optional<E> now, std::string_view (*title)(E, Language), Language l) {
  web::Field out = entry.field(web::Input::kSelect, name, str(label), now ? str(word_of(words, *now)) : "");
  out.options.push_back({"", str(t::sheet_none_option(l))});
  for (std::size_t i = 0; i < N; ++i) out.options.push_back({str(words[i]), str(title(E(i), l))});
  return out;
}

web::Form indicator_form(const RouteContext& context, const http::Request& request, const SheetAsked& asked, const SheetState& state,
                         const SheetIndicator& one, const Computable& computable, const FormOver& over, FollowUpForm& entry) {
  Language l = asked.language;
  std::string self = asked.urls.indicator(state.sheet.header.id, one.number);
  web::Form form{
      self + "/edit", {}, str(t::sheet_edit_submit(l)), context.csrf_token(request), "post", {str(t::sheet_cancel(l)), self}};
  put_over(form.fields, over);
  sheet_figure_fields(entry, form.fields, state, one, computable, l);
  if (state.sheet.header.form == SheetForm::kPreAnalysis) return form;
  form.fields.push_back(choice_field<Mark>(entry, "mark", t::sheet_official(l), kMarks, one.mark, mark_title, l));
  ComputedMark computed = compute_mark(one, state.sheet.header.fiscal_year, mark_rules(state.sheet));
  form.fields.back().hint = str(t::sheet_computed(l)) + (l == Language::ja ? "：" : ": ") +
                            (computed.mark ? str(mark_title(*computed.mark, l)) : str(t::sheet_computed_words(l))) + " " +
                            web::pick(computed.why, l);
  entry.words(form.fields, "mark_reason", t::sheet_mark_reason_ja(l), t::sheet_mark_reason_en(l), one.mark_reason);
  entry.words(form.fields, "factor", t::sheet_factor_ja(l), t::sheet_factor_en(l), one.factor);
  form.fields.push_back(choice_field<Fate>(entry, "fate", t::sheet_fate(l), kFates, one.fate, fate_title, l));
  entry.words(form.fields, "fate_note", t::sheet_fate_note_ja(l), t::sheet_fate_note_en(l), one.fate_note);
  return form;
}

// What stands in the form, laid over the revision that it was drawn from.
SheetIndicator posted_indicator(const PartOver<SheetIndicator>& over, const SheetState& state, const Computable& computable,
                                FollowUpForm& entry) {
  SheetIndicator one = over.part;
  read_sheet_figures(entry, one, rows_over(over, one, lines_of).earlier, state, computable);
  if (state.sheet.header.form == SheetForm::kPreAnalysis) return one;
  one.mark = from_word<Mark>(kMarks, entry.value("mark", ""));
  one.fate = from_word<Fate>(kFates, entry.value("fate", ""));
  one.mark_reason = entry.words("mark_reason");
  one.factor = entry.words("factor");
  one.fate_note = entry.words("fate_note");
  return one;
}

Markup conflict_markup(const Sheet& sheet, const PartKey& part, const std::vector<CellConflict>& conflicts, const std::string& target,
                       Language l) {
  web::Table table = plain_table("conflicts", t::sheet_conflict(l),
                                 {{"cell", str(t::sheet_cell(l))},
                                  {"theirs", str(t::sheet_theirs(l))},
                                  {"yours", str(t::sheet_yours(l))},
                                  {"before", str(t::sheet_before(l))}});
  for (const auto& one : conflicts)
    if (table.rows.size() < web::kMaxPerPage)
      table.rows.push_back({{cell_in_words(sheet, part, one.cell, l)}, {one.theirs}, {one.mine}, {one.base}});
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
    out.computable = TRY(computable_of(out.asked.database, *out.state->indicator(out.key.number), context.clock.now()));
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
                              const FormOver& over, FollowUpForm& entry, Markup above, int status) {
  Language l = drawn.asked.language;
  Markup computed = offers_markup(offers_in(drawn.computable, *drawn.state, one), drawn.computable.offers.missing(),
                                  drawn.asked.urls.org, request.target, l);
  return draw(context, request, drawn, t::sheet_edit_title(l, {one.number}), str(t::sheet_edit_lead(l)),
              indicator_form(context, request, drawn.asked, *drawn.state, one, drawn.computable, over, entry),
              Html().markup(above).markup(computed).take(), status);
}

std::int64_t posted_number(const http::Form& posted, std::string_view name) {
  std::int64_t number = 0;
  std::string_view text = posted.get(name, "");
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::int64_t posted_base(const http::Form& posted) { return posted_number(posted, "base"); }

// What the rules say of the part, above the form: places in words.
Markup trouble(const Drawn& drawn, const Text& message, std::vector<Fault> faults) {
  Language l = drawn.asked.language;
  Html list;
  list.raw("<ul>\n");
  for (const auto& fault : faults_in_words(drawn.state->sheet, drawn.key, std::move(faults)))
    list.raw("<li>").text(web::pick(fault.message, l)).raw("</li>\n");
  return web::notice(web::pick(message, l), list.raw("</ul>\n").take(), Tone::kError);
}

// The same of what could be read of a form, told together with what could not.
Result<Markup> trouble_beside(const Drawn& drawn, std::int64_t base, const json::object& part) {
  auto faults = drawn.asked.database->read([&](db::Reader& reader) {
    return faults_of_part(reader, drawn.state->sheet.header.id, {drawn.key, base, part});
  });
  if (!faults.ok() && faults.error().name == "kpi.busy") return Markup();  // told when the rest is right
  if (!faults.ok()) return std::move(faults).error();
  if (faults->empty()) return Markup();
  return trouble(drawn, {"ほかにも直すところがあります。", "There is more to correct."}, std::move(*faults));
}

web::Form judgement_form(const RouteContext& context, const http::Request& request, const Drawn& drawn, const Scale* scale,
                         const SheetHeader& h, std::int64_t base, FollowUpForm& entry) {
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
  entry.words(form.fields, "grounds", t::sheet_grounds_ja(l), t::sheet_grounds_en(l), grounds);
  entry.words(form.fields, "override", t::sheet_override_ja(l), t::sheet_override_en(l),
              h.judgement ? h.judgement->override_reason : std::nullopt);
  form.fields.push_back(
      entry.field(web::Input::kText, "category", str(t::sheet_stance_category(l)), h.stance ? h.stance->category : ""));
  form.fields.back().hint = t::sheet_stance_hint(l);
  entry.words(form.fields, "stance", t::sheet_stance_ja(l), t::sheet_stance_en(l),
              h.stance ? std::optional(h.stance->title) : std::nullopt);
  return form;
}

SheetHeader posted_header(SheetHeader h, const Scale* scale, FollowUpForm& entry) {
  std::string step = entry.value("step", ""), category = entry.value("category", "");
  auto grounds = entry.words("grounds"), override_reason = entry.words("override"), stance = entry.words("stance");
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
  FollowUpForm entry(nullptr, drawn.asked.language);
  return draw_indicator(context, request, drawn, *drawn.state->indicator(drawn.key.number), {drawn.part->revision}, entry, {}, 200);
}

Result<http::Response> edit_indicator_post(const RouteContext& context, http::Request& request) {
  Drawn drawn = TRY(draft_of(context, request, {PartKind::kIndicator, request.parameter("number")}));
  Language l = drawn.asked.language;
  http::Form posted = TRY(request.form());
  const std::string& id = request.parameter("sheet");
  auto over = TRY(part_over(
      posted_over(posted), [&](std::int64_t revision) { return drawn.asked.sheets().part_at(id, drawn.key, revision); }, read_one));
  FollowUpForm entry(&posted, l);
  SheetIndicator edited = posted_indicator(over, *drawn.state, drawn.computable, entry);
  if (!entry.faults.empty())
    return draw_indicator(context, request, drawn, edited, over.form, entry,
                          TRY(trouble_beside(drawn, over.form.base, to_json(edited))), 422);
  auto done = drawn.asked.sheets(TRY(drafting_mandate(context, request)))
                  .edit(id, drawn.key, over.form.base, to_json(edited), context.actor(request));
  if (done.ok()) return http::redirect(drawn.asked.urls.indicator(id, drawn.key.number));
  if (done.error().name == "sheet.nothing_new") return http::redirect(drawn.asked.urls.indicator(id, drawn.key.number));
  if (done.error().name != "sheet.conflict")
    return draw_indicator(context, request, drawn, edited, over.form, entry, trouble(drawn, done.error().message, done.error().faults),
                          http::status_of(done.error()));
  drawn = TRY(draft_of(context, request, drawn.key));
  const json::object theirs = to_json(*drawn.state->indicator(drawn.key.number));
  auto conflicts = merge_cells(over.base, theirs, to_json(edited)).conflicts;
  SheetIndicator again = read_one(over.mine_over(to_json(edited), theirs));
  FollowUpForm fresh(nullptr, l);
  return draw_indicator(context, request, drawn, again, over.form.again(drawn.part->revision), fresh,
                        conflict_markup(drawn.state->sheet, drawn.key, conflicts, request.target, l), 409);
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
                              const std::optional<Scale>& scale, const SheetHeader& header, std::int64_t base, FollowUpForm& entry,
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
  FollowUpForm entry(nullptr, drawn.asked.language);
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
  FollowUpForm entry(&posted, l);
  auto scale = TRY(chosen_scale(drawn, posted.get("scale", ""), posted_number(posted, "scale_revision")));
  auto again = [&](const SheetHeader& header, std::int64_t revision, FollowUpForm& from, const Markup& above, int status) {
    return draw_judgement(context, request, drawn, scale, header, revision, from, above, status);
  };
  SheetHeader edited = posted_header(read_sheet_header(base_part, unread), scale ? &*scale : nullptr, entry);
  if (!entry.faults.empty()) return again(edited, base, entry, TRY(trouble_beside(drawn, base, to_json(edited))), 422);
  auto done =
      drawn.asked.sheets(TRY(drafting_mandate(context, request))).edit(id, drawn.key, base, to_json(edited), context.actor(request));
  if (done.ok() || done.error().name == "sheet.nothing_new") return http::redirect(drawn.asked.urls.sheet(id) + "/review");
  if (done.error().name != "sheet.conflict")
    return again(edited, base, entry, trouble(drawn, done.error().message, done.error().faults), http::status_of(done.error()));
  drawn = TRY(draft_of(context, request, drawn.key));
  json::object theirs = to_json(drawn.state->sheet.header);
  auto conflicts = merge_cells(base_part, theirs, to_json(edited)).conflicts;
  SheetHeader merged = read_sheet_header(merge_cells(base_part, to_json(edited), theirs).part, unread);
  FollowUpForm fresh(nullptr, l);
  return again(merged, drawn.part->revision, fresh, conflict_markup(drawn.state->sheet, drawn.key, conflicts, request.target, l), 409);
}

}  // namespace musubi::kpi
