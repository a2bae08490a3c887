// Pages of the log: overview, one record, and the verifier that runs in the reader's own browser.

#include "base/encoding.h"
#include "evidence/log.h"
#include "evidence/receipt.h"
#include "evidence/routes.h"
#include "web/html.h"
#include "web/messages/evidence.h"
#include "web/respond.h"
#include "web/static_files.h"
#include "web/table.h"

namespace musubi::evidence {
namespace {

namespace t = web::messages;
using web::Html;

std::string word(std::string_view message) { return std::string(message); }

std::string type_title(const RouteContext& context, std::string_view type, web::Language language) {
  auto found = context.types.find(type);
  if (found == context.types.end()) return std::string(type);
  return std::string(language == web::Language::ja ? found->second->title_ja : found->second->title_en);
}

// "2019-06-14 12:04:05", Japan time.
std::string clock_text(Time time) {
  std::string out = text::jst_datetime(time).substr(0, 19);
  out[10] = ' ';
  return out;
}

web::TableShape shape(web::Language l) {
  using web::Kind;
  return {"records",
          word(t::evidence_records(l)),
          {{"index", word(t::evidence_index(l)), Kind::kLink},
           {"type", word(t::evidence_what(l)), Kind::kText},
           {"stream", word(t::evidence_stream(l)), Kind::kText},
           {"at", word(t::evidence_at(l)), Kind::kText},
           {"receipt", word(t::evidence_receipt(l)), Kind::kLink}}};
}

// Newest first, by page: the index is the position, so no step depends on the size of the log.
Result<std::vector<web::Row>> record_rows(const RouteContext& context, const http::Request& request, db::Database& database,
                                          std::uint64_t from, std::uint64_t count) {
  std::set<std::uint64_t> everybodys;
  auto records = TRY(database.read([&](db::Reader& reader) -> Result<std::vector<Record>> {
    auto found = TRY(read_records(reader, from, std::size_t(count)));
    everybodys = TRY(public_records(context, reader, found));
    return found;
  }));
  std::string base = "/" + request.parameter("org") + "/log/records/";
  bool officer = context.is_officer(request);
  std::vector<web::Row> rows;
  for (auto record = records.rbegin(); record != records.rend(); ++record) {
    if (record->index >= from + count) continue;
    std::string index = std::to_string(record->index);
    bool open = officer || everybodys.contains(record->index);
    rows.push_back({{index, index, base + index},
                    {open ? record->type : "",
                     open ? type_title(context, record->type, request.language) : word(t::evidence_closed(request.language))},
                    {open ? record->stream : ""},
                    {open ? record->at.rfc3339() : "", open ? clock_text(record->at) : ""},
                    {base + index + "/receipt", word(t::evidence_receipt(request.language)), base + index + "/receipt"}});
  }
  return rows;
}

Result<web::Table> record_table(const RouteContext& context, const http::Request& request, db::Database& database) {
  auto table_shape = shape(request.language);
  auto query = TRY(web::read_query(table_shape, request.target));  // not among the braces: g++ 12 then never frees the shape
  web::Table table{std::move(table_shape), std::move(query)};
  std::uint64_t size = Log::of(database).size();
  std::uint64_t skip = std::uint64_t(table.query.page - 1) * table.query.per_page;
  std::uint64_t end = size > skip ? size - skip : 0, count = std::min<std::uint64_t>(end, table.query.per_page);
  table.total = size;
  table.empty_text = word(t::evidence_empty(request.language));
  if (count) table.rows = TRY(record_rows(context, request, database, end - count, count));
  return table;
}

web::Markup code(std::string_view text) { return Html().raw("<code class=\"wrap\">").text(text).raw("</code>").take(); }

Result<http::Response> overview(const RouteContext& context, http::Request& request) {
  auto l = request.language;
  std::string org = request.parameter("org");
  auto database = TRY(context.store.organisation(org));
  Log& log = Log::of(*database);
  auto note = log.checkpoint();
  auto table = TRY(record_table(context, request, *database));
  auto checkpoint = note.empty() ? Result<Checkpoint>(Error{}) : parse_checkpoint(note.substr(0, note.find("\n\n") + 1));
  Html main;
  if (checkpoint.ok()) {
    std::string root = to_base64(crypto::bytes(checkpoint->root));
    web::SummaryRow rows[] = {
        {word(t::evidence_origin(l)), code(checkpoint->origin)},
        {word(t::evidence_size(l)), web::escaped(web::grouped(std::int64_t(checkpoint->size)))},
        {word(t::evidence_root(l)), code(root)},
        {word(t::evidence_keys(l)), web::link(word(t::evidence_keys_link(l)), "/" + org + "/log/keys")},
        {word(t::evidence_checkpoint(l)), web::link(word(t::evidence_checkpoint_link(l)), "/" + org + "/log/checkpoint")}};
    main.markup(web::summary_list(rows, l));
  }
  main.raw("<p>").markup(web::link(word(t::evidence_verify_link(l)), "/verify")).raw("</p>");
  main.markup(web::table(table, request.target, l));
  web::Page page{word(t::evidence_log_title(l)), l, request.target};
  page.lead = word(t::evidence_log_lead(l));
  page.main = main.take();
  page.json = page.csv = true;
  page.commands = {{"musubi", "musubi verify " + org},
                   {"curl",
                    "curl "
                    "http://127.0.0.1:8080/" +
                        org + "/log/checkpoint"}};
  return web::respond(context.site(request, org), page);
}

// An officer's view must not stay in a shared cache.
http::Response kept_by_whom(const RouteContext& context, const http::Request& request, http::Response response) {
  if (context.is_officer(request)) response.cache("private, no-store");
  return response;
}

Result<http::Response> overview_json(const RouteContext& context, http::Request& request) {
  auto database = TRY(context.store.organisation(request.parameter("org")));
  return kept_by_whom(context, request, web::respond_json(TRY(record_table(context, request, *database))));
}
Result<http::Response> overview_csv(const RouteContext& context, http::Request& request) {
  auto database = TRY(context.store.organisation(request.parameter("org")));
  return kept_by_whom(context, request, web::respond_csv(TRY(record_table(context, request, *database)), request, "log.csv"));
}

web::Markup state_of(const Record& record, web::Language l) {
  if (record.body) return web::tag(word(t::evidence_body_present(l)), web::Tone::kSuccess);
  if (record.had_body()) return web::tag(word(t::evidence_body_erased(l)), web::Tone::kWarning);
  return web::tag(word(t::evidence_body_none(l)), web::Tone::kPlain);
}

web::Markup pretty(std::string_view bytes) {
  auto value = parse_json(bytes);
  return Html()
      .raw("<pre class=\"scroll\" tabindex=\"0\"><code>")
      .text(value.ok() ? pretty_json(*value) : std::string(bytes))
      .raw("</code></pre>")
      .take();
}

Result<http::Response> record_page(const RouteContext& context, http::Request& request) {
  auto l = request.language;
  std::string org = request.parameter("org");
  auto record = TRY(visible_record(context, request));
  std::string index = std::to_string(record.index), self = "/" + org + "/log/records/" + index;
  web::SummaryRow rows[] = {{word(t::evidence_what(l)), web::escaped(type_title(context, record.type, l) + " (" + record.type + ")")},
                            {word(t::evidence_stream(l)), code(record.stream + " #" + std::to_string(record.counter))},
                            {word(t::evidence_at(l)), web::time_element(record.at, l)},
                            {word(t::evidence_body(l)), state_of(record, l)},
                            {word(t::evidence_leaf(l)), code(to_base64(record.leaf_hash))}};
  Html main;
  main.markup(web::summary_list(rows, l));
  main.raw("<p class=\"actions\">")
      .markup(web::link(word(t::evidence_receipt_get(l)), self + "/receipt"))
      .raw("\n")
      .markup(web::link(word(t::evidence_bundle_get(l)), self + ".json"))
      .raw("\n")
      .markup(web::link(word(t::evidence_verify_link(l)), "/verify"))
      .raw("</p>");
  main.raw("<h2>").text(word(t::evidence_head(l))).raw("</h2>").markup(pretty(record.head));
  if (record.body) main.raw("<h2>").text(word(t::evidence_body(l))).raw("</h2>").markup(pretty(*record.body));
  if (!record.manifest.empty())
    main.raw("<h2>")
        .text(word(t::evidence_manifest(l)))
        .raw("</h2><pre class=\"scroll\" tabindex=\"0\"><code>")
        .text(record.manifest)
        .raw("</code></pre>");
  web::Page page{t::evidence_record_title(l, {.index = index}), l, request.target};
  page.breadcrumbs = {{word(t::evidence_log_title(l)), "/" + org + "/log"}};
  page.json = true;
  page.main = main.take();
  page.commands = {{"musubi", "musubi receipt verify " + org + "-" + index + ".receipt"}};
  return web::respond(context.site(request, org), page);
}

Result<http::Response> verifier(const RouteContext& context, http::Request& request) {
  auto l = request.language;
  Html main;
  main.raw("<noscript><p>")
      .text(word(t::evidence_verifier_noscript(l)))
      .raw("</p><pre class=\"scroll\" tabindex=\"0\"><code>musubi receipt verify FILE --key VERIFIER_KEY</code></pre></noscript>");
  main.raw("<form id=\"verifier\" class=\"verifier\" data-lang=").raw("\"").text(web::language_tag(l)).raw("\"");
  main.raw("><p class=\"field\"><label for=\"file\">")
      .text(word(t::evidence_verifier_file(l)))
      .raw("</label><input type=\"file\" id=\"file\"></p><p class=\"field\"><label for=\"text\">")
      .text(word(t::evidence_verifier_text(l)))
      .raw("</label><textarea id=\"text\" rows=\"8\" spellcheck=\"false\"></textarea></p><p class=\"field\"><label for=\"key\">")
      .text(word(t::evidence_verifier_key(l)))
      .raw("</label><span class=\"hint\" id=\"key-hint\">")
      .text(word(t::evidence_verifier_key_hint(l)))
      .raw("</span><textarea id=\"key\" rows=\"2\" spellcheck=\"false\" aria-describedby=\"key-hint\"></textarea></p>")
      .raw("<p><button class=\"button\" type=\"submit\">")
      .text(word(t::evidence_verifier_check(l)))
      .raw("</button></p></form>")
      .raw("<div id=\"verdict\" role=\"status\" aria-live=\"polite\"></div><script src=\"")
      .text(web::static_path("verify.js"))
      .raw("\" defer></script>");
  web::Page page{word(t::evidence_verifier_title(l)), l, request.target};
  page.lead = word(t::evidence_verifier_lead(l));
  page.main = main.take();
  return web::respond(context.site(request, ""), page);
}

}  // namespace

std::vector<http::Route> page_routes(const RouteContext& context) {
  using http::Access, http::Method;
  auto page = [&](std::string_view pattern, auto handler, std::string_view ja, std::string_view en,
                  std::string_view type = "text/html") {
    http::RouteDocs docs;
    docs.responses = {type};
    return http::Route{
        Method::get, pattern, Access::kPublic, [handler, &context](http::Request& request) { return handler(context, request); },
        ja,          en,      std::move(docs)};
  };
  return {page("/{org}/log", overview, "ログの概要と最近の記録", "The log and its newest records"),
          page("/{org}/log.json", overview_json, "最近の記録（データ）", "The newest records as data", "application/json"),
          page("/{org}/log.csv", overview_csv, "最近の記録（CSV）", "The newest records as CSV", "text/csv"),
          page("/{org}/log/records/{index}", record_page, "一つの記録", "One record"),
          page("/verify", verifier, "ブラウザーの中で確かめる", "Verify in your own browser")};
}

}  // namespace musubi::evidence
