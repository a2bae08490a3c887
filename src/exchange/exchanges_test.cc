// Stopping while other threads still ask for organisations: nothing begins a post afterwards. Of use under the preset tsan, too.

#include "exchange/exchanges.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "exchange/state.h"
#include "exchange/test_towns.h"

namespace musubi::exchange {
namespace {

class ExchangesOf : public Towns {};

TEST_P(ExchangesOf, WhatIsMadeWhileTheyStopBeginsNoPost) {
  std::promise<void> reached, go;
  auto prepare = world->prepare;
  world->prepare = [&](Exchange& exchange) {
    prepare(exchange);
    if (exchange.organisation() != "portal") return;
    reached.set_value();
    go.get_future().wait();
  };
  auto asked = std::async(std::launch::async, [&] { return all->of("portal"); });
  reached.get_future().wait();
  all->stop();
  go.set_value();
  auto made = asked.get();
  ASSERT_OK(made);
  EXPECT_TRUE((*made)->state().stopping);
  ASSERT_OK(data("portal")->write([&](db::Transaction& tx) {
    return act_and_post(tx, **made, {"aoba", "filing", "portal-7", {}, {{"form", 1}}, "basket-1/0"});
  }));
  EXPECT_EQ((*made)->deliver().value(), 0u);
  EXPECT_TRUE(world->transport.sent.empty());
}

TEST_P(ExchangesOf, ManyThreadsMayAskWhileTheyStop) {
  for (int round = 0; round < 8; ++round) {
    all = world->exchanges(*store);
    all->start();
    std::promise<void> begin;
    std::shared_future<void> begun = begin.get_future().share();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&, i] {
        begun.wait();
        for (int k = 0; k < 4; ++k) EXPECT_TRUE(all->of(TestWorld::kAll[(i + k) % 4]).ok());
      });
    begin.set_value();
    all->stop();
    for (auto& thread : threads) thread.join();
    for (const char* id : TestWorld::kAll) EXPECT_TRUE(at(id).state().stopping) << id;
  }
}

INSTANTIATE_TEST_SUITE_P(Both, ExchangesOf, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

}  // namespace
}  // namespace musubi::exchange
