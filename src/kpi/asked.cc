#include "kpi/asked.h"

#include "kpi/list_query.h"
#include "web/messages/kpi.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Kind;

Order order_of(std::string_view column) {
  if (column == "field") return Order::kField;
  if (column == "progress") return Order::kProgress;
  if (column == "effect") return Order::kEffect;
  if (column == "target") return Order::kTarget;
  if (column == "record") return Order::kRecord;
  return Order::kNumber;
}

PlanQuery plan_query(const web::TableQuery& table) {
  PlanQuery query;
  for (const auto& [name, value] : table.filters) {
    if (name == "field") query.fields = {value};
    if (name == "section") query.sections = {value};
    if (name != "status") continue;
    for (Status status : kStatuses)
      if (name_of(status) == value) query.statuses = {status};
  }
  query.text = table.text;
  query.order = order_of(table.sort);
  query.descending = table.descending;
  query.limit = table.per_page;
  query.offset = std::size_t(table.page - 1) * table.per_page;
  return query;
}

}  // namespace

std::string status_title(Status status, web::Language l) {
  switch (status) {
    case Status::kKpiNotSet: return std::string(t::kpi_status_kpi_not_set(l));
    case Status::kProgressNotSet: return std::string(t::kpi_status_progress_not_set(l));
    case Status::kEffectNotSet: return std::string(t::kpi_status_effect_not_set(l));
    case Status::kKpiNone: return std::string(t::kpi_status_kpi_none(l));
    case Status::kKpiSet: return std::string(t::kpi_status_kpi_set(l));
    case Status::kTarget: return std::string(t::kpi_status_target(l));
    case Status::kNoTarget: return std::string(t::kpi_status_no_target(l));
    case Status::kDraft: break;
  }
  return std::string(t::kpi_status_draft(l));
}

std::string_view kpi_title(KpiStatus status, web::Language l) {
  switch (status) {
    case KpiStatus::kSet: return t::kpi_set(l);
    case KpiStatus::kNotSet: return t::kpi_unset(l);
    case KpiStatus::kNone: break;
  }
  return t::kpi_none(l);
}

Result<Asked> read_asked(const RouteContext& context, const http::Request& request, bool office) {
  TRY(read_day(request));
  return read_list_asked(context, request, office);
}

Result<void> may_count_past(bool office, std::uint64_t records) {
  if (office || records <= kPastRecordsAtMost) return {};
  return Error{Code::kMalformed,
               "plan.bad_as_of",
               {"この日までの記録が多いため、過去の値をここでは計算しません。担当者の画面では計算できます。",
                "There are too many records up to that day to count them here. Officers can, on their pages."},
               {{"as_of", {"もっと前の日を指定するか、as_of を除いてください。", "Ask for an earlier day, or leave as_of out."}}}};
}

http::Parameter as_of_parameter() {
  return {"as_of", "string", "この日の終わり（日本時間）の時点。例: 2019-06-14",
          "as known at the end of this day, Japan time; 2019-06-14"};
}

web::TableShape plan_shape(const PlanHeader& header, bool office, web::Language l) {
  web::TableShape shape;
  shape.id = "measures";
  shape.caption = t::kpi_measures(l);
  auto column = [&](const char* id, std::string_view title, Kind kind, bool sortable) {
    shape.columns.push_back({id, std::string(title), kind, sortable});
  };
  column("number", t::kpi_measure(l), Kind::kLink, true);
  if (office) column("state", t::kpi_state(l), Kind::kTag, false);
  column("field", t::kpi_field(l), Kind::kText, true);
  column("progress", t::kpi_progress(l), Kind::kTag, true);
  column("effect", t::kpi_effect(l), Kind::kTag, true);
  column("target", t::kpi_target(l), Kind::kText, true);
  column("record", t::kpi_record(l), Kind::kLink, true);
  column("receipt", t::kpi_receipt(l), Kind::kLink, false);
  web::Filter field{"field", std::string(t::kpi_field(l)), {}}, section{"section", std::string(t::kpi_section(l)), {}},
      status{"status", std::string(t::kpi_status(l)), {}};
  for (const auto& one : header.fields) field.choices.push_back({one.id, web::pick(one.title, l)});
  for (const auto& one : header.sections) section.choices.push_back({one.id, one.id + " " + web::pick(one.title, l)});
  for (Status one : kStatuses)
    if (office || one != Status::kDraft) status.choices.push_back({std::string(name_of(one)), status_title(one, l)});
  shape.filters = {std::move(field), std::move(section), std::move(status), {"as_of", std::string(t::kpi_as_of(l)), {}}};
  shape.search = true;
  shape.default_sort = "number";
  return shape;
}

Result<AskedPlan> read_plan_page(const RouteContext& context, const http::Request& request, bool office, bool everything) {
  AskedPlan out;
  out.asked = TRY(read_list_asked(context, request, office));
  auto make = [&](const PlanHeader& header) -> Result<PlanQuery> {
    out.shape = plan_shape(header, office, request.language);
    out.query = TRY(table_query(request, out.shape));
    PlanQuery query = plan_query(out.query);
    if (everything && !request.query.has("page") && !request.query.has("per_page")) query.limit = query.offset = 0;
    return query;
  };
  out.page = TRY(out.asked.plans().find(request.parameter("plan"), out.asked.view, Plans::MakeQuery(make)));
  return out;
}

}  // namespace musubi::kpi
