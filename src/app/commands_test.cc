// The commands as a person gives them: the binary itself, on SQLite and on PostgreSQL, from making an organisation to
// restoring it, with a server running beside those that may be given beside one.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "app/commands_test_support.h"
#include "app/config.h"
#include "base/file.h"
#include "http/fetch.h"
#include "kpi/json.h"
#include "kpi/test_plan.h"
#include "support/raw_sql.h"

namespace musubi::app {
namespace {

INSTANTIATE_TEST_SUITE_P(Both, Commands, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(Commands, FromTheFirstToARestoredOrganisation) {
  ASSERT_OK(replace_file(pack, pretty_json(kpi::pack_of(kpi::small_plan())), 0600));
  expect_good({"org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town"}, "/aoba/sign-in/");
  auto again = run({"org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town"});
  EXPECT_NE(again.code, 0);
  expect_good({"backup", "aoba", folder.path() + "/before-the-first-serve"}, "bytes");
  expect_good({"org", "list"}, "Aoba Town");
  expect_good({"org", "officers", "aoba"}, "administrator");
  expect_good({"org", "link", "aoba"}, "/aoba/sign-in/");
  expect_good({"pack", "import", "aoba", pack}, "entered 3");
  expect_good({"pack", "sign-off", "aoba", "aoba.data-plan"}, "signed off");
  expect_good({"org", "key", "rotate", "aoba"}, "+");
  expect_good({"erase", "aoba", "--record", "6", "--ground", "request"}, "1 body erased");
  expect_good({"erase", "aoba", "--record", "6", "--ground", "request"}, "0 bodies erased");
  expect_good({"verify"}, "everything fits");
  expect_good({"doctor"}, "first certificate to expire");
  expect_good({"backup", "aoba", backup}, "bytes");
  EXPECT_NE(run({"restore", "aoba", backup}).code, 0) << "it is there";
  lose();
  auto restored = run({"restore", "aoba", backup});
  EXPECT_EQ(restored.code, 0) << restored.out;
  EXPECT_NE(restored.out.find("goes on under the log name"), restored.out.npos) << restored.out;
  EXPECT_EQ(restored.out.find("No erasure list"), restored.out.npos) << restored.out;
  expect_good({"verify", "aoba"}, "everything fits");
  lose();
  std::filesystem::remove(data + "/aoba/erasures.jsonl");
  expect_good({"restore", "aoba", folder.path() + "/before-the-first-serve"}, "No erasure list at " + data + "/aoba/erasures.jsonl");
  expect_good({"verify", "aoba"}, "everything fits");
}

TEST_P(Commands, NothingToVerifyIsNoGoodEnd) {
  if (on_postgres()) GTEST_SKIP() << "there the organisations are the database's";
  std::filesystem::create_directories(data + "/empty");
  auto none = run({"verify"});
  EXPECT_EQ(none.code, 3) << none.out;
  EXPECT_NE(none.out.find("no organisation in " + data), none.out.npos) << none.out;
  EXPECT_EQ(none.out.find("below"), none.out.npos) << none.out;
  const std::string above = data;
  data += "/town";
  expect_good({"org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town"}, "/aoba/sign-in/");
  data = above;
  auto below = run({"verify", "--json"});
  EXPECT_EQ(below.code, 3) << below.out;
  EXPECT_NE(below.out.find("--data " + data + "/town"), below.out.npos) << below.out;
  EXPECT_EQ(below.out.find("/empty"), below.out.npos) << below.out;
}

TEST_P(Commands, AnAlteredBackupIsRestoredWithWhatDoesNotFit) {
  if (on_postgres()) GTEST_SKIP() << "its backups are no database files";
  expect_good({"org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town"}, "/aoba/sign-in/");
  expect_good({"backup", "aoba", backup}, "bytes");
  testing::raw_sql(backup, "UPDATE evidence_body SET body = CAST('{}' AS BLOB) WHERE idx = 1");
  lose();
  auto restored = run({"restore", "aoba", backup});
  EXPECT_EQ(restored.code, 1) << restored.out;
  for (const char* said : {"goes on under the log name", "1 place does not fit", "record 1 ("})
    EXPECT_NE(restored.out.find(said), std::string::npos) << said << " in " << restored.out;
}

TEST_P(Commands, ACardFolderIsToldWhomToTrust) {
  if (on_postgres()) GTEST_SKIP() << "keys are files on either";
  const std::string cards = folder.path() + "/cards", root = data + "/aoba/keys/root.crt";
  expect_good({"org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town"}, "/aoba/sign-in/");
  const std::string pem = read_file(root, 1 << 16).value();
  for (int again = 0; again < 2; ++again) expect_good({"card", "trust", cards, root}, "Trusted: ");
  EXPECT_EQ(read_file(cards + "/trusted.pem", 1 << 16).value(), pem) << "once";
  EXPECT_EQ(run({"card", "trust", cards, data + "/aoba/keys/nothing.crt"}).code, 3);
  ASSERT_OK(replace_file(pack, "no certificate", 0600));
  EXPECT_EQ(run({"card", "trust", cards, pack}).code, 1);
  EXPECT_EQ(read_file(cards + "/trusted.pem", 1 << 16).value(), pem) << "a refusal changes nothing";
}

TEST_P(Commands, APlanIsReadOutOfAText) {
  if (on_postgres()) GTEST_SKIP() << "no store is touched";
  const std::string text = folder.path() + "/plan.txt";
  ASSERT_OK(replace_file(text,
                         "II－（１）窓口の改善【架空町データ基本条例第 10 条関係】\n"
                         "○[No.１－１] 予約の仕組みをつくる\n・ 予約をネットでできるようにする。\n"
                         "KPI（進捗）：予約できる窓口の数（令和７年度末までに1,200か所）\nKPI（効果）：未設定（令和６年度中に検討）\n",
                         0600));
  auto read =
      run({"pack", "from-text", text, "--id", "aoba.data-plan", "--title", "青葉町の計画", "--date", "2024-04-01", "--out", pack});
  EXPECT_LE(read.code, 1) << "1: there is something to look at. " << read.out;
  EXPECT_NE(read.out.find(pack + ": measures 1, sections 1"), std::string::npos) << read.out;
  expect_good({"pack", "check", pack}, "");
  auto plan = read_file(pack, 1 << 20).value();
  for (const char* word : {"aoba.data-plan", "青葉町の計画", "2024-04-01", "予約の仕組みをつくる", "1,200か所"})
    EXPECT_NE(plan.find(word), plan.npos) << word;
  auto shown = run({"pack", "from-text", text, "--id", "aoba.data-plan", "--title", "青葉町の計画", "--date", "2024-04-01"});
  EXPECT_EQ(shown.out, plan + "\n") << "without --out, on standard output";
  auto lines = run({"pack", "from-text", text, "--lines"});
  for (const char* words :
       {"1: section: II－（１）窓口の改善", "3: what it does 1-1: ・ 予約をネットで", "5: effect KPI 1-1: KPI（効果）：未設定"})
    EXPECT_NE(lines.out.find(words), std::string::npos) << lines.out;
  EXPECT_EQ(run({"pack", "from-text", folder.path() + "/nothing.txt"}).code, 3);
  ASSERT_OK(replace_file(text, "ただの文です。\n", 0600));
  EXPECT_EQ(run({"pack", "from-text", text, "--out", folder.path() + "/none.json"}).code, 1);
  EXPECT_FALSE(file_exists(folder.path() + "/none.json"));
}

TEST_P(Commands, PacksAreCheckedWhateverIsWrongWithTheOthers) {
  if (on_postgres()) GTEST_SKIP() << "no store is touched";
  const std::string none = folder.path() + "/none.json";
  ASSERT_OK(replace_file(pack, "{\"musubi_pack\": \"plan\"", 0600));
  auto told = run({"pack", "check", pack, none, pack});
  EXPECT_EQ(told.code, 1) << told.out;
  auto first = told.out.find(pack + ":1: ");
  EXPECT_NE(first, told.out.npos) << told.out;
  EXPECT_NE(told.out.find(none + ":1: "), told.out.npos) << told.out;
  EXPECT_NE(told.out.find(pack + ":1: ", first + 1), told.out.npos) << "what stands behind it is looked at, too: " << told.out;
  auto listed = run({"pack", "check", none, pack, "--json"});
  EXPECT_EQ(listed.code, 1);
  auto faults = parse_json(listed.out);
  ASSERT_TRUE(faults.ok()) << listed.out;
  ASSERT_EQ(faults->as_array().size(), 2u);
  EXPECT_EQ(faults->at_pointer("/0/file").as_string(), none);
  EXPECT_EQ(faults->at_pointer("/1/file").as_string(), pack);
}

// Whoever tampers with a column's type stops no command.
TEST_P(Commands, KeysOfAnotherTypeAreRefused) {
  if (on_postgres()) GTEST_SKIP() << "a column has one type there";
  expect_good({"org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town"}, "/aoba/sign-in/");
  expect_good({"org", "key", "list", "aoba"}, "active");
  testing::loosen_types(data + "/aoba/musubi.db");
  testing::raw_sql(data + "/aoba/musubi.db", "UPDATE evidence_key SET since = 'long ago'");
  auto listed = run({"org", "key", "list", "aoba"});
  EXPECT_EQ(listed.code, 1) << listed.out;
  EXPECT_NE(listed.out.find("Run musubi verify"), listed.out.npos) << listed.out;
}

TEST_P(Commands, TheProgramSaysWhatItIsAndCompletesItsCommands) {
  if (on_postgres()) GTEST_SKIP() << "no store is touched";
  EXPECT_EQ(run({"version"}).out, std::string("musubi ") + kVersion + "\n");
  EXPECT_EQ(run({"version", "--json"}).out, std::string("{\"name\":\"musubi\",\"version\":\"") + kVersion + "\"}\n");
  EXPECT_EQ(run({"version", "now"}).code, 2);
  auto fish = run({"completion", "fish"});
  EXPECT_EQ(fish.code, 2);
  EXPECT_NE(fish.out.find("musubi completion bash"), std::string::npos) << fish.out;
  EXPECT_EQ(run({"completion"}).code, 2);
  const std::string script = folder.path() + "/completion.bash", said = folder.path() + "/said";
  ASSERT_OK(replace_file(script, run({"completion", "bash"}).out, 0600));
  auto complete = [&](const std::string& words, int at) {
    std::string line = "bash -c 'source " + script + "; COMP_WORDS=(musubi " + words + "); COMP_CWORD=" + std::to_string(at) +
                       "; _musubi; echo \" ${COMPREPLY[*]} \"' > " + said + " 2>&1";
    EXPECT_EQ(std::system(line.c_str()), 0) << read_file(said, 1 << 16).value();
    return read_file(said, 1 << 16).value();
  };
  EXPECT_EQ(complete("ver", 1), " verify version \n");
  EXPECT_NE(complete("pack from", 2).find(" from-text "), std::string::npos);
  EXPECT_NE(complete("pack from-text --o", 3).find(" --out "), std::string::npos);
  EXPECT_EQ(complete("org key retire --act", 4), " --actor \n");
}

// What is said is said in the language that was asked for, whatever the terminal's is.
TEST_P(Commands, AMistypedCommandIsAnsweredInTheLanguageAskedFor) {
  if (on_postgres()) GTEST_SKIP() << "no store is touched";
  ::setenv("LC_ALL", "ja_JP.UTF-8", 1);
  auto attached = Program({"verfy", "--lang=en"}, "").end(), apart = Program({"verfy", "--lang", "en"}, "").end(),
       unasked = Program({"verfy"}, "").end();
  ::unsetenv("LC_ALL");
  EXPECT_NE(attached.out.find("Did you mean `musubi verify`"), std::string::npos) << attached.out;
  EXPECT_EQ(attached.out, apart.out);
  EXPECT_NE(unasked.out.find("「musubi verify」ですか"), std::string::npos) << unasked.out;
  auto all = run({"serve", "--colour", "--listen", "eighty", "--base-url", "x"});
  EXPECT_EQ(all.code, 2);
  for (const char* where : {"  --colour: ", "  --listen: ", "  --base-url: "})
    EXPECT_NE(all.out.find(where), std::string::npos) << all.out;
}

TEST_P(Commands, MembersAndPermitsComeAndGo) {
  const std::string permits = std::string(MUSUBI_SOURCE_DIR) + "/packs/demo/exchange/permits.json",
                    file = folder.path() + "/minato.member";
  for (const char* id : {"aoba", "minato"}) expect_good({"org", "create", id, "--title-ja", "町", "--title-en", "Town"}, "/sign-in/");
  expect_good({"exchange", "member", "export", "minato", "--address", "https://minato.example:8443", "--out", file}, "fingerprint");
  expect_good({"exchange", "member", "import", "aoba", file}, "minato");
  expect_good({"exchange", "permit", "import", "aoba", permits}, "permits entered");
  expect_good({"exchange", "permit", "list", "aoba"}, "move-out.portal-municipality");
  expect_good({"exchange", "permit", "withdraw", "aoba", "move-out.portal-municipality"}, "withdrawn");
  EXPECT_EQ(run({"exchange", "permit", "list", "aoba"}).out.find("move-out.portal-municipality"), std::string::npos);
  EXPECT_NE(run({"exchange", "permit", "withdraw", "aoba", "move-out.portal-municipality"}).code, 0) << "it is gone";
  expect_good({"exchange", "member", "remove", "aoba", "minato"}, "no member any more");
  expect_good({"exchange", "member", "list", "aoba"}, "no member yet");
  EXPECT_NE(run({"exchange", "member", "remove", "aoba", "minato"}).code, 0) << "it is gone";
  expect_good({"verify"}, "everything fits");
}

std::string first_link(const std::string& said) {
  auto at = said.find("http://127.0.0.1:");
  return at == said.npos ? "" : said.substr(at, said.find_first_of(" \"\n", at) - at);
}
std::string token_of(const std::string& said) {
  auto at = said.find("/sign-in/");
  return at == said.npos ? "" : said.substr(at + 9, 43);
}

TEST_P(Commands, TheLinkThatWasPrintedIsTheOneThatWorks) {
  auto made = run({"org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town"});
  ASSERT_EQ(made.code, 0) << made.out;
  const std::string token = token_of(made.out);
  ASSERT_EQ(token.size(), 43u);
  for (int start = 0; start < 2; ++start) {  // nor does starting once more replace it
    Program server({"serve", "--data", data, "--lang", "en", "--listen", "127.0.0.1:0"}, postgres());
    std::string said = server.until("Ctrl-C stops it");
    EXPECT_EQ(token_of(said), token) << said;
    auto page = http::fetch(first_link(said) + "/aoba/sign-in/" + token);
    ASSERT_OK(page);
    EXPECT_EQ(page->status, 200);
    EXPECT_EQ(server.stop().code, 0);
  }
}

TEST_P(Commands, ATownIsSetUp) {
  auto refused = run({"org", "create", "aoba", "--kind", "zoo", "--title-ja", "青葉町", "--title-en", "Aoba Town"});
  EXPECT_EQ(refused.code, 2) << refused.out;
  EXPECT_EQ(run({"org", "list"}).out.find("aoba"), std::string::npos) << "nothing is left of a refusal";
  auto made = run({"org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town"});
  ASSERT_EQ(made.code, 0) << made.out;
  std::string officer = made.out.substr(made.out.find("officer-"), 14);
  EXPECT_EQ(run({"org", "post", "aoba", "desk", "--unit", "residents", "--title-ja", "窓口", "--title-en", "Desk"}).code, 1)
      << "no such unit yet";
  EXPECT_EQ(run({"org", "unit", "aoba", "residents", "--title-ja", "住民課"}).code, 2) << "the other title is missing";
  expect_good({"org", "unit", "aoba", "residents", "--title-ja", "住民課", "--title-en", "Residents"}, "stands from");
  expect_good({"org", "unit", "aoba", "welfare", "--title-ja", "福祉課", "--title-en", "Welfare", "--from", "2099-04-01"},
              "stands from 2099-04-01");
  expect_good({"org", "unit", "aoba", "welfare", "--title-ja", "福祉局", "--title-en", "Welfare Bureau"},
              "stands from 2099-04-01");  // a correction moves no day
  expect_good({"org", "post", "aoba", "desk", "--unit", "residents", "--title-ja", "窓口", "--title-en", "Desk"}, "stands from");
  EXPECT_EQ(run({"org", "assign", "aoba", "desk", officer, "--from", "2026-02-30"}).code, 2);
  auto nobody = run({"org", "assign", "aoba", "desk", "officer-aaaaaa"}).out;
  for (const char* words : {"No officer in office has the code \"officer-aaaaaa\".", "musubi org officers aoba"})
    EXPECT_NE(nobody.find(words), std::string::npos) << nobody;
  expect_good({"org", "assign", "aoba", "desk", officer, "--from", "令和8年4月1日"}, "from 2026-04-01");
  expect_good({"org", "duty", "aoba", "desk", "look"}, "may search and read");
  expect_good({"org", "duty", "aoba", "desk", "register"}, "change it by hand");
  expect_good({"org", "duty", "aoba", "desk", "none"}, "is closed to post desk");
  for (const char* post : {"desk", "nowhere"}) {
    auto odd = run({"org", "duty", "aoba", post, "everything"});
    EXPECT_EQ(odd.code, 1) << odd.out;
    EXPECT_NE(odd.out.find("There is no duty \"everything\". The duties are: look, register."), std::string::npos) << odd.out;
    EXPECT_EQ(odd.out.find("There is no post \"nowhere\". The posts are: desk.") != std::string::npos,
              post == std::string_view("nowhere"))
        << odd.out;
  }
  expect_good({"exchange", "outbox", "seal", "aoba"}, "released: 0");
  const std::string file = folder.path() + "/residents.csv";
  const std::string head =
      "household,relation,family,given,family_kana,given_kana,birth_date,sex,postal_code,prefecture,municipality,street,since\n";
  const std::string hanako = "1,head,青葉,花子,アオバ,ハナコ,1990-04-01,female,999-1001,海山県,青葉町,桜丘1番1号,2020-04-01\n";
  ASSERT_OK(replace_file(
      file, head + hanako + "1,child,青葉,一郎,アオバ,イチロウ,2020-02-30,boy,999-1001,海山県,青葉町,桜丘1番1号,2020-04-01\n", 0600));
  auto bad = run({"residents", "import", "aoba", file});
  EXPECT_EQ(bad.code, 1);
  for (const char* fault : {"residents.csv:3: birth_date: ", "residents.csv:3: sex: "})
    EXPECT_NE(bad.out.find(fault), std::string::npos) << bad.out;
  ASSERT_OK(replace_file(file, head + hanako, 0600));
  expect_good({"residents", "import", "aoba", file}, "1 resident in 1 household entered");
  EXPECT_EQ(run({"residents", "import", "aoba", file}).code, 1) << "nobody comes twice";
  auto pack_of_procedures = run({"pack", "import", "aoba", std::string(MUSUBI_SOURCE_DIR) + "/packs/demo/moving/pack.json"});
  EXPECT_EQ(pack_of_procedures.code, 1);
  EXPECT_NE(pack_of_procedures.out.find("\"procedures\""), std::string::npos) << pack_of_procedures.out;
  EXPECT_LT(std::count(pack_of_procedures.out.begin(), pack_of_procedures.out.end(), '\n'), 4) << pack_of_procedures.out;
  expect_good({"verify"}, "everything fits");
}

TEST_P(Commands, ADemoThatCannotBeginSaysSoAtOnce) {
  if (on_postgres()) GTEST_SKIP() << "the demo keeps to SQLite";
  for (std::vector<std::string> given : {std::vector<std::string>{"--residents", "-5"},
                                         {"--residents", "abc"},
                                         {"--residents", "0"},
                                         {"--days", "0"},
                                         {"--days", ""}}) {
    given.insert(given.begin(), "demo");
    auto refused = run(given);
    EXPECT_EQ(refused.code, 2) << refused.out;
    EXPECT_NE(refused.out.find(given[1]), std::string::npos) << refused.out;
  }
  int taken = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ASSERT_EQ(::bind(taken, reinterpret_cast<sockaddr*>(&at), size), 0);
  ASSERT_EQ(::listen(taken, 1), 0);
  ASSERT_EQ(::getsockname(taken, reinterpret_cast<sockaddr*>(&at), &size), 0);
  std::string port = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
  auto refused = run({"demo", "--once", "--listen", port});
  ::close(taken);
  EXPECT_EQ(refused.code, 3) << refused.out;
  for (const std::string& words : {port, std::string("--listen")})
    EXPECT_NE(refused.out.find(words), std::string::npos) << refused.out;
  EXPECT_FALSE(file_exists(data + "/aoba")) << "no town was made";
}

TEST_P(Commands, ADemoStopsWhileItsTownsAreMade) {
  if (on_postgres()) GTEST_SKIP() << "the demo keeps to SQLite";
  Program demo({"demo", "--data", data, "--lang", "en", "--listen", "127.0.0.1:0", "--residents", "50", "--days", "3650"}, "");
  demo.until("1. Fictional towns");
  auto ended = demo.stop();
  EXPECT_EQ(ended.code, 3) << ended.out;
  EXPECT_NE(ended.out.find("Stopped while the towns were being made"), std::string::npos) << ended.out;
}

TEST_P(Commands, AServerWithoutOrganisationsSaysWhatToGive) {
  if (on_postgres()) GTEST_SKIP() << "there the organisations are the database's";
  Program server({"serve", "--data", data, "--lang", "en", "--listen", "127.0.0.1:0"}, "");
  std::string said = server.until("Ctrl-C stops it");
  for (const char* command : {"org create minato", "musubi serve"}) {
    auto at = said.find(command);
    ASSERT_NE(at, said.npos) << said;
    EXPECT_NE(said.substr(at, said.find('\n', at) - at).find("--data '" + data + "'"), said.npos) << said;
  }
  EXPECT_EQ(server.stop().code, 0);
}

TEST_P(Commands, BesideARunningServer) {
  expect_good({"org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba Town"}, "/aoba/sign-in/");
  Program server({"serve", "--data", data, "--lang", "en", "--listen", "127.0.0.1:0"}, postgres());
  std::string said = server.until("Ctrl-C stops it");
  auto at = said.find("http://127.0.0.1:");
  ASSERT_NE(at, said.npos) << said;
  std::string url = said.substr(at, said.find_first_of(" \"\n", at) - at);
  auto page = http::fetch(url + "/aoba/log/checkpoint");
  ASSERT_OK(page);
  EXPECT_EQ(page->status, 200);
  expect_good({"verify", "--online", url}, "everything fits");
  expect_good({"backup", "aoba", backup}, "bytes");
  expect_good({"org", "list"}, "Aoba Town");
  expect_good({"org", "key", "list", "aoba"}, "active");
  auto link = run({"org", "link", "aoba"});
  EXPECT_EQ(link.code, 3);
  EXPECT_NE(link.out.find("/aoba/office/officers"), link.out.npos) << link.out;
  EXPECT_NE(link.out.find("stop that process"), link.out.npos) << link.out;
  EXPECT_NE(link.out.find("put that in place of http://127.0.0.1:8080"), link.out.npos) << link.out;
  EXPECT_EQ(run({"restore", "aoba", backup}).code, 3);
  auto ended = server.stop();
  EXPECT_EQ(ended.code, 0) << ended.out;
  // The link stands on standard output, never in a line of the log.
  std::size_t links = 0;
  for (std::size_t from = 0; from < ended.out.size();) {
    auto end = std::min(ended.out.find('\n', from), ended.out.size());
    std::string line = ended.out.substr(from, end - from);
    if (line.find("/sign-in/") != line.npos) {
      ++links;
      EXPECT_NE(line[0], '{') << line;
    }
    from = end + 1;
  }
  EXPECT_EQ(links, 1u);
  expect_good({"verify"}, "everything fits");
}

TEST_P(Commands, VerifyTellsAllThatIsWrongWithItsCallAtOnce) {
  expect_good({"org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba"}, "aoba");
  auto ended = run({"verify", "zzz", "--checkpoint", "/nope", "--key", "zz", "--online", "ftp://x"});
  EXPECT_EQ(ended.code, 2);
  for (const char* word : {"4 faults", "zzz", "/nope", "--key", "ftp://x"}) EXPECT_NE(ended.out.find(word), std::string::npos) << word;
  EXPECT_EQ(run({"verify", "--online", "ftp://x"}).code, 2);
}

TEST_P(Commands, ADamagedOrganisationKeepsVerifyFromNoOther) {
  for (const char* id : {"aoba", "minato"}) expect_good({"org", "create", id, "--title-ja", "町", "--title-en", "Town"}, id);
  if (on_postgres()) {
    lose();
    run_on_postgres("CREATE SCHEMA musubi_aoba");
  } else {
    std::filesystem::resize_file(data + "/aoba/musubi.db", 0);
  }
  auto ended = run({"verify"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.out.find("aoba: 1 place does not fit"), ended.out.npos) << ended.out;
  EXPECT_NE(ended.out.find("minato: everything fits"), ended.out.npos) << ended.out;
}

TEST_P(Commands, DoctorNamesWhatIsLost) {
  for (const char* id : {"aoba", "minato"}) expect_good({"org", "create", id, "--title-ja", "町", "--title-en", "Town"}, id);
  expect_good({"doctor"}, "database minato: The database can be opened.");
  const std::string change = "DELETE FROM db_migration";
  on_postgres() ? testing::raw_postgres(postgres(), "musubi_minato", change) : testing::raw_sql(data + "/minato/musubi.db", change);
  lose();
  auto ended = run({"doctor"});
  EXPECT_NE(ended.code, 0);
  EXPECT_NE(ended.out.find("bad   database minato: The database is damaged"), ended.out.npos) << ended.out;
  EXPECT_NE(ended.out.find("bad   database aoba: The keys of aoba"), ended.out.npos) << ended.out;
}

TEST_P(Commands, TwoPacksOfOneEditionWithOtherContentAreAFault) {
  std::string text = read_file(MUSUBI_SOURCE_DIR "/packs/japan/basic-plan-2019/plan.json", 16 << 20).value();
  const std::string same = folder.path() + "/same.json", other = folder.path() + "/other.json";
  ASSERT_OK(replace_file(pack, text, 0600));
  ASSERT_OK(replace_file(same, text + "\n", 0600));
  EXPECT_EQ(run({"pack", "check", pack, same}).code, 0);
  text.replace(text.find("官民データ活用推進基本計画"), 3, "公");
  ASSERT_OK(replace_file(other, text, 0600));
  auto ended = run({"pack", "check", pack, other});
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.out.find(pack + " is the same edition (japan.basic-plan-2019 2019-06-14)"), ended.out.npos) << ended.out;
}

}  // namespace
}  // namespace musubi::app
