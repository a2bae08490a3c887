#include "records/notice.h"

#include <cstdlib>

#include "base/encoding.h"
#include "base/file.h"
#include "crypto/hash.h"
#include "crypto/jose.h"
#include "records/json.h"
#include "records/records_test_support.h"
#include "records/store.h"

namespace musubi::records {
namespace {

class NoticeTest : public RecordsTest {
 protected:
  Notice issued(const std::string& reference, Cases::Judgement judgement = Cases::Judgement::kGrant) {
    Case c = at_director(reference);
    EXPECT_TRUE(cases().judge(act(c, "officer-director"), judgement, "要件を満たしません").ok());
    return database->read([&](db::Reader& reader) { return notices(reader, c.id); }).value().at(0);
  }
};

TEST_P(NoticeTest, SaysWhatWasDecidedAndHowToCheckIt) {
  Notice notice = issued("r1");
  const std::string& html = *notice.document;
  for (const char* words : {"架空 花子 様", "To 架空 花子", "2026-11-14 から 青葉町みどり1-2-3 にお住まい", "転入届の受理通知",
                            "Notice of acceptance", "令和8-000001", "青葉町", "<svg", "@page{size:A4", "<html lang=\"ja\">", "<h1>"})
    EXPECT_NE(html.find(words), html.npos) << words;
  EXPECT_NE(html.find("http://127.0.0.1:8081/aoba/notices/" + notice.code), html.npos);
  EXPECT_EQ(html.find("<script"), html.npos);
  EXPECT_EQ(html.find(" style="), html.npos);
  EXPECT_EQ(notice.code.size(), 26u);
  EXPECT_NE(issued("r2").code, notice.code);
}

TEST_P(NoticeTest, DaysAreWrittenInTheLanguageOfTheLine) {
  Filing filing = test_filing("r1");
  filing.form[2].value = "2026年（令和8年）11月14日";  // as the office reads it
  filing.data["move_date"] = "2026-11-14";
  filing.data["new_address"] = "2026-99-99";  // no day: stays what was typed
  Case c = cases().pass_check(act(opened(filing), "officer-desk"), "").value();
  c = cases().judge(act(c, "officer-chief"), Cases::Judgement::kGrant, "").value();
  ASSERT_OK(cases().judge(act(c, "officer-director"), Cases::Judgement::kGrant, ""));
  std::string html = *database->read([&](db::Reader& reader) { return notices(reader, c.id); }).value()[0].document;
  EXPECT_NE(html.find("2026年（令和8年）11月14日 から 青葉町みどり1-2-3"), html.npos);
  EXPECT_NE(html.find("living at 青葉町みどり1-2-3 from 14 November 2026"), html.npos);
}

TEST_P(NoticeTest, ARefusalSaysWhyAndWhereToObject) {
  Notice notice = issued("r1", Cases::Judgement::kRefuse);
  EXPECT_NE(notice.title.en.find("refusal"), std::string::npos);
  EXPECT_NE(notice.document->find("要件を満たしません"), std::string::npos);
  EXPECT_NE(notice.document->find("審査請求"), std::string::npos);
}

TEST_P(NoticeTest, HostileAnswersStayText) {
  Filing filing = test_filing("r1", "<script>alert(1)</script>");
  filing.form[0].value = "{applicant}\"><img src=x>";
  Case c = cases().pass_check(act(opened(filing), "officer-desk"), "").value();
  c = cases().judge(act(c, "officer-chief"), Cases::Judgement::kGrant, "").value();
  ASSERT_OK(cases().judge(act(c, "officer-director"), Cases::Judgement::kGrant, ""));
  std::string html = *database->read([&](db::Reader& reader) { return notices(reader, c.id); }).value()[0].document;
  EXPECT_EQ(html.find("<script"), html.npos);
  EXPECT_EQ(html.find("<img"), html.npos);
  EXPECT_NE(html.find("{applicant}&quot;&gt;&lt;img"), html.npos) << "an answer is not filled in a second time";
}

TEST_P(NoticeTest, SignatureAndStampHoldAndEachChangeIsSeen) {
  Notice notice = issued("r1");
  NoticeCheck check = check_notice(office(), notice);
  EXPECT_TRUE(check.good());
  EXPECT_EQ(check.stamped_at->us, notice.issued_at.us);
  auto broken = [&](auto change) {
    Notice other = notice;
    change(other);
    return check_notice(office(), other);
  };
  EXPECT_FALSE(broken([](Notice& n) { n.document->replace(n.document->find("花子"), 6, "太郎"); }).document);
  EXPECT_FALSE(broken([](Notice& n) { n.digest[0] = n.digest[0] == '0' ? '1' : '0'; }).signature);
  EXPECT_FALSE(broken([](Notice& n) { n.title.ja = "別の通知"; }).signature);
  EXPECT_FALSE(broken([](Notice& n) { n.valid_until = text::Date{2030, 1, 1}; }).signature);
  EXPECT_FALSE(broken([](Notice& n) { n.jws[n.jws.size() - 5] ^= 1; }).signature);
  EXPECT_FALSE(broken([](Notice& n) { n.jws += "x"; }).stamp);
  EXPECT_FALSE(broken([](Notice& n) { n.stamp[n.stamp.size() - 9] ^= 1; }).stamp);
  EXPECT_TRUE(broken([](Notice& n) { n.document.reset(); }).good()) << "an erased document leaves signature and stamp";
}

TEST_P(NoticeTest, AnotherOfficesSignatureIsNone) {
  Notice notice = issued("r1");
  auto other = trust::create_keys(folder.path() + "/other", "example.jp/minato", "minato", clock.now());
  ASSERT_OK(other);
  Office office = this->office();
  office.keys = std::make_shared<const trust::OrganisationKeys>(std::move(*other));
  NoticeCheck check = check_notice(office, notice);
  EXPECT_FALSE(check.signature);
  EXPECT_FALSE(check.stamp);
}

TEST_P(NoticeTest, OpensslJudgesTheStampAndTheSignature) {
  Notice notice = issued("r1");
  std::string at = folder.path() + "/";
  auto write = [&](const std::string& name, std::string_view bytes) { ASSERT_OK(replace_file(at + name, bytes, 0600)); };
  write("notice.jws", notice.jws);
  write("notice.tsr", notice.stamp);
  write("root.pem", keys().root.pem());
  write("tsa.pem", keys().tsa.pem());
  auto run = [](const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()); };
  std::string verify =
      "openssl ts -verify -in " + at + "notice.tsr -CAfile " + at + "root.pem -untrusted " + at + "tsa.pem -data " + at;
  EXPECT_EQ(run(verify + "notice.jws"), 0);
  write("altered.jws", notice.jws.substr(1));
  EXPECT_NE(run(verify + "altered.jws"), 0);

  // The signature of the JWS by OpenSSL alone, with the certificate that stands in it.
  auto first = notice.jws.find('.'), second = notice.jws.find('.', first + 1);
  auto raw = from_base64url(std::string_view(notice.jws).substr(second + 1));
  ASSERT_TRUE(raw);
  auto der = crypto::der_signature(*raw);
  ASSERT_TRUE(der);
  auto chain = crypto::chain_of(crypto::read_jws(notice.jws).value()).value();
  write("signed", notice.jws.substr(0, second));
  write("signature", *der);
  write("leaf.pem", chain[0].pem());
  EXPECT_EQ(run("openssl verify -CAfile " + at + "root.pem " + at + "leaf.pem"), 0);
  EXPECT_EQ(run("openssl x509 -in " + at + "leaf.pem -pubkey -noout > " + at + "key.pem; openssl dgst -sha256 -verify " + at +
                "key.pem -signature " + at + "signature " + at + "signed"),
            0);
}

TEST_P(NoticeTest, WithdrawnByThePostThatDecides) {
  Notice notice = issued("r1");
  EXPECT_ERROR(cases().withdraw_notice(notice.code, "誤り", "officer-desk"), "records.post_needed");
  EXPECT_ERROR(cases().withdraw_notice(notice.code, " ", "officer-director"), "records.comment_needed");
  EXPECT_ERROR(cases().withdraw_notice("nosuchcode", "誤り", "officer-director"), "records.unknown_notice");
  auto gone = cases().withdraw_notice(notice.code, "宛名の誤り", "officer-director");
  ASSERT_OK(gone);
  EXPECT_TRUE(gone->withdrawn_at);
  auto version = now(notice.case_id).version;
  ASSERT_OK(cases().withdraw_notice(notice.code, "宛名の誤り", "officer-director"));
  EXPECT_EQ(now(notice.case_id).version, version) << "withdrawn once";
  EXPECT_EQ(sent.back().body.at("notice_withdrawn").as_string(), notice.code);
  expect_clean();
}

TEST_P(NoticeTest, WithoutKeysNothingIsDecided) {
  Case c = at_director("r1");
  Office bare = office();
  bare.keys.reset();
  EXPECT_ERROR(Cases(*database, bare).judge(act(c, "officer-director"), Cases::Judgement::kGrant, ""), "records.no_keys");
  EXPECT_EQ(now(c.id).version, c.version);
}

RECORDS_ON_BOTH(NoticeTest);

}  // namespace
}  // namespace musubi::records
