#include "procedures/guide_pages.h"

#include "web/messages/procedures.h"
#include "web/respond.h"
#include "web/table.h"
#include "web/url.h"

namespace musubi::procedures {
namespace {

namespace t = web::messages;
using web::Html;
using web::Markup;
using web::Tone;

json::object both(const Text& text) { return {{"ja", text.ja}, {"en", text.en}}; }

Markup due_markup(const Asked& asked, const Procedure& procedure, const std::optional<text::Date>& due) {
  Html html;
  if (due) html.raw("<strong>").markup(web::date_element(*due, asked.language)).raw("</strong>");
  if (due && *due < asked.around.today) html.raw("<br>").markup(web::tag(t::procedures_deadline_past(asked.language), Tone::kWarning));
  if (due && procedure.deadline) html.raw("<br>");
  if (procedure.deadline) html.text(asked.say(procedure.deadline->text));
  return html.take();
}

Markup documents_markup(const Asked& asked, const Procedure& procedure) {
  Html html;
  if (procedure.documents.empty()) return html.text(t::procedures_no_documents(asked.language)).take();
  html.raw("<ul>");
  for (const auto& one : procedure.documents) html.raw("<li>").text(asked.say(one)).raw("</li>");
  return html.raw("</ul>").take();
}

Markup given_answers(const Asked& asked, const Pack& pack, const Event& event, const json::object& answers) {
  std::vector<web::SummaryRow> rows;
  for (const auto& id : event.questions) {
    const Field* field = pack.field(id);
    auto* value = answers.if_contains(id);
    if (!field || !value) continue;
    std::string shown = asked.say(show_value(*field, *value, asked.around));
    rows.push_back({asked.say(field->label), web::escaped(shown.empty() ? std::string(t::procedures_none(asked.language)) : shown),
                    asked.at("/guide/" + event.id) + guide_query(pack, event, answers, id)});
  }
  return rows.empty() ? Markup{} : web::summary_list(rows, asked.language);
}

Result<http::Response> question_page(const Asked& asked, const Pack& pack, const Event& event, const Guided& guided) {
  web::Language l = asked.language;
  const Field& field = *guided.question;
  web::Page page = new_page(asked, asked.say(field.label));
  page.breadcrumbs = {{std::string(t::procedures_guides(l)), asked.at("/guide")},
                      {asked.say(event.title), asked.at("/guide/" + event.id)}};
  GuideAnswers typed = read_guide_answers(pack, event, asked.request.query);
  auto* value = typed.given.if_contains(field.id);
  web::Form form;
  form.action = asked.at("/guide/" + event.id);
  form.method = "get";
  form.submit = t::procedures_next(l);
  for (const auto& id : event.questions) {
    // Everything that was answered, also what comes later: an answer that is changed does not lose the others.
    auto* known = typed.given.if_contains(id);
    if (id == field.id) continue;
    if (typed.asked.contains(id)) form.fields.push_back({web::Input::kHidden, "asked", "", "", {id}});
    if (!known) continue;
    if (auto* list = known->if_array())
      for (const auto& one : *list) form.fields.push_back({web::Input::kHidden, id, "", "", {std::string(one.as_string())}});
    else if (auto* text = known->if_string())
      form.fields.push_back({web::Input::kHidden, id, "", "", {std::string(*text)}});
    else if (auto* number = known->if_int64())
      form.fields.push_back({web::Input::kHidden, id, "", "", {std::to_string(*number)}});
  }
  form.fields.push_back({web::Input::kHidden, "asked", "", "", {field.id}});
  web::Field input = input_of(field, value ? *value : json::value(nullptr), asked, field.id);
  input.label_hidden = true;
  form.fields.push_back(std::move(input));
  web::apply_faults(form, guided.faults, l);
  page.has_errors = web::has_errors(form);
  Html main;
  main.raw("<p class=\"progress\">")
      .text(t::procedures_question_of(l, {.n = std::int64_t(guided.number), .of = std::int64_t(guided.of)}))
      .raw("</p>\n");
  main.markup(web::form(form, l));
  if (!guided.answers.empty())
    main.raw("<h2 class=\"small\">")
        .text(t::procedures_given(l))
        .raw("</h2>\n")
        .markup(given_answers(asked, pack, event, guided.answers));
  page.main = main.take();
  page.json = true;
  return answer(asked, page, page.has_errors ? 422 : 200);
}

Result<http::Response> stop_page(const Asked& asked, const Pack& pack, const Event& event, const Guided& guided) {
  web::Page page = new_page(asked, asked.say(guided.stop->title));
  page.breadcrumbs = {{std::string(t::procedures_guides(asked.language)), asked.at("/guide")},
                      {asked.say(event.title), asked.at("/guide/" + event.id)}};
  page.lead = asked.say(guided.stop->text);
  page.main = Html()
                  .raw("<h2 class=\"small\">")
                  .text(t::procedures_given(asked.language))
                  .raw("</h2>\n")
                  .markup(given_answers(asked, pack, event, guided.answers))
                  .take();
  page.json = true;
  return answer(asked, page);
}

Markup elsewhere_markup(const Asked& asked, const Guided& guided) {
  if (guided.elsewhere.empty()) return {};
  Html html;
  html.raw("<h2>").text(t::procedures_elsewhere(asked.language)).raw("</h2>\n<dl>\n");
  for (const auto* one : guided.elsewhere) {
    html.raw("<dt>").text(asked.say(one->title)).raw("</dt><dd>").text(asked.say(one->text));
    if (!one->link.empty()) html.raw(" ").markup(web::link(one->link, one->link));
    html.raw("</dd>\n");
  }
  return html.raw("</dl>\n").take();
}

Result<http::Response> list_page(const Asked& asked, const Pack& pack, const Event& event, const Guided& guided) {
  web::Language l = asked.language;
  web::Page page = new_page(asked, t::procedures_your_list(l, {std::int64_t(guided.list.size())}));
  page.breadcrumbs = {{std::string(t::procedures_guides(l)), asked.at("/guide")},
                      {asked.say(event.title), asked.at("/guide/" + event.id)}};
  page.lead = t::procedures_your_list_lead(l);
  std::string query = guide_query(pack, event, guided.answers);
  Html main;
  main.raw("<p class=\"do\"><a class=\"button\"")
      .url("href", asked.at("/my/start/" + event.id) + query)
      .raw(">")
      .text(t::procedures_start(l))
      .raw("</a></p>\n");
  main.raw("<ol class=\"cards\">\n");
  for (std::size_t i = 0; i < guided.list.size(); ++i) main.markup(listed_card(asked, pack, guided.list[i], i + 1));
  main.raw("</ol>\n").markup(elsewhere_markup(asked, guided));
  main.raw("<h2>").text(t::procedures_given(l)).raw("</h2>\n").markup(given_answers(asked, pack, event, guided.answers));
  page.main = main.take();
  page.json = page.csv = true;
  return answer(asked, page);
}

struct Found {
  const Pack* pack;
  const Event* event;
  Guided guided;
};
Result<Found> run_guide(const Asked& asked) {
  const Pack* pack = pack_of_event(asked.request.parameter("event"));
  if (!pack) return unknown_event();
  const Event* event = pack->event(asked.request.parameter("event"));
  GuideAnswers answers = read_guide_answers(*pack, *event, asked.request.query);
  return Found{pack, event, guide(*pack, *event, answers.given, answers.asked, asked.around)};
}

}  // namespace

GuideAnswers read_guide_answers(const Pack& pack, const Event& event, const http::Query& query) {
  GuideAnswers out;
  for (const auto& id : event.questions) {
    const Field* field = pack.field(id);
    if (!field) continue;
    json::value value = read_value(*field, query, id);
    if (!is_empty_value(value)) out.given[id] = std::move(value);
  }
  for (auto id : query.all("asked")) out.asked.insert(std::string(id));
  return out;
}

std::string guide_query(const Pack& pack, const Event& event, const json::object& answers, std::string_view without) {
  web::Parameters parameters;
  for (const auto& id : event.questions) {
    auto* value = answers.if_contains(id);
    if (!value || id == without || !pack.field(id)) continue;
    if (auto* list = value->if_array()) {
      if (list->empty()) parameters.emplace_back("asked", id);
      for (const auto& one : *list)
        if (one.is_string()) parameters.emplace_back(id, std::string(one.get_string()));
    } else if (auto* text = value->if_string()) {
      parameters.emplace_back(id, std::string(*text));
    } else if (auto* number = value->if_int64()) {
      parameters.emplace_back(id, std::to_string(*number));
    }
  }
  return web::query_string(parameters);
}

Markup listed_card(const Asked& asked, const Pack&, const Listed& listed, std::size_t number) {
  web::Language l = asked.language;
  const Procedure& p = *listed.procedure;
  Html html;
  html.raw("<li class=\"card\">\n<h2><span class=\"number\">")
      .number(std::int64_t(number))
      .raw("</span> ")
      .markup(web::link(asked.say(p.title), asked.at("/procedures/" + p.id)))
      .raw("</h2>\n<p>")
      .text(asked.say(listed.why))
      .raw("</p>\n");
  std::vector<web::SummaryRow> rows;
  if (p.deadline) rows.push_back({std::string(t::procedures_deadline(l)), due_markup(asked, p, listed.due)});
  rows.push_back({std::string(t::procedures_recipient(l)), listed.recipient.id.empty()
                                                               ? web::tag(t::procedures_no_recipient(l), Tone::kWarning)
                                                               : web::escaped(asked.say(listed.recipient.title))});
  rows.push_back({std::string(t::procedures_fee(l)), web::escaped(asked.say(p.fee))});
  rows.push_back({std::string(t::procedures_documents(l)), documents_markup(asked, p)});
  rows.push_back({std::string(t::procedures_legal_basis(l)), web::escaped(asked.say(p.legal_basis))});
  return html.markup(web::summary_list(rows, l)).raw("</li>\n").take();
}

Result<http::Response> guides_page(const Asked& asked) {
  web::Language l = asked.language;
  web::Page page = new_page(asked, std::string(t::procedures_guides(l)));
  page.lead = t::procedures_guides_lead(l);
  Html main;
  main.raw("<ul class=\"cards\">\n");
  for (const auto& pack : embedded_packs())
    for (const auto& event : pack.events)
      main.raw("<li class=\"card\"><h2>")
          .markup(web::link(asked.say(event.title), asked.at("/guide/" + event.id)))
          .raw("</h2>\n<p>")
          .text(asked.say(event.summary))
          .raw("</p></li>\n");
  main.raw("</ul>\n<p>").markup(web::link(t::procedures_catalogue_link(l), asked.at("/procedures"))).raw("</p>\n");
  page.main = main.take();
  page.json = page.csv = true;
  return answer(asked, page);
}

Result<http::Response> guides_data(const Asked& asked) {
  json::array all;
  for (const auto& pack : embedded_packs())
    for (const auto& event : pack.events)
      all.push_back(json::object{
          {"event", event.id},
          {"pack", pack.id},
          {"version", pack.version},
          {"title", both(event.title)},
          {"summary", both(event.summary)},
          {"links", json::object{{"self", asked.at("/guide/" + event.id) + ".json"}, {"page", asked.at("/guide/" + event.id)}}}});
  std::size_t total = all.size();
  return http::json(json::value(json::object{{"total", total}, {"guides", std::move(all)}})).cache("no-cache");
}

Result<http::Response> guides_table(const Asked& asked) {
  web::Table table;
  for (const char* id : {"event", "pack", "version", "title_ja", "title_en", "summary_ja", "summary_en"})
    table.shape.columns.push_back({id, id});
  for (const auto& pack : embedded_packs())
    for (const auto& event : pack.events)
      table.rows.push_back({{event.id},
                            {pack.id},
                            {std::to_string(pack.version)},
                            {event.title.ja},
                            {event.title.en},
                            {event.summary.ja},
                            {event.summary.en}});
  return web::respond_csv(table, asked.request, "guide.csv").cache("no-cache");
}

Result<http::Response> guide_table(const Asked& asked) {
  Found found = TRY(run_guide(asked));
  web::Table table;
  for (const char* id : {"event", "procedure", "title_ja", "title_en", "why_ja", "why_en", "due", "recipient", "recipient_ja",
                         "recipient_en", "fee_yen", "legal_basis_ja", "legal_basis_en"})
    table.shape.columns.push_back({id, id});
  bool listed = !found.guided.question && !found.guided.stop;
  if (listed)
    for (const auto& one : found.guided.list) {
      const Procedure& p = *one.procedure;
      table.rows.push_back({{found.event->id},
                            {p.id},
                            {p.title.ja},
                            {p.title.en},
                            {one.why.ja},
                            {one.why.en},
                            {one.due ? text::iso_date(*one.due) : ""},
                            {one.recipient.id},
                            {one.recipient.title.ja},
                            {one.recipient.title.en},
                            {std::to_string(p.fee_yen)},
                            {p.legal_basis.ja},
                            {p.legal_basis.en}});
    }
  return web::respond_csv(table, asked.request, found.event->id + ".csv").cache("no-cache");
}

Result<http::Response> guide_page(const Asked& asked) {
  Found found = TRY(run_guide(asked));
  if (found.guided.question) return question_page(asked, *found.pack, *found.event, found.guided);
  if (found.guided.stop) return stop_page(asked, *found.pack, *found.event, found.guided);
  return list_page(asked, *found.pack, *found.event, found.guided);
}

Result<http::Response> guide_data(const Asked& asked) {
  Found found = TRY(run_guide(asked));
  const Guided& g = found.guided;
  json::object out{{"event", found.event->id}, {"pack", found.pack->id}, {"version", found.pack->version}, {"answers", g.answers}};
  if (g.question) {
    json::object question{{"id", g.question->id},
                          {"type", type_word(g.question->type)},
                          {"label", both(g.question->label)},
                          {"required", g.question->required}};
    json::array choices;
    for (const auto& one : g.question->choices) choices.push_back(json::object{{"id", one.id}, {"title", both(one.title)}});
    for (const auto& one : asked.around.members)
      if (one.kind == g.question->member_kind) choices.push_back(json::object{{"id", one.id}, {"title", both(one.title)}});
    if (!choices.empty()) question["choices"] = std::move(choices);
    json::array faults;
    for (const auto& fault : g.faults) faults.push_back(json::object{{"where", fault.where}, {"message", both(fault.message)}});
    if (!faults.empty()) question["faults"] = std::move(faults);
    out["question"] = std::move(question);
  } else if (g.stop) {
    out["stop"] = json::object{{"title", both(g.stop->title)}, {"text", both(g.stop->text)}};
  } else {
    json::array list;
    for (const auto& one : g.list) {
      json::object entry = procedure_json(*one.procedure);
      entry["why"] = both(one.why);
      entry["due"] = one.due ? json::value(text::iso_date(*one.due)) : json::value(nullptr);
      entry["recipient"] = one.recipient.id.empty()
                               ? json::value(nullptr)
                               : json::value(json::object{{"id", one.recipient.id}, {"title", both(one.recipient.title)}});
      list.push_back(std::move(entry));
    }
    out["list"] = std::move(list);
    json::array other;
    for (const auto* one : g.elsewhere) other.push_back(json::object{{"title", both(one->title)}, {"text", both(one->text)}});
    out["elsewhere"] = std::move(other);
  }
  return http::json(json::value(std::move(out))).cache("no-cache");
}

}  // namespace musubi::procedures
