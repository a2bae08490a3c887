#include "exchange/linking.h"

#include "base/encoding.h"
#include "exchange/state.h"
#include "exchange/store.h"

namespace musubi::exchange {
namespace {

constexpr std::string_view kToken = "link.token", kResolve = "link.resolve", kAssign = "link.assign";

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

Error malformed() {
  return {Code::kMalformed,
          "exchange.malformed",
          {"符号連携への依頼の形が正しくありません。", "The question to the linker is not well-formed."},
          {}};
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(view(value->get_string())) : std::string();
}

Result<std::vector<std::string>> codes_of(const json::object& body) {
  std::vector<std::string> codes;
  const json::value* list = body.if_contains("persons");
  if (!list || !list->is_array() || list->get_array().empty() || list->get_array().size() > kFurtherAtMost + 1) return malformed();
  for (const auto& each : list->get_array()) {
    if (!each.is_string() || each.get_string().size() > 64) return malformed();
    codes.emplace_back(view(each.get_string()));
  }
  return codes;
}

// Codes are translated and recorded in one transaction; signing and sealing happen after it.
Result<json::object> answer_token(Exchange::State& state, const LinkerCore& core, Incoming& incoming) {
  auto codes = TRY(codes_of(incoming.body));
  std::string recipient = text_of(incoming.body, "for");
  auto database = TRY(state.options.database());
  std::optional<Member> to;
  auto theirs = TRY(database->write([&](db::Transaction& tx) -> Result<std::vector<std::string>> {
    to = TRY(store::member(tx, recipient));
    if (!to) return unknown_member(recipient);
    auto translated = TRY(core.translate(tx, incoming.from, recipient, codes));
    TRY(incoming.record(tx, {{"outcome", "ok"}, {"items", std::int64_t(codes.size())}}));
    return translated;
  }));
  auto seal = from_base64(to->seal_key);
  if (!seal) return unknown_member(recipient);
  json::array tokens;
  for (const auto& code : theirs)
    tokens.emplace_back(TRY(make_token({code, recipient, incoming.from, random_id(), Time{state.now().us + kTokenLife_us}},
                                       *state.options.keys->message_key, state.options.keys->message, *seal)));
  return json::object{{"tokens", std::move(tokens)}};
}

Result<json::object> answer_resolve(Exchange::State& state, const LinkerCore& core, Incoming& incoming) {
  auto der = from_base64(text_of(incoming.body, "certificate"));
  if (!der) return malformed();
  auto card = TRY(crypto::Certificate::from_der(*der));
  auto database = TRY(state.options.database());
  auto linked = TRY(database->write([&](db::Transaction& tx) -> Result<LinkedCard> {
    auto found = TRY(core.resolve(tx, incoming.from, card));
    TRY(incoming.record(tx, {{"outcome", "ok"}}));
    return found;
  }));
  json::object answer{{"code", linked.code}, {"state", linked.state}};
  if (linked.ended_at) answer["ended_at"] = linked.ended_at->rfc3339();
  return answer;
}

Result<json::object> answer_assign(Exchange::State& state, const LinkerCore& core, Incoming& incoming) {
  auto database = TRY(state.options.database());
  auto code = TRY(database->write([&](db::Transaction& tx) -> Result<std::string> {
    auto made = TRY(core.assign(tx, incoming.from));
    TRY(incoming.record(tx, {{"outcome", "ok"}}));
    return made;
  }));
  return json::object{{"code", code}};
}

Result<std::string> linker_of(Exchange& exchange) {
  auto database = TRY(exchange.state().options.database());
  auto linker = TRY(database->read([](db::Reader& reader) { return store::member_of_kind(reader, "linker"); }));
  if (!linker) return unknown_member("linker");
  return linker->id;
}

Error odd_answer() { return peer_lied("linker", {"答えの形が違います", "the answer has another form"}); }

}  // namespace

void be_linker(Exchange& exchange, LinkerCore core) {
  auto shared = std::make_shared<const LinkerCore>(std::move(core));
  Exchange::State& state = exchange.state();
  exchange.serve(std::string(kToken), [&state, shared](Incoming& incoming) { return answer_token(state, *shared, incoming); });
  exchange.serve(std::string(kResolve), [&state, shared](Incoming& incoming) { return answer_resolve(state, *shared, incoming); });
  exchange.serve(std::string(kAssign), [&state, shared](Incoming& incoming) { return answer_assign(state, *shared, incoming); });
}

Result<LinkedCard> resolve_card(Exchange& exchange, const crypto::Certificate& card, const std::string& actor) {
  std::string linker = TRY(linker_of(exchange));
  auto answer = TRY(exchange.call({linker, std::string(kResolve), "", {}, {{"certificate", to_base64(card.der())}}, ""}, actor));
  LinkedCard linked{text_of(answer, "code"), text_of(answer, "state"), {}};
  if (auto at = parse_rfc3339(text_of(answer, "ended_at")); at.ok()) linked.ended_at = *at;
  if (linked.code.empty() || linked.state.empty()) return odd_answer();
  return linked;
}

Result<std::string> assign_person(Exchange& exchange, const std::string& actor) {
  std::string linker = TRY(linker_of(exchange));
  auto answer = TRY(exchange.call({linker, std::string(kAssign), "", {}, {}, ""}, actor));
  std::string code = text_of(answer, "code");
  if (code.empty()) return odd_answer();
  return code;
}

}  // namespace musubi::exchange
