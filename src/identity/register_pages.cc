// Office pages of the register: residents, posts, the linker's cards. Whoever looks at residents leaves a record first.

#include "identity/page_parts.h"
#include "identity/posts.h"
#include "identity/residents.h"
#include "identity/search.h"
#include "web/table.h"
#include "web/messages.h"

namespace musubi::identity {

namespace t = web::messages;

namespace {

const Text kUnknown{"（消去済み）", "(erased)"};

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

std::string name_of(const Ask& ask, const Resident& person) { return person.erased ? web::pick(kUnknown, ask.request.language) : person.name.full(); }

web::TableShape residents_shape(const Ask& ask) {
  web::TableShape shape;
  shape.id = "residents";
  shape.caption = ask.say(t::identity_register_residents);
  shape.columns = {{"code", ask.say(t::identity_resident_code), web::Kind::kLink}, {"name", ask.say(t::identity_name)}, {"kana", ask.say(t::identity_kana)},
                   {"birth_date", ask.say(t::identity_date_of_birth), web::Kind::kDate}, {"address", ask.say(t::identity_address)},
                   {"state", ask.say(t::identity_state), web::Kind::kTag}};
  shape.filters = {{"state", ask.say(t::identity_state), {{"present", ask.say(t::identity_resident)}, {"moved_out", ask.say(t::identity_moved_out)},
                                                       {"dead", ask.say(t::identity_died)}, {"all", ask.say(t::identity_everybody)}}}};
  shape.search = shape.posted = true;
  return shape;
}

web::Row row_of(const Ask& ask, const Resident& person) {
  std::string state(resident_state_word(person.state));
  return {{person.code, person.code.substr(0, 8) + "…", ask.at("/office/residents/" + person.code)},
          {name_of(ask, person)}, {person.name.kana()}, {person.erased ? "" : text::iso_date(person.birth_date)},
          {person.erased ? "" : person.address.line()}, {state, state_title(ask, person.state), {}, tone_of(person.state)}};
}

// The record of a look, durable before the answer; the persons see it in their own lists.
Result<void> note(const Ask& ask, const std::vector<std::string>& codes, const char* what, const std::string& why) {
  std::string who = actor(ask.request);
  return ask.database->write([&](db::Transaction& tx) -> Result<void> {
    if (!ask.context.note_seen) return note_read(tx, codes, what, why, who);
    std::string stream = TRY(ask.context.note_seen(tx, ask.organisation, codes, who, std::string_view(what) == "list"));
    return note_read(tx, codes, what, why, who, std::move(stream));
  });
}

Result<web::Table> residents_table(const Ask& ask) {
  web::Table table{residents_shape(ask)};
  table.query = TRY(web::read_query(table.shape, ask.request.target, TRY(searched_words(ask.request, search_secret(ask.request)))));
  table.csrf = csrf_token(ask.request);
  ResidentQuery query{table.query.text, ResidentState::kPresent, table.query.page, table.query.per_page};
  if (auto state = table.query.filters.find("state"); state != table.query.filters.end()) query.state = resident_state_from(state->second);
  auto found = TRY(ask.database->read([&](db::Reader& reader) { return search_residents(reader, query); }));
  std::vector<std::string> codes;
  for (const auto& person : found.residents) {
    table.rows.push_back(row_of(ask, person));
    codes.push_back(person.code);
  }
  table.total = found.total;
  table.empty_text = ask.say(t::identity_nobody_matches);
  if (!codes.empty()) TRY(note(ask, codes, "list", query.text));
  return table;
}

Result<http::Response> residents_page(const Ask& ask) {
  auto table = TRY(residents_table(ask));
  auto out = page(ask, ask.say(t::identity_register_residents));
  out.breadcrumbs = crumbs(ask);
  out.lead = ask.say(t::identity_search_by_name_kana);
  out.main = web::table(table, ask.request.target, ask.request.language);
  out.json = out.csv = true;
  return respond(ask, out);
}

Result<http::Response> residents_search(const Ask& ask) { return to_search(ask.request, search_secret(ask.request)); }

web::Markup date(const Ask& ask, text::Date day) { return web::date_element(day, ask.request.language); }

std::vector<web::SummaryRow> entry_rows(const Ask& ask, const Resident& person) {
  const auto language = ask.request.language;
  std::vector<web::SummaryRow> rows = {
      {ask.say(t::identity_name), web::escaped(name_of(ask, person))}, {ask.say(t::identity_kana), web::escaped(person.name.kana())},
      {ask.say(t::identity_date_of_birth), date(ask, person.birth_date)}, {ask.say(t::identity_sex), web::escaped(sex_title(ask, person.sex))},
      {ask.say(t::identity_address), web::escaped("〒" + person.address.postal_code + " " + person.address.line())},
      {ask.say(t::identity_living_here_since), date(ask, person.since)},
      {ask.say(t::identity_relation_to_the_head), web::escaped(web::pick(relation_title(person.relation).value_or(Text{}), language))},
      {ask.say(t::identity_health_insurance), web::escaped(web::pick(insurance_title(person.insurance).value_or(Text{}), language))},
      {ask.say(t::identity_child_allowance), web::escaped(person.child_allowance ? ask.say(t::identity_receives_it) : ask.say(t::identity_none))},
      {ask.say(t::identity_state), web::tag(state_title(ask, person.state), tone_of(person.state))}};
  if (person.moved_from) rows.push_back({ask.say(t::identity_came_from), web::escaped(person.moved_from->line())});
  if (person.moved_to) rows.push_back({ask.say(t::identity_moved_to), web::escaped(person.moved_to->line())});
  if (person.left_on) rows.push_back({ask.say(t::identity_left_on), date(ask, *person.left_on)});
  return rows;
}

struct Entry {
  Resident person;
  std::vector<Resident> household;
  std::vector<AddressEntry> history;
};

// Reads, then records that it was read, then hands over.
Result<Entry> entry_in_path(const Ask& ask) {
  const std::string& code = ask.request.parameter("code");
  auto entry = TRY(ask.database->read([&](db::Reader& reader) -> Result<std::optional<Entry>> {
    auto person = TRY(resident(reader, code));
    if (!person) return std::optional<Entry>();
    return std::optional(Entry{*person, TRY(household_of(reader, code)), TRY(address_history(reader, code))});
  }));
  if (!entry)
    return Error{Code::kNotFound, "identity.unknown_resident",
                 {"住民 " + code + " は登録されていません。氏名で探し直してください。", "There is no resident " + code + ". Search by name."}, {}};
  std::vector<std::string> codes;
  for (const auto& each : entry->household) codes.push_back(each.code);
  TRY(note(ask, codes, "entry", ""));
  return std::move(*entry);
}

Result<http::Response> resident_page(const Ask& ask) {
  auto entry = TRY(entry_in_path(ask));
  const auto language = ask.request.language;
  auto out = page(ask, name_of(ask, entry.person));
  out.breadcrumbs = crumbs(ask);
  out.breadcrumbs.push_back({ask.say(t::identity_register_residents), ask.at("/office/residents")});
  out.lead = entry.person.code;
  web::Html main;
  if (!entry.person.erased) main.markup(web::summary_list(entry_rows(ask, entry.person), language));
  main.raw("<h2>").text(ask.say(t::identity_household)).raw("</h2><ul>");
  for (const auto& each : entry.household)
    main.raw("<li>").markup(web::link(name_of(ask, each), ask.at("/office/residents/" + each.code))).raw(" ")
        .text(web::pick(relation_title(each.relation).value_or(Text{}), language)).raw("</li>");
  main.raw("</ul><h2>").text(ask.say(t::identity_addresses_in_this_town)).raw("</h2><ul>");
  for (const auto& each : entry.history) {
    main.raw("<li>").text(each.address.line()).raw(" ").markup(date(ask, each.from)).text(ask.say(t::identity_to));
    if (each.until) main.raw(" ").markup(date(ask, *each.until));
    main.raw("</li>");
  }
  out.main = main.raw("</ul>").take();
  return respond(ask, out);
}

web::Table holdings_table(const Ask& ask, const std::vector<Holding>& all, const std::vector<Post>& posts, const std::vector<Officer>& officers,
                          text::Date today, web::TableQuery query) {
  web::TableShape shape;
  shape.id = "holdings";
  shape.caption = ask.say(t::identity_posts_and_who_holds);
  shape.columns = {{"post", ask.say(t::identity_post), web::Kind::kText, true}, {"officer", ask.say(t::identity_officer), web::Kind::kText, true},
                   {"kind", ask.say(t::identity_kind), web::Kind::kTag, true}, {"from", ask.say(t::identity_from), web::Kind::kDate, true},
                   {"until", ask.say(t::identity_until), web::Kind::kDate, true}};
  auto kind_title = [&](HoldingKind kind) {
    return kind == HoldingKind::kRegular ? ask.say(t::identity_regular) : kind == HoldingKind::kActing ? ask.say(t::identity_acting) : ask.say(t::identity_concurrent);
  };
  std::vector<web::Row> rows;
  for (const auto& each : all) {
    std::string post = each.post, officer = each.officer;
    for (const auto& known : posts) if (known.id == each.post) post = web::pick(known.title, ask.request.language);
    for (const auto& known : officers) if (known.code == each.officer) officer = known.name.value_or(known.code);
    bool now = each.from <= today && (!each.until || *each.until >= today);
    rows.push_back({{each.post, post}, {each.officer, officer}, {std::string(holding_kind_word(each.kind)), kind_title(each.kind), {}, now ? web::Tone::kSuccess : web::Tone::kPlain},
                    {text::iso_date(each.from)}, {each.until ? text::iso_date(*each.until) : ""}});
  }
  return web::arrange(std::move(shape), std::move(query), std::move(rows));
}

struct Posting {
  std::vector<Post> posts;
  std::vector<Officer> officers;
  std::vector<Holding> holdings;
};

Result<Posting> posting(const Ask& ask, text::Date today) {
  return ask.database->read([&](db::Reader& reader) -> Result<Posting> {
    return Posting{TRY(posts(reader, today)), TRY(officers(reader)), TRY(holdings(reader))};
  });
}

web::Form assignment_form(const Ask& ask, const Posting& all) {
  web::Form form;
  form.action = ask.at("/office/posts");
  form.csrf = csrf_token(ask.request);
  form.submit = ask.say(t::identity_assign);
  web::Field post{web::Input::kSelect, "post", ask.say(t::identity_post)}, officer{web::Input::kSelect, "officer", ask.say(t::identity_officer)},
      kind{web::Input::kRadios, "kind", ask.say(t::identity_kind)}, from{web::Input::kDate, "from", ask.say(t::identity_first_day)},
      until{web::Input::kDate, "until", ask.say(t::identity_last_day)};
  for (const auto& each : all.posts) post.options.push_back({each.id, web::pick(each.title, ask.request.language)});
  for (const auto& each : all.officers) if (each.active) officer.options.push_back({each.code, each.name.value_or(each.code)});
  kind.options = {{"regular", ask.say(t::identity_regular)}, {"acting", ask.say(t::identity_acting)}, {"concurrent", ask.say(t::identity_concurrent)}};
  kind.values = {"regular"};
  until.required = false;
  form.fields = {std::move(post), std::move(officer), std::move(kind), std::move(from), std::move(until)};
  return form;
}

Result<http::Response> posts_with(const Ask& ask, std::optional<web::Form> form, int status) {
  text::Date today = text::jst_date(ask.context.clock.now());
  auto all = TRY(posting(ask, today));
  auto shape = holdings_table(ask, {}, {}, {}, today, {}).shape;
  auto query = TRY(web::read_query(shape, ask.request.target));
  auto out = page(ask, ask.say(t::identity_posts));
  out.breadcrumbs = crumbs(ask);
  out.lead = ask.say(t::identity_work_goes_to_posts);
  web::Html main;
  main.markup(web::table(holdings_table(ask, all.holdings, all.posts, all.officers, today, query), ask.request.target, ask.request.language));
  if (is_administrator(ask.request) && !all.posts.empty()) {
    if (!form) form = assignment_form(ask, all);
    out.has_errors = web::has_errors(*form);
    main.raw("<h2 id=\"assign\">").text(ask.say(t::identity_assign_a_post)).raw("</h2>").markup(web::form(*form, ask.request.language));
  }
  out.main = main.take();
  out.json = out.csv = true;
  return respond(ask, out, status);
}

Result<http::Response> posts_page(const Ask& ask) { return posts_with(ask, {}, 200); }

Result<web::Table> posts_table(const Ask& ask) {
  text::Date today = text::jst_date(ask.context.clock.now());
  auto all = TRY(posting(ask, today));
  auto query = TRY(web::read_query(holdings_table(ask, {}, {}, {}, today, {}).shape, ask.request.target));
  return holdings_table(ask, all.holdings, all.posts, all.officers, today, query);
}

Result<http::Response> post_assignment(const Ask& ask) {
  auto posted = TRY(ask.request.form());
  std::vector<Fault> faults;
  auto day = [&](const char* name, bool required) -> std::optional<text::Date> {
    std::string typed = web::date_parameter(posted.pairs(), name);
    if (typed.empty() && !required) return std::nullopt;
    auto read = text::parse_date(typed);
    if (read.ok()) return *read;
    faults.push_back({name, read.error().message});
    return std::nullopt;
  };
  Holding holding{std::string(posted.get("post", "")), std::string(posted.get("officer", "")), {}, {}, holding_kind_from(posted.get("kind", "")).value_or(HoldingKind::kRegular)};
  auto from = day("from", true);
  holding.until = day("until", false);
  if (from) holding.from = *from;
  std::string who = actor(ask.request);
  if (faults.empty()) {
    auto done = ask.database->write([&](db::Transaction& tx) { return assign_post(tx, holding, who); });
    if (done.ok()) return http::redirect(ask.at("/office/posts"));
    if (done.error().faults.empty()) return done.error();
    faults = done.error().faults;
  }
  auto form = assignment_form(ask, TRY(posting(ask, text::jst_date(ask.context.clock.now()))));
  for (auto& field : form.fields) {
    if (field.input == web::Input::kDate) field.values = {web::date_parameter(posted.pairs(), field.name)};
    else if (auto value = posted.get(field.name)) field.values = {std::string(*value)};
  }
  web::apply_faults(form, faults, ask.request.language);
  return posts_with(ask, std::move(form), 422);
}

}  // namespace

std::vector<http::Route> register_routes(const RouteContext& context) {
  using http::Access;
  using http::Method;
  auto to = [&](Answer answer) { return answers(context, answer); };
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  return {
      {Method::get, "/{org}/office/residents", Access::kOfficer, to(residents_page), "住民を探す", "Search the residents"},
      {Method::post, "/{org}/office/residents", Access::kOfficer, to(residents_search), "住民を氏名などで探す（言葉は封じたアドレスへ）", "Searches the residents by words, which the address of the answer holds sealed", {{}, {}, form}},
      {Method::get, "/{org}/office/residents.json", Access::kOfficer, to(as_json<residents_table>), "住民を探す（データ）", "Residents as data", {{}, {"application/json"}}},
      {Method::get, "/{org}/office/residents.csv", Access::kOfficer, to(as_csv<residents_table>), "住民を探す（CSV）", "Residents as CSV", {{}, {"text/csv"}}},
      {Method::get, "/{org}/office/residents/{code}", Access::kOfficer, to(resident_page), "一人の住民の記載", "The entry of one resident"},
      {Method::get, "/{org}/office/posts", Access::kOfficer, to(posts_page), "職と在職者", "Posts and who holds them"},
      {Method::get, "/{org}/office/posts.json", Access::kOfficer, to(as_json<posts_table>), "職と在職者（データ）", "Posts as data", {{}, {"application/json"}}},
      {Method::get, "/{org}/office/posts.csv", Access::kOfficer, to(as_csv<posts_table>), "職と在職者（CSV）", "Posts as CSV", {{}, {"text/csv"}}},
      {Method::post, "/{org}/office/posts", Access::kAdministrator, to(post_assignment), "職に就ける", "Assign a post", {{}, {}, form}},
  };
}

}  // namespace musubi::identity
