#include "kpi/process_cases.h"

#include "crypto/hash.h"
#include "kpi/computed.h"
#include "kpi/follow_up_view.h"
#include "kpi/pages.h"
#include "kpi/xes.h"
#include "web/messages/kpi.h"
#include "web/respond.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Request;
using http::Response;
using web::Kind;

struct AskedCases {
  AskedFlow view;
  std::string source, target;
  web::Table table;
};

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_') {
      out += char(c);
      continue;
    }
    char code[8];
    std::snprintf(code, sizeof code, "%%%02X", unsigned(c));
    out += code;
  }
  return out;
}

web::TableShape cases_shape(web::Language l) {
  return {"cases",
          std::string(t::kpi_flow_cases(l)),
          {{"case", std::string(t::kpi_flow_case(l)), Kind::kLink},
           {"since", std::string(t::kpi_flow_since(l)), Kind::kText},
           {"events", std::string(t::kpi_flow_events(l)), Kind::kNumber},
           {"waited", std::string(t::kpi_flow_waited(l)), Kind::kNumber},
           {"record", std::string(t::kpi_record(l)), Kind::kLink}},
          {{"from", std::string(t::kpi_flow_from(l)), {}},
           {"until", std::string(t::kpi_flow_until(l)), {}},
           {"as_of", std::string(t::kpi_as_of(l)), {}}}};
}

// The longest time that the case took for this way.
std::optional<std::int64_t> waited(const Trace& trace, const Path& path, const std::string& source, const std::string& target) {
  std::optional<std::int64_t> most;
  for (std::size_t i = 1; i < path.size() && path.size() == trace.seconds.size(); ++i)
    if (path[i - 1].activity == source && path[i].activity == target)
      most = std::max(most.value_or(0), trace.seconds[i] - trace.seconds[i - 1]);
  return most;
}

web::Row case_row(const AskedCases& asked, const Trace& trace, const Path& path) {
  const Urls& urls = asked.view.asked.urls;
  std::string id = trace.stream.substr(kCaseStreams.size());
  auto time = waited(trace, path, asked.source, asked.target);
  return {{id, id, "/" + urls.org + "/office/cases/" + id},
          {text::iso_date(text::jst_date(trace.since))},
          {std::to_string(path.size())},
          {time ? hours(*time) : ""},
          {std::to_string(trace.record), std::to_string(trace.record), urls.record(trace.record)}};
}

Result<AskedCases> read_cases(const RouteContext& context, const Request& request) {
  AskedCases out;
  out.view = TRY(read_asked_flow(context, request, true));
  out.source = request.query.get("source", "");
  out.target = request.query.get("target", "");
  out.table.shape = cases_shape(request.language);
  out.table.query = TRY(web::read_query(out.table.shape, request.target));
  if (out.source.empty() && out.target.empty())
    return Error{Code::kInvalid,
                 "kpi.no_way",
                 {"どの流れの案件かが示されていません。手続の流れの表から選んでください。",
                  "It is not said which way is meant. Choose one from the table of ways."},
                 {{"source", {"前の出来事か、次の出来事が要ります。", "The event before or the event after is needed."}}}};
  const std::uint64_t first = std::uint64_t(out.table.query.page - 1) * out.table.query.per_page;
  std::map<std::string, bool> known;  // by path: most cases share few
  out.view.size = TRY(Traces(*out.view.asked.database).each(out.view.query, true, [&](const Trace& trace) -> Result<void> {
    auto [passed, fresh] = known.try_emplace(trace.words);
    if (fresh) passed->second = passes(read_path(trace.words), out.source, out.target);
    if (!passed->second) return {};
    if (out.table.total >= first && out.table.rows.size() < out.table.query.per_page)
      out.table.rows.push_back(case_row(out, trace, read_path(trace.words)));
    ++out.table.total;
    return {};
  }));
  return out;
}

}  // namespace

std::string cases_url(const AskedFlow& view, std::string_view procedure, std::string_view from, std::string_view to) {
  std::string period = view.period();
  return view.flow_url(procedure) + "/cases" + (period.empty() ? "?" : period + "&") + "source=" + percent_encoded(from) +
         "&target=" + percent_encoded(to);
}

Result<Response> cases_page(const RouteContext& context, Request& request, bool) {
  AskedCases asked = TRY(read_cases(context, request));
  web::Language l = request.language;
  const std::string& procedure = asked.view.query.procedure;
  auto words = [&](const std::string& activity, std::string_view pole) {
    return activity.empty() ? std::string(pole) : activity_title(context, procedure, activity, l);
  };
  web::Page page{words(asked.source, t::kpi_flow_begin(l)) + " → " + words(asked.target, t::kpi_flow_end(l)), l, request.target};
  page.breadcrumbs = {{std::string(t::kpi_flows(l)), asked.view.list_url() + asked.view.period()},
                      {procedure_title(context, asked.view.asked, procedure), asked.view.flow_url(procedure) + asked.view.period()}};
  page.lead = t::kpi_flow_cases_lead(l);
  page.json = page.csv = true;
  asked.table.empty_text = t::kpi_flow_none(l);
  AskedFlow now = asked.view;
  now.asked.view.as_of.reset();
  page.main = web::Html()
                  .markup(as_of_notice(asked.view.asked, cases_url(now, procedure, asked.source, asked.target)))
                  .markup(web::table(asked.table, request.target, l))
                  .take();
  return answer(context, request, page);
}

Result<Response> cases_data(const RouteContext& context, Request& request, bool) {
  return web::respond_json(TRY(read_cases(context, request)).table);
}

Result<Response> cases_csv(const RouteContext& context, Request& request, bool) {
  return web::respond_csv(TRY(read_cases(context, request)).table, request, "cases.csv");
}

Result<Response> xes_export(const RouteContext& context, Request& request, bool) {
  AskedFlow view = TRY(read_asked_flow(context, request, true));
  const std::string& procedure = view.query.procedure;
  const std::string after(request.query.get("after", ""));
  web::Language l = request.language;
  XesLog log{view.asked.urls.org,
             web::pick(context.site(request, view.asked.urls.org).organisation, l),
             procedure,
             procedure_title(context, view.asked, procedure),
             [&](std::string_view step) { return step_title(context, procedure, step, l); },
             [&](std::string_view step) {
               auto words = context.step_words ? context.step_words(procedure, step) : std::nullopt;
               return words ? words->post : std::string();
             }};
  XesWriter writer(log, crypto::random_bytes(32));
  bool any = false, full = false;
  std::string last;
  TRY(Traces(*view.asked.database).each(view.query, true, [&](const Trace& trace) -> Result<void> {
    any = true;
    if (full || trace.stream <= after) return {};
    full = !writer.add(trace);
    if (!full) last = trace.stream;
    return {};
  }));
  if (!any && !view.query.from && !view.query.until) return unknown_procedure();
  Response response = http::bytes(std::move(writer).take(), kXesType);
  response.header("Content-Disposition", "attachment; filename=\"process.xes\"").cache("private, no-store");
  if (full) {
    std::string period = view.period();
    response.header("Link", "<" + view.flow_url(procedure) + ".xes" + (period.empty() ? "?" : period + "&") +
                                "after=" + percent_encoded(last) + ">; rel=\"next\"");
  }
  return response;
}

}  // namespace musubi::kpi
