// One thing a page: the question, what a source told, and the way to contest it.
#include <algorithm>

#include "procedures/json.h"
#include "procedures/resident_pages.h"
#include "text/normalise.h"
#include "web/messages/procedures.h"

namespace musubi::procedures {
namespace {

namespace t = web::messages;
using web::Html;
using web::Markup;

// What a source told stands as it is, unless the person contests it. Where the form cannot take it (a record without a reading of
// the name), and where the office sent the form back, it is an input like any other.
bool kept_as_told(const Asked& asked, const Basket& basket, const Field& field) {
  auto source = basket.sources.find(field.id);
  auto* value = basket.answers.if_contains(field.id);
  if (source == basket.sources.end() || !source->second.contest.empty() || !value || is_empty_value(*value) || !basket.amends.empty())
    return false;
  std::vector<Fault> faults;
  check_value(field, *value, false, asked.around, field.id, faults);
  return faults.empty();
}

std::string contest_address(const Asked& asked, const OpenPage& page, const Field& field) {
  return page.open.basket.amends.empty() ? page.open.at(asked, "/" + page.page->id + "/contest?field=" + field.id) : std::string();
}

Error unknown_page() {
  return Error{Code::kNotFound,
               "procedures.unknown_page",
               {"そのページはありません。手続の一覧へ戻ってください。", "There is no such page. Go back to your procedures."},
               {}};
}

Markup told_markup(const Asked& asked, const OpenPage& page, const Field& field) {
  const Basket& b = page.open.basket;
  Html html;
  html.raw("<div class=\"told\"><p class=\"lines\"><strong>");
  if (page.fields.size() > 1) html.text(asked.say(field.label)).raw("</strong><br>");
  html.text(asked.say(show_value(field, b.answers.at(field.id), asked.around)));
  if (page.fields.size() == 1) html.raw("</strong>");
  return html.raw("</p>\n")
      .markup(source_markup(asked, b.sources.at(field.id), contest_address(asked, page, field)))
      .raw("</div>\n")
      .take();
}

std::string removal_of(const Field& field) { return field.id + "-remove"; }

// The file that the draft holds: its name and size, and a way to take it out again.
web::Field stored_file(const Asked& asked, const Field& field, const json::object& value) {
  std::int64_t bytes = integer_at(value, "size");
  std::string name = string_at(value, "name"), size = std::to_string(bytes < 1000 ? bytes : (bytes + 500) / 1000);
  Text label = {"保存したファイル：" + name + "（" + size + (bytes < 1000 ? " バイト）" : " キロバイト）"),
                "Stored file: " + name + " (" + size + (bytes < 1000 ? " bytes)" : " kB)")};
  Text remove{"このファイルを外す", "Remove this file"};
  web::Field out{web::Input::kCheckboxes, removal_of(field), asked.say(label)};
  out.hint = asked.say({"上で別のファイルを選ぶと、置き換わります。", "Choose another file above to replace it."});
  out.options = {{"yes", asked.say(remove)}};
  return out;
}

// What the form begins with where nothing was answered: an address lies in the town that the guide's answers named.
json::value first_value(const Asked& asked, const OpenPage& page, const Basket& shown, const Field& field) {
  std::string town = town_within(*page.open.pack, field, shown.answers, asked.around);
  if (town.empty() || !need_of(*page.open.pack, shown.procedures, field, shown.answers).required) return nullptr;
  return json::object{{"municipality", town}};
}

web::Form page_form(const Asked& asked, const OpenPage& page, const Basket& shown) {
  web::Form form;
  bool to_check = asked.request.query.get("return", "") == "check";
  form.action = page.open.at(asked, "/" + page.page->id) + (to_check ? "?return=check" : "");
  form.submit = t::procedures_next(asked.language);
  form.csrf = csrf(asked);
  form.fields.push_back({web::Input::kHidden, "revision", "", "", {std::to_string(page.open.basket.revision)}});
  for (const Field* field : page.fields) {
    if (field->type == FieldType::kGroup || kept_as_told(asked, page.open.basket, *field)) continue;
    auto* value = shown.answers.if_contains(field->id);
    web::Field input = input_of(*field, value ? *value : first_value(asked, page, shown, *field), asked, field->id);
    input.required = need_of(*page.open.pack, shown.procedures, *field, shown.answers).required;
    input.label_hidden = page.fields.size() == 1 && asked.say(field->label) == asked.say(page.page->title);
    form.fields.push_back(std::move(input));
    if (field->type == FieldType::kFile && value && value->is_object())
      form.fields.push_back(stored_file(asked, *field, value->get_object()));
  }
  return form;
}

Result<http::Response> draw(const Asked& asked, const OpenPage& page, const Basket& shown, const std::vector<Fault>& faults,
                            int status) {
  web::Language l = asked.language;
  const OpenBasket& open = page.open;
  web::Page out = new_page(asked, asked.say(page.page->title));
  out.breadcrumbs = {{std::string(t::procedures_home(l)), asked.at("/my")}, {std::string(t::procedures_tasks(l)), open.at(asked)}};
  if (page.page->hint) out.lead = asked.say(*page.page->hint);
  auto all = pages_of(*open.pack, open.basket);
  auto number = std::find(all.begin(), all.end(), page.page) - all.begin() + 1;
  Html main;
  main.raw("<p class=\"progress\">")
      .text(t::procedures_step_of(l, {.n = std::int64_t(number), .of = std::int64_t(all.size())}))
      .raw("</p>\n");
  web::Form form = page_form(asked, page, shown);
  web::apply_faults(form, faults, l);
  out.has_errors = web::has_errors(form);
  bool inputs = form.fields.size() > 1;
  if (!inputs) main.markup(web::error_summary(form, l));
  for (const Field* field : page.fields) {
    if (field->type == FieldType::kGroup)
      main.markup(entries_markup(asked, open.basket, *page.page, *field));
    else if (kept_as_told(asked, open.basket, *field))
      main.markup(told_markup(asked, page, *field));
    else if (auto source = open.basket.sources.find(field->id); source != open.basket.sources.end())
      main.markup(source_markup(asked, source->second, contest_address(asked, page, *field)));
  }
  if (inputs)
    main.markup(web::form(form, l));
  else
    main.raw("<p class=\"do\"><a class=\"button\"")
        .url("href", next_address(asked, page, asked.request.query.get("return", "") == "check"))
        .raw(">")
        .text(t::procedures_next(l))
        .raw("</a></p>\n");
  out.main = main.take();
  return answer_private(asked, out, status);
}

// Changed in another window since the posted page was drawn.
bool is_stale(const OpenPage& page, const http::Form& posted) {
  return text::read_integer(posted.get("revision", "")).value_or(-1) != page.open.basket.revision;
}

// What was posted, put into a copy of the draft. Files go their own way.
Result<Basket> take_posted(const Asked& asked, const OpenPage& page, const http::Form& posted, std::vector<Fault>& faults) {
  Basket next = page.open.basket;
  for (const Field* field : page.fields) {
    if (field->type == FieldType::kGroup || field->type == FieldType::kFile || kept_as_told(asked, page.open.basket, *field)) continue;
    json::value value = read_value(*field, posted, field->id);
    if (auto source = next.sources.find(field->id);
        source != next.sources.end() && source->second.contest.empty() && source->second.told != value)
      next.sources.erase(source);  // completed by hand: it is no longer what was told
    if (is_empty_value(value))
      next.answers.erase(field->id);
    else
      next.answers[field->id] = std::move(value);
  }
  for (const Field* field : page.fields) {
    if (field->type == FieldType::kGroup || field->type == FieldType::kFile) continue;
    settle_municipality(*page.open.pack, *field, next.answers, asked.around);
    Need need = need_of(*page.open.pack, next.procedures, *field, next.answers);
    auto* value = next.answers.if_contains(field->id);
    if (need.used) check_value(*field, value ? *value : json::value(nullptr), need.required, asked.around, field->id, faults);
    if (need.used) check_within(*page.open.pack, *field, next.answers, asked.around, faults);
  }
  if (is_stale(page, posted))
    faults.push_back({"",
                      {"この下書きは、別の画面や端末で先に書き換えられました。下の内容でよければ、もう一度「次へ」を押してください。",
                       "This draft was changed in another window or on another device meanwhile. If what stands below is right, press "
                       "Continue again."}});
  return next;
}

// Files are judged whatever else is wrong with the page, and a good one is kept at once: no browser sends it a second time.
Result<void> take_files(const Asked& asked, OpenPage& page, const http::Form& posted, Basket& next, std::vector<Fault>& faults) {
  const bool stale = is_stale(page, posted);
  for (const Field* field : page.fields) {
    if (field->type != FieldType::kFile) continue;
    const http::FilePart* file = posted.file(field->id);
    const bool stored = page.open.basket.answers.contains(field->id), remove = !file && stored && posted.has(removal_of(*field));
    if (stale && stored && (file || remove)) {
      faults.push_back({field->id,
                        {"保存したファイルが、別の画面で変わったかもしれません。下の名前を確かめて、もう一度選んでください。",
                         "The stored file may have changed in another window. Look at its name below, then choose again."}});
      continue;
    }
    if (file || remove) {
      auto kept = file ? asked.procedures().put_file(page.open.basket, *page.open.pack, *field, file->filename, file->content)
                       : asked.procedures().drop_file(page.open.basket, *field);
      if (!kept.ok() && kept.error().name != "basket.file") return kept.error();
      if (!kept.ok()) {
        for (const auto& fault : kept.error().faults) faults.push_back(fault);
        continue;
      }
      page.open.basket = std::move(kept).value();
      next.revision = page.open.basket.revision;
      next.answers.erase(field->id);
      if (auto* value = page.open.basket.answers.if_contains(field->id)) next.answers[field->id] = *value;
    }
    auto* value = next.answers.if_contains(field->id);
    Need need = need_of(*page.open.pack, next.procedures, *field, next.answers);
    if (need.used) check_value(*field, value ? *value : json::value(nullptr), need.required, asked.around, field->id, faults);
  }
  return {};
}

}  // namespace

Result<OpenPage> open_page(const Asked& asked) {
  OpenPage out;
  out.open = TRY(open_basket(asked));
  for (const auto* page : pages_of(*out.open.pack, out.open.basket))
    if (page->id == asked.request.parameter("page")) out.page = page;
  if (!out.page) return unknown_page();
  out.fields = fields_of(*out.open.pack, out.open.basket, *out.page);
  return out;
}

std::string next_address(const Asked& asked, const OpenPage& page, bool to_check) {
  auto all = pages_of(*page.open.pack, page.open.basket);
  if (to_check) {
    // A changed answer may have opened further pages.
    for (const auto* one : all)
      if (!faults_of_page(*page.open.pack, page.open.basket, *one, asked.around).empty())
        return page.open.at(asked, "/" + one->id + "?return=check");
    return page.open.at(asked, "/check");
  }
  auto at = std::find(all.begin(), all.end(), page.page);
  if (at == all.end() || at + 1 == all.end()) return page.open.at(asked, "/check");
  return page.open.at(asked, "/" + (*(at + 1))->id);
}

Result<http::Response> form_page(const Asked& asked) {
  OpenPage page = TRY(open_page(asked));
  return draw(asked, page, page.open.basket, {}, 200);
}

Result<http::Response> form_post(const Asked& asked) {
  OpenPage page = TRY(open_page(asked));
  auto posted = TRY(asked.request.form());
  std::vector<Fault> faults;
  Basket next = TRY(take_posted(asked, page, posted, faults));
  TRY(take_files(asked, page, posted, next, faults));
  if (!faults.empty()) return draw(asked, page, next, faults, 422);
  page.open.basket = TRY(asked.procedures().save(next));
  return http::redirect(next_address(asked, page, asked.request.query.get("return", "") == "check"));
}

namespace {

// The one that the address names; without a name the first that was fetched.
Result<const Field*> contested_field(const Asked& asked, const OpenPage& page) {
  std::string_view wanted = asked.request.query.get("field", "");
  for (const Field* field : page.fields)
    if ((wanted.empty() || field->id == wanted) && page.open.basket.amends.empty() && page.open.basket.sources.contains(field->id) &&
        field->type != FieldType::kGroup)
      return field;
  return unknown_page();
}

Result<http::Response> draw_contest(const Asked& asked, const OpenPage& page, const Field& field, const json::value& value,
                                    const std::string& reason, const std::vector<Fault>& faults, int status) {
  web::Language l = asked.language;
  const Provenance& source = page.open.basket.sources.at(field.id);
  web::Page out = new_page(asked, t::procedures_contest_title(l, {asked.say(field.label)}));
  out.lead = t::procedures_contest_lead(l);
  out.breadcrumbs = {{std::string(t::procedures_home(l)), asked.at("/my")},
                     {std::string(t::procedures_tasks(l)), page.open.at(asked)}};
  web::Form form;
  form.action = contest_address(asked, page, field);
  form.submit = t::procedures_contest_submit(l);
  form.csrf = csrf(asked);
  form.fields.push_back({web::Input::kHidden, "revision", "", "", {std::to_string(page.open.basket.revision)}});
  form.fields.push_back(input_of(field, value, asked, field.id));
  web::Field why{web::Input::kTextarea,
                 "reason",
                 std::string(t::procedures_contest_reason(l)),
                 std::string(t::procedures_contest_reason_hint(l)),
                 {reason}};
  why.rows = 3;
  form.fields.push_back(std::move(why));
  form.cancel = {std::string(t::procedures_cancel(l)), page.open.at(asked, "/" + page.page->id)};
  web::apply_faults(form, faults, l);
  out.has_errors = web::has_errors(form);
  Html main;
  main.raw("<div class=\"told\"><p>")
      .text(asked.say(show_value(field, source.told, asked.around)))
      .raw("</p>")
      .markup(source_markup(asked, source, ""))
      .raw("</div>\n")
      .markup(web::form(form, l));
  if (!source.contest.empty())
    main.markup(post_button(asked, form.action, t::procedures_contest_restore(l),
                            {{"restore", "1"}, {"revision", std::to_string(page.open.basket.revision)}}));
  out.main = main.take();
  return answer_private(asked, out, status);
}

}  // namespace

Result<http::Response> contest_page(const Asked& asked) {
  OpenPage page = TRY(open_page(asked));
  const Field& field = *TRY(contested_field(asked, page));
  auto* value = page.open.basket.answers.if_contains(field.id);
  return draw_contest(asked, page, field, value ? *value : json::value(nullptr), page.open.basket.sources.at(field.id).contest, {},
                      200);
}

Result<http::Response> contest_post(const Asked& asked) {
  OpenPage page = TRY(open_page(asked));
  const Field& field = *TRY(contested_field(asked, page));
  auto posted = TRY(asked.request.form());
  Basket next = page.open.basket;
  next.revision = text::read_integer(posted.get("revision", "")).value_or(-1);
  Provenance& source = next.sources.at(field.id);
  if (posted.has("restore")) {
    source.contest.clear();
    next.answers[field.id] = source.told;
    TRY(asked.procedures().save(next));
    return http::redirect(page.open.at(asked, "/" + page.page->id));
  }
  json::value value = read_value(field, posted, field.id);
  std::vector<Fault> faults;
  check_value(field, value, true, asked.around, field.id, faults);
  if (faults.empty() && value == source.told)
    faults.push_back(
        {field.id, {"取り寄せた値と同じです。正しい値を入力してください。", "This is what was fetched. Enter what it should be."}});
  auto reason = text::clean_input(posted.get("reason", ""), text::Lines::kMany);
  if (!reason.ok() || reason->empty() || text::code_points(*reason) > 1000)
    faults.push_back(
        {"reason",
         {"どこがどう違うのかを、1文字以上1000文字までで入力してください。", "Say what is wrong, in 1 to 1000 characters."}});
  if (!faults.empty()) return draw_contest(asked, page, field, value, std::string(posted.get("reason", "")), faults, 422);
  source.contest = *reason;
  next.answers[field.id] = std::move(value);
  TRY(asked.procedures().save(next));
  return http::redirect(page.open.at(asked, "/" + page.page->id));
}

}  // namespace musubi::procedures
