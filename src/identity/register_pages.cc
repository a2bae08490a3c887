// Office pages of the register: residents, posts, the linker's cards. Whoever looks at residents leaves a record first.

#include "identity/page_parts.h"
#include "identity/posts.h"
#include "identity/residents.h"
#include "web/table.h"

namespace musubi::identity {
namespace {

const Text kUnknown{"（消去済み）", "(erased)"};

std::vector<web::Link> crumbs(const Ask& ask) { return {{ask.say("担当者のページ", "Office"), ask.at("/office")}}; }

web::Tone tone_of(ResidentState state) { return state == ResidentState::kPresent ? web::Tone::kSuccess : web::Tone::kPlain; }

std::string state_title(const Ask& ask, ResidentState state) {
  if (state == ResidentState::kPresent) return ask.say("居住", "Resident");
  return state == ResidentState::kMovedOut ? ask.say("転出", "Moved out") : ask.say("死亡", "Died");
}

std::string sex_title(const Ask& ask, Sex sex) {
  if (sex == Sex::kFemale) return ask.say("女", "Female");
  return sex == Sex::kMale ? ask.say("男", "Male") : ask.say("記載なし", "Not stated");
}

std::string name_of(const Ask& ask, const Resident& person) { return person.erased ? web::pick(kUnknown, ask.request.language) : person.name.full(); }

web::TableShape residents_shape(const Ask& ask) {
  web::TableShape shape;
  shape.id = "residents";
  shape.caption = ask.say("住民", "Residents");
  shape.columns = {{"code", ask.say("符号", "Code"), web::Kind::kLink}, {"name", ask.say("氏名", "Name")}, {"kana", ask.say("カナ", "Kana")},
                   {"birth_date", ask.say("生年月日", "Date of birth"), web::Kind::kDate}, {"address", ask.say("住所", "Address")},
                   {"state", ask.say("状態", "State"), web::Kind::kTag}};
  shape.filters = {{"state", ask.say("状態", "State"), {{"present", ask.say("居住", "Resident")}, {"moved_out", ask.say("転出", "Moved out")},
                                                       {"dead", ask.say("死亡", "Died")}, {"all", ask.say("すべて", "All")}}}};
  shape.search = true;
  return shape;
}

web::Row row_of(const Ask& ask, const Resident& person) {
  std::string state(resident_state_word(person.state));
  return {{person.code, person.code.substr(0, 8) + "…", ask.at("/office/residents/" + person.code)},
          {name_of(ask, person)}, {person.name.kana()}, {person.erased ? "" : text::iso_date(person.birth_date)},
          {person.erased ? "" : person.address.line()}, {state, state_title(ask, person.state), {}, tone_of(person.state)}};
}

Result<web::Table> residents_table(const Ask& ask, const char* what) {
  web::Table table{residents_shape(ask)};
  table.query = TRY(web::read_query(table.shape, ask.request.target));
  ResidentQuery query{table.query.text, ResidentState::kPresent, table.query.page, table.query.per_page};
  if (auto state = table.query.filters.find("state"); state != table.query.filters.end()) query.state = resident_state_from(state->second);
  auto found = TRY(ask.database->read([&](db::Reader& reader) { return search_residents(reader, query); }));
  std::vector<std::string> codes;
  for (const auto& person : found.residents) {
    table.rows.push_back(row_of(ask, person));
    codes.push_back(person.code);
  }
  table.total = found.total;
  table.empty_text = ask.say("当てはまる住民はいません。", "Nobody matches.");
  if (!codes.empty()) {
    std::string who = actor(ask.request);  // durable before the answer
    TRY(ask.database->write([&](db::Transaction& tx) { return note_read(tx, codes, what, query.text, who); }));
  }
  return table;
}

Result<http::Response> residents_page(const Ask& ask) {
  auto table = TRY(residents_table(ask, "list"));
  auto out = page(ask, ask.say("住民", "Residents"));
  out.breadcrumbs = crumbs(ask);
  out.lead = ask.say("氏名、カナ、旧氏、住所で探せます。閲覧は記録され、本人が確かめられます。",
                     "Search by name, kana, former name or address. Looking is recorded, and the person can see it.");
  out.main = web::table(table, ask.request.target, ask.request.language);
  out.json = true;
  return respond(ask, out);
}

Result<http::Response> residents_json(const Ask& ask) {
  auto response = web::respond_json(TRY(residents_table(ask, "list")));
  response.cache("no-store");
  return response;
}

web::Markup date(const Ask& ask, text::Date day) { return web::date_element(day, ask.request.language); }

std::vector<web::SummaryRow> entry_rows(const Ask& ask, const Resident& person) {
  const auto language = ask.request.language;
  std::vector<web::SummaryRow> rows = {
      {ask.say("氏名", "Name"), web::escaped(name_of(ask, person))}, {ask.say("カナ", "Kana"), web::escaped(person.name.kana())},
      {ask.say("生年月日", "Date of birth"), date(ask, person.birth_date)}, {ask.say("性別", "Sex"), web::escaped(sex_title(ask, person.sex))},
      {ask.say("住所", "Address"), web::escaped("〒" + person.address.postal_code + " " + person.address.line())},
      {ask.say("住所を定めた日", "Living here since"), date(ask, person.since)},
      {ask.say("続柄", "Relation to the head"), web::escaped(web::pick(relation_title(person.relation).value_or(Text{}), language))},
      {ask.say("健康保険", "Health insurance"), web::escaped(web::pick(insurance_title(person.insurance).value_or(Text{}), language))},
      {ask.say("児童手当", "Child allowance"), web::escaped(person.child_allowance ? ask.say("受給", "Receives it") : ask.say("なし", "None"))},
      {ask.say("状態", "State"), web::tag(state_title(ask, person.state), tone_of(person.state))}};
  if (person.moved_from) rows.push_back({ask.say("前の住所", "Came from"), web::escaped(person.moved_from->line())});
  if (person.moved_to) rows.push_back({ask.say("転出先", "Moved to"), web::escaped(person.moved_to->line())});
  if (person.left_on) rows.push_back({ask.say("異動の日", "Left on"), date(ask, *person.left_on)});
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
  std::string who = actor(ask.request);
  TRY(ask.database->write([&](db::Transaction& tx) { return note_read(tx, codes, "entry", "", who); }));
  return std::move(*entry);
}

Result<http::Response> resident_page(const Ask& ask) {
  auto entry = TRY(entry_in_path(ask));
  const auto language = ask.request.language;
  auto out = page(ask, name_of(ask, entry.person));
  out.breadcrumbs = crumbs(ask);
  out.breadcrumbs.push_back({ask.say("住民", "Residents"), ask.at("/office/residents")});
  out.lead = entry.person.code;
  web::Html main;
  if (!entry.person.erased) main.markup(web::summary_list(entry_rows(ask, entry.person), language));
  main.raw("<h2>").text(ask.say("世帯", "Household")).raw("</h2><ul>");
  for (const auto& each : entry.household)
    main.raw("<li>").markup(web::link(name_of(ask, each), ask.at("/office/residents/" + each.code))).raw(" ")
        .text(web::pick(relation_title(each.relation).value_or(Text{}), language)).raw("</li>");
  main.raw("</ul><h2>").text(ask.say("この町での住所", "Addresses in this town")).raw("</h2><ul>");
  for (const auto& each : entry.history) {
    main.raw("<li>").text(each.address.line()).raw(" ").markup(date(ask, each.from)).text(ask.say(" から", " to "));
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
  shape.caption = ask.say("職と在職者", "Posts and who holds them");
  shape.columns = {{"post", ask.say("職", "Post"), web::Kind::kText, true}, {"officer", ask.say("担当者", "Officer"), web::Kind::kText, true},
                   {"kind", ask.say("種別", "Kind"), web::Kind::kTag, true}, {"from", ask.say("始まり", "From"), web::Kind::kDate, true},
                   {"until", ask.say("終わり", "Until"), web::Kind::kDate, true}};
  auto kind_title = [&](HoldingKind kind) {
    return kind == HoldingKind::kRegular ? ask.say("本務", "Regular") : kind == HoldingKind::kActing ? ask.say("事務取扱", "Acting") : ask.say("兼務", "Concurrent");
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
  form.submit = ask.say("就ける", "Assign");
  web::Field post{web::Input::kSelect, "post", ask.say("職", "Post")}, officer{web::Input::kSelect, "officer", ask.say("担当者", "Officer")},
      kind{web::Input::kRadios, "kind", ask.say("種別", "Kind")}, from{web::Input::kDate, "from", ask.say("始まりの日", "First day")},
      until{web::Input::kDate, "until", ask.say("終わりの日", "Last day")};
  for (const auto& each : all.posts) post.options.push_back({each.id, web::pick(each.title, ask.request.language)});
  for (const auto& each : all.officers) if (each.active) officer.options.push_back({each.code, each.name.value_or(each.code)});
  kind.options = {{"regular", ask.say("本務", "Regular")}, {"acting", ask.say("事務取扱", "Acting")}, {"concurrent", ask.say("兼務", "Concurrent")}};
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
  auto out = page(ask, ask.say("職", "Posts"));
  out.breadcrumbs = crumbs(ask);
  out.lead = ask.say("仕事は職に届き、その日に職に就いている人が行います。異動は先の日付で入れられます。",
                     "Work goes to posts; whoever holds the post on that day does it. Transfers can be entered ahead.");
  web::Html main;
  main.markup(web::table(holdings_table(ask, all.holdings, all.posts, all.officers, today, query), ask.request.target, ask.request.language));
  if (is_administrator(ask.request) && !all.posts.empty()) {
    if (!form) form = assignment_form(ask, all);
    out.has_errors = web::has_errors(*form);
    main.raw("<h2 id=\"assign\">").text(ask.say("職に就ける", "Assign a post")).raw("</h2>").markup(web::form(*form, ask.request.language));
  }
  out.main = main.take();
  out.json = true;
  return respond(ask, out, status);
}

Result<http::Response> posts_page(const Ask& ask) { return posts_with(ask, {}, 200); }

Result<http::Response> posts_json(const Ask& ask) {
  text::Date today = text::jst_date(ask.context.clock.now());
  auto all = TRY(posting(ask, today));
  auto query = TRY(web::read_query(holdings_table(ask, {}, {}, {}, today, {}).shape, ask.request.target));
  auto response = web::respond_json(holdings_table(ask, all.holdings, all.posts, all.officers, today, query));
  response.cache("no-store");
  return response;
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
      {Method::get, "/{org}/office/residents.json", Access::kOfficer, to(residents_json), "住民を探す（データ）", "Residents as data", {{}, {"application/json"}}},
      {Method::get, "/{org}/office/residents/{code}", Access::kOfficer, to(resident_page), "一人の住民の記載", "The entry of one resident"},
      {Method::get, "/{org}/office/posts", Access::kOfficer, to(posts_page), "職と在職者", "Posts and who holds them"},
      {Method::get, "/{org}/office/posts.json", Access::kOfficer, to(posts_json), "職と在職者（データ）", "Posts as data", {{}, {"application/json"}}},
      {Method::post, "/{org}/office/posts", Access::kAdministrator, to(post_assignment), "職に就ける", "Assign a post", {{}, {}, form}},
  };
}

}  // namespace musubi::identity
