// Pages of a draft that take a file.
#include "http/form.h"
#include "procedures/pages_fixture.h"

namespace musubi::procedures {
namespace {

const std::string kGoodDate = "2026-10-31", kPdf = "%PDF-1.7\nproof\n%%EOF\n";

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

class FormPages : public Pages {
 protected:
  void SetUp() override {
    Pages::SetUp();
    if (HasFatalFailure()) return;
    auto basket = portal().start(person, pack(), "moving", guide_answers());
    ASSERT_OK(basket);
    answer_all(*basket);
    basket->answers["insurance_reason"] = "left";
    ASSERT_OK(portal().save(*basket));
    id = basket->id;
    draft = "/portal/my/baskets/" + id;
    at = draft + "/insurance-left";
  }

  struct Upload {
    std::string name, content;
  };
  // As the browser posts the page that was drawn last.
  http::Response send(const std::string& date, std::optional<Upload> file = {}, const std::string& revision = {},
                      bool remove = false) {
    std::string body;
    auto part = [&](const std::string& header, const std::string& content) {
      body += "--b\r\nContent-Disposition: form-data; " + header + "\r\n\r\n" + content + "\r\n";
    };
    part("name=\"csrf\"", csrf_of(last_page));
    part("name=\"revision\"", revision.empty() ? revision_of(last_page) : revision);
    part("name=\"insurance_left_on\"", date);
    if (remove) part("name=\"insurance_proof-remove\"", "yes");
    part("name=\"insurance_proof\"; filename=\"" + (file ? file->name : "") + "\"\r\nContent-Type: application/octet-stream",
         file ? file->content : "");
    return call(http::Method::post, at, body + "--b--\r\n", true, "multipart/form-data; boundary=b");
  }
  Basket stored() {
    auto basket = portal().basket(person, id);
    EXPECT_TRUE(basket.ok());
    return basket.ok() ? *basket : Basket{};
  }
  std::int64_t stored_bytes() {
    auto sum =
        databases["portal"]->read([](db::Reader& r) { return r.query("SELECT coalesce(sum(bytes), 0) FROM procedures_draft_file"); });
    EXPECT_TRUE(sum.ok());
    return sum.ok() ? (*sum)[0].integer(0) : -1;
  }
  static std::string main_of(const http::Response& response) { return between(response.body, "<main", "</main>"); }

  std::string id, draft, at;
};

TEST_P(FormPages, ABadDateAndALyingFileAreToldTogether) {
  get(at);
  auto wrong = send("2026-13-01", Upload{"proof.pdf", "MZ not a pdf"});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_NE(wrong.body.find("href=\"#field-insurance_left_on"), std::string::npos) << main_of(wrong);
  EXPECT_NE(wrong.body.find("href=\"#field-insurance_proof\""), std::string::npos) << main_of(wrong);
  EXPECT_NE(wrong.body.find("中身が PDF、PNG、JPEG のファイルではありません"), std::string::npos);
  EXPECT_FALSE(stored().answers.contains("insurance_proof"));

  language = "en";
  get(at);
  wrong = send("2026-13-01", Upload{"proof.pdf", "MZ not a pdf"});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_NE(wrong.body.find("href=\"#field-insurance_left_on"), std::string::npos) << main_of(wrong);
  EXPECT_NE(wrong.body.find("This is no file of type PDF, PNG or JPEG."), std::string::npos) << main_of(wrong);
  EXPECT_EQ(main_of(wrong).find("、"), std::string::npos) << "a Japanese comma on the English page";
}

TEST_P(FormPages, AGoodFileIsKeptThoughTheDateIsWrong) {
  get(at);
  auto wrong = send("2026-13-01", Upload{"証明 書.pdf", kPdf});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(wrong.body.find("href=\"#field-insurance_proof\""), std::string::npos) << "nothing is wrong with the file";
  EXPECT_NE(main_of(wrong).find("証明 書.pdf（" + std::to_string(kPdf.size()) + " バイト）"), std::string::npos) << main_of(wrong);
  EXPECT_EQ(stored_bytes(), std::int64_t(kPdf.size()));
  EXPECT_FALSE(stored().answers.contains("insurance_left_on")) << "what is wrong is not kept";
  // The corrected page goes through as it was drawn, and the file is still there.
  EXPECT_EQ(send(kGoodDate).status, 303);
  EXPECT_EQ(stored().answers.at("insurance_left_on"), json::value(kGoodDate));
  EXPECT_EQ(stored().answers.at("insurance_proof").at("name"), json::value("証明 書.pdf"));
}

TEST_P(FormPages, AFileThatIsTooLargeIsToldOnce) {
  get(at);
  auto wrong = send(kGoodDate, Upload{"big.pdf", "%PDF-" + std::string(600'000, 'x')});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(count(main_of(wrong), "キロバイトまでのファイルを選んでください。"), 2u) << "in the summary and at its field\n"
                                                                                     << main_of(wrong);
  EXPECT_EQ(count(main_of(wrong), "href=\"#field-insurance_proof\""), 1u);
  // A lie that is too large is two faults.
  wrong = send(kGoodDate, Upload{"big.pdf", std::string(600'000, 'x')});
  EXPECT_EQ(count(main_of(wrong), "href=\"#field-insurance_proof\""), 2u) << main_of(wrong);
  EXPECT_EQ(stored_bytes(), 0);
}

TEST_P(FormPages, AStoredFileIsShownOnItsPageReplacedAndRemoved) {
  get(at);
  EXPECT_EQ(send(kGoodDate, Upload{"one.pdf", kPdf}).status, 303);
  auto page = get(at);
  EXPECT_NE(main_of(page).find("保存したファイル：one.pdf（" + std::to_string(kPdf.size()) + " バイト）"), std::string::npos)
      << main_of(page);
  EXPECT_NE(page.body.find("name=\"insurance_proof-remove\""), std::string::npos);
  EXPECT_EQ(send(kGoodDate, Upload{"two.pdf", "%PDF-" + std::string(11'600, 'x')}).status, 303);
  language = "en";
  page = get(at);
  EXPECT_NE(main_of(page).find("Stored file: two.pdf (12 kB)"), std::string::npos) << main_of(page);
  EXPECT_EQ(main_of(page).find("one.pdf"), std::string::npos);
  EXPECT_EQ(send(kGoodDate).status, 303) << "without another file it stays";
  EXPECT_EQ(stored_bytes(), 11'605);
  // A file that is refused takes nothing away.
  get(at);
  auto refused = send(kGoodDate, Upload{"three.pdf", "MZ"});
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(main_of(refused).find("two.pdf (12 kB)"), std::string::npos) << main_of(refused);
  get(at);
  EXPECT_EQ(send(kGoodDate, {}, "", true).status, 303);
  EXPECT_EQ(get(at).body.find("two.pdf"), std::string::npos);
  EXPECT_EQ(stored_bytes(), 0);
  EXPECT_FALSE(stored().answers.contains("insurance_proof"));
}

TEST_P(FormPages, AnotherWindowsFileIsNotTakenUnseen) {
  std::string old = revision_of(get(at).body);
  EXPECT_EQ(send(kGoodDate, Upload{"one.pdf", kPdf}).status, 303);
  get(at);
  auto late = send(kGoodDate, Upload{"two.pdf", kPdf}, old);
  EXPECT_EQ(late.status, 422);
  EXPECT_NE(main_of(late).find("もう一度選んでください"), std::string::npos) << main_of(late);
  EXPECT_NE(main_of(late).find("one.pdf"), std::string::npos) << main_of(late);
  EXPECT_EQ(send(kGoodDate, {}, old, true).status, 422);
  EXPECT_EQ(stored().answers.at("insurance_proof").at("name"), json::value("one.pdf"));
  EXPECT_EQ(send(kGoodDate, Upload{"two.pdf", kPdf}).status, 303) << "seen, and chosen again";
  EXPECT_EQ(stored().answers.at("insurance_proof").at("name"), json::value("two.pdf"));
}

INSTANTIATE_TEST_SUITE_P(Both, FormPages, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::procedures
