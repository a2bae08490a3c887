#include "app/cli.h"

#include <gtest/gtest.h>

#include "app/explain.h"
#include "app/reachable.h"
#include "app/serving.h"
#include "http/fetch.h"
#include "http/server.h"

namespace musubi::app {
namespace {

Result<Parsed> parse(std::vector<std::string> arguments) { return parse_arguments(arguments); }

TEST(Cli, ReadsWordsAndOptions) {
  auto parsed = parse({"org", "create", "minato", "--title-ja", "みなと町", "--title-en=Minato", "--lang", "ja", "--data", "/x/"});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->command->name, "org create");
  EXPECT_EQ(parsed->invocation.words, std::vector<std::string>{"minato"});
  EXPECT_EQ(parsed->invocation.get("title-en"), "Minato");
  EXPECT_EQ(parsed->invocation.config.data, "/x");
  EXPECT_TRUE(parsed->invocation.ja());
  EXPECT_EQ(parse({"org", "key", "retire", "a", "b"})->command->name, "org key retire");
}

TEST(Cli, NamesWhatWasMeant) {
  struct Case {
    std::vector<std::string> arguments;
    const char* error;
    const char* hint;
  };
  for (const auto& c :
       {Case{{"verfy"}, "cli.unknown_command", "musubi verify"},
        Case{{"org", "creat", "x"}, "cli.unknown_command", "musubi org create"},
        Case{{"serve", "--liste", "8080"}, "cli.unknown_option", "--listen"},
        Case{{"serve", "--listen"}, "cli.missing_value", "ADDR:PORT"}, Case{{"backup", "minato"}, "cli.words", "backup ORG FILE"},
        Case{{"serve", "--listen", "eighty"}, "config.listen", "127.0.0.1:8080"},
        Case{{"serve", "--base-url", "musubi.example"}, "config.base_url", "https://"},
        Case{{"org"}, "cli.unknown_command", "org create"}}) {
    auto parsed = parse(c.arguments);
    ASSERT_FALSE(parsed.ok()) << c.arguments[0];
    EXPECT_EQ(parsed.error().name, c.error);
    EXPECT_NE(parsed.error().message.en.find(c.hint), std::string::npos) << parsed.error().message.en;
    EXPECT_NE(parsed.error().message.ja, parsed.error().message.en);
  }
}

TEST(Cli, NamesAllThatIsWrongAtOnce) {
  auto faults = [](std::vector<std::string> arguments) {
    auto parsed = parse(std::move(arguments));
    EXPECT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().name, "cli.faults");
    std::string where;
    for (const auto& fault : parsed.error().faults) {
      EXPECT_FALSE(fault.message.ja.empty() || fault.message.en.empty()) << fault.where;
      where += fault.where + " ";
    }
    return where;
  };
  EXPECT_EQ(faults({"serve", "--listen", "eighty", "--base-url", "x"}), "--listen --base-url ");
  EXPECT_EQ(faults({"serve", "--colour", "--listen=eighty", "--card-agent", "x", "--exchange-listen", "y", "--base-url"}),
            "--colour --base-url --listen --card-agent --exchange-listen ");
  EXPECT_EQ(faults({"backup", "minato", "--colour"}), "--colour musubi backup ");
  EXPECT_EQ(faults({"erase", "nation", "--record", "x", "--ground", "nonsense"}), "--record --ground ");
  EXPECT_EQ(faults({"erase", "nation"}), "--record --ground ");
  EXPECT_EQ(faults({"org", "assign", "a", "b", "c", "--from", "foo", "--until", "bar"}), "--from --until ");
  EXPECT_EQ(faults({"org", "post", "nation", "X Y", "--title-ja", "あ", "--from", "zz"}), "ID --unit --title-en --from ");
  EXPECT_EQ(faults({"org", "unit", "nation", "X Y", "--title-ja"}), "--title-ja ID --title-en ");
  EXPECT_EQ(faults({"org", "create", "A!", "--kind", "x", "--origin", "a b", "--administrator", ""}),
            "ORG --title-ja --title-en --kind --origin --administrator ");
  EXPECT_EQ(faults({"org", "create", "--title-ja=あ"}), "musubi org create --title-en ");
  auto one = parse({"serve", "--colour", "red"});
  EXPECT_EQ(one.error().name, "cli.unknown_option") << "the word may be its value";
  auto day = parse({"org", "assign", "a", "b", "c", "--from", "foo"});
  EXPECT_EQ(day.error().name, "cli.day");
  EXPECT_TRUE(day.error().message.en.starts_with("--from: ")) << day.error().message.en;
}

// Nobody is served from outside who was not meant to be.
TEST(Cli, ListensOnLoopbackUnlessToldOtherwise) {
  ::unsetenv("MUSUBI_LISTEN");
  ::unsetenv("MUSUBI_EXCHANGE_LISTEN");
  auto parsed = parse({"serve"});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->invocation.config.listen.address, "127.0.0.1");
  EXPECT_EQ(parsed->invocation.config.listen.port, 8080);
  EXPECT_FALSE(parsed->invocation.config.exchange_listen);
  for (const char* port : {"9000", ":9000"})
    EXPECT_EQ(parse({"serve", "--listen", port})->invocation.config.listen.address, "127.0.0.1");
  EXPECT_EQ(http::Options{}.address, "127.0.0.1");
}

// The first link leads to where the server is, also from another machine.
TEST(Cli, AnAddressThatIsNoneIsNotHandedOn) {
  http::Router router;
  router.add({.pattern = "/",
              .access = http::Access::kPublic,
              .handler = [](http::Request&) { return http::text("here"); },
              .summary_ja = "試し",
              .summary_en = "A test"});
  for (const char* any : {"0.0.0.0", "::", "0::0"}) {
    http::Server server({.address = any, .port = 0}, router);
    auto bound = server.start();
    if (!bound.ok() && std::string(any) != "0.0.0.0") continue;  // a machine without IPv6
    ASSERT_TRUE(bound.ok());
    std::string url = reachable(*bound).url();
    for (const char* none : {"//0.0.0.0:", "//[::]:"}) EXPECT_EQ(url.find(none), url.npos) << url;
    auto page = http::fetch(url + "/");
    ASSERT_TRUE(page.ok()) << url;
    EXPECT_EQ(page->body, "here");
    server.stop();
  }
  for (const char* stays : {"127.0.0.1", "192.0.2.7", "::1", "town.example"}) EXPECT_EQ(reachable({stays, 80}).host, stays);
  auto listens = parse({"serve", "--listen", "0.0.0.0:18080"});
  ASSERT_TRUE(listens.ok());
  EXPECT_EQ(expected_url(listens->invocation.config), reachable({"0.0.0.0", 18080}).url());
  auto given = parse({"serve", "--listen", "0.0.0.0:18080", "--base-url", "https://town.example"});
  EXPECT_EQ(expected_url(given->invocation.config), "https://town.example");
}

TEST(Cli, ALanguageThatIsNotThereIsRefusedInBoth) {
  for (const auto& arguments : {std::vector<std::string>{"org", "list", "--lang", "fr"},
                                {"--lang", "fr", "org", "list"},
                                {"org", "list", "--lang=fr"},
                                {"--lang", "fr", "--help"}}) {
    auto parsed = parse(arguments);
    ASSERT_FALSE(parsed.ok()) << arguments[0];
    EXPECT_EQ(parsed.error().name, "cli.language");
    for (const auto* words : {&parsed.error().message.ja, &parsed.error().message.en}) {
      EXPECT_NE(words->find("「fr」という言語はありません"), std::string::npos);
      EXPECT_NE(words->find("There is no language \"fr\""), std::string::npos);
    }
  }
}

TEST(Cli, CommonOptionsMayComeFirst) {
  auto parsed = parse({"--lang", "ja", "--data=/x", "org", "list"});
  ASSERT_TRUE(parsed.ok()) << parsed.error().message.en;
  EXPECT_EQ(parsed->command->name, "org list");
  EXPECT_EQ(parsed->invocation.config.data, "/x");
  EXPECT_TRUE(parsed->invocation.ja());
}

TEST(Cli, AGroupShowsItsCommands) {
  struct Case {
    std::vector<std::string> arguments;
    const char* group;
    const char* shows;
    const char* hides;
  };
  for (const auto& c : {Case{{"org", "--help"}, "org", "musubi org assign", "musubi pack import"},
                        Case{{"org", "key", "-h"}, "org key", "musubi org key rotate", "musubi org create"}}) {
    auto parsed = parse(c.arguments);
    ASSERT_TRUE(parsed.ok()) << parsed.error().message.en;
    EXPECT_TRUE(parsed->help);
    EXPECT_EQ(parsed->group, c.group);
    for (auto language : {Language::ja, Language::en}) {
      EXPECT_NE(help(parsed->group, language).find(c.shows), std::string::npos);
      EXPECT_EQ(help(parsed->group, language).find(c.hides), std::string::npos);
    }
  }
  EXPECT_FALSE(parse({"weather", "--help"}).ok());
}

TEST(Cli, EveryCommandTeaches) {
  for (const auto& command : commands()) {
    EXPECT_FALSE(command.ja.empty() || command.en.empty()) << command.name;
    EXPECT_TRUE(command.run) << command.name;
    EXPECT_FALSE(command.example.empty()) << command.name;
    for (auto language : {Language::ja, Language::en})
      EXPECT_NE(help(command, language).find("musubi " + std::string(command.name)), std::string::npos);
    EXPECT_NE(help(Language::en).find(command.name), std::string::npos);
    for (const auto& option : command.options) EXPECT_FALSE(option.ja.empty() || option.en.empty()) << option.name;
  }
}

TEST(Cli, AnOptionOfACommandStandsInPlaceOfTheCommonOne) {
  for (const auto& command : commands())
    for (const auto& common : common_options()) {
      std::string text = help(command, Language::en), line = "\n  --" + std::string(common.name) + " ";
      auto at = text.find(line);
      EXPECT_NE(at, text.npos) << command.name << line;
      EXPECT_EQ(text.find(line, at + 1), text.npos) << command.name << line;
    }
  auto demo = help(*parse({"demo"})->command, Language::en);
  EXPECT_NE(demo.find("(default ./var/demo)"), demo.npos);
  EXPECT_EQ(demo.find("musubi-data"), demo.npos);
}

TEST(Config, ReadsAddresses) {
  struct Case {
    const char* text;
    const char* address;
    int port;
  };
  for (auto c : {Case{"127.0.0.1:9000", "127.0.0.1", 9000}, Case{"9000", "127.0.0.1", 9000}, Case{":9000", "127.0.0.1", 9000},
                 Case{"[::1]:80", "::1", 80}, Case{"localhost:1", "127.0.0.1", 1}, Case{"0.0.0.0:0", "0.0.0.0", 0}}) {
    auto listen = parse_listen(c.text);
    ASSERT_TRUE(listen.ok()) << c.text;
    EXPECT_EQ(listen->address, c.address);
    EXPECT_EQ(listen->port, c.port);
  }
  for (const char* bad : {"", "x", "1:2:x", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1"})
    EXPECT_FALSE(parse_listen(bad).ok()) << bad;
  EXPECT_EQ(*parse_base_url("https://a.example/"), "https://a.example");
  for (const char* bad : {"", "a.example", "ftp://a", "https://a/b", "https://", "https://u@a"})
    EXPECT_FALSE(parse_base_url(bad).ok()) << bad;
}

TEST(Explain, FindsTheMostSpecific) {
  EXPECT_EQ(explain("db.locked")->name, "db.locked");
  EXPECT_EQ(explain("db.something_else")->name, "db.");
  EXPECT_EQ(explain("identity.link_used")->name, "identity.link_");
  EXPECT_EQ(explain("weather.rain"), nullptr);
  for (const auto& each : explanations()) EXPECT_FALSE(each.ja.empty() || each.en.empty()) << each.name;
}

}  // namespace
}  // namespace musubi::app
