#include "identity/search.h"

#include "crypto/sealed_key.h"
#include "identity/access.h"
#include "web/messages.h"
#include "web/messages/identity.h"
#include "web/url.h"

namespace musubi::identity {
namespace {

constexpr std::size_t kWordsAtMost = 800;  // bytes; code points are counted when the list is read
}

std::string search_secret(const http::Request& request) {
  CHECK(caller(request));
  return "musubi search\n" + caller(request)->csrf;
}

Result<http::Response> to_search(const http::Request& request, std::string_view secret) {
  const http::Form posted = TRY(request.form());
  std::string target(web::path_of(request.target));
  for (const auto& [name, value] : posted.pairs())
    if (name != "csrf" && name != "q" && name != "find" && name != "page") target = web::with_parameter(target, name, value);
  std::string_view words = posted.get("q", "");
  if (words.size() > kWordsAtMost)
    return Error{Code::kInvalid, "table.bad_query", web::messages::query_bad(), {{"q", web::messages::query_too_long({.most = 200})}}};
  if (!words.empty()) target = web::with_parameter(target, "find", crypto::seal_with(secret, words));
  return http::redirect(target);
}

Result<std::string> searched_words(const http::Request& request, std::string_view secret) {
  std::string_view sealed = request.query.get("find", "");
  if (sealed.empty()) return std::string();
  if (auto words = crypto::open_with(secret, sealed)) return std::move(*words);
  return Error{Code::kInvalid, "identity.search_of_another_session", web::messages::identity_search_of_another_session(), {}};
}

}  // namespace musubi::identity
