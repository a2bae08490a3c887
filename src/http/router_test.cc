#include "http/router.h"

#include <gtest/gtest.h>

#include "http/openapi.h"

namespace musubi::http {
namespace {

Route route(std::string_view pattern, Method method = Method::get, Access access = Access::kPublic) {
  // The answer names the route and what its parameters held.
  auto handler = [pattern, method](Request& request) -> Result<Response> {
    std::string out = std::string(method_name(method)) + " " + std::string(pattern);
    for (const auto& [name, value] : request.parameters) out += " " + name + "=" + value;
    return text(out);
  };
  return {.method = method, .pattern = pattern, .access = access, .handler = handler, .summary_ja = "試し", .summary_en = "A test"};
}

Response ask(const Router& router, std::string target, Method method = Method::get, std::string accept = {}) {
  Request request;
  request.method = method;
  request.target = std::move(target);
  if (!accept.empty()) request.headers.add("Accept", accept);
  EXPECT_TRUE(parse_target(request).ok());
  return router.dispatch(request);
}

void fill(Router& router) {
  for (auto pattern :
       {"/", "/health", "/{org}", "/{org}/plans", "/{org}/plans/{plan}", "/{org}/plans/{plan}.json", "/{org}/plans/{plan}.csv",
        "/{org}/plans/new", "/{org}/plans/{plan}.geo.json", "/{org}/log/tile/{level}/{rest...}", "/{org}/log/tile/{level}/x000",
        "/static/{path...}", "/{org}/{page}/deep/{x}"})
    router.add(route(pattern));
  router.add(route("/{town}/plans/{id}", Method::put));
  router.add(route("/{org}/plans/new", Method::post));
}

TEST(Router, MostSpecificWins) {
  Router router;
  fill(router);
  struct {
    const char* target;
    const char* want;
  } cases[] = {
      {"/", "GET /"},
      {"/health", "GET /health"},
      {"/kita", "GET /{org} org=kita"},
      {"/%E5%8C%97", "GET /{org} org=北"},
      {"/kita/plans/new", "GET /{org}/plans/new org=kita"},
      {"/kita/plans/7", "GET /{org}/plans/{plan} org=kita plan=7"},
      {"/kita/plans/7.json", "GET /{org}/plans/{plan}.json org=kita plan=7"},
      {"/kita/plans/7.geo.json", "GET /{org}/plans/{plan}.geo.json org=kita plan=7"},
      {"/kita/plans/.json", "GET /{org}/plans/{plan} org=kita plan=.json"},
      {"/kita/plans/7.xml", "GET /{org}/plans/{plan} org=kita plan=7.xml"},
      {"/kita/log/tile/0/x001/067", "GET /{org}/log/tile/{level}/{rest...} level=0 org=kita rest=x001/067"},
      {"/kita/log/tile/0/x000", "GET /{org}/log/tile/{level}/x000 level=0 org=kita"},
      {"/kita/log/tile/0/x000/1", "GET /{org}/log/tile/{level}/{rest...} level=0 org=kita rest=x000/1"},
      {"/static/css/a.css", "GET /static/{path...} path=css/a.css"},
      {"/static", "GET /{org} org=static"},
      {"/kita/plans/deep/9", "GET /{org}/{page}/deep/{x} org=kita page=plans x=9"},  // goes back from the literal branch
  };
  for (auto& [target, want] : cases) EXPECT_EQ(ask(router, target).body, want) << target;
  for (auto target : {"/kita/none", "/kita/log/tile/0", "/a/b/c/d"}) EXPECT_EQ(ask(router, target).status, 404) << target;
}

TEST(Router, MethodsAndSlashes) {
  Router router;
  fill(router);
  EXPECT_EQ(ask(router, "/kita/plans/new", Method::post).body, "POST /{org}/plans/new org=kita");
  EXPECT_EQ(ask(router, "/kita/plans/new", Method::put).body,
            "PUT /{town}/plans/{id} id=new town=kita");  // less specific, but takes PUT
  EXPECT_EQ(ask(router, "/kita/plans/7", Method::head).body, "GET /{org}/plans/{plan} org=kita plan=7");
  auto wrong = ask(router, "/kita/plans/7", Method::delete_);
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.get("Allow"), "GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(wrong.headers.get("Content-Type"), kProblem);
  auto options = ask(router, "/kita/plans/new", Method::options);
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.get("Allow"), "GET, HEAD, POST, PUT, OPTIONS");
  EXPECT_EQ(ask(router, "/none/none", Method::options).status, 404);
  EXPECT_EQ(ask(router, "*", Method::options).status, 204);
  auto slash = ask(router, "/kita/plans/?q=1");
  EXPECT_EQ(slash.status, 308);
  EXPECT_EQ(slash.headers.get("Location"), "/kita/plans?q=1");
  EXPECT_EQ(ask(router, "/none/none/").status, 404);
}

TEST(Router, AmbiguityAndBadPatternsStopTheStart) {
  for (auto pattern : {"/{town}/plans/{id}.json", "/health", "/{a}", "/static/{other...}"}) {
    Router router;
    fill(router);
    EXPECT_DEATH(router.add(route(pattern)), "check.failed") << pattern;
  }
  for (auto pattern :
       {"", "a", "//", "/a/", "/{a", "/a{b}", "/{A}", "/{}", "/{a...}/b", "/{a...}.json", "/{a}{b}", "/{a}/{a}", "/.."}) {
    Router router;
    EXPECT_DEATH(router.add(route(pattern)), "check.failed") << pattern;
  }
  Router router;
  Route fast = route("/a", Method::get, Access::kSignedIn);
  fast.inline_io = true;
  EXPECT_DEATH(router.add(fast), "check.failed");
}

TEST(Router, AsksTheAuthoriserFirst) {
  Router router;
  router.add({route("/open"), route("/me", Method::get, Access::kSignedIn), route("/desk", Method::get, Access::kOfficer),
              route("/admin", Method::get, Access::kAdministrator)});
  EXPECT_EQ(ask(router, "/open").status, 200);
  for (auto target : {"/me", "/desk", "/admin"}) {
    auto refused = ask(router, target);
    EXPECT_EQ(refused.status, 401) << target;
    EXPECT_TRUE(refused.headers.get("WWW-Authenticate").starts_with("Cookie ")) << "nothing reads Authorization";
  }
  router.set_authoriser([](const Route& route, Request& request) -> Result<void> {
    request.session = std::string("officer");
    if (route.access == Access::kAdministrator) return Error{Code::kForbidden, "identity.role", {"不可", "no"}, {}};
    return {};
  });
  EXPECT_EQ(ask(router, "/desk").status, 200);
  EXPECT_EQ(ask(router, "/admin").status, 403);
}

TEST(Router, ErrorsAreProblemsOrPages) {
  Router router;
  Route failing = route("/fail");
  failing.handler = [](Request&) -> Result<Response> {
    return Error{Code::kInvalid, "pack.bad", {"だめです", "It is wrong"}, {{"/a/0", {"ここ", "here"}}, {"name", {"名", "a name"}}}};
  };
  router.add(failing);
  auto answer = ask(router, "/fail?lang=en");
  EXPECT_EQ(answer.status, 422);
  auto document = parse_json(answer.body).value().as_object();
  EXPECT_EQ(document["type"].as_string(), "/problems/pack.bad");
  EXPECT_EQ(document["detail"].as_string(), "It is wrong");
  EXPECT_EQ(document["detail_ja"].as_string(), "だめです");
  EXPECT_EQ(document["status"].as_int64(), 422);
  EXPECT_EQ(document["errors"].as_array().size(), 2u);
  EXPECT_EQ(document["errors"].as_array()[0].as_object()["pointer"].as_string(), "/a/0");
  EXPECT_EQ(document["errors"].as_array()[1].as_object()["where"].as_string(), "name");
  router.set_error_page([](const Error& error, const Request&) { return html("<p>" + error.message.ja); });
  EXPECT_EQ(ask(router, "/fail", Method::get, "text/html,*/*;q=0.8").body, "<p>だめです");
  EXPECT_EQ(ask(router, "/fail", Method::get, "text/html,*/*;q=0.8").status, 422);
  EXPECT_EQ(ask(router, "/fail", Method::get, "*/*").headers.get("Content-Type"), kProblem);
  EXPECT_EQ(ask(router, "/none", Method::get, "text/html").status, 404);
}

TEST(OpenApi, DescribesEveryRoute) {
  Router router;
  fill(router);
  Route post = route("/{org}/acts", Method::post, Access::kOfficer);
  post.docs = {.query = {{.name = "dry", .type = "boolean", .description_ja = "試す", .description_en = "Only try"}},
               .responses = {kJson},
               .request_type = kJson,
               .request_schema = R"({"type":"object"})"};
  router.add(post);
  Route rows = route("/{org}/rows");
  rows.docs = {.responses = {kJson}, .response_schema = R"({"type":"array"})"};
  router.add(rows);
  Route file = route("/{org}/files", Method::post, Access::kResident);
  file.docs.statuses = {200, 201};
  router.add(file);
  auto document = openapi(router, {.version = "1", .officer_cookie = "town_{org}", .resident_cookie = "card_{org}"});
  EXPECT_EQ(document.at_pointer("/openapi").as_string(), "3.1.0");
  EXPECT_EQ(document.at_pointer("/servers/0/url").as_string(), "/");
  EXPECT_EQ(document.at_pointer("/paths/~1{org}~1log~1tile~1{level}~1{rest}/get/parameters").as_array().size(), 3u);
  EXPECT_TRUE(document.at_pointer("/paths/~1health/get/security").as_array().empty());
  EXPECT_EQ(document.at_pointer("/paths/~1{org}~1acts/post/x-access").as_string(), "officer");
  auto scheme = [&](std::string_view path) {
    const auto& security = document.at_pointer("/paths/" + std::string(path) + "/post/security").as_array();
    EXPECT_EQ(security.size(), 1u) << path;
    return std::string(security.at(0).as_object().begin()->key());
  };
  EXPECT_EQ(scheme("~1{org}~1acts"), "officer");
  EXPECT_EQ(scheme("~1{org}~1files"), "resident");
  EXPECT_EQ(document.at_pointer("/components/securitySchemes").as_object().size(), 2u);
  EXPECT_EQ(document.at_pointer("/components/securitySchemes/officer/name").as_string(), "town_{org}");
  EXPECT_EQ(document.at_pointer("/components/securitySchemes/resident/name").as_string(), "card_{org}");
  EXPECT_EQ(document.at_pointer("/paths/~1{org}~1acts/post/parameters/1/schema/type").as_string(), "boolean");
  EXPECT_EQ(document.at_pointer("/paths/~1{org}~1acts/post/requestBody/content/application~1json/schema/type").as_string(), "object");
  auto codes = [&](std::string_view operation) {
    std::string out;
    for (const auto& answer : document.at_pointer("/paths/" + std::string(operation) + "/responses").as_object())
      out += std::string(answer.key()) + " ";
    return out;
  };
  EXPECT_EQ(codes("~1health/get"), "200 default ");
  EXPECT_EQ(codes("~1{org}~1acts/post"), "303 default ");
  EXPECT_EQ(codes("~1{org}~1files/post"), "200 201 default ");
  EXPECT_TRUE(document.at_pointer("/paths/~1{org}~1acts/post/responses/303/headers").as_object().contains("Location"));
  EXPECT_EQ(document.at_pointer("/paths/~1{org}~1rows/get/responses/200/content/application~1json/schema/type").as_string(), "array");
  EXPECT_EQ(document.at_pointer("/components/schemas/Problem/required").as_array().size(), 7u);
  std::size_t operations = 0;
  for (const auto& path : document.at_pointer("/paths").as_object())
    for (const auto& operation : path.value().as_object()) {
      ++operations;
      EXPECT_TRUE(operation.value().as_object().at("responses").as_object().contains("default")) << path.key();
    }
  EXPECT_EQ(operations, router.routes().size());
  auto table = urls_markdown(router);
  EXPECT_NE(table.find("| POST | `/{org}/acts` | officer | A test | 試し |\n"), table.npos);
  EXPECT_EQ(std::size_t(std::count(table.begin(), table.end(), '\n')), router.routes().size() + 2);
}

}  // namespace
}  // namespace musubi::http
