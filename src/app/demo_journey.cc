#include "app/demo_journey.h"

#include <poll.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "app/browser.h"
#include "app/demo_towns.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "text/dates.h"

namespace musubi::app {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;
using Told = std::function<void(const Text& what, const std::string& where)>;
constexpr int kTries = 400;  // of 100 ms

Error not_seen(const std::string& what) {
  return {Code::kInternal, "demo.not_seen", {"40 秒待っても見えません：" + what, "Not seen within 40 s: " + what}, {}};
}

std::string string_at(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::string printed(const json::object& indicator) {
  const json::value* value = indicator.if_contains("value");
  if (!value || value->is_null()) return "-";
  char text[40];
  std::snprintf(text, sizeof text, "%.2f", value->to_number<double>());
  const json::value* n = indicator.if_contains("n");
  return std::string(text) + (n && n->is_int64() ? " (n=" + std::to_string(n->get_int64()) + ")" : "");
}

Result<std::map<std::string, std::string>> indicators(Browser& officer, const std::string& kpi) {
  auto value = TRY(parse_json(TRY(officer.get(kpi + ".json")).html, JsonLimits{8 << 20, 32}));
  std::map<std::string, std::string> out;
  for (const auto& one : value.as_object().at("indicators").as_array())
    out[std::string(one.as_object().at("id").as_string())] = printed(one.as_object());
  return out;
}

class Journey {
 public:
  Journey(const Config& config, const DemoPorts& ports, const JourneyDoors& doors, const Told& told)
      : config_(config), ports_(ports), doors_(doors), told_(told) {}

  Result<void> play() {
    TRY(show_indicators("前の指標", "Indicators before"));
    TRY(ask_guide());
    TRY(sign_in());
    TRY(fill_in());
    TRY(sign_and_submit());
    TRY(wait_for_numbers());
    TRY(offices());
    TRY(look_back());
    return show_indicators("後の指標", "Indicators after");
  }

 private:
  std::string portal(const std::string& path) const { return ports_.page(0) + "/portal" + path; }

  // As officers see them: the public sees no step of fewer than five records, so that none stands out.
  Result<void> show_indicators(const char* ja, const char* en) {
    for (auto [place, town, door] : {std::tuple{1, "aoba", doors_.aoba_desk}, {2, "minato", doors_.desk}}) {
      std::string page = ports_.page(std::size_t(place)) + "/" + town + "/office/kpi";
      auto now = TRY(indicators(*TRY(behind(door)), page));
      std::string line;
      for (const char* id : {"online-use-rate", "fetched-fields-rate", "hours-to-decision-median", "decisions", "exchanges-answered"})
        line += std::string(line.empty() ? "" : ", ") + id + " " + now[id];
      told_({std::string(ja) + "（" + town + "）：" + line, std::string(en) + " (" + town + "): " + line}, page);
    }
    return {};
  }

  // The browser of the officer whose one-time link this is, signed in.
  Result<Browser*> behind(const std::string& door) {
    auto [at, is_new] = officers_.try_emplace(door, "ja");
    if (is_new) {
      auto page = TRY(at->second.get(door));
      TRY(at->second.submit(page, page.url.substr(page.url.rfind('/'))));
    }
    return &at->second;
  }

  Result<void> ask_guide() {
    auto page = TRY(hanako_.get(portal("/guide/moving")));
    page = TRY(hanako_.submit(page, "/guide/moving", {{"from_town", "aoba"}}));
    page = TRY(hanako_.submit(page, "/guide/moving", {{"to_town", "minato"}}));
    page = TRY(hanako_.submit(page, "/guide/moving", date("move_date")));
    page = TRY(hanako_.submit(page, "/guide/moving", {{"about", "children"}, {"about", "insurance"}, {"about", "water"}}));
    told_({"案内の四つの質問に答える → 「" + page.title() + "」", "four questions of the guide -> \"" + page.title() + "\""},
          page.url);
    list_ = page;
    return {};
  }

  // By forms alone, over two addresses: the portal and the card software.
  Result<void> sign_in() {
    auto page = TRY(hanako_.follow(list_, "/my/start/moving"));
    page = TRY(hanako_.submit(page, "/sign-in/card"));
    page = TRY(hanako_.submit(page, "/request"));
    page = TRY(hanako_.submit(page, "/pin", {{"card", first_card(page)}, {"pin", kHanakoPin}}));
    page = TRY(hanako_.submit(page, "/card/return"));
    told_({"カードと暗証番号でサインイン", "signed in by card and PIN"}, page.url);
    start_ = page;
    return {};
  }

  // Hanako's card is the first of the folder.
  static std::string first_card(const WebPage& page) {
    const PageForm* form = page.form("/pin");
    if (form)
      for (const auto& [name, value] : form->choices)
        if (name == "card") return value;
    return {};
  }

  Result<void> fill_in() {
    auto page = TRY(hanako_.submit(start_, "/my/start/moving"));
    basket_ = page.url.substr(0, page.url.find('?'));
    told_({"青葉町から、氏名・生年月日・住所・世帯・保険・子どもを取り寄せた",
           "name, birth date, address, household, insurance and child came from Aoba"},
          basket_);
    TRY(page_of("new-address", {{"new_address-postal_code", "999-2003"},
                                {"new_address-prefecture", "海山県"},
                                {"new_address-municipality", "みなと町"},
                                {"new_address-street", "港南3番5号"},
                                {"new_address-building", "コーポ結 301号室"}}));
    TRY(page_of("head", {{"new_head", "me"}}));
    TRY(page_of("card", {{"card_use", "yes"}}));
    TRY(page_of("contact", {{"phone", "090-0000-1234"}}));
    TRY(page_of("children/entries/1", {{"together", "yes"}}));
    TRY(page_of("pension", {{"pension", "national"}}));
    TRY(page_of("account",
                {{"bank_name", "結銀行"}, {"bank_branch", "本店"}, {"bank_number", "1234567"}, {"bank_holder", "ユウキ ハナコ"}}));
    TRY(page_of("water-start", date("water_start")));
    TRY(page_of("water", {{"water_building", "flat"}, {"water_payment", "slip"}}));
    return {};
  }

  Result<void> page_of(const std::string& id, Fields fields) {
    auto page = TRY(hanako_.get(basket_ + "/" + id));
    TRY(hanako_.submit(page, "/" + id, std::move(fields)));
    return {};
  }

  Result<void> sign_and_submit() {
    auto page = TRY(hanako_.get(basket_ + "/check"));
    std::string check = page.url;
    page = TRY(hanako_.submit(page, "/sign"));
    page = TRY(hanako_.submit(page, "/request"));
    page = TRY(hanako_.submit(page, "/pin", {{"card", first_card(page)}, {"pin", kHanakoSigningPin}}));
    page = TRY(hanako_.submit(page, "/card/return"));
    told_({"答えを確かめ、五つの届出に一度だけ署名して提出 → 「" + page.title() + "」",
           "checked, signed once for five filings, submitted -> \"" + page.title() + "\""},
          page.url);
    return {};
  }

  Result<std::vector<json::object>> filings() {
    auto page = TRY(hanako_.get(portal("/my.json")));
    auto value = TRY(parse_json(page.html, JsonLimits{8 << 20, 32}));
    std::vector<json::object> out;
    for (const auto& one : value.as_object().at("filings").as_array()) out.push_back(one.as_object());
    return out;
  }

  Result<void> wait_for_numbers() {
    for (int i = 0; i < kTries; ++i) {
      auto all = TRY(filings());
      bool arrived = all.size() >= 5;
      for (std::size_t k = 0; k < 5 && arrived; ++k) arrived = !string_at(all[k], "number").empty();
      if (arrived) {
        for (std::size_t k = 0; k < 5; ++k) mine_.push_back(all[k]);
        for (const auto& one : mine_)
          told_({"受付番号 " + string_at(one, "number") + "（" + string_at(one, "procedure") + " → " + string_at(one, "recipient") +
                     "）",
                 "received as " + string_at(one, "number") + " (" + string_at(one, "procedure") + " -> " +
                     string_at(one, "recipient") + ")"},
                portal("/my/filings/" + string_at(one, "reference")));
        return {};
      }
      ::poll(nullptr, 0, 100);
    }
    return not_seen(portal("/my"));
  }

  struct Officer {
    const char* organisation;
    std::size_t place;
    std::string door;
    const char* post;
  };

  Result<void> offices() {
    const Officer all[] = {{"water", 2, doors_.water, "desk"},      {"aoba", 1, doors_.aoba_desk, "desk"},
                           {"aoba", 1, doors_.aoba_chief, "chief"}, {"minato", 2, doors_.desk, "desk"},
                           {"minato", 2, doors_.chief, "chief"},    {"minato", 2, doors_.director, "director"}};
    // The move first: insurance and allowance are for those whom the register holds.
    std::vector<json::object> filings = mine_;
    std::stable_partition(filings.begin(), filings.end(),
                          [](const json::object& filing) { return string_at(filing, "procedure") == "moving-in"; });
    for (const auto& filing : filings)
      for (const auto& officer : all)
        if (string_at(filing, "recipient") == officer.organisation) TRY(judge(*TRY(behind(officer.door)), officer, filing));
    return {};
  }

  // What this officer's post may do with the case now; nothing where it is at another post.
  Result<void> judge(Browser& browser, const Officer& officer, const json::object& filing) {
    std::string at = ports_.page(officer.place) + "/" + officer.organisation + "/office/cases/" + string_at(filing, "number");
    auto page = TRY(browser.get(at));
    if (!page.form("/judge")) return {};
    page = TRY(browser.submit(page, "/judge", {{"judgement", "grant"}}));
    told_({std::string(officer.organisation) + " の " + officer.post + " が " + string_at(filing, "procedure") + " を認める",
           std::string(officer.organisation) + ", " + officer.post + ": " + string_at(filing, "procedure") + " granted"},
          at);
    return {};
  }

  Result<void> look_back() {
    for (int i = 0;; ++i) {
      std::size_t granted = 0;
      for (const auto& one : TRY(filings()))
        for (const auto& mine : mine_)
          granted += string_at(one, "reference") == string_at(mine, "reference") && string_at(one, "state") == "granted";
      if (granted == mine_.size()) break;
      if (i == kTries) return not_seen(portal("/my"));
      ::poll(nullptr, 0, 100);
    }
    told_({"花子さんのページ：五つとも認められた", "Hanako's page: all five granted"}, portal("/my"));
    auto page = TRY(hanako_.get(portal("/my/reads")));
    told_({"「" + page.title() + "」：誰が、何を、いつ、どの手続のために、どの根拠で見たか",
           "\"" + page.title() + "\": who, what, when, for which case, on which basis"},
          page.url);
    std::string receipt = portal("/my/filings/" + string_at(mine_[0], "reference") + "/receipt");
    auto file = TRY(hanako_.get(receipt));
    std::string path = config_.data + "/hanako-receipt.json";
    TRY(replace_file(path, file.html, 0600));
    told_({"届出の控え。サーバーなしで検証できる：musubi filing verify " + path,
           "a receipt, verified without any server: musubi filing verify " + path},
          receipt);
    return {};
  }

  Fields date(const std::string& name) {
    auto today = text::jst_date(SystemClock().now());
    return {{name + "-era", ""},
            {name + "-year", std::to_string(today.year)},
            {name + "-month", std::to_string(today.month)},
            {name + "-day", std::to_string(today.day)}};
  }

  const Config& config_;
  const DemoPorts& ports_;
  const JourneyDoors& doors_;
  const Told& told_;
  Browser hanako_{"ja"};
  std::map<std::string, Browser> officers_;  // by their one-time link
  WebPage list_, start_;
  std::string basket_;
  std::vector<json::object> mine_;
};

}  // namespace

Result<void> play_journey(const Config& config, const DemoPorts& ports, const JourneyDoors& doors, const Told& told) {
  return Journey(config, ports, doors, told).play();
}

}  // namespace musubi::app
