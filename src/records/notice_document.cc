// What a notice looks like: one HTML file that needs nothing else, on paper an A4 page.
#include "document/qr.h"
#include "records/notice.h"
#include "web/html.h"

namespace musubi::records {
namespace {

using web::Html;
using web::Markup;

constexpr std::string_view kCss = R"(
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:46rem;background:#fff;color:#1a1a1a;font:1.0625rem/1.75 system-ui,"Hiragino Sans","Noto Sans JP","IPAGothic",sans-serif;overflow-wrap:anywhere}
header{display:flex;flex-wrap:wrap;gap:.25rem 2rem;justify-content:space-between;border-bottom:2px solid #1a1a1a;padding-bottom:.75rem}
header p{margin:0}
.office{font-size:1.25rem;font-weight:700}
h1{font-size:1.625rem;line-height:1.4;margin:2rem 0 1rem}
h1 span{display:block;font-size:1.125rem;font-weight:400}
h2{font-size:1.125rem;margin:0 0 .5rem}
main p{white-space:pre-line;margin:0 0 1rem}
section+section{border-top:1px solid #767676;padding-top:1.25rem;margin-top:1.5rem}
.check{display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-start}
.check svg{flex:none}
.check div{flex:1 1 18rem}
.check p{margin:0 0 .5rem}
code{font-family:ui-monospace,monospace;font-size:1rem}
a{color:#0017c1}
@page{size:A4;margin:18mm}
@media print{body{padding:0;max-width:none;font-size:11pt}a{color:inherit;text-decoration:none}section{break-inside:avoid}}
)";

std::vector<Text> lines_of(const Case& c, const Notice& notice) {
  if (notice.outcome != "refuse") {
    if (!c.decision.lines.empty()) return c.decision.lines;
    return {{"{applicant} 様", "To {applicant}"},
            {"{filed} に届いた「{procedure}」を認めました。", "Your filing “{procedure}” of {filed} has been granted."}};
  }
  if (!c.decision.refused_lines.empty()) return c.decision.refused_lines;
  return {{"{applicant} 様", "To {applicant}"},
          {"{filed} に届いた「{procedure}」は、次の理由により認めません。",
           "Your filing “{procedure}” of {filed} is not granted, for this reason:"},
          {"{reason}", "{reason}"},
          {"この決定に不服があるときは、この決定を知った日の翌日から起算して3か月以内に、{office} "
           "の長に審査請求をすることができます（行政不服審査法 第18条）。",
           "If you disagree, you may ask the head of {office} for a review within three months from the day after you learned of this "
           "decision "
           "(Administrative Complaint Review Act, Article 18)."}};
}

Text value_of(std::string_view name, const Office& office, const Case& c, const Applicant& applicant, const Form& form,
              std::string_view reason, Time now) {
  if (name == "applicant" || name == "name") return {applicant.name, applicant.name};
  if (name == "number") return c.number();
  if (name == "date") return text::long_date(text::jst_date(now));
  if (name == "filed") return text::long_date(text::jst_date(c.filed_at));
  if (name == "office") return office.title;
  if (name == "procedure" || name == "title") return c.title;
  if (name == "reason") return {std::string(reason), std::string(reason)};
  for (const auto& answer : form.answers) {
    if (answer.key != name) continue;
    // What stands in the form is worded for the office: a day is written anew for each language.
    const json::value* raw = form.data.if_contains(name);
    if (raw && raw->is_string())
      if (auto day = text::parse_date(std::string_view(raw->get_string())); day.ok()) return text::long_date(*day);
    return {answer.value, answer.value};
  }
  return {};
}

std::string fill(const std::string& line, bool ja, const std::function<Text(std::string_view)>& value) {
  std::string out;
  std::size_t at = 0;
  while (at < line.size()) {
    std::size_t open = line.find('{', at), close = open == line.npos ? line.npos : line.find('}', open);
    if (close == line.npos) break;
    out += line.substr(at, open - at);
    Text found = value(std::string_view(line).substr(open + 1, close - open - 1));
    out += ja ? found.ja : found.en;
    at = close + 1;
  }
  return out + line.substr(at);
}

// Four letters at a time, for those who type the code.
std::string grouped_code(std::string_view code) {
  std::string out;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (i && i % 4 == 0) out += ' ';
    out += code[i];
  }
  return out;
}

Markup check_section(const Office& office, const Notice& notice) {
  std::string address = verify_address(office, notice.code);
  auto qr = document::qr_svg(address, "この通知を確認するページのQRコード / QR code of the page that verifies this notice");
  Html html;
  html.raw("<section>\n<h2>この通知の確認 <span lang=\"en\">/ Verify this notice</span></h2>\n<div class=\"check\">\n");
  if (qr.ok()) html.markup(Markup{*qr});  // drawn by us, names escaped there
  html.raw(
          "\n<div><p>次のページで、この通知が本物か、取り消されていないかを誰でも確かめられます。氏名や内容は表示されません。</p>\n"
          "<p lang=\"en\">Anybody can check on this page whether this notice is genuine and in force. It shows no name and no "
          "content.</p>\n<p><a")
      .url("href", address)
      .raw(">")
      .text(address)
      .raw("</a></p>\n<p>確認番号 <span lang=\"en\">Code</span> <code translate=\"no\">")
      .text(grouped_code(notice.code))
      .raw("</code></p></div>\n</div>\n</section>\n");
  return html.take();
}

}  // namespace

std::string_view notice_css() { return kCss; }

Text fill_line(const Text& line, const Office& office, const Case& c, const Applicant& applicant, const Form& form,
               std::string_view reason, Time now) {
  auto value = [&](std::string_view name) { return value_of(name, office, c, applicant, form, reason, now); };
  return {fill(line.ja, true, value), fill(line.en, false, value)};
}

std::string draw_notice(const Office& office, const Case& c, const Applicant& applicant, const Form& form, const Notice& notice,
                        std::string_view reason) {
  Text day = text::long_date(text::jst_date(notice.issued_at)), number = c.number();
  std::string iso = text::iso_date(text::jst_date(notice.issued_at));
  Html html;
  html.raw(
          "<!doctype html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
          "content=\"width=device-width, "
          "initial-scale=1\">\n<title>")
      .text(notice.title.ja)
      .raw(" ")
      .text(number.ja)
      .raw("</title>\n<style>")
      .markup(Markup{std::string(kCss)})
      .raw("</style>\n</head>\n<body>\n<header>\n<p class=\"office\">")
      .text(office.title.ja)
      .raw(" <span lang=\"en\">")
      .text(office.title.en)
      .raw("</span></p>\n<p>番号 <span lang=\"en\">No.</span> ")
      .text(number.ja)
      .raw(" (")
      .text(number.en)
      .raw(")</p>\n<p><time")
      .attribute("datetime", iso)
      .raw(">")
      .text(day.ja)
      .raw("</time></p>\n</header>\n<main>\n<h1>")
      .text(notice.title.ja)
      .raw(" <span lang=\"en\">")
      .text(notice.title.en)
      .raw("</span></h1>\n");
  for (bool ja : {true, false}) {
    if (ja)
      html.raw("<section>\n");
    else
      html.raw("<section lang=\"en\">\n");
    for (const auto& line : lines_of(c, notice)) {
      Text filled = fill_line(line, office, c, applicant, form, reason, notice.issued_at);
      html.raw("<p>").text(ja ? filled.ja : filled.en).raw("</p>\n");
    }
    if (notice.valid_until) {
      Text until = text::long_date(*notice.valid_until);
      if (ja)
        html.raw("<p>有効期限：").text(until.ja).raw("</p>\n");
      else
        html.raw("<p>Valid until ").text(until.en).raw("</p>\n");
    }
    html.raw("</section>\n");
  }
  html.markup(check_section(office, notice)).raw("</main>\n</body>\n</html>\n");
  return html.take().html;
}

}  // namespace musubi::records
