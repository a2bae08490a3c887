// Complete filings a second, portal and offices on this machine: a household moves from Aoba to Minato, one signature over its
// filings. `HOUSEHOLDS=300 THREADS=16 build/release/filing_bench`. Beside it, in the same run, what checking the
// signatures alone costs.
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <vector>

#include "app/demo_towns.h"
#include "base/log.h"
#include "identity/card_message.h"
#include "procedures/procedures.h"

namespace {

using namespace musubi;
using namespace musubi::app;
using Steady = std::chrono::steady_clock;

template <class T>
T must(Result<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s: %s\n", result.error().name.c_str(), result.error().message.en.c_str());
    for (const auto& fault : result.error().faults) std::fprintf(stderr, "  %s: %s\n", fault.where.c_str(), fault.message.en.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

struct Household {
  std::string code, basket, jws;  // of the head at the portal
};

const procedures::Pack& moving() {
  for (const auto& pack : procedures::embedded_packs())
    if (pack.id == "demo.moving") return pack;
  std::abort();
}

// Everything up to the signature: what applicant and browser do.
Household prepare(DemoWorld& world, identity::Linker& linker, procedures::Procedures& portal, Numbers& numbers) {
  text::Date today = text::jst_date(world.clock().now());
  auto people = make_household(numbers, kAoba, today);
  std::string person, code;
  must(world.database("linker")->write([&](db::Transaction& tx) -> Result<void> {
    for (std::size_t i = 0; i < people.size(); ++i) {
      auto id = TRY(linker.add_person(tx, "operator"));
      people[i].code = TRY(linker.code_for(tx, id, "aoba", "assign", "operator"));
      if (i == 0) person = id, code = TRY(linker.code_for(tx, id, "portal", "sign-in", "portal"));
    }
    return {};
  }));
  must(world.database("aoba")->write([&](db::Transaction& tx) { return identity::enter_residents(tx, people, "operator"); }));
  auto basket = must(
      portal.start(code, moving(), "moving",
                   {{"from_town", "aoba"}, {"to_town", "minato"}, {"move_date", text::iso_date(today)}, {"about", json::array{}}}));
  basket = must(portal.prefill(std::move(basket), moving()));
  basket.answers = moving_answers(numbers, people[0], make_address(numbers, kMinato), basket.answers, today);
  basket = must(portal.save(std::move(basket)));
  auto card = must(card_in_memory(world, linker, person));
  identity::Challenge challenge;
  challenge.purpose = identity::CardPurpose::kSign;
  challenge.payload = must(portal.list_to_sign(basket, moving()));
  challenge.handle = "bench";
  return {code, basket.id, must(identity::sign_answer(challenge, "bench", *card.key, card.signing, world.clock().now()))};
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval& time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Seconds that `act` takes over all households, by `threads` at once.
template <class F>
double over_all(const std::vector<Household>& all, int threads, F act) {
  std::atomic<std::size_t> next{0};
  auto from = Steady::now();
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i)
    running.emplace_back([&] {
      for (std::size_t at = next++; at < all.size(); at = next++) act(all[at]);
    });
  for (auto& thread : running) thread.join();
  return std::chrono::duration<double>(Steady::now() - from).count();
}

void run(const std::string& folder, std::size_t households, int threads) {
  Config config;
  config.data = folder;
  DemoPorts ports{"127.0.0.1", 18080};
  DemoSize size;
  size.residents = 20;
  size.days = 0;
  must(make_demo_towns(config, ports, size, [](const Text&) {}));
  auto world = must(DemoWorld::open(config, ports));
  must(world->introduce());
  auto linker = must(identity::Linker::open(trust::keys_folder(world->installation("linker").config().data, "linker")));
  auto neighbours = must(world->services("portal").neighbours("portal"));
  procedures::Procedures portal(*world->database("portal"), world->clock(), "portal", *neighbours);
  Numbers numbers(7);
  std::vector<Household> all;
  auto from = Steady::now();
  for (std::size_t i = 0; i < households; ++i) all.push_back(prepare(*world, linker, portal, numbers));
  double preparing = std::chrono::duration<double>(Steady::now() - from).count();

  double verified =
      over_all(all, threads, [&](const Household& one) { must(neighbours->verify_list(one.jws, world->clock().now())); });
  std::atomic<std::size_t> filings{0};
  double submitted =
      over_all(all, threads, [&](const Household& one) { filings += must(portal.submit(one.code, one.basket, one.jws)).size(); });
  from = Steady::now();
  double cpu = cpu_seconds();
  std::size_t delivered = 0;
  while (std::size_t more = world->deliver()) delivered += more;
  double taken = std::chrono::duration<double>(Steady::now() - from).count();
  cpu = cpu_seconds() - cpu;
  std::printf("%zu households, %zu filings, %d callers, %u cores, SQLite with sync\n", households, filings.load(), threads,
              std::thread::hardware_concurrency());
  std::printf("made ready by applicants (prefill by exchange, draft, card's signature), one by one %8.0f households/s\n",
              double(households) / preparing);
  std::printf("signatures verified alone (control)                                                %8.0f signatures/s\n",
              double(households) / verified);
  std::printf("submitted at the portal: checked, recorded, receipted                              %8.0f filings/s\n",
              double(filings) / submitted);
  std::printf("taken over by offices: exchange, signature, case, receipt (%zu messages)          %8.0f filings/s\n", delivered,
              double(filings) / taken);
  std::printf("processor time of that                                                             %8.2f ms/filing\n",
              cpu * 1e3 / double(filings));
  std::printf("both                                                                               %8.0f filings/s\n",
              double(filings) / (submitted + taken));
}

}  // namespace

int main() {
  auto number = [](const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text && std::atoi(text) > 0 ? std::atoi(text) : otherwise;
  };
  char name[] = "/var/tmp/musubi_filing_bench_XXXXXX";
  CHECK(::mkdtemp(name) != nullptr);
  run(std::string(name) + "/data", std::size_t(number("HOUSEHOLDS", 300)), number("THREADS", 16));
  std::filesystem::remove_all(name);
}
