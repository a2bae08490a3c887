// Full exchanges a second, both sides on this machine: permit, linker's token, signature, answer, verification, a durable record on
// both sides; beside it what the signatures alone cost. `SECONDS=5 THREADS=16 build/release/exchange_bench`
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/log.h"
#include "exchange/signature.h"
#include "exchange/test_world.h"
#include "exchange/tls_transport.h"
#include "exchange/token.h"

namespace {

using namespace musubi;
using namespace musubi::exchange;

// Calls a second of `act`, from `threads` at once.
template <class F>
double rate(int seconds, int threads, F act) {
  std::atomic<std::uint64_t> count{0};
  std::atomic<bool> stop{false};
  auto from = std::chrono::steady_clock::now();
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i)
    all.emplace_back([&] {
      while (!stop) {
        act();
        ++count;
      }
    });
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  stop = true;
  for (auto& thread : all) thread.join();
  return double(count) / std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
}

void signatures(TestWorld& world, Clock& clock, int seconds, int threads) {
  const auto& keys = *world.keys.at("portal");
  auto key = crypto::Verifier::create(crypto::Algorithm::kEcdsaP256, keys.message.public_key()).value();
  auto both = rate(seconds, threads, [&] {
    Message message{"POST", "aoba.musubi.internal", "/exchange/query", {}, std::string(1000, 'x')};
    message.headers.set("Content-Type", "application/json");
    CHECK(sign_question(message, *keys.message_key, "portal", "0123456789abcdef", clock.now()).ok());
    CHECK(verify_question(message, key, clock.now()).ok());
    Reply reply{200, {}, std::string(1000, 'y')};
    reply.headers.set("Content-Type", "application/json");
    CHECK(sign_answer(reply, message, *keys.message_key, "portal", clock.now()).ok());
    CHECK(verify_answer(reply, message, key, clock.now()).ok());
  });
  std::printf("question and answer signed and verified       %8.0f /s\n", both);
  PeerKeys peers;
  Member linker = world.member("linker");
  const auto& by = *world.keys.at("linker");
  auto token = rate(seconds, threads, [&] {
    auto sealed = make_token({"portal-7", "portal", "aoba", "n", Time{clock.now().us + kTokenLife_us}}, *by.message_key, by.message,
                             keys.seal_key->public_key());
    CHECK(open_token(*sealed, *keys.seal_key, linker, peers, "portal", "aoba", clock.now()).ok());
  });
  std::printf("token made, sealed, opened, verified          %8.0f /s\n", token);
}

std::atomic<int> peer_takes_ms{0};  // what the answering side needs to look something up

// What somebody waits for the button "fill in what offices know": one question over mutual TLS, with the linker's token, under the
// deadline of `serve` (exchange.h). Beyond it the form says why and stays usable by hand.
void slow_peer(TestWorld& world, db::Store& store, TlsTransport& wire) {
  std::int64_t deadline = Options{}.deadline_ms;
  world.transport.instead = [&, deadline](const std::string& from, const Member& to, const Message& message) {
    return wire.carry(from, to, message, deadline);
  };
  auto all = world.exchanges(store);
  Exchange& portal = **all->of("portal");
  std::printf("prefill of one organisation, peer takes | median ms | slowest ms | answered (deadline %lld ms)\n",
              static_cast<long long>(deadline));
  for (int delay : {1, 100, 5000}) {
    peer_takes_ms = delay;
    int rounds = delay > 1000 ? 3 : 50, answered = 0;
    std::vector<double> times;
    for (int i = 0; i < rounds; ++i) {
      auto from = std::chrono::steady_clock::now();
      answered += portal.ask({"aoba", "moving", "b", "portal-7", {"person.name"}, "bench"}).ok();
      times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from).count());
    }
    std::sort(times.begin(), times.end());
    std::printf("%39d | %9.1f | %10.1f | %d of %d\n", delay, times[times.size() / 2], times.back(), answered, rounds);
  }
  peer_takes_ms = 0;
}

void exchanges(TestWorld& world, db::Store& store, int seconds, int threads) {
  auto all = world.exchanges(store);
  world.transport.keep = false;
  Exchange& portal = **all->of("portal");
  std::atomic<int> failed{0};
  auto without = rate(seconds, threads, [&] { failed += !portal.ask({"aoba", "moving", "b", "", {"person.name"}, "bench"}).ok(); });
  std::printf("full exchange in process, without a person     %8.0f /s\n", without);
  auto with = rate(seconds, threads, [&] {
    failed += !portal.ask({"aoba", "moving", "b", "portal-7", {"person.name"}, "bench"}).ok();
  });
  std::printf("full exchange in process, with linker's token  %8.0f /s\n", with);

  TlsTransport wire(
      [&](const std::string& id) -> Result<std::shared_ptr<const trust::OrganisationKeys>> { return world.keys.at(id); });
  Listener listener({}, *all);
  std::string address = "https://127.0.0.1:" + std::to_string(listener.start().value());
  for (const char* id : TestWorld::kAll)
    for (const char* other : TestWorld::kAll) {
      if (std::string(id) == other) continue;
      auto member = world.member(other);
      member.address = address;
      store.organisation(id).value()->write([&](db::Transaction& tx) { return enter_member(tx, member, "operator"); }).value();
    }
  world.transport.instead = [&](const std::string& from, const Member& to, const Message& message) {
    return wire.carry(from, to, message, 10'000);
  };
  auto tls = rate(seconds, threads, [&] { failed += !portal.ask({"aoba", "moving", "b", "", {"person.name"}, "bench"}).ok(); });
  std::printf("full exchange by mutual TLS, without a person  %8.0f /s\n", tls);
  auto tls_with = rate(seconds, threads, [&] {
    failed += !portal.ask({"aoba", "moving", "b", "portal-7", {"person.name"}, "bench"}).ok();
  });
  std::printf("full exchange by mutual TLS, linker's token    %8.0f /s\n", tls_with);
  std::printf("failed: %d\n", failed.load());
  slow_peer(world, store, wire);
  world.transport.instead = nullptr;
  listener.stop();
}

}  // namespace

int main() {
  auto number = [](const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text && std::atoi(text) > 0 ? std::atoi(text) : otherwise;
  };
  int seconds = number("SECONDS", 5), threads = number("THREADS", 16);
  char name[] = "/var/tmp/musubi_exchange_bench_XXXXXX";
  CHECK(::mkdtemp(name) != nullptr);
  SystemClock clock;
  {
    TestWorld world(std::string(name) + "/keys", clock);
    for (auto& permit : world.permits) permit.from = {2019, 1, 1};
    world.prepare = [usual = world.prepare](Exchange& exchange) {
      usual(exchange);
      exchange.offer("person.name",
                     [](db::Reader&, const std::string&, const std::string& person, std::vector<Further>&) -> Result<json::value> {
                       if (peer_takes_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(peer_takes_ms));
                       return json::value("結 花子 (" + person + ")");
                     });
    };
    db::StoreOptions options;
    options.directory = std::string(name) + "/data";
    options.schema = TestWorld::schema();
    world.listen(options);
    auto store = db::Store::open(std::move(options)).value();
    world.found(*store);
    std::printf("%d s each, %d callers, %u cores, SQLite with sync\n", seconds, threads, std::thread::hardware_concurrency());
    signatures(world, clock, seconds, threads);
    exchanges(world, *store, seconds, threads);
  }
  std::filesystem::remove_all(name);
}
