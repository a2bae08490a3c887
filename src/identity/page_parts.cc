#include "identity/page_parts.h"

namespace musubi::identity {

Result<Ask> take(const RouteContext& context, http::Request& request) {
  const std::string& organisation = request.parameter("org");
  auto database = TRY(context.store.organisation(organisation));
  return Ask{context, request, organisation, std::move(database)};
}

web::Page page(const Ask& ask, std::string title) {
  web::Page out;
  out.title = std::move(title);
  out.language = ask.request.language;
  out.target = ask.request.target;
  out.account = account_links(ask.request, ask.organisation);
  return out;
}

http::Response respond(const Ask& ask, const web::Page& page, int status) {
  auto response = web::respond(ask.context.site(ask.request, ask.organisation), page, status);
  response.cache("no-store").header("Referrer-Policy", "no-referrer");
  return response;
}

http::Handler answers(const RouteContext& context, Answer answer) {
  return [&context, answer](http::Request& request) -> Result<http::Response> {
    return answer(TRY(take(context, request)));
  };
}

std::string link_address(const std::string& base_url, const std::string& organisation, const std::string& token) {
  return base_url + "/" + organisation + "/sign-in/" + token;
}

}  // namespace musubi::identity
