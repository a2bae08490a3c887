// The URL tables.
#include "procedures/routes.h"

#include "procedures/guide_pages.h"
#include "procedures/resident_pages.h"

namespace musubi::procedures {
namespace {

using http::Access;
using http::Method;
using http::Request;
using http::Response;

using Answer = Result<Response> (*)(const Asked&);

// Rows of one table.
class Table {
 public:
  Table(const RouteContext& context, Access access) : context_(context), access_(access) {}

  void get(std::string_view pattern, Answer handler, std::string_view ja, std::string_view en, std::string_view type = {},
           std::vector<http::Parameter> query = {}, std::vector<int> statuses = {}) {
    http::RouteDocs docs{std::move(query), {}};
    docs.statuses = std::move(statuses);
    if (!type.empty()) docs.responses = {type};
    routes_.push_back({Method::get, pattern, access_, wrap(handler), ja, en, std::move(docs)});
  }
  void post(std::string_view pattern, Answer handler, std::string_view ja, std::string_view en, std::size_t limit,
            std::string_view type) {
    http::RouteDocs docs;
    docs.request_type = type;
    routes_.push_back({Method::post, pattern, access_, wrap(handler), ja, en, docs, false, limit});
  }
  std::vector<http::Route> take() { return std::move(routes_); }

 private:
  http::Handler wrap(Answer handler) const {
    return [handler, &context = context_](Request& request) -> Result<Response> {
      Asked asked = TRY(procedures::take(context, request));
      return handler(asked);
    };
  }
  const RouteContext& context_;
  Access access_;
  std::vector<http::Route> routes_;
};

constexpr std::string_view kCsvType = "text/csv", kPlainForm = "application/x-www-form-urlencoded", kFileForm = "multipart/form-data";
constexpr std::size_t kFormLimit = 128 << 10, kFileLimit = kFilesBytes + kFormLimit;

}  // namespace

std::vector<http::Route> routes(const RouteContext& context) {
  Table out(context, Access::kPublic);
  std::vector<http::Parameter> search = {{"q", "string", "探す言葉", "words to find"}};
  std::vector<http::Parameter> answers = {{"asked", "string", "聞き終えた質問の id（答えのない任意の質問のため）",
                                           "ids of questions that were shown, for optional ones left empty"}};
  out.get("/{org}/guide", guides_page, "手続の案内", "Guides of life events");
  out.get("/{org}/guide.json", guides_data, "手続の案内の一覧（JSON）", "Guides as JSON", http::kJson);
  out.get("/{org}/guide.csv", guides_table, "手続の案内の一覧（CSV）", "Guides as CSV", kCsvType);
  out.get("/{org}/guide/{event}", guide_page, "案内の質問と、必要な手続の一覧", "Questions of a guide and the personal list", {},
          answers);
  out.get("/{org}/guide/{event}.json", guide_data, "案内（JSON）", "A guide as JSON", http::kJson, answers);
  out.get("/{org}/guide/{event}.csv", guide_table, "必要な手続の一覧（CSV）", "The personal list as CSV", kCsvType, answers);
  out.get("/{org}/procedures", procedures_page, "手続の一覧", "Catalogue of procedures", {}, search);
  out.get("/{org}/procedures.json", procedures_data, "手続の一覧（JSON）", "Catalogue as JSON", http::kJson, search);
  out.get("/{org}/procedures.csv", procedures_table, "手続の一覧（CSV）", "Catalogue as CSV", kCsvType, search);
  out.get("/{org}/procedures/{procedure}", procedure_page, "一つの手続", "One procedure");
  out.get("/{org}/procedures/{procedure}.json", procedure_data, "一つの手続（JSON）", "One procedure as JSON", http::kJson);
  return out.take();
}

std::vector<http::Route> resident_routes(const RouteContext& context) {
  Table out(context, Access::kResident);
  out.get("/{org}/my", home_page, "住民のページ：書きかけ、届出、状況", "A resident's home: drafts, filings, their state");
  out.get("/{org}/my.json", home_data, "住民のページ（JSON）", "A resident's home as JSON", http::kJson);
  out.get("/{org}/my.csv", home_table, "住民のページ（CSV）", "A resident's drafts and filings as CSV", kCsvType);
  out.get("/{org}/my/start/{event}", start_page, "手続を始める前の確認", "Before starting: what will be filed and fetched", {}, {},
          {200, 303});
  out.post("/{org}/my/start/{event}", start_post, "手続を始め、記録を取り寄せる", "Starts a draft and asks the sources", kFormLimit,
           kPlainForm);
  out.get("/{org}/my/baskets/{basket}", basket_page, "書きかけの手続", "A draft and what is left to do", {}, {}, {200, 303});
  out.get("/{org}/my/baskets/{basket}/check", check_page, "答えの確認", "Check answers");
  out.post("/{org}/my/baskets/{basket}/sign", sign_post, "署名へ進む", "Leads to the card for the signature", kFormLimit, kPlainForm);
  out.get(
      "/{org}/my/baskets/{basket}/signed", signed_page, "署名から戻り、提出する", "Back from the card: submits", {},
      {{"signed", "string", "署名の番号", "handle of the signature"}, {"cancelled", "string", "署名をやめた", "the person cancelled"}},
      {303});
  out.get("/{org}/my/baskets/{basket}/done", done_page, "提出の完了", "What was submitted");
  out.post("/{org}/my/baskets/{basket}/delete", basket_delete_post, "下書きを消す", "Deletes a draft", kFormLimit, kPlainForm);
  out.post("/{org}/my/baskets/{basket}/fetch", basket_fetch_post, "もう一度取り寄せる", "Asks the sources again", kFormLimit,
           kPlainForm);
  out.post("/{org}/my/baskets/{basket}/newer", basket_newer_post, "新しい様式を確認した", "The newer form was seen", kFormLimit,
           kPlainForm);
  out.get("/{org}/my/baskets/{basket}/{page}", form_page, "様式の一ページ", "One page of the forms");
  out.post("/{org}/my/baskets/{basket}/{page}", form_post, "一ページの答えを保存する", "Saves one page", kFileLimit, kFileForm);
  out.get("/{org}/my/baskets/{basket}/{page}/contest", contest_page, "取り寄せた内容の訂正", "Contests a fetched value", {},
          {{"field", "string", "項目の id", "id of the field"}});
  out.post("/{org}/my/baskets/{basket}/{page}/contest", contest_post, "取り寄せた内容を直す", "Keeps another value, with the reason",
           kFormLimit, kPlainForm);
  out.get("/{org}/my/baskets/{basket}/{page}/entries/{entry}", entry_page, "くり返しの一件", "One entry of a group");
  out.post("/{org}/my/baskets/{basket}/{page}/entries/{entry}", entry_post, "一件を保存する", "Saves an entry", kFormLimit,
           kPlainForm);
  out.post("/{org}/my/baskets/{basket}/{page}/entries/{entry}/remove", entry_remove_post, "一件を外す", "Takes an entry out",
           kFormLimit, kPlainForm);
  out.get("/{org}/my/messages", messages_page, "連絡と通知書", "Messages and notices");
  out.get("/{org}/my/messages.json", messages_data, "連絡と通知書（JSON）", "Messages and notices as JSON", http::kJson);
  out.get("/{org}/my/messages.csv", messages_table, "連絡と通知書（CSV）", "Messages and notices as CSV", kCsvType);
  out.post("/{org}/my/filings/{reference}/messages", message_post, "届け先へ連絡する", "Writes to the recipient", kFormLimit,
           kPlainForm);
  out.get("/{org}/my/filings/{reference}", filing_page, "一つの届出の状況", "One filing and its state");
  out.get("/{org}/my/filings/{reference}/receipt", filing_receipt, "届出の控え（ファイル）", "Receipt of a filing as a file",
          http::kJson);
  out.get("/{org}/my/filings/{reference}/notices/{code}", filing_notice, "届いた通知", "A notice that came");
  out.post("/{org}/my/filings/{reference}/amend", filing_amend_post, "届出を直す", "Starts putting a filing right", kFormLimit,
           kPlainForm);
  out.get("/{org}/my/filings/{reference}/withdraw", withdraw_page, "届出の取下げ", "Before withdrawing a filing");
  out.post("/{org}/my/filings/{reference}/withdraw", withdraw_post, "届出の取下げに署名する", "Begins the signature of a withdrawal",
           kFormLimit, kPlainForm);
  out.get(
      "/{org}/my/filings/{reference}/withdrawn", withdrawn_page, "署名から戻り、届出を取り下げる",
      "Back from the card: withdraws the filing", {},
      {{"signed", "string", "署名の番号", "handle of the signature"}, {"cancelled", "string", "署名をやめた", "the person cancelled"}},
      {303});
  return out.take();
}

}  // namespace musubi::procedures
