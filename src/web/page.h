// The shell of every page: one HTML5 document with skip link, header, language switch, navigation, main part, links to
// the same page as data, the same by command line, footer. No inline style or script, nothing from other hosts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "web/html.h"
#include "web/language.h"

namespace musubi::web {

struct Link {
  std::string title;
  std::string href;
};

struct SiteLink {
  Text title;
  std::string href;
};

// What all pages of one organisation share. Made once by app.
struct Site {
  Text organisation;                      // "青葉町", "Aoba Town"
  std::vector<SiteLink> navigation = {};  // the services; the one that contains the page's path is marked
  std::optional<Text> banner = {};        // one sentence above everything: "This is a fictional town."
  std::string home = "/";                 // where the name in the header leads
  std::vector<Link> account = {};         // "sign in" or the signed-in person's links, unless the page has its own
};

struct Command {
  std::string title;  // "curl", "musubi"
  std::string line;   // as typed
};

struct Page {
  std::string title;  // <title> and <h1>
  Language language = Language::ja;
  std::string target;                  // path and query as requested: "/plans?sort=-name"
  std::string lead = {};               // one or two sentences under the heading
  std::vector<Link> breadcrumbs = {};  // from the home page down, without this page
  Markup main = {};
  // This page as data: adds links and <link rel=alternate> to `path`.json and `path`.csv, with the same query.
  bool json = false;
  bool csv = false;
  std::vector<Command> commands = {};  // "the same by command line"; a curl line is added where json is set
  std::vector<Link> account = {};      // "sign in" or the signed-in person's links, in the header
  bool has_errors = false;             // a form came back with faults: the title says so
};

// The whole document.
std::string render_page(const Site& site, const Page& page);

// "/plans?page=2" -> "/plans.json?page=2"; "/" -> "/index.json".
std::string alternate_target(std::string_view target, std::string_view extension);

}  // namespace musubi::web
