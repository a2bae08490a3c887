#include "app/doors.h"

#include <algorithm>
#include <array>

namespace musubi::app {

std::vector<Door> doors(std::string_view kind) {
  bool takes_filings = kind == "portal" || kind == "municipality" || kind == "prefecture";
  bool plans = kind != "portal" && kind != "linker" && kind != "company";
  std::vector<Door> out;
  if (takes_filings)
    out.push_back({{"手続の案内", "Guides"},
                   {"いくつかの質問に答えると、必要な手続だけが分かり、まとめて届け出られます。",
                    "A few questions, and you see just what you need to do, and do it in one go."},
                   "/guide"});
  if (takes_filings)
    out.push_back({{"マイページ", "My page"},
                   {"出した届出、お知らせ、あなたの情報を見た機関。カードでサインインします。",
                    "What you filed, your messages, and who looked at your data. Sign in with your card."},
                   "/my",
                   false});
  if (kind != "linker")
    out.push_back({{"指標", "Indicators"},
                   {"仕事の記録からその場で計算される数字。", "Figures that compute themselves from work done."},
                   "/kpi"});
  if (plans)
    out.push_back({{"計画", "Plans"},
                   {"施策の一つ一つに、指標と目標とその履歴。", "Each measure with its indicators, targets and history."},
                   "/plans"});
  if (plans)
    out.push_back(
        {{"評価", "Evaluation"}, {"政策の目標と実績、評価書。", "Targets and results of policies, and their evaluation."}, "/sheets"});
  if (kind == "municipality" || kind == "prefecture" || kind == "agency" || kind == "company")
    out.push_back({{"通知の確認", "Check a notice"},
                   {"届いた通知が本物かを確かめます。", "Find out whether a notice you got is genuine."},
                   "/notices",
                   false});
  if (kind != "nation")
    out.push_back({{"照会の許可", "Permits"},
                   {"どの機関が、どの法令により、何を照会できるか。", "Which organisation may ask for what, under which law."},
                   "/exchange/permits",
                   false});
  out.push_back(
      {{"記録のログ", "Log"}, {"すべての行為の記録。誰でも検証できます。", "Every act, on a log that anyone can verify."}, "/log"});
  return out;
}

int rank(std::string_view kind) {
  constexpr std::array kOrder{"portal", "municipality", "prefecture", "nation", "agency", "company", "linker"};
  return int(std::find(kOrder.begin(), kOrder.end(), kind) - kOrder.begin());
}

}  // namespace musubi::app
