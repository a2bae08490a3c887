#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <mutex>

#include "base/away.h"
#include "http/tls_stream.h"
#include "http/wire.h"

namespace musubi::http {
namespace {

Error failure(const char* name, const std::string& address, const Text& why) {
  return {Code::kUnavailable,
          name,
          {address + " との通信に失敗しました（" + why.ja + "）。", "Talking to " + address + " failed (" + why.en + ")."},
          {}};
}

Error error_of(TlsStep step, const std::string& address) {
  switch (step) {
    case TlsStep::kLate: return failure("tls.timeout", address, {"時間内に答えがありません", "no answer in time"});
    case TlsStep::kUntrusted:
      return failure("tls.untrusted", address,
                     {"相手の証明書が登録されたものではありません", "the other end's certificate is not one known here"});
    case TlsStep::kRefused:
      return failure("tls.refused", address,
                     {"相手がこちらの証明書を受け入れません", "the other end does not accept the certificate shown"});
    default:
      return failure("tls.broken", address, {"答えが途中で切れたか、形が違います", "the answer was cut short or has another form"});
  }
}

struct Place {
  std::string host, port;
};

std::optional<Place> place_of(const std::string& address) {
  if (!address.starts_with("https://")) return std::nullopt;
  std::string authority = address.substr(8, address.find('/', 8) - 8);
  auto colon = authority.rfind(':');
  bool has_port = colon != authority.npos && authority.find(']', colon) == authority.npos;
  Place place{has_port ? authority.substr(0, colon) : authority, has_port ? authority.substr(colon + 1) : "443"};
  if (place.host.starts_with('[') && place.host.ends_with(']')) place.host = place.host.substr(1, place.host.size() - 2);
  return place.host.empty() || place.port.empty() ? std::nullopt : std::optional(std::move(place));
}

// A connected socket that does not block, or -1 and why. Looking a name up may take longer than the deadline.
int connect_to(const Place& place, Deadline deadline, bool& late, std::string& why) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (int code = ::getaddrinfo(place.host.c_str(), place.port.c_str(), &hints, &found); code != 0) {
    why = ::gai_strerror(code);
    return -1;
  }
  int fd = -1;
  for (auto* at = found; at && fd < 0; at = at->ai_next) {
    fd = ::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, at->ai_protocol);
    if (fd < 0) continue;
    bool going = ::connect(fd, at->ai_addr, at->ai_addrlen) == 0 || errno == EINPROGRESS;
    int error = going ? 0 : errno;
    socklen_t size = sizeof error;
    late = going && !wait_for(fd, POLLOUT, deadline);
    if (going && !late) ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (!late && error == 0) break;
    why = std::strerror(error);
    ::close(fd);
    fd = -1;
  }
  ::freeaddrinfo(found);
  int on = 1;
  if (fd >= 0) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

struct Exchanged {
  TlsStep step = TlsStep::kBroken;
  bool anything_came = false;  // a byte of an answer: the request must not be sent again
  bool keep = false;
  TlsAnswer answer;
};

Exchanged exchange(TlsStream& stream, const std::string& request, std::size_t body_limit, Deadline deadline) {
  Exchanged out;
  out.step = stream.write(request, deadline);
  std::string bytes;
  // A server that ends early has said why before it closed.
  if (out.step == TlsStep::kBroken && stream.read(bytes, deadline) == TlsStep::kRefused) out.step = TlsStep::kRefused;
  out.anything_came = !bytes.empty();
  std::optional<std::size_t> size;
  while (out.step == TlsStep::kDone && !(size = wire::head_size(bytes))) {
    if (bytes.size() > wire::kHeadLimit) return out.step = TlsStep::kBroken, out;
    out.step = stream.read(bytes, deadline);
    out.anything_came = !bytes.empty();
  }
  if (out.step != TlsStep::kDone) return out;
  auto head = wire::parse_answer(std::string_view(bytes).substr(0, *size));
  if (!head || head->length > body_limit) return out.step = TlsStep::kBroken, out;
  bytes.erase(0, *size);
  while (out.step == TlsStep::kDone && bytes.size() < head->length) out.step = stream.read(bytes, deadline);
  if (out.step != TlsStep::kDone) return out;
  if (bytes.size() != head->length) return out.step = TlsStep::kBroken, out;
  out.keep = head->keep_alive;
  out.answer = {head->status, std::move(head->headers), std::move(bytes), stream.peer_der()};
  return out;
}

}  // namespace

struct TlsClient::State {
  using Key = std::pair<std::shared_ptr<const TlsContext>, std::string>;
  std::size_t body_limit, idle_limit;
  std::mutex mutex;
  std::multimap<Key, std::unique_ptr<TlsStream>> idle;

  std::unique_ptr<TlsStream> take(const Key& key) {
    std::lock_guard lock(mutex);
    while (true) {
      auto found = idle.find(key);
      if (found == idle.end()) return nullptr;
      auto stream = std::move(found->second);
      idle.erase(found);
      if (!stream->is_stale()) return stream;
    }
  }
  void keep(const Key& key, std::unique_ptr<TlsStream> stream) {
    std::lock_guard lock(mutex);
    if (idle.size() >= idle_limit) idle.erase(idle.begin());
    idle.emplace(key, std::move(stream));
  }
};

TlsClient::TlsClient(std::size_t body_limit, std::size_t idle_limit) : state_(std::make_unique<State>()) {
  state_->body_limit = body_limit;
  state_->idle_limit = idle_limit;
}
TlsClient::~TlsClient() = default;

Result<TlsAnswer> TlsClient::post(const std::shared_ptr<const TlsContext>& context, const std::string& address,
                                  const std::string& host, const std::string& target, const Headers& headers, const std::string& body,
                                  std::int64_t deadline_ms) {
  auto place = place_of(address);
  if (!place)
    return failure("tls.unreachable", address,
                   {"アドレスは https://host:port の形です", "the address has the form https://host:port"});
  Deadline deadline = deadline_in(deadline_ms);
  Away away;
  State::Key key{context, address + "\n" + host};
  std::string request = wire::write_request("POST", target, host, headers, body);
  for (auto stream = state_->take(key); stream; stream = state_->take(key)) {
    Exchanged done = exchange(*stream, request, state_->body_limit, deadline);
    if (done.step == TlsStep::kDone) {
      if (done.keep) state_->keep(key, std::move(stream));
      return std::move(done.answer);
    }
    // The other end may have closed it at that very moment; a message is taken once in any case.
    if (done.anything_came || done.step == TlsStep::kLate) return error_of(done.step, address);
  }
  bool late = false;
  std::string why;
  int fd = connect_to(*place, deadline, late, why);
  if (fd < 0) return late ? error_of(TlsStep::kLate, address) : failure("tls.unreachable", address, {why, why});
  auto stream = TlsStream::client(fd, context, host);
  TlsStep step = stream->handshake(deadline);
  if (step != TlsStep::kDone) return error_of(step, address);
  Exchanged done = exchange(*stream, request, state_->body_limit, deadline);
  if (done.step != TlsStep::kDone) return error_of(done.step, address);
  if (done.keep) state_->keep(key, std::move(stream));
  return std::move(done.answer);
}

}  // namespace musubi::http
