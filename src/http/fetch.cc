#include "http/fetch.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "http/syntax.h"

namespace musubi::http {
namespace {

constexpr int kTimeout_s = 30;
constexpr std::size_t kHeadLimit = 64 << 10;

Error failed(const std::string& url, const std::string& why) {
  return {Code::kUnavailable,
          "http.fetch_failed",
          {url + " を取得できません（" + why + "）。アドレスと、サーバーが動いているかを確かめてください。",
           url + " cannot be fetched (" + why + "). Check the address, and that the server runs."},
          {}};
}

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

struct Target {
  std::string host, port = "80", path;
};

Result<Target> parse(const std::string& url) {
  Error bad{
      Code::kInvalid,
      "http.fetch_url",
      {"「" + url + "」は使えません。http://127.0.0.1:8080/... の形で書いてください（https には手元で TLS を終端してください）。",
       "\"" + url + "\" cannot be used. Write http://127.0.0.1:8080/... (for https, end TLS on this machine)."},
      {}};
  if (!url.starts_with("http://")) return bad;
  auto slash = url.find('/', 7);
  std::string authority = url.substr(7, slash == url.npos ? url.npos : slash - 7);
  Target target;
  target.path = slash == url.npos ? "/" : url.substr(slash);
  auto colon = authority.rfind(':');
  bool has_port = colon != authority.npos && authority.find(']', colon) == authority.npos;
  target.host = has_port ? authority.substr(0, colon) : authority;
  if (has_port) target.port = authority.substr(colon + 1);
  if (target.host.starts_with('[') && target.host.ends_with(']')) target.host = target.host.substr(1, target.host.size() - 2);
  if (target.host.empty() || target.path.find_first_of(" \r\n") != target.path.npos) return bad;
  return target;
}

int connect_to(const Target& target, std::string& why) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (int code = ::getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found); code != 0) {
    why = ::gai_strerror(code);
    return -1;
  }
  int fd = -1;
  for (auto* at = found; at && fd < 0; at = at->ai_next) {
    fd = ::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    timeval limit{kTimeout_s, 0};
    if (fd >= 0)
      ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (fd >= 0 && ::connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
      why = std::strerror(errno);
      ::close(fd);
      fd = -1;
    }
  }
  ::freeaddrinfo(found);
  return fd;
}

// Header fields of an answer; lines that are none are left out.
Headers fields_of(std::string_view head) {
  Headers headers;
  for (std::size_t at = head.find("\r\n"); at != head.npos && headers.size() < 200; at = head.find("\r\n", at + 2)) {
    auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    auto colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon))) continue;
    auto value = trim(line.substr(colon + 1));
    if (value.find('\0') == value.npos && value.find_first_of("\r\n") == value.npos) headers.add(line.substr(0, colon), value);
  }
  return headers;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(std::size_t(n));
  }
  return true;
}

std::string bytes_of(const FetchRequest& request, const Target& target) {
  std::string out = request.method + " " + target.path + " HTTP/1.1\r\nHost: " + target.host + ":" + target.port +
                    "\r\nUser-Agent: musubi\r\nConnection: close\r\n";
  if (!request.headers.has("Accept")) out += "Accept: */*\r\n";
  for (const auto& [name, value] : request.headers) out += name + ": " + value + "\r\n";
  if (request.method != "GET" || !request.body.empty()) out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return out + "\r\n" + request.body;
}

}  // namespace

Result<void> check_url(const std::string& url) {
  TRY(parse(url));
  return {};
}

Result<Fetched> fetch(const FetchRequest& request, std::size_t limit_bytes) {
  const std::string& url = request.url;
  Target target = TRY(parse(url));
  std::string why;
  Socket socket(connect_to(target, why));
  if (socket.get() < 0) return failed(url, why);
  if (!send_all(socket.get(), bytes_of(request, target))) return failed(url, std::strerror(errno));
  std::string bytes;
  char block[65536];
  while (true) {
    ssize_t n = ::recv(socket.get(), block, sizeof block, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(url, std::strerror(errno));
    if (n == 0) break;
    bytes.append(block, std::size_t(n));
    if (bytes.size() > limit_bytes + kHeadLimit)
      return Error{
          Code::kTooLarge, "http.fetch_too_large", {url + " の応答が大きすぎます。", "The answer of " + url + " is too large."}, {}};
  }
  auto end = bytes.find("\r\n\r\n");
  if (end == bytes.npos || !bytes.starts_with("HTTP/1.") || bytes.size() < 12) return failed(url, "not an HTTP answer");
  std::string_view head = std::string_view(bytes).substr(0, end);
  Fetched fetched;
  std::from_chars(bytes.data() + 9, bytes.data() + 12, fetched.status);
  fetched.body = bytes.substr(end + 4);
  fetched.headers = fields_of(head);
  if (fetched.headers.has("Transfer-Encoding")) return failed(url, "chunked answers are not read");
  std::string_view length = fetched.headers.get("Content-Length");
  if (!length.empty() && length != std::to_string(fetched.body.size())) return failed(url, "the answer was cut short");
  return fetched;
}

}  // namespace musubi::http
