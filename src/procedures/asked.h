// One request, taken apart once for pages and data alike. Private to procedures.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http/request.h"
#include "procedures/guide.h"
#include "procedures/procedures.h"
#include "procedures/routes.h"
#include "web/form.h"
#include "web/html.h"
#include "web/page.h"

namespace musubi::procedures {

struct Asked {
  const RouteContext& context;
  http::Request& request;
  std::string organisation;
  std::shared_ptr<db::Database> database;
  std::shared_ptr<const Neighbours> neighbours;
  Surroundings around;
  web::Language language = web::Language::ja;

  bool ja() const { return language == web::Language::ja; }
  const std::string& say(const Text& text) const { return web::pick(text, language); }
  std::string at(const std::string& below) const { return "/" + organisation + below; }
  Procedures procedures() const { return Procedures(*database, context.clock, organisation, *neighbours); }
};
Result<Asked> take(const RouteContext& context, http::Request& request);

// The pack that holds it, or nullptr.
const Pack* pack_of_event(std::string_view event);
const Pack* pack_of_procedure(std::string_view procedure);

web::Page new_page(const Asked& asked, std::string title);
http::Response answer(const Asked& asked, const web::Page& page, int status = 200);
// The same for pages about a person: kept by no browser and no proxy.
http::Response answer_private(const Asked& asked, const web::Page& page, int status = 200);

// A field of a pack as an input of the page kit, filled with `value`.
web::Field input_of(const Field& field, const json::value& value, const Asked& asked, const std::string& name);

// Errors: procedures.unknown_event, procedures.unknown_procedure.
Error unknown_event();
Error unknown_procedure();

}  // namespace musubi::procedures
