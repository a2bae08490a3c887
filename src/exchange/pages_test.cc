#include "exchange/pages.h"

#include <gtest/gtest.h>

#include "evidence/receipt.h"
#include "exchange/descriptor.h"
#include "exchange/test_world.h"
#include "identity/access.h"
#include "identity/card_signing.h"
#include "support/store_fixture.h"

namespace musubi::exchange {
namespace {

class ExchangePages : public testing::StoreTest {
 protected:
  void SetUp() override {
    testing::StoreTest::SetUp();
    if (HasFatalFailure()) return;
    world = std::make_unique<TestWorld>(folder.path() + "/keys", clock);
    auto with = options(TestWorld::schema());
    world->listen(with);
    open(std::move(with));
    if (HasFatalFailure()) return;
    world->found(*store);
    all = world->exchanges(*store);
    context = std::make_unique<RouteContext>(RouteContext{*store, [this](const std::string& id) { return all->of(id); },
                                                          [](const http::Request&, const std::string&) {
                                                            return web::Site{{"組織", "Organisation"}};
                                                          }});
    router.set_authoriser(identity::authoriser(*store, clock));
    router.add(resident_routes(*context));
    router.add(office_routes(*context));
    hanako = signed_in("portal-7");
    stranger = signed_in("portal-8");
  }
  void TearDown() override {
    all.reset();
    testing::StoreTest::TearDown();
  }
  std::string signed_in(const std::string& code) {
    auto token = store->organisation("portal").value()->write(
        [&](db::Transaction& tx) { return identity::open_resident_session(tx, code, clock.now()); });
    EXPECT_TRUE(token.ok());
    std::string cookie = identity::resident_cookie("portal", *token, false);
    return cookie.substr(0, cookie.find(';'));
  }
  std::string officer(const std::string& organisation) {
    std::string token = store->organisation(organisation)
                            .value()
                            ->write([&](db::Transaction& tx) -> Result<std::string> {
                              auto made = TRY(identity::appoint(tx, "山田 太郎", identity::Role::kOfficer, "operator", clock.now()));
                              auto link = TRY(identity::make_link(tx, made.code, clock.now(), "operator"));
                              return TRY(identity::sign_in(tx, link, clock.now())).token;
                            })
                            .value();
    std::string cookie = identity::session_cookie(organisation, token, false);
    return cookie.substr(0, cookie.find(';'));
  }
  http::Response get(const std::string& target, const std::string& cookie, const char* accept = "text/html") {
    http::Request request;
    request.target = target;
    request.headers.add("Accept", accept);
    request.headers.add("Accept-Language", "en");
    if (!cookie.empty()) request.headers.add("Cookie", cookie);
    EXPECT_TRUE(http::parse_target(request).ok());
    return router.dispatch(request);
  }
  void ask(std::vector<std::string> items) {
    ASSERT_OK((*all->of("portal"))->ask({"aoba", "moving", "basket-1", "portal-7", std::move(items), "resident"}));
  }

  ManualClock clock{Time{1'800'000'000'000'000}};
  std::unique_ptr<TestWorld> world;
  std::unique_ptr<Exchanges> all;
  std::unique_ptr<RouteContext> context;
  http::Router router;
  std::string hanako, stranger;
};

TEST_P(ExchangePages, AResidentSeesWhoReadWhatWithProofs) {
  ask({"person.name"});
  auto page = get("/portal/my/reads", hanako);
  ASSERT_EQ(page.status, 200) << page.bytes();
  for (const char* part : {"aoba", "person.name", "Number Act (fictional), Article 19", "basket-1", "Download the proof"})
    EXPECT_NE(page.bytes().find(part), std::string_view::npos) << part;
  EXPECT_EQ(get("/portal/my/reads", stranger).bytes().find("basket-1"), std::string_view::npos);
  EXPECT_EQ(get("/portal/my/reads", "").status, 401);
  EXPECT_EQ(get("/portal/my/reads.csv", hanako).status, 200);
  auto data = parse_json(get("/portal/my/reads.json", hanako).bytes());
  ASSERT_OK(data);
  ASSERT_EQ(data->at("rows").get_array().size(), 1u);
  std::string proof(data->at("rows").get_array()[0].at("proof_href").get_string());
  auto bundle = parse_json(get(proof, hanako).bytes());
  ASSERT_OK(bundle);
  std::vector<crypto::NoteVerifier> trusted = {crypto::NoteVerifier::parse(world->member("portal").log_keys[0]).value()};
  for (const auto& fault : evidence::verify_bundle(*bundle, trusted)) ADD_FAILURE() << fault.message.en;
  EXPECT_NE(json::serialize(*bundle).find("peer_receipt"), std::string::npos) << "the proof of the other side, in the body";
  EXPECT_EQ(get(proof, stranger).status, 404) << "by another person's address";
  EXPECT_EQ(get("/portal/my/reads/none.json", hanako).status, 404);
}

TEST_P(ExchangePages, WhatConcernsSeveralIsProvenWithoutItsContent) {
  ask({"person.household"});
  auto reads = store->organisation("portal").value()->read([](db::Reader& reader) { return reads_of(reader, "portal-7"); });
  ASSERT_EQ(reads->size(), 1u);
  auto response = get("/portal/my/reads/" + (*reads)[0].id + ".json", hanako);
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(response.bytes().find("結 太郎"), std::string_view::npos);
  auto bundle = parse_json(response.bytes());
  std::vector<crypto::NoteVerifier> trusted = {crypto::NoteVerifier::parse(world->member("portal").log_keys[0]).value()};
  for (const auto& fault : evidence::verify_bundle(*bundle, trusted)) ADD_FAILURE() << fault.message.en;
}

TEST_P(ExchangePages, TheOtherSidesListIsFetchedOrItSaysWhyNot) {
  ask({"person.name"});
  auto page = get("/portal/my/reads?at=aoba", hanako);
  EXPECT_NE(page.bytes().find("Reads on record there"), std::string_view::npos) << page.bytes();
  world->down = {"aoba"};
  EXPECT_NE(get("/portal/my/reads?at=aoba", hanako).bytes().find("cannot be fetched"), std::string_view::npos);
  EXPECT_NE(get("/portal/my/reads?at=nowhere", hanako).bytes().find("cannot be fetched"), std::string_view::npos);
}

TEST_P(ExchangePages, PermitsArePublicAndTheOfficeIsNot) {
  ask({"person.name"});
  auto page = get("/aoba/exchange/permits", "");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.bytes().find("portal.town"), std::string_view::npos);
  EXPECT_EQ(get("/aoba/exchange/permits.json", "").status, 200);
  EXPECT_EQ(get("/aoba/exchange/permits.csv", "").status, 200);
  EXPECT_EQ(get("/aoba/exchange/permits?sort=odd", "").status, 422);
  EXPECT_EQ(get("/aoba/office/exchange", "").status, 401);
  EXPECT_NE(get("/portal/office/exchange", hanako).status, 200);
  auto office = get("/aoba/office/exchange", officer("aoba"));
  EXPECT_EQ(office.status, 200);
  for (const char* part : {"The outbox is empty.", "Answered", "Fingerprint of its root"})
    EXPECT_NE(office.bytes().find(part), std::string_view::npos) << part;
}

TEST_P(ExchangePages, WhatTheOfficeSeesIsDataToo) {
  ask({"person.name"});
  std::string cookie = officer("portal"), at = "/portal/office/exchange";
  auto post = store->organisation("portal").value()->write([&](db::Transaction& tx) {
    return act_and_post(tx, **all->of("portal"), {"aoba", "news", "portal-7", {}, {{"n", 1}}, "key-1"});
  });
  ASSERT_OK(post);
  EXPECT_NE(get(at, cookie).bytes().find("href=\"" + at + ".json\""), std::string_view::npos);
  for (const char* data : {".json", ".csv"}) {
    EXPECT_EQ(get(at + data, "").status, 401) << data;
    EXPECT_NE(get(at + data, hanako).status, 200) << data;
    EXPECT_EQ(get(at + data, cookie).headers.get("Cache-Control"), "no-store") << data;
  }
  auto whole = parse_json(get(at + ".json", cookie).bytes());
  ASSERT_OK(whole);
  const auto& outcome = whole->at("outcomes").at("rows").as_array().at(0);
  EXPECT_EQ(outcome.at("what"), json::value("asked"));
  EXPECT_EQ(outcome.at("outcome"), json::value("ok"));
  EXPECT_EQ(outcome.at("count"), json::value(1));
  const auto& row = whole->at("outbox").at("rows").as_array().at(0);
  EXPECT_EQ(row.at("to"), json::value("aoba"));
  EXPECT_EQ(row.at("created"), json::value(clock.now().rfc3339()));
  EXPECT_EQ(json::serialize(*whole).find("portal-7"), std::string::npos) << "about whom it is, is not told";
  auto members = whole->at("members").at("total");
  EXPECT_GT(members.to_number<int>(), 1);
  auto first = parse_json(get(at + ".json?per_page=1&page=2", cookie).bytes());
  ASSERT_OK(first);
  EXPECT_EQ(first->at("members").at("rows").as_array().size(), 1u);
  EXPECT_EQ(first->at("members").at("total"), members);
  EXPECT_TRUE(get(at + ".csv", cookie).bytes().starts_with("what,peer,service,outcome,count\r\n"));
  EXPECT_TRUE(get(at + ".csv?table=members", cookie).bytes().starts_with("id,title,kind,address,root\r\n"));
  EXPECT_NE(get(at + ".csv?table=outbox", cookie).bytes().find("aoba,news,waiting,0,"), std::string_view::npos);
  EXPECT_EQ(get(at + ".csv?table=secrets", cookie).status, 422);
  EXPECT_EQ(get(at + ".json?per_page=1000", cookie).status, 422);
}

TEST_P(ExchangePages, ADescriptorHoldsOnlyAsItsRootSignedIt) {
  auto key = crypto::load_signer(trust::keys_folder(folder.path() + "/keys", "aoba") + "/root.pem").value();
  std::string text = write_descriptor(world->member("aoba"), *key).value();
  auto read = read_descriptor(text);
  ASSERT_OK(read);
  EXPECT_EQ(read->id, "aoba");
  EXPECT_EQ(root_fingerprint(*read).size(), 95u);
  auto other = crypto::load_signer(trust::keys_folder(folder.path() + "/keys", "minato") + "/root.pem").value();
  EXPECT_ERROR(read_descriptor(write_descriptor(world->member("aoba"), *other).value()), "exchange.bad_descriptor");
  text[text.size() / 2] = text[text.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(read_descriptor(text).ok());
  auto bad = world->member("aoba");
  bad.address = "http://x";
  EXPECT_ERROR(read_descriptor(write_descriptor(bad, *key).value()), "exchange.bad_member");
}

TEST(PermitPack, OfTheDemoIsReadWhole) {
  auto text = read_file(std::string(MUSUBI_SOURCE_DIR) + "/packs/demo/exchange/permits.json", 1 << 20);
  ASSERT_OK(text);
  auto permits = read_permits(*text);
  ASSERT_OK(permits);
  EXPECT_GE(permits->size(), 15u);
}

INSTANTIATE_TEST_SUITE_P(Both, ExchangePages, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

}  // namespace
}  // namespace musubi::exchange
