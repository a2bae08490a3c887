// The pages of a resident as a browser without scripts sees them, for the tests of pages.
#pragma once

#include <cstdlib>

#include "base/file.h"
#include "identity/access.h"
#include "identity/card_signing.h"
#include "procedures/filing_fixture.h"
#include "procedures/routes.h"

namespace musubi::procedures {

class Pages : public FilingTest {
 protected:
  void SetUp() override {
    ProceduresTest::SetUp();
    if (HasFatalFailure()) return;
    shared_ = std::make_shared<Neighbours>(neighbours);
    context_.emplace(RouteContext{
        *store, clock,
        [](const http::Request&, const std::string&) {
          return web::Site{{"窓口", "Portal"}};
        },
        [this](const std::string&) -> Result<std::shared_ptr<const Neighbours>> { return std::shared_ptr<const Neighbours>(shared_); },
        [this](db::Transaction&, const http::Request&, const ToSign& what) -> Result<std::string> {
          to_sign = what;
          return std::string("/portal/card/sign/handle");
        },
        [this](db::Transaction&, const http::Request&, const std::string& handle) -> Result<std::string> {
          if (handle != "handle") return Error{Code::kNotFound, "identity.not_signed", {"x", "x"}, {}};
          return to_hex(to_sign.payload);
        },
        [](std::string document) { return http::html(std::move(document)); }});
    router.set_authoriser(identity::authoriser(*store, clock));
    router.add(routes(*context_));
    router.add(resident_routes(*context_));
    auto opened =
        databases["portal"]->write([&](db::Transaction& tx) { return identity::open_resident_session(tx, person, clock.now()); });
    ASSERT_OK(opened);
    token = *opened;
  }

  http::Response get(const std::string& target, bool signed_in = true) { return call(http::Method::get, target, "", signed_in); }
  http::Response post(const std::string& target, std::string body, bool with_csrf = true) {
    if (with_csrf) body += (body.empty() ? "csrf=" : "&csrf=") + http::percent_encode(csrf_of(last_page));
    return call(http::Method::post, target, body, true);
  }
  http::Response call(http::Method method, const std::string& target, const std::string& body, bool signed_in,
                      const std::string& content_type = "application/x-www-form-urlencoded") {
    http::Request request;
    request.method = method;
    request.target = target;
    request.id = "test";
    request.headers.set("Accept", "text/html");
    if (signed_in) request.headers.set("Cookie", "musubi_portal_card=" + token);
    request.headers.set("Accept-Language", language);
    if (!body.empty()) request.headers.set("Content-Type", content_type);
    request.body = body;
    EXPECT_TRUE(http::parse_target(request).ok()) << target;
    auto response = router.dispatch(request);
    if (response.body.find("name=\"csrf\"") != std::string::npos) last_page = response.body;
    if (response.status == 200 && response.body.starts_with("<!DOCTYPE")) {
      EXPECT_LT(response.body.size(), 60'000u) << target;
      EXPECT_EQ(response.body.find(std::string("style") + "=\""), std::string::npos) << target;
      if (const char* to = std::getenv("DUMP_PAGES"))
        static_cast<void>(replace_file(std::string(to) + "/" + std::to_string(++dumped_) + ".html", response.body, 0644));
    }
    return response;
  }
  static std::string csrf_of(const std::string& page) { return between(page, "name=\"csrf\" value=\"", "\""); }
  static std::string between(const std::string& text, std::string_view before, std::string_view after) {
    auto at = text.find(before);
    if (at == text.npos) return {};
    at += before.size();
    return text.substr(at, text.find(after, at) - at);
  }
  static std::string revision_of(const std::string& page) { return between(page, "name=\"revision\" value=\"", "\""); }
  // Opens a page of the draft and posts an answer; where it leads.
  std::string fill(const std::string& at, const std::string& body) {
    auto page = get(at);
    EXPECT_EQ(page.status, 200) << at;
    auto done = post(at, "revision=" + revision_of(page.body) + (body.empty() ? "" : "&" + body));
    EXPECT_EQ(done.status, 303) << at << "\n" << between(done.body, "<main", "</main>");
    return std::string(done.headers.get("Location"));
  }

  std::string begin() {
    std::string query = "?from_town=aoba&to_town=minato&move_date=2026-12-01&about=children&about=water";
    get("/portal/my/start/moving" + query);
    auto started = post("/portal/my/start/moving" + query, "");
    EXPECT_EQ(started.status, 303);
    return std::string(started.headers.get("Location"));
  }
  void fill_rest(const std::string& basket) {
    fill(basket + "/new-address",
         "new_address-postal_code=1000002&new_address-prefecture=%E3%81%BF%E3%81%A9%E3%82%8A%E7%9C%8C&new_address-municipality=%E3%81%"
         "BF%E3%81%AA%E3%81%A8%E5%B8%82&new_address-street=1-2");
    fill(basket + "/head", "new_head=me");
    fill(basket + "/card", "card_use=yes");
    fill(basket + "/contact", "phone=090-0000-0000");
    auto entry = get(basket + "/children/entries/1");
    auto saved =
        post(basket + "/children/entries/1", "revision=" + revision_of(entry.body) + "&" + prefilled(entry.body) + "&together=yes");
    EXPECT_EQ(saved.status, 303) << between(saved.body, "<main", "</main>");
    fill(basket + "/pension", "pension=national");
    fill(basket + "/account", "bank_name=b&bank_branch=c&bank_number=123&bank_holder=%E3%82%A2");
    fill(basket + "/water-start", "water_start-era=%E4%BB%A4%E5%92%8C&water_start-year=8&water_start-month=12&water_start-day=1");
    EXPECT_EQ(fill(basket + "/water", "water_building=flat&water_payment=slip"), basket + "/check");
  }
  // What the inputs of a page hold, as a browser would send it.
  static std::string prefilled(const std::string& page) {
    std::string out;
    for (auto at = page.find("<input type=\"text\""); at != page.npos; at = page.find("<input type=\"text\"", at + 1)) {
      std::string tag = page.substr(at, page.find('>', at) - at);
      out += (out.empty() ? "" : "&") + between(tag, "name=\"", "\"") + "=" + http::percent_encode(between(tag, "value=\"", "\""));
    }
    return out;
  }

  http::Router router;
  std::optional<RouteContext> context_;
  std::shared_ptr<Neighbours> shared_;
  ToSign to_sign;
  std::string token, last_page, language = "ja";
  int dumped_ = 0;
};

}  // namespace musubi::procedures
