#include "http/router.h"

#include <array>

#include "http/syntax.h"

namespace musubi::http {
namespace {

constexpr std::size_t kMethodCount = 7;

bool is_parameter_name(std::string_view name) {
  for (char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  return !name.empty();
}

Error not_found() {
  return {
      Code::kNotFound,
      "http.not_found",
      {"このアドレスのページはありません。アドレスを確かめるか、最初のページ「/」からお探しください。使えるアドレスの一覧は "
       "/openapi.json にあります。",
       "There is nothing at this address. Check it, or start from the first page at /. All addresses are listed at /openapi.json."},
      {}};
}

Error wrong_method(const std::string& allow) {
  return {Code::kInvalid,
          "http.method_not_allowed",
          {"このアドレスでは、この方法（メソッド）は使えません。使えるのは " + allow + " です。",
           "This address does not take this method. It takes " + allow + "."},
          {}};
}

Result<void> public_only(const Route& route, Request&) {
  if (route.access == Access::kPublic) return {};
  return Error{Code::kUnauthenticated,
               "http.sign_in",
               {"このページを見るにはサインインが必要です。サインインしてからもう一度開いてください。",
                "You must be signed in for this. Sign in and open it again."},
               {}};
}

// The path without its trailing slash, the query kept.
Response drop_slash(const Request& request) {
  std::string where(request.path_text());
  where.pop_back();
  auto mark = request.target.find('?');
  if (mark != request.target.npos) where += request.target.substr(mark);
  return redirect(where, 308);
}

struct Segment {
  enum Kind { kLiteral, kSuffix, kParameter, kRest } kind = kLiteral;
  std::string name;  // of the parameter
  std::string text;  // the literal, or the literal end
};

// One segment of a pattern; CHECKs its form, since patterns are ours.
Segment read_segment(std::string_view text) {
  CHECK(!text.empty());
  auto close = text.find('}');
  if (text[0] != '{') {
    CHECK(text.find_first_of("{}%?#") == text.npos && text != "." && text != "..");
    return {Segment::kLiteral, {}, std::string(text)};
  }
  CHECK(close != text.npos);
  std::string_view name = text.substr(1, close - 1), suffix = text.substr(close + 1);
  CHECK(suffix.find_first_of("{}%?#") == suffix.npos);
  if (name.ends_with("...")) {
    name.remove_suffix(3);
    CHECK(suffix.empty() && is_parameter_name(name));
    return {Segment::kRest, std::string(name), {}};
  }
  CHECK(is_parameter_name(name));
  return {suffix.empty() ? Segment::kParameter : Segment::kSuffix, std::string(name), std::string(suffix)};
}

std::vector<Segment> read_pattern(std::string_view pattern) {
  CHECK(pattern.starts_with('/') && pattern.find('"') == pattern.npos && pattern.find('\\') == pattern.npos);
  std::vector<Segment> out;
  for (pattern.remove_prefix(1); !pattern.empty();) {
    auto slash = pattern.find('/');
    CHECK(slash != 0 && slash + 1 != pattern.size());
    CHECK(out.empty() || out.back().kind != Segment::kRest);
    out.push_back(read_segment(pattern.substr(0, slash)));
    pattern = slash == pattern.npos ? std::string_view() : pattern.substr(slash + 1);
  }
  for (std::size_t i = 0; i < out.size(); ++i)  // one name, one meaning
    for (std::size_t k = 0; k < i; ++k) CHECK(out[i].name.empty() || out[i].name != out[k].name);
  return out;
}

using Ends = std::array<int, kMethodCount>;  // route index by method, -1 for none

}  // namespace

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> suffixes;  // longest first
  std::unique_ptr<Node> parameter;
  Ends here, rest;
  Node() { here.fill(-1), rest.fill(-1); }

  Node& child(const Segment& segment) {
    auto made = [](std::unique_ptr<Node>& slot) -> Node& {
      if (!slot) slot = std::make_unique<Node>();
      return *slot;
    };
    if (segment.kind == Segment::kLiteral) return made(literals[segment.text]);
    if (segment.kind == Segment::kParameter) return made(parameter);
    for (auto& [text, node] : suffixes)
      if (text == segment.text) return *node;
    auto at = std::find_if(suffixes.begin(), suffixes.end(), [&](const auto& s) { return s.first.size() < segment.text.size(); });
    return *suffixes.emplace(at, segment.text, std::make_unique<Node>())->second;
  }
};

// One walk down the trie, most specific branch first. A node that lacks the method is remembered for Allow, and the
// walk goes on; each node is visited at most once a depth, so the work is bounded by the patterns, not by the caller.
struct Router::Search {
  const std::vector<std::string>& path;
  Method wanted;
  std::array<bool, kMethodCount> seen{};
  std::vector<std::string> values{};  // of the parameters on the way
  int found = -1;

  bool take(const Ends& ends) {
    for (std::size_t m = 0; m < kMethodCount; ++m) seen[m] = seen[m] || ends[m] >= 0;
    found = ends[std::size_t(wanted)];
    if (found < 0 && wanted == Method::head) found = ends[std::size_t(Method::get)];
    return found >= 0;
  }

  bool with(std::string value, const Node& node, std::size_t depth) {
    values.push_back(std::move(value));
    if (walk(node, depth)) return true;
    values.pop_back();
    return false;
  }

  bool walk(const Node& node, std::size_t depth) {
    if (depth == path.size()) return take(node.here);
    const std::string& segment = path[depth];
    auto literal = node.literals.find(segment);
    if (literal != node.literals.end() && walk(*literal->second, depth + 1)) return true;
    for (const auto& [suffix, next] : node.suffixes)
      if (segment.size() > suffix.size() && segment.ends_with(suffix) &&
          with(segment.substr(0, segment.size() - suffix.size()), *next, depth + 1))
        return true;
    if (node.parameter && with(segment, *node.parameter, depth + 1)) return true;
    if (!take(node.rest)) return false;
    std::string rest = segment;
    for (std::size_t i = depth + 1; i < path.size(); ++i) rest += "/" + path[i];
    values.push_back(std::move(rest));
    return true;
  }

  std::string allow() const {
    std::string out;
    for (auto m : {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::delete_})
      if (seen[std::size_t(m)] || (m == Method::head && seen[std::size_t(Method::get)])) out += std::string(method_name(m)) + ", ";
    return out + "OPTIONS";
  }
};

std::string_view access_name(Access access) {
  switch (access) {
    case Access::kPublic: return "public";
    case Access::kResident: return "resident";
    case Access::kSignedIn: return "signed-in";
    case Access::kOfficer: return "officer";
    case Access::kAdministrator: return "administrator";
  }
  return "";
}

Router::Router() : root_(std::make_unique<Node>()), authoriser_(public_only) {}
Router::~Router() = default;

void Router::add(Route route) {
  CHECK(route.handler && !route.summary_ja.empty() && !route.summary_en.empty());
  CHECK(!route.inline_io || route.access == Access::kPublic);  // who is asking may need the database
  std::vector<std::string> names;
  Node* node = root_.get();
  Ends* ends = &node->here;
  for (const auto& segment : read_pattern(route.pattern)) {
    if (segment.kind != Segment::kLiteral) names.push_back(segment.name);
    if (segment.kind == Segment::kRest) {
      ends = &node->rest;
    } else {
      node = &node->child(segment);
      ends = &node->here;
    }
  }
  int& slot = (*ends)[std::size_t(route.method)];
  CHECK(slot < 0);  // two routes of one shape and method
  slot = int(routes_.size());
  names_.push_back(std::move(names));
  routes_.push_back(std::make_unique<const Route>(std::move(route)));
}

void Router::set_authoriser(Authoriser authoriser) { authoriser_ = std::move(authoriser); }
void Router::set_error_page(ErrorPage page) { page_ = std::move(page); }
void Router::set_wording(ErrorWording wording) { wording_ = std::move(wording); }

Router::Match Router::match(Request& request) const {
  Match out;
  Search search{request.path, request.method};
  bool found = request.target != "*" && search.walk(*root_, 0);
  bool any = found || std::find(search.seen.begin(), search.seen.end(), true) != search.seen.end();
  if (request.target == "*") {
    out.status = request.method == Method::options ? 204 : 404;
    out.allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
  } else if (any && request.trailing_slash) {
    out.status = 308;
  } else if (found) {
    out.index = std::size_t(search.found);
    out.route = routes_[out.index].get();
    const auto& names = names_[out.index];
    for (std::size_t i = 0; i < names.size(); ++i) request.parameters[names[i]] = std::move(search.values[i]);
  } else if (any) {
    out.status = request.method == Method::options ? 204 : 405;
    out.allow = search.allow();
  } else {
    out.status = 404;
  }
  return out;
}

Response Router::run(const Match& match, Request& request) const {
  if (!match.route) {
    if (match.status == 308) return drop_slash(request);
    if (match.status == 204) return no_content().header("Allow", match.allow);
    if (match.status == 405) return refuse(wrong_method(match.allow), request).header("Allow", match.allow);
    return refuse(not_found(), request);
  }
  auto allowed = authoriser_(*match.route, request);
  if (!allowed) return refuse(allowed.error(), request);
  auto answer = match.route->handler(request);
  if (!answer) return refuse(answer.error(), request);
  return std::move(answer).value();
}

Response Router::dispatch(Request& request) const { return run(match(request), request); }

Response Router::refuse(const Error& met, const Request& request) const {
  const Error error = wording_ ? wording_(met) : met;
  int status = status_of(error);
  Response out = page_ && request.wants_html() ? page_(error, request) : problem(error, request, status);
  if (out.status / 100 != 3) out.status = status;  // a page may lead elsewhere: to the sign-in
  if (status == 503 && !out.headers.has("Retry-After")) out.header("Retry-After", "1");
  // RFC 9110 15.5.2 wants a challenge; nothing but a session's cookie is read, and browsers ask nobody for that.
  if (status == 401 && !out.headers.has("WWW-Authenticate")) out.header("WWW-Authenticate", "Cookie realm=\"musubi\"");
  return out;
}

}  // namespace musubi::http
