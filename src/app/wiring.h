// Wiring: every module's routes on one router, put together by hand and in order. The one place that knows them all.
//
// Owner: serve and demo. Made before the server starts; only read afterwards.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/installation.h"
#include "app/services.h"
#include "base/guarded.h"
#include "evidence/routes.h"
#include "exchange/pages.h"
#include "http/router.h"
#include "identity/pages.h"
#include "kpi/routes.h"
#include "procedures/routes.h"
#include "records/routes.h"

namespace musubi::app {

class Wiring {
 public:
  // `away` carries messages to organisations of other installations; nullptr: there are none.
  explicit Wiring(Installation& installation, exchange::Transport* away = nullptr);
  Wiring(const Wiring&) = delete;
  Wiring& operator=(const Wiring&) = delete;

  const http::Router& router() const { return router_; }
  void set_base_url(std::string url);  // once the server has bound
  std::string base_url();

  // What all pages of one organisation share; of the installation where `organisation` is empty or unknown.
  web::Site site(const http::Request& request, const std::string& organisation);
  Installation& installation() { return installation_; }
  Services& services() { return services_; }

 private:
  Result<web::Markup> register_notice(db::Database& database, const http::Request& request);
  Result<identity::CaseGround> case_ground(const std::string& organisation);
  Result<std::vector<kpi::PostWords>> posts(const std::string& organisation);  // as kpi asks for them: of today
  Result<std::vector<std::string>> posts_of(const std::string& organisation, const std::string& officer);
  std::optional<Text> title_of(const std::string& organisation, const std::string& other);  // nothing where it is not known there
  std::string site_of(const std::string& organisation,
                      const std::string& other);  // where the pages of another one stand; "" where unknown

  Installation& installation_;
  Guarded<std::string> base_url_;
  Services services_;
  evidence::RouteContext evidence_;
  identity::RouteContext identity_;
  kpi::RouteContext kpi_;
  procedures::RouteContext procedures_;
  records::RouteContext records_;
  exchange::RouteContext exchange_;
  http::Router router_;
};

// The pages of the installation itself: start page, health, metrics, API description, problems, notices.
std::vector<http::Route> site_routes(Wiring& wiring);
std::vector<http::Route> notice_routes(Wiring& wiring);

// `text` in the request's language.
inline std::string say(const http::Request& request, const char* ja, const char* en) {
  return request.language == http::Language::ja ? ja : en;
}
web::Page site_page(const http::Request& request, std::string title);

}  // namespace musubi::app
