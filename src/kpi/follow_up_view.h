// Pieces that the pages of follow-ups share. Private to kpi.
#pragma once

#include <string>
#include <vector>

#include "kpi/asked.h"
#include "kpi/follow_ups.h"
#include "web/form.h"

namespace musubi::kpi {

struct FollowUpUrls {
  Urls urls;
  std::string desk() const { return "/" + urls.org + "/office/follow-up"; }
  std::string plan(std::string_view plan) const { return urls.plan(plan) + "/follow-up"; }
  std::string measure(std::string_view plan, std::string_view number) const { return urls.measure(plan, number) + "/follow-up"; }
  std::string entry(std::string_view plan, const FollowUpKey& key) const {
    return measure(plan, key.first) + "/" + period_id(key.second);
  }
};

std::string in_view(std::string url, const View& view);  // stays in the day that is asked for
web::Markup as_of_notice(const Asked& asked, const std::string& now);

std::string_view light_title(Light light, web::Language language);  // "▲ 遅れ": sign and word, so that colour says nothing alone
web::Tone light_tone(Light light);
web::Markup light_tag(std::optional<Light> light, web::Language language);
web::Cell light_cell(std::optional<Light> light, web::Language language);
std::string_view frequency_title(Frequency frequency, web::Language language);
std::string_view item_state_title(ItemState state, web::Language language);
web::Tone item_state_tone(ItemState state);
std::string post_title(const std::vector<PostWords>& posts, const std::string& id, web::Language language);
std::string actual_text(const std::optional<Actual>& actual, web::Language language);

// What an entry says, with who brought it where it stands.
web::Markup told_markup(const FollowUps::Told& told, const Asked& asked, const Measure* measure = nullptr);  // names its rows
// Cells that differ from what was said before; nothing where none do.
web::Markup told_changes(const FollowUp& before, const FollowUp& after, std::string id, std::string_view caption,
                         const std::string& target, web::Language language);

// Of the officer who asks. Errors: those of the store.
Result<std::vector<std::string>> my_posts(const RouteContext& context, const http::Request& request);
Result<FollowUpOfficer> officer_of(const RouteContext& context, const http::Request& request);
// "職「…」" as pages name who leads: the post's title, or that administrators do until one is named.
Result<std::string> leading_title(const RouteContext& context, const http::Request& request, const FollowUpState& state,
                                  web::Language language);
Result<std::vector<PostWords>> all_posts(const RouteContext& context, const http::Request& request);

// Parted by spaces or commas, of either width.
std::vector<std::string> typed_words(std::string_view typed);

// Fields of a form, drawn from what was posted or from what stands, and read back with every fault.
class FollowUpForm {
 public:
  FollowUpForm(const http::Form* posted, web::Language language) : posted_(posted), language_(language) {}

  std::string value(const std::string& name, std::string otherwise = "") const {
    return posted_ ? std::string(posted_->get(name, "")) : std::move(otherwise);
  }
  bool has(const std::string& name) const { return posted_ && posted_->get(name); }
  bool posted() const { return posted_; }
  std::optional<std::string> given(const std::string& name) const {  // nothing where the field was not posted
    auto found = posted_ ? posted_->get(name) : std::nullopt;
    return found ? std::optional(std::string(*found)) : std::nullopt;
  }
  // A text of several lines gets a field of several, since a browser drops line feeds from one of one line.
  web::Field field(web::Input input, const std::string& name, std::string_view label, std::string now, bool required = false);
  void words(std::vector<web::Field>& out, const std::string& name, std::string_view ja, std::string_view en,
             const std::optional<Text>& now, bool required = false);
  std::optional<Text> words(const std::string& name);                            // a fault where one language alone is written
  std::optional<double> number(const std::string& name, const Text& unit = {});  // of the bare value, or of one in `unit`
  web::Field box(const std::string& name, std::string_view label, std::string_view yes, bool now);  // "true" where it is ticked
  // Faults of the service: "causes" stands at the Japanese field of the causes.
  void add(const std::vector<Fault>& faults);

  std::vector<Fault> faults;

 private:
  const http::Form* posted_;
  web::Language language_;
  // Fields whose other language alone is empty. Words in one language are none to the rules, which would call these empty, too.
  std::vector<std::string> filled_;
};

}  // namespace musubi::kpi
