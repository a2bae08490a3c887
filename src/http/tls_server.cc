#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "base/metrics.h"
#include "http/pool.h"
#include "http/tls_stream.h"
#include "http/wire.h"

namespace musubi::http {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  int get() const { return fd_; }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

Error cannot_listen(const char* name, const std::string& address, std::uint16_t port, const std::string& ja, const std::string& en) {
  std::string at = address + ":" + std::to_string(port);
  return {Code::kInvalid, name, {at + " " + ja, at + " " + en}, {}};
}

std::optional<std::pair<sockaddr_storage, socklen_t>> address_of(const std::string& text, std::uint16_t port) {
  sockaddr_storage storage{};
  auto* four = reinterpret_cast<sockaddr_in*>(&storage);
  auto* six = reinterpret_cast<sockaddr_in6*>(&storage);
  if (::inet_pton(AF_INET, text.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    return std::pair(storage, socklen_t(sizeof *four));
  }
  if (::inet_pton(AF_INET6, text.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    return std::pair(storage, socklen_t(sizeof *six));
  }
  return std::nullopt;
}

class Act final : public Task {
 public:
  explicit Act(std::function<void()> act) : act_(std::move(act)) {}
  void run(std::shared_ptr<Task>) override { act_(); }

 private:
  std::function<void()> act_;
};

}  // namespace

struct TlsServer::State {
  State(Options options, Find find, Handler handler) : options(std::move(options)), find(std::move(find)), handler(std::move(handler)) {}

  struct Idle {
    std::unique_ptr<TlsStream> stream;
    Deadline until;
  };

  Options options;
  Find find;
  Handler handler;
  Descriptor listener, waker;
  std::unique_ptr<Pool> handshakes, workers;
  std::thread watcher;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> open{0};
  std::mutex mutex;
  std::map<int, Idle> idle;  // by socket
  metrics::Counter& refused = metrics::counter("exchange_tls_refused_total", "Connections that showed no good certificate or came too late.");

  void wake() {
    std::uint64_t one = 1;
    static_cast<void>(::write(waker.get(), &one, sizeof one));
  }

  void end(std::unique_ptr<TlsStream> stream) {
    stream->say_goodbye();
    stream.reset();
    --open;
  }
  // With bytes of the other end perhaps unread.
  void end_early(std::unique_ptr<TlsStream> stream) {
    stream->say_goodbye();
    stream->drain(deadline_in(options.drain_ms));
    stream.reset();
    --open;
  }

  void rest(std::unique_ptr<TlsStream> stream) {
    int fd = stream->fd();
    {
      std::lock_guard lock(mutex);
      idle.insert_or_assign(fd, Idle{std::move(stream), deadline_in(options.idle_ms)});
    }
    wake();
  }

  void accept_all() {
    while (true) {
      int fd = ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      if (stopping || open >= options.max_connections) {
        ::close(fd);
        continue;
      }
      ++open;
      int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      // Shared only because a task must be copyable; one owner at a time.
      auto stream = std::make_shared<std::unique_ptr<TlsStream>>(TlsStream::server(fd, find));
      bool taken = handshakes->submit(std::make_shared<Act>([this, stream] { greet(std::move(*stream)); }));
      if (!taken) end(std::move(*stream));
    }
  }

  void greet(std::unique_ptr<TlsStream> stream) {
    if (stream->handshake(deadline_in(options.handshake_ms)) != TlsStep::kDone) {
      refused.add();
      return end_early(std::move(stream));
    }
    rest(std::move(stream));
  }

  // The watcher: listener, waker, idle connections. Those that speak go to a worker, those that rest too long end.
  void watch() {
    while (!stopping) {
      std::vector<pollfd> entries{{listener.get(), POLLIN, 0}, {waker.get(), POLLIN, 0}};
      {
        std::lock_guard lock(mutex);
        for (const auto& [fd, held] : idle) entries.push_back({fd, POLLIN, 0});
      }
      if (::poll(entries.data(), entries.size(), 1000) < 0 && errno != EINTR) break;
      if (entries[1].revents) {
        std::uint64_t count = 0;
        static_cast<void>(::read(waker.get(), &count, sizeof count));
      }
      if (entries[0].revents) accept_all();
      for (std::size_t i = 2; i < entries.size(); ++i)
        if (entries[i].revents) hand_over(entries[i].fd);
      end_old();
    }
  }

  void hand_over(int fd) {
    auto stream = std::make_shared<std::unique_ptr<TlsStream>>();
    {
      std::lock_guard lock(mutex);
      auto found = idle.find(fd);
      if (found == idle.end()) return;
      *stream = std::move(found->second.stream);
      idle.erase(found);
    }
    bool taken = workers->submit(std::make_shared<Act>([this, stream] { converse(std::move(*stream)); }));
    if (!taken) end(std::move(*stream));
  }

  void end_old() {
    std::vector<std::unique_ptr<TlsStream>> old;
    {
      std::lock_guard lock(mutex);
      for (auto at = idle.begin(); at != idle.end();) {
        if (at->second.until > std::chrono::steady_clock::now()) ++at;
        else old.push_back(std::move(at->second.stream)), at = idle.erase(at);
      }
    }
    for (auto& stream : old) end(std::move(stream));
  }

  TlsStep answer(TlsStream& stream, int status, const Headers& headers, std::string_view body, bool close) {
    return stream.write(wire::write_answer(status, headers, body, close), deadline_in(options.write_ms));
  }
  void refuse(std::unique_ptr<TlsStream> stream, int status) {
    answer(*stream, status, {}, "", true);
    end_early(std::move(stream));
  }

  // One request after the other while bytes are here; then the connection rests again.
  void converse(std::unique_ptr<TlsStream> stream) {
    std::string bytes;
    while (true) {
      Deadline deadline = deadline_in(options.request_ms);
      std::optional<std::size_t> size;
      TlsStep step = TlsStep::kDone;
      while (step == TlsStep::kDone && !(size = wire::head_size(bytes))) {
        if (bytes.size() > wire::kHeadLimit) return refuse(std::move(stream), 431);
        step = stream->read(bytes, deadline);
      }
      if (step == TlsStep::kLate && !bytes.empty()) return refuse(std::move(stream), 408);
      if (step != TlsStep::kDone) return end(std::move(stream));
      auto head = wire::parse_request(std::string_view(bytes).substr(0, *size));
      if (!head) return refuse(std::move(stream), 400);
      if (head->length > options.body_limit) return refuse(std::move(stream), 413);
      bytes.erase(0, *size);
      while (step == TlsStep::kDone && bytes.size() < head->length) step = stream->read(bytes, deadline);
      if (step == TlsStep::kLate) return refuse(std::move(stream), 408);
      if (step != TlsStep::kDone) return end(std::move(stream));
      std::string body = bytes.substr(0, head->length);
      bytes.erase(0, head->length);
      if (!respond(*stream, *head, std::move(body))) return end(std::move(stream));
      if (bytes.empty() && !stream->buffered()) return rest(std::move(stream));
    }
  }

  // False when the connection ends.
  bool respond(TlsStream& stream, wire::Head& head, std::string body) {
    TlsRequest request{std::move(head.method), std::move(head.target), stream.host(), std::move(head.headers), std::move(body), stream.peer_der()};
    std::string host(request.headers.get("Host"));
    if (!same_name(host, request.host)) return answer(stream, 421, {}, "", true), false;
    for (const char* name : {"Host", "Content-Length", "Connection"}) request.headers.remove(name);
    TlsAnswer answered = handler(request);
    bool close = stopping || !head.keep_alive;
    return answer(stream, answered.status, answered.headers, answered.body, close) == TlsStep::kDone && !close;
  }

  Result<std::uint16_t> listen() {
    auto address = address_of(options.address, options.port);
    if (!address) return cannot_listen("http.address", options.address, options.port, "は IP アドレスではありません。", "is not an IP address.");
    listener.reset(::socket(address->first.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    int on = 1;
    ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool bound = ::bind(listener.get(), reinterpret_cast<sockaddr*>(&address->first), address->second) == 0 && ::listen(listener.get(), 512) == 0;
    if (!bound && errno == EADDRINUSE)
      return cannot_listen("http.port_taken", options.address, options.port, "は別のプログラムが使っています。別のポート番号を選ぶか、そのプログラムを終えてください。",
                           "is used by another program. Choose another port or stop that program.");
    if (!bound && errno == EACCES)
      return cannot_listen("http.port_forbidden", options.address, options.port, "を開く権限がありません。1024 以上のポート番号を選んでください。",
                           "may not be opened by this user. Choose a port from 1024 up.");
    if (!bound)
      return cannot_listen("http.address", options.address, options.port, "で待ち受けることができません。この機械のアドレスか確かめてください。",
                           "cannot be listened on. Check that it is an address of this machine.");
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&own), &size);
    return ntohs(own.ss_family == AF_INET ? reinterpret_cast<sockaddr_in*>(&own)->sin_port : reinterpret_cast<sockaddr_in6*>(&own)->sin6_port);
  }
};

TlsServer::TlsServer(Options options, Find find, Handler handler) : state_(std::make_unique<State>(std::move(options), std::move(find), std::move(handler))) {}
TlsServer::~TlsServer() { stop(); }

Result<std::uint16_t> TlsServer::start() {
  State& s = *state_;
  CHECK(!s.watcher.joinable());
  std::uint16_t port = TRY(s.listen());
  s.waker.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  s.handshakes = std::make_unique<Pool>(s.options.handshakes, s.options.queue);
  s.workers = std::make_unique<Pool>(s.options.workers, s.options.queue);
  s.watcher = std::thread([&s] { s.watch(); });
  log::info("exchange.listening", {{"address", s.options.address}, {"port", std::int64_t(port)}});
  return port;
}

void TlsServer::stop() {
  State& s = *state_;
  if (s.stopping.exchange(true) || !s.watcher.joinable()) return;
  s.wake();
  s.watcher.join();
  s.handshakes->stop();
  s.workers->stop();
  s.listener.reset();
  s.idle.clear();
}

}  // namespace musubi::http
