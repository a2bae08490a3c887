#include "web/gallery.h"

#include "web/chart.h"
#include "web/form.h"
#include "web/messages.h"
#include "web/table.h"

namespace musubi::web {
namespace {

// Samples are fictional and bilingual; they are not messages of the product.
class Gallery {
 public:
  explicit Gallery(Language language) : language_(language) {}

  Markup run() && {
    words();
    tables();
    forms();
    charts();
    return html_.take();
  }

 private:
  std::string say(const char* ja, const char* en) const { return language_ == Language::ja ? ja : en; }
  void heading(const char* ja, const char* en) { html_.raw("<h2>").text(say(ja, en)).raw("</h2>\n"); }

  void words() {
    heading("文章と目印", "Text and tags");
    html_.raw("<h3>")
        .text(say("小見出し", "Third level"))
        .raw("</h3>\n")
        .markup(paragraph(say("引っ越しの届出は、転入した日から14日以内に行います。必要な書類は次のとおりです。",
                              "Notify the town within 14 days of moving in. These are the documents you need.")))
        .raw("<ul>\n<li>")
        .text(say("転出証明書", "Certificate of moving out"))
        .raw("</li>\n<li>")
        .text(say("本人確認書類", "Proof of identity"))
        .raw("</li>\n</ul>\n<p>")
        .markup(link(say("手続きの一覧", "All procedures"), "/procedures"))
        .raw(" ")
        .markup(time_element(Time{1560481445000000}, language_))
        .raw("</p>\n<p class=\"tags\">")
        .markup(tag(say("下書き", "Draft"), Tone::kPlain))
        .raw(" ")
        .markup(tag(say("審査中", "In review"), Tone::kInfo))
        .raw(" ")
        .markup(tag(say("達成", "Reached"), Tone::kSuccess))
        .raw(" ")
        .markup(tag(say("遅れ", "Late"), Tone::kWarning))
        .raw(" ")
        .markup(tag(say("却下", "Refused"), Tone::kError))
        .raw("</p>\n");
    const SummaryRow rows[] = {{say("氏名", "Name"), escaped(say("青葉 花子", "Hanako Aoba")), "/gallery#name"},
                               {say("生年月日", "Date of birth"), date_element({1989, 1, 7}, language_), "/gallery#birth"},
                               {say("受付番号", "Reference"), escaped("M-2026-000123")}};
    html_.markup(summary_list(rows, language_));
    html_
        .markup(notice(say("受け付けました", "Filed"), paragraph(say("控えを保存しておいてください。", "Keep the receipt.")),
                       Tone::kSuccess))
        .markup(notice(say("お知らせ", "Note"), paragraph(say("11月30日まで受け付けます。", "Open until 30 November.")), Tone::kInfo))
        .markup(
            notice(say("期限が近づいています", "Due soon"), paragraph(say("あと3日です。", "Three days are left.")), Tone::kWarning))
        .markup(
            notice(say("送れませんでした", "Not sent"), paragraph(say("もう一度お試しください。", "Please try again.")), Tone::kError))
        .markup(details(say("代理の方が届け出る場合", "If somebody files for you"),
                        paragraph(say("委任状が必要です。", "A letter of authority is needed."))));
  }

  TableShape shape(std::string id, std::string caption) const {
    return {.id = std::move(id),
            .caption = std::move(caption),
            .columns = {{"name", say("施策", "Measure"), Kind::kLink, true},
                        {"office", say("担当", "Office"), Kind::kText, true},
                        {"budget", say("予算（千円）", "Budget (1,000 yen)"), Kind::kNumber, true},
                        {"due", say("期限", "Due"), Kind::kDate, true},
                        {"state", say("状態", "State"), Kind::kTag}},
            .filters = {{"state", say("状態", "State"), {{"reached", say("達成", "Reached")}, {"late", say("遅れ", "Late")}}}},
            .search = true,
            .default_sort = "name"};
  }

  std::vector<Row> rows() const {
    std::vector<Row> rows;
    for (int i = 1; i <= 60; ++i)
      rows.push_back(
          {{say("行政手続のオンライン化 ", "Procedures on line ") + std::to_string(i), {}, "/gallery#measure-" + std::to_string(i)},
           {i % 3 == 0 ? "" : say("情報政策課", "Digital policy")},
           {std::to_string(i * 12345)},
           {i % 4 == 0 ? "2020-03-31" : "2019-06-14"},
           i % 5 == 0 ? Cell{"late", say("遅れ", "Late"), {}, Tone::kWarning}
                      : Cell{"reached", say("達成", "Reached"), {}, Tone::kSuccess}});
    return rows;
  }

  void tables() {
    heading("一覧", "Tables");
    const std::string target = "/gallery?per_page=10&page=2";
    TableShape full = shape("measures", say("施策の一覧", "Measures"));
    TableQuery query{.sort = "budget", .descending = true, .page = 2, .per_page = 10};
    html_.markup(table(arrange(full, query, rows()), target, language_));
    html_.raw("<h3>").text(say("条件に合うものがないとき", "Nothing matches")).raw("</h3>\n");
    html_.markup(table(arrange(shape("filtered", say("絞り込んだ一覧", "Filtered")), {.text = "存在しない"}, rows()), "/gallery?q=x",
                       language_));
    html_.raw("<h3>").text(say("まだ何もないとき", "Nothing yet")).raw("</h3>\n");
    html_.markup(table(Table{.shape = {.id = "none", .caption = say("計画", "Plans"), .columns = {{"name", say("名前", "Name")}}},
                             .empty_text = say("計画はまだありません。", "There is no plan yet."),
                             .empty_next = {say("計画を登録する", "Add a plan"), "/plans/new"}},
                       "/gallery", language_));
  }

  Form sample_form(const std::string& prefix) const {
    const std::vector<Option> ways = {{"post", say("郵便", "By post"), say("1週間ほどかかります。", "Takes about a week.")},
                                      {"web", say("画面で受け取る", "On screen")}};
    return {.action = "/gallery",
            .fields = {{.name = prefix + "name",
                        .label = say("氏名", "Full name"),
                        .values = {say("青葉 花子", "Hanako Aoba")},
                        .autocomplete = "name"},
                       {.input = Input::kText,
                        .name = prefix + "postal",
                        .label = say("郵便番号", "Postal code"),
                        .hint = say("例：100-0001（全角でもかまいません）", "For example 100-0001"),
                        .autocomplete = "postal-code",
                        .width = 8},
                       {.input = Input::kEmail,
                        .name = prefix + "mail",
                        .label = say("メールアドレス", "E-mail address"),
                        .required = false,
                        .autocomplete = "email"},
                       {.input = Input::kDate,
                        .name = prefix + "birth",
                        .label = say("生年月日", "Date of birth"),
                        .hint = say("例：1989年1月7日", "For example 1989 1 7"),
                        .values = {"1989-13-07"},
                        .autocomplete = "bday"},
                       {.input = Input::kRadios,
                        .name = prefix + "way",
                        .label = say("通知の受け取り方", "How to be told"),
                        .values = {"web"},
                        .options = ways},
                       {.input = Input::kCheckboxes,
                        .name = prefix + "papers",
                        .label = say("用意した書類", "Documents at hand"),
                        .values = {"post"},
                        .options = ways,
                        .required = false},
                       {.input = Input::kSelect,
                        .name = prefix + "town",
                        .label = say("届け先", "Recipient"),
                        .options = {{"aoba", say("青葉町", "Aoba")}, {"minato", say("港町", "Minato")}}},
                       {.input = Input::kFile,
                        .name = prefix + "file",
                        .label = say("添付する書類", "Document"),
                        .hint = say("PDF または画像、10 MB まで", "PDF or image, up to 10 MB"),
                        .required = false,
                        .accept = ".pdf,image/*"},
                       {.input = Input::kTextarea,
                        .name = prefix + "note",
                        .label = say("伝えたいこと", "Anything else"),
                        .required = false}},
            .submit = say("確認へ進む", "Continue"),
            .csrf = "gallery",
            .cancel = {say("やめる", "Cancel"), "/gallery"}};
  }

  void forms() {
    heading("入力", "Forms");
    html_.markup(form(sample_form(""), language_));
    html_.raw("<h3>").text(say("誤りがあるとき", "With errors")).raw("</h3>\n");
    Form wrong = sample_form("wrong-");
    apply_faults(wrong,
                 {{"wrong-postal", {"郵便番号を7桁で入力してください。", "Enter a postal code of 7 digits."}},
                  {"wrong-birth", {"実在する日付を入力してください。", "Enter a real date."}},
                  {"wrong-way", {"通知の受け取り方を選んでください。", "Choose how to be told."}},
                  {"wrong-town", {"届け先を選んでください。", "Choose a recipient."}},
                  {"", {"同じ届出がすでにあります。", "The same notification exists already."}}},
                 language_);
    html_.markup(form(wrong, language_));
    html_.raw("<p><button class=\"button danger\">")
        .text(say("削除する", "Delete"))
        .raw("</button> <button class=\"button secondary\">")
        .text(say("下書きを保存", "Save draft"))
        .raw("</button></p>\n");
  }

  void charts() {
    heading("図", "Charts");
    html_.markup(bar_chart({.id = "bars",
                            .title = say("分野別の施策の数", "Measures by field"),
                            .description = say("手続が最も多く41件です。", "Procedures have most, 41."),
                            .unit = say("件", ""),
                            .labels = {say("手続のオンライン化", "Procedures on line"), say("オープンデータ", "Open data"),
                                       say("防災", "Disasters"), say("人材", "Skills")},
                            .series = {{"", {41, 28, 19, std::nullopt}}}},
                           language_));
    html_.markup(share_chart(
        {.id = "shares",
         .title = say("年度ごとの達成の割合", "Marks by year"),
         .description = say("達成の割合が毎年増えています。", "The share of reached grows each year."),
         .unit = say("件", ""),
         .labels = {say("平成29年度 (2017)", "FY2017"), say("平成30年度 (2018)", "FY2018"), say("令和元年度 (2019)", "FY2019")},
         .series = {{say("達成", "Reached"), {12, 17, 19}},
                    {say("おおむね達成", "Close"), {9, 6, 4}},
                    {say("未達成", "Far"), {8, 5, 1}},
                    {say("期限前", "Not due"), {5, 6, 10}}}},
        language_));
    html_.markup(line_chart(
        {.id = "lines",
         .title = say("オンライン利用率", "Use on line"),
         .description = say("国は目標の70%を超え、町は61%です。", "The state passed the target of 70 %, towns stand at 61 %."),
         .unit = "%",
         .labels = {"2014", "2015", "2016", "2017", "2018", "2019"},
         .series = {{say("国", "State"), {45.4, 47.3, 52, 58.5, 66, 72.5}},
                    {say("町", "Towns"), {20.1, 28, std::nullopt, 47.2, 55, 61.4}}},
         .target = 70},
        language_));
  }

  Language language_;
  Html html_;
};

}  // namespace

Page gallery(Language language) {
  return {.title = std::string(messages::gallery_title(language)),
          .language = language,
          .target = "/gallery",
          .lead = std::string(messages::gallery_lead(language)),
          .breadcrumbs = {{std::string(messages::home(language)), "/"}},
          .main = Gallery(language).run(),
          .json = true,
          .csv = true,
          .commands = {{"musubi", "musubi plan list --json"}}};
}

}  // namespace musubi::web
