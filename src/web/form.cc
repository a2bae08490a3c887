#include "web/form.h"

#include <algorithm>

#include "text/normalise.h"
#include "web/date_boxes.h"
#include "web/messages.h"

namespace musubi::web {
namespace {

// Where the error summary's link leads: the first input of the field.
std::string first_input(const Field& field) {
  const std::string id = "field-" + field.name;
  if (field.input == Input::kDate) return id + (field.eras ? "-era" : "-year");
  if (field.input == Input::kParts && !field.parts.empty()) return first_input(field.parts[0]);
  if (field.input == Input::kRadios || field.input == Input::kCheckboxes) return id + "-1";
  return id;
}

bool is_group(const Field& field) {
  return field.input == Input::kDate || field.input == Input::kRadios || field.input == Input::kCheckboxes ||
         field.input == Input::kParts;
}

bool has_value(const Field& field, std::string_view value) {
  return std::find(field.values.begin(), field.values.end(), value) != field.values.end();
}

std::string_view type_of(Input input) {
  switch (input) {
    case Input::kEmail: return "email";
    case Input::kTel: return "tel";
    case Input::kPassword: return "password";
    case Input::kFile: return "file";
    default: return "text";  // numbers too: type=number changes values by wheel and hides what was typed
  }
}

class Writer {
 public:
  explicit Writer(Language language) : language_(language) {}

  void field(const Field& field) {
    if (field.input == Input::kHidden) {
      html_.raw("<input type=\"hidden\"").attribute("name", field.name).attribute("value", value_of(field)).raw(">\n");
      return;
    }
    html_.raw("<div class=\"field");
    if (!field.errors.empty()) html_.raw(" wrong");
    html_.raw("\">\n");
    if (is_group(field))
      group(field);
    else {
      html_.raw("<label for=\"field-").text(field.name).raw("\"");
      if (field.label_hidden) html_.raw(" class=\"hidden\"");
      html_.raw(">");
      title(field);
      html_.raw("</label>\n");
      notes(field);
      input(field);
    }
    html_.raw("</div>\n");
  }

  Html& html() { return html_; }

 private:
  static std::string_view value_of(const Field& field) {
    return field.values.empty() ? std::string_view{} : std::string_view(field.values[0]);
  }

  void title(const Field& field) {
    html_.text(field.label);
    if (!field.required) html_.raw(" <span class=\"optional\">").text(messages::form_optional(language_)).raw("</span>");
  }

  // Hint and errors, which the input names in aria-describedby.
  void notes(const Field& field) {
    if (!field.hint.empty()) html_.raw("<p class=\"hint\" id=\"hint-").text(field.name).raw("\">").text(field.hint).raw("</p>\n");
    if (field.errors.empty()) return;
    html_.raw("<p class=\"error\" id=\"error-")
        .text(field.name)
        .raw("\"><span class=\"hidden\">")
        .text(messages::form_error(language_))
        .raw("</span>");
    for (std::size_t i = 0; i < field.errors.size(); ++i) {
      if (i > 0) html_.raw("<br>");
      html_.text(field.errors[i]);
    }
    html_.raw("</p>\n");
  }

  void described(const Field& field) {
    std::string ids;
    if (!field.hint.empty()) ids = "hint-" + field.name;
    if (!field.errors.empty()) ids += (ids.empty() ? "" : " ") + ("error-" + field.name);
    if (!ids.empty()) html_.attribute("aria-describedby", ids);
  }

  void common(const Field& field) {
    html_.raw(" id=\"field-").text(field.name).raw("\"").attribute("name", field.name);
    described(field);
    if (!field.errors.empty()) html_.raw(" aria-invalid=\"true\"");
    if (field.required) html_.raw(" aria-required=\"true\"");
    if (!field.autocomplete.empty()) html_.attribute("autocomplete", field.autocomplete);
  }

  void input(const Field& field) {
    if (field.input == Input::kTextarea) {
      html_.raw("<textarea");
      common(field);
      // The parser drops one line feed after the tag, so that one of the value's own would be lost.
      html_.raw(" rows=\"").number(field.rows).raw("\">\n").text(value_of(field)).raw("</textarea>\n");
      return;
    }
    if (field.input == Input::kSelect) return select(field);
    html_.raw("<input").attribute("type", type_of(field.input));
    common(field);
    if (field.input == Input::kNumber) html_.raw(" inputmode=\"numeric\"");
    if (field.input == Input::kFile) {
      if (!field.accept.empty()) html_.attribute("accept", field.accept);
    } else if (field.input != Input::kPassword) {
      html_.attribute("value", value_of(field));
    }
    if (field.width > 0) html_.raw(" size=\"").number(field.width).raw("\"");
    html_.raw(">\n");
  }

  void select(const Field& field) {
    html_.raw("<select");
    common(field);
    html_.raw(">\n");
    bool own = std::any_of(field.options.begin(), field.options.end(), [](const Option& one) { return one.value.empty(); });
    if (!own) html_.raw("<option value=\"\">").text(messages::form_choose(language_)).raw("</option>\n");
    for (const Option& option : field.options) {
      html_.raw("<option").attribute("value", option.value);
      if (has_value(field, option.value)) html_.raw(" selected");
      html_.raw(">").text(option.title).raw("</option>\n");
    }
    html_.raw("</select>\n");
  }

  void group(const Field& field) {
    html_.raw("<fieldset");
    if (field.input == Input::kRadios && field.required) html_.raw(" role=\"radiogroup\" aria-required=\"true\"");
    described(field);
    html_.raw(">\n<legend");
    if (field.label_hidden) html_.raw(" class=\"hidden\"");
    html_.raw(">");
    title(field);
    html_.raw("</legend>\n");
    notes(field);
    if (field.input == Input::kDate)
      date(field);
    else if (field.input == Input::kParts)
      parts(field);
    else
      options(field);
    html_.raw("</fieldset>\n");
  }

  void options(const Field& field) {
    std::int64_t number = 0;
    for (const Option& option : field.options) {
      ++number;
      html_.raw("<div class=\"option\"><input")
          .attribute("type", field.input == Input::kRadios ? "radio" : "checkbox")
          .raw(" id=\"field-")
          .text(field.name)
          .raw("-")
          .number(number)
          .raw("\"")
          .attribute("name", field.name)
          .attribute("value", option.value);
      if (has_value(field, option.value)) html_.raw(" checked");
      if (!option.hint.empty()) html_.raw(" aria-describedby=\"hint-").text(field.name).raw("-").number(number).raw("\"");
      html_.raw("><label for=\"field-").text(field.name).raw("-").number(number).raw("\">").text(option.title).raw("</label>");
      if (!option.hint.empty())
        html_.raw("<p class=\"hint\" id=\"hint-").text(field.name).raw("-").number(number).raw("\">").text(option.hint).raw("</p>");
      html_.raw("</div>\n");
    }
  }

  void date(const Field& field) {
    // What was typed comes back as it was, even where it is no date: year, month, rest.
    const std::string_view value = value_of(field);
    const auto first = value.find('-');
    const auto second = first == std::string_view::npos ? first : value.find('-', first + 1);
    std::string_view year = value.substr(0, first), era;
    for (std::string_view each : kBoxEras)
      if (field.eras && year.starts_with(each)) era = each;
    year.remove_prefix(era.size());
    const std::string_view month =
        first == std::string_view::npos ? "" : value.substr(first + 1, second == std::string_view::npos ? second : second - first - 1);
    const std::string_view day = second == std::string_view::npos ? "" : value.substr(second + 1);
    html_.raw("<div class=\"date\">\n");
    if (field.eras) this->era(field, era);
    part(field, "year", field.eras ? messages::form_year_any(language_) : messages::form_year(language_), year, 4);
    part(field, "month", messages::form_month(language_), month, 2);
    part(field, "day", messages::form_day(language_), day, 2);
    html_.raw("</div>\n");
  }

  void parts(const Field& whole) {
    html_.raw("<div class=\"parts\">\n");
    for (const Field& one : whole.parts) this->field(one);
    html_.raw("</div>\n");
  }

  void era(const Field& field, std::string_view chosen) {
    html_.raw("<div><label for=\"field-")
        .text(field.name)
        .raw("-era\">")
        .text(messages::form_era(language_))
        .raw("</label>\n<select id=\"field-")
        .text(field.name)
        .raw("-era\" name=\"")
        .text(field.name)
        .raw("-era\"><option value=\"\">")
        .text(messages::form_western(language_))
        .raw("</option>");
    for (std::string_view each : kBoxEras) {
      html_.raw("<option").attribute("value", each);
      if (each == chosen) html_.raw(" selected");
      html_.raw(">").text(each).raw("</option>");
    }
    html_.raw("</select></div>\n");
  }

  void part(const Field& field, std::string_view name, std::string_view title, std::string_view value, int width) {
    html_.raw("<div><label for=\"field-")
        .text(field.name)
        .raw("-")
        .text(name)
        .raw("\">")
        .text(title)
        .raw("</label>\n<input type=\"text\" inputmode=\"numeric\" id=\"field-")
        .text(field.name)
        .raw("-")
        .text(name)
        .raw("\" name=\"")
        .text(field.name)
        .raw("-")
        .text(name)
        .raw("\"")
        .attribute("value", value)
        .raw(" size=\"")
        .number(width)
        .raw("\"");
    if (!field.errors.empty()) html_.raw(" aria-invalid=\"true\"");
    if (!field.autocomplete.empty()) html_.attribute("autocomplete", field.autocomplete + "-" + std::string(name));
    html_.raw("></div>\n");
  }

  Language language_;
  Html html_;
};

Field* find_field(std::vector<Field>& fields, std::string_view name) {
  for (Field& field : fields) {
    if (field.name == name) return &field;
    if (Field* part = find_field(field.parts, name)) return part;
  }
  return nullptr;
}

bool any_errors(const std::vector<Field>& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const Field& f) { return !f.errors.empty() || any_errors(f.parts); });
}

void summarise(Html& html, const std::vector<Field>& fields, Language language) {
  for (const Field& field : fields) {
    for (const std::string& error : field.errors)
      html.raw("<li><a href=\"#")
          .text(first_input(field))
          .raw("\">")
          .text(field.label)
          .text(language == Language::ja ? "：" : ": ")
          .text(error)
          .raw("</a></li>\n");
    summarise(html, field.parts, language);
  }
}

}  // namespace

void apply_faults(Form& form, const std::vector<Fault>& faults, Language language) {
  for (const Fault& fault : faults) {
    const std::string_view where = std::string_view(fault.where).substr(fault.where.starts_with('/') ? 1 : 0);
    Field* field = find_field(form.fields, where);
    auto& errors = !field || field->input == Input::kHidden ? form.errors : field->errors;
    errors.push_back(pick(fault.message, language));
  }
}

bool has_errors(const Form& form) { return !form.errors.empty() || any_errors(form.fields); }

Markup error_summary(const Form& form, Language language) {
  if (!has_errors(form)) return {};
  Html html;
  html.raw("<div class=\"errors\" role=\"alert\" aria-labelledby=\"errors-title\" tabindex=\"-1\">\n<h2 id=\"errors-title\">")
      .text(messages::form_errors_title(language))
      .raw("</h2>\n<ul>\n");
  for (const std::string& error : form.errors) html.raw("<li>").text(error).raw("</li>\n");
  summarise(html, form.fields, language);
  return html.raw("</ul>\n</div>\n").take();
}

Markup form(const Form& form, Language language) {
  const bool has_file = std::any_of(form.fields.begin(), form.fields.end(), [](const Field& f) { return f.input == Input::kFile; });
  Writer writer(language);
  Html& html = writer.html();
  html.markup(error_summary(form, language)).raw("<form").attribute("method", form.method).url("action", form.action);
  if (has_file) html.raw(" enctype=\"multipart/form-data\"");
  html.raw(" novalidate>\n");
  if (!form.csrf.empty()) html.raw("<input type=\"hidden\" name=\"csrf\"").attribute("value", form.csrf).raw(">\n");
  for (const Field& field : form.fields) writer.field(field);
  html.raw("<div class=\"do\"><button class=\"button");
  if (form.secondary) html.raw(" secondary");
  html.raw("\">").text(form.submit).raw("</button>");
  if (!form.cancel.href.empty()) html.raw(" ").markup(link(form.cancel.title, form.cancel.href));
  return html.raw("</div>\n</form>\n").take();
}

std::string date_parameter(const std::vector<std::pair<std::string, std::string>>& parameters, std::string_view name) {
  std::string parts[4];
  const std::string_view suffixes[4] = {"-year", "-month", "-day", "-era"};
  for (const auto& [key, value] : parameters)
    for (int i = 0; i < 4; ++i)
      if (key.size() == name.size() + suffixes[i].size() && key.starts_with(name) && key.ends_with(suffixes[i]))
        parts[i] = text::half_width_digits(text::trim(value));
  if (parts[0].empty() && parts[1].empty() && parts[2].empty()) return {};
  for (int i = 1; i < 3; ++i)
    if (parts[i].size() == 1 && parts[i][0] >= '0' && parts[i][0] <= '9') parts[i].insert(0, 1, '0');
  return parts[3] + parts[0] + "-" + parts[1] + "-" + parts[2];
}

}  // namespace musubi::web
