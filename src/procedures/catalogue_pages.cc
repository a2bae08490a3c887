// The catalogue: every procedure with who, when, on what basis; searched by plain words.
#include "procedures/guide_pages.h"
#include "text/csv.h"
#include "web/messages/procedures.h"
#include "web/respond.h"
#include "web/table.h"

namespace musubi::procedures {
namespace {

namespace t = web::messages;
using web::Html;

json::object both(const Text& text) { return {{"ja", text.ja}, {"en", text.en}}; }

std::vector<const Procedure*> found(const Asked& asked) {
  std::vector<const Procedure*> out;
  for (const auto& pack : embedded_packs())
    for (const auto* one : find_procedures(pack, asked.request.query.get("q", "").substr(0, 200))) out.push_back(one);
  return out;
}

web::Markup search_form(const Asked& asked) {
  web::Form form;
  form.action = asked.at("/procedures");
  form.method = "get";
  form.submit = t::procedures_search_submit(asked.language);
  web::Field field{web::Input::kText,
                   "q",
                   std::string(t::procedures_search(asked.language)),
                   std::string(t::procedures_search_hint(asked.language)),
                   {std::string(asked.request.query.get("q", ""))}};
  field.required = false;
  form.fields = {std::move(field)};
  return web::form(form, asked.language);
}

}  // namespace

json::object procedure_json(const Procedure& p) {
  json::array documents;
  for (const auto& one : p.documents) documents.push_back(both(one));
  json::object out{{"id", p.id},
                   {"version", p.version},
                   {"title", both(p.title)},
                   {"summary", both(p.summary)},
                   {"who", both(p.who)},
                   {"legal_basis", both(p.legal_basis)},
                   {"fee", both(p.fee)},
                   {"fee_yen", p.fee_yen},
                   {"standard_days", p.standard_days},
                   {"documents", std::move(documents)}};
  out["deadline"] = p.deadline ? json::value(both(p.deadline->text)) : json::value(nullptr);
  return out;
}

Result<http::Response> procedures_page(const Asked& asked) {
  web::Language l = asked.language;
  web::Page page = new_page(asked, std::string(t::procedures_catalogue(l)));
  page.lead = t::procedures_catalogue_lead(l);
  page.json = page.csv = true;
  auto all = found(asked);
  Html main;
  main.markup(search_form(asked));
  for (const auto& pack : embedded_packs())
    if (!asked.request.query.get("q", "").empty())
      for (const auto* event : find_events(pack, asked.request.query.get("q", "").substr(0, 200)))
        main.markup(web::notice(asked.say(event->title),
                                Html()
                                    .raw("<p>")
                                    .text(asked.say(event->summary))
                                    .raw(" ")
                                    .markup(web::link(t::procedures_to_guide(l), asked.at("/guide/" + event->id)))
                                    .raw("</p>")
                                    .take(),
                                web::Tone::kInfo));
  main.raw("<p role=\"status\">").text(t::procedures_found(l, {std::int64_t(all.size())})).raw("</p>\n<ul class=\"cards\">\n");
  for (const auto* p : all) {
    main.raw("<li class=\"card\"><h2>")
        .markup(web::link(asked.say(p->title), asked.at("/procedures/" + p->id)))
        .raw("</h2>\n<p>")
        .text(asked.say(p->summary))
        .raw("</p>\n<p class=\"fine\">")
        .text(asked.say(p->who));
    if (p->deadline) main.text(asked.ja() ? "・" : " · ").text(asked.say(p->deadline->text));
    main.raw("</p></li>\n");
  }
  main.raw("</ul>\n");
  if (all.empty())
    main.raw("<p>")
        .text(t::procedures_nothing_found(l))
        .raw(" ")
        .markup(web::link(t::procedures_all(l), asked.at("/procedures")))
        .raw("</p>\n");
  page.main = main.take();
  return answer(asked, page);
}

Result<http::Response> procedures_data(const Asked& asked) {
  json::array list;
  for (const auto* p : found(asked)) list.push_back(procedure_json(*p));
  return http::json(json::value(json::object{{"procedures", std::move(list)}})).etag_of_body().cache("no-cache");
}

Result<http::Response> procedures_table(const Asked& asked) {
  web::Table table;
  table.shape.id = "procedures";
  table.shape.caption = t::procedures_catalogue(asked.language);
  for (const char* id : {"id", "title_ja", "title_en", "who_ja", "who_en", "deadline_ja", "deadline_en", "legal_basis_ja",
                         "legal_basis_en", "fee_yen", "standard_days"})
    table.shape.columns.push_back({id, id});
  for (const auto* p : found(asked))
    table.rows.push_back({{p->id},
                          {p->title.ja},
                          {p->title.en},
                          {p->who.ja},
                          {p->who.en},
                          {p->deadline ? p->deadline->text.ja : ""},
                          {p->deadline ? p->deadline->text.en : ""},
                          {p->legal_basis.ja},
                          {p->legal_basis.en},
                          {std::to_string(p->fee_yen)},
                          {std::to_string(p->standard_days)}});
  table.total = table.rows.size();
  return web::respond_csv(table, asked.request, "procedures.csv");
}

Result<http::Response> procedure_page(const Asked& asked) {
  web::Language l = asked.language;
  const std::string& id = asked.request.parameter("procedure");
  const Pack* pack = pack_of_procedure(id);
  if (!pack) return unknown_procedure();
  const Procedure& p = *pack->procedure(id);
  web::Page page = new_page(asked, asked.say(p.title));
  page.lead = asked.say(p.summary);
  page.breadcrumbs = {{std::string(t::procedures_catalogue(l)), asked.at("/procedures")}};
  page.json = true;
  Html documents;
  if (p.documents.empty())
    documents.text(t::procedures_no_documents(l));
  else
    documents.raw("<ul>");
  for (const auto& one : p.documents) documents.raw("<li>").text(asked.say(one)).raw("</li>");
  if (!p.documents.empty()) documents.raw("</ul>");
  const Role* role = pack->role(p.recipient);
  Html route;
  route.raw("<ol>");
  for (const auto& step : p.route) route.raw("<li>").text(asked.say(step.title)).raw("</li>");
  route.raw("</ol>");
  std::vector<web::SummaryRow> rows = {{std::string(t::procedures_who(l)), web::escaped(asked.say(p.who))}};
  if (p.deadline) rows.push_back({std::string(t::procedures_deadline(l)), web::escaped(asked.say(p.deadline->text))});
  if (role) rows.push_back({std::string(t::procedures_recipient(l)), web::escaped(asked.say(role->title))});
  rows.push_back({std::string(t::procedures_fee(l)), web::escaped(asked.say(p.fee))});
  rows.push_back({std::string(t::procedures_documents(l)), documents.take()});
  rows.push_back({std::string(t::procedures_legal_basis(l)), web::escaped(asked.say(p.legal_basis))});
  rows.push_back({std::string(t::procedures_standard_time(l)), web::escaped(t::procedures_days(l, {std::int64_t(p.standard_days)}))});
  rows.push_back({std::string(t::procedures_route(l)), route.take()});
  Html main;
  main.markup(web::summary_list(rows, l));
  for (const auto& event : pack->events)
    for (const auto& offer : event.list)
      if (offer.procedure == p.id)
        main.raw("<p class=\"do\"><a class=\"button\"")
            .url("href", asked.at("/guide/" + event.id))
            .raw(">")
            .text(t::procedures_guide_of(l, {asked.say(event.title)}))
            .raw("</a></p>\n");
  page.main = main.take();
  return answer(asked, page);
}

Result<http::Response> procedure_data(const Asked& asked) {
  const Pack* pack = pack_of_procedure(asked.request.parameter("procedure"));
  if (!pack) return unknown_procedure();
  return http::json(json::value(procedure_json(*pack->procedure(asked.request.parameter("procedure")))))
      .etag_of_body()
      .cache("no-cache");
}

}  // namespace musubi::procedures
