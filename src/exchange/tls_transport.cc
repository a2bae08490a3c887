#include "exchange/tls_transport.h"

#include "exchange/rules.h"
#include "exchange/state.h"

namespace musubi::exchange {
namespace {

constexpr std::string_view kDomain = ".musubi.internal";
constexpr std::chrono::seconds kMembersFresh{2};  // how soon a new member's certificate is accepted
constexpr std::size_t kMostContexts = 5000;

http::TlsIdentity identity_of(const trust::OrganisationKeys& keys) { return {keys.message.pem(), keys.message_key_file}; }

Error of_transport(const Error& error, const Member& to, std::int64_t deadline_ms) {
  if (error.name == "tls.timeout") return peer_slow(to.id, deadline_ms);
  if (error.name == "tls.untrusted")
    return peer_lied(to.id, {"証明書が登録された認証局のものではありません", "its certificate does not lead to the root known here"});
  return peer_down(to.id, error.message.en);
}

std::optional<std::string> organisation_of(const std::string& host) {
  if (!std::string_view(host).ends_with(kDomain)) return std::nullopt;
  std::string id = host.substr(0, host.size() - kDomain.size());
  return db::Store::valid_id(id) ? std::optional(id) : std::nullopt;
}

http::TlsAnswer answer(Exchanges& exchanges, http::TlsRequest& request) {
  auto id = organisation_of(request.host);
  auto exchange = id ? exchanges.of(*id) : Result<Exchange*>(unknown_member(request.host));
  auto certificate = crypto::Certificate::from_der(request.peer_der);
  if (!exchange.ok() || !certificate.ok()) return {503, {}, "", ""};
  if (request.method != "POST") return {405, {}, "", ""};
  Message message{request.method, request.host, request.target, std::move(request.headers), std::move(request.body)};
  Reply reply = (*exchange)->receive(message, *certificate);
  return {reply.status, std::move(reply.headers), std::move(reply.body), ""};
}

}  // namespace

Result<std::shared_ptr<const http::TlsContext>> TlsTransport::context(const std::string& from, const Member& to) {
  std::string key = from + "\n" + to.id + "\n" + to.root_pem;
  auto held = contexts_.with([&](auto& all) { return all.contains(key) ? all[key] : nullptr; });
  if (held) return held;
  auto keys = TRY(keys_(from));
  auto made = TRY(http::TlsContext::create(identity_of(*keys), {to.root_pem}));
  contexts_.with([&](auto& all) {
    if (all.size() >= kMostContexts) all.clear();
    all[key] = made;
  });
  return made;
}

Result<Carried> TlsTransport::carry(const std::string& from, const Member& to, const Message& message, std::int64_t deadline_ms) {
  auto own = TRY(context(from, to));
  auto answered = client_.post(own, to.address, message.authority, message.path, message.headers, message.body, deadline_ms);
  if (!answered.ok()) return of_transport(answered.error(), to, deadline_ms);
  auto peer = crypto::Certificate::from_der(answered->peer_der);
  if (!peer.ok()) return peer_lied(to.id, peer.error().message);
  return Carried{{answered->status, std::move(answered->headers), std::move(answered->body)}, std::move(*peer)};
}

Listener::Listener(http::TlsServer::Options options, Exchanges& exchanges)
    : exchanges_(exchanges),
      server_(
          std::move(options), [this](const std::string& host) { return find(host); },
          [&exchanges](http::TlsRequest& request) { return answer(exchanges, request); }) {}

Result<std::shared_ptr<const http::TlsContext>> Listener::find(const std::string& host) {
  auto now = std::chrono::steady_clock::now();
  auto held = known_.with([&](auto& known) {
    auto at = known.find(host);
    return at != known.end() && now < at->second.until ? at->second.context : nullptr;
  });
  if (held) return held;
  auto id = organisation_of(host);
  if (!id) return unknown_member(host);
  Exchange* exchange = TRY(exchanges_.of(*id));
  auto database = TRY(exchange->state().options.database());
  std::vector<std::string> roots{exchange->state().options.keys->root.pem()};
  for (auto& member : TRY(database->read([](db::Reader& reader) { return members(reader); })))
    roots.push_back(std::move(member.root_pem));
  auto made = TRY(http::TlsContext::create(identity_of(*exchange->state().options.keys), roots));
  known_.with([&](auto& known) {
    if (known.size() >= kMostContexts) known.clear();
    known[host] = {made, now + kMembersFresh};
  });
  return made;
}

}  // namespace musubi::exchange
