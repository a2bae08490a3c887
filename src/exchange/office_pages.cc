// Members, permits, outbox and outcomes for officers; the permits for everybody.
#include <array>
#include <map>

#include "evidence/log.h"
#include "exchange/descriptor.h"
#include "exchange/page_parts.h"
#include "exchange/state.h"
#include "web/messages/exchange.h"

namespace musubi::exchange {

namespace t = web::messages;

http::Handler answers(const RouteContext& context, AskedPage page) {
  return [&context, page](http::Request& request) -> Result<http::Response> {
    const std::string& organisation = request.parameter("org");
    auto database = TRY(context.store.organisation(organisation));
    return page(Ask{context, request, organisation, std::move(database)});
  };
}

web::Page page(const Ask& ask, std::string title) {
  web::Page out;
  out.title = std::move(title);
  out.language = ask.request.language;
  out.target = ask.request.target;
  out.account = identity::account_links(ask.request, ask.organisation);
  return out;
}

http::Response respond(const Ask& ask, const web::Page& page) {
  auto response = web::respond(ask.context.site(ask.request, ask.organisation), page);
  response.cache("no-store");
  return response;
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

web::Cell outcome_cell(const Ask& ask, const std::string& outcome) {
  static const std::map<std::string, std::pair<std::string_view (*)(web::Language), web::Tone>> words = {
      {"ok", {t::exchange_answer_came, web::Tone::kSuccess}},
      {"repeated", {t::exchange_sent_again, web::Tone::kInfo}},
      {"not_permitted", {t::exchange_not_permitted, web::Tone::kWarning}},
      {"peer_down", {t::exchange_not_reached, web::Tone::kError}},
      {"peer_slow", {t::exchange_too_slow, web::Tone::kError}},
      {"peer_lied", {t::exchange_not_genuine, web::Tone::kError}},
      {"replayed", {t::exchange_replayed, web::Tone::kError}},
      {"clock_skew", {t::exchange_clocks_differ, web::Tone::kWarning}},
      {"bad_token", {t::exchange_bad_token, web::Tone::kWarning}},
      {"refused", {t::exchange_refused, web::Tone::kWarning}},
  };
  auto found = words.find(outcome);
  if (found == words.end()) return {outcome, outcome, {}, web::Tone::kWarning};
  return {outcome, ask.say(found->second.first), {}, found->second.second};
}

namespace {

constexpr std::uint64_t kNewest = 5000;  // records that are looked through

web::Table permits_table(const Ask& ask, const std::vector<Permit>& all, web::TableQuery query) {
  web::TableShape shape;
  shape.id = "permits";
  shape.caption = ask.say(t::exchange_permits);
  shape.columns = {{"id", ask.say(t::exchange_id), web::Kind::kText, true},
                   {"asking", ask.say(t::exchange_asking), web::Kind::kText, true},
                   {"answering", ask.say(t::exchange_answering), web::Kind::kText, true},
                   {"procedure", ask.say(t::exchange_procedure), web::Kind::kText, true},
                   {"items", ask.say(t::exchange_items)},
                   {"purpose", ask.say(t::exchange_purpose)},
                   {"legal_basis", ask.say(t::exchange_legal_basis)},
                   {"from", ask.say(t::exchange_from), web::Kind::kDate, true},
                   {"until", ask.say(t::exchange_until), web::Kind::kDate, true}};
  shape.search = true;
  std::vector<web::Row> rows;
  for (const auto& permit : all)
    rows.push_back({{permit.id},
                    {permit.asking},
                    {permit.answering},
                    {permit.procedure},
                    {joined(permit.items)},
                    {ask.pick(permit.purpose)},
                    {ask.pick(permit.legal_basis)},
                    {text::iso_date(permit.from)},
                    {permit.until ? text::iso_date(*permit.until) : ""}});
  auto table = web::arrange(std::move(shape), std::move(query), std::move(rows));
  table.empty_text = ask.say(t::exchange_there_is_no_permit);
  return table;
}

Result<web::Table> permits_asked(const Ask& ask) {
  auto query = TRY(web::read_query(permits_table(ask, {}, {}).shape, ask.request.target));
  return permits_table(ask, TRY(ask.database->read([](db::Reader& reader) { return permits(reader); })), std::move(query));
}

Result<http::Response> permits_page(const Ask& ask) {
  auto table = TRY(permits_asked(ask));
  auto out = page(ask, ask.say(t::exchange_which_organisation_may_ask));
  out.lead = ask.say(t::exchange_all_permits_that_this);
  out.json = out.csv = true;
  web::Html main;
  out.main = main.markup(web::table(table, ask.request.target, ask.request.language)).take();
  return respond(ask, out);
}

Result<http::Response> permits_json(const Ask& ask) { return web::respond_json(TRY(permits_asked(ask))); }
Result<http::Response> permits_csv(const Ask& ask) { return web::respond_csv(TRY(permits_asked(ask)), ask.request, "permits.csv"); }

web::Table members_table(const Ask& ask, const std::vector<Member>& all, web::TableQuery query) {
  web::TableShape shape;
  shape.id = "members";
  shape.caption = ask.say(t::exchange_members);
  shape.columns = {{"id", ask.say(t::exchange_id)},
                   {"title", ask.say(t::exchange_title), web::Kind::kLink},
                   {"kind", ask.say(t::exchange_kind)},
                   {"address", ask.say(t::exchange_address)},
                   {"root", ask.say(t::exchange_fingerprint_of_its_root)}};
  std::vector<web::Row> rows;
  for (const auto& member : all)
    rows.push_back({{member.id},
                    {ask.pick(member.title), {}, member.page_url + "/" + member.id},
                    {member.kind},
                    {member.address},
                    {root_fingerprint(member)}});
  auto table = web::arrange(std::move(shape), std::move(query), std::move(rows));
  table.empty_text = ask.say(t::exchange_there_is_no_member);
  return table;
}

web::Table outbox_table(const Ask& ask, const std::vector<Posted>& all, web::TableQuery query) {
  web::TableShape shape;
  shape.id = "outbox";
  shape.caption = ask.say(t::exchange_outbox);
  shape.columns = {{"created", ask.say(t::exchange_made)},
                   {"to", ask.say(t::exchange_to)},
                   {"service", ask.say(t::exchange_service)},
                   {"state", ask.say(t::exchange_state), web::Kind::kTag},
                   {"attempts", ask.say(t::exchange_attempts), web::Kind::kNumber},
                   {"error", ask.say(t::exchange_last_problem)}};
  std::vector<web::Row> rows;
  for (const auto& post : all) {
    bool waiting = post.state == "waiting", failed = post.state == "failed";
    std::string words = waiting ? ask.say(t::exchange_waiting) : failed ? ask.say(t::exchange_failed) : ask.say(t::exchange_delivered);
    rows.push_back({{post.created_at.rfc3339(), ask.pick(text::jst_text(post.created_at))},
                    {post.to},
                    {post.service},
                    {post.state,
                     words,
                     {},
                     waiting  ? web::Tone::kInfo
                     : failed ? web::Tone::kError
                              : web::Tone::kSuccess},
                    {std::to_string(post.attempts)},
                    {ask.pick(post.last_error)}});
  }
  auto table = web::arrange(std::move(shape), std::move(query), std::move(rows));
  table.empty_text = ask.say(t::exchange_the_outbox_is_empty);
  return table;
}

using Key = std::array<std::string, 4>;  // what, the other side, service, outcome

Key key_of(std::string_view type, std::string_view written) {
  Key key{std::string(type.substr(std::string_view("exchange.").size())), "", "", ""};
  auto head = parse_json(written);
  const json::value* facts = head.ok() && head->is_object() ? head->get_object().if_contains("facts") : nullptr;
  if (!facts || !facts->is_object()) return key;
  auto fact = [&](const char* name) {
    const json::value* value = facts->get_object().if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  key[1] = fact("answering").empty() ? fact("asking") : fact("answering");
  key[2] = fact("service");
  key[3] = fact("outcome");
  return key;
}

// What came of the newest exchanges, by the other side, service and outcome: from heads alone.
Result<web::Table> outcomes_table(const Ask& ask, web::TableQuery query) {
  std::map<Key, std::int64_t> counts;
  std::uint64_t size = evidence::Log::of(*ask.database).size();
  TRY(ask.database->read([&](db::Reader& reader) -> Result<void> {
    for (const char* type : {"exchange.asked", "exchange.answered", "exchange.delivered"})
      for (const auto& record : TRY(evidence::read_records(reader, size > kNewest ? size - kNewest : 0, 1000, type)))
        ++counts[key_of(type, record.head)];
    return {};
  }));
  web::TableShape shape;
  shape.id = "outcomes";
  shape.caption = ask.say(t::exchange_what_came_of_the);
  shape.columns = {{"what", ask.say(t::exchange_what)},
                   {"peer", ask.say(t::exchange_organisation)},
                   {"service", ask.say(t::exchange_service)},
                   {"outcome", ask.say(t::exchange_outcome), web::Kind::kTag},
                   {"count", ask.say(t::exchange_count), web::Kind::kNumber}};
  std::vector<web::Row> rows;
  for (const auto& [key, count] : counts) {
    std::string what = key[0] == "asked"      ? ask.say(t::exchange_asked)
                       : key[0] == "answered" ? ask.say(t::exchange_answered)
                                              : ask.say(t::exchange_delivered_by_us);
    rows.push_back({{key[0], what}, {key[1]}, {key[2]}, outcome_cell(ask, key[3]), {std::to_string(count)}});
  }
  auto table = web::arrange(std::move(shape), std::move(query), std::move(rows));
  table.empty_text = ask.say(t::exchange_nothing_was_exchanged_yet);
  return table;
}

// What the page shows, in its order; as data each has the same pages.
Result<std::vector<web::Table>> office_tables(const Ask& ask, const web::TableQuery& query) {
  auto known = TRY(ask.database->read([](db::Reader& reader) { return members(reader); }));
  auto posts = TRY(ask.database->read([](db::Reader& reader) { return outbox(reader); }));
  std::vector<web::Table> out;
  out.push_back(TRY(outcomes_table(ask, query)));
  out.push_back(outbox_table(ask, posts, query));
  out.push_back(members_table(ask, known, query));
  return out;
}

// Page and rows a page, for lists that are neither sorted nor filtered.
Result<std::vector<web::Table>> office_asked(const Ask& ask) {
  return office_tables(ask, TRY(web::read_query(members_table(ask, {}, {}).shape, ask.request.target)));
}

Result<http::Response> office_json(const Ask& ask) {
  json::object out;
  for (const auto& table : TRY(office_asked(ask))) out[table.shape.id] = web::to_json(table);
  auto response = http::json(json::value(std::move(out)));
  response.cache("no-store");
  return response;
}

Result<http::Response> office_csv(const Ask& ask) {
  std::string_view wanted = ask.request.query.get("table", "outcomes");
  for (const auto& table : TRY(office_asked(ask))) {
    if (table.shape.id != wanted) continue;
    auto response = web::respond_csv(table, ask.request, table.shape.id + ".csv");
    response.cache("no-store");
    return response;
  }
  return Error{Code::kInvalid,
               "table.bad_query",
               {"table には outcomes、outbox、members のどれかを指定してください。", "table must be outcomes, outbox or members."},
               {{"table", {"outcomes、outbox、members のどれかです。", "It is one of outcomes, outbox, members."}}}};
}

Result<http::Response> office_page(const Ask& ask) {
  web::TableQuery most;
  most.per_page = web::kMaxPerPage;
  auto tables = TRY(office_tables(ask, most));
  auto out = page(ask, ask.say(t::exchange_exchange));
  out.breadcrumbs = {{ask.say(t::exchange_office), ask.at("/office")}};
  out.commands = {{"musubi", "musubi exchange member list " + ask.organisation}};
  out.json = out.csv = true;
  web::Html main;
  for (const auto& table : tables) main.markup(web::table(table, ask.request.target, ask.request.language));
  main.raw("<p>").markup(web::link(ask.say(t::exchange_the_permits), ask.at("/exchange/permits"))).raw("</p>");
  out.main = main.take();
  return respond(ask, out);
}

}  // namespace

std::vector<std::string> verifier_keys(Exchange& exchange) {
  std::vector<std::string> keys;
  for (const auto& signer : exchange.state().options.keys->log) keys.push_back(signer->verifier_key());
  return keys;
}

std::vector<http::Route> office_routes(const RouteContext& context) {
  using http::Access;
  using http::Method;
  auto to = [&](AskedPage page) { return answers(context, page); };
  return {
      {Method::get, "/{org}/office/exchange", Access::kOfficer, to(office_page), "連携先・送信箱・結果",
       "Members, outbox and outcomes of exchange"},
      {Method::get,
       "/{org}/office/exchange.json",
       Access::kOfficer,
       to(office_json),
       "連携先・送信箱・結果（データ）",
       "Members, outbox and outcomes of exchange, as data",
       {{}, {"application/json"}}},
      {Method::get,
       "/{org}/office/exchange.csv",
       Access::kOfficer,
       to(office_csv),
       "連携先・送信箱・結果（CSV）",
       "Members, outbox or outcomes of exchange, as CSV",
       {{{"table", "string", "outcomes（結果、既定）、outbox（送信箱）、members（連携先）", "outcomes (default), outbox, members"}},
        {"text/csv"}}},
      {Method::get, "/{org}/exchange/permits", Access::kPublic, to(permits_page), "提供許可の一覧",
       "The permits that this organisation goes by"},
      {Method::get,
       "/{org}/exchange/permits.json",
       Access::kPublic,
       to(permits_json),
       "提供許可（データ）",
       "The permits, as data",
       {{}, {"application/json"}}},
      {Method::get,
       "/{org}/exchange/permits.csv",
       Access::kPublic,
       to(permits_csv),
       "提供許可（CSV）",
       "The permits, as CSV",
       {{}, {"text/csv"}}},
  };
}

}  // namespace musubi::exchange
