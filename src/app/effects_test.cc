// A household moves between two towns by decisions on cases, and by the news of one town to the other.
#include <gtest/gtest.h>

#include "app/services.h"
#include "embedded/evidence_schema.h"
#include "embedded/identity_schema.h"
#include "evidence/log.h"
#include "identity/entry.h"
#include "identity/identity.h"
#include "identity/residents.h"
#include "support/log_world.h"
#include "support/store_fixture.h"

namespace musubi::app {
namespace {

class ResidentEffects : public testing::StoreTest {
 protected:
  void SetUp() override {
    testing::StoreTest::SetUp();
    log_keys_.signers = {testing::town_signer(folder.path() + "/log.pem", "example.jp/aoba")};
    const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()}, {"identity", embedded::identity_schema()}};
    auto with = options(*db::read_schema(modules));
    with.make_listener = [this](db::Database& made, db::Reader& reader) -> Result<std::unique_ptr<db::CommitListener>> {
      return std::unique_ptr<db::CommitListener>(TRY(evidence::Log::load(made, reader, log_keys_, clock)));
    };
    open(std::move(with));
    if (HasFatalFailure()) return;
    town = store->create("aoba").value();
    ASSERT_OK(town->write([&](db::Transaction& tx) {
      return evidence::Log::of(tx).open_log(tx, {"example.jp/aoba", {}, {}}, "operator");
    }));
    applicant_.person = identity::new_person_code();
    applicant_.further = {identity::new_person_code()};
    applicant_.name = "架空 花子";
    subject_.id = "2026-000001";
    form_.data = parse_json(R"({"from_town":"minato","to_town":"aoba","move_date":"2026-11-01",
      "applicant_name":{"family":"架空","given":"花子","family_kana":"カクウ","given_kana":"ハナコ"},"birth_date":"1990-04-01",
      "old_address":{"postal_code":"900-0001","prefecture":"架空県","municipality":"みなと町","street":"浜1-1","building":""},
      "new_address":{"postal_code":"900-0002","prefecture":"架空県","municipality":"青葉町","street":"みどり1-2-3","building":""},
      "movers":[{"name":{"family":"架空","given":"花子","family_kana":"カクウ","given_kana":"ハナコ"},"birth_date":"1990-04-01","relation":"head","person":-1},
                {"name":{"family":"架空","given":"一郎","family_kana":"カクウ","given_kana":"イチロウ"},"birth_date":"2020-05-05","relation":"child","person":0}]})")
                     .value()
                     .get_object();
  }
  void TearDown() override {
    town.reset();
    testing::StoreTest::TearDown();
  }
  std::size_t waiting() {
    return town->read([](db::Reader& reader) { return identity::open_dues(reader); }).value().size();
  }
  Result<records::RegisterEntry> decide(const std::string& effect) {
    return town->write([&](db::Transaction& tx) {
      return effects_.decided.at(effect)(tx, {subject_, applicant_, form_, actor_, post_, clock.now()});
    });
  }
  std::optional<identity::Resident> resident(const std::string& code) {
    return town->read([&](db::Reader& reader) { return identity::resident(reader, code); }).value();
  }

  ManualClock clock{parse_rfc3339("2026-11-16T10:00:00+09:00").value()};
  std::shared_ptr<db::Database> town;
  const records::Effects& effects_ = effects();
  records::Case subject_;
  records::Applicant applicant_;
  records::Form form_;
  std::string actor_ = "officer-director";
  std::vector<records::Outgoing> sent_;
  records::Post post_ = [this](db::Transaction&, const records::Outgoing& out) -> Result<void> {
    sent_.push_back(out);
    return {};
  };

 private:
  evidence::LogKeys log_keys_;
};

TEST_P(ResidentEffects, MoveInEntersTheHouseholdAndTellsTheOtherTown) {
  ASSERT_OK(decide("residents.move_in"));
  auto hanako = resident(applicant_.person), child = resident(applicant_.further[0]);
  ASSERT_TRUE(hanako && child);
  EXPECT_EQ(hanako->name.full(), "架空 花子");
  EXPECT_EQ(hanako->address.street, "みどり1-2-3");
  EXPECT_EQ(hanako->moved_from->municipality, "みなと町");
  EXPECT_EQ(child->household, hanako->household);
  EXPECT_EQ(child->relation, "child");
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].to, "minato");
  EXPECT_EQ(sent_[0].service, "news");
  EXPECT_EQ(sent_[0].person, applicant_.person);
  EXPECT_EQ(sent_[0].further, applicant_.further);
  EXPECT_EQ(sent_[0].body.at("what").as_string(), "residents.moved_in");
  EXPECT_FALSE(decide("residents.move_in").ok()) << "who lives here cannot move in";
}

TEST_P(ResidentEffects, MoveOutAndTheNewsComeInEitherOrder) {
  ASSERT_OK(decide("residents.move_in"));  // so that they live here
  records::News news{"harbour",
                     applicant_.person,
                     "residents.moved_in",
                     applicant_.further,
                     {{"day", "2026-11-10"}, {"to", form_.data.at("new_address")}},
                     clock.now()};
  auto take = [&] { return town->write([&](db::Transaction& tx) { return effects_.news.at("residents.moved_in")(tx, news); }); };
  form_.data["move_date"] = "2026-11-10";
  ASSERT_OK(decide("residents.move_out"));
  EXPECT_EQ(resident(applicant_.person)->state, identity::ResidentState::kMovedOut);
  EXPECT_EQ(resident(applicant_.further[0])->state, identity::ResidentState::kMovedOut);
  EXPECT_EQ(resident(applicant_.person)->left_on, (text::Date{2026, 11, 10}));
  ASSERT_OK(decide("residents.move_out"));
  ASSERT_OK(take());
  form_.data["move_date"] = "2026-11-12";
  ASSERT_OK(decide("residents.move_in"));
  news.facts["day"] = "2026-11-14";
  ASSERT_OK(take());
  EXPECT_EQ(resident(applicant_.person)->state, identity::ResidentState::kMovedOut);
}

TEST_P(ResidentEffects, InsuranceAndAllowanceReachTheRegister) {
  EXPECT_ERROR(decide("residents.insure"), "records.not_a_resident");
  ASSERT_OK(decide("residents.move_in"));
  EXPECT_EQ(resident(applicant_.person)->insurance, "none");
  ASSERT_OK(decide("residents.insure"));
  ASSERT_OK(decide("residents.allow"));
  auto hanako = resident(applicant_.person), child = resident(applicant_.further[0]);
  EXPECT_EQ(hanako->insurance, "national");
  EXPECT_EQ(child->insurance, "national");
  EXPECT_TRUE(hanako->child_allowance);
  EXPECT_FALSE(child->child_allowance);
}

TEST_P(ResidentEffects, ACorrectionReachesTheRegister) {
  ASSERT_OK(decide("residents.move_in"));
  auto ask = [&](const char* item, const char* value, const char* told, const char* wanted) {
    form_.data["correction_field"] = item;
    form_.data["correction_value"] = value;
    form_.data["correction_told"] = told;
    form_.data["correction_wanted"] = wanted;
    return decide("residents.correct");
  };
  const char* hanago = R"({"family":"架空","given":"花子","family_kana":"カクウ","given_kana":"ハナゴ"})";
  EXPECT_EQ(ask("person.name", hanago, "架空 花子（カクウ ハナコ）", "架空 花子（カクウ ハナゴ）").value(),
            records::RegisterEntry::kEntered);
  EXPECT_EQ(resident(applicant_.person)->name.given_kana, "ハナゴ");
  EXPECT_EQ(ask("person.birth_date", "\"1990-04-02\"", "1990年（平成2年）4月1日", "1990年（平成2年）4月2日").value(),
            records::RegisterEntry::kEntered);
  EXPECT_EQ(resident(applicant_.person)->birth_date, (text::Date{1990, 4, 2}));
  EXPECT_ERROR(
      ask("person.name", R"({"family":"","given":"","family_kana":"x","given_kana":""})", "架空 花子（カクウ ハナゴ）", "（x）"),
      "identity.bad_resident");
  EXPECT_EQ(ask("person.name", hanago, "架空 花子（カクウ ハナコ）", "架空 花子（カクウ ハナゴ）").value(),
            records::RegisterEntry::kEntered)
      << "it says so already";
  EXPECT_EQ(waiting(), 0u);
}

TEST_P(ResidentEffects, ACorrectedNameKeepsTheFormerFamilyNameAndNothingBecomesEmpty) {
  ASSERT_OK(decide("residents.move_in"));
  identity::ResidentChange former;
  former.name = resident(applicant_.person)->name;
  former.name->former_family = "旧架空";
  former.day = {2026, 11, 2};
  ASSERT_OK(town->write([&](db::Transaction& tx) { return identity::change_resident(tx, applicant_.person, former, actor_); }));
  auto told = town->read([&](db::Reader& reader) {
    records::Case about;
    about.effect = "residents.correct";
    records::Form form;
    form.data = {{"correction_field", "person.name"}};
    return held_now(reader, about, applicant_, form, clock.now());
  });
  ASSERT_OK(told);
  ASSERT_TRUE(*told);
  auto ask = [&](const char* value, const std::string& wanted) {
    form_.data["correction_field"] = "person.name";
    form_.data["correction_value"] = value;
    form_.data["correction_told"] = (*told)->now;
    form_.data["correction_wanted"] = wanted;
    return decide("residents.correct");
  };
  EXPECT_EQ(ask(R"({"family":"","given":"","family_kana":"","given_kana":""})", "－").value(), records::RegisterEntry::kDue);
  EXPECT_EQ(
      ask(R"({"family":"架空","given":"花子","family_kana":"カクウ","given_kana":"ハナコ"})", "架空 花子（カクウ ハナコ）").value(),
      records::RegisterEntry::kDue)
      << "it alone is to go";
  EXPECT_EQ(waiting(), 1u);
  EXPECT_EQ(
      ask(R"({"family":"架空","given":"花子","family_kana":"カクウ","given_kana":"ハナゴ"})", "架空 花子（カクウ ハナゴ）").value(),
      records::RegisterEntry::kEntered);
  EXPECT_EQ(resident(applicant_.person)->name.given_kana, "ハナゴ");
  EXPECT_EQ(resident(applicant_.person)->name.former_family, "旧架空");
}

TEST_P(ResidentEffects, WhatNoProgramCanEnterWaitsForAnOfficer) {
  ASSERT_OK(decide("residents.move_in"));
  auto ask = [&](const char* id, const char* item, const char* value, const char* told, const char* wanted) {
    subject_.id = id;
    form_.data["correction_field"] = item;
    form_.data["correction_value"] = value;
    form_.data["correction_told"] = told;
    form_.data["correction_wanted"] = wanted;
    return decide("residents.correct");
  };
  EXPECT_EQ(ask("2026-000002", "person.household", "[]", "架空 花子", "－").value(), records::RegisterEntry::kDue) << "a list";
  EXPECT_EQ(ask("2026-000003", "insurance.kind", "\"left\"", "なし", "勤め先の健康保険をやめた").value(),
            records::RegisterEntry::kDue);
  const char* hanago = R"({"family":"架空","given":"花子","family_kana":"カクウ","given_kana":"ハナゴ"})";
  EXPECT_EQ(ask("2026-000004", "person.name", hanago, "架空 花代（カクウ ハナヨ）", "架空 花子（カクウ ハナゴ）").value(),
            records::RegisterEntry::kDue)
      << "the register changed meanwhile";
  EXPECT_EQ(ask("2026-000005", "person.name", hanago, "架空 花子（カクウ ハナコ）", "架空 花代（カクウ ハナヨ）").value(),
            records::RegisterEntry::kDue)
      << "program and person read different things";
  EXPECT_EQ(resident(applicant_.person)->name.given_kana, "ハナコ");
  EXPECT_EQ(ask("2026-000006", "青葉 花子", "\"x\"", "y", "z").value(), records::RegisterEntry::kDue);
  applicant_.person = identity::new_person_code();
  EXPECT_EQ(ask("2026-000007", "person.name", hanago, "a", "b").value(), records::RegisterEntry::kDue) << "nobody of the register";
  auto dues = town->read([](db::Reader& reader) { return identity::open_dues(reader); }).value();
  ASSERT_EQ(dues.size(), 6u);
  EXPECT_EQ(dues[0].item, "person.household");
  EXPECT_EQ(dues[4].item, "other") << "no words of a form in a head";
}

TEST_P(ResidentEffects, AMoveIsHeldAgainstTheTownAndTheRegister) {
  ASSERT_OK(town->write([&](db::Transaction& tx) {
    return identity::create_organisation(tx, {"municipality", {"青葉町", "Aoba Town"}}, "operator");
  }));
  form_.data["new_address"].get_object()["municipality"] = "よそ町";
  EXPECT_ERROR(decide("residents.move_in"), "records.other_municipality");
  form_.data["new_address"].get_object()["municipality"] = "青葉町中区北町";
  EXPECT_ERROR(decide("residents.move_in"), "records.other_municipality");
  form_.data["new_address"].get_object()["municipality"] = "架空郡青葉町";
  ASSERT_OK(decide("residents.move_in"));
  form_.data["new_address"].get_object()["municipality"] = "みなと町";
  form_.data["move_date"] = "2026-11-10";
  ASSERT_OK(decide("residents.move_out"));
  EXPECT_EQ(decide("residents.move_out").value(), records::RegisterEntry::kNone) << "the same move once more";
  form_.data["new_address"].get_object()["municipality"] = "山里村";
  EXPECT_ERROR(decide("residents.move_out"), "records.moved_before");
}

TEST_P(ResidentEffects, WhatApplicantsSayOfThemselvesIsEntered) {
  form_.data["applicant_name"].get_object()["given_kana"] = "ハナゴ";
  ASSERT_OK(decide("residents.move_in"));
  EXPECT_EQ(resident(applicant_.person)->name.given_kana, "ハナゴ") << "the list says what the other town told";
}

TEST_P(ResidentEffects, AnUnreadableDayIsSaid) {
  form_.data["move_date"] = "soon";
  EXPECT_ERROR(decide("residents.move_in"), "records.effect_failed");
}

TEST_P(ResidentEffects, TheRegisterAnswersByTheClockItIsGivenAndOnlyForThoseWhoLiveHere) {
  ASSERT_OK(decide("residents.move_in"));
  auto item = [&](const char* name, const char* day, std::vector<exchange::Further>& further) {
    return town->read(
        [&](db::Reader& reader) { return register_item(reader, name, applicant_.person, text::parse_date(day).value(), further); });
  };
  std::vector<exchange::Further> further;
  auto children = [&](const char* day) { return item("child.list", day, further).value().as_array().size(); };
  EXPECT_EQ(children("2026-11-16"), 1u);
  EXPECT_EQ(children("2039-03-31"), 1u) << "born 2020-05-05: the fiscal year of the eighteenth birthday";
  EXPECT_EQ(children("2039-04-01"), 0u) << "no clock but the one that was given";
  ASSERT_OK(town->write([&](db::Transaction& tx) {
    const std::string codes[] = {applicant_.person};
    return identity::move_out(tx, codes, text::parse_date("2026-12-01").value(), {"900-0003", "架空県", "山里村", "上町1", ""},
                              actor_);
  }));
  for (const char* name : {"person.name", "person.address", "person.household", "insurance.kind"}) {
    EXPECT_TRUE(item(name, "2026-11-30", further).ok()) << name << ": lives here until the day";
    EXPECT_ERROR(item(name, "2026-12-01", further), "identity.moved_out");
    EXPECT_ERROR(item(name, "2027-12-01", further), "identity.moved_out");
  }
}

INSTANTIATE_TEST_SUITE_P(Both, ResidentEffects, ::testing::ValuesIn(testing::back_ends()), testing::back_end_name);

}  // namespace
}  // namespace musubi::app
