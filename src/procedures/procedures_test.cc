#include "procedures/procedures.h"

#include <algorithm>

#include "evidence/erase.h"
#include "procedures/filing_fixture.h"
#include "procedures/flow.h"
#include "procedures/list.h"

namespace musubi::procedures {
namespace {

class Journey : public FilingTest {};

TEST_P(Journey, FetchesOnceFromEachSourceWhatIsPermitted) {
  Basket basket = ready();
  ASSERT_EQ(asked.size(), 3u);  // one a procedure that has the permit; never the same item twice
  std::vector<std::string> items;
  for (const auto& question : asked) {
    EXPECT_EQ(question.answering, "aoba");
    items.insert(items.end(), question.items.begin(), question.items.end());
  }
  std::sort(items.begin(), items.end());
  EXPECT_EQ(std::adjacent_find(items.begin(), items.end()), items.end());
  EXPECT_EQ(items.size(), 6u);
  EXPECT_EQ(basket.sources.at("applicant_name").organisation, "aoba");
  EXPECT_EQ(basket.sources.at("applicant_name").record, 7u);
  EXPECT_TRUE(basket.not_fetched.empty());
  const auto& movers = basket.answers.at("movers").as_array();
  ASSERT_EQ(movers.size(), 2u);
  EXPECT_EQ(movers[0].at("person"), json::value(-1));
  EXPECT_EQ(movers[1].at("person"), json::value(0));
  EXPECT_EQ(basket.further, (std::vector<std::string>{"childcode"}));
  EXPECT_FALSE(movers[0].as_object().contains("sex"));  // no field of the form asks for it
}

TEST_P(Journey, ASilentSourceLeavesTheFormUsableByHand) {
  peer_error = Error{Code::kUnavailable, "exchange.peer_slow", {"青葉町から答えがありません。", "Aoba does not answer."}, {}};
  Basket basket = ready();
  EXPECT_EQ(asked.size(), 1u);  // nobody waits for it twice
  ASSERT_EQ(basket.not_fetched.size(), 1u);
  EXPECT_EQ(basket.not_fetched[0].reason.en, "Aoba does not answer.");
  EXPECT_EQ(basket.not_fetched[0].fields.size(), 6u);
  EXPECT_TRUE(basket.sources.empty());
  EXPECT_EQ(submit(basket).size(), 5u);
}

TEST_P(Journey, ALyingSourceCannotPutAnythingIntoTheForm) {
  neighbours.ask = [this](const Question& q) -> Result<Told> {
    Told told;
    told.at = clock.now();
    for (const auto& item : q.items)
      told.items[item] = json::array{json::object{{"name", std::string(5000, 'x')}, {"birth_date", 1e300}}, 17, nullptr};
    told.items["unasked"] = "x";
    told.further = {{"/person.household/99", "x"}, {"", "y"}};
    return told;
  };
  auto basket = portal().start(person, pack(), "moving", guide_answers());
  ASSERT_OK(basket);
  auto filled = portal().prefill(*basket, pack());
  ASSERT_OK(filled);
  EXPECT_FALSE(filled->answers.contains("applicant_name"));
  EXPECT_FALSE(filled->answers.contains("unasked"));
  EXPECT_FALSE(filled->not_fetched.empty());
}

TEST_P(Journey, SubmittingIsOneActAndDoingItTwiceChangesNothing) {
  Basket basket = ready();
  auto filings = submit(basket);
  ASSERT_EQ(filings.size(), 5u);
  ASSERT_EQ(posted.size(), 5u);
  auto again = portal().submit(person, basket.id, "00");
  ASSERT_OK(again);
  EXPECT_EQ(again->size(), 5u);
  EXPECT_EQ(posted.size(), 5u);
  EXPECT_EQ(portal().basket(person, basket.id).error().name, "basket.unknown");  // the draft is gone
  std::vector<std::string> to;
  for (const auto& one : posted) to.push_back(one.to + "/" + std::string(one.body.at("procedure").as_string()));
  std::sort(to.begin(), to.end());
  EXPECT_EQ(to, (std::vector<std::string>{"aoba/move-out", "minato/child-allowance", "minato/health-insurance", "minato/moving-in",
                                          "water/water-start"}));
  // The company gets its own form only.
  const auto& water = message_for("water-start").body.at("form").as_object();
  EXPECT_TRUE(water.contains("new_address"));
  for (auto kept : {"movers", "old_address", "birth_date", "bank_number", "children_list"}) EXPECT_FALSE(water.contains(kept)) << kept;
  EXPECT_TRUE(message_for("water-start").further.empty());
  EXPECT_EQ(message_for("moving-in").further, (std::vector<std::string>{"childcode"}));
  // References and salts are no common values.
  std::set<std::string> seen;
  for (const auto& one : posted)
    for (auto key : {"reference", "salt"}) EXPECT_TRUE(seen.insert(std::string(one.body.at(key).as_string())).second);
  auto facts = databases["portal"]->read([](db::Reader& r) { return evidence::read_records(r, 0, 100, "procedures.filed"); });
  ASSERT_OK(facts);
  ASSERT_EQ(facts->size(), 5u);
  for (const auto& record : *facts) {
    EXPECT_EQ(record.head.find("花子"), std::string::npos);
    EXPECT_NE(record.head.find("\"fetched\":"), std::string::npos);
  }
  expect_clean();
}

TEST_P(Journey, NothingIsSentWhenTheAnswersChangedAfterSigning) {
  Basket basket = ready();
  auto list = portal().list_to_sign(basket, pack());
  ASSERT_OK(list);
  basket.answers["phone"] = "090-1111-1111";
  ASSERT_OK(portal().save(basket));
  EXPECT_ERROR(portal().submit(person, basket.id, to_hex(*list)), "basket.changed_after_signing");
  EXPECT_ERROR(portal().submit(person, basket.id, "zz"), "identity.bad_card_signature");
  auto other = portal().start(person, pack(), "moving", guide_answers());
  ASSERT_OK(other);
  EXPECT_TRUE(posted.empty());
  EXPECT_ERROR(portal().save(basket), "basket.changed_meanwhile");  // an older revision
}

TEST_P(Journey, AnotherPersonsDraftAndFilingAreNotThere) {
  Basket basket = ready();
  EXPECT_ERROR(portal().basket("somebody", basket.id), "basket.unknown");
  EXPECT_ERROR(portal().discard("somebody", basket.id), "basket.unknown");
  Basket stolen = basket;
  stolen.person = "somebody";
  EXPECT_ERROR(portal().save(stolen), "basket.unknown");
  auto filings = submit(basket);
  ASSERT_FALSE(filings.empty());
  EXPECT_ERROR(portal().filing("somebody", filings[0].reference), "filing.unknown");
  EXPECT_ERROR(portal().receipt("somebody", filings[0].reference), "filing.unknown");
  EXPECT_ERROR(withdraw("somebody", filings[0].reference, "x"), "filing.unknown");
  EXPECT_ERROR(portal().start_amendment("somebody", filings[0].reference), "filing.unknown");
  auto theirs = portal().submitted("somebody", basket.id);
  ASSERT_OK(theirs);
  EXPECT_TRUE(theirs->empty());
}

TEST_P(Journey, AContestedValueBecomesACorrectionAtItsSource) {
  Basket basket = ready();
  basket.answers["birth_date"] = "1990-04-02";
  basket.sources.at("birth_date").contest = "届出の日が違います";
  auto saved = portal().save(basket);
  ASSERT_OK(saved);
  auto filings = submit(*saved);
  ASSERT_EQ(filings.size(), 6u);
  const Outgoing& correction = message_for("correction");
  EXPECT_EQ(correction.to, "aoba");
  const auto& form = correction.body.at("form").as_object();
  EXPECT_NE(std::string(form.at("correction_told").as_string()).find("4月1日"), std::string::npos);
  EXPECT_NE(std::string(form.at("correction_wanted").as_string()).find("4月2日"), std::string::npos);
  EXPECT_EQ(form.at("correction_reason").as_string(), "届出の日が違います");
  EXPECT_EQ(form.at("correction_field").as_string(), "person.birth_date");
  EXPECT_EQ(form.at("correction_value").as_string(), "\"1990-04-02\"") << "as the office's program reads it";
  Procedures source(*databases["minato"], clock, "aoba", neighbours);  // the office of the source takes it like any filing
  Incoming in = carried(correction);
  ASSERT_OK(source.receive_filing(in));
  EXPECT_EQ(opened.back().procedure->id, "correction");
  EXPECT_EQ(opened.back().name, "青葉 花子");
  EXPECT_TRUE(message_for("moving-in").body.at("sources").as_object().contains("applicant_name"));
  EXPECT_FALSE(message_for("moving-in").body.at("sources").as_object().contains("birth_date"));
}

TEST_P(Journey, TheOfficeOpensACaseAndItsReceiptProvesTheForm) {
  submit(ready());
  Incoming in = carried(message_for("moving-in"));
  auto answer = office().receive_filing(in);
  ASSERT_OK(answer);
  ASSERT_EQ(opened.size(), 1u);
  const NewCase& c = opened[0];
  EXPECT_EQ(c.procedure->id, "moving-in");
  EXPECT_EQ(c.name, "青葉 花子");
  EXPECT_EQ(c.person, "minatocode");
  EXPECT_EQ(c.further, (std::vector<std::string>{"furthercode0"}));
  ASSERT_TRUE(c.due);
  EXPECT_EQ(text::iso_date(*c.due), "2026-12-15");
  EXPECT_GT(c.fetched, 0);
  auto line = std::find_if(c.lines.begin(), c.lines.end(), [](const Line& one) { return one.field == "applicant_name"; });
  ASSERT_NE(line, c.lines.end());
  EXPECT_EQ(line->source, "青葉町");
  ASSERT_OK(
      databases["portal"]->write([&](db::Transaction& tx) { return portal().delivered(tx, message_for("moving-in"), *answer); }));
  auto filings = portal().filings(person);
  ASSERT_OK(filings);
  auto filed = std::find_if(filings->begin(), filings->end(), [](const Filing& f) { return f.procedure == "moving-in"; });
  EXPECT_EQ(filed->state, "received");
  EXPECT_EQ(filed->number, "2026-000001");
  auto file = portal().receipt(person, filed->reference);
  ASSERT_OK(file);
  EXPECT_TRUE(file->at("record").is_object());
  EXPECT_EQ(file->at("form").at("move_date").as_string(), "2026-12-01");
  expect_clean();
}

TEST_P(Journey, WhatIsContestedReachesWhoeverJudgesTheForm) {
  Basket basket = ready();
  basket.sources.at("applicant_name").contest = "読みが違う";
  basket.answers["applicant_name"].as_object()["given_kana"] = "ハナゴ";
  submit(basket = portal().save(basket).value());
  Outgoing filing = message_for("moving-in"), correction = message_for("correction");
  Incoming in = carried(filing);
  ASSERT_OK(office().receive_filing(in));
  const Line* contested = nullptr;
  for (const auto& line : opened.back().lines)
    if (line.contest) contested = &line;
  ASSERT_TRUE(contested);
  EXPECT_EQ(contested->field, "applicant_name");
  EXPECT_EQ(contested->contest->source, "青葉町");
  EXPECT_EQ(contested->contest->reason, "読みが違う");
  EXPECT_NE(contested->contest->told.find("ハナコ"), std::string::npos);
  EXPECT_NE(contested->text.find("ハナゴ"), std::string::npos);
  auto kept = portal().fetched_for(filing.key.substr(filing.key.rfind('/') + 1));
  ASSERT_OK(kept);
  EXPECT_EQ(kept->at("applicant_name").at("contest"), json::value("読みが違う")) << "the person sees it on their own filing";
  // What a program would enter is what the person read.
  Incoming honest = carried(correction), lying = carried(correction);
  Procedures aoba(*databases["minato"], clock, "aoba", neighbours);
  ASSERT_OK(aoba.receive_filing(honest));
  EXPECT_NE(std::string(opened.back().form.at("correction_value").as_string()).find("ハナゴ"), std::string::npos);
  std::string told = "{\"family\":\"別\",\"given\":\"人\",\"family_kana\":\"ベツ\",\"given_kana\":\"ジン\"}";
  json::object form = correction.body.at("form").as_object();
  form["correction_value"] = told;
  std::string list = list_text(
      "basket",
      std::vector<ListedForm>{
          {"aoba", "correction", form_digest(from_base64(std::string(correction.body.at("salt").as_string())).value(), form), 1}});
  lying.body["form"] = form;
  lying.body["list"] = to_hex(list);
  auto refused = aoba.receive_filing(lying);
  EXPECT_ERROR(refused, "filing.bad_form");
  EXPECT_EQ(refused.error().faults.at(0).where, "correction_value");
}

TEST_P(Journey, StatusSendBackAmendAndWithdraw) {
  auto filings = submit(ready());
  auto filed = std::find_if(filings.begin(), filings.end(), [](const Filing& f) { return f.procedure == "moving-in"; });
  ASSERT_NE(filed, filings.end());
  EXPECT_ERROR(withdraw(person, filed->reference, "x"), "filing.not_open");  // not arrived yet
  Incoming status{
      "minato",
      "",
      {},
      {{"reference", filed->reference}, {"number", "2026-000001"}, {"state", "returned"}, {"message", "番地を確かめてください"}},
      clock.now(),
      [](db::Transaction&, json::object, const json::object&) -> Result<evidence::Appended> { return evidence::Appended{}; }};
  ASSERT_OK(portal().receive_status(status));
  Incoming forged = status;
  forged.from = "aoba";
  EXPECT_ERROR(portal().receive_status(forged), "filing.unknown");
  auto lines = portal().history(filed->reference);
  ASSERT_OK(lines);
  EXPECT_EQ(lines->back().text.ja, "番地を確かめてください");
  auto draft = portal().start_amendment(person, filed->reference);
  ASSERT_OK(draft);
  EXPECT_EQ(portal().start_amendment(person, filed->reference)->id, draft->id);
  EXPECT_EQ(draft->procedures, (std::vector<std::string>{"moving-in"}));
  draft->answers["phone"] = "090-2222-2222";
  auto saved = portal().save(*draft);
  ASSERT_OK(saved);
  posted.clear();
  auto amended_filing = submit(*saved);
  ASSERT_EQ(amended_filing.size(), 1u);
  EXPECT_EQ(amended_filing[0].reference, filed->reference);
  EXPECT_EQ(amended_filing[0].state, "amending");
  ASSERT_EQ(posted.size(), 1u);
  EXPECT_EQ(posted[0].service, "amend");
  Incoming in = carried(posted[0]);
  ASSERT_OK(office().receive_change(in, "amend"));
  ASSERT_EQ(amended.size(), 1u);
  EXPECT_EQ(amended[0].form.at("phone").as_string(), "090-2222-2222");
  auto text = portal().withdrawal_to_sign(person, filed->reference, "引っ越しをやめました");
  ASSERT_OK(text);
  EXPECT_ERROR(portal().withdraw(person, filed->reference, to_hex("{\"musubi_withdrawal\":1,\"reason\":\"x\"}")),
               "filing.other_withdrawal");
  ASSERT_OK(portal().withdraw(person, filed->reference, to_hex(*text)));
  ASSERT_OK(portal().withdraw(person, filed->reference, to_hex(*text)));  // twice is once
  ASSERT_EQ(posted.size(), 2u);
  Incoming leaving = carried(posted[1]);
  for (auto [key, value, name] : {std::tuple{"reason", "別の理由", "filing.other_withdrawal"},
                                  {"signature", "", "filing.withdrawal_unsigned"},
                                  {"signature", "zz", "identity.bad_card_signature"}}) {
    Incoming forged = leaving;
    forged.body[key] = value;
    EXPECT_ERROR(office().receive_change(forged, "withdraw"), name);
  }
  signer_code = "another";
  EXPECT_ERROR(office().receive_change(leaving, "withdraw"), "filing.other_signer");
  signer_code = "minatocode";
  EXPECT_TRUE(withdrawn.empty());
  ASSERT_OK(office().receive_change(leaving, "withdraw"));
  EXPECT_EQ(withdrawn, (std::vector<std::string>{filed->reference}));
  EXPECT_ERROR(withdraw(person, filed->reference, ""), "filing.reason");
  expect_clean();
}

TEST_P(Journey, FilesAreJudgedByTheirContent) {
  Basket basket = ready();
  const Field& proof = *pack().field("insurance_proof");
  basket.answers["insurance_reason"] = "left";
  basket.answers["insurance_left_on"] = "2026-11-01";
  basket = portal().save(basket).value();
  auto lies = portal().put_file(basket, pack(), proof, "proof.pdf", "MZ\x90 not a pdf");
  EXPECT_ERROR(lies, "basket.file");
  EXPECT_ERROR(portal().put_file(basket, pack(), proof, "big.pdf", "%PDF-" + std::string(600'000, 'x')), "basket.file");
  auto good = portal().put_file(basket, pack(), proof, "離職 証明書（花子）.pdf", "%PDF-1.7 proof");
  ASSERT_OK(good);
  EXPECT_EQ(good->answers.at("insurance_proof").at("name").as_string(), "離職 証明書（花子）.pdf");
  submit(*good);
  Incoming in = carried(message_for("health-insurance"));
  ASSERT_OK(office().receive_filing(in));
  ASSERT_EQ(opened.back().files.size(), 1u);
  EXPECT_EQ(opened.back().files[0].content, "%PDF-1.7 proof");
  EXPECT_EQ(opened.back().files[0].media_type, "application/pdf");
  Outgoing changed = message_for("health-insurance");
  changed.body["files"].as_array()[0].as_object()["content"] = to_base64("%PDF-1.7 other");
  Incoming altered = carried(changed);
  EXPECT_ERROR(office().receive_filing(altered), "filing.other_file");
  changed.body["files"] = json::array();
  Incoming missing = carried(changed);
  EXPECT_ERROR(office().receive_filing(missing), "filing.no_file");
}

TEST_P(Journey, DraftsAreBoundedAndAge) {
  std::string first;
  for (std::size_t i = 0; i < kDraftsAtMost; ++i) {
    auto basket = portal().start(person, pack(), "moving", guide_answers());
    ASSERT_OK(basket);
    if (i == 0) first = basket->id;
  }
  EXPECT_ERROR(portal().start(person, pack(), "moving", guide_answers()), "basket.too_many");
  auto basket = portal().basket(person, first);
  ASSERT_OK(basket);
  basket->answers["correction_told"] = std::string(300'000, 'x');
  EXPECT_ERROR(portal().save(*basket), "basket.too_large");
  clock.advance_us(kDraftLife_us + 1);
  json::object later = guide_answers();
  later["move_date"] = "2027-03-01";
  ASSERT_OK(portal().start(person, pack(), "moving", later));
  EXPECT_ERROR(portal().basket(person, first), "basket.unknown");
}

TEST_P(Journey, AnErasedFilingKeepsItsProofsAndLosesThePerson) {
  auto filings = submit(ready());
  ASSERT_FALSE(filings.empty());
  auto records = databases["portal"]->read([](db::Reader& r) { return evidence::read_records(r, 0, 100); });
  ASSERT_OK(records);
  evidence::ErasureOrder order;
  for (const auto& record : *records)
    if (record.body && record.stream.starts_with("procedures/")) order.indexes.push_back(record.index);
  order.ground = "law";
  order.actor = "officer-aaaaaa";
  order.rows = erase_rows;
  ASSERT_OK(evidence::erase(*databases["portal"], order, folder.path() + "/erasures.jsonl"));
  auto left = databases["portal"]->read(
      [](db::Reader& r) { return r.query("SELECT count(*) FROM procedures_filing WHERE form IS NOT NULL OR person IS NOT NULL"); });
  ASSERT_OK(left);
  EXPECT_EQ((*left)[0].integer(0), 0);
  EXPECT_ERROR(portal().filing(person, filings[0].reference), "filing.unknown");
  // A late answer of an office finds nothing to put a name to.
  ASSERT_OK(databases["portal"]->write([&](db::Transaction& tx) -> Result<void> {
    TRY(portal().delivered(tx, posted[0], {{"number", "2026-000009"}}));
    return {};
  }));
}

TEST_P(Journey, ANewerFormKeepsTheAnswersAndShowsTheDifference) {
  Basket basket = ready();
  Pack newer = pack();
  newer.version = 2;
  for (auto& procedure : newer.procedures)
    if (procedure.id == "moving-in") {
      procedure.version = 2;
      std::erase_if(procedure.form, [](const FormUse& use) { return use.field == "card_use"; });
      procedure.form.push_back({"insurance_left_on", true, {}});
    }
  auto change = difference(newer, basket);
  EXPECT_EQ(change.removed, (std::vector<std::string>{"card_use"}));
  EXPECT_TRUE(change.added.empty());  // asked by another form already
  EXPECT_TRUE(basket.answers.contains("card_use"));
  EXPECT_FALSE(difference(pack(), basket).any());
  Field extra;
  extra.id = "fax";
  extra.label = {"ファクス", "Fax"};
  newer.fields.push_back(extra);
  newer.procedures[0].form.push_back({"fax", std::nullopt, {}});
  EXPECT_EQ(difference(newer, basket).added, (std::vector<std::string>{"fax"}));
  EXPECT_ERROR(portal().list_to_sign(basket, newer), "basket.answers");
}

INSTANTIATE_TEST_SUITE_P(Both, Journey, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::procedures
