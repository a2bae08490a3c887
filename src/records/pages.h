// The pages of records, and what a request asks of them. Private to the module.
#pragma once

#include <memory>
#include <string>

#include "http/request.h"
#include "records/queue.h"
#include "records/routes.h"
#include "web/html.h"
#include "web/page.h"
#include "web/table.h"

namespace musubi::records {

struct Asked {
  std::shared_ptr<db::Database> database;
  Office office;
  std::string org, officer;
  web::Language language = web::Language::ja;

  Cases cases() const { return Cases(*database, office); }
  std::string at(const std::string& below) const { return "/" + org + below; }
  std::string case_at(const std::string& id, const std::string& below = {}) const { return "/" + org + "/office/cases/" + id + below; }
};
// Errors: org.unknown, those of the wiring. `officer` is empty on public routes.
Result<Asked> read_asked(const RouteContext& context, const http::Request& request, bool office);

// Never kept by browser or proxy: about persons.
http::Response answer(const RouteContext& context, const http::Request& request, const web::Page& page, int status = 200);
web::Page office_page(const Asked& asked, const http::Request& request, std::string title);

struct AskedQueue {
  Asked asked;
  QueueQuery query;
  QueuePage page;
  QueueCounts counts;
  web::Table table;
};
// `everything`: the whole list up to kListAtMost, for CSV. A search is recorded before this returns.
inline constexpr std::uint32_t kListAtMost = 10'000;
Result<AskedQueue> read_queue(const RouteContext& context, const http::Request& request, bool everything);
std::string view_title(QueueView view, web::Language l);
web::Markup state_tag(State state, web::Language l);
web::Tone state_tone(State state);

struct CaseFile {  // everything that a case's page shows, of one snapshot
  Case subject;
  Applicant applicant;
  Form form;
  std::vector<FileEntry> files;
  std::vector<Message> messages;
  std::vector<Notice> notices;
  std::vector<Event> events;
  std::vector<std::string> posts, holders;  // of the officer; who may take the case
  Text post_title;
  std::map<std::string, std::string> names;  // of officers
  std::optional<HeldNow> held;
};
Result<CaseFile> read_case(const Asked& asked, const std::string& id);  // leaves the record of the reading

Result<http::Response> queue_search(const RouteContext& context, http::Request& request);
Result<http::Response> queue_page(const RouteContext& context, http::Request& request);
Result<http::Response> claim_selected(const RouteContext& context, http::Request& request);
Result<http::Response> case_page(const RouteContext& context, http::Request& request);
// The case's page again, with what went wrong and what was typed.
Result<http::Response> draw_case(const RouteContext& context, http::Request& request, const Asked& asked, const Error* error,
                                 const http::Form* posted);
Result<http::Response> case_act(const RouteContext& context, http::Request& request);
web::Markup acts_of(const CaseFile& file, const Asked& asked, const std::string& csrf, const Error* error, const http::Form* posted);

Result<http::Response> notices_page(const RouteContext& context, http::Request& request);
Result<http::Response> notice_page(const RouteContext& context, http::Request& request);
Result<http::Response> notice_data(const RouteContext& context, http::Request& request);

}  // namespace musubi::records
