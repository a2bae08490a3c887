#include "app/browser.h"

#include <algorithm>

#include "http/fetch.h"
#include "web/url.h"

namespace musubi::app {
namespace {

constexpr int kRedirects = 10;

std::string decoded(std::string_view text) {
  static constexpr std::pair<std::string_view, char> kEntities[] = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool found = false;
    for (auto [entity, character] : kEntities)
      if (!found && text.substr(i).starts_with(entity)) out += character, i += entity.size() - 1, found = true;
    if (!found) out += text[i];
  }
  return out;
}

std::string origin_of(const std::string& url) { return url.substr(0, url.find('/', 7)); }

std::string absolute(const std::string& base, const std::string& href) {
  if (href.starts_with("http://") || href.starts_with("https://")) return href;
  if (href.starts_with("/")) return origin_of(base) + href;
  std::string path = base.substr(0, base.find_first_of("?#"));
  if (href.empty()) return base;
  if (href.starts_with("?")) return path + href;
  return path.substr(0, path.rfind('/') + 1) + href;
}

// A start tag at `at` ("<input ..."): its attributes.
struct Tag {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::size_t end = 0;  // after '>'

  std::string get(const std::string& key) const {
    auto found = attributes.find(key);
    return found == attributes.end() ? "" : found->second;
  }
  bool has(const std::string& key) const { return attributes.contains(key); }
};

Tag read_tag(const std::string& html, std::size_t at) {
  static constexpr std::string_view kSpace = " \t\r\n";
  Tag tag;
  std::size_t i = at + 1;
  while (i < html.size() && kSpace.find(html[i]) == kSpace.npos && html[i] != '>') tag.name += html[i++];
  while (i < html.size() && html[i] != '>') {
    if (kSpace.find(html[i]) != kSpace.npos || html[i] == '/') {
      ++i;
      continue;
    }
    std::string key, value;
    while (i < html.size() && html[i] != '=' && html[i] != '>' && kSpace.find(html[i]) == kSpace.npos) key += html[i++];
    if (i < html.size() && html[i] == '=') {
      char quote = i + 1 < html.size() ? html[i + 1] : '"';
      bool quoted = quote == '"' || quote == '\'';
      std::size_t begin = i + (quoted ? 2 : 1);
      std::size_t end = quoted ? html.find(quote, begin) : html.find_first_of(" >", begin);
      if (end == html.npos) end = html.size();
      value = decoded(std::string_view(html).substr(begin, end - begin));
      i = end + (quoted ? 1 : 0);
    }
    tag.attributes[key] = value;
  }
  tag.end = std::min(i + 1, html.size());
  return tag;
}

void read_control(const std::string& html, const Tag& tag, PageForm& form) {
  std::string name = tag.get("name"), type = tag.get("type");
  if (name.empty() || tag.has("disabled")) return;
  form.names.push_back(name);
  if (tag.name == "input") {
    bool choice = type == "radio" || type == "checkbox";
    if (choice) form.choices.push_back({name, tag.get("value")});
    if (type == "submit" || type == "file" || (choice && !tag.has("checked"))) return;
    form.fields.push_back({name, tag.get("value")});
  } else if (tag.name == "textarea") {
    std::size_t end = html.find("</textarea", tag.end);
    form.fields.push_back({name, decoded(std::string_view(html).substr(tag.end, end - tag.end))});
  } else if (tag.name == "select") {
    std::size_t end = html.find("</select", tag.end);
    std::optional<std::string> first, chosen;
    for (std::size_t at = html.find("<option", tag.end); at < end; at = html.find("<option", at + 1)) {
      Tag option = read_tag(html, at);
      form.choices.push_back({name, option.get("value")});
      if (!first) first = option.get("value");
      if (option.has("selected")) chosen = option.get("value");
    }
    form.fields.push_back({name, chosen ? *chosen : first.value_or("")});
  }
}

std::vector<PageForm> forms_of(const std::string& url, const std::string& html) {
  std::vector<PageForm> forms;
  for (std::size_t at = html.find("<form"); at != html.npos; at = html.find("<form", at + 1)) {
    Tag tag = read_tag(html, at);
    PageForm form;
    form.action = absolute(url, tag.get("action"));
    form.method = tag.get("method") == "post" ? "post" : "get";
    form.multipart = tag.get("enctype") == "multipart/form-data";
    std::size_t end = html.find("</form", tag.end);
    for (std::size_t i = html.find('<', tag.end); i < end; i = html.find('<', i + 1)) {
      Tag control = read_tag(html, i);
      if (control.name == "input" || control.name == "textarea" || control.name == "select") read_control(html, control, form);
    }
    forms.push_back(std::move(form));
  }
  return forms;
}

std::string without_tags(std::string_view html) {
  std::string out;
  bool inside = false;
  for (char c : html) {
    if (c == '<') inside = true;
    if (!inside) out += c;
    if (c == '>') inside = false, out += ' ';
  }
  std::string tidy;
  for (char c : decoded(out))
    if (!(c == ' ' || c == '\n' || c == '\t') || (!tidy.empty() && tidy.back() != ' ')) tidy += c == '\n' || c == '\t' ? ' ' : c;
  return tidy;
}

Error bad_page(const WebPage& page, const std::string& what) {
  std::string at = page.url + " (" + std::to_string(page.status) + " " + page.title() + ")";
  std::string_view text = page.html;
  std::string said = without_tags(text.substr(std::min(text.find("<main"), text.size())));
  return Error{Code::kInternal,
               "demo.page",
               {"期待したページではありません：" + at + " " + what + " " + said.substr(0, 1200),
                "Not the page that was expected: " + at + " " + what + " " + said.substr(0, 1200)},
               {}};
}

std::string multipart_of(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields)
    out += "--musubi-form\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  return out + "--musubi-form--\r\n";
}

}  // namespace

std::string WebPage::title() const {
  auto at = html.find("<h1");
  if (at == html.npos) return "";
  at = html.find('>', at) + 1;
  std::string title = without_tags(std::string_view(html).substr(at, html.find("</h1", at) - at));
  while (title.ends_with(' ')) title.pop_back();
  return title;
}

std::string WebPage::text() const { return without_tags(html); }

const PageForm* WebPage::form(std::string_view action) const {
  for (const auto& form : forms)
    if (form.action.ends_with(action)) return &form;
  for (const auto& form : forms)
    if (form.action.find(action) != form.action.npos) return &form;
  return nullptr;
}

std::optional<std::string> WebPage::link(std::string_view words) const {
  for (std::size_t at = html.find("<a "); at != html.npos; at = html.find("<a ", at + 1)) {
    Tag tag = read_tag(html, at);
    std::string inside = without_tags(std::string_view(html).substr(tag.end, html.find("</a", tag.end) - tag.end));
    if (inside.find(words) != inside.npos || tag.get("href").find(words) != std::string::npos) return absolute(url, tag.get("href"));
  }
  return std::nullopt;
}

Result<WebPage> Browser::get(const std::string& url) { return load(url, "GET", "", "", origin_of(url)); }

Result<WebPage> Browser::follow(const WebPage& page, std::string_view words) {
  auto href = page.link(words);
  if (!href) return bad_page(page, "link " + std::string(words));
  return get(*href);
}

Result<WebPage> Browser::submit(const WebPage& page, std::string_view action,
                                std::vector<std::pair<std::string, std::string>> fields) {
  const PageForm* form = page.form(action);
  if (!form) return bad_page(page, "form " + std::string(action));
  auto all = form->fields;
  for (const auto& [name, value] : fields) std::erase_if(all, [&name = name](const auto& one) { return one.first == name; });
  all.insert(all.end(), fields.begin(), fields.end());
  std::string query = web::query_string(all);
  if (form->method == "get") return get(form->action.substr(0, form->action.find('?')) + query);
  if (form->multipart)
    return load(form->action, "POST", multipart_of(all), "multipart/form-data; boundary=musubi-form", origin_of(page.url));
  return load(form->action, "POST", query.empty() ? "" : query.substr(1), "application/x-www-form-urlencoded", origin_of(page.url));
}

Result<WebPage> Browser::load(std::string url, std::string method, std::string body, std::string type, std::string from_origin) {
  for (int hop = 0; hop < kRedirects; ++hop) {
    http::FetchRequest request{url.substr(0, url.find('#')), method, {}, body};
    std::string origin = origin_of(url), path = std::string(web::path_of(url.substr(origin.size()))), cookie;
    request.headers.add("Accept", "text/html");
    request.headers.add("Accept-Language", language_);
    if (!type.empty()) request.headers.add("Content-Type", type);
    if (method == "POST") request.headers.add("Origin", from_origin);
    for (const auto& [name, held] : cookies_[origin])
      if (path.starts_with(held.second) && (method == "GET" || from_origin == origin))
        cookie += (cookie.empty() ? "" : "; ") + name + "=" + held.first;
    if (!cookie.empty()) request.headers.add("Cookie", cookie);
    auto fetched = TRY(http::fetch(request));
    for (const auto& [name, value] : fetched.headers) {
      if (!http::same_name(name, "Set-Cookie")) continue;
      std::string pair = value.substr(0, value.find(';'));
      auto equals = pair.find('='), at = value.find("Path=");
      std::string where =
          at == value.npos ? "/" : value.substr(at + 5, value.find(';', at) == value.npos ? value.npos : value.find(';', at) - at - 5);
      if (pair.substr(equals + 1).empty())
        cookies_[origin].erase(pair.substr(0, equals));
      else
        cookies_[origin][pair.substr(0, equals)] = {pair.substr(equals + 1), where};
    }
    if (fetched.status / 100 == 3 && fetched.status != 304 && fetched.headers.has("Location")) {
      url = absolute(url, std::string(fetched.headers.get("Location")));
      method = "GET", body.clear(), type.clear();
      continue;
    }
    WebPage page{url, fetched.status, std::move(fetched.body), {}};
    page.forms = forms_of(page.url, page.html);
    if (page.status != 200) return bad_page(page, "");
    return page;
  }
  return Error{Code::kInternal, "demo.page", {"転送が多すぎます：" + url, "Too many redirects: " + url}, {}};
}

}  // namespace musubi::app
