#include "web/form.h"

#include <gtest/gtest.h>

namespace musubi::web {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

Form sample() {
  return {.action = "/moves",
          .fields = {{.name = "name", .label = "氏名", .hint = "全角<でも>", .values = {"\"><script>"}, .autocomplete = "name"},
                     {.input = Input::kDate,
                      .name = "birth",
                      .label = "生年月日",
                      .values = {"1989-13-7"},
                      .required = false,
                      .autocomplete = "bday"},
                     {.input = Input::kRadios, .name = "way", .label = "方法", .values = {"b"}, .options = {{"a", "A"}, {"b", "B"}}},
                     {.input = Input::kFile, .name = "file", .label = "書類"},
                     {.input = Input::kHidden, .name = "step", .values = {"2"}}},
          .submit = "送る",
          .csrf = "token\""};
}

TEST(Form, FieldsAreLabelledAndEscaped) {
  const std::string html = form(sample(), Language::ja).html;
  for (auto part :
       {"<label for=\"field-name\">氏名</label>", "id=\"hint-name\">全角&lt;でも&gt;", "value=\"&quot;&gt;&lt;script&gt;\"",
        "aria-describedby=\"hint-name\"", "autocomplete=\"name\"", "autocomplete=\"bday-year\"", "value=\"1989\"", "value=\"13\"",
        "value=\"7\"", "value=\"b\" checked", "<legend>方法</legend>", "enctype=\"multipart/form-data\"",
        "name=\"csrf\" value=\"token&quot;\"", "任意", "name=\"step\" value=\"2\"", "novalidate"})
    EXPECT_TRUE(has(html, part)) << part << "\n" << html;
  EXPECT_FALSE(has(html, "class=\"errors\""));
}

TEST(Form, ErrorsAreSummarisedAndLinked) {
  Form wrong = sample();
  apply_faults(wrong,
               {{"/name", {"氏名を入力してください。", "Enter a name."}},
                {"birth", {"x", "Enter a real date."}},
                {"way", {"x", "Choose."}},
                {"elsewhere", {"x", "Filed already."}},
                {"step", {"x", "Bad step."}}},
               Language::en);
  EXPECT_TRUE(has_errors(wrong));
  const std::string html = form(wrong, Language::en).html;
  for (auto part :
       {"href=\"#field-name\"", "href=\"#field-birth-year\"", "href=\"#field-way-1\"", "<li>Filed already.</li>", "<li>Bad step.</li>",
        "id=\"error-name\"", "aria-describedby=\"hint-name error-name\"", "aria-invalid=\"true\"", "role=\"alert\""})
    EXPECT_TRUE(has(html, part)) << part;
}

TEST(Form, DateParameters) {
  EXPECT_EQ(date_parameter({{"birth-year", "１９８９"}, {"birth-month", "1"}, {"birth-day", " 7 "}}, "birth"), "1989-01-07");
  EXPECT_EQ(date_parameter({{"birth-year", ""}}, "birth"), "");
  EXPECT_EQ(date_parameter({{"birth-year", "1989"}}, "birth"), "1989--");
  EXPECT_EQ(date_parameter({{"birth-year", "1989"}, {"birth-month", "x"}}, "birth"), "1989-x-") << "it comes back as it was typed";
}

}  // namespace
}  // namespace musubi::web
