#include <algorithm>
#include <atomic>
#include <thread>

#include "evidence/erase.h"
#include "records/records_test_support.h"
#include "records/store.h"
#include "support/raw_sql.h"

namespace musubi::records {
namespace {

using Judgement = Cases::Judgement;

class CaseTest : public RecordsTest {};

TEST_P(CaseTest, NumbersRunWithoutGapsInEachFiscalYear) {
  EXPECT_EQ(opened("r1").id, "2026-000001");
  auto failed = database->write([&](db::Transaction& tx) -> Result<void> {
    TRY(open_case(tx, office(), test_filing("r2"), "portal"));
    return Error{Code::kInternal, "test.undone", {"x", "x"}, {}};
  });
  EXPECT_ERROR(failed, "test.undone");
  EXPECT_EQ(opened("r3").id, "2026-000002") << "an undone act leaves no gap";
  clock.set(parse_rfc3339("2027-03-31T23:59:59+09:00").value());
  EXPECT_EQ(opened("r4").id, "2026-000003");
  clock.set(parse_rfc3339("2027-04-01T00:00:00+09:00").value());
  EXPECT_EQ(opened("r5").id, "2027-000001");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) opened("t" + std::to_string(t) + "-" + std::to_string(i));
    });
  for (auto& thread : threads) thread.join();
  for (int n = 1; n <= 21; ++n) EXPECT_EQ(now(case_id(2027 * kYear + n)).serial, n);
  EXPECT_TRUE(now("2027-000022").id.empty());
  expect_clean();
}

TEST_P(CaseTest, TheSameReferenceIsTheSameCase) {
  Case first = opened("r1");
  EXPECT_EQ(opened("r1").id, first.id);
  Filing other = test_filing("r1");
  other.form[0].value = "別の住所";
  auto refused = database->write([&](db::Transaction& tx) { return open_case(tx, office(), other, "portal"); });
  EXPECT_ERROR(refused, "records.reference_reused");
  other.portal = "portal2";
  EXPECT_NE(opened(other).id, first.id);
}

TEST_P(CaseTest, BadFilingsAreRefusedWithEveryFault) {
  Filing filing = test_filing("r1");
  filing.name.clear();
  filing.route.clear();
  auto refused = database->write([&](db::Transaction& tx) { return open_case(tx, office(), filing, "portal"); });
  EXPECT_ERROR(refused, "records.bad_filing");
  EXPECT_EQ(refused.error().faults.size(), 2u);
  filing = test_filing("r1");
  filing.effect = "unheard-of";
  EXPECT_ERROR(database->write([&](db::Transaction& tx) { return open_case(tx, office(), filing, "portal"); }),
               "records.unknown_effect");
}

TEST_P(CaseTest, GoesFromArrivalToDecision) {
  int entered = 0;
  effects.decided["residents.move_in"] = [&](db::Transaction&, const Decided& decided) -> Result<RegisterEntry> {
    ++entered;
    EXPECT_EQ(decided.applicant.name, "架空 花子");
    EXPECT_EQ(decided.form.data.at("new_address").as_string(), "青葉町みどり1-2-3");
    return RegisterEntry::kEntered;
  };
  Filing filing = test_filing("r1");
  filing.effect = "residents.move_in";
  Case c = opened(filing);
  EXPECT_EQ(c.version, 1);
  clock.advance_us(3600'000'000LL);
  c = cases().claim(act(c, "officer-desk")).value();
  EXPECT_EQ(c.officer, "officer-desk");
  clock.advance_us(3600'000'000LL);
  c = cases().pass_check(act(c, "officer-desk"), "").value();
  EXPECT_EQ(c.step, 1u);
  EXPECT_EQ(c.officer, "");
  clock.advance_us(60'000'000);
  c = cases().judge(act(c, "officer-chief"), Judgement::kGrant, "問題ありません").value();
  EXPECT_EQ(c.proposal, "grant");
  EXPECT_EQ(entered, 0);
  auto decided = cases().judge(act(c, "officer-director"), Judgement::kGrant, "");
  ASSERT_OK(decided);
  c = *decided;
  EXPECT_EQ(c.state, State::kGranted);
  EXPECT_EQ(entered, 1);
  EXPECT_TRUE(c.closed_at);

  auto list = events(c.id);
  ASSERT_EQ(list.size(), std::size_t(c.version)) << "the version is the length of the history";
  std::vector<std::string> what;
  for (const auto& event : list)
    what.push_back(event.what.substr(8) + (event.step.empty() ? "" : ":" + event.step) +
                   (event.outcome.empty() ? "" : ":" + event.outcome));
  EXPECT_EQ(what, (std::vector<std::string>{"case_opened", "claimed:check", "step_done:check:passed", "step_done:chief:grant",
                                            "step_done:director:grant", "decided:grant", "notice_issued"}));
  EXPECT_EQ(list[2].ms, 2 * 3600'000);
  EXPECT_EQ(list[3].comment, "問題ありません");
  EXPECT_EQ(list[3].actor, "officer-chief");
  EXPECT_EQ(list[5].ms, 3 * 3600'000 + 60'000) << "from filing to decision";
  expect_clean();
}

TEST_P(CaseTest, HeadsHoldTheFiguresAndNothingPersonal) {
  Case c = at_director("r-secret");
  ASSERT_OK(cases().judge(act(c, "officer-director"), Judgement::kRefuse, "書類が足りません"));
  bool opened_seen = false, decided_seen = false;
  ASSERT_OK(database->read([&](db::Reader& reader) -> Result<void> {
    for (const auto& record : TRY(evidence::read_records(reader, 0, 1000))) {
      for (const char* secret : {"花子", "ハナコ", "r-secret", "personr", "childr", "signature", "足りません", "みどり"})
        EXPECT_EQ(record.head.find(secret), std::string::npos) << secret << " in " << record.head;
      auto head = parse_json(record.head).value();
      if (record.type == "records.case_opened") {
        opened_seen = true;
        EXPECT_EQ(canonical_json(head.at("facts")), R"({"fetched":1,"fields":3,"online":true,"procedure":"moving-in"})");
      }
      if (record.type == "records.decided") {
        decided_seen = true;
        EXPECT_EQ(canonical_json(head.at("facts")),
                  R"({"ms":3600000,"outcome":"refuse","procedure":"moving-in","standard_ms":172800000})");
      }
    }
    for (const char* table : {"records_case", "records_terms"})  // and no row but the erasable ones
      for (const auto& row : TRY(reader.query(std::string("SELECT * FROM ") + table)))
        for (std::size_t i = 0; i < row.size(); ++i)
          if (const auto* text = std::get_if<std::string>(&row.at(i))) {
            for (const char* secret : {"花子", "r-secret", "personr", "みどり"}) EXPECT_EQ(text->find(secret), text->npos) << table;
          }
    return {};
  }));
  EXPECT_TRUE(opened_seen);
  EXPECT_TRUE(decided_seen);
}

TEST_P(CaseTest, OfTwoAtOnceOneWinsAndTheOtherHearsWhatHappened) {
  Case seen = opened("r1");
  ASSERT_OK(cases().claim(act(seen, "officer-desk")));
  auto late = cases().pass_check(act(seen, "officer-desk2"), "");
  EXPECT_ERROR(late, "records.changed_meanwhile");
  EXPECT_EQ(late.error().code, Code::kConflict);
  ASSERT_EQ(late.error().faults.size(), 1u);
  EXPECT_NE(late.error().faults[0].message.en.find("officer-desk: The case was claimed"), std::string::npos)
      << late.error().faults[0].message.en;
  EXPECT_NE(late.error().faults[0].message.ja.find("担当を引き受けました"), std::string::npos);
}

TEST_P(CaseTest, TwoDirectorsDecideAtOnce) {
  posts["officer-director2"] = {"director"};
  Case c = at_director("r1");
  std::atomic<int> good = 0, late = 0;
  std::vector<std::thread> threads;
  for (const char* officer : {"officer-director", "officer-director2"})
    threads.emplace_back([&, officer] {
      auto done = cases().judge(act(c, officer), Judgement::kGrant, "");
      if (done.ok())
        ++good;
      else if (done.error().name == "records.changed_meanwhile")
        ++late;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 1);
  EXPECT_EQ(late, 1);
  EXPECT_EQ(database->read([&](db::Reader& reader) { return notices(reader, c.id); }).value().size(), 1u);
  expect_clean();
}

TEST_P(CaseTest, TheSameActTwiceIsOne) {
  Case c = opened("r1");
  Case once = cases().pass_check(act(c, "officer-desk"), "よし").value();
  auto twice = cases().pass_check(act(c, "officer-desk"), "よし");
  ASSERT_OK(twice);
  EXPECT_EQ(twice->version, once.version);
  EXPECT_EQ(events(c.id).size(), 2u);
  EXPECT_ERROR(cases().pass_check(act(c, "officer-desk"), "別の言葉"), "records.changed_meanwhile");

  c = cases().judge(act(once, "officer-chief"), Judgement::kGrant, "").value();
  Act decision = act(c, "officer-director");
  ASSERT_OK(cases().judge(decision, Judgement::kGrant, ""));
  ASSERT_OK(cases().judge(decision, Judgement::kGrant, ""));
  EXPECT_EQ(database->read([&](db::Reader& reader) { return notices(reader, c.id); }).value().size(), 1u);
}

TEST_P(CaseTest, ActsNeedThePostOfTheStep) {
  Case c = opened("r1");
  for (const char* officer : {"officer-guest", "officer-chief", "officer-director", ""}) {
    auto refused = cases().pass_check(act(c, officer), "");
    EXPECT_ERROR(refused, "records.post_needed");
    EXPECT_NE(refused.error().message.ja.find("住民係"), std::string::npos);
    EXPECT_ERROR(cases().claim(act(c, officer)), "records.post_needed");
    EXPECT_ERROR(cases().send_back(act(c, officer), "x"), "records.post_needed");
    EXPECT_ERROR(cases().reassign(act(c, officer), "officer-desk"), "records.post_needed");
  }
  EXPECT_ERROR(cases().message(act(c, "officer-guest"), "x"), "records.post_needed");
  EXPECT_EQ(events(c.id).size(), 1u);
  posts["officer-desk"] = {};  // transferred
  EXPECT_ERROR(cases().claim(act(c, "officer-desk")), "records.post_needed");
}

TEST_P(CaseTest, ClaimReleaseReassign) {
  Case c = cases().claim(act(opened("r1"), "officer-desk")).value();
  EXPECT_ERROR(cases().claim(act(c, "officer-desk2")), "records.claimed_by_other");
  EXPECT_ERROR(cases().pass_check(act(c, "officer-desk2"), ""), "records.claimed_by_other");
  EXPECT_ERROR(cases().release(act(c, "officer-desk2")), "records.not_claimed");
  EXPECT_ERROR(cases().reassign(act(c, "officer-desk2"), "officer-chief"), "records.bad_successor");
  c = cases().reassign(act(c, "officer-desk2"), "officer-desk2").value();
  EXPECT_EQ(c.officer, "officer-desk2");
  c = cases().release(act(c, "officer-desk2")).value();
  EXPECT_EQ(c.officer, "");
  Case again = cases().claim(act(c, "officer-desk")).value();
  EXPECT_EQ(cases().claim(act(again, "officer-desk")).value().version, again.version) << "claiming one's own changes nothing";
}

TEST_P(CaseTest, BulkClaimIsEachForItself) {
  Case one = opened("r1"), two = opened("r2"), three = opened("r3");
  ASSERT_OK(cases().claim(act(two, "officer-desk2")));
  auto done = cases().claim_all(
      {act(one, "officer-desk"), act(two, "officer-desk"), act(three, "officer-desk"), {"2026-999999", 1, "officer-desk"}});
  ASSERT_OK(done);
  EXPECT_EQ(done->claimed, (std::vector<std::string>{one.id, three.id}));
  ASSERT_EQ(done->refused.size(), 2u);
  EXPECT_EQ(done->refused[0].second.name, "records.changed_meanwhile");
  EXPECT_EQ(done->refused[1].second.name, "records.unknown_case");
  EXPECT_EQ(now(two.id).officer, "officer-desk2");
  EXPECT_ERROR(cases().claim_all({}), "records.bad_selection");
  expect_clean();
}

TEST_P(CaseTest, RefusalNeedsItsReasonAndHasNoEffect) {
  int entered = 0;
  effects.decided["e"] = [&](db::Transaction&, const Decided&) -> Result<RegisterEntry> {
    ++entered;
    return RegisterEntry::kEntered;
  };
  Filing filing = test_filing("r1");
  filing.effect = "e";
  Case c = cases().pass_check(act(opened(filing), "officer-desk"), "").value();
  c = cases().judge(act(c, "officer-chief"), Judgement::kRefuse, "要件を満たしません").value();
  EXPECT_EQ(c.proposal, "refuse");
  EXPECT_TRUE(is_open(c.state)) << "before the last step it is a proposal";
  EXPECT_ERROR(cases().judge(act(c, "officer-director"), Judgement::kRefuse, ""), "records.comment_needed");
  c = cases().judge(act(c, "officer-director"), Judgement::kRefuse, "要件を満たしません").value();
  EXPECT_EQ(c.state, State::kRefused);
  EXPECT_EQ(entered, 0);
  EXPECT_EQ(sent.back().body.at("outcome").as_string(), "refuse");
  EXPECT_ERROR(cases().claim(act(c, "officer-desk")), "records.closed");
  EXPECT_ERROR(cases().judge(act(c, "officer-director"), Judgement::kGrant, ""), "records.closed");
}

TEST_P(CaseTest, ADecisionThatWaitsForAnEntrySaysSoUntilItIsSettled) {
  effects.decided["e"] = [](db::Transaction&, const Decided&) -> Result<RegisterEntry> { return RegisterEntry::kDue; };
  Filing filing = test_filing("r1");
  filing.effect = "e";
  Case c = cases().pass_check(act(opened(filing), "officer-desk"), "").value();
  c = cases().judge(act(c, "officer-chief"), Judgement::kGrant, "").value();
  c = cases().judge(act(c, "officer-director"), Judgement::kGrant, "").value();
  EXPECT_EQ(sent.back().body.at("register").as_string(), "due");
  EXPECT_EQ(events(c.id).back().what, "records.register_due");
  ASSERT_OK(database->write(
      [&](db::Transaction& tx) { return register_settled(tx, office(), c.id, false, "もう直っています", "officer-desk"); }));
  EXPECT_EQ(sent.back().body.at("register").as_string(), "unneeded");
  EXPECT_EQ(sent.back().body.at("message").as_string(), "もう直っています");
  EXPECT_EQ(sent.back().body.at("state").as_string(), "granted");
  EXPECT_EQ(events(c.id).back().outcome, "unneeded");
  EXPECT_EQ(events(c.id).back().comment, "もう直っています");
  expect_clean();
  std::size_t told = sent.size();
  ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
    std::uint64_t indexes[] = {TRY(evidence::read_stream(tx, case_stream(c.id), 1, 1)).at(0).index};
    TRY(erase_applicants(tx, indexes));
    return register_settled(tx, office(), c.id, false, "花子さんの分", "officer-desk");
  }));
  EXPECT_EQ(std::pair(sent.size(), events(c.id).back().comment), std::pair(told, std::string())) << "nobody is left to be told";
}

TEST_P(CaseTest, AContestedAnswerKeepsWhatWasToldAndWhy) {
  Filing filing = test_filing("r1");
  filing.form[1].contest = Answer::Contest{"みなと町", "1990-04-02", "一日違う"};
  Case c = opened(filing);
  auto form = database->read([&](db::Reader& reader) { return musubi::records::form(reader, c.id); }).value();
  ASSERT_TRUE(form.answers[1].contest);
  EXPECT_EQ(form.answers[1].contest->told, "1990-04-02");
  EXPECT_EQ(form.answers[1].contest->reason, "一日違う");
  EXPECT_FALSE(form.answers[0].contest);
}

TEST_P(CaseTest, AnEffectThatRefusesUndoesTheDecision) {
  effects.decided["e"] = [](db::Transaction& tx, const Decided& decided) -> Result<RegisterEntry> {
    TRY(store::put_file(tx, decided.subject.id, 99, 1, {"trace", "text/plain", "left behind"}));
    return Error{Code::kConflict, "residents.moved", {"この人はすでに転出しています。", "This person has already moved out."}, {}};
  };
  Filing filing = test_filing("r1");
  filing.effect = "e";
  Case c = cases().pass_check(act(opened(filing), "officer-desk"), "").value();
  c = cases().judge(act(c, "officer-chief"), Judgement::kGrant, "").value();
  auto sent_before = sent.size();
  auto refused = cases().judge(act(c, "officer-director"), Judgement::kGrant, "");
  EXPECT_ERROR(refused, "records.effect_failed");
  EXPECT_NE(refused.error().message.en.find("already moved out"), std::string::npos);
  EXPECT_EQ(now(c.id).version, c.version);
  EXPECT_EQ(sent.size(), sent_before);
  ASSERT_OK(database->read([&](db::Reader& reader) -> Result<void> {
    EXPECT_TRUE(TRY(notices(reader, c.id)).empty());
    EXPECT_FALSE(TRY(store::file(reader, c.id, 99)));
    return {};
  }));
  expect_clean();
}

TEST_P(CaseTest, WhoFiledAtTheCounterHasNoPortalToTell) {
  Filing filing = test_filing("r1");
  filing.online = false;
  Case c = opened(filing);
  ASSERT_OK(cases().message(act(c, "officer-desk"), "窓口でお伝えした通りです"));
  EXPECT_TRUE(sent.empty());
}

TEST_P(CaseTest, ErasureLeavesTheCaseAndTakesThePerson) {
  Filing filing = test_filing("r1");
  filing.files.push_back({"家族写真.png", "image/png", "bytes"});
  Case c = opened(filing);
  c = cases().pass_check(act(c, "officer-desk"), "").value();
  c = cases().judge(act(c, "officer-chief"), Judgement::kGrant, "").value();
  ASSERT_OK(cases().judge(act(c, "officer-director"), Judgement::kGrant, ""));
  std::uint64_t first = std::uint64_t(events(c.id)[0].record);
  ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
    const std::uint64_t indexes[] = {first};
    TRY(erase_applicants(tx, indexes));
    static constexpr evidence::RecordType kErased{"test.erased", 1, evidence::Visibility::kOfficers, "消去", "Erased", {}};
    TRY(evidence::append(tx, {.type = kErased, .stream = "test/erased", .actor = "operator"}));
    return {};
  }));
  ASSERT_OK(database->read([&](db::Reader& reader) -> Result<void> {
    EXPECT_TRUE(TRY(applicant(reader, c.id))->erased);
    EXPECT_TRUE(TRY(form(reader, c.id)).answers.empty());
    EXPECT_TRUE(TRY(store::files(reader, c.id)).empty());
    EXPECT_FALSE(TRY(notices(reader, c.id))[0].document);
    EXPECT_TRUE(TRY(store::search(reader, "花子", 10)).empty());
    auto digests = TRY(reader.query("SELECT request_digest FROM evidence_idempotency"));
    EXPECT_EQ(digests.size(), 3u);
    for (const auto& row : digests) EXPECT_TRUE(row.blob(0).empty()) << "what was asked could be guessed";
    EXPECT_TRUE(TRY(cases_of_person(reader, filing.person)).empty());
    return {};
  }));
  expect_clean();
}

TEST_P(CaseTest, ErasedAgainAfterARestore) {
  Case c = opened("r1"), other = opened(test_filing("r2", "仮名 太郎"));
  std::uint64_t first = std::uint64_t(events(c.id)[0].record);
  ASSERT_OK(
      evidence::erase(*database, {{first}, "retention-ended", "operator", {}}, folder.path() + "/erased"));  // the rows came back
  ASSERT_OK(database->write([&](db::Transaction& tx) { return erase_applicants_again(tx, "operator"); }));
  ASSERT_OK(database->write([&](db::Transaction& tx) { return erase_applicants_again(tx, "operator"); }));
  ASSERT_OK(database->read([&](db::Reader& reader) -> Result<void> {
    EXPECT_TRUE(TRY(applicant(reader, c.id))->erased);
    EXPECT_EQ(TRY(applicant(reader, other.id))->name, "仮名 太郎");
    EXPECT_EQ(TRY(evidence::read_records(reader, 0, 100, "records.applicant_erased")).size(), 1u);
    return {};
  }));
  EXPECT_EQ(now(c.id).id, c.id);
  expect_clean();
}

TEST_P(CaseTest, FullTextIsHeldAgainstTheRowsAndMadeAnew) {
  opened("r1");
  opened(test_filing("r2", "仮名 太郎"));
  ASSERT_OK(database->write([&](db::Transaction& tx) { return store::empty_index(tx, 2026 * kYear + 2); }));
  auto findings = database->read([&](db::Reader& reader) { return verify_derived(reader); }).value();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(database->write([&](db::Transaction& tx) { return rebuild_derived(tx); }).value(), 2u);
  EXPECT_EQ(database->read([&](db::Reader& reader) { return store::search(reader, "太郎", 10); }).value(),
            std::vector<std::int64_t>{2026 * kYear + 2});
  expect_clean();
}

// Whoever can take away an index can give two rows one number.
TEST_P(CaseTest, TwoCasesOfOneNumberAreNamed) {
  opened("r1");
  const std::string id = opened(test_filing("r2", "仮名 太郎")).id;
  for (const std::string& sql :
       {std::string("DROP INDEX records_case_number"), "UPDATE records_case SET number = number - 1 WHERE id = '" + id + "'"})
    on_postgres() ? testing::raw_postgres(postgres(), "musubi_aoba", sql)
                  : testing::raw_sql(folder.path() + "/data/aoba/musubi.db", sql);
  evidence::VerifyOptions options;
  options.derived.push_back([](db::Reader& reader) { return verify_derived(reader); });
  auto report = evidence::verify(*database, options);
  ASSERT_OK(report);
  std::vector<std::string> named;
  for (const auto& one : report->findings) named.push_back(one.kind + " " + one.where);
  auto has = [&](const std::string& start) {
    return std::any_of(named.begin(), named.end(), [&](const auto& one) { return one.starts_with(start); });
  };
  EXPECT_TRUE(has("schema index records_case_number"));
  EXPECT_TRUE(has("row table records_case key [\"" + id + "\"]"));
  EXPECT_TRUE(has("derived fulltext records_search row " + std::to_string(2026 * kYear + 2))) << "kept of nobody now";
}

RECORDS_ON_BOTH(CaseTest);

}  // namespace
}  // namespace musubi::records
