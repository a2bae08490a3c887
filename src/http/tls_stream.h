// One TLS connection over a socket of ours, with a deadline for each act. Of this module only: no OpenSSL outside tls.cc.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/tls.h"

namespace musubi::http {

using Deadline = std::chrono::steady_clock::time_point;
inline Deadline deadline_in(std::int64_t ms) { return std::chrono::steady_clock::now() + std::chrono::milliseconds(ms); }
bool wait_for(int fd, short events, Deadline deadline);  // false: too late, or stopped

enum class TlsStep { kDone, kClosed, kLate, kUntrusted, kRefused, kBroken };

class TlsStream {
 public:
  // Takes the socket, which does not block. A server asks `find` with the name in the hello.
  static std::unique_ptr<TlsStream> server(int fd, const TlsServer::Find& find);
  static std::unique_ptr<TlsStream> client(int fd, std::shared_ptr<const TlsContext> context, const std::string& host);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;

  TlsStep handshake(Deadline deadline);
  // Appends what comes, at least a byte. kClosed: the other end ended in order.
  TlsStep read(std::string& into, Deadline deadline);
  TlsStep write(std::string_view bytes, Deadline deadline);
  void say_goodbye();  // close_notify, without waiting
  // Before an end with bytes of the other end unread: closing would make the kernel send a reset, which may overtake what was
  // written. Then `discard` what comes, without waiting, until it says false: the other end has closed.
  void send_no_more();
  bool discard();

  int fd() const;
  bool buffered() const;            // bytes are here that no poll will tell of
  bool is_stale() const;            // an idle connection that the other end has closed, or that speaks unasked
  const std::string& host() const;  // the name in the hello, lower case
  const std::string& peer_der() const;

  struct State;  // tls.cc

 private:
  explicit TlsStream(std::unique_ptr<State> state);
  TlsStep judge(int result, Deadline deadline, bool& again);
  std::unique_ptr<State> state_;
};

}  // namespace musubi::http
