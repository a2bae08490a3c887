// What waits in the outbox leaves as the act on record queued it, or not at all; and `verify` names what is otherwise.

#include "exchange/verify.h"

#include <gtest/gtest.h>

#include "exchange/test_towns.h"

namespace musubi::exchange {
namespace {

class WhatWaits : public Towns {};
INSTANTIATE_TEST_SUITE_P(Both, WhatWaits, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

// Somebody with the database alone changes what waits.
TEST_P(WhatWaits, IsNotSentOnceItWasAltered) {
  std::vector<std::string> taken;
  at("aoba").serve("status", [&](Incoming& in) -> Result<json::object> {
    taken.emplace_back(in.body.at("state").get_string());
    TRY(data("aoba")->write([&](db::Transaction& tx) { return in.record(tx, {{"outcome", "ok"}}, json::object{}); }));
    return json::object{};
  });
  for (const char* id : {"portal", "aoba"})
    ASSERT_OK(data(id)->write([&](db::Transaction& tx) {
      return enter_permits(tx, {permit("status.test", "portal", "aoba", "*", {"service:status"})}, "operator");
    }));
  bool told = false;
  at("portal").on_delivered(
      "status", [](db::Transaction&, const Outgoing&, const json::object&, std::string_view) -> Result<void> { return {}; },
      [&](db::Transaction&, const Outgoing&, const Error&) -> Result<void> {
        told = true;
        return {};
      });
  world->down = {"aoba"};
  for (const char* key : {"records/1", "records/2"})
    ASSERT_OK(data("portal")->write([&](db::Transaction& tx) {
      return act_and_post(tx, at("portal"), {"aoba", "status", "portal-7", {"portal-8"}, {{"state", "refused"}}, key, "abc"});
    }));
  auto found = [&] {
    std::vector<std::string> where;
    auto all = read("portal", [](db::Reader& reader) { return verify_outbox(reader); }).value();
    for (const auto& one : all) where.push_back(one.where);
    return where;
  };
  auto row = [&](const char* key) {
    return read("portal",
                [&](db::Reader& reader) {
                  return reader.query(
                      "SELECT id, person, further, body, receiver, service, about FROM exchange_outbox WHERE idempotency_key = $1",
                      {std::string(key)});
                })
        .value()
        .at(0);
  };
  auto change = [&](const std::string& id, const std::string& column, const std::string& value) {
    ASSERT_OK(data("portal")->write([&](db::Transaction& tx) -> Result<void> {
      TRY(tx.execute("UPDATE exchange_outbox SET " + column + " = $1, next_at = 0 WHERE id = $2", {value, id}));
      return {};
    }));
  };
  EXPECT_TRUE(found().empty());
  world->down = {};
  auto first = row("records/1");
  const std::string id = first.text(0);
  change(row("records/2").text(0), "error_en", "");  // due, and as it was queued
  int column = 1;
  for (const auto& [name, value] : {std::pair{"person", "portal-9"},
                                    {"further", "[]"},
                                    {"body", "{\"state\":\"granted\"}"},
                                    {"receiver", "minato"},
                                    {"service", "news"},
                                    {"about", "xyz"}}) {
    change(id, name, value);
    all->deliver_all();
    EXPECT_EQ(found(), std::vector<std::string>{"table exchange_outbox key [\"" + id + "\"]"}) << name;
    change(id, name, first.text(column++));
    EXPECT_TRUE(found().empty()) << name;
    change(id, name, value);
    all->deliver_all();
    change(id, name, first.text(column - 1));
    ASSERT_OK(data("portal")->write(
        [&](db::Transaction& tx) { return tx.execute("UPDATE exchange_outbox SET next_at = 9000000000000000", {}); }));
  }
  EXPECT_EQ(taken, std::vector<std::string>{"refused"}) << "the other one alone";
  EXPECT_FALSE(told) << "its owner hears nothing of what it says now";
  auto stuck = read("portal", [](db::Reader& reader) { return outbox(reader); }).value().at(0);
  EXPECT_EQ(stuck.state, "waiting");
  EXPECT_NE(stuck.last_error.en.find(id), std::string::npos) << "the page names it";
  change(id, "error_en", "");
  EXPECT_EQ(all->deliver_all(), 1u) << "as it was queued, it goes";
  EXPECT_EQ(taken.size(), 2u);
  EXPECT_TRUE(found().empty());
  EXPECT_EQ(read("portal", [](db::Reader& r) { return r.query("SELECT count(*) FROM exchange_waiting"); }).value()[0].integer(0), 0);
  expect_clean();
}

TEST_P(WhatWaits, IsNotSentWhenNoActQueuedItUntilSomebodyAnswersForIt) {
  int taken = 0;
  at("aoba").serve("filing", [&](Incoming& in) -> Result<json::object> {
    ++taken;
    TRY(data("aoba")->write([&](db::Transaction& tx) { return in.record(tx, {{"outcome", "ok"}}, json::object{}); }));
    return json::object{};
  });
  auto plain = [&](const std::string& statement, const std::string& value) {
    ASSERT_OK(data("portal")->write([&](db::Transaction& tx) -> Result<void> {
      TRY(tx.execute(statement, {value}));
      return {};
    }));
  };
  plain(
      "INSERT INTO exchange_outbox (id, idempotency_key, receiver, service, person, further, body, state, blocks, attempts, "
      "created_at, "
      "next_at, error_ja, error_en) VALUES ($1, 'k', 'aoba', 'filing', '', '[]', '{}', 'waiting', 0, 0, 0, 0, '', '')",
      std::string(26, 'f'));
  auto found = [&] { return read("portal", [](db::Reader& reader) { return verify_outbox(reader); }).value(); };
  at("portal");
  EXPECT_EQ(all->deliver_all(), 0u);
  EXPECT_EQ(taken, 0);
  auto held = read("portal", [](db::Reader& reader) { return outbox(reader); }).value().at(0);
  EXPECT_NE(held.last_error.en.find("not as it was queued"), std::string::npos) << held.last_error.en;
  ASSERT_EQ(found().size(), 1u);
  EXPECT_EQ(found()[0].message.en, "No act on record queued it.");
  auto seal = [&] { return data("portal")->write([](db::Transaction& tx) { return seal_outbox(tx, "operator"); }); };
  EXPECT_EQ(seal().value(), 1u);
  EXPECT_EQ(seal().value(), 0u);
  EXPECT_TRUE(found().empty());
  auto records = read("portal", [](db::Reader& r) { return evidence::read_records(r, 0, 1000, "exchange.outbox_sealed"); }).value();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_NE(records[0].head.find("\"count\":1"), std::string::npos);
  plain("UPDATE exchange_outbox SET created_at = created_at, next_at = 0 WHERE id = $1", std::string(26, 'f'));
  all->deliver_all();
  EXPECT_EQ(taken, 1);
  ASSERT_OK(data("portal")->write([&](db::Transaction& tx) {
    return act_and_post(tx, at("portal"), {"aoba", "filing", "", {}, {}, "gone"});
  }));
  plain("DELETE FROM exchange_outbox WHERE idempotency_key = $1", "gone");
  ASSERT_EQ(found().size(), 1u);
  EXPECT_EQ(found()[0].message.en, "It is gone from the outbox without a record.");
}

}  // namespace
}  // namespace musubi::exchange
