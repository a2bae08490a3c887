// Groups: the list of entries, and one entry a page.
#include <algorithm>

#include "procedures/resident_pages.h"
#include "text/normalise.h"
#include "web/messages/procedures.h"

namespace musubi::procedures {
namespace {

namespace t = web::messages;
using web::Html;
using web::Markup;

Error unknown_entry() {
  return Error{Code::kNotFound,
               "procedures.unknown_entry",
               {"その一件はもうありません。一覧へ戻ってください。", "That entry is not there any more. Go back to the list."},
               {}};
}

const json::array& entries_of(const Basket& basket, const Field& group) {
  static const json::array none;
  auto* value = basket.answers.if_contains(group.id);
  return value && value->is_array() ? value->get_array() : none;
}

struct OpenEntry {
  OpenPage page;
  const Field* group = nullptr;
  std::optional<std::size_t> index;  // none: a new one
  json::object entry;
};
Result<OpenEntry> open_entry(const Asked& asked) {
  OpenEntry out;
  out.page = TRY(open_page(asked));
  for (const Field* field : out.page.fields)
    if (field->type == FieldType::kGroup) out.group = field;
  if (!out.group) return unknown_entry();
  const std::string& wanted = asked.request.parameter("entry");
  const auto& entries = entries_of(out.page.open.basket, *out.group);
  if (wanted == "new") {
    if (std::int64_t(entries.size()) >= out.group->max.value_or(50)) return unknown_entry();
    return out;
  }
  auto number = text::read_integer(wanted);
  if (!number || *number < 1 || *number > std::int64_t(entries.size())) return unknown_entry();
  out.index = std::size_t(*number - 1);
  if (auto* object = entries[*out.index].if_object()) out.entry = *object;
  return out;
}

bool from_source(const OpenEntry& open) {
  return open.page.open.basket.amends.empty() && open.page.open.basket.sources.contains(open.group->id) &&
         open.entry.contains("person");
}

Result<http::Response> draw(const Asked& asked, const OpenEntry& open, const json::object& entry, const std::string& reason,
                            const std::vector<Fault>& faults, int status) {
  web::Language l = asked.language;
  const OpenBasket& basket = open.page.open;
  std::string name = asked.say(open.group->entry ? *open.group->entry : open.group->label);
  web::Page out = new_page(asked, open.index ? name + " " + std::to_string(*open.index + 1) : t::procedures_add_entry(l, {name}));
  out.breadcrumbs = {{std::string(t::procedures_home(l)), asked.at("/my")},
                     {std::string(t::procedures_tasks(l)), basket.at(asked)},
                     {asked.say(open.page.page->title), basket.at(asked, "/" + open.page.page->id)}};
  web::Form form;
  form.action = basket.at(asked, "/" + open.page.page->id + "/entries/" + asked.request.parameter("entry"));
  form.submit = t::procedures_save(l);
  form.csrf = csrf(asked);
  form.cancel = {std::string(t::procedures_cancel(l)), basket.at(asked, "/" + open.page.page->id)};
  form.fields.push_back({web::Input::kHidden, "revision", "", "", {std::to_string(basket.basket.revision)}});
  for (const Field& inner : open.group->fields) {
    auto* value = entry.if_contains(inner.id);
    form.fields.push_back(input_of(inner, value ? *value : json::value(nullptr), asked, inner.id));
  }
  if (from_source(open)) {
    web::Field why{web::Input::kTextarea,
                   "reason",
                   std::string(t::procedures_entry_reason(l)),
                   std::string(t::procedures_entry_reason_hint(l)),
                   {reason}};
    why.required = false;
    why.rows = 3;
    form.fields.push_back(std::move(why));
  }
  web::apply_faults(form, faults, l);
  out.has_errors = web::has_errors(form);
  Html main;
  if (from_source(open)) main.markup(source_markup(asked, basket.basket.sources.at(open.group->id), ""));
  out.main = main.markup(web::form(form, l)).take();
  return answer_private(asked, out, status);
}

}  // namespace

Markup entries_markup(const Asked& asked, const Basket& basket, const FormPage& page, const Field& group) {
  web::Language l = asked.language;
  std::string base = asked.at("/my/baskets/" + basket.id + "/" + page.id);
  const auto& entries = entries_of(basket, group);
  Html html;
  if (group.hint) html.raw("<p class=\"hint\">").text(asked.say(*group.hint)).raw("</p>\n");
  if (auto source = basket.sources.find(group.id); source != basket.sources.end())
    html.markup(source_markup(asked, source->second, ""));
  std::vector<Fault> faults;
  check_value(group, basket.answers.contains(group.id) ? basket.answers.at(group.id) : json::value(nullptr), false, asked.around,
              group.id, faults);
  html.raw("<ol class=\"cards\">\n");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    std::string number = std::to_string(i + 1), prefix = group.id + "-" + number + "-";
    html.raw("<li class=\"card\">\n");
    std::vector<web::SummaryRow> rows;
    for (const Field& inner : group.fields) {
      auto* object = entries[i].if_object();
      auto* value = object ? object->if_contains(inner.id) : nullptr;
      rows.push_back({asked.say(inner.label), value && !is_empty_value(*value)
                                                  ? web::escaped(asked.say(show_value(inner, *value, asked.around)))
                                                  : web::tag(t::procedures_not_answered(l), web::Tone::kWarning)});
    }
    html.markup(web::summary_list(rows, l));
    for (const auto& fault : faults)
      if (fault.where.starts_with(prefix)) {
        html.raw("<p class=\"error\">").text(asked.say(fault.message)).raw("</p>\n");
        break;
      }
    html.raw("<p class=\"actions\">")
        .markup(web::link(t::procedures_change_entry(l), base + "/entries/" + number))
        .raw("</p>\n")
        .markup(post_button(asked, base + "/entries/" + number + "/remove", t::procedures_remove_entry(l),
                            {{"revision", std::to_string(basket.revision)}}))
        .raw("</li>\n");
  }
  html.raw("</ol>\n");
  if (std::int64_t(entries.size()) < group.max.value_or(50))
    html.raw("<p>")
        .markup(web::link(t::procedures_add_entry(l, {asked.say(group.entry ? *group.entry : group.label)}), base + "/entries/new"))
        .raw("</p>\n");
  return html.take();
}

Result<http::Response> entry_page(const Asked& asked) {
  OpenEntry open = TRY(open_entry(asked));
  return draw(asked, open, open.entry, "", {}, 200);
}

Result<http::Response> entry_post(const Asked& asked) {
  OpenEntry open = TRY(open_entry(asked));
  auto posted = TRY(asked.request.form());
  Basket next = open.page.open.basket;
  next.revision = text::read_integer(posted.get("revision", "")).value_or(-1);
  json::object entry = open.entry;
  std::vector<Fault> faults;
  bool differs = false;
  for (const Field& inner : open.group->fields) {
    json::value value = read_value(inner, posted, inner.id);
    auto* before = open.entry.if_contains(inner.id);
    differs = differs || (inner.source && before && !is_empty_value(*before) && *before != value);
    if (is_empty_value(value))
      entry.erase(inner.id);
    else
      entry[inner.id] = value;
    if (inner.when.holds(entry)) check_value(inner, value, inner.required, asked.around, inner.id, faults);
  }
  std::string reason(posted.get("reason", ""));
  auto clean = text::clean_input(reason, text::Lines::kMany);
  if (from_source(open) && differs && (!clean.ok() || clean->empty() || text::code_points(*clean) > 500))
    faults.push_back({"reason",
                      {"取り寄せた内容を直すときは、理由を500文字までで入力してください。",
                       "When you change what was fetched, say why in at most 500 characters."}});
  if (!faults.empty()) return draw(asked, open, entry, reason, faults, 422);
  if (from_source(open) && differs) {
    std::string& contest = next.sources.at(open.group->id).contest;
    contest = std::string(text::first_code_points(contest.empty() ? *clean : contest + "\n" + *clean, 1000));
  }
  if (differs && !next.amends.empty()) next.sources.erase(open.group->id);
  json::array entries = entries_of(next, *open.group);
  if (open.index)
    entries[*open.index] = std::move(entry);
  else
    entries.push_back(std::move(entry));
  next.answers[open.group->id] = std::move(entries);
  TRY(asked.procedures().save(next));
  return http::redirect(open.page.open.at(asked, "/" + open.page.page->id));
}

Result<http::Response> entry_remove_post(const Asked& asked) {
  OpenEntry open = TRY(open_entry(asked));
  auto posted = TRY(asked.request.form());
  if (!open.index) return unknown_entry();
  Basket next = open.page.open.basket;
  next.revision = text::read_integer(posted.get("revision", "")).value_or(-1);
  json::array entries = entries_of(next, *open.group);
  entries.erase(entries.begin() + std::ptrdiff_t(*open.index));
  next.answers[open.group->id] = std::move(entries);
  TRY(asked.procedures().save(next));
  return http::redirect(open.page.open.at(asked, "/" + open.page.page->id));
}

}  // namespace musubi::procedures
