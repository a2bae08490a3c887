// What is due when and of whom, what is overdue, and what an officer's start page says of it.
#include "kpi/follow_up_office.h"

#include <algorithm>
#include <map>
#include <set>

#include "kpi/follow_up_view.h"
#include "kpi/pages.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pages.h"
#include "text/normalise.h"
#include "web/messages/follow_up.h"
#include "web/messages/kpi.h"
#include "web/respond.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using http::Request;
using http::Response;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

constexpr int kAhead = 366;  // days of the calendar to come

struct DueAsked {
  Asked asked;
  std::vector<Item> items;  // of the view, before filters
  std::vector<PostWords> posts;
  std::vector<std::string> mine;
  std::vector<PlanSummary> plans;
  text::Date today;
  std::set<std::string> leading;  // plans whose measures without an owner are theirs to enter

  bool enters(const Item& item) const {
    return item.post.empty() ? leading.contains(item.plan) : std::find(mine.begin(), mine.end(), item.post) != mine.end();
  }
};

std::string month_of(const Item& item) { return text::iso_date(item.due).substr(0, 7); }

Result<std::set<std::string>> led_plans(const DueAsked& d, const FollowUpOfficer& officer) {
  std::map<std::string, bool> asked;
  for (const auto& item : d.items) {
    if (!item.post.empty()) continue;
    auto [one, fresh] = asked.emplace(item.plan, false);
    if (fresh) one->second = leads(TRY(FollowUps(*d.asked.database).state(item.plan, View{.drafts = true})), officer);
  }
  std::set<std::string> out;
  for (const auto& [plan, leading] : asked)
    if (leading) out.insert(plan);
  return out;
}

Result<DueAsked> due_asked(const RouteContext& context, Request& request, Due due) {
  Asked asked = TRY(read_asked(context, request, true));
  auto posts = TRY(all_posts(context, request));
  const auto officer = TRY(officer_of(context, request));
  DueAsked out{std::move(asked), {}, std::move(posts), officer.posts, {}, text::jst_date(context.clock.now()), {}};
  out.items = TRY(FollowUps(*out.asked.database).items(context.clock.now(), days_after(out.today, kAhead)));
  out.plans = TRY(out.asked.plans().list(View{}));
  out.leading = TRY(led_plans(out, officer));
  auto is_mine = [&](const Item& item) { return std::find(out.mine.begin(), out.mine.end(), item.post) != out.mine.end(); };
  if (due == Due::kMine)
    std::erase_if(out.items, [&](const Item& item) {
      return !is_mine(item) || item.state == ItemState::kSignedOff || item.state == ItemState::kNotBegun;
    });
  if (due == Due::kOverdue) std::erase_if(out.items, [](const Item& item) { return !item.overdue; });
  return out;
}

web::TableShape due_shape(const DueAsked& d, Language l) {
  web::TableShape shape{"due",
                        str(t::follow_items(l)),
                        {{"due", str(t::follow_due(l)), Kind::kDate, true},
                         {"measure", str(t::kpi_measure(l)), Kind::kLink},
                         {"plan", str(t::kpi_plan(l)), Kind::kText},
                         {"period", str(t::follow_period(l)), Kind::kText, true},
                         {"post", str(t::follow_owner(l)), Kind::kText, true},
                         {"state", str(t::follow_state(l)), Kind::kTag, true},
                         {"status", str(t::follow_status(l)), Kind::kTag, true}}};
  web::Filter month{"month", str(t::follow_month(l)), {}}, post{"post", str(t::follow_owner(l)), {}},
      state{"state", str(t::follow_state(l)), {}}, plan{"plan", str(t::kpi_plan(l)), {}};
  std::map<std::string, bool> months;
  for (const auto& item : d.items) months[month_of(item)] = true;
  for (const auto& [id, one] : months) month.choices.push_back({id, id});
  post.choices.push_back({"none", str(t::follow_nobody(l))});
  for (const auto& one : d.posts) post.choices.push_back({one.id, web::pick(one.title, l)});
  for (std::size_t i = 0; i < kItemStates.size(); ++i)
    state.choices.push_back({str(kItemStates[i]), str(item_state_title(ItemState(i), l))});
  state.choices.push_back({"overdue", str(t::follow_overdue(l))});
  for (const auto& one : d.plans) plan.choices.push_back({one.header.id, web::pick(one.header.title, l)});
  shape.filters = {std::move(month), std::move(post), std::move(state), std::move(plan)};
  shape.search = true;
  return shape;
}

Result<web::Table> due_table(const DueAsked& d, const Request& request) {
  Language l = d.asked.language;
  auto shape = due_shape(d, l);
  auto query = TRY(web::read_query(shape, request.target));
  auto wanted = [&](const char* name, const std::string& value) {
    auto found = query.filters.find(name);
    return found == query.filters.end() || found->second == value;
  };
  FollowUpUrls urls{d.asked.urls};
  std::vector<web::Row> rows;
  for (const auto& item : d.items) {
    std::string state = item.overdue ? "overdue" : str(word_of(kItemStates, item.state));
    if (!wanted("month", month_of(item)) || !wanted("post", item.post.empty() ? "none" : item.post) || !wanted("plan", item.plan) ||
        !(wanted("state", state) || wanted("state", str(word_of(kItemStates, item.state)))))
      continue;
    std::string plan = item.plan;
    for (const auto& one : d.plans)
      if (one.header.id == item.plan) plan = web::pick(one.header.title, l);
    const bool enters = d.enters(item) && (item.state == ItemState::kOpen || item.state == ItemState::kReturned);
    FollowUpKey key{item.number, item.period};
    rows.push_back(
        {{text::iso_date(item.due)},
         {item.number, item.number + " " + web::pick(item.title, l),
          enters ? urls.entry(item.plan, key) + "/edit"
                 : urls.measure(item.plan, item.number) + (item.state == ItemState::kNotBegun ? "" : "#p-" + period_id(item.period))},
         {item.plan, plan},
         {period_id(item.period), web::pick(period_title(item.period), l)},
         {item.post, post_title(d.posts, item.post, l)},
         {state,
          (item.overdue ? str(t::follow_overdue(l)) + (l == Language::ja ? "・" : ", ") : "") + str(item_state_title(item.state, l)),
          "", item.overdue ? Tone::kError : item_state_tone(item.state)},
         light_cell(item.light, l)});
  }
  auto asked = query;
  for (const char* name : {"month", "post", "state", "plan"}) query.filters.erase(name);
  web::Table table = web::arrange(std::move(shape), std::move(query), std::move(rows));
  table.query.filters = asked.filters;
  return table;
}

struct Sum {
  std::int64_t all = 0, open = 0, entered = 0, settled = 0, overdue = 0;
  void add(const Item& item) {
    ++all;
    settled += item.state == ItemState::kSignedOff;
    entered += item.state == ItemState::kEntered;
    open += item.state == ItemState::kOpen || item.state == ItemState::kReturned;
    overdue += item.overdue;
  }
};

web::Table sums_of(std::string id, std::string_view caption, std::string_view title,
                   const std::vector<std::tuple<std::string, std::string, std::string>>& lines, std::map<std::string, Sum>& sums,
                   Language l) {
  web::Table table = plain_table(std::move(id), caption,
                                 {{"what", str(title), Kind::kLink},
                                  {"all", str(t::follow_items(l)), Kind::kNumber},
                                  {"open", str(t::follow_state_open(l)), Kind::kNumber},
                                  {"entered", str(t::follow_state_entered(l)), Kind::kNumber},
                                  {"settled", str(t::follow_state_signed_off(l)), Kind::kNumber},
                                  {"overdue", str(t::follow_overdue(l)), Kind::kNumber}});
  for (const auto& [key, words, href] : lines) {
    const Sum& sum = sums[key];
    if (sum.all && table.rows.size() < web::kMaxPerPage)
      table.rows.push_back({{key, words, href},
                            {std::to_string(sum.all)},
                            {std::to_string(sum.open)},
                            {std::to_string(sum.entered)},
                            {std::to_string(sum.settled)},
                            {std::to_string(sum.overdue), "", sum.overdue ? href + "&state=overdue" : ""}});
  }
  table.total = table.rows.size();
  return table;
}

Markup calendar(const DueAsked& d, const std::string& target) {
  Language l = d.asked.language;
  std::map<std::string, Sum> months, posts;
  for (const auto& item : d.items) {
    months[month_of(item)].add(item);
    posts[item.post].add(item);
  }
  std::string self = FollowUpUrls{d.asked.urls}.desk();
  std::vector<std::tuple<std::string, std::string, std::string>> by_month, by_post;
  for (const auto& [id, sum] : months) by_month.emplace_back(id, id, self + "?month=" + id);
  for (const auto& [id, sum] : posts)
    by_post.emplace_back(id, post_title(d.posts, id, l), self + "?post=" + (id.empty() ? "none" : id));
  return Html()
      .markup(web::table(sums_of("months", t::follow_by_month(l), t::follow_month(l), by_month, months, l), target, l))
      .markup(web::table(sums_of("posts", t::follow_by_post(l), t::follow_owner(l), by_post, posts, l), target, l))
      .take();
}

// Where nothing is due within the year: where to begin, and what has a schedule that begins later.
Result<Markup> nothing_due(const DueAsked& d) {
  Language l = d.asked.language;
  Html links;
  bool any = false;
  if (d.plans.empty()) links.raw("<p>").markup(web::link(t::kpi_office(l), "/" + d.asked.urls.org + "/office/plans")).raw("</p>\n");
  for (const auto& plan : d.plans) {
    auto state = TRY(FollowUps(*d.asked.database).state(plan.header.id, View{.drafts = true}));
    if (state.schedule) {
      any = true;
      links.raw("<p>")
          .markup(web::link(web::pick(plan.header.title, l), FollowUpUrls{d.asked.urls}.plan(plan.header.id)))
          .text(" · " + str(t::follow_from(l)) + (l == Language::ja ? "：" : " "))
          .markup(web::date_element(state.schedule->from, l))
          .raw("</p>\n");
      continue;
    }
    std::string title = t::follow_begin(l, {web::pick(plan.header.title, l)});
    links.raw("<p>").markup(web::link(title, FollowUpUrls{d.asked.urls}.plan(plan.header.id) + "/schedule")).raw("</p>\n");
  }
  return web::notice(any ? t::follow_later(l) : t::follow_not_begun(l), links.take(), Tone::kInfo);
}

}  // namespace

Result<Response> due_page(const RouteContext& context, Request& request, Due due) {
  DueAsked d = TRY(due_asked(context, request, due));
  Language l = d.asked.language;
  std::string self = FollowUpUrls{d.asked.urls}.desk();
  web::Table table = TRY(due_table(d, request));
  web::Page page{str(due == Due::kAll    ? t::follow_desk(l)
                     : due == Due::kMine ? t::follow_mine(l)
                                         : t::follow_overdue_list(l)),
                 l, request.target};
  page.lead = due == Due::kAll ? t::follow_desk_lead(l) : due == Due::kMine ? t::follow_mine_lead(l) : t::follow_overdue_lead(l);
  if (due != Due::kAll) page.breadcrumbs = {{str(t::follow_desk(l)), self}};
  page.json = page.csv = true;
  table.empty_text = due == Due::kOverdue ? t::follow_nothing_overdue(l) : t::follow_nothing_due(l);
  Html main;
  if (due == Due::kAll) {
    main.markup(TRY(follow_up_notices(*d.asked.database, d.mine, l)));
    main.raw("<p>")
        .markup(web::link(t::follow_mine(l), self + "/mine"))
        .raw(" · ")
        .markup(web::link(t::follow_overdue_list(l), self + "/overdue"));
    for (const auto& plan : d.plans)
      main.raw(" · ").markup(web::link(web::pick(plan.header.title, l), FollowUpUrls{d.asked.urls}.plan(plan.header.id)));
    main.raw("</p>\n");
    if (d.items.empty()) {
      page.main = main.markup(TRY(nothing_due(d))).take();
      return answer(context, request, page);
    }
    main.markup(calendar(d, request.target));
  }
  page.main = main.markup(web::table(table, request.target, l)).take();
  return answer(context, request, page);
}

Result<Response> due_data(const RouteContext& context, Request& request, Due due) {
  return web::respond_json(TRY(due_table(TRY(due_asked(context, request, due)), request))).cache("no-store");
}

Result<Response> due_table_data(const RouteContext& context, Request& request, Due due) {
  return web::respond_csv(TRY(due_table(TRY(due_asked(context, request, due)), request)), request, "follow-up.csv").cache("no-store");
}

Result<Markup> follow_up_notices(db::Database& database, const std::vector<std::string>& posts, Language l) {
  if (posts.empty()) return Markup{};
  auto all = TRY(FollowUps(database).reminders(posts));
  if (all.empty()) return Markup{};
  Html list;
  std::string desk = "/" + database.organisation() + "/office/follow-up/mine";
  bool late = false;
  list.raw("<ul>\n");
  for (const auto& one : all) {
    bool overdue = one.stage.starts_with("overdue");
    late = late || overdue;
    list.raw("<li>")
        .markup(web::tag(overdue ? t::follow_overdue(l) : t::follow_due_soon(l), overdue ? Tone::kError : Tone::kWarning))
        .raw(" ")
        .text(t::follow_reminder(l, {.n = std::int64_t(one.numbers.size()), .period = web::pick(period_title(one.period), l)}))
        .raw(" ")
        .markup(web::time_element(one.at, l))
        .raw("</li>\n");
  }
  list.raw("</ul>\n<p>").markup(web::link(t::follow_mine(l), desk)).raw("</p>\n");
  return web::notice(t::follow_reminders(l), list.take(), late ? Tone::kError : Tone::kWarning);
}

}  // namespace musubi::kpi
