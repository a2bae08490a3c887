// The commands as a person gives them: the binary itself, on SQLite and on PostgreSQL, from making an organisation to
// restoring it, with a server running beside those that may be given beside one.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "base/file.h"
#include "http/fetch.h"
#include "kpi/json.h"
#include "kpi/test_plan.h"
#include "support/store_fixture.h"

namespace musubi::app {
namespace {

struct Ended {
  int code = -1;
  std::string out;  // standard output and error
};

class Program {
 public:
  Program(std::vector<std::string> words, const std::string& postgres) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    words.insert(words.begin(), MUSUBI_BINARY);
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], 1);
      ::dup2(ends[1], 2);
      ::setenv("MUSUBI_POSTGRES", postgres.c_str(), 1);
      if (postgres.empty()) ::unsetenv("MUSUBI_POSTGRES");
      ::unsetenv("MUSUBI_DATA");
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    from_ = ends[0];
  }
  ~Program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(from_);
  }

  // Reads until `words` was printed; what came until then. Ends with the program.
  std::string until(const std::string& words) {
    while (out_.find(words) == out_.npos && read_some()) {}
    return out_;
  }
  Ended end() {
    while (read_some()) {}
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, out_};
  }
  Ended stop() {
    ::kill(pid_, SIGTERM);
    return end();
  }

 private:
  bool read_some() {
    char block[4096];
    ssize_t n = ::read(from_, block, sizeof block);
    if (n > 0) out_.append(block, std::size_t(n));
    return n > 0;
  }
  pid_t pid_ = -1;
  int from_ = -1;
  std::string out_;
};

class Commands : public testing::StoreTest {
 protected:
  Ended run(std::vector<std::string> words) {
    for (const char* word : {"--data", data.c_str(), "--lang", "en"}) words.push_back(word);
    return Program(std::move(words), postgres()).end();
  }
  void expect_good(std::vector<std::string> words, const std::string& says) {
    auto ended = run(words);
    EXPECT_EQ(ended.code, 0) << words[0] << ": " << ended.out;
    EXPECT_NE(ended.out.find(says), ended.out.npos) << words[0] << ": " << ended.out;
  }
  void lose() {
    if (on_postgres()) run_on_postgres("DROP SCHEMA musubi_aoba CASCADE");
    else std::filesystem::remove(data + "/aoba/musubi.db");
  }
  std::string data = folder.path() + "/data", pack = folder.path() + "/plan.json", backup = folder.path() + "/aoba.backup";
};
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
  expect_good({"erase", "aoba", "--record", "6", "--ground", "request"}, "1 bodies erased");
  expect_good({"verify"}, "everything fits");
  expect_good({"doctor"}, "first certificate to expire");
  expect_good({"backup", "aoba", backup}, "bytes");
  EXPECT_NE(run({"restore", "aoba", backup}).code, 0) << "it is there";
  lose();
  expect_good({"restore", "aoba", backup}, "goes on under the log name");
  expect_good({"verify", "aoba"}, "everything fits");
  lose();
  expect_good({"restore", "aoba", folder.path() + "/before-the-first-serve"}, "goes on under the log name");
  expect_good({"verify", "aoba"}, "everything fits");
}

TEST_P(Commands, MembersAndPermitsComeAndGo) {
  const std::string permits = std::string(MUSUBI_SOURCE_DIR) + "/packs/demo/exchange/permits.json", file = folder.path() + "/minato.member";
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

}  // namespace
}  // namespace musubi::app
