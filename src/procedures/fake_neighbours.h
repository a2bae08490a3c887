// Two organisations with stores of their own and fakes for everything else, for the tests of procedures.
#pragma once

#include "base/encoding.h"
#include "crypto/note.h"
#include "embedded/evidence_schema.h"
#include "embedded/identity_schema.h"
#include "embedded/procedures_schema.h"
#include "evidence/log.h"
#include "evidence/verify.h"
#include "procedures/procedures.h"
#include "procedures/test_answers.h"
#include "support/store_fixture.h"

namespace musubi::procedures {

class ProceduresTest : public musubi::testing::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()},
                                        {"identity", embedded::identity_schema()},
                                        {"procedures", embedded::procedures_schema()}};
    auto schema = db::read_schema(modules);
    ASSERT_OK(schema);
    auto with_log = options(std::move(*schema));
    with_log.make_listener = [this](db::Database& database, db::Reader& reader) -> Result<std::unique_ptr<db::CommitListener>> {
      return std::unique_ptr<db::CommitListener>(
          TRY(evidence::Log::load(database, reader, evidence::LogKeys{{signer(making_)}}, clock)));
    };
    open(std::move(with_log));
    if (HasFatalFailure()) return;
    for (std::string id : {"portal", "minato"}) {
      making_ = id;
      auto created = store->create(id);
      ASSERT_OK(created);
      databases[id] = *created;
      ASSERT_OK((*created)->write([&](db::Transaction& tx) {
        return evidence::Log::of(tx).open_log(tx, {"example.org/" + id, {}, {}}, "test");
      }));
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
      for (const auto& finding : report->findings)
        ADD_FAILURE() << id << " " << finding.kind << " " << finding.where << " " << finding.message.en;
    }
  }

  ManualClock clock{parse_rfc3339("2026-11-21T09:00:00+09:00").value()};
  std::map<std::string, std::shared_ptr<db::Database>> databases;
  Neighbours neighbours;
  std::vector<Question> asked;
  std::vector<Outgoing> posted;
  std::vector<NewCase> opened, amended;
  std::vector<std::string> withdrawn;
  std::vector<std::pair<std::string, std::string>> messages;
  std::optional<Error> peer_error;    // what the source answers instead
  std::optional<Error> linker_error;  // what the linker answers instead
  std::string person = "portalcode", signer_code = "minatocode";

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
      return std::vector<Member>{{"aoba", {"青葉町", "Aoba"}, "municipality", ""},
                                 {"minato", {"みなと市", "Minato"}, "municipality", ""},
                                 {"portal", {"窓口", "Portal"}, "portal", ""},
                                 {"water", {"みどり水道", "Midori Water"}, "company", ""}};
    };
    neighbours.ask = [this](const Question& q) -> Result<Told> {
      asked.push_back(q);
      if (peer_error) return *peer_error;
      return told_for(q, person, clock.now());
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
    neighbours.withdraw_case = [this](db::Transaction&, const std::string&, const std::string& reference, const std::string&,
                                      const std::string&, const std::string&) -> Result<Opened> {
      withdrawn.push_back(reference);
      return Opened{"2026-000001", 0};
    };
    neighbours.message_case = [this](db::Transaction&, const std::string&, const std::string& reference, const std::string& text,
                                     const std::string&) -> Result<Opened> {
      messages.emplace_back(reference, text);
      return Opened{"2026-000001", 0};
    };
    // A "signature" that is the payload in hex.
    neighbours.verify_list = [](std::string_view jws, Time) -> Result<SignedList> {
      auto payload = from_hex(jws);
      if (!payload) return Error{Code::kInvalid, "identity.bad_card_signature", {"署名が違います。", "Bad signature."}, {}};
      return SignedList{*payload};
    };
    neighbours.signer_of = [this](const SignedList&, Time) -> Result<std::string> {
      if (linker_error) return *linker_error;
      return signer_code;
    };
    neighbours.log_keys = [this] { return std::vector<std::string>{signer("minato")->verifier_key()}; };
  }

  std::string making_ = "portal";
  std::map<std::string, std::shared_ptr<crypto::NoteSigner>> signers_;
};

}  // namespace musubi::procedures
