// The only file that instantiates Asio and Beast (half a minute to compile). One io_context a thread; a connection
// lives on one of them, and only its handler leaves for a worker. Requests of a connection are answered one by one, so
// pipelined answers keep their order. Time-outs: every connection has a deadline, one timer a thread sweeps them.
#include "http/server.h"

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <condition_variable>
#include <optional>
#include <unordered_set>

#include "base/log.h"
#include "http/answer.h"
#include "http/parser.h"
#include "http/pool.h"
#include "http/refusals.h"
#include "http/syntax.h"

namespace musubi::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

std::int64_t since_us(SteadyClock::time_point start) {
  return std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - start).count();
}

class Connection;

struct IoThread {
  std::unordered_set<Connection*> connections;  // of this thread only; outlives the context, whose queue may own some
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
  asio::steady_timer sweep{context};
  std::thread thread;
};

// What all connections share.
struct Shared {
  Shared(Options o, const Router& r) : options(std::move(o)), router(r), traffic(r) {}
  const Options options;
  const Router& router;
  Traffic traffic;
  std::unique_ptr<Pool> pool;
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t open = 0;  // connections, under mutex
};

// One client connection. Owned by its pending operation (I/O thread) or by its task (worker), never by both.
class Connection final : public Task {
 public:
  Connection(Shared& shared, IoThread& io, tcp::socket socket) : shared_(shared), io_(io), socket_(std::move(socket)) {
    io_.connections.insert(this);
    shared_.traffic.connections.add(1);
    ErrorCode ec;
    socket_.set_option(tcp::no_delay(true), ec);
    auto peer = socket_.remote_endpoint(ec);
    if (!ec) peer_ = peer.address().to_string();
  }
  ~Connection() override {
    io_.connections.erase(this);
    shared_.traffic.connections.add(-1);
    std::lock_guard lock(shared_.mutex);
    --shared_.open;
    shared_.changed.notify_all();
  }

  static void begin(std::shared_ptr<Connection> self) {
    if (self->shared_.stopping) return;
    auto& connection = *self;
    connection.next_request(std::move(self));
  }
  void check_deadline(SteadyClock::time_point now);
  void stop_if_idle() {
    if (state_ == State::kIdle) close();
  }
  void close() {
    ErrorCode ec;
    socket_.close(ec);
  }
  void run(std::shared_ptr<Task> self) override;

 private:
  using Self = std::shared_ptr<Connection>;
  enum class State { kIdle, kHeader, kBody, kHandling, kWriting, kLingering };

  void next_request(Self self);
  void read(Self self);
  void advance(Self self);
  void after_header(Self self);
  std::optional<Error> inspect_header();
  void handle(Self self);
  void answer();
  void refuse(Self self, const Error& error);
  void complete(Response response);
  void write(Self self);
  void written(Self self);
  void linger(Self self);
  void deadline(State state, std::chrono::milliseconds after) {
    state_ = state;
    deadline_ = SteadyClock::now() + after;
  }

  Shared& shared_;
  IoThread& io_;
  tcp::socket socket_;
  std::string peer_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  bool header_seen_ = false;
  std::size_t header_bytes_ = 0;
  Request request_;
  Router::Match match_;
  Response response_;
  std::string head_;
  bool close_after_ = false;
  bool expired_ = false;
  State state_ = State::kIdle;
  SteadyClock::time_point deadline_{}, arrived_{};
};

void Connection::next_request(Self self) {
  request_ = Request();
  request_.id = new_request_id();
  request_.peer = peer_;
  match_ = {};
  match_.status = 0;
  parser_.emplace(request_, shared_.options.header_limit);
  header_seen_ = false;
  header_bytes_ = 0;
  if (buffer_.size() > 0) {
    deadline(State::kHeader, shared_.options.header_timeout);
    return advance(std::move(self));
  }
  if (buffer_.capacity() > (16 << 10)) buffer_ = beast::flat_buffer();  // 4,096 idle connections hold no bodies
  deadline(State::kIdle, shared_.options.idle_timeout);
  read(std::move(self));
}

void Connection::read(Self self) {
  auto space = buffer_.prepare(state_ == State::kBody ? 64 << 10 : 4 << 10);
  socket_.async_read_some(space, [this, self = std::move(self)](ErrorCode ec, std::size_t n) mutable {
    if (expired_) return refuse(std::move(self), timed_out());
    if (ec) return close();
    buffer_.commit(n);
    if (state_ == State::kIdle) deadline(State::kHeader, shared_.options.header_timeout);
    advance(std::move(self));
  });
}

// Parses what has come; then waits for more, refuses, or handles the whole request.
void Connection::advance(Self self) {
  while (!parser_->is_done()) {
    if (buffer_.size() == 0) return read(std::move(self));
    ErrorCode ec;
    std::size_t used = parser_->put(buffer_.data(), ec);
    buffer_.consume(used);
    if (!header_seen_) header_bytes_ += used;
    bool too_large = !header_seen_ && header_bytes_ + (parser_->is_header_done() ? 0 : buffer_.size()) > shared_.options.header_limit;
    if (too_large || ec == beast::http::error::header_limit)
      return refuse(std::move(self), header_too_large(shared_.options.header_limit));
    if (ec == beast::http::error::body_limit) return refuse(std::move(self), body_too_large(parser_->limit));
    if (ec && ec != beast::http::error::need_more) return refuse(std::move(self), malformed_request());
    if (!header_seen_ && parser_->is_header_done()) return after_header(std::move(self));
    if (ec == beast::http::error::need_more) return read(std::move(self));
  }
  handle(std::move(self));
}

// What can be refused before the body is read.
std::optional<Error> Connection::inspect_header() {
  const Headers& headers = request_.headers;
  std::size_t hosts = 0;
  for (const auto& field : headers) hosts += same_name(field.first, "Host");
  if (!parser_->method_known) return method_unknown();
  if (hosts > 1 || (hosts == 0 && parser_->version >= 11)) return wrong_host();
  if (headers.has("Transfer-Encoding") && !same_name(headers.joined("Transfer-Encoding"), "chunked")) return coding_unknown();
  auto target = parse_target(request_);
  if (!target) return target.error();
  match_ = shared_.router.match(request_);
  parser_->limit = match_.route && match_.route->body_limit ? match_.route->body_limit : shared_.options.body_limit;
  auto length = parser_->content_length();
  if (length && *length > parser_->limit) return body_too_large(parser_->limit);
  return std::nullopt;
}

void Connection::after_header(Self self) {
  header_seen_ = true;
  arrived_ = SteadyClock::now();
  if (auto error = inspect_header()) return refuse(std::move(self), *error);
  parser_->eager(true);
  if (parser_->is_done() || !match_.route) return handle(std::move(self));
  deadline(State::kBody, shared_.options.body_timeout);
  if (buffer_.size() > 0 || !same_name(request_.headers.get("Expect"), "100-continue")) return advance(std::move(self));
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(socket_, asio::buffer(kContinue), [this, self = std::move(self)](ErrorCode ec, std::size_t) mutable {
    if (expired_) return refuse(std::move(self), timed_out());
    if (ec) return close();
    advance(std::move(self));
  });
}

void Connection::handle(Self self) {
  state_ = State::kHandling;
  arrived_ = SteadyClock::now();
  // A body that nobody will read is not worth waiting for.
  close_after_ = !parser_->is_done() || !parser_->keep_alive();
  if (!match_.route || match_.route->inline_io) {
    answer();
    return write(std::move(self));
  }
  shared_.traffic.in_flight.add(1);
  if (shared_.pool->submit(self)) return;
  shared_.traffic.in_flight.add(-1);
  shared_.traffic.rejected.add();
  complete(shared_.router.refuse(overloaded(), request_));
  write(std::move(self));
}

void Connection::run(std::shared_ptr<Task> task) {
  answer();
  shared_.traffic.in_flight.add(-1);
  asio::post(io_.context, [this, self = std::static_pointer_cast<Connection>(std::move(task))]() mutable { write(std::move(self)); });
}

// The one catch-all: a library's exception that a module let through must not take the process down.
void Connection::answer() {
  std::string what;
  try {
    return complete(shared_.router.run(match_, request_));
  } catch (const std::exception& e) { what = e.what(); } catch (...) {
    what = "not a std::exception";
  }
  log::error("http.exception",
             {{"request", request_.id}, {"route", match_.route ? match_.route->pattern : "-"}, {"type", what.substr(0, 200)}});
  try {
    complete(shared_.router.refuse(unexpected(), request_));
  } catch (...) {  // the error page itself failed
    complete(problem(unexpected(), request_));
  }
}

void Connection::refuse(Self self, const Error& error) {
  arrived_ = header_seen_ ? arrived_ : SteadyClock::now();
  close_after_ = true;
  complete(shared_.router.refuse(error, request_));
  write(std::move(self));
}

void Connection::complete(Response response) {
  response_ = std::move(response);
  close_after_ = close_after_ || shared_.stopping;
  head_ = finish(response_, request_, match_.route, {close_after_, parser_->version < 11});
  shared_.traffic.record(match_, request_, response_.status, response_.bytes().size(), since_us(arrived_), shared_.options.access_log);
}

void Connection::write(Self self) {
  auto body = response_.bytes();
  deadline(State::kWriting, shared_.options.write_timeout + std::chrono::seconds(body.size() >> 16));
  std::array<asio::const_buffer, 2> buffers = {asio::buffer(head_), asio::buffer(body.data(), body.size())};
  asio::async_write(socket_, buffers, [this, self = std::move(self)](ErrorCode ec, std::size_t) mutable {
    if (ec) return close();
    written(std::move(self));
  });
}

void Connection::written(Self self) {
  response_ = Response();
  if (!close_after_ && shared_.stopping) return close();  // stopped after the head had promised to stay: idle now
  if (!close_after_) return next_request(std::move(self));
  ErrorCode ec;
  socket_.shutdown(tcp::socket::shutdown_send, ec);
  // Closing with unread bytes would reset the connection, and the client might never see why (RFC 9112 9.6).
  if (ec || (parser_->is_done() && buffer_.size() == 0)) return close();
  deadline(State::kLingering, std::chrono::seconds(2));
  linger(std::move(self));
}

void Connection::linger(Self self) {
  buffer_.clear();
  socket_.async_read_some(buffer_.prepare(16 << 10), [this, self = std::move(self)](ErrorCode ec, std::size_t) mutable {
    if (ec) return close();
    linger(std::move(self));
  });
}

void Connection::check_deadline(SteadyClock::time_point now) {
  if (state_ == State::kHandling || now < deadline_) return;
  bool asking = state_ == State::kHeader || state_ == State::kBody;
  if (!asking) return close();
  expired_ = true;
  ErrorCode ec;
  socket_.cancel(ec);  // the pending read ends and answers 408
}

}  // namespace

// The listener and the threads.
struct Server::State {
  State(Options options, const Router& router) : shared(std::move(options), router) {}

  Shared shared;
  std::vector<std::unique_ptr<IoThread>> threads;
  std::optional<tcp::acceptor> acceptor;
  std::optional<asio::steady_timer> retry;
  std::string full;  // the answer to a connection too many
  std::size_t next = 0;
  bool started = false, stopped = false;

  Result<Address> listen();
  void accept();
  void admit(IoThread& io, tcp::socket socket);
  void turn_away(tcp::socket& socket);
  void sweep(IoThread& io);
  template <class F>
  void on_every_connection(F f) {
    for (auto& io : threads)
      asio::post(io->context, [&io = *io, f] {
        std::vector<Connection*> all(io.connections.begin(), io.connections.end());
        for (Connection* connection : all) f(*connection);
      });
  }
};

Result<Address> Server::State::listen() {
  const Options& options = shared.options;
  auto failed = [&](const char* name, const char* ja, const char* en) {
    return Error{Code::kIo,
                 name,
                 {options.address + ":" + std::to_string(options.port) + " " + ja,
                  options.address + ":" + std::to_string(options.port) + " " + en},
                 {}};
  };
  ErrorCode ec;
  auto address = asio::ip::make_address(options.address, ec);
  if (ec)
    return failed("http.address", "は IP アドレスではありません。127.0.0.1 のように書いてください。",
                  "is not an IP address. Write one such as 127.0.0.1.");
  tcp::endpoint endpoint(address, options.port);
  acceptor.emplace(threads[0]->context);
  acceptor->open(endpoint.protocol(), ec);
  if (!ec) acceptor->set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) acceptor->bind(endpoint, ec);
  if (!ec) acceptor->listen(1024, ec);
  if (!ec) endpoint = acceptor->local_endpoint(ec);
  if (!ec) return Address{options.address, endpoint.port()};
  if (ec == asio::error::address_in_use)
    return failed("http.port_taken", "は別のプログラムが使っています。別のポート番号を選ぶか、そのプログラムを終えてください。",
                  "is used by another program. Choose another port or stop that program.");
  if (ec == asio::error::access_denied)
    return failed("http.port_forbidden", "を開く権限がありません。1024 以上のポート番号を選んでください。",
                  "may not be opened by this user. Choose a port from 1024 up.");
  return failed("http.address", "で待ち受けることができません。この機械のアドレスか確かめてください。",
                "cannot be listened on. Check that it is an address of this machine.");
}

void Server::State::accept() {
  IoThread& io = *threads[next++ % threads.size()];
  acceptor->async_accept(io.context, [this, &io](ErrorCode ec, tcp::socket socket) {
    if (!acceptor->is_open()) return;
    if (!ec) admit(io, std::move(socket));
    if (!ec || ec == asio::error::connection_aborted) return accept();
    // Out of descriptors, most likely: those that are open will end.
    retry->expires_after(std::chrono::milliseconds(100));
    retry->async_wait([this](ErrorCode) {
      if (acceptor->is_open()) accept();
    });
  });
}

void Server::State::admit(IoThread& io, tcp::socket socket) {
  {
    std::lock_guard lock(shared.mutex);
    if (shared.open < shared.options.max_connections)
      ++shared.open;
    else
      return turn_away(socket);
  }
  asio::post(io.context, [this, &io, socket = std::move(socket)]() mutable {
    Connection::begin(std::make_shared<Connection>(shared, io, std::move(socket)));
  });
}

void Server::State::turn_away(tcp::socket& socket) {
  shared.traffic.rejected.add();
  ErrorCode ec;
  socket.non_blocking(true, ec);
  socket.write_some(asio::buffer(full), ec);
  socket.shutdown(tcp::socket::shutdown_send, ec);
}

void Server::State::sweep(IoThread& io) {
  const Options& o = shared.options;
  auto least = std::min({o.header_timeout, o.body_timeout, o.idle_timeout, o.write_timeout});
  io.sweep.expires_after(std::clamp(least / 8, std::chrono::milliseconds(5), std::chrono::milliseconds(500)));
  io.sweep.async_wait([this, &io](ErrorCode ec) {
    if (ec) return;
    auto now = SteadyClock::now();
    std::vector<Connection*> all(io.connections.begin(), io.connections.end());
    for (Connection* connection : all) connection->check_deadline(now);
    shared.traffic.queue_depth.set(std::int64_t(shared.pool->waiting()));
    sweep(io);
  });
}

std::string Address::url() const {
  bool six = host.find(':') != host.npos;
  return "http://" + (six ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Server::Server(Options options, const Router& router) : state_(std::make_unique<State>(std::move(options), router)) {}
Server::~Server() { stop(); }

Result<Address> Server::start() {
  State& s = *state_;
  CHECK(!s.started);
  unsigned count = s.shared.options.io_threads;
  if (count == 0) count = std::max(1u, std::thread::hardware_concurrency() / 2);
  for (unsigned i = 0; i < count; ++i) s.threads.push_back(std::make_unique<IoThread>());
  s.retry.emplace(s.threads[0]->context);
  auto address = TRY(s.listen());
  s.started = true;
  Request nobody;
  nobody.id = "0";
  Response full = problem(overloaded(), nobody);
  s.full = finish(full.header("Retry-After", "1"), nobody, nullptr, {true, false}) + full.body;
  s.shared.pool = std::make_unique<Pool>(s.shared.options.workers, s.shared.options.queue);
  s.accept();
  for (auto& io : s.threads) {
    s.sweep(*io);
    io->thread = std::thread([&io = *io] { io.context.run(); });
  }
  log::info("http.listening", {{"url", address.url()}});
  return address;
}

void Server::stop() {
  State& s = *state_;
  if (!s.started || s.stopped) return;
  s.stopped = true;
  s.shared.stopping = true;
  asio::post(s.threads[0]->context, [&s] {
    ErrorCode ec;
    s.acceptor->close(ec);
    s.retry->cancel();
  });
  s.on_every_connection([](Connection& connection) { connection.stop_if_idle(); });
  {
    std::unique_lock lock(s.shared.mutex);
    s.shared.changed.wait_for(lock, s.shared.options.stop_timeout, [&] { return s.shared.open == 0; });
  }
  s.on_every_connection([](Connection& connection) { connection.close(); });
  s.shared.pool->stop();
  for (auto& io : s.threads) {
    io->guard.reset();
    io->context.stop();
    io->thread.join();
  }
  s.shared.pool.reset();  // with the requests that nobody will answer; their connections end here, on no other thread
  s.acceptor.reset();
  s.retry.reset();
  s.threads.clear();
  log::info("http.stopped");
}

}  // namespace musubi::http
