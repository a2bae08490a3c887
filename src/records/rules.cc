#include "records/rules.h"

#include <algorithm>
#include <set>

#include "text/normalise.h"

namespace musubi::records {
namespace {

bool is_word(std::string_view text) {  // what may stand in heads and addresses
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

bool is_empty(const Text& text) { return text.ja.empty() || text.en.empty(); }

class Faults {
 public:
  void need(bool good, std::string where, const char* ja, const char* en) {
    if (!good) faults_.push_back({std::move(where), {ja, en}});
  }
  std::vector<Fault> take() { return std::move(faults_); }

 private:
  std::vector<Fault> faults_;
};

void check_route(const Filing& filing, Faults& faults) {
  faults.need(!filing.route.empty() && filing.route.size() <= kStepsAtMost, "/route", "段階は1から12までです。",
              "A route has 1 to 12 steps.");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < filing.route.size(); ++i) {
    const Step& step = filing.route[i];
    std::string at = "/route/" + std::to_string(i);
    faults.need(is_word(step.id), at + "/id", "段階の id は英小文字・数字・ハイフンです。",
                "A step's id is lower-case letters, digits and hyphens.");
    faults.need(seen.insert(step.id).second, at + "/id", "段階の id が重なっています。", "This step's id stands twice.");
    faults.need(is_word(step.post), at + "/post", "担当する職の id がありません。", "The id of the post is missing.");
    faults.need(!is_empty(step.title), at + "/title", "段階の名前が日英で必要です。", "A step needs a title in both languages.");
  }
}

void check_files(const Filing& filing, Faults& faults) {
  faults.need(filing.files.size() <= kAttachmentsAtMost, "/files", "添付は10件までです。", "At most 10 files.");
  for (std::size_t i = 0; i < filing.files.size(); ++i) {
    std::string at = "/files/" + std::to_string(i);
    faults.need(filing.files[i].content.size() <= kAttachmentBytes, at, "添付は1件5MBまでです。", "A file has at most 5 MB.");
    faults.need(!filing.files[i].name.empty() && filing.files[i].name.size() <= 255, at + "/name", "ファイル名がありません。",
                "The file has no name.");
  }
}

std::string day_ja(Time time) { return text::jst_text(time).ja; }

Text outcome_words(const Event& event) {
  if (event.outcome == "grant") return {"認める", "grant"};
  if (event.outcome == "refuse") return {"認めない", "refuse"};
  if (event.outcome == "passed") return {"次へ進める", "passed on"};
  if (event.outcome == "returned") return {"前の段階へ差戻し", "returned to an earlier step"};
  if (event.outcome == "sent_back") return {"申請者へ差戻し", "sent back to the applicant"};
  if (event.outcome == "answered") return {"申請者が修正", "amended by the applicant"};
  if (event.outcome == "withdrawn") return {"取下げ", "withdrawn"};
  return {event.outcome, event.outcome};
}

}  // namespace

std::string case_id(std::int64_t number) {
  std::string serial = std::to_string(number % kYear);
  if (serial.size() < 6) serial.insert(0, 6 - serial.size(), '0');
  return std::to_string(number / kYear) + "-" + serial;
}

std::optional<std::int64_t> number_of(std::string_view id) {
  auto digits = [](std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (id.size() < 11 || id.size() > 12 || id[4] != '-' || !digits(id.substr(0, 4)) || !digits(id.substr(5))) return std::nullopt;
  std::int64_t number = std::stoll(std::string(id.substr(0, 4))) * kYear + std::stoll(std::string(id.substr(5)));
  if (case_id(number) != id) return std::nullopt;  // one spelling only
  return number;
}

Text number_text(std::int64_t number) {
  std::string id = case_id(number);
  std::string year = text::fiscal_year_name(int(number / kYear)).ja;  // "令和8年度 (2026)"
  if (auto at = year.find("年度"); at != year.npos) year.resize(at);
  return {year + id.substr(4), id};
}

std::vector<Fault> faults_of(const Filing& filing) {
  Faults faults;
  faults.need(is_word(filing.procedure), "/procedure", "手続の id がありません。", "The procedure's id is missing.");
  faults.need(!is_empty(filing.title), "/title", "手続の名前が日英で必要です。", "The procedure needs a title in both languages.");
  faults.need(!filing.person.empty() && filing.person.size() <= 100, "/person", "申請者の符号がありません。",
              "The applicant's code is missing.");
  faults.need(!filing.name.empty() && filing.name.size() <= 600, "/name", "申請者の氏名がありません。",
              "The applicant's name is missing.");
  faults.need(filing.kana.size() <= 600, "/kana", "フリガナが長すぎます。", "The reading of the name is too long.");
  faults.need(is_word(filing.portal), "/portal", "受付の窓口（ポータル）がありません。", "The portal is missing.");
  faults.need(!filing.reference.empty() && filing.reference.size() <= 200, "/reference", "窓口側の参照がありません。",
              "The portal's reference is missing.");
  faults.need(!filing.form.empty() && filing.form.size() <= 500, "/form", "様式の項目は1から500までです。",
              "A form has 1 to 500 answers.");
  faults.need(filing.jws.size() <= 200'000, "/jws", "署名が大きすぎます。", "The signature is too large.");
  faults.need(filing.further.size() <= 50, "/further", "関係者は50人までです。", "At most 50 further persons.");
  faults.need(filing.standard_days >= 0 && filing.standard_days <= 3650, "/standard_days", "標準処理期間は0日から3650日です。",
              "The standard time is 0 to 3650 days.");
  faults.need(filing.filed_at.us > 0, "/filed_at", "申請の時刻がありません。", "The time of filing is missing.");
  faults.need(is_word(filing.decision.id), "/decision/id", "通知の様式の id がありません。",
              "The id of the decision document is missing.");
  faults.need(!is_empty(filing.decision.title), "/decision/title", "通知の名前が日英で必要です。",
              "The notice needs a title in both languages.");
  check_route(filing, faults);
  check_files(filing, faults);
  return faults.take();
}

std::optional<Time> due_of(const Filing& filing) {
  if (filing.due) {
    auto day = parse_rfc3339(text::iso_date(*filing.due) + "T23:59:59+09:00");
    if (day.ok()) return *day;
  }
  if (filing.standard_days == 0) return std::nullopt;
  return Time{filing.filed_at.us + filing.standard_days * kDay_us};
}

Result<std::string> clean_comment(std::string_view text, bool needed) {
  auto clean = text::clean_input(text, text::Lines::kMany);
  if (!clean.ok() || text::code_points(*clean) > kCommentPoints)
    return Error{Code::kInvalid,
                 "records.bad_text",
                 {"入力した文に使えない文字があるか、4,000文字を超えています。直してから、もう一度送ってください。",
                  "The text holds characters that cannot be used, or more than 4,000 characters. Correct it and send it again."},
                 {{"comment", clean.ok() ? Text{"4,000文字までです。", "At most 4,000 characters."} : clean.error().message}}};
  if (needed && clean->empty())
    return Error{Code::kInvalid,
                 "records.comment_needed",
                 {"理由または内容を書いてください。相手に伝わり、記録に残ります。",
                  "Write the reason or the message. It is passed on and stays on record."},
                 {{"comment", {"入力してください。", "Enter a text."}}}};
  return clean;
}

bool holds(std::span<const std::string> posts, std::string_view post) {
  return std::find(posts.begin(), posts.end(), post) != posts.end();
}

Error unknown_case(std::string_view) {
  return {Code::kNotFound,
          "records.unknown_case",
          {"この番号の案件はありません。番号を確かめるか、案件の一覧から選んでください。",
           "There is no case of this number. Check the number, or choose the case from the queue."},
          {}};
}

Error unknown_notice() {
  return {Code::kNotFound,
          "records.unknown_notice",
          {"この確認番号の通知は、この機関からは出ていません。番号を一文字ずつ確かめてください。",
           "This office has issued no notice of this code. Check the code letter by letter."},
          {}};
}

Error closed(const Case& c) {
  Text state = state_title(c.state);
  return {Code::kConflict,
          "records.closed",
          {"案件 " + c.number().ja + " は終わっています（" + state.ja + "）。変更はできません。",
           "Case " + c.number().en + " is closed (" + state.en + "). It can no longer be changed."},
          {}};
}

Error post_needed(const Case& c, const Text& post_title) {
  return {Code::kForbidden,
          "records.post_needed",
          {"この段階「" + c.at().title.ja + "」は「" + post_title.ja +
               "」の職に就いている人だけが行えます。該当の職の人に引き継いでください。",
           "The step " + c.at().title.en + " is for those who hold the post " + post_title.en + ". Hand it to somebody who does."},
          {{"post", {c.at().post, c.at().post}}}};
}

Result<void> may_work(const Case& c, std::span<const std::string> posts, std::string_view officer, const Text& post_title) {
  if (!is_open(c.state)) return closed(c);
  if (!holds(posts, c.at().post)) return post_needed(c, post_title);
  if (!c.officer.empty() && c.officer != officer)
    return Error{Code::kConflict,
                 "records.claimed_by_other",
                 {"この案件は " + c.officer + " が担当しています。引き継ぐときは「担当を替える」を使ってください。",
                  "This case is claimed by " + c.officer + ". Use “reassign” to take it over."},
                 {}};
  if (c.state == State::kReturned)
    return Error{Code::kConflict,
                 "records.with_applicant",
                 {"申請者の修正を待っています。届くと、形式審査に戻ります。",
                  "The case waits for the applicant. It comes back to the format check when they have answered."},
                 {}};
  return {};
}

std::int64_t step_ms(const Case& c, Time now) { return std::max<std::int64_t>(0, (now.us - c.step_at.us) / 1000); }

Error changed_meanwhile(std::span<const Event> since) {
  Error error{
      Code::kConflict,
      "records.changed_meanwhile",
      {"開いた後に、この案件はほかの操作で変わりました。何も行っていません。下の経過を見て、新しい画面からもう一度行ってください。",
       "This case was changed by another act after you opened it. Nothing was done. See below what happened, then try again from the "
       "new page."},
      {}};
  for (const auto& event : since) {
    Text what = event_text(event, {});
    error.faults.push_back(
        {"version " + std::to_string(event.version),
         {day_ja(event.at) + " " + event.actor + "：" + what.ja, text::jst_text(event.at).en + " " + event.actor + ": " + what.en}});
  }
  return error;
}

Text event_text(const Event& event, std::span<const Step> route) {
  Text step{event.step, event.step};
  for (const auto& candidate : route)
    if (candidate.id == event.step) step = candidate.title;
  if (event.step == "applicant") step = {"申請者", "the applicant"};
  Text outcome = outcome_words(event);
  if (event.what == "records.case_opened") return {"受け付けました", "The case was opened"};
  if (event.what == "records.claimed") return {"担当を引き受けました", "The case was claimed"};
  if (event.what == "records.released") return {"担当を外れました", "The case was released"};
  if (event.what == "records.reassigned") return {"担当を替えました", "The case was reassigned"};
  if (event.what == "records.step_done") return {"段階「" + step.ja + "」：" + outcome.ja, "Step " + step.en + ": " + outcome.en};
  if (event.what == "records.decided") return {"決定：" + outcome.ja, "Decision: " + outcome.en};
  if (event.what == "records.amended") return {"申請者が申請を直しました", "The applicant amended the filing"};
  if (event.what == "records.withdrawn") return {"申請者が取り下げました", "The applicant withdrew the filing"};
  if (event.what == "records.message_sent") return {"連絡を送りました", "A message was sent"};
  if (event.what == "records.message_received") return {"申請者から連絡が届きました", "A message came from the applicant"};
  if (event.what == "records.notice_issued") return {"通知を出しました", "A notice was issued"};
  if (event.what == "records.notice_withdrawn") return {"通知を取り消しました", "A notice was withdrawn"};
  if (event.what == "records.register_due")
    return {"住民の記載への反映が、手での記載を待っています", "The decision waits for an entry in the register by hand"};
  if (event.what == "records.register_settled")
    return event.outcome == "entered"
               ? Text{"決定を住民の記載に反映しました", "The decision was entered in the register"}
               : Text{"住民の記載を変えずに終えました", "The decision was settled without an entry in the register"};
  return {event.what, event.what};
}

std::string_view state_word(State state) {
  constexpr std::string_view kWords[] = {"received", "review", "returned", "granted", "refused", "withdrawn"};
  return kWords[std::size_t(state)];
}

std::optional<State> state_from(std::string_view word) {
  for (int i = 0; i <= int(State::kWithdrawn); ++i)
    if (state_word(State(i)) == word) return State(i);
  return std::nullopt;
}

Text state_title(State state) {
  switch (state) {
    case State::kReceived: return {"形式審査待ち", "Format check"};
    case State::kReview: return {"審査中", "Under review"};
    case State::kReturned: return {"申請者の修正待ち", "With the applicant"};
    case State::kGranted: return {"認めた", "Granted"};
    case State::kRefused: return {"認めなかった", "Refused"};
    case State::kWithdrawn: break;
  }
  return {"取り下げ", "Withdrawn"};
}

Text Case::number() const { return number_text(std::int64_t(fiscal_year) * kYear + serial); }

}  // namespace musubi::records
