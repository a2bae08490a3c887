#include "http/openapi.h"

#include <algorithm>
#include <map>

namespace musubi::http {
namespace {

using musubi::json::array;
using musubi::json::object;
using musubi::json::value;

struct PathParameter {
  std::string name;
  bool rest = false;
};

// "/{org}/tile/{rest...}" -> "/{org}/tile/{rest}" and its parameters.
std::string openapi_path(std::string_view pattern, std::vector<PathParameter>& parameters) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    out.push_back(pattern[i]);
    if (pattern[i] != '{') continue;
    auto close = pattern.find('}', i);
    PathParameter parameter{std::string(pattern.substr(i + 1, close - i - 1))};
    if (parameter.name.ends_with("...")) {
      parameter.name.resize(parameter.name.size() - 3);
      parameter.rest = true;
    }
    out += parameter.name + "}";
    parameters.push_back(std::move(parameter));
    i = close;
  }
  return out;
}

value schema_of(std::string_view text) {
  auto parsed = parse_json(text);
  CHECK(parsed.ok());  // a route table with a broken schema
  return std::move(parsed).value();
}

object text_of(std::string_view ja, std::string_view en) { return {{"ja", ja}, {"en", en}}; }

array parameters_of(const Route& route, const std::vector<PathParameter>& path) {
  array out;
  for (const auto& parameter : path) {
    object entry{{"name", parameter.name}, {"in", "path"}, {"required", true}, {"schema", object{{"type", "string"}}}};
    if (parameter.rest) entry["description"] = "One path segment or more, joined by /.";
    out.push_back(std::move(entry));
  }
  for (const auto& parameter : route.docs.query)
    out.push_back(object{{"name", parameter.name},
                         {"in", "query"},
                         {"required", parameter.required},
                         {"description", parameter.description_en},
                         {"x-description", text_of(parameter.description_ja, parameter.description_en)},
                         {"schema", object{{"type", parameter.type}}}});
  return out;
}

std::vector<int> successes(const Route& route) {
  if (!route.docs.statuses.empty()) return route.docs.statuses;
  return {route.method == Method::post ? 303 : 200};
}

object redirection(const Route& route) {
  object location{{"description", "Where it goes on."},
                  {"x-description", text_of("続きのアドレス。", "Where it goes on.")},
                  {"schema", object{{"type", "string"}, {"format", "uri-reference"}}}};
  return {{"description", route.summary_en}, {"headers", object{{"Location", std::move(location)}}}};
}

object responses_of(const Route& route) {
  object content;
  for (auto type : route.docs.responses) content[type] = object{};
  if (content.empty()) content["text/html"] = object{};
  if (!route.docs.response_schema.empty()) content.begin()->value() = object{{"schema", schema_of(route.docs.response_schema)}};
  object answer{{"description", route.summary_en}, {"content", std::move(content)}};
  object headers;
  for (const auto& header : route.docs.headers)
    headers[header.name] = object{{"description", header.description_en},
                                  {"x-description", text_of(header.description_ja, header.description_en)},
                                  {"schema", object{{"type", "string"}}}};
  if (!headers.empty()) answer["headers"] = std::move(headers);
  object out;
  for (int status : successes(route)) out[std::to_string(status)] = status / 100 == 3 ? redirection(route) : answer;
  out["default"] = object{{"$ref", "#/components/responses/Problem"}};
  return out;
}

// An operation is for one kind of caller: an officer's cookie opens no resident's page, nor the other way round.
array security_of(Access access) {
  if (access == Access::kPublic) return {};
  return {object{{access == Access::kResident ? "resident" : "officer", array{}}}};
}

// "GET", "/{org}/plans/{plan}.json" -> "get_org_plans_plan_json": unique, since the pattern is.
std::string operation_id(const Route& route) {
  std::string out;
  for (char c : method_name(route.method)) out.push_back(lower(c));
  for (char c : route.pattern) {
    bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (word)
      out.push_back(c);
    else if (c == '{')
      out += "_by_";
    else if (out.back() != '_')
      out.push_back('_');
  }
  return out;
}

object operation_of(const Route& route, const std::vector<PathParameter>& path) {
  object out{{"operationId", operation_id(route)},
             {"summary", route.summary_en},
             {"x-summary", text_of(route.summary_ja, route.summary_en)},
             {"x-access", access_name(route.access)}};
  array parameters = parameters_of(route, path);
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  if (!route.docs.request_type.empty()) {
    object media;
    if (!route.docs.request_schema.empty()) media["schema"] = schema_of(route.docs.request_schema);
    out["requestBody"] = object{{"required", true}, {"content", object{{route.docs.request_type, std::move(media)}}}};
  }
  out["responses"] = responses_of(route);
  out["security"] = security_of(route.access);
  return out;
}

object string_type() { return {{"type", "string"}}; }

object problem_schema() {
  object fault{{"type", "object"},
               {"properties", object{{"pointer", string_type()},
                                     {"where", string_type()},
                                     {"detail", string_type()},
                                     {"detail_ja", string_type()},
                                     {"detail_en", string_type()}}},
               {"required", array{"detail", "detail_ja", "detail_en"}}};
  return {{"type", "object"},
          {"description", "RFC 9457 problem document; every sentence in Japanese and English."},
          {"properties", object{{"type", string_type()},
                                {"title", string_type()},
                                {"status", object{{"type", "integer"}}},
                                {"detail", string_type()},
                                {"detail_ja", string_type()},
                                {"detail_en", string_type()},
                                {"instance", string_type()},
                                {"errors", object{{"type", "array"}, {"items", std::move(fault)}}}}},
          {"required", array{"type", "title", "status", "detail", "detail_ja", "detail_en", "instance"}}};
}

object cookie_scheme(std::string_view cookie, std::string_view ja, std::string_view en) {
  return {{"type", "apiKey"}, {"in", "cookie"}, {"name", cookie}, {"description", en}, {"x-description", text_of(ja, en)}};
}

object components(const ApiInfo& info) {
  object problem_response{
      {"description", "What went wrong, where, and what to do next"},
      {"content", object{{"application/problem+json", object{{"schema", object{{"$ref", "#/components/schemas/Problem"}}}}},
                         {"text/html", object{}}}}};
  return {{"schemas", object{{"Problem", problem_schema()}}},
          {"responses", object{{"Problem", std::move(problem_response)}}},
          {"securitySchemes", object{{"officer", cookie_scheme(info.officer_cookie, "担当者のセッション。{org} はパスの組織です。",
                                                               "An officer's session; {org} is the organisation of the path.")},
                                     {"resident", cookie_scheme(info.resident_cookie, "住民のセッション。{org} はパスの組織です。",
                                                                "A resident's session; {org} is the organisation of the path.")}}}};
}

}  // namespace

json::value openapi(const Router& router, const ApiInfo& info) {
  std::map<std::string, object> paths;
  for (const auto& route : router.routes()) {
    std::vector<PathParameter> parameters;
    std::string path = openapi_path(route->pattern, parameters);
    std::string method;
    for (char c : method_name(route->method)) method.push_back(lower(c));
    paths[path][method] = operation_of(*route, parameters);
  }
  object all;
  for (auto& [path, item] : paths) all[path] = std::move(item);
  return object{{"openapi", "3.1.0"},
                {"info", object{{"title", info.title},
                                {"version", info.version},
                                {"description", info.description.en},
                                {"x-description", text_of(info.description.ja, info.description.en)}}},
                {"servers", array{object{{"url", "/"}}}},
                {"paths", std::move(all)},
                {"components", components(info)}};
}

std::string urls_markdown(const Router& router) {
  std::vector<const Route*> routes;
  for (const auto& route : router.routes()) routes.push_back(route.get());
  std::sort(routes.begin(), routes.end(),
            [](const Route* a, const Route* b) { return a->pattern != b->pattern ? a->pattern < b->pattern : a->method < b->method; });
  std::string out = "| method | URL | access | what | 内容 |\n|---|---|---|---|---|\n";
  for (const Route* route : routes) {
    out += "| " + std::string(method_name(route->method)) + " | `" + std::string(route->pattern) + "` | " +
           std::string(access_name(route->access)) + " | " + std::string(route->summary_en) + " | " + std::string(route->summary_ja) +
           " |\n";
  }
  return out;
}

}  // namespace musubi::http
