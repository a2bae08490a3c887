// Fills an organisation that exists with posts, officers at them and cases at every stage, through the real services:
//   case_seeder DATA ORG        prints {"desk": TOKEN, "chief": TOKEN, "director": TOKEN, "cases": N}, tokens of one-time links
//   case_seeder DATA ORG reported   makes a nation of that name, two days old, to which two towns had reported decisions of April 2019
// For journeys; all names are made up. No server may be running.
#include <cstdio>

#include "app/installation.h"
#include "identity/posts.h"
#include "kpi/report.h"
#include "records/records.h"
#include "records/test_filing.h"

namespace musubi {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result.ok()) std::fprintf(stderr, "%s: %s\n", result.error().name.c_str(), result.error().message.en.c_str());
  return std::move(result).value();
}
void must(Result<void> result) {
  if (!result.ok()) std::fprintf(stderr, "%s\n", result.error().message.en.c_str());
  result.value();
}

struct Person {
  const char *name, *kana;
};
constexpr Person kPeople[] = {{"架空 花子", "カクウ ハナコ"}, {"仮名 太郎", "カメイ タロウ"},     {"見本 さくら", "ミホン サクラ"},
                              {"例示 健", "レイジ ケン"},     {"想定 一郎", "ソウテイ イチロウ"}, {"試験 みどり", "シケン ミドリ"},
                              {"模擬 あおい", "モギ アオイ"}};

records::Filing filing_of(int i, Time now) {
  auto filing = records::test_filing("counter-" + std::to_string(i), kPeople[i % 7].name);
  filing.kana = kPeople[i % 7].kana;
  filing.online = false;
  if (i % 3 == 1) {
    filing.procedure = "child-allowance";
    filing.title = {"児童手当の申請", "Child allowance"};
    filing.decision.id = "child-allowance-accepted";
    filing.decision.title = {"児童手当の認定通知", "Notice of child allowance"};
    filing.decision.lines = {{"{applicant} 様", "To {applicant}"},
                             {"児童手当の申請を認定しました。", "Your application for the child allowance has been granted."}};
  }
  filing.filed_at = Time{now.us - (12 - i) * 6LL * 3600 * 1'000'000};
  if (i == 2) filing.files.push_back({"地図.png", "image/png", "\x89PNG"});
  return filing;
}

int run(const std::string& data, const std::string& org) {
  app::Config config;
  config.data = data;
  auto installation = must(app::Installation::open(config, app::Opening::kServe));
  auto database = must(installation->store().organisation(org));
  Clock& clock = installation->clock();
  text::Date today = text::jst_date(clock.now());
  const char* posts[] = {"desk", "chief", "director"};
  const Text titles[] = {{"住民係", "Residents' desk"}, {"住民係長", "Chief of residents"}, {"住民課長", "Director of residents"}};
  const char* names[] = {"窓口 まどか", "係長 りく", "課長 めい"};
  std::string codes[3];
  json::object out;
  must(database->write([&](db::Transaction& tx) -> Result<void> {
    TRY(identity::put_unit(tx, {"residents", {"住民課", "Residents' Division"}, "", today, std::nullopt}, "operator"));
    for (int i = 0; i < 3; ++i) {
      TRY(identity::put_post(tx, {posts[i], "residents", titles[i], today, std::nullopt}, "operator"));
      codes[i] = TRY(identity::appoint(tx, names[i], identity::Role::kOfficer, "operator", clock.now())).code;
      TRY(identity::assign_post(tx, {posts[i], codes[i], today, std::nullopt, identity::HoldingKind::kRegular}, "operator"));
      out[posts[i]] = TRY(identity::make_link(tx, codes[i], clock.now(), "operator"));
    }
    return {};
  }));
  records::Office office;
  office.organisation = org;
  office.title = installation->title(org);
  office.clock = &clock;
  office.posts_of = [](db::Reader& reader, const std::string& officer, text::Date day) {
    return identity::posts_of(reader, officer, day);
  };
  office.keys = must(installation->keys(org));
  office.base_url = "http://127.0.0.1:8080";
  records::Cases cases(*database, office);
  using Judgement = records::Cases::Judgement;
  for (int i = 0; i < 12; ++i) {
    auto c = must(
        database->write([&](db::Transaction& tx) { return records::open_case(tx, office, filing_of(i, clock.now()), "counter"); }));
    if (i >= 6) c = must(cases.pass_check({c.id, c.version, codes[0]}, "添付を確認しました"));
    if (i >= 8)
      c = must(cases.judge({c.id, c.version, codes[1]}, i == 11 ? Judgement::kRefuse : Judgement::kGrant, "要件を確認しました"));
    if (i >= 10) must(cases.judge({c.id, c.version, codes[2]}, i == 11 ? Judgement::kRefuse : Judgement::kGrant, "記録のとおりです"));
    if (i == 5) must(cases.send_back({c.id, c.version, codes[0]}, "引っ越した日を確かめて、もう一度送ってください。"));
  }
  out["cases"] = 12;
  std::printf("%s\n", json::serialize(out).c_str());
  return 0;
}

int make_reported_nation(const std::string& data, const std::string& org) {
  app::Config config;
  config.data = data;
  ManualClock clock{Time{SystemClock().now().us - 2 * 86'400'000'000}};
  auto installation = must(app::Installation::open(config, app::Opening::kServe, &clock));
  must(installation->create_organisation({org, {"nation", {"国", "Nation"}}, "", "管理者"}));
  auto database = must(installation->store().organisation(org));
  json::object report = must(kpi::make_report(*database, clock.now()));
  auto& series = report["series"].as_object();
  const std::string id = kpi::find_indicator("decisions")->formula.id();
  series.erase(id);
  for (const auto& [town, n] : {std::pair{"aoba", 13}, {"minato", 24}}) {
    series[id + ".of"] = json::array{json::array{12 * 2019 + 3, "granted", 0, n, n}};
    must(kpi::keep_report(*database, town, {town, town}, report, "service"));
  }
  return 0;
}

}  // namespace
}  // namespace musubi

int main(int argc, char** argv) {
  const bool reported = argc == 4 && std::string_view(argv[3]) == "reported";
  if (argc != 3 && !reported) {
    std::fprintf(stderr, "case_seeder DATA ORG [reported]\n");
    return 2;
  }
  return reported ? musubi::make_reported_nation(argv[1], argv[2]) : musubi::run(argv[1], argv[2]);
}
