// The receipt of a filing, checked as somebody else would: off line, with real signatures.
#include "procedures/list.h"

#include <algorithm>

#include "crypto/jose.h"
#include "crypto/signer.h"
#include "crypto/x509.h"
#include "procedures/fake_neighbours.h"

namespace musubi::procedures {
namespace {

class Receipt : public ProceduresTest {
 protected:
  void SetUp() override {
    ProceduresTest::SetUp();
    if (HasFatalFailure()) return;
    root_key_ = crypto::create_signer(folder.path() + "/root.pem", crypto::Algorithm::kEcdsaP256).value();
    card_key_ = crypto::create_signer(folder.path() + "/card.pem", crypto::Algorithm::kEcdsaP256).value();
    auto root = crypto::create_root(*root_key_, {"Musubi", "Cards"}, Time{clock.now().us - 86'400'000'000});
    ASSERT_OK(root);
    crypto::Order order;
    order.profile = crypto::Profile::kSigning;
    order.public_key = card_key_->public_key();
    order.subject = {"Musubi", "card-7k3m9q2c"};
    order.from = Time{clock.now().us - 3'600'000'000};
    order.until = Time{clock.now().us + 365 * 86'400'000'000LL};
    auto card = crypto::issue_certificate(*root_key_, *root, order);
    ASSERT_OK(card);
    chain_ = crypto::x5c_of(std::vector<crypto::Certificate>{*card, *root});
    neighbours.verify_list = [this](std::string_view jws, Time) -> Result<SignedList> {
      auto key = TRY(crypto::Verifier::create(crypto::Algorithm::kEcdsaP256, card_key_->public_key()));
      return SignedList{TRY(crypto::verify_jws(jws, key)).payload};
    };
  }

  // A receipt that has arrived at its office.
  json::object receipt() {
    auto basket = portal().start(person, pack(), "moving", guide_answers());
    EXPECT_TRUE(basket.ok());
    answer_all(*basket);
    auto saved = portal().save(*basket);
    EXPECT_TRUE(saved.ok());
    auto list = portal().list_to_sign(*saved, pack());
    EXPECT_TRUE(list.ok());
    auto jws = crypto::sign_jws(*card_key_, json::object{{"x5c", chain_}}, *list);
    EXPECT_TRUE(jws.ok());
    auto filings = portal().submit(person, saved->id, *jws);
    EXPECT_TRUE(filings.ok()) << (filings.ok() ? "" : filings.error().message.en);
    auto message = std::find_if(posted.begin(), posted.end(),
                                [](const Outgoing& one) { return one.body.at("procedure") == json::value("moving-in"); });
    Incoming in = carried(*message);
    auto answer = office().receive_filing(in);
    EXPECT_TRUE(answer.ok()) << (answer.ok() ? "" : answer.error().message.en);
    EXPECT_TRUE(databases["portal"]->write([&](db::Transaction& tx) { return portal().delivered(tx, *message, *answer); }).ok());
    auto file = portal().receipt(person, std::string(message->body.at("reference").as_string()));
    EXPECT_TRUE(file.ok());
    return *file;
  }
  CheckCard trusted() {
    return [this](std::string_view jws, Time at) { return neighbours.verify_list(jws, at); };
  }
  std::vector<crypto::NoteVerifier> keys() { return {crypto::NoteVerifier::parse(neighbours.log_keys().at(0)).value()}; }

  std::unique_ptr<crypto::Signer> root_key_, card_key_;
  json::array chain_;
};

TEST_P(Receipt, IsGoodAndNamesWhatWasReceived) {
  auto file = receipt();
  auto check = verify_receipt_file(pretty_json(file), trusted(), keys());
  ASSERT_OK(check);
  for (const auto& fault : check->faults) ADD_FAILURE() << fault.where << " " << fault.message.en;
  EXPECT_TRUE(check->verdict.received && check->verdict.card_trusted && check->verdict.log_trusted);
  EXPECT_EQ(check->verdict.number, "2026-000001");
  EXPECT_EQ(check->verdict.origin, "example.org/minato");
  auto alone = verify_receipt_file(pretty_json(file), {}, {});  // with what the file brings itself
  ASSERT_OK(alone);
  EXPECT_TRUE(alone->faults.empty());
  EXPECT_FALSE(alone->verdict.card_trusted || alone->verdict.log_trusted);
  file["record"] = nullptr;  // not arrived yet
  auto early = verify_receipt_file(pretty_json(file), {}, {});
  ASSERT_OK(early);
  EXPECT_TRUE(early->faults.empty());
  EXPECT_FALSE(early->verdict.received);
}

TEST_P(Receipt, OneChangedAnswerIsFound) {
  auto good = receipt();
  auto faults = [&](auto change) {
    json::object file = good;
    change(file);
    auto check = verify_receipt_file(pretty_json(file), {}, keys());
    return check.ok() ? check->faults.size() : 99;
  };
  EXPECT_EQ(faults([](json::object&) {}), 0u);
  EXPECT_GE(faults([](json::object& f) { f["form"].as_object()["move_date"] = "2026-12-02"; }), 2u);  // list and record both say so
  EXPECT_GE(faults([](json::object& f) { f["salt"] = to_base64(std::string(16, 'x')); }), 1u);
  EXPECT_GE(faults([](json::object& f) { f["recipient"] = "aoba"; }), 1u);
  EXPECT_GE(faults([](json::object& f) { f["number"] = "2026-999999"; }), 1u);
  EXPECT_GE(faults([](json::object& f) { f["list"] = std::string(f["list"].as_string()) + "A"; }), 1u);
  EXPECT_GE(faults([](json::object& f) { f["record"].as_object()["body"] = "{}"; }), 1u);
  EXPECT_EQ(verify_receipt_file("{}", {}, {}).error().name, "filing.no_receipt");
  EXPECT_FALSE(verify_receipt_file("nonsense", {}, {}).ok());
}

TEST(List, ReadsOnlyWhatItWrites) {
  ListedForm forms[] = {{"minato", "moving-in", "abc=", 1}, {"aoba", "move-out", "def=", 2}};
  auto read = read_list(list_text("basket", forms));
  ASSERT_OK(read);
  EXPECT_EQ(*read, std::vector<ListedForm>(std::begin(forms), std::end(forms)));
  for (std::string_view bad :
       {"", "[]", "{}", R"({"musubi_list":1,"basket":"b","filings":[]})",
        R"({"musubi_list":2,"basket":"b","filings":[{"recipient":"a","procedure":"b","version":1,"digest":"c"}]})",
        R"({"musubi_list":1,"basket":"b","filings":[{"recipient":"a","procedure":"b","version":0,"digest":"c"}]})",
        R"({"musubi_list":1,"basket":"b","filings":[{"recipient":"a","procedure":"b","version":1,"digest":"c","more":1}]})"})
    EXPECT_EQ(read_list(bad).ok(), false) << bad;
}

INSTANTIATE_TEST_SUITE_P(Both, Receipt, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::procedures
