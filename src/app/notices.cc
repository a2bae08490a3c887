// Notices: explanations of errors, accessibility, privacy, the gallery of page parts.

#include "app/explain.h"
#include "app/wiring.h"
#include "web/gallery.h"
#include "web/html.h"
#include "web/respond.h"

namespace musubi::app {
namespace {

using http::Request;
using http::Response;
using web::Html;

std::string_view text_of(const Explanation& each, const Request& request) {
  return request.language == http::Language::ja ? each.ja : each.en;
}

Result<Response> all_problems(Wiring& wiring, Request& request) {
  auto page = site_page(request, say(request, "エラーの説明", "Explanation of errors"));
  page.lead = say(request, "画面や API、コマンドが示すコードごとに、理由と次にすべきことを説明します。",
                  "For each code that a page, the API or a command shows: why it happens and what to do next.");
  Html main;
  main.raw("<dl>");
  for (const auto& each : explanations()) {
    bool group = each.name.ends_with('.') || each.name.ends_with('_');
    main.raw("<dt><code>").text(each.name).text(group ? "*" : "").raw("</code></dt><dd>").text(text_of(each, request)).raw("</dd>");
  }
  main.raw("</dl>");
  page.main = main.take();
  page.commands = {{"musubi", "musubi explain db.locked"}};
  return web::respond(wiring.site(request, ""), page);
}

Result<Response> one_problem(Wiring& wiring, Request& request) {
  const std::string& name = request.parameter("name");
  const auto* found = explain(name);
  if (!found)
    return Error{Code::kNotFound, "app.unknown_problem",
                 {"このコードの説明はありません。一覧は /explain にあります。", "There is no explanation of this code. All are at /explain."}, {}};
  auto page = site_page(request, name);
  page.main = web::paragraph(text_of(*found, request));
  page.breadcrumbs = {{say(request, "エラーの説明", "Explanation of errors"), "/explain"}};
  page.commands = {{"musubi", "musubi explain " + name}};
  return web::respond(wiring.site(request, ""), page);
}

Result<Response> accessibility(Wiring& wiring, Request& request) {
  auto page = site_page(request, say(request, "アクセシビリティ", "Accessibility"));
  page.lead = say(request, "目標は JIS X 8341-3:2016 の適合レベル AA と WCAG 2.2 AA です。測ったことだけを書きます。",
                  "The aim is level AA of JIS X 8341-3:2016 and of WCAG 2.2. Only what was measured stands here.");
  Html main;
  main.raw("<h2>").text(say(request, "測ったこと", "What is measured")).raw("</h2><ul><li>")
      .text(say(request, "自動検査：版ごとに、すべてのページと誤りの状態を Chromium と axe-core で、明・暗・強制配色、幅 1280 と 320 ピクセルで検査し、違反があれば試験が失敗します（journeys/pages.mjs）。",
                "Automatic check: for every version, every page and error state is examined with axe-core in Chromium, light, dark and in forced colours, 1280 and 320 pixels wide; a violation fails the test (journeys/pages.mjs)."))
      .raw("</li><li>")
      .text(say(request, "スクリプトなし：リンク・絞り込み・サインイン・計画の取り込みと承認を、JavaScript を切って行います。キーボードの順序、印刷、転送量（40 kB まで）も検査します。", "Without scripts: links, filters, sign-in, import and sign-off of a plan run with JavaScript switched off. Keyboard order, print and page weight (40 kB at most) are checked as well.")).raw("</li></ul><h2>")
      .text(say(request, "まだ測っていないこと", "What is not measured yet")).raw("</h2><ul><li>")
      .text(say(request, "人による検査、読み上げソフトでの検査、達成基準ごとの表。そのため「準拠」とは述べません。",
                "Examination by people, with screen readers, and the table by success criterion. So no conformance is claimed.")).raw("</li></ul>");
  page.main = main.take();
  return web::respond(wiring.site(request, ""), page);
}

Result<Response> privacy(Wiring& wiring, Request& request) {
  auto page = site_page(request, say(request, "プライバシー", "Privacy"));
  page.lead = say(request, "閲覧するだけなら、何も保存せず、他のサーバーにも接続しません。",
                  "If you only read, nothing about you is kept, and no other server is contacted.");
  Html main;
  main.raw("<h2>Cookie</h2><ul><li>")
      .text(say(request, "musubi_組織：担当者がサインインしている間だけ。最長 7 日、使わなければ 12 時間で無効になります。",
                "musubi_ORG: only while an officer is signed in. Ends after 7 days at most, or 12 hours without use.")).raw("</li><li>")
      .text(say(request, "lang：表示言語を選んだときだけ。", "lang: only when you choose a language.")).raw("</li></ul><h2>")
      .text(say(request, "サーバーの記録", "Server logs")).raw("</h2><p>")
      .text(say(request, "経路の型・状態・時間だけを残し、アドレス・検索語・氏名は残しません。", "Hold the kind of page, status and duration; never addresses, search words or names."))
      .raw("</p><h2>").text(say(request, "公開のログ", "The public log")).raw("</h2><p>")
      .text(say(request, "公開されるのは記録のソルト付きハッシュです。誰のことか、何のことかは読み取れません。本文は命令に基づき消去でき、その後も証明は有効です。",
                "Publishes salted hashes of records, from which neither who nor what can be read. Bodies can be erased on order, and every proof stays valid."))
      .raw("</p>");
  page.main = main.take();
  return web::respond(wiring.site(request, ""), page);
}

Result<Response> gallery(Wiring& wiring, Request& request) {
  auto page = web::gallery(request.language);
  page.target = request.target;
  return web::respond(wiring.site(request, ""), page);
}

}  // namespace

std::vector<http::Route> notice_routes(Wiring& wiring) {
  auto get = [&wiring](std::string_view pattern, Result<Response> (*handler)(Wiring&, Request&), std::string_view ja, std::string_view en) {
    return http::Route{http::Method::get, pattern, http::Access::kPublic,
                       [&wiring, handler](Request& request) { return handler(wiring, request); }, ja, en};
  };
  return {
      get("/explain", all_problems, "エラーの説明の一覧", "Explanations of all errors"),
      get("/problems/{name}", one_problem, "一つのエラーの説明", "Explanation of one error"),
      get("/accessibility", accessibility, "アクセシビリティについて測ったこと", "Accessibility: what is measured"),
      get("/privacy", privacy, "プライバシー", "Privacy"),
      get("/gallery", gallery, "画面部品の一覧", "Gallery of page parts"),
  };
}

}  // namespace musubi::app
