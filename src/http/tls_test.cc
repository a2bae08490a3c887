#include "http/tls.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

#include "base/file.h"
#include "http/tls_stream.h"
#include "http/wire.h"

namespace musubi::http {
namespace {

// Keys and certificates by the openssl program: this module knows no authority of ours.
struct Ends : ::testing::Test {
  Ends() {
    char name[] = "/tmp/musubi_tls_XXXXXX";
    CHECK(::mkdtemp(name) != nullptr);
    folder = name;
    for (const char* org : {"aoba", "portal", "other"}) {
      std::string o = org;
      run("openssl ecparam -name prime256v1 -genkey -noout -out " + o + "-root.key && openssl req -x509 -new -key " + o +
          "-root.key -subj /O=" + o + "/CN=root -days 30 -addext keyUsage=critical,keyCertSign -out " + o + "-root.crt");
      std::ofstream(folder + "/ext")
          << "subjectAltName=DNS:" << o
          << ".musubi.internal\nextendedKeyUsage=serverAuth,clientAuth\nkeyUsage=critical,digitalSignature\n"
             "basicConstraints=critical,CA:FALSE\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n";
      run("openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out " + o +
          ".key && openssl req -new -key " + o + ".key -subj /CN=" + o + " -out csr && " + "openssl x509 -req -in csr -CA " + o +
          "-root.crt -CAkey " + o + "-root.key -CAcreateserial -days 20 -extfile ext -out " + o + ".crt");
    }
  }
  ~Ends() override {
    server.reset();
    std::filesystem::remove_all(folder);
  }
  void run(const std::string& command) {
    ASSERT_EQ(std::system(("cd " + folder + " && { " + command + "; } >out 2>&1").c_str()), 0)
        << read_file(folder + "/out", 1 << 20).value();
  }
  std::string file(const std::string& name) { return read_file(folder + "/" + name, 1 << 20).value(); }
  std::shared_ptr<const TlsContext> context(const std::string& org, std::vector<std::string> trusted) {
    std::vector<std::string> roots;
    for (const auto& each : trusted) roots.push_back(file(each + "-root.crt"));
    auto made = TlsContext::create({file(org + ".crt"), folder + "/" + org + ".key"}, roots);
    EXPECT_TRUE(made.ok()) << made.error().message.en;
    return *made;
  }
  void serve(TlsServer::Handler handler, TlsServer::Options options = {}) {
    auto own = context("aoba", {"portal"});
    server = std::make_unique<TlsServer>(
        options,
        [own](const std::string& host) -> Result<std::shared_ptr<const TlsContext>> {
          if (host != "aoba.musubi.internal") return Error{Code::kNotFound, "none", {"なし", "none"}, {}};
          return own;
        },
        std::move(handler));
    auto started = server->start();
    ASSERT_TRUE(started.ok()) << started.error().message.en;
    port = std::to_string(*started);
  }
  static TlsAnswer echo(TlsRequest& request) {
    TlsAnswer answer{200, {}, request.method + " " + request.target + " " + request.body, ""};
    answer.headers.set("X-Seen", request.headers.get("X-Sent"));
    return answer;
  }
  std::string post(const std::shared_ptr<const TlsContext>& as, const std::string& body = "x", std::int64_t ms = 5000,
                   const std::string& host = "aoba.musubi.internal") {
    Headers headers;
    headers.set("X-Sent", "1");
    auto answer = client.post(as, "https://127.0.0.1:" + port, host, "/exchange/query", headers, body, ms);
    return answer.ok() ? std::to_string(answer->status) + " " + answer->body.substr(0, 60) : answer.error().name;
  }
  int connected() {
    int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(std::uint16_t(std::stoi(port)));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    return fd;
  }
  std::string openssl(const std::string& options, const std::string& sent) {
    std::ofstream(folder + "/sent", std::ios::binary) << sent;
    std::system(
        ("cd " + folder + " && timeout 10 openssl s_client -connect 127.0.0.1:" + port + " -quiet " + options + " <sent >out 2>&1")
            .c_str());
    return file("out");
  }

  std::string folder, port;
  std::unique_ptr<TlsServer> server;
  TlsClient client;
};

TEST_F(Ends, BothShowTheirCertificateAndKeepTheConnection) {
  std::string seen;
  std::size_t calls = 0;
  serve([&](TlsRequest& request) {
    ++calls;
    seen = request.host + " " + (request.peer_der.empty() ? "nobody" : "somebody");
    return echo(request);
  });
  auto portal = context("portal", {"aoba"});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(post(portal), "200 POST /exchange/query x");
  EXPECT_EQ(seen, "aoba.musubi.internal somebody");
  EXPECT_EQ(calls, 20u);
  std::string large(4 << 20, 'y');
  EXPECT_EQ(post(portal, large).substr(0, 3), "200");
  server->stop();
  EXPECT_EQ(post(portal), "tls.unreachable");
}

TEST_F(Ends, WrongCertificatesAreRefusedOnBothSides) {
  serve(echo);
  EXPECT_EQ(post(context("other", {"aoba"})), "tls.refused") << "a root that the server does not know";
  EXPECT_EQ(post(context("portal", {"other"})), "tls.untrusted") << "a root that the client does not know";
  EXPECT_EQ(post(context("portal", {"aoba"}), "x", 5000, "minato.musubi.internal"), "tls.refused") << "a name that nobody has here";
  auto mixed = TlsContext::create({file("portal.crt"), folder + "/aoba.key"}, {});
  ASSERT_FALSE(mixed.ok());
  EXPECT_EQ(mixed.error().name, "tls.identity");
  EXPECT_EQ(TlsContext::create({file("portal.crt"), folder + "/portal.key"}, {"rubbish"}).error().name, "tls.roots");
}

TEST_F(Ends, OpensslSpeaksItWithACertificateAndNotWithoutOne) {
  serve(echo);
  std::string request =
      "POST /exchange/query HTTP/1.1\r\nHost: aoba.musubi.internal\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
  std::string good =
      "-servername aoba.musubi.internal -CAfile aoba-root.crt -verify_return_error -verify_hostname aoba.musubi.internal";
  std::string certificate = " -cert portal.crt -key portal.key";
  EXPECT_NE(openssl(good + certificate, request).find("POST /exchange/query hi"), std::string::npos) << file("out");
  EXPECT_EQ(openssl(good, request).find("HTTP/1.1"), std::string::npos);
  EXPECT_NE(file("out").find("certificate required"), std::string::npos) << file("out");
  EXPECT_EQ(openssl(good + " -cert other.crt -key other.key", request).find("HTTP/1.1"), std::string::npos);
  EXPECT_EQ(openssl("-tls1_2 " + good + certificate, request).find("HTTP/1.1"), std::string::npos);
  EXPECT_EQ(openssl("-noservername" + certificate, request).find("HTTP/1.1"), std::string::npos);
}

TEST_F(Ends, BadRequestsAreRefused) {
  TlsServer::Options options;
  options.body_limit = 1000;
  options.request_ms = 200;
  serve(echo, options);
  auto say = [&](const std::string& text) {
    std::string out = openssl("-servername aoba.musubi.internal -CAfile aoba-root.crt -cert portal.crt -key portal.key", text);
    auto at = out.find("HTTP/1.1 ");
    return at == out.npos ? std::string("nothing") : out.substr(at + 9, 3);
  };
  std::string host = "Host: aoba.musubi.internal\r\n";
  EXPECT_EQ(say("POST / HTTP/1.1\r\n" + host + "Content-Length: 1001\r\n\r\n"), "413");
  EXPECT_EQ(say("POST / HTTP/1.1\r\nHost: minato.musubi.internal\r\nContent-Length: 0\r\n\r\n"), "421");
  EXPECT_EQ(say("POST / HTTP/1.1\r\n" + host + "\r\n"), "400");
  EXPECT_EQ(say("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n"), "400");
  EXPECT_EQ(say("POST / HTTP/1.0\r\n" + host + "Content-Length: 0\r\n\r\n"), "400");
  EXPECT_EQ(say("POST / HTTP/1.1\r\n" + host + "Content-Length: 10\r\n\r\nabc"), "408");
  EXPECT_EQ(say("POST / HTTP/1.1\r\n" + host + "X: " + std::string(40000, 'x')), "431");
}

TEST_F(Ends, ASlowPeerIsLeftAtTheDeadline) {
  std::promise<void> release;
  auto released = release.get_future().share();
  serve([released](TlsRequest& request) {
    released.wait();
    return echo(request);
  });
  auto portal = context("portal", {"aoba"});
  EXPECT_EQ(post(portal, "x", 150), "tls.timeout");
  release.set_value();
  EXPECT_EQ(post(portal), "200 POST /exchange/query x");
}

TEST_F(Ends, StrangersWhoSayNothingHoldUpNobody) {
  TlsServer::Options options;
  options.handshake_ms = 8000;
  serve(echo, options);
  std::vector<int> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(connected());                       // many more than there are threads
  for (int fd : silent) ASSERT_EQ(::send(fd, "\x16\x03\x01\x02\x00\x01", 6, 0), 6);  // the beginning of a hello
  EXPECT_EQ(post(context("portal", {"aoba"}), "x", 3000), "200 POST /exchange/query x");
  for (int fd : silent) ::close(fd);
}

TEST_F(Ends, StrangersAreLeftAtTheDeadlineAndTheOldestMakeWay) {
  TlsServer::Options options;
  options.handshake_ms = 300;
  serve(echo, options);
  int one = connected();
  char byte;
  EXPECT_LE(::recv(one, &byte, 1, 0), 0) << "left alone after the handshake's deadline";
  ::close(one);
  server.reset();
  options.handshake_ms = 60'000;
  options.greeting = 8;
  serve(echo, options);
  std::vector<int> silent;
  for (int i = 0; i < 30; ++i) silent.push_back(connected());
  EXPECT_EQ(post(context("portal", {"aoba"})), "200 POST /exchange/query x");
  EXPECT_LE(::recv(silent[0], &byte, 1, 0), 0) << "the oldest went";
  for (int fd : silent) ::close(fd);
}

// Members who send their requests a byte at a time, more of them than there are workers.
TEST_F(Ends, SlowSendersHoldUpNobody) {
  TlsServer::Options options;
  options.workers = 2;
  options.request_ms = 8000;
  serve(echo, options);
  auto portal = context("portal", {"aoba"});
  std::vector<std::unique_ptr<TlsStream>> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(TlsStream::client(connected(), portal, "aoba.musubi.internal"));
    ASSERT_EQ(slow.back()->handshake(deadline_in(5000)), TlsStep::kDone);
    ASSERT_EQ(slow.back()->write("POST / HTTP/1.1\r\nHost: aoba.musubi.internal\r\nContent-Length: 4\r\n", deadline_in(5000)),
              TlsStep::kDone);
  }
  EXPECT_EQ(post(portal, "x", 3000), "200 POST /exchange/query x");
  // A request in pieces, then two at once.
  auto& one = *slow[0];
  std::string answer;
  ASSERT_EQ(one.write("\r\nab", deadline_in(5000)), TlsStep::kDone);
  ASSERT_EQ(one.write("cd", deadline_in(5000)), TlsStep::kDone);
  while (answer.find("POST / abcd") == answer.npos) ASSERT_EQ(one.read(answer, deadline_in(5000)), TlsStep::kDone) << answer;
  std::string twice = "POST /1 HTTP/1.1\r\nHost: aoba.musubi.internal\r\nContent-Length: 1\r\n\r\nx";
  ASSERT_EQ(one.write(twice + twice, deadline_in(5000)), TlsStep::kDone);
  answer.clear();
  while (answer.find("POST /1 x", answer.find("POST /1 x") + 1) == answer.npos)
    ASSERT_EQ(one.read(answer, deadline_in(5000)), TlsStep::kDone) << answer;
}

TEST_F(Ends, BodiesAtATimeHaveALimit) {
  TlsServer::Options options;
  options.buffer_limit = 100;
  serve(echo, options);
  auto portal = context("portal", {"aoba"});
  std::unique_ptr<TlsStream> held;
  auto hold = [&] {
    int fd = connected();
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    held = TlsStream::client(fd, portal, "aoba.musubi.internal");
    ASSERT_EQ(held->handshake(deadline_in(5000)), TlsStep::kDone);
    ASSERT_EQ(held->write("POST / HTTP/1.1\r\nHost: aoba.musubi.internal\r\nContent-Length: 90\r\n\r\n", deadline_in(5000)),
              TlsStep::kDone);
    ASSERT_EQ(held->write(std::string(89, 'x'), deadline_in(5000)), TlsStep::kDone);
  };
  // Whichever the server reads first is held, and the other refused: if it was one of the others, once more.
  auto refused = [&] {
    std::string answer;
    return held->read(answer, deadline_in(0)) != TlsStep::kLate;
  };
  auto status = [&] { return post(portal, std::string(50, 'y')).substr(0, 3); };
  hold();
  std::string seen = status();
  for (int i = 0; i < 1000 && seen != "503"; ++i) {
    if (refused()) hold();
    seen = status();
  }
  EXPECT_EQ(seen, "503");
  held.reset();
  for (int i = 0; i < 1000 && seen != "200"; ++i) seen = status();
  EXPECT_EQ(seen, "200") << "given back when that one is gone";
}

// Cards are issued under the same root as the linker's own certificate.
TEST_F(Ends, ACertificateOfAClientAloneIsNoOrganisation) {
  serve(echo);
  std::ofstream(folder + "/ext")
      << "extendedKeyUsage=clientAuth\nkeyUsage=critical,digitalSignature\nbasicConstraints=critical,CA:FALSE\n"
         "authorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n";
  run("openssl req -new -key other.key -subj /CN=card-7 -out csr && openssl x509 -req -in csr -CA portal-root.crt -CAkey "
      "portal-root.key -CAcreateserial -days 20 "
      "-extfile ext -out other.crt");
  EXPECT_EQ(post(context("other", {"aoba"})), "tls.refused");
}

TEST(Wire, ReadsWhatItWritesAndRefusesTheRest) {
  Headers headers;
  headers.add("X-A", "1");
  std::string request = wire::write_request("POST", "/a", "h", headers, "body");
  auto size = wire::head_size(request);
  ASSERT_TRUE(size);
  auto head = wire::parse_request(request.substr(0, *size));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method + head->target + std::to_string(head->length) + std::string(head->headers.get("x-a")), "POST/a41");
  std::string answer = wire::write_answer(404, headers, "body", true);
  auto read = wire::parse_answer(answer.substr(0, *wire::head_size(answer)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->status, 404);
  EXPECT_FALSE(read->keep_alive);
  for (const char* bad :
       {"", "GET / HTTP/1.1", "GET  HTTP/1.1\r\n\r\n", "GET a HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nA : 1\r\n\r\n",
        "GET / HTTP/1.1\r\n A: 1\r\n\r\n", "GET / HTTP/1.1\r\nA: \x01\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1234567890123\r\n\r\n", "GET / HTTP/1.1\r\nA\r\n\r\n"})
    EXPECT_FALSE(wire::parse_request(bad)) << bad;
  for (const char* bad : {"HTTP/1.1 200\r\n\r\n", "HTTP/1.1 099 x\r\nContent-Length: 0\r\n\r\n",
                          "HTTP/1.1 20x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"})
    EXPECT_FALSE(wire::parse_answer(bad)) << bad;
}

}  // namespace
}  // namespace musubi::http
