// Notices: explanations of errors, accessibility, privacy, the gallery of page parts.

#include <array>
#include <span>

#include "app/explain.h"
#include "app/wiring.h"
#include "web/gallery.h"
#include "web/html.h"
#include "web/messages/app.h"
#include "web/respond.h"

namespace musubi::app {

namespace t = web::messages;

namespace {

using http::Request;
using http::Response;
using web::Html;

std::string_view text_of(const Explanation& each, const Request& request) {
  return request.language == http::Language::ja ? each.ja : each.en;
}

// Stands for all that begin so.
bool is_group(const Explanation& each) { return each.name.ends_with('.') || each.name.ends_with('_'); }

Result<Response> all_problems(Wiring& wiring, Request& request) {
  auto page = site_page(request, say(request, "エラーの説明", "Explanation of errors"));
  page.lead = say(request, "画面や API、コマンドが示すコードごとに、理由と次にすべきことを説明します。",
                  "For each code that a page, the API or a command shows: why it happens and what to do next.");
  Html main;
  main.raw("<dl>");
  for (const auto& each : explanations()) {
    main.raw("<dt><code>")
        .text(each.name)
        .text(is_group(each) ? "*" : "")
        .raw("</code></dt><dd>")
        .text(text_of(each, request))
        .raw("</dd>");
  }
  main.raw("</dl>");
  page.main = main.take();
  page.json = page.csv = true;
  page.commands = {{"musubi", "musubi explain db.locked"}};
  return web::respond(wiring.site(request, ""), page);
}

Result<Response> problems_json(Wiring&, Request&) {
  musubi::json::array all;
  for (const auto& each : explanations())
    all.push_back(musubi::json::object{{"name", each.name}, {"group", is_group(each)}, {"ja", each.ja}, {"en", each.en}});
  std::size_t total = all.size();
  return http::json(musubi::json::value(musubi::json::object{{"total", total}, {"explanations", std::move(all)}}))
      .etag_of_body()
      .cache("no-cache");
}

Result<Response> problems_csv(Wiring&, Request& request) {
  web::Table table;
  for (const char* id : {"name", "group", "ja", "en"}) table.shape.columns.push_back({id, id});
  for (const auto& each : explanations())
    table.rows.push_back(
        {{std::string(each.name)}, {is_group(each) ? "true" : "false"}, {std::string(each.ja)}, {std::string(each.en)}});
  return web::respond_csv(table, request, "explain.csv").etag_of_body().cache("no-cache");
}

Result<Response> one_problem(Wiring& wiring, Request& request) {
  const std::string& name = request.parameter("name");
  const auto* found = explain(name);
  if (!found)
    return Error{
        Code::kNotFound,
        "app.unknown_problem",
        {"このコードの説明はありません。一覧は /explain にあります。", "There is no explanation of this code. All are at /explain."},
        {}};
  auto page = site_page(request, name);
  page.main = web::paragraph(text_of(*found, request));
  page.breadcrumbs = {{say(request, "エラーの説明", "Explanation of errors"), "/explain"}};
  page.commands = {{"musubi", "musubi explain " + name}};
  return web::respond(wiring.site(request, ""), page);
}

// A heading and what stands under it: one sentence as a paragraph, several as a list.
void section(Html& main, std::string_view heading, std::span<const std::string_view> sentences) {
  main.raw("<h2>").text(heading).raw("</h2>");
  if (sentences.size() == 1) {
    main.raw("<p>").text(sentences[0]).raw("</p>");
    return;
  }
  main.raw("<ul>");
  for (auto sentence : sentences) main.raw("<li>").text(sentence).raw("</li>");
  main.raw("</ul>");
}

Result<Response> accessibility(Wiring& wiring, Request& request) {
  const auto l = request.language;
  auto page = site_page(request, std::string(t::app_accessibility(l)));
  page.lead = t::app_accessibility_lead(l);
  Html main;
  section(main, t::app_accessibility_measured(l),
          std::array{t::app_accessibility_public(l), t::app_accessibility_resident(l), t::app_accessibility_office(l),
                     t::app_accessibility_scripts(l)});
  section(main, t::app_accessibility_not_yet(l), std::array{t::app_accessibility_people(l)});
  page.main = main.take();
  return web::respond(wiring.site(request, ""), page);
}

Result<Response> privacy(Wiring& wiring, Request& request) {
  const auto l = request.language;
  auto page = site_page(request, std::string(t::app_privacy(l)));
  page.lead = t::app_privacy_lead(l);
  Html main;
  section(main, t::app_privacy_cookies(l),
          std::array{t::app_privacy_cookie_officer(l), t::app_privacy_cookie_resident(l), t::app_privacy_cookie_try(l),
                     t::app_privacy_cookie_return(l), t::app_privacy_cookie_language(l)});
  section(main, t::app_privacy_account(l), std::array{t::app_privacy_account_text(l)});
  section(main, t::app_privacy_logs(l), std::array{t::app_privacy_logs_text(l)});
  section(main, t::app_privacy_public_log(l), std::array{t::app_privacy_public_log_text(l)});
  page.main = main.take();
  return web::respond(wiring.site(request, ""), page);
}

Result<Response> gallery(Wiring& wiring, Request& request) {
  auto page = web::gallery(request.language);
  page.target = request.target;
  return web::respond(wiring.site(request, ""), page);
}

}  // namespace

std::vector<http::Route> notice_routes(Wiring& wiring) {
  auto get = [&wiring](std::string_view pattern, Result<Response> (*handler)(Wiring&, Request&), std::string_view ja,
                       std::string_view en, std::string_view type = {}) {
    http::RouteDocs docs;
    if (!type.empty()) docs.responses = {type};
    return http::Route{http::Method::get,
                       pattern,
                       http::Access::kPublic,
                       [&wiring, handler](Request& request) { return handler(wiring, request); },
                       ja,
                       en,
                       std::move(docs)};
  };
  return {
      get("/explain", all_problems, "エラーの説明の一覧", "Explanations of all errors"),
      get("/explain.json", problems_json, "エラーの説明の一覧（データ）", "Explanations of all errors as data", "application/json"),
      get("/explain.csv", problems_csv, "エラーの説明の一覧（CSV）", "Explanations of all errors as CSV", "text/csv"),
      get("/problems/{name}", one_problem, "一つのエラーの説明", "Explanation of one error"),
      get("/accessibility", accessibility, "アクセシビリティについて測ったこと", "Accessibility: what is measured"),
      get("/privacy", privacy, "プライバシー", "Privacy"),
      get("/gallery", gallery, "画面部品の一覧", "Gallery of page parts"),
  };
}

}  // namespace musubi::app
