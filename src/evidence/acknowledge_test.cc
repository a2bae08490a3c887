// Receipts in answers: what a client keeps of an act is the answer to the act, and it must be true of the log as it stands.
#include "evidence/acknowledge.h"

#include "base/encoding.h"
#include "evidence/log_test_support.h"
#include "evidence/receipt.h"

namespace musubi::evidence {
namespace {

class AcknowledgeTest : public LogTest {
 protected:
  using Act = std::function<Result<void>()>;

  http::Route route(http::Method method, std::string_view pattern, Act act, int status = 303) {
    return {method,
            pattern,
            http::Access::kPublic,
            [act = std::move(act), status](http::Request&) -> Result<http::Response> {
              TRY(act());
              return http::text("done", status);
            },
            "試験",
            "Test",
            {}};
  }
  Result<void> write(int records, bool refuse = false) {
    return database->write([&](db::Transaction& tx) -> Result<void> {
      for (int i = 0; i < records; ++i) TRY(leaf(tx));
      if (refuse) return Error{Code::kInvalid, "test.refused", {"だめです", "No"}, {}};
      return {};
    });
  }
  void SetUp() override {
    LogTest::SetUp();
    if (HasFatalFailure()) return;
    auto twice = [this]() -> Result<void> {
      TRY(write(2));
      return write(1);
    };
    auto between = [this]() -> Result<void> {
      TRY(write(1));
      std::thread([this] { EXPECT_TRUE(write(1).ok()); }).join();  // of somebody else
      return write(2);
    };
    auto post = http::Method::post;
    router.add(acknowledged({route(post, "/{org}/one", [this] { return write(1); }), route(post, "/{org}/twice", twice),
                             route(post, "/{org}/between", between), route(post, "/{org}/none", [this] { return write(0); }),
                             route(post, "/{org}/refused", [this] { return write(1, true); }),
                             route(
                                 post, "/{org}/failed", [this] { return write(1); }, 502),
                             route(
                                 http::Method::get, "/{org}/read", [this] { return write(1); }, 200),
                             route(http::Method::get, "/{org}/back", [this] { return write(1); })},
                            *store, {"/{org}/back"}));
  }
  http::Response send(const std::string& target, http::Method method = http::Method::post) {
    http::Request request;
    request.method = method;
    request.target = target;
    EXPECT_TRUE(http::parse_target(request).ok());
    return router.dispatch(request);
  }
  // The record that the receipt of the answer proves, by the keys that the log publishes.
  std::uint64_t proven(const http::Response& response) {
    std::string value(response.headers.get("Musubi-Receipt"));
    EXPECT_TRUE(value.size() > 2 && value.front() == ':' && value.back() == ':') << value;
    auto text = from_base64(value.size() > 2 ? value.substr(1, value.size() - 2) : "");
    EXPECT_TRUE(text);
    auto receipt = parse_receipt(text.value_or(""));
    EXPECT_TRUE(receipt.ok());
    if (!receipt.ok()) return 0;
    EXPECT_TRUE(verify_receipt(*receipt, musubi::testing::published_keys(*database)).ok());
    return receipt->index;
  }

  http::Router router;
};
INSTANTIATE_TEST_SUITE_P(Both, AcknowledgeTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

TEST_P(AcknowledgeTest, TheAnswerCarriesTheReceipt) {
  auto first = log().size();
  auto one = send("/town/one");
  EXPECT_EQ(one.status, 303);
  EXPECT_EQ(one.headers.get("Musubi-Records"), std::to_string(first));
  EXPECT_EQ(proven(one), first);
  EXPECT_EQ(one.headers.get("Link"),
            "</town/log/records/" + std::to_string(first) + "/receipt>; rel=\"related\"; type=\"text/plain\"");

  auto twice = send("/town/twice");
  EXPECT_EQ(twice.headers.get("Musubi-Records"), std::to_string(first + 1) + "-" + std::to_string(first + 3));
  EXPECT_EQ(proven(twice), first + 3);
}

TEST_P(AcknowledgeTest, RecordsOfOthersAreNotItsOwn) {
  auto first = log().size();
  auto answer = send("/town/between");
  EXPECT_EQ(answer.headers.get("Musubi-Records"),
            std::to_string(first) + ", " + std::to_string(first + 2) + "-" + std::to_string(first + 3));
  EXPECT_EQ(proven(answer), first + 3);
}

TEST_P(AcknowledgeTest, WithoutAnActNothingIsSaid) {
  for (const char* target : {"/town/none", "/town/refused", "/town/failed"}) {
    auto answer = send(target);
    EXPECT_FALSE(answer.headers.has("Musubi-Records")) << target;
    EXPECT_FALSE(answer.headers.has("Musubi-Receipt")) << target;
  }
  EXPECT_FALSE(send("/town/read", http::Method::get).headers.has("Musubi-Receipt"));
  auto first = log().size();
  EXPECT_EQ(proven(send("/town/back", http::Method::get)), first) << "an act that a GET completes";
}

}  // namespace
}  // namespace musubi::evidence
