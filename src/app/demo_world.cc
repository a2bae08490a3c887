#include "app/demo_world.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "evidence/log.h"
#include "identity/card.h"
#include "identity/pages.h"
#include "identity/posts.h"
#include "procedures/pack.h"

namespace musubi::app {
namespace {

constexpr const char* kVisitor = "見学者 Visitor";

struct Founding {
  const char* id;
  const char* kind;
  Text title;
};
const std::vector<Founding> kFoundings = {{"portal", "portal", {"くらしの窓口（デモ）", "Citizens' Portal (demo)"}},
                                          {"linker", "linker", {"符号連携センター（デモ）", "Linking Centre (demo)"}},
                                          {"nation", "nation", {"国（デモ）", "Nation (demo)"}},
                                          {"aoba", "municipality", {"青葉町", "Aoba Town"}},
                                          {"minato", "municipality", {"みなと町", "Minato Town"}},
                                          {"water", "company", {"みなと水道", "Minato Water"}}};

struct Duty {
  const char* post;
  Text title;
  std::vector<const char*> officers;    // names
  const char* register_duty = nullptr;  // what the post may do in the register of residents; nobody else may open it
};
// Titles of the posts that the demo's procedures name, and who holds them in each office.
std::vector<Duty> duties(const std::string& organisation) {
  if (organisation == "aoba")
    return {{"desk", {"住民課 窓口係", "Residents' desk"}, {"小野 みどり", "三浦 学"}, "register"},
            {"chief", {"住民課 係長", "Section chief"}, {"大野 さつき"}, "look"},
            {"director", {"住民課長", "Director"}, {"片桐 修"}}};
  if (organisation == "minato")
    return {{"desk", {"住民課 窓口係", "Residents' desk"}, {"港 なぎさ", "磯部 亮"}, "register"},
            {"chief", {"住民課 係長", "Section chief"}, {"浜口 恵"}, "look"},
            {"director", {"住民課長", "Director"}, {"沖 俊介"}}};
  if (organisation == "nation")
    return {{"plan-priority", {"重点分野の担当（デモ）", "Priority fields (demo)"}, {"計画 花子 Hanako Keikaku"}},
            {"plan-general", {"そのほかの施策の担当（デモ）", "Other measures (demo)"}, {"点検 次郎 Jiro Tenken"}}};
  if (organisation == "water") return {{"desk", {"受付", "Reception"}, {"水上 渚"}}};
  return {};
}

exchange::Permit service_permit(std::string id, std::string asking, std::string answering, std::vector<std::string> services,
                                Text purpose, Text basis, text::Date from) {
  for (auto& one : services) one = "service:" + one;
  return {std::move(id),
          std::move(asking),
          "*",
          std::move(answering),
          std::move(services),
          std::move(purpose),
          std::move(basis),
          from,
          {}};
}

bool is_free(const std::string& address, int port) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int one = 1;  // as servers do: what the last demo left in TIME_WAIT is no hindrance
  if (fd >= 0) ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(std::uint16_t(port));
  bool good = fd >= 0 && ::inet_pton(AF_INET, address.c_str(), &at.sin_addr) == 1 &&
              ::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
  if (fd >= 0) ::close(fd);
  return good;
}

constexpr int kPortOffsets[] = {0, 1, 2, 10, 363, 364, 365};  // pages, card agent, exchange

// Before minutes of making towns, and before a foreign server could answer in the place of ours.
Result<void> check_ports(const DemoPorts& ports) {
  std::string taken;
  for (int offset : kPortOffsets) {
    int port = ports.base + offset;
    if (port > 65535 || !is_free(ports.address, port))
      taken += (taken.empty() ? "" : ", ") + ports.address + ":" + std::to_string(port);
  }
  if (taken.empty()) return {};
  return Error{Code::kUnavailable,
               "demo.port_taken",
               {"デモに使う " + taken +
                    " が使えません（別のプログラムが使っていないか確かめてください）。ほかのポートで始めるには：musubi demo --listen "
                    "127.0.0.1:9080、空いている組で始めるには：--listen 127.0.0.1:0",
                "The demo cannot use " + taken +
                    " (does another program?). To begin on other ports: musubi demo --listen 127.0.0.1:9080; on any free ones: "
                    "--listen 127.0.0.1:0"},
               {}};
}

}  // namespace

const std::vector<DemoPlace>& demo_places() {
  static const std::vector<DemoPlace> all = {
      {"portal", {"portal", "linker", "nation"}}, {"aoba", {"aoba"}}, {"minato", {"minato", "water"}}};
  return all;
}

Result<DemoPorts> ports_of(const Config& config) {
  DemoPorts ports{config.listen.address, config.listen.port};
  if (ports.base != 0) {
    TRY(check_ports(ports));
    return ports;
  }
  for (int i = 0; i < 200; ++i) {
    ports.base = 20'000 + int(static_cast<unsigned char>(crypto::random_bytes(1)[0])) * 64 + (i % 16) * 4;
    bool free = true;
    for (int offset : kPortOffsets) free = free && is_free(ports.address, ports.base + offset);
    if (free) return ports;
  }
  return Error{Code::kUnavailable, "demo.no_ports", {"空いているポートの組が見つかりません。", "No free set of ports was found."}, {}};
}

DemoWorld::DemoWorld(std::string folder, DemoPorts ports)
    : folder_(std::move(folder)),
      ports_(std::move(ports)),
      between_([this](const std::string& id) -> Result<exchange::Exchange*> { return exchange(id); }) {}

Result<std::unique_ptr<DemoWorld>> DemoWorld::open(const Config& config, const DemoPorts& ports, Clock* clock) {
  std::unique_ptr<DemoWorld> world(new DemoWorld(config.data, ports));
  if (clock) world->clock_ = clock;
  TRY(make_folder(config.data));
  TRY(make_folder(world->cards()));
  for (std::size_t i = 0; i < demo_places().size(); ++i) {
    Config own = config;
    own.data = config.data + "/" + demo_places()[i].folder;
    House house;
    house.installation = TRY(Installation::open(own, Opening::kServe, world->clock_));
    house.services = std::make_unique<Services>(*house.installation, *world->clock_, &world->between_,
                                                [raw = world.get(), i] { return raw->ports_.page(i); });
    world->houses_.push_back(std::move(house));
  }
  return world;
}

std::size_t DemoWorld::place_of(const std::string& organisation) const {
  for (std::size_t i = 0; i < demo_places().size(); ++i)
    for (const char* id : demo_places()[i].organisations)
      if (organisation == id) return i;
  CHECK(false);
  return 0;
}

Installation& DemoWorld::installation(const std::string& id) { return *houses_[place_of(id)].installation; }
Services& DemoWorld::services(const std::string& id) { return *houses_[place_of(id)].services; }
std::shared_ptr<db::Database> DemoWorld::database(const std::string& id) {
  auto found = installation(id).store().organisation(id);
  if (!found.ok()) log::error("demo.no_organisation", {{"organisation", id}, {"why", found.error().message.en}});
  CHECK(found.ok());  // made by found()
  return *found;
}

bool DemoWorld::is_made() const { return file_exists(folder_ + "/made"); }
Result<void> DemoWorld::mark_made() { return replace_file(folder_ + "/made", "1\n", 0644); }

Result<void> DemoWorld::found() {
  for (const auto& one : kFoundings) {
    auto& house = installation(one.id);
    auto ids = TRY(house.store().organisations());
    if (std::find(ids.begin(), ids.end(), one.id) != ids.end()) continue;
    TRY(house.create_organisation(
        {one.id, {one.kind, one.title}, std::string("musubi.example/") + one.id, "デモ管理者 Demo administrator"}));
    TRY(replace_file(house.folder(one.id) + "/demo", TRY(house.keys(one.id))->origin + "\n", 0644));  // says whose banner it is
    TRY(found_office(one.id));
  }
  // Cards trust those who ask them to sign.
  for (const auto& one : kFoundings)
    if (std::string(one.id) != "linker") TRY(identity::trust_root(cards(), TRY(installation(one.id).keys(one.id))->root));
  // The linker's secret: from now on it is known as one that issues cards.
  auto known = TRY(installation("linker").store().organisation("linker"));
  TRY(known->read([&](db::Reader& reader) {
    return identity::Linker::begin(reader, trust::keys_folder(installation("linker").config().data, "linker"));
  }));
  return {};
}

Result<void> DemoWorld::found_office(const std::string& id) {
  auto posts = duties(id);
  if (posts.empty()) return {};
  text::Date today = text::jst_date(clock_->now());
  return database(id)->write([&](db::Transaction& tx) -> Result<void> {
    bool plans = id == "nation";
    std::string unit = plans ? "plans" : "residents";
    TRY(identity::put_unit(
        tx, {unit, plans ? Text{"計画の担当", "Planning Division"} : Text{"住民課", "Residents' Division"}, "", today, {}},
        "operator"));
    for (const auto& duty : posts) {
      TRY(identity::put_post(tx, {duty.post, unit, duty.title, today, {}}, "operator"));
      if (!plans && (id == "aoba" || id == "minato") && duty.register_duty)
        TRY(identity::set_register_duty(tx, duty.post, duty.register_duty, "operator"));
      for (const char* name : duty.officers) {
        auto officer = TRY(identity::appoint(tx, name, identity::Role::kOfficer, "operator", clock_->now()));
        TRY(identity::assign_post(tx, {duty.post, officer.code, today, {}, identity::HoldingKind::kRegular}, "operator"));
      }
    }
    // For whoever looks around: one officer who holds every post beside those who hold it by right.
    auto visitor = TRY(identity::appoint(tx, kVisitor, identity::Role::kOfficer, "operator", clock_->now()));
    for (const auto& duty : posts)
      TRY(identity::assign_post(tx, {duty.post, visitor.code, today, {}, identity::HoldingKind::kConcurrent}, "operator"));
    return {};
  });
}

Result<void> DemoWorld::introduce() {
  text::Date today = text::jst_date(clock_->now());
  auto permits = demo_permits(today);
  for (const auto& one : kFoundings) {
    auto db = database(one.id);
    for (const auto& other : kFoundings) {
      if (std::string(one.id) == other.id) continue;
      auto member = TRY(services(other.id).describe(other.id, ports_.exchange(place_of(other.id))));
      auto known = TRY(db->read([&](db::Reader& reader) { return exchange::member(reader, other.id); }));
      if (known && known->address == member.address && known->page_url == member.page_url && known->root_pem == member.root_pem)
        continue;
      TRY(db->write([&](db::Transaction& tx) { return exchange::enter_member(tx, member, "operator"); }));
    }
    auto known = TRY(db->read([](db::Reader& reader) { return exchange::permits(reader); }));
    if (known.size() == permits.size()) continue;
    TRY(db->write([&](db::Transaction& tx) { return exchange::enter_permits(tx, permits, "operator"); }));
    TRY(services(one.id).publish_procedures(one.id));
  }
  return {};
}

std::size_t DemoWorld::deliver() {
  std::size_t total = 0;
  for (bool more = true; more;) {
    std::size_t went = 0;
    for (auto& house : houses_) went += house.services->exchanges().deliver_all();
    total += went;
    more = went > 0;
  }
  return total;
}

void DemoWorld::keep_checkpoints() {
  for (const auto& one : kFoundings) static_cast<void>(evidence::Log::of(*database(one.id)).keep_checkpoint().ok());
}

Result<std::string> DemoWorld::holder(const std::string& id, const std::string& post) {
  auto holders =
      TRY(database(id)->read([&](db::Reader& reader) { return identity::holders_of(reader, post, text::jst_date(clock_->now())); }));
  if (!holders.empty()) return holders[0];
  return Error{Code::kNotFound, "demo.no_officer", {"職に就いている担当者がいません：" + post, "Nobody holds the post " + post}, {}};
}

Result<std::string> DemoWorld::link(const std::string& id, const std::string& post) { return link_of(id, TRY(holder(id, post))); }

Result<std::string> DemoWorld::visitor_link(const std::string& id) {
  for (const auto& officer : TRY(database(id)->read([](db::Reader& reader) { return identity::officers(reader); })))
    if (officer.name == kVisitor) return link_of(id, officer.code);
  return Error{Code::kNotFound, "demo.no_officer", {"見学者がいません。", "There is no visitor."}, {}};
}

Result<std::string> DemoWorld::link_of(const std::string& id, const std::string& officer) {
  auto token =
      TRY(database(id)->write([&](db::Transaction& tx) { return identity::make_link(tx, officer, clock_->now(), "operator"); }));
  return identity::link_address(ports_.page(place_of(id)), id, token);
}

std::vector<exchange::Permit> demo_permits(text::Date from) {
  std::vector<exchange::Permit> out;
  for (const auto& pack : procedures::embedded_packs())
    for (const auto& procedure : pack.procedures)
      for (std::size_t i = 0; i < procedure.permits.size(); ++i) {
        const auto& line = procedure.permits[i];
        out.push_back({pack.id + "." + procedure.id + "." + std::to_string(i + 1),
                       line.asking,
                       procedure.id,
                       line.answering,
                       line.items,
                       line.purpose,
                       line.legal_basis,
                       from,
                       {}});
      }
  Text filing{"届出・申請の受付と、その知らせ", "Filings and news about them"},
      act{"デジタル手続法 第6条", "Digital Procedures Act, Article 6"};
  for (const char* kind : {"kind:municipality", "kind:company"}) {
    std::string name = std::string(kind).substr(5);
    out.push_back(
        service_permit("demo.filing." + name, "kind:portal", kind, {"filing", "amend", "withdraw", "message"}, filing, act, from));
    out.push_back(service_permit("demo.status." + name, kind, "kind:portal", {"status"}, filing, act, from));
  }
  out.push_back(service_permit("demo.news", "kind:municipality", "kind:municipality", {"news"},
                               {"転入の知らせ", "News of people who moved in"},
                               {"住民基本台帳法 第9条", "Basic Resident Register Act, Article 9"}, from));
  Text own{"本人が自分の記録の使われ方を見る", "People see how their data were used"},
      number{"番号法 附則第6条", "Number Act, Supplementary Provisions, Article 6"};
  out.push_back(service_permit("demo.history", "kind:portal", "kind:municipality", {"history"}, own, number, from));
  for (const char* kind : {"kind:portal", "kind:municipality", "kind:company"})
    out.push_back(service_permit(std::string("demo.link.") + std::string(kind).substr(5), kind, "kind:linker",
                                 {"link.token", "link.resolve", "link.assign"}, {"符号の変換", "Translation of codes"},
                                 {"番号法 第21条", "Number Act, Article 21"}, from));
  for (const char* kind : {"kind:municipality", "kind:portal", "kind:linker"})
    out.push_back(service_permit(
        std::string("demo.indicators.") + std::string(kind).substr(5), "kind:nation", kind, {"indicators"},
        {"計画の進み具合を知る", "To know how a plan is getting on"},
        {"官民データ活用推進基本法 第8条", "Basic Act on the Advancement of Public and Private Sector Data Utilization, Article 8"},
        from));
  return out;
}

}  // namespace musubi::app
