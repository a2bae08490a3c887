// Office pages of the register of residents. Whoever looks at them leaves a record first.

#include <algorithm>

#include "identity/entry.h"
#include "identity/page_parts.h"
#include "identity/post_pages.h"
#include "identity/posts.h"
#include "identity/record_types.h"
#include "identity/residents.h"
#include "identity/search.h"
#include "text/normalise.h"
#include "web/messages/identity.h"
#include "web/table.h"
#include "web/url.h"

namespace musubi::identity {

namespace t = web::messages;

namespace {

const Text kUnknown{"（消去済み）", "(erased)"};

// Titles of the posts that may, so that whoever is refused knows whom to ask.
Result<Text> looking_posts(const Ask& ask) {
  text::Date today = text::jst_date(ask.context.clock.now());
  return ask.database->read([&](db::Reader& reader) -> Result<Text> {
    auto with = TRY(posts_with(reader, kLookDuty));
    Text out;
    for (const auto& post : TRY(posts(reader, today))) {
      if (std::find(with.begin(), with.end(), post.id) == with.end()) continue;
      out.ja += (out.ja.empty() ? "" : "、") + post.title.ja;
      out.en += (out.en.empty() ? "" : ", ") + post.title.en;
    }
    return out.ja.empty() ? Text{"なし", "none"} : out;
  });
}

// Before anything else is said: whoever may not look does not learn either who is there.
Result<void> need_look(const Ask& ask) {
  if (TRY(may_look(ask))) return {};
  Text with = TRY(looking_posts(ask));
  std::string posts_page = ask.at("/office/posts");
  return Error{
      Code::kForbidden,
      "identity.look_duty_needed",
      {"住民を探し、記載を開けるのは、「住民の記載を見る任務」か「見て、変える任務」のある職に就いている人だけです。今その任務がある職"
       "：" +
           with.ja + "。仕事に必要なときは管理者に頼んでください。管理者が「職」のページ（" + posts_page +
           "）で、職に任務を定めるか、あなたを任務のある職に就けます。案件に要る内容は、案件のページにあります。",
       "Only those who hold a post with the duty to read the register, or to read and change it, may search the residents and open "
       "their entries. Posts that have it today: " +
           with.en +
           ". If your work needs it, ask an administrator, who gives the duty to a post, or such a post to you, on the page of posts "
           "(" +
           posts_page + "). What a case needs stands on the page of the case."},
      {}};
}

}  // namespace

std::string name_of(const Ask& ask, const Resident& person) {
  return person.erased ? web::pick(kUnknown, ask.request.language) : person.name.full();
}

namespace {

std::vector<web::Link> crumbs(const Ask& ask) { return {{ask.say(t::identity_office), ask.at("/office")}}; }

web::Tone tone_of(ResidentState state) { return state == ResidentState::kPresent ? web::Tone::kSuccess : web::Tone::kPlain; }

std::string state_title(const Ask& ask, ResidentState state) {
  if (state == ResidentState::kPresent) return ask.say(t::identity_resident);
  return state == ResidentState::kMovedOut ? ask.say(t::identity_moved_out) : ask.say(t::identity_died);
}

std::string sex_title(const Ask& ask, Sex sex) {
  if (sex == Sex::kFemale) return ask.say(t::identity_female);
  return sex == Sex::kMale ? ask.say(t::identity_male) : ask.say(t::identity_not_stated);
}

web::TableShape residents_shape(const Ask& ask) {
  web::TableShape shape;
  shape.id = "residents";
  shape.caption = ask.say(t::identity_register_residents);
  shape.columns = {{"code", ask.say(t::identity_resident_code), web::Kind::kLink},
                   {"name", ask.say(t::identity_name)},
                   {"kana", ask.say(t::identity_kana)},
                   {"birth_date", ask.say(t::identity_date_of_birth), web::Kind::kDate},
                   {"address", ask.say(t::identity_address)},
                   {"state", ask.say(t::identity_state), web::Kind::kTag}};
  shape.filters = {{"state",
                    ask.say(t::identity_state),
                    {{"", ask.say(t::identity_living_here)},
                     {"moved_out", ask.say(t::identity_moved_out)},
                     {"dead", ask.say(t::identity_died)},
                     {"all", ask.say(t::identity_everybody)}}}};
  shape.search = shape.posted = true;
  return shape;
}

web::Row row_of(const Ask& ask, const Resident& person) {
  std::string state(resident_state_word(person.state));
  return {{person.code, person.code.substr(0, 8) + "…", ask.at("/office/residents/" + person.code)},
          {name_of(ask, person)},
          {person.name.kana()},
          {person.erased ? "" : text::iso_date(person.birth_date)},
          {person.erased ? "" : person.address.line()},
          {state, state_title(ask, person.state), {}, tone_of(person.state)}};
}

Result<web::Table> residents_table(const Ask& ask) {
  TRY(need_look(ask));
  web::Table table{residents_shape(ask)};
  // Those who live here are what is shown, also where they are asked for by their state's name.
  const bool named = ask.request.query.get("state", "") == "present";
  const std::string target = named ? web::with_parameter(ask.request.target, "state", "") : ask.request.target;
  table.query = TRY(web::read_query(table.shape, target, TRY(searched_words(ask.request, search_secret(ask.request)))));
  table.csrf = csrf_token(ask.request);
  ResidentQuery query{table.query.text, ResidentState::kPresent, table.query.page, table.query.per_page};
  if (auto state = table.query.filters.find("state"); state != table.query.filters.end())
    query.state = resident_state_from(state->second);
  // A list of everybody is nobody's business: whoever is shown was looked for.
  bool asked = !text::trim(query.text).empty();
  auto found = asked ? TRY(ask.database->read([&](db::Reader& reader) { return search_residents(reader, query); })) : ResidentPage{};
  std::vector<std::string> codes;
  for (const auto& person : found.residents) {
    table.rows.push_back(row_of(ask, person));
    codes.push_back(person.code);
  }
  table.total = found.total;
  table.empty_text = ask.say(t::identity_search_first);
  if (!codes.empty()) TRY(note_look(ask, codes, "list", query.text));
  return table;
}

Result<http::Response> residents_page(const Ask& ask) {
  auto table = TRY(residents_table(ask));
  auto out = page(ask, ask.say(t::identity_register_residents));
  out.breadcrumbs = crumbs(ask);
  out.lead = ask.say(t::identity_search_by_name_kana);
  web::Html main;
  main.markup(web::table(table, ask.request.target, ask.request.language));
  bool only_present = table.query.filters.empty() && !table.query.text.empty();
  if (only_present && table.total == 0) main.markup(web::paragraph(ask.say(t::identity_only_present_searched)));
  out.main = main.take();
  out.json = out.csv = true;
  return respond(ask, out);
}

Result<http::Response> residents_search(const Ask& ask) {
  TRY(need_look(ask));
  return to_search(ask.request, search_secret(ask.request));
}

web::Markup date(const Ask& ask, text::Date day) { return web::date_element(day, ask.request.language); }

struct Entry {
  Resident person;
  std::vector<Resident> household;
  std::vector<AddressEntry> addresses;
  std::vector<EntryEvent> events;
};

// Reads, then records that it was read, then hands over.
Result<Entry> entry_in_path(const Ask& ask) {
  TRY(need_look(ask));
  const std::string& code = ask.request.parameter("code");
  auto entry = TRY(ask.database->read([&](db::Reader& reader) -> Result<std::optional<Entry>> {
    auto person = TRY(resident(reader, code));
    if (!person) return std::optional<Entry>();
    auto household = TRY(household_of(reader, code));
    auto addresses = TRY(address_history(reader, code));
    auto events = TRY(entry_history(reader, code));
    return std::optional(Entry{std::move(*person), std::move(household), std::move(addresses), std::move(events)});
  }));
  if (!entry)
    return Error{
        Code::kNotFound,
        "identity.unknown_resident",
        {"住民 " + code + " は登録されていません。氏名で探し直してください。", "There is no resident " + code + ". Search by name."},
        {}};
  std::vector<std::string> codes;
  for (const auto& each : entry->household) codes.push_back(each.code);
  TRY(note_look(ask, codes, "entry", ""));
  return std::move(*entry);
}

// What happened to the entry, with the way to undo what an officer entered by hand.
web::Markup history_of(const Ask& ask, const Entry& entry, bool may_change) {
  const auto language = ask.request.language;
  web::Table table;
  table.shape = {"history",
                 ask.say(t::identity_entry_history),
                 {{"at", ask.say(t::identity_entry_when)},
                  {"what", ask.say(t::identity_what)},
                  {"who", ask.say(t::identity_entry_who)},
                  {"case", ask.say(t::identity_due_case), web::Kind::kLink},
                  {"undo", ask.say(t::identity_entry_undo), web::Kind::kLink}}};
  const auto* last = may_change ? undoable(entry.events).entry : nullptr;
  for (const auto& event : entry.events) {
    const auto* reason = entry_reason(event.reason);
    std::string what =
        reason ? web::pick(reason->title, language)
               : web::pick({std::string(record_type(event.type).title_ja), std::string(record_type(event.type).title_en)}, language);
    bool undone = &event == last;
    std::string at = ask.at("/office/residents/" + entry.person.code + "/change?undo=" + std::to_string(event.counter));
    table.rows.push_back(
        {{event.at.rfc3339(), web::pick(text::jst_text(event.at), language)},
         {what},
         {event.actor},
         {event.case_id, event.case_id, event.case_id.empty() ? "" : ask.at("/office/cases/" + event.case_id)},
         {undone ? std::to_string(event.counter) : "", undone ? ask.say(t::identity_entry_undo) : "", undone ? at : ""}});
  }
  table.total = table.rows.size();
  table.query.per_page = web::kMaxPerPage;
  return web::table(table, ask.request.target, language);
}

Result<http::Response> resident_page(const Ask& ask) {
  auto entry = TRY(entry_in_path(ask));
  bool may_change = TRY(may_enter(ask)) && entry.person.state == ResidentState::kPresent && !entry.person.erased;
  std::string ground(
      ask.request.query.get("case", ""));  // on the way from a decision that waits: it goes along to whose entry is changed
  std::string with =
      ground.empty() || web::with_parameter("", "case", ground).size() > 40 ? "" : web::with_parameter("", "case", ground);
  const auto language = ask.request.language;
  auto out = page(ask, name_of(ask, entry.person));
  out.breadcrumbs = crumbs(ask);
  out.breadcrumbs.push_back({ask.say(t::identity_register_residents), ask.at("/office/residents")});
  out.lead = entry.person.code;
  web::Html main;
  if (auto entered = ask.request.query.get("entered"))
    main.raw("<div role=\"status\">")
        .markup(web::notice(*entered == "1" ? ask.say(t::identity_entry_entered) : ask.say(t::identity_entry_nothing), {},
                            web::Tone::kSuccess))
        .raw("</div>");
  if (!entry.person.erased) {
    std::vector<web::SummaryRow> rows;
    for (const auto& [term, text] : entry_lines(ask, entry.person)) rows.push_back({term, web::escaped(text)});
    rows.push_back({ask.say(t::identity_state), web::tag(state_title(ask, entry.person.state), tone_of(entry.person.state))});
    main.markup(web::summary_list(rows, language));
  }
  if (may_change)
    main.raw("<p class=\"do\"><a class=\"button\"")
        .url("href", ask.at("/office/residents/" + entry.person.code + "/change") + with)
        .raw(">")
        .text(ask.say(t::identity_change_entry))
        .raw("</a></p>");
  main.raw("<h2>").text(ask.say(t::identity_household)).raw("</h2><ul>");
  for (const auto& each : entry.household)
    main.raw("<li>")
        .markup(web::link(name_of(ask, each), ask.at("/office/residents/" + each.code) + with))
        .raw(" ")
        .text(web::pick(relation_title(each.relation).value_or(Text{}), language))
        .raw("</li>");
  main.raw("</ul><h2>").text(ask.say(t::identity_addresses_in_this_town)).raw("</h2><ul>");
  for (const auto& each : entry.addresses) {
    main.raw("<li>").text(each.address.line()).raw(" ").markup(date(ask, each.from)).text(ask.say(t::identity_to));
    if (each.until) main.raw(" ").markup(date(ask, *each.until));
    main.raw("</li>");
  }
  out.main =
      main.raw("</ul><h2>").text(ask.say(t::identity_entry_history)).raw("</h2>").markup(history_of(ask, entry, may_change)).take();
  return respond(ask, out);
}

}  // namespace

Result<void> note_look(const Ask& ask, const std::vector<std::string>& codes, const char* what, const std::string& why) {
  std::string who = actor(ask.request);
  return ask.database->write([&](db::Transaction& tx) -> Result<void> {
    if (!ask.context.note_seen) return note_read(tx, codes, what, why, who);
    std::string stream = TRY(ask.context.note_seen(tx, ask.organisation, codes, who, std::string_view(what) == "list"));
    return note_read(tx, codes, what, why, who, std::move(stream));
  });
}

std::vector<std::pair<std::string, std::string>> entry_lines(const Ask& ask, const Resident& person) {
  const auto language = ask.request.language;
  auto day = [&](text::Date date) { return text::is_valid(date) ? web::pick(text::long_date(date), language) : std::string(); };
  std::vector<std::pair<std::string, std::string>> lines = {
      {ask.say(t::identity_name), name_of(ask, person)},
      {ask.say(t::identity_kana), person.name.kana()},
      {ask.say(t::identity_date_of_birth), day(person.birth_date)},
      {ask.say(t::identity_sex), sex_title(ask, person.sex)},
      {ask.say(t::identity_address), "〒" + person.address.postal_code + " " + person.address.line()},
      {ask.say(t::identity_living_here_since), day(person.since)},
      {ask.say(t::identity_relation_to_the_head), web::pick(relation_title(person.relation).value_or(Text{}), language)},
      {ask.say(t::identity_household_code), person.household == kOwnHousehold ? ask.say(t::identity_own_household) : person.household},
      {ask.say(t::identity_health_insurance), web::pick(insurance_title(person.insurance).value_or(Text{}), language)},
      {ask.say(t::identity_child_allowance), person.child_allowance ? ask.say(t::identity_receives_it) : ask.say(t::identity_none)}};
  if (person.moved_from) lines.emplace_back(ask.say(t::identity_came_from), person.moved_from->line());
  if (person.moved_to) lines.emplace_back(ask.say(t::identity_moved_to), person.moved_to->line());
  if (person.left_on) lines.emplace_back(ask.say(t::identity_left_on), day(*person.left_on));
  return lines;
}

std::vector<http::Route> register_routes(const RouteContext& context) {
  using http::Access;
  using http::Method;
  auto to = [&](Answer answer) { return answers(context, answer); };
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  std::vector<http::Route> routes = {
      {Method::get, "/{org}/office/residents", Access::kOfficer, to(residents_page), "住民を探す", "Search the residents"},
      {Method::post,
       "/{org}/office/residents",
       Access::kOfficer,
       to(residents_search),
       "住民を氏名などで探す（言葉は封じたアドレスへ）",
       "Searches the residents by words, which the address of the answer holds sealed",
       {{}, {}, form}},
      {Method::get,
       "/{org}/office/residents.json",
       Access::kOfficer,
       to(as_json<residents_table>),
       "住民を探す（データ）",
       "Residents as data",
       {{}, {"application/json"}}},
      {Method::get,
       "/{org}/office/residents.csv",
       Access::kOfficer,
       to(as_csv<residents_table>),
       "住民を探す（CSV）",
       "Residents as CSV",
       {{}, {"text/csv"}}},
      {Method::get, "/{org}/office/residents/{code}", Access::kOfficer, to(resident_page), "一人の住民の記載",
       "The entry of one resident"},
  };
  for (auto& route : entry_routes(context)) routes.push_back(std::move(route));
  for (auto& route : post_routes(context)) routes.push_back(std::move(route));
  return routes;
}

}  // namespace musubi::identity
