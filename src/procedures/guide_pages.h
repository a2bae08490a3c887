// The public pages: guides of life events and the catalogue of procedures. Private to procedures.
#pragma once

#include "procedures/asked.h"

namespace musubi::procedures {

// The answers of a guide as they stand in an address.
struct GuideAnswers {
  json::object given;
  std::set<std::string> asked;
};
GuideAnswers read_guide_answers(const Pack& pack, const Event& event, const http::Query& query);
std::string guide_query(const Pack& pack, const Event& event, const json::object& answers, std::string_view without = {});

Result<http::Response> guides_page(const Asked& asked);
Result<http::Response> guide_page(const Asked& asked);
Result<http::Response> guide_data(const Asked& asked);
Result<http::Response> guides_data(const Asked& asked);
Result<http::Response> guides_table(const Asked& asked);
// The personal list; while a question is open or the guide has stopped, the headings alone.
Result<http::Response> guide_table(const Asked& asked);
Result<http::Response> procedures_page(const Asked& asked);
Result<http::Response> procedures_data(const Asked& asked);
Result<http::Response> procedures_table(const Asked& asked);
Result<http::Response> procedure_page(const Asked& asked);
Result<http::Response> procedure_data(const Asked& asked);

// One entry of a personal list.
web::Markup listed_card(const Asked& asked, const Pack& pack, const Listed& listed, std::size_t number);
json::object procedure_json(const Procedure& procedure);

}  // namespace musubi::procedures
