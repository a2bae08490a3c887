#include "http/refusals.h"

namespace musubi::http {

Error malformed_request() {
  return {Code::kMalformed,
          "http.malformed",
          {"要求を HTTP/1.1 として読み取れません。プログラムの要求の書き方を確かめてください。",
           "The request cannot be read as HTTP/1.1. Check how the program writes it."},
          {}};
}

Error header_too_large(std::size_t limit) {
  std::string n = std::to_string(limit);
  return {Code::kTooLarge,
          "http.header_too_large",
          {"要求の見出しが長すぎます。合わせて " + n + " バイトまでです。Cookie を消すか、アドレスを短くしてください。",
           "The request header is too large; at most " + n + " bytes. Delete cookies or shorten the address."},
          {}};
}

Error body_too_large(std::size_t limit) {
  std::string n = std::to_string(limit);
  return {Code::kTooLarge,
          "http.body_too_large",
          {"送られた内容が大きすぎます。ここで受け取れるのは " + n + " バイトまでです。小さくするか、分けて送ってください。",
           "The content is too large; this address takes at most " + n + " bytes. Make it smaller or send it in parts."},
          {}};
}

Error timed_out() {
  return {Code::kUnavailable,
          "http.timeout",
          {"要求が時間内に届きませんでした。通信の状態を確かめて、もう一度送ってください。",
           "The request did not arrive in time. Check the connection and send it again."},
          {}};
}

Error method_unknown() {
  return {Code::kInvalid,
          "http.method_unknown",
          {"この方法（メソッド）には対応していません。GET、HEAD、POST、PUT、PATCH、DELETE、OPTIONS を使ってください。",
           "This method is not known here. Use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS."},
          {}};
}

Error coding_unknown() {
  return {Code::kInvalid,
          "http.coding_unknown",
          {"Transfer-Encoding は chunked だけに対応しています。", "The only Transfer-Encoding taken here is chunked."},
          {}};
}

Error wrong_host() {
  return {Code::kMalformed,
          "http.host",
          {"HTTP/1.1 の要求には Host をちょうど一つ付けてください。", "An HTTP/1.1 request must have exactly one Host field."},
          {}};
}

Error overloaded() {
  return {Code::kUnavailable,
          "http.overloaded",
          {"ただいま混み合っています。少し待ってから、もう一度お試しください。", "The server is busy. Wait a moment and try again."},
          {}};
}

Error unexpected() {
  return {Code::kInternal,
          "http.internal",
          {"サーバーで予期しない問題が起きました。この要求の番号を添えて、管理者にお知らせください。",
           "The server met an unexpected problem. Tell the administrator the number of this request."},
          {}};
}

}  // namespace musubi::http
