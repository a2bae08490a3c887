// The real server on a free port, talked to over raw sockets. No sleeps: handlers wait for the test, reads are bounded.
#include "http/server.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <atomic>
#include <future>

#include "base/log.h"
#include "base/metrics.h"
#include "support/raw_client.h"

namespace musubi::http {
namespace {

using std::chrono::milliseconds;
using support::RawAnswer;
using support::RawClient;

const std::string kPage(8000, 'x');

Route route(Method method, std::string_view pattern, Handler handler, bool inline_io = false, std::size_t body_limit = 0) {
  return {.method = method,
          .pattern = pattern,
          .access = Access::kPublic,
          .handler = std::move(handler),
          .summary_ja = "試し",
          .summary_en = "A test",
          .inline_io = inline_io,
          .body_limit = body_limit};
}

// A running server with the routes that the tests need.
struct Town {
  explicit Town(Options options = {}) {
    options.access_log = false;
    options.body_limit = 8 << 20;  // a town that takes large bodies; the default is 64 KiB
    router.add(route(
        Method::get, "/fast", [](Request&) { return text("fast"); }, true));
    router.add(route(Method::get, "/slow", [](Request&) { return text("slow"); }));
    router.add(route(Method::get, "/echo/{what}", [](Request& r) { return text(r.parameter("what")); }));
    router.add(
        route(Method::post, "/echo", [](Request& r) { return text(std::to_string(r.body.size()) + ":" + r.body.substr(0, 40)); }));
    router.add(route(
        Method::post, "/small", [](Request& r) { return text(r.body); }, false, 10));
    router.add(route(Method::get, "/page", [](Request&) { return html(kPage).etag("v1"); }));
    router.add(route(Method::get, "/cached", [](Request&) {
      static const auto bytes = std::make_shared<const std::string>("plain bytes of an asset");
      Response out = shared(bytes, "text/css");
      out.gzip_body = std::make_shared<const std::string>("precompressed");
      return out;
    }));
    router.add(route(Method::get, "/throw", [](Request&) -> Result<Response> { throw std::runtime_error("a library failed"); }));
    router.add(route(Method::get, "/away", [](Request& r) { return redirect(r.query.get("to", "/")); }));
    router.add(route(Method::get, "/own",
                     [](Request&) { return html("x").header("Content-Security-Policy", "default-src 'self'").cache("max-age=60"); }));
    router.add(route(Method::get, "/wait", [this](Request&) {
      ++waiting;
      waiting.notify_all();
      gate.wait();
      return text("waited");
    }));
    server.emplace(options, router);
    auto started = server->start();
    EXPECT_TRUE(started.ok());
    port = started->port;
  }
  ~Town() { open(); }
  void open() {
    if (!opened) opened = true, release.set_value();
  }
  void wait_for(int handlers) {
    for (int now = waiting; now < handlers; now = waiting) waiting.wait(now);
  }

  std::promise<void> release;
  std::shared_future<void> gate = release.get_future().share();
  bool opened = false;
  std::atomic<int> waiting{0};
  Router router;
  std::optional<Server> server;
  std::uint16_t port = 0;
};

std::string problem_type(const RawAnswer& answer) {
  EXPECT_EQ(answer.headers.get("Content-Type"), kProblem) << answer.status;
  auto document = parse_json(answer.body);
  if (!document.ok()) return answer.body;
  EXPECT_TRUE(document->as_object().contains("detail_ja"));
  EXPECT_EQ(document->at("instance").as_string(), "urn:musubi:request:" + std::string(answer.headers.get("X-Request-Id")));
  return std::string(document->at("type").as_string());
}

TEST(Server, KeepsConnectionsAndOrder) {
  Town town;
  RawClient client(town.port);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.get("/fast").body, "fast");
    EXPECT_EQ(client.get("/slow").body, "slow");
  }
  std::string many;
  for (int i = 0; i < 200; ++i)
    many += std::string("GET ") + (i % 3 ? "/echo/" + std::to_string(i) : "/fast") + " HTTP/1.1\r\nHost: t\r\n\r\n";
  ASSERT_TRUE(client.send(many));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(client.read().body, i % 3 ? std::to_string(i) : "fast");
}

TEST(Server, SendsTheHeadersThatProtect) {
  Town town;
  RawClient client(town.port);
  auto answer = client.get("/page");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.get("X-Request-Id").size(), 26u);
  EXPECT_NE(answer.headers.get("X-Request-Id"), client.get("/page").headers.get("X-Request-Id"));
  EXPECT_TRUE(answer.headers.get("Content-Security-Policy").starts_with("default-src 'none'; style-src 'self';"));
  EXPECT_EQ(answer.headers.get("Referrer-Policy"), "strict-origin-when-cross-origin");
  EXPECT_EQ(answer.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer.headers.get("Cross-Origin-Opener-Policy"), "same-origin");
  EXPECT_TRUE(answer.headers.has("Permissions-Policy"));
  EXPECT_EQ(answer.headers.get("Cache-Control"), "no-cache");
  EXPECT_EQ(answer.headers.get("Date").size(), 29u);
  EXPECT_FALSE(answer.headers.has("Server"));
  auto own = client.get("/own");
  EXPECT_EQ(own.headers.joined("Content-Security-Policy"), "default-src 'self'");
  EXPECT_EQ(own.headers.joined("Cache-Control"), "max-age=60");
  EXPECT_EQ(client.get("/none").headers.get("Cache-Control"), "no-store");
  EXPECT_EQ(client.get("/away?to=%0d%0aX-Evil:%201").headers.get("Location"), "/%0D%0AX-Evil:%201");
}

TEST(Server, HeadHasTheFieldsAndNoBody) {
  Town town;
  RawClient client(town.port);
  client.send("HEAD /page HTTP/1.1\r\nHost: t\r\n\r\n");
  auto answer = client.read(true);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.get("Content-Length"), "8000");
  EXPECT_EQ(client.get("/fast").body, "fast");  // nothing was left on the wire
}

TEST(Server, RefusesWithProblems) {
  Town town;
  struct {
    std::string bytes;
    int status;
    const char* type;
    bool stays;
  } cases[] = {
      {"GET /none HTTP/1.1\r\nHost: t\r\n\r\n", 404, "/problems/http.not_found", true},
      {"POST /fast HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n", 405, "/problems/http.method_not_allowed", true},
      {"TRACE / HTTP/1.1\r\nHost: t\r\n\r\n", 501, "/problems/http.method_unknown", false},
      {"GET /a%zz HTTP/1.1\r\nHost: t\r\n\r\n", 400, "/problems/http.target_malformed", false},
      {"GET /a/../b HTTP/1.1\r\nHost: t\r\n\r\n", 400, "/problems/http.target_malformed", false},
      {"GET /fast?a=%ff HTTP/1.1\r\nHost: t\r\n\r\n", 400, "/problems/http.query_malformed", false},
      {"GET /fast?a=" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: t\r\n\r\n", 414, "/problems/http.query_too_long", false},
      {"GET /fast HTTP/1.1\r\n\r\n", 400, "/problems/http.host", false},
      {"GET /fast HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "/problems/http.host", false},
      {"GET /fast HTTP/1.1\r\nHost : a\r\n\r\n", 400, "/problems/http.malformed", false},
      {"nonsense\r\n\r\n", 400, "/problems/http.malformed", false},
      {"GET /fast HTTP/1.1\nHost: a\n\n\r\n\r\n", 400, "/problems/http.malformed", false},
      {std::string("GET /fast HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 37), 400, "/problems/http.malformed", false},
      {"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "/problems/http.malformed",
       false},
      {"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400, "/problems/http.malformed", false},
      {"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n", 400, "/problems/http.malformed", false},
      {"POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501, "/problems/http.coding_unknown", false},
      {"POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "/problems/http.malformed", false},
      {"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999\r\n\r\nabc", 413, "/problems/http.body_too_large", false},
      {"POST /small HTTP/1.1\r\nHost: t\r\nContent-Length: 11\r\n\r\n12345678901", 413, "/problems/http.body_too_large", false},
      {"POST /small HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n12345\r\n0\r\n\r\n", 413,
       "/problems/http.body_too_large", false},
      {"POST /none HTTP/1.1\r\nHost: t\r\nContent-Length: 99999\r\n\r\nabc", 404, "/problems/http.not_found", false},
      {"GET /fast HTTP/1.1\r\nHost: t\r\nX: " + std::string(17000, 'x') + "\r\n\r\n", 431, "/problems/http.header_too_large", false},
      {"GET /" + std::string(17000, 'x') + " HTTP/1.1\r\nHost: t\r\n\r\n", 431, "/problems/http.header_too_large", false},
      {"GET /throw HTTP/1.1\r\nHost: t\r\n\r\n", 500, "/problems/http.internal", true},
  };
  for (auto& c : cases) {
    RawClient client(town.port);
    ASSERT_TRUE(client.send(c.bytes));
    auto answer = client.read();
    EXPECT_EQ(answer.status, c.status) << c.bytes.substr(0, 80);
    EXPECT_EQ(problem_type(answer), c.type) << c.bytes.substr(0, 80);
    EXPECT_EQ(answer.headers.get("Connection"), c.stays ? "" : "close") << c.bytes.substr(0, 80);
    if (c.stays) { EXPECT_EQ(client.get("/fast").body, "fast") << c.bytes.substr(0, 80); }
    client.finish_sending();
    EXPECT_TRUE(client.closed()) << c.bytes.substr(0, 80);
  }
}

TEST(Server, ManySmallFieldsAlsoMeetTheLimit) {
  Town town;
  RawClient client(town.port);
  std::string fields;
  for (int i = 0; i < 2000; ++i) fields += "X-" + std::to_string(i) + ": 1\r\n";
  EXPECT_EQ(client.get("/fast", fields).status, 431);
}

TEST(Server, TakesBodiesWholeAndChunked) {
  Town town;
  RawClient client(town.port);
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(client.read().body, "5:hello");
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhel");
  client.send("lo\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(client.read().body, "11:hello world");
  std::string big(7 << 20, 'b');
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(big.size()) + "\r\n\r\n");
  ASSERT_TRUE(client.send(big));
  EXPECT_EQ(client.read().body, std::to_string(big.size()) + ":" + big.substr(0, 40));
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.read().status, 100);
  client.send("abc");
  EXPECT_EQ(client.read().body, "3:abc");
  // One byte at a time.
  for (char c : std::string("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nok")) client.send({&c, 1});
  EXPECT_EQ(client.read().body, "2:ok");
}

TEST(Server, SpeaksToOldClients) {
  Town town;
  RawClient once(town.port);
  once.send("GET /fast HTTP/1.0\r\n\r\n");
  EXPECT_EQ(once.read().body, "fast");
  EXPECT_TRUE(once.closed());
  RawClient again(town.port);
  for (int i = 0; i < 2; ++i) {
    again.send("GET /fast HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    auto answer = again.read();
    EXPECT_EQ(answer.headers.get("Connection"), "keep-alive");
    EXPECT_EQ(answer.body, "fast");
  }
  auto last = again.get("/fast", "Connection: close\r\n");
  EXPECT_EQ(last.headers.get("Connection"), "close");
  EXPECT_TRUE(again.closed());
}

TEST(Server, TimeOutsAnswerAndClose) {
  Options options;
  options.header_timeout = options.body_timeout = options.idle_timeout = milliseconds(60);
  Town town(options);
  RawClient idle(town.port), header(town.port), body(town.port), kept(town.port);
  header.send("GET /fast HT");
  body.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhel");
  EXPECT_EQ(kept.get("/fast").body, "fast");
  for (RawClient* slow : {&header, &body}) {
    auto answer = slow->read();
    EXPECT_EQ(answer.status, 408);
    EXPECT_EQ(problem_type(answer), "/problems/http.timeout");
    slow->finish_sending();
    EXPECT_TRUE(slow->closed());
  }
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(kept.closed());
}

TEST(Server, SlowLorisIsCutAlthoughItKeepsSending) {
  Options options;
  options.header_timeout = milliseconds(100);
  Town town(options);
  RawClient client(town.port);
  client.send("GET /fast HTTP/1.1\r\n");
  // Each byte comes at once; what ends this loop is the deadline, or the header limit would with 431.
  auto reader = std::async(std::launch::async, [&] { return client.read().status; });
  while (reader.wait_for(milliseconds(2)) != std::future_status::ready)
    if (!client.send("X: 1\r\n")) break;
  EXPECT_EQ(reader.get(), 408);
}

TEST(Server, ConditionalAndCompressed) {
  Town town;
  RawClient client(town.port);
  auto plain = client.get("/page");
  EXPECT_EQ(plain.headers.get("ETag"), "\"v1\"");
  EXPECT_EQ(plain.headers.get("Vary"), "Accept-Encoding");
  auto same = client.get("/page", "If-None-Match: \"x\", W/\"v1\"\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.headers.get("ETag"), "\"v1\"");
  EXPECT_FALSE(same.headers.has("Content-Length"));
  EXPECT_EQ(client.get("/page", "If-None-Match: \"v2\"\r\n").status, 200);
  auto zipped = client.get("/page", "Accept-Encoding: br, gzip\r\n");
  EXPECT_EQ(zipped.headers.get("Content-Encoding"), "gzip");
  EXPECT_EQ(zipped.headers.get("ETag"), "\"v1-gz\"");
  std::string out(9000, '\0');
  z_stream z{};
  ASSERT_EQ(inflateInit2(&z, 31), Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(zipped.body.data());
  z.avail_in = uInt(zipped.body.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = uInt(out.size());
  EXPECT_EQ(inflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  inflateEnd(&z);
  EXPECT_EQ(out, kPage);
  EXPECT_EQ(client.get("/page", "Accept-Encoding: gzip\r\nIf-None-Match: \"v1-gz\"\r\n").status, 304);
  EXPECT_FALSE(client.get("/fast", "Accept-Encoding: gzip\r\n").headers.has("Content-Encoding"));
  EXPECT_EQ(client.get("/cached", "Accept-Encoding: gzip\r\n").body, "precompressed");
  EXPECT_EQ(client.get("/cached").body, "plain bytes of an asset");
}

TEST(Server, FullMeans503) {
  Options options;
  options.workers = 1;
  options.queue = 0;
  options.max_connections = 3;
  Town town(options);
  RawClient running(town.port), refused(town.port);
  running.send("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n");
  town.wait_for(1);
  auto answer = refused.get("/slow");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.headers.get("Retry-After"), "1");
  EXPECT_EQ(problem_type(answer), "/problems/http.overloaded");
  EXPECT_EQ(refused.get("/fast").body, "fast");  // pure memory is still answered
  RawClient third(town.port);
  EXPECT_EQ(third.get("/fast").body, "fast");
  RawClient fourth(town.port);
  EXPECT_EQ(fourth.read().status, 503);
  EXPECT_TRUE(fourth.closed());
  town.open();
  EXPECT_EQ(running.read().body, "waited");
}

TEST(Server, MoreRequestsThanWorkersWaitTheirTurn) {
  Options options;
  options.workers = 2;
  Town town(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<RawClient>(town.port));
    clients.back()->send("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n");
  }
  town.wait_for(2);
  town.open();
  for (auto& client : clients) EXPECT_EQ(client->read().body, "waited");
  EXPECT_EQ(town.waiting, 20);
}

TEST(Server, StopFinishesWhatIsInFlight) {
  Town town;
  RawClient idle(town.port), busy(town.port);
  EXPECT_EQ(idle.get("/fast").body, "fast");
  busy.send("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n");
  town.wait_for(1);
  auto stopping = std::async(std::launch::async, [&] { town.server->stop(); });
  EXPECT_TRUE(idle.closed());
  while (RawClient(town.port).connected()) {}  // until the listener is gone
  town.open();
  auto answer = busy.read();
  EXPECT_EQ(answer.body, "waited");
  EXPECT_EQ(answer.headers.get("Connection"), "close");
  EXPECT_TRUE(busy.closed());
  stopping.get();
  town.server->stop();  // again: nothing
}

TEST(Server, StopCutsWhatTakesTooLong) {
  Options options;
  options.stop_timeout = milliseconds(50);
  options.workers = 1;
  Town town(options);
  RawClient busy(town.port), queued(town.port);
  busy.send("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n");
  town.wait_for(1);
  queued.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
  auto stopping = std::async(std::launch::async, [&] { town.server->stop(); });
  EXPECT_TRUE(busy.closed());
  EXPECT_TRUE(queued.closed());
  town.open();
  stopping.get();
}

TEST(Server, ClientsThatLeaveHarmNobody) {
  Town town;
  for (int i = 0; i < 50; ++i) {
    RawClient client(town.port);
    client.send("GET /page HTTP/1.1\r\nHost: t\r\n\r\nGET /slow HTTP/1.1\r\nHost: t\r\n\r\nGET /pa");
  }
  EXPECT_EQ(RawClient(town.port).get("/fast").body, "fast");
}

TEST(Server, TellsWhyItCannotStart) {
  Town town;
  Options options;
  options.port = town.port;
  EXPECT_EQ(Server(options, town.router).start().error().name, "http.port_taken");
  options.address = "not-an-address";
  EXPECT_EQ(Server(options, town.router).start().error().name, "http.address");
  options.address = "192.0.2.1";
  EXPECT_EQ(Server(options, town.router).start().error().name, "http.address");
}

TEST(Server, LogsThePatternAndNeverTheTarget) {
  std::FILE* file = std::tmpfile();  // what the caller chose is in capitals: request ids have none
  auto& counted = metrics::counter("http_requests_total", "Answers by route and class of status.",
                                   "method=\"GET\",route=\"/{org}/plans\",class=\"2xx\"");
  auto before = counted.value();
  Router router;
  router.add(route(Method::get, "/{org}/plans", [](Request&) { return text("x"); }));
  Server server({}, router);
  auto address = server.start();
  log::set_descriptor(fileno(file));
  RawClient client(address->port);
  EXPECT_EQ(client.get("/SECRET-TOWN/plans?name=YAMADA", "Cookie: session=S3\r\n").status, 200);
  EXPECT_EQ(client.get("/SECRET/NONE?name=YAMADA").status, 404);
  server.stop();
  log::set_descriptor(2);
  std::string lines(4096, '\0');
  std::rewind(file);
  lines.resize(std::fread(lines.data(), 1, lines.size(), file));
  std::fclose(file);
  EXPECT_NE(lines.find("\"route\":\"/{org}/plans\",\"status\":200,\"bytes\":1"), lines.npos) << lines;
  EXPECT_NE(lines.find("\"route\":\"-\",\"status\":404"), lines.npos) << lines;
  for (auto word : {"SECRET", "YAMADA", "S3", "127.0.0.1:", "NONE"}) EXPECT_EQ(lines.find(word), lines.npos) << word;
  EXPECT_EQ(counted.value(), before + 1);
}

}  // namespace
}  // namespace musubi::http
