// The start page, the home page of an organisation, and what machines ask for: health, metrics, API description.

#include <algorithm>
#include <map>

#include "app/closed.h"
#include "app/doors.h"
#include "app/wiring.h"
#include "base/metrics.h"
#include "embedded/pack_schemas.h"
#include "evidence/log.h"
#include "exchange/member.h"
#include "http/openapi.h"
#include "identity/access.h"
#include "kpi/kpi.h"
#include "procedures/pack.h"
#include "web/html.h"
#include "web/respond.h"
#include "web/static_files.h"

namespace musubi::app {
namespace {

using http::Request;
using http::Response;
using web::Html;

constexpr std::size_t kInFull = 12;    // organisations that the start page shows with what they offer
constexpr std::size_t kListed = 2000;  // and by name

std::string number(std::int64_t value) { return web::grouped(value); }

web::Markup plans_of(db::Database& database, const Request& request, const std::string& base) {
  Html html;
  auto plans = kpi::Plans(database).list({});
  if (!plans.ok()) return html.take();
  for (const auto& plan : *plans)
    html.raw("<dt>")
        .markup(web::link(web::pick(plan.header.title, request.language), base + "/plans/" + plan.header.id))
        .raw("</dt><dd>")
        .text(say(request, "施策 ", "") + number(std::int64_t(plan.measures)) + say(request, " 件", " measures"))
        .raw("</dd>");
  return html.take();
}

web::Markup events_of(const Request& request, const std::string& base) {
  Html html;
  for (const auto& pack : procedures::embedded_packs())
    for (const auto& event : pack.events)
      html.raw("<dt>")
          .markup(web::link(web::pick(event.title, request.language), base + "/guide/" + event.id))
          .raw("</dt><dd>")
          .text(web::pick(event.summary, request.language))
          .raw("</dd>");
  return html.take();
}

// What anyone may do and look at there. A database that cannot be opened is shown, not hidden.
web::Markup doors_of(Wiring& wiring, const Request& request, const std::string& id) {
  Html html;
  std::string base = "/" + id;
  auto database = wiring.installation().store().organisation(id);
  if (!database.ok())
    return web::notice(say(request, "開けません", "Cannot be opened"),
                       web::paragraph(web::pick(told_to_everybody(database.error()).message, request.language)), web::Tone::kError);
  html.raw("<dl>");
  for (const auto& door : doors(wiring.installation().about(id).kind)) {
    html.raw("<dt>")
        .markup(web::link(web::pick(door.title, request.language), base + std::string(door.path)))
        .raw("</dt><dd>")
        .text(web::pick(door.hint, request.language));
    if (door.path == "/log")
      html.text(say(request, " 記録 ", " ") + number(std::int64_t(evidence::Log::of(**database).size())) +
                say(request, " 件。", " records."));
    html.raw("</dd>");
    if (door.path == "/guide") html.markup(events_of(request, base));
    if (door.path == "/plans") html.markup(plans_of(**database, request, base));
  }
  html.raw("</dl>");
  return html.take();
}

void add_organisation(Html& html, Wiring& wiring, const Request& request, const std::string& id) {
  auto about = wiring.installation().about(id);
  html.raw("<section><h2>")
      .markup(web::link(web::pick(about.title, request.language), "/" + id))
      .raw("</h2>")
      .markup(doors_of(wiring, request, id))
      .raw("</section>");
}

// Organisations of other installations that one here exchanges with, and whose pages have an address.
web::Markup elsewhere(Wiring& wiring, const Request& request, const std::vector<std::string>& here) {
  std::map<std::string, exchange::Member> found;
  for (const auto& id : here) {
    auto database = wiring.installation().store().organisation(id);
    auto members = database.ok() ? (*database)->read([](db::Reader& reader) { return exchange::members(reader); })
                                 : Result<std::vector<exchange::Member>>(database.error());
    if (!members.ok()) continue;
    for (auto& member : *members)
      if (!member.page_url.empty() && std::find(here.begin(), here.end(), member.id) == here.end())
        found.try_emplace(member.id, std::move(member));
  }
  if (found.empty()) return {};
  std::vector<const exchange::Member*> sorted;
  for (const auto& [id, member] : found) sorted.push_back(&member);
  std::stable_sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return rank(a->kind) < rank(b->kind); });
  if (sorted.size() > kListed) sorted.resize(kListed);
  Html html;
  html.raw("<section><h2>").text(say(request, "つながっている機関", "Connected organisations")).raw("</h2><dl>");
  for (const auto* member : sorted) {
    auto kind = identity::kind_title(member->kind);
    html.raw("<dt>")
        .markup(web::link(web::pick(member->title, request.language), member->page_url + "/" + member->id))
        .raw("</dt><dd>")
        .text(kind ? web::pick(*kind, request.language) : "")
        .raw("</dd>");
  }
  html.raw("</dl></section>");
  return html.take();
}

web::Markup first_steps(const Request& request) {
  Html html;
  html.raw("<h2>")
      .text(say(request, "最初の組織を作る", "Make the first organisation"))
      .raw("</h2><p>")
      .text(say(request, "このサーバーを止め（Ctrl-C）、次を実行してから、もう一度起動してください：",
                "Stop this server (Ctrl-C), run this, and start it again:"))
      .raw("</p><pre><code>musubi org create minato --title-ja みなと町 --title-en \"Minato Town\"\nmusubi serve</code></pre><p>")
      .text(say(request, "または、架空の組織で全体を見る：", "Or look at it all on a fictional organisation:"))
      .raw("</p><pre><code>musubi demo</code></pre>");
  return html.take();
}

web::Markup promises(const Request& request) {
  Html html;
  html.raw("<section><h2>")
      .text(say(request, "ここで確かめられること", "What you can check here"))
      .raw("</h2><ul><li>")
      .text(say(request, "行政の行為はすべて、署名された追記専用のログに残る記録です。",
                "Every act of government is a record in a signed, append-only log."))
      .raw("</li><li>")
      .text(say(request, "どの数値にも、もとになった記録と受領証へのリンクがあります。",
                "Every figure leads to the record it comes from, and to a receipt."))
      .raw("</li><li>")
      .text(say(request, "受領証はサーバーなしで検証できます：", "A receipt can be checked without this server: "))
      .raw("<code>musubi receipt verify FILE</code></li><li>")
      .text(say(request, "保存データのどの 1 バイトが変わっても、検証がその場所を名指します：",
                "Change any byte of the stored data, and verification names it: "))
      .raw("<code>musubi verify</code></li></ul></section>");
  return html.take();
}

Result<Response> start(Wiring& wiring, Request& request) {
  auto ids = TRY(wiring.installation().store().organisations());
  auto page = site_page(request, say(request, "すべての行為を、記録に。", "Every act, on the record."));
  page.lead =
      say(request, "Musubi は、申請窓口のひと押しから国の計画の指標までを、誰でも検証できる一本の鎖で結ぶ電子行政システムです。",
          "Musubi ties everything together, from one click at a counter to the figures in a nation's plan, by a chain that anyone can "
          "verify.");
  Html main;
  if (ids.empty()) main.markup(first_steps(request));
  // Sorting asks each organisation for its kind: only where all of them are shown in full anyway.
  if (ids.size() <= kInFull)
    std::stable_sort(ids.begin(), ids.end(), [&](const auto& a, const auto& b) {
      return rank(wiring.installation().about(a).kind) < rank(wiring.installation().about(b).kind);
    });
  for (std::size_t i = 0; i < ids.size() && i < kInFull; ++i) add_organisation(main, wiring, request, ids[i]);
  if (ids.size() <= kInFull) main.markup(elsewhere(wiring, request, ids));
  if (ids.size() > kInFull) {
    main.raw("<h2>").text(say(request, "ほかの組織", "More organisations")).raw("</h2><ul>");
    for (std::size_t i = kInFull; i < std::min(ids.size(), kListed); ++i)
      main.raw("<li>").markup(web::link(ids[i], "/" + ids[i])).raw("</li>");
    main.raw("</ul>");
  }
  main.markup(promises(request));
  main.raw("<section><h2>")
      .text(say(request, "開発者・運用者の方へ", "For developers and operators"))
      .raw("</h2><ul><li>")
      .markup(web::link("OpenAPI", "/openapi.json"))
      .raw("</li><li>")
      .markup(web::link(say(request, "稼働状況", "Health"), "/health"))
      .raw("</li><li>")
      .markup(web::link(say(request, "エラーの説明", "Explanation of errors"), "/explain"))
      .raw("</li><li>")
      .markup(web::link(say(request, "画面部品の一覧", "Gallery of page parts"), "/gallery"))
      .raw("</li></ul></section>");
  page.main = main.take();
  page.json = page.csv = true;
  page.commands = {{"musubi", "musubi org list"}};
  return web::respond(wiring.site(request, ""), page);
}

Result<Response> start_json(Wiring& wiring, Request&) {
  auto ids = TRY(wiring.installation().store().organisations());
  json::array all;
  for (std::size_t i = 0; i < std::min(ids.size(), kListed); ++i) {
    json::object one{{"id", ids[i]}, {"log", "/" + ids[i] + "/log/checkpoint"}, {"plans", "/" + ids[i] + "/plans.json"}};
    if (i < kInFull) {
      Text title = wiring.installation().title(ids[i]);
      one["title"] = {{"ja", title.ja}, {"en", title.en}};
    }
    all.push_back(std::move(one));
  }
  auto response = http::json(json::object{{"version", kVersion}, {"organisations", std::move(all)}});
  response.cache("no-cache");
  return response;
}

Result<Response> start_csv(Wiring& wiring, Request& request) {
  auto ids = TRY(wiring.installation().store().organisations());
  text::CsvWriter csv({.byte_order_mark = request.query.get("spreadsheet", "") == "1", .guard_formulas = true});
  csv.row({"id", "title_ja", "title_en", "log", "plans"});
  for (std::size_t i = 0; i < std::min(ids.size(), kListed); ++i) {
    Text title = i < kInFull ? wiring.installation().title(ids[i]) : Text{};
    csv.row({ids[i], title.ja, title.en, "/" + ids[i] + "/log/checkpoint", "/" + ids[i] + "/plans.json"});
  }
  auto response = http::csv(csv.take(), "organisations.csv");
  response.cache("no-cache");
  return response;
}

Result<Response> home(Wiring& wiring, Request& request) {
  const std::string& id = request.parameter("org");
  TRY(wiring.installation().store().organisation(id));
  auto about = wiring.installation().about(id);
  auto page = site_page(request, web::pick(about.title, request.language));
  page.account = identity::account_links(request, id);
  auto kind = identity::kind_title(about.kind);
  if (kind) page.lead = web::pick(*kind, request.language);
  Html main;
  main.markup(doors_of(wiring, request, id));
  main.markup(promises(request));
  page.main = main.take();
  return web::respond(wiring.site(request, id), page);
}

// Looks only at what is open: it costs nothing to ask often.
Result<Response> health(Wiring& wiring, Request&) {
  json::array refusing;
  for (const auto& database : wiring.installation().store().opened())
    if (database->refusing()) refusing.emplace_back(database->organisation());
  json::array unopened;
  for (const auto& id : wiring.installation().store().unopened()) unopened.emplace_back(id);
  bool ok = refusing.empty();  // one that cannot be opened is no reason to send the others' visitors elsewhere
  auto response =
      http::json(json::object{{"ok", ok}, {"version", kVersion}, {"refusing", std::move(refusing)}, {"unopened", std::move(unopened)}},
                 ok ? 200 : 503);
  response.cache("no-store");
  return response;
}

// "musubi_{org}" of "musubi_aoba=...".
std::string cookie_of(std::string line) { return line.substr(0, line.find('=')); }

Result<Response> openapi(Wiring& wiring, Request&) {
  // The tables do not change any more: made at the first request.
  static const auto document = std::make_shared<const std::string>(pretty_json(http::openapi(
      wiring.router(), {.version = kVersion,
                        .description = {"すべての経路。エラーは RFC 9457。", "All routes. Errors are RFC 9457 problem documents."},
                        .officer_cookie = cookie_of(identity::session_cookie("{org}", "", false)),
                        .resident_cookie = cookie_of(identity::resident_cookie("{org}", "", false))})));
  auto response = http::shared(document, http::kJson);
  response.cache("no-cache");
  return response;
}

Result<Response> metrics_text(Wiring&, Request&) {
  auto response = http::bytes(metrics::exposition(), "text/plain; version=0.0.4; charset=utf-8");
  response.cache("no-store");
  return response;
}

Result<Response> favicon(Wiring&, Request&) {
  auto* icon = web::find_static(web::static_path("icon.svg"));
  CHECK(icon);
  auto response = http::bytes(std::string(icon->bytes), "image/svg+xml");
  response.cache("public, max-age=86400");
  return response;
}

// Pages for people are welcome in search engines; sign-in and office pages are not for them.
Result<Response> robots(Wiring&, Request&) {
  return http::text("User-agent: *\nDisallow: /*/sign-in\nDisallow: /*/office\nDisallow: /*/sessions\n");
}

Result<Response> static_file(Wiring&, Request& request) { return web::respond_static(request); }

// The very file of packs/schemas, so that an editor can hold a pack against the schema of the version that runs.
Result<Response> schema(Wiring&, Request& request) {
  const std::string& name = request.parameter("name");
  std::string all;
  for (const auto& file : embedded::pack_schemas()) {
    if (file.path == name)
      return std::move(http::bytes(std::string(file.bytes), "application/schema+json").etag_of_body().cache("no-cache"));
    all += (all.empty() ? "" : ", ") + std::string(file.path);
  }
  return Error{Code::kNotFound,
               "app.unknown_schema",
               {"その名前のスキーマはありません。あるもの：" + all, "There is no schema of that name. There are: " + all},
               {}};
}

}  // namespace

std::vector<http::Route> site_routes(Wiring& wiring) {
  auto get = [&wiring](std::string_view pattern, Result<Response> (*handler)(Wiring&, Request&), std::string_view ja,
                       std::string_view en, std::string_view type = "text/html") {
    return http::Route{http::Method::get,
                       pattern,
                       http::Access::kPublic,
                       [&wiring, handler](Request& request) { return handler(wiring, request); },
                       ja,
                       en,
                       {{}, {type}}};
  };
  return {
      get("/", start, "この設置の入口", "What this installation is"),
      get("/index.json", start_json, "組織の一覧（データ）", "The organisations, as data", "application/json"),
      get("/index.csv", start_csv, "組織の一覧（CSV）", "The organisations, as CSV", "text/csv"),
      get("/{org}", home, "組織の入口", "Home page of an organisation"),
      get("/health", health, "稼働状況。書き込みを拒むデータベースがあれば 503。開けない組織も示す",
          "Health; 503 while a database refuses writes; names organisations that cannot be opened, too", "application/json"),
      get("/metrics", metrics_text, "Prometheus 形式の計数", "Figures in the Prometheus text format", "text/plain"),
      get("/openapi.json", openapi, "この API の記述", "Description of this API", "application/json"),
      get("/schemas/{name}", schema, "パックの JSON スキーマ（plan.schema.json など）",
          "JSON schema of a kind of pack, such as plan.schema.json", "application/schema+json"),
      get("/static/{file}", static_file, "画面が使うファイル", "Files that pages use", "application/octet-stream"),
      get("/favicon.svg", favicon, "アイコン", "Icon", "image/svg+xml"),
      get("/robots.txt", robots, "検索エンジンへの案内", "For search engines", "text/plain"),
  };
}

}  // namespace musubi::app
