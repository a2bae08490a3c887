// What goes back and forth while a case is open: sent back, amended, withdrawn, messages and news.
#include <atomic>
#include <thread>

#include "evidence/erase.h"
#include "records/records_test_support.h"
#include "records/store.h"

namespace musubi::records {
namespace {

using Judgement = Cases::Judgement;

class BackAndForth : public RecordsTest {};

TEST_P(BackAndForth, SentBackToTheApplicantTheClockStandsStill) {
  Case c = opened("r1");
  Time due = *c.due_at;
  EXPECT_ERROR(cases().send_back(act(c, "officer-desk"), " "), "records.comment_needed");
  c = cases().send_back(act(c, "officer-desk"), "住所の番地を書いてください").value();
  EXPECT_EQ(c.state, State::kReturned);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].to, "portal");
  EXPECT_EQ(sent[0].service, "status");
  EXPECT_EQ(sent[0].body.at("reference").as_string(), "r1");
  EXPECT_EQ(sent[0].body.at("message").as_string(), "住所の番地を書いてください");
  EXPECT_ERROR(cases().pass_check(act(c, "officer-desk"), ""), "records.with_applicant");

  clock.advance_us(5 * kDay_us);
  Filing better = test_filing("r1");
  better.form[0].value = "青葉町みどり1-2-34";
  auto amended = [&](const std::string& key) {
    return database->write([&](db::Transaction& tx) { return amend(tx, office(), "portal", "r1", better, "portal", key); });
  };
  c = amended("k1").value();
  EXPECT_EQ(c.state, State::kReceived);
  EXPECT_EQ(c.form_revision, 2);
  EXPECT_EQ(c.officer, "officer-desk") << "back to who checked it";
  EXPECT_EQ(c.due_at->us, due.us + 5 * kDay_us);
  EXPECT_EQ(amended("k1").value().version, c.version) << "the same act of the applicant twice";
  auto list = events(c.id);
  EXPECT_EQ(list[2].step, "applicant");
  EXPECT_EQ(list[2].ms, 5 * kDay_us / 1000);
  EXPECT_EQ(database->read([&](db::Reader& reader) { return form(reader, c.id); }).value().answers[0].value, "青葉町みどり1-2-34");
  EXPECT_EQ(database->read([&](db::Reader& reader) { return store::form(reader, c.id, 1); }).value()->answers[0].value,
            "青葉町みどり1-2-3");
  expect_clean();
}

TEST_P(BackAndForth, OnlyItsOwnApplicantAmendsOrWithdrawsACase) {
  Case c = opened("r1");
  auto amended = [&](Filing filing, const std::string& key) {
    return database->write([&](db::Transaction& tx) { return amend(tx, office(), "portal", "r1", filing, "portal", key); });
  };
  Filing stranger = test_filing("r1");
  stranger.person = "somebody";
  EXPECT_ERROR(amended(stranger, "k1"), "records.unknown_case");
  Filing other = test_filing("r1");
  other.procedure = "child-allowance";
  EXPECT_ERROR(amended(other, "k1"), "records.unknown_case");
  auto withdrawn = [&](const std::string& person) {
    return database->write(
        [&](db::Transaction& tx) { return withdraw(tx, office(), "portal", "r1", "やめました", "portal", "k2", person); });
  };
  EXPECT_ERROR(withdrawn("somebody"), "records.unknown_case");
  EXPECT_EQ(now(c.id).version, c.version);
  ASSERT_OK(amended(test_filing("r1"), "k1"));  // what was refused used up no key
  ASSERT_OK(withdrawn("personr1"));
  expect_clean();
}

TEST_P(BackAndForth, AFormIsPutRightAHundredTimesAtMostAndEveryFileIsErased) {
  Filing filing = test_filing("r1");
  for (int i = 0; i < 10; ++i) filing.files.push_back({"証明.pdf", "application/pdf", "%PDF-" + std::to_string(i)});
  Case c = opened(filing);
  auto amended = [&](int i) {
    return database->write(
        [&](db::Transaction& tx) { return amend(tx, office(), "portal", "r1", filing, "portal", "k" + std::to_string(i)); });
  };
  filing.files.clear();  // tens of thousands of rows are another test
  for (int i = 2; i <= kRevisionsAtMost; ++i) ASSERT_OK(amended(i));
  EXPECT_ERROR(amended(1000), "records.too_many_revisions");
  auto records = database->read([](db::Reader& r) { return evidence::read_records(r, 0, 1000, "records.case_opened"); }).value();
  ASSERT_OK(evidence::erase(*database, {{records.at(0).index}, "mistake", "officer-desk", erase_applicants},
                            folder.path() + "/erasures.jsonl"));
  for (const char* left : {"SELECT count(*) FROM records_file", "SELECT count(*) FROM records_form WHERE content <> ''"}) {
    auto rows = database->read([&](db::Reader& r) { return r.query(left); });
    ASSERT_OK(rows);
    EXPECT_EQ((*rows)[0].integer(0), 0) << left;
  }
}

TEST_P(BackAndForth, NewsBearsTheVersionOfTheCase) {
  Case c = at_director("r1");
  ASSERT_GE(sent.size(), 2u);
  EXPECT_EQ(sent.back().body.at("version").as_int64(), c.version);
  EXPECT_LT(sent.front().body.at("version").as_int64(), c.version);
}

TEST_P(BackAndForth, ReturnedToAnyEarlierStep) {
  Case c = at_director("r1");
  EXPECT_ERROR(cases().return_to(act(c, "officer-director"), "director", "x"), "records.bad_step");
  EXPECT_ERROR(cases().return_to(act(c, "officer-director"), "nowhere", "x"), "records.bad_step");
  EXPECT_ERROR(cases().return_to(act(c, "officer-director"), "chief", ""), "records.comment_needed");
  Case chief = cases().return_to(act(c, "officer-director"), "chief", "根拠を書き足してください").value();
  EXPECT_EQ(chief.at().id, "chief");
  EXPECT_EQ(chief.officer, "officer-chief");
  EXPECT_EQ(chief.proposal, "");
  posts["officer-desk"] = {};
  Case desk = cases().return_to(act(chief, "officer-chief"), "check", "形式をもう一度").value();
  EXPECT_EQ(desk.state, State::kReceived);
  EXPECT_EQ(desk.officer, "") << "who checked it is no longer at the desk";
  expect_clean();
}

TEST_P(BackAndForth, WithdrawnByTheApplicantUntilTheDecision) {
  Case c = opened("r1");
  auto gone = [&](const std::string& reference) {
    return database->write(
        [&](db::Transaction& tx) { return withdraw(tx, office(), "portal", reference, "引っ越しを取りやめました", "portal", "k1"); });
  };
  EXPECT_ERROR(gone("unknown"), "records.unknown_case");
  EXPECT_EQ(gone("r1").value().state, State::kWithdrawn);
  EXPECT_EQ(gone("r1").value().version, now(c.id).version);
  EXPECT_ERROR(cases().pass_check(act(now(c.id), "officer-desk"), ""), "records.closed");
  Case other = at_director("r2");
  ASSERT_OK(cases().judge(act(other, "officer-director"), Judgement::kGrant, ""));
  EXPECT_ERROR(gone("r2"), "records.closed");
}

TEST_P(BackAndForth, MessagesGoBothWays) {
  Case c = opened("r1");
  c = cases().message(act(c, "officer-desk"), "電話番号を教えてください").value();
  ASSERT_OK(database->write(
      [&](db::Transaction& tx) { return applicant_message(tx, office(), "portal", "r1", "000-0000です", "portal", "k1"); }));
  ASSERT_OK(database->write(
      [&](db::Transaction& tx) { return applicant_message(tx, office(), "portal", "r1", "000-0000です", "portal", "k1"); }));
  auto list = database->read([&](db::Reader& reader) { return messages(reader, c.id); }).value();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].officer, "officer-desk");
  EXPECT_TRUE(list[1].from_applicant);
  EXPECT_EQ(list[1].text, "000-0000です");
  EXPECT_EQ(sent.back().body.at("message").as_string(), "電話番号を教えてください");
}

TEST_P(BackAndForth, NewsFromAnotherTown) {
  std::vector<std::string> taken;
  effects.news["moved_in"] = [&](db::Transaction&, const News& news) -> Result<void> {
    taken.push_back(news.from + ":" + news.person);
    return {};
  };
  News news{"minato", "person1", "moved_in", {}, {{"date", "2026-11-14"}}, clock.now()};
  ASSERT_OK(database->write([&](db::Transaction& tx) { return receive_news(tx, office(), news, "minato"); }));
  EXPECT_EQ(taken, std::vector<std::string>{"minato:person1"});
  news.what = "nonsense";
  EXPECT_ERROR(database->write([&](db::Transaction& tx) { return receive_news(tx, office(), news, "minato"); }),
               "records.unknown_news");
}

RECORDS_ON_BOTH(BackAndForth);

}  // namespace
}  // namespace musubi::records
