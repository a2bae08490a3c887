// A resident's list: who read what, when, for which case, under what law, with the proofs of both sides.
#include <algorithm>
#include <map>

#include "evidence/log.h"
#include "evidence/receipt.h"
#include "exchange/page_parts.h"
#include "exchange/store.h"
#include "text/normalise.h"
#include "web/messages/exchange.h"
#include "web/url.h"

namespace musubi::exchange {

namespace t = web::messages;
namespace {

web::TableShape reads_shape(const Ask& ask) {
  web::TableShape shape;
  shape.id = "reads";
  shape.caption = ask.say(t::exchange_reads_of_your_data);
  shape.columns = {{"at", ask.say(t::exchange_when)},
                   {"peer", ask.say(t::exchange_other_organisation)},
                   {"items", ask.say(t::exchange_items)},
                   {"procedure", ask.say(t::exchange_procedure)},
                   {"legal_basis", ask.say(t::exchange_legal_basis)},
                   {"purpose", ask.say(t::exchange_purpose)},
                   {"direction", ask.say(t::exchange_direction), web::Kind::kTag},
                   {"reference", ask.say(t::exchange_case), web::Kind::kLink},
                   {"proof", ask.say(t::exchange_proof), web::Kind::kLink}};
  shape.filters = {{"kind",
                    ask.say(t::exchange_kind_of_look),
                    {{"used", ask.say(t::exchange_kind_used)}, {"listed", ask.say(t::exchange_kind_listed)}}}};
  return shape;
}

// Words of a list: members by title, items and procedures as people call them.
struct Words {
  const Ask& ask;
  std::map<std::string, Text> members;

  static Result<Words> of(const Ask& ask) {
    Words out{ask, {}};
    for (auto& member : TRY(ask.database->read([](db::Reader& reader) { return exchange::members(reader); })))
      out.members[member.id] = member.title;
    if (auto own = TRY(ask.database->read([](db::Reader& reader) { return identity::organisation(reader); })))
      out.members[ask.organisation] = own->title;
    return out;
  }
  std::string title(const std::string& id) const {
    auto found = members.find(id);
    return found == members.end() ? id : ask.pick(found->second);
  }
  web::Cell peer(const std::string& id) const {
    if (id == ask.organisation) return {id, ask.say(t::exchange_this_organisation)};
    return {id, title(id)};
  }
  // "Minato Town asked Aoba Town".
  std::string who_asked(const std::string& asking, const std::string& answering) const {
    return std::string(t::exchange_who_asked(ask.request.language, {.answering = title(answering), .asking = title(asking)}));
  }
  web::Cell procedure(const std::string& id) const {
    return {id, ask.context.names.procedure ? ask.pick(ask.context.names.procedure(id)) : id};
  }
  web::Cell items(const std::vector<std::string>& all) const {
    std::vector<std::string> titles;
    for (const auto& item : all) titles.push_back(ask.context.names.item ? ask.pick(ask.context.names.item(item)) : item);
    std::string text;
    for (const auto& title : titles) text += (text.empty() ? "" : ask.say(t::exchange_comma)) + title;
    return {joined(all), text};
  }
  // Only the side that asked knows the case.
  web::Cell subject(const Read& read) const {
    if (read.reference.empty() || read.incoming || !ask.context.names.case_path) return {read.reference};
    return {read.reference, ask.say(t::exchange_see_what_it_was), ask.at(ask.context.names.case_path(read.reference))};
  }
};

web::Row row_of(const Words& words, const Read& read) {
  const Ask& ask = words.ask;
  bool officer = read.service == kOfficerService;
  std::string direction = officer ? "officer" : read.incoming ? "answered" : "asked";
  std::string title = officer         ? ask.say(t::exchange_officer_looked)
                      : read.incoming ? words.who_asked(read.peer, ask.organisation)
                                      : words.who_asked(ask.organisation, read.peer);
  return {{text::jst_datetime(read.at), ask.pick(text::jst_text(read.at))},
          words.peer(read.peer),
          words.items(read.items),
          words.procedure(read.procedure),
          {ask.pick(read.legal_basis)},
          {ask.pick(read.purpose)},
          {direction, title, {}, read.incoming ? web::Tone::kInfo : web::Tone::kPlain},
          words.subject(read),
          {read.id, ask.say(t::exchange_download_the_proof), ask.at("/my/reads/" + read.id + ".json")}};
}

Result<web::Table> own_table(const Ask& ask) {
  const auto* who = identity::resident(ask.request);
  CHECK(who);
  web::Table table{reads_shape(ask)};
  table.query = TRY(web::read_query(table.shape, ask.request.target));
  auto kind = table.query.filters.find("kind");
  auto some = TRY(ask.database->read([&](db::Reader& reader) {
    return reads_page(reader, who->code, kind == table.query.filters.end() ? ReadKind::kAll : read_kind_from(kind->second),
                      table.query.page, table.query.per_page);
  }));
  Words words = TRY(Words::of(ask));
  for (const auto& read : some.reads) table.rows.push_back(row_of(words, read));
  table.total = some.total;
  table.empty_text = ask.say(t::exchange_nobody_has_asked_for);
  return table;
}

std::string text_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value ? value->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

Text both_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_object() ? Text{text_at(value->get_object(), "ja"), text_at(value->get_object(), "en")} : Text{};
}

std::int64_t number_at(const json::object& object, std::string_view key, std::int64_t otherwise) {
  const json::value* value = object.if_contains(key);
  return value && value->is_int64() ? value->get_int64() : otherwise;
}

// The other organisation's list a page at a time, and which kind of it: all of it stands in the address.
web::Markup pages_there(const Ask& ask, const json::object& answer) {
  std::int64_t page = number_at(answer, "page", 1), total = number_at(answer, "total", 0);
  web::Html html;
  auto link = [&](const std::string& title, std::string_view name, const std::string& value) {
    std::string target = web::with_parameter(web::with_parameter(ask.request.target, "there", "1"), name, value);
    html.raw(" ").markup(web::link(title, target));
  };
  html.raw("<p>");
  if (page > 1) link(ask.say(t::exchange_newer), "there", std::to_string(page - 1));
  if (page * std::int64_t(kReadsAPage) < total) link(ask.say(t::exchange_older), "there", std::to_string(page + 1));
  std::string kind(ask.request.query.get("kind", ""));
  for (auto [word, title] :
       {std::pair<const char*, std::string>{"used", ask.say(t::exchange_kind_used)}, {"listed", ask.say(t::exchange_kind_listed)}})
    if (kind != word) link(title, "kind", word);
  return html.raw("</p>").take();
}

// The list that another organisation keeps, asked of it at each look.
web::Markup list_of(const Words& words, const std::string& there, const json::object& answer) {
  const Ask& ask = words.ask;
  web::Table table;
  table.shape = reads_shape(ask);
  table.shape.id = "there";
  table.shape.filters.clear();
  table.shape.caption = ask.say(t::exchange_reads_on_record_there);
  table.shape.columns.erase(table.shape.columns.begin() + 7);  // the case is known by the asking side alone
  const json::value* reads = answer.if_contains("reads");
  if (reads && reads->is_array())
    for (const auto& each : reads->get_array()) {
      if (!each.is_object()) continue;
      const json::object& one = each.get_object();
      auto at = parse_rfc3339(text_at(one, "at"));
      std::vector<std::string> items;
      if (const json::value* list = one.if_contains("items"); list && list->is_array())
        for (const auto& item : list->get_array())
          if (item.is_string()) items.emplace_back(item.get_string());
      auto says = [&](const char* key) { return one.if_contains(key) && one.at(key) == json::value(true); };
      bool gave = says("answered"), officer = says("officer");
      std::string record = text_at(one, "record");
      table.rows.push_back({{text_at(one, "at"), at.ok() ? ask.pick(text::jst_text(*at)) : ""},
                            words.peer(text_at(one, "peer")),
                            words.items(items),
                            words.procedure(text_at(one, "procedure")),
                            {ask.pick(both_at(one, "legal_basis"))},
                            {ask.pick(both_at(one, "purpose"))},
                            {officer ? "officer"
                             : gave  ? "answered"
                                     : "asked",
                             officer ? ask.say(t::exchange_officer_looked)
                             : gave  ? words.who_asked(text_at(one, "peer"), there)
                                     : words.who_asked(there, text_at(one, "peer")),
                             {},
                             web::Tone::kPlain},
                            {record, record.empty() ? "" : ask.say(t::exchange_record) + record}});
    }
  table.total = table.rows.size();
  table.empty_text = ask.say(t::exchange_there_is_no_read);
  table.query.per_page = kReadsAPage;
  web::Html html;
  html.markup(web::table(table, ask.request.target, ask.request.language)).markup(pages_there(ask, answer));
  html.markup(web::details(ask.say(t::exchange_the_whole_answer_with),
                           web::Html().raw("<pre><code>").text(pretty_json(answer)).raw("</code></pre>").take()));
  return html.take();
}

web::Markup ask_elsewhere(const Ask& ask) {
  web::Html html;
  const auto* who = identity::resident(ask.request);
  std::string wanted(ask.request.query.get("at", ""));
  html.raw("<h2>").text(ask.say(t::exchange_what_other_organisations_have)).raw("</h2><ul>");
  auto all = ask.database->read([](db::Reader& reader) { return members(reader); });
  std::size_t shown = 0;
  if (all.ok())
    for (const auto& member : *all) {
      if (member.kind == "linker" || member.kind == "portal" || member.kind == "nation" || ++shown > 50) continue;
      html.raw("<li>").markup(web::link(ask.pick(member.title), ask.at("/my/reads?at=" + member.id))).raw("</li>");
    }
  html.raw("</ul>");
  if (wanted.empty() || !who) return html.take();
  auto exchange = ask.context.exchange(ask.organisation);
  auto page = text::read_integer(ask.request.query.get("there", "1")).value_or(1);
  auto answer =
      exchange.ok()
          ? (*exchange)->call({wanted, "history", who->code, {}, {{"page", page}, {"kind", ask.request.query.get("kind", "")}}, ""},
                              who->code)
          : Result<json::object>(exchange.error());
  auto words = Words::of(ask);
  if (answer.ok() && words.ok())
    html.markup(list_of(*words, wanted, *answer));
  else if (!answer.ok())
    html.markup(web::notice(ask.say(t::exchange_the_other_organisation_s), web::paragraph(ask.pick(answer.error().message)),
                            web::Tone::kWarning));
  return html.take();
}

Result<http::Response> reads_page(const Ask& ask) {
  auto table = TRY(own_table(ask));
  auto out = page(ask, ask.say(t::exchange_who_has_read_your));
  out.lead = ask.say(t::exchange_which_organisation_asked_for);
  out.json = out.csv = true;
  web::Html main;
  out.main = main.markup(web::table(table, ask.request.target, ask.request.language)).markup(ask_elsewhere(ask)).take();
  return respond(ask, out);
}

Result<http::Response> reads_json(const Ask& ask) {
  auto response = web::respond_json(TRY(own_table(ask)));
  response.cache("no-store");
  return response;
}

Result<http::Response> reads_csv(const Ask& ask) {
  auto response = web::respond_csv(TRY(own_table(ask)), ask.request, "reads.csv");
  response.cache("no-store");
  return response;
}

// Of a message as it is kept: what its signature covers, and nothing of what was said.
json::object signed_parts(const json::value* message) {
  json::object out;
  if (!message || !message->is_object()) return out;
  for (const char* name : {"method", "authority", "path", "status", "Content-Type", "Content-Digest", "Signature-Input", "Signature"})
    if (const json::value* part = message->get_object().if_contains(name)) out[name] = *part;
  return out;
}

// What the other side signed, out of the body of a record, without content: docs/formats/exchange.md, "Proof of a read".
json::object other_side(std::string_view body) {
  json::object out;
  auto parsed = parse_json(body, {kMessageLimit, 64});
  if (!parsed.ok() || !parsed->is_object()) return out;
  const json::object& kept = parsed->get_object();
  for (const char* name : {"question", "answer"})
    if (kept.contains(name)) out[name] = signed_parts(kept.if_contains(name));
  for (auto [name, as] : {std::pair{"peer_certificate", "certificate"},
                          {"certificate", "certificate"},
                          {"peer_record", "record"},
                          {"peer_receipt", "receipt"}})
    if (const json::value* value = kept.if_contains(name)) out[as] = *value;
  return out;
}

// By the manifest too, which goes on naming those whose rows were erased.
bool is_shared(const evidence::Record& record, std::size_t persons) {
  auto lines = evidence::parse_manifest(record.manifest);
  if (!lines.ok() || persons > 1) return true;
  return std::count_if(lines->begin(), lines->end(), [](const auto& line) { return line.table == "exchange_read"; }) > 1;
}

struct Proven {
  evidence::Record record;
  bool shared = false;  // between several persons
};

Result<std::optional<Proven>> find_proven(db::Reader& reader, const std::string& id, const std::string& person) {
  auto persons = TRY(store::persons_of_read(reader, id));
  if (std::find(persons.begin(), persons.end(), person) == persons.end()) return std::optional<Proven>();
  auto found = TRY(evidence::read_stream(reader, read_stream_of(id), 1, 1));
  if (found.empty()) return std::optional<Proven>();
  bool shared = is_shared(found[0], persons.size());
  return std::optional(Proven{std::move(found[0]), shared});
}

// What several persons share is shown to nobody whole: the body says what was told of the others, the manifest their codes.
json::object bundle_of(Proven proven, std::string_view receipt, std::span<const std::string> verifier_keys) {
  if (!proven.shared) return evidence::record_bundle(proven.record, receipt, verifier_keys);
  json::object signed_there = proven.record.body ? other_side(*proven.record.body) : json::object();
  proven.record.body.reset(), proven.record.body_salt.reset();
  json::object bundle = evidence::record_bundle(proven.record, receipt, verifier_keys);
  bundle.erase("manifest");
  bundle["manifest_state"] = "withheld";
  if (!signed_there.empty()) bundle["other_side"] = std::move(signed_there);
  return bundle;
}

// The record with its own receipt, and the other side's signed answer and receipt: in its body, or where that is not shown beside it.
Result<http::Response> proof(const Ask& ask) {
  const auto* who = identity::resident(ask.request);
  CHECK(who);
  const std::string& id = ask.request.parameter("read");
  Error unknown{Code::kNotFound,
                "exchange.unknown_read",
                {"その照会の記録はありません。一覧から選んでください。", "There is no such read on record. Choose one from the list."},
                {}};
  auto proven = TRY(ask.database->read([&](db::Reader& reader) { return find_proven(reader, id, who->code); }));
  if (!proven) return unknown;
  auto exchange = TRY(ask.context.exchange(ask.organisation));
  std::uint64_t index = proven->record.index;
  std::string receipt = TRY(evidence::Log::of(*ask.database).receipt(index));
  // An officer's look: who it was, and what else they looked for, stays with the office.
  bool whole = proven->record.type.starts_with("exchange.");
  json::object proof = bundle_of(std::move(*proven), receipt, verifier_keys(*exchange));
  if (!whole) proof = {{"index", std::to_string(index)}, {"receipt", receipt}, {"verifier_keys", proof.at("verifier_keys")}};
  auto response = http::json(std::move(proof));
  response.cache("no-store").header("Content-Disposition", "attachment; filename=\"read-" + std::to_string(index) + ".json\"");
  return response;
}

}  // namespace

std::vector<http::Route> resident_routes(const RouteContext& context) {
  using http::Access;
  using http::Method;
  auto to = [&](AskedPage page) { return answers(context, page); };
  return {
      {Method::get,
       "/{org}/my/reads",
       Access::kResident,
       to(reads_page),
       "自分の情報を見た機関の一覧",
       "Who has read my data",
       {{{"at", "string", "この機関の記録も取り寄せる", "Also fetch what this organisation has on record"},
         {"there", "integer", "取り寄せる記録のページ（1から）", "page of what is fetched, from 1"},
         {"kind", "string", "used（渡された・開かれた）、listed（一覧に出た）", "used (given or opened), listed"}},
        {}}},
      {Method::get,
       "/{org}/my/reads.json",
       Access::kResident,
       to(reads_json),
       "自分の情報の照会（データ）",
       "Reads of my data, as data",
       {{}, {"application/json"}}},
      {Method::get,
       "/{org}/my/reads.csv",
       Access::kResident,
       to(reads_csv),
       "自分の情報の照会（CSV）",
       "Reads of my data, as CSV",
       {{}, {"text/csv"}}},
      {Method::get,
       "/{org}/my/reads/{read}.json",
       Access::kResident,
       to(proof),
       "照会一件の証明",
       "The proof of one read",
       {{}, {"application/json"}}},
  };
}

}  // namespace musubi::exchange
