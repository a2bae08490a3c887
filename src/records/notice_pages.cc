// The public page of a notice: genuine, withdrawn or unknown; nothing personal. A holder may compare their file with it.
#include "base/encoding.h"
#include "crypto/hash.h"
#include "records/notice.h"
#include "records/pages.h"
#include "records/rules.h"
#include "web/form.h"
#include "web/messages/records.h"
#include "web/respond.h"

namespace musubi::records {
namespace {

namespace t = web::messages;
using web::Html;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

struct Found {
  std::optional<Notice> notice;
  NoticeCheck check;
  bool expired = false;
};

bool is_code(std::string_view code) {
  return code.size() == 26 && code.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == code.npos;
}

Result<Found> find(const Asked& asked, const std::string& code) {
  Found found;
  if (!is_code(code)) return found;
  found.notice = TRY(asked.database->read([&](db::Reader& reader) { return find_notice(reader, code); }));
  if (!found.notice) return found;
  found.check = check_notice(asked.office, *found.notice);
  found.expired = found.notice->valid_until && *found.notice->valid_until < text::jst_date(asked.office.clock->now());
  return found;
}

// unknown, damaged, withdrawn, expired or genuine.
std::string_view verdict(const Found& found) {
  if (!found.notice) return "unknown";
  if (!found.check.good()) return "damaged";
  if (found.notice->withdrawn_at) return "withdrawn";
  return found.expired ? "expired" : "genuine";
}

Markup verdict_notice(const Found& found, Language l) {
  std::string_view word = verdict(found);
  if (word == "genuine") return web::notice(t::records_genuine(l), web::paragraph(t::records_genuine_body(l)), Tone::kSuccess);
  if (word == "withdrawn")
    return web::notice(t::records_notice_withdrawn(l), web::paragraph(t::records_notice_withdrawn_body(l)), Tone::kError);
  if (word == "expired")
    return web::notice(t::records_notice_expired(l), web::paragraph(t::records_notice_expired_body(l)), Tone::kWarning);
  if (word == "damaged")
    return web::notice(t::records_notice_damaged(l), web::paragraph(t::records_notice_damaged_body(l)), Tone::kError);
  return web::notice(t::records_notice_unknown(l), web::paragraph(t::records_notice_unknown_body(l)), Tone::kError);
}

Markup facts_of(const Asked& asked, const Found& found, Language l) {
  const Notice& notice = *found.notice;
  auto yes = [&](bool good) { return web::tag(good ? t::records_good(l) : t::records_bad(l), good ? Tone::kSuccess : Tone::kError); };
  std::vector<web::SummaryRow> rows = {{str(t::records_notice_kind(l)), web::escaped(web::pick(notice.title, l))},
                                       {str(t::records_notice_office(l)), web::escaped(web::pick(asked.office.title, l))},
                                       {str(t::records_notice_issued(l)), web::time_element(notice.issued_at, l)}};
  if (notice.valid_until) rows.push_back({str(t::records_valid_until(l)), web::date_element(*notice.valid_until, l)});
  if (notice.withdrawn_at) rows.push_back({str(t::records_withdrawn(l)), web::time_element(*notice.withdrawn_at, l)});
  rows.push_back({str(t::records_signature(l)), yes(found.check.signature)});
  Html stamp;
  stamp.markup(yes(found.check.stamp));
  if (found.check.stamped_at) stamp.raw(" ").markup(web::time_element(*found.check.stamped_at, l));
  rows.push_back({str(t::records_stamp(l)), stamp.take()});
  rows.push_back({"SHA-256", Html().raw("<code class=\"wrap\" translate=\"no\">").text(notice.digest).raw("</code>").take()});
  std::string self = asked.at("/notices/" + notice.code);
  Html files;
  files.markup(web::link("notice.jws", self + ".jws"))
      .raw(" · ")
      .markup(web::link("notice.tsr", self + ".tsr"))
      .raw(" · ")
      .markup(web::link("tsa.pem", asked.at("/log/tsa.pem")));
  rows.push_back({str(t::records_proofs(l)), files.take()});
  return web::summary_list(rows, l);
}

Markup compare_form(const RouteContext& context, const http::Request& request, const Asked& asked, const std::string& code) {
  Language l = asked.language;
  web::Form form{asked.at("/notices/" + code),
                 {{web::Input::kFile, "file", str(t::records_compare_label(l)), str(t::records_compare_hint(l))}},
                 str(t::records_compare(l)),
                 context.csrf_token(request)};
  form.fields[0].accept = ".html,text/html";
  return Html().raw("<h2>").text(t::records_compare_title(l)).raw("</h2>\n").markup(web::form(form, l)).take();
}

// What the uploaded file is, against the digest that was signed.
Result<Markup> compared(http::Request& request, const Found& found) {
  Language l = request.language;
  http::Form posted = TRY(request.form());
  const http::FilePart* file = posted.file("file");
  if (!file || file->content.empty()) return web::notice(t::records_compare_missing(l), {}, Tone::kError);
  bool same = to_hex(crypto::bytes(crypto::sha256(file->content))) == found.notice->digest;
  if (same) return web::notice(t::records_compare_same(l), web::paragraph(t::records_compare_same_body(l)), Tone::kSuccess);
  return web::notice(t::records_compare_other(l), web::paragraph(t::records_compare_other_body(l)), Tone::kError);
}

}  // namespace

Result<http::Response> notices_page(const RouteContext& context, http::Request& request) {
  Asked asked = TRY(read_asked(context, request, false));
  Language l = asked.language;
  std::string code;
  for (char c : request.query.get("code", "")) {  // as people copy it: groups, hyphens, capitals
    if (c == ' ' || c == '-') continue;
    code += c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  }
  web::Field field{
      web::Input::kText, "code", str(t::records_code(l)), str(t::records_code_hint(l)), {str(request.query.get("code", ""))}};
  field.width = 32;
  field.autocomplete = "off";
  if (is_code(code)) return http::redirect(asked.at("/notices/" + code));
  if (!code.empty()) field.errors = {str(t::records_code_bad(l))};
  web::Page page{str(t::records_verify_page(l)), l, request.target};
  page.lead = t::records_verify_lead(l);
  page.has_errors = !field.errors.empty();
  web::Form form{asked.at("/notices"), {std::move(field)}, str(t::records_verify(l)), "", "get"};
  page.main = web::form(form, l);
  return answer(context, request, page, page.has_errors ? 422 : 200);
}

Result<http::Response> notice_page(const RouteContext& context, http::Request& request) {
  Asked asked = TRY(read_asked(context, request, false));
  Language l = asked.language;
  const std::string& code = request.parameter("code");
  Found found = TRY(find(asked, code));
  web::Page page{str(t::records_verify_page(l)), l, asked.at("/notices/" + code)};
  page.breadcrumbs = {{str(t::records_verify_page(l)), asked.at("/notices")}};
  Html main;
  if (request.method == http::Method::post && found.notice) main.markup(TRY(compared(request, found)));
  main.markup(verdict_notice(found, l));
  if (found.notice) {
    page.json = true;
    main.markup(facts_of(asked, found, l)).markup(compare_form(context, request, asked, code));
    page.commands = {{"openssl", "openssl ts -verify -data notice.jws -in notice.tsr -CAfile tsa.pem -untrusted tsa.pem"}};
  } else {
    main.markup(web::paragraph("")).markup(web::link(t::records_verify_again(l), asked.at("/notices")));
  }
  page.main = main.take();
  return answer(context, request, page, found.notice ? 200 : 404);
}

Result<http::Response> notice_data(const RouteContext& context, http::Request& request) {
  Asked asked = TRY(read_asked(context, request, false));
  const std::string& code = request.parameter("code");
  Found found = TRY(find(asked, code));
  std::string_view path = request.path_text();
  if (path.ends_with(".json")) {
    json::object object{{"code", code},
                        {"verdict", verdict(found)},
                        {"office", json::object{{"ja", asked.office.title.ja}, {"en", asked.office.title.en}}}};
    if (found.notice) {
      const Notice& notice = *found.notice;
      object["title"] = json::object{{"ja", notice.title.ja}, {"en", notice.title.en}};
      object["issued_at"] = notice.issued_at.rfc3339();
      object["sha256"] = notice.digest;
      object["signature"] = found.check.signature;
      object["stamp"] = found.check.stamp;
      if (found.check.stamped_at) object["stamped_at"] = found.check.stamped_at->rfc3339();
      if (notice.valid_until) object["valid_until"] = text::iso_date(*notice.valid_until);
      if (notice.withdrawn_at) object["withdrawn_at"] = notice.withdrawn_at->rfc3339();
    }
    auto response = http::json(json::value(std::move(object)), found.notice ? 200 : 404);
    response.cache("no-store");
    return response;
  }
  if (!found.notice) return unknown_notice();
  bool stamp = path.ends_with(".tsr");
  auto response =
      http::bytes(stamp ? found.notice->stamp : found.notice->jws, stamp ? "application/timestamp-reply" : "application/jose");
  response.header("Content-Disposition", stamp ? "attachment; filename=\"notice.tsr\"" : "attachment; filename=\"notice.jws\"");
  return response;
}

http::Response document_response(std::string document) {
  static const std::string kPolicy = "default-src 'none'; style-src 'sha256-" +
                                     to_base64(crypto::bytes(crypto::sha256(notice_css()))) +
                                     "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  auto response = http::html(std::move(document));
  response.header("Content-Security-Policy", kPolicy).cache("private, no-store");
  return response;
}

}  // namespace musubi::records
