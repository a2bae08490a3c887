// What happens to a filing after it was submitted: news of its office in any order, notices, messages, amendments and withdrawals
// that cross a decision, and what other sides may send that they should not.
#include "crypto/hash.h"
#include "evidence/erase.h"
#include "procedures/filing_fixture.h"
#include "procedures/flow.h"
#include "procedures/list.h"
#include "text/normalise.h"

namespace musubi::procedures {
namespace {

class AfterFiling : public FilingTest {
 protected:
  Filing moving_in() {
    for (auto& one : submit(ready()))
      if (one.procedure == "moving-in") return one;
    ADD_FAILURE();
    return {};
  }
  Incoming said(const std::string& reference, json::object body) {
    body["reference"] = reference;
    return {"minato",
            "",
            {},
            std::move(body),
            clock.now(),
            [](db::Transaction&, json::object, const json::object&) -> Result<evidence::Appended> { return evidence::Appended{}; }};
  }
  Result<json::object> tell(const std::string& reference, json::object body) {
    Incoming in = said(reference, std::move(body));
    return portal().receive_status(in);
  }
  static json::object notice_of(std::string document) {
    std::string digest = to_hex(crypto::bytes(crypto::sha256(document)));
    return {{"code", "abcdefghijklmnopqrstuvwxyz"},
            {"title", {{"ja", "受理通知"}, {"en", "Acceptance"}}},
            {"kind", "moving-in"},
            {"outcome", "grant"},
            {"issued_at", "2026-11-21T00:00:00Z"},
            {"sha256", digest},
            {"jws", "a.b.c"},
            {"stamp", "AA=="},
            {"document", std::move(document)}};
  }
  std::string state(const std::string& reference) { return portal().filing(person, reference)->state; }
  Result<void> refused(const Outgoing& what, Error why) {
    return databases["portal"]->write([&](db::Transaction& tx) { return portal().refused(tx, what, why); });
  }
  Result<void> delivered(const Outgoing& what, const json::object& answer) {
    return databases["portal"]->write([&](db::Transaction& tx) { return portal().delivered(tx, what, answer); });
  }
};

TEST_P(AfterFiling, ADecisionBringsItsNoticeHoweverLongItsReason) {
  std::string reference = moving_in().reference, document = "<!doctype html>" + std::string(90'000, 'x');
  ASSERT_OK(tell(reference, {{"state", "granted"}, {"version", 7}, {"number", "2026-000001"}, {"notice", notice_of(document)}}));
  auto lines = portal().history(reference);
  ASSERT_OK(lines);
  EXPECT_EQ(lines->back().extra.at("notice").at("document").as_string(), document);
  EXPECT_ERROR(tell(reference, {{"state", "granted"}, {"step", std::int64_t(1) << 60}}), "filing.bad_status");
  expect_clean();
}

TEST_P(AfterFiling, WhatAPortalSaysIsContestedHasBounds) {
  moving_in();
  std::string much;
  for (int i = 0; i < 3000; ++i) much += "長";
  Incoming in = carried(message_for("moving-in"));
  in.body["contests"] = json::object{{"applicant_name", json::object{{"organisation", "aoba"}, {"told", much}, {"reason", much}}},
                                     {"birth_date", much},
                                     {"no_such_field", json::object{{"organisation", "aoba"}, {"told", "x"}, {"reason", "y"}}}};
  ASSERT_OK(office().receive_filing(in));
  std::size_t contested = 0;
  for (const auto& line : opened.back().lines) {
    if (!line.contest) continue;
    ++contested;
    EXPECT_EQ(line.field, "applicant_name");
    EXPECT_EQ(text::code_points(line.contest->told), 2000u);
    EXPECT_EQ(text::code_points(line.contest->reason), 1000u);
  }
  EXPECT_EQ(contested, 1u);
}

TEST_P(AfterFiling, WhatAPortalSaysOfSourcesHasBounds) {
  moving_in();
  Incoming in = carried(message_for("moving-in"));
  const json::object honest = in.body.at("sources").as_object();
  ASSERT_TRUE(honest.contains("applicant_name"));
  auto source = [&](std::string organisation, std::int64_t at) { return json::object{{"organisation", organisation}, {"at", at}}; };
  auto faults = [&](json::value sources, json::value contests = json::object()) {
    Incoming lying = carried(message_for("moving-in"));
    lying.body["sources"] = std::move(sources);
    lying.body["contests"] = std::move(contests);
    auto before = opened.size();
    auto refused = office().receive_filing(lying);
    EXPECT_ERROR(refused, "filing.bad_form");
    EXPECT_EQ(opened.size(), before);
    std::vector<std::string> out;
    if (!refused.ok())
      for (const auto& fault : refused.error().faults) {
        out.push_back(fault.where);
        EXPECT_LT(fault.message.en.size(), 400u);
        EXPECT_FALSE(fault.message.ja.empty());
      }
    return out;
  };
  using Where = std::vector<std::string>;
  const std::int64_t now = clock.now().us, late = now + 600'000'000LL;
  EXPECT_EQ(faults("everything"), Where{"sources"});
  json::object many;
  for (int i = 0; i < 1000; ++i) many["field" + std::to_string(i)] = source("aoba", now);
  EXPECT_EQ(faults(many), Where{"sources"}) << "more than the form has fields";
  // All faults at once: an organisation that nobody knows, a field that is none, a time to come, something that is no source at all.
  EXPECT_EQ(faults(json::object{{"applicant_name", source("tax-office", now)},
                                {std::string(5000, 'x'), source("aoba", now)},
                                {"birth_date", source("aoba", late)},
                                {"move_date", std::string(90'000, 'y')}},
                   json::object{{"applicant_name", json::object{{"organisation", "police"}, {"told", "x"}, {"reason", "y"}}}}),
            (Where{"sources/applicant_name", "sources/" + std::string(100, 'x'), "sources/birth_date", "sources/move_date",
                   "sources/move_date", "contests/applicant_name"}));
  // What stands beside goes nowhere, and no sources at all are none.
  json::object more = honest;
  more["applicant_name"].as_object()["remark"] = std::string(90'000, 'z');
  in.body["sources"] = more;
  ASSERT_OK(office().receive_filing(in));
  EXPECT_EQ(opened.back().lines.size(), opened.front().lines.size());
  Incoming without = carried(message_for("moving-in"));
  without.body.erase("sources");
  ASSERT_OK(office().receive_filing(without));
  for (const auto& line : opened.back().lines) EXPECT_EQ(line.source, "typed") << line.field;
}

TEST_P(AfterFiling, ACorrectionToAnEmptyListIsTaken) {
  Basket basket = ready();
  basket.answers["birth_date"] = "1990-04-02";
  basket.sources.at("birth_date").contest = "届出の日が違います";
  submit(basket = portal().save(basket).value());
  Incoming in = carried(message_for("correction"));
  json::object form = in.body.at("form").as_object();
  form["correction_field"] = "person.household";
  form["correction_value"] = "[]";
  form["correction_wanted"] = "－";
  std::string salt = from_base64(std::string(in.body.at("salt").as_string())).value();
  in.body["list"] = to_hex(
      list_text("basket", std::vector<ListedForm>{{"aoba", "correction", form_digest(salt, form), in.body.at("version").as_int64()}}));
  in.body["form"] = form;
  Procedures aoba(*databases["minato"], clock, "aoba", neighbours);
  ASSERT_OK(aoba.receive_filing(in));
  EXPECT_EQ(opened.back().procedure->id, "correction");
}

TEST_P(AfterFiling, AStatusThatLiesIsRefused) {
  std::string reference = moving_in().reference;
  json::object other = notice_of("<p>a</p>");
  other["document"] = "<p>b</p>";
  EXPECT_ERROR(tell(reference, {{"state", "granted"}, {"notice", other}}), "filing.bad_status");
  json::object elsewhere = notice_of("<p>a</p>");
  elsewhere["code"] = "../../my/sessions";
  EXPECT_ERROR(tell(reference, {{"state", "granted"}, {"notice", elsewhere}}), "filing.bad_status");
  EXPECT_ERROR(tell(reference, {{"state", "granted"}, {"notice", "code"}}), "filing.bad_status");
  EXPECT_ERROR(tell(reference, {{"state", "青葉花子"}}), "filing.bad_status");  // a state stands in a head
  EXPECT_ERROR(tell(reference, {{"state", "sent"}}), "filing.bad_status");      // not an office's to say
  EXPECT_EQ(state(reference), "sent");
}

TEST_P(AfterFiling, NewsThatOvertookEachOtherEndInTheSameState) {
  std::string reference = moving_in().reference;
  ASSERT_OK(tell(reference, {{"state", "granted"}, {"version", 9}, {"number", "2026-000001"}}));
  ASSERT_OK(tell(reference, {{"state", "review"}, {"version", 4}, {"message", "審査しています"}}));
  EXPECT_EQ(state(reference), "granted");
  auto lines = portal().history(reference);
  ASSERT_OK(lines);
  EXPECT_EQ(lines->back().text.ja, "審査しています") << "what was said is not lost";
}

TEST_P(AfterFiling, AWithdrawalThatCrossesTheDecisionLeavesTheDecision) {
  std::string reference = moving_in().reference;
  ASSERT_OK(delivered(message_for("moving-in"), {{"number", "2026-000001"}}));
  ASSERT_OK(withdraw(person, reference, "やめました"));
  Outgoing withdrawal = posted.back();
  ASSERT_OK(tell(reference, {{"state", "review"}, {"version", 3}}));
  EXPECT_EQ(state(reference), "withdrawing") << "the office did not know yet";
  ASSERT_OK(tell(reference, {{"state", "granted"}, {"version", 5}}));
  EXPECT_EQ(state(reference), "granted");
  ASSERT_OK(refused(withdrawal, {Code::kConflict, "records.closed", {"終わっています。", "It is closed."}, {}}));
  EXPECT_EQ(state(reference), "granted");
}

TEST_P(AfterFiling, ARefusedWithdrawalGoesBackToWhatItWasAndCanBeSentAgain) {
  std::string reference = moving_in().reference;
  ASSERT_OK(tell(reference, {{"state", "returned"}, {"version", 3}, {"number", "2026-000001"}, {"message", "番地を"}}));
  ASSERT_OK(withdraw(person, reference, "やめました"));
  Outgoing first = posted.back();
  ASSERT_OK(refused(first, {Code::kUnavailable, "exchange.peer_down", {"届きません。", "It cannot be delivered."}, {}}));
  EXPECT_EQ(state(reference), "returned") << "it can still be put right";
  ASSERT_OK(withdraw(person, reference, "やめました"));
  EXPECT_NE(posted.back().key, first.key) << "the outbox passes over a key that it has seen";
}

TEST_P(AfterFiling, AnAmendmentKeepsTheFamilyAndWhereAnswersCameFrom) {
  std::string reference = moving_in().reference;
  auto before = message_for("moving-in");
  ASSERT_EQ(before.further, (std::vector<std::string>{"childcode"}));
  ASSERT_OK(tell(reference, {{"state", "returned"}, {"version", 3}, {"message", "番地を"}}));
  auto draft = portal().start_amendment(person, reference);
  ASSERT_OK(draft);
  EXPECT_EQ(draft->sources.at("applicant_name").organisation, "aoba");
  draft->answers["phone"] = "090-2222-2222";
  auto saved = portal().save(*draft);
  ASSERT_OK(saved);
  posted.clear();
  submit(*saved);
  ASSERT_EQ(posted.size(), 1u);
  EXPECT_EQ(posted[0].further, (std::vector<std::string>{"childcode"}));
  EXPECT_EQ(posted[0].body.at("form").at("movers").at(1).at("person"), json::value(0));
  EXPECT_TRUE(posted[0].body.at("sources").as_object().contains("applicant_name"));
  EXPECT_EQ(posted[0].body.at("fetched"), before.body.at("fetched"));
  expect_clean();
}

TEST_P(AfterFiling, WhatAnOfficeNeverTookIsFiledAgainWithoutTypingItAgain) {
  std::string reference = moving_in().reference;
  Outgoing first = message_for("moving-in");
  ASSERT_OK(refused(first, {Code::kInvalid, "filing.version", {"様式の版が違います。", "The form has another version."}, {}}));
  EXPECT_EQ(state(reference), "rejected");
  auto draft = portal().start_amendment(person, reference);
  ASSERT_OK(draft);
  EXPECT_EQ(draft->answers.at("movers"), first.body.at("form").at("movers"));
  posted.clear();
  ASSERT_EQ(submit(*draft).size(), 1u);
  ASSERT_EQ(posted.size(), 1u);
  EXPECT_EQ(posted[0].service, "filing");
  EXPECT_EQ(posted[0].to, "minato");
  EXPECT_NE(posted[0].key, first.key);
  EXPECT_EQ(posted[0].body.at("reference"), first.body.at("reference"));
  EXPECT_EQ(state(reference), "sent");
  Incoming in = carried(posted[0]);
  ASSERT_OK(office().receive_filing(in));
  expect_clean();
}

TEST_P(AfterFiling, MessagesGoToTheOfficeOnce) {
  std::string reference = moving_in().reference;
  EXPECT_ERROR(portal().message(person, reference, "もしもし"), "filing.not_open");  // nobody has it yet
  ASSERT_OK(delivered(message_for("moving-in"), {{"number", "2026-000001"}}));
  EXPECT_ERROR(portal().message("somebody", reference, "もしもし"), "filing.unknown");
  EXPECT_EQ(portal().message(person, reference, " ").error().faults[0].message.en, "Write the message.");
  EXPECT_EQ(portal().message(person, reference, std::string(4001, 'x')).error().faults[0].message.en,
            "Use at most 4,000 characters (there are 4,001).");
  EXPECT_ERROR(portal().message(person, reference, "a\x01"), "filing.message");
  posted.clear();
  ASSERT_OK(portal().message(person, reference, "書類は要りますか"));
  ASSERT_OK(portal().message(person, reference, "書類は要りますか"));
  ASSERT_EQ(posted.size(), 1u) << "a button pressed twice";
  EXPECT_EQ(posted[0].service, "message");
  EXPECT_EQ(state(reference), "received");
  Incoming in = carried(posted[0]);
  ASSERT_OK(office().receive_change(in, "message"));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].second, "書類は要りますか");
  ASSERT_OK(refused(posted[0], {Code::kConflict, "records.too_many_messages", {"多すぎます。", "Too many."}, {}}));
  EXPECT_EQ(state(reference), "received");
  expect_clean();
}

TEST_P(AfterFiling, NumbersBeyondJsonStopNobody) {
  submit(ready());
  Outgoing message = message_for("moving-in");
  message.body["form"].as_object()["bank_number"] = std::int64_t(1) << 60;
  Incoming in = carried(message);
  EXPECT_ERROR(office().receive_filing(in), "filing.malformed");
  std::string reference(message.body.at("reference").as_string());
  ASSERT_OK(delivered(message_for("moving-in"), {{"number", "2026-000001"}, {"record", json::object{{"n", std::int64_t(1) << 60}}}}));
  auto file = portal().receipt(person, reference);
  ASSERT_OK(file);
  EXPECT_FALSE(pretty_json(*file).empty());
  json::object forged = *file;
  forged["form"].as_object()["bank_number"] = std::int64_t(1) << 60;
  auto checked = verify_receipt_file(json::serialize(forged), {}, {});
  ASSERT_OK(checked);
  EXPECT_FALSE(checked->faults.empty());
}

TEST_P(AfterFiling, ARepeatedDeliveryBringsTheProofToo) {
  submit(ready());
  Incoming in = carried(message_for("moving-in"));
  json::object stored;
  in.record = [&](db::Transaction&, json::object, const json::object& answer) -> Result<evidence::Appended> {
    stored = answer;
    return evidence::Appended{};
  };
  auto first = office().receive_filing(in);
  ASSERT_OK(first);
  ASSERT_TRUE(first->contains("record"));
  EXPECT_FALSE(stored.contains("record"));
  EXPECT_EQ(office().with_proof(stored).at("record").at("head"), first->at("record").at("head"));
  EXPECT_FALSE(office().with_proof({{"number", "x"}, {"index", 0}}).contains("record")) << "no other record is given away";
}

TEST_P(AfterFiling, AFormThatGotANewVersionBetweenSignatureAndSubmissionIsNotSent) {
  Basket basket = ready();
  auto list = portal().list_to_sign(basket, pack());
  ASSERT_OK(list);
  ASSERT_OK(databases["portal"]->write([&](db::Transaction& tx) -> Result<void> {
    TRY(tx.execute("UPDATE procedures_draft SET signing = replace(signing, '\"version\":1', '\"version\":9') WHERE id = $1",
                   {basket.id}));
    return {};
  }));
  EXPECT_ERROR(portal().submit(person, basket.id, to_hex(*list)), "basket.changed_after_signing");
  EXPECT_TRUE(posted.empty());
  ASSERT_OK(portal().basket(person, basket.id));  // nothing typed is lost
}

TEST_P(AfterFiling, AnErasureTakesDraftsThatPutItRightAndTheFamilysCodes) {
  std::string reference = moving_in().reference;
  ASSERT_OK(tell(reference, {{"state", "returned"}, {"version", 3}, {"message", "番地を"}}));
  auto draft = portal().start_amendment(person, reference);
  ASSERT_OK(draft);
  auto records = databases["portal"]->read([](db::Reader& r) { return evidence::read_records(r, 0, 100); });
  ASSERT_OK(records);
  evidence::ErasureOrder order{{}, "mistake", "officer-aaaaaa", erase_rows};
  for (const auto& record : *records)
    if (record.body && record.stream.starts_with("procedures/")) order.indexes.push_back(record.index);
  ASSERT_OK(evidence::erase(*databases["portal"], order, folder.path() + "/erasures.jsonl"));
  EXPECT_ERROR(portal().basket(person, draft->id), "basket.unknown");
  auto left = databases["portal"]->read([](db::Reader& r) {
    return r.query("SELECT count(*) FROM procedures_origin WHERE further IS NOT NULL OR sources IS NOT NULL");
  });
  ASSERT_OK(left);
  EXPECT_EQ((*left)[0].integer(0), 0);
  ASSERT_OK(tell(reference, {{"state", "granted"}, {"version", 4}, {"notice", notice_of("<p>花子</p>")}}));
  auto said = databases["portal"]->read(
      [](db::Reader& r) { return r.query("SELECT count(*) FROM procedures_status WHERE extra IS NOT NULL"); });
  ASSERT_OK(said);
  EXPECT_EQ((*said)[0].integer(0), 0) << "news that comes after the erasure keeps nothing";
  expect_clean();
}

INSTANTIATE_TEST_SUITE_P(Both, AfterFiling, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::procedures
