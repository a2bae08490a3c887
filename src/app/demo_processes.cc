#include "app/demo_processes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "app/cli.h"
#include "http/fetch.h"

namespace musubi::app {
namespace {

constexpr int kTries = 300;  // of 100 ms

Error broken(const std::string& name, const std::string& log, const char* ja, const char* en) {
  return {Code::kUnavailable,
          "demo.process",
          {name + " " + ja + " ログ：" + log +
               "（ほかのプログラムがポートを使っていないか、--listen で別のポートを選べないか確かめてください）",
           name + " " + en + " Its log: " + log + " (is another program on its port? choose others with --listen)"},
          {}};
}

}  // namespace

DemoProcesses::~DemoProcesses() {
  for (const auto& child : children_) ::kill(child.pid, SIGTERM);
  for (const auto& child : children_) ::waitpid(child.pid, nullptr, 0);
}

Result<void> DemoProcesses::run(const std::string& name, const std::vector<std::string>& arguments) {
  std::string log = config_.data + "/" + name + ".log";
  std::vector<std::string> words = {"musubi"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t parent = ::getpid();
  pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (::getppid() != parent || out < 0) ::_exit(3);
    ::dup2(out, 1);
    ::dup2(out, 2);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::setpgid(0, 0);  // Ctrl-C reaches the demo alone, which then stops its children
    ::execv("/proc/self/exe", argv.data());
    ::_exit(127);
  }
  if (pid < 0) return broken(name, log, "を起動できません。", "cannot be started.");
  children_.push_back({pid, name, log});
  return {};
}

Result<void> DemoProcesses::answers(const Child& child, const std::string& url) {
  for (int i = 0; i < kTries; ++i) {
    int status = 0;  // first: another program on its port would answer for a child that could not have it
    if (::waitpid(child.pid, &status, WNOHANG) == child.pid)
      return broken(child.name, child.log, "がすぐに終わりました。", "ended at once.");
    if (auto fetched = http::fetch(url); fetched.ok() && fetched->status < 500) return {};
    ::poll(nullptr, 0, 100);
  }
  return broken(child.name, child.log, "が応答しません。", "does not answer.");
}

Result<void> DemoProcesses::start(const std::function<void(const Text&, const std::string&)>& told) {
  std::string language = config_.language == Language::ja ? "ja" : "en";
  for (std::size_t i = 0; i < demo_places().size(); ++i) {
    std::string folder = demo_places()[i].folder, exchange = ports_.exchange(i).substr(8);
    TRY(run(folder, {"serve", "--data", config_.data + "/" + folder, "--listen", ports_.page(i).substr(7), "--exchange-listen",
                     exchange, "--base-url", ports_.page(i), "--card-agent", ports_.agent()}));
  }
  TRY(run("card", {"card", "serve", config_.data + "/cards", "--listen", ports_.agent().substr(7)}));
  static const Text kNames[] = {{"くらしの窓口・符号連携・国", "portal, linker and nation"},
                                {"青葉町", "Aoba Town"},
                                {"みなと町と水道会社", "Minato Town and the water company"}};
  for (std::size_t i = 0; i < demo_places().size(); ++i) {
    TRY(answers(children_[i], ports_.page(i) + "/health"));
    told(kNames[i], ports_.page(i) + "/  (" + ports_.exchange(i) + ", pid " + std::to_string(children_[i].pid) + ")");
  }
  TRY(answers(children_.back(), ports_.agent() + "/"));
  told({"花子さんのパソコンのカードソフト", "the card software on Hanako's computer"},
       ports_.agent() + "/  (pid " + std::to_string(children_.back().pid) + ")");
  return {};
}

bool DemoProcesses::wait() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  while (true) {
    timespec second{1, 0};
    int signal = ::sigtimedwait(&set, nullptr, &second);
    if (signal > 0) return true;
    for (auto child = children_.begin(); child != children_.end(); ++child) {
      int status = 0;
      if (::waitpid(child->pid, &status, WNOHANG) != child->pid) continue;
      print(child->name + " ended by itself; see " + child->log);
      children_.erase(child);
      return false;
    }
  }
}

}  // namespace musubi::app
