#include "kpi/taken_view.h"

#include "kpi/indicator_view.h"
#include "kpi/rules.h"
#include "kpi/sheet_pages.h"
#include "web/messages/kpi.h"
#include "web/messages/taken.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Kind;
using web::Language;
using web::Markup;

std::string str(std::string_view text) { return std::string(text); }

std::string records_url(const std::string& org, const Origin& origin) {
  return "/" + org + "/office/kpi/" + origin.indicator + "/records?year=" + origin.period.substr(0, 4);
}

}  // namespace

std::string indicator_url(const std::string& org, const Origin& origin, bool office) {
  return office ? records_url(org, origin) : "/" + org + "/kpi/" + origin.indicator;
}

std::string take_words(const Offer& offer, Language l) {
  return t::taken_take(l, {offer.figure.n, words_of(offer.indicator, offer.figure, l)});
}

web::Field take_field(const Offer& offer, web::Field box, Language l) {
  box.options = {{number_text(offer.number), take_words(offer, l)}};
  return box;
}

bool still_offered(const std::optional<Offer>& offer, const std::string& ticked) {
  return offer && offer->figure.value && number_text(offer->number) == ticked;
}

Text moved_meanwhile() {
  return {"計算した値が、この画面を開いた後に変わりました。今の値を見て、もう一度選んでください。",
          "The computed figure moved after this page was opened. Look at the present one and choose again."};
}

Text reason_needed() {
  return {"計算した値があります。それを使うか、使わない理由を日本語と英語で書いてください。",
          "There is a computed figure. Take it, or say in Japanese and English why it is not used."};
}

Markup offers_markup(const std::vector<Offer>& offers, const std::string& org, const std::string& target, Language l) {
  if (offers.empty()) return {};
  web::Table table = plain_table("offers", t::taken_offers(l),
                                 {{"indicator", str(t::kpi_indicator(l)), Kind::kLink},
                                  {"period", str(t::taken_period(l))},
                                  {"value", str(t::kpi_value(l))},
                                  {"n", str(t::kpi_stands_on(l)), Kind::kNumber},
                                  {"records", str(t::taken_log(l)), Kind::kNumber},
                                  {"behind", str(t::taken_behind(l)), Kind::kLink}});
  for (const auto& one : offers) {
    if (table.rows.size() == web::kMaxPerPage) break;
    auto period = period_from(one.origin.period);
    table.rows.push_back({{one.indicator.id, web::pick(one.indicator.title, l), "/" + org + "/office/kpi/" + one.indicator.id},
                          {one.origin.period, period ? web::pick(period_title(*period), l) : ""},
                          {words_of(one.indicator, one.figure, l)},
                          count_cell(one.figure, l),
                          {std::to_string(one.origin.records)},
                          {one.origin.period, str(t::taken_behind(l)), records_url(org, one.origin)}});
  }
  table.total = table.rows.size();
  return Html()
      .raw("<h2>")
      .text(t::taken_offers(l))
      .raw("</h2>\n")
      .markup(web::paragraph(t::taken_offers_lead(l)))
      .markup(web::table(table, target, l))
      .take();
}

Markup taken_markup(const std::vector<TakenRow>& rows, const std::string& org, bool office, const std::string& target, Language l) {
  if (rows.empty()) return {};
  web::Table table = plain_table("computed", t::taken_origin(l),
                                 {{"of", str(t::taken_period(l))},
                                  {"value", str(t::kpi_value(l))},
                                  {"origin", str(t::taken_by(l)), Kind::kLink},
                                  {"records", str(t::taken_log(l)), Kind::kNumber},
                                  {"at", str(t::kpi_computed_at(l))},
                                  {"definition", str(t::taken_definition(l))},
                                  {"reason", str(t::taken_why(l))}});
  for (const auto& row : rows) {
    if (table.rows.size() == web::kMaxPerPage) break;
    web::Row cells = {{row.what}, {row.value}};
    if (const auto& origin = row.origin)
      cells.insert(cells.end(), {{origin->indicator, origin->indicator + " · " + t::taken_mark(l, {origin->n}),
                                  indicator_url(org, *origin, office)},
                                 {std::to_string(origin->records)},
                                 {origin->at.rfc3339()},
                                 {origin->definition}});
    else
      cells.insert(cells.end(), 4, web::Cell{});
    cells.push_back({row.typed_reason ? web::pick(*row.typed_reason, l) : ""});
    table.rows.push_back(std::move(cells));
  }
  table.total = table.rows.size();
  return Html().raw("<h2>").text(t::taken_origin(l)).raw("</h2>\n").markup(web::table(table, target, l)).take();
}

}  // namespace musubi::kpi
