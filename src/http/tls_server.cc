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

constexpr int kLook_ms = 200;  // how late a connection may be ended

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
  State(Options options, Find find, Handler handler)
      : options(std::move(options)), find(std::move(find)), handler(std::move(handler)) {}

  // Of one owner at a time: the table of those that are watched, or the task that looks after it.
  struct Connection {
    enum Phase { kGreeting, kResting, kAsking, kLeaving };
    std::unique_ptr<TlsStream> stream;
    Phase phase = kGreeting;
    Deadline until;
    std::string bytes;               // come and not used yet
    std::optional<wire::Head> head;  // of the request that comes
    std::size_t reserved = 0;        // of its body
  };
  using Held = std::shared_ptr<Connection>;

  Options options;
  Find find;
  Handler handler;
  Descriptor listener, waker;
  std::unique_ptr<Pool> handshakes, workers;
  std::thread watcher;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> open{0};
  std::atomic<std::size_t> reserved{0};  // bytes of bodies that come or are worked on
  std::mutex mutex;
  std::map<int, Held> watched;  // by socket
  metrics::Counter& refused =
      metrics::counter("exchange_tls_refused_total", "Connections that showed no good certificate or came too late.");

  void wake() {
    std::uint64_t one = 1;
    static_cast<void>(::write(waker.get(), &one, sizeof one));
  }

  void end(const Held& held) {
    held->stream->say_goodbye();
    drop(held);
  }
  void drop(const Held& held) {
    release(*held);
    held->stream.reset();
    --open;
  }
  // With bytes of the other end perhaps unread: what still comes is dropped until it closes, without a thread that waits.
  void leave(const Held& held) {
    held->stream->say_goodbye();
    held->stream->send_no_more();
    held->phase = Connection::kLeaving;
    held->until = deadline_in(options.drain_ms);
    watch_over(held);
  }
  void refuse(const Held& held, int status) {
    held->stream->write(wire::write_answer(status, {}, "", true), deadline_in(0));  // it fits, or the other end does not read
    leave(held);
  }
  void release(Connection& held) {
    reserved -= held.reserved;
    held.reserved = 0;
  }

  void watch_over(const Held& held) {
    int fd = held->stream->fd();
    {
      std::lock_guard lock(mutex);
      watched.insert_or_assign(fd, held);
    }
    wake();
  }
  void on_reader(const Held& held) {
    if (!handshakes->submit(std::make_shared<Act>([this, held] { advance(held); }))) drop(held);
  }

  void accept_all() {
    while (true) {
      int fd = ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      make_room();
      if (stopping || open >= options.max_connections) {
        ::close(fd);
        continue;
      }
      ++open;
      int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto held = std::make_shared<Connection>();
      held->stream = TlsStream::server(fd, find);
      held->until = deadline_in(options.handshake_ms);
      watch_over(held);
    }
  }

  // Strangers who do not show a certificate soon make way for newer ones: whoever has one is done in a moment.
  void make_room() {
    Held oldest;
    {
      std::lock_guard lock(mutex);
      std::size_t greeting = 0;
      for (const auto& [fd, held] : watched) {
        if (held->phase != Connection::kGreeting) continue;
        ++greeting;
        if (!oldest || held->until < oldest->until) oldest = held;
      }
      if (greeting < options.greeting) return;
      watched.erase(oldest->stream->fd());
    }
    refused.add();
    drop(oldest);
  }

  // The watcher: listener, waker, every connection that nobody works on. No thread waits for the other end: those that
  // speak are handed on, those that take too long end.
  void watch() {
    while (!stopping) {
      std::vector<pollfd> entries{{listener.get(), POLLIN, 0}, {waker.get(), POLLIN, 0}};
      {
        std::lock_guard lock(mutex);
        for (const auto& [fd, held] : watched) entries.push_back({fd, POLLIN, 0});
      }
      if (::poll(entries.data(), entries.size(), kLook_ms) < 0 && errno != EINTR) break;
      if (entries[1].revents) {
        std::uint64_t count = 0;
        static_cast<void>(::read(waker.get(), &count, sizeof count));
      }
      for (std::size_t i = 2; i < entries.size(); ++i)
        if (entries[i].revents) hand_over(entries[i].fd);
      if (entries[0].revents) accept_all();
      end_old();
    }
  }

  void hand_over(int fd) {
    Held held;
    {
      std::lock_guard lock(mutex);
      auto found = watched.find(fd);
      if (found == watched.end()) return;
      held = std::move(found->second);
      watched.erase(found);
    }
    on_reader(held);
  }

  void end_old() {
    std::vector<Held> old;
    {
      std::lock_guard lock(mutex);
      for (auto at = watched.begin(); at != watched.end();) {
        if (at->second->until > std::chrono::steady_clock::now())
          ++at;
        else
          old.push_back(std::move(at->second)), at = watched.erase(at);
      }
    }
    for (const auto& held : old) {
      if (held->phase == Connection::kGreeting) refused.add();
      if (held->phase == Connection::kAsking)
        refuse(held, 408);
      else if (held->phase == Connection::kResting)
        end(held);
      else
        drop(held);
    }
  }

  // On a reader's thread: takes what is there and never waits.
  void advance(const Held& held) {
    if (held->phase == Connection::kLeaving) return held->stream->discard() ? watch_over(held) : drop(held);
    if (held->phase == Connection::kGreeting) {
      TlsStep step = held->stream->handshake(deadline_in(0));
      if (step == TlsStep::kLate) return watch_over(held);
      if (step != TlsStep::kDone) {
        refused.add();
        return leave(held);
      }
      rest(held);
    }
    listen_to(held);
  }

  void rest(const Held& held) {
    held->phase = Connection::kResting;
    held->until = deadline_in(options.idle_ms);
  }
  void begin_asking(const Held& held) {
    held->phase = Connection::kAsking;
    held->until = deadline_in(options.request_ms);
  }

  // Until a request is here as a whole, which a worker then answers.
  void listen_to(const Held& held) {
    Connection& c = *held;
    while (true) {
      if (!c.head)
        if (int status = take_head(c)) return refuse(held, status);
      if (c.head && c.bytes.size() >= c.head->length) {
        if (!workers->submit(std::make_shared<Act>([this, held] { respond(held); }))) end(held);
        return;
      }
      TlsStep step = c.stream->read(c.bytes, deadline_in(0));
      if (step == TlsStep::kLate) return watch_over(held);
      if (step != TlsStep::kDone) return end(held);
      if (c.phase == Connection::kResting) begin_asking(held);
    }
  }

  // 0, or why the request is refused. Its body counts from here on, so that many who send at once stay within memory.
  int take_head(Connection& c) {
    auto size = wire::head_size(c.bytes);
    if (!size) return c.bytes.size() > wire::kHeadLimit ? 431 : 0;
    auto head = wire::parse_request(std::string_view(c.bytes).substr(0, *size));
    if (!head) return 400;
    if (head->length > options.body_limit) return 413;
    if (reserved.fetch_add(head->length) + head->length > options.buffer_limit) {
      reserved -= head->length;
      return 503;
    }
    c.reserved = head->length;
    c.bytes.erase(0, *size);
    c.head = std::move(head);
    return 0;
  }

  // On a worker's thread.
  void respond(const Held& held) {
    Connection& c = *held;
    wire::Head head = std::move(*c.head);
    c.head.reset();
    TlsRequest request{std::move(head.method),  std::move(head.target),         c.stream->host(),
                       std::move(head.headers), c.bytes.substr(0, head.length), c.stream->peer_der()};
    c.bytes.erase(0, head.length);
    std::string host(request.headers.get("Host"));
    if (!same_name(host, request.host)) return refuse(held, 421);
    for (const char* name : {"Host", "Content-Length", "Connection"}) request.headers.remove(name);
    TlsAnswer answered = handler(request);
    bool close = stopping || !head.keep_alive;
    bool written = c.stream->write(wire::write_answer(answered.status, answered.headers, answered.body, close),
                                   deadline_in(options.write_ms)) == TlsStep::kDone;
    release(c);
    if (!written || close) return end(held);
    if (c.bytes.empty())
      rest(held);
    else
      begin_asking(held);
    if (c.bytes.empty() && !c.stream->buffered())
      watch_over(held);
    else
      listen_to(held);
  }

  Result<std::uint16_t> listen() {
    auto address = address_of(options.address, options.port);
    if (!address)
      return cannot_listen("http.address", options.address, options.port, "は IP アドレスではありません。", "is not an IP address.");
    listener.reset(::socket(address->first.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    int on = 1;
    ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool bound = ::bind(listener.get(), reinterpret_cast<sockaddr*>(&address->first), address->second) == 0 &&
                 ::listen(listener.get(), 512) == 0;
    if (!bound && errno == EADDRINUSE)
      return cannot_listen("http.port_taken", options.address, options.port,
                           "は別のプログラムが使っています。別のポート番号を選ぶか、そのプログラムを終えてください。",
                           "is used by another program. Choose another port or stop that program.");
    if (!bound && errno == EACCES)
      return cannot_listen("http.port_forbidden", options.address, options.port,
                           "を開く権限がありません。1024 以上のポート番号を選んでください。",
                           "may not be opened by this user. Choose a port from 1024 up.");
    if (!bound)
      return cannot_listen("http.address", options.address, options.port,
                           "で待ち受けることができません。この機械のアドレスか確かめてください。",
                           "cannot be listened on. Check that it is an address of this machine.");
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&own), &size);
    return ntohs(own.ss_family == AF_INET ? reinterpret_cast<sockaddr_in*>(&own)->sin_port
                                          : reinterpret_cast<sockaddr_in6*>(&own)->sin6_port);
  }
};

TlsServer::TlsServer(Options options, Find find, Handler handler)
    : state_(std::make_unique<State>(std::move(options), std::move(find), std::move(handler))) {}
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
  s.watched.clear();
}

}  // namespace musubi::http
