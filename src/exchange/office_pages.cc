// Members, permits, outbox and outcomes for officers; the permits for everybody.
#include <array>
#include <map>

#include "evidence/log.h"
#include "exchange/descriptor.h"
#include "exchange/page_parts.h"
#include "exchange/state.h"

namespace musubi::exchange {

http::Handler answers(const RouteContext& context, AskedPage page) {
  return [&context, page](http::Request& request) -> Result<http::Response> {
    const std::string& organisation = request.parameter("org");
    return page(Ask{context, request, organisation, TRY(context.store.organisation(organisation))});
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
  static const std::map<std::string, std::pair<Text, web::Tone>> words = {
      {"ok", {{"成立", "Answered"}, web::Tone::kSuccess}},
      {"repeated", {{"再送", "Sent again"}, web::Tone::kInfo}},
      {"not_permitted", {{"許可なし", "Not permitted"}, web::Tone::kWarning}},
      {"peer_down", {{"つながらない", "Not reached"}, web::Tone::kError}},
      {"peer_slow", {{"時間切れ", "Too slow"}, web::Tone::kError}},
      {"peer_lied", {{"本物でない", "Not genuine"}, web::Tone::kError}},
      {"replayed", {{"再生攻撃", "Replayed"}, web::Tone::kError}},
      {"clock_skew", {{"時計のずれ", "Clocks differ"}, web::Tone::kWarning}},
      {"bad_token", {{"札が無効", "Bad token"}, web::Tone::kWarning}},
      {"refused", {{"断り", "Refused"}, web::Tone::kWarning}},
  };
  auto found = words.find(outcome);
  if (found == words.end()) return {outcome, outcome, {}, web::Tone::kWarning};
  return {outcome, ask.pick(found->second.first), {}, found->second.second};
}

namespace {

constexpr std::uint64_t kNewest = 5000;  // records that are looked through

web::Table permits_table(const Ask& ask, const std::vector<Permit>& all, web::TableQuery query) {
  web::TableShape shape;
  shape.id = "permits";
  shape.caption = ask.say("提供許可", "Permits");
  shape.columns = {{"id", ask.say("識別子", "Id"), web::Kind::kText, true}, {"asking", ask.say("照会する側", "Asking"), web::Kind::kText, true},
                   {"answering", ask.say("答える側", "Answering"), web::Kind::kText, true}, {"procedure", ask.say("手続", "Procedure"), web::Kind::kText, true},
                   {"items", ask.say("項目", "Items")}, {"purpose", ask.say("目的", "Purpose")}, {"legal_basis", ask.say("法的根拠", "Legal basis")},
                   {"from", ask.say("開始", "From"), web::Kind::kDate, true}, {"until", ask.say("終了", "Until"), web::Kind::kDate, true}};
  shape.search = true;
  std::vector<web::Row> rows;
  for (const auto& permit : all)
    rows.push_back({{permit.id}, {permit.asking}, {permit.answering}, {permit.procedure}, {joined(permit.items)}, {ask.pick(permit.purpose)},
                    {ask.pick(permit.legal_basis)}, {text::iso_date(permit.from)}, {permit.until ? text::iso_date(*permit.until) : ""}});
  auto table = web::arrange(std::move(shape), std::move(query), std::move(rows));
  table.empty_text = ask.say("提供許可はまだありません。許可のない照会はすべて断られます。", "There is no permit yet. Every question without one is refused.");
  return table;
}

Result<web::Table> permits_asked(const Ask& ask) {
  auto query = TRY(web::read_query(permits_table(ask, {}, {}).shape, ask.request.target));
  return permits_table(ask, TRY(ask.database->read([](db::Reader& reader) { return permits(reader); })), std::move(query));
}

Result<http::Response> permits_page(const Ask& ask) {
  auto table = TRY(permits_asked(ask));
  auto out = page(ask, ask.say("どの機関が何を照会してよいか", "Which organisation may ask for what"));
  out.lead = ask.say("この機関が守る提供許可の全部です。ここにない照会は、機関どうしであっても断られます。", "All permits that this organisation goes by. What is not listed is refused, also between authorities.");
  out.json = out.csv = true;
  web::Html main;
  out.main = main.markup(web::table(table, ask.request.target, ask.request.language)).take();
  return respond(ask, out);
}

Result<http::Response> permits_json(const Ask& ask) { return web::respond_json(TRY(permits_asked(ask))); }
Result<http::Response> permits_csv(const Ask& ask) { return web::respond_csv(TRY(permits_asked(ask)), ask.request, "permits.csv"); }

web::Table members_table(const Ask& ask, const std::vector<Member>& all) {
  web::TableShape shape;
  shape.id = "members";
  shape.caption = ask.say("連携先の機関", "Members");
  shape.columns = {{"id", ask.say("識別子", "Id")}, {"title", ask.say("名称", "Title"), web::Kind::kLink}, {"kind", ask.say("種別", "Kind")},
                   {"address", ask.say("宛先", "Address")}, {"root", ask.say("認証局の指紋", "Fingerprint of its root")}};
  std::vector<web::Row> rows;
  for (const auto& member : all) rows.push_back({{member.id}, {ask.pick(member.title), {}, member.page_url + "/" + member.id}, {member.kind}, {member.address}, {root_fingerprint(member)}});
  web::TableQuery query;
  query.per_page = web::kMaxPerPage;
  auto table = web::arrange(std::move(shape), query, std::move(rows));
  table.empty_text = ask.say("連携先はまだありません。musubi exchange member import で取り込みます。", "There is no member yet. Import one with `musubi exchange member import`.");
  return table;
}

web::Table outbox_table(const Ask& ask, const std::vector<Posted>& all) {
  web::TableShape shape;
  shape.id = "outbox";
  shape.caption = ask.say("送信箱", "Outbox");
  shape.columns = {{"created", ask.say("作成", "Made")}, {"to", ask.say("宛先", "To")}, {"service", ask.say("用件", "Service")}, {"state", ask.say("状態", "State"), web::Kind::kTag},
                   {"attempts", ask.say("試行", "Attempts"), web::Kind::kNumber}, {"error", ask.say("最後の問題", "Last problem")}};
  std::vector<web::Row> rows;
  for (const auto& post : all) {
    bool waiting = post.state == "waiting", failed = post.state == "failed";
    std::string words = waiting ? ask.say("送信待ち", "Waiting") : failed ? ask.say("届けられず", "Failed") : ask.say("届いた", "Delivered");
    rows.push_back({{ask.pick(text::jst_text(post.created_at))}, {post.to}, {post.service}, {post.state, words, {}, waiting ? web::Tone::kInfo : failed ? web::Tone::kError : web::Tone::kSuccess},
                    {std::to_string(post.attempts)}, {ask.pick(post.last_error)}});
  }
  web::TableQuery query;
  query.per_page = web::kMaxPerPage;
  auto table = web::arrange(std::move(shape), query, std::move(rows));
  table.empty_text = ask.say("送信箱は空です。", "The outbox is empty.");
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
Result<web::Table> outcomes_table(const Ask& ask) {
  std::map<Key, std::int64_t> counts;
  std::uint64_t size = evidence::Log::of(*ask.database).size();
  TRY(ask.database->read([&](db::Reader& reader) -> Result<void> {
    for (const char* type : {"exchange.asked", "exchange.answered", "exchange.delivered"})
      for (const auto& record : TRY(evidence::read_records(reader, size > kNewest ? size - kNewest : 0, 1000, type))) ++counts[key_of(type, record.head)];
    return {};
  }));
  web::TableShape shape;
  shape.id = "outcomes";
  shape.caption = ask.say("最近の照会・回答・送達の結果", "What came of the newest questions, answers and deliveries");
  shape.columns = {{"what", ask.say("種類", "What")}, {"peer", ask.say("相手", "Organisation")}, {"service", ask.say("用件", "Service")},
                   {"outcome", ask.say("結果", "Outcome"), web::Kind::kTag}, {"count", ask.say("件数", "Count"), web::Kind::kNumber}};
  std::vector<web::Row> rows;
  for (const auto& [key, count] : counts) {
    std::string what = key[0] == "asked" ? ask.say("照会した", "Asked") : key[0] == "answered" ? ask.say("答えた", "Answered") : ask.say("届けた", "Delivered");
    rows.push_back({{key[0], what}, {key[1]}, {key[2]}, outcome_cell(ask, key[3]), {std::to_string(count)}});
  }
  web::TableQuery query;
  query.per_page = web::kMaxPerPage;
  auto table = web::arrange(std::move(shape), query, std::move(rows));
  table.empty_text = ask.say("まだ何も照会していません。", "Nothing was exchanged yet.");
  return table;
}

Result<http::Response> office_page(const Ask& ask) {
  auto outcomes = TRY(outcomes_table(ask));
  auto known = TRY(ask.database->read([](db::Reader& reader) { return members(reader); }));
  auto posts = TRY(ask.database->read([](db::Reader& reader) { return outbox(reader); }));
  auto out = page(ask, ask.say("情報連携", "Exchange"));
  out.breadcrumbs = {{ask.say("担当者のページ", "Office"), ask.at("/office")}};
  out.commands = {{"musubi", "musubi exchange member list " + ask.organisation}};
  web::Html main;
  main.markup(web::table(outcomes, ask.request.target, ask.request.language)).markup(web::table(outbox_table(ask, posts), ask.request.target, ask.request.language))
      .markup(web::table(members_table(ask, known), ask.request.target, ask.request.language))
      .raw("<p>").markup(web::link(ask.say("提供許可の一覧", "The permits"), ask.at("/exchange/permits"))).raw("</p>");
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
      {Method::get, "/{org}/office/exchange", Access::kOfficer, to(office_page), "連携先・送信箱・結果", "Members, outbox and outcomes of exchange"},
      {Method::get, "/{org}/exchange/permits", Access::kPublic, to(permits_page), "提供許可の一覧", "The permits that this organisation goes by"},
      {Method::get, "/{org}/exchange/permits.json", Access::kPublic, to(permits_json), "提供許可（データ）", "The permits, as data", {{}, {"application/json"}}},
      {Method::get, "/{org}/exchange/permits.csv", Access::kPublic, to(permits_csv), "提供許可（CSV）", "The permits, as CSV", {{}, {"text/csv"}}},
  };
}

}  // namespace musubi::exchange
