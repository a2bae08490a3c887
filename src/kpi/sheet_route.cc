#include "kpi/sheet_route.h"

#include <optional>

#include "evidence/record.h"
#include "kpi/follow_up_view.h"
#include "kpi/record_ways.h"
#include "kpi/sheet_remarks.h"
#include "kpi/sheet_words.h"
#include "web/messages/sheet.h"
#include "web/messages/sheet_route.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Kind;
using web::Language;

std::string str(std::string_view text) { return std::string(text); }

std::string word(const json::object& of, std::string_view name) {
  const json::value* value = of.if_contains(name);
  return value && value->is_string() ? str(value->get_string()) : std::string();
}

ToldStep told(RouteEntry entry, const evidence::Record& record) {
  ToldStep out{std::move(entry), {}, {}};
  auto body = record.body ? parse_json(*record.body) : Result<json::value>(json::value(nullptr));
  if (!body.ok() || !body->is_object()) return out;
  out.post = word(body->get_object(), "post");
  if (const json::value* remarks = body->get_object().if_contains("remarks"); remarks && remarks->is_array())
    for (const auto& one : remarks->get_array())
      if (one.is_object()) out.answered.push_back({word(one.get_object(), "rule"), word(one.get_object(), "where")});
  return out;
}

std::string answered_words(const std::vector<ToldStep::Answered>& answered, std::optional<SheetLayout>& layout, const Sheet& sheet,
                           Language l) {
  std::string out;
  for (const auto& one : answered) {
    if (!layout) layout = layout_of(sheet);
    out += (out.empty()         ? ""
            : l == Language::ja ? "、"
                                : "; ") +
           place_words(*layout, one.where, l) + (l == Language::ja ? "：" : ": ") + rule_title(one.rule, l);
  }
  return out;
}

}  // namespace

Result<std::vector<ToldStep>> told_route(const SheetAsked& asked, const SheetState& state) {
  return asked.database->read([&](db::Reader& reader) -> Result<std::vector<ToldStep>> {
    std::vector<ToldStep> out;
    for (const auto& entry : state.route)
      if (auto record = TRY(evidence::find_record(reader, std::uint64_t(entry.record)))) out.push_back(told(entry, *record));
    return out;
  });
}

Result<web::Markup> route_markup(const RouteContext& context, const http::Request& request, const SheetAsked& asked,
                                 const SheetState& state) {
  Language l = asked.language;
  if (state.route.empty()) return web::paragraph(t::sheet_route_none(l));
  const RecordWays ways(context, request, asked.urls.org, state.publication ? state.publication->record : -1);
  const auto posts = TRY(all_posts(context, request));
  web::Table table = plain_table("route", t::sheet_route(l),
                                 {{"step", str(t::sheet_state(l)), Kind::kTag},
                                  {"actor", str(t::sheet_actor(l))},
                                  {"post", str(t::sheet_route_post(l))},
                                  {"remark", str(t::sheet_remark(l))},
                                  {"answered", str(t::sheet_route_answered(l))},
                                  {"at", str(t::sheet_at(l)), Kind::kDate},
                                  {"record", str(t::sheet_record(l)), Kind::kLink}});
  std::optional<SheetLayout> layout;
  for (const auto& one : TRY(told_route(asked, state))) {
    if (table.rows.size() == web::kMaxPerPage) break;
    std::string step = str(step_word(one.entry.step));
    table.rows.push_back(
        {{step, str(state_title(step, l)), "", one.entry.step == RouteStep::kReturned ? web::Tone::kWarning : web::Tone::kInfo},
         {one.entry.actor},
         {one.post.empty() ? "" : post_title(posts, one.post, l)},
         {one.entry.remark},
         {answered_words(one.answered, layout, state.sheet, l)},
         {text::iso_date(text::jst_date(one.entry.at))},
         ways.cell(one.entry.record)});
  }
  table.total = table.rows.size();
  return web::table(table, request.target, l);
}

json::array route_json(const std::vector<ToldStep>& route, const SheetUrls& urls) {
  json::array out;
  for (const auto& one : route) {
    json::array answered;
    for (const auto& remark : one.answered) answered.push_back(json::object{{"rule", remark.rule}, {"where", remark.where}});
    out.push_back(
        json::object{{"step", step_word(one.entry.step)},
                     {"actor", one.entry.actor},
                     {"post", one.post},
                     {"remark", one.entry.remark},
                     {"answered", std::move(answered)},
                     {"at", one.entry.at.rfc3339()},
                     {"record", one.entry.record},
                     {"links", json::object{{"record", urls.record(one.entry.record)}, {"receipt", urls.receipt(one.entry.record)}}}});
  }
  return out;
}

}  // namespace musubi::kpi
