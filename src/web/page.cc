#include "web/page.h"

#include "web/messages.h"
#include "web/static_files.h"
#include "web/template.h"
#include "web/url.h"

namespace musubi::web {
namespace {

json::array links(const std::vector<Link>& list) {
  json::array out;
  for (const Link& link : list) out.push_back({{"title", link.title}, {"href", link.href}});
  return out;
}

bool is_within(std::string_view path, std::string_view folder) {
  if (folder == "/") return path == "/";
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

json::array languages(const Page& page) {
  json::array out;
  for (Language language : kLanguages) {
    const std::string_view tag = language_tag(language);
    out.push_back({{"tag", tag},
                   {"title", language == Language::ja ? "日本語" : "English"},
                   {"current", language == page.language},
                   {"href", with_parameter(page.target, "lang", tag)}});
  }
  return out;
}

json::array navigation(const Site& site, const Page& page) {
  json::array out;
  for (const SiteLink& link : site.navigation)
    out.push_back({{"title", pick(link.title, page.language)},
                   {"href", link.href},
                   {"current", is_within(path_of(page.target), path_of(link.href))}});
  return out;
}

json::array alternates(const Page& page) {
  json::array out;
  const auto add = [&](std::string_view extension, std::string_view media_type, std::string_view title) {
    out.push_back({{"href", alternate_target(page.target, extension)}, {"media_type", media_type}, {"title", title}});
  };
  if (page.json) add("json", "application/json", messages::format_json(page.language));
  if (page.csv) add("csv", "text/csv", messages::format_csv(page.language));
  return out;
}

// Quoted for a POSIX shell.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

json::array commands(const Page& page) {
  json::array out;
  for (const Command& command : page.commands) out.push_back({{"title", command.title}, {"line", command.line}});
  // $MUSUBI is the address of the server: the shell does not know under which name this page was reached.
  if (page.json) out.push_back({{"title", "curl"}, {"line", "curl \"$MUSUBI\"" + quoted(alternate_target(page.target, "json"))}});
  return out;
}

}  // namespace

std::string alternate_target(std::string_view target, std::string_view extension) {
  const std::string_view path = path_of(target);
  std::string_view rest = target.substr(path.size());
  rest = rest.substr(0, rest.find('#'));
  std::string out(path);
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  if (out == "/" || out.empty()) out = "/index";
  return (out += '.').append(extension).append(rest);
}

std::string render_page(const Site& site, const Page& page) {
  const std::string& organisation = pick(site.organisation, page.language);
  std::string document_title = page.title + " – " + organisation;
  if (page.has_errors) document_title = messages::error_prefix(page.language, {document_title});
  json::object view;
  view["language"] = language_tag(page.language);
  view["document_title"] = document_title;
  view["stylesheet"] = static_path("musubi.css");
  view["icon"] = static_path("icon.svg");
  view["languages"] = languages(page);
  view["banner"] = site.banner ? json::value(pick(*site.banner, page.language)) : json::value(nullptr);
  view["organisation"] = organisation;
  view["home"] = site.home;
  view["account"] = links(page.account.empty() ? site.account : page.account);
  view["navigation"] = navigation(site, page);
  view["has_navigation"] = !site.navigation.empty();
  view["breadcrumbs"] = links(page.breadcrumbs);
  view["has_breadcrumbs"] = !page.breadcrumbs.empty();
  view["title"] = page.title;
  view["lead"] = page.lead;
  view["main"] = trusted(page.main);
  view["alternates"] = alternates(page);
  view["commands"] = commands(page);
  view["has_alternates"] = page.json || page.csv;
  view["has_commands"] = !view["commands"].get_array().empty();
  view["has_curl"] = page.json;
  view["has_data"] = view["has_alternates"].get_bool() || view["has_commands"].get_bool();
  return render("page", page.language, view).html;
}

}  // namespace musubi::web
