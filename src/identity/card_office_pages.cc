// The linker's office: its cards, their states, the code that opens a locked one.

#include "identity/page_parts.h"
#include "web/messages/identity.h"
#include "web/table.h"

namespace musubi::identity {

namespace t = web::messages;

namespace {

Error no_linker() {
  return {Code::kNotFound,
          "identity.not_a_linker",
          {"この組織はカードを交付していません。musubi card issue で最初のカードを交付すると使えます。",
           "This organisation issues no cards. The first `musubi card issue` begins it."},
          {}};
}

Error no_such_card() {
  return {
      Code::kNotFound,
      "identity.no_such_card",
      {"このカード番号は登録されていません。一覧から選んでください。", "There is no card of that number. Choose one from the list."},
      {}};
}

Result<Linker> linker_of(const Ask& ask) {
  if (!ask.context.cards.linker) return no_linker();
  auto linker = TRY(ask.context.cards.linker(ask.organisation));
  if (!linker) return no_linker();
  return std::move(*linker);
}

web::Tone tone_of(CardState state) {
  if (state == CardState::kActive) return web::Tone::kSuccess;
  return state == CardState::kSuspended ? web::Tone::kWarning : web::Tone::kPlain;
}

web::TableShape shape_of(const Ask& ask) {
  web::TableShape shape;
  shape.id = "cards";
  shape.caption = ask.say(t::identity_cards);
  shape.columns = {{"card", ask.say(t::card_number), web::Kind::kLink},
                   {"state", ask.say(t::identity_state), web::Kind::kTag},
                   {"ordered", ask.say(t::identity_card_ordered), web::Kind::kDate},
                   {"expires", ask.say(t::card_expires), web::Kind::kDate}};
  shape.search = true;
  return shape;
}

std::string day_of(Time time) { return text::iso_date(text::jst_date(time)); }

Result<web::Table> cards_table(const Ask& ask) {
  auto linker = TRY(linker_of(ask));
  web::Table table{shape_of(ask)};
  table.query = TRY(web::read_query(table.shape, ask.request.target));
  auto cards = TRY(ask.database->read(
      [&](db::Reader& reader) { return linker.cards(reader, table.query.text, table.query.page, table.query.per_page); }));
  table.total = table.query.text.empty() ? TRY(ask.database->read([&](db::Reader& reader) { return linker.count_cards(reader); }))
                                         : cards.size();
  for (const auto& card : cards)
    table.rows.push_back({{card.id, {}, ask.at("/office/cards/" + card.id)},
                          {std::string(card_state_word(card.state)),
                           web::pick(card_state_title(card.state), ask.request.language),
                           {},
                           tone_of(card.state)},
                          {day_of(card.ordered_at)},
                          {day_of(card.expires_at)}});
  table.empty_text = ask.say(t::identity_no_cards);
  return table;
}

Result<http::Response> list(const Ask& ask) {
  auto table = TRY(cards_table(ask));
  auto out = page(ask, ask.say(t::identity_cards));
  out.breadcrumbs = {{ask.say(t::identity_office), ask.at("/office")}};
  out.lead = ask.say(t::identity_cards_lead);
  out.main = web::table(table, ask.request.target, ask.request.language);
  out.json = out.csv = true;
  return respond(ask, out);
}

struct Found {
  Linker linker;
  Card card;
};

Result<Found> card_in_path(const Ask& ask) {
  auto linker = TRY(linker_of(ask));
  auto card = TRY(ask.database->read([&](db::Reader& reader) { return linker.card(reader, ask.request.parameter("card")); }));
  if (!card) return no_such_card();
  return Found{std::move(linker), std::move(*card)};
}

web::Form state_form(const Ask& ask, const Card& card) {
  web::Form form;
  form.action = ask.at("/office/cards/" + card.id);
  form.csrf = csrf_token(ask.request);
  form.submit = ask.say(t::identity_change);
  web::Field state{web::Input::kRadios, "state", ask.say(t::identity_state)};
  for (auto each : {CardState::kActive, CardState::kSuspended, CardState::kLost, CardState::kReturned, CardState::kRevoked})
    state.options.push_back({std::string(card_state_word(each)), web::pick(card_state_title(each), ask.request.language)});
  state.values = {std::string(card_state_word(card.state))};
  form.fields.push_back(std::move(state));
  return form;
}

Result<http::Response> card_page(const Ask& ask, const Found& found, const std::string& unlock_code) {
  const auto language = ask.request.language;
  const Card& card = found.card;
  auto out = page(ask, card.id);
  out.target = ask.at("/office/cards/" + card.id);
  out.breadcrumbs = {{ask.say(t::identity_office), ask.at("/office")}, {ask.say(t::identity_cards), ask.at("/office/cards")}};
  std::vector<web::SummaryRow> rows = {
      {ask.say(t::identity_state), web::tag(web::pick(card_state_title(card.state), language), tone_of(card.state))},
      {ask.say(t::identity_card_ordered), web::time_element(card.ordered_at, language)},
      {ask.say(t::card_expires), web::time_element(card.expires_at, language)}};
  if (!unlock_code.empty()) rows.push_back({ask.say(t::identity_card_unlock_code), web::escaped(unlock_code)});
  web::Form unlock;
  unlock.action = ask.at("/office/cards/" + card.id + "/unlock");
  unlock.csrf = csrf_token(ask.request);
  unlock.submit = ask.say(t::identity_card_show_unlock);
  web::Html main;
  main.markup(web::summary_list(rows, language)).markup(web::form(state_form(ask, card), language));
  main.raw("<h2>")
      .text(ask.say(t::card_locked_help))
      .raw("</h2>")
      .markup(web::paragraph(ask.say(t::identity_card_unlock_help)))
      .markup(web::form(unlock, language));
  out.main = main.take();
  return respond(ask, out);
}

Result<http::Response> show(const Ask& ask) { return card_page(ask, TRY(card_in_path(ask)), ""); }

Result<http::Response> change(const Ask& ask) {
  auto found = TRY(card_in_path(ask));
  auto posted = TRY(ask.request.form());
  auto state = card_state_from(posted.get("state", "")).value_or(found.card.state);
  std::string who = actor(ask.request);
  TRY(ask.database->write([&](db::Transaction& tx) { return found.linker.change_card(tx, found.card.id, state, who); }));
  return http::redirect(ask.at("/office/cards/" + found.card.id));
}

Result<http::Response> unlock(const Ask& ask) {
  auto found = TRY(card_in_path(ask));
  std::string who = actor(ask.request);  // on record before it is shown
  TRY(ask.database->write([&](db::Transaction& tx) { return found.linker.note_unlock(tx, found.card.id, who); }));
  return card_page(ask, found, found.linker.unlock_code(found.card.id));
}

}  // namespace

std::vector<http::Route> card_office_routes(const RouteContext& context) {
  using http::Access;
  using http::Method;
  auto to = [&](Answer answer) { return answers(context, answer); };
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  return {
      {Method::get, "/{org}/office/cards", Access::kAdministrator, to(list), "カードの一覧", "Cards"},
      {Method::get,
       "/{org}/office/cards.json",
       Access::kAdministrator,
       to(as_json<cards_table>),
       "カードの一覧（データ）",
       "Cards as data",
       {{}, {"application/json"}}},
      {Method::get,
       "/{org}/office/cards.csv",
       Access::kAdministrator,
       to(as_csv<cards_table>),
       "カードの一覧（CSV）",
       "Cards as CSV",
       {{}, {"text/csv"}}},
      {Method::get, "/{org}/office/cards/{card}", Access::kAdministrator, to(show), "一枚のカード", "One card"},
      {Method::post,
       "/{org}/office/cards/{card}",
       Access::kAdministrator,
       to(change),
       "カードの状態を変える",
       "Change a card's state",
       {{}, {}, form}},
      {Method::post,
       "/{org}/office/cards/{card}/unlock",
       Access::kAdministrator,
       to(unlock),
       "解除番号を表示する",
       "Show a card's unlock code",
       {{}, {}, form, {}, {}, {}, {200}}},
  };
}

}  // namespace musubi::identity
