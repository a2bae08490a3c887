// The officers' queue: views with their counts, filter, search, and claiming several at once.
#include "identity/search.h"
#include "records/pages.h"
#include "records/rules.h"
#include "records/work.h"
#include "text/normalise.h"
#include "web/form.h"
#include "web/messages/records.h"
#include "web/respond.h"

namespace musubi::records {
namespace {

namespace t = web::messages;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

web::TableShape queue_shape(QueueView view, bool names, const std::vector<Procedure>& procedures, Language l) {
  web::TableShape shape{
      "cases",
      view_title(view, l),
      {{"number", str(t::records_number(l)), Kind::kLink, true}, {"title", str(t::records_procedure(l)), Kind::kText}}};
  if (names) shape.columns.push_back({"applicant", str(t::records_applicant(l)), Kind::kText});
  shape.columns.push_back({"state", str(t::records_state(l)), Kind::kTag});
  shape.columns.push_back({"step", str(t::records_step(l)), Kind::kText});
  shape.columns.push_back({"officer", str(t::records_officer(l)), Kind::kText});
  shape.columns.push_back({"filed", str(t::records_filed(l)), Kind::kDate});
  if (view == QueueView::kClosed)
    shape.columns.push_back({"closed", str(t::records_closed_on(l)), Kind::kDate, true});
  else
    shape.columns.push_back({"due", str(t::records_due(l)), Kind::kDate, true});
  if (view != QueueView::kClosed) shape.columns.push_back({"late", str(t::records_late(l)), Kind::kTag});
  web::Filter filter{"procedure", str(t::records_procedure(l))};
  for (const auto& procedure : procedures) filter.choices.push_back({procedure.id, web::pick(procedure.title, l)});
  if (!filter.choices.empty()) shape.filters.push_back(std::move(filter));
  shape.search = shape.posted = true;
  shape.default_sort = view == QueueView::kClosed ? "-closed" : "due";
  return shape;
}

std::string day(std::optional<Time> time) { return time ? text::iso_date(text::jst_date(*time)) : std::string(); }

web::Row row_of(const Line& line, QueueView view, bool names, const std::string& officer, const Asked& asked) {
  Language l = asked.language;
  web::Row row = {{line.id, web::pick(number_text(line.number), l), asked.case_at(line.id)}, {web::pick(line.title, l)}};
  if (names) row.push_back({line.name.value_or("")});
  row.push_back({str(state_word(line.state)), web::pick(state_title(line.state), l), "", state_tone(line.state)});
  row.push_back({is_open(line.state) && line.state != State::kReturned ? web::pick(line.step, l) : ""});
  row.push_back({line.officer, officer});
  row.push_back({day(line.filed_at)});
  row.push_back({view == QueueView::kClosed ? day(line.closed_at) : day(line.due_at)});
  if (view != QueueView::kClosed)
    row.push_back({line.overdue ? "overdue" : "", line.overdue ? str(t::records_overdue(l)) : "", "", Tone::kWarning});
  return row;
}

Result<QueueView> view_asked(const http::Request& request) {
  std::string_view word = request.query.get("view", "");
  if (word.empty()) return QueueView::kMine;
  if (auto view = view_from(word)) return *view;
  return Error{Code::kInvalid,
               "records.bad_view",
               {"この一覧はありません。mine、unclaimed、team、overdue、open、closed から選んでください。",
                "There is no such view. Choose mine, unclaimed, team, overdue, open or closed."},
               {{"view", {"一覧の名前が違います。", "No such view."}}}};
}

Markup views_of(const AskedQueue& queue) {
  Language l = queue.asked.language;
  std::string self = queue.asked.at("/office/cases?view=");
  const web::Figure shown[] = {{std::int64_t(queue.counts.mine), view_title(QueueView::kMine, l), self + "mine"},
                               {std::int64_t(queue.counts.unclaimed), view_title(QueueView::kUnclaimed, l), self + "unclaimed"},
                               {std::int64_t(queue.counts.team), view_title(QueueView::kTeam, l), self + "team"},
                               {std::int64_t(queue.counts.overdue), view_title(QueueView::kOverdue, l), self + "overdue"}};
  Html html;
  html.markup(web::figures(shown))
      .raw("<p class=\"actions\">")
      .markup(web::link(view_title(QueueView::kOpen, l), self + "open"))
      .raw(" ")
      .markup(web::link(view_title(QueueView::kClosed, l), self + "closed"))
      .raw("</p>\n");
  return html.take();
}

// Those of the page that the officer may claim, to tick.
Markup claim_form(const RouteContext& context, const http::Request& request, const AskedQueue& queue) {
  Language l = queue.asked.language;
  web::Field field{web::Input::kCheckboxes, "case", str(t::records_claim_several(l)), str(t::records_claim_hint(l))};
  for (const auto& line : queue.page.lines)
    if (is_open(line.state) && line.officer.empty() && line.state != State::kReturned && holds(queue.query.posts, line.post))
      field.options.push_back(
          {line.id + ":" + std::to_string(line.version), web::pick(number_text(line.number), l) + " " + web::pick(line.title, l)});
  if (field.options.empty()) return {};
  web::Form form{
      queue.asked.at("/office/cases/claim"), {std::move(field)}, str(t::records_claim_selected(l)), context.csrf_token(request)};
  return web::details(t::records_claim_several(l), web::form(form, l));
}

}  // namespace

std::string view_title(QueueView view, Language l) {
  switch (view) {
    case QueueView::kMine: return str(t::records_view_mine(l));
    case QueueView::kUnclaimed: return str(t::records_view_unclaimed(l));
    case QueueView::kTeam: return str(t::records_view_team(l));
    case QueueView::kOverdue: return str(t::records_view_overdue(l));
    case QueueView::kOpen: return str(t::records_view_open(l));
    case QueueView::kClosed: break;
  }
  return str(t::records_view_closed(l));
}

Tone state_tone(State state) {
  switch (state) {
    case State::kReceived:
    case State::kReview: return Tone::kInfo;
    case State::kReturned: return Tone::kWarning;
    case State::kGranted: return Tone::kSuccess;
    case State::kRefused: return Tone::kError;
    case State::kWithdrawn: break;
  }
  return Tone::kPlain;
}

Markup state_tag(State state, Language l) { return web::tag(web::pick(state_title(state), l), state_tone(state)); }

Result<AskedQueue> read_queue(const RouteContext& context, const http::Request& request, bool everything) {
  AskedQueue queue{TRY(read_asked(context, request, true)), {}, {}, {}, {}};
  const Asked& asked = queue.asked;
  QueueQuery& query = queue.query;
  query.view = TRY(view_asked(request));
  query.officer = asked.officer;
  query.now = context.clock.now();
  auto procedures = TRY(asked.database->read([](db::Reader& reader) { return queue_procedures(reader); }));
  std::string words = TRY(identity::searched_words(request, context.search_secret(request)));
  web::TableShape shape = queue_shape(query.view, !words.empty(), procedures, asked.language);
  web::TableQuery table = TRY(web::read_query(shape, request.target, words));
  query.text = table.text;
  if (auto chosen = table.filters.find("procedure"); chosen != table.filters.end()) query.procedure = chosen->second;
  query.sort = table.sort == "number" ? QueueSort::kNumber : QueueSort::kDue;
  query.descending = table.descending;
  query.page = everything ? 1 : table.page;
  query.per_page = everything ? kListAtMost : table.per_page;
  std::map<std::string, std::string> officers;
  TRY(asked.database->read([&](db::Reader& reader) -> Result<void> {
    auto reading = TRY(reading_of(reader, asked.office, asked.officer, query.now));
    query.posts = reading.held;
    query.readable = reading.posts;
    queue.page = TRY(find_queue(reader, query));
    queue.counts = TRY(count_queue(reader, query));
    for (const auto& line : queue.page.lines)
      if (auto& name = officers[line.officer]; name.empty() && !line.officer.empty() && asked.office.officer_name)
        name = TRY(asked.office.officer_name(reader, line.officer));
    return {};
  }));
  if (!query.text.empty()) {
    std::vector<std::string> ids;
    for (const auto& line : queue.page.lines) ids.push_back(line.id);
    TRY(asked.cases().record_list_read(ids, asked.officer));
  }
  queue.table = {std::move(shape), std::move(table)};
  queue.table.total = queue.page.total;
  queue.table.csrf = context.csrf_token(request);
  bool names = !query.text.empty();
  for (const auto& line : queue.page.lines) queue.table.rows.push_back(row_of(line, query.view, names, officers[line.officer], asked));
  queue.table.empty_text = t::records_queue_empty(asked.language);
  return queue;
}

namespace {

Result<http::Response> draw_queue(const RouteContext& context, http::Request& request, const Markup& above, int status) {
  AskedQueue queue = TRY(read_queue(context, request, false));
  Language l = queue.asked.language;
  web::Page page{str(t::records_queue(l)), l, request.target};
  page.breadcrumbs = {{str(t::records_office(l)), queue.asked.at("/office")}};
  page.lead = t::records_queue_lead(l);
  page.json = page.csv = true;
  Html main;
  main.markup(above).markup(views_of(queue)).raw("<h2>").text(view_title(queue.query.view, l)).raw("</h2>\n");
  if (queue.page.cut) main.markup(web::notice(t::records_search_cut(l, {std::int64_t(kHits)}), {}, Tone::kInfo));
  if (queue.query.posts.empty())
    main.markup(web::notice(t::records_no_post(l), web::paragraph(t::records_no_post_body(l)), Tone::kInfo));
  main.markup(web::table(queue.table, request.target, l)).markup(claim_form(context, request, queue));
  page.main = main.take();
  return answer(context, request, page, status);
}

}  // namespace

Result<http::Response> queue_search(const RouteContext& context, http::Request& request) {
  return identity::to_search(request, context.search_secret(request));
}

Result<http::Response> queue_page(const RouteContext& context, http::Request& request) {
  Language l = request.language;
  Html above;
  auto claimed = text::read_integer(request.query.get("claimed", "")), refused = text::read_integer(request.query.get("refused", ""));
  if (claimed && *claimed >= 0)
    above.markup(web::notice(t::records_claimed_n(l, {*claimed}),
                             refused && *refused > 0 ? web::paragraph(t::records_refused_n(l, {*refused})) : Markup{},
                             refused && *refused > 0 ? Tone::kWarning : Tone::kSuccess));
  return draw_queue(context, request, above.take(), 200);
}

Result<http::Response> claim_selected(const RouteContext& context, http::Request& request) {
  Asked asked = TRY(read_asked(context, request, true));
  http::Form posted = TRY(request.form());
  std::vector<Act> acts;
  for (std::string_view chosen : posted.all("case")) {
    auto colon = chosen.find(':');
    auto version = colon == chosen.npos ? std::nullopt : text::read_integer(chosen.substr(colon + 1));
    acts.push_back({str(chosen.substr(0, colon)), version.value_or(0), asked.officer});
  }
  auto done = TRY(asked.cases().claim_all(acts));
  return http::redirect(asked.at("/office/cases?view=mine&claimed=" + std::to_string(done.claimed.size()) +
                                 "&refused=" + std::to_string(done.refused.size())));
}

}  // namespace musubi::records
