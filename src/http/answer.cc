#include "http/answer.h"

#include <sys/random.h>
#include <zlib.h>

#include <ctime>

#include "base/log.h"
#include "http/syntax.h"

namespace musubi::http {
namespace {

constexpr std::size_t kCompressFrom = 860;  // below, gzip saves no packet

struct Default {
  std::string_view name, value;
};
constexpr std::array<Default, 5> kSecurity = {{
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
     "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"},
    {"Referrer-Policy", "strict-origin-when-cross-origin"},
    {"X-Content-Type-Options", "nosniff"},
    {"Permissions-Policy",
     "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), "
     "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), "
     "screen-wake-lock=(), usb=(), web-share=(), xr-spatial-tracking=()"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
}};

bool is_framing(std::string_view name) {
  for (std::string_view own : {"Content-Length", "Transfer-Encoding", "Connection", "Date", "X-Request-Id", "Keep-Alive"})
    if (same_name(name, own)) return true;
  return false;
}

bool is_compressible(std::string_view type) {
  type = type.substr(0, type.find(';'));
  return type.starts_with("text/") || type.ends_with("json") || type.ends_with("xml") || type.ends_with("javascript");
}

// IMF-fixdate (RFC 9110 5.6.7), made once a second and thread.
const std::string& date_now() {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  thread_local std::time_t made = 0;
  thread_local std::string text;
  std::time_t now = std::time(nullptr);
  if (now == made) return text;
  std::tm tm{};
  gmtime_r(&now, &tm);
  char buffer[64];
  int n = std::snprintf(buffer, sizeof buffer, "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[tm.tm_wday], tm.tm_mday,
                        kMonths[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
  text.assign(buffer, std::size_t(n));
  made = now;
  return text;
}

void put(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

void add_vary(Headers& headers, std::string_view name) {
  std::string vary = headers.joined("Vary");
  for (auto element : list_elements(vary))
    if (same_name(element, name)) return;
  headers.set("Vary", vary.empty() ? std::string(name) : vary + ", " + std::string(name));
}

// Chooses between plain and gzip, and turns the answer into a 304 where the caller has it already. The compressed form
// has an entity tag of its own, since a strong tag names bytes (RFC 9110 8.8.3).
void negotiate(Response& response, const Request& request) {
  bool reading = request.method == Method::get || request.method == Method::head;
  bool candidate =
      response.compress && !response.headers.has("Content-Encoding") &&
      (response.gzip_body || (response.bytes().size() > kCompressFrom && is_compressible(response.headers.get("Content-Type"))));
  if (candidate) add_vary(response.headers, "Accept-Encoding");
  bool zip = candidate && accepts_gzip(request.headers.get("Accept-Encoding"));
  std::string tag(response.headers.get("ETag"));
  if (zip && tag.size() > 1) response.headers.set("ETag", tag.substr(0, tag.size() - 1) + "-gz\"");
  if (reading && response.status == 200 && !tag.empty() && request.headers.has("If-None-Match") &&
      matches_etag(request.headers.joined("If-None-Match"), tag)) {
    response.status = 304;
    for (auto name : {"Content-Type", "Content-Disposition", "Content-Language"}) response.headers.remove(name);
    return;
  }
  if (!zip) return;
  response.headers.set("Content-Encoding", "gzip");
  if (response.gzip_body)
    response.shared_body = response.gzip_body;
  else
    response.shared_body = std::make_shared<const std::string>(gzip(response.bytes()));
}

// What may be kept, and by whom, when the handler does not say: nothing that belongs to a person.
std::string_view default_cache(const Response& response, const Route* route) {
  bool open = route && route->access == Access::kPublic && response.status < 400 && !response.headers.has("Set-Cookie");
  return open ? "no-cache" : "no-store";
}

}  // namespace

std::string finish(Response& response, const Request& request, const Route* route, const Framing& framing) {
  negotiate(response, request);
  bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
  std::size_t length = response.bytes().size();
  std::string out;
  out.reserve(1536);
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  out += reason(response.status);
  out += "\r\n";
  put(out, "Date", date_now());
  for (const auto& [name, value] : response.headers)
    if (!is_framing(name)) put(out, name, value);
  if (!bodiless) put(out, "Content-Length", std::to_string(length));
  for (const auto& [name, value] : kSecurity)
    if (!response.headers.has(name)) put(out, name, value);
  if (!response.headers.has("Cache-Control")) put(out, "Cache-Control", default_cache(response, route));
  put(out, "X-Request-Id", request.id);
  if (framing.close)
    put(out, "Connection", "close");
  else if (framing.http_1_0)
    put(out, "Connection", "keep-alive");
  out += "\r\n";
  if (bodiless || request.method == Method::head) {
    response.body.clear();
    response.shared_body.reset();
  }
  return out;
}

std::string gzip(std::string_view bytes) {
  struct Stream {
    z_stream z{};
    Stream() { CHECK(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK); }
    ~Stream() { deflateEnd(&z); }
  };
  thread_local Stream stream;  // 256 KiB a thread that ever compresses; setting one up costs more than a small page
  z_stream& z = stream.z;
  CHECK(deflateReset(&z) == Z_OK);
  std::string out(deflateBound(&z, bytes.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = uInt(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = uInt(out.size());
  CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  return out;
}

std::string new_request_id() {
  static constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  thread_local std::array<unsigned char, 1024> pool;
  thread_local std::size_t used = pool.size();
  if (used == pool.size()) {
    CHECK(getrandom(pool.data(), pool.size(), 0) == ssize_t(pool.size()));  // may not fail for 1 KiB on Linux
    used = 0;
  }
  std::string out;
  unsigned bits = 0, word = 0;
  for (int i = 0; i < 16; ++i) {
    word = (word << 8 | pool[used++]) & 0xffff;
    for (bits += 8; bits >= 5; bits -= 5) out.push_back(kAlphabet[word >> (bits - 5) & 31]);
  }
  out.push_back(kAlphabet[word << (5 - bits) & 31]);
  return out;
}

Traffic::Traffic(const Router& router)
    : in_flight(metrics::gauge("http_requests_in_flight", "Requests being handled now.")),
      queue_depth(metrics::gauge("http_queue_depth", "Requests waiting for a worker.")),
      connections(metrics::gauge("http_connections", "Open connections.")),
      rejected(metrics::counter("http_rejected_total", "Requests and connections refused because the server was full.")) {
  static constexpr const char* kClasses[] = {"1xx", "2xx", "3xx", "4xx", "5xx"};
  auto row = [&](std::string_view method, std::string_view pattern) {
    std::string labels = "method=\"" + std::string(method) + "\",route=\"" + std::string(pattern) + "\"";
    Row out;
    for (std::size_t i = 0; i < 5; ++i)
      out.classes[i] =
          &metrics::counter("http_requests_total", "Answers by route and class of status.", labels + ",class=\"" + kClasses[i] + "\"");
    out.duration = &metrics::histogram("http_request_seconds", "From the whole request to the ready answer.", labels);
    rows_.push_back(out);
  };
  for (const auto& route : router.routes()) row(method_name(route->method), route->pattern);
  row("-", "-");
}

void Traffic::record(const Router::Match& match, const Request& request, int status, std::size_t bytes, std::int64_t us, bool log) {
  Row& row = match.route ? rows_[match.index] : rows_.back();
  row.classes[std::size_t(std::clamp(status / 100, 1, 5) - 1)]->add();
  row.duration->observe_us(us);
  if (!log) return;
  log::info("http.request", {{"method", method_name(request.method)},
                             {"route", match.route ? match.route->pattern : std::string_view("-")},
                             {"status", status},
                             {"bytes", bytes},
                             {"us", us},
                             {"request", request.id}});
}

}  // namespace musubi::http
