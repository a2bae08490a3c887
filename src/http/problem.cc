#include "http/problem.h"

#include <array>

namespace musubi::http {
namespace {

struct Named {
  std::string_view name;
  int status;
};
// Errors of the transport, whose status no Code can tell.
constexpr std::array<Named, 9> kNamed = {{{"http.method_not_allowed", 405},
                                          {"http.method_unknown", 501},
                                          {"http.coding_unknown", 501},
                                          {"http.version_unknown", 505},
                                          {"http.timeout", 408},
                                          {"http.header_too_large", 431},
                                          {"http.query_too_long", 414},
                                          {"http.form_type", 415},
                                          {"http.too_many_requests", 429}}};

Text title_of(int status) {
  switch (status) {
    case 400: return {"要求を読み取れません", "The request cannot be read"};
    case 401: return {"サインインが必要です", "Please sign in"};
    case 403: return {"許可されていません", "Not allowed"};
    case 404: return {"見つかりません", "Not found"};
    case 405: return {"この方法では使えません", "This method is not allowed"};
    case 408: return {"時間切れです", "Timed out"};
    case 409: return {"状態が変わっています", "The state has changed"};
    case 413: return {"大きすぎます", "Too large"};
    case 414: return {"アドレスが長すぎます", "The address is too long"};
    case 415: return {"形式が違います", "Wrong media type"};
    case 422: return {"内容に誤りがあります", "The input has errors"};
    case 429: return {"回数が多すぎます", "Too many requests"};
    case 431: return {"見出しが長すぎます", "The header is too large"};
    case 503: return {"混み合っています", "Busy"};
    default: break;
  }
  return status >= 500 ? Text{"サーバーで問題が起きました", "The server had a problem"}
                       : Text{"要求を受け付けられません", "The request was refused"};
}

}  // namespace

int status_of(const Error& error) {
  for (const auto& [name, status] : kNamed)
    if (error.name == name) return status;
  switch (error.code) {
    case Code::kInvalid: return 422;
    case Code::kMalformed: return 400;
    case Code::kUnauthenticated: return 401;
    case Code::kForbidden: return 403;
    case Code::kNotFound: return 404;
    case Code::kConflict: return 409;
    case Code::kTooLarge: return 413;
    case Code::kUnavailable: return 503;
    case Code::kCorrupt:
    case Code::kIo:
    case Code::kInternal: return 500;
  }
  return 500;
}

std::string_view reason(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 207: return "Multi-Status";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 422: return "Unprocessable Content";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Other";
  }
}

Response problem(const Error& error, const Request& request, int status) {
  if (status == 0) status = status_of(error);
  Text title = title_of(status);
  musubi::json::object document{{"type", "/problems/" + (error.name.empty() ? "internal" : error.name)},
                                {"title", in_language(title, request.language)},
                                {"status", status},
                                {"detail", in_language(error.message, request.language)},
                                {"detail_ja", error.message.ja},
                                {"detail_en", error.message.en},
                                {"instance", "urn:musubi:request:" + request.id}};
  if (!error.faults.empty()) {
    musubi::json::array faults;
    for (const auto& fault : error.faults) {
      bool pointer = fault.where.empty() || fault.where[0] == '/';
      faults.push_back(musubi::json::object{{pointer ? "pointer" : "where", fault.where},
                                            {"detail", in_language(fault.message, request.language)},
                                            {"detail_ja", fault.message.ja},
                                            {"detail_en", fault.message.en}});
    }
    document["errors"] = std::move(faults);
  }
  Response out = json(musubi::json::value(std::move(document)), status);
  out.header("Content-Type", kProblem);
  out.header("Content-Language", language_tag(request.language));
  return out;
}

}  // namespace musubi::http
