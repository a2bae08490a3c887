// Pages of a draft that take a file, and a draft that finds a newer form.
#include <algorithm>

#include "http/form.h"
#include "procedures/pack_rules.h"
#include "procedures/pack_stand_in.h"
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

// The demo pack as its next version: asks for pets, no longer knows the e-mail address, and no form of it asks who pays into which
// pension.
Pack newer(const Pack& now) {
  Pack out = now;
  ++out.version;
  auto drop = [](auto& list, auto&& which) { list.erase(std::remove_if(list.begin(), list.end(), which), list.end()); };
  drop(out.fields, [](const Field& f) { return f.id == "email"; });
  Field pets;
  pets.id = "pets";
  pets.type = FieldType::kYesNo;
  pets.label = {"犬を飼っていますか", "Do you keep a dog?"};
  out.fields.push_back(pets);
  for (auto& page : out.pages) {
    drop(page.fields, [](const std::string& id) { return id == "email"; });
    if (page.id == "contact") page.fields.push_back("pets");
  }
  for (auto& procedure : out.procedures) {
    ++procedure.version;
    drop(procedure.form, [](const FormUse& use) { return use.field == "email" || use.field == "pension"; });
    if (procedure.id == "moving-in") procedure.form.push_back({"pets", std::nullopt, {}});
  }
  return out;
}

class NewerForm : public FormPages {
 protected:
  // Up to the card: the draft of the first version, signed.
  std::string sign() {
    get(at);
    EXPECT_EQ(send(kGoodDate, Upload{"proof.pdf", kPdf}).status, 303);
    auto check = get(draft + "/check");
    auto sent = post(draft + "/sign", "revision=" + revision_of(check.body));
    EXPECT_EQ(sent.headers.get("Location"), "/portal/card/sign/handle") << main_of(check);
    return draft + "/signed?signed=handle";
  }
};

TEST_P(NewerForm, IsNeverFiledUnseenAndKeepsEveryAnswer) {
  std::string back = sign();
  const json::object before = stored().answers;
  Pack two = newer(pack());
  std::vector<Fault> faults = faults_of(two);
  ASSERT_TRUE(faults.empty()) << faults[0].where << " " << faults[0].message.en;
  PackStandIn stand_in(two);

  // Signed for the first version: refused, in both languages, and nothing leaves.
  for (auto [tongue, words] : {std::pair("ja", "何も送っていません"), std::pair("en", "Nothing was sent")}) {
    language = tongue;
    auto refused = get(back);
    EXPECT_EQ(refused.status, 409);
    EXPECT_NE(refused.body.find(words), std::string::npos) << main_of(refused);
  }
  EXPECT_TRUE(posted.empty());

  // The draft says what is new and what is gone, also what the newer pack does not know any more.
  auto page = get(draft);
  EXPECT_NE(main_of(page).find("New questions: Do you keep a dog?"), std::string::npos) << main_of(page);
  EXPECT_NE(main_of(page).find("No longer asked: "), std::string::npos) << main_of(page);
  std::string gone = between(main_of(page), "No longer asked: ", "<");
  EXPECT_NE(gone.find("E-mail address"), std::string::npos) << gone;
  EXPECT_NE(gone.find(pack().field("pension")->label.en), std::string::npos) << gone;
  language = "ja";
  page = get(draft);
  EXPECT_NE(main_of(page).find("新しく伺うこと：犬を飼っていますか"), std::string::npos) << main_of(page);
  EXPECT_NE(between(main_of(page), "伺わなくなったこと：", "<").find("メールアドレス"), std::string::npos) << main_of(page);
  EXPECT_NE(page.body.find(draft + "/newer"), std::string::npos);

  // Nobody signs before the difference was seen.
  auto again = post(draft + "/sign", "revision=" + std::to_string(stored().revision));
  EXPECT_EQ(again.headers.get("Location"), draft + "/check");
  EXPECT_NE(get(draft + "/check").body.find("様式が新しくなりました"), std::string::npos);

  get(draft);
  EXPECT_EQ(post(draft + "/newer", "").headers.get("Location"), draft);
  EXPECT_EQ(get(draft).body.find("様式が新しくなりました"), std::string::npos);
  EXPECT_EQ(stored().answers, before);
  EXPECT_EQ(stored().pack_version, two.version);

  EXPECT_EQ(get(draft + "/check").body.find(draft + "/sign"), std::string::npos) << "the new question is open";
  fill(draft + "/contact", "phone=090-0000-0000&pets=yes");
  auto check = get(draft + "/check");
  EXPECT_EQ(post(draft + "/sign", "revision=" + revision_of(check.body)).headers.get("Location"), "/portal/card/sign/handle")
      << main_of(check);
  EXPECT_EQ(get(back).headers.get("Location"), draft + "/done");
  const Outgoing& move_in = message_for("moving-in");
  EXPECT_EQ(move_in.body.at("version"), json::value(two.procedure("moving-in")->version));
  EXPECT_EQ(move_in.body.at("form").at("pets"), json::value("yes"));
  EXPECT_FALSE(move_in.body.at("form").as_object().contains("email"));
  EXPECT_EQ(message_for("health-insurance").body.at("files").as_array().size(), 1u) << "the file came along";
}

TEST_P(NewerForm, WithTheSameQuestionsIsSaidToo) {
  std::string back = sign();
  Pack two = pack();
  ++two.version;
  for (auto& procedure : two.procedures) ++procedure.version;
  PackStandIn stand_in(two);
  EXPECT_EQ(get(back).status, 409);
  auto page = get(draft);
  EXPECT_NE(page.body.find("様式が新しくなりました"), std::string::npos);
  EXPECT_EQ(page.body.find("伺わなくなったこと"), std::string::npos);
  EXPECT_EQ(post(draft + "/newer", "").status, 303);
  auto check = get(draft + "/check");
  EXPECT_EQ(post(draft + "/sign", "revision=" + revision_of(check.body)).headers.get("Location"), "/portal/card/sign/handle");
  EXPECT_EQ(get(back).headers.get("Location"), draft + "/done");
}

INSTANTIATE_TEST_SUITE_P(Both, FormPages, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);
INSTANTIATE_TEST_SUITE_P(Both, NewerForm, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::procedures
