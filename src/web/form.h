// Forms: label, hint, error and input of each field, and the error summary, after the patterns of GOV.UK and of the
// Digital Agency's design system. The server's word is final; the browser checks nothing by itself (novalidate).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "web/html.h"
#include "web/language.h"
#include "web/table.h"

namespace musubi::web {

enum class Input { kText, kEmail, kTel, kNumber, kPassword, kTextarea, kSelect, kRadios, kCheckboxes, kFile, kDate, kHidden, kParts };

struct Option {
  std::string value;
  std::string title;
  std::string hint = {};
};

struct Field {
  Input input = Input::kText;
  std::string name;  // parameter; the field's id is "field-" + name
  std::string label;
  std::string hint = {};
  std::vector<std::string> values = {};  // what was given: one, or several for kCheckboxes; kDate: "2019-06-14"
  std::vector<Option> options = {};      // kSelect, kRadios, kCheckboxes
  bool required = true;                  // optional fields say so; required is the rule
  std::string autocomplete = {};         // token of HTML 4.10.18.7: "family-name", "postal-code", "bday"
  int width = 0;                         // characters, 0 = full: how long an answer is expected
  int rows = 5;                          // kTextarea
  std::string accept = {};               // kFile
  std::vector<std::string> errors = {};  // sentences in the page's language
  std::vector<Field> parts = {};         // kParts: one thing in several inputs (a name, an address)
  bool label_hidden = false;             // the page's heading says the same; still there for screen readers
  bool eras = false;                     // kDate: a choice of era before the year
};

struct Form {
  std::string action;
  std::vector<Field> fields;
  std::string submit;     // words on the button: a verb
  std::string csrf = {};  // hidden field "csrf"; empty only in a GET form
  std::string method = "post";
  Link cancel = {};
  std::vector<std::string> errors = {};  // faults that belong to no field
  bool secondary = false;                // another button of the page is the one to press
};

// Puts each fault at the field it names ("birth_date", "/birth_date"), the others above the form.
void apply_faults(Form& form, const std::vector<Fault>& faults, Language language);
bool has_errors(const Form& form);

// Error summary (where there are errors), fields, button. kFile makes it multipart/form-data.
Markup form(const Form& form, Language language);
Markup error_summary(const Form& form, Language language);

// kDate sends <name>-year, <name>-month, <name>-day and perhaps <name>-era; returns "2019-06-14" or "令和1-06-14" from them (full
// width digits too), "" where all are empty, else what was typed, joined by "-", for text::read_date to refuse.
std::string date_parameter(const std::vector<std::pair<std::string, std::string>>& parameters, std::string_view name);

}  // namespace musubi::web
