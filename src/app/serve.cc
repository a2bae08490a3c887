#include <pthread.h>

#include <csignal>
#include <filesystem>
#include <optional>

#include "app/commands.h"
#include "app/reachable.h"
#include "app/serving.h"
#include "base/file.h"
#include "base/log.h"
#include "identity/pages.h"

namespace musubi::app {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

http::Options options_of(const Config& config) {
  http::Options options;
  options.address = config.listen.address;
  options.port = config.listen.port;
  return options;
}

trust::Stamper::Options stamper_options(Installation& installation) {
  trust::Stamper::Options options;
  options.open_databases = [&installation] { return installation.store().opened(); };
  options.keys = [&installation](const std::string& organisation) { return installation.keys(organisation); };
  return options;
}

// The link that `org create` printed, while it is good: somebody may hold it already. It is told with the address of now, and
// the file keeps its age, by which it is dropped. nullopt: used, expired or gone.
Result<std::optional<std::string>> link_still_good(Installation& installation, const std::string& id, const std::string& url) {
  std::string path = installation.first_sign_in_path(id), stored = TRY(read_file(path, 4096));
  while (!stored.empty() && stored.back() == '\n') stored.pop_back();
  std::string token = stored.substr(stored.rfind('/') + 1);
  auto database = TRY(installation.store().organisation(id));
  auto state =
      TRY(database->read([&](db::Reader& reader) { return identity::link_state(reader, token, installation.clock().now()); }));
  if (state != identity::LinkState::kGood) return std::optional<std::string>();
  std::string address = identity::link_address(url, id, token);
  if (address == stored) return std::optional(address);
  std::error_code ignored;
  auto age = std::filesystem::last_write_time(path, ignored);
  TRY(installation.keep_first_sign_in(id, address));
  if (!ignored) std::filesystem::last_write_time(path, age, ignored);
  return std::optional(address);
}

// Organisations whose first administrator has not signed in yet: the link each has, or a fresh one where it is no good any more.
void show_first_links(Installation& installation, const std::string& url, const Invocation& invocation,
                      const std::vector<std::string>& organisations) {
  std::size_t shown = 0;
  for (const auto& id : organisations) {
    if (!file_exists(installation.first_sign_in_path(id)) || ++shown > 20) continue;
    auto kept = link_still_good(installation, id, url);
    auto link = kept.ok() && *kept ? Result<std::string>(**kept) : administrator_link(installation, id, url, true);
    if (!link.ok()) {
      fail(link.error(), invocation.config.language);
      continue;
    }
    print("  " + id + (invocation.ja() ? "  最初の管理者（一度だけ、24 時間）：" : "  first administrator (once, within 24 hours): ") +
          *link);
  }
}

// Where there is no organisation yet: commands that can be given as they stand.
std::string first_steps(const Invocation& invocation) {
  std::string data = " --data '" + invocation.config.data + "'";
  std::string given =
      "\n    musubi org create minato --title-ja みなと町 --title-en \"Minato Town\"" + data + "\n    musubi serve" + data;
  return invocation.ja()
             ? "  組織がまだありません。Ctrl-C で止め、次を実行してください：" + given + "\n  架空の組織で試す：musubi demo"
             : "  There is no organisation yet. Stop this with Ctrl-C, then:" + given +
                   "\n  To try it on a fictional organisation: musubi demo";
}

}  // namespace

void hold_stop_signals() {
  sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

bool stop_wanted() {
  sigset_t pending;
  return sigpending(&pending) == 0 && (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1);
}

void wait_for_stop() {
  sigset_t set = stop_signals();
  int signal = 0;
  sigwait(&set, &signal);
}

Serving::Serving(Installation& installation)
    : installation_(installation),
      door_(installation),
      wiring_(installation, &door_.transport()),
      server_(options_of(installation.config()), wiring_.router()),
      stamper_(stamper_options(installation), installation.clock()),
      follower_({installation.config().data,
                 [&installation] { return installation.store().opened(); },
                 [&installation] { return installation.store().organisations(); },
                 [&installation](const std::string& organisation) { return installation.store().organisation(organisation); },
                 {[this] { wiring_.services().collect_due(); }, [this] { wiring_.services().publish_due(); }}},
                installation.clock()),
      sums_([this](const std::stop_token& stop) { wiring_.services().sum_reported(stop); }) {}

Result<std::unique_ptr<Serving>> Serving::start(Installation& installation) {
  std::unique_ptr<Serving> serving(new Serving(installation));
  auto bound = TRY(serving->server_.start());
  serving->bound_ = bound.url();
  const std::string& given = installation.config().base_url;
  serving->url_ = given.empty() ? reachable(bound).url() : given;
  serving->wiring_.set_base_url(serving->url_);
  TRY(serving->door_.open(installation.config(), serving->wiring_.services().exchanges()));
  serving->wiring_.services().exchanges().start();
  serving->stamper_.start();
  serving->follower_.start();
  serving->sums_.start();
  return serving;
}

Serving::~Serving() {
  server_.stop();
  door_.close();
  wiring_.services().exchanges().stop();
  sums_.stop();
  follower_.stop();
  stamper_.stop();
}

int Serving::wait() {
  sigset_t set = stop_signals();
  constexpr timespec kMinute{60, 0};
  while (true) {
    int signal = sigtimedwait(&set, nullptr, &kMinute);
    if (signal > 0) return signal;
    installation_.drop_expired_first_sign_ins();
  }
}

void Serving::stamp() { stamper_.poll(true); }

Result<std::string> administrator_link(Installation& installation, const std::string& organisation, const std::string& base_url,
                                       bool first) {
  auto database = TRY(installation.store().organisation(organisation));
  auto token = TRY(database->write([&](db::Transaction& tx) -> Result<std::string> {
    for (const auto& officer : TRY(identity::officers(tx)))
      if (officer.active && officer.role == identity::Role::kAdministrator)
        return identity::make_link(tx, officer.code, installation.clock().now(), "operator");
    return Error{Code::kNotFound, "identity.unknown_officer", {"現役の管理者がいません。", "There is no active administrator."}, {}};
  }));
  std::string address = identity::link_address(base_url, organisation, token);
  if (first) TRY(installation.keep_first_sign_in(organisation, address));
  return address;
}

std::string expected_url(const Config& config) {
  return config.base_url.empty() ? reachable({config.listen.address, config.listen.port}).url() : config.base_url;
}

int run_serve(const Invocation& invocation) {
  hold_stop_signals();
  auto language = invocation.config.language;
  auto opened = Installation::open(invocation.config, Opening::kServe);
  if (!opened.ok()) return fail(opened.error(), language);
  Installation& installation = **opened;
  auto organisations = installation.store().organisations();
  if (!organisations.ok()) return fail(organisations.error(), language);
  auto serving = Serving::start(installation);
  if (!serving.ok()) return fail(serving.error(), language);
  const std::string& url = (*serving)->url();
  print("Musubi " + std::string(kVersion) + "  " + url + (invocation.ja() ? "  データ：" : "  data: ") + invocation.config.data);
  if (int port = (*serving)->exchange_port())
    print((invocation.ja() ? "  情報連携の待ち受け先：https://" : "  exchange listens on https://") +
          invocation.config.exchange_listen->address + ":" + std::to_string(port));
  if (url != (*serving)->bound()) print((invocation.ja() ? "  待ち受け先：" : "  listening on ") + (*serving)->bound());
  if (organisations->empty()) print(first_steps(invocation));
  show_first_links(installation, url, invocation, *organisations);
  print(invocation.ja() ? "  止めるには Ctrl-C" : "  Ctrl-C stops it");
  log::info("app.serving",
            {{"url", (*serving)->bound()}, {"organisations", std::int64_t(organisations->size())}, {"version", kVersion}});
  int signal = (*serving)->wait();
  log::info("app.stopping", {{"signal", signal}});
  serving->reset();
  opened->reset();
  log::info("app.stopped");
  return kGood;
}

}  // namespace musubi::app
