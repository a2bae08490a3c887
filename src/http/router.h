// The URL tables of all modules and the way from a request to its handler. Filled at start-up by one thread, then only
// read. A trie over path segments: the cost follows the length of the path, not the number of routes.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/problem.h"
#include "http/request.h"
#include "http/response.h"

namespace musubi::http {

// kResident: a resident's own pages; the others above kPublic are for officers.
enum class Access { kPublic, kResident, kSignedIn, kOfficer, kAdministrator };
std::string_view access_name(Access access);  // "public", "resident", "signed-in", "officer", "administrator"

// An ordinary blocking function on a worker thread. An Error becomes a problem document or the error page.
using Handler = std::function<Result<Response>(Request&)>;

struct Parameter {
  std::string_view name;
  std::string_view type = "string";  // of JSON Schema: string, integer, number, boolean
  std::string_view description_ja, description_en;
  bool required = false;
};

struct ResponseHeader {
  std::string_view name, description_ja, description_en;
};

struct RouteDocs {
  std::vector<Parameter> query;
  std::vector<std::string_view> responses;   // media types; none: text/html
  std::string_view request_type;             // media type of the body; empty: no body
  std::string_view request_schema;           // JSON Schema 2020-12 as text; may be empty
  std::string_view response_schema;          // of the first media type
  std::vector<ResponseHeader> headers = {};  // that answers without an error may carry
  std::vector<int> statuses = {};            // of answers without an error; none: 303 for a post, else 200
};

// Texts are literals: they must outlive the router.
struct Route {
  Method method = Method::get;
  // Whole, from the root: "/{org}/plans/{plan}.json". `{name}` is one segment, `{name}.json` one with a literal end,
  // `{name...}` (last) one segment or more. Most specific wins, segment by segment: literal, suffix, parameter, rest.
  std::string_view pattern;
  Access access = Access::kAdministrator;
  Handler handler;
  std::string_view summary_ja, summary_en;
  RouteDocs docs;
  bool inline_io = false;      // runs on the I/O thread: memory only, microseconds, never blocks; kPublic only (CHECK)
  std::size_t body_limit = 0;  // bytes; 0: the server's
};

// Decides whether the caller may use the route and fills Request::session. Errors: kUnauthenticated, kForbidden.
using Authoriser = std::function<Result<void>(const Route&, Request&)>;

class Router {
 public:
  Router();
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // CHECKs a well-formed pattern, both summaries, and that no route of that shape and method is there already.
  void add(Route route);
  void add(std::vector<Route> routes) {
    for (auto& route : routes) add(std::move(route));
  }
  void set_authoriser(Authoriser authoriser);  // until set: everything but kPublic is refused with 401
  void set_error_page(ErrorPage page);         // for whoever wants HTML; until set: problem documents for everybody
  void set_wording(ErrorWording wording);      // of every error, before it is shown to anybody

  struct Match {
    const Route* route = nullptr;  // stable address; nullptr: see status
    std::size_t index = 0;         // of the route in routes()
    int status = 200;              // without a route: 404, 405 (see allow), 308 (drop the trailing slash), 204 (OPTIONS)
    std::string allow;             // for 405 and OPTIONS: "GET, HEAD, OPTIONS"
  };
  // Fills request.parameters. HEAD finds GET.
  Match match(Request& request) const;
  // Authorises and calls the handler, or answers what match found instead. Errors are rendered.
  Response run(const Match& match, Request& request) const;
  // match and run in one: for tests and for in-process callers.
  Response dispatch(Request& request) const;
  // An error as the error page shows it to this caller; until one is set, a problem document.
  Response refuse(const Error& error, const Request& request) const;

  const std::vector<std::unique_ptr<const Route>>& routes() const { return routes_; }  // in the order added

 private:
  struct Node;
  struct Search;
  std::vector<std::unique_ptr<const Route>> routes_;
  std::vector<std::vector<std::string>> names_;  // of the parameters, a list a route
  std::unique_ptr<Node> root_;
  Authoriser authoriser_;
  ErrorPage page_;
  ErrorWording wording_;
};

}  // namespace musubi::http
