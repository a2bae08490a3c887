#include "kpi/form_over.h"

#include <charconv>

#include "kpi/plan_form.h"

namespace musubi::kpi {

namespace {
constexpr std::size_t kMostBegan = 8;
}

FormOver FormOver::again(std::int64_t newest) const {
  FormOver out{newest, {base}};
  for (std::int64_t one : began)
    if (out.began.size() < kMostBegan) out.began.push_back(one);
  return out;
}

FormOver posted_over(const http::Form& posted) {
  FormOver out{posted_integer(posted, "base"), {}};
  std::string_view all = posted.get("began", "");
  while (!all.empty() && out.began.size() < kMostBegan) {
    std::int64_t one = 0;
    auto [end, error] = std::from_chars(all.data(), all.data() + all.size(), one);
    if (error != std::errc()) break;
    out.began.push_back(one);
    all.remove_prefix(std::min(all.size(), std::size_t(end - all.data()) + 1));
  }
  return out;
}

void put_over(std::vector<web::Field>& out, const FormOver& over) {
  if (over.base == 0) return;
  out.push_back(hidden_field("base", std::to_string(over.base)));
  std::string began;
  for (std::int64_t one : over.began) began += (began.empty() ? "" : " ") + std::to_string(one);
  if (!began.empty()) out.push_back(hidden_field("began", began));
}

Text open_anew() {
  return {"この画面は前の版の Musubi のものです。何も保存していません。ページを開き直してから、もう一度書いてください。",
          "This page is of an earlier version of Musubi. Nothing was saved. Open the page anew, then write it again."};
}

}  // namespace musubi::kpi
