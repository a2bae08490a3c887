#include "exchange/pages.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/jose.h"
#include "evidence/receipt.h"
#include "exchange/descriptor.h"
#include "exchange/store.h"
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
  for (const char* part : {"aoba", "person.name", "Number Act (fictional), Article 19", "basket-1", "Download the proof",
                           "portal asked aoba (fictional)"})
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

// As docs/formats/exchange.md has it under "Proof of a read", from the text of the page alone: nothing here but the key is ours.
bool peer_signed(const json::object& question, const json::object& answer, const crypto::Verifier& key) {
  auto at = [](const json::object& message, const char* name) {
    const json::value* value = message.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  std::string input = at(answer, "Signature-Input"), signature = at(answer, "Signature");
  if (!input.starts_with("musubi=(") || !signature.starts_with("musubi=:") || !answer.contains("status")) return false;
  std::string base = "\"@status\": " + json::serialize(answer.at("status")) + "\n\"content-type\": " + at(answer, "Content-Type") +
                     "\n\"content-digest\": " + at(answer, "Content-Digest") + "\n\"@method\";req: " + at(question, "method") +
                     "\n\"@authority\";req: " + at(question, "authority") + "\n\"@path\";req: " + at(question, "path") +
                     "\n\"content-digest\";req: " + at(question, "Content-Digest") +
                     "\n\"signature\";req: " + at(question, "Signature") + "\n\"@signature-params\": " + input.substr(7);
  auto raw = from_base64(signature.substr(8, signature.size() - 9));
  return raw && crypto::verify_raw(key, base, *raw);
}

std::vector<crypto::NoteVerifier> log_key(const TestWorld& world, const std::string& id) {
  return {crypto::NoteVerifier::parse(world.member(id).log_keys[0]).value()};
}

TEST_P(ExchangePages, WhatConcernsSeveralIsProvenWithoutItsContent) {
  ask({"person.household"});
  auto reads = store->organisation("portal").value()->read([](db::Reader& reader) { return reads_of(reader, "portal-7"); });
  ASSERT_EQ(reads->size(), 1u);
  auto response = get("/portal/my/reads/" + (*reads)[0].id + ".json", hanako);
  ASSERT_EQ(response.status, 200);
  for (const char* other : {"結 太郎", "portal-71", "aoba-71", "portal-7", "basket-1", "person.household", "further"})
    EXPECT_EQ(response.bytes().find(other), std::string_view::npos) << other;
  auto bundle = parse_json(response.bytes());
  for (const auto& fault : evidence::verify_bundle(*bundle, log_key(*world, "portal"))) ADD_FAILURE() << fault.message.en;
  ASSERT_TRUE(bundle->get_object().contains("other_side")) << response.bytes();
  const json::object& there = bundle->at("other_side").get_object();
  auto receipt = evidence::parse_receipt(there.at("receipt").get_string());
  ASSERT_OK(receipt);
  ASSERT_OK(evidence::verify_receipt(*receipt, log_key(*world, "aoba")));
  EXPECT_ERROR(evidence::verify_receipt(*receipt, log_key(*world, "portal")), "receipt.unknown_key");
  EXPECT_EQ(there.at("record"), json::value(std::to_string(receipt->index)));
  auto certificate = crypto::Certificate::from_pem(there.at("certificate").get_string());
  ASSERT_OK(certificate);
  PeerKeys peers;
  auto key = peers.verifier(*certificate, world->member("aoba"), clock.now());
  ASSERT_OK(key);
  json::object question = there.at("question").get_object(), answer = there.at("answer").get_object();
  EXPECT_TRUE(peer_signed(question, answer, *key));
  auto expect_refused = [&](json::object& message, const char* name) {
    json::value before = message.at(name);
    std::string forged = before.is_string() ? std::string(before.get_string()) : "";
    if (!forged.empty()) forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
    message[name] = before.is_string() ? json::value(forged) : json::value(404);
    EXPECT_FALSE(peer_signed(question, answer, *key)) << name;
    message[name] = before;
  };
  for (const char* name : {"method", "authority", "path", "Content-Digest", "Signature"}) expect_refused(question, name);
  for (const char* name : {"status", "Content-Type", "Content-Digest", "Signature-Input", "Signature"}) expect_refused(answer, name);
  EXPECT_TRUE(peer_signed(question, answer, *key));
}

TEST_P(ExchangePages, WhatWasSharedStaysSharedWhenTheOthersAreErased) {
  ask({"person.household"});
  auto portal = store->organisation("portal").value();
  auto reads = portal->read([](db::Reader& reader) { return reads_of(reader, "portal-7"); });
  ASSERT_EQ(reads->size(), 1u);
  ASSERT_OK(portal->write([&](db::Transaction& tx) -> Result<void> {
    TRY(store::remove_read(tx, (*reads)[0].id, "portal-71"));
    TRY(enter_permits(tx, world->permits, "operator"));  // a record to go with it
    return {};
  }));
  auto response = get("/portal/my/reads/" + (*reads)[0].id + ".json", hanako);
  ASSERT_EQ(response.status, 200);
  for (const char* other : {"結 太郎", "portal-71"}) EXPECT_EQ(response.bytes().find(other), std::string_view::npos) << other;
}

TEST_P(ExchangePages, TheAnsweringSideProvesASharedReadByTheQuestion) {
  ask({"person.household"});
  auto reads = store->organisation("aoba").value()->read([](db::Reader& reader) { return reads_of(reader, "aoba-7"); });
  ASSERT_EQ(reads->size(), 1u);
  auto token = store->organisation("aoba").value()->write(
      [&](db::Transaction& tx) { return identity::open_resident_session(tx, "aoba-7", clock.now()); });
  std::string cookie = identity::resident_cookie("aoba", *token, false);
  auto response = get("/aoba/my/reads/" + (*reads)[0].id + ".json", cookie.substr(0, cookie.find(';')));
  ASSERT_EQ(response.status, 200);
  for (const char* other : {"aoba-71", "basket-1"}) EXPECT_EQ(response.bytes().find(other), std::string_view::npos) << other;
  auto bundle = parse_json(response.bytes());
  for (const auto& fault : evidence::verify_bundle(*bundle, log_key(*world, "aoba"))) ADD_FAILURE() << fault.message.en;
  const json::object& there = bundle->at("other_side").get_object();
  EXPECT_TRUE(there.at("question").get_object().contains("Signature"));
  PeerKeys peers;
  ASSERT_OK(peers.verifier(crypto::Certificate::from_pem(there.at("certificate").get_string()).value(), world->member("portal"),
                           clock.now()));
}

TEST_P(ExchangePages, AHistorySaysWhatEachRecordSaysAndTheReceiptHoldsIt) {
  ask({"person.household"});
  auto told = (*all->of("portal"))->call({"aoba", "history", "portal-7", {}, {}, ""}, "portal-7");
  ASSERT_OK(told);
  json::object one = told->at("reads").get_array().at(0).get_object();
  json::object bundle{{"musubi_record", 1},
                      {"index", one.at("record")},
                      {"head", one.at("head")},
                      {"head_salt", one.at("head_salt")},
                      {"body_commitment", one.at("body_commitment")},
                      {"body_state", "withheld"},
                      {"manifest_state", "withheld"},
                      {"receipt", one.at("receipt")}};
  for (const auto& fault : evidence::verify_bundle(bundle, log_key(*world, "aoba"))) ADD_FAILURE() << fault.message.en;
  auto head = parse_json(one.at("head").get_string());
  EXPECT_EQ(head->at("type"), json::value("exchange.answered"));
  EXPECT_EQ(head->at("facts").at("asking"), json::value("portal"));
  for (const char* code : {"aoba-7", "portal-7", "結"})
    EXPECT_EQ(json::serialize(one).find(code), std::string::npos) << "heads hold nobody: " << code;
  std::string forged(one.at("head").get_string());
  forged.replace(forged.find("portal"), 6, "nation");
  bundle["head"] = forged;
  EXPECT_FALSE(evidence::verify_bundle(bundle, log_key(*world, "aoba")).empty());
}

TEST_P(ExchangePages, AHeadThatNamesWhoActedStaysWhereItIs) {
  auto permits = world->permits;
  permits.push_back(permit("own", "portal", "portal", "*", {"service:history"}));
  ASSERT_OK(store->organisation("portal").value()->write([&](db::Transaction& tx) { return enter_permits(tx, permits, "operator"); }));
  ASSERT_OK((*all->of("portal"))->ask({"aoba", "moving", "basket-1", "portal-7", {"person.name"}, "officer-3"}));
  ASSERT_OK((*all->of("portal"))->ask({"aoba", "moving", "basket-1", "portal-7", {"person.name"}, "portal"}));
  auto told = (*all->of("portal"))->call({"portal", "history", "portal-7", {}, {}, ""}, "portal-7");
  ASSERT_OK(told);
  std::size_t heads = 0;
  for (const auto& each : told->at("reads").get_array()) heads += each.get_object().contains("head");
  EXPECT_EQ(told->at("reads").get_array().size(), 2u);
  EXPECT_EQ(heads, 1u);
  EXPECT_EQ(json::serialize(*told).find("officer-3"), std::string::npos);
}

TEST_P(ExchangePages, TheOtherSidesListIsFetchedOrItSaysWhyNot) {
  ask({"person.name"});
  auto page = get("/portal/my/reads?at=aoba", hanako);
  EXPECT_NE(page.bytes().find("Reads on record there"), std::string_view::npos) << page.bytes();
  auto there = page.bytes().substr(page.bytes().find("Reads on record there"));
  EXPECT_NE(there.find("portal asked aoba (fictional)"), there.npos) << "told from there, the same one asked";
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
