#include "app/demo_towns.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "app/demo_people.h"
#include "app/demo_plans.h"
#include "app/serving.h"
#include "base/encoding.h"
#include "base/file.h"
#include "embedded/demo_packs.h"
#include "evidence/log.h"
#include "identity/card.h"
#include "identity/card_issue.h"
#include "identity/card_message.h"
#include "identity/card_signing.h"
#include "kpi/kpi.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pack.h"
#include "kpi/sheets.h"
#include "kpi/taken.h"
#include "procedures/procedures.h"
#include "records/queue.h"
#include "records/records.h"

namespace musubi::app {
namespace {

constexpr std::int64_t kHour_us = 3600LL * 1'000'000, kDay_us = 24 * kHour_us;
constexpr std::size_t kBatch = 250;  // persons in one transaction
constexpr int kQuietDays = 6;        // before today: officers are behind, so that there is something in the queues

struct Citizen {
  identity::Resident resident;
  std::string person;  // at the linker
};
using Family = std::vector<Citizen>;

std::int64_t integer(std::size_t n) { return std::int64_t(n); }

json::object name_json(const identity::PersonName& name) {
  return {{"family", name.family}, {"given", name.given}, {"family_kana", name.family_kana}, {"given_kana", name.given_kana}};
}
json::object address_json(const identity::Address& a) {
  return {{"postal_code", a.postal_code},
          {"prefecture", a.prefecture},
          {"municipality", a.municipality},
          {"street", a.street},
          {"building", a.building}};
}

std::string linker_keys_of(DemoWorld& world) { return trust::keys_folder(world.installation("linker").config().data, "linker"); }

class Maker {
 public:
  Maker(DemoWorld& world, ManualClock& clock, const DemoSize& size, const DemoProgress& progress, identity::Linker linker)
      : world_(world), clock_(clock), size_(size), progress_(progress), linker_(std::move(linker)) {}

  Result<void> populate() {
    for (const auto* town : {&kAoba, &kMinato}) {
      auto households = make_households(numbers_, *town, size_.residents - (town == &kAoba ? 5 : 0), today());
      if (town == &kAoba) {
        households.push_back(taro(today()));
        households.push_back(hanako(today()));
      }
      TRY(enter(*town, households));
      progress_({town->title.ja + "：住民 " + std::to_string(size_.residents) + " 人",
                 town->title.en + ": " + std::to_string(size_.residents) + " residents"});
    }
    return issue_cards();
  }

  Result<void> publish_plan() {
    auto database = world_.database("nation");
    std::string officer = TRY(world_.holder("nation", "plan-priority"));
    kpi::Plans plans(*database);
    auto imported = TRY(plans.import_plan(kpi::embedded_plans()[0], officer));
    TRY(plans.sign_off(kpi::embedded_plans()[0].header.id, officer, imported.edition));
    return publish_sheets(database, officer);
  }

  Result<void> publish_sheets(const std::shared_ptr<db::Database>& database, const std::string& reviewer) {
    std::string approver = TRY(world_.holder("nation", "plan-general"));
    for (const auto& sheet : kpi::embedded_sheets())
      TRY(publish_sheet(database, sheet, reviewer, approver, "印刷された表のとおりに載せる。 As the printed sheet has it."));
    return {};
  }

  // Two officers, as the rules ask: one reviews, another approves.
  Result<void> publish_sheet(const std::shared_ptr<db::Database>& database, const kpi::Sheet& sheet, const std::string& reviewer,
                             const std::string& approver, std::string_view remark) {
    kpi::Sheets sheets(*database);
    auto imported = TRY(sheets.import_sheet(sheet, reviewer));
    const std::string& id = sheet.header.id;
    for (const auto& one : sheet.indicators)
      if (TRY(take_computed(database, sheet.header, one, reviewer)))
        imported.edition = TRY(sheets.state(id, kpi::View{.drafts = true}))->edition;
    TRY(sheets.take_step(id, kpi::RouteStep::kReviewed, reviewer, imported.edition, remark));
    TRY(sheets.take_step(id, kpi::RouteStep::kApproved, approver, imported.edition, ""));
    TRY(sheets.take_step(id, kpi::RouteStep::kPublished, approver, imported.edition, ""));
    return {};
  }

  // The year's actuals that an indicator computes, as the records of the demonstration have them; whether there was one.
  Result<bool> take_computed(const std::shared_ptr<db::Database>& database, const kpi::SheetHeader& header, kpi::SheetIndicator one,
                             const std::string& officer) {
    bool any = false;
    for (auto& line : one.lines) {
      if (line.computed.empty()) continue;
      auto offers = TRY(kpi::Offers::read(database, {line.computed}, clock_.now()));
      auto offer = offers.of(line.computed, {header.fiscal_year, 0});
      if (!offer || !offer->figure.value) continue;
      kpi::take(*offer, line.yearly[header.fiscal_year]);
      any = true;
    }
    if (any) TRY(kpi::Sheets(*database).edit(header.id, {kpi::PartKind::kIndicator, one.number}, 1, kpi::to_json(one), officer));
    return any;
  }

  // What the towns publish of their own: a local plan that serves the nation's, and Aoba its evaluation sheets. Made up.
  Result<void> publish_local() {
    for (const auto& file : embedded::demo_packs()) {
      std::string town(file.path.substr(0, file.path.find('/')));
      auto database = world_.database(town);
      std::string chief = TRY(world_.holder(town, "chief")), director = TRY(world_.holder(town, "director"));
      if (kpi::pack_kind(file.bytes) == "sheet") {
        TRY(publish_sheet(database, TRY(kpi::read_sheet(file.bytes)), chief, director,
                          "架空の町の架空の表。 A made-up sheet of a made-up town."));
        continue;
      }
      auto plan = TRY(kpi::read_plan(file.bytes));
      auto imported = TRY(kpi::Plans(*database).import_plan(plan, chief));
      TRY(kpi::Plans(*database).sign_off(plan.header.id, director, imported.edition));
      TRY(follow_up_local(database, plan, chief, director, clock_.now()));
    }
    return {};
  }

  Result<void> follow_up_plan() {
    std::string officer = TRY(world_.holder("nation", "plan-priority")), other = TRY(world_.holder("nation", "plan-general"));
    return follow_up_nation(*world_.database("nation"), officer, other, clock_.now());
  }

  Result<void> live_through() {
    for (int day = 0; day < size_.days; ++day) {
      TRY(go_on());
      clock_.set(Time{start_.us + day * kDay_us});
      if (is_workday(today())) TRY(one_day(size_.days - day <= kQuietDays));
      if (day % 90 == 89)
        progress_({std::to_string(day + 1) + " 日分：" + std::to_string(filings_) + " 件の届出",
                   "after " + std::to_string(day + 1) + " days: " + std::to_string(filings_) + " filings"});
    }
    TRY(publish_local());
    TRY(world_.services("nation").collect_indicators("nation"));
    world_.keep_checkpoints();
    return {};
  }

  void begin(Time start) { start_ = start; }

 private:
  text::Date today() { return text::jst_date(clock_.now()); }
  static bool is_workday(text::Date d) {
    Time noon = parse_rfc3339(text::iso_date(d) + "T12:00:00+09:00").value();
    std::int64_t weekday = (noon.us / kDay_us + 4) % 7;  // 1970-01-01 was a Thursday
    return weekday != 0 && weekday != 6 && !(d.month == 1 && d.day <= 3);
  }

  // Between steps: SIGINT and SIGTERM are held while the towns are made.
  static Result<void> go_on() {
    if (!stop_wanted()) return {};
    return Error{Code::kUnavailable,
                 "demo.stopped",
                 {"町を作る途中で止めました。同じコマンドで始めから作り直します。",
                  "Stopped while the towns were being made. The same command begins them anew."},
                 {}};
  }

  Result<void> enter(const DemoTown& town, std::vector<Household>& households) {
    auto linker = world_.database("linker");
    auto database = world_.database(town.id);
    for (std::size_t at = 0; at < households.size();) {
      TRY(go_on());
      std::size_t end = at, persons = 0;
      while (end < households.size() && persons < kBatch) persons += households[end++].size();
      std::vector<std::string> ids;
      TRY(linker->write([&](db::Transaction& tx) -> Result<void> {
        ids.clear();
        for (std::size_t h = at; h < end; ++h)
          for (auto& one : households[h]) {
            ids.push_back(TRY(linker_.add_person(tx, "operator")));
            one.code = TRY(linker_.code_for(tx, ids.back(), town.id, "assign", "operator"));
          }
        return {};
      }));
      std::vector<identity::Resident> all;
      for (std::size_t h = at; h < end; ++h) all.insert(all.end(), households[h].begin(), households[h].end());
      TRY(database->write([&](db::Transaction& tx) { return identity::enter_residents(tx, all, "operator"); }));
      std::size_t id = 0;
      for (std::size_t h = at; h < end; ++h) {
        Family family;
        for (auto& one : households[h]) family.push_back({one, ids[id++]});
        families_[town.id].push_back(std::move(family));
      }
      at = end;
    }
    return {};
  }

  // The cards of the two whose way can be walked; nobody else moves them.
  Result<void> issue_cards() {
    for (auto [file, label] : {std::pair{kHanakoCard, "結城 花子"}, {kTaroCard, "港 太郎"}}) {
      const Family& family = families_["aoba"].back();
      std::string path = world_.cards() + "/" + file;
      ::unlink(path.c_str());
      identity::CardOrder order{family[0].person, label, {kHanakoPin, kHanakoSigningPin}, path};
      TRY(identity::issue_soft_card(*world_.database("linker"), linker_, linker_keys(), order, "operator", clock_.now()));
      families_["aoba"].pop_back();
    }
    return {};
  }

  std::string linker_keys() { return linker_keys_of(world_); }

  Result<void> one_day(bool quiet) {
    clock_.advance_us(9 * kHour_us);
    for (auto [from, to] : {std::pair{&kAoba, &kMinato}, std::pair{&kMinato, &kAoba}})
      if (numbers_.below(100) * 2 < size_.filings_per_100_days) TRY(move_online(*from, *to));
    for (const auto* town : {&kAoba, &kMinato})
      if (numbers_.below(100) < size_.filings_per_100_days) TRY(at_the_counter(*town));
    for (int round = 0; round < 3; ++round) {
      clock_.advance_us((2 + numbers_.below(60) / 60.0) * kHour_us);
      for (const char* office : {"aoba", "minato", "water"}) TRY(work(office, quiet));
      world_.deliver();
    }
    return {};
  }

  // A household of `from` files everything at once with its card, as a visitor of the portal does.
  Result<void> move_online(const DemoTown& from, const DemoTown& to) {
    auto& families = families_[from.id];
    std::size_t which = std::size_t(numbers_.below(int(families.size())));
    Family family = families[which];
    std::string code = TRY(world_.database("linker")->write(
        [&](db::Transaction& tx) { return linker_.code_for(tx, family[0].person, "portal", "sign-in", "portal"); }));
    TRY(world_.database("portal")->write(
        [&](db::Transaction& tx) { return identity::open_resident_session(tx, code, clock_.now()); }));
    json::array about;
    bool children = std::any_of(family.begin(), family.end(), [&](const Citizen& one) {
      return one.resident.relation == "child" && today().year - one.resident.birth_date.year < 17;
    });
    if (children) about.push_back("children");
    if (family[0].resident.insurance == "national") about.push_back("insurance");
    if (numbers_.chance(60)) about.push_back("water");
    const auto* pack = moving_pack();
    auto neighbours = TRY(world_.services("portal").neighbours("portal"));
    procedures::Procedures portal(*world_.database("portal"), clock_, "portal", *neighbours);
    auto basket =
        TRY(portal.start(code, *pack, "moving",
                         {{"from_town", from.id}, {"to_town", to.id}, {"move_date", text::iso_date(today())}, {"about", about}}));
    basket = TRY(portal.prefill(std::move(basket), *pack));
    basket.answers = moving_answers(numbers_, family[0].resident, make_address(numbers_, to), basket.answers, today());
    if (basket.answers["new_head"] == "mover") basket.answers["head_name"] = name_json(family[0].resident.name);
    basket = TRY(portal.save(std::move(basket)));
    auto card = TRY(card_in_memory(world_, linker_, family[0].person));
    identity::Challenge challenge;
    challenge.purpose = identity::CardPurpose::kSign;
    challenge.payload = TRY(portal.list_to_sign(basket, *pack));
    challenge.handle = "demo";
    auto jws = TRY(identity::sign_answer(challenge, "demo", *card.key, card.signing, clock_.now()));
    filings_ += TRY(portal.submit(code, basket.id, jws)).size();
    world_.deliver();
    families.erase(families.begin() + std::ptrdiff_t(which));
    return {};
  }

  static const procedures::Pack* moving_pack() {
    for (const auto& pack : procedures::embedded_packs())
      if (pack.id == "demo.moving") return &pack;
    CHECK(false);
    return nullptr;
  }

  // Somebody comes to the counter with paper; the clerk types it in.
  Result<void> at_the_counter(const DemoTown& town) {
    static constexpr const char* kKinds[] = {"moving-in", "move-out", "health-insurance", "child-allowance"};
    const auto* procedure = moving_pack()->procedure(kKinds[numbers_.below(4)]);
    bool arrives = procedure->id == "moving-in";
    Family family;
    if (arrives) {
      Household people = make_household(numbers_, town, today());
      TRY(world_.database("linker")->write([&](db::Transaction& tx) -> Result<void> {
        family.clear();
        for (auto& one : people) {
          auto person = TRY(linker_.add_person(tx, town.id));
          one.code = TRY(linker_.code_for(tx, person, town.id, "assign", town.id));
          family.push_back({one, person});
        }
        return {};
      }));
    } else {
      auto& families = families_[town.id];
      std::size_t which = std::size_t(numbers_.below(int(families.size())));
      family = families[which];
      if (procedure->id == "move-out") families.erase(families.begin() + std::ptrdiff_t(which));
    }
    auto wanted = paper_of(*procedure, family);
    auto filing = to_filing(wanted);
    filing.online = false;
    auto clerk = TRY(world_.holder(town.id, "desk"));
    auto office = TRY(world_.services(town.id).office(town.id));
    TRY(world_.database(town.id)->write([&](db::Transaction& tx) { return records::open_case(tx, office, filing, clerk); }));
    ++filings_;
    return {};
  }

  procedures::NewCase paper_of(const procedures::Procedure& procedure, const Family& family) {
    const auto& head = family[0].resident;
    std::string date = text::iso_date(today());
    identity::Address elsewhere{"999-3001", "海山県", "山里村", "上町" + std::to_string(numbers_.below(80) + 1) + "番地", ""};
    procedures::NewCase out;
    out.procedure = &procedure;
    out.pack = "demo.moving/" + std::to_string(procedure.version);
    out.person = head.code;
    out.name = head.name.family + " " + head.name.given;
    out.kana = head.name.family_kana + " " + head.name.given_kana;
    out.from = "counter";
    out.reference = to_hex(crypto::random_bytes(13));
    out.filed_at = clock_.now();
    json::array movers;
    for (std::size_t i = 0; i < family.size(); ++i) {
      const auto& one = family[i].resident;
      if (i > 0) out.further.push_back(one.code);
      movers.push_back(json::object{{"name", name_json(one.name)},
                                    {"birth_date", text::iso_date(one.birth_date)},
                                    {"relation", one.relation},
                                    {"person", i == 0 ? -1 : integer(i - 1)}});
    }
    bool leaves = procedure.id == "move-out";
    out.form = {{"move_date", date},
                {"applicant_name", name_json(head.name)},
                {"birth_date", text::iso_date(head.birth_date)},
                {"movers", std::move(movers)},
                {"old_address", address_json(leaves ? head.address : elsewhere)},
                {"new_address", address_json(leaves ? elsewhere : head.address)},
                {"new_head", "me"}};
    out.lines = {{"applicant_name", {"あなたの氏名", "Your name"}, out.name, "", {}},
                 {"birth_date", {"あなたの生年月日", "Your date of birth"}, text::iso_date(head.birth_date), "", {}},
                 {"move_date", {"引っ越しの日", "Day of the move"}, date, "", {}},
                 {"new_address", {"新しい住所", "Your new address"}, (leaves ? elsewhere : head.address).line(), "", {}},
                 {"movers", {"一緒に引っ越す人", "People who move with you"}, std::to_string(family.size()) + "人", "", {}}};
    return out;
  }

  // Officers look at what is open and act on some of it.
  Result<void> work(const std::string& id, bool quiet) {
    auto database = world_.database(id);
    records::Cases cases(*database, TRY(world_.services(id).office(id)));
    records::QueueQuery query;
    query.view = records::QueueView::kOpen;
    query.per_page = 200;
    query.now = clock_.now();
    auto page = TRY(database->read([&](db::Reader& reader) { return records::find_queue(reader, query); }));
    for (const auto& line : page.lines) {
      if (line.state == records::State::kReturned) continue;
      bool acts = numbers_.below(100) < (quiet ? 18 : 55);
      if (!acts && !numbers_.chance(10)) continue;  // some take a case up and come to it another day
      auto officer = TRY(world_.holder(id, line.post));
      records::Act act{line.id, line.version, officer};
      if (line.officer.empty()) {
        auto claimed = cases.claim(act);
        if (!claimed.ok() && claimed.error().name != "records.changed_meanwhile") return claimed.error();
        if (!claimed.ok()) continue;
        act.version = claimed->version;
      }
      if (!acts) continue;
      bool check = line.state == records::State::kReceived;
      auto done = check && quiet && numbers_.chance(12) ? cases.send_back(act, "新しい住所の建物名と部屋番号を確かめてください。")
                  : check && line.post == "desk" && id != "water" ? cases.pass_check(act, "")
                  : numbers_.chance(2)                            ? cases.judge(act, records::Cases::Judgement::kRefuse,
                                                                                "届出の内容が住民票の記載と合いません。窓口にお問い合わせください。")
                                                                  : cases.judge(act, records::Cases::Judgement::kGrant, "");
      if (!done.ok() && done.error().name != "records.effect_failed" && done.error().name != "records.changed_meanwhile")
        return done.error();
    }
    return {};
  }

  DemoWorld& world_;
  ManualClock& clock_;
  DemoSize size_;
  const DemoProgress& progress_;
  identity::Linker linker_;
  Numbers numbers_{20261121};
  Time start_;
  std::map<std::string, std::vector<Family>> families_;
  std::size_t filings_ = 0;
};

Time midnight(Time time) { return parse_rfc3339(text::iso_date(text::jst_date(time)) + "T00:00:00+09:00").value(); }

}  // namespace

Result<CardInMemory> card_in_memory(DemoWorld& world, identity::Linker& linker, const std::string& person) {
  auto root = TRY(world.installation("linker").keys("linker"))->root;
  auto root_key = TRY(crypto::load_signer(linker_keys_of(world) + "/root.pem"));
  std::string path = world.folder() + "/.card-key";
  ::unlink(path.c_str());
  auto key = TRY(crypto::create_signer(path, crypto::Algorithm::kEcdsaP256));
  ::unlink(path.c_str());
  Time now = world.clock().now(), until{now.us + 365 * kDay_us};
  auto signing = TRY(world.database("linker")->write([&](db::Transaction& tx) -> Result<crypto::Certificate> {
    auto card = TRY(linker.order_card(tx, person, until, "operator", now));
    crypto::Order order{crypto::Profile::kLogin, key->public_key(), {"musubi card", card.id}, "", now, until};
    auto login = TRY(crypto::issue_certificate(*root_key, root, order));
    order.profile = crypto::Profile::kSigning;
    auto issued = TRY(crypto::issue_certificate(*root_key, root, order));
    TRY(linker.issue_card(tx, card.id, {login, issued}, "operator"));
    return issued;
  }));
  return CardInMemory{std::move(key), std::move(signing)};
}

json::object moving_answers(Numbers& numbers, const identity::Resident& head, const identity::Address& to, json::object known,
                            text::Date today) {
  json::object out = std::move(known);
  std::string date = text::iso_date(today);
  out["new_address"] = address_json(to);
  out["new_head"] = head.relation == "head" ? "me" : "mover";
  out["card_use"] = "yes";
  out["phone"] = "090-0000-" + std::to_string(1000 + numbers.below(9000));
  out["pension"] = "national";
  out["bank_name"] = "結銀行";
  out["bank_branch"] = "本店";
  out["bank_number"] = std::to_string(1000000 + numbers.below(8999999));
  out["bank_holder"] = head.name.family_kana + " " + head.name.given_kana;
  out["water_start"] = date;
  out["water_building"] = to.building.empty() ? "house" : "flat";
  out["water_payment"] = "slip";
  if (!out.contains("insurance_reason")) out["insurance_reason"] = "national";
  if (auto* children = out.if_contains("children_list"); children && children->is_array())
    for (auto& child : children->get_array())
      if (child.is_object()) child.get_object()["together"] = "yes";
  return out;
}

Result<void> make_demo_towns(const Config& config, const DemoPorts& ports, const DemoSize& size, const DemoProgress& progress) {
  if (file_exists(config.data + "/made")) return {};
  for (const auto& place : demo_places()) std::filesystem::remove_all(config.data + "/" + place.folder);
  SystemClock system;
  ManualClock clock{Time{midnight(system.now()).us - size.days * kDay_us}};
  auto world = TRY(DemoWorld::open(config, ports, &clock));
  TRY(world->found());
  TRY(world->introduce());
  progress({"6つの組織、鍵、認証局、ログ、提供の許可", "six organisations with keys, authorities, logs and permits"});
  auto linker = TRY(identity::Linker::open(trust::keys_folder(world->installation("linker").config().data, "linker")));
  Maker maker(*world, clock, size, progress, std::move(linker));
  maker.begin(clock.now());
  TRY(maker.populate());
  TRY(maker.publish_plan());
  TRY(maker.live_through());
  TRY(maker.follow_up_plan());
  return world->mark_made();
}

}  // namespace musubi::app
