#include "identity/identity.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "evidence/erase.h"
#include "evidence/verify.h"
#include "identity/resident_sessions.h"
#include "identity/test_office.h"
#include "identity/verify.h"

namespace musubi::identity {
namespace {

INSTANTIATE_TEST_SUITE_P(Both, Office, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(Office, HasItsRowAndRecords) {
  auto own = database->read([](db::Reader& reader) { return organisation(reader); });
  ASSERT_OK(own);
  EXPECT_EQ((*own)->title.en, "Aoba Town");
  auto records = database->read([](db::Reader& reader) { return evidence::read_records(reader, 0, 10); }).value();
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[1].type, "identity.organisation_created");
  EXPECT_EQ(records[2].type, "identity.officer_appointed");
  EXPECT_EQ(records[2].head.find("山田"), std::string::npos) << "a name stands in a head";
  EXPECT_NE(records[2].body->find("山田"), std::string::npos);
}

TEST_P(Office, ALinkWorksOnce) {
  std::string token = link(administrator.code);
  auto state = [&] { return database->read([&](db::Reader& reader) { return link_state(reader, token, clock.now()); }).value(); };
  EXPECT_EQ(state(), LinkState::kGood);
  auto first = write([&](db::Transaction& tx) { return sign_in(tx, token, clock.now()); });
  ASSERT_OK(first);
  EXPECT_EQ(first->officer.code, administrator.code);
  EXPECT_EQ(state(), LinkState::kUsed);
  EXPECT_ERROR(write([&](db::Transaction& tx) { return sign_in(tx, token, clock.now()); }), "identity.link_used");
  EXPECT_ERROR(write([&](db::Transaction& tx) { return sign_in(tx, "x" + token.substr(1), clock.now()); }), "identity.link_unknown");
}

// Whoever can write to the database, and knows a token of their own choice, comes in no further than that.
TEST_P(Office, WhatNoRecordOpenedLetsNobodyIn) {
  const std::string token(43, 'A'), digest(crypto::bytes(crypto::sha256(token)));
  auto plant = [&](const std::string& sql, std::vector<db::Value> values) {
    ASSERT_OK(write([&](db::Transaction& tx) -> Result<void> {
      TRY(tx.execute(sql, values));
      return {};
    }));
  };
  auto lives = [&](const std::string& of) {
    return database->read([&](db::Reader& reader) { return session(reader, of, clock.now()); }).value().has_value();
  };
  auto named = [&] {
    std::vector<std::string> out;
    auto findings = database->read([](db::Reader& reader) { return verify_opened(reader); });
    EXPECT_TRUE(findings.ok());
    for (const auto& one : *findings) out.push_back(one.kind + " " + one.where);
    return out;
  };
  const std::string add = "INSERT INTO identity_session (digest, officer, created_at, last_seen_at, csrf) VALUES ($1, $2, $3, $4, $5)";
  std::string own = signed_in(administrator.code), own_digest(crypto::bytes(crypto::sha256(own)));
  EXPECT_TRUE(lives(own));
  EXPECT_EQ(named(), std::vector<std::string>{});
  plant(add, {db::blob(digest), administrator.code, clock.now().us, clock.now().us, db::blob(std::string(32, 'c'))});
  EXPECT_FALSE(lives(token));
  EXPECT_EQ(named(), std::vector<std::string>{"row table identity_session digest " + to_hex(digest.substr(0, 8))});
  plant("DELETE FROM identity_session WHERE digest = $1", {db::blob(digest)});
  plant("INSERT INTO identity_link (digest, officer, expires_at, number) VALUES ($1, $2, $3, 1)",
        {db::blob(digest), administrator.code, clock.now().us + kLinkValid_us});
  EXPECT_ERROR(write([&](db::Transaction& tx) { return sign_in(tx, token, clock.now()); }), "identity.link_unknown");
  EXPECT_EQ(named(), std::vector<std::string>{"row table identity_link digest " + to_hex(digest.substr(0, 8))});
  plant("DELETE FROM identity_link WHERE digest = $1", {db::blob(digest)});
  plant("INSERT INTO identity_resident_session (digest, person, created_at, last_seen_at, csrf) VALUES ($1, 'p', $2, $2, $1)",
        {db::blob(digest), clock.now().us});
  EXPECT_FALSE(database->read([&](db::Reader& reader) { return find_resident_session(reader, token, clock.now()); }).value());
  EXPECT_EQ(named(), std::vector<std::string>{"row table identity_resident_session digest " + to_hex(digest.substr(0, 8))});
  plant("DELETE FROM identity_resident_session WHERE digest = $1", {db::blob(digest)});
  // A session made longer, or given to another officer, and one laid back after it was ended.
  plant("UPDATE identity_session SET created_at = created_at + 1 WHERE digest = $1", {db::blob(own_digest)});
  EXPECT_FALSE(lives(own));
  plant("UPDATE identity_session SET created_at = created_at - 1 WHERE digest = $1", {db::blob(own_digest)});
  EXPECT_TRUE(lives(own));
  ASSERT_OK(write([&](db::Transaction& tx) { return sign_out(tx, administrator.code, "", administrator.code); }));
  plant(add, {db::blob(own_digest), administrator.code, clock.now().us, clock.now().us, db::blob(std::string(32, 'c'))});
  EXPECT_FALSE(lives(own));
}

// What opened a link or session goes with it, whoever comes next, and not before it.
class Swept : public Office {
 protected:
  std::size_t count(const std::string& table) {
    auto rows = database->read([&](db::Reader& reader) { return reader.query("SELECT count(*) FROM " + table); }).value();
    return std::size_t(rows[0].integer(0));
  }
  std::vector<std::string> named() {
    std::vector<std::string> out;
    auto findings = database->read([](db::Reader& reader) { return verify_opened(reader); });
    EXPECT_TRUE(findings.ok());
    for (const auto& one : *findings) out.push_back(one.kind + " " + one.where);
    return out;
  }
  std::string resident_signs_in(const std::string& who) {
    return write([&](db::Transaction& tx) { return open_resident_session(tx, who, clock.now()); }).value();
  }
};
INSTANTIATE_TEST_SUITE_P(Both, Swept, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

TEST_P(Swept, OfOfficersByAResident) {
  signed_in(administrator.code);
  link(administrator.code);
  clock.advance_us(kSessionMost_us + kLinkValid_us + 1'000'000);
  resident_signs_in("resident-x");
  EXPECT_EQ(named(), std::vector<std::string>{});
  EXPECT_EQ(count("identity_session") + count("identity_link"), 0u);
  EXPECT_EQ(count("identity_opened"), 1u);
}

TEST_P(Swept, OfResidentsByAnOfficer) {
  resident_signs_in("resident-x");
  clock.advance_us(kSessionMost_us + 1'000'000);
  link(administrator.code);
  EXPECT_EQ(named(), std::vector<std::string>{});
  EXPECT_EQ(count("identity_resident_session"), 0u);
  EXPECT_EQ(count("identity_opened"), 1u);
}

TEST_P(Swept, ManySomeAtATime) {
  ASSERT_OK(write([&](db::Transaction& tx) -> Result<void> {
    for (int i = 0; i < 620; ++i) TRY(open_resident_session(tx, "resident-" + std::to_string(i), clock.now()));
    return {};
  }));
  clock.advance_us(2 * kSessionMost_us);
  link(administrator.code);
  EXPECT_EQ(named(), std::vector<std::string>{});
  EXPECT_EQ(count("identity_resident_session"), 120u);
  EXPECT_EQ(count("identity_opened"), 121u);
  link(administrator.code);
  EXPECT_EQ(named(), std::vector<std::string>{});
  EXPECT_EQ(count("identity_resident_session"), 0u);
}

TEST_P(Swept, WhatEndedByIdlenessIsNotLaidBack) {
  std::string own = signed_in(administrator.code), digest(crypto::bytes(crypto::sha256(own)));
  const Time began = clock.now();
  auto lives = [&] {
    return database->read([&](db::Reader& reader) { return session(reader, own, clock.now()); }).value().has_value();
  };
  EXPECT_TRUE(lives());
  clock.advance_us(kSessionIdle_us + 1'000'000);
  EXPECT_FALSE(lives());
  resident_signs_in("resident-x");
  EXPECT_EQ(count("identity_session"), 0u);
  ASSERT_OK(write([&](db::Transaction& tx) -> Result<void> {
    TRY(tx.execute("INSERT INTO identity_session (digest, officer, created_at, last_seen_at, csrf) VALUES ($1, $2, $3, $4, $5)",
                   {db::blob(digest), administrator.code, began.us, clock.now().us, db::blob(std::string(32, 'c'))}));
    return {};
  }));
  EXPECT_FALSE(lives());
  EXPECT_EQ(named(), std::vector<std::string>{"row table identity_session digest " + to_hex(digest.substr(0, 8))});
}

TEST_P(Office, ALinkIsOnRecordWithItsMaker) {
  auto officer =
      write([&](db::Transaction& tx) { return appoint(tx, "佐藤", Role::kOfficer, administrator.code, clock.now()); }).value();
  auto make = [&](const std::string& who) {
    return write([&](db::Transaction& tx) { return make_link(tx, officer.code, clock.now(), who); }).value();
  };
  auto open = [&] {
    return database->read([&](db::Reader& reader) { return open_links(reader, officer.code, clock.now()); }).value();
  };
  auto records = [&](const char* type) {
    return database->read([&](db::Reader& reader) { return evidence::read_records(reader, 0, 10, type); }).value();
  };
  EXPECT_TRUE(open().empty());
  make("operator");
  std::string token = make(administrator.code);
  ASSERT_EQ(open().size(), 1u) << "the earlier link works no more";
  EXPECT_EQ(open()[0].number, 2);
  EXPECT_EQ(open()[0].made_by, administrator.code);
  EXPECT_EQ(open()[0].expires_at.us - open()[0].made_at.us, kLinkValid_us);
  auto made = records("identity.link_made");
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[1].stream, "identity/officer/" + officer.code + "/links");
  EXPECT_EQ(made[1].counter, 2u);
  EXPECT_NE(made[1].body->find(administrator.code), std::string::npos);
  EXPECT_EQ(made[1].body->find(token), std::string::npos);
  ASSERT_OK(write([&](db::Transaction& tx) { return sign_in(tx, token, clock.now()); }));
  EXPECT_NE(records("identity.signed_in")[0].head.find("\"facts\":{\"link\":2}"), std::string::npos);
  EXPECT_TRUE(open().empty());
  make("operator");
  clock.advance_us(kLinkValid_us);
  EXPECT_TRUE(open().empty()) << "it has expired";
}

TEST_P(Office, ALinkExpires) {
  std::string token = link(administrator.code);
  clock.advance_us(kLinkValid_us);
  EXPECT_ERROR(write([&](db::Transaction& tx) { return sign_in(tx, token, clock.now()); }), "identity.link_expired");
}

TEST_P(Office, SessionsLiveAndEnd) {
  std::string token = signed_in(administrator.code), second = signed_in(administrator.code);
  auto found = [&](const std::string& t) {
    return database->read([&](db::Reader& reader) { return session(reader, t, clock.now()); }).value();
  };
  ASSERT_TRUE(found(token));
  EXPECT_EQ(found(token)->officer.code, administrator.code);
  EXPECT_FALSE(found((token[0] == 'y' ? "x" : "y") + token.substr(1)));
  auto all = database->read([&](db::Reader& reader) { return sessions_of(reader, administrator.code, clock.now()); }).value();
  EXPECT_EQ(all.size(), 2u);
  std::string handle = found(second)->handle();
  EXPECT_EQ(write([&](db::Transaction& tx) { return sign_out(tx, administrator.code, handle, administrator.code); }).value(), 1u);
  EXPECT_FALSE(found(second));
  EXPECT_TRUE(found(token));
  clock.advance_us(kSessionIdle_us);
  EXPECT_FALSE(found(token));
}

TEST_P(Office, ADeactivatedOfficerIsOutAtOnce) {
  auto officer =
      write([&](db::Transaction& tx) { return appoint(tx, "佐藤", Role::kOfficer, administrator.code, clock.now()); }).value();
  std::string token = signed_in(officer.code), unused = link(officer.code);
  ASSERT_OK(write([&](db::Transaction& tx) { return change_officer(tx, officer.code, Role::kOfficer, false, administrator.code); }));
  EXPECT_FALSE(database->read([&](db::Reader& reader) { return session(reader, token, clock.now()); }).value());
  EXPECT_ERROR(write([&](db::Transaction& tx) { return sign_in(tx, unused, clock.now()); }), "identity.link_unknown");
  EXPECT_ERROR(write([&](db::Transaction& tx) { return make_link(tx, officer.code, clock.now(), administrator.code); }),
               "identity.inactive_officer");
}

TEST_P(Office, TheLastAdministratorStays) {
  EXPECT_ERROR(write([&](db::Transaction& tx) { return change_officer(tx, administrator.code, Role::kOfficer, true, "operator"); }),
               "identity.last_administrator");
  EXPECT_ERROR(
      write([&](db::Transaction& tx) { return change_officer(tx, administrator.code, Role::kAdministrator, false, "operator"); }),
      "identity.last_administrator");
  EXPECT_ERROR(write([&](db::Transaction& tx) { return change_officer(tx, "officer-zzzzzz", Role::kOfficer, true, "operator"); }),
               "identity.unknown_officer");
}

TEST_P(Office, FaultsAreFoundTogether) {
  EXPECT_ERROR(write([&](db::Transaction& tx) { return appoint(tx, " ", Role::kOfficer, "operator", clock.now()); }),
               "identity.bad_officer");
  auto bad = write([&](db::Transaction& tx) { return create_organisation(tx, {"", {"", ""}}, "operator"); });
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().faults.size(), 3u);
}

TEST_P(Office, ErasingAnAppointmentTakesTheName) {
  evidence::ErasureOrder order{{2}, "request", "operator", {}};
  order.rows = erase_rows;
  // Where the name stands in the table's own file, dead rows and all; 0: nowhere.
  auto in_the_file = [&] {
    run_on_postgres("CHECKPOINT");
    return database
        ->read([](db::Reader& reader) {
          return reader.query(
              "SELECT CAST(position(convert_to($1, 'UTF8') IN pg_read_binary_file(pg_relation_filepath('identity_officer'))) AS "
              "BIGINT)",
              {std::string("山田 太郎")});
        })
        .value()[0]
        .integer(0);
  };
  if (on_postgres()) { EXPECT_GT(in_the_file(), 0); }
  ASSERT_OK(evidence::erase(*database, order, folder.path() + "/erasures.jsonl"));
  auto found = database->read([&](db::Reader& reader) { return find_officer(reader, administrator.code); }).value();
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->name);
  if (on_postgres()) { EXPECT_EQ(in_the_file(), 0); }
  auto report = evidence::verify(*database, {});
  ASSERT_OK(report);
  EXPECT_TRUE(report->clean()) << report->findings[0].where << ": " << report->findings[0].message.en;
}

}  // namespace
}  // namespace musubi::identity
