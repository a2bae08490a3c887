// The asking side: permit, tokens, signed question, verified answer, record.
#include "exchange/exchange.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "exchange/state.h"
#include "exchange/store.h"
#include "http/problem.h"
#include "identity/identity.h"

namespace musubi::exchange {
namespace {

constexpr std::size_t kMostTextBytes = 2000;  // of a sentence that another organisation wrote
constexpr std::size_t kKeptHeaderBytes = 4096;
constexpr std::size_t kMostReceiptBytes = 96 << 10;

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

std::string text_of(const json::object& object, std::string_view key, std::size_t limit = 4096) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value ? value->if_string() : nullptr;
  return text && text->size() <= limit ? std::string(view(*text)) : std::string();
}

Text both(const json::object& object) { return {text_of(object, "ja", kMostTextBytes), text_of(object, "en", kMostTextBytes)}; }

Code code_of(int status) {
  switch (status) {
    case 400: return Code::kMalformed;
    case 403: return Code::kForbidden;
    case 404: return Code::kNotFound;
    case 409: return Code::kConflict;
    case 413: return Code::kTooLarge;
    case 422: return Code::kInvalid;
    default: return Code::kUnavailable;
  }
}

bool is_error_name(std::string_view name) {
  return !name.empty() && name.size() <= 80 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

// What the other side refused with: its own words, bounded; a name of no known form is ours.
Error refusal(const std::string& peer, int status, const json::object& answer) {
  const json::value* value = answer.if_contains("error");
  const json::object* object = value ? value->if_object() : nullptr;
  std::string name = object ? text_of(*object, "name", 80) : "";
  Text message = object ? both(*object) : Text{};
  if (!is_error_name(name) || message.ja.empty() || message.en.empty())
    return {
        Code::kUnavailable,
        "exchange.peer_refused",
        {"「" + peer + "」が照会を断りました。手で入力して進めてください。", "\"" + peer + "\" refused the question. Go on by hand."},
        {}};
  Error error{code_of(status), name, message, {}};
  const json::value* faults = object->if_contains("faults");
  if (!faults || !faults->is_array()) return error;
  for (const auto& each : faults->get_array())
    if (each.is_object() && error.faults.size() < 100)
      error.faults.push_back({text_of(each.get_object(), "where", 400), both(each.get_object())});
  return error;
}

json::object message_of(const Talk& talk, std::vector<std::string> tokens) {
  json::object message{
      {"procedure", talk.procedure}, {"reference", talk.reference}, {"items", json::value_from(talk.items)}, {"body", talk.body}};
  if (!talk.delivery.empty()) message["delivery"] = talk.delivery;
  if (!talk.person.empty()) {
    message["person"] = tokens.front();
    tokens.erase(tokens.begin());
  }
  if (!tokens.empty()) message["further"] = json::value_from(tokens);
  return message;
}

// What the signature covers, as it came. Bytes that JSON would blow up are left to their digest: a record has its limit.
void keep(json::object& out, const http::Headers& headers, const std::string& body) {
  auto plain = [](std::string_view text) {
    return is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) { return std::uint8_t(c) < 0x20 || c == 0x7f; });
  };
  for (std::string_view name : {"Content-Type", "Content-Digest", "Signature-Input", "Signature"})
    if (std::string value = headers.joined(name); plain(value) && value.size() <= kKeptHeaderBytes) out[name] = value;
  if (body.size() <= kKeptLimit && plain(body)) out["body"] = body;
}

struct Known {  // read in one snapshot before anything is sent
  std::optional<Member> member, linker;
  std::string own_kind;
  std::vector<Permit> permits;
};

Result<Known> known_for(Exchange::State& state, db::Database& database, const std::string& to) {
  return database.read([&](db::Reader& reader) -> Result<Known> {
    Known known;
    known.own_kind = TRY(state.own_kind(reader));
    known.member = TRY(store::member(reader, to));
    if (!known.member && to == state.self()) known.member = state.own_member(known.own_kind);
    known.linker = TRY(store::member_of_kind(reader, "linker"));
    if (known.member) known.permits = TRY(store::permits_between(reader, state.self(), known.own_kind, to, known.member->kind));
    return known;
  });
}

// The persons of an answer, from tokens to codes of our own.
Result<void> open_further(Exchange::State& state, const std::optional<Member>& linker, const std::string& from, Conversation& out,
                          const json::object& answer) {
  const json::value* list = answer.if_contains("further");
  if (!list || !list->is_array()) return {};
  if (list->get_array().size() > kFurtherAtMost) return peer_lied(from, {"人数が多すぎます", "it names too many persons"});
  for (const auto& each : list->get_array()) {
    if (!each.is_object() || (!linker && from != state.self()))
      return peer_lied(from, {"人を指す札が読めません", "a token in it cannot be read"});
    if (from == state.self()) {
      out.further.push_back({text_of(each.get_object(), "index", 400), text_of(each.get_object(), "person", 64)});
      continue;
    }
    auto token = open_token(text_of(each.get_object(), "person", 16384), *state.options.keys->seal_key, *linker, state.peers,
                            state.self(), from, state.now());
    if (!token.ok()) return peer_lied(from, token.error().message);
    out.further.push_back({text_of(each.get_object(), "index", 400), token->code});
    out.tokens.push_back(std::move(*token));
  }
  return {};
}

Result<void> read_answer(Conversation& out, const std::string& from, Time stated_at) {
  auto parsed = parse_json(out.carried->reply.body, {kMessageLimit, 64});
  if (!parsed.ok() || !parsed->is_object()) return peer_lied(from, {"答えの形が違います", "the answer has another form"});
  const json::object& answer = parsed->get_object();
  if (out.carried->reply.status != 200) return refusal(from, out.carried->reply.status, answer);
  const json::value* content = answer.if_contains("answer");
  if (!content || !content->is_object()) return peer_lied(from, {"答えの形が違います", "the answer has another form"});
  out.answer = content->get_object();
  out.at = stated_at;
  std::string record = text_of(answer, "record", 20);
  if (!record.empty() && record.find_first_not_of("0123456789") == record.npos)
    out.peer_record = std::stoull("0" + record.substr(0, 18));
  out.peer_receipt = text_of(answer, "receipt", kMostReceiptBytes);
  if (const json::value* basis = answer.if_contains("legal_basis"); basis && basis->is_object())
    out.legal_basis = both(basis->get_object());
  return {};
}

// Whom nobody knows may be any text that somebody typed: it must not stand in a head, which lasts for ever.
std::string other_side(const Talk& talk, const Conversation& said) { return said.known ? talk.to : "unknown"; }

json::object head_facts(const Talk& talk, const Conversation& said, const std::string& outcome, std::int64_t ms) {
  return {{"answering", other_side(talk, said)},
          {"service", talk.service},
          {"procedure", talk.procedure},
          {"outcome", outcome},
          {"items", std::int64_t(talk.items.size())},
          {"ms", ms}};
}

Read read_of(const Exchange::State& state, const Talk& talk, const Conversation& said, const std::string& id,
             const std::string& person) {
  return {id,           person, false,      talk.to, talk.service, talk.procedure, talk.items, talk.reference, said.legal_basis,
          said.purpose, "ok",   state.now()};
}

json::object body_of(const Talk& talk, const Conversation& said, const std::string& outcome) {
  json::object body{
      {"reference", talk.reference}, {"items", json::value_from(talk.items)}, {"outcome", outcome}, {"question", kept(said.question)}};
  if (!said.carried) return body;
  body["answer"] = kept(said.carried->reply);
  body["peer_certificate"] = said.carried->peer.pem();
  if (!said.peer_receipt.empty() && said.peer_receipt.size() < 32768)
    body["peer_receipt"] = said.peer_receipt, body["peer_record"] = std::to_string(said.peer_record);
  return body;
}

// One record an outcome; with it the tokens of the answer are used up and the persons it is about get their row.
Result<std::uint64_t> record_asked(Exchange::State& state, db::Database& database, const Talk& talk, const Conversation& said,
                                   const std::string& outcome, const std::string& actor, std::int64_t ms, bool about_persons) {
  auto digests = TRY(state.token_digests(database, said.tokens));
  std::string id = random_id();
  return database.write([&](db::Transaction& tx) -> Result<std::uint64_t> {
    TRY(state.sweep_sometimes(tx));
    TRY(state.use_up(tx, digests));
    bool any = false;
    if (outcome == "ok" && about_persons) {
      std::vector<std::string> persons{talk.person};
      for (const auto& each : said.further) persons.push_back(each.person);
      std::sort(persons.begin(), persons.end());
      persons.erase(std::unique(persons.begin(), persons.end()), persons.end());
      for (const auto& person : persons)
        if (!person.empty()) TRY(store::put_read(tx, read_of(state, talk, said, id, person))), any = true;
    }
    std::string stream = any ? read_stream_of(id) : "exchange/asked/" + other_side(talk, said);
    return TRY(evidence::append(tx, {asked_type(), std::move(stream), actor.empty() ? std::string("exchange") : actor, "",
                                     head_facts(talk, said, outcome, ms), body_of(talk, said, outcome)}))
        .index;
  });
}

// The items that were asked for and no others; without them it is no answer.
Result<void> keep_items(const Talk& talk, Conversation& said) {
  const json::value* items = said.answer.if_contains("items");
  if (!items || !items->is_object()) return peer_lied(talk.to, {"項目がありません", "it holds no items"});
  json::object wanted;
  for (const auto& item : talk.items)
    if (const json::value* value = items->get_object().if_contains(item)) wanted[item] = *value;
  said.answer = json::object{{"items", std::move(wanted)}};
  return {};
}

// Records what came of it, once, also when the other side handed over tokens that were used before.
Result<std::uint64_t> conclude(Exchange::State& state, const Talk& talk, Conversation& said, Result<void>& done,
                               const std::string& actor, std::int64_t ms, bool about_persons) {
  auto database = TRY(state.options.database());
  auto record = [&] {
    return record_asked(state, *database, talk, said, done.ok() ? "ok" : outcome_of(done.error()), actor, ms, about_persons);
  };
  auto recorded = record();
  if (!done.ok() || recorded.ok() || recorded.error().name != "exchange.bad_token") return recorded;
  done = peer_lied(talk.to, {"札がすでに使われています", "its tokens were used before"});
  said.tokens.clear();
  return record();
}

}  // namespace

std::string random_id() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out;
  for (unsigned char byte : crypto::random_bytes(26)) out += kLetters[byte % 32];
  return out;
}

json::object kept(const Message& message) {
  json::object out{{"method", message.method}, {"authority", message.authority}, {"path", message.path}};
  keep(out, message.headers, message.body);
  return out;
}

json::object kept(const Reply& reply) {
  json::object out{{"status", reply.status}};
  keep(out, reply.headers, reply.body);
  return out;
}

Result<std::string> Exchange::State::own_kind(db::Reader& reader) {
  std::string held = kind.with([](std::string& kept) { return kept; });
  if (!held.empty()) return held;
  auto organisation = TRY(identity::organisation(reader));
  held = organisation ? organisation->kind : "unknown";
  if (organisation) kind.with([&](std::string& kept) { kept = held; });
  return held;
}

Member Exchange::State::own_member(const std::string& kind) const {
  Member own;
  own.id = self();
  own.kind = kind;
  own.root_pem = options.keys->root.pem();
  own.seal_key = to_base64(options.keys->seal_key->public_key());
  return own;
}

Result<std::string> Exchange::State::digest(db::Database& database, std::string_view label, std::string_view value) {
  std::string held = secret.with([](std::string& kept) { return kept; });
  if (held.empty()) {
    held = TRY(database.read([](db::Reader& reader) { return store::secret(reader); }));
    if (held.empty())
      held = TRY(database.write([](db::Transaction& tx) -> Result<std::string> {
        std::string there = TRY(store::secret(tx));  // another thread may have been first
        if (!there.empty()) return there;
        std::string made = crypto::random_bytes(32);
        TRY(store::put_secret(tx, made));
        return made;
      }));
    secret.with([&](std::string& kept) { kept = held; });
  }
  return std::string(crypto::bytes(crypto::hmac_sha256(held, std::string(label) + "\n" + std::string(value))));
}

Result<std::vector<std::pair<std::string, Time>>> Exchange::State::token_digests(db::Database& database,
                                                                                 const std::vector<Token>& tokens) {
  std::vector<std::pair<std::string, Time>> out;
  for (const auto& token : tokens)
    out.emplace_back(TRY(digest(database, "token", token.nonce)), Time{token.expires.us + 2 * kTokenSkew_us});
  return out;
}

Result<void> Exchange::State::sweep_sometimes(db::Transaction& tx) {
  constexpr std::uint64_t kEvery = 256;
  return recorded.fetch_add(1) % kEvery == 0 ? store::sweep(tx, now()) : Result<void>();
}

Result<void> Exchange::State::use_up(db::Transaction& tx, const std::vector<std::pair<std::string, Time>>& digests) {
  for (const auto& [digest, until] : digests) {
    if (TRY(store::is_used(tx, digest))) return bad_token({"すでに使われています", "it was used before"});
    TRY(store::use(tx, digest, until));
  }
  return {};
}

Result<std::vector<std::string>> Exchange::State::tokens_for(const Member& to, const std::vector<std::string>& persons,
                                                             std::int64_t deadline_ms) {
  if (to.id == self()) return persons;
  if (persons.empty() || to.kind == "linker") return std::vector<std::string>(persons.size());
  auto database = TRY(options.database());
  auto linker = TRY(database->read([](db::Reader& reader) { return store::member_of_kind(reader, "linker"); }));
  if (!linker) return unknown_member("linker");
  Conversation said;
  TRY(converse({linker->id, "link.token", "", "", "", {}, {}, {{"for", to.id}, {"persons", json::value_from(persons)}}, ""},
               deadline_ms, said));
  std::vector<std::string> tokens;
  const json::value* list = said.answer.if_contains("tokens");
  if (list && list->is_array())
    for (const auto& each : list->get_array())
      if (each.is_string()) tokens.emplace_back(view(each.get_string()));
  if (tokens.size() != persons.size()) return peer_lied(linker->id, {"札の数が合いません", "it made another number of tokens"});
  return tokens;
}

Result<void> Exchange::State::converse(const Talk& talk, std::int64_t deadline_ms, Conversation& out) {
  Stopwatch watch;
  auto database = TRY(options.database());
  Known known = TRY(known_for(*this, *database, talk.to));
  if (!known.member) return unknown_member(talk.to);
  out.known = true;
  std::vector<std::string> wanted = talk.service == "query" ? talk.items : std::vector<std::string>{"service:" + talk.service};
  Allowed allowed = TRY(
      decide(known.permits, {{self(), known.own_kind}, {talk.to, known.member->kind}, talk.procedure, wanted, text::jst_date(now())}));
  out.legal_basis = allowed.legal_basis;
  out.purpose = allowed.purpose;
  std::vector<std::string> persons = talk.further;
  if (!talk.person.empty()) persons.insert(persons.begin(), talk.person);
  auto tokens = TRY(tokens_for(*known.member, persons, deadline_ms));
  out.question = {
      "POST", trust::message_host(talk.to), "/exchange/" + talk.service, {}, json::serialize(message_of(talk, std::move(tokens)))};
  if (out.question.body.size() > kMessageLimit)
    return Error{
        Code::kTooLarge,
        "exchange.too_large",
        {"送る内容が 4 MiB を超えています。添付を減らしてください。", "The message is longer than 4 MiB. Reduce what is attached."},
        {}};
  out.question.headers.set("Content-Type", "application/json");
  TRY(sign_question(out.question, *options.keys->message_key, self(), random_id(), now()));
  std::int64_t left = deadline_ms - watch.ms();
  if (left <= 0) return peer_slow(talk.to, deadline_ms);
  out.carried = TRY(options.transport->carry(self(), *known.member, out.question, left));
  auto key = TRY(peers.verifier(out.carried->peer, *known.member, now()));
  auto stated = verify_answer(out.carried->reply, out.question, key, now());
  if (!stated.ok()) {
    if (stated.error().name == "exchange.clock_skew") return std::move(stated).error();
    return peer_lied(talk.to, {"署名が照会と結び付いていません", "its signature does not belong to the question"});
  }
  if (stated->keyid != talk.to)
    return peer_lied(talk.to, {"別の機関の名で署名されています", "it is signed in another organisation's name"});
  TRY(read_answer(out, talk.to, stated->created));
  return open_further(*this, known.linker, talk.to, out, parse_json(out.carried->reply.body, {kMessageLimit, 64})->get_object());
}

Exchange::Exchange(Options options) : state_(std::make_unique<State>(std::move(options))) {}
Exchange::~Exchange() = default;

const std::string& Exchange::organisation() const { return state_->self(); }
void Exchange::serve(std::string service, Service handler) { state_->services[std::move(service)] = std::move(handler); }
void Exchange::on_delivered(std::string service, Delivered delivered, Failed failed) {
  state_->callbacks[std::move(service)] = {std::move(delivered), std::move(failed)};
}
void Exchange::on_repeated(std::string service, std::function<json::object(json::object)> complete) {
  state_->repeated[std::move(service)] = std::move(complete);
}
void Exchange::offer(std::string item, Source source) { state_->sources[std::move(item)] = std::move(source); }

Result<Answer> Exchange::ask(const Question& question) {
  Talk talk{question.answering, "query", question.procedure, question.reference, question.person, {}, question.items, {}, ""};
  Stopwatch watch;
  Conversation said;
  auto done = state_->converse(talk, state_->options.deadline_ms, said);
  if (done.ok()) done = keep_items(talk, said);
  auto recorded = conclude(*state_, talk, said, done, question.actor, watch.ms(), true);
  if (!done.ok()) return std::move(done).error();
  Answer answer;
  answer.record = TRY(std::move(recorded));  // an answer that could not be recorded is not used
  answer.items = said.answer.at("items").get_object();
  answer.further = std::move(said.further);
  answer.at = said.at;
  answer.peer_receipt = std::move(said.peer_receipt);
  answer.peer_record = said.peer_record;
  answer.legal_basis = std::move(said.legal_basis);
  return answer;
}

Result<json::object> Exchange::call(const Outgoing& question, const std::string& actor, const std::string& procedure) {
  Talk talk{question.to, question.service, procedure, "", question.person, question.further, {}, question.body, ""};
  Stopwatch watch;
  Conversation said;
  auto done = state_->converse(talk, state_->options.deadline_ms, said);
  auto recorded = conclude(*state_, talk, said, done, actor, watch.ms(), false);
  if (!done.ok()) return std::move(done).error();
  TRY(std::move(recorded));
  return std::move(said.answer);
}

}  // namespace musubi::exchange
