#include "procedures/asked.h"

#include "identity/access.h"
#include "web/messages/procedures.h"
#include "web/respond.h"

namespace musubi::procedures {
namespace {

namespace t = web::messages;
using web::Input;

std::string member_text(const json::value& value, std::string_view key) {
  auto* object = value.if_object();
  auto* found = object ? object->if_contains(key) : nullptr;
  auto* text = found ? found->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

std::string text_of(const json::value& value) {
  if (auto* text = value.if_string()) return std::string(*text);
  if (auto* number = value.if_int64()) return std::to_string(*number);
  return {};
}

web::Field part(const json::value& value, const std::string& name, std::string_view id, std::string_view label,
                std::string autocomplete, bool required = true) {
  web::Field field{Input::kText, name + "-" + std::string(id), std::string(label), "", {member_text(value, id)}};
  field.autocomplete = std::move(autocomplete);
  field.required = required;
  return field;
}

void name_parts(web::Field& field, const json::value& value, const Asked& asked, bool own) {
  web::Language l = asked.language;
  field.input = Input::kParts;
  field.parts = {part(value, field.name, "family", t::procedures_family(l), own ? "family-name" : ""),
                 part(value, field.name, "given", t::procedures_given_name(l), own ? "given-name" : ""),
                 part(value, field.name, "family_kana", t::procedures_family_kana(l), ""),
                 part(value, field.name, "given_kana", t::procedures_given_kana(l), "")};
  for (std::size_t i : {1, 3}) field.parts[i].required = field.required;
}

void address_parts(web::Field& field, const json::value& value, const Asked& asked, const std::string& group) {
  web::Language l = asked.language;
  field.input = Input::kParts;
  std::string before = group.empty() ? "" : group + " ";
  field.parts = {part(value, field.name, "postal_code", t::procedures_postal_code(l), before + "postal-code"),
                 part(value, field.name, "prefecture", t::procedures_prefecture(l), before + "address-level1"),
                 part(value, field.name, "municipality", t::procedures_municipality(l), before + "address-level2"),
                 part(value, field.name, "street", t::procedures_street(l), before + "address-line1"),
                 part(value, field.name, "building", t::procedures_building(l), before + "address-line2", false)};
  field.parts[0].width = 10;
}

}  // namespace

Result<Asked> take(const RouteContext& context, http::Request& request) {
  std::string organisation = request.parameter("org");
  auto database = TRY(context.store.organisation(organisation));
  auto neighbours = TRY(context.neighbours(organisation));
  Surroundings around{text::jst_date(context.clock.now()), neighbours->members()};
  return Asked{context,           request,         std::move(organisation), std::move(database), std::move(neighbours),
               std::move(around), request.language};
}

const Pack* pack_of_event(std::string_view event) {
  for (const auto& pack : embedded_packs())
    if (pack.event(event)) return &pack;
  return nullptr;
}

const Pack* pack_of_procedure(std::string_view procedure) {
  for (const auto& pack : embedded_packs())
    if (pack.procedure(procedure)) return &pack;
  return nullptr;
}

web::Page new_page(const Asked& asked, std::string title) {
  web::Page page;
  page.title = std::move(title);
  page.language = asked.language;
  page.target = asked.request.target;
  return page;
}

http::Response answer(const Asked& asked, const web::Page& page, int status) {
  return web::respond(asked.context.site(asked.request, asked.organisation), page, status);
}

http::Response answer_private(const Asked& asked, const web::Page& page, int status) {
  auto response = answer(asked, page, status);
  response.cache("no-store").header("Referrer-Policy", "same-origin");
  response.compress = false;  // a form token stands beside what the person typed
  return response;
}

web::Field input_of(const Field& field, const json::value& value, const Asked& asked, const std::string& name) {
  web::Field out{Input::kText, name, asked.say(field.label), field.hint ? asked.say(*field.hint) : ""};
  out.required = field.required;
  std::string text = text_of(value);
  if (!text.empty()) out.values = {text};
  out.autocomplete = field.autocomplete;
  switch (field.type) {
    case FieldType::kPersonName: name_parts(out, value, asked, field.autocomplete == "name"); break;
    case FieldType::kAddress: address_parts(out, value, asked, field.autocomplete); break;
    case FieldType::kDate:
      out.input = Input::kDate;
      out.eras = true;
      break;
    case FieldType::kLongText: out.input = Input::kTextarea; break;
    case FieldType::kNumber:
    case FieldType::kDigits: out.input = Input::kNumber; break;  // text with the keyboard of digits
    case FieldType::kPhone: out.input = Input::kTel; break;
    case FieldType::kEmail: out.input = Input::kEmail; break;
    case FieldType::kPostalCode: out.width = 10; break;
    case FieldType::kFile:
      out.input = Input::kFile;
      for (const auto& kind : field.accept) out.accept += (out.accept.empty() ? "" : ",") + std::string(media_type(kind));
      break;
    case FieldType::kYesNo:
      out.input = Input::kRadios;
      out.options = {{"yes", std::string(t::procedures_yes(asked.language))}, {"no", std::string(t::procedures_no(asked.language))}};
      break;
    case FieldType::kMember:
      out.input = Input::kRadios;
      for (const auto& member : asked.around.members)
        if (member.kind == field.member_kind) out.options.push_back({member.id, asked.say(member.title)});
      if (out.options.size() > 12) out.input = Input::kSelect;
      break;
    case FieldType::kChoice:
    case FieldType::kChoices:
      out.input = field.type == FieldType::kChoice ? Input::kRadios : Input::kCheckboxes;
      for (const auto& choice : field.choices)
        out.options.push_back({choice.id, asked.say(choice.title), choice.hint ? asked.say(*choice.hint) : ""});
      if (auto* list = value.if_array())
        for (const auto& one : *list) out.values.push_back(text_of(one));
      break;
    case FieldType::kText:
    case FieldType::kKana:
    case FieldType::kGroup: break;
  }
  return out;
}

Error unknown_event() {
  return Error{
      Code::kNotFound,
      "procedures.unknown_event",
      {"その案内はありません。「手続の案内」から選んでください。", "There is no such guide. Choose one on the page of guides."},
      {}};
}

Error unknown_procedure() {
  return Error{Code::kNotFound,
               "procedures.unknown_procedure",
               {"その手続はありません。「手続の一覧」から探してください。",
                "There is no such procedure. Look for it in the list of procedures."},
               {}};
}

}  // namespace musubi::procedures
