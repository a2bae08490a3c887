#include "records/rules.h"

#include <gtest/gtest.h>

#include "records/json.h"
#include "records/test_filing.h"

namespace musubi::records {
namespace {

TEST(Numbers, AreSpelledInOneWay) {
  EXPECT_EQ(case_id(2026 * kYear + 123), "2026-000123");
  EXPECT_EQ(case_id(2026 * kYear + 1234567), "2026-1234567");
  EXPECT_EQ(number_of("2026-000123"), 2026 * kYear + 123);
  EXPECT_EQ(number_of("2026-1234567"), 2026 * kYear + 1234567);
  for (const char* bad :
       {"", "2026-123", "2026-0000123", "2026_000123", "2026-00012x", "x026-000123", "2026-12345678", "../../etc/pass"})
    EXPECT_EQ(number_of(bad), std::nullopt) << bad;
}

TEST(Numbers, BearTheEraOfTheFiscalYear) {
  EXPECT_EQ(number_text(2026 * kYear + 123).ja, "令和8-000123");
  EXPECT_EQ(number_text(2026 * kYear + 123).en, "2026-000123");
  EXPECT_EQ(number_text(2019 * kYear + 1).ja, "令和元-000001");
  EXPECT_EQ(number_text(2018 * kYear + 1).ja, "平成30-000001");
}

TEST(Filings, EveryFaultIsNamedAtOnce) {
  Filing filing = test_filing("r1");
  EXPECT_TRUE(faults_of(filing).empty());
  filing.name.clear();
  filing.person.clear();
  filing.route[1].post = "Chief!";
  filing.route[2].id = "check";
  filing.form.clear();
  filing.files.push_back({"", "text/plain", std::string(kAttachmentBytes + 1, 'x')});
  std::vector<std::string> where;
  for (const auto& fault : faults_of(filing)) {
    where.push_back(fault.where);
    EXPECT_FALSE(fault.message.ja.empty());
    EXPECT_FALSE(fault.message.en.empty());
  }
  EXPECT_EQ(where,
            (std::vector<std::string>{"/person", "/name", "/form", "/route/1/post", "/route/2/id", "/files/0", "/files/0/name"}));
}

TEST(Filings, AreDueByLawOrByTheStandardTime) {
  Filing filing = test_filing("r1");
  EXPECT_EQ(due_of(filing)->us, filing.filed_at.us + 2 * kDay_us);
  filing.due = text::Date{2026, 11, 20};
  EXPECT_EQ(due_of(filing)->rfc3339(), "2026-11-20T14:59:59.000000Z");
  filing.due.reset();
  filing.standard_days = 0;
  EXPECT_EQ(due_of(filing), std::nullopt);
}

TEST(Comments, AreCleanedAndBounded) {
  EXPECT_EQ(clean_comment("  一行目\r\n二行目 ", true).value(), "一行目\n二行目");
  EXPECT_EQ(clean_comment("　", true).error().name, "records.comment_needed");
  EXPECT_TRUE(clean_comment("", false).ok());
  EXPECT_EQ(clean_comment("a\x01", false).error().name, "records.bad_text");
  std::string long_text;
  for (std::size_t i = 0; i <= kCommentPoints; ++i) long_text += "あ";
  EXPECT_EQ(clean_comment(long_text, false).error().name, "records.bad_text");
}

TEST(Work, IsForThoseWhoHoldThePost) {
  Case c;
  c.route = test_filing("r").route;
  c.fiscal_year = 2026;
  c.serial = 1;
  const std::vector<std::string> desk{"desk"}, none;
  Text title{"住民係", "Residents' desk"};
  EXPECT_TRUE(may_work(c, desk, "a", title).ok());
  auto refused = may_work(c, none, "a", title);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().name, "records.post_needed");
  EXPECT_EQ(refused.error().code, Code::kForbidden);
  EXPECT_NE(refused.error().message.ja.find("住民係"), std::string::npos);
  EXPECT_NE(refused.error().message.en.find("Residents' desk"), std::string::npos);
  c.officer = "b";
  EXPECT_EQ(may_work(c, desk, "a", title).error().name, "records.claimed_by_other");
  EXPECT_TRUE(may_work(c, desk, "b", title).ok());
  c.state = State::kReturned;
  EXPECT_EQ(may_work(c, desk, "b", title).error().name, "records.with_applicant");
  c.state = State::kRefused;
  EXPECT_EQ(may_work(c, desk, "b", title).error().name, "records.closed");
}

TEST(Terms, AreTheSameExactlyWhenTheirContentIs) {
  Filing one = test_filing("r1"), two = test_filing("r2", "別の人");
  EXPECT_EQ(terms_of(one).id, terms_of(two).id) << "the applicant is no part of it";
  two.route[1].post = "deputy";
  EXPECT_NE(terms_of(one).id, terms_of(two).id);
  Terms terms = terms_of(one);
  auto read = read_terms(terms.id, terms.procedure, terms.title, terms.content);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->route, one.route);
  EXPECT_EQ(read->decision.lines, one.decision.lines);
  EXPECT_EQ(read->standard_days, 2);
  EXPECT_EQ(read_terms("x", "y", {}, "{}").error().name, "records.damaged");
}

TEST(Forms, ComeBackAsTheyWere) {
  Filing filing = test_filing("r1");
  auto form = read_form(3, form_content(filing.form, filing.data), Time{5});
  ASSERT_TRUE(form.ok());
  ASSERT_EQ(form->answers.size(), 3u);
  EXPECT_EQ(form->answers[1].source, "minato");
  EXPECT_EQ(form->answers[1].source_at->us, 1'700'000'000'000'000);
  EXPECT_EQ(form->data.at("new_address").as_string(), "青葉町みどり1-2-3");
  filing.data["huge"] = std::int64_t(9'007'199'254'740'993);  // beyond what canonical JSON writes
  EXPECT_EQ(read_form(1, form_content(filing.form, filing.data), Time{}).value().data, filing.data);
  EXPECT_TRUE(read_form(1, "", Time{}).value().answers.empty());
  EXPECT_EQ(read_form(1, "[", Time{}).error().name, "records.damaged");
}

}  // namespace
}  // namespace musubi::records
