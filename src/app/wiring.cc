#include "app/wiring.h"

#include "app/closed.h"
#include "app/doors.h"
#include "base/file.h"
#include "evidence/acknowledge.h"
#include "identity/access.h"
#include "identity/entry.h"
#include "identity/linker.h"
#include "identity/posts.h"
#include "identity/search.h"
#include "kpi/duty_pages.h"
#include "kpi/follow_up_office.h"
#include "kpi/follow_ups.h"
#include "kpi/kpi.h"
#include "kpi/sheets.h"
#include "procedures/pack.h"
#include "records/records.h"
#include "trust/routes.h"
#include "web/messages/app.h"
#include "web/messages/identity.h"
#include "web/problem_page.h"
#include "web/respond.h"

namespace musubi::app {

namespace t = web::messages;

namespace {

// Words for what figures are parted by, as far as the organisation does not matter.
std::optional<Text> part_words(const std::string& fact, const std::string& value) {
  for (const auto& pack : procedures::embedded_packs()) {
    const auto* procedure = fact == "procedure" ? pack.procedure(value) : nullptr;
    if (procedure) return procedure->title;
    const auto* event = fact == "event" ? pack.event(value) : nullptr;
    if (event) return event->title;
  }
  if (fact == "state")
    if (auto state = identity::card_state_from(value)) return identity::card_state_title(*state);
  if (fact != "outcome") return std::nullopt;
  static const std::map<std::string, Text> kOutcomes = {{"ok", t::app_outcome_ok()},
                                                        {"grant", t::app_outcome_granted()},
                                                        {"refuse", t::app_outcome_refused()},
                                                        {"granted", t::app_outcome_granted()},
                                                        {"refused", t::app_outcome_refused()},
                                                        {"withdrawn", t::app_outcome_withdrawn()},
                                                        {"answered", t::app_outcome_amended()},
                                                        {"passed", t::app_outcome_passed()},
                                                        {"returned", t::app_outcome_returned()},
                                                        {"sent_back", t::app_outcome_sent_back()},
                                                        {"not_permitted", t::app_outcome_not_permitted()},
                                                        {"peer_down", t::app_outcome_peer_down()},
                                                        {"peer_slow", t::app_outcome_peer_slow()},
                                                        {"peer_lied", t::app_outcome_peer_lied()},
                                                        {"peer_refused", t::app_outcome_peer_refused()},
                                                        {"failed", t::app_outcome_failed()},
                                                        {"erased", t::app_outcome_erased()}};
  auto found = kOutcomes.find(value);
  return found == kOutcomes.end() ? std::nullopt : std::optional(found->second);
}

// What a sign-off or a publication made public.
Result<std::set<std::uint64_t>> published(db::Reader& reader, std::span<const evidence::Record> records) {
  auto all = TRY(kpi::Plans::published(reader, records));
  all.merge(TRY(kpi::Sheets::published(reader, records)));
  all.merge(TRY(kpi::FollowUps::published(reader, records)));
  return all;
}

std::optional<kpi::StepWords> step_words(const std::string& procedure, std::string_view id) {
  for (const auto& pack : procedures::embedded_packs())
    if (const auto* known = pack.procedure(procedure))
      for (const auto& step : known->route)
        if (step.id == id) return kpi::StepWords{step.title, step.post};
  return std::nullopt;
}

// The maker of demo towns leaves a file that names the log of the organisation it made: one that takes its place, or its folder, is
// none; one restored from it is (its origin goes on from there). Demos of before say only that they are fictional.
bool is_demo(Installation& installation, const std::string& organisation) {
  auto made = read_file(installation.folder(organisation) + "/demo", 4096);
  if (!made.ok() || made->empty() || made->back() != '\n') return false;
  auto keys = installation.keys(organisation);
  if (!keys.ok()) return false;
  const std::string& origin = (*keys)->origin;
  made->pop_back();
  return origin == *made || origin.starts_with(*made + "/") || (*made == "fictional" && origin.starts_with("musubi.example/"));
}

}  // namespace

Wiring::Wiring(Installation& installation, exchange::Transport* away)
    : installation_(installation),
      services_(installation, installation.clock(), away, [this] { return base_url(); }),
      evidence_{installation.store(), record_types(),
                [this](const http::Request& request, const std::string& organisation) { return site(request, organisation); },
                // Bodies hold what cases and registers hold: they are read there, by post and on record, not in the log.
                [](const http::Request& request) { return identity::is_administrator(request); }, published,
                [](const http::Request& request) { return identity::actor(request); },
                [this](db::Transaction& tx, const std::string& organisation, std::span<const evidence::Record> records) {
                  return note_log_read(tx, organisation, records, installation_.clock().now());
                }},
      identity_{installation.store(),
                installation.clock(),
                [this] { return base_url(); },
                [this](const http::Request& request, const std::string& organisation) { return site(request, organisation); },
                {{t::app_menu_cases(), "/office/cases"},
                 {t::app_menu_exchange(), "/office/exchange"},
                 {t::app_menu_residents(), "/office/residents"},
                 {t::app_menu_posts(), "/office/posts"},
                 {t::app_menu_plans(), "/office/plans"},
                 {t::app_menu_follow_up(), "/office/follow-up"},
                 {t::app_menu_sheets(), "/office/sheets"},
                 {t::app_menu_indicators(), "/office/kpi"},
                 {t::app_menu_published_plans(), "/plans"},
                 {t::app_menu_processes(), "/office/kpi/processes"},
                 {t::app_menu_log(), "/log"}},
                [this](const std::string& organisation) { installation_.drop_first_sign_in(organisation); },
                services_.card_desk(installation.config().card_agent),
                [this](const http::Request& request, const std::string& organisation) -> Result<web::Markup> {
                  auto database = TRY(installation_.store().organisation(organisation));
                  auto mine = TRY(posts_of(organisation, identity::actor(request)));
                  auto notices = TRY(kpi::follow_up_notices(*database, mine, request.language));
                  notices.html += TRY(kpi::sheet_notices(*database, mine, request.language)).html;
                  notices.html += TRY(register_notice(*database, request)).html;
                  return notices;
                },
                [this](db::Transaction& tx, const std::string& organisation, const std::vector<std::string>& persons,
                       const std::string& officer, bool list) {
                  return note_register_seen(tx, organisation, persons, officer, list, installation_.clock().now());
                },
                [this](const std::string& organisation) { return case_ground(organisation); },
                item_title},
      kpi_{installation.store(),
           installation.clock(),
           [](const http::Request& request) { return identity::actor(request); },
           [](const http::Request& request) { return identity::csrf_token(request); },
           [this](const http::Request& request, const std::string& organisation) { return site(request, organisation); },
           [this](const std::string& organisation, const std::string& fact, const std::string& value) {
             return fact == "answering" ? title_of(organisation, value) : part_words(fact, value);
           },
           &record_types(),
           step_words,
           [this](const std::string& organisation) { return posts(organisation); },
           [this](const std::string& organisation, const std::string& officer) { return posts_of(organisation, officer); },
           [this](const std::string& organisation, const std::string& other) { return site_of(organisation, other); },
           [](const http::Request& request) { return identity::is_administrator(request); }},
      procedures_{installation.store(),
                  installation.clock(),
                  [this](const http::Request& request, const std::string& organisation) { return site(request, organisation); },
                  [this](const std::string& organisation) { return services_.neighbours(organisation); },
                  [this](db::Transaction& tx, const http::Request& request, const procedures::ToSign& what) -> Result<std::string> {
                    auto handle = TRY(identity::begin_signing(tx, *identity::resident(request),
                                                              {what.title, what.lines, what.payload, what.return_path},
                                                              installation_.clock().now()));
                    return identity::signing_path(request.parameter("org"), handle);
                  },
                  [](db::Transaction& tx, const http::Request& request, const std::string& handle) -> Result<std::string> {
                    return TRY(identity::take_signature(tx, *identity::resident(request), handle)).jws;
                  },
                  records::document_response},
      records_{installation.store(),
               installation.clock(),
               [this](const std::string& organisation) { return services_.office(organisation); },
               [](const http::Request& request) { return identity::actor(request); },
               [](const http::Request& request) { return identity::csrf_token(request); },
               identity::search_secret,
               [this](const http::Request& request, const std::string& organisation) { return site(request, organisation); }},
      exchange_{installation.store(),
                [this](const std::string& organisation) { return services_.exchanges().of(organisation); },
                [this](const http::Request& request, const std::string& organisation) { return site(request, organisation); },
                {item_title, procedure_title, [](const std::string& reference) { return "/my/baskets/" + reference; }}} {
  router_.set_authoriser(identity::authoriser(installation.store(), installation.clock()));
  router_.set_wording(told_to_everybody);
  router_.set_error_page([this](const Error& error, const http::Request& request) {
    if (auto away = identity::to_sign_in(error, request)) return *away;
    auto at = request.parameters.find("org");
    auto page = web::problem_page(error, request.language, request.target, request.id);
    if (at != request.parameters.end() && error.name != "org.unknown" && error.name != "org.bad_id")
      page.account = identity::account_links(request, at->second);
    auto response =
        web::respond(site(request, at == request.parameters.end() || error.name.starts_with("org.") ? "" : at->second), page);
    response.cache("no-store");
    return response;
  });
  router_.add(site_routes(*this));
  router_.add(notice_routes(*this));
  router_.add(evidence::log_routes(evidence_));
  router_.add(evidence::page_routes(evidence_));
  trust::add_routes(router_, installation.store());
  auto acts = [&](std::vector<http::Route> routes) { router_.add(evidence::acknowledged(std::move(routes), installation.store())); };
  acts(identity::sign_in_routes(identity_));
  acts(identity::card_routes(identity_));
  acts(identity::office_routes(identity_));
  acts(identity::register_routes(identity_));
  acts(exchange::resident_routes(exchange_));
  acts(exchange::office_routes(exchange_));
  acts(identity::card_office_routes(identity_));
  acts(kpi::routes(kpi_));
  acts(kpi::office_routes(kpi_));
  acts(records::office_routes(records_));
  acts(records::notice_routes(records_));
  acts(procedures::routes(procedures_));
  router_.add(evidence::acknowledged(procedures::resident_routes(procedures_), installation.store(),
                                     {"/{org}/my/baskets/{basket}/signed", "/{org}/my/filings/{reference}/withdrawn"}));
}

// How many decisions wait for an entry by hand, for those who may make one.
Result<web::Markup> Wiring::register_notice(db::Database& database, const http::Request& request) {
  auto waiting = TRY(database.read([&](db::Reader& reader) -> Result<std::int64_t> {
    if (!TRY(identity::has_duty(reader, identity::actor(request), identity::kRegisterDuty,
                                text::jst_date(installation_.clock().now()))))
      return std::int64_t(0);
    return identity::count_dues(reader);
  }));
  if (waiting == 0) return web::Markup{};
  auto link = web::Html()
                  .raw("<p>")
                  .markup(web::link(web::messages::identity_register_work(request.language),
                                    "/" + database.organisation() + "/office/register-work"))
                  .raw("</p>")
                  .take();
  return web::notice(web::messages::identity_register_work_some(request.language, {waiting}), link, web::Tone::kWarning);
}

Result<identity::CaseGround> Wiring::case_ground(const std::string& organisation) {
  auto office = TRY(services_.office(organisation));
  return identity::CaseGround{
      [office](db::Reader& reader, const std::string& id) -> Result<std::optional<identity::GroundCase>> {
        auto subject = TRY(records::find_case(reader, id));
        if (!subject) return std::optional<identity::GroundCase>();
        auto known = TRY(records::applicant(reader, id));
        auto applicant = known.value_or(records::Applicant{});
        auto form = TRY(records::form(reader, id));
        identity::GroundCase out{subject->title, applicant.further, {}, !known || known->erased};
        out.persons.push_back(applicant.person);
        for (const auto& answer : form.answers)
          if (answer.key == "correction_told" || answer.key == "correction_wanted" || answer.key == "correction_reason")
            out.wanted.push_back({answer.label, {answer.value, answer.value}});
        if (auto held = TRY(office.held_now(reader, *subject, applicant, form)))
          out.wanted.push_back({{"今の記載", "The register now"}, {held->now, held->now}});
        return std::optional(std::move(out));
      },
      [office](db::Transaction& tx, const std::string& id, bool entered, const std::string& why, const std::string& officer) {
        return records::register_settled(tx, office, id, entered, why, officer);
      }};
}

Result<std::vector<kpi::PostWords>> Wiring::posts(const std::string& organisation) {
  auto database = TRY(installation_.store().organisation(organisation));
  text::Date today = text::jst_date(installation_.clock().now());
  std::vector<kpi::PostWords> out;
  for (auto& post : TRY(database->read([&](db::Reader& reader) { return identity::posts(reader, today); })))
    out.push_back({std::move(post.id), std::move(post.title)});
  return out;
}

std::optional<Text> Wiring::title_of(const std::string& organisation, const std::string& other) {
  if (other == organisation) return installation_.title(organisation);
  auto database = installation_.store().organisation(organisation);
  if (!database.ok()) return std::nullopt;
  auto member = (*database)->read([&](db::Reader& reader) { return exchange::member(reader, other); });
  return member.ok() && *member ? std::optional((*member)->title) : std::nullopt;
}

std::string Wiring::site_of(const std::string& organisation, const std::string& other) {
  auto database = installation_.store().organisation(organisation);
  if (!database.ok()) return {};
  auto member = (*database)->read([&](db::Reader& reader) { return exchange::member(reader, other); });
  return member.ok() && *member && !(*member)->page_url.empty() ? (*member)->page_url + "/" + other : std::string();
}

Result<std::vector<std::string>> Wiring::posts_of(const std::string& organisation, const std::string& officer) {
  auto database = TRY(installation_.store().organisation(organisation));
  text::Date today = text::jst_date(installation_.clock().now());
  return database->read([&](db::Reader& reader) { return identity::posts_of(reader, officer, today); });
}

void Wiring::set_base_url(std::string url) {
  base_url_.with([&](std::string& held) { held = std::move(url); });
}

std::string Wiring::base_url() {
  return base_url_.with([](std::string& held) { return held; });
}

web::Site Wiring::site(const http::Request& request, const std::string& organisation) {
  if (organisation.empty()) return {t::app_brand()};
  std::string base = "/" + organisation;
  auto about = installation_.about(organisation);
  web::Site site{about.title};
  site.home = base;
  site.account = identity::account_links(request, organisation);
  for (const auto& door : doors(about.kind))
    if (door.navigation) site.navigation.push_back({door.title, base + std::string(door.path)});
  if (identity::is_officer(request)) site.navigation.push_back({t::app_office(), base + "/office"});
  if (is_demo(installation_, organisation)) site.banner = t::app_demo_banner();
  return site;
}

web::Page site_page(const http::Request& request, std::string title) {
  web::Page page;
  page.title = std::move(title);
  page.language = request.language;
  page.target = request.target;
  return page;
}

}  // namespace musubi::app
