// Filings that an office must not take.
#include "procedures/procedures.h"

#include <algorithm>

#include "evidence/erase.h"
#include "procedures/filing_fixture.h"
#include "procedures/flow.h"
#include "procedures/list.h"

namespace musubi::procedures {
namespace {

class Refusals : public FilingTest {};

TEST_P(Refusals, TheOfficeRefusesWhatWasAltered) {
  submit(ready());
  auto refused = [&](auto change) -> std::string {
    Outgoing message = message_for("moving-in");
    change(message.body);
    Incoming in = carried(message);
    auto answer = office().receive_filing(in);
    return answer.ok() ? "ok" : answer.error().name;
  };
  EXPECT_EQ(refused([](json::object& b) { b["form"].as_object()["move_date"] = "2026-12-02"; }), "filing.not_signed");
  EXPECT_EQ(refused([](json::object& b) { b["salt"] = to_base64(std::string(16, 'x')); }), "filing.not_signed");
  EXPECT_EQ(refused([](json::object& b) { b["version"] = 2; }), "filing.version");
  EXPECT_EQ(refused([](json::object& b) { b["procedure"] = "none"; }), "filing.unknown_procedure");
  EXPECT_EQ(refused([](json::object& b) { b["list"] = "00"; }), "filing.bad_list");
  EXPECT_EQ(refused([](json::object& b) { b.erase("form"); }), "filing.malformed");
  EXPECT_EQ(refused([](json::object& b) { b["reference"] = 7; }), "filing.malformed");
  EXPECT_EQ(refused([](json::object& b) { b["filed_at"] = "tomorrow"; }), "filing.malformed");
  // A form that somebody signed but that breaks the rules of the pack.
  EXPECT_EQ(refused([](json::object& b) {
              auto& form = b["form"].as_object();
              form["move_date"] = "2026-02-30";
              std::string salt = *from_base64(std::string(b["salt"].as_string()));
              ListedForm listed{"minato", "moving-in", form_digest(salt, form), 1};
              b["list"] = to_hex(list_text("basket", {&listed, 1}));
            }),
            "filing.bad_form");
  EXPECT_TRUE(opened.empty());
  // Another office's form does not pass here either.
  Incoming in = carried(message_for("move-out"));
  EXPECT_ERROR(office().receive_filing(in), "filing.not_signed");
}

TEST_P(Refusals, TheTimeOfFilingLiesBetweenTheOutboxesAgeAndTheSending) {
  submit(ready());
  Time sent = clock.now();
  auto at = [&](std::int64_t after_s) -> std::string {
    Outgoing message = message_for("moving-in");
    message.body["filed_at"] = Time{sent.us + after_s * 1'000'000}.rfc3339();
    Incoming in = carried(message);
    in.sent_at = sent;
    auto answer = office().receive_filing(in);
    return answer.ok() ? "ok" : answer.error().name;
  };
  EXPECT_EQ(at(61), "filing.bad_time");
  EXPECT_EQ(at(365 * 86'400), "filing.bad_time");
  EXPECT_EQ(at(-31 * 86'400 - 1), "filing.bad_time");
  EXPECT_TRUE(opened.empty());
  EXPECT_EQ(at(60), "ok") << "clocks differ";
  EXPECT_EQ(at(-30 * 86'400), "ok") << "the outbox tried for thirty days";
  clock.advance_us(3'600'000'000);
  EXPECT_EQ(at(1800), "filing.bad_time") << "what it was sent with counts, not when it is read";
}

TEST_P(Refusals, AFilingSignedWithAnothersCardIsRefused) {
  auto filings = submit(ready());
  signer_code = "hanakocode";
  Incoming in = carried(message_for("moving-in"));
  auto answer = office().receive_filing(in);
  EXPECT_ERROR(answer, "filing.other_signer");
  EXPECT_EQ(answer.error().code, Code::kInvalid) << "the outbox does not try again";
  in.person.clear();
  signer_code.clear();
  EXPECT_ERROR(office().receive_filing(in), "filing.other_signer");  // nobody is no person
  EXPECT_TRUE(opened.empty());
  ASSERT_OK(
      databases["portal"]->write([&](db::Transaction& tx) { return portal().refused(tx, message_for("moving-in"), answer.error()); }));
  auto told = portal().filings(person);
  ASSERT_OK(told);
  auto filed = std::find_if(told->begin(), told->end(), [](const Filing& f) { return f.procedure == "moving-in"; });
  EXPECT_EQ(filed->state, "rejected");
  // An amendment is judged alike.
  signer_code = "hanakocode";
  Incoming change = carried(message_for("moving-in"));
  EXPECT_ERROR(office().receive_change(change, "amend"), "filing.other_signer");
  EXPECT_TRUE(amended.empty());
}

TEST_P(Refusals, WithoutTheLinkerAFilingIsNeitherTakenNorLost) {
  submit(ready());
  linker_error = Error{Code::kUnavailable, "filing.signer_unchecked", {"確かめられません。", "Cannot be asked."}, {}};
  Incoming in = carried(message_for("moving-in"));
  auto answer = office().receive_filing(in);
  EXPECT_ERROR(answer, "filing.signer_unchecked");
  EXPECT_EQ(answer.error().code, Code::kUnavailable);
  EXPECT_TRUE(opened.empty());
  linker_error.reset();
  ASSERT_OK(office().receive_filing(in));
  EXPECT_EQ(opened.size(), 1u);
}

TEST_P(Refusals, TheLinkerIsNotAskedAboutWhatIsRefusedAnyway) {
  submit(ready());
  bool asked_linker = false;
  neighbours.signer_of = [&](const SignedList&, Time) -> Result<std::string> {
    asked_linker = true;
    return signer_code;
  };
  Outgoing message = message_for("moving-in");
  message.body["form"].as_object()["move_date"] = "2026-12-02";
  Incoming in = carried(message);
  EXPECT_ERROR(office().receive_filing(in), "filing.not_signed");
  EXPECT_FALSE(asked_linker);
}

TEST_P(Refusals, AnAddressLiesInTheTownThatTakesTheNotice) {
  Basket basket = ready();
  basket.answers["new_address"].as_object()["municipality"] = "青葉町";
  Surroundings around{text::jst_date(clock.now()), neighbours.members()};
  auto faults = faults_of_basket(pack(), basket, around);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].where, "new_address-municipality");
  EXPECT_NE(faults[0].message.en.find("みなと市"), std::string::npos);
  basket.answers["new_address"].as_object()["municipality"] = "山里郡みなと市";
  EXPECT_TRUE(faults_of_basket(pack(), basket, around).empty());
  submit(ready());
  Incoming forged = carried(message_for("moving-in"));
  json::object form = forged.body.at("form").as_object();
  form["new_address"].as_object()["municipality"] = "よそ町";
  std::string salt = from_base64(std::string(forged.body.at("salt").as_string())).value();
  forged.body["list"] = to_hex(list_text(
      "basket", std::vector<ListedForm>{{"minato", "moving-in", form_digest(salt, form), forged.body.at("version").as_int64()}}));
  forged.body["form"] = form;
  auto refused = office().receive_filing(forged);
  EXPECT_ERROR(refused, "filing.bad_form");  // the office looks again
  EXPECT_EQ(refused.error().faults.at(0).where, "new_address-municipality");
}

INSTANTIATE_TEST_SUITE_P(Both, Refusals, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::procedures
