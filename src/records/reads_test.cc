// Who may read a case, and what reading leaves.
#include "records/records_test_support.h"
#include "records/work.h"

namespace musubi::records {
namespace {

class ReadsTest : public RecordsTest {};

TEST_P(ReadsTest, LookingAtACaseIsRecorded) {
  Case c = cases().claim(act(opened("r1"), "officer-desk")).value();
  auto reads = [&] {
    return database->read([&](db::Reader& reader) { return evidence::read_records(reader, 0, 100, "records.case_read"); }).value();
  };
  ASSERT_OK(cases().open_for(c.id, "officer-desk"));
  ASSERT_EQ(reads().size(), 1u) << "the one who claimed it, too";
  EXPECT_NE(reads()[0].head.find("\"post\":\"desk\""), std::string::npos);
  ASSERT_OK(cases().open_for(c.id, "officer-chief"));
  ASSERT_EQ(reads().size(), 2u);
  EXPECT_NE(reads()[1].head.find("officer-chief"), std::string::npos);
  EXPECT_EQ(reads()[1].stream, "records/read/" + c.id);
  EXPECT_EQ(now(c.id).version, c.version) << "a look is no act";
  EXPECT_ERROR(cases().open_for("2026-000099", "officer-guest"), "records.unknown_case");
}

TEST_P(ReadsTest, ACaseIsOpenToThePostsOnItsRouteAndTheirUnit) {
  Case c = opened("r1");
  posts["officer-clerk"] = {"filing-room"};
  auto reads = [&] {
    return database->read([&](db::Reader& reader) { return evidence::read_records(reader, 0, 100, "records.case_read"); })
        .value()
        .size();
  };
  for (const char* officer : {"officer-desk", "officer-desk2", "officer-chief", "officer-director"})
    EXPECT_ERROR(cases().open_for(c.id, officer), "ok");
  EXPECT_EQ(reads(), 4u);
  for (const char* officer : {"officer-guest", "officer-clerk", "officer-nobody", ""}) {
    auto refused = cases().open_for(c.id, officer);
    EXPECT_ERROR(refused, "records.read_refused");
    EXPECT_TRUE(refused.ok() || refused.error().code == Code::kForbidden);
  }
  EXPECT_EQ(reads(), 4u) << "what was refused showed nothing";
  Office of_unit = office();
  of_unit.unit_posts = [](db::Reader&, const std::string& post, text::Date) -> Result<std::vector<std::string>> {
    return post == "filing-room" ? std::vector<std::string>{"desk", "filing-room"} : std::vector<std::string>{post};
  };
  EXPECT_ERROR(Cases(*database, of_unit).open_for(c.id, "officer-clerk"), "ok");
  EXPECT_ERROR(Cases(*database, of_unit).open_for(c.id, "officer-guest"), "records.read_refused");
  // Who has claimed it goes on, also after a transfer.
  c = cases().claim(act(c, "officer-desk")).value();
  posts["officer-desk"] = {};
  EXPECT_ERROR(cases().open_for(c.id, "officer-desk"), "ok");
}

TEST_P(ReadsTest, WhatOfficersSawGoesToTheListsOfThoseConcerned) {
  Case a = opened("r1"), b = opened(test_filing("r2", "仮名 太郎"));
  std::vector<Seen> told;
  Office telling = office();
  telling.note_seen = [&](db::Transaction&, const Seen& seen) -> Result<std::string> {
    told.push_back(seen);
    return "test/read/" + std::to_string(told.size());
  };
  Cases cases(*database, telling);
  ASSERT_OK(cases.open_for(a.id, "officer-chief"));
  ASSERT_OK(cases.record_list_read({a.id, b.id}, "officer-desk"));
  EXPECT_ERROR(cases.open_for(a.id, "officer-guest"), "records.read_refused");
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].post, "chief");
  EXPECT_FALSE(told[0].list);
  ASSERT_EQ(told[0].cases.size(), 1u);
  EXPECT_EQ(told[0].cases[0].persons.front(), test_filing("r1").person);
  EXPECT_TRUE(told[1].list);
  EXPECT_EQ(told[1].post, "desk");
  EXPECT_EQ(told[1].cases.size(), 2u);
  auto records =
      database->read([&](db::Reader& reader) { return evidence::read_records(reader, 0, 100, "records.case_read"); }).value();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].stream, "test/read/1") << "the record stands where the list looks for it";
  EXPECT_EQ(records[1].stream, "test/read/2");
}

TEST_P(ReadsTest, AHistoryIsReadToItsEnd) {
  Case c = opened("r1");
  ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
    for (int i = 0; i < 1500; ++i)
      TRY(evidence::append(tx, {.type = type_of(kMessageSent),
                                .stream = case_stream(c.id),
                                .actor = "officer-desk",
                                .facts = {{"procedure", c.procedure}}}));
    return {};
  }));
  auto all = events(c.id);
  ASSERT_EQ(all.size(), std::size_t(c.version) + 1500);
  EXPECT_EQ(all.back().version, std::int64_t(all.size()));
}

RECORDS_ON_BOTH(ReadsTest);

}  // namespace
}  // namespace musubi::records
