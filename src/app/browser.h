// Browser: what a person's browser does with pages that work without scripts, for the demo's journey: follows links and
// redirects, fills and posts forms, keeps cookies for each origin and sends none with a post from another one (SameSite=Lax).
// It knows the pages of Musubi, not HTML at large.
//
// One thread. Plain HTTP on this machine.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace musubi::app {

struct PageForm {
  std::string action;  // absolute
  std::string method = "get";
  bool multipart = false;
  std::vector<std::pair<std::string, std::string>> fields;   // as the page would post them untouched
  std::vector<std::string> names;                            // every control, also those without a value yet
  std::vector<std::pair<std::string, std::string>> choices;  // radio buttons and check boxes
};

struct WebPage {
  std::string url;
  int status = 0;
  std::string html;
  std::vector<PageForm> forms;

  std::string title() const;  // of <h1>
  std::string text() const;   // without tags
  // The form whose action ends with this, or holds it.
  const PageForm* form(std::string_view action) const;
  // The address of the first link whose words or address hold this.
  std::optional<std::string> link(std::string_view words) const;
};

class Browser {
 public:
  explicit Browser(std::string language) : language_(std::move(language)) {}

  // Errors: demo.page with status, address and heading for anything but 200 in the end.
  Result<WebPage> get(const std::string& url);
  // Posts the form with these fields set; the others stay as the page had them.
  Result<WebPage> submit(const WebPage& page, std::string_view action, std::vector<std::pair<std::string, std::string>> fields = {});
  // Follows a link of the page. Error: demo.page where there is none.
  Result<WebPage> follow(const WebPage& page, std::string_view words);

 private:
  Result<WebPage> load(std::string url, std::string method, std::string body, std::string type, std::string from_origin);

  std::string language_;
  std::map<std::string, std::map<std::string, std::pair<std::string, std::string>>> cookies_;  // origin, name: value, path
};

}  // namespace musubi::app
