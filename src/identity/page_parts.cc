#include "identity/page_parts.h"

#include "web/messages/identity.h"

namespace musubi::identity {

namespace t = web::messages;

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

web::Table sessions_table(const Ask& ask, const std::vector<ListedSession>& sessions, const std::vector<OpenLink>& links) {
  web::TableShape shape;
  shape.id = "sessions";
  shape.caption = ask.say(t::identity_where_you_are_signed_in);
  shape.columns = {{"kind", ask.say(t::identity_kind)},
                   {"id", ask.say(t::identity_id)},
                   {"this_browser", ask.say(t::identity_this_browser)},
                   {"begun", ask.say(t::identity_made)},
                   {"last_used", ask.say(t::identity_last_used)},
                   {"good_until", ask.say(t::identity_good_until)},
                   {"made_by", ask.say(t::identity_made_by)}};
  web::Table table{std::move(shape)};
  for (const auto& one : sessions)
    table.rows.push_back({{"session", ask.say(t::identity_session)},
                          {one.handle.substr(0, 6)},
                          {one.this_one ? "true" : "false"},
                          {one.created_at.rfc3339()},
                          {one.last_seen_at.rfc3339()},
                          {""},
                          {""}});
  for (const auto& one : links)
    table.rows.push_back({{"link", ask.say(t::identity_session_link)},
                          {std::to_string(one.number)},
                          {""},
                          {one.made_at.rfc3339()},
                          {""},
                          {one.expires_at.rfc3339()},
                          {one.made_by}});
  table.total = table.rows.size();
  return table;
}

http::Handler answers(const RouteContext& context, Answer answer) {
  return [&context, answer](http::Request& request) -> Result<http::Response> { return answer(TRY(take(context, request))); };
}

std::string link_address(const std::string& base_url, const std::string& organisation, const std::string& token) {
  return base_url + "/" + organisation + "/sign-in/" + token;
}

}  // namespace musubi::identity
