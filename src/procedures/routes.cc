// The URL tables.
#include "procedures/routes.h"

#include "procedures/guide_pages.h"

namespace musubi::procedures {
namespace {

using http::Access;
using http::Method;
using http::Request;
using http::Response;

using Answer = Result<Response> (*)(const Asked&);

// Rows of one table.
class Table {
 public:
  Table(const RouteContext& context, Access access) : context_(context), access_(access) {}

  void get(std::string_view pattern, Answer handler, std::string_view ja, std::string_view en, std::string_view type = {},
           std::vector<http::Parameter> query = {}) {
    http::RouteDocs docs{std::move(query), {}};
    if (!type.empty()) docs.responses = {type};
    routes_.push_back({Method::get, pattern, access_, wrap(handler), ja, en, std::move(docs)});
  }
  void post(std::string_view pattern, Answer handler, std::string_view ja, std::string_view en, std::size_t limit, std::string_view type) {
    http::RouteDocs docs;
    docs.request_type = type;
    routes_.push_back({Method::post, pattern, access_, wrap(handler), ja, en, docs, false, limit});
  }
  std::vector<http::Route> take() { return std::move(routes_); }

 private:
  http::Handler wrap(Answer handler) const {
    return [handler, &context = context_](Request& request) -> Result<Response> {
      Asked asked = TRY(procedures::take(context, request));
      return handler(asked);
    };
  }
  const RouteContext& context_;
  Access access_;
  std::vector<http::Route> routes_;
};

constexpr std::string_view kCsvType = "text/csv";

}  // namespace

std::vector<http::Route> routes(const RouteContext& context) {
  Table out(context, Access::kPublic);
  std::vector<http::Parameter> search = {{"q", "string", "探す言葉", "words to find"}};
  std::vector<http::Parameter> answers = {{"asked", "string", "聞き終えた質問の id（答えのない任意の質問のため）", "ids of questions that were shown, for optional ones left empty"}};
  out.get("/{org}/guide", guides_page, "手続の案内", "Guides of life events");
  out.get("/{org}/guide/{event}", guide_page, "案内の質問と、必要な手続の一覧", "Questions of a guide and the personal list", {}, answers);
  out.get("/{org}/guide/{event}.json", guide_data, "案内（JSON）", "A guide as JSON", http::kJson, answers);
  out.get("/{org}/procedures", procedures_page, "手続の一覧", "Catalogue of procedures", {}, search);
  out.get("/{org}/procedures.json", procedures_data, "手続の一覧（JSON）", "Catalogue as JSON", http::kJson, search);
  out.get("/{org}/procedures.csv", procedures_table, "手続の一覧（CSV）", "Catalogue as CSV", kCsvType, search);
  out.get("/{org}/procedures/{procedure}", procedure_page, "一つの手続", "One procedure");
  out.get("/{org}/procedures/{procedure}.json", procedure_data, "一つの手続（JSON）", "One procedure as JSON", http::kJson);
  return out.take();
}

std::vector<http::Route> resident_routes(const RouteContext& context) {
  Table out(context, Access::kResident);
  return out.take();
}

}  // namespace musubi::procedures
