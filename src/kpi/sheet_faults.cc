// The contradictions that a pack of a sheet may hold although its shape is right. Part of sheet_rules.h.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "kpi/line_rules.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_rules.h"
#include "text/normalise.h"

namespace musubi::kpi {
namespace {

// A way through the links that comes back to where it began, its first element also last; empty where there is none. With a
// stack of its own: a pack may hold a chain of kMaxListed elements.
std::vector<std::string> circle_of(const std::map<std::string, std::vector<std::string>>& next) {
  std::set<std::string> done;
  for (const auto& [begin, unused] : next) {
    std::vector<std::pair<std::string, std::size_t>> way = {{begin, 0}};
    while (!way.empty()) {
      auto& [node, tried] = way.back();
      auto on = next.find(node);
      if (done.contains(node) || on == next.end() || tried == on->second.size()) {
        done.insert(node);
        way.pop_back();
        continue;
      }
      const std::string& to = on->second[tried++];
      auto met = std::find_if(way.begin(), way.end(), [&](const auto& one) { return one.first == to; });
      if (met == way.end()) {
        way.emplace_back(to, 0);
        continue;
      }
      std::vector<std::string> circle;
      for (; met != way.end(); ++met) circle.push_back(met->first);
      circle.push_back(to);
      return circle;
    }
  }
  return {};
}

class Checker {
 public:
  explicit Checker(const Sheet& sheet) : sheet_(sheet) {
    for (const auto& goal : sheet.header.goals) goals_.insert(goal.id);
    for (const auto& one : sheet.indicators) numbers_.insert(one.number);
  }

  std::vector<Fault> run() {
    header();
    logic();
    std::set<std::string> seen, ids;
    if (sheet_.indicators.empty()) add("/indicators", {"測定指標がひとつもありません。", "There is no indicator."});
    for (std::size_t i = 0; i < sheet_.indicators.size(); ++i) {
      std::string where = "/indicators/" + std::to_string(i);
      number(sheet_.indicators[i].number, where, seen);
      lasting_id(sheet_.indicators[i].id, where + "/id", ids);
      indicator(sheet_.indicators[i], where);
    }
    seen.clear();
    for (std::size_t i = 0; i < sheet_.programmes.size(); ++i) {
      std::string where = "/programmes/" + std::to_string(i);
      number(sheet_.programmes[i].number, where, seen);
      programme(sheet_.programmes[i], where);
    }
    return std::move(faults_);
  }

 private:
  void add(std::string where, Text message) { faults_.push_back({std::move(where), std::move(message)}); }

  void text(const Text& both, const std::string& where) { check_text(both, where, faults_); }
  void text(const std::optional<Text>& both, const std::string& where) {
    if (both) text(*both, where);
  }

  // A number or a name: one line.
  void line(const std::string& word, const std::string& where) {
    if (!plain_text(word) || word.find_first_of("\n\t") != word.npos)
      add(where, {"制御文字か改行があります。取り除いてください。", "There is a control character or a line break. Take it out."});
  }

  void year(int value, const std::string& where) { check_year(value, where, faults_); }
  void year(std::optional<int> value, const std::string& where) {
    if (value) year(*value, where);
  }

  void size(const json::value& value, const std::string& where) {
    if (canonical_json(value).size() > kMaxEntryBytes)
      add(where, {"全体で上限 256 KiB を超えています。", "Larger than the limit of 256 KiB as a whole."});
  }

  void twice(const std::string& where, const std::string& what) {
    add(where, {"「" + what + "」が二度書かれています。", "\"" + what + "\" stands twice."});
  }

  void number(const std::string& value, const std::string& where, std::set<std::string>& seen) {
    if (!valid_part_number(value))
      add(where + "/number", {"番号は半角の英数字とハイフンで16字までです。", "A number is letters, digits and hyphens, at most 16."});
    if (!seen.insert(value).second) twice(where + "/number", value);
  }

  // One id names one indicator, and so stands once on a sheet.
  void lasting_id(const std::string& id, const std::string& where, std::set<std::string>& seen) {
    if (id.empty()) return;
    if (!valid_indicator_id(id))
      add(where, {"指標の id は「国や機関.名前」の形で、小文字・数字・ハイフンで160字までです。例: japan.soumu.online-use",
                  "An indicator's id is a country or organisation, a dot and a name in kebab case, at most 160 letters. Example: "
                  "japan.soumu.online-use"});
    if (!seen.insert(id).second) twice(where, id);
  }

  void header() {
    const SheetHeader& h = sheet_.header;
    size(to_json(h), "");
    if (!valid_plan_id(h.id))
      add("/id", {"id は「国や機関.名前」の形で、小文字・数字・ハイフンで書きます。例: japan.soumu.31-10",
                  "An id is a country or organisation, a dot and a name in kebab case. Example: japan.soumu.31-10"});
    year(h.fiscal_year, "/fiscal_year");
    if (h.month.size() != 7 || !valid_when(h.month))
      add("/month", {"年月ではありません。例: 2019-08", "This is no month. Example: 2019-08"});
    line(h.policy_number, "/policy/number");
    for (auto [words, where] : {std::pair{&h.printed_number, "/printed_number"},
                                {&h.policy_title, "/policy/title"},
                                {&h.field, "/policy/field"},
                                {&h.office, "/office"},
                                {&h.author_post, "/author_post"},
                                {&h.money_unit, "/money/unit"},
                                {&h.source_title, "/source/title"},
                                {&h.source_publisher, "/source/publisher"},
                                {&h.locator, "/source/locator"}})
      text(*words, where);
    for (auto [words, where] : {std::pair{&h.outcome, "/outcome"},
                                {&h.next, "/next"},
                                {&h.effects, "/effects"},
                                {&h.experts, "/experts"},
                                {&h.material, "/material"},
                                {&h.doubt, "/doubt"}})
      text(*words, where);
    if (h.goals.empty()) add("/goals", {"施策目標がひとつもありません。", "There is no goal."});
    std::set<std::string> seen;
    for (std::size_t i = 0; i < h.goals.size(); ++i) {
      std::string where = "/goals/" + std::to_string(i);
      if (!seen.insert(h.goals[i].id).second) twice(where + "/id", h.goals[i].id);
      line(h.goals[i].id, where + "/id");
      text(h.goals[i].title, where + "/title");
      text(h.goals[i].factor, where + "/factor");
      text(h.goals[i].next, where + "/next");
    }
    for (std::size_t i = 0; i < h.cabinet_policies.size(); ++i) {
      std::string where = "/cabinet_policies/" + std::to_string(i);
      text(h.cabinet_policies[i].title, where + "/title");
      if (h.cabinet_policies[i].date && !valid_when(*h.cabinet_policies[i].date))
        add(where + "/date", {"時期として読めません。例: 2019-06-14", "This is not a time. Example: 2019-06-14"});
    }
    amounts(h.budget, "/money/budget");
    for (std::size_t i = 0; i < h.owners.size(); ++i) text(h.owners[i], "/owners/" + std::to_string(i));
    laws(h.laws, "/laws");
    judged(h);
  }

  void laws(const std::vector<Law>& all, const std::string& where) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::string at = where + "/" + std::to_string(i);
      text(all[i].title, at + "/title");
      if (all[i].id.empty()) continue;
      if (!valid_law_id(all[i].id))
        add(at + "/id",
            {"e-Gov 法令検索の法令 ID は、数字3字で始まる半角の英大文字と数字の15字です。例: 503AC0000000035",
             "A law id of e-Gov has 15 capital letters and digits and begins with three digits. Example: 503AC0000000035"});
      if (!seen.insert(all[i].id).second) twice(at + "/id", all[i].id);
    }
  }

  void measures(const std::vector<PlanMeasure>& all, const std::string& where) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::string at = where + "/" + std::to_string(i);
      if (!valid_plan_id(all[i].plan))
        add(at + "/plan", {"計画の id は「国や機関.名前」の形です。例: japan.basic-plan-2019",
                           "A plan's id is a country or organisation, a dot and a name. Example: japan.basic-plan-2019"});
      if (!valid_part_number(all[i].number))
        add(at + "/number", {"施策の番号は半角の英数字とハイフンで16字までです。例: 1-1",
                             "A measure's number is letters, digits and hyphens, at most 16. Example: 1-1"});
      if (std::find(all.begin(), all.begin() + std::ptrdiff_t(i), all[i]) != all.begin() + std::ptrdiff_t(i))
        twice(at, all[i].plan + " " + all[i].number);
    }
  }

  void judged(const SheetHeader& h) {
    if (h.form == SheetForm::kPreAnalysis) {
      if (h.judgement) add("/judgement", {"事前分析表に評価結果は書けません。", "A pre-analysis sheet has no judgement."});
      if (h.stance) add("/stance", {"事前分析表に予算への反映は書けません。", "A pre-analysis sheet has no budget stance."});
    }
    if (h.judgement) {
      line(h.judgement->scale, "/judgement/scale");
      line(h.judgement->step, "/judgement/step");
      text(h.judgement->grounds, "/judgement/grounds");
      text(h.judgement->override_reason, "/judgement/override_reason");
    }
    if (!h.stance) return;
    line(h.stance->category, "/stance/category");
    text(h.stance->title, "/stance/title");
    for (std::size_t i = 0; i < h.stance->notes.size(); ++i) text(h.stance->notes[i], "/stance/notes/" + std::to_string(i));
  }

  void amounts(const std::vector<Amount>& all, const std::string& where) {
    std::set<std::pair<int, AmountKind>> seen;
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::string at = where + "/" + std::to_string(i);
      year(all[i].fiscal_year, at + "/fiscal_year");
      if (!seen.insert({all[i].fiscal_year, all[i].kind}).second)
        twice(at, std::to_string(all[i].fiscal_year) + " " + std::string(word_of(kAmountKinds, all[i].kind)));
    }
  }

  // Whether a name stands among those of a list, or may: "" is one that could not be read, and of no list at all nothing is said here.
  template <class Names>
  static bool may_hold(const Names& names, const std::string& name) {
    return names.empty() || names.contains(name) || names.contains("");
  }

  // Each link leads on, and no way leads back: a stage may follow itself, but never a later one.
  void logic() {
    const SheetHeader& h = sheet_.header;
    std::map<std::string, const LogicNode*> nodes;
    for (std::size_t i = 0; i < h.nodes.size(); ++i) {
      std::string where = "/logic/nodes/" + std::to_string(i);
      if (!nodes.emplace(h.nodes[i].id, &h.nodes[i]).second) twice(where + "/id", h.nodes[i].id);
      line(h.nodes[i].id, where + "/id");
      text(h.nodes[i].title, where + "/title");
      refer(h.nodes[i].indicators, where + "/indicators");
      text(h.nodes[i].qualitative, where + "/qualitative");
      if (h.nodes[i].qualitative && h.nodes[i].stage < Stage::kShort)
        add(where + "/qualitative",
            {"数値で測らない理由を書けるのは、アウトカムに限ります。", "Only an outcome can say why no figure measures it."});
    }
    text(h.no_stages, "/logic/no_stages");
    std::set<Stage> outcomes;
    for (const auto& node : h.nodes)
      if (node.stage >= Stage::kShort) outcomes.insert(node.stage);
    if (h.no_stages && outcomes.size() > 1)
      add("/logic/no_stages", {"アウトカムが二つ以上の段階にあるのに、段階に分けない理由が書かれています。",
                               "A reason for having no stages is given, but the outcomes are of several."});
    std::map<std::string, std::vector<std::string>> next;
    for (std::size_t i = 0; i < h.links.size(); ++i) {
      std::string where = "/logic/links/" + std::to_string(i);
      auto from = nodes.find(h.links[i].from), to = nodes.find(h.links[i].to);
      text(h.links[i].reason, where + "/reason");
      if (nodes.empty() || !may_hold(nodes, h.links[i].from))
        add(where + "/from", {"そのような要素はありません。", "There is no such node."});
      if (nodes.empty() || !may_hold(nodes, h.links[i].to))
        add(where + "/to", {"そのような要素はありません。", "There is no such node."});
      if (from == nodes.end() || to == nodes.end()) continue;
      next[from->first].push_back(to->first);
      if (from->second->stage > to->second->stage)
        add(where, {"後の段階から前の段階へ戻っています。", "It leads back from a later stage to an earlier one."});
    }
    if (auto circle = circle_of(next); !circle.empty()) {
      Text way;
      for (const auto& id : circle) {
        const auto& title = nodes.at(id)->title;
        way.ja += (way.ja.empty() ? "" : " → ") + title.ja + "（" + id + "）";
        way.en += (way.en.empty() ? "" : " → ") + title.en + " (" + id + ")";
      }
      add("/logic/links", {"ロジックモデルが循環しています：" + way.ja + "。どれかのつながりを外してください。",
                           "The logic model runs in a circle: " + way.en + ". Take one of these links out."});
    }
  }

  void refer(const std::vector<std::string>& all, const std::string& where) {
    for (std::size_t i = 0; i < all.size(); ++i)
      if (!may_hold(numbers_, all[i]))
        add(where + "/" + std::to_string(i),
            {"測定指標「" + all[i] + "」はこの表にありません。", "Indicator " + all[i] + " is not on this sheet."});
  }

  void indicator(const SheetIndicator& one, const std::string& where) {
    size(to_json(one), where);
    text(one.title, where + "/title");
    text(one.locator, where + "/locator");
    if (!may_hold(goals_, one.goal))
      add(where + "/goal", {"施策目標「" + one.goal + "」はこの表にありません。", "Goal \"" + one.goal + "\" is not on this sheet."});
    check_lines(one.lines, where + "/lines", faults_);
    if (one.lines.empty()) add(where + "/lines", {"値の行がひとつもありません。", "There is no row of values."});
    measures(one.measures, where + "/measures");
    for (auto [words, name] : {std::pair{&one.reason, "/reason"},
                               {&one.causal_link, "/causal_link"},
                               {&one.target_basis, "/target_basis"},
                               {&one.mark_reason, "/mark_reason"},
                               {&one.factor, "/factor"},
                               {&one.fate_note, "/fate_note"},
                               {&one.doubt, "/doubt"}})
      text(*words, where + name);
    if (sheet_.header.form == SheetForm::kPreAnalysis && (one.mark || one.fate))
      add(where + "/mark",
          {"事前分析表の測定指標に達成や今後の扱いは書けません。", "An indicator of a pre-analysis sheet has no mark and no fate."});
    if (one.fate == Fate::kReplaced && !one.fate_note)
      add(where + "/fate_note", {"何に置き換えるかを書いてください。", "Say what replaces it."});
  }

  void programme(const Programme& one, const std::string& where) {
    size(to_json(one), where);
    text(one.title, where + "/title");
    text(one.locator, where + "/locator");
    year(one.start_year, where + "/start_year");
    amounts(one.amounts, where + "/amounts");
    refer(one.indicators, where + "/indicators");
    laws(one.laws, where + "/laws");
    measures(one.measures, where + "/measures");
    for (auto [words, name] : {std::pair{&one.owner, "/owner"},
                               {&one.outcome, "/outcome"},
                               {&one.activity, "/activity"},
                               {&one.contribution, "/contribution"},
                               {&one.doubt, "/doubt"}})
      text(*words, where + name);
    for (const auto& [at, number] : one.review_numbers) line(number, where + "/review_numbers/" + std::to_string(at));
  }

  const Sheet& sheet_;
  std::set<std::string> goals_, numbers_;
  std::vector<Fault> faults_;
};

}  // namespace

std::vector<Fault> faults_of(const Sheet& sheet) { return Checker(sheet).run(); }

}  // namespace musubi::kpi
