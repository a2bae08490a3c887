#include "kpi/taken_view.h"

#include <algorithm>

#include "kpi/indicator_view.h"
#include "kpi/rules.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_words.h"
#include "text/dates.h"
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
  if (origin.reported) return kpi_path({org, office}) + "/" + origin.indicator + "?as_of=" + text::iso_date(text::jst_date(origin.at));
  return office ? records_url(org, origin) : "/" + org + "/kpi/" + origin.indicator;
}

std::string take_words(const Offer& offer, Language l) {
  if (const auto& reports = offer.origin.reported)
    return t::taken_take_reported(l, {text::iso_date(text::jst_date(offer.origin.at)), reports->organisations, reports->of,
                                      words_of(offer.indicator, offer.figure, l)});
  return t::taken_take(l, {offer.figure.n, words_of(offer.indicator, offer.figure, l)});
}

web::Field take_field(const Offer& offer, web::Field box, Language l) {
  box.options = {{number_text(offer.number), take_words(offer, l)}};
  return box;
}

bool still_offered(const std::optional<Offer>& offer, const std::string& ticked) {
  return offer && offer->figure.value && number_text(offer->number) == ticked;
}

Text why_not_offered(const Offers& offers, const Line& line, int fiscal_year) {
  if (offers.is_missing(line, fiscal_year)) return offers.missing()->message;
  return {"計算した値が、この画面を開いた後に変わりました。今の値を見て、もう一度選んでください。",
          "The computed figure moved after this page was opened. Look at the present one and choose again."};
}

bool asks_why(const Offers& offers, const Line& line, int fiscal_year, const std::optional<Offer>& offer) {
  return (offer && offer->figure.value) || offers.is_missing(line, fiscal_year);
}

Text reason_needed(bool missing) {
  if (missing)
    return {
        "この値は計算されるものですが、いま計算できません。計算できるようになるのを待つか、手で書く理由を日本語と英語で書いてください"
        "。",
        "This figure is one that is computed, and cannot be at the moment. Wait until it can, or say in Japanese and English why you "
        "type one."};
  return {"計算した値があります。それを使うか、使わない理由を日本語と英語で書いてください。",
          "There is a computed figure. Take it, or say in Japanese and English why it is not used."};
}

void read_reason(FollowUpForm& form, const std::string& name, YearValues& now, bool same, const Offers& offers, const Line& line,
                 int fiscal_year, const std::optional<Offer>& offer) {
  if (line.computed.empty()) return;
  if (form.has(name + "-why-ja"))
    now.typed_reason = now.origin ? std::nullopt : form.words(name + "-why");
  else if (!same || now.origin)
    now.typed_reason.reset();
  if (!same && now.actual && !now.origin && !now.typed_reason && asks_why(offers, line, fiscal_year, offer))
    form.faults.push_back({name + "-why-ja", reason_needed(offers.is_missing(line, fiscal_year))});
}

Markup offers_markup(const std::vector<Offer>& offers, const std::optional<Error>& missing, const std::string& org,
                     const std::string& target, Language l) {
  Html html;
  if (missing) html.markup(web::notice(t::taken_missing(l), web::paragraph(web::pick(missing->message, l)), web::Tone::kWarning));
  if (offers.empty()) return html.take();
  web::Table table = plain_table("offers", t::taken_offers(l),
                                 {{"indicator", str(t::kpi_indicator(l)), Kind::kLink},
                                  {"period", str(t::taken_period(l))},
                                  {"value", str(t::kpi_value(l))},
                                  {"n", str(t::kpi_stands_on(l)), Kind::kNumber},
                                  {"records", str(t::taken_log(l)), Kind::kNumber},
                                  {"behind", str(t::taken_behind(l)), Kind::kLink}});
  bool any_reported = false;
  for (const auto& one : offers) {
    if (table.rows.size() == web::kMaxPerPage) break;
    auto period = period_from(one.origin.period);
    const bool reported = one.origin.reported.has_value();
    any_reported = any_reported || reported;
    table.rows.push_back(
        {{one.indicator.id, web::pick(one.indicator.title, l), "/" + org + "/office/kpi/" + one.indicator.id},
         {one.origin.period, period ? web::pick(period_title(*period), l) : ""},
         {words_of(one.indicator, one.figure, l)},
         count_cell(one.figure, l),
         {std::to_string(one.origin.records)},
         {one.origin.period, reported ? origin_words(one.origin, l) : str(t::taken_behind(l)), indicator_url(org, one.origin, true)}});
  }
  table.total = table.rows.size();
  html.raw("<h2>").text(t::taken_offers(l)).raw("</h2>\n").markup(web::paragraph(t::taken_offers_lead(l)));
  if (any_reported) html.markup(web::paragraph(t::taken_reported_lead(l)));
  return html.markup(web::table(table, target, l)).take();
}

constexpr std::ptrdiff_t kReports = 6;  // the column of taken_markup() that only what others reported fills

Markup taken_markup(const std::vector<TakenRow>& rows, const std::string& org, bool office, const std::string& target, Language l) {
  if (rows.empty()) return {};
  web::Table table = plain_table("computed", t::taken_origin(l),
                                 {{"of", str(t::taken_period(l))},
                                  {"value", str(t::kpi_value(l))},
                                  {"origin", str(t::taken_by(l)), Kind::kLink},
                                  {"records", str(t::taken_log(l)), Kind::kNumber},
                                  {"at", str(t::kpi_computed_at(l)), Kind::kDate},
                                  {"definition", str(t::taken_definition(l))},
                                  {"reports", str(t::taken_reports(l))},
                                  {"reason", str(t::taken_why(l))}});
  for (const auto& row : rows) {
    if (table.rows.size() == web::kMaxPerPage) break;
    web::Row cells = {{row.what}, {row.value}};
    if (const auto& origin = row.origin)
      cells.insert(cells.end(),
                   {{origin->indicator, origin->indicator + " · " + origin_words(*origin, l), indicator_url(org, *origin, office)},
                    {std::to_string(origin->records)},
                    {text::iso_date(text::jst_date(origin->at))},
                    {origin->definition},
                    {origin->reported ? origin->reported->digest : ""}});
    else
      cells.insert(cells.end(), 5, web::Cell{});
    cells.push_back({row.typed_reason ? web::pick(*row.typed_reason, l) : ""});
    table.rows.push_back(std::move(cells));
  }
  if (std::none_of(rows.begin(), rows.end(), [](const TakenRow& row) { return row.origin && row.origin->reported; })) {
    table.shape.columns.erase(table.shape.columns.begin() + kReports);
    for (auto& cells : table.rows) cells.erase(cells.begin() + kReports);
  }
  table.total = table.rows.size();
  return Html().raw("<h2>").text(t::taken_origin(l)).raw("</h2>\n").markup(web::table(table, target, l)).take();
}

}  // namespace musubi::kpi
