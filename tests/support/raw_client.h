// A blocking client that sends exactly the bytes it is told and reads answers with a time limit. For tests only: what
// it meets that it does not expect is a test failure.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "http/headers.h"

namespace musubi::support {

struct RawAnswer {
  int status = 0;
  http::Headers headers;
  std::string body;
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  ~RawClient() { ::close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  bool connected() const { return connected_; }

  // False once the server has closed the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(std::size_t(n));
    }
    return true;
  }
  void finish_sending() { ::shutdown(fd_, SHUT_WR); }

  // One answer; status 0 when the connection ends or nothing comes for five seconds.
  RawAnswer read(bool head = false) {
    RawAnswer out;
    auto end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
      if (!more()) return out;
    std::string text = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    out.status = std::atoi(text.substr(9, 3).c_str());
    for (std::size_t at = text.find("\r\n") + 2; at < text.size();) {
      auto stop = text.find("\r\n", at), colon = text.find(": ", at);
      out.headers.add(text.substr(at, colon - at), text.substr(colon + 2, stop - colon - 2));
      at = stop + 2;
    }
    std::size_t length = std::size_t(std::atoll(std::string(out.headers.get("Content-Length")).c_str()));
    if (head || out.status == 204 || out.status == 304 || out.status < 200) length = 0;
    while (buffer_.size() < length)
      if (!more()) return {};
    out.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return out;
  }

  RawAnswer get(const std::string& target, const std::string& fields = {}) {
    send("GET " + target + " HTTP/1.1\r\nHost: test\r\n" + fields + "\r\n");
    return read();
  }

  // The server closes within five seconds, with nothing more to say.
  bool closed() { return buffer_.empty() && !more() && ended_; }

 private:
  bool more() {
    pollfd waits{fd_, POLLIN, 0};
    if (::poll(&waits, 1, 5000) <= 0) return false;
    char chunk[65536];
    ssize_t n = ::recv(fd_, chunk, sizeof chunk, 0);
    ended_ = n <= 0;
    if (n > 0) buffer_.append(chunk, std::size_t(n));
    return n > 0;
  }

  int fd_;
  bool connected_ = false, ended_ = false;
  std::string buffer_;
};

}  // namespace musubi::support
