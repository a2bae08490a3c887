// The answering side: who asks, may they, is it new; then the service, the record, the signed answer.
#include <algorithm>

#include "base/encoding.h"
#include "base/log.h"
#include "base/metrics.h"
#include "crypto/hash.h"
#include "evidence/log.h"
#include "evidence/receipt.h"
#include "exchange/state.h"
#include "exchange/store.h"
#include "http/problem.h"

namespace musubi::exchange {
namespace {

constexpr std::string_view kPath = "/exchange/";

// What may stand in a head.
bool is_word(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::string_view("._-").find(c) != std::string_view::npos;
  });
}

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

Error malformed() {
  return {Code::kMalformed,
          "exchange.malformed",
          {"メッセージの形が正しくありません。送る側のソフトウェアを確かめてください。",
           "The message is not well-formed. Check the sending software."},
          {}};
}

Error unknown_service(std::string_view name) {
  std::string service(name.substr(0, 60));
  return {Code::kNotFound,
          "exchange.unknown_service",
          {"サービス「" + service + "」はこの機関にありません。名前と、この機関の版を確かめてください。",
           "This organisation has no service \"" + service + "\". Check the name, and which version it runs."},
          {}};
}

Error repeated() {
  return {Code::kConflict,
          "exchange.repeated",
          {"この届けはすでに受け取っています。送り直す必要はありません。",
           "This delivery was taken before. There is no need to send it again."},
          {}};
}

// What is wrong inside is for our own log: it may name files and tables.
Error for_others(const Error& error, const std::string& organisation) {
  if (error.code != Code::kIo && error.code != Code::kCorrupt && error.code != Code::kInternal) return error;
  log::error("exchange.answer_failed", {{"organisation", organisation}, {"error", error.name}, {"why", error.message.en}});
  return {error.code,
          "exchange.failed",
          {"照会先の機関の中で問題が起きました。しばらくしてからもう一度送ってください。",
           "Something failed inside the organisation that was asked. Send it again later."},
          {}};
}

json::object error_json(const Error& error) {
  json::array faults;
  for (const auto& fault : error.faults)
    faults.push_back({{"where", fault.where}, {"ja", fault.message.ja}, {"en", fault.message.en}});
  return {{"error", {{"name", error.name}, {"ja", error.message.ja}, {"en", error.message.en}, {"faults", std::move(faults)}}}};
}

struct Asked {  // the body, taken apart
  std::string procedure, reference, delivery, person;
  std::vector<std::string> items, further;
  json::object body;
};

Result<Asked> parse_question(const std::string& text) {
  auto value = parse_json(text, {kMessageLimit, 64});
  if (!value.ok() || !value->is_object()) return malformed();
  Asked out;
  std::vector<Fault> faults;
  ObjectReader reader(*value, "", faults);
  const json::object& object = value->get_object();
  auto text_at = [&](std::string_view key, std::size_t limit) {
    const json::value* found = reader.find(key);
    if (!found) return std::string();
    if (!found->is_string() || found->get_string().size() > limit) reader.fault(key, {"文字列が要ります。", "A string is needed."});
    return found->is_string() ? std::string(view(found->get_string())) : std::string();
  };
  auto list = [&](std::string_view key, std::size_t limit, std::vector<std::string>& into) {
    reader.array(key, false, limit, [&](const json::value& each, std::string pointer) {
      if (each.is_string())
        into.emplace_back(view(each.get_string()));
      else
        faults.push_back({pointer, {"文字列が要ります。", "A string is needed."}});
    });
  };
  out.procedure = text_at("procedure", 80);
  out.reference = text_at("reference", 200);
  out.delivery = text_at("delivery", 80);
  out.person = text_at("person", 16384);
  list("items", kItemsAtMost, out.items);
  list("further", kFurtherAtMost, out.further);
  if (const json::value* body = reader.find("body"); body && body->is_object()) out.body = body->get_object();
  reader.finish();
  if (!faults.empty() || object.empty() || (!out.procedure.empty() && !is_word(out.procedure, 80))) return malformed();
  return out;
}

// One message on its way through.
class Reception {
 public:
  Reception(Exchange::State& state, const Message& message, const crypto::Certificate& sender)
      : state_(state), message_(message), sender_(sender) {}

  Result<json::object> run() {
    database_ = TRY(state_.options.database());
    TRY(identify());
    auto answer = serve();
    // A handler may have failed after it recorded: then nothing of its transaction stands.
    if (!answer.ok() && recorded_ && !TRY(database_->read([&](db::Reader& reader) { return store::is_used(reader, nonce_); })))
      recorded_.reset();
    if (recorded_) return answer;
    // What no handler recorded is recorded here: refusals, and services without a state of their own.
    auto written = record_plainly(answer.ok() ? "ok" : outcome_of(answer.error()), answer.ok() ? nullptr : &answer.error());
    if (answer.ok() && !written.ok()) return std::move(written).error();
    return answer.ok() ? finish(std::move(*answer)) : answer;
  }

 private:
  // Until here nothing is recorded: whoever cannot prove to be a member must not fill the log.
  Result<void> identify() {
    auto keyid = claimed_keyid(message_.headers);
    if (!keyid) return malformed();
    auto known = TRY(database_->read([&](db::Reader& reader) -> Result<std::pair<std::optional<Member>, std::optional<Member>>> {
      own_kind_ = TRY(state_.own_kind(reader));
      return std::pair(TRY(store::member(reader, *keyid)), TRY(store::member_of_kind(reader, "linker")));
    }));
    if (!known.first && *keyid == state_.self()) known.first = state_.own_member(own_kind_);
    if (!known.first) return unknown_member(*keyid);
    from_ = std::move(*known.first);
    linker_ = std::move(known.second);
    auto key = TRY(state_.peers.verifier(sender_, from_, state_.now()));
    stated_ = TRY(verify_question(message_, key, state_.now()));
    if (message_.authority != trust::message_host(state_.self()) || !message_.path.starts_with(kPath)) return malformed();
    service_ = message_.path.substr(kPath.size());
    if (!is_word(service_, 40)) return malformed();
    nonce_ = TRY(state_.digest(*database_, "nonce", from_.id + "\n" + stated_.nonce));
    return {};
  }

  Result<json::object> serve() {
    if (TRY(database_->read([&](db::Reader& reader) { return store::is_used(reader, nonce_); }))) return replayed();
    question_ = TRY(parse_question(message_.body));
    TRY(permit());
    incoming_.from = from_.id;
    incoming_.service = service_;
    incoming_.sent_at = stated_.created;
    incoming_.body = std::move(question_.body);
    if (auto earlier = TRY(taken_before())) return json::object(*earlier);
    TRY(open_tokens());
    incoming_.recorder = [this](db::Transaction& tx, json::object facts, const json::object& answer) {
      return record(tx, std::move(facts), answer);
    };
    if (service_ == "query") return query();
    if (service_ == "history") return history();
    auto handler = state_.services.find(service_);
    if (handler == state_.services.end()) return unknown_service(service_);
    auto answer = handler->second(incoming_);
    if (!answer.ok() && answer.error().name == "exchange.repeated")
      if (auto earlier = TRY(taken_before())) return json::object(*earlier);
    if (!answer.ok() || !recorded_) return answer;
    return finish(std::move(*answer));
  }

  Result<void> permit() {
    auto permits = TRY(database_->read(
        [&](db::Reader& reader) { return store::permits_between(reader, from_.id, from_.kind, state_.self(), own_kind_); }));
    std::vector<std::string> wanted = service_ == "query" ? question_.items : std::vector<std::string>{"service:" + service_};
    allowed_ = TRY(decide(
        permits, {{from_.id, from_.kind}, {state_.self(), own_kind_}, question_.procedure, wanted, text::jst_date(state_.now())}));
    return {};
  }

  // The answer of before, when this delivery was taken already; the new nonce is used up all the same.
  Result<std::optional<json::object>> taken_before() {
    if (question_.delivery.empty()) return std::optional<json::object>();
    delivery_ = TRY(state_.digest(*database_, "delivery", from_.id + "\n" + question_.delivery));
    auto found = TRY(database_->read([&](db::Reader& reader) { return store::taken(reader, delivery_); }));
    if (!found) return std::optional<json::object>();
    auto value = parse_json(*found, {kMessageLimit, 64});
    if (!value.ok() || !value->is_object()) return malformed();
    TRY(record_plainly("repeated"));
    auto complete = state_.repeated.find(service_);
    return std::optional(TRY(finish(complete == state_.repeated.end() ? value->get_object() : complete->second(value->get_object()))));
  }

  Result<void> open_tokens() {
    auto open = [&](const std::string& sealed) -> Result<std::string> {
      if (from_.id == state_.self()) return sealed;  // an organisation's own codes
      if (!linker_) return bad_token({"符号連携機関が登録されていません", "no linker is known here"});
      Token token =
          TRY(open_token(sealed, *state_.options.keys->seal_key, *linker_, state_.peers, state_.self(), from_.id, state_.now()));
      tokens_.push_back(token);
      return token.code;
    };
    if (!question_.person.empty()) incoming_.person = TRY(open(question_.person));
    for (const auto& sealed : question_.further) incoming_.further.push_back(TRY(open(sealed)));
    digests_ = TRY(state_.token_digests(*database_, tokens_));
    // Known before the handler does its work; decided again with the record.
    return database_->read([&](db::Reader& reader) -> Result<void> {
      for (const auto& [digest, until] : digests_)
        if (TRY(store::is_used(reader, digest))) return bad_token({"すでに使われています", "it was used before"});
      return {};
    });
  }

  Result<json::object> query() {
    std::vector<Fault> faults;
    for (const auto& item : question_.items)
      if (!state_.sources.contains(item))
        faults.push_back({item, {"項目「" + item + "」はこの機関にありません。", "This organisation has no item \"" + item + "\"."}});
    if (!faults.empty())
      return Error{
          Code::kNotFound,
          "exchange.unknown_item",
          {"この機関にない項目が照会されました。提供許可の項目名を確かめ、示された項目を除いて照会してください。",
           "Items were asked for that this organisation does not have. Check their names in the permit, and ask without those named."},
          std::move(faults)};
    json::object items;
    TRY(database_->read([&](db::Reader& reader) -> Result<void> {
      items.clear(), further_.clear();
      for (const auto& item : question_.items) items[item] = TRY(state_.sources.at(item)(reader, item, incoming_.person, further_));
      return {};
    }));
    if (further_.size() > kFurtherAtMost) return malformed();
    TRY(seal_further());
    about_persons_ = true;
    TRY(database_->write([&](db::Transaction& tx) {
      return record(tx, {{"procedure", question_.procedure}, {"items", std::int64_t(question_.items.size())}, {"outcome", "ok"}}, {});
    }));
    return finish({{"items", std::move(items)}});
  }

  // Reads of the person at this organisation, a page at a time, each with the proof that its record stands in the log and, where
  // nobody's code stands in it, what its head says. Bodies stay here.
  Result<json::object> history() {
    const json::value* wanted = incoming_.body.if_contains("page");
    std::uint32_t page = wanted && wanted->is_int64() ? std::uint32_t(std::clamp<std::int64_t>(wanted->get_int64(), 1, 100'000)) : 1;
    const json::value* kind = incoming_.body.if_contains("kind");
    ReadKind only = kind && kind->is_string() ? read_kind_from(view(kind->get_string())) : ReadKind::kAll;
    std::uint64_t total = 0;
    using Found = std::vector<std::pair<Read, std::optional<evidence::Record>>>;
    auto found = TRY(database_->read([&](db::Reader& reader) -> Result<Found> {
      Found out;
      auto some = TRY(reads_page(reader, incoming_.person, only, page, kReadsAPage));
      total = some.total;
      for (auto& read : some.reads) {
        auto records = TRY(evidence::read_stream(reader, read_stream_of(read.id), 1, 1));
        out.emplace_back(std::move(read), records.empty() ? std::nullopt : std::optional(std::move(records[0])));
      }
      return out;
    }));
    json::array reads;
    for (const auto& [read, record] : found) reads.push_back(read_json(read, record));
    TRY(database_->write([&](db::Transaction& tx) {
      return record(tx, {{"outcome", "ok"}, {"items", std::int64_t(reads.size())}}, {});
    }));
    return finish(
        {{"reads", std::move(reads)}, {"total", std::int64_t(total)}, {"page", page}, {"per_page", std::int64_t(kReadsAPage)}});
  }

  // A head names who acted. Whoever has a code here (an officer, a resident) is not told to other organisations by it.
  bool may_travel(const evidence::Record& record) const {
    auto head = parse_json(record.head);
    const json::value* actor = head.ok() && head->is_object() ? head->get_object().if_contains("actor") : nullptr;
    return record.type.starts_with("exchange.") && actor && actor->is_string() &&
           (actor->get_string() == "exchange" || view(actor->get_string()) == state_.self());
  }

  json::object read_json(const Read& read, const std::optional<evidence::Record>& record) {
    json::object one{{"at", read.at.rfc3339()},
                     {"peer", read.peer},
                     {"answered", read.incoming},
                     {"officer", read.service == kOfficerService},
                     {"procedure", read.procedure},
                     {"outcome", read.outcome},
                     {"items", json::value_from(read.items)},
                     {"legal_basis", {{"ja", read.legal_basis.ja}, {"en", read.legal_basis.en}}},
                     {"purpose", {{"ja", read.purpose.ja}, {"en", read.purpose.en}}}};
    if (!record) return one;
    one["record"] = std::to_string(record->index);
    auto receipt = evidence::Log::of(*database_).receipt(record->index);
    if (receipt.ok()) one["receipt"] = *receipt;
    if (!may_travel(*record)) return one;
    one["head"] = record->head;
    one["head_salt"] = to_base64(record->head_salt);
    one["body_commitment"] = to_base64(record->body_commitment);
    return one;
  }

  Result<void> seal_further() {
    std::vector<std::string> persons;
    for (const auto& each : further_) persons.push_back(each.person);
    auto tokens = TRY(state_.tokens_for(from_, persons, state_.options.deadline_ms / 2));
    for (std::size_t i = 0; i < further_.size(); ++i) further_json_.push_back({{"index", further_[i].index}, {"person", tokens[i]}});
    return {};
  }

  // The replay guard, the rows of those concerned and the record: one transaction with what the handler does.
  Result<evidence::Appended> record(db::Transaction& tx, json::object facts, const json::object& answer) {
    if (TRY(store::is_used(tx, nonce_))) return replayed();
    if (!delivery_.empty() && TRY(store::taken(tx, delivery_))) return repeated();
    TRY(state_.sweep_sometimes(tx));
    TRY(store::use(tx, nonce_, guard_until()));
    TRY(state_.use_up(tx, digests_));
    std::string outcome =
        facts.contains("outcome") && facts["outcome"].is_string() ? std::string(view(facts["outcome"].get_string())) : "ok";
    if (!delivery_.empty() && outcome == "ok") TRY(store::take(tx, delivery_, json::serialize(answer), state_.now()));
    std::string id = random_id();
    bool any = false;
    if (about_persons_) any = TRY(put_reads(tx, id, outcome));
    json::object head{{"asking", from_.id},
                      {"service", service_},
                      {"procedure", question_.procedure},
                      {"outcome", outcome},
                      {"items", std::int64_t(question_.items.size())},
                      {"ms", watch_.ms()}};
    for (const char* name : {"procedure", "items"})
      if (facts.contains(name)) head[name] = facts[name];
    json::object body{
        {"question", kept(message_)}, {"certificate", sender_.pem()}, {"reference", question_.reference}, {"facts", std::move(facts)}};
    auto appended = TRY(evidence::append(tx, {answered_type(), any ? read_stream_of(id) : "exchange/answered/" + from_.id, "exchange",
                                              "", std::move(head), std::move(body)}));
    recorded_ = appended.index;
    return appended;
  }

  // Without the case: the asking side knows it by that very value, and it would join the rows of both. It stands in the body.
  Result<bool> put_reads(db::Transaction& tx, const std::string& id, const std::string& outcome) {
    std::vector<std::string> persons{incoming_.person};
    for (const auto& each : further_) persons.push_back(each.person);
    std::sort(persons.begin(), persons.end());
    persons.erase(std::unique(persons.begin(), persons.end()), persons.end());
    bool any = false;
    for (const auto& person : persons) {
      if (person.empty()) continue;
      TRY(store::put_read(tx, {id, person, true, from_.id, service_, question_.procedure, question_.items, "", allowed_.legal_basis,
                               allowed_.purpose, outcome, state_.now()}));
      any = true;
    }
    return any;
  }

  // A refusal, or a service that keeps nothing: the record alone. A replayed nonce is in use already.
  Result<void> record_plainly(const std::string& outcome, const Error* why = nullptr) {
    auto written = database_->write([&](db::Transaction& tx) -> Result<evidence::Appended> {
      TRY(state_.sweep_sometimes(tx));
      if (!TRY(store::is_used(tx, nonce_))) TRY(store::use(tx, nonce_, guard_until()));
      json::object head{{"asking", from_.id},
                        {"service", service_},
                        {"procedure", question_.procedure},
                        {"outcome", outcome},
                        {"items", std::int64_t(question_.items.size())},
                        {"ms", watch_.ms()}};
      // What comes again is kept when it is taken: a form that waits for a neighbour would else stand here once for each attempt.
      bool again = why && why->code == Code::kUnavailable;
      json::object body{{"certificate", sender_.pem()}};
      if (again)
        body["digest"] = to_base64(crypto::bytes(crypto::sha256(message_.body)));
      else
        body["question"] = kept(message_);
      if (why) body["refused"] = json::object{{"name", why->name}, {"ja", why->message.ja}, {"en", why->message.en}};
      return evidence::append(tx,
                              {answered_type(), "exchange/answered/" + from_.id, "exchange", "", std::move(head), std::move(body)});
    });
    if (!written.ok()) return std::move(written).error();
    recorded_ = written->index;
    return {};
  }

  Result<json::object> finish(json::object answer) {
    json::object out{{"answer", std::move(answer)},
                     {"legal_basis", {{"ja", allowed_.legal_basis.ja}, {"en", allowed_.legal_basis.en}}}};
    if (!further_json_.empty()) out["further"] = std::move(further_json_);
    if (recorded_) {
      out["record"] = std::to_string(*recorded_);
      auto receipt = evidence::Log::of(*database_).receipt(*recorded_);
      if (receipt.ok()) out["receipt"] = *receipt;
    }
    return out;
  }

  Time guard_until() const { return Time{stated_.created.us + (kLifetime_s + 3 * kSkew_s) * 1'000'000}; }

  Exchange::State& state_;
  const Message& message_;
  const crypto::Certificate& sender_;
  Stopwatch watch_;
  std::shared_ptr<db::Database> database_;
  std::string own_kind_, service_, nonce_, delivery_;
  Member from_;
  std::optional<Member> linker_;
  Stated stated_;
  Asked question_;
  Incoming incoming_;
  Allowed allowed_;
  std::vector<Token> tokens_;
  std::vector<std::pair<std::string, Time>> digests_;
  std::vector<Further> further_;
  json::array further_json_;
  bool about_persons_ = false;
  std::optional<std::uint64_t> recorded_;
};

metrics::Counter& answered_total(bool ok) {
  static auto& good = metrics::counter("exchange_answered_total", "Questions of other organisations, by outcome.", "outcome=\"ok\"");
  static auto& refused =
      metrics::counter("exchange_answered_total", "Questions of other organisations, by outcome.", "outcome=\"refused\"");
  return ok ? good : refused;
}

}  // namespace

Reply Exchange::receive(const Message& message, const crypto::Certificate& sender) {
  auto answer = Reception(*state_, message, sender).run();
  answered_total(answer.ok()).add();
  Reply reply;
  reply.status = answer.ok() ? 200 : http::status_of(answer.error());
  reply.body = json::serialize(answer.ok() ? *answer : error_json(for_others(answer.error(), state_->self())));
  reply.headers.set("Content-Type", "application/json");
  // Unsigned where the question bore no signature: there is nothing to tie the answer to.
  if (claimed_keyid(message.headers))
    static_cast<void>(sign_answer(reply, message, *state_->options.keys->message_key, state_->self(), state_->now()).ok());
  return reply;
}

}  // namespace musubi::exchange
