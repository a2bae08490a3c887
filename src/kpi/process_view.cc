#include "kpi/process_view.h"

#include <map>

#include "kpi/computed.h"
#include "kpi/follow_up_view.h"
#include "kpi/gather.h"
#include "kpi/rules.h"
#include "web/messages/kpi.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;

std::optional<int> read_month(std::string_view text) {
  auto day = text::parse_date(std::string(text) + "-01");
  if (text.size() != 7 || !day.ok()) return std::nullopt;
  return day->year * 12 + day->month - 1;
}

Result<TraceQuery> read_period(const http::Request& request) {
  TraceQuery query;
  std::vector<Fault> faults;
  for (auto [name, into] : {std::pair{"from", &query.from}, std::pair{"until", &query.until}}) {
    std::string_view text = request.query.get(name, "");
    if (text.empty()) continue;
    *into = read_month(text);
    if (!*into) faults.push_back({name, {"月として読めません。例: 2026-04", "This is no month. Example: 2026-04"}});
  }
  if (query.from && query.until && *query.from > *query.until)
    faults.push_back(
        {"until", {"始まりの月より前です。始まりと終わりを見直してください。", "It is before the first month. Check both."}});
  if (faults.empty()) return query;
  return Error{Code::kInvalid, "kpi.bad_month", {"期間を読めません。", "The period cannot be read."}, std::move(faults)};
}

}  // namespace

std::string AskedFlow::period() const {
  std::string out;
  for (auto [name, month] : {std::pair{"from", query.from}, std::pair{"until", query.until}})
    if (month) out += (out.empty() ? "?" : "&") + std::string(name) + "=" + month_name(*month);
  return in_view(std::move(out), asked.view);
}

Error unknown_procedure() {
  return {Code::kNotFound,
          "kpi.unknown_procedure",
          {"この手続の案件はまだないか、示せるほどの件数がありません。手続の流れの一覧から選んでください。",
           "There are no cases of this procedure yet, or too few to show. Choose one from the list of processes."},
          {}};
}

Result<AskedFlow> read_asked_flow(const RouteContext& context, const http::Request& request, bool office) {
  AskedFlow out;
  out.query = TRY(read_period(request));
  out.asked = TRY(read_asked(context, request, office));
  if (auto found = request.parameters.find("procedure"); found != request.parameters.end()) out.query.procedure = found->second;
  if (!out.asked.view.as_of) return out;
  const Time end = end_of_day_jst(*out.asked.view.as_of);
  out.query.records = TRY(out.asked.database->read([&](db::Reader& reader) { return Indicators::records_before(reader, end); }));
  TRY(may_count_past(office, *out.query.records));
  return out;
}

Result<AskedFlow> read_flow(const RouteContext& context, const http::Request& request, bool office) {
  AskedFlow out = TRY(read_asked_flow(context, request, office));
  const Audience audience = office ? Audience::kOfficers : Audience::kEverybody;
  Discovery asked_for(audience), elsewhere(audience);
  TraceQuery query = out.query;
  if (!query.procedure.empty()) query.from = query.until = std::nullopt;  // whether there is such a procedure at all
  out.size = TRY(Traces(*out.asked.database).each(query, false, [&](const Trace& trace) -> Result<void> {
    (out.query.holds(trace) ? asked_for : elsewhere).add(trace);
    return {};
  }));
  out.flows = asked_for.flows();
  if (out.query.procedure.empty() || !out.flows.empty()) return out;
  if (elsewhere.flows().empty()) return unknown_procedure();
  Flow none;
  none.procedure = out.query.procedure;
  none.left_out = !office;
  out.flows.push_back(std::move(none));
  return out;
}

std::string procedure_title(const RouteContext& context, const Asked& asked, const std::string& procedure) {
  if (context.part_title)
    if (auto title = context.part_title(asked.urls.org, "procedure", procedure)) return web::pick(*title, asked.language);
  return procedure;
}

std::string step_title(const RouteContext& context, const std::string& procedure, std::string_view step, web::Language l) {
  if (step == "applicant") return std::string(t::kpi_flow_applicant(l));
  if (context.step_words)
    if (auto words = context.step_words(procedure, step)) return web::pick(words->title, l);
  return std::string(step);
}

std::string activity_title(const RouteContext& context, const std::string& procedure, std::string_view activity, web::Language l) {
  const std::map<std::string_view, std::string_view> words = {{"case_opened", t::kpi_flow_case_opened(l)},
                                                              {"claimed", t::kpi_flow_claimed(l)},
                                                              {"released", t::kpi_flow_released(l)},
                                                              {"reassigned", t::kpi_flow_reassigned(l)},
                                                              {"step_done", t::kpi_flow_step_done(l)},
                                                              {"decided", t::kpi_flow_decided(l)},
                                                              {"amended", t::kpi_flow_amended(l)},
                                                              {"withdrawn", t::kpi_flow_withdrawn(l)},
                                                              {"message_sent", t::kpi_flow_message_sent(l)},
                                                              {"message_received", t::kpi_flow_message_received(l)},
                                                              {"notice_issued", t::kpi_flow_notice_issued(l)},
                                                              {"notice_withdrawn", t::kpi_flow_notice_withdrawn(l)},
                                                              {"more", t::kpi_flow_more(l)}};
  if (activity.empty()) return {};
  auto found = words.find(type_of_activity(activity));
  std::string title(found == words.end() ? type_of_activity(activity) : found->second);
  if (step_of(activity).empty()) return title;
  return step_title(context, procedure, step_of(activity), l) + (l == web::Language::ja ? "：" : ": ") + title;
}

std::vector<PostWords> posts_of_today(const RouteContext& context, const http::Request& request) {
  auto posts = all_posts(context, request);
  return posts.ok() ? std::move(*posts) : std::vector<PostWords>();
}

std::string post_words(const std::vector<PostWords>& posts, const std::string& id, web::Language l) {
  return id.empty() ? std::string() : post_title(posts, id, l);
}

std::string hours(std::int64_t seconds) {
  char text[40];
  std::snprintf(text, sizeof text, "%.1f", double(seconds) / 3600);
  return text;
}

}  // namespace musubi::kpi
