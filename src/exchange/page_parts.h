// What the pages of exchange share. Private to the module.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exchange/pages.h"
#include "identity/access.h"
#include "web/html.h"
#include "web/respond.h"
#include "web/table.h"

namespace musubi::exchange {

struct Ask {  // one request, taken apart
  const RouteContext& context;
  http::Request& request;
  std::string organisation;
  std::shared_ptr<db::Database> database;

  bool ja() const { return request.language == http::Language::ja; }
  std::string say(std::string_view (*message)(web::Language)) const { return std::string(message(request.language)); }
  std::string pick(const Text& text) const { return ja() ? text.ja : text.en; }
  std::string at(const std::string& below) const { return "/" + organisation + below; }
};
using AskedPage = Result<http::Response> (*)(const Ask&);
http::Handler answers(const RouteContext& context, AskedPage page);

web::Page page(const Ask& ask, std::string title);
http::Response respond(const Ask& ask, const web::Page& page);
web::Cell outcome_cell(const Ask& ask, const std::string& outcome);
std::string joined(const std::vector<std::string>& items);
std::vector<std::string> verifier_keys(Exchange& exchange);

}  // namespace musubi::exchange
