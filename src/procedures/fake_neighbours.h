// Two organisations with stores of their own and fakes for everything else, for the tests of procedures.
#pragma once

#include "base/encoding.h"
#include "crypto/note.h"
#include "embedded/evidence_schema.h"
#include "embedded/procedures_schema.h"
#include "evidence/log.h"
#include "evidence/verify.h"
#include "procedures/procedures.h"
#include "support/store_fixture.h"

namespace musubi::procedures {

inline json::object name_of(std::string family, std::string given, std::string family_kana, std::string given_kana) {
  return {{"family", family}, {"given", given}, {"family_kana", family_kana}, {"given_kana", given_kana}};
}

class ProceduresTest : public musubi::testing::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()}, {"procedures", embedded::procedures_schema()}};
    auto schema = db::read_schema(modules);
    ASSERT_OK(schema);
    auto with_log = options(std::move(*schema));
    with_log.make_listener = [this](db::Database& database, db::Reader& reader) -> Result<std::unique_ptr<db::CommitListener>> {
      return std::unique_ptr<db::CommitListener>(TRY(evidence::Log::load(database, reader, evidence::LogKeys{{signer(making_)}}, clock)));
    };
    open(std::move(with_log));
    if (HasFatalFailure()) return;
    for (std::string id : {"portal", "minato"}) {
      making_ = id;
      auto created = store->create(id);
      ASSERT_OK(created);
      databases[id] = *created;
      ASSERT_OK((*created)->write([&](db::Transaction& tx) { return evidence::Log::of(tx).open_log(tx, {"example.org/" + id, {}, {}}, "test"); }));
    }
    fakes();
  }
  void TearDown() override {
    databases.clear();
    StoreTest::TearDown();
  }

  Procedures portal() { return Procedures(*databases["portal"], clock, "portal", neighbours); }
  Procedures office() { return Procedures(*databases["minato"], clock, "minato", neighbours); }
  const Pack& pack() const { return embedded_packs()[0]; }

  static json::object guide_answers() {
    return {{"from_town", "aoba"}, {"to_town", "minato"}, {"move_date", "2026-12-01"}, {"about", json::array{"children", "water", "insurance"}}};
  }
  // Everything a person would type for the demo pack, over what was fetched.
  static void answer_all(Basket& b) {
    json::object address{{"postal_code", "100-0002"}, {"prefecture", "みどり県"}, {"municipality", "みなと市"}, {"street", "海岸二丁目5番6号"}, {"building", "海の家201"}};
    auto set = [&](const char* field, json::value value) { if (!b.answers.contains(field)) b.answers[field] = std::move(value); };
    set("applicant_name", name_of("青葉", "花子", "アオバ", "ハナコ"));
    set("birth_date", "1990-04-01");
    set("old_address", address);
    set("new_address", address);
    set("movers", json::array{json::object{{"name", name_of("青葉", "花子", "アオバ", "ハナコ")}, {"birth_date", "1990-04-01"}, {"relation", "head"}}});
    set("new_head", "me");
    set("card_use", "yes");
    set("phone", "090-0000-0000");
    set("insurance_reason", "national");
    set("children_list", json::array{json::object{{"name", name_of("青葉", "葵", "アオバ", "アオイ")}, {"birth_date", "2022-05-05"}}});
    for (auto& child : b.answers["children_list"].as_array()) child.as_object()["together"] = "yes";
    set("pension", "employees");
    set("bank_name", "みどり銀行");
    set("bank_branch", "本店");
    set("bank_number", 1234567);
    set("bank_holder", "アオバ ハナコ");
    set("water_start", "2026-12-01");
    set("water_building", "flat");
    set("water_payment", "slip");
  }

  // Takes what was posted last to `service` to the office, as exchange would.
  Incoming carried(const Outgoing& message) {
    Incoming in{"portal", "minatocode", {}, message.body, clock.now(), {}};
    for (std::size_t i = 0; i < message.further.size(); ++i) in.further.push_back("furthercode" + std::to_string(i));
    in.record = [](db::Transaction&, json::object, const json::object&) -> Result<evidence::Appended> { return evidence::Appended{}; };
    return in;
  }
  void expect_clean() {
    for (auto& [id, database] : databases) {
      auto report = evidence::verify(*database, {});
      ASSERT_OK(report);
      for (const auto& finding : report->findings) ADD_FAILURE() << id << " " << finding.kind << " " << finding.where << " " << finding.message.en;
    }
  }

  ManualClock clock{parse_rfc3339("2026-11-21T09:00:00+09:00").value()};
  std::map<std::string, std::shared_ptr<db::Database>> databases;
  Neighbours neighbours;
  std::vector<Question> asked;
  std::vector<Outgoing> posted;
  std::vector<NewCase> opened, amended;
  std::vector<std::string> withdrawn;
  std::optional<Error> peer_error;   // what the source answers instead
  std::string person = "portalcode";

 private:
  std::shared_ptr<crypto::NoteSigner> signer(const std::string& id) {
    auto& known = signers_[id];
    if (!known) {
      auto key = crypto::create_signer(folder.path() + "/" + id + ".pem", crypto::Algorithm::kEd25519);
      CHECK(key.ok());
      auto note = crypto::NoteSigner::create("example.org/" + id, std::shared_ptr<const crypto::Signer>(std::move(*key)));
      CHECK(note.ok());
      known = std::make_shared<crypto::NoteSigner>(std::move(*note));
    }
    return known;
  }

  void fakes() {
    neighbours.members = [] {
      return std::vector<Member>{{"aoba", {"青葉町", "Aoba"}, "municipality", ""}, {"minato", {"みなと市", "Minato"}, "municipality", ""},
                                 {"portal", {"窓口", "Portal"}, "portal", ""}, {"water", {"みどり水道", "Midori Water"}, "company", ""}};
    };
    neighbours.ask = [this](const Question& q) -> Result<Told> {
      asked.push_back(q);
      if (peer_error) return *peer_error;
      Told told;
      told.at = clock.now();
      told.record = 7;
      for (const auto& item : q.items) {
        if (item == "person.name") told.items[item] = name_of("青葉", "花子", "アオバ", "ハナコ");
        if (item == "person.birth_date") told.items[item] = "1990-04-01";
        if (item == "insurance.kind") told.items[item] = "national";
        if (item == "person.address")
          told.items[item] = json::object{{"postal_code", "100-0001"}, {"prefecture", "みどり県"}, {"municipality", "青葉町"}, {"street", "桜丘一丁目2番3号"}, {"building", ""}};
        if (item == "person.household")
          told.items[item] = json::array{json::object{{"name", name_of("青葉", "花子", "アオバ", "ハナコ")}, {"birth_date", "1990-04-01"}, {"relation", "head"}, {"sex", "female"}},
                                         json::object{{"name", name_of("青葉", "葵", "アオバ", "アオイ")}, {"birth_date", "2022-05-05"}, {"relation", "child"}, {"sex", "female"}}};
        if (item == "child.list") told.items[item] = json::array{json::object{{"name", name_of("青葉", "葵", "アオバ", "アオイ")}, {"birth_date", "2022-05-05"}}};
      }
      if (told.items.contains("person.household")) told.further = {{"/person.household/0", person}, {"/person.household/1", "childcode"}};
      if (told.items.contains("child.list")) told.further = {{"/child.list/0", "childcode"}};
      return told;
    };
    neighbours.post = [this](db::Transaction&, Outgoing message) -> Result<void> {
      posted.push_back(std::move(message));
      return {};
    };
    neighbours.open_case = [this](db::Transaction&, const NewCase& wanted) -> Result<Opened> {
      opened.push_back(wanted);
      return Opened{"2026-00000" + std::to_string(opened.size()), 0};
    };
    neighbours.amend_case = [this](db::Transaction&, const NewCase& wanted) -> Result<Opened> {
      amended.push_back(wanted);
      return Opened{"2026-000001", 0};
    };
    neighbours.withdraw_case = [this](db::Transaction&, const std::string&, const std::string& reference, const std::string&, const std::string&) -> Result<Opened> {
      withdrawn.push_back(reference);
      return Opened{"2026-000001", 0};
    };
    // A "signature" that is the payload in hex.
    neighbours.verify_list = [](std::string_view jws, Time) -> Result<SignedList> {
      auto payload = from_hex(jws);
      if (!payload) return Error{Code::kInvalid, "identity.bad_card_signature", {"署名が違います。", "Bad signature."}, {}};
      return SignedList{*payload};
    };
    neighbours.log_keys = [] { return std::vector<std::string>{}; };
  }

  std::string making_ = "portal";
  std::map<std::string, std::shared_ptr<crypto::NoteSigner>> signers_;
};

}  // namespace musubi::procedures
