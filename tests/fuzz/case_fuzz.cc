// Numbers of cases have one spelling; what is stored of a case's terms and form is read or refused, never crashed on, and comes
// back the same when written again.
#include <cstdint>

#include "base/check.h"
#include "records/json.h"
#include "records/rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (auto number = records::number_of(text)) CHECK(records::case_id(*number) == text);
  if (auto form = records::read_form(1, text, Time{}); form.ok() && !text.empty()) {
    const auto again = records::read_form(1, records::form_content(form->answers, form->data), Time{});
    CHECK(again.ok() && again->answers.size() == form->answers.size());
    CHECK(json::serialize(again->data) == json::serialize(form->data));
  }
  if (auto terms = records::read_terms("id", "procedure", {}, text); terms.ok()) CHECK(!terms->route.empty());
  if (auto comment = records::clean_comment(text, true); comment.ok()) CHECK(!comment->empty());
  return 0;
}
