#include "kpi/plan_text.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/encoding.h"
#include "kpi/plan_line.h"
#include "kpi/plan_text_fields.h"
#include "kpi/rules.h"
#include "text/normalise.h"

namespace musubi::kpi {
namespace {

constexpr std::size_t kWrapped = 30;  // code points from which a line is held to be full, so that the next continues it
constexpr std::size_t kTitleLines = 4, kBodyBytes = 64 << 10, kMilestones = 20, kMilestoneLetters = 400;

std::vector<std::string_view> lines_of_text(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() <= kPlanTextLines) {
    auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<Fault> unreadable(std::string_view text, const std::vector<std::string_view>& lines) {
  std::vector<Fault> faults;
  if (text.size() > kPlanTextBytes)
    faults.push_back({"", {"8 MiB を超えています。分けて取り込んでください。", "It is larger than 8 MiB. Import it in parts."}});
  if (lines.size() > kPlanTextLines) faults.push_back({"", {"20万行を超えています。", "It has more than 200,000 lines."}});
  for (std::size_t i = 0; i < lines.size() && faults.size() < 100; ++i) {
    const std::string where = std::to_string(i + 1);
    if (lines[i].size() > kPlanTextLineBytes)
      faults.push_back({where, {"この行は 16 KiB を超えています。", "This line is longer than 16 KiB."}});
    if (!is_utf8(lines[i]))
      faults.push_back(
          {where,
           {"UTF-8 として読めません。文字コードを UTF-8 にして保存し直してください。", "This is not UTF-8. Save the file as UTF-8."}});
    if (std::any_of(lines[i].begin(), lines[i].end(),
                    [](unsigned char c) { return (c < 0x20 && c != '\t' && c != '\f' && c != '\r') || c == 0x7f; }))
      faults.push_back({where, {"制御文字があります。取り除いてください。", "There is a control character. Take it out."}});
  }
  return faults;
}

// A measure while its lines come in.
struct Draft {
  Measure measure;
  std::size_t line = 0, title_lines = 1;
  std::string body;
  std::string kpi[2];  // progress, effect
  bool has[2] = {false, false};
  bool twice = false;  // its number stood before: not imported
};

class Reader {
 public:
  Reader(std::vector<std::string_view> lines, const PlanTextHead& head) : lines_(std::move(lines)), head_(head) {
    out_.lines.resize(lines_.size());
  }

  PlanText read() {
    find_headers();
    for (at_ = 0; at_ < lines_.size(); ++at_) take(text::trim(lines_[at_]));
    fields_.finish();
    build();
    for (std::size_t i = 0; i < lines_.size(); ++i) out_.lines[i].words = text::trim(lines_[i]);
    return std::move(out_);
  }

 private:
  enum class State { kBefore, kIntroduction, kTitle, kBody, kKpi };

  void mark(LineKind kind) {
    out_.lines[at_] = {kind, drafts_.empty() || kind == LineKind::kSection ? "" : drafts_.back().measure.number};
  }

  void remark(std::size_t line, const std::string& measure, Text message) {
    if (out_.remarks.size() < kPlanTextFaults)
      out_.remarks.push_back({line + 1, measure, std::move(message)});
    else
      ++out_.more;
  }

  // What stands at the head or foot of many pages, beside their numbers; and section titles without their number.
  void find_headers() {
    std::map<std::string_view, std::pair<std::size_t, std::size_t>> seen;  // times; times beside a page's number
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      std::string_view line = text::trim(lines_[i]);
      if (line.empty() || page_line(line) || label_of(line) || bullet_line(line) || kpi_line(line) || measure_line(line)) continue;
      auto& [times, beside] = seen[line];
      ++times;
      beside += lines_[i].starts_with('\f') ||
                (i + 1 < lines_.size() && (page_line(lines_[i + 1]) || lines_[i + 1].starts_with('\f'))) ||
                (i > 0 && page_line(lines_[i - 1]));
      if (auto section = section_line(line)) {
        titles_.insert(section->title);
        if (!section->law.empty() && !section->open) laws_.insert(section->law);
      }
    }
    for (const auto& [line, times] : seen)
      if (times.first >= 3 && times.second * 2 >= times.first) headers_.insert(line);
  }

  bool is_header(std::string_view line) const {
    if (headers_.contains(line)) return true;
    if (titles_.contains(std::string(line))) return true;
    auto section = section_line("（1）" + std::string(line));  // a title and article without their number
    return section && !section->open && laws_.contains(section->law) && !section_line(line);
  }

  void take(std::string_view line) {
    if (line.empty()) return mark(LineKind::kBlank);
    if (auto measure = measure_line(line)) return begin_measure(*measure);
    if (auto section = section_line(line)) return take_section(std::move(*section));
    if (state_ == State::kBefore) return mark(LineKind::kBefore);
    if (take_margin(line)) return;
    if (auto kpi = kpi_line(line)) return take_kpi(*kpi);
    fields_.other_line();
    take_text(line);
  }

  // What stands between the lines of the text and does not end them.
  bool take_margin(std::string_view line) {
    std::size_t used = 0;
    if (const PlanField* field = label_at(lines_, at_, used)) {
      fields_.label(field->id);
      for (std::size_t i = 0; i < used; ++i) {
        if (i > 0) ++at_;
        out_.lines[at_] = {LineKind::kField, ""};
      }
      return footnote_ = false, true;
    }
    if (is_header(line)) return footnote_ = false, out_.lines[at_] = {LineKind::kHeader, ""}, true;
    if (page_line(line)) return footnote_ = false, out_.lines[at_] = {LineKind::kPage, ""}, true;
    auto number = footnote_line(line);
    const bool next = number && (last_footnote_ == 0 || (*number > last_footnote_ && *number <= last_footnote_ + 30));
    if (!next && (!footnote_ || bullet_line(line) || kpi_line(line) || heading_line(line))) return footnote_ = false, false;
    if (next) last_footnote_ = *number;
    out_.lines[at_] = {LineKind::kFootnote, ""};
    footnote_ = !line.ends_with("。") && !line.ends_with("）。") && !line.ends_with("」。");
    return true;
  }

  void take_section(SectionLine section) {
    std::size_t first = at_;
    while (section.open && at_ + 1 < lines_.size() && at_ < first + 3) {
      std::string joined;
      for (std::size_t i = first; i <= at_ + 1; ++i) joined = join_wrapped(joined, lines_[i]);
      auto longer = section_line(joined);
      if (!longer) break;
      section = std::move(*longer);
      ++at_;
    }
    for (std::size_t i = first; i <= at_; ++i) out_.lines[i] = {LineKind::kSection, ""};
    if (!section.law.empty()) laws_.insert(section.law);
    auto known = std::find_if(sections_.begin(), sections_.end(), [&](auto& one) { return one.id == section.id; });
    if (known != sections_.end()) {
      if (known->title.ja != section.title)
        remark(first, "",
               {"節（" + section.id + "）が別の題名でもう一度あります。先のものを残します。",
                "Section " + section.id + " stands twice with different titles. The first is kept."});
      else
        out_.lines[first] = {LineKind::kHeader, ""};
      return;
    }
    if (sections_.size() >= kMaxListed) return remark(first, "", {"節は200までです。", "At most 200 sections are read."});
    if (section.open) remark(first, "", {"【 】が閉じていません。", "The bracket with the article is not closed."});
    sections_.push_back({section.id,
                         {section.title, section.title},
                         section.law.empty() ? std::nullopt : std::optional(Text{section.law, section.law})});
    fields_.new_section();
    state_ = State::kIntroduction;
    section_ = section.id;
    footnote_ = false;
  }

  void begin_measure(const MeasureLine& line) {
    Draft draft;
    draft.line = at_;
    draft.measure.number = line.number;
    draft.measure.section = line.section;
    draft.measure.title.ja = line.title;
    draft.measure.locator = {"施策" + line.number + "（" + std::to_string(at_ + 1) + "行目）",
                             "measure " + line.number + " (line " + std::to_string(at_ + 1) + ")"};
    if (auto [first, fresh] = numbers_.emplace(line.number, at_); !fresh) {
      draft.twice = true;
      remark(at_, line.number,
             {"番号 " + line.number + " は " + std::to_string(first->second + 1) + " 行目にもあります。後のほうは取り込みません。",
              "Number " + line.number + " stands on line " + std::to_string(first->second + 1) + " too. This one is not imported."});
    } else if (line.section != section_) {
      remark(
          at_, line.number,
          {"番号は節 " + line.section + " ですが、今の節は " + (section_.empty() ? "ありません。" : section_ + " です。"),
           "The number says section " + line.section + ", but the section here is " + (section_.empty() ? "none." : section_ + ".")});
    }
    if (drafts_.size() >= kMaxMeasures) draft.twice = true;
    fields_.measure(drafts_.size());
    drafts_.push_back(std::move(draft));
    mark(LineKind::kMeasure);
    state_ = State::kTitle;
    footnote_ = false;
  }

  void take_kpi(const KpiLine& line) {
    fields_.other_line();
    if (drafts_.empty() || state_ == State::kIntroduction) {
      mark(LineKind::kUnknown);
      return remark(at_, "", {"どの施策のKPIかわかりません。", "It is not clear to which measure this KPI belongs."});
    }
    Draft& draft = drafts_.back();
    if (draft.has[line.effect])
      remark(at_, draft.measure.number,
             {"同じ種類のKPIが二度あります。続けて入れます。", "This kind of KPI stands twice. Both are kept, one after the other."});
    std::string& text = draft.kpi[line.effect];
    text += (draft.has[line.effect] && !text.empty() ? "\n" : "") + line.text;
    draft.has[line.effect] = true;
    effect_ = line.effect;
    listed_ = line.text.empty();
    full_ = text::code_points(lines_[at_]) >= kWrapped;
    mark(line.effect ? LineKind::kEffect : LineKind::kProgress);
    state_ = State::kKpi;
  }

  void take_text(std::string_view line) {
    if (state_ == State::kIntroduction) return mark(LineKind::kHeading);
    Draft& draft = drafts_.back();
    const bool bullet = bullet_line(line);
    if (state_ == State::kTitle && !bullet && !line.ends_with("。") && draft.title_lines < kTitleLines) {
      draft.measure.title.ja = join_wrapped(draft.measure.title.ja, line);
      ++draft.title_lines;
      return mark(LineKind::kTitle);
    }
    if (state_ == State::kKpi) {
      std::string& text = draft.kpi[effect_];
      const bool item = bullet || line.starts_with("＜") || line.starts_with("※") || (listed_ && !full_ && !line.starts_with("（"));
      listed_ = listed_ || bullet;
      if (text.size() + line.size() < kMaxTextBytes * 4)
        text = item && !text.empty() ? text + "\n" + std::string(line) : join_wrapped(text, line);
      full_ = text::code_points(line) >= kWrapped;
      return mark(LineKind::kKpi);
    }
    state_ = State::kBody;
    if (draft.body.size() + line.size() < kBodyBytes)
      draft.body = bullet && !draft.body.empty() ? draft.body + "。" + std::string(line) : join_wrapped(draft.body, line);
    mark(LineKind::kBody);
  }

  std::string clipped(std::string text, const Draft& draft) {
    if (text.size() <= kMaxTextBytes) return text;
    remark(draft.line, draft.measure.number, {"4,096 バイトを超える文を短くしました。", "A text longer than 4,096 bytes was cut."});
    while (text.size() > kMaxTextBytes - 3) text = std::string(text::first_code_points(text, text::code_points(text) * 9 / 10));
    return text + "…";
  }

  // Sentences that name a time not before the edition and something to be done by it.
  void milestones(Draft& draft) {
    const int year = std::atoi(head_.date.substr(0, 4).c_str());
    constexpr std::string_view kWords[] = {"目途", "までに", "中に", "開始", "目指", "予定", "策定", "構築", "実施", "設定"};
    std::string_view body = draft.body;
    while (!body.empty() && draft.measure.milestones.size() < kMilestones) {
      auto end = std::min(body.find("。"), body.size());
      std::string sentence(text::trim(body.substr(0, end)));
      body.remove_prefix(std::min(end + std::string_view("。").size(), body.size()));
      while (bullet_line(sentence))
        sentence = std::string(text::trim(std::string_view(sentence).substr(text::first_code_points(sentence, 1).size())));
      if (std::none_of(std::begin(kWords), std::end(kWords), [&](auto word) { return sentence.find(word) != sentence.npos; }))
        continue;
      for (const auto& date : dates_in(sentence)) {
        if (date.fiscal_year < year) continue;
        std::string text(text::first_code_points(sentence, kMilestoneLetters));
        Milestone milestone{{text, text}, date.when};
        if (std::find(draft.measure.milestones.begin(), draft.measure.milestones.end(), milestone) == draft.measure.milestones.end())
          draft.measure.milestones.push_back(std::move(milestone));
        break;
      }
    }
  }

  void finish(Draft& draft) {
    Measure& m = draft.measure;
    if (m.title.ja.empty()) {
      remark(draft.line, m.number, {"題名がありません。", "There is no title."});
      m.title.ja = "（題名なし）";
    }
    m.title.ja = clipped(m.title.ja, draft);
    m.title.en = m.title.ja;
    for (bool effect : {false, true}) {
      Kpi& kpi = effect ? m.effect : m.progress;
      kpi = read_kpi(clipped(draft.kpi[effect], draft));
      if (!draft.has[effect])
        remark(
            draft.line, m.number,
            effect
                ? Text{"KPI（効果）の行がありません。「なし」とします。", "There is no line of an effect KPI. It is taken as none."}
                : Text{"KPI（進捗）の行がありません。「なし」とします。", "There is no line of a progress KPI. It is taken as none."});
    }
    m.target = read_target(m.progress, m.effect);
    milestones(draft);
  }

  void find_gaps() {
    std::map<std::string, int> last;
    for (const auto& draft : drafts_) {
      const std::string& number = draft.measure.number;
      if (draft.twice) continue;
      const int n = std::atoi(number.substr(number.find('-') + 1).c_str());
      int& before = last[draft.measure.section];
      if (n > before + 1)
        remark(draft.line, number,
               {"番号が飛んでいます。" + draft.measure.section + "-" + std::to_string(before + 1) + " がありません。",
                "Numbers are missing from " + draft.measure.section + "-" + std::to_string(before + 1) + " on."});
      if (n < before) remark(draft.line, number, {"番号が順に並んでいません。", "The number is out of order."});
      before = std::max(before, n);
    }
  }

  void build() {
    for (auto& draft : drafts_) {
      if (draft.twice || std::any_of(sections_.begin(), sections_.end(), [&](auto& one) { return one.id == draft.measure.section; }))
        continue;
      const std::string& id = draft.measure.section;
      remark(draft.line, draft.measure.number,
             {"節 " + id + " の見出しがありません。仮の題名で加えます。", "There is no heading of section " + id + ". One is added."});
      sections_.push_back({id, {"節" + id, "Section " + id}, std::nullopt});
    }
    std::sort(sections_.begin(), sections_.end(),
              [](auto& a, auto& b) { return std::pair(a.id.size(), a.id) < std::pair(b.id.size(), b.id); });
    find_gaps();
    std::vector<std::string> section_of;
    for (const auto& draft : drafts_) section_of.push_back(draft.measure.section);
    auto fields = fields_.resolve(section_of);
    PlanHeader& header = out_.document.header;
    header = {head_.id,
              head_.date,
              {head_.title, head_.title},
              {"文書の文字から取り込んだ計画。", "A plan imported from the text of a document."},
              {head_.title, head_.title},
              {head_.publisher, head_.publisher},
              head_.date,
              {},
              sections_};
    for (const auto& label : field_labels()) header.fields.push_back(label.field);
    std::map<std::string, std::size_t> line_of;
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].twice) continue;
      finish(drafts_[i]);
      drafts_[i].measure.field = fields[i].id;
      drafts_[i].measure.doubt = fields[i].doubt;
      line_of[std::to_string(out_.document.measures.size())] = drafts_[i].line;
      out_.document.measures.push_back(drafts_[i].measure);
    }
    for (auto& fault : faults_of(out_.document)) {
      const std::string rest = fault.where.starts_with("/measures/") ? fault.where.substr(10) : "";
      auto line = line_of.find(rest.substr(0, rest.find('/')));
      remark(line == line_of.end() ? 0 : line->second, "",
             {fault.where + "：" + fault.message.ja, fault.where + ": " + fault.message.en});
    }
    std::stable_sort(out_.remarks.begin(), out_.remarks.end(), [](auto& a, auto& b) { return a.line < b.line; });
    for (const auto& line : out_.lines) ++out_.counts[line.kind];
  }

  std::vector<std::string_view> lines_;
  const PlanTextHead& head_;
  PlanText out_;
  std::vector<Draft> drafts_;
  std::vector<Section> sections_;
  std::map<std::string, std::size_t> numbers_;
  std::set<std::string_view> headers_;
  std::set<std::string> titles_, laws_;
  FieldLabels fields_;
  State state_ = State::kBefore;
  std::string section_;
  std::size_t at_ = 0;
  int last_footnote_ = 0;
  bool footnote_ = false, effect_ = false, listed_ = false, full_ = false;
};

}  // namespace

std::string_view kind_name(LineKind kind) {
  constexpr std::string_view kNames[] = {"blank",  "before", "section", "heading", "measure", "title",    "body",   "progress",
                                         "effect", "kpi",    "field",   "header",  "page",    "footnote", "unknown"};
  return kNames[std::size_t(kind)];
}

Text kind_title(LineKind kind) {
  constexpr std::pair<const char*, const char*> kTitles[] = {{"空行", "blank"},
                                                             {"対象外（最初の節より前）", "not looked at (before the first section)"},
                                                             {"節", "section"},
                                                             {"前文", "introduction"},
                                                             {"施策", "measure"},
                                                             {"題名の続き", "title, continued"},
                                                             {"内容", "what it does"},
                                                             {"KPI（進捗）", "progress KPI"},
                                                             {"KPI（効果）", "effect KPI"},
                                                             {"KPIの続き", "KPI, continued"},
                                                             {"分野の表示", "label of a field"},
                                                             {"柱", "page header"},
                                                             {"頁番号", "page number"},
                                                             {"脚注", "footnote"},
                                                             {"不明", "not understood"}};
  return {kTitles[std::size_t(kind)].first, kTitles[std::size_t(kind)].second};
}

std::vector<Fault> faults_of(const PlanTextHead& head) {
  std::vector<Fault> faults;
  if (!valid_plan_id(head.id))
    faults.push_back({"id",
                      {"計画の id は「国や組織.名前」の形で、小文字・数字・ハイフンで書きます。例: aoba.data-plan",
                       "The id of a plan is country-or-organisation.name, in small letters, digits and hyphens: aoba.data-plan"}});
  if (head.title.empty()) faults.push_back({"title", {"計画の題名を書いてください。", "Give the title of the plan."}});
  if (auto date = text::parse_date(head.date); !date.ok()) faults.push_back({"date", date.error().message});
  return faults;
}

Result<PlanText> read_plan_text(std::string_view text, const PlanTextHead& head) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  auto faults = faults_of(head);
  auto lines = lines_of_text(text);
  if (auto unread = unreadable(text, lines); !unread.empty()) {
    unread.insert(unread.end(), faults.begin(), faults.end());
    return Error{Code::kInvalid, "plan_text.unreadable", {"文書の文字を読めません。", "The text cannot be read."}, std::move(unread)};
  }
  PlanText out = Reader(std::move(lines), head).read();
  if (out.document.measures.empty())
    return Error{Code::kInvalid,
                 "plan_text.no_measures",
                 {"施策がひとつも見つかりません。施策は「○[No.１－１] 題名」、KPIは「KPI（進捗）：…」の行で見分けます。",
                  "There is no measure. A measure is a line like ○[No.1-1] TITLE, a KPI a line like KPI（進捗）：…"},
                 std::move(faults)};
  if (faults.empty()) return out;
  return Error{Code::kInvalid,
               "plan_text.bad_head",
               {"計画の id、題名、日付を直してください。", "Correct id, title and date of the plan."},
               faults};
}

std::vector<TextRun> runs_of(const PlanText& text) {
  std::vector<TextRun> out;
  for (std::size_t i = 0; i < text.lines.size(); ++i) {
    const TextLine& line = text.lines[i];
    if (line.kind == LineKind::kBlank) continue;
    if (out.empty() || out.back().kind != line.kind || out.back().measure != line.measure)
      out.push_back({i + 1, i + 1, line.kind, line.measure, {}});
    TextRun& run = out.back();
    run.last = i + 1;
    if (text::code_points(run.words) <= kRunLetters) run.words += (run.words.empty() ? "" : " ") + line.words;
  }
  for (auto& run : out)
    if (text::code_points(run.words) > kRunLetters) run.words = std::string(text::first_code_points(run.words, kRunLetters)) + "…";
  return out;
}

json::object plan_text_report(const PlanText& text) {
  json::object counts;
  for (const auto& [kind, n] : text.counts) counts[kind_name(kind)] = std::int64_t(n);
  json::array lines, remarks;
  for (std::size_t i = 0; i < text.lines.size(); ++i) {
    json::object one{{"line", std::int64_t(i + 1)}, {"kind", kind_name(text.lines[i].kind)}};
    if (!text.lines[i].measure.empty()) one["measure"] = text.lines[i].measure;
    lines.push_back(std::move(one));
  }
  for (const auto& remark : text.remarks) {
    json::object one{{"line", std::int64_t(remark.line)}, {"ja", remark.message.ja}, {"en", remark.message.en}};
    if (!remark.measure.empty()) one["measure"] = remark.measure;
    remarks.push_back(std::move(one));
  }
  return {{"plan", text.document.header.id},
          {"measures", std::int64_t(text.document.measures.size())},
          {"sections", std::int64_t(text.document.header.sections.size())},
          {"counts", std::move(counts)},
          {"remarks", std::move(remarks)},
          {"more_remarks", std::int64_t(text.more)},
          {"lines", std::move(lines)}};
}

}  // namespace musubi::kpi
